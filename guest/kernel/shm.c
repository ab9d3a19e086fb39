/*
 * Pages with no file behind them that processes share: shared anonymous memory and tmpfs.  They live in
 * the page cache like a file's; evicted, they go to swap slots that the mapping remembers by index.
 */
#include "mm.h"
#include "reclaim.h"

#define PER_PAGE  (PAGE_SIZE / sizeof(u32))
#define DIRECTORY (PAGE_SIZE / sizeof(u32 *))
#define STORED	  UINT32_MAX
u64 shm_slots;
/* An entry is slot + 1; 0: never stored to; STORED: never evicted. */

static u32 *slot_entry(struct mapping *mapping, u64 index)
{
	u64 table = index / PER_PAGE;

	if (!mapping->slots || table >= DIRECTORY || !mapping->slots[table])
		return NULL;
	return &mapping->slots[table][index % PER_PAGE];
}

static bool has_slot(const u32 *entry)
{
	return entry && *entry && *entry != STORED;
}

static int shm_read_page(struct mapping *mapping, struct page *page)
{
	u32 *entry = slot_entry(mapping, page->index);

	if (!has_slot(entry)) {
		frame_zero(page);
		return 0;
	}
	COUNT.swap_reads++;
	return blk_rw(swap_disk, *entry - 1, page_pa(page), false);
}

static int shm_write_page(struct mapping *mapping, struct page *page)
{
	u32 *entry = slot_entry(mapping, page->index);

	if (!entry)
		return -ENOSPC;
	if (!has_slot(entry)) {
		u32 slot = swap_alloc();

		if (slot == NO_SLOT)
			return -ENOSPC;
		mapping->stored += !*entry;
		*entry = slot + 1;
		shm_slots++;
	}
	COUNT.swap_writes++;
	return blk_rw(swap_disk, *entry - 1, page_pa(page), true);
}

/* The table entry must exist before the first store: eviction allocates no memory. */
static int shm_reserve_page(struct mapping *mapping, struct page *page)
{
	u64 table = page->index / PER_PAGE;
	u32 *entry;

	if (table >= DIRECTORY)
		return -ENOSPC;
	if (!mapping->slots)
		mapping->slots = kpage_alloc();
	if (mapping->slots && !mapping->slots[table])
		mapping->slots[table] = kpage_alloc();
	if (!mapping->slots || !mapping->slots[table])
		return -ENOSPC;
	entry = slot_entry(mapping, page->index);
	if (!*entry) {
		*entry = STORED;
		mapping->stored++;
	}
	page->block = 1;
	return 0;
}

static const struct mapping_ops shm_ops = { shm_read_page, shm_write_page, shm_reserve_page };

void shm_init(struct mapping *mapping, u32 inode, void *owner)
{
	mapping_init(mapping, &shm_ops, inode, owner);
	mapping->swapped = true;
}

bool shm_has_slot(struct mapping *mapping, u64 index)
{
	return has_slot(slot_entry(mapping, index));
}

/* Has this page somewhere to go? */
bool shm_evictable(struct mapping *mapping, const struct page *page)
{
	u32 *entry = slot_entry(mapping, page->index);

	return entry && (has_slot(entry) || swap_has_room());
}

void shm_truncate(struct mapping *mapping, u64 from)
{
	mapping_truncate(mapping, from);
	for (u64 table = from / PER_PAGE; mapping->slots && table < DIRECTORY; table++) {
		for (u64 i = 0; mapping->slots[table] && i < PER_PAGE; i++) {
			u32 *entry = &mapping->slots[table][i];

			if (table * PER_PAGE + i < from || !*entry)
				continue;
			if (has_slot(entry)) {
				slot_put(*entry - 1);
				shm_slots--;
			}
			*entry = 0;
			mapping->stored--;
		}
	}
}

void shm_destroy(struct mapping *mapping)
{
	shm_truncate(mapping, 0);
	for (u64 table = 0; mapping->slots && table < DIRECTORY; table++)
		kpage_free(mapping->slots[table]);
	kpage_free(mapping->slots);
	mapping->slots = NULL;
}
