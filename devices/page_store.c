#define _GNU_SOURCE /* fallocate, memfd_create */
#include "devices/page_store.h"

#include <assert.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "devices/page_store_private.h"
#include "devices/splitmix64.h"

const uint8_t page_store_zeros[PAGE];

/* Pages of zeros are many and cost nothing. */
const uint8_t *page_store_copy(const uint8_t *data)
{
	uint8_t *copy;

	if (memcmp(data, page_store_zeros, PAGE) == 0)
		return page_store_zeros;
	copy = malloc(PAGE);
	if (copy)
		memcpy(copy, data, PAGE);
	return copy;
}

void page_store_free(const uint8_t *data)
{
	if (data != page_store_zeros)
		free((void *)data);
}

bool page_store_record(struct record_list *list, uint64_t page, const uint8_t *data)
{
	const uint8_t *copy;

	if (list->count == list->capacity) {
		size_t capacity = list->capacity ? list->capacity * 2 : 64;
		struct record *bigger = realloc(list->record, capacity * sizeof(*bigger));
		if (!bigger)
			return false;
		list->record = bigger;
		list->capacity = capacity;
	}
	copy = page_store_copy(data);
	if (!copy)
		return false;
	list->record[list->count++] = (struct record){ .page = page, .data = copy };
	return true;
}

static void records_drop(struct record_list *list, size_t from)
{
	while (list->count > from)
		page_store_free(list->record[--list->count].data);
}

void page_store_map_free(struct page_map *map)
{
	for (size_t i = 0; i < map->capacity; i++)
		if (map->entry[i].page != UINT64_MAX)
			page_store_free(map->entry[i].data);
	page_map_clear(map);
}

