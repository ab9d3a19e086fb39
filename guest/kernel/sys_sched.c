/*
 * System calls about scheduling.  There is one hart and one class, first come, first served; policies,
 * priorities and niceness are remembered, and have no effect.
 */
#include "arch.h"
#include "mm.h"
#include "sys.h"

#define SCHED_OTHER 0
#define SCHED_FIFO  1
#define SCHED_RR    2
#define SCHED_BATCH 3
#define SCHED_IDLE  5
#define NICE_MIN    -20
#define NICE_MAX    19

s64 sys_sched_yield(const u64 a[6])
{
	(void)a;
	schedule();
	return 0;
}

static struct proc *thread_of(u64 pid)
{
	return (u32)pid ? proc_find((u32)pid) : current;
}

/* That there is none: of a negative number it is another mistake. */
static s64 nobody(u64 pid)
{
	return (s32)pid < 0 ? -EINVAL : -ESRCH;
}

s64 sys_sched_getaffinity(const u64 a[6])
{
	u64 mask = 1;

	if (a[1] < 8 || a[1] % 8)
		return -EINVAL;
	if (!thread_of(a[0]))
		return -ESRCH;
	return copy_to_user(a[2], &mask, 8) ? -EFAULT : 8;
}

s64 sys_sched_setaffinity(const u64 a[6])
{
	u64 mask = 0;

	if (copy_from_user(&mask, a[2], min_u64(a[1], 8)) != 0)
		return -EFAULT;
	if (!thread_of(a[0]))
		return -ESRCH;
	return mask & 1 ? 0 : -EINVAL;
}

static bool priority_fits(u64 policy, s32 priority)
{
	switch (policy) {
	case SCHED_OTHER:
	case SCHED_BATCH:
	case SCHED_IDLE:
		return priority == 0;
	case SCHED_FIFO:
	case SCHED_RR:
		return priority >= 1 && priority <= 99;
	}
	return false;
}

static s64 set_policy(u64 pid, u64 policy, u64 user)
{
	struct proc *thread;
	s32 priority;

	if (copy_from_user(&priority, user, sizeof(priority)))
		return -EFAULT;
	thread = thread_of(pid);
	if (!thread)
		return nobody(pid);
	policy = policy == UINT64_MAX ? thread->policy : policy & ~0x40000000ul; /* RESET_ON_FORK */
	if (!priority_fits(policy, priority))
		return -EINVAL;
	thread->policy = (u8)policy;
	thread->priority = (u8)priority;
	return 0;
}

s64 sys_sched_setscheduler(const u64 a[6])
{
	return (s32)a[1] < 0 ? -EINVAL : set_policy(a[0], (u32)a[1], a[2]);
}

s64 sys_sched_setparam(const u64 a[6])
{
	return set_policy(a[0], UINT64_MAX, a[1]);
}

s64 sys_sched_getscheduler(const u64 a[6])
{
	struct proc *thread = thread_of(a[0]);

	return thread ? thread->policy : nobody(a[0]);
}

s64 sys_sched_getparam(const u64 a[6])
{
	struct proc *thread = thread_of(a[0]);
	s32 priority = thread ? thread->priority : 0;

	if (!thread)
		return nobody(a[0]);
	return copy_to_user(a[1], &priority, sizeof(priority)) ? -EFAULT : 0;
}

s64 sys_sched_get_priority_max(const u64 a[6])
{
	return priority_fits(a[0], 99) ? 99 : priority_fits(a[0], 0) ? 0 : -EINVAL;
}

s64 sys_sched_get_priority_min(const u64 a[6])
{
	return priority_fits(a[0], 1) ? 1 : priority_fits(a[0], 0) ? 0 : -EINVAL;
}

s64 sys_sched_rr_get_interval(const u64 a[6])
{
	struct timespec slice = { 0, 10000000 };

	if (!thread_of(a[0]))
		return nobody(a[0]);
	return copy_to_user(a[1], &slice, sizeof(slice)) ? -EFAULT : 0;
}

/* ---- of disk requests: one queue, in the order of asking ---- */

s64 sys_ioprio_get(const u64 a[6])
{
	return a[0] < 1 || a[0] > 3 ? -EINVAL : 0;
}

s64 sys_ioprio_set(const u64 a[6])
{
	return a[0] < 1 || a[0] > 3 || a[2] >> 13 > 3 ? -EINVAL : 0;
}

/* ---- niceness, of a thread (0), a group (1) or a user's (2) ---- */

static bool meant(const struct proc *proc, u64 which, u32 who)
{
	if (proc->kernel)
		return false;
	return which == 0   ? proc->pid == (who ? who : current->pid)
	       : which == 1 ? proc->pgid == (who ? who : current->pgid)
			    : proc->uid == (who ? who : current->uid);
}

/* Encoded as 20 - nice, so that it is never negative. */
s64 sys_getpriority(const u64 a[6])
{
	s64 best = -ESRCH;

	if (a[0] > 2)
		return -EINVAL;
	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc))
		if (meant(proc, a[0], (u32)a[1]) && 20 - proc->nice > best)
			best = 20 - proc->nice;
	return best;
}

s64 sys_setpriority(const u64 a[6])
{
	s32 nice = (s32)a[2] < NICE_MIN ? NICE_MIN : (s32)a[2] > NICE_MAX ? NICE_MAX : (s32)a[2];
	s64 result = -ESRCH;

	if (a[0] > 2)
		return -EINVAL;
	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc)) {
		if (!meant(proc, a[0], (u32)a[1]))
			continue;
		if (nice < proc->nice && current->uid)
			return -EACCES;
		proc->nice = (s8)nice;
		result = 0;
	}
	return result;
}
