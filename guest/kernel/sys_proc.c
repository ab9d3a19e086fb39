/*
 * System calls about processes: identity, clone, exit, wait.
 */
#include "arch.h"
#include "boot.h"
#include "mm.h"
#include "signal.h"
#include "sys.h"
#include "task.h"

#define REBOOT_MAGIC1	 0xfee1dead
#define REBOOT_MAGIC2	 672274793
#define REBOOT_RESTART	 0x01234567
#define REBOOT_HALT	 0xcdef0123
#define REBOOT_POWER_OFF 0x4321fedc

s64 sys_getpid(const u64 a[6])
{
	(void)a;
	return current->tgid;
}

s64 sys_gettid(const u64 a[6])
{
	(void)a;
	return current->pid;
}

s64 sys_getppid(const u64 a[6])
{
	(void)a;
	return current->ppid;
}

s64 sys_getuid(const u64 a[6])
{
	(void)a;
	return current->uid;
}

s64 sys_geteuid(const u64 a[6])
{
	(void)a;
	return current->uid;
}

s64 sys_getgid(const u64 a[6])
{
	(void)a;
	return current->gid;
}

s64 sys_getegid(const u64 a[6])
{
	(void)a;
	return current->gid;
}

static s64 get_three(const u64 a[6], u32 id)
{
	for (int i = 0; i < 3; i++)
		if (copy_to_user(a[i], &id, sizeof(id)) != 0)
			return -EFAULT;
	return 0;
}

s64 sys_getresuid(const u64 a[6])
{
	return get_three(a, current->uid);
}

s64 sys_getresgid(const u64 a[6])
{
	return get_three(a, current->gid);
}

/* One identity a process: everything runs as its owner, who begins as root. */
static s64 set_id(u32 *id, u64 wanted)
{
	if ((u32)wanted == UINT32_MAX)
		return 0;
	if (current->uid && *id != (u32)wanted)
		return -EPERM;
	*id = (u32)wanted;
	return 0;
}

s64 sys_setuid(const u64 a[6])
{
	return set_id(&current->uid, a[0]);
}

s64 sys_setgid(const u64 a[6])
{
	return set_id(&current->gid, a[0]);
}

s64 sys_setresuid(const u64 a[6])
{
	return set_id(&current->uid, a[1]);
}

s64 sys_setresgid(const u64 a[6])
{
	return set_id(&current->gid, a[1]);
}

s64 sys_setreuid(const u64 a[6])
{
	return set_id(&current->uid, (u32)a[1] == UINT32_MAX ? a[0] : a[1]);
}

s64 sys_setregid(const u64 a[6])
{
	return set_id(&current->gid, (u32)a[1] == UINT32_MAX ? a[0] : a[1]);
}

s64 sys_setfsuid(const u64 a[6])
{
	(void)a;
	return current->uid;
}

s64 sys_setfsgid(const u64 a[6])
{
	(void)a;
	return current->gid;
}

s64 sys_getgroups(const u64 a[6])
{
	return (s32)a[0] < 0 ? -EINVAL : 0;
}

#define GROUPS_MAX 65536

s64 sys_setgroups(const u64 a[6])
{
	u32 group;

	if (current->uid)
		return -EPERM;
	if ((u32)a[0] > GROUPS_MAX)
		return -EINVAL;
	for (u32 i = 0; i < (u32)a[0]; i++) /* they grant nothing here, so none is kept */
		if (copy_from_user(&group, a[1] + i * sizeof(group), sizeof(group)) != 0)
			return -EFAULT;
	return 0;
}

/* ---- groups and sessions ---- */

