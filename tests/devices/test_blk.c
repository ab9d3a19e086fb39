/* The paged disk, through a driver's eyes. */
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "devices/virtio_blk.h"
#include "tests/devices/harness.h"

#define IRQ	2
#define SECTORS 1024 /* 128 pages */

static struct {
	uint64_t page[1000];
	bool write[1000];
	unsigned count;
} seen;

static void observe(void *ctx, unsigned disk, uint64_t page, bool write)
{
	(void)ctx;
	assert_int_equal(disk, 5);
	assert_true(seen.count < 1000);
	seen.page[seen.count] = page;
	seen.write[seen.count++] = write;
}

static struct page_store *store;
static int image; /* another view of the store's file */

static struct device *make(struct rig *rig)
{
	struct virtio_blk_config config = { .store = store,
					    .request_ns = VIRTIO_BLK_REQUEST_NS,
					    .page_ns = VIRTIO_BLK_PAGE_NS,
					    .id = "root",
					    .disk = 5,
					    .observe = observe };

	return virtio_blk_create(&rig->host, rig_wire(rig, IRQ), &config);
}

struct disk {
	struct rig *rig;
	struct ring ring;
	uint64_t header, data, status;
};

static int begin(void **state, enum page_store_mode mode, bool sealed)
{
	struct disk *d = calloc(1, sizeof(*d));
	uint8_t sector[512];

	seen.count = 0;
	image = memfd_create("disk", MFD_ALLOW_SEALING);
	for (unsigned i = 0; i < SECTORS; i++) {
		memset(sector, (int)i, sizeof(sector));
		sector[0] = (uint8_t)(i >> 8);
		assert_int_equal(write(image, sector, sizeof(sector)), 512);
	}
	if (sealed)
		assert_int_equal(fcntl(image, F_ADD_SEALS, F_SEAL_WRITE), 0);
	store = page_store_open(dup(image), mode);
	d->rig = rig_new();
	rig_attach(d->rig, make(d->rig));
	driver_begin(d->rig, UINT64_MAX);
	ring_setup(&d->ring, d->rig, 0, 32);
	driver_ok(d->rig);
	d->header = new_buffer(d->rig, 16);
	d->status = new_buffer(d->rig, 16);
	d->data = new_buffer(d->rig, 65536);
	*state = d;
	return 0;
}

static int setup(void **state)
{
	return begin(state, PAGE_STORE_WRITE_THROUGH, false);
}

static int setup_read_only(void **state)
{
	return begin(state, PAGE_STORE_READ_ONLY, false);
}

static int setup_sealed(void **state)
{
	return begin(state, PAGE_STORE_WRITE_THROUGH, true);
}

static int teardown(void **state)
{
	struct disk *d = *state;

	rig_free(d->rig);
	page_store_close(store);
	close(image);
	free(d);
	return 0;
}

static void header(struct disk *d, uint64_t at, uint32_t type, uint64_t sector)
{
	put32(d->rig, at, type);
	put32(d->rig, at + 4, 0);
	put64(d->rig, at + 8, sector);
}

/* Post a request: header, data, status. */
static void post(struct disk *d, uint32_t type, uint64_t sector, uint32_t bytes)
{
	struct buffer buffer[3] = { { d->header, 16 }, { d->data, bytes }, { d->status, 1 } };
	bool write = type != VIRTIO_BLK_T_IN && type != VIRTIO_BLK_T_GET_ID;

	header(d, d->header, type, sector);
	*(uint8_t *)ram_at(d->rig, d->status) = 0xee;
	if (!bytes)
		buffer[1] = buffer[2];
	add_chain(&d->ring, buffer, bytes ? 3 : 2, bytes && write ? 2 : 1);
}

static uint8_t status(struct disk *d)
{
	return *(uint8_t *)ram_at(d->rig, d->status);
}

