/*
 * The one page cache: pages of files, of disks (metadata), and of swap slots, found by (mapping, index).
 */
#include "background.h"
#include "mm.h"

static u32 *buckets; /* frame number + 1 */
static u32 bucket_mask;
static u32 next_mapping_id = 1;

void cache_init(void)
{
	u32 count = 64;

	while (count < nframes / 2)
		count *= 2;
	buckets = early_alloc(count * sizeof(*buckets));
	bucket_mask = count - 1;
}

void mapping_init(struct mapping *mapping, const struct mapping_ops *ops, u32 inode, void *owner)
{
	memset(mapping, 0, sizeof(*mapping));
	mapping->ops = ops;
	mapping->inode = inode;
	mapping->owner = owner;
	mapping->id = next_mapping_id++;
}

static u32 *bucket(const struct mapping *mapping, u64 index)
{
	u64 h = (index + mapping->id * 0x9e3779b1ul) * 0x9e3779b97f4a7c15ul;

	return &buckets[(h >> 32) & bucket_mask];
}

struct page *cache_lookup(struct mapping *mapping, u64 index)
{
	struct page *page = number_page(*bucket(mapping, index));

	while (page && (page->mapping != mapping || page->index != index))
		page = number_page(page->hash_next);
	return page;
}

/* Swap's cached pages hold a reference of their slot, which the caller gives. */
void cache_insert(struct page *page, struct mapping *mapping, u64 index)
{
	u32 *head = bucket(mapping, index);

	page->mapping = mapping;
	page->index = index;
	page->hash_next = *head;
	*head = page_number(page);
	page->map_prev = 0;
	page->map_next = page_number(mapping->pages);
	if (mapping->pages)
		mapping->pages->map_prev = page_number(page);
	mapping->pages = page;
	mapping->npages++;
	mapping->last = max_u64(mapping->last, index);
	introspect_page(page);
}

static void page_clear_dirty(struct page *page)
{
	if (!(page->flags & PAGE_DIRTY))
		return;
	page->flags &= (u8)~PAGE_DIRTY;
	if (!(page->flags & PAGE_ANON) && page->mapping)
		frames_dirty--;
	introspect_flags(page);
}

void cache_remove(struct page *page)
{
	struct mapping *mapping = page->mapping;
	u32 *link = bucket(mapping, page->index);

	while (*link != page_number(page))
		link = &number_page(*link)->hash_next;
	*link = page->hash_next;
	if (page->map_next)
		number_page(page->map_next)->map_prev = page->map_prev;
	if (page->map_prev)
		number_page(page->map_prev)->map_next = page->map_next;
	else
		mapping->pages = number_page(page->map_next);
	mapping->npages--;
	if (!(page->flags & PAGE_ANON))
		page_clear_dirty(page);
	page->mapping = NULL;
	if (mapping == &swap_mapping)
		slot_put((u32)page->index);
	introspect_page(page);
}

void page_pin(struct page *page)
{
	if (!page->pins++)
		introspect_flags(page);
}

void page_put(struct page *page)
{
	ASSERT(page->pins);
	if (--page->pins)
		return;
	introspect_flags(page);
	page_unused(page);
}

/* Gone when no PTE names it, nobody is at work on it, and no file or swap entry can ask for it. */
void page_unused(struct page *page)
{
	if (page->sharers || page->pins)
		return;
	if (page->mapping && page->mapping != &swap_mapping)
		return;
	if (page->mapping && slot_refs((u32)page->index) > 1)
		return;
	page_leave_policy(page);
	if (page->mapping)
		cache_remove(page);
	frame_release(page);
}

/* Until it is no longer loading: sleeps. */
static void page_wait(struct page *page)
{
	while (page->flags & PAGE_LOADING)
		sleep_on(page, false);
}

