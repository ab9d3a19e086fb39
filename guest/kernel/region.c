/*
 * Address spaces: a list of regions in order of address, and what maps, unmaps, protects, copies and
 * destroys them.
 */
#include "mm.h"

#define STACK_GAP PAGE_SIZE /* kept free between a stack and what lies below */

/* Shared anonymous memory belongs to a mapping of its own, counted by the regions that show it. */
struct shm {
	struct mapping mapping;
	u32 refs;
};

static struct shm *shm_of(const struct region *region)
{
	return region->flags & RF_SHM ? region->mapping->owner : NULL;
}

static struct mm *all_mms;

static u64 region_pages(const struct region *region)
{
	return (region->end - region->start) / PAGE_SIZE;
}

struct mm *mm_next(const struct mm *after)
{
	return after ? after->next : all_mms;
}

struct mm *mm_create(void)
{
	struct mm *mm = kmalloc(sizeof(*mm));

	if (!mm)
		return NULL;
	if (!mm_root_alloc(mm)) {
		kfree(mm);
		return NULL;
	}
	mm->refs = 1;
	mm->next = all_mms;
	all_mms = mm;
	return mm;
}

struct mm *mm_get(struct mm *mm)
{
	mm->refs++;
	return mm;
}

void mm_put(struct mm *mm)
{
	struct mm **link;

	if (!mm || --mm->refs)
		return;
	region_unmap(mm, 0, USER_TOP);
	ASSERT(!mm->regions && !mm->resident && !mm->swapped);
	if (mm->exe)
		file_put(mm->exe);
	for (link = &all_mms; *link != mm; link = &(*link)->next)
		;
	*link = mm->next;
	mm_root_free(mm);
	kfree(mm);
}

/* Each search begins where the last one came to. */
struct region *region_before(struct mm *mm, u64 va)
{
	struct region *region = mm->hint, *next;

	while (region && region->end > va)
		region = region->prev;
	while ((next = region ? region->next : mm->regions) != NULL && next->end <= va)
		region = next;
	mm->hint = region;
	return region;
}

struct region *region_above(struct mm *mm, u64 va)
{
	struct region *before = region_before(mm, va);

	return before ? before->next : mm->regions;
}

struct region *region_find(struct mm *mm, u64 va)
{
	struct region *region = region_above(mm, va);

	return region && region->start <= va ? region : NULL;
}

static void region_link(struct mm *mm, struct region *before, struct region *region)
{
	region->prev = before;
	region->next = before ? before->next : mm->regions;
	*(before ? &before->next : &mm->regions) = region;
	if (region->next)
		region->next->prev = region;
	mm->nregions++;
	mm->version++;
}

static void region_unlink(struct mm *mm, struct region *region)
{
	*(region->prev ? &region->prev->next : &mm->regions) = region->next;
	if (region->next)
		region->next->prev = region->prev;
	if (mm->hint == region)
		mm->hint = region->prev;
	mm->nregions--;
	mm->version++;
}

/* Regions are kernel memory that nobody can page out. */
static u64 region_limit(void)
{
	return min_u64(65530, max_u64(512, nframes * 2));
}

u64 region_grow_limit(const struct mm *mm, const struct region *region)
{
	u64 limit = rlimit(RLIMIT_STACK);

	if (region->end == mm->stack_top)
		return mm->stack_limit;
	return limit < region->end - USER_BASE ? PAGE_UP(region->end - limit) : USER_BASE;
}

u64 region_floor(const struct mm *mm, const struct region *region)
{
	return (region->flags & RF_GROWS_DOWN) && region->end == mm->stack_top
		       ? min_u64(mm->stack_limit, region->start)
		       : region->start;
}

/* May `region` simply grow into an anonymous neighbour that begins where it ends? */
static bool extends(const struct region *region, u64 start, u32 prot, u32 flags, u32 kind,
		    const struct file *file)
{
	return region && region->end == start && region->prot == prot && region->flags == flags &&
	       region->kind == kind && !file && !region->mapping && !(flags & RF_GROWS_DOWN);
}

/* The same file goes on in `high` where it stops in `low`. */
static bool continues(const struct region *low, const struct region *high)
{
	return low->mapping && low->mapping == high->mapping && low->file == high->file &&
	       low->end == high->start && low->prot == high->prot && low->flags == high->flags &&
	       low->max_prot == high->max_prot && low->kind == high->kind && !low->file_end &&
	       !high->file_end && low->offset + region_pages(low) == high->offset;
}

/* Neighbours that have become alike, from the one that ends at `start` to the one that begins at
 * `end`, become one: mremap and madvise must not see how an area came about, and a heap that grows
 * by mprotect or downwards would else be made of thousands. */
