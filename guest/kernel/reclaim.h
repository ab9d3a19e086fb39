/*
 * Between reclaim.c and its nearest neighbours.
 */
#ifndef KERNEL_RECLAIM_H
#define KERNEL_RECLAIM_H

#include "mm.h"

bool shm_has_slot(struct mapping *mapping, u64 index);
bool shm_evictable(struct mapping *mapping, const struct page *page);
bool swap_free_stale(void);
bool sched_others_ready(void);
const struct introspect_frame *introspect_frame(const struct page *page);
/* SIGKILL for want of memory: recorded as the reason if it is PROGRAM. */
void proc_oom_killed(struct proc *proc);

#endif
