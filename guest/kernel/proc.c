/*
 * Processes and threads: the table, clone, exit and wait.
 */
#include "arch.h"
#include "futex.h"
#include "device.h"
#include "mm.h"
#include "reclaim.h"
#include "signal.h"
#include "task.h"

#define PID_MAX 32768

static struct proc **table;
static u32 last_pid;
static u32 slots_used; /* no slot from here on is taken */

void proc_init(void)
{
	table = early_alloc(proc_max * sizeof(*table));
}

struct proc *proc_next(struct proc *after)
{
	for (u32 i = after ? after->slot + 1 : 0; i < slots_used; i++)
		if (table[i])
			return table[i];
	return NULL;
}

struct proc *proc_find(u32 pid)
{
	for (u32 i = 0; i < slots_used; i++)
		if (table[i] && table[i]->pid == pid)
			return table[i];
	return NULL;
}

static void table_set(u32 slot, struct proc *proc)
{
	table[slot] = proc;
	if (slot >= slots_used)
		slots_used = slot + 1;
	while (slots_used && !table[slots_used - 1])
		slots_used--;
}

bool proc_is_leader(const struct proc *proc)
{
	return proc->group->leader == proc;
}

u64 rlimit(u32 which)
{
	return current->group->limits[which].rlim_cur;
}

static u32 new_pid(void)
{
	do {
		last_pid = last_pid < PID_MAX ? last_pid + 1 : 2;
	} while (proc_find(last_pid));
	return last_pid;
}

/* An empty process with a kernel stack and a place in the table. */
static struct proc *proc_alloc(void)
{
	struct proc *proc = kmalloc(sizeof(*proc));
	u32 slot = 0;

	while (slot < proc_max && table[slot])
		slot++;
	if (slot < proc_max && proc)
		proc->stack = kstack_alloc();
	if (!proc || !proc->stack) {
		kfree(proc);
		return NULL;
	}
	proc->slot = slot;
	proc->frame = (struct trapframe *)((char *)proc->stack + KSTACK_BYTES) - 1;
	memset(proc->frame, 0, sizeof(*proc->frame));
	proc->context.ra = (u64)thread_start;
	proc->context.sp = (u64)proc->frame;
	proc->altstack.ss_flags = SS_DISABLE;
	proc->group_next = proc;
	proc->state = PROC_SLEEPING;
	table_set(slot, proc);
	return proc;
}

static void group_put(struct group *group)
{
	if (--group->refs == 0) {
		signals_flush(&group->signals);
		kfree(group);
	}
}

static void sighand_put(struct sighand *sighand)
{
	if (sighand && --sighand->refs == 0)
		kfree(sighand);
}

static void fs_put(struct fs_context *fs)
{
	if (fs && --fs->refs == 0) {
		if (fs->cwd)
			inode_put(fs->cwd);
		kfree(fs);
	}
}

/* The rest of a process that nobody will ask for again. */
void proc_free(struct proc *proc)
{
	struct proc *before = proc;

	while (before->group_next != proc)
		before = before->group_next;
	before->group_next = proc->group_next;
	if (proc->group->leader == proc)
		proc->group->leader = NULL;
	signals_flush(&proc->signals);
	group_put(proc->group);
	sighand_put(proc->sighand);
	introspect_proc_gone(proc);
	fp_changed(proc);
	table_set(proc->slot, NULL);
	kstack_free(proc->stack);
	kfree(proc);
}

/* Process 1, which enters at `main` in the kernel and becomes a program by exec. */
struct proc *proc_first(void (*main)(void))
{
	struct proc *proc = proc_alloc();
	struct group *group = kmalloc(sizeof(*group));

