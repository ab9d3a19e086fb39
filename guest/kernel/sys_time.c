/*
 * System calls about time.
 */
#include "mm.h"
#include "signal.h"
#include "sys.h"
#include "timer.h"

static struct timespec from_ns(s64 ns)
{
	return (struct timespec){ ns / 1000000000, ns % 1000000000 };
}

/* The time that a thread, or all of its process, has used. */
static s64 cpu_time(struct proc *proc, bool thread)
{
	u64 ticks = thread ? proc->user_ticks + proc->kernel_ticks : cpu_ticks(proc->group, true);

	if (thread ? proc == current : proc->group == current->group)
		ticks += time_now() - current->stamp;
	return (s64)ticks * 100;
}

/* Clocks below 0 hold the complement of a process's number (0: one's own); their lowest bits say of what. */
#define CLOCK_KIND	3u
#define CLOCK_OF_THREAD 4u

static bool clock_read(u32 clock, s64 *ns)
{
	struct proc *proc = current;
	u32 pid = ~(u32)((s32)clock >> 3);

	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case 11: /* CLOCK_TAI */
		*ns = time_realtime_ns();
		return true;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
		*ns = (s64)time_now() * 100;
		return true;
	case CLOCK_PROCESS_CPUTIME_ID:
	case CLOCK_THREAD_CPUTIME_ID:
		*ns = cpu_time(current, clock == CLOCK_THREAD_CPUTIME_ID);
		return true;
	}
	if ((s32)clock >= 0 || (clock & CLOCK_KIND) == CLOCK_KIND ||
	    (pid && !(proc = proc_find(pid))))
		return false;
	*ns = cpu_time(proc, clock & CLOCK_OF_THREAD);
	return true;
}

s64 sys_clock_gettime(const u64 a[6])
{
	struct timespec now;
	s64 ns;

	if (!clock_read((u32)a[0], &ns))
		return -EINVAL;
	now = from_ns(ns);
	return copy_to_user(a[1], &now, sizeof(now));
}

s64 sys_clock_getres(const u64 a[6])
{
	struct timespec resolution = { 0, 100 };
	s64 ns;

	if (!clock_read((u32)a[0], &ns))
		return -EINVAL;
	return a[1] ? copy_to_user(a[1], &resolution, sizeof(resolution)) : 0;
}

/* The clock runs by itself: nobody may set it. */
s64 sys_clock_settime(const u64 a[6])
{
	struct timespec time;

	if (a[0] != CLOCK_REALTIME)
		return -EINVAL;
	return copy_from_user(&time, a[1], sizeof(time)) ? -EFAULT : -EPERM;
}

s64 sys_gettimeofday(const u64 a[6])
{
	s64 ns = time_realtime_ns();
	struct timeval now = { ns / 1000000000, ns % 1000000000 / 1000 };
	u32 zone[2] = { 0, 0 };

	if (a[0] && copy_to_user(a[0], &now, sizeof(now)) != 0)
		return -EFAULT;
	return a[1] ? copy_to_user(a[1], zone, sizeof(zone)) : 0;
}

/* ---- sleeping ---- */

/* Until `deadline`; interrupted, tells how much was left and how to go on. */
static s64 sleep_for(u64 deadline, u64 remaining, bool absolute)
{
	bool timed_out = false;

	while (time_now() < deadline && !timed_out) {
		if (!sleep_until(current, true, deadline, &timed_out))
			continue;
		if (timed_out)
			break;
		if (absolute)
			return -ERESTARTNOHAND;
		current->restart_deadline = deadline;
		current->restart_user = remaining;
		if (remaining) {
			u64 now = time_now();
			struct timespec left =
				ticks_to_timespec(now < deadline ? deadline - now : 0);

			if (copy_to_user(remaining, &left, sizeof(left)) != 0)
				return -EFAULT;
		}
		return -ERESTART_RESTARTBLOCK;
	}
	return 0;
}

s64 sys_restart_syscall(const u64 a[6])
{
	(void)a;
	return current->restart_deadline
		       ? sleep_for(current->restart_deadline, current->restart_user, false)
		       : -EINTR;
}

