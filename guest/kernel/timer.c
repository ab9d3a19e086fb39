/*
 * timer_create and its kin: timers of a process that send it a signal.  A timer has at most one signal
 * pending; what comes due meanwhile is counted.
 */
#include "mm.h"
#include "signal.h"
#include "sys.h"
#include "timer.h"

#define TIMERS_MAX	256 /* of all processes */
#define SIGEV_SIGNAL	0
#define SIGEV_NONE	1
#define SIGEV_THREAD_ID 4
#define OVERRUN_MAX	0x7fffffffu

struct timer {
	struct timer *next;
	struct group *group;
	u32 id, clock, notify, signal, tid, overrun;
	u32 maker; /* the thread whose CPU time it is */
	u64 value;
	u64 deadline, interval; /* in ticks, of `time` or of CPU time; 0: none */
};

struct sigevent {
	u64 value;
	u32 signal, notify, tid, pad[11];
};

static struct timer *timers;
static u32 ntimers, last_id;

static struct timer *timer_find(u64 id)
{
	struct timer *timer = timers;

	while (timer && (timer->id != (u32)id || timer->group != current->group))
		timer = timer->next;
	return timer;
}

static void timer_free(struct timer **link)
{
	struct timer *timer = *link;

	*link = timer->next;
	ntimers--;
	kfree(timer);
}

void timers_forget(struct group *group)
{
	struct timer **link = &timers;

	while (*link)
		if ((*link)->group == group)
			timer_free(link);
		else
			link = &(*link)->next;
}

/* ---- coming due ---- */

static struct signal_info *pending(const struct timer *timer, const struct signal_queue *queue)
{
	struct signal_info *i = queue->first;

	while (i && (i->info.si_code != SI_TIMER || (u32)i->info.si_pid != timer->id))
		i = i->next;
	return i;
}

static void notify(struct timer *timer, u32 missed)
{
	bool to_thread = timer->notify == SIGEV_THREAD_ID;
	struct proc *proc = to_thread ? proc_find(timer->tid) : timer->group->leader;
	struct siginfo info = { .si_signo = (s32)timer->signal, .si_code = SI_TIMER };
	struct signal_info *queued;

	if (timer->notify == SIGEV_NONE || !proc || proc->group != timer->group)
		return;
	queued = pending(timer, to_thread ? &proc->signals : &timer->group->signals);
	if (queued) {
		timer->overrun = (u32)min_u64((u64)timer->overrun + missed + 1, OVERRUN_MAX);
		queued->info.si_uid = timer->overrun;
		return;
	}
	timer->overrun = missed;
	info.si_pid = (s32)timer->id;
	info.si_uid = missed;
	info.si_value = timer->value;
	signal_send_info(proc, &info, !to_thread);
}

static void due(struct timer *timer, u64 now)
{
	u64 missed = timer->interval ? (now - timer->deadline) / timer->interval : 0;

	timer->deadline += timer->interval ? (missed + 1) * timer->interval : -timer->deadline;
	notify(timer, (u32)min_u64(missed, OVERRUN_MAX));
}

static bool of_cpu(const struct timer *timer)
{
	return timer->clock == CLOCK_PROCESS_CPUTIME_ID || timer->clock == CLOCK_THREAD_CPUTIME_ID;
}

u64 timers_check(u64 now)
{
	u64 next = UINT64_MAX;

	for (struct timer *timer = timers; timer; timer = timer->next) {
		if (of_cpu(timer))
			continue;
		if (timer->deadline && timer->deadline <= now)
			due(timer, now);
		if (timer->deadline)
			next = min_u64(next, timer->deadline);
	}
	return min_u64(next, timerfds_check(now));
}

/* ---- CPU time: ITIMER_VIRTUAL, ITIMER_PROF and timers by its clocks, as fine as the time slice ---- */

u64 cpu_ticks(const struct group *group, bool kernel)
{
	const struct proc *thread = group->leader;
	u64 ticks = group->user_ticks + (kernel ? group->kernel_ticks : 0);

	do { /* what those that are gone have used is in the group */
		if (thread->state != PROC_ZOMBIE)
			ticks += thread->user_ticks + (kernel ? thread->kernel_ticks : 0);
		thread = thread->group_next;
	} while (thread != group->leader);
	return ticks;
}

/* What a timer of current's process goes by. */
static u64 clock_of(const struct timer *timer)
{
	const struct proc *maker;

	if (!of_cpu(timer))
		return time_now();
	if (timer->clock == CLOCK_PROCESS_CPUTIME_ID)
		return cpu_ticks(timer->group, true);
	maker = proc_find(timer->maker);
	return maker && maker->group == timer->group ? maker->user_ticks + maker->kernel_ticks : 0;
}

/* SIGXCPU at the soft limit and each second after it, SIGKILL at the hard one. */
static void cpu_limit_check(struct group *group)
{
	struct rlimit *limit = &group->limits[RLIMIT_CPU];
	u64 used;

	if (limit->rlim_cur == RLIM_INFINITY)
		return;
	used = cpu_ticks(group, true) / TICKS_PER_SECOND;
	if (used >= max_u64(limit->rlim_max, 1)) {
		signal_send(group->leader, SIGKILL);
	} else if (used >= max_u64(limit->rlim_cur, 1)) {
		limit->rlim_cur = used + 1;
		signal_send(group->leader, SIGXCPU);
	}
}