static int file_read(const struct page_store *st, uint64_t offset, uint8_t *buf, size_t bytes)
{
	while (bytes) {
		ssize_t n = pread(st->fd, buf, bytes, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : EIO; /* the image shrank under us */
		buf += n;
		offset += (uint64_t)n;
		bytes -= (size_t)n;
	}
	return 0;
}

static int file_write(const struct page_store *st, uint64_t offset, const uint8_t *buf,
		      size_t bytes)
{
	while (bytes) {
		ssize_t n = pwrite(st->fd, buf, bytes, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return n < 0 ? errno : EIO;
		buf += n;
		offset += (uint64_t)n;
		bytes -= (size_t)n;
	}
	return 0;
}

/* Bytes of the disk in this page: fewer in the last one of an odd image. */
static size_t page_bytes(const struct page_store *st, uint64_t page)
{
	uint64_t rest = st->bytes - page * PAGE;

	return rest < PAGE ? (size_t)rest : PAGE;
}

int page_store_get(const struct page_store *st, uint64_t page, uint8_t data[PAGE])
{
	const struct page_map_entry *entry = page_map_find(&st->overlay, page);
	size_t bytes = page_bytes(st, page);

	if (entry) {
		memcpy(data, entry->data, PAGE);
		return 0;
	}
	memset(data + bytes, 0, PAGE - bytes);
	return file_read(st, page * PAGE, data, bytes);
}

/* To where writes go in this mode, unrecorded. */
int page_store_put(struct page_store *st, uint64_t page, const uint8_t data[PAGE])
{
	struct page_map_entry *entry;
	const uint8_t *copy;

	if (st->mode != PAGE_STORE_SNAPSHOT)
		return file_write(st, page * PAGE, data, page_bytes(st, page));
	copy = page_store_copy(data);
	entry = copy ? page_map_insert(&st->overlay, page) : NULL;
	if (!entry) {
		page_store_free(copy);
		return ENOSPC;
	}
	page_store_free(entry->data);
	entry->data = copy;
	return 0;
}

/* The oldest unflushed write becomes durable. */
static void log_write_back(struct page_store *st)
{
	struct record oldest = st->log.record[0];
	struct page_map_entry *entry = page_map_find(&st->flushed, oldest.page);

	page_store_free(entry->data);
	entry->data = oldest.data;
	st->log.count--;
	memmove(st->log.record, st->log.record + 1, st->log.count * sizeof(struct record));
}

static bool remember_flushed(struct page_store *st, uint64_t page, const uint8_t *before)
{
	struct page_map_entry *entry = page_map_insert(&st->flushed, page);

	if (entry && !entry->data)
		entry->data = page_store_copy(before);
	return entry && entry->data;
}

static bool remember_undo(struct page_store *st, uint64_t page, const uint8_t *before)
{
	if (page_map_find(&st->undone, page))
		return true;
	return page_store_record(&st->undo, page, before) && page_map_insert(&st->undone, page);
}

/* A whole page through the layer: record what must be known later, then write. */
static int page_write(struct page_store *st, uint64_t page, const uint8_t *before,
		      const uint8_t *after)
{
	int error;

	if (st->checkpoints && !remember_undo(st, page, before))
		return ENOSPC;
	if (st->model_cache && !remember_flushed(st, page, before))
		return ENOSPC;
	error = page_store_put(st, page, after);
	if (error || !st->model_cache)
		return error;
	if (st->log.count == LOG_MAX)
		log_write_back(st);
	return page_store_record(&st->log, page, after) ? 0 : ENOSPC;
}

static bool in_range(const struct page_store *st, uint64_t offset, uint64_t bytes)
{
	return offset <= st->bytes && bytes <= st->bytes - offset;
}

/* May ranges go straight to and from the file? */
static bool plain_write(const struct page_store *st)
{
	return st->mode == PAGE_STORE_WRITE_THROUGH && !st->model_cache && !st->checkpoints;
}

int page_store_read(struct page_store *st, uint64_t offset, void *buf, size_t bytes)
{
	uint8_t *to = buf;

	if (!in_range(st, offset, bytes))
		return EINVAL;
	if (st->overlay.count == 0)
		return file_read(st, offset, to, bytes);
	while (bytes) {
		uint8_t data[PAGE];
		size_t in = offset % PAGE, n = PAGE - in < bytes ? PAGE - in : bytes;
		int error = page_store_get(st, offset / PAGE, data);
		if (error)
			return error;
		memcpy(to, data + in, n);
		to += n;
		offset += n;
		bytes -= n;
	}
	return 0;
}

/* Write from buf, or zeros if it is NULL. */
static int write_pages(struct page_store *st, uint64_t offset, const uint8_t *buf, uint64_t bytes)
{
	while (bytes) {
		uint8_t before[PAGE], after[PAGE];
		size_t in = offset % PAGE, n = PAGE - in < bytes ? PAGE - in : (size_t)bytes;
		int error = page_store_get(st, offset / PAGE, before);
		if (error)
			return error;
		memcpy(after, before, PAGE);
		memcpy(after + in, buf ? buf : page_store_zeros, n);
		error = page_write(st, offset / PAGE, before, after);
		if (error)
			return error;
		if (buf)
			buf += n;
		offset += n;
		bytes -= n;
	}
	return 0;
}

int page_store_write(struct page_store *st, uint64_t offset, const void *buf, size_t bytes)
{
	if (!in_range(st, offset, bytes))
		return EINVAL;
	if (st->mode == PAGE_STORE_READ_ONLY)
		return EROFS;
	if (plain_write(st))
		return file_write(st, offset, buf, bytes);
	return write_pages(st, offset, buf, bytes);
}

int page_store_file_zero(struct page_store *st, uint64_t offset, uint64_t bytes)
{
	if (fallocate(st->fd, FALLOC_FL_PUNCH_HOLE | FALLOC_FL_KEEP_SIZE, (off_t)offset,
		      (off_t)bytes) == 0)
		return 0;
	while (bytes) {
		size_t n = bytes < PAGE ? (size_t)bytes : PAGE;
		int error = file_write(st, offset, page_store_zeros, n);
		if (error)
			return error;
		offset += n;
		bytes -= n;
	}
	return 0;
}

int page_store_zero(struct page_store *st, uint64_t offset, uint64_t bytes)
{
	if (!in_range(st, offset, bytes))
		return EINVAL;
	if (st->mode == PAGE_STORE_READ_ONLY)
		return EROFS;
	if (bytes == 0)
		return 0;
	if (plain_write(st))
		return page_store_file_zero(st, offset, bytes);
	return write_pages(st, offset, NULL, bytes);
}

void page_store_log_clear(struct page_store *st)
{
	records_drop(&st->log, 0);
	page_store_map_free(&st->flushed);
}

int page_store_flush(struct page_store *st)
{
	if (st->sync_host && st->mode == PAGE_STORE_WRITE_THROUGH && fdatasync(st->fd) != 0)
		return errno;
	page_store_log_clear(st);
	return 0;
}

void page_store_sync_host(struct page_store *st, bool sync_host)
{
	st->sync_host = sync_host;
}

void page_store_model_cache(struct page_store *st)
{
	st->model_cache = true;
}

/* Each write stays or not by a coin whose weight is drawn too, so that all but none and none but
 * all come up as often as half and half.  The last write of a page that stays is what it holds. */
int page_store_power_cut(struct page_store *st, uint64_t seed)
{
	unsigned weight;
	int error = 0;

	if (!st->model_cache)
		return ENOTSUP;
	weight = (unsigned)(splitmix64(&seed) % 65);
	for (size_t i = 0; i < st->log.count; i++) {
		const struct record *write = &st->log.record[i];
		struct page_map_entry *entry = page_map_find(&st->flushed, write->page);
		if (splitmix64(&seed) % 64 >= weight)
			continue;
		page_store_free(entry->data);
		entry->data = page_store_copy(write->data);
		if (!entry->data) {
			entry->data = page_store_zeros;
			return ENOMEM;
		}
	}
	for (size_t i = 0; i < st->flushed.capacity && !error; i++) {
		const struct page_map_entry *entry = &st->flushed.entry[i];
		if (entry->page != UINT64_MAX)
			error = page_store_put(st, entry->page, entry->data);
	}
	page_store_log_clear(st);
	return error;
}

uint64_t page_store_checkpoint(struct page_store *st)
{
	struct checkpoint *bigger =
		realloc(st->checkpoint, (st->checkpoints + 1) * sizeof(*bigger));

	if (!bigger)
		return UINT64_MAX;
	st->checkpoint = bigger;
	bigger[st->checkpoints++] =
		(struct checkpoint){ .id = st->next_checkpoint++, .undo_start = st->undo.count };
	page_map_clear(&st->undone);
	return st->next_checkpoint - 1;
}

int page_store_go_back(struct page_store *st, uint64_t id)
{
	size_t at = st->checkpoints;

	while (at > 0 && st->checkpoint[at - 1].id != id)
		at--;
	if (at == 0)
		return EINVAL;
	for (size_t i = st->undo.count; i > st->checkpoint[at - 1].undo_start; i--) {
		int error = page_store_put(st, st->undo.record[i - 1].page,
					   st->undo.record[i - 1].data);
		if (error)
			return error;
	}
	records_drop(&st->undo, st->checkpoint[at - 1].undo_start);
	st->checkpoints = at;
	page_map_clear(&st->undone);
	page_store_log_clear(st);
	return 0;
}

void page_store_forget(struct page_store *st, uint64_t id)
{
	size_t drop = 0, records;

	while (drop < st->checkpoints && st->checkpoint[drop].id <= id)
		drop++;
	if (drop == st->checkpoints) {
		records_drop(&st->undo, 0);
		page_map_clear(&st->undone);
		st->checkpoints = 0;
		return;
	}
	records = st->checkpoint[drop].undo_start;
	for (size_t i = 0; i < records; i++)
		page_store_free(st->undo.record[i].data);
	st->undo.count -= records;
	memmove(st->undo.record, st->undo.record + records, st->undo.count * sizeof(struct record));
	st->checkpoints -= drop;
	memmove(st->checkpoint, st->checkpoint + drop, st->checkpoints * sizeof(struct checkpoint));
	for (size_t i = 0; i < st->checkpoints; i++)
		st->checkpoint[i].undo_start -= records;
}

bool page_store_lock(int fd)
{
	struct flock lock = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	/* Where the host's file system has no locks, none are kept. */
	return fcntl(fd, F_OFD_SETLK, &lock) == 0 || (errno != EAGAIN && errno != EACCES);
}

struct page_store *page_store_open(int fd, enum page_store_mode mode)
{
	off_t end = lseek(fd, 0, SEEK_END);
	struct page_store *st;

	if (end < 0)
		return NULL;
	st = calloc(1, sizeof(*st));
	if (!st)
		return NULL;
	st->fd = fd;
	st->mode = mode;
	st->bytes = (uint64_t)end / SECTOR * SECTOR;
	return st;
}

struct page_store *page_store_anonymous(uint64_t bytes)
{
	struct page_store *st;
	int fd;

	assert(bytes % SECTOR == 0);
	if (bytes > INT64_MAX) {
		errno = EFBIG;
		return NULL;
	}
	fd = memfd_create("faultline-disk", MFD_CLOEXEC);
	if (fd < 0)
		return NULL;
	if (ftruncate(fd, (off_t)bytes) != 0) {
		close(fd);
		return NULL;
	}
	st = page_store_open(fd, PAGE_STORE_WRITE_THROUGH);
	if (!st)
		close(fd);
	return st;
}

void page_store_close(struct page_store *st)
{
	if (!st)
		return;
	page_store_log_clear(st);
	records_drop(&st->undo, 0);
	page_map_clear(&st->undone);
	page_store_map_free(&st->overlay);
	free(st->log.record);
	free(st->undo.record);
	free(st->checkpoint);
	close(st->fd);
	free(st);
}

uint64_t page_store_bytes(const struct page_store *st)
{
	return st->bytes;
}

bool page_store_read_only(const struct page_store *st)
{
	return st->mode == PAGE_STORE_READ_ONLY;
}