s64 sys_setpgid(const u64 a[6])
{
	u32 pid = a[0] ? (u32)a[0] : current->tgid, pgid = a[1] ? (u32)a[1] : pid;
	struct proc *proc = proc_find(pid), *thread;
	bool found = pgid == pid;

	if ((s32)pgid < 0)
		return -EINVAL;
	if (!proc || !proc_is_leader(proc) ||
	    (proc->tgid != current->tgid && proc->ppid != current->tgid))
		return -ESRCH;
	if (proc->tgid != current->tgid && proc->group->execed)
		return -EACCES;
	if (proc->sid == proc->tgid || proc->sid != current->sid)
		return -EPERM;
	for (struct proc *p = proc_next(NULL); p && !found; p = proc_next(p))
		found = p->pgid == pgid && p->sid == current->sid;
	if (!found)
		return -EPERM;
	thread = proc;
	do {
		thread->pgid = pgid;
		thread = thread->group_next;
	} while (thread != proc);
	return 0;
}

s64 sys_getpgid(const u64 a[6])
{
	struct proc *proc = a[0] ? proc_find((u32)a[0]) : current;

	return proc ? (s64)proc->pgid : -ESRCH;
}

s64 sys_getsid(const u64 a[6])
{
	struct proc *proc = a[0] ? proc_find((u32)a[0]) : current;

	return proc ? (s64)proc->sid : -ESRCH;
}

s64 sys_setsid(const u64 a[6])
{
	struct proc *thread = current;

	(void)a;
	for (struct proc *p = proc_next(NULL); p; p = proc_next(p))
		if (p->pgid == current->tgid)
			return -EPERM;
	do {
		thread->pgid = thread->sid = current->tgid;
		thread->tty = NULL;
		thread = thread->group_next;
	} while (thread != current);
	return current->tgid;
}

/* ---- birth and death ---- */

/* With CLONE_PIDFD a descriptor of the child goes to `pidfd` in user memory. */
static s64 clone_with(u64 flags, u64 stack, u64 ptid, u64 tls, u64 ctid, u64 pidfd)
{
	s64 pid, fd;

	if ((flags & CLONE_PIDFD) && (flags & CLONE_THREAD))
		return -EINVAL;
	pid = proc_clone(flags, stack, ptid, tls, ctid);
	if (pid < 0 || !(flags & CLONE_PIDFD))
		return pid;
	fd = pidfd_create((u32)pid, O_CLOEXEC);
	copy_to_user(pidfd, &fd, sizeof(u32)); /* the child runs: too late to fail */
	return pid;
}

s64 sys_clone(const u64 a[6])
{
	return clone_with(a[0], a[1], a[0] & CLONE_PIDFD ? 0 : a[2], a[3], a[4], a[2]);
}

struct clone_args {
	u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack, stack_size, tls, set_tid,
		set_tid_size, cgroup;
};

s64 sys_clone3(const u64 a[6])
{
	struct clone_args args = { 0 };
	int error;

	if (a[1] < 64)
		return -EINVAL;
	if (a[1] > PAGE_SIZE)
		return -E2BIG;
	error = copy_from_user(&args, a[0], min_u64(a[1], sizeof(args)));
	for (u64 at = sizeof(args); !error && at < a[1]; at++) { /* of newer kernels: unused */
		char byte;

		error = copy_from_user(&byte, a[0] + at, 1);
		if (!error && byte)
			error = -E2BIG;
	}
	if (error)
		return error;
	if (args.set_tid_size || (args.flags & CSIGNAL) || args.exit_signal > NSIG ||
	    !args.stack != !args.stack_size)
		return -EINVAL;
	return clone_with(args.flags | args.exit_signal,
			  args.stack ? args.stack + args.stack_size : 0, args.parent_tid, args.tls,
			  args.child_tid, args.pidfd);
}

s64 sys_exit(const u64 a[6])
{
	proc_exit((u32)(a[0] & 0xff) << 8);
}

s64 sys_exit_group(const u64 a[6])
{
	u32 status = (u32)(a[0] & 0xff) << 8;

	if (current->group->live > 1)
		group_kill(current, status);
	else
		current->group->wait_status = status;
	proc_exit(status);
}

s64 sys_set_tid_address(const u64 a[6])
{
	current->clear_child_tid = a[0];
	return current->pid;
}

