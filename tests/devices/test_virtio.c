/* The virtio-mmio transport and its queues, well-behaved and hostile; the entropy device serves
 * as the simplest backend. */
#include "devices/virtio_rng.h"
#include "tests/devices/harness.h"

#define IRQ 1

static struct device *make(struct rig *rig)
{
	return virtio_rng_create(&rig->host, rig_wire(rig, IRQ), 42);
}

static int setup(void **state)
{
	struct rig *rig = rig_new();

	rig_attach(rig, make(rig));
	*state = rig;
	return 0;
}

static int teardown(void **state)
{
	rig_free(*state);
	return 0;
}

#define ALL	     UINT64_MAX
#define NO_EVENT_IDX (UINT64_C(1) << 32 | UINT64_C(1) << 28)

static void start(struct rig *rig, struct ring *ring, unsigned num, uint64_t features)
{
	assert_int_equal(driver_begin(rig, features), VIRTIO_STATUS_ACKNOWLEDGE |
							      VIRTIO_STATUS_DRIVER |
							      VIRTIO_STATUS_FEATURES_OK);
	ring_setup(ring, rig, 0, num);
	driver_ok(rig);
}

static bool broken(struct rig *rig)
{
	return R32(rig, VIRTIO_MMIO_STATUS) & VIRTIO_STATUS_NEEDS_RESET;
}

static void identity(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(R32(rig, 0x000), 0x74726976);
	assert_int_equal(R32(rig, 0x004), 2);
	assert_int_equal(R32(rig, 0x008), 4);
	assert_int_equal(R32(rig, 0x00c), 0x554d4551);
	assert_int_equal(R32(rig, 0x0b0), 0xffffffff); /* no shared memory */
	assert_int_equal(R8(rig, 0x000), 0);	       /* registers are words */
	assert_int_equal(R32(rig, 0x100), 0);	       /* no configuration space */
	assert_int_equal(reg_read(rig, 0x000, 8), UINT64_C(0x274726976)); /* two words at once */
	assert_int_equal(reg_read(rig, 0x0f8, 8), 0);
	W32(rig, 0x100, 1);
	W8(rig, 0x070, 1);
	assert_int_equal(R32(rig, 0x070), 0);
}

static void empty_slot(void **state)
{
	struct rig *rig = *state;
	struct device *device = virtio_empty_create(&rig->host);

	assert_true(bus_attach(&rig->bus, device, 0x20000000, 0x1000));
	uint64_t value = 1;
	assert_true(bus_read(&rig->bus, 0x20000000, 4, &value));
	assert_int_equal(value, 0x74726976);
	assert_true(bus_read(&rig->bus, 0x20000008, 4, &value));
	assert_int_equal(value, 0);
	assert_true(bus_write(&rig->bus, 0x20000050, 4, 0));
	assert_true(bus_write(&rig->bus, 0x20000070, 4, 7));
	device_destroy(device);
}

static void features(void **state)
{
	struct rig *rig = *state;

	W32(rig, 0x014, 0);
	assert_int_equal(R32(rig, 0x010), UINT32_C(3) << 28);
	W32(rig, 0x014, 1);
	assert_int_equal(R32(rig, 0x010), 1);
	W32(rig, 0x014, 2);
	assert_int_equal(R32(rig, 0x010), 0);
	assert_int_equal(driver_begin(rig, UINT64_C(1) << 5), 3); /* not offered: not OK */
	assert_int_equal(driver_begin(rig, NO_EVENT_IDX), 11);
	W32(rig, 0x024, 0);
	W32(rig, 0x020, 1 << 5); /* too late: ignored */
	driver_ok(rig);
	assert_int_equal(R32(rig, 0x070), 15);
	assert_int_equal(driver_begin(rig, 0), 11); /* as xv6: no VERSION_1 */
}

