/* mlock and its kin: pages that stay in memory. */
#include "mm.h"
#include "sys.h"

#define MLOCK_ONFAULT 1
#define MCL_CURRENT   1
#define MCL_FUTURE    2
#define MCL_ONFAULT   4

/* At most a quarter of the frames may be locked, whoever asks: the rest must be able to run. */
static u64 lock_limit(void)
{
	u64 frames_usable = frames_cap ? min_u64(frames_cap, nframes) : nframes;

	return min_u64(frames_usable / 4, rlimit(RLIMIT_MEMLOCK) / PAGE_SIZE);
}

bool mm_may_lock(u64 pages)
{
	return locked_pages + pages <= lock_limit();
}

void mm_populate(u64 start, u64 end)
{
	for (u64 va = start; va < end && !current->killed; va += PAGE_SIZE) {
		struct region *region = region_find(current->mm, va);
		bool write = region && (region->prot & PROT_WRITE) && !(region->flags & RF_SHARED);
		struct user_pin pin;

		if (region && region->prot && user_pin(&pin, va, write) == 0)
			page_put(pin.page);
	}
}

/* Pages of [start, end) that are not locked yet. */
static u64 unlocked_pages(u64 start, u64 end)
{
	u64 pages = 0;

	for (struct region *r = region_above(current->mm, start); r && r->start < end; r = r->next)
		if (!(r->flags & RF_LOCKED))
			pages += (min_u64(end, r->end) - max_u64(start, r->start)) / PAGE_SIZE;
	return pages;
}

int mm_lock(u64 start, u64 end, bool lock)
{
	for (u64 va = start; va < end; va = region_find(current->mm, va)->end)
		if (!region_find(current->mm, va))
			return -ENOMEM;
	if (lock && !mm_may_lock(unlocked_pages(start, end)))
		return -ENOMEM;
	return region_lock(current->mm, start, end, lock);
}

int mm_lock_new(u64 start, u64 end)
{
	int error = current->mm->lock_future ? mm_lock(start, end, true) : 0;

	if (!error && current->mm->lock_future && !current->mm->lock_on_fault)
		mm_populate(start, end);
	return error;
}

static s64 lock_user(u64 user, u64 bytes, bool lock, bool populate)
{
	u64 start = PAGE_DOWN(user), end = PAGE_UP(user + bytes);
	int error;

	if (user + bytes < user)
		return -EINVAL;
	if (end > USER_TOP || end < start)
		return -ENOMEM;
	error = mm_lock(start, end, lock);
	if (!error && populate)
		mm_populate(start, end);
	return error;
}

s64 sys_mlock(const u64 a[6])
{
	return lock_user(a[0], a[1], true, true);
}

s64 sys_mlock2(const u64 a[6])
{
	return a[2] & ~(u64)MLOCK_ONFAULT ? -EINVAL
					  : lock_user(a[0], a[1], true, !(a[2] & MLOCK_ONFAULT));
}

s64 sys_munlock(const u64 a[6])
{
	return lock_user(a[0], a[1], false, false);
}

/* What is there now, but for what nobody may touch. */
static int lock_all(bool populate)
{
	struct mm *mm = current->mm;

	if (!mm_may_lock(unlocked_pages(0, USER_TOP)))
		return -ENOMEM;
	for (struct region *r = mm->regions; r; r = r->next) {
		region_unlock(r);
		r->flags |= RF_LOCKED;
		locked_pages += (r->end - r->start) / PAGE_SIZE;
	}
	region_join(mm, 0, USER_TOP);
	for (u64 va = 0, end; populate && region_above(mm, va); va = end) {
		end = region_above(mm, va)->end;
		mm_populate(region_above(mm, va)->start, end); /* sleeps */
	}
	return 0;
}

s64 sys_mlockall(const u64 a[6])
{
	if (!(a[0] & (MCL_CURRENT | MCL_FUTURE)) || (a[0] & ~7ul))
		return -EINVAL;
	current->mm->lock_future = a[0] & MCL_FUTURE;
	current->mm->lock_on_fault = a[0] & MCL_ONFAULT;
	return a[0] & MCL_CURRENT ? lock_all(!(a[0] & MCL_ONFAULT)) : 0;
}

s64 sys_munlockall(const u64 a[6])
{
	struct mm *mm = current->mm;

	(void)a;
	mm->lock_future = mm->lock_on_fault = false;
	for (struct region *r = mm->regions; r; r = r->next)
		region_unlock(r);
	region_join(mm, 0, USER_TOP);
	return 0;
}