#define __WAIT_FLAGS (__WALL | __WNOTHREAD | __WCLONE)

s64 sys_wait4(const u64 a[6])
{
	struct wait_result result;
	u32 options = (u32)a[2];
	s64 pid;

	if (options & ~(u32)(WNOHANG | WUNTRACED | WCONTINUED | __WAIT_FLAGS))
		return -EINVAL;
	if ((s32)a[0] == INT32_MIN)
		return -ESRCH;
	pid = proc_wait((s32)a[0],
			(options & (WNOHANG | WUNTRACED | WCONTINUED | __WALL | __WCLONE)) |
				WAIT_EXITED,
			&result);
	if (pid > 0 && a[1] && copy_to_user(a[1], &result.status, sizeof(result.status)) != 0)
		return -EFAULT;
	if (pid > 0 && a[3] && copy_to_user(a[3], &result.usage, sizeof(result.usage)) != 0)
		return -EFAULT;
	return pid;
}

s64 sys_waitid(const u64 a[6])
{
	struct siginfo info = { 0 };
	struct wait_result result;
	u32 options = (u32)a[3], wanted = options & (WNOHANG | __WALL | __WCLONE);
	s32 which = a[0] == 0 ? -1 : a[0] == 1 ? (s32)a[1] : a[1] ? -(s32)a[1] : 0;
	s64 pid;

	if (a[0] > 3 || !(options & 0xe) || (options & ~(0x0100000fu | __WAIT_FLAGS)) ||
	    (a[0] == 1 && (s32)a[1] <= 0) || (a[0] == 2 && (s32)a[1] < 0))
		return -EINVAL;
	if (a[0] == 3) { /* P_PIDFD */
		which = pidfd_process((int)a[1]);
		if (which <= 0)
			return which ? which : -ECHILD;
	}
	wanted |= (options & 4 ? WAIT_EXITED : 0) | (options & 2 ? WUNTRACED : 0) |
		  (options & 8 ? WCONTINUED : 0) | (options & 0x01000000 ? WAIT_NOWAIT : 0);
	pid = proc_wait(which, wanted, &result);
	if (pid < 0)
		return pid;
	if (pid > 0) {
		bool stopped = (result.status & 0xff) == 0x7f;

		info.si_signo = SIGCHLD;
		info.si_pid = (s32)pid;
		info.si_code = result.status == 0xffff ? CLD_CONTINUED
			       : stopped	       ? CLD_STOPPED
			       : result.status & 0x7f  ? CLD_KILLED
						       : CLD_EXITED;
		info.si_status =
			(s32)(result.status == 0xffff		   ? SIGCONT
			      : stopped || !(result.status & 0x7f) ? result.status >> 8 & 0xff
								   : result.status & 0x7f);
	}
	if (a[2] && copy_to_user(a[2], &info, sizeof(info)) != 0)
		return -EFAULT;
	if (a[4] && copy_to_user(a[4], &result.usage, sizeof(result.usage)) != 0)
		return -EFAULT;
	return 0;
}

/* Only process 1 ends the run: with PROGRAM's wait status as the argument. */
s64 sys_reboot(const u64 a[6])
{
	u32 status = (u32)a[3];

	if ((u32)a[0] != REBOOT_MAGIC1 || (u32)a[1] != REBOOT_MAGIC2)
		return -EINVAL;
	if (current->tgid != 1)
		return -EPERM;
	if ((u32)a[2] != REBOOT_POWER_OFF && (u32)a[2] != REBOOT_RESTART &&
	    (u32)a[2] != REBOOT_HALT)
		return 0;
	vfs_shutdown();
	printk("kernel stack: %u of %lu bytes used at most", kstack_deepest, KSTACK_BYTES);
	printk("kernel memory: %lu objects, %u inodes", kmalloc_objects, inodes_cached());
	if (check_enabled)
		check_tables_now();
	power_off(status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff);
}
