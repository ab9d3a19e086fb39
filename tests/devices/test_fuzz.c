/*
 * Every device under a guest gone wild: registers, rings, descriptors and saved states at random,
 * from fixed seeds.  Nothing may crash, hang or (with the sanitizers) stray; and a reset must bring
 * the device back.
 */
#include <stdlib.h>

#include "devices/clint.h"
#include "devices/finisher.h"
#include "devices/page_store.h"
#include "devices/plic.h"
#include "devices/rtc_goldfish.h"
#include "devices/uart16550.h"
#include "devices/virtio_blk.h"
#include "devices/virtio_console.h"
#include "devices/virtio_rng.h"
#include "tests/devices/harness.h"

#define STEPS	   200000
#define DISK_BYTES (256 * 4096)

static uint64_t random_state;
static struct page_store *store;

static uint64_t rnd(uint64_t below)
{
	uint64_t z = random_state += UINT64_C(0x9e3779b97f4a7c15);

	z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
	return (z ^ z >> 31) % below;
}

/* Small, huge, or near a power of two: where mistakes are. */
static uint64_t wild(void)
{
	switch (rnd(5)) {
	case 0:
		return rnd(8);
	case 1:
		return UINT64_MAX - rnd(8);
	case 2:
		return (UINT64_C(1) << rnd(64)) + rnd(3) - 1;
	case 3:
		return TEST_RAM + rnd(TEST_RAM_BYTES);
	default:
		return rnd(UINT64_MAX);
	}
}

static int setup(void **state)
{
	*state = rig_new();
	store = page_store_anonymous(DISK_BYTES);
	page_store_model_cache(store);
	random_state = 1;
	return 0;
}

static int teardown(void **state)
{
	rig_free(*state);
	page_store_close(store);
	return 0;
}

static void output(void *ctx, const uint8_t *bytes, size_t n)
{
	(void)ctx;
	(void)bytes;
	(void)n;
}

static ssize_t port_output(void *ctx, unsigned port, const uint8_t *bytes, size_t n)
{
	(void)ctx;
	(void)port;
	(void)bytes;
	return rnd(50) == 0 ? -32 : (ssize_t)rnd(n + 1);
}

static ssize_t port_input(void *ctx, unsigned port, uint8_t *buf, size_t max)
{
	size_t n = rnd(max + 1);

	(void)ctx;
	(void)port;
	memset(buf, 0x41, n);
	return rnd(200) == 0 ? -1 : (ssize_t)n;
}

static void finish(void *ctx, enum finisher_action action, unsigned code)
{
	(void)ctx;
	(void)action;
	assert_true(code <= 0xffff);
}

static unsigned pages_seen[2];

static void observe(void *ctx, unsigned disk, uint64_t page, bool write)
{
	(void)ctx;
	(void)disk;
	assert_true(page < DISK_BYTES / 4096);
	pages_seen[write]++;
}

static struct device *make_disk(struct rig *rig)
{
	struct virtio_blk_config config = {
		.store = store, .request_ns = 100, .page_ns = 1, .observe = observe
	};

	return virtio_blk_create(&rig->host, rig_wire(rig, 1), &config);
}

static struct device *make_console(struct rig *rig)
{
	struct virtio_console_config config = { .ports = 3,
						.port = { { "in", true }, { "out", false } },
						.cols = 80,
						.rows = 25,
						.output = port_output,
						.input = port_input };

	return virtio_console_create(&rig->host, rig_wire(rig, 1), &config);
}

static struct device *make_rng(struct rig *rig)
{
	return virtio_rng_create(&rig->host, rig_wire(rig, 1), 1);
}

static void load_nonsense(struct rig *rig)
{
	struct state_out out = { 0 };
	struct state_in in;

	device_save(rig->device, &out);
	for (uint64_t n = out.bytes > 24 ? rnd(8) : 0; n; n--)
		out.data[24 + rnd(out.bytes - 24)] = (uint8_t)wild();
	in = (struct state_in){ .data = out.data, .bytes = rnd(4) ? out.bytes : rnd(out.bytes) };
	if (!device_load(rig->device, &in))
		device_reset(rig->device);
	state_out_free(&out);
	if (rig->device->deadline_ns != DEVICE_NO_DEADLINE &&
	    rig->device->deadline_ns > rig->now_ns + 1000)
		device_set_deadline(rig->device, rig->now_ns + 1000);
}

