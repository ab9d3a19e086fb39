/*
 * Futexes: sleeping on a word of user memory, found again by its address space, or by its page where
 * the memory is shared between processes.
 */
#include "futex.h"
#include "mm.h"
#include "sys.h"

#define FUTEX_WAIT	     0
#define FUTEX_WAKE	     1
#define FUTEX_REQUEUE	     3
#define FUTEX_CMP_REQUEUE    4
#define FUTEX_WAKE_OP	     5
#define FUTEX_WAIT_BITSET    9
#define FUTEX_WAKE_BITSET    10
#define FUTEX_CLOCK_REALTIME 256
#define FUTEX_COMMANDS	     127
#define FUTEX_WAITERS	     0x80000000u
#define FUTEX_OWNER_DIED     0x40000000u
#define FUTEX_TID	     0x3fffffffu
#define ROBUST_MAX	     2048

/* What identifies the word: (space, offset). */
struct key {
	const void *space;
	u64 offset;
};

struct waiter {
	struct key key;
	u32 bits;
	bool woken;
	struct waiter *next;
};
static struct waiter *waiters;

static int make_key(u64 user, struct key *key)
{
	struct region *region;

	if (user % 4 || user >= USER_TOP)
		return user % 4 ? -EINVAL : -EFAULT;
	region = region_find(current->mm, user);
	if (region && (region->flags & RF_SHARED) && region->mapping)
		*key = (struct key){ region->mapping,
				     user - region->start + region->offset * PAGE_SIZE };
	else
		*key = (struct key){ current->mm, user };
	return 0;
}

static bool same(const struct key *a, const struct key *b)
{
	return a->space == b->space && a->offset == b->offset;
}

static void waiter_remove(struct waiter *waiter)
{
	struct waiter **link = &waiters;

	while (*link && *link != waiter)
		link = &(*link)->next;
	if (*link)
		*link = waiter->next;
}

static void waiter_append(struct waiter *waiter)
{
	struct waiter **link = &waiters;

	while (*link)
		link = &(*link)->next;
	waiter->next = NULL;
	*link = waiter;
}

static s64 futex_wait(u64 user, u32 expected, u32 bits, u64 deadline)
{
	struct waiter waiter = { .bits = bits };
	bool timed_out = false, interrupted = false;
	u32 value;
	int error = make_key(user, &waiter.key);

	if (error)
		return error;
	/* The read may sleep; between its return and the append nobody else runs. */
	if (copy_from_user(&value, user, sizeof(value)) != 0)
		return -EFAULT;
	if (value != expected)
		return -EAGAIN;
	waiter_append(&waiter);
	while (!waiter.woken && !timed_out && !interrupted)
		interrupted = sleep_until(&waiter, true, deadline, &timed_out);
	waiter_remove(&waiter);
	if (waiter.woken)
		return 0;
	return timed_out ? -ETIMEDOUT : deadline ? -EINTR : -ERESTARTSYS;
}

static int wake_key(const struct key *key, u32 count, u32 bits)
{
	u32 woken = 0;
	struct waiter *next;

	for (struct waiter *w = waiters; w && woken < count; w = next) {
		next = w->next;
		if (!same(&w->key, key) || !(w->bits & bits))
			continue;
		waiter_remove(w);
		w->woken = true;
		wakeup(w);
		woken++;
	}
	return (int)woken;
}

int futex_wake(u64 user, u32 count)
{
	struct key key;
	int error = make_key(user, &key);

	return error ? error : wake_key(&key, count, ~0u);
}

static s64 futex_requeue(const u64 a[6], bool compare)
{
	struct key from, to;
	u32 value, moved = 0;
	int error = make_key(a[0], &from), woken;

	if (!error)
		error = make_key(a[4], &to);
	if (error)
		return error;
	if (compare) {
		if (copy_from_user(&value, a[0], 4) != 0)
			return -EFAULT;
		if (value != (u32)a[5])
			return -EAGAIN;
	}
	woken = wake_key(&from, (u32)a[2], ~0u);
	for (struct waiter *w = waiters; w && moved < (u32)a[3]; w = w->next) {
		if (same(&w->key, &from)) {
			w->key = to;
			moved++;
		}
	}
	return woken + (s64)moved;
}