void timers_cpu_check(void)
{
	struct group *group = current->group;

	if (current->state == PROC_ZOMBIE) /* nothing has run since */
		return;
	cpu_limit_check(group);
	for (int kind = 0; kind < 2; kind++) {
		u64 used;

		if (!group->cpu_alarm[kind])
			continue;
		used = cpu_ticks(group, kind == 1);
		if (used < group->cpu_alarm[kind])
			continue;
		group->cpu_alarm[kind] =
			group->cpu_interval[kind] ? used + group->cpu_interval[kind] : 0;
		signal_send(group->leader, kind == 0 ? SIGVTALRM : SIGPROF);
	}
	for (struct timer *timer = timers; timer; timer = timer->next) {
		u64 used = timer->group == group && of_cpu(timer) ? clock_of(timer) : 0;

		if (timer->deadline && used >= timer->deadline)
			due(timer, used);
	}
}

/* ---- the calls ---- */

static bool event_ok(const struct sigevent *event)
{
	struct proc *thread;

	if (event->notify == SIGEV_NONE)
		return true;
	if (event->signal < 1 || event->signal > NSIG)
		return false;
	if (event->notify == SIGEV_SIGNAL)
		return true;
	thread = event->notify == SIGEV_THREAD_ID ? proc_find(event->tid) : NULL;
	return thread && thread->group == current->group;
}

/* The C library names the CPU clocks by process 0 and thread 0: ~0 << 3 and two bits for which time. */
static u32 own_clock(s32 clock)
{
	return clock == -6   ? CLOCK_PROCESS_CPUTIME_ID
	       : clock == -2 ? CLOCK_THREAD_CPUTIME_ID
			     : (u32)clock;
}

s64 sys_timer_create(const u64 a[6])
{
	struct sigevent event = { .signal = SIGALRM, .notify = SIGEV_SIGNAL };
	struct timer *timer;
	u32 id = ++last_id; /* ours, whoever makes one while we sleep */
	u32 clock = own_clock((s32)a[0]);

	if (clock > CLOCK_THREAD_CPUTIME_ID && clock != CLOCK_BOOTTIME)
		return -EINVAL;
	if (a[1] && copy_from_user(&event, a[1], sizeof(event)) != 0)
		return -EFAULT;
	if (!event_ok(&event))
		return -EINVAL;
	if (copy_to_user(a[2], &id, sizeof(id)) != 0)
		return -EFAULT;
	timer = ntimers < TIMERS_MAX ? kmalloc(sizeof(*timer)) : NULL;
	if (!timer)
		return -EAGAIN;
	*timer = (struct timer){ .next = timers,
				 .group = current->group,
				 .id = id,
				 .clock = clock,
				 .notify = event.notify,
				 .signal = event.signal,
				 .tid = event.tid,
				 .maker = current->pid,
				 .value = a[1] ? event.value : id };
	timers = timer;
	ntimers++;
	return 0;
}

bool timespec_to_ticks(const struct timespec *t, u64 *ticks)
{
	if (t->tv_sec < 0 || (u64)t->tv_nsec >= 1000000000)
		return false;
	*ticks = min_u64((u64)t->tv_sec, UINT64_MAX / TICKS_PER_SECOND / 4) * TICKS_PER_SECOND +
		 ((u64)t->tv_nsec + 99) / 100;
	return true;
}

struct timespec ticks_to_timespec(u64 ticks)
{
	return (struct timespec){ (s64)(ticks / TICKS_PER_SECOND),
				  (s64)(ticks % TICKS_PER_SECOND * 100) };
}

struct timeval ticks_to_timeval(u64 ticks)
{
	return (struct timeval){ (s64)(ticks / TICKS_PER_SECOND),
				 (s64)(ticks % TICKS_PER_SECOND / 10) };
}

u64 ticks_until(u32 clock, u64 value)
{
	u64 now = clock == CLOCK_REALTIME ? (u64)time_realtime_ns() / 100 : time_now();

	return value > now ? value - now : 1;
}

static struct itimerspec state_of(const struct timer *timer)
{
	u64 now = clock_of(timer), left = 0;

	if (timer->deadline)
		left = timer->deadline > now ? timer->deadline - now : 1;
	return (struct itimerspec){ ticks_to_timespec(timer->interval), ticks_to_timespec(left) };
}

s64 sys_timer_settime(const u64 a[6])
{
	struct itimerspec new, old;
	struct timer *timer;
	u64 value, interval, now;

	if (!a[2])
		return -EINVAL;
	if (copy_from_user(&new, a[2], sizeof(new)) != 0) /* may sleep */
		return -EFAULT;
	timer = timer_find(a[0]);
	if (!timer || !timespec_to_ticks(&new.value, &value) ||
	    !timespec_to_ticks(&new.interval, &interval))
		return -EINVAL;
	old = state_of(timer);
	now = clock_of(timer);
	timer->interval = value ? interval : 0;
	timer->overrun = 0;
	if (value && (a[1] & TIMER_ABSTIME))
		value = of_cpu(timer) ? max_u64(value, now + 1) - now
				      : ticks_until(timer->clock, value);
	timer->deadline = value ? now + value : 0;
	if (value && !of_cpu(timer))
		sched_alarm(timer->deadline);
	return a[3] && copy_to_user(a[3], &old, sizeof(old)) != 0 ? -EFAULT : 0;
}

s64 sys_timer_gettime(const u64 a[6])
{
	struct timer *timer = timer_find(a[0]);
	struct itimerspec state;

	if (!timer)
		return -EINVAL;
	state = state_of(timer);
	return copy_to_user(a[1], &state, sizeof(state));
}

s64 sys_timer_getoverrun(const u64 a[6])
{
	struct timer *timer = timer_find(a[0]);

	return timer ? (s64)timer->overrun : -EINVAL;
}

s64 sys_timer_delete(const u64 a[6])
{
	for (struct timer **link = &timers; *link; link = &(*link)->next) {
		if ((*link)->id == (u32)a[0] && (*link)->group == current->group) {
			timer_free(link);
			return 0;
		}
	}
	return -EINVAL;
}
