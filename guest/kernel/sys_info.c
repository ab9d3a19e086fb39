/* System calls about limits, usage, names, and what there is. */
#include "arch.h"
#include "mm.h"
#include "sys.h"
#include "task.h"
#include "timer.h"

static s64 limits(u32 pid, u32 which, u64 new, u64 old)
{
	struct proc *proc = pid ? proc_find(pid) : current;
	struct rlimit limit, was;

	if (which >= RLIM_NLIMITS)
		return -EINVAL;
	if (!proc)
		return -ESRCH;
	if (current->uid && current->uid != proc->uid)
		return -EPERM;
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

#define RUSAGE_CHILDREN -1
#define RUSAGE_SELF	0
#define RUSAGE_THREAD	1

static void usage_now(struct rusage *told, s32 who)
{
	const struct group *group = current->group;
	struct usage usage;

	group_usage(group, &usage);
	if (who == RUSAGE_CHILDREN)
		usage = (struct usage){ group->children_user_ticks,
					group->children_kernel_ticks,
					group->children_minor,
					group->children_major,
					0,
					0 };
	else if (who == RUSAGE_THREAD)
		usage = (struct usage){ current->user_ticks, current->kernel_ticks, current->minor,
					current->major,	     current->switches,	    1 };
	memset(told, 0, sizeof(*told));
	told->ru_utime = ticks_to_timeval(usage.user_ticks);
	told->ru_stime = ticks_to_timeval(usage.kernel_ticks);
	told->ru_maxrss = (s64)current->mm->peak_resident * 4;
	told->ru_minflt = (s64)usage.minor;
	told->ru_majflt = (s64)usage.major;
	told->ru_nvcsw = (s64)usage.switches;
}

s64 sys_getrusage(const u64 a[6])
{
	struct rusage usage;
	s32 who = (s32)a[0];

	if (who < RUSAGE_CHILDREN || who > RUSAGE_THREAD)
		return -EINVAL;
	usage_now(&usage, who);
	return copy_to_user(a[1], &usage, sizeof(usage));
}

s64 sys_times(const u64 a[6])
{
	struct rusage mine, children;
	s64 clocks[4];

	usage_now(&mine, RUSAGE_SELF);
	usage_now(&children, RUSAGE_CHILDREN);
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
	strlcpy(name->release, RELEASE, sizeof(name->release));
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
#define PR_GET_PDEATHSIG    2
#define PR_GET_DUMPABLE	    3
#define PR_SET_DUMPABLE	    4
#define PR_GET_KEEPCAPS	    7
#define PR_SET_KEEPCAPS	    8
#define PR_SET_NAME	    15
#define PR_GET_NAME	    16
#define PR_GET_SECCOMP	    21
#define PR_CAPBSET_READ	    23
#define PR_GET_SECUREBITS   27
#define PR_SET_TIMERSLACK   29
#define PR_GET_TIMERSLACK   30
#define PR_SET_SUBREAPER    36
#define PR_GET_SUBREAPER    37
#define PR_SET_NO_NEW_PRIVS 38
#define PR_GET_NO_NEW_PRIVS 39
#define PR_GET_THP_DISABLE  42
#define TIMERSLACK_NS	    50000

static s64 set_name(u64 user)
{
	char name[16];
	long n = copy_string_from_user(name, user, sizeof(name));

	if (n < 0 && n != -ENAMETOOLONG)
		return n;
	name[15] = 0;
	memcpy(current->name, name, sizeof(name));
	introspect_proc(current);
	return 0;
}

static s64 set_death_signal(u64 signal)
{
	if (signal > NSIG)
		return -EINVAL;
	current->death_signal = (u32)signal;
	return 0;
}

static s64 set_flag(bool *flag, bool value, u64 given)
{
	if (given > 1)
		return -EINVAL;
	*flag = value;
	return 0;
}

s64 sys_prctl(const u64 a[6])
{
	u32 subreaper;

	switch (a[0]) {
	case PR_SET_NAME:
		return set_name(a[1]);
	case PR_GET_NAME:
		return copy_to_user(a[1], current->name, sizeof(current->name));
	case PR_SET_PDEATHSIG:
		return set_death_signal(a[1]);
	case PR_GET_PDEATHSIG:
		return copy_to_user(a[1], &current->death_signal, sizeof(u32));
	case PR_SET_NO_NEW_PRIVS:
		if (a[1] != 1 || a[2] || a[3] || a[4])
			return -EINVAL;
		current->no_new_privileges = true;
		return 0;
	case PR_GET_NO_NEW_PRIVS:
		return current->no_new_privileges;
	case PR_CAPBSET_READ:
		return a[1] <= LAST_CAPABILITY ? 1 : -EINVAL;
	case PR_SET_SUBREAPER:
		current->group->subreaper = a[1] != 0;
		return 0;
	case PR_GET_SUBREAPER:
		subreaper = current->group->subreaper;
		return copy_to_user(a[1], &subreaper, sizeof(subreaper));
	case PR_GET_DUMPABLE:
		return !current->group->undumpable;
	case PR_SET_DUMPABLE:
		return set_flag(&current->group->undumpable, !a[1], a[1]);
	case PR_GET_KEEPCAPS:
		return current->keep_capabilities;
	case PR_SET_KEEPCAPS:
		return set_flag(&current->keep_capabilities, a[1], a[1]);
	case PR_GET_TIMERSLACK:
		return current->timer_slack ? current->timer_slack : TIMERSLACK_NS;
	case PR_SET_TIMERSLACK:
		current->timer_slack = (u32)a[1];
		return 0;
	case PR_GET_THP_DISABLE:
	case PR_GET_SECUREBITS:
	case PR_GET_SECCOMP:
		return 0;
	default:
		return -EINVAL;
	}
}

#define PERSONALITY_ASK	  0xffffffffu
#define PERSONALITY_KNOWN (ADDR_NO_RANDOMIZE | 0x0ff00000u) /* the others have no effect */

s64 sys_personality(const u64 a[6])
{
	u32 old = current->personality, wanted = (u32)a[0];

	if (wanted == PERSONALITY_ASK)
		return old;
	if (wanted & ~PERSONALITY_KNOWN)
		return -EINVAL; /* another system's */
	current->personality = wanted;
	return old;
}

s64 sys_getcpu(const u64 a[6])
{
	u32 zero = 0;

	for (int i = 0; i < 2; i++)
		if (a[i] && copy_to_user(a[i], &zero, sizeof(zero)))
			return -EFAULT;
	return 0;
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

#define MEMBARRIER_KNOWN 0x1fu

/* One hart: every switch is a barrier. */
s64 sys_membarrier(const u64 a[6])
{
	u32 command = (u32)a[0];

	if (a[1] || (command & (command - 1)) || (command & ~MEMBARRIER_KNOWN))
		return -EINVAL;
	return command ? 0 : MEMBARRIER_KNOWN;
}

s64 sys_getrandom(const u64 a[6])
{
	u64 done = 0;

	if (a[2] & ~7ul)
		return -EINVAL;
	while (done < a[1] && !current->killed) {
		u8 chunk[64];
		size_t n = min_u64(sizeof(chunk), a[1] - done);

		random_bytes(chunk, n);
		if (copy_to_user(a[0] + done, chunk, n) != 0)
			return done ? (s64)done : -EFAULT;
		done += n;
	}
	return (s64)done;
}
