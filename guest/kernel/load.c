/*
 * Thrashing: more than half of a window of time in which nobody can run because every process that
 * could waits for a page.  With load_control=1 it is relieved as in the textbooks: a process is
 * suspended, its pages go, the others get on; after its turn it runs again, and if that is too much
 * another one pauses.
 */
#include "load.h"
#include "mm.h"
#include "signal.h"

#define WINDOW (TICKS_PER_SECOND / 10)
#define TURN   (TICKS_PER_SECOND * 2) /* how long a process stays suspended at most */

bool thrashing;
u64 thrashing_ticks, thrashing_windows;
u32 faults_in_progress;

static u64 window_start, waited;
static u32 suspended;
static bool control;
static const char load_channel[1];

void load_init(void)
{
	control = param_number(PARAM_load_control) != 0;
	window_start = time_now();
}

void load_waited(u64 ticks)
{
	waited += ticks;
}

static bool may_suspend(const struct proc *proc)
{
	return proc_is_leader(proc) && proc->tgid != 1 && proc->mm && !proc->suspended &&
	       proc->group->live == 1 &&
	       (proc->in_fault || proc->state == PROC_READY || proc->state == PROC_RUNNING);
}

/* The one with most pages, if another stays: never the last. */
static void suspend_one(u64 now)
{
	struct proc *worst = NULL;
	u32 candidates = 0;

	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc)) {
		if (!may_suspend(proc))
			continue;
		candidates++;
		if (!worst || proc->last_turn < worst->last_turn ||
		    (proc->last_turn == worst->last_turn &&
		     proc->mm->resident > worst->mm->resident))
			worst = proc;
	}
	if (candidates < 2)
		return;
	worst->suspended = true;
	worst->last_turn = now;
	suspended++;
	printk("thrashing: %u (%s) is suspended", worst->tgid, worst->name);
}

static void resume(struct proc *proc)
{
	proc->suspended = false;
	suspended--;
	wakeup(load_channel);
	printk("%u (%s) runs again", proc->tgid, proc->name);
}

/* The one that has paused longest. */
bool load_resume_one(void)
{
	struct proc *first = NULL;

	for (struct proc *proc = proc_next(NULL); suspended && proc; proc = proc_next(proc))
		if (proc->suspended && (!first || proc->last_turn < first->last_turn))
			first = proc;
	if (first)
		resume(first);
	return first != NULL;
}

void load_forget(struct proc *proc)
{
	if (proc->suspended)
		resume(proc);
}

void load_check(u64 now)
{
	u64 length = now - window_start;

	if (length < WINDOW)
		return;
	thrashing = waited * 2 > length;
	if (thrashing) {
		thrashing_windows++;
		thrashing_ticks += length;
		faultline_introspect.thrashing_ticks = thrashing_ticks;
	}
	window_start = now;
	waited = 0;
	if (!control)
		return;
	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc))
		if (proc->suspended && now - proc->last_turn >= TURN)
			resume(proc);
	if (thrashing)
		suspend_one(now);
}

/* On the way to user mode. */
void load_pause(void)
{
	hold_release(current);
	while (current->suspended && !signal_pending())
		sleep_on(load_channel, true);
}
