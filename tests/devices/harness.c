#include "tests/devices/harness.h"

#include <stdlib.h>

static bool in_ram(uint64_t pa, size_t bytes)
{
	return pa >= TEST_RAM && pa - TEST_RAM <= TEST_RAM_BYTES &&
	       bytes <= TEST_RAM_BYTES - (pa - TEST_RAM);
}

static bool dma_read(void *ctx, uint64_t pa, void *buf, size_t bytes)
{
	struct rig *rig = ctx;

	if (!in_ram(pa, bytes))
		return false;
	memcpy(buf, rig->ram + (pa - TEST_RAM), bytes);
	return true;
}

static bool dma_write(void *ctx, uint64_t pa, const void *buf, size_t bytes)
{
	struct rig *rig = ctx;

	if (!in_ram(pa, bytes))
		return false;
	memcpy(rig->ram + (pa - TEST_RAM), buf, bytes);
	return true;
}

static uint64_t now_ns(void *ctx)
{
	return ((struct rig *)ctx)->now_ns;
}

static void deadline_changed(void *ctx, struct device *device)
{
	(void)device;
	((struct rig *)ctx)->deadline_changes++;
}

static void wire_set(void *ctx, unsigned number, bool level)
{
	struct rig *rig = ctx;

	rig->rises[number] += level && !rig->wire[number];
	rig->wire[number] = level;
}

static void wire_edge(void *ctx, unsigned number, bool asks)
{
	struct rig *rig = ctx;

	rig->edges[number] += asks;
	rig->asks[number] = asks;
}

struct rig *rig_new(void)
{
	struct rig *rig = calloc(1, sizeof(*rig));

	assert_non_null(rig);
	rig->host = (struct device_host){ rig, dma_read, dma_write, now_ns, deadline_changed };
	rig->now_ns = 1000;
	rig->next_buffer = TEST_RAM + TEST_RAM_BYTES / 2;
	return rig;
}

void rig_free(struct rig *rig)
{
	device_destroy(rig->device);
	free(rig);
}

struct irq_line rig_wire(struct rig *rig, unsigned number)
{
	return (struct irq_line){ wire_set, rig, number, wire_edge };
}

void rig_attach(struct rig *rig, struct device *device)
{
	assert_non_null(device);
	rig->device = device;
	assert_true(bus_attach(&rig->bus, device, TEST_DEVICE, 0x600000));
}

void rig_run(struct rig *rig, uint64_t until_ns)
{
	while (rig->device->deadline_ns <= until_ns) {
		if (rig->now_ns < rig->device->deadline_ns)
			rig->now_ns = rig->device->deadline_ns;
		rig->device->ops->tick(rig->device, rig->now_ns);
	}
	if (rig->now_ns < until_ns)
		rig->now_ns = until_ns;
}

uint64_t reg_read(struct rig *rig, uint64_t offset, unsigned bytes)
{
	uint64_t value = 0;

	assert_true(bus_read(&rig->bus, TEST_DEVICE + offset, bytes, &value));
	return value;
}

void reg_write(struct rig *rig, uint64_t offset, unsigned bytes, uint64_t value)
{
	assert_true(bus_write(&rig->bus, TEST_DEVICE + offset, bytes, value));
}

void *ram_at(struct rig *rig, uint64_t pa)
{
	assert_true(in_ram(pa, 1));
	return rig->ram + (pa - TEST_RAM);
}

uint16_t get16(struct rig *rig, uint64_t pa)
{
	uint16_t value;

	memcpy(&value, ram_at(rig, pa), sizeof(value));
	return value;
}

uint32_t get32(struct rig *rig, uint64_t pa)
{
	uint32_t value;

	memcpy(&value, ram_at(rig, pa), sizeof(value));
	return value;
}

void put16(struct rig *rig, uint64_t pa, uint16_t value)
{
	memcpy(ram_at(rig, pa), &value, sizeof(value));
}

void put32(struct rig *rig, uint64_t pa, uint32_t value)
{
	memcpy(ram_at(rig, pa), &value, sizeof(value));
}

void put64(struct rig *rig, uint64_t pa, uint64_t value)
{
	memcpy(ram_at(rig, pa), &value, sizeof(value));
}

uint32_t driver_begin(struct rig *rig, uint64_t features)
{
	uint64_t offered = 0;

	W32(rig, VIRTIO_MMIO_STATUS, 0);
	W32(rig, VIRTIO_MMIO_STATUS, VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER);
	for (uint32_t half = 0; half < 2; half++) {
		W32(rig, VIRTIO_MMIO_DEVICE_FEATURES_SEL, half);
		offered |= R32(rig, VIRTIO_MMIO_DEVICE_FEATURES) << 32 * half;
	}
	if (features == UINT64_MAX)
		features = offered;
	for (uint32_t half = 0; half < 2; half++) {
		W32(rig, VIRTIO_MMIO_DRIVER_FEATURES_SEL, half);
		W32(rig, VIRTIO_MMIO_DRIVER_FEATURES, (uint32_t)(features >> 32 * half));
	}
	W32(rig, VIRTIO_MMIO_STATUS,
	    VIRTIO_STATUS_ACKNOWLEDGE | VIRTIO_STATUS_DRIVER | VIRTIO_STATUS_FEATURES_OK);
	return (uint32_t)R32(rig, VIRTIO_MMIO_STATUS);
}

void driver_ok(struct rig *rig)
{
	W32(rig, VIRTIO_MMIO_STATUS, R32(rig, VIRTIO_MMIO_STATUS) | VIRTIO_STATUS_DRIVER_OK);
}

