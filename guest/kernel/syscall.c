/*
 * Dispatch of system calls through the one table, syscalls.h.
 */
#include "arch.h"
#include "mm.h"

/* Handlers that are linked nowhere stay NULL. */
#define SYSCALL(number, name, nargs) s64 __attribute__((weak)) sys_##name(const u64 a[6]);
#include "syscalls.h"
#undef SYSCALL

static s64 (*const handlers[INTROSPECT_SYSCALLS])(const u64 a[6]) = {
#define SYSCALL(number, name, nargs) [number] = sys_##name,
#include "syscalls.h"
#undef SYSCALL
};

void syscall_dispatch(struct trapframe *frame)
{
	u64 number = FRAME_A(frame, 7);
	s64 result;

	FRAME_PC(frame) += 4;
	frame->syscall_a0 = FRAME_A(frame, 0);
	COUNT.syscalls++;
	if (number < INTROSPECT_SYSCALLS && handlers[number]) {
		if (frames_free < frames_reserve / 2 + 2)
			reclaim_balance(frames_reserve / 2 + 2);
		result = handlers[number](&FRAME_A(frame, 0));
	} else {
		if (number < INTROSPECT_SYSCALLS)
			faultline_introspect.missing_syscalls[number]++;
		printk("system call %lu of pid %u (%s) is missing", number, current->pid,
		       current->name);
		result = -ENOSYS;
	}
	if (frame->scause ==
	    CAUSE_ECALL) /* not after execve or rt_sigreturn: the registers are new */
		FRAME_A(frame, 0) = (u64)result;
}
