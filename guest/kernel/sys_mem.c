/*
 * System calls about memory: brk, mmap and its kin.
 */
#include "arch.h"
#include "device.h"
#include "mm.h"
#include "reclaim.h"
#include "sys.h"
#include "vfs.h"

#define WILL_NEED_PAGES 32

s64 sys_brk(const u64 a[6])
{
	struct mm *mm = current->mm;
	u64 wanted = a[0], old = PAGE_UP(mm->brk), end = PAGE_UP(wanted);
	struct region *above;

	if (wanted < mm->brk_start || wanted >= USER_TOP)
		return (s64)mm->brk;
	if (end < old) {
		if (region_unmap(mm, end, old) != 0)
			return (s64)mm->brk;
	} else if (end > old) {
		above = region_above(mm, old);
		if ((above && above->start < end) || end - mm->brk_start > rlimit(RLIMIT_DATA) ||
		    !mm_fits(mm, end - old) ||
		    !region_insert(mm, old, end, PROT_READ | PROT_WRITE, 0, REGION_HEAP, NULL, 0))
			return (s64)mm->brk;
	}
	mm->brk = wanted;
	return (s64)wanted;
}

static bool range_ok(u64 start, u64 bytes)
{
	return start % PAGE_SIZE == 0 && bytes <= USER_TOP && start <= USER_TOP - bytes;
}

static int check_file(struct file *file, u32 prot, u32 flags, u8 *max_prot)
{
	u32 mode = file->flags & O_ACCMODE;

	if (!file->inode || !S_ISREG(file->inode->mode) || !file->inode->mapping.ops)
		return -ENODEV;
	if (mode == O_WRONLY || (file->flags & O_PATH))
		return -EACCES;
	*max_prot = PROT_READ | PROT_WRITE | PROT_EXEC;
	if ((flags & MAP_TYPE) != MAP_PRIVATE && mode == O_RDONLY)
		*max_prot = PROT_READ | PROT_EXEC;
	return prot & ~*max_prot & PROT_WRITE ? -EACCES : 0;
}

static u64 choose_address(struct mm *mm, u64 hint, u64 bytes, u32 flags)
{
	struct region *above;

	if (flags & (MAP_FIXED | MAP_FIXED_NOREPLACE))
		return hint;
	hint = PAGE_DOWN(hint);
	above = hint >= USER_BASE ? region_above(mm, hint) : NULL;
	if (hint >= USER_BASE && range_ok(hint, bytes) &&
	    (!above ||
	     (above->flags & RF_GROWS_DOWN ? mm->stack_limit : above->start) >= hint + bytes))
		return hint;
	return region_hole(mm, bytes);
}

static s64 map(u64 hint, u64 bytes, u32 prot, u32 flags, struct file *file, u64 offset)
{
	struct mm *mm = current->mm;
	bool shared = (flags & MAP_TYPE) != MAP_PRIVATE;
	u8 max_prot = PROT_READ | PROT_WRITE | PROT_EXEC;
	struct region *region;
	u64 start;
	int error = file ? check_file(file, prot, flags, &max_prot) : 0;

	if (error)
		return error;
	start = choose_address(mm, hint, bytes, flags);
	if (!start || !range_ok(start, bytes))
		return flags & (MAP_FIXED | MAP_FIXED_NOREPLACE) ? -EINVAL : -ENOMEM;
	if (start < USER_BASE)
		return -EPERM;
	if (!mm_fits(mm, bytes))
		return -ENOMEM;
	region = region_above(mm, start);
	if (region && region->start < start + bytes) {
		if (flags & MAP_FIXED_NOREPLACE)
			return -EEXIST;
		error = region_unmap(mm, start, start + bytes); /* sleeps */
		if (error)
			return error;
	}
	region = region_insert(mm, start, start + bytes, prot, shared ? RF_SHARED : 0,
			       shared ? REGION_SHARED
			       : file ? REGION_MMAP_FILE
				      : REGION_MMAP_ANON,
			       file, offset / PAGE_SIZE);
	if (!region)
		return -ENOMEM;
	region->max_prot = max_prot;
	if (shared && !file && !region_make_shm(region)) {
		region_unmap(mm, start, start + bytes);
		return -ENOMEM;
	}
	return (s64)start;
}

