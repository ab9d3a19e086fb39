/* madvise, msync, mincore. */
#include "mm.h"
#include "reclaim.h"
#include "sys.h"

#define WILL_NEED_PAGES 32

static void forget_one(struct mm *mm, u64 va, u64 *pte, void *arg)
{
	(void)arg;
	pte_unmap(mm, va, pte, 0);
}

/* Read what is not yet there, within reason: sleeps. */
static void will_need(const struct region *region, u64 low, u64 high)
{
	struct file *file = file_get(region->file);
	u64 index = region->offset + (low - region->start) / PAGE_SIZE,
	    last = index + (high - low) / PAGE_SIZE;

	last = min_u64(last, PAGE_UP(file->inode->size) / PAGE_SIZE);
	last = min_u64(last, index + WILL_NEED_PAGES);
	for (; index < last; index++) {
		int error;
		struct page *page = page_get(&file->inode->mapping, index, &error, NULL);

		if (!page)
			break;
		page_put(page);
	}
	file_put(file);
}

static void cool_one(struct mm *mm, u64 va, u64 *pte, void *arg)
{
	(void)mm;
	(void)va;
	(void)arg;
	if (pte_has_frame(*pte))
		page_referenced_clear(pa_page(pte_pa(*pte)));
}

/* Every page of [low, high) that is in memory and may go, goes: sleeps. */
static void page_out(struct mm *mm, u64 low, u64 high)
{
	for (u64 va = low; va < high && !current->killed; va += PAGE_SIZE) {
		u64 *pte = pte_find(mm, va);

		if (!pte)
			va |= TABLE_SPAN - PAGE_SIZE; /* no table: on to the next */
		else if (pte_has_frame(*pte))
			reclaim_page(pa_page(pte_pa(*pte)));
	}
}

static void swap_in(struct mm *mm, u64 low, u64 high)
{
	high = min_u64(high, low + WILL_NEED_PAGES * PAGE_SIZE);
	for (u64 va = low; va < high; va += PAGE_SIZE) {
		u64 *pte = pte_find(mm, va);
		struct page *page = NULL;
		int error;

		if (pte && pte_is_swap(*pte))
			page = page_get(&swap_mapping, pte_slot(*pte), &error, NULL);
		if (page)
			page_put(page);
	}
}

static int touch(const struct region *region, u64 low, u64 high, bool write)
{
	if (!(region->prot & (write ? PROT_WRITE : PROT_READ | PROT_WRITE)))
		return -EINVAL;
	for (u64 va = low; va < high; va += PAGE_SIZE) {
		struct user_pin pin;
		int error = current->killed ? -EINTR : user_pin(&pin, va, write);

		if (error)
			return error;
		page_put(pin.page);
	}
	return 0;
}

/* What only marks the region: flags to set and to clear. */
static const struct {
	u8 advice, set, clear;
} marks[] = {
	{ MADV_NORMAL, 0, RF_SEQUENTIAL },
	{ MADV_RANDOM, 0, RF_SEQUENTIAL },
	{ MADV_SEQUENTIAL, RF_SEQUENTIAL, 0 },
	{ MADV_DONTFORK, RF_DONTFORK, 0 },
	{ MADV_DOFORK, 0, RF_DONTFORK },
	{ MADV_WIPEONFORK, RF_WIPEONFORK, 0 },
	{ MADV_KEEPONFORK, 0, RF_WIPEONFORK },
	{ MADV_MERGEABLE, 0, 0 },
	{ MADV_UNMERGEABLE, 0, 0 },
	{ MADV_HUGEPAGE, 0, 0 },
	{ MADV_NOHUGEPAGE, 0, 0 },
	{ MADV_DONTDUMP, 0, 0 },
	{ MADV_DODUMP, 0, 0 },
};

/* Those that mean more than a mark are the ones of advise(). */
static bool is_known(u64 advice)
{
	for (u32 i = 0; i < ARRAY_SIZE(marks); i++)
		if (marks[i].advice == advice)
			return true;
	return advice == MADV_WILLNEED || advice == MADV_DONTNEED || advice == MADV_FREE ||
	       (advice >= MADV_COLD && advice <= MADV_DONTNEED_LOCKED);
}

