#include "devices/page_map.h"

#include <stdlib.h>

#define FREE UINT64_MAX

static size_t slot_of(const struct page_map *map, uint64_t page)
{
	size_t at = (size_t)(page * UINT64_C(0x9e3779b97f4a7c15) >> 20) & (map->capacity - 1);

	while (map->entry[at].page != FREE && map->entry[at].page != page)
		at = (at + 1) & (map->capacity - 1);
	return at;
}

struct page_map_entry *page_map_find(const struct page_map *map, uint64_t page)
{
	struct page_map_entry *entry;

	if (!map->count)
		return NULL;
	entry = &map->entry[slot_of(map, page)];
	return entry->page == page ? entry : NULL;
}

static bool grow(struct page_map *map)
{
	struct page_map bigger = { .capacity = map->capacity ? map->capacity * 2 : 64,
				   .count = map->count };

	bigger.entry = malloc(bigger.capacity * sizeof(bigger.entry[0]));
	if (!bigger.entry)
		return false;
	for (size_t i = 0; i < bigger.capacity; i++)
		bigger.entry[i] = (struct page_map_entry){ .page = FREE };
	for (size_t i = 0; i < map->capacity; i++)
		if (map->entry[i].page != FREE)
			bigger.entry[slot_of(&bigger, map->entry[i].page)] = map->entry[i];
	free(map->entry);
	*map = bigger;
	return true;
}

struct page_map_entry *page_map_insert(struct page_map *map, uint64_t page)
{
	struct page_map_entry *entry;

	if (map->count * 2 >= map->capacity && !grow(map))
		return NULL;
	entry = &map->entry[slot_of(map, page)];
	if (entry->page == FREE) {
		*entry = (struct page_map_entry){ .page = page };
		map->count++;
	}
	return entry;
}

void page_map_clear(struct page_map *map)
{
	free(map->entry);
	*map = (struct page_map){ 0 };
}
