/*
 * Processes and threads: the table, clone, exit and wait.
 */
#include "arch.h"
#include "mm.h"
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

u32 new_pid(void)
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

void fs_put(struct fs_context *fs)
{
	if (fs && --fs->refs == 0) {
		if (fs->cwd)
			inode_put(fs->cwd);
		kfree(fs->cwd_path);
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

/* Undo proc_alloc, for a process that belongs to no group yet. */
static void unborn(struct proc *proc)
{
	sighand_put(proc->sighand);
	introspect_proc_gone(proc);
	table_set(proc->slot, NULL);
	kstack_free(proc->stack);
	kfree(proc);
}

/* A process without memory and files that enters at `main` in the kernel. */
static struct proc *proc_bare(void (*main)(void), u32 pid, const char *name)
{
	struct proc *proc = proc_alloc();
	struct group *group = kmalloc(sizeof(*group));

	if (proc)
		proc->sighand = kmalloc(sizeof(struct sighand));
	if (!proc || !group || !proc->sighand) {
		kfree(group);
		if (proc)
			unborn(proc);
		return NULL;
	}
	proc->pid = proc->tgid = proc->pgid = proc->sid = pid;
	group->refs = group->live = 1;
	group->leader = proc;
	group->start_ticks = time_now();
	proc->group = group;
	proc->sighand->refs = 1;
	strlcpy(proc->name, name, sizeof(proc->name));
	proc->context.s[0] = (u64)main;
	COUNT.processes_created++;
	return proc;
}

void group_usage(const struct group *group, struct usage *usage)
{
	const struct proc *thread = group->leader;

	*usage = (struct usage){
		group->user_ticks, group->kernel_ticks, group->minor, group->major, 0, 0
	};
	do {
		if (thread->state != PROC_ZOMBIE) { /* proc_exit has added what those used */
			usage->user_ticks += thread->user_ticks;
			usage->kernel_ticks += thread->kernel_ticks;
			usage->minor += thread->minor;
			usage->major += thread->major;
		}
		usage->switches += thread->switches;
		usage->threads++;
		thread = thread->group_next;
	} while (thread != group->leader);
}

/* Process 1, which becomes a program by exec. */
struct proc *proc_first(void (*main)(void))
{
	struct proc *proc = proc_bare(main, last_pid = 1, "init");

	if (!proc)
		panic("no memory for process 1");
	for (int i = 0; i < RLIM_NLIMITS; i++)
		proc->group->limits[i] = (struct rlimit){ RLIM_INFINITY, RLIM_INFINITY };
	proc->group->limits[RLIMIT_STACK].rlim_cur = param_number(PARAM_stack);
	proc->group->limits[RLIMIT_NOFILE] = (struct rlimit){ 1024, FD_MAX };
	proc->group->limits[RLIMIT_CORE].rlim_cur = 0;
	proc->group->limits[RLIMIT_SIGPENDING] = (struct rlimit){ nframes / 8, nframes / 8 };
	proc->fs = kmalloc(sizeof(struct fs_context));
	if (!proc->fs)
		panic("no memory for process 1");
	proc->fs->refs = 1;
	proc->fs->umask = 022;
	introspect_proc(proc);
	sched_ready(proc);
	return proc;
}

struct proc *proc_kernel_thread(void (*main)(void), const char *name)
{
	static u32 pid = PID_MAX;
	struct proc *proc = proc_bare(main, ++pid, name);

	if (!proc)
		return NULL;
	proc->kernel = true;
	introspect_proc(proc);
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
	const char *path = current->fs->cwd_path;
	size_t bytes = path ? strlen(path) + 1 : 0;

	if (share) {
		child->fs = current->fs;
		child->fs->refs++;
		return 0;
	}
	child->fs = kmalloc(sizeof(*child->fs));
	if (!child->fs)
		return -ENOMEM;
	child->fs->refs = 1;
	child->fs->umask = current->fs->umask;
	if (path) {
		child->fs->cwd_path = kmalloc(bytes);
		if (!child->fs->cwd_path)
			return -ENOMEM;
		strlcpy(child->fs->cwd_path, path, bytes);
	}
	if (current->fs->cwd)
		child->fs->cwd = inode_get(current->fs->cwd);
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
	unborn(child);
}

static void inherit(struct proc *child, u64 flags)
{
	child->ppid = flags & (CLONE_THREAD | CLONE_PARENT) ? current->ppid : current->tgid;
	child->pgid = current->pgid;
	child->sid = current->sid;
	child->uid = current->uid;
	child->gid = current->gid;
	child->tty = current->tty;
	child->personality = current->personality;
	child->capabilities_dropped = current->capabilities_dropped;
	child->no_new_privileges = current->no_new_privileges;
	child->policy = current->policy;
	child->priority = current->priority;
	child->nice = current->nice;
	child->signals_blocked = current->signals_blocked;
	if (!(flags & CLONE_VM) || (flags & CLONE_VFORK))
		child->altstack = current->altstack;
	memcpy(child->name, current->name, sizeof(child->name));
	fp_flush(current);
	child->fp = current->fp;
}

/* RLIMIT_NPROC counts a user's threads; the superuser has no limit. */
static bool too_many(void)
{
	u64 count = 0, limit = rlimit(RLIMIT_NPROC);

	if (!current->uid || limit == RLIM_INFINITY)
		return false;
	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc))
		count += proc->uid == current->uid;
	return count >= limit;
}

s64 proc_clone(u64 flags, u64 stack, u64 ptid, u64 tls, u64 ctid)
{
	struct proc *child;
	u32 pid;

	if (((flags & CLONE_THREAD) && !(flags & CLONE_SIGHAND)) ||
	    ((flags & CLONE_SIGHAND) && !(flags & CLONE_VM)))
		return -EINVAL;
	if (too_many())
		return -EAGAIN;
	/* Stack, tables and the like are allocated without sleeping. */
	reclaim_balance(frames_reserve + 16);
	if (current->killed) /* with all threads that there were: none comes after them */
		return -EINTR;
	child = proc_alloc();
	if (!child)
		return -EAGAIN;
	pid = child->pid = new_pid();
	child->tgid = flags & CLONE_THREAD ? current->tgid : pid;
	inherit(child, flags);
	if (copy_sighand(child, flags) || copy_group(child, flags) ||
	    copy_fs(child, flags & CLONE_FS) || copy_files(child, flags & CLONE_FILES) ||
	    copy_mm(child, flags & CLONE_VM) ||
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
	introspect_proc(child);
	sched_ready(child);
	while (current->vfork_waiting)
		sleep_on(&current->vfork_waiting, false);
	return pid;
}
