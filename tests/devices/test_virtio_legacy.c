/* The legacy interface of the virtio-mmio transport (virtio 1.2, sections 4.2.4 and 2.7.2), as drivers
 * from before version 1.0 use it; the entropy device serves as the simplest backend. */
#include "devices/virtio_rng.h"
#include "tests/devices/harness.h"

#define IRQ 1

#define STATUS		0x070
#define GUEST_PAGE_SIZE 0x028
#define QUEUE_SEL	0x030
#define QUEUE_NUM	0x038
#define QUEUE_ALIGN	0x03c
#define QUEUE_PFN	0x040

static struct device *make(struct rig *rig)
{
	struct device *device = virtio_rng_create(&rig->host, rig_wire(rig, IRQ), 42);

	virtio_make_legacy(device);
	return device;
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

/* Where the parts of a queue of `num` entries lie that begins at `base`. */
static struct ring ring_at(struct rig *rig, uint64_t base, unsigned num, uint64_t align)
{
	uint64_t avail = base + 16ull * num;

	memset(ram_at(rig, base), 0, 16384);
	return (struct ring){ .rig = rig,
			      .num = num,
			      .desc = base,
			      .avail = avail,
			      .used = (avail + 6 + 2ull * num + align - 1) / align * align };
}

static uint64_t page_of_ram(struct rig *rig)
{
	return (new_buffer(rig, 32768) + 4095) & ~UINT64_C(4095);
}

static void begin(struct rig *rig, uint32_t num)
{
	W32(rig, STATUS, 0);
	W32(rig, STATUS, 3);
	W32(rig, QUEUE_SEL, 0);
	W32(rig, QUEUE_NUM, num);
}

/* One chain of 16 bytes goes through. */
static void check_served(struct rig *rig, struct ring *ring)
{
	struct buffer buffer = { new_buffer(rig, 16), 16 };
	uint32_t id, bytes = 0;

	memset(ram_at(rig, buffer.pa), 0, 16);
	add_chain(ring, &buffer, 1, 0);
	assert_true(take_used(ring, &id, &bytes));
	assert_int_equal(bytes, 16);
	assert_int_not_equal(get32(rig, buffer.pa), 0);
	assert_true(rig->wire[IRQ]);
	W32(rig, 0x064, R32(rig, 0x060));
	assert_false(rig->wire[IRQ]);
}

static void identity(void **state)
{
	struct rig *rig = *state;
	struct device *empty = virtio_empty_create(&rig->host);
	uint64_t value = 0;

	assert_int_equal(R32(rig, 0x000), 0x74726976);
	assert_int_equal(R32(rig, 0x004), 1);
	assert_int_equal(R32(rig, 0x008), 4);
	assert_int_equal(R32(rig, 0x034), 256);
	virtio_make_legacy(empty);
	assert_true(bus_attach(&rig->bus, empty, 0x20000000, 0x1000));
	assert_true(bus_read(&rig->bus, 0x20000004, 4, &value));
	assert_int_equal(value, 1);
	device_destroy(empty);
}

static void features(void **state)
{
	struct rig *rig = *state;

	W32(rig, 0x014, 0);
	assert_int_equal(R32(rig, 0x010), UINT32_C(7) << 27); /* ANY_LAYOUT, INDIRECT, EVENT_IDX */
	W32(rig, 0x014, 1);
	assert_int_equal(R32(rig, 0x010), 0); /* no VERSION_1 */
	W32(rig, STATUS, 3);
	W32(rig, 0x020, UINT32_MAX);
	W32(rig, STATUS, 11);
	assert_int_equal(R32(rig, STATUS), 11); /* nothing was settled by FEATURES_OK */
}

static void pages(void **state)
{
	struct rig *rig = *state;
	uint64_t base = page_of_ram(rig);
	struct ring ring = ring_at(rig, base, 8, 4096);

	W32(rig, GUEST_PAGE_SIZE, 4096);
	begin(rig, 8);
	W32(rig, QUEUE_ALIGN, 4096);
	assert_int_equal(R32(rig, QUEUE_PFN), 0);
	W32(rig, QUEUE_PFN, (uint32_t)(base >> 12));
	assert_int_equal(R32(rig, QUEUE_PFN), base >> 12);
	assert_int_equal(R32(rig, 0x044), 0); /* QUEUE_READY is of version 2 */
	W32(rig, STATUS, 7);
	check_served(rig, &ring);
	check_served(rig, &ring);
}

static void bytes(void **state)
{
	struct rig *rig = *state;
	uint64_t base = page_of_ram(rig);
	struct ring ring = ring_at(rig, base, 16, 4096);

	begin(rig, 16);
	W32(rig, QUEUE_ALIGN, 0); /* says nothing */
	W32(rig, QUEUE_PFN, (uint32_t)base);
	assert_int_equal(R32(rig, QUEUE_PFN), base);
	W32(rig, STATUS, 7);
	check_served(rig, &ring);
}

static void machine_reset(void **state)
{
	struct rig *rig = *state;

	W32(rig, GUEST_PAGE_SIZE, 4096);
	rig->device->ops->reset(rig->device);
	bytes(state);
}

static void alignment(void **state)
{
	static const uint32_t align[] = { 4, 16, 256 };
	struct rig *rig = *state;
	uint64_t base = page_of_ram(rig);

	for (unsigned i = 0; i < sizeof(align) / sizeof(align[0]); i++) {
		struct ring ring = ring_at(rig, base, 8, align[i]);

		begin(rig, 8);
		W32(rig, QUEUE_ALIGN, align[i]);
		W32(rig, QUEUE_ALIGN, 48); /* no power of two */
		W32(rig, QUEUE_PFN, (uint32_t)base);
		W32(rig, STATUS, 7);
		check_served(rig, &ring);
	}
}

static void before_driver_ok(void **state)
{
	struct rig *rig = *state;
	uint64_t base = page_of_ram(rig);
	struct ring ring = ring_at(rig, base, 256, 4096);

	W32(rig, STATUS, 0);
	W32(rig, QUEUE_PFN, (uint32_t)base); /* nor a number: the largest */
	check_served(rig, &ring);
}

static void pfn_zero(void **state)
{
	struct rig *rig = *state;
	uint64_t base = page_of_ram(rig);
	struct ring ring = ring_at(rig, base, 8, 4096);

	W32(rig, GUEST_PAGE_SIZE, 4096);
	begin(rig, 8);
	W32(rig, QUEUE_PFN, (uint32_t)(base >> 12));
	W32(rig, STATUS, 7);
	check_served(rig, &ring);
	W32(rig, QUEUE_PFN, 0);
	assert_int_equal(R32(rig, QUEUE_PFN), 0);
	assert_int_equal(R32(rig, STATUS), 0);
	ring = ring_at(rig, base, 8, 4096);
	begin(rig, 8);
	W32(rig, QUEUE_PFN, (uint32_t)(base >> 12)); /* the page size is still known */
	check_served(rig, &ring);
}

static void nonsense(void **state)
{
	struct rig *rig = *state;
	struct ring ring = ring_at(rig, page_of_ram(rig), 8, 4096);

	begin(rig, 4096); /* more than there is */
	W32(rig, GUEST_PAGE_SIZE, UINT32_C(1) << 31);
	W32(rig, QUEUE_PFN, UINT32_MAX); /* far outside RAM */
	W32(rig, STATUS, 7);
	notify(&ring);
	assert_int_equal(R32(rig, STATUS) & VIRTIO_STATUS_NEEDS_RESET, VIRTIO_STATUS_NEEDS_RESET);
	W32(rig, QUEUE_SEL, 77);
	W32(rig, QUEUE_PFN, 1);
	assert_int_equal(R32(rig, QUEUE_PFN), 0);
	W32(rig, 0x080, 0x1000); /* registers of version 2 are none */
	W32(rig, 0x044, 1);
}

static void saves(void **state)
{
	struct rig *rig = *state;
	struct device *copy = make(rig);
	uint64_t base = page_of_ram(rig);
	struct ring ring = ring_at(rig, base, 8, 64);

	W32(rig, GUEST_PAGE_SIZE, 4096);
	begin(rig, 8);
	W32(rig, QUEUE_ALIGN, 64);
	W32(rig, QUEUE_PFN, (uint32_t)(base >> 12));
	W32(rig, STATUS, 7);
	check_served(rig, &ring);
	check_save_load(rig->device, copy);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE("virtio, legacy: version 1, in empty slots too", identity),
		RULE("virtio, legacy: ANY_LAYOUT is offered and VERSION_1 is not", features),
		RULE("virtio, legacy: a queue lies where QUEUE_PFN says, in pages", pages),
		RULE("virtio, legacy: in bytes, if the driver never gave a page size", bytes),
		RULE("virtio, legacy: nor since the machine was reset", machine_reset),
		RULE("virtio, legacy: the used ring stands at a multiple of QUEUE_ALIGN",
		     alignment),
		RULE("virtio, legacy: the device serves before DRIVER_OK, and without QUEUE_NUM",
		     before_driver_ok),
		RULE("virtio, legacy: QUEUE_PFN 0 resets the device", pfn_zero),
		RULE("virtio, legacy: nonsense stops the device or is ignored", nonsense),
		RULE("virtio, legacy: state survives save and load", saves),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("virtio legacy", tests, NULL, NULL);
}
