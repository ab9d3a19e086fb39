/*
 * What the files page_store*.c share: a store's parts, and the pages beneath the layer.
 */
#ifndef DEVICES_PAGE_STORE_PRIVATE_H
#define DEVICES_PAGE_STORE_PRIVATE_H

#include "devices/page_map.h"
#include "devices/page_store.h"

#define PAGE	PAGE_STORE_PAGE_BYTES
#define SECTOR	512
#define LOG_MAX 16384 /* unflushed writes remembered: beyond, a real cache writes back too */

struct record {
	uint64_t page;
	const uint8_t *data; /* made by page_copy */
};
struct record_list {
	struct record *record;
	size_t count, capacity;
};
struct checkpoint {
	uint64_t id;
	size_t undo_start; /* records of st->undo made since this checkpoint begin here */
};

struct page_store {
	int fd;
	enum page_store_mode mode;
	bool sync_host;
	uint64_t bytes;
	struct page_map overlay; /* PAGE_STORE_SNAPSHOT: the pages written */

	/* The power-cut model: the writes since the last flush in order, and what each page that
	 * they touched held before. */
	bool model_cache;
	struct record_list log;
	struct page_map flushed;

	/* Checkpoints: what each page held before its first write since the latest checkpoint. */
	struct checkpoint *checkpoint;
	size_t checkpoints;
	uint64_t next_checkpoint;
	struct record_list undo;
	struct page_map undone; /* pages recorded since the latest checkpoint */
};

/* Contents kept in memory: pages of zeros are many and cost nothing.  NULL: out of memory. */
extern const uint8_t page_store_zeros[PAGE];
const uint8_t *page_store_copy(const uint8_t *data);
void page_store_free(const uint8_t *data);
bool page_store_record(struct record_list *list, uint64_t page, const uint8_t *data);
void page_store_map_free(struct page_map *map);

/* A page as the guest sees it; and to where writes go in this mode, unrecorded. */
int page_store_get(const struct page_store *st, uint64_t page, uint8_t data[PAGE]);
int page_store_put(struct page_store *st, uint64_t page, const uint8_t data[PAGE]);
int page_store_file_zero(struct page_store *st, uint64_t offset, uint64_t bytes);

void page_store_log_clear(struct page_store *st);

#endif
