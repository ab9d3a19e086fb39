/*
 * The page-fault handler, and what it is made of.
 *
 * Whatever sleeps (a frame that must first be evicted, a page that must be read) lets other processes
 * run, so after it region and PTE are looked at again.  There is no fault-around: one fault, one page.
 */
#include "arch.h"
#include "background.h"
#include "mm.h"
#include "reclaim.h"

struct mapping vdso_mapping;

static int vdso_read_page(struct mapping *mapping, struct page *page)
{
	(void)mapping;
	frame_zero(page);
	memcpy(page_data(page), sigreturn_code, (size_t)(sigreturn_code_end - sigreturn_code));
	return 0;
}

static const struct mapping_ops vdso_ops = { vdso_read_page, NULL, NULL };

void vdso_init(void)
{
	mapping_init(&vdso_mapping, &vdso_ops, 0, NULL);
}

static bool prot_permits(u32 prot, u32 access)
{
	if (access == PROT_READ)
		return prot & (PROT_READ | PROT_WRITE); /* W implies R */
	return prot & access;
}

static bool pte_permits(u64 pte, u32 access)
{
	return access == PROT_WRITE ? pte & PTE_W : access == PROT_EXEC ? pte & PTE_X : pte & PTE_R;
}

static u8 refusal(const struct region *region, u32 access)
{
	const struct region *above = region->next;

	if (!region->prot && above && above->start == region->end && (above->prot & PROT_WRITE))
		return REASON_GUARD;
	return access == PROT_WRITE && region->prot  ? REASON_READ_ONLY
	       : access == PROT_EXEC && region->prot ? REASON_NO_EXECUTE
						     : REASON_NO_READ;
}

/* Nothing is mapped at va: does the stack grow there?  0 if so, else why not. */
static u8 stack_grow(struct mm *mm, u64 va)
{
	struct region *stack = region_above(mm, va);
	u64 start = PAGE_DOWN(va), limit;

	if (!stack || !(stack->flags & RF_GROWS_DOWN))
		return REASON_NO_REGION;
	limit = region_grow_limit(mm, stack);
	if (start < limit)
		return start + (stack->end - limit) + (1ul << 20) > stack->end ? REASON_STACK_LIMIT
									       : REASON_NO_REGION;
	if (stack->prev && stack->prev->end + PAGE_SIZE > start)
		return REASON_GUARD;
	if (!mm_fits(mm, stack->start - start) ||
	    ((stack->flags & RF_LOCKED) && !mm_may_lock((stack->start - start) / PAGE_SIZE)))
		return REASON_STACK_LIMIT;
	mm->total_pages += (stack->start - start) / PAGE_SIZE;
	if (stack->flags & RF_LOCKED)
		locked_pages += (stack->start - start) / PAGE_SIZE;
	stack->start = start;
	return REASON_NONE;
}

/* The region that permits this access, or NULL with the reason. */
static struct region *fault_region(struct fault *fault)
{
	struct mm *mm = current->mm;
	struct region *region = NULL;

	fault->reason = REASON_NONE;
	if (fault->va >= USER_TOP)
		fault->reason =
			fault->va >= -USER_TOP ? REASON_KERNEL_ADDRESS : REASON_NON_CANONICAL;
	else if (!(region = region_find(mm, fault->va)))
		fault->reason = stack_grow(mm, fault->va);
	if (fault->reason)
		return NULL;
	if (!region)
		region = region_find(mm, fault->va);
	fault->region = region->kind;
	if (!prot_permits(region->prot, fault->access)) {
		fault->reason = refusal(region, fault->access);
		return NULL;
	}
	return region;
}

static struct page *no_page(struct fault *fault, int error)
{
	fault->reason = error == -EAGAIN || current->fault_again ? REASON_NONE
			: error == -ENOMEM			 ? REASON_NO_MEMORY
			: error == -ENOSPC			 ? REASON_NO_SPACE
								 : REASON_IO_ERROR;
	return NULL;
}

static struct page *anon_page(struct fault *fault, const struct region *region)
{
	struct page *page = frame_get(region->flags & RF_GROWS_DOWN ? FRAME_STACK : FRAME_ANON);

	if (!page)
		return no_page(fault, -ENOMEM);
	page->flags |= PAGE_ANON;
	return page;
}

/* A private copy of (pinned) `from`, whose pin goes. */
static struct page *private_copy(struct fault *fault, const struct region *region,
				 struct page *from)
{
	struct page *page;
	u64 start = PAGE_DOWN(fault->va);