/* The same, and run until it is done: its status. */
static uint8_t request(struct disk *d, uint32_t type, uint64_t sector, uint32_t bytes)
{
	uint32_t id, written;

	post(d, type, sector, bytes);
	rig_run(d->rig, d->rig->now_ns + 100000000);
	assert_true(take_used(&d->ring, &id, &written));
	assert_false(take_used(&d->ring, &id, &written));
	return status(d);
}

static struct virtio_blk_stats stats(struct disk *d)
{
	return virtio_blk_stats(d->rig->device);
}

static void config(void **state)
{
	struct disk *d = *state;

	assert_int_equal(R32(d->rig, 0x008), 2);
	assert_int_equal(reg_read(d->rig, 0x100, 8), SECTORS);
	assert_int_equal(R32(d->rig, 0x100 + 12), 254);
	assert_int_equal(R32(d->rig, 0x100 + 20), 512);
	assert_int_equal(R8(d->rig, 0x100 + 24), 3); /* 4 KiB physical */
	assert_int_equal(R8(d->rig, 0x100 + 25), 0);
	assert_int_equal(reg_read(d->rig, 0x100 + 26, 2), 8);
	assert_int_equal(R32(d->rig, 0x100 + 28), 8);
	assert_int_equal(R32(d->rig, 0x100 + 60), 0);
	assert_int_equal(reg_read(d->rig, 0x100 + 56, 8), 0); /* over the end */
	assert_int_equal(virtio_blk_pages(d->rig->device), 128);
	W32(d->rig, 0x014, 0);
	uint32_t features = (uint32_t)R32(d->rig, 0x010);
	assert_int_equal(features & (1 << 5), 0);
	assert_int_equal(features & (1 << 2 | 1 << 6 | 1 << 9 | 1 << 10 | 1 << 13 | 1 << 14),
			 1 << 2 | 1 << 6 | 1 << 9 | 1 << 10 | 1 << 13 | 1 << 14);
}

static void reads(void **state)
{
	struct disk *d = *state;

	assert_int_equal(request(d, VIRTIO_BLK_T_IN, 300, 1024), 0);
	uint8_t *data = ram_at(d->rig, d->data);
	assert_int_equal(data[0], 1);
	assert_int_equal(data[1], 300 & 255);
	assert_int_equal(data[513], 301 & 255);
	assert_int_equal(data[1024], 0);
	assert_true(d->rig->wire[IRQ]);
}

static void used_length(void **state)
{
	struct disk *d = *state;
	uint32_t id, written;

	post(d, VIRTIO_BLK_T_IN, 0, 4096);
	rig_run(d->rig, d->rig->now_ns + 1000000);
	assert_true(take_used(&d->ring, &id, &written));
	assert_int_equal(written, 4097);
	post(d, VIRTIO_BLK_T_OUT, 0, 4096);
	rig_run(d->rig, d->rig->now_ns + 1000000);
	assert_true(take_used(&d->ring, &id, &written));
	assert_int_equal(written, 1);
}

static void writes(void **state)
{
	struct disk *d = *state;
	uint8_t file[1536];

	memset(ram_at(d->rig, d->data), 0xab, 512);
	assert_int_equal(request(d, VIRTIO_BLK_T_OUT, 9, 512), 0);
	assert_int_equal(pread(image, file, 1536, 8 * 512), 1536);
	assert_int_equal(file[511], 8);
	assert_int_equal(file[512], 0xab);
	assert_int_equal(file[1023], 0xab);
	assert_int_equal(file[1025], 10);
}