s64 sys_mmap(const u64 a[6])
{
	u64 bytes = PAGE_UP(a[1]);
	u32 type = a[3] & MAP_TYPE;
	struct file *file = NULL;
	s64 result;

	if (!a[1] || a[5] % PAGE_SIZE || ((a[3] & MAP_FIXED) && a[0] % PAGE_SIZE) ||
	    (type != MAP_SHARED && type != MAP_PRIVATE && type != MAP_SHARED_VALIDATE))
		return -EINVAL;
	if (bytes < a[1] || bytes > USER_TOP)
		return -ENOMEM;
	if (a[5] + bytes < a[5])
		return -EOVERFLOW;
	if (!(a[3] & MAP_ANONYMOUS)) {
		file = fd_file((int)a[4]);
		if (!file)
			return -EBADF;
		if (file->inode && S_ISCHR(file->inode->mode) && file->inode->rdev == DEV_ZERO)
			file = NULL; /* the old way to anonymous memory */
		else
			file_get(file);
	}
	result = map(a[0], bytes, a[2] & (PROT_READ | PROT_WRITE | PROT_EXEC), (u32)a[3], file,
		     a[5]);
	if (file)
		file_put(file);
	return result;
}

s64 sys_munmap(const u64 a[6])
{
	u64 bytes = PAGE_UP(a[1]);

	if (!a[1] || bytes < a[1] || !range_ok(a[0], bytes))
		return -EINVAL;
	return region_unmap(current->mm, a[0], a[0] + bytes);
}

s64 sys_mprotect(const u64 a[6])
{
	u64 bytes = PAGE_UP(a[1]);

	if (a[0] % PAGE_SIZE ||
	    (a[2] & ~(u64)(PROT_READ | PROT_WRITE | PROT_EXEC | PROT_GROWSDOWN | 0x8)))
		return -EINVAL;
	if (bytes < a[1] || !range_ok(a[0], bytes))
		return -ENOMEM;
	if (!bytes)
		return 0;
	return region_protect(current->mm, a[0], a[0] + bytes,
			      a[2] & (PROT_READ | PROT_WRITE | PROT_EXEC));
}

/* ---- mremap ---- */

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

static s64 move_region(struct region *region, u64 from, u64 old_bytes, u64 bytes, u64 to)
{
	struct mm *mm = current->mm;
	struct move move = { to, from, false };
	u64 offset = region->offset + (region->mapping ? (from - region->start) / PAGE_SIZE : 0);
	struct region *new;
	struct file *file = region->file;

	if (region->flags & (RF_SHM | RF_GROWS_DOWN) || (!file && region->mapping))
		return -EINVAL;
	new = region_insert(mm, to, to + bytes, region->prot, region->flags, region->kind, file,
			    offset);
	if (!new)
		return -ENOMEM;
	if (file)
		new->max_prot = region->max_prot;
	pte_each(mm, from, from + old_bytes, move_one, &move);
	if (move.failed) { /* what has moved goes back: the tables there exist */
		struct move back = { from, to, false };

		pte_each(mm, to, to + old_bytes, move_one, &back);
		region_unmap(mm, to, to + bytes);
		return -ENOMEM;
	}
	region_unmap(mm, from, from + old_bytes);
	return (s64)to;
}

s64 sys_mremap(const u64 a[6])
{
	struct mm *mm = current->mm;
	u64 from = a[0], old_bytes = PAGE_UP(a[1]), bytes = PAGE_UP(a[2]), to;
	struct region *region, *above;

	if (!range_ok(from, old_bytes) || !bytes || bytes > USER_TOP ||
	    (a[3] & ~(u64)(MREMAP_MAYMOVE | MREMAP_FIXED)) ||
	    ((a[3] & MREMAP_FIXED) && !(a[3] & MREMAP_MAYMOVE)) || !old_bytes)
		return -EINVAL;
	region = region_find(mm, from);
	if (!region || region->end < from + old_bytes)
		return -EFAULT;
	if (a[3] & MREMAP_FIXED) {
		to = a[4];
		if (!range_ok(to, bytes) || to < USER_BASE ||
		    (to < from + old_bytes && from < to + bytes))
			return -EINVAL;
		if (region_unmap(mm, to, to + bytes) != 0)
			return -ENOMEM;
		region = region_find(mm, from); /* it slept */
		if (!region || region->end < from + old_bytes)
			return -EFAULT;
		old_bytes = min_u64(old_bytes, bytes);
		return move_region(region, from, old_bytes, bytes, to);
	}
	if (bytes <= old_bytes) {
		if (bytes < old_bytes && region_unmap(mm, from + bytes, from + old_bytes) != 0)
			return -ENOMEM;
		return (s64)from;
	}
	if (!mm_fits(mm, bytes - old_bytes))
		return -ENOMEM;
	above = region->next;
	if (region->end == from + old_bytes && !(region->flags & RF_SHM) &&
	    from + bytes < USER_TOP &&
	    (!above ||
	     (above->flags & RF_GROWS_DOWN ? mm->stack_limit : above->start) >= from + bytes)) {
		region->end = from + bytes;
		if (region->flags & RF_LOCKED)
			locked_pages += (bytes - old_bytes) / PAGE_SIZE;
		mm->total_pages += (bytes - old_bytes) / PAGE_SIZE;
		mm->version++;
		return (s64)from;
	}
	if (!(a[3] & MREMAP_MAYMOVE))
		return -ENOMEM;
	to = region_hole(mm, bytes);
	return to ? move_region(region, from, old_bytes, bytes, to) : -ENOMEM;
}

