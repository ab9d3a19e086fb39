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
#define FUTEX_LOCK_PI	     6
#define FUTEX_UNLOCK_PI	     7
#define FUTEX_TRYLOCK_PI     8
#define FUTEX_WAIT_BITSET    9
#define FUTEX_WAKE_BITSET    10
#define FUTEX_LOCK_PI2	     13
#define FUTEX_PRIVATE	     128
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
	u32 pid; /* who waits for a lock that is handed on; else 0 */
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

static int futex_wake_bits(u64 user, u32 count, u32 bits)
{
	struct key key;
	int error = make_key(user, &key);

	return error ? error : wake_key(&key, count, bits);
}

int futex_wake(u64 user, u32 count)
{
	return futex_wake_bits(user, count, ~0u);
}

static s64 futex_requeue(const u64 a[6], bool compare)
{
	struct key from, to;
	u32 value, moved = 0;
	int error = (s32)a[2] < 0 || (s32)a[3] < 0 ? -EINVAL : make_key(a[0], &from), woken;

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
	if (op > 4 || compare > 5)
		return -ENOSYS;
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

/* ---- Locks whose word names the owner.  There are no priorities to inherit: the longest waiter gets
 * it. ---- */

static struct waiter *pi_first(const struct key *key)
{
	struct waiter *w = waiters;

	while (w && !(w->pid && same(&w->key, key)))
		w = w->next;
	return w;
}

/* Take the lock, or mark it as waited for: 0, -EAGAIN to wait, or why not. */
static int pi_take(u64 user, const struct key *key)
{
	struct user_pin pin;
	u32 *word, owner;
	int error = user_pin(&pin, user, true);

	if (error)
		return error;
	word = pin.data;
	owner = *word & FUTEX_TID;
	if (!owner) {
		*word = (*word & FUTEX_OWNER_DIED) | current->pid |
			(pi_first(key) ? FUTEX_WAITERS : 0);
	} else if (owner == current->pid) {
		error = -EDEADLK;
	} else if (!proc_find(owner)) {
		error = -ESRCH;
	} else {
		*word |= FUTEX_WAITERS;
		error = -EAGAIN;
	}
	user_unpin(&pin);
	return error;
}

static s64 pi_lock(u64 user, u64 deadline, bool wait)
{
	struct waiter waiter = { .pid = current->pid, .bits = ~0u };
	bool timed_out = false, interrupted = false;
	int error = make_key(user, &waiter.key);

	if (!error)
		error = pi_take(user, &waiter.key);
	while (error == -EAGAIN && wait) {
		waiter.woken = false;
		waiter_append(&waiter);
		while (!waiter.woken && !timed_out && !interrupted)
			interrupted = sleep_until(&waiter, true, deadline, &timed_out);
		waiter_remove(&waiter);
		/* Woken by an unlock it is ours; by the owner's death it is to be taken. */
		error = pi_take(user, &waiter.key);
		if (waiter.woken && error == -EDEADLK)
			return 0;
		if (error == -EAGAIN && !waiter.woken)
			return timed_out ? -ETIMEDOUT : -ERESTARTSYS;
	}
	return error;
}

static s64 pi_unlock(u64 user)
{
	struct waiter *next;
	struct user_pin pin;
	struct key key;
	int error = make_key(user, &key);

	if (!error)
		error = user_pin(&pin, user, true);
	if (error)
		return error;
	if ((*(u32 *)pin.data & FUTEX_TID) == current->pid) {
		next = pi_first(&key);
		if (next) {
			waiter_remove(next);
			next->woken = true;
			wakeup(next);
		}
		*(u32 *)pin.data = next ? next->pid | (pi_first(&key) ? FUTEX_WAITERS : 0) : 0;
	} else {
		error = -EPERM;
	}
	user_unpin(&pin);
	return error;
}

/* The end of a wait in `time` ticks, 0 for none. */
static int limit_of(const u64 a[6], u32 command, u64 *deadline)
{
	bool realtime = (a[1] & FUTEX_CLOCK_REALTIME) || command == FUTEX_LOCK_PI;
	struct timespec limit;
	s64 ticks;

	*deadline = 0;
	if (!a[3] || (command != FUTEX_WAIT && command != FUTEX_WAIT_BITSET &&
		      command != FUTEX_LOCK_PI && command != FUTEX_LOCK_PI2))
		return 0;
	if (copy_from_user(&limit, a[3], sizeof(limit)) != 0)
		return -EFAULT;
	if (limit.tv_sec < 0 || (u64)limit.tv_nsec >= 1000000000)
		return -EINVAL;
	ticks = (s64)min_u64((u64)limit.tv_sec, 1ul << 36) * (s64)TICKS_PER_SECOND +
		limit.tv_nsec / 100;
	if (command == FUTEX_WAIT)
		ticks += (s64)time_now();
	else if (realtime)
		ticks -= time_realtime_ns() / 100 - (s64)time_now();
	*deadline = ticks > 0 ? (u64)ticks : 1;
	return 0;
}

/* Which page a shared word lies in must be known, even if nobody looks into it. */
static bool nothing_at(u64 user)
{
	return user % 4 == 0 && !region_find(current->mm, user);
}

s64 sys_futex(const u64 a[6])
{
	u32 command = (u32)a[1] & FUTEX_COMMANDS;
	bool second = command >= FUTEX_REQUEUE && command <= FUTEX_WAKE_OP;
	u64 deadline;
	int error = limit_of(a, command, &deadline);

	if (error)
		return error;
	if ((a[1] & FUTEX_CLOCK_REALTIME) && command != FUTEX_WAIT_BITSET &&
	    command != FUTEX_LOCK_PI2)
		return -ENOSYS;
	if (!(a[1] & FUTEX_PRIVATE) && (nothing_at(a[0]) || (second && nothing_at(a[4]))))
		return -EFAULT;
	switch (command) {
	case FUTEX_WAIT:
		return futex_wait(a[0], (u32)a[2], ~0u, deadline);
	case FUTEX_WAIT_BITSET:
		return a[5] ? futex_wait(a[0], (u32)a[2], (u32)a[5], deadline) : -EINVAL;
	case FUTEX_WAKE:
		return futex_wake(a[0], (u32)a[2]);
	case FUTEX_WAKE_BITSET:
		return a[5] ? futex_wake_bits(a[0], (u32)a[2], (u32)a[5]) : -EINVAL;
	case FUTEX_REQUEUE:
		return futex_requeue(a, false);
	case FUTEX_CMP_REQUEUE:
		return futex_requeue(a, true);
	case FUTEX_WAKE_OP:
		return futex_wake_op(a);
	case FUTEX_LOCK_PI:
	case FUTEX_LOCK_PI2:
		return pi_lock(a[0], deadline, true);
	case FUTEX_TRYLOCK_PI:
		return pi_lock(a[0], 0, false);
	case FUTEX_UNLOCK_PI:
		return pi_unlock(a[0]);
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