static void takes_time(void **state)
{
	struct disk *d = *state;
	uint64_t start = d->rig->now_ns;

	post(d, VIRTIO_BLK_T_IN, 7, 1024); /* sectors 7 and 8: two pages */
	assert_true(virtio_blk_busy(d->rig->device));
	assert_int_equal(d->rig->device->deadline_ns, start + 120000);
	assert_int_equal(status(d), 0xee);
	rig_run(d->rig, start + 119999);
	assert_int_equal(status(d), 0xee);
	assert_false(d->rig->wire[IRQ]);
	rig_run(d->rig, start + 120000);
	assert_int_equal(status(d), 0);
	assert_true(d->rig->wire[IRQ]);
	assert_false(virtio_blk_busy(d->rig->device));
	assert_int_equal(d->rig->device->deadline_ns, DEVICE_NO_DEADLINE);
	assert_int_equal(stats(d).busy_ns, 120000);
}

static void one_at_a_time(void **state)
{
	struct disk *d = *state;
	uint64_t start = d->rig->now_ns;
	uint32_t id, written;
	uint16_t heads[3];

	for (unsigned i = 0; i < 3; i++) {
		uint64_t at = new_buffer(d->rig, 32);
		struct buffer buffer[3] = { { at, 16 }, { d->data, 4096 }, { at + 16, 1 } };
		header(d, at, VIRTIO_BLK_T_IN, 8 * i);
		heads[i] = add_chain(&d->ring, buffer, 3, 1);
	}
	for (unsigned i = 0; i < 3; i++) {
		rig_run(d->rig, start + 110000 * (i + 1) - 1);
		assert_false(take_used(&d->ring, &id, &written));
		rig_run(d->rig, start + 110000 * (i + 1));
		assert_true(take_used(&d->ring, &id, &written));
		assert_int_equal(id, heads[i]);
	}
	assert_int_equal(d->rig->device->deadline_ns, DEVICE_NO_DEADLINE);
}

static void counts(void **state)
{
	struct disk *d = *state;
	uint64_t read_ns, written_ns, first;

	request(d, VIRTIO_BLK_T_IN, 0, 8192);
	first = d->rig->now_ns;
	request(d, VIRTIO_BLK_T_OUT, 12, 1024);
	request(d, VIRTIO_BLK_T_FLUSH, 0, 0);
	request(d, VIRTIO_BLK_T_IN, SECTORS, 512); /* fails: counts nowhere else */
	struct virtio_blk_stats s = stats(d);
	assert_int_equal(s.requests, 4);
	assert_int_equal(s.reads, 2);
	assert_int_equal(s.writes, 1);
	assert_int_equal(s.flushes, 1);
	assert_int_equal(s.errors, 1);
	assert_int_equal(seen.count, 3);
	assert_int_equal(seen.page[0], 0);
	assert_int_equal(seen.page[1], 1);
	assert_int_equal(seen.page[2], 1);
	assert_true(!seen.write[0] && !seen.write[1] && seen.write[2]);
	virtio_blk_page_times(d->rig->device, 1, &read_ns, &written_ns);
	assert_int_equal(read_ns, 1000 + 120000);
	assert_int_equal(written_ns, first + 110000);
	virtio_blk_page_times(d->rig->device, 2, &read_ns, &written_ns);
	assert_int_equal(read_ns | written_ns, 0);
	virtio_blk_page_times(d->rig->device, UINT64_MAX, &read_ns, &written_ns);
	assert_int_equal(read_ns | written_ns, 0);
}

static void id_string(void **state)
{
	struct disk *d = *state;

	memset(ram_at(d->rig, d->data), 0xff, 32);
	assert_int_equal(request(d, VIRTIO_BLK_T_GET_ID, 0, 20), 0);
	assert_string_equal(ram_at(d->rig, d->data), "root");
	assert_int_equal(*((uint8_t *)ram_at(d->rig, d->data) + 20), 0xff);
	assert_int_equal(request(d, VIRTIO_BLK_T_GET_ID, 0, 2), 0);
}