/* A driver that sets its queues up properly, so that the rest gets through. */
static void set_up(struct rig *rig, unsigned queues, struct ring *ring, uint64_t features)
{
	driver_begin(rig, features);
	for (unsigned queue = 0; queue < queues; queue++)
		ring_setup(&ring[queue], rig, queue, 1U << rnd(6));
	driver_ok(rig);
}

static uint64_t near_ring(const struct ring *ring)
{
	const uint64_t part[] = { ring->desc, ring->avail, ring->used };

	return part[rnd(3)] + rnd(64);
}

static void wild_descriptor(struct ring *ring)
{
	unsigned head = (unsigned)rnd(ring->num);
	uint64_t pa = rnd(4) ? TEST_RAM + rnd(TEST_RAM_BYTES) : wild();

	if (rnd(6) == 0)
		pa = near_ring(ring);
	set_desc(ring, head, pa, (uint32_t)(rnd(3) ? rnd(64) : wild()),
		 (unsigned)(rnd(8) ? rnd(4) : rnd(8)),
		 (unsigned)(rnd(9) ? rnd(ring->num) : wild()));
	/* a likely request header, now and then */
	if (rnd(2) && pa >= TEST_RAM && pa <= TEST_RAM + TEST_RAM_BYTES - 16) {
		put32(ring->rig, pa, (uint32_t)rnd(14));
		put32(ring->rig, pa + 4, (uint32_t)(rnd(8) | rnd(3) << 16));
		put64(ring->rig, pa + 8, rnd(3) ? rnd(DISK_BYTES / 512) : wild());
	}
}

/* Header, data and status as a disk wants them, with only the numbers wild. */
static void likely_chain(struct ring *ring)
{
	uint64_t pa = TEST_RAM + TEST_RAM_BYTES / 2;
	unsigned write = rnd(2);

	if (ring->num < 4)
		return;
	put32(ring->rig, pa, (uint32_t)(rnd(9) ? !write ? 0 : 1 : rnd(16)));
	put64(ring->rig, pa + 8, rnd(5) ? rnd(DISK_BYTES / 512) : wild());
	set_desc(ring, 0, pa, 16, VIRTQ_DESC_F_NEXT, 1);
	set_desc(ring, 1, pa + 512, (uint32_t)(rnd(5) ? 512 * rnd(16) : wild()),
		 VIRTQ_DESC_F_NEXT | (write ? 0 : VIRTQ_DESC_F_WRITE), 2);
	set_desc(ring, 2, pa + 16, 1, VIRTQ_DESC_F_WRITE, 0);
	make_available(ring, 0);
	notify(ring);
}

static void step(struct rig *rig, struct ring *ring, unsigned queues)
{
	struct ring *r = &ring[rnd(queues)];

	switch (rnd(9)) {
	case 0:
		reg_write(rig, rnd(0x110 / 4) * 4, 4, wild());
		break;
	case 1:
		reg_read(rig, rnd(0x140 / 8) * 8, 1U << rnd(4));
		break;
	case 2:
		put16(rig, near_ring(r), (uint16_t)wild());
		break;
	case 3:
		rig_run(rig, rig->now_ns + rnd(1000));
		break;
	case 4:
		if (rnd(20) == 0)
			load_nonsense(rig);
		break;
	case 5:
	case 6:
	case 7:
		likely_chain(r);
		break;
	default:
		wild_descriptor(r);
		make_available(r, (uint16_t)(rnd(30) ? rnd(r->num) : wild()));
		notify(r);
		break;
	}
}