/* Modify the second word, wake on the first, and on the second if its old value compares. */
static s64 futex_wake_op(const u64 a[6])
{
	u32 encoded = (u32)a[5], old, new;
	s32 operand = (s32)(encoded << 8) >> 20, against = (s32)(encoded << 20) >> 20;
	u32 op = encoded >> 28 & 7, compare = encoded >> 24 & 15;
	struct user_pin pin;
	bool hit;
	int error, woken;

	if (encoded >> 31)
		operand = 1 << (operand & 31);
	if (a[4] % 4)
		return -EINVAL;
	error = user_pin(&pin, a[4], true);
	if (error)
		return error;
	old = *(u32 *)pin.data;
	new = op == 0	? (u32)operand
	      : op == 1 ? old + (u32)operand
	      : op == 2 ? old | (u32)operand
	      : op == 3 ? old & ~(u32)operand
			: old ^ (u32)operand;
	*(u32 *)pin.data = new;
	user_unpin(&pin);
	hit = compare == 0   ? (s32)old == against
	      : compare == 1 ? (s32)old != against
	      : compare == 2 ? (s32)old < against
	      : compare == 3 ? (s32)old <= against
	      : compare == 4 ? (s32)old > against
			     : (s32)old >= against;
	woken = futex_wake(a[0], (u32)a[2]);
	if (woken >= 0 && hit)
		woken += futex_wake(a[4], (u32)a[3]);
	return woken;
}

s64 sys_futex(const u64 a[6])
{
	u32 command = (u32)a[1] & FUTEX_COMMANDS;
	bool timed = a[3] && (command == FUTEX_WAIT || command == FUTEX_WAIT_BITSET);
	struct timespec limit;
	u64 deadline = 0;

	if (timed) {
		s64 ticks;

		if (copy_from_user(&limit, a[3], sizeof(limit)) != 0)
			return -EFAULT;
		if (limit.tv_sec < 0 || (u64)limit.tv_nsec >= 1000000000)
			return -EINVAL;
		ticks = (s64)min_u64((u64)limit.tv_sec, 1ul << 36) * (s64)TICKS_PER_SECOND +
			limit.tv_nsec / 100;
		if (command == FUTEX_WAIT)
			ticks += (s64)time_now();
		else if (a[1] & FUTEX_CLOCK_REALTIME)
			ticks -= time_realtime_ns() / 100 - (s64)time_now();
		deadline = ticks > 0 ? (u64)ticks : 1;
	}
	switch (command) {
	case FUTEX_WAIT:
		return futex_wait(a[0], (u32)a[2], ~0u, deadline);
	case FUTEX_WAIT_BITSET:
		return a[5] ? futex_wait(a[0], (u32)a[2], (u32)a[5], deadline) : -EINVAL;
	case FUTEX_WAKE:
		return futex_wake(a[0], (u32)a[2]);
	case FUTEX_WAKE_BITSET: {
		struct key key;
		int error = make_key(a[0], &key);

		return error ? error : a[5] ? wake_key(&key, (u32)a[2], (u32)a[5]) : -EINVAL;
	}
	case FUTEX_REQUEUE:
		return futex_requeue(a, false);
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(a, true);
	case FUTEX_WAKE_OP:
		return futex_wake_op(a);
	default:
		return -ENOSYS;
	}
}

/* ---- robust lists ---- */

s64 sys_set_robust_list(const u64 a[6])
{
	if (a[1] != 24)
		return -EINVAL;
	current->robust_list = a[0];
	return 0;
}

s64 sys_get_robust_list(const u64 a[6])
{
	struct proc *proc = a[0] ? proc_find((u32)a[0]) : current;
	u64 bytes = 24;

	if (!proc)
		return -ESRCH;
	return copy_to_user(a[1], &proc->robust_list, 8) || copy_to_user(a[2], &bytes, 8) ? -EFAULT
											  : 0;
}

static void owner_died(u64 user)
{
	u32 value;

	if (user % 4 || copy_from_user(&value, user, 4) != 0 || (value & FUTEX_TID) != current->pid)
		return;
	value = (value & FUTEX_WAITERS) | FUTEX_OWNER_DIED;
	if (copy_to_user(user, &value, 4) == 0 && (value & FUTEX_WAITERS))
		futex_wake(user, 1);
}

void futex_exit_robust(void)
{
	u64 head[3], at, next;

	if (!current->robust_list || !current->mm ||
	    copy_from_user(head, current->robust_list, sizeof(head)) != 0)
		return;
	at = head[0];
	for (int n = 0; n < ROBUST_MAX && (at & ~1ul) != current->robust_list; n++, at = next) {
		if (copy_from_user(&next, at & ~1ul, 8) != 0)
			return;
		if (at != head[2])
			owner_died((at & ~1ul) + head[1]);
	}
	if (head[2])
		owner_died((head[2] & ~1ul) + head[1]);
}