u32 cache_claim(struct mapping *mapping, u64 index, struct page **pages, u32 count)
{
	bool swap = mapping == &swap_mapping;
	u32 got = 0, n = 0;

	/* All frames first: getting them sleeps, and what is loading may be waited for. */
	while (got < count && (pages[got] = frame_get(swap ? FRAME_ANON : FRAME_CACHE)) != NULL)
		got++;
	while (n < got && cache_lookup(mapping, index)) {
		page_put(pages[--got]);
		index++; /* the first ones have come meanwhile */
	}
	while (n < got && !cache_lookup(mapping, index + n) &&
	       (!swap || (slot_refs((u32)(index + n)) && slot_get((u32)(index + n))))) {
		pages[n]->flags |= (swap ? PAGE_ANON : 0) | PAGE_LOADING | PAGE_IO;
		cache_insert(pages[n], mapping, index + n);
		page_enter_policy(pages[n]);
		n++;
	}
	while (got > n)
		page_put(pages[--got]);
	return n;
}

/* A new page for (mapping, index), pinned, or the one that somebody else entered while we slept. */
static struct page *cache_new(struct mapping *mapping, u64 index, bool *is_new, int *error)
{
	bool swap = mapping == &swap_mapping;
	struct page *page = frame_get(swap		 ? FRAME_ANON
				      : mapping->swapped ? FRAME_SHM
							 : FRAME_CACHE),
		    *other;

	*is_new = false;
	if (!page) {
		*error = -ENOMEM;
		return NULL;
	}
	other = cache_lookup(mapping, index);
	if (!other && swap &&
	    !slot_refs((u32)index)) { /* another thread has had the page, and the slot is free */
		page_put(page);
		*error = -EAGAIN;
		return NULL;
	}
	if (other || (swap && !slot_get((u32)index))) {
		page_put(page);
		if (!other) {
			*error = -ENOMEM;
			return NULL;
		}
		page_pin(other);
		return other;
	}
	if (swap)
		page->flags |= PAGE_ANON;
	cache_insert(page, mapping, index);
	page_enter_policy(page);
	*is_new = true;
	return page;
}

void page_filled(struct page *page, int error)
{
	page->flags &= (u8) ~(PAGE_LOADING | PAGE_IO);
	introspect_flags(page);
	if (error && page->mapping) { /* forget it: the next one tries again */
		page_leave_policy(page);
		cache_remove(page);
	}
	wakeup(page);
}

static int fill(struct mapping *mapping, struct page *page)
{
	int error;

	page->flags |= PAGE_LOADING | PAGE_IO;
	introspect_flags(page);
	introspect_tell(TOLD_FILL, page, 0);
	error = mapping->ops->read_page(mapping, page);
	introspect_tell(TOLD_FILLED, page, 0);
	page_filled(page, error);
	return error;
}

struct page *page_get(struct mapping *mapping, u64 index, int *error, bool *from_disk)
{
	struct page *page;
	bool is_new;

	*error = 0;
	for (;;) {
		page = cache_lookup(mapping, index);
		if (page) {
			page_pin(page);
		} else {
			page = cache_new(mapping, index, &is_new, error);
			if (!page)
				return NULL;
			if (is_new) {
				*error = fill(mapping, page);
				if (from_disk)
					*from_disk = true;
				if (!*error)
					readahead_after(mapping, index);
				break;
			}
		}
		if (page->flags & PAGE_LOADING) {
			page_wait(page);
			if (from_disk)
				*from_disk = true;
		}
		if (page->mapping == mapping && page->index == index)
			break;
		page_put(page); /* truncated or failed while we waited */
	}
	if (*error) {
		page_put(page);
		return NULL;
	}
	page_touch(page);
	return page;
}

struct page *page_make(struct mapping *mapping, u64 index, int *error)
{
	struct page *page;
	bool is_new = false;

	*error = 0;
	for (;;) {
		page = cache_lookup(mapping, index);
		if (page)
			page_pin(page);
		else
			page = cache_new(mapping, index, &is_new, error);
		if (!page)
			return NULL;
		if (is_new)
			frame_zero(page);
		page_wait(page);
		if (page->mapping == mapping && page->index == index)
			return page;
		page_put(page);
	}
}

void *page_data(struct page *page)
{
	return pa_va(page_pa(page));
}

u64 page_index(const struct page *page)
{
	return page->index;
}

u32 page_block(const struct page *page)
{
	return page->block;
}

void page_set_block(struct page *page, u32 block)
{
	page->block = block;
}