	proc->pid = proc->tgid = proc->pgid = proc->sid = last_pid = 1;
	group->refs = group->live = 1;
	group->leader = proc;
	for (int i = 0; i < RLIM_NLIMITS; i++)
		group->limits[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	group->limits[RLIMIT_STACK].rlim_cur = param_number(PARAM_stack);
	group->limits[RLIMIT_NOFILE] = (struct rlimit){ FD_MAX, FD_MAX };
	group->limits[RLIMIT_CORE].rlim_cur = 0;
	group->start_ticks = time_now();
	proc->group = group;
	proc->sighand = kmalloc(sizeof(struct sighand));
	proc->sighand->refs = 1;
	proc->fs = kmalloc(sizeof(struct fs_context));
	proc->fs->refs = 1;
	proc->fs->umask = 022;
	strlcpy(proc->name, "init", sizeof(proc->name));
	proc->context.s[0] = (u64)main;
	COUNT.processes_created++;
	sched_ready(proc);
	return proc;
}

/* ---- clone ---- */

static void child_start(void *ctid)
{
	u32 tid = current->pid;

	if (ctid)
		copy_to_user((u64)ctid, &tid, sizeof(tid));
}

static int copy_fs(struct proc *child, bool share)
{
	if (share) {
		child->fs = current->fs;
		child->fs->refs++;
		return 0;
	}
	child->fs = kmalloc(sizeof(*child->fs));
	if (!child->fs)
		return -ENOMEM;
	*child->fs = *current->fs;
	child->fs->refs = 1;
	if (child->fs->cwd)
		inode_get(child->fs->cwd);
	return 0;
}

static int copy_files(struct proc *child, bool share)
{
	child->files = current->files;
	if (share)
		child->files->refs++;
	else
		child->files = fd_table_copy(current->files);
	return child->files ? 0 : -ENOMEM;
}

static int copy_sighand(struct proc *child, u64 flags)
{
	child->sighand = current->sighand;
	if (flags & CLONE_SIGHAND) {
		child->sighand->refs++;
		return 0;
	}
	child->sighand = kmalloc(sizeof(*child->sighand));
	if (!child->sighand)
		return -ENOMEM;
	*child->sighand = *current->sighand;
	child->sighand->refs = 1;
	for (int i = 0; (flags & CLONE_CLEAR_SIGHAND) && i < NSIG; i++)
		if (child->sighand->action[i].sa_handler != SIG_IGN)
			child->sighand->action[i].sa_handler = SIG_DFL;
	return 0;
}

static int copy_group(struct proc *child, u64 flags)
{
	struct group *group = current->group;

	if (flags & CLONE_THREAD) {
		child->group_next = current->group_next;
		current->group_next = child;
		group->refs++;
		group->live++;
		child->group = group;
		return 0;
	}
	group = kmalloc(sizeof(*group));
	if (!group)
		return -ENOMEM;
	group->refs = group->live = 1;
	group->leader = child;
	group->exit_signal = flags & CSIGNAL;
	group->start_ticks = time_now();
	memcpy(group->limits, current->group->limits, sizeof(group->limits));
	child->group = group;
	return 0;
}

static int copy_mm(struct proc *child, bool share)
{
	if (share) {
		child->mm = mm_get(current->mm);
		return 0;
	}
	child->mm = mm_create();
	if (!child->mm)
		return -ENOMEM;
	child->mm->owner_pid = child->tgid;
	return mm_fork(child->mm, current->mm); /* sleeps */
}

/* Undo a clone that ran out of memory: nobody has seen the child. */
static void clone_undo(struct proc *child)
{
	mm_put(child->mm);
	if (child->files)
		fd_table_put(child->files);
	fs_put(child->fs);
	if (child->group) {
		child->group->live--;
		proc_free(child);
		return;
	}
	sighand_put(child->sighand);
	introspect_proc_gone(child);
	table_set(child->slot, NULL);
	kstack_free(child->stack);
	kfree(child);
}

static void inherit(struct proc *child, u64 flags)
{
	child->ppid = flags & (CLONE_THREAD | CLONE_PARENT) ? current->ppid : current->tgid;
	child->pgid = current->pgid;
	child->sid = current->sid;
	child->uid = current->uid;
	child->gid = current->gid;
	child->tty = current->tty;
	child->signals_blocked = current->signals_blocked;
	if (!(flags & CLONE_VM) || (flags & CLONE_VFORK))
		child->altstack = current->altstack;
	memcpy(child->name, current->name, sizeof(child->name));
	fp_flush(current);
	child->fp = current->fp;
}

s64 proc_clone(u64 flags, u64 stack, u64 ptid, u64 tls, u64 ctid)
{
	struct proc *child;
	u32 pid;

	if (((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND)) ||
	    ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM)))
		return -EINVAL;
	reclaim_balance(frames_reserve + 16); /* stack, tables and the like are allocated without sleeping */
	child = proc_alloc();
	if (!child)
		return -EAGAIN;
	pid = child->pid = new_pid();
	child->tgid = flags & CLONE_THREAD ? current->tgid : pid;
	inherit(child, flags);
	if (copy_sighand(child, flags) || copy_group(child, flags) || copy_fs(child, flags & CLONE_FS) ||
	    copy_files(child, flags & CLONE_FILES) || copy_mm(child, flags & CLONE_VM) ||
	    ((flags & CLONE_PARENT_SETTID) && copy_to_user(ptid, &pid, sizeof(pid)) != 0)) {
		clone_undo(child);
		return -ENOMEM;
	}
	*child->frame = *current->frame;
	child->frame->scause = 0;
	FRAME_A(child->frame, 0) = 0;
	if (stack)
		FRAME_SP(child->frame) = stack;
	if (flags & CLONE_SETTLS)
		FRAME_TP(child->frame) = tls;
	if (flags & CLONE_CHILD_CLEARTID)
		child->clear_child_tid = ctid;
	child->context.s[0] = (u64)child_start;
	child->context.s[1] = flags & CLONE_CHILD_SETTID ? ctid : 0;
	COUNT.processes_created++;
	if (flags & CLONE_VFORK) {
		child->vfork_parent = current;
		current->vfork_waiting = true;
	}
	sched_ready(child);
	while (current->vfork_waiting)
		sleep_on(&current->vfork_waiting, false);
	return pid;
}