void region_join(struct mm *mm, u64 start, u64 end)
{
	struct region *low = region_before(mm, start), *high;

	if (!low)
		low = mm->regions;
	while (low && (high = low->next) != NULL && high->start <= end) {
		if (!continues(low, high) &&
		    (high->mapping ||
		     !extends(low, high->start, high->prot, high->flags, high->kind, NULL))) {
			low = high;
			continue;
		}
		low->end = high->end;
		region_unlink(mm, high);
		if (high->file)
			file_put(high->file); /* not the last: low has it too */
		if (high->flags & RF_SHM)
			shm_of(high)->refs--;
		kfree(high);
	}
	mm->version++;
}

struct region *region_insert(struct mm *mm, u64 start, u64 end, u32 prot, u32 flags, u32 kind,
			     struct file *file, u64 offset)
{
	struct region *before = region_before(mm, start), *region;

	mm->total_pages += (end - start) / PAGE_SIZE;
	if (extends(before, start, prot, flags, kind, file)) {
		before->end = end;
		region_join(mm, end, end); /* it may now touch the next; `before` itself stays */
		return before;
	}
	region = mm->nregions < region_limit() ? kmalloc(sizeof(*region)) : NULL;
	if (!region) {
		mm->total_pages -= (end - start) / PAGE_SIZE;
		return NULL;
	}
	region->start = start;
	region->end = end;
	region->prot = (u8)prot;
	region->max_prot = PROT_READ | PROT_WRITE | PROT_EXEC;
	region->flags = (u8)flags;
	region->kind = (u8)kind;
	region->offset = (u32)offset;
	if (file) {
		region->file = file_get(file);
		region->mapping = &file->inode->mapping;
	}
	region_link(mm, before, region);
	if (file || (flags & RF_SHARED))
		return region;
	region_join(mm, start, end); /* below another; its record may be gone now */
	return region_find(mm, start);
}

bool region_make_shm(struct region *region)
{
	struct shm *shm = kmalloc(sizeof(*shm));

	if (!shm)
		return false;
	shm_init(&shm->mapping, 0, shm);
	shm->refs = 1;
	region->mapping = &shm->mapping;
	region->flags |= RF_SHM;
	return true;
}

static void region_share(struct region *region)
{
	if (region->file)
		file_get(region->file);
	if (region->flags & RF_SHM)
		shm_of(region)->refs++;
}

void region_share_shm(struct region *region, struct mapping *mapping)
{
	region->mapping = mapping;
	region->flags |= RF_SHM;
	shm_of(region)->refs++;
}

static void region_free(struct region *region)
{
	struct shm *shm = shm_of(region);

	region_unlock(region);
	if (region->file)
		file_put(region->file);
	if (shm && --shm->refs == 0) {
		shm_destroy(&shm->mapping);
		kfree(shm);
	}
	kfree(region);
}

/* Make `va` a boundary between regions. */
static int region_split(struct mm *mm, u64 va)
{
	struct region *low = region_find(mm, va), *high;

	if (!low || low->start == va)
		return 0;
	high = mm->nregions < region_limit() ? kmalloc(sizeof(*high)) : NULL;
	if (!high)
		return -ENOMEM;
	*high = *low;
	high->start = va;
	if (high->mapping)
		high->offset += (u32)((va - low->start) / PAGE_SIZE);
	high->flags &= (u8)~RF_GROWS_DOWN; /* of a stack the lower part grows */
	low->end = va;
	region_link(mm, low, high);
	region_share(high);
	return 0;
}

static void unmap_one(struct mm *mm, u64 va, u64 *pte, void *arg)
{
	(void)arg;
	pte_unmap(mm, va, pte, 0);
}

int region_unmap(struct mm *mm, u64 start, u64 end)
{
	struct region *gone = NULL, *region;

	if (region_split(mm, start) || region_split(mm, end))
		return -ENOMEM;
	while ((region = region_above(mm, start)) != NULL && region->start < end) {
		region_unlink(mm, region);
		region->next = gone;
		gone = region;
		mm->total_pages -= region_pages(region);
	}
	mm->hole_from = max_u64(mm->hole_from, min_u64(end, mm->mmap_base));
	for (region = gone; region; region = region->next)
		pte_each(mm, region->start, region->end, unmap_one, NULL);
	if (gone)
		tables_free(mm, start, end, false);
	while ((region = gone) != NULL) {
		gone = region->next;
		region_free(region); /* sleeps: the list is consistent by now */
	}
	return 0;
}

