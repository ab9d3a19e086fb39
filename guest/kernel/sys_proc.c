/*
 * System calls about processes: identity, clone, exit, wait, limits, usage.
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
	(void)a;
	return 0;
}

s64 sys_setgroups(const u64 a[6])
{
	(void)a;
	return current->uid ? -EPERM : 0;
}

/* ---- groups and sessions ---- */

s64 sys_setpgid(const u64 a[6])
{
	u32 pid = a[0] ? (u32)a[0] : current->tgid, pgid = a[1] ? (u32)a[1] : pid;
	struct proc *proc = proc_find(pid), *thread;
	bool found = pgid == pid;

	if ((s32)a[1] < 0)
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

	if (a[1] < 64 || a[1] > PAGE_SIZE)
		return -EINVAL;
	error = copy_from_user(&args, a[0], min_u64(a[1], sizeof(args)));
	if (error)
		return error;
	if (args.set_tid_size || (args.flags & CSIGNAL) || args.exit_signal > NSIG)
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

s64 sys_wait4(const u64 a[6])
{
	struct wait_result result;
	u32 options = (u32)a[2];
	s64 pid;

	if (options & ~(u32)(WNOHANG | WUNTRACED | WCONTINUED | __WALL | __WNOTHREAD | __WCLONE))
		return -EINVAL;
	pid = proc_wait((s32)a[0], (options & (WNOHANG | WUNTRACED | WCONTINUED)) | WAIT_EXITED,
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
	u32 options = (u32)a[3], wanted = options & WNOHANG;
	s32 which = a[0] == 0 ? -1 : a[0] == 1 ? (s32)a[1] : a[1] ? -(s32)a[1] : 0;
	s64 pid;

	if (a[0] > 3 || !(options & 0xe) || (a[0] == 1 && (s32)a[1] <= 0))
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
	if (check_enabled)
		check_tables();
	power_off(status & 0x7f ? 128 + (status & 0x7f) : status >> 8 & 0xff);
}

/* ---- limits, usage, names ---- */

static s64 limits(u32 pid, u32 which, u64 new, u64 old)
{
	struct proc *proc = pid ? proc_find(pid) : current;
	struct rlimit limit, was;

	if (!proc)
		return -ESRCH;
	if (which >= RLIM_NLIMITS)
		return -EINVAL;
	was = proc->group->limits[which];
	if (new) {
		if (copy_from_user(&limit, new, sizeof(limit)) != 0)
			return -EFAULT;
		if (limit.rlim_cur > limit.rlim_max)
			return -EINVAL;
		proc = pid ? proc_find(pid) : current;
		if (!proc)
			return -ESRCH;
		if (limit.rlim_max > was.rlim_max && current->uid)
			return -EPERM;
		proc->group->limits[which] = limit;
		if (which == RLIMIT_STACK && proc->mm && limit.rlim_cur != RLIM_INFINITY)
			stack_limit_set(proc->mm, limit.rlim_cur);
	}
	return old && copy_to_user(old, &was, sizeof(was)) != 0 ? -EFAULT : 0;
}

s64 sys_prlimit64(const u64 a[6])
{
	return limits((u32)a[0], (u32)a[1], a[2], a[3]);
}

s64 sys_getrlimit(const u64 a[6])
{
	return limits(0, (u32)a[0], 0, a[1]);
}

s64 sys_setrlimit(const u64 a[6])
{
	return limits(0, (u32)a[0], a[1], 0);
}

static struct timeval to_timeval(u64 ticks)
{
	return (struct timeval){ (s64)(ticks / TICKS_PER_SECOND),
				 (s64)(ticks % TICKS_PER_SECOND / 10) };
}

static void usage_now(struct rusage *usage, bool children)
{
	struct group *group = current->group;
	u64 user = group->user_ticks, kernel = group->kernel_ticks, minor = group->minor,
	    major = group->major;
	struct proc *thread = current;

	memset(usage, 0, sizeof(*usage));
	do {
		user += thread->user_ticks;
		kernel += thread->kernel_ticks;
		minor += thread->minor;
		major += thread->major;
		usage->ru_nvcsw += (s64)thread->switches;
		thread = thread->group_next;
	} while (thread != current);
	usage->ru_maxrss = (s64)current->mm->peak_resident * 4;
	usage->ru_utime = to_timeval(children ? group->children_user_ticks : user);
	usage->ru_stime = to_timeval(children ? group->children_kernel_ticks : kernel);
	usage->ru_minflt = (s64)(children ? group->children_minor : minor);
	usage->ru_majflt = (s64)(children ? group->children_major : major);
}

s64 sys_getrusage(const u64 a[6])
{
	struct rusage usage;
	s32 who = (s32)a[0];

	if (who != 0 && who != -1 && who != 1)
		return -EINVAL;
	usage_now(&usage, who == -1);
	return copy_to_user(a[1], &usage, sizeof(usage));
}

s64 sys_times(const u64 a[6])
{
	struct rusage mine, children;
	s64 clocks[4];

	usage_now(&mine, false);
	usage_now(&children, true);
	clocks[0] = mine.ru_utime.tv_sec * 100 + mine.ru_utime.tv_usec / 10000;
	clocks[1] = mine.ru_stime.tv_sec * 100 + mine.ru_stime.tv_usec / 10000;
	clocks[2] = children.ru_utime.tv_sec * 100 + children.ru_utime.tv_usec / 10000;
	clocks[3] = children.ru_stime.tv_sec * 100 + children.ru_stime.tv_usec / 10000;
	if (a[0] && copy_to_user(a[0], clocks, sizeof(clocks)) != 0)
		return -EFAULT;
	return (s64)(time_now() / (TICKS_PER_SECOND / 100));
}

s64 sys_uname(const u64 a[6])
{
	struct utsname *name = kpage_alloc();
	int error;

	if (!name)
		return -ENOMEM;
	strlcpy(name->sysname, "Linux", sizeof(name->sysname));
	strlcpy(name->nodename, "faultline", sizeof(name->nodename));
	strlcpy(name->release, "6.6.0-faultline", sizeof(name->release));
	strlcpy(name->version, "#1", sizeof(name->version));
	strlcpy(name->machine, "riscv64", sizeof(name->machine));
	strlcpy(name->domainname, "(none)", sizeof(name->domainname));
	error = copy_to_user(a[0], name, sizeof(*name));
	kpage_free(name);
	return error;
}

s64 sys_sysinfo(const u64 a[6])
{
	struct sysinfo info = { 0 };

	info.uptime = (s64)(time_now() / TICKS_PER_SECOND);
	info.totalram = (COUNT.frames_total - COUNT.frames_kernel) * PAGE_SIZE;
	info.freeram = frames_free * PAGE_SIZE;
	info.bufferram = COUNT.frames_cache * PAGE_SIZE;
	info.totalswap = swap_pages_total() * PAGE_SIZE;
	info.freeswap = (swap_pages_total() - swap_pages_used()) * PAGE_SIZE;
	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc))
		info.procs++;
	info.mem_unit = 1;
	return copy_to_user(a[0], &info, sizeof(info));
}

