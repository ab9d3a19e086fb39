/* timerfd: timers that are read. */
#include "sys.h"
#include "timer.h"
#include "vfs.h"

#define TFD_TIMER_ABSTIME 1
#define TFD_CANCEL_ON_SET 2

struct timerfd {
	struct timerfd *next;
	u32 clock;
	u64 deadline, interval; /* ticks; 0: none */
	u64 expired;		/* times, since the last read */
	u32 news;
};

static struct timerfd *timers;

static void check(struct timerfd *timer, u64 now)
{
	u64 times;

	if (!timer->deadline || timer->deadline > now)
		return;
	times = timer->interval ? (now - timer->deadline) / timer->interval + 1 : 1;
	timer->deadline = timer->interval ? timer->deadline + times * timer->interval : 0;
	timer->expired += times;
	timer->news++;
	wakeup(timer);
	poll_wakeup();
}

u64 timerfds_check(u64 now)
{
	u64 next = UINT64_MAX;

	for (struct timerfd *timer = timers; timer; timer = timer->next) {
		check(timer, now);
		if (timer->deadline)
			next = min_u64(next, timer->deadline);
	}
	return next;
}

static s64 timerfd_read(struct file *file, struct iter *to, s64 *pos)
{
	struct timerfd *timer = file->data;
	u64 expired;
	int error = 0;

	(void)pos;
	if (to->left < sizeof(expired))
		return -EINVAL;
	check(timer, time_now());
	while (!timer->expired && !error)
		error = wait_for_file(file, timer);
	if (error)
		return error;
	expired = timer->expired;
	timer->expired = 0;
	return iter_put(to, &expired, sizeof(expired)) ? -EFAULT : (s64)sizeof(expired);
}

static unsigned timerfd_poll(struct file *file)
{
	struct timerfd *timer = file->data;

	check(timer, time_now());
	return timer->expired ? POLL_IN : 0;
}

static u64 timerfd_news(struct file *file)
{
	return NEWS(((struct timerfd *)file->data)->news, 0);
}

static void timerfd_release(struct file *file)
{
	struct timerfd **link = &timers;

	while (*link != file->data)
		link = &(*link)->next;
	*link = (*link)->next;
	kfree(file->data);
}

static const struct file_ops timerfd_fops = {
	.read = timerfd_read,
	.poll = timerfd_poll,
	.news = timerfd_news,
	.release = timerfd_release,
};

s64 sys_timerfd_create(const u64 a[6])
{
	struct timerfd *timer;

	u32 clock = a[0] == CLOCK_REALTIME_ALARM   ? CLOCK_REALTIME
		    : a[0] == CLOCK_BOOTTIME_ALARM ? CLOCK_BOOTTIME
						   : (u32)a[0]; /* nothing sleeps so deep here */

	if ((clock != CLOCK_REALTIME && clock != CLOCK_MONOTONIC && clock != CLOCK_BOOTTIME) ||
	    (a[1] & ~(u64)(O_NONBLOCK | O_CLOEXEC)))
		return -EINVAL;
	timer = kmalloc(sizeof(*timer));
	if (timer) {
		timer->clock = clock;
		timer->next = timers;
		timers = timer;
	}
	return anon_install(&timerfd_fops, timer, "[timerfd]", O_RDWR | (u32)a[1]);
}

static struct itimerspec state_of(struct timerfd *timer)
{
	u64 now = time_now();

	check(timer, now);
	return (struct itimerspec){ ticks_to_timespec(timer->interval),
				    ticks_to_timespec(timer->deadline ? timer->deadline - now
								      : 0) };
}

s64 sys_timerfd_settime(const u64 a[6])
{
	struct itimerspec new, old;
	struct timerfd *timer;
	u64 value, interval;
	int error;

	if (copy_from_user(&new, a[2], sizeof(new)) != 0) /* may sleep */
		return -EFAULT;
	if (a[1] & ~(u64)(TFD_TIMER_ABSTIME | TFD_CANCEL_ON_SET))
		return -EINVAL;
	timer = anon_data((int)a[0], &timerfd_fops, &error);
	if (!timer)
		return error;
	if (!timespec_to_ticks(&new.value, &value) || !timespec_to_ticks(&new.interval, &interval))
		return -EINVAL;
	old = state_of(timer);
	if (value && (a[1] & TFD_TIMER_ABSTIME))
		value = ticks_until(timer->clock, value);
	timer->interval = interval;
	timer->expired = 0;
	timer->deadline = value ? time_now() + value : 0;
	if (value)
		sched_alarm(timer->deadline);
	return a[3] && copy_to_user(a[3], &old, sizeof(old)) != 0 ? -EFAULT : 0;
}

s64 sys_timerfd_gettime(const u64 a[6])
{
	int error;
	struct timerfd *timer = anon_data((int)a[0], &timerfd_fops, &error);
	struct itimerspec state;

	if (!timer)
		return error;
	state = state_of(timer);
	return copy_to_user(a[1], &state, sizeof(state)) ? -EFAULT : 0;
}