/* May a store go straight to this page? */
static bool writable_now(const struct region *region, struct page *page)
{
	if (region->flags & RF_SHARED)
		return page->block != 0;
	return (page->flags & PAGE_ANON) && page->sharers == 1 &&
	       (!page->mapping || slot_refs((u32)page->index) == 1);
}

static void protect_one(struct mm *mm, u64 va, u64 *pte, void *arg)
{
	const struct region *region = arg;
	u64 flags = pte_flags(region->prot);
	struct page *page;

	if (!pte_has_frame(*pte))
		return;
	page = pa_page(pte_pa(*pte));
	if (!writable_now(region, page))
		flags &= ~PTE_W | (flags & PTE_V ? 0 : PTE_NONE);
	if (*pte & PTE_D)
		page_set_dirty(page);
	if (*pte & PTE_A)
		page->flags |= PAGE_REFERENCED;
	flags &= ~PTE_A; /* a change of permissions is no use of the page */
	*pte = pte_make(page_pa(page), flags | (*pte & PTE_D));
	fence_page(mm, va);
	if (flags & PTE_X)
		asm volatile("fence.i" ::: "memory");
}

int region_protect(struct mm *mm, u64 start, u64 end, u32 prot)
{
	struct region *region;
	int error = 0;

	for (u64 va = start; va < end; va = region->end) {
		region = region_find(mm, va);
		if (!region || (prot & ~region->max_prot)) {
			error = region ? -EACCES : -ENOMEM;
			end = va; /* what lies before is changed, as on Linux */
			break;
		}
	}
	if (start == end)
		return error;
	if (region_split(mm, start) || region_split(mm, end))
		return -ENOMEM;
	for (region = region_find(mm, start); region && region->start < end;
	     region = region->next) {
		region->prot = (u8)prot;
		pte_each(mm, region->start, region->end, protect_one, region);
	}
	region_join(mm, start, end);
	return error;
}

/* ---- locking ---- */

u64 locked_pages;

void region_unlock(struct region *region)
{
	if (region->flags & RF_LOCKED)
		locked_pages -= region_pages(region);
	region->flags &= (u8)~RF_LOCKED;
}

u64 mm_locked_pages(const struct mm *mm)
{
	u64 pages = 0;

	for (const struct region *region = mm->regions; region; region = region->next)
		pages += region->flags & RF_LOCKED ? region_pages(region) : 0;
	return pages;
}

int region_mark(struct mm *mm, u64 start, u64 end, u8 set, u8 clear)
{
	if (region_split(mm, start) || region_split(mm, end))
		return -ENOMEM;
	for (struct region *r = region_find(mm, start); r && r->start < end; r = r->next)
		r->flags = (u8)((r->flags & ~clear) | set);
	region_join(mm, start, end);
	return 0;
}

int region_lock(struct mm *mm, u64 start, u64 end, bool lock)
{
	if (region_split(mm, start) || region_split(mm, end))
		return -ENOMEM;
	for (struct region *r = region_find(mm, start); r && r->start < end; r = r->next) {
		region_unlock(r);
		if (lock) {
			r->flags |= RF_LOCKED;
			locked_pages += region_pages(r);
		}
	}
	region_join(mm, start, end);
	return 0;
}

bool page_is_locked(const struct page *page)
{
	for (const struct rmap_node *node = &page->rmap; node && node->mm; node = node->next) {
		const struct region *region = region_find(node->mm, node->va);

		if (region && (region->flags & RF_LOCKED))
			return true;
	}
	return false;
}

u64 region_hole(struct mm *mm, u64 bytes)
{
	bool small = bytes <= mm->hole_bytes; /* one above hole_from might do */
	u64 top = mm->mmap_base, largest = small ? 0 : mm->hole_bytes, high, low;
	struct region *below = region_before(mm, small ? top : mm->hole_from),
		      *above = below ? below->next : mm->regions;

	/* The highest gap below mmap_base. */
	high = above ? min_u64(region_floor(mm, above), top) : top;
	for (;; below = below->prev) {
		low = below ? below->end : USER_BASE;
		if (high > low && high - low >= bytes) {
			mm->hole_from = high;
			mm->hole_bytes = largest;
			return high - bytes;
		}
		if (!below)
			break;
		if (high > low)
			largest = max_u64(largest, high - low);
		high = region_floor(mm, below);
	}
	low = top; /* nothing below: above, towards the stack */
	for (struct region *r = region_above(mm, top); r; r = r->next) {
		high = region_floor(mm, r);

		if (high > low && high - low >= bytes)
			return low;
		low = max_u64(low, r->end);
	}
	return 0;
}

