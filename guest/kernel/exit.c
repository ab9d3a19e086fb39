/*
 * How processes end, and how their parents learn of it.
 */
#include "arch.h"
#include "device.h"
#include "futex.h"
#include "load.h"
#include "mm.h"
#include "reclaim.h"
#include "signal.h"
#include "task.h"
#include "timer.h"

void vfork_done(void)
{
	struct proc *parent = current->vfork_parent;

	if (parent) {
		current->vfork_parent = NULL;
		parent->vfork_waiting = false;
		wakeup(&parent->vfork_waiting);
	}
}

static void record_place(struct introspect_exit_record *exit)
{
	const struct region *region = current->mm ? region_find(current->mm, exit->pc) : NULL;

	if (region && region->file) {
		exit->pc_inode = region->file->inode->number;
		exit->pc_offset = region->offset * PAGE_SIZE + (exit->pc - region->start);
	}
}

/* Why PROGRAM ended, for the host: before its memory goes. */
static void record_exit(u32 wait_status)
{
	struct introspect_exit_record *exit = &faultline_introspect.exit;
	struct group *group = current->group;

	if (current->tgid != faultline_introspect.program_pid || exit->kind != EXIT_NOT_YET ||
	    group->live > 1)
		return;
	faultline_introspect.sequence++;
	exit->pid = current->tgid;
	if (wait_status & 0x7f) {
		exit->kind = group->oom_victim ? EXIT_OUT_OF_MEMORY : EXIT_SIGNAL;
		exit->code = wait_status & 0x7f;
		exit->reason = group->fatal.reason;
		exit->access = group->fatal.access;
		exit->si_code = group->fatal.si_code;
		exit->va = group->fatal.va;
		exit->pc = group->fatal.pc;
		record_place(exit);
		if (group->oom_victim)
			exit->missing_pages = group->missing_pages;
	} else {
		exit->kind = EXIT_STATUS;
		exit->code = wait_status >> 8 & 0xff;
	}
	faultline_introspect.boot_stage = 3;
	faultline_introspect.sequence++;
}

/* The nearest ancestor that has asked for its descendants' orphans; else init. */
static struct proc *reaper(void)
{
	struct proc *proc = proc_find(current->ppid);

	while (proc && proc->tgid != 1 && !proc->group->subreaper)
		proc = proc_find(proc->ppid);
	return proc ? proc : proc_find(1);
}

/* POSIX: a process group that is orphaned while a member is stopped is hung up and continued, for
 * nobody is left who would. */
static void hang_up_orphans(u32 pgid)
{
	bool stopped = false;

	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc))
		stopped |= proc->pgid == pgid && proc->group->stopped;
	if (!stopped || !pgrp_is_orphaned(pgid, current->tgid))
		return;
	signal_send_group(pgid, SIGHUP);
	signal_send_group(pgid, SIGCONT);
}

/* Does this parent keep the child's process group from being orphaned? */
static bool keeps_group(const struct proc *parent, const struct proc *child)
{
	return parent && parent->pgid != child->pgid && parent->sid == child->sid;
}

static void reparent_children(struct proc *leader)
{
	struct proc *new = reaper();

	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc)) {
		if (proc->ppid != current->tgid || proc->tgid == current->tgid)
			continue;
		proc->ppid = new->tgid;
		proc->group->exit_signal = SIGCHLD;
		if (keeps_group(leader, proc))
			hang_up_orphans(proc->pgid);
		if (proc->death_signal)
			signal_send(proc, (int)proc->death_signal);
		if (proc_is_leader(proc) && proc->state == PROC_ZOMBIE && proc->group->live == 0)
			wakeup(new->group);
		introspect_proc(proc);
	}
}

