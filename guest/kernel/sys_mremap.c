/* mremap: growing, shrinking and moving what is mapped. */
#include "mm.h"
#include "sys.h"

struct move {
	u64 to_start, from_start;
	bool failed;
};

/* One PTE to its new address; the frame or slot and its counts stay. */
static void move_one(struct mm *mm, u64 va, u64 *pte, void *arg)
{
	struct move *move = arg;
	u64 to = move->to_start + (va - move->from_start), old = *pte;
	u64 *target = move->failed ? NULL : pte_create(mm, to);

	if (!target) {
		move->failed = true;
		return;
	}
	*pte = 0;
	fence_page(mm, va);
	*target = old;
	fence_page(mm, to);
	if (pte_has_frame(old))
		rmap_move(pa_page(pte_pa(old)), mm, va, to);
}

/* A region at `to` like the one that holds `from`. */
static struct region *twin(u64 from, u64 to, u64 bytes)
{
	struct mm *mm = current->mm;
	struct region old = *region_find(mm, from), *new;
	u8 flags = (u8)(old.flags & ~(RF_LOCKED | RF_SHM));

	new = region_insert(mm, to, to + bytes, old.prot, flags, old.kind, old.file,
			    old.mapping ? old.offset + (from - old.start) / PAGE_SIZE : 0);
	if (!new)
		return NULL;
	if (old.mapping) {
		new->max_prot = old.max_prot;
		new->file_end = old.file_end > from ? old.file_end - from + to : 0;
	}
	if (old.flags & RF_SHM)
		region_share_shm(new, old.mapping);
	return new;
}

/* To `to`, where nothing is.  With `keep` the old place stays mapped, empty. */
static s64 move(u64 from, u64 old_bytes, u64 to, u64 bytes, bool keep)
{
	struct mm *mm = current->mm;
	struct move move = { to, from, false };
	bool locked = region_find(mm, from)->flags & RF_LOCKED;

	if (!twin(from, to, bytes))
		return -ENOMEM;
	pte_each(mm, from, from + old_bytes, move_one, &move);
	if (move.failed) { /* what has moved goes back: the tables there exist */
		struct move back = { from, to, false };

		pte_each(mm, to, to + old_bytes, move_one, &back);
		region_unmap(mm, to, to + bytes);
		return -ENOMEM;
	}
	if (keep)
		tables_free(mm, from, from + old_bytes, true);
	else if (old_bytes)
		region_unmap(mm, from, from + old_bytes);
	if (locked)
		region_lock(mm, to, to + bytes, true);
	return (s64)to;
}

/* The region that holds all these bytes, or NULL. */
static struct region *whole_region(u64 from, u64 bytes)
{
	struct region *region = region_find(current->mm, from);

	return region && region->end >= from + bytes ? region : NULL;
}

static bool grow_in_place(struct region *region, u64 from, u64 old_bytes, u64 bytes)
{
	struct mm *mm = current->mm;
	u64 more = bytes - old_bytes, end = from + bytes;

	if (region->end != from + old_bytes || end > USER_TOP - PAGE_SIZE ||
	    (region->next && region_floor(mm, region->next) < end))
		return false;
	region->end = end;
	if (region->flags & RF_LOCKED)
		locked_pages += more / PAGE_SIZE;
	mm->total_pages += more / PAGE_SIZE;
	mm->version++;
	region_join(mm, from, end);
	return true;
}

/* MREMAP_FIXED: whatever is there goes. */
static s64 clear_target(u64 from, u64 old_bytes, u64 to, u64 bytes)
{
	struct mm *mm = current->mm;
	struct region *other;

	if (!range_ok(to, bytes) || to < USER_BASE || (to < from + old_bytes && from < to + bytes))
		return -EINVAL;
	while ((other = region_above(mm, to)) != NULL && other->start < to + bytes)
		if (region_unmap(mm, to, to + bytes) != 0) /* sleeps */
			return -ENOMEM;
	return 0;
}

static bool flags_ok(u64 flags, u64 old_bytes, u64 bytes)
{
	if ((flags & ~(u64)(MREMAP_MAYMOVE | MREMAP_FIXED | MREMAP_DONTUNMAP)) ||
	    ((flags & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && !(flags & MREMAP_MAYMOVE)))
		return false;
	return !(flags & MREMAP_DONTUNMAP) || old_bytes == bytes;
}

/* May this region be treated so?  0 or -errno. */
static int may_move(const struct region *region, u64 old_bytes)
{
	if ((region->flags & RF_GROWS_DOWN) ||
	    (region->mapping && !region->file && !(region->flags & RF_SHM)))
		return -EINVAL;
	if (!old_bytes && !(region->flags & RF_SHARED))
		return -EINVAL; /* only what is shared can be shown twice */
	return 0;
}

s64 sys_mremap(const u64 a[6])
{
	struct mm *mm = current->mm;
	u64 from = a[0], old_bytes = PAGE_UP(a[1]), bytes = PAGE_UP(a[2]), to = a[4];
	u64 more = a[3] & MREMAP_DONTUNMAP ? bytes : bytes > old_bytes ? bytes - old_bytes : 0;
	struct region *region;
	s64 error;

	if (old_bytes < a[1] || !range_ok(from, old_bytes) || !bytes || bytes > USER_TOP ||
	    !flags_ok(a[3], old_bytes, bytes))
		return -EINVAL;
	if (!region_find(mm, from))
		return -EFAULT;
	if (a[3] & MREMAP_FIXED) {
		error = clear_target(from, old_bytes, to, bytes);
		if (error)
			return error;
	}
	if (bytes < old_bytes) {
		if (region_unmap(mm, from + bytes, from + old_bytes) != 0) /* sleeps */
			return -ENOMEM;
		old_bytes = bytes;
	}
	if (!(a[3] & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && bytes <= old_bytes)
		return (s64)from;
	if (!mm_fits(mm, more))
		return -ENOMEM;
	region = whole_region(from, old_bytes); /* it may be another one now */
	if (!region)
		return -EFAULT;
	if ((region->flags & RF_LOCKED) && !mm_may_lock(more / PAGE_SIZE))
		return -EAGAIN;
	if (!(a[3] & (MREMAP_FIXED | MREMAP_DONTUNMAP)) && old_bytes &&
	    grow_in_place(region, from, old_bytes, bytes))
		return (s64)from;
	if (!(a[3] & MREMAP_MAYMOVE))
		return -ENOMEM;
	error = may_move(region, old_bytes);
	if (error)
		return error;
	if (!(a[3] & MREMAP_FIXED))
		to = region_hole(mm, bytes);
	return to ? move(from, old_bytes, to, bytes, a[3] & MREMAP_DONTUNMAP) : -ENOMEM;
}