void page_set_dirty(struct page *page)
{
	if (page->flags & PAGE_DIRTY)
		return;
	page->flags |= PAGE_DIRTY;
	introspect_tell(TOLD_DIRTY, page, 0);
	if (!(page->flags & PAGE_ANON) && page->mapping)
		frames_dirty++;
	introspect_flags(page);
}

bool page_is_dirty(struct page *page)
{
	if (page->flags & PAGE_DIRTY)
		return true;
	for (struct rmap_node *node = &page->rmap; node && node->mm; node = node->next)
		if (*pte_find(node->mm, node->va) & PTE_D)
			return true;
	return false;
}

/* Before a write-back starts: D of every PTE becomes the page's, so that a store during the write makes
 * it dirty again. */
static void collect_dirty(struct page *page)
{
	for (struct rmap_node *node = &page->rmap; node && node->mm; node = node->next) {
		u64 *pte = pte_find(node->mm, node->va);

		if (*pte & PTE_D) {
			*pte &= ~PTE_D;
			fence_page(node->mm, node->va);
			page_set_dirty(page);
		}
	}
}

int page_write(struct page *page)
{
	struct mapping *mapping = page->mapping;
	int error;

	while (page->flags & PAGE_IO)
		sleep_on(page, false);
	collect_dirty(page);
	if (page->mapping != mapping || !(page->flags & PAGE_DIRTY))
		return 0;
	page_clear_dirty(page);
	page->flags |= PAGE_IO;
	introspect_flags(page);
	error = mapping->ops->write_page(mapping, page);
	page->flags &= (u8)~PAGE_IO;
	introspect_flags(page);
	if (error) {
		mapping->error = error;
		if (page->flags & PAGE_ANON ||
		    mapping->swapped) { /* nowhere else to go: it stays in RAM */
			page_set_dirty(page);
			page->block = UINT32_MAX;
		}
	}
	wakeup(page);
	return error;
}

int page_sync(struct page *page)
{
	int error;

	if (!page->mapping || !page->mapping->ops->write_page)
		return 0;
	page_pin(page);
	error = page_write(page);
	page_put(page);
	return error;
}

/* Its cached page with the lowest index that is at least `from`. */
static struct page *mapping_at_or_after(struct mapping *mapping, u64 from)
{
	struct page *best = NULL;

	/* To look at each index costs less than to look at all pages once for each of them. */
	if (mapping->last + 1 - from <= (mapping->npages + 64) * mapping->npages / 8 + 64) {
		for (u64 i = from; i <= mapping->last && !best; i++)
			best = cache_lookup(mapping, i);
		return best;
	}
	for (struct page *page = mapping->pages; page; page = number_page(page->map_next))
		if (page->index >= from && (!best || page->index < best->index))
			best = page;
	return best;
}

int mapping_sync(struct mapping *mapping)
{
	u64 from = 0;
	struct page *page;
	int error;

	while (mapping->npages && from <= mapping->last &&
	       (page = mapping_at_or_after(mapping, from)) != NULL) {
		from = page->index + 1;
		if (page_is_dirty(page))
			page_sync(page);
	}
	error = mapping->error;
	mapping->error = 0;
	return error;
}

/* The page is no longer the file's: out of all page tables and the cache. */
static void page_discard(struct page *page)
{
	page_pin(page);
	while (page->flags & PAGE_IO)
		sleep_on(page, false);
	while (page->rmap.mm)
		pte_unmap(page->rmap.mm, page->rmap.va, pte_find(page->rmap.mm, page->rmap.va), 0);
	if (page->mapping) {
		page_leave_policy(page);
		cache_remove(page);
	}
	page_put(page);
}

void mapping_truncate(struct mapping *mapping, u64 from)
{
	struct page *page;
	u64 at = from;

	while (mapping->npages && from <= mapping->last) {
		page = mapping_at_or_after(mapping, at);
		if (!page && at == from)
			break;
		at = page ? page->index + 1 : from; /* discarding may sleep: then look again */
		if (page)
			page_discard(page);
	}
	mapping->last = from ? min_u64(mapping->last, from - 1) : 0;
}
