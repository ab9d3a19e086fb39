/*
 * check=1: every table is verified against the others, and a mismatch is a panic.
 */
#include "mm.h"
#include "signal.h"

static u64 counted_sharers, counted_swap;

struct tally {
	u64 resident, swapped;
};

static void tally_pte(struct mm *mm, u64 va, u64 *pte, void *arg)
{
	struct tally *tally = arg;
	struct page *page;
	bool listed = false;

	if (pte_is_swap(*pte)) {
		tally->swapped++;
		counted_swap++;
		if (!slot_refs(pte_slot(*pte)))
			panic("check: pid %u va %lx names free slot %u", mm->owner_pid, va,
			      pte_slot(*pte));
		return;
	}
	if (!pte_has_frame(*pte))
		panic("check: pid %u va %lx has an odd entry %lx", mm->owner_pid, va, *pte);
	tally->resident++;
	counted_sharers++;
	page = pa_page(pte_pa(*pte));
	for (struct rmap_node *node = &page->rmap; node && node->mm; node = node->next)
		listed |= node->mm == mm && node->va == va;
	if (!listed)
		panic("check: pid %u va %lx frame %lu is not in the reverse map", mm->owner_pid, va,
		      (u64)(page - frames));
	if (page->frame_class < FRAME_ANON)
		panic("check: pid %u va %lx maps a frame of class %u", mm->owner_pid, va,
		      page->frame_class);
	if ((*pte & PTE_V) && !(*pte & PTE_U))
		panic("check: pid %u va %lx lacks U", mm->owner_pid, va);
	if ((*pte & PTE_W) && (*pte & PTE_V) && (page->flags & PAGE_ANON) &&
	    (page->sharers > 1 || (page->mapping && slot_refs((u32)page->index) > 1)))
		panic("check: pid %u va %lx may write to a shared page", mm->owner_pid, va);
}

static void check_mm(struct mm *mm)
{
	struct tally tally = { 0, 0 };
	u64 end = 0, pages = 0;

	for (struct region *r = mm->regions; r; r = r->next) {
		if (r->start < end || r->end <= r->start)
			panic("check: pid %u regions overlap at %lx", mm->owner_pid, r->start);
		end = r->end;
		pages += (r->end - r->start) / PAGE_SIZE;
		pte_each(mm, r->start, r->end, tally_pte, &tally);
	}
	if (pages != mm->total_pages)
		panic("check: pid %u has %lu pages of regions, not %lu", mm->owner_pid, pages,
		      mm->total_pages);
	if (tally.resident != mm->resident || tally.swapped != mm->swapped)
		panic("check: pid %u maps %lu resident, %lu swapped; counts say %lu and %lu",
		      mm->owner_pid, tally.resident, tally.swapped, mm->resident, mm->swapped);
}

static bool seen_before(const struct proc *proc)
{
	for (struct proc *p = proc_next(NULL); p != proc; p = proc_next(p))
		if (p->mm == proc->mm)
			return true;
	return false;
}

static u64 check_page(struct page *page)
{
	u64 n = 0;

	for (struct rmap_node *node = &page->rmap; node && node->mm; node = node->next) {
		u64 *pte = pte_find(node->mm, node->va);

		if (!pte || !pte_has_frame(*pte) || pa_page(pte_pa(*pte)) != page)
			panic("check: frame %lu: reverse map names %lx, which does not name it",
			      (u64)(page - frames), node->va);
		n++;
	}
	if (n != page->sharers)
		panic("check: frame %lu has %lu PTEs, not %u", (u64)(page - frames), n,
		      page->sharers);
	if (page->mapping && page->frame_class >= FRAME_ANON &&
	    cache_lookup(page->mapping, page->index) != page)
		panic("check: frame %lu is not found in the cache", (u64)(page - frames));
	return n;
}

void check_tables(void)
{
	u64 sharers = 0, capped = 0, free = 0, slots = 0, mapped = 0;
	static u32 calls;

	if (check_interval > 1 && ++calls % check_interval)
		return;
	counted_sharers = counted_swap = 0;
	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc)) {
		if (proc->new_mm)
			check_mm(proc->new_mm);
		if (proc->mm && !seen_before(proc))
			check_mm(proc->mm);
	}
	for (u64 i = 0; i < nframes; i++) {
		struct page *page = &frames[i];

		capped += (page->flags & PAGE_CAPPED) != 0;
		free += page->frame_class == FRAME_FREE;
		if (page->frame_class < FRAME_ANON)
			continue;
		sharers += check_page(page);
		mapped += page->sharers != 0;
		slots += page->mapping == &swap_mapping;
	}
	if (capped != frames_capped || free != frames_free || mapped != COUNT.user_mapped)
		panic("check: %lu capped, %lu free, %lu mapped frames; counts say %lu, %lu, %lu",
		      capped, free, mapped, frames_capped, frames_free, COUNT.user_mapped);
	if (sharers != counted_sharers)
		panic("check: %lu PTEs name frames, the frames know %lu", counted_sharers, sharers);
	swap_check(counted_swap + slots);
}