static void zeroes(void **state)
{
	struct disk *d = *state;
	uint8_t file[512 * 4];

	put64(d->rig, d->data, 9);
	put32(d->rig, d->data + 8, 2);
	put32(d->rig, d->data + 12, 1); /* may unmap */
	assert_int_equal(request(d, VIRTIO_BLK_T_WRITE_ZEROES, 0, 16), 0);
	assert_int_equal(pread(image, file, sizeof(file), 8 * 512), sizeof(file));
	assert_int_equal(file[1], 8);
	assert_int_equal(file[513], 0);
	assert_int_equal(file[1025], 0);
	assert_int_equal(file[1537], 11);
	put32(d->rig, d->data + 12, 0);
	put64(d->rig, d->data, 16);
	assert_int_equal(request(d, VIRTIO_BLK_T_DISCARD, 0, 16), 0);
	assert_int_equal(stats(d).writes, 2);
	put32(d->rig, d->data + 12, 1);
	assert_int_equal(request(d, VIRTIO_BLK_T_DISCARD, 0, 16), VIRTIO_BLK_S_UNSUPP);
	put32(d->rig, d->data + 12, 2);
	assert_int_equal(request(d, VIRTIO_BLK_T_WRITE_ZEROES, 0, 16), VIRTIO_BLK_S_UNSUPP);
	put32(d->rig, d->data + 12, 0);
	put64(d->rig, d->data, SECTORS - 1);
	assert_int_equal(request(d, VIRTIO_BLK_T_WRITE_ZEROES, 0, 16), VIRTIO_BLK_S_IOERR);
	put64(d->rig, d->data, UINT64_MAX);
	assert_int_equal(request(d, VIRTIO_BLK_T_DISCARD, 0, 16), VIRTIO_BLK_S_IOERR);
	put32(d->rig, d->data + 8, UINT32_MAX);
	put64(d->rig, d->data, 0);
	assert_int_equal(request(d, VIRTIO_BLK_T_DISCARD, 0, 16), VIRTIO_BLK_S_IOERR);
	assert_int_equal(request(d, VIRTIO_BLK_T_DISCARD, 0, 32), VIRTIO_BLK_S_IOERR);
}

static void wild(void **state)
{
	struct disk *d = *state;

	assert_int_equal(request(d, VIRTIO_BLK_T_IN, SECTORS - 1, 1024), VIRTIO_BLK_S_IOERR);
	assert_int_equal(request(d, VIRTIO_BLK_T_IN, UINT64_MAX, 512), VIRTIO_BLK_S_IOERR);
	assert_int_equal(request(d, VIRTIO_BLK_T_IN, UINT64_MAX / 512 + 1, 512),
			 VIRTIO_BLK_S_IOERR);
	assert_int_equal(request(d, VIRTIO_BLK_T_OUT, SECTORS, 512), VIRTIO_BLK_S_IOERR);
	assert_int_equal(request(d, VIRTIO_BLK_T_IN, 0, 100), VIRTIO_BLK_S_IOERR);
	assert_int_equal(request(d, 77, 0, 512), VIRTIO_BLK_S_UNSUPP);
	assert_int_equal(request(d, VIRTIO_BLK_T_IN, 0, 0), 0);
	assert_int_equal(stats(d).errors, 6);
}

static void wild_buffers(void **state)
{
	struct disk *d = *state;
	uint32_t id, written;
	static const struct buffer data[] = { { 0x1000, 512 },
					      { UINT64_MAX - 100, 512 },
					      { TEST_RAM + TEST_RAM_BYTES - 100, 512 },
					      { TEST_RAM, 0xfffffe00 } };

	for (unsigned type = 0; type < 2; type++) {
		for (unsigned i = 0; i < 4; i++) {
			struct buffer buffer[3] = { { d->header, 16 }, data[i], { d->status, 1 } };
			header(d, d->header, type, 0);
			*(uint8_t *)ram_at(d->rig, d->status) = 0xee;
			add_chain(&d->ring, buffer, 3, 1 + type);
			rig_run(d->rig, d->rig->now_ns + 1000000);
			assert_true(take_used(&d->ring, &id, &written));
			assert_int_equal(status(d), VIRTIO_BLK_S_IOERR);
		}
	}
	assert_int_equal(R32(d->rig, VIRTIO_MMIO_STATUS) & VIRTIO_STATUS_NEEDS_RESET, 0);
}

