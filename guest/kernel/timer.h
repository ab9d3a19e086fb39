/* Timers that send signals: between timer.c, sched.c, exit.c and exec.c. */
#ifndef KERNEL_TIMER_H
#define KERNEL_TIMER_H

#include "proc.h"

struct itimerspec {
	struct timespec interval, value;
};
bool timespec_to_ticks(const struct timespec *t, u64 *ticks); /* false: not a span of time */
struct timespec ticks_to_timespec(u64 ticks);
struct timeval ticks_to_timeval(u64 ticks);
u64 ticks_until(u32 clock, u64 value); /* from now to an absolute time, at least 1 */

u64 timers_check(u64 now); /* sends what is due; when the next one is */
u64 timerfds_check(u64 now);
void timers_cpu_check(void); /* of the current process */
/* Used by a process, with or without the kernel's for it. */
u64 cpu_ticks(const struct group *group, bool kernel);
void timers_forget(struct group *group);

#endif