/* ---- madvise, msync, mincore, locks ---- */

static void forget_one(struct mm *mm, u64 va, u64 *pte, void *arg)
{
	(void)arg;
	pte_unmap(mm, va, pte, 0);
}

/* Read what is not yet there, within reason.  False if the regions changed meanwhile. */
static bool will_need(struct mm *mm, const struct region *region, u64 low, u64 high)
{
	struct file *file = file_get(region->file);
	u64 index = region->offset + (low - region->start) / PAGE_SIZE,
	    last = index + (high - low) / PAGE_SIZE;
	u32 version = mm->version;

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
	return mm->version == version;
}

s64 sys_madvise(const u64 a[6])
{
	struct mm *mm = current->mm;
	u64 start = a[0], end = start + PAGE_UP(a[1]);
	bool hole = false;

	if (!range_ok(start, PAGE_UP(a[1])) || a[2] > 25)
		return -EINVAL;
	for (struct region *r = region_above(mm, start); r && r->start < end; r = r->next) {
		u64 low = max_u64(start, r->start), high = min_u64(end, r->end);

		hole |= low > start && !region_find(mm, low - 1);
		if (a[2] == MADV_DONTNEED && (r->flags & RF_LOCKED))
			return -EINVAL;
		if (a[2] == MADV_DONTNEED)
			pte_each(mm, low, high, forget_one, NULL);
		if (a[2] == MADV_WILLNEED && r->file && !will_need(mm, r, low, high))
			break; /* it slept, and the regions have changed */
	}
	if (a[2] == MADV_DONTNEED)
		tables_free(mm, start, end);
	return hole || (end > start && !region_find(mm, start)) ? -ENOMEM : 0;
}

s64 sys_msync(const u64 a[6])
{
	struct mm *mm = current->mm;
	u64 va = a[0], end = va + PAGE_UP(a[1]);
	int error = 0;

	if (!range_ok(va, PAGE_UP(a[1])) || (a[2] & ~7ul) || (a[2] & 5) == 5)
		return -EINVAL;
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

	if (!range_ok(a[0], PAGE_UP(a[1])))
		return -EINVAL;
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

/* At most a quarter of the frames may be locked, whoever asks: the rest must be able to run. */
static u64 lock_limit(void)
{
	u64 frames_usable = frames_cap ? min_u64(frames_cap, nframes) : nframes;

	return min_u64(frames_usable / 4, rlimit(RLIMIT_MEMLOCK) / PAGE_SIZE);
}

/* Lock or unlock [start, end); locked pages are brought in by touching them. */
static s64 lock_range(u64 start, u64 end, bool lock)
{
	struct mm *mm = current->mm;
	int error;

	for (u64 va = start; va < end; va = region_find(mm, va)->end)
		if (!region_find(mm, va))
			return -ENOMEM;
	if (lock && locked_pages + (end - start) / PAGE_SIZE > lock_limit())
		return -ENOMEM;
	error = region_lock(mm, start, end, lock);
	for (u64 va = start; lock && !error && va < end; va += PAGE_SIZE) {
		struct region *region = region_find(mm, va);
		struct user_pin pin;

		if (region && region->prot && user_pin(&pin, va, region->prot & PROT_WRITE) == 0)
			page_put(pin.page);
	}
	return error;
}

s64 sys_mlock(const u64 a[6])
{
	u64 start = PAGE_DOWN(a[0]), end = PAGE_UP(a[0] + a[1]);

	if (a[0] + a[1] < a[0] || end > USER_TOP)
		return -EINVAL;
	return lock_range(start, end, true);
}

s64 sys_munlock(const u64 a[6])
{
	u64 start = PAGE_DOWN(a[0]), end = PAGE_UP(a[0] + a[1]);

	if (a[0] + a[1] < a[0] || end > USER_TOP)
		return -EINVAL;
	return lock_range(start, end, false);
}

s64 sys_mlockall(const u64 a[6])
{
	if (!a[0] || (a[0] & ~7ul))
		return -EINVAL;
	return current->mm->total_pages > lock_limit() ? -ENOMEM : 0;
}

s64 sys_munlockall(const u64 a[6])
{
	(void)a;
	for (struct region *r = current->mm->regions; r; r = r->next)
		region_unlock(r);
	return 0;
}

s64 sys_riscv_flush_icache(const u64 a[6])
{
	(void)a;
	fence_i();
	return 0;
}
