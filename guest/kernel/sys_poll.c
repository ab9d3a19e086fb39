/* ppoll and pselect6.  Every wake-up of any file wakes every poller, which looks again. */
#include "poll.h"
#include "signal.h"
#include "sys.h"
#include "timer.h"

#define POLLNVAL 0x020
#define ALWAYS	 (POLL_ERR | POLL_HUP | POLLNVAL)
#define CHUNK	 32u

static unsigned poll_fd(int fd)
{
	struct file *file = fd_file(fd);

	if (!file)
		return POLLNVAL;
	return file->ops->poll ? file->ops->poll(file) : POLL_IN | POLL_OUT;
}

/* The wider names of the same events: RDNORM, WRNORM. */
static s16 poll_events(s16 events, unsigned mask)
{
	if (mask & POLL_IN)
		mask |= 0x040;
	if (mask & POLL_OUT)
		mask |= 0x100;
	return mask & ((u16)events | ALWAYS);
}

/* An optional timespec in user memory as ticks from now: 0 none given (*forever). */
static int load_deadline(u64 user, struct wait *wait)
{
	struct timespec limit;
	u64 ticks;

	wait->forever = !user;
	if (!user)
		return 0;
	if (copy_from_user(&limit, user, sizeof(limit)))
		return -EFAULT;
	if (!timespec_to_ticks(&limit, &ticks))
		return -EINVAL;
	wait->deadline = time_now() + ticks;
	return 0;
}

/* What is left of it, as Linux tells. */
static void store_left(u64 user, const struct wait *wait)
{
	u64 now = time_now();
	struct timespec left = ticks_to_timespec(wait->deadline > now ? wait->deadline - now : 0);

	if (user)
		copy_to_user(user, &left, sizeof(left)); /* what happened matters more */
}

int poll_swap_mask(u64 user, u64 bytes)
{
	u64 mask;

	if (!user)
		return 0;
	if (bytes != sizeof(mask))
		return -EINVAL;
	if (copy_from_user(&mask, user, sizeof(mask)))
		return -EFAULT;
	signal_mask_for_wait(mask);
	return 0;
}

/* A signal that only the wait lets in is delivered if it ended the wait; else it stays pending. */
s64 poll_done(s64 result)
{
	if (result != -ERESTARTNOHAND && current->restore_blocked) {
		current->restore_blocked = false;
		current->signals_blocked = current->saved_blocked;
	}
	return result;
}

int poll_wait_more(struct wait *wait)
{
	if (signal_pending())
		return -ERESTARTNOHAND;
	if (wait->timed_out || (!wait->forever && time_now() >= wait->deadline))
		return 0;
	sleep_until(poll_channel, true, wait->forever ? 0 : wait->deadline, &wait->timed_out);
	return 1;
}

/* One look at all: how many have events.  What has none is stored only at the end, for storing may sleep,
 * and what happens meanwhile would not wake us. */
static s64 poll_once(u64 user, u32 count, bool last)
{
	struct pollfd fds[CHUNK];
	s64 ready = 0;

	for (u32 done = 0; done < count; done += CHUNK) {
		u32 n = min_u64(count - done, CHUNK);
		u64 at = user + done * sizeof(fds[0]);
		s64 before = ready;

		if (copy_from_user(fds, at, n * sizeof(fds[0])))
			return -EFAULT;
		for (u32 i = 0; i < n; i++) {
			fds[i].revents =
				fds[i].fd < 0 ? 0 : poll_events(fds[i].events, poll_fd(fds[i].fd));
			ready += fds[i].revents != 0;
		}
		if ((last || ready > before) && copy_to_user(at, fds, n * sizeof(fds[0])))
			return -EFAULT;
	}
	return ready;
}

s64 sys_ppoll(const u64 a[6])
{
	struct wait wait = { 0 };
	s64 result;
	int error = load_deadline(a[2], &wait);

	if (!error)
		error = poll_swap_mask(a[3], a[4]);
	if (!error && a[1] > rlimit(RLIMIT_NOFILE))
		error = -EINVAL;
	if (error)
		return poll_done(error);
	do
		result = poll_once(a[0], a[1], false);
	while (result == 0 && (result = poll_wait_more(&wait)) == 1);
	if (result == 0)
		result = poll_once(a[0], a[1], true);
	store_left(a[2], &wait);
	return poll_done(result);
}

/* Three sets that come in, and three that go out, of so many words each. */
struct sets {
	u64 user[3];
	u32 words, count;
	u64 bits[];
};

static u64 *set_in(struct sets *sets, u32 k)
{
	return sets->bits + k * sets->words;
}

static u64 *set_out(struct sets *sets, u32 k)
{
	return set_in(sets, 3 + k);
}

static int load_sets(struct sets *sets)
{
	for (u32 k = 0; k < 3; k++)
		if (sets->user[k] &&
		    copy_from_user(set_in(sets, k), sets->user[k], sets->words * sizeof(u64)))
			return -EFAULT;
	return 0;
}

static int store_sets(struct sets *sets)
{
	for (u32 k = 0; k < 3; k++)
		if (sets->user[k] &&
		    copy_to_user(sets->user[k], set_out(sets, k), sets->words * sizeof(u64)))
			return -EFAULT;
	return 0;
}

static s64 select_once(struct sets *sets)
{
	static const unsigned wanted[3] = { POLL_IN | POLL_HUP | POLL_ERR, POLL_OUT | POLL_ERR,
					    POLL_PRI };
	s64 ready = 0;

	memset(set_out(sets, 0), 0, 3 * sets->words * sizeof(u64));
	for (u32 fd = 0; fd < sets->count; fd++) {
		u64 bit = 1ull << (fd % 64);
		unsigned mask;

		if (!((set_in(sets, 0)[fd / 64] | set_in(sets, 1)[fd / 64] |
		       set_in(sets, 2)[fd / 64]) &
		      bit))
			continue;
		mask = poll_fd(fd);
		if (mask & POLLNVAL)
			return -EBADF;
		for (u32 k = 0; k < 3; k++) {
			if ((set_in(sets, k)[fd / 64] & bit) && (mask & wanted[k])) {
				set_out(sets, k)[fd / 64] |= bit;
				ready++;
			}
		}
	}
	return ready;
}

static s64 select_until(struct sets *sets, struct wait *wait)
{
	s64 result;

	do
		result = select_once(sets);
	while (result == 0 && (result = poll_wait_more(wait)) == 1);
	return result >= 0 && store_sets(sets) ? -EFAULT : result;
}

s64 sys_pselect6(const u64 a[6])
{
	u32 count = (u32)min_u64(a[0], FD_MAX), words = (count + 63) / 64;
	struct sets *sets;
	struct wait wait = { 0 };
	u64 mask[2] = { 0, 0 };
	s64 error = (s32)a[0] < 0 ? -EINVAL : load_deadline(a[4], &wait);

	if (!error && a[5] && copy_from_user(mask, a[5], sizeof(mask)))
		error = -EFAULT;
	sets = error ? NULL : kmalloc(sizeof(*sets) + 6ul * words * sizeof(u64));
	if (!sets)
		return error ? error : -ENOMEM;
	*sets = (struct sets){ .user = { a[1], a[2], a[3] }, .words = words, .count = count };
	error = load_sets(sets);
	if (!error)
		error = poll_swap_mask(mask[0], mask[1]);
	if (!error) {
		error = select_until(sets, &wait);
		store_left(a[4], &wait);
	}
	kfree(sets);
	return poll_done(error);
}