static void queue_registers(void **state)
{
	struct rig *rig = *state;
	struct ring ring;

	driver_begin(rig, ALL);
	W32(rig, 0x030, 1);
	assert_int_equal(R32(rig, 0x034), 0);
	W32(rig, 0x044, 1);
	assert_int_equal(R32(rig, 0x044), 0);
	W32(rig, 0x030, 0);
	assert_int_equal(R32(rig, 0x034), 256);
	static const struct {
		uint32_t num, desc, avail, used;
	} wrong[] = { { 0, 0, 0, 0 }, { 3, 0, 0, 0 },  { 512, 0, 0, 0 },
		      { 8, 8, 0, 0 }, { 8, 16, 1, 0 }, { 8, 16, 2, 2 } };
	for (unsigned i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++) {
		W32(rig, 0x038, wrong[i].num);
		W32(rig, 0x080, wrong[i].desc);
		W32(rig, 0x090, wrong[i].avail);
		reg_write(rig, 0x0a0, 8, UINT64_C(7) << 32 | wrong[i].used);
		W32(rig, 0x044, 1);
		assert_int_equal(R32(rig, 0x044), 0);
	}
	ring_setup(&ring, rig, 0, 8);
	W32(rig, 0x038, 16); /* in use: not changed */
	driver_ok(rig);
	add_chain(&ring, &(struct buffer){ new_buffer(rig, 16), 16 }, 1, 0);
	assert_int_equal(get16(rig, ring.used + 2), 1);
	W32(rig, 0x044, 0);
	assert_int_equal(R32(rig, 0x044), 0);
}

static void serves(void **state)
{
	struct rig *rig = *state;
	struct ring ring;
	uint32_t id = 9, bytes = 0;
	uint64_t pa = new_buffer(rig, 64);

	start(rig, &ring, 4, NO_EVENT_IDX);
	for (unsigned i = 0; i < 11; i++) { /* the ring wraps */
		uint16_t head = add_chain(&ring, &(struct buffer){ pa, 64 }, 1, 0);
		assert_true(take_used(&ring, &id, &bytes));
		assert_int_equal(id, head);
		assert_int_equal(bytes, 64);
		assert_int_equal(R32(rig, 0x060), 1);
		assert_true(rig->wire[IRQ]);
		W32(rig, 0x064, 1);
		assert_int_equal(R32(rig, 0x060), 0);
		assert_false(rig->wire[IRQ]);
	}
	assert_int_equal(get16(rig, ring.used + 2), 11);
}

static void not_before_ok(void **state)
{
	struct rig *rig = *state;
	struct ring ring;
	uint32_t id, bytes;

	driver_begin(rig, ALL);
	ring_setup(&ring, rig, 0, 4);
	add_chain(&ring, &(struct buffer){ new_buffer(rig, 64), 64 }, 1, 0);
	assert_false(take_used(&ring, &id, &bytes));
	driver_ok(rig);
	assert_true(take_used(&ring, &id, &bytes));
	W32(rig, 0x050, 99); /* no such queue */
	assert_false(broken(rig));
}

static void seeded(void **state)
{
	struct rig *rig = *state, *other = rig_new();
	struct ring a, b;
	uint64_t pa = new_buffer(rig, 1000), pb = new_buffer(other, 1000);

	rig_attach(other, make(other));
	start(rig, &a, 4, ALL);
	start(other, &b, 4, ALL);
	add_chain(&a, &(struct buffer){ pa, 1000 }, 1, 0);
	add_chain(&b, &(struct buffer){ pb, 1000 }, 1, 0);
	assert_memory_equal(ram_at(rig, pa), ram_at(other, pb), 1000);
	assert_int_not_equal(get32(rig, pa), get32(rig, pa + 4));
	add_chain(&b, &(struct buffer){ pb, 1000 }, 1, 0);
	assert_memory_not_equal(ram_at(rig, pa), ram_at(other, pb), 1000);
	rig_free(other);
}

static void scatters(void **state)
{
	struct rig *rig = *state;
	struct ring ring;
	uint32_t id, bytes;
	struct buffer buffer[4] = { { new_buffer(rig, 16), 3 },
				    { new_buffer(rig, 16), 0 },
				    { new_buffer(rig, 16), 7 },
				    { new_buffer(rig, 16), 1 } };

	start(rig, &ring, 8, ALL);
	add_chain(&ring, buffer, 4, 0);
	assert_true(take_used(&ring, &id, &bytes));
	assert_int_equal(bytes, 11);
	assert_int_equal(get32(rig, buffer[0].pa) >> 24, 0); /* not one byte further */
	assert_int_equal(get32(rig, buffer[1].pa), 0);
	assert_int_equal(get32(rig, buffer[3].pa) >> 8, 0);
}

static void indirect(void **state)
{
	struct rig *rig = *state;
	struct ring ring, table;
	uint64_t at = new_buffer(rig, 256), pa = new_buffer(rig, 64);
	uint32_t id, bytes;

	start(rig, &ring, 4, ALL);
	table = ring;
	table.desc = at;
	set_desc(&table, 0, pa, 8, VIRTQ_DESC_F_WRITE | VIRTQ_DESC_F_NEXT, 5);
	set_desc(&table, 5, pa + 8, 8, VIRTQ_DESC_F_WRITE, 0);
	set_desc(&ring, 1, at, 6 * 16, VIRTQ_DESC_F_INDIRECT, 0);
	set_desc(&ring, 0, pa + 32, 4, VIRTQ_DESC_F_WRITE | VIRTQ_DESC_F_NEXT, 1);
	make_available(&ring, 0);
	notify(&ring);
	assert_true(take_used(&ring, &id, &bytes));
	assert_int_equal(bytes, 20);
}