	introspect_tell(TOLD_COPY, from, 0);
	page = anon_page(fault, region);
	if (page) {
		frame_copy(page, from);
		page_set_dirty(page);
		if (region->file_end > start && region->file_end < start + PAGE_SIZE &&
		    !(from->flags & PAGE_ANON))
			memset((char *)page_data(page) + (region->file_end - start), 0,
			       start + PAGE_SIZE - region->file_end);
	}
	page_put(from);
	return page;
}

/* Does this page of the region end in bss, which the file must not show through? */
static bool has_tail(const struct region *region, u64 va)
{
	return region->file_end > PAGE_DOWN(va) && region->file_end < PAGE_DOWN(va) + PAGE_SIZE;
}

static struct page *file_page(struct fault *fault, const struct region *region)
{
	u64 index = region->offset + (fault->va - region->start) / PAGE_SIZE;
	struct mapping *mapping = region->mapping;
	bool from_disk = false, from_swap = mapping->swapped && shm_has_slot(mapping, index);
	struct page *page;
	int error = 0;

	if (region->file && index >= PAGE_UP(region->file->inode->size) / PAGE_SIZE) {
		fault->reason = REASON_PAST_EOF;
		return NULL;
	}
	page = page_get(mapping, index, &error, &from_disk);
	if (!page)
		return no_page(fault, error);
	if (from_disk && (region->flags & RF_SEQUENTIAL))
		readahead_sequential(mapping, index);
	if (mapping->swapped || mapping == &vdso_mapping) { /* what is no file is made, not read */
		fault->kind = !from_disk || mapping == &vdso_mapping ? FAULT_CACHED
			      : from_swap			     ? FAULT_SWAP
								     : FAULT_ZERO;
		fault->major = from_disk && from_swap;
	} else {
		fault->kind = from_disk ? FAULT_FILE : FAULT_CACHED;
		fault->major = from_disk;
	}
	if (region->flags & RF_SHARED) {
		if (fault->access == PROT_WRITE && mapping->ops->reserve_page &&
		    (error = mapping->ops->reserve_page(mapping, page)) != 0) {
			page_put(page);
			return no_page(fault, error);
		}
	} else if (fault->access == PROT_WRITE || has_tail(region, fault->va)) {
		return private_copy(fault, region, page);
	}
	return page;
}

/* The page that a store finds write-protected: made ours, or copied.  Pinned. */
static struct page *own_page(struct fault *fault, const struct region *region, struct page *page)
{
	int error;

	page_pin(page);
	fault->kind = FAULT_COW;
	if (region->flags & RF_SHARED) { /* the first store to a page of a shared mapping */
		fault->kind = FAULT_AD;
		error = region->mapping->ops->reserve_page
				? region->mapping->ops->reserve_page(region->mapping, page)
				: 0;
		if (!error)
			return page;
		page_put(page);
		return no_page(fault, error);
	}
	if ((page->flags & PAGE_ANON) && page->sharers == 1) {
		page_drop_slot(page); /* sleeps if the disk is at it */
		if (page->sharers == 1 && !page->mapping)
			return page;
	}
	page = private_copy(fault, region, page);
	if (page)
		COUNT.cow_copies++;
	return page;
}

/* The page that belongs at fault->va, pinned; sleeps.  NULL: fault->reason says why. */
static struct page *fault_page(struct fault *fault, const struct region *region, u64 pte)
{
	struct page *page;
	int error;

	if (pte_has_frame(pte))
		return own_page(fault, region, pa_page(pte_pa(pte)));
	if (pte_is_swap(pte)) {
		fault->kind = FAULT_SWAP;
		fault->slot = pte_slot(pte);
		page = page_get(&swap_mapping, fault->slot, &error, &fault->major);
		return page ? page : no_page(fault, error);
	}
	if (region->mapping)
		return file_page(fault, region);
	fault->kind = FAULT_ZERO;
	page = anon_page(fault, region);
	if (page)
		frame_zero(page);
	return page;
}

static u64 flags_for(const struct fault *fault, const struct region *region, struct page *page,
		     u64 old)
{
	u64 flags = pte_flags(region->prot);
	u32 own_slot = pte_is_swap(old) ? 2 : 1; /* references when nobody else has the slot */

	if (region->flags & RF_SHARED) {
		if (fault->access != PROT_WRITE && !page->block)
			flags &= ~PTE_W; /* the first store must reserve a block */
	} else if (!(page->flags & PAGE_ANON) || page->sharers > (pte_has_frame(old) ? 1 : 0) ||
		   (page->mapping && slot_refs((u32)page->index) > own_slot)) {
		flags &= ~PTE_W;
	}
	if (fault->access == PROT_WRITE && (flags & PTE_W))
		flags |= PTE_D;
	return flags;
}

