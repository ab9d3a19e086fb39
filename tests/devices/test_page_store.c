/* The page store, against a plain array that is told the same. */
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "devices/page_map.h"
#include "devices/page_store.h"
#include "tests/devices/harness.h"

#define PAGES 64
#define BYTES (PAGES * 4096 - 1536) /* odd: the last page is not whole */

struct fixture {
	int fd; /* another view of the file */
	struct page_store *store;
	uint8_t model[BYTES];
	uint64_t random;
};

static int setup(void **state)
{
	*state = calloc(1, sizeof(struct fixture));
	((struct fixture *)*state)->random = 1;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;

	page_store_close(f->store);
	if (f->fd > 0)
		close(f->fd);
	free(f);
	return 0;
}

static uint64_t rnd(struct fixture *f, uint64_t below)
{
	f->random = f->random * UINT64_C(6364136223846793005) + 1442695040888963407;
	return (f->random >> 33) % below;
}

static struct fixture *begin(void **state, enum page_store_mode mode)
{
	struct fixture *f = *state;

	f->fd = memfd_create("test", 0);
	assert_true(f->fd > 0);
	for (size_t i = 0; i < BYTES; i++)
		f->model[i] = (uint8_t)(i * 7 + i / 4096);
	assert_int_equal(pwrite(f->fd, f->model, BYTES, 0), BYTES);
	f->store = page_store_open(dup(f->fd), mode);
	assert_non_null(f->store);
	assert_int_equal(page_store_bytes(f->store), BYTES);
	return f;
}

static void random_write(struct fixture *f)
{
	uint8_t buf[9000];
	uint64_t offset = rnd(f, BYTES), bytes = rnd(f, sizeof(buf));

	if (bytes > BYTES - offset)
		bytes = BYTES - offset;
	if (rnd(f, 5) == 0) {
		assert_int_equal(page_store_zero(f->store, offset, bytes), 0);
		memset(f->model + offset, 0, bytes);
		return;
	}
	memset(buf, (int)rnd(f, 256), bytes);
	assert_int_equal(page_store_write(f->store, offset, buf, bytes), 0);
	memcpy(f->model + offset, buf, bytes);
}

static void check_contents(struct fixture *f)
{
	static uint8_t got[BYTES];

	assert_int_equal(page_store_read(f->store, 0, got, BYTES), 0);
	assert_memory_equal(got, f->model, BYTES);
}

static void file_contents(struct fixture *f, uint8_t *buf)
{
	assert_int_equal(pread(f->fd, buf, BYTES, 0), BYTES);
}

static void through(void **state)
{
	struct fixture *f = begin(state, PAGE_STORE_WRITE_THROUGH);
	static uint8_t file[BYTES];

	for (unsigned i = 0; i < 200; i++) {
		random_write(f);
		check_contents(f);
	}
	file_contents(f, file);
	assert_memory_equal(file, f->model, BYTES);
	assert_int_equal(lseek(f->fd, 0, SEEK_END), BYTES);
	assert_int_equal(page_store_flush(f->store), 0);
}

static void snapshot(void **state)
{
	struct fixture *f = begin(state, PAGE_STORE_SNAPSHOT);
	static uint8_t before[BYTES], file[BYTES];

	memcpy(before, f->model, BYTES);
	for (unsigned i = 0; i < 200; i++)
		random_write(f);
	check_contents(f);
	assert_int_equal(page_store_flush(f->store), 0);
	file_contents(f, file);
	assert_memory_equal(file, before, BYTES);
}

static void read_only(void **state)
{
	struct fixture *f = begin(state, PAGE_STORE_READ_ONLY);

	assert_true(page_store_read_only(f->store));
	assert_int_equal(page_store_write(f->store, 0, "x", 1), EROFS);
	assert_int_equal(page_store_zero(f->store, 0, 512), EROFS);
	check_contents(f);
}