s64 sys_clock_nanosleep(const u64 a[6])
{
	struct timespec wanted;
	u64 deadline;
	s64 now;

	if (!clock_read((u32)a[0], &now) || a[0] == CLOCK_THREAD_CPUTIME_ID)
		return -EINVAL;
	if (a[0] == CLOCK_MONOTONIC_RAW || a[0] == CLOCK_REALTIME_COARSE ||
	    a[0] == CLOCK_MONOTONIC_COARSE)
		return -EOPNOTSUPP;
	if (copy_from_user(&wanted, a[2], sizeof(wanted)) != 0)
		return -EFAULT;
	if (!timespec_to_ticks(&wanted, &deadline))
		return -EINVAL;
	if (a[1] & TIMER_ABSTIME) {
		s64 left = (s64)deadline - now / 100;

		return left > 0 ? sleep_for(time_now() + (u64)left, 0, true) : 0;
	}
	return sleep_for(time_now() + deadline, a[3], false);
}

s64 sys_nanosleep(const u64 a[6])
{
	const u64 args[6] = { CLOCK_MONOTONIC, 0, a[0], a[1], 0, 0 };

	return sys_clock_nanosleep(args);
}

/* ---- the alarm ---- */

static u64 timeval_to_ticks(const struct timeval *t)
{
	return min_u64((u64)t->tv_sec, UINT64_MAX / TICKS_PER_SECOND / 4) * TICKS_PER_SECOND +
	       (u64)t->tv_usec * 10;
}

#define ADJ_OFFSET_SS_READ 0xa001 /* adjtime() that only asks */

/* The clock cannot be steered: it says so, and what it is. */
static s64 clock_state(u64 user)
{
	struct timex state;
	u64 now = time_realtime_ns();

	if (copy_from_user(&state, user, sizeof(state)))
		return -EFAULT;
	if (state.modes && state.modes != ADJ_OFFSET_SS_READ)
		return -EPERM;
	state = (struct timex){ .status = STA_UNSYNC, .tick = 10000, .precision = 1 };
	state.time_seconds = now / 1000000000;
	state.time_microseconds = now % 1000000000 / 1000;
	return copy_to_user(user, &state, sizeof(state)) ? -EFAULT : TIME_ERROR;
}

s64 sys_adjtimex(const u64 a[6])
{
	return clock_state(a[0]);
}

s64 sys_clock_adjtime(const u64 a[6])
{
	return a[0] == CLOCK_REALTIME ? clock_state(a[1]) : -EOPNOTSUPP;
}

/* What is left of an alarm, and its interval. */
static struct itimerval alarm_left(u64 deadline, u64 interval, u64 now)
{
	struct itimerval value = { ticks_to_timeval(interval), { 0, 0 } };

	if (deadline)
		value.it_value = ticks_to_timeval(deadline > now ? deadline - now : 10);
	return value;
}

static struct itimerval alarm_now(u64 which)
{
	struct group *group = current->group;

	if (which == 0)
		return alarm_left(group->alarm_deadline, group->alarm_interval, time_now());
	return alarm_left(group->cpu_alarm[which - 1], group->cpu_interval[which - 1],
			  cpu_ticks(group, which == 2));
}

s64 sys_getitimer(const u64 a[6])
{
	struct itimerval value;

	if (a[0] > 2)
		return -EINVAL;
	value = alarm_now(a[0]);
	return copy_to_user(a[1], &value, sizeof(value));
}

s64 sys_setitimer(const u64 a[6])
{
	struct group *group = current->group;
	struct itimerval new = { 0 }, old;
	u64 ticks, interval;

	if (a[0] > 2)
		return -EINVAL;
	if (a[1] && copy_from_user(&new, a[1], sizeof(new)) != 0)
		return -EFAULT;
	if ((u64) new.it_value.tv_usec >= 1000000 || new.it_value.tv_sec < 0 ||
	    (u64) new.it_interval.tv_usec >= 1000000 || new.it_interval.tv_sec < 0)
		return -EINVAL;
	old = alarm_now(a[0]);
	ticks = timeval_to_ticks(&new.it_value);
	interval = timeval_to_ticks(&new.it_interval);
	if (a[0] == 0) {
		group->alarm_interval = interval;
		group->alarm_deadline = ticks ? time_now() + ticks : 0;
		if (ticks)
			sched_alarm(group->alarm_deadline);
	} else {
		group->cpu_interval[a[0] - 1] = interval;
		group->cpu_alarm[a[0] - 1] = ticks ? cpu_ticks(group, a[0] == 2) + ticks : 0;
	}
	return a[2] && copy_to_user(a[2], &old, sizeof(old)) != 0 ? -EFAULT : 0;
}
