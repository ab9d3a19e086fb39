/*
 * A map from page number to a page's contents or to a number: what page_store keeps its pages in.
 * Open addressing; knows nothing of disks.
 */
#ifndef DEVICES_PAGE_MAP_H
#define DEVICES_PAGE_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct page_map_entry {
	uint64_t page; /* UINT64_MAX: free */
	union {
		const uint8_t *data;
		uint64_t number;
	};
};
struct page_map {
	struct page_map_entry *entry;
	size_t capacity, count; /* capacity: 0 or a power of two */
};

/* The entry of that page, or NULL.  Valid until the next insertion. */
struct page_map_entry *page_map_find(const struct page_map *map, uint64_t page);
/* The same, made if need be with data NULL and number 0; NULL: out of memory. */
struct page_map_entry *page_map_insert(struct page_map *map, uint64_t page);
/* Forget all entries (what they point at is the caller's). */
void page_map_clear(struct page_map *map);

#endif