static void short_header(void **state)
{
	struct disk *d = *state;
	struct buffer buffer[2] = { { d->header, 8 }, { d->status, 1 } };
	uint32_t id, written;

	add_chain(&d->ring, buffer, 2, 1);
	rig_run(d->rig, d->rig->now_ns + 1000000);
	assert_true(take_used(&d->ring, &id, &written));
	assert_int_equal(status(d), VIRTIO_BLK_S_IOERR);
	buffer[0].bytes = 16; /* no room for the status */
	header(d, d->header, VIRTIO_BLK_T_OUT, 0);
	add_chain(&d->ring, buffer, 1, 1);
	assert_int_equal(R32(d->rig, VIRTIO_MMIO_STATUS) & VIRTIO_STATUS_NEEDS_RESET,
			 VIRTIO_STATUS_NEEDS_RESET);
}

static void split_header(void **state)
{
	struct disk *d = *state;
	struct buffer buffer[5] = { { d->header, 5 },
				    { d->header + 5, 11 },
				    { d->data, 100 },
				    { d->data + 200, 412 },
				    { d->status, 1 } };

	header(d, d->header, VIRTIO_BLK_T_IN, 5);
	add_chain(&d->ring, buffer, 5, 2);
	rig_run(d->rig, d->rig->now_ns + 1000000);
	assert_int_equal(status(d), 0);
	assert_int_equal(*((uint8_t *)ram_at(d->rig, d->data) + 99), 5);
	assert_int_equal(*((uint8_t *)ram_at(d->rig, d->data) + 100), 0);
	assert_int_equal(*((uint8_t *)ram_at(d->rig, d->data) + 611), 5);
}

static void changed_meanwhile(void **state)
{
	struct disk *d = *state;

	post(d, VIRTIO_BLK_T_IN, 0, 512);
	set_desc(&d->ring, 0, d->header, 16, VIRTQ_DESC_F_NEXT, 0); /* now it loops */
	rig_run(d->rig, d->rig->now_ns + 1000000);
	assert_int_equal(R32(d->rig, VIRTIO_MMIO_STATUS) & VIRTIO_STATUS_NEEDS_RESET,
			 VIRTIO_STATUS_NEEDS_RESET);
}

static void reset_while_busy(void **state)
{
	struct disk *d = *state;

	post(d, VIRTIO_BLK_T_IN, 0, 512);
	W32(d->rig, VIRTIO_MMIO_STATUS, 0);
	assert_false(virtio_blk_busy(d->rig->device));
	assert_int_equal(d->rig->device->deadline_ns, DEVICE_NO_DEADLINE);
	rig_run(d->rig, d->rig->now_ns + 1000000);
	assert_int_equal(status(d), 0xee);
	driver_begin(d->rig, UINT64_MAX);
	ring_setup(&d->ring, d->rig, 0, 32);
	driver_ok(d->rig);
	assert_int_equal(request(d, VIRTIO_BLK_T_IN, 0, 512), 0);
}

static void saves(void **state)
{
	struct disk *d = *state;

	request(d, VIRTIO_BLK_T_IN, 1000, 512);
	request(d, VIRTIO_BLK_T_OUT, 5, 512);
	post(d, VIRTIO_BLK_T_IN, 16, 4096);
	check_save_load(d->rig->device, make(d->rig));
}

static void read_only(void **state)
{
	struct disk *d = *state;

	W32(d->rig, 0x014, 0);
	assert_int_equal(R32(d->rig, 0x010) & (1 << 5 | 1 << 9 | 1 << 13 | 1 << 14),
			 1 << 5 | 1 << 9);
	assert_int_equal(request(d, VIRTIO_BLK_T_OUT, 0, 512), VIRTIO_BLK_S_IOERR);
	assert_int_equal(request(d, VIRTIO_BLK_T_IN, 0, 512), 0);
	assert_int_equal(stats(d).writes, 0);
}