/* Each of these must stop the device, and nothing else; a reset must bring it back. */
static void hostile_chain(struct rig *rig, struct ring *ring, uint16_t head)
{
	uint32_t id, bytes;

	make_available(ring, head);
	notify(ring);
	assert_true(broken(rig));
	assert_int_equal(R32(rig, 0x060) & 2, 2); /* the driver is told */
	assert_false(take_used(ring, &id, &bytes));
	W32(rig, 0x070, R32(rig, 0x070) & ~0x40u);
	assert_true(broken(rig)); /* only a reset ends it */
	notify(ring);
	start(rig, ring, 8, ALL);
	assert_false(broken(rig));
	assert_false(rig->wire[IRQ]);
}

static void hostile_chains(void **state)
{
	struct rig *rig = *state;
	struct ring ring, table;
	uint64_t at = new_buffer(rig, 4096), pa = new_buffer(rig, 64);
	unsigned next = VIRTQ_DESC_F_NEXT, write = VIRTQ_DESC_F_WRITE, ind = VIRTQ_DESC_F_INDIRECT;

	start(rig, &ring, 8, ALL);
	table = ring;
	table.desc = at;
	set_desc(&ring, 0, pa, 4, next, 0); /* loops on itself */
	hostile_chain(rig, &ring, 0);
	set_desc(&ring, 0, pa, 4, next, 1); /* loops by two */
	set_desc(&ring, 1, pa, 4, next, 0);
	hostile_chain(rig, &ring, 0);
	hostile_chain(rig, &ring, 8); /* head beyond the table */
	hostile_chain(rig, &ring, 0xffff);
	set_desc(&ring, 0, pa, 4, next, 8); /* next beyond it */
	hostile_chain(rig, &ring, 0);
	set_desc(&ring, 0, pa, 4, write | next, 1); /* readable behind writable */
	set_desc(&ring, 1, pa, 4, 0, 0);
	hostile_chain(rig, &ring, 0);
	set_desc(&ring, 0, at, 17, ind, 0); /* indirect table of odd length, empty, */
	hostile_chain(rig, &ring, 0);
	set_desc(&ring, 0, at, 0, ind, 0);
	hostile_chain(rig, &ring, 0);
	set_desc(&ring, 0, 0x1000, 16, ind, 0); /* outside RAM, */
	hostile_chain(rig, &ring, 0);
	set_desc(&ring, 0, UINT64_MAX - 15, 0xfffffff0, ind, 0); /* of absurd length, */
	hostile_chain(rig, &ring, 0);
	set_desc(&ring, 0, at, 16, ind | next, 1); /* with a next, */
	hostile_chain(rig, &ring, 0);
	set_desc(&table, 0, at, 16, ind, 0); /* nested, */
	set_desc(&ring, 0, at, 16, ind, 0);
	hostile_chain(rig, &ring, 0);
	set_desc(&table, 0, pa, 1, write | next, 0); /* and looping */
	set_desc(&ring, 0, at, 160, ind, 0);
	hostile_chain(rig, &ring, 0);
}

static void too_long(void **state)
{
	struct rig *rig = *state;
	struct ring ring, table;
	uint64_t at = new_buffer(rig, 400 * 16), pa = new_buffer(rig, 64);

	start(rig, &ring, 8, ALL);
	table = ring;
	table.desc = at;
	for (unsigned i = 0; i < 300; i++)
		set_desc(&table, i, pa, 1, VIRTQ_DESC_F_WRITE | (i < 299 ? VIRTQ_DESC_F_NEXT : 0),
			 i + 1);
	set_desc(&ring, 0, at, 300 * 16, VIRTQ_DESC_F_INDIRECT, 0);
	hostile_chain(rig, &ring, 0);
}

static void unoffered_indirect(void **state)
{
	struct rig *rig = *state;
	struct ring ring;

	start(rig, &ring, 8, UINT64_C(1) << 32);
	set_desc(&ring, 0, new_buffer(rig, 64), 16, VIRTQ_DESC_F_INDIRECT, 0);
	hostile_chain(rig, &ring, 0);
}