/* A file has become shorter: private copies of what was there go, too. */
void mapping_forget_copies(struct mapping *mapping, u64 from)
{
	for (struct mm *mm = mm_next(NULL); mm; mm = mm_next(mm)) {
		for (struct region *r = mm->regions; r; r = r->next) {
			u64 first = max_u64(r->offset, from) - r->offset;

			if (r->mapping != mapping || (r->flags & RF_SHARED) ||
			    first >= region_pages(r))
				continue;
			pte_each(mm, r->start + first * PAGE_SIZE, r->end, unmap_one, NULL);
		}
	}
}

bool mm_fits(struct mm *mm, u64 bytes)
{
	u64 pages = bytes / PAGE_SIZE, limit = rlimit(RLIMIT_AS);

	if (limit != RLIM_INFINITY && mm->total_pages + pages > limit / PAGE_SIZE)
		return false;
	if (param_number(PARAM_overcommit) == 0)
		return mm->total_pages + pages <= nframes + swap_pages_total();
	return pages <= USER_TOP / PAGE_SIZE;
}

void stack_limit_set(struct mm *mm, u64 bytes)
{
	u64 most = mm->stack_top - USER_BASE - STACK_GAP;

	mm->stack_limit = mm->stack_top - PAGE_DOWN(min_u64(bytes, most));
}

/* ---- fork ---- */

struct copy {
	struct mm *child;
	int error;
	u64 va, *to; /* the child's entry made last */
};

/* Private pages are shared until one side stores to them; file pages are found again by a fault. */
static void copy_one(struct mm *parent, u64 va, u64 *pte, void *arg)
{
	struct copy *copy = arg;
	struct page *page = NULL;
	u64 *to;

	if (copy->error)
		return;
	if (pte_has_frame(*pte)) {
		page = pa_page(pte_pa(*pte));
		if (!(page->flags & PAGE_ANON))
			return;
	}
	to = copy->to && va / TABLE_SPAN == copy->va / TABLE_SPAN
		     ? copy->to + (va - copy->va) / PAGE_SIZE
		     : pte_create(copy->child, va);
	copy->va = va;
	copy->to = to;
	if (!to) {
		copy->error = -ENOMEM;
	} else if (!page) {
		if (slot_get(pte_slot(*pte))) {
			*to = *pte;
			copy->child->swapped++;
		} else {
			copy->error = -ENOMEM;
		}
	} else {
		u64 flags = *pte & PTE_FLAGS & ~PTE_D;

		if (*pte & PTE_V)
			flags &= ~PTE_W;
		if (!pte_map(copy->child, va, to, page, flags)) {
			copy->error = -ENOMEM;
		} else if ((*pte & (PTE_V | PTE_W)) == (PTE_V | PTE_W)) {
			*pte &= ~PTE_W;
			fence_page(parent, va);
		}
	}
}

/* Enough frames for the child's tables and reverse-map nodes, so that the copy itself need not sleep. */
static void fork_reserve(const struct mm *parent)
{
	reclaim_balance(parent->table_pages +
			parent->resident * sizeof(struct rmap_node) / PAGE_SIZE + 8);
}

int mm_fork(struct mm *child, struct mm *parent)
{
	struct copy copy = { .child = child };
	struct region *last = NULL;

	fork_reserve(parent);
	child->brk_start = parent->brk_start;
	child->brk = parent->brk;
	child->stack_top = parent->stack_top;
	child->stack_limit = parent->stack_limit;
	child->mmap_base = parent->mmap_base;
	child->hole_from = parent->hole_from;
	child->hole_bytes = parent->hole_bytes;
	child->arg_start = parent->arg_start;
	child->arg_end = parent->arg_end;
	child->env_start = parent->env_start;
	child->env_end = parent->env_end;
	child->vdso = parent->vdso;
	child->start_code = parent->start_code;
	child->end_code = parent->end_code;
	memcpy(child->auxv, parent->auxv, sizeof(child->auxv));
	child->exe = parent->exe ? file_get(parent->exe) : NULL;
	for (struct region *r = parent->regions; r; r = r->next) {
		struct region *new;

		if (r->flags & RF_DONTFORK) {
			child->hole_from = child->mmap_base; /* a hole that nobody has measured */
			continue;
		}
		new = kmalloc(sizeof(*new));
		if (!new)
			return -ENOMEM;
		*new = *r;
		new->flags &= (u8)~RF_LOCKED; /* locks are not inherited */
		region_share(new);
		region_link(child, last, new);
		last = new;
		child->total_pages += region_pages(r);
		if (!(r->flags & (RF_SHARED | RF_WIPEONFORK)))
			pte_each(parent, r->start, r->end, copy_one, &copy);
		if (copy.error)
			return copy.error;
	}
	return 0;
}