static void ranges(void **state)
{
	struct fixture *f = begin(state, PAGE_STORE_WRITE_THROUGH);
	uint8_t byte = 1;

	assert_int_equal(page_store_read(f->store, BYTES - 1, &byte, 1), 0);
	assert_int_equal(page_store_read(f->store, BYTES, &byte, 0), 0);
	assert_int_equal(page_store_read(f->store, BYTES, &byte, 1), EINVAL);
	assert_int_equal(page_store_read(f->store, UINT64_MAX, &byte, 1), EINVAL);
	assert_int_equal(page_store_write(f->store, BYTES - 1, "ab", 2), EINVAL);
	assert_int_equal(page_store_zero(f->store, 512, UINT64_MAX), EINVAL);
	check_contents(f);
}

static void anonymous(void **state)
{
	struct fixture *f = *state;
	uint8_t buf[512] = { 1 };

	f->store = page_store_anonymous(UINT64_C(64) << 30);
	assert_non_null(f->store);
	assert_int_equal(page_store_read(f->store, (UINT64_C(64) << 30) - 512, buf, 512), 0);
	assert_int_equal(buf[0], 0);
	buf[0] = 7;
	assert_int_equal(page_store_write(f->store, (UINT64_C(63) << 30) + 512, buf, 512), 0);
	buf[0] = 0;
	assert_int_equal(page_store_read(f->store, (UINT64_C(63) << 30) + 512, buf, 512), 0);
	assert_int_equal(buf[0], 7);
}

static void rounds_down(void **state)
{
	struct fixture *f = *state;

	f->fd = memfd_create("test", 0);
	assert_int_equal(ftruncate(f->fd, 1000), 0);
	f->store = page_store_open(dup(f->fd), PAGE_STORE_WRITE_THROUGH);
	assert_int_equal(page_store_bytes(f->store), 512);
}

static void host_errors(void **state)
{
	struct fixture *f = begin(state, PAGE_STORE_WRITE_THROUGH);
	uint8_t buf[512] = { 0 };

	assert_int_equal(ftruncate(f->fd, 4096), 0); /* somebody cut the image */
	assert_int_equal(page_store_read(f->store, 8192, buf, 512), EIO);
	errno = 0;
	assert_null(page_store_open(-1, PAGE_STORE_WRITE_THROUGH));
	assert_int_equal(errno, EBADF);
}

static void full_host(void **state)
{
	struct fixture *f = *state;
	static uint8_t page[4096] = { 1 };

	/* a sealed file refuses writes as a full disk does */
	f->fd = memfd_create("test", MFD_ALLOW_SEALING);
	assert_int_equal(ftruncate(f->fd, 8192), 0);
	assert_int_equal(fcntl(f->fd, F_ADD_SEALS, F_SEAL_WRITE), 0);
	f->store = page_store_open(dup(f->fd), PAGE_STORE_WRITE_THROUGH);
	assert_int_equal(page_store_write(f->store, 0, page, 4096), EPERM);
	page_store_model_cache(f->store);
	assert_int_equal(page_store_write(f->store, 0, page, 4096), EPERM);
	assert_int_equal(page_store_zero(f->store, 0, 4096), EPERM);
}

static void goes_back(void **state, enum page_store_mode mode)
{
	struct fixture *f = begin(state, mode);
	static uint8_t at[4][BYTES];
	uint64_t id[4];

	for (unsigned i = 0; i < 4; i++) {
		memcpy(at[i], f->model, BYTES);
		id[i] = page_store_checkpoint(f->store);
		for (unsigned n = 0; n < 10; n++)
			random_write(f);
		check_contents(f);
	}
	static const unsigned order[] = { 2, 2, 1, 0, 0 };
	for (unsigned i = 0; i < 5; i++) {
		assert_int_equal(page_store_go_back(f->store, id[order[i]]), 0);
		memcpy(f->model, at[order[i]], BYTES);
		check_contents(f);
		for (unsigned n = 0; n < 10; n++)
			random_write(f);
		check_contents(f);
	}
	assert_int_equal(page_store_go_back(f->store, id[3]), EINVAL); /* forgotten by going back */
}

static void back_through(void **state)
{
	goes_back(state, PAGE_STORE_WRITE_THROUGH);
}

static void back_snapshot(void **state)
{
	goes_back(state, PAGE_STORE_SNAPSHOT);
}