/* The whole process has ended: tell the parent.  True if nobody will wait for it. */
static bool notify_parent(struct proc *leader)
{
	struct proc *parent = proc_find(leader->ppid);
	struct group *group = leader->group;
	struct sigaction *action;
	struct siginfo info = { 0 };

	if (!parent)
		return true;
	action = &parent->sighand->action[SIGCHLD - 1];
	info.si_signo = (s32)group->exit_signal;
	info.si_code = group->wait_status & 0x7f ? CLD_KILLED : CLD_EXITED;
	info.si_pid = (s32)leader->tgid;
	info.si_status =
		group->wait_status & 0x7f ? group->wait_status & 0x7f : group->wait_status >> 8;
	if (group->exit_signal)
		signal_send_info(parent, &info, true);
	wakeup(parent->group);
	poll_wakeup(); /* who watches it through a pidfd */
	return group->exit_signal == SIGCHLD &&
	       (action->sa_handler == SIG_IGN || (action->sa_flags & SA_NOCLDWAIT));
}

static void release_resources(void)
{
	struct fd_table *files = current->files;
	struct fs_context *fs = current->fs;
	struct mm *mm = current->mm;

	if (current->clear_child_tid && mm && mm->refs > 1) {
		u32 zero = 0;

		if (copy_to_user(current->clear_child_tid, &zero, sizeof(zero)) == 0)
			futex_wake(current->clear_child_tid, 1);
	}
	futex_exit_robust();
	hold_release(current);
	load_forget(current);
	current->files = NULL;
	if (files)
		fd_table_put(files);
	current->fs = NULL;
	fs_put(fs);
	current->mm = NULL;
	mm_use(NULL);
	vfork_done();
	mm_put(mm);
}

void proc_exit(u32 wait_status)
{
	struct group *group = current->group;
	struct proc *leader = group->leader;
	bool unwanted = false;

	if (current->tgid == 1 && group->live == 1)
		panic("init ended with status %x", wait_status);
	if (!group->exiting && group->live == 1)
		group->wait_status = wait_status; /* of several threads the last one's */
	if (group->live == 1)
		timers_forget(group);
	record_exit(group->wait_status);
	introspect_ended(current, group->exiting ? group->wait_status : wait_status);
	release_resources(); /* sleeps */
	group->user_ticks += current->user_ticks;
	group->kernel_ticks += current->kernel_ticks;
	group->minor += current->minor;
	group->major += current->major;
	current->state = PROC_ZOMBIE;
	if (--group->live == 0) {
		tty_session_end(leader);
		leader->state = PROC_ZOMBIE;
		reparent_children(leader);
		if (keeps_group(proc_find(leader->ppid), leader))
			hang_up_orphans(leader->pgid);
		unwanted = notify_parent(leader);
		if (unwanted && leader != current)
			proc_free(leader);
	}
	introspect_proc(current);
	if (current != leader || unwanted)
		sched_bury(current);
	wakeup(group); /* an exec that waits for the other threads */
	schedule();
	panic("a dead process ran");
}

void group_kill(struct proc *proc, u32 wait_status)
{
	struct group *group = proc->group;
	struct proc *thread = proc;

	if (!group->exiting) {
		group->exiting = true;
		group->wait_status = wait_status;
	}
	group->stopped = false;
	do {
		if (thread->state != PROC_ZOMBIE) {
			thread->killed = true;
			if (thread->state == PROC_STOPPED)
				sched_ready(thread);
			sched_interrupt(thread);
		}
		thread = thread->group_next;
	} while (thread != proc);
}

/* exec leaves one thread, which then has the process's id; of two that exec the first.  -EINTR: it is not
 * this one. */
int threads_end(void)
{
	struct group *group = current->group;

	if (current->killed)
		return -EINTR;
	for (struct proc *thread = current->group_next; thread != current;
	     thread = thread->group_next) {
		thread->killed = true;
		if (thread->state == PROC_STOPPED)
			sched_ready(thread);
		sched_interrupt(thread);
	}
	while (group->live > 1 && !group->exiting)
		sleep_on(group, false);
	if (group->leader != current && group->live == 1) {
		struct proc *old = group->leader;

		current->pid = old->pid;
		current->ppid = old->ppid;
		faultline_introspect.current_tid = current->pid;
		group->leader = current;
		old->pid = new_pid();
		proc_free(old);
	}
	return current->killed ? -EINTR : 0;
}

