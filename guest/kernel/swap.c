/*
 * Swap: a raw disk of page-sized slots.  A slot is referenced by every PTE that names it and by the
 * cached page that holds its contents; it is free at zero.
 */
#include "mm.h"
#include "reclaim.h"

#define CHUNK	 (PAGE_SIZE / sizeof(u16)) /* slots whose counts fill a page */
#define CHUNKS	 512			   /* 4 GiB of swap */
#define REFS_MAX UINT16_MAX

static u16 **counts; /* a page of pointers to pages of counts */
static u64 slots, used;
static u32 cursor;

static u16 *refs_of(u32 slot)
{
	return &counts[slot / CHUNK][slot % CHUNK];
}

static int swap_read_page(struct mapping *mapping, struct page *page)
{
	(void)mapping;
	COUNT.swap_reads++;
	return blk_rw(swap_disk, page->index, page_pa(page), false);
}

int swap_read_cluster(u32 first, const u64 *pa, u32 count)
{
	COUNT.swap_reads += count;
	return blk_read_cluster(swap_disk, first, pa, count);
}

static int swap_write_page(struct mapping *mapping, struct page *page)
{
	(void)mapping;
	COUNT.swap_writes++;
	return blk_rw(swap_disk, page->index, page_pa(page), true);
}

static const struct mapping_ops swap_ops = { swap_read_page, swap_write_page, NULL };
struct mapping swap_mapping;

/* The counts are made now, because reclaim never allocates; of a swap that is too big for this RAM
 * only a part is used. */
void swap_init(void)
{
	u64 wanted, limit = nframes / 16 + 1;

	mapping_init(&swap_mapping, &swap_ops, 0, NULL);
	if (!swap_disk || param_number(PARAM_noswap))
		return;
	wanted = min_u64(swap_disk->blocks, UINT32_MAX - 1);
	counts = kpage_alloc();
	for (u64 i = 0; counts && i < CHUNKS && i < limit && i * CHUNK < wanted; i++) {
		counts[i] = kpage_alloc();
		if (!counts[i])
			break;
		slots = min_u64((i + 1) * CHUNK, wanted);
	}
	if (slots < wanted)
		printk("swap: %lu of %lu slots used: the table of slots is limited by RAM", slots,
		       wanted);
	COUNT.swap_slots = slots;
	faultline_introspect.fixed_bytes += (slots * 2 + PAGE_SIZE - 1) / PAGE_SIZE * PAGE_SIZE;
}

bool swap_has_room(void)
{
	return used < slots;
}

u32 swap_alloc(void)
{
	for (u64 n = 0; used < slots && n < slots; n++) {
		u32 slot = cursor;

		cursor = cursor + 1 < slots ? cursor + 1 : 0;
		if (!*refs_of(slot)) {
			*refs_of(slot) = 1;
			COUNT.swap_used = ++used;
			return slot;
		}
	}
	return NO_SLOT;
}

bool slot_get(u32 slot)
{
	u16 *refs = refs_of(slot);

	ASSERT(slot < slots && *refs);
	if (*refs == REFS_MAX)
		return false;
	++*refs;
	return true;
}

void slot_put(u32 slot)
{
	u16 *refs = refs_of(slot);

	ASSERT(slot < slots && *refs);
	if (--*refs == 0) {
		COUNT.swap_used = --used;
		introspect_tell(TOLD_SLOT_FREE, NULL, slot);
	}
}

u32 slot_refs(u32 slot)
{
	return *refs_of(slot);
}

u64 swap_pages_total(void)
{
	return slots;
}

u64 swap_pages_used(void)
{
	return used;
}

/* Only the cached page refers to its slot any more: it may be given up.  The page then is dirty. */
void page_drop_slot(struct page *page)
{
	if (page->mapping != &swap_mapping || slot_refs((u32)page->index) != 1)
		return;
	while (page->flags & PAGE_IO)
		sleep_on(page, false);
	if (page->mapping != &swap_mapping || slot_refs((u32)page->index) != 1)
		return;
	cache_remove(page);
	page_set_dirty(page);
}

/* Swap is full: resident pages give up slots that nobody else needs. */
bool swap_free_stale(void)
{
	bool freed = false;

	for (u64 i = 0; i < nframes; i++) {
		struct page *page = &frames[i];

		if (page->mapping == &swap_mapping && page->sharers && !(page->flags & PAGE_IO) &&
		    slot_refs((u32)page->index) == 1 && page_is_dirty(page)) {
			page_drop_slot(page);
			freed = true;
		}
	}
	return freed;
}

/* All references that exist are `expected`, but for those of shared memory and of calls in progress. */
void swap_check(u64 expected)
{
	u64 sum = 0, in_use = 0;

	for (u64 i = 0; i < slots; i++) {
		sum += *refs_of((u32)i);
		in_use += *refs_of((u32)i) != 0;
	}
	if (in_use != used)
		panic("check: %lu slots in use, the count says %lu", in_use, used);
	if (sum != expected + shm_slots)
		panic("check: %lu references of slots, %lu holders (%lu of shared memory)", sum,
		      expected, shm_slots);
}