static void hostile_index(void **state)
{
	struct rig *rig = *state;
	struct ring ring;

	start(rig, &ring, 8, ALL);
	put16(rig, ring.avail + 2, 9); /* more than the ring has */
	notify(&ring);
	assert_true(broken(rig));
}

static void parts_outside_ram(void **state)
{
	struct rig *rig = *state;
	struct ring ring;

	for (unsigned part = 0; part < 3; part++) {
		driver_begin(rig, ALL);
		ring_setup(&ring, rig, 0, 8);
		W32(rig, 0x044, 0);
		W32(rig, 0x084 + 0x10 * part, 0x7fffffff);
		W32(rig, 0x044, 1);
		driver_ok(rig);
		set_desc(&ring, 0, new_buffer(rig, 8), 8, VIRTQ_DESC_F_WRITE, 0);
		make_available(&ring, 0);
		notify(&ring);
		assert_true(broken(rig));
	}
}

static void buffer_outside_ram(void **state)
{
	struct rig *rig = *state;
	struct ring ring;
	uint32_t id, bytes;

	start(rig, &ring, 8, ALL);
	add_chain(&ring, &(struct buffer){ 0x1000, 64 }, 1, 0);
	assert_true(take_used(&ring, &id, &bytes));
	assert_int_equal(bytes, 0);
	add_chain(&ring, &(struct buffer){ UINT64_MAX - 8, 0xffffffff }, 1, 0);
	assert_true(take_used(&ring, &id, &bytes));
	assert_int_equal(bytes, 0);
	assert_false(broken(rig));
}

static void device_writes_ring(void **state)
{
	struct rig *rig = *state;
	struct ring ring;

	start(rig, &ring, 8, ALL);
	/* random bytes over the available index, the descriptors and all */
	add_chain(&ring, &(struct buffer){ ring.desc, 0x4000 }, 1, 0);
	for (unsigned i = 0; i < 50; i++)
		notify(&ring);
	W32(rig, 0x070, 0);
	start(rig, &ring, 8, ALL);
	assert_false(broken(rig));
}

static void suppresses(void **state)
{
	struct rig *rig = *state;
	struct ring ring;
	struct buffer buffer = { new_buffer(rig, 8), 8 };

	start(rig, &ring, 8, NO_EVENT_IDX);
	put16(rig, ring.avail, VIRTQ_AVAIL_F_NO_INTERRUPT);
	add_chain(&ring, &buffer, 1, 0);
	assert_false(rig->wire[IRQ]);
	put16(rig, ring.avail, 0);
	add_chain(&ring, &buffer, 1, 0);
	assert_true(rig->wire[IRQ]);
}

static void event_index(void **state)
{
	struct rig *rig = *state;
	struct ring ring;
	struct buffer buffer = { new_buffer(rig, 8), 8 };
	uint64_t used_event;

	start(rig, &ring, 8, ALL);
	used_event = ring.avail + 4 + 2 * 8;
	put16(rig, used_event, 2); /* tell me when the third is used */
	add_chain(&ring, &buffer, 1, 0);
	W32(rig, 0x064, 1); /* the very first always tells */
	add_chain(&ring, &buffer, 1, 0);
	assert_false(rig->wire[IRQ]);
	add_chain(&ring, &buffer, 1, 0);
	assert_true(rig->wire[IRQ]);
	W32(rig, 0x064, 1);
	add_chain(&ring, &buffer, 1, 0);
	assert_false(rig->wire[IRQ]);
	/* and the device asks to be told of the next one it has not seen */
	assert_int_equal(get16(rig, ring.used + 4 + 8 * 8), 4);
}

static void resets(void **state)
{
	struct rig *rig = *state;
	struct ring ring;

	start(rig, &ring, 8, ALL);
	add_chain(&ring, &(struct buffer){ new_buffer(rig, 8), 8 }, 1, 0);
	assert_true(rig->wire[IRQ]);
	W32(rig, 0x070, 0);
	assert_false(rig->wire[IRQ]);
	assert_int_equal(R32(rig, 0x070), 0);
	assert_int_equal(R32(rig, 0x044), 0);
	assert_int_equal(R32(rig, 0x060), 0);
	notify(&ring);
	start(rig, &ring, 8, ALL);
	add_chain(&ring, &(struct buffer){ new_buffer(rig, 8), 8 }, 1, 0);
	assert_int_equal(get16(rig, ring.used + 2), 1);
}