static void forgets(void **state)
{
	struct fixture *f = begin(state, PAGE_STORE_WRITE_THROUGH);
	static uint8_t at[3][BYTES];
	uint64_t id[3];

	for (unsigned i = 0; i < 3; i++) {
		memcpy(at[i], f->model, BYTES);
		id[i] = page_store_checkpoint(f->store);
		random_write(f);
		random_write(f);
	}
	page_store_forget(f->store, id[1]);
	assert_int_equal(page_store_go_back(f->store, id[1]), EINVAL);
	assert_int_equal(page_store_go_back(f->store, id[2]), 0);
	memcpy(f->model, at[2], BYTES);
	check_contents(f);
	page_store_forget(f->store, id[2]);
	assert_int_equal(page_store_go_back(f->store, id[2]), EINVAL);
	random_write(f);
	check_contents(f);
}

/* After a power cut each page holds what it held at the flush or what one of the writes since put
 * there; all of both kinds come up among many seeds; and the same seed gives the same. */
static void power_cut(void **state)
{
	unsigned old = 0, first = 0, second = 0;
	uint8_t fates[3][20];

	for (uint64_t seed = 0; seed < 20; seed++) {
		uint8_t page[4096];
		struct fixture *f =
			begin(state, seed % 2 ? PAGE_STORE_SNAPSHOT : PAGE_STORE_WRITE_THROUGH);
		page_store_model_cache(f->store);
		memset(page, 0xa0, sizeof(page));
		assert_int_equal(page_store_write(f->store, 4 * 4096, page, 4096), 0);
		assert_int_equal(page_store_flush(f->store), 0);
		for (unsigned version = 1; version <= 2; version++) {
			memset(page, (int)version, sizeof(page));
			for (unsigned i = 10; i < 30; i++)
				assert_int_equal(page_store_write(f->store, i * 4096, page, 4096),
						 0);
		}
		assert_int_equal(page_store_power_cut(f->store, seed / 2 * 3), 0);
		assert_int_equal(page_store_read(f->store, 4 * 4096, page, 4096), 0);
		assert_int_equal(page[100], 0xa0); /* flushed: safe */
		for (unsigned i = 0; i < 20; i++) {
			assert_int_equal(page_store_read(f->store, (10 + i) * 4096, page, 4096), 0);
			bool was = memcmp(page, f->model + (10 + i) * 4096, 4096) == 0;
			assert_true(was || page[5] == 1 || page[5] == 2);
			old += was;
			first += !was && page[5] == 1;
			second += !was && page[5] == 2;
			fates[seed % 2][i] = was ? 0 : page[5];
		}
		if (seed % 2)
			assert_memory_equal(fates[0], fates[1], 20);
		page_store_close(f->store);
		close(f->fd);
		f->store = NULL;
		f->fd = 0;
	}
	assert_true(old > 20 && first > 20 && second > 20);
}

static void no_model(void **state)
{
	struct fixture *f = begin(state, PAGE_STORE_WRITE_THROUGH);

	assert_int_equal(page_store_power_cut(f->store, 1), ENOTSUP);
	check_contents(f);
}

static void bounded_log(void **state)
{
	struct fixture *f = *state;
	uint8_t page[512] = { 0 };

	/* far more unflushed writes than are remembered: the oldest become durable */
	f->store = page_store_anonymous(UINT64_C(32) << 20);
	page_store_model_cache(f->store);
	page[0] = 9;
	assert_int_equal(page_store_write(f->store, 4096, page, 512), 0);
	page[0] = 0;
	for (unsigned i = 0; i < 16500; i++)
		assert_int_equal(page_store_write(f->store, 8192, page, 512), 0);
	for (uint64_t seed = 0; seed < 3; seed++) {
		assert_int_equal(page_store_power_cut(f->store, seed), 0);
		assert_int_equal(page_store_read(f->store, 4096, page, 512), 0);
		assert_int_equal(page[0], 9);
	}
}

