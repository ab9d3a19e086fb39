#define _GNU_SOURCE /* SEEK_DATA */
/* A store's contents as plain bytes, and back; and as one number. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices/page_store_private.h"

#define NO_PAGE UINT64_MAX

/* The first page from `page` on that the file has anything of: the rest is a hole. */
static uint64_t next_in_file(const struct page_store *st, uint64_t page)
{
	off_t at = lseek(st->fd, (off_t)(page * PAGE), SEEK_DATA);

	if (at < 0)
		return errno == ENXIO ? NO_PAGE : page; /* or the host knows no holes */
	return (uint64_t)at / PAGE > page ? (uint64_t)at / PAGE : page;
}

static int by_number(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;

	return x < y ? -1 : x > y;
}

/* The pages of a map, in order; `*n` of them.  NULL: none, or out of memory. */
static uint64_t *pages_of(const struct page_map *map, size_t *n)
{
	uint64_t *pages = map->count ? malloc(map->count * sizeof(*pages)) : NULL;

	*n = 0;
	for (size_t i = 0; pages && i < map->capacity; i++)
		if (map->entry[i].page != UINT64_MAX)
			pages[(*n)++] = map->entry[i].page;
	if (pages)
		qsort(pages, *n, sizeof(*pages), by_number);
	return pages;
}

/* ---- Out ---- */

static void put_page(struct state_out *out, uint64_t page, const uint8_t *data)
{
	state_put(out, &page, sizeof(page));
	state_put(out, data, PAGE);
}

static void save_map(const struct page_map *map, struct state_out *out)
{
	uint64_t end = NO_PAGE;
	size_t n;
	uint64_t *pages = pages_of(map, &n);

	if (map->count && !pages)
		out->failed = true;
	for (size_t i = 0; i < n; i++)
		put_page(out, pages[i], page_map_find(map, pages[i])->data);
	free(pages);
	state_put(out, &end, sizeof(end));
}

static void save_file(const struct page_store *st, struct state_out *out)
{
	uint64_t pages = (st->bytes + PAGE - 1) / PAGE, end = NO_PAGE;
	uint8_t data[PAGE];

	for (uint64_t page = 0; page < pages; page++) {
		page = next_in_file(st, page);
		if (page >= pages)
			break;
		if (page_store_get(st, page, data) != 0)
			out->failed = true;
		else if (memcmp(data, page_store_zeros, PAGE) != 0)
			put_page(out, page, data);
	}
	state_put(out, &end, sizeof(end));
}

void page_store_save(const struct page_store *st, struct state_out *out)
{
	uint64_t head[3] = { st->mode, st->bytes, st->log.count };

	state_put(out, head, sizeof(head));
	if (st->mode == PAGE_STORE_SNAPSHOT)
		save_map(&st->overlay, out);
	else if (st->mode == PAGE_STORE_WRITE_THROUGH)
		save_file(st, out);
	for (size_t i = 0; i < st->log.count; i++)
		put_page(out, st->log.record[i].page, st->log.record[i].data);
	save_map(&st->flushed, out);
}

/* ---- In ---- */

/* The next page of a list; false at its end, or if it is broken. */
static bool get_page(const struct page_store *st, struct state_in *in, uint64_t *page,
		     uint8_t data[PAGE])
{
	state_get(in, page, sizeof(*page));
	if (in->failed || *page == NO_PAGE)
		return false;
	state_get(in, data, PAGE);
	if (*page >= (st->bytes + PAGE - 1) / PAGE)
		in->failed = true;
	return !in->failed;
}

/* Zeros in [from, to), written only where there is anything else. */
static bool clear(struct page_store *st, uint64_t from, uint64_t to)
{
	uint8_t data[PAGE];

	for (uint64_t page = from; page < to; page++) {
		page = next_in_file(st, page);
		if (page >= to)
			break;
		if (page_store_get(st, page, data) != 0)
			return false;
		if (memcmp(data, page_store_zeros, PAGE) != 0 &&
		    page_store_put(st, page, page_store_zeros) != 0)
			return false;
	}
	return true;
}

static bool load_file(struct page_store *st, struct state_in *in)
{
	uint64_t page, from = 0;
	uint8_t data[PAGE], have[PAGE];

	while (get_page(st, in, &page, data)) {
		if (page < from || !clear(st, from, page) || page_store_get(st, page, have) != 0)
			return false;
		if (memcmp(data, have, PAGE) != 0 && page_store_put(st, page, data) != 0)
			return false;
		from = page + 1;
	}
	return !in->failed && clear(st, from, (st->bytes + PAGE - 1) / PAGE);
}

static bool load_map(struct page_store *st, struct page_map *map, struct state_in *in)
{
	uint64_t page;
	uint8_t data[PAGE];

	page_store_map_free(map);
	while (get_page(st, in, &page, data)) {
		struct page_map_entry *entry = page_map_insert(map, page);

		if (!entry)
			return false;
		page_store_free(entry->data);
		entry->data = page_store_copy(data);
		if (!entry->data) {
			entry->data = page_store_zeros;
			return false;
		}
	}
	return !in->failed;
}

bool page_store_load(struct page_store *st, struct state_in *in)
{
	uint64_t head[3], page;
	uint8_t data[PAGE];
	bool ok = true;

	state_get(in, head, sizeof(head));
	if (in->failed || head[0] != (uint64_t)st->mode || head[1] != st->bytes)
		return false;
	if (st->checkpoints)
		page_store_forget(st, st->checkpoint[st->checkpoints - 1].id);
	if (st->mode == PAGE_STORE_SNAPSHOT)
		ok = load_map(st, &st->overlay, in);
	else if (st->mode == PAGE_STORE_WRITE_THROUGH)
		ok = load_file(st, in);
	page_store_log_clear(st);
	for (uint64_t i = 0; ok && i < head[2]; i++)
		ok = get_page(st, in, &page, data) && page_store_record(&st->log, page, data);
	return ok && load_map(st, &st->flushed, in);
}

/* ---- As a number ---- */

/* FNV-1a, eight bytes at a step: cheap, and no two images differ by design. */
static uint64_t mix(uint64_t hash, const void *bytes, size_t n)
{
	uint64_t word;

	for (size_t i = 0; i < n; i += sizeof(word)) {
		memcpy(&word, (const uint8_t *)bytes + i, sizeof(word));
		hash = (hash ^ word) * UINT64_C(0x100000001b3);
		hash ^= hash >> 29;
	}
	return hash;
}

uint64_t page_store_digest(const struct page_store *st)
{
	uint64_t pages = (st->bytes + PAGE - 1) / PAGE, hash = UINT64_C(0xcbf29ce484222325);
	uint8_t data[PAGE];

	hash = mix(hash, &st->bytes, sizeof(st->bytes));
	for (uint64_t page = 0; page < pages; page++) {
		if (!st->overlay.count)
			page = next_in_file(st, page);
		if (page >= pages)
			break;
		if (page_store_get(st, page, data) != 0 ||
		    memcmp(data, page_store_zeros, PAGE) == 0)
			continue;
		hash = mix(hash, &page, sizeof(page));
		hash = mix(hash, data, PAGE);
	}
	return hash;
}
