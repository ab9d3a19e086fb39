/*
 * Futexes, as far as other files need them.
 */
#ifndef KERNEL_FUTEX_H
#define KERNEL_FUTEX_H

#include "types.h"

int futex_wake(u64 user, u32 count);
void futex_exit_robust(void); /* marks the locks that a dying thread holds */

#endif