static void fuzz_virtio(struct rig *rig, struct device *device, unsigned queues)
{
	struct ring ring[8];

	rig_attach(rig, device);
	set_up(rig, queues, ring, UINT64_MAX);
	for (unsigned i = 0; i < STEPS; i++) {
		step(rig, ring, queues);
		if (rnd(40) == 0)
			set_up(rig, queues, ring, rnd(2) ? UINT64_MAX : rnd(4) | UINT64_C(1) << 32);
	}
	set_up(rig, queues, ring, UINT64_MAX);
	assert_int_equal(R32(rig, VIRTIO_MMIO_STATUS), 15);
}

static void fuzz_rng(void **state)
{
	fuzz_virtio(*state, make_rng(*state), 1);
}

static void fuzz_disk(void **state)
{
	struct rig *rig = *state;

	fuzz_virtio(rig, make_disk(rig), 1);
	assert_true(pages_seen[0] > 1000 && pages_seen[1] > 1000); /* it did get through */
}

static void fuzz_legacy(void **state)
{
	struct device *device = make_disk(*state);

	pages_seen[0] = pages_seen[1] = 0;
	virtio_make_legacy(device);
	fuzz_virtio(*state, device, 1);
	assert_true(pages_seen[0] > 1000 && pages_seen[1] > 1000);
}

static void fuzz_legacy_console(void **state)
{
	struct device *device = make_console(*state);

	virtio_make_legacy(device);
	fuzz_virtio(*state, device, 8);
}

static void fuzz_console(void **state)
{
	fuzz_virtio(*state, make_console(*state), 8);
}

static void fuzz_registers(struct rig *rig, struct device *device, uint64_t bytes)
{
	uint64_t value;

	rig_attach(rig, device);
	for (unsigned i = 0; i < STEPS; i++) {
		unsigned size = 1U << rnd(4);
		uint64_t offset = rnd(bytes / size) * size;
		if (rnd(2))
			bus_write(&rig->bus, TEST_DEVICE + offset, size, wild());
		else
			bus_read(&rig->bus, TEST_DEVICE + offset, size, &value);
		/* bounded: the guest's own doing may be a deadline at every instant */
		if (device->deadline_ns <= rig->now_ns && device->ops->tick)
			device->ops->tick(device, rig->now_ns);
		rig->now_ns += rnd(3) ? 0 : rnd(10000);
		if (rnd(100) == 0)
			load_nonsense(rig);
	}
	device_reset(device);
}

static void fuzz_uart(void **state)
{
	struct rig *rig = *state;
	struct uart_host uart = { .output = output };

	fuzz_registers(rig, uart16550_create(&rig->host, rig_wire(rig, 1), uart), 16);
}

static void fuzz_clint(void **state)
{
	struct rig *rig = *state;
	struct clint_config config = { .harts = 8 };

	fuzz_registers(rig, clint_create(&rig->host, &config), 0x10000);
}

static void fuzz_plic(void **state)
{
	struct irq_line lines[16] = { { 0 } };
	struct rig *rig = *state;

	fuzz_registers(rig, plic_create(&rig->host, 16, lines), 0x600000);
}

static void fuzz_rtc(void **state)
{
	struct rig *rig = *state;

	fuzz_registers(rig, rtc_goldfish_create(&rig->host, rig_wire(rig, 1), 12345), 0x40);
}

static void fuzz_finisher(void **state)
{
	struct rig *rig = *state;

	fuzz_registers(rig, finisher_create(&rig->host, (struct finisher_host){ .finish = finish }),
		       0x40);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE("wild guest: virtio-rng survives and comes back", fuzz_rng),
		RULE("wild guest: the disk survives and comes back", fuzz_disk),
		RULE("wild guest: the console survives and comes back", fuzz_console),
		RULE("wild guest: so does a disk of the legacy interface", fuzz_legacy),
		RULE("wild guest: and such a console", fuzz_legacy_console),
		RULE("wild guest: the UART survives", fuzz_uart),
		RULE("wild guest: the CLINT survives", fuzz_clint),
		RULE("wild guest: the PLIC survives", fuzz_plic),
		RULE("wild guest: the RTC survives", fuzz_rtc),
		RULE("wild guest: the finisher survives", fuzz_finisher),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("fuzz", tests, NULL, NULL);
}