/* ---- exit ---- */

void vfork_done(void)
{
	struct proc *parent = current->vfork_parent;

	if (parent) {
		current->vfork_parent = NULL;
		parent->vfork_waiting = false;
		wakeup(&parent->vfork_waiting);
	}
}

/* Why PROGRAM ended, for the host: before its memory goes. */
static void record_exit(u32 wait_status)
{
	struct introspect_exit_record *exit = &faultline_introspect.exit;
	struct group *group = current->group;

	if (current->tgid != faultline_introspect.program_pid || exit->kind != EXIT_NOT_YET || group->live > 1)
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
		if (group->oom_victim)
			exit->missing_pages = group->missing_pages;
	} else {
		exit->kind = EXIT_STATUS;
		exit->code = wait_status >> 8 & 0xff;
	}
	faultline_introspect.boot_stage = 3;
	faultline_introspect.sequence++;
}

static void reparent_children(void)
{
	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc)) {
		if (proc->ppid != current->tgid || proc->tgid == current->tgid)
			continue;
		proc->ppid = 1;
		if (proc_is_leader(proc) && proc->state == PROC_ZOMBIE && proc->group->live == 0)
			wakeup(proc_find(1)->group);
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
	info.si_status = group->wait_status & 0x7f ? group->wait_status & 0x7f : group->wait_status >> 8;
	if (group->exit_signal)
		signal_send_info(parent, &info, true);
	wakeup(parent->group);
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
	record_exit(group->wait_status);
	release_resources(); /* sleeps */
	group->user_ticks += current->user_ticks;
	group->kernel_ticks += current->kernel_ticks;
	group->minor += current->minor;
	group->major += current->major;
	current->state = PROC_ZOMBIE;
	if (--group->live == 0) {
		tty_session_end(leader);
		reparent_children();
		leader->state = PROC_ZOMBIE;
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

/* exec leaves one thread, which then has the process's id. */
void threads_end(void)
{
	struct group *group = current->group;

	for (struct proc *thread = current->group_next; thread != current; thread = thread->group_next) {
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
		group->leader = current;
		old->pid = new_pid();
		proc_free(old);
	}
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

static bool wanted_child(const struct proc *child, s32 pid)
{
	if (!proc_is_leader(child) || child->ppid != current->tgid)
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
	usage->ru_utime.tv_sec = (s64)(group->user_ticks / TICKS_PER_SECOND);
	usage->ru_utime.tv_usec = (s64)(group->user_ticks % TICKS_PER_SECOND / 10);
	usage->ru_stime.tv_sec = (s64)(group->kernel_ticks / TICKS_PER_SECOND);
	usage->ru_stime.tv_usec = (s64)(group->kernel_ticks % TICKS_PER_SECOND / 10);
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
			if (!wanted_child(child, pid))
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

bool pgrp_is_orphaned(u32 pgid)
{
	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc)) {
		struct proc *parent = proc->pgid == pgid && proc->state != PROC_ZOMBIE ? proc_find(proc->ppid) : NULL;

		if (parent && parent->pgid != pgid && parent->sid == proc->sid)
			return false;
	}
	return true;
}