#define PR_SET_PDEATHSIG    1
#define PR_GET_DUMPABLE	    3
#define PR_SET_DUMPABLE	    4
#define PR_SET_NAME	    15
#define PR_GET_NAME	    16
#define PR_SET_NO_NEW_PRIVS 38
#define PR_GET_NO_NEW_PRIVS 39

s64 sys_prctl(const u64 a[6])
{
	char name[16];

	switch (a[0]) {
	case PR_SET_NAME: {
		long n = copy_string_from_user(name, a[1], sizeof(name));

		if (n < 0 && n != -ENAMETOOLONG)
			return n;
		name[15] = 0;
		memcpy(current->name, name, sizeof(name));
		introspect_proc(current);
		return 0;
	}
	case PR_GET_NAME:
		return copy_to_user(a[1], current->name, sizeof(current->name));
	case PR_GET_DUMPABLE:
		return 1;
	case PR_SET_DUMPABLE:
	case PR_SET_PDEATHSIG:
	case PR_SET_NO_NEW_PRIVS:
	case PR_GET_NO_NEW_PRIVS:
		return 0;
	default:
		return -EINVAL;
	}
}

/* RISCV_HWPROBE_KEY_IMA_EXT_0: what programs may use.  Zicboz is not among them: senvcfg forbids it
 * to U-mode. */
static s64 ima_extensions(void)
{
	static const struct {
		const char *name;
		u8 bit;
	} known[] = {
		{ "zba", 3 },	       { "zbb", 4 },	 { "zbs", 5 },	      { "zbc", 7 },
		{ "zfh", 27 },	       { "zfhmin", 28 }, { "zihintntl", 29 }, { "zicond", 35 },
		{ "zihintpause", 36 }, { "zcb", 44 },	 { "zawrs", 48 },
	};
	s64 set = 3; /* F and D, C */

	for (unsigned i = 0; i < sizeof(known) / sizeof(known[0]); i++)
		if (platform_has(known[i].name))
			set |= 1l << known[i].bit;
	return set;
}

/* Every other key is unknown to us, as the interface allows. */
s64 sys_riscv_hwprobe(const u64 a[6])
{
	for (u64 i = 0; i < a[1] && i < 64; i++) {
		s64 pair[2];

		if (copy_from_user(pair, a[0] + 16 * i, sizeof(pair)) != 0)
			return -EFAULT;
		if (pair[0] == 3) /* base behaviour: IMA */
			pair[1] = 1;
		else if (pair[0] == 4)
			pair[1] = ima_extensions();
		else {
			pair[0] = -1;
			pair[1] = 0;
		}
		if (copy_to_user(a[0] + 16 * i, pair, sizeof(pair)) != 0)
			return -EFAULT;
	}
	return a[4] ? -EINVAL : 0;
}

/* ---- scheduling ---- */

s64 sys_sched_yield(const u64 a[6])
{
	(void)a;
	schedule();
	return 0;
}

s64 sys_sched_getaffinity(const u64 a[6])
{
	u64 mask = 1;

	if (a[1] < 8 || a[1] % 8)
		return -EINVAL;
	if (a[0] && !proc_find((u32)a[0]))
		return -ESRCH;
	return copy_to_user(a[2], &mask, 8) ? -EFAULT : 8;
}

s64 sys_sched_setaffinity(const u64 a[6])
{
	u64 mask = 0;

	if (copy_from_user(&mask, a[2], min_u64(a[1], 8)) != 0)
		return -EFAULT;
	return mask & 1 ? 0 : -EINVAL;
}

s64 sys_getpriority(const u64 a[6])
{
	(void)a;
	return 20; /* nice 0, as the call encodes it */
}

s64 sys_setpriority(const u64 a[6])
{
	(void)a;
	return 0;
}

s64 sys_membarrier(const u64 a[6])
{
	return a[0] == 0 ? 0x1f : 0; /* one hart: every switch is a barrier */
}

s64 sys_getrandom(const u64 a[6])
{
	u64 done = 0;

	if (a[2] & ~7ul)
		return -EINVAL;
	while (done < a[1]) {
		u8 chunk[64];
		size_t n = min_u64(sizeof(chunk), a[1] - done);

		random_bytes(chunk, n);
		if (copy_to_user(a[0] + done, chunk, n) != 0)
			return done ? (s64)done : -EFAULT;
		done += n;
	}
	return (s64)done;
}