static void failed_host_write(void **state)
{
	struct disk *d = *state;

	assert_int_equal(request(d, VIRTIO_BLK_T_OUT, 0, 512), VIRTIO_BLK_S_IOERR);
	assert_int_equal(stats(d).writes, 0);
	assert_int_equal(request(d, VIRTIO_BLK_T_IN, 0, 512), 0);
}

/* virtio 1.2, section 4.2.3.2.1: what a driver wrote 0 to QueueReady of is its own again. */
static void queue_taken_back_while_busy(void **state)
{
	struct disk *d = *state;
	uint32_t id, written;

	post(d, VIRTIO_BLK_T_IN, 300, 512);
	W32(d->rig, 0x030, 0);
	W32(d->rig, 0x044, 0);
	assert_false(virtio_blk_busy(d->rig->device));
	memset(ram_at(d->rig, d->ring.desc), 0xff, 32 * 16);
	rig_run(d->rig, d->rig->now_ns + 100000000);
	assert_int_equal(R32(d->rig, 0x070) & VIRTIO_STATUS_NEEDS_RESET, 0);
	assert_int_equal(status(d), 0xee);
	assert_int_equal(stats(d).requests, 0);
	ring_setup(&d->ring, d->rig, 0, 16);
	rig_run(d->rig, d->rig->now_ns + 100000000);
	assert_false(take_used(&d->ring, &id, &written));
	assert_int_equal(request(d, VIRTIO_BLK_T_IN, 7, 512), VIRTIO_BLK_S_OK);
	assert_int_equal(((uint8_t *)ram_at(d->rig, d->data))[1], 7);
}

#define RULE_WITH(sentence, function, setup_function)                                              \
	{                                                                                          \
		sentence, function, setup_function, teardown, NULL                                 \
	}

static void large(void **state)
{
	struct disk *d = *state;
	uint64_t half = TEST_RAM + TEST_RAM_BYTES / 2, low = TEST_RAM + 0x40000;
	static uint8_t file[200 * 512];
	struct buffer buffer[4] = { { d->header, 16 },
				    { half + 0x20000, 150 * 512 + 3 },
				    { low, 50 * 512 - 3 },
				    { d->status, 1 } };

	header(d, d->header, VIRTIO_BLK_T_IN, 20);
	add_chain(&d->ring, buffer, 4, 1);
	rig_run(d->rig, d->rig->now_ns + 10000000);
	assert_int_equal(status(d), 0);
	assert_int_equal(pread(image, file, sizeof(file), 20 * 512), sizeof(file));
	assert_memory_equal(ram_at(d->rig, buffer[1].pa), file, buffer[1].bytes);
	assert_memory_equal(ram_at(d->rig, low), file + buffer[1].bytes, buffer[2].bytes);
	for (unsigned i = 0; i < 50 * 512; i++)
		((uint8_t *)ram_at(d->rig, low))[i] = (uint8_t)(i * 3 + i / 256);
	header(d, d->header, VIRTIO_BLK_T_OUT, 600);
	add_chain(&d->ring, buffer, 4, 3);
	rig_run(d->rig, d->rig->now_ns + 10000000);
	assert_int_equal(status(d), 0);
	assert_int_equal(pread(image, file, sizeof(file), 600 * 512), sizeof(file));
	assert_memory_equal(ram_at(d->rig, buffer[1].pa), file, buffer[1].bytes);
	assert_memory_equal(ram_at(d->rig, low), file + buffer[1].bytes, buffer[2].bytes);
}

