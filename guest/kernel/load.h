/*
 * Thrashing, noticed and (load_control=1) relieved.
 */
#ifndef KERNEL_LOAD_H
#define KERNEL_LOAD_H

#include "proc.h"

extern bool thrashing;			       /* in the last window of 100 ms */
extern u64 thrashing_ticks, thrashing_windows; /* so far */

void load_init(void);
extern u32 faults_in_progress; /* processes in the page-fault handler: if they sleep, for a page */
void load_waited(u64 ticks);   /* so long nobody could run, and somebody did */
void load_check(u64 now);      /* at the end of a window: judge, suspend, resume */
bool load_resume_one(void);    /* nobody else can run */
void load_forget(struct proc *proc); /* it exits */
void load_pause(void);		     /* current is suspended: sleeps until it no longer is */

#endif
