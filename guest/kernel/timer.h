/* Timers that send signals: between timer.c, sched.c, exit.c and exec.c. */
#ifndef KERNEL_TIMER_H
#define KERNEL_TIMER_H

#include "proc.h"

u64 timers_check(u64 now);   /* sends what is due; when the next one is */
void timers_cpu_check(void); /* of the current process */
u64 cpu_ticks(bool kernel);  /* used by the current process, with or without the kernel's for it */
void timers_forget(struct group *group);

#endif