/* Put the page there.  False: no memory for the reverse map. */
static bool install(struct fault *fault, const struct region *region, u64 *pte, struct page *page)
{
	struct mm *mm = current->mm;
	u64 va = PAGE_DOWN(fault->va), flags = flags_for(fault, region, page, *pte);

	if (pte_has_frame(*pte) && pa_page(pte_pa(*pte)) == page) {
		*pte = pte_make(page_pa(page), flags);
		fence_page(mm, va);
	} else {
		if (pte_has_frame(*pte))
			pte_unmap(mm, va, pte, 0);
		if (!pte_map(mm, va, pte, page, flags))
			return false;
	}
	if (!(page->flags & PAGE_POLICY) && (page->flags & PAGE_ANON))
		page_enter_policy(page);
	if (flags & PTE_D) /* its copy in swap, if any, is stale from now on */
		page_drop_slot(page);
	hold_page(page);
	page_touch(page);
	fault->frame = (u32)(page - frames);
	return true;
}

/* The PTE is there and permits the access: A or D was wanted, or nothing at all. */
static void set_ad(struct fault *fault, u64 *pte)
{
	u64 wanted = PTE_A | (fault->access == PROT_WRITE ? PTE_D : 0);

	fault->kind = (*pte & wanted) == wanted ? FAULT_SPURIOUS : FAULT_AD;
	*pte |= wanted;
	fault->frame = (u32)(pa_page(pte_pa(*pte)) - frames);
	fence_page(current->mm, fault->va);
}

/* Memory for a table or a reverse-map node is wanted: anything to be had? */
static bool make_room(struct fault *fault)
{
	if (current->killed) {
		fault->reason = REASON_NO_MEMORY;
		return false;
	}
	if (reclaim_one() == RECLAIM_NOTHING && starving())
		reclaim_pause();
	return true;
}

#define TRIES_MAX 5000 /* some seconds */

/* Everything was pinned.  It may be that frames come, but never as many at once as this fault needs. */
static void try_again(u32 tries)
{
	reclaim_pause();
	if (tries % TRIES_MAX == 0)
		oom_kill();
}

bool fault_handle(struct fault *fault)
{
	struct mm *mm = current->mm;
	u32 tries = 0;

	for (;;) {
		struct region *region = fault_region(fault);
		struct page *page;
		u32 version = mm->version;
		u64 *pte, old;
		bool done;

		if (!region)
			return false;
		pte = pte_create(mm, fault->va);
		if (!pte) {
			if (!make_room(fault))
				return false;
			continue;
		}
		old = *pte;
		if ((old & PTE_V) && pte_permits(old, fault->access)) {
			set_ad(fault, pte);
			return true;
		}
		page = fault_page(fault, region, old);
		if (!page && fault->reason)
			return false;
		if (!page) { /* somebody else has changed the PTE, or everything is pinned */
			if (current->fault_again)
				try_again(++tries);
			current->fault_again = false;
			continue;
		}
		if (mm->version != version || *pte != old) { /* while we slept */
			page_put(page);
			continue;
		}
		done = install(fault, region, pte, page);
		page_put(page);
		if (done)
			return true;
		if (!make_room(fault))
			return false;
	}
}

struct page *mm_page_for_exec(struct mm *mm, u64 va)
{
	for (;;) {
		u64 *pte = pte_create(mm, va);
		struct page *page;
		int error;

		if (!pte) {
			if (current->killed || reclaim_one() == RECLAIM_NOTHING)
				return NULL;
			continue;
		}
		if (pte_has_frame(*pte)) {
			page = pa_page(pte_pa(*pte));
			page_pin(page);
			page_set_dirty(page);
			return page;
		}
		if (pte_is_swap(*pte)) {
			page = page_get(&swap_mapping, pte_slot(*pte), &error, NULL);
		} else {
			page = frame_get(FRAME_STACK);
			if (page) {
				page->flags |= PAGE_ANON;
				frame_zero(page);
				faultline_introspect.exec_filled++;
			}
		}
		if (!page)
			return NULL;
		if (!pte_map(mm, PAGE_DOWN(va), pte, page,
			     pte_flags(PROT_READ | PROT_WRITE) | PTE_D)) {
			page_put(page);
			return NULL;
		}
		if (!(page->flags & PAGE_POLICY))
			page_enter_policy(page);
		page_drop_slot(page);
		page_set_dirty(page);
		return page;
	}
}