/* The same place in the legacy interface: there the parts follow one another. */
static void ring_setup_legacy(struct ring *ring)
{
	struct rig *rig = ring->rig;

	ring->avail = ring->desc + 16 * ring->num;
	ring->used = (ring->avail + 6 + 2 * ring->num + 4095) & ~UINT64_C(4095);
	W32(rig, VIRTIO_MMIO_GUEST_PAGE_SIZE, 4096);
	W32(rig, VIRTIO_MMIO_QUEUE_ALIGN, 4096);
	W32(rig, VIRTIO_MMIO_QUEUE_PFN, (uint32_t)(ring->desc / 4096));
	assert_int_equal(R32(rig, VIRTIO_MMIO_QUEUE_PFN), ring->desc / 4096);
}

void ring_setup(struct ring *ring, struct rig *rig, unsigned queue, unsigned num)
{
	uint64_t base = TEST_RAM + 0x4000 * (queue + 1);

	*ring = (struct ring){ .rig = rig, .queue = queue, .num = num };
	ring->desc = base;
	ring->avail = base + 0x2000;
	ring->used = base + 0x3000;
	memset(ram_at(rig, base), 0, 0x4000);
	W32(rig, VIRTIO_MMIO_QUEUE_SEL, queue);
	assert_int_equal(R32(rig, VIRTIO_MMIO_QUEUE_READY), 0);
	W32(rig, VIRTIO_MMIO_QUEUE_NUM, num);
	if (R32(rig, VIRTIO_MMIO_VERSION) == VIRTIO_MMIO_VERSION_LEGACY) {
		ring_setup_legacy(ring);
		return;
	}
	W32(rig, VIRTIO_MMIO_QUEUE_DESC_LOW, (uint32_t)ring->desc);
	W32(rig, VIRTIO_MMIO_QUEUE_DESC_HIGH, ring->desc >> 32);
	W32(rig, VIRTIO_MMIO_QUEUE_DRIVER_LOW, (uint32_t)ring->avail);
	W32(rig, VIRTIO_MMIO_QUEUE_DRIVER_HIGH, ring->avail >> 32);
	W32(rig, VIRTIO_MMIO_QUEUE_DEVICE_LOW, (uint32_t)ring->used);
	W32(rig, VIRTIO_MMIO_QUEUE_DEVICE_HIGH, ring->used >> 32);
	W32(rig, VIRTIO_MMIO_QUEUE_READY, 1);
	assert_int_equal(R32(rig, VIRTIO_MMIO_QUEUE_READY), 1);
}

void set_desc(struct ring *ring, unsigned index, uint64_t pa, uint32_t bytes, unsigned flags,
	      unsigned next)
{
	uint64_t at = ring->desc + (uint64_t)index * VIRTQ_DESC_BYTES;

	put64(ring->rig, at + VIRTQ_DESC_ADDR, pa);
	put32(ring->rig, at + VIRTQ_DESC_LEN, bytes);
	put16(ring->rig, at + VIRTQ_DESC_FLAGS, (uint16_t)flags);
	put16(ring->rig, at + VIRTQ_DESC_NEXT, (uint16_t)next);
}

void make_available(struct ring *ring, uint16_t head)
{
	put16(ring->rig, ring->avail + VIRTQ_AVAIL_RING(ring->avail_idx % ring->num), head);
	ring->avail_idx++;
	put16(ring->rig, ring->avail + VIRTQ_AVAIL_IDX, ring->avail_idx);
}

void notify(struct ring *ring)
{
	W32(ring->rig, VIRTIO_MMIO_QUEUE_NOTIFY, ring->queue);
}

uint16_t add_chain(struct ring *ring, const struct buffer *buffer, unsigned n, unsigned readable)
{
	uint16_t head = ring->next_desc;

	for (unsigned i = 0; i < n; i++) {
		unsigned flags = (i + 1 < n ? VIRTQ_DESC_F_NEXT : 0) |
				 (i >= readable ? VIRTQ_DESC_F_WRITE : 0);
		unsigned next = (ring->next_desc + 1U) % ring->num;
		set_desc(ring, ring->next_desc, buffer[i].pa, buffer[i].bytes, flags, next);
		ring->next_desc = (uint16_t)next;
	}
	make_available(ring, head);
	notify(ring);
	return head;
}

bool take_used(struct ring *ring, uint32_t *id, uint32_t *bytes)
{
	uint64_t at = ring->used + VIRTQ_USED_RING(ring->used_idx % ring->num);

	if (get16(ring->rig, ring->used + VIRTQ_USED_IDX) == ring->used_idx)
		return false;
	*id = get32(ring->rig, at);
	*bytes = get32(ring->rig, at + 4);
	ring->used_idx++;
	return true;
}

uint64_t new_buffer(struct rig *rig, uint32_t bytes)
{
	uint64_t pa = rig->next_buffer;

	assert_true(pa + bytes <= TEST_RAM + TEST_RAM_BYTES);
	rig->next_buffer += bytes;
	return pa;
}

void check_save_load(struct device *device, struct device *copy)
{
	struct state_out first = { 0 }, second = { 0 };
	struct state_in in;

	device_save(device, &first);
	assert_false(first.failed);
	/* every truncation is refused, and harms nothing */
	for (size_t bytes = 0; bytes < first.bytes; bytes += 1 + first.bytes / 50) {
		in = (struct state_in){ .data = first.data, .bytes = bytes };
		assert_false(device_load(copy, &in));
	}
	in = (struct state_in){ .data = first.data, .bytes = first.bytes };
	assert_true(device_load(copy, &in));
	assert_int_equal(in.pos, first.bytes);
	device_save(copy, &second);
	assert_int_equal(second.bytes, first.bytes);
	assert_memory_equal(second.data, first.data, first.bytes);
	assert_int_equal(copy->deadline_ns, device->deadline_ns);
	state_out_free(&first);
	state_out_free(&second);
	device_destroy(copy);
}