static void maps(void **state)
{
	struct page_map map = { 0 };

	(void)state;
	assert_null(page_map_find(&map, 5));
	for (uint64_t i = 0; i < 10000; i++)
		page_map_insert(&map, i * i * 64)->number = i;
	for (uint64_t i = 0; i < 10000; i++)
		assert_int_equal(page_map_find(&map, i * i * 64)->number, i);
	assert_int_equal(map.count, 10000);
	assert_null(page_map_find(&map, 3));
	assert_int_equal(page_map_insert(&map, 64)->number, 1);
	assert_int_equal(map.count, 10000);
	page_map_clear(&map);
	assert_null(page_map_find(&map, 64));
}

static void random_reads(struct fixture *f)
{
	static uint8_t got[9000];

	for (unsigned i = 0; i < 100; i++) {
		uint64_t offset = rnd(f, BYTES), bytes = rnd(f, sizeof(got));
		if (bytes > BYTES - offset)
			bytes = BYTES - offset;
		assert_int_equal(page_store_read(f->store, offset, got, bytes), 0);
		assert_memory_equal(got, f->model + offset, bytes);
	}
}

static void any_range(void **state)
{
	struct fixture *f = begin(state, PAGE_STORE_SNAPSHOT);

	random_reads(f);
	for (unsigned i = 0; i < 30; i++)
		random_write(f);
	random_reads(f);
}

static void syncs(void **state)
{
	struct fixture *f = begin(state, PAGE_STORE_WRITE_THROUGH);

	page_store_sync_host(f->store, true);
	page_store_model_cache(f->store);
	random_write(f);
	assert_int_equal(page_store_flush(f->store), 0);
	assert_int_equal(page_store_power_cut(f->store, 3), 0); /* nothing is unflushed */
	check_contents(f);
}

/* Everything at once: checkpoints and the model of the cache, in both modes. */
static void checkpoint_with_cache(void **state)
{
	struct fixture *f = begin(state, PAGE_STORE_WRITE_THROUGH);
	static uint8_t before[BYTES];
	uint64_t id;

	page_store_model_cache(f->store);
	random_write(f);
	memcpy(before, f->model, BYTES);
	id = page_store_checkpoint(f->store);
	for (unsigned i = 0; i < 20; i++)
		random_write(f);
	assert_int_equal(page_store_go_back(f->store, id), 0);
	memcpy(f->model, before, BYTES);
	check_contents(f);
	assert_int_equal(page_store_power_cut(f->store, 3), 0); /* counts as flushed */
	check_contents(f);
	assert_int_equal(page_store_go_back(f->store, UINT64_MAX), EINVAL);
}

/* Another store on a file like the one at the beginning, whose own writes are not to stay. */
static struct page_store *other_store(enum page_store_mode mode, const uint8_t *first)
{
	struct page_store *store;
	uint8_t junk[9000];
	int fd = memfd_create("other", 0);

	assert_true(fd > 0);
	assert_int_equal(pwrite(fd, first, BYTES, 0), BYTES);
	store = page_store_open(fd, mode);
	assert_non_null(store);
	page_store_model_cache(store);
	memset(junk, 0x5a, sizeof(junk));
	assert_int_equal(page_store_write(store, 5000, junk, sizeof(junk)), 0);
	assert_int_equal(page_store_write(store, BYTES - 700, junk, 700), 0);
	assert_true(page_store_checkpoint(store) != UINT64_MAX);
	assert_int_equal(page_store_write(store, 100000, junk, sizeof(junk)), 0);
	return store;
}