/* How many pages more than it could have did this process want? */
static u64 pages_missing(const struct mm *mm)
{
	u64 wanted = 0, had = mm->resident + mm->swapped;

	for (const struct region *r = mm->regions; r; r = r->next)
		if (!(r->flags & RF_SHARED) && (r->prot & PROT_WRITE))
			wanted += (r->end - r->start) / PAGE_SIZE;
	return wanted > had ? wanted - had : 1;
}

void proc_oom_killed(struct proc *proc)
{
	proc->group->missing_pages = pages_missing(proc->mm);
	group_kill(proc, SIGKILL);
}

/* ---- wait ---- */

/* Children that end with another signal than SIGCHLD, or with none, are waited for only if asked for. */
static bool wanted_child(const struct proc *child, s32 pid, u32 options)
{
	bool clone = child->group->exit_signal != SIGCHLD;

	if (!proc_is_leader(child) || child->ppid != current->tgid)
		return false;
	if (!(options & __WALL) && clone != !!(options & __WCLONE))
		return false;
	if (pid > 0)
		return child->tgid == (u32)pid;
	if (pid == 0)
		return child->pgid == current->pgid;
	return pid == -1 || child->pgid == (u32)-pid;
}

static void usage_of(const struct proc *leader, struct rusage *usage)
{
	const struct group *group = leader->group;

	memset(usage, 0, sizeof(*usage));
	usage->ru_utime = ticks_to_timeval(group->user_ticks);
	usage->ru_stime = ticks_to_timeval(group->kernel_ticks);
	usage->ru_minflt = (s64)group->minor;
	usage->ru_majflt = (s64)group->major;
}

static void reap(struct proc *child)
{
	struct group *mine = current->group, *its = child->group;

	mine->children_user_ticks += its->user_ticks + its->children_user_ticks;
	mine->children_kernel_ticks += its->kernel_ticks + its->children_kernel_ticks;
	mine->children_minor += its->minor + its->children_minor;
	mine->children_major += its->major + its->children_major;
	proc_free(child);
}

/* Has this child something to report?  Fills in the result, and reaps it if it has ended (unless asked
 * not to). */
static bool wait_check(struct proc *child, u32 options, struct wait_result *result)
{
	struct group *group = child->group;

	result->pid = child->tgid;
	if (child->state == PROC_ZOMBIE && group->live == 0 && (options & WAIT_EXITED)) {
		result->status = group->wait_status;
		usage_of(child, &result->usage);
		if (!(options & WAIT_NOWAIT))
			reap(child);
		return true;
	}
	if (group->stopped && !group->stop_reported && (options & WUNTRACED)) {
		group->stop_reported = !(options & WAIT_NOWAIT);
		result->status = group->stop_signal << 8 | 0x7f;
		return true;
	}
	if (group->continue_report && (options & WCONTINUED)) {
		group->continue_report = options & WAIT_NOWAIT;
		result->status = 0xffff;
		return true;
	}
	return false;
}

s64 proc_wait(s32 pid, u32 options, struct wait_result *result)
{
	memset(result, 0, sizeof(*result));
	for (;;) {
		bool any = false;

		for (struct proc *child = proc_next(NULL); child; child = proc_next(child)) {
			if (!wanted_child(child, pid, options))
				continue;
			any = true;
			if (wait_check(child, options, result))
				return result->pid;
		}
		if (!any)
			return -ECHILD;
		if (options & WNOHANG)
			return 0;
		if (sleep_on(current->group, true))
			return -ERESTARTSYS;
	}
}

bool pgrp_is_orphaned(u32 pgid, u32 leaving)
{
	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc))
		if (proc->pgid == pgid && proc->state != PROC_ZOMBIE && proc->ppid != leaving &&
		    keeps_group(proc_find(proc->ppid), proc))
			return false;
	return true;
}
