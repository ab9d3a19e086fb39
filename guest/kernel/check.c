/*
 * check=N: every table is verified against the others, and a mismatch is a panic.
 */
#include "arch.h"
#include "mm.h"
#include "reclaim.h"
#include "signal.h"

#define PTES 512 /* entries of a table */

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

/* The tables of a process: how many there are.  The kernel's half is the kernel's own. */
static u64 check_root(const struct mm *mm)
{
	u64 tables = 1;

	for (u64 i = 0; i < PTES; i++) {
		const u64 *table;

		if (i >= PTES / 2 && mm->root[i] != kernel_root[i])
			panic("check: pid %u has a kernel half of its own at entry %lu",
			      mm->owner_pid, i);
		if (i >= PTES / 2 || !mm->root[i])
			continue;
		table = pa_va(pte_pa(mm->root[i]));
		tables++;
		for (u64 k = 0; k < PTES; k++)
			tables += table[k] != 0;
	}
	if (tables != mm->table_pages)
		panic("check: pid %u has %lu page tables, not %lu", mm->owner_pid, tables,
		      mm->table_pages);
	return tables;
}

/* Nothing that the kernel maps for itself may be seen by a user. */
static void check_kernel_map(const u64 *table, u32 level, u64 from)
{
	for (u64 i = from; i < PTES; i++) {
		if (!(table[i] & PTE_V))
			continue;
		if (table[i] & PTE_U)
			panic("check: the kernel's entry %lx of level %u has U", table[i], level);
		if (!(table[i] & (PTE_R | PTE_W | PTE_X)))
			check_kernel_map(pa_va(pte_pa(table[i])), level - 1, 0);
	}
}

static void check_spaces(u64 *tables)
{
	counted_sharers = counted_swap = 0;
	for (struct mm *mm = mm_next(NULL); mm; mm = mm_next(mm)) {
		check_mm(mm);
		*tables += check_root(mm);
	}
}

/* Of a frame with contents: whether anything still knows of it, and what the host is told of it. */
static void check_known(const struct page *page)
{
	const struct introspect_frame *told = introspect_frame(page);

	if (!page->sharers && !page->mapping && !page->pins && !(page->flags & PAGE_IO))
		panic("check: frame %lu of class %u is lost", (u64)(page - frames),
		      page->frame_class);
	if (told->sharers != page->sharers || told->frame_class != page->frame_class)
		panic("check: frame %lu is told as class %u with %u PTEs, not %u with %u",
		      (u64)(page - frames), told->frame_class, told->sharers, page->frame_class,
		      page->sharers);
}

static void check_counts(const u64 *classes, u64 tables)
{
	u64 anon = classes[FRAME_ANON] + classes[FRAME_STACK] + classes[FRAME_SHM];
	u64 file = classes[FRAME_TEXT] + classes[FRAME_FILE];

	if (classes[FRAME_PAGE_TABLE] != tables || COUNT.frames_page_table != tables)
		panic("check: %lu frames are page tables and %lu counted, %lu are in use",
		      classes[FRAME_PAGE_TABLE], COUNT.frames_page_table, tables);
	if (classes[FRAME_FREE] != frames_free || frames_on_free_list() != frames_free ||
	    COUNT.frames_free != frames_free)
		panic("check: %lu frames are free, %lu on the list; counts say %lu and %lu",
		      classes[FRAME_FREE], frames_on_free_list(), frames_free, COUNT.frames_free);
	if (anon != COUNT.frames_anon || file != COUNT.frames_file_mapped ||
	    classes[FRAME_CACHE] != COUNT.frames_cache)
		panic("check: %lu anonymous, %lu file, %lu cache frames; counts say %lu, %lu, %lu",
		      anon, file, classes[FRAME_CACHE], COUNT.frames_anon, COUNT.frames_file_mapped,
		      COUNT.frames_cache);
}

void check_tables_now(void)
{
	u64 sharers = 0, capped = 0, slots = 0, mapped = 0, tables = 0;
	u64 classes[FRAME_CLASS_COUNT] = { 0 };

	check_spaces(&tables);
	check_kernel_map(kernel_root, 2, PTES / 2);
	for (u64 i = 0; i < nframes; i++) {
		struct page *page = &frames[i];

		capped += (page->flags & PAGE_CAPPED) != 0;
		classes[page->frame_class]++;
		if (page->frame_class < FRAME_ANON)
			continue;
		check_known(page);
		sharers += check_page(page);
		mapped += page->sharers != 0;
		slots += page->mapping == &swap_mapping;
	}
	check_counts(classes, tables);
	if (capped != frames_capped || mapped != COUNT.user_mapped)
		panic("check: %lu capped, %lu mapped frames; counts say %lu, %lu", capped, mapped,
		      frames_capped, COUNT.user_mapped);
	if (sharers != counted_sharers)
		panic("check: %lu PTEs name frames, the frames know %lu", counted_sharers, sharers);
	swap_check(counted_swap + slots);
}

void check_tables(void)
{
	static u32 calls;

	if (++calls % check_interval == 0)
		check_tables_now();
}