static void one_buffer(void **state)
{
	struct disk *d = *state;
	uint64_t pa = new_buffer(d->rig, 2048);
	struct buffer write_all[2] = { { pa, 16 + 512 }, { d->status, 1 } };
	struct buffer read_all[2] = { { pa, 16 }, { pa + 512, 512 + 1 } };
	uint8_t file[512];

	header(d, pa, VIRTIO_BLK_T_OUT, 3);
	for (unsigned i = 0; i < 512; i++)
		((uint8_t *)ram_at(d->rig, pa + 16))[i] = (uint8_t)(i * 5);
	add_chain(&d->ring, write_all, 2, 1);
	rig_run(d->rig, d->rig->now_ns + 1000000);
	assert_int_equal(pread(image, file, 512, 3 * 512), 512);
	assert_memory_equal(file, ram_at(d->rig, pa + 16), 512);
	header(d, pa, VIRTIO_BLK_T_IN, 3);
	*(uint8_t *)ram_at(d->rig, pa + 1024) = 0xee;
	add_chain(&d->ring, read_all, 2, 1);
	rig_run(d->rig, d->rig->now_ns + 1000000);
	assert_memory_equal(file, ram_at(d->rig, pa + 512), 512);
	assert_int_equal(*(uint8_t *)ram_at(d->rig, pa + 1024), 0);
}

static void last_sector(void **state)
{
	struct disk *d = *state;
	uint64_t read_ns, written_ns;

	assert_int_equal(request(d, VIRTIO_BLK_T_IN, SECTORS - 1, 512), 0);
	assert_int_equal(request(d, VIRTIO_BLK_T_IN, SECTORS - 8, 4096), 0);
	assert_int_equal(request(d, VIRTIO_BLK_T_IN, SECTORS, 0), 0);
	assert_int_equal(stats(d).busy_ns, 110000 + 110000 + 100000);
	virtio_blk_page_times(d->rig->device, 127, &read_ns, &written_ns);
	assert_true(read_ns > 0);
	virtio_blk_page_times(d->rig->device, 128, &read_ns, &written_ns);
	assert_int_equal(read_ns, 0);
	assert_int_equal(R32(d->rig, 0x100 + 56), 1); /* the last word of the configuration */
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE("disk: configuration tells capacity, blocks of 512, pages of 4 KiB", config),
		RULE("disk: any run of sectors is read", reads),
		RULE("disk: any run of sectors is written, and nothing beside it", writes),
		RULE("disk: the used length is what was written to the guest", used_length),
		RULE("disk: a request takes its time plus that of each page touched", takes_time),
		RULE("disk: requests are served one at a time, in order", one_at_a_time),
		RULE("disk: pages are counted, stamped and reported when a request is done",
		     counts),
		RULE("disk: GET_ID gives the id, as much as fits", id_string),
		RULE("disk: zeroes and discards clear their range, or are refused", zeroes),
		RULE("disk: a request beyond the disk, odd or unknown fails alone", wild),
		RULE("disk: buffers outside RAM or absurdly long fail the request", wild_buffers),
		RULE("disk: a short header fails; no room for the status stops the device",
		     short_header),
		RULE("disk: header and data may be split at any byte", split_header),
		RULE("disk: a chain that turns bad while it is served stops the device",
		     changed_meanwhile),
		RULE("disk: a reset drops the request being served", reset_while_busy),
		RULE("disk: so does a queue that is taken back, which then works anew",
		     queue_taken_back_while_busy),
		RULE("disk: state survives save and load, also while busy", saves),
		RULE_WITH("disk: a read-only disk says so and refuses writes", read_only,
			  setup_read_only),
		RULE_WITH("disk: a failed host write is an I/O error", failed_host_write,
			  setup_sealed),
		RULE("disk: a request longer than our buffer, in odd pieces, is whole", large),
		RULE("disk: header and data, data and status may share a buffer", one_buffer),
		RULE("disk: the last sector is served, the time of all requests is counted",
		     last_sector),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("blk", tests, NULL, NULL);
}