static void saves(void **state)
{
	struct rig *rig = *state;
	struct ring ring;

	start(rig, &ring, 8, ALL);
	add_chain(&ring, &(struct buffer){ new_buffer(rig, 8), 8 }, 1, 0);
	check_save_load(rig->device, make(rig));
}

static void full_ring(void **state)
{
	struct rig *rig = *state;
	struct ring ring;
	uint32_t id, bytes;

	start(rig, &ring, 256, NO_EVENT_IDX);
	for (unsigned i = 0; i < 256; i++) {
		set_desc(&ring, i, new_buffer(rig, 8), 8, VIRTQ_DESC_F_WRITE, 0);
		make_available(&ring, (uint16_t)i);
	}
	notify(&ring);
	for (unsigned i = 0; i < 256; i++) {
		assert_true(take_used(&ring, &id, &bytes));
		assert_int_equal(id, i);
		assert_int_equal(bytes, 8);
	}
	assert_false(broken(rig));
}

static void longest_chain(void **state)
{
	struct rig *rig = *state;
	struct ring ring;
	uint32_t id, bytes;

	start(rig, &ring, 256, NO_EVENT_IDX);
	for (unsigned i = 0; i < 256; i++)
		set_desc(&ring, i, new_buffer(rig, 8), 8,
			 VIRTQ_DESC_F_WRITE | (i < 255 ? VIRTQ_DESC_F_NEXT : 0), i + 1);
	make_available(&ring, 0);
	notify(&ring);
	assert_true(take_used(&ring, &id, &bytes));
	assert_int_equal(bytes, 256 * 8);
}

/* splitmix64 of seed 42, made apart from the device */
static void known_bytes(void **state)
{
	struct rig *rig = *state;
	struct ring ring;
	uint64_t x = 42, pa = new_buffer(rig, 1024);

	start(rig, &ring, 4, ALL);
	add_chain(&ring, &(struct buffer){ pa, 1000 }, 1, 0);
	for (unsigned i = 0; i < 1000 / 8; i++) {
		uint64_t z = x += UINT64_C(0x9e3779b97f4a7c15), got;
		z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
		z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
		memcpy(&got, ram_at(rig, pa + 8 * i), 8);
		assert_true(got == (z ^ z >> 31));
	}
	assert_int_equal(get32(rig, pa + 1000), 0);
}

static void upper_features(void **state)
{
	struct rig *rig = *state;

	assert_int_equal(driver_begin(rig, UINT64_C(1) << 40), 3);
	assert_int_equal(driver_begin(rig, UINT64_C(1) << 32), 11);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE("virtio: magic, version 2, device id and vendor; registers are words, or two",
		     identity),
		RULE("virtio: an empty slot has device id 0", empty_slot),
		RULE("virtio: FEATURES_OK holds only if all accepted features were offered",
		     features),
		RULE("virtio: a queue becomes ready only with a power of two and aligned parts",
		     queue_registers),
		RULE("virtio: a chain is served, used and told by interrupt until acknowledged",
		     serves),
		RULE("virtio: nothing is served before DRIVER_OK, what waited is served then",
		     not_before_ok),
		RULE("virtio-rng: the same seed gives the same bytes", seeded),
		RULE("virtio: a chain of buffers is filled in order, not one byte further",
		     scatters),
		RULE("virtio: an indirect table may end a chain", indirect),
		RULE("virtio: a chain against the rules stops the device until reset",
		     hostile_chains),
		RULE("virtio: so does one of more than 256 buffers", too_long),
		RULE("virtio: so does an indirect table without the feature", unoffered_indirect),
		RULE("virtio: so does an available index further than the ring is long",
		     hostile_index),
		RULE("virtio: so does a part of the queue outside RAM", parts_outside_ram),
		RULE("virtio: a buffer outside RAM fails that chain alone", buffer_outside_ram),
		RULE("virtio: a device that overwrites its own ring does not hang",
		     device_writes_ring),
		RULE("virtio: VIRTQ_AVAIL_F_NO_INTERRUPT suppresses interrupts", suppresses),
		RULE("virtio: EVENT_IDX says when to interrupt and to notify", event_index),
		RULE("virtio: status 0 resets queues and interrupt", resets),
		RULE("virtio: state survives save and load", saves),
		RULE("virtio: a full ring of 256 is served", full_ring),
		RULE("virtio: a chain of 256 buffers is served", longest_chain),
		RULE("virtio-rng: the bytes are the generator's, across pieces", known_bytes),
		RULE("virtio: features of the upper bank are checked too", upper_features),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("virtio", tests, NULL, NULL);
}