/* Saved, loaded into another, and then the power fails alike. */
static void state_of(void **state, enum page_store_mode mode)
{
	struct fixture *f = begin(state, mode);
	struct state_out out = { 0 }, again = { 0 };
	struct page_store *other;
	struct state_in in;
	static uint8_t first[BYTES], a[BYTES], b[BYTES];

	memcpy(first, f->model, BYTES);
	page_store_model_cache(f->store);
	for (unsigned i = 0; i < 40; i++)
		random_write(f);
	assert_int_equal(page_store_flush(f->store), 0);
	for (unsigned i = 0; i < 40; i++)
		random_write(f);
	page_store_save(f->store, &out);
	assert_false(out.failed);
	for (size_t cut = 0; cut < out.bytes; cut += 1 + out.bytes / 9) {
		other = other_store(mode, first);
		in = (struct state_in){ .data = out.data, .bytes = cut };
		assert_false(page_store_load(other, &in));
		page_store_close(other);
	}
	other = other_store(mode, first);
	assert_true(page_store_digest(other) != page_store_digest(f->store));
	in = (struct state_in){ .data = out.data, .bytes = out.bytes };
	assert_true(page_store_load(other, &in));
	assert_int_equal(in.pos, in.bytes);
	assert_int_equal(page_store_read(other, 0, a, BYTES), 0);
	assert_memory_equal(a, f->model, BYTES);
	assert_true(page_store_digest(other) == page_store_digest(f->store));
	page_store_save(other, &again);
	assert_int_equal(again.bytes, out.bytes);
	assert_memory_equal(again.data, out.data, out.bytes);
	assert_int_equal(page_store_power_cut(f->store, 11), 0);
	assert_int_equal(page_store_power_cut(other, 11), 0);
	assert_int_equal(page_store_read(f->store, 0, b, BYTES), 0);
	assert_true(memcmp(a, b, BYTES) != 0); /* something was lost */
	assert_int_equal(page_store_read(other, 0, a, BYTES), 0);
	assert_memory_equal(a, b, BYTES);
	page_store_close(other);
	state_out_free(&out);
	state_out_free(&again);
}

static void state_through(void **state)
{
	state_of(state, PAGE_STORE_WRITE_THROUGH);
}

static void state_snapshot(void **state)
{
	state_of(state, PAGE_STORE_SNAPSHOT);
}

/* Zeros that were written and holes are the same to who reads them. */
static void digests(void **state)
{
	struct page_store *a = page_store_anonymous(64 << 20), *b = page_store_anonymous(64 << 20);
	uint8_t page[4096] = { 0 };
	uint64_t empty = page_store_digest(a);

	(void)state;
	assert_int_equal(page_store_write(a, 8192, page, sizeof(page)), 0);
	assert_true(page_store_digest(a) == empty);
	page[7] = 1;
	assert_int_equal(page_store_write(a, 8192, page, sizeof(page)), 0);
	assert_true(page_store_digest(a) != empty);
	assert_int_equal(page_store_write(b, 12288, page, sizeof(page)), 0);
	assert_true(page_store_digest(a) != page_store_digest(b));
	assert_int_equal(page_store_zero(b, 12288, sizeof(page)), 0);
	assert_int_equal(page_store_write(b, 8192, page, sizeof(page)), 0);
	assert_true(page_store_digest(a) == page_store_digest(b));
	page_store_close(b);
	b = page_store_anonymous(32 << 20);
	assert_true(page_store_digest(b) != empty);
	page_store_close(a);
	page_store_close(b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE("page map: every page inserted is found, and no other", maps),
		RULE("page store: writes and zeros reach the file, any range, odd size", through),
		RULE("page store: a snapshot leaves the file alone", snapshot),
		RULE("page store: read-only refuses writes", read_only),
		RULE("page store: a range beyond the end is refused", ranges),
		RULE("page store: an anonymous disk is sparse and zero", anonymous),
		RULE("page store: an image's length is rounded down to sectors", rounds_down),
		RULE("page store: the host's errors come back", host_errors),
		RULE("page store: a refused host write is an error, cached or not", full_host),
		RULE("page store: goes back to any checkpoint, through to the file", back_through),
		RULE("page store: goes back to any checkpoint of a snapshot", back_snapshot),
		RULE("page store: forgetting a checkpoint keeps the later ones", forgets),
		RULE("page store: a power cut keeps an arbitrary subset of unflushed writes",
		     power_cut),
		RULE("page store: no power cut without the model", no_model),
		RULE("page store: the oldest of very many unflushed writes become durable",
		     bounded_log),
		RULE("page store: any range is read, also from a snapshot", any_range),
		RULE("page store: a flush waits for the host if asked to", syncs),
		RULE("page store: checkpoints and the model of the cache go together",
		     checkpoint_with_cache),
		RULE("page store: contents and unflushed writes are saved and loaded, of a file",
		     state_through),
		RULE("page store: and of a snapshot", state_snapshot),
		RULE("page store: a digest tells contents apart, not how they are stored", digests),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("page_store", tests, NULL, NULL);
}