static int mark(struct mm *mm, u64 low, u64 high, u64 advice)
{
	for (u32 i = 0; i < ARRAY_SIZE(marks); i++)
		if (marks[i].advice == advice)
			return region_mark(mm, low, high, marks[i].set, marks[i].clear);
	return -EINVAL;
}

/* [low, high) lies in `region`; may sleep. */
static int advise(struct mm *mm, const struct region *region, u64 low, u64 high, u64 advice)
{
	if ((advice == MADV_FREE || advice == MADV_WIPEONFORK) && region->mapping)
		return -EINVAL;
	if ((region->flags & RF_LOCKED) && (advice == MADV_FREE || advice == MADV_DONTNEED ||
					    advice == MADV_COLD || advice == MADV_PAGEOUT))
		return -EINVAL;
	switch (advice) {
	case MADV_FREE: /* at once, as is allowed */
	case MADV_DONTNEED:
	case MADV_DONTNEED_LOCKED:
		pte_each(mm, low, high, forget_one, NULL);
		tables_free(mm, low, high, true);
		return 0;
	case MADV_WILLNEED:
		if (region->file)
			will_need(region, low, high);
		else
			swap_in(mm, low, high);
		return 0;
	case MADV_COLD:
		pte_each(mm, low, high, cool_one, NULL);
		return 0;
	case MADV_PAGEOUT:
		page_out(mm, low, high);
		return 0;
	case MADV_POPULATE_READ:
	case MADV_POPULATE_WRITE:
		return touch(region, low, high, advice == MADV_POPULATE_WRITE);
	default:
		return mark(mm, low, high, advice);
	}
}

s64 sys_madvise(const u64 a[6])
{
	struct mm *mm = current->mm;
	u64 va = a[0], end = va + PAGE_UP(a[1]);
	int error = 0, hole = 0;

	if (!is_known(a[2]) || !range_ok(va, PAGE_UP(a[1])) || PAGE_UP(a[1]) < a[1])
		return -EINVAL;
	while (va < end && !error) {
		struct region *r = region_above(mm, va);
		u64 low = r ? max_u64(va, r->start) : end, high = r ? min_u64(end, r->end) : end;

		if (low > va)
			hole = -ENOMEM;
		if (low < end)
			error = advise(mm, r, low, high, a[2]);
		va = max_u64(high, low);
	}
	return error ? error : hole;
}

s64 sys_msync(const u64 a[6])
{
	struct mm *mm = current->mm;
	u64 va = a[0], end = va + PAGE_UP(a[1]);
	int error = 0;

	if (va % PAGE_SIZE || (a[2] & ~7ul) || (a[2] & 5) == 5)
		return -EINVAL;
	if (PAGE_UP(a[1]) < a[1] || !range_ok(va, PAGE_UP(a[1])))
		return -ENOMEM;
	while (va < end) {
		struct region *r = region_find(mm, va);
		struct file *file;

		if (!r)
			return -ENOMEM;
		va = r->end;
		if (!(r->flags & RF_SHARED) || !r->file || !(a[2] & MS_SYNC))
			continue;
		file = file_get(r->file);
		if (file->ops->fsync)
			error = file->ops->fsync(file, true); /* sleeps */
		file_put(file);
		if (error)
			return error;
	}
	return 0;
}

s64 sys_mincore(const u64 a[6])
{
	struct mm *mm = current->mm;
	u64 end = a[0] + PAGE_UP(a[1]);

	if (a[0] % PAGE_SIZE)
		return -EINVAL;
	if (PAGE_UP(a[1]) < a[1] || !range_ok(a[0], PAGE_UP(a[1])))
		return -ENOMEM;
	for (u64 va = a[0], at = a[2]; va < end; va += PAGE_SIZE, at++) {
		struct region *r = region_find(mm, va);
		u64 *pte = pte_find(mm, va);
		struct page *page = NULL;
		u8 in;

		if (!r)
			return -ENOMEM;
		if (r->mapping)
			page = cache_lookup(r->mapping, r->offset + (va - r->start) / PAGE_SIZE);
		if (pte && pte_is_swap(*pte))
			page = cache_lookup(&swap_mapping, pte_slot(*pte));
		in = (pte && pte_has_frame(*pte)) || (page && !(page->flags & PAGE_LOADING));
		if (copy_to_user(at, &in, 1) != 0)
			return -EFAULT;
	}
	return 0;
}
