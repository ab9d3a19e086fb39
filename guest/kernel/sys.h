/* The handlers of the system calls: one prototype a row of syscalls.h. */
#ifndef KERNEL_SYS_H
#define KERNEL_SYS_H

#include "types.h"

#define SYSCALL(number, name, nargs) s64 sys_##name(const u64 a[6]);
#include "syscalls.h"
#undef SYSCALL

#endif
