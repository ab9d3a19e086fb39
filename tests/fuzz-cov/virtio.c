/*
 * Every device under a wild driver.  The input is a list of steps: register accesses of any size,
 * stores into the rings and buffers, descriptors, notifications, time that passes, input that comes,
 * resets and saved states in the middle of it all.
 */
#include "devices/bus.h"
#include "devices/clint.h"
#include "devices/finisher.h"
#include "devices/page_store.h"
#include "devices/plic.h"
#include "devices/rtc_goldfish.h"
#include "devices/uart16550.h"
#include "devices/virtio_blk.h"
#include "devices/virtio_console.h"
#include "devices/virtio_mmio.h"
#include "devices/virtio_rng.h"
#include "tests/fuzz-cov/input.h"

#define RAM	   UINT64_C(0x80000000)
#define RAM_BYTES  0xc000u
#define DEVICE	   UINT64_C(0x10000000)
#define DISK_PAGES 16
#define QUEUES	   8

/* Each queue's parts, in a stretch of its own. */
#define STRETCH	 0x1000u
#define AT_AVAIL 0x400u
#define AT_USED	 0x800u
#define MOST_NUM 32u

enum kind { BLOCK, CONSOLE, RNG, EMPTY, UART, PLIC, CLINT, RTC, FINISHER, KINDS };

struct board {
	struct input in;
	struct device_host host;
	struct bus bus;
	enum kind kind;
	uint8_t config; /* how the device was made */
	struct device *device;
	struct page_store *store;
	uint64_t now_ns;
	uint16_t avail[QUEUES];
	uint8_t ram[RAM_BYTES];
};

/* ---- The machine around it ---- */

static bool in_ram(uint64_t pa, size_t bytes)
{
	return pa >= RAM && pa - RAM <= RAM_BYTES && bytes <= RAM_BYTES - (pa - RAM);
}

static bool dma_read(void *ctx, uint64_t pa, void *buf, size_t bytes)
{
	const struct board *b = ctx;

	if (!in_ram(pa, bytes))
		return false;
	memcpy(buf, b->ram + (pa - RAM), bytes);
	return true;
}

static bool dma_write(void *ctx, uint64_t pa, const void *buf, size_t bytes)
{
	struct board *b = ctx;

	if (!in_ram(pa, bytes))
		return false;
	memcpy(b->ram + (pa - RAM), buf, bytes);
	return true;
}

static uint64_t now_ns(void *ctx)
{
	return ((struct board *)ctx)->now_ns;
}

static void deadline_changed(void *ctx, struct device *device)
{
	(void)ctx, (void)device;
}

static void wire_set(void *ctx, unsigned number, bool level)
{
	(void)ctx, (void)level;
	MUST(number < 32);
}

static void uart_output(void *ctx, const uint8_t *bytes, size_t n)
{
	(void)ctx, (void)bytes;
	MUST(n == 1);
}

static ssize_t port_output(void *ctx, unsigned port, const uint8_t *bytes, size_t n)
{
	struct board *b = ctx;
	uint8_t choice = input_u8(&b->in);
	size_t sum = 0;

	MUST(port < 3);
	for (size_t i = 0; i < n; i++) /* all of it can be read */
		sum += bytes[i];
	if (choice == 255)
		return -32;
	return choice & 128 ? (ssize_t)((sum + choice) % (n + 1)) : (ssize_t)n;
}

static ssize_t port_input(void *ctx, unsigned port, uint8_t *buf, size_t max)
{
	struct board *b = ctx;
	size_t n = input_u8(&b->in);

	MUST(port < 3);
	if (n == 255)
		return -1;
	if (n > max)
		n = max;
	memset(buf, 'a', n);
	return (ssize_t)n;
}

static void finish(void *ctx, enum finisher_action action, unsigned code)
{
	(void)ctx, (void)action;
	MUST(code <= 0xffff);
}

static void page_moved(void *ctx, unsigned disk, uint64_t page, bool write)
{
	(void)ctx, (void)disk, (void)write;
	MUST(page < DISK_PAGES);
}

static struct device *make_console(struct board *b, struct irq_line irq)
{
	struct virtio_console_config config = { .ports = 1 + (b->config & 1) * 2u,
						.port = { { "in", true }, { "out", false } },
						.cols = b->config & 2 ? 80 : 0,
						.rows = b->config & 2 ? 25 : 0,
						.ctx = b,
						.output = port_output,
						.input = b->config & 4 ? NULL : port_input };

	return virtio_console_create(&b->host, irq, &config);
}

static struct device *make_device(struct board *b)
{
	struct irq_line irq = { wire_set, b, 1, NULL }, lines[PLIC_MAX_CONTEXTS] = { irq };
	struct virtio_blk_config disk = { .store = b->store,
					  .request_ns = b->config & 1 ? 100 : 0,
					  .page_ns = b->config & 2 ? 10 : 0,
					  .id = "fuzz",
					  .observe = page_moved };
	struct clint_config clint = { .harts = 1 + b->config % MEMMAP_MAX_HARTS };

	switch (b->kind) {
	case BLOCK:
		return virtio_blk_create(&b->host, irq, &disk);
	case CONSOLE:
		return make_console(b, irq);
	case RNG:
		return virtio_rng_create(&b->host, irq, b->config);
	case EMPTY:
		return virtio_empty_create(&b->host);
	case UART:
		return uart16550_create(&b->host, irq,
					(struct uart_host){ .ctx = b, .output = uart_output });
	case PLIC:
		return plic_create(&b->host, 1 + b->config % PLIC_MAX_CONTEXTS, lines);
	case CLINT:
		return clint_create(&b->host, &clint);
	case RTC:
		return rtc_goldfish_create(&b->host, irq, 12345);
	default:
		return finisher_create(&b->host,
				       (struct finisher_host){ .ctx = b, .finish = finish });
	}
}

/* ---- A driver's hands ---- */

/* Small, huge, near a power of two, or a place in RAM: where mistakes are. */
static uint64_t value(struct input *in)
{
	unsigned how = input_u8(in);

	switch (how & 7) {
	case 0:
		return how >> 3;
	case 1:
		return input_take(in, 1);
	case 2:
		return input_take(in, 2);
	case 3:
		return input_take(in, 4);
	case 4:
		return input_take(in, 8);
	case 5:
		return RAM + input_take(in, 2);
	case 6:
		return UINT64_MAX - (how >> 3);
	default:
		return (UINT64_C(1) << (input_u8(in) & 63)) + (how >> 3) - 1;
	}
}

static void put(struct board *b, uint64_t pa, uint64_t v, unsigned bytes)
{
	if (in_ram(pa, bytes))
		memcpy(b->ram + (pa - RAM), &v, bytes);
}

static void store(struct board *b, uint64_t offset, uint32_t v)
{
	bus_write(&b->bus, DEVICE + offset, 4, v);
}

static uint64_t load(struct board *b, uint64_t offset)
{
	uint64_t v = 0;

	bus_read(&b->bus, DEVICE + offset, 4, &v);
	return v;
}

static uint64_t stretch(unsigned queue)
{
	return RAM + STRETCH * queue;
}

static bool is_legacy(struct board *b)
{
	return b->kind <= EMPTY && (b->config & 128);
}

/* The parts come to lie where set_queue puts them, too. */
static void set_legacy_queue(struct board *b, uint64_t at)
{
	store(b, VIRTIO_MMIO_GUEST_PAGE_SIZE, STRETCH);
	store(b, VIRTIO_MMIO_QUEUE_NUM, AT_AVAIL / 16);
	store(b, VIRTIO_MMIO_QUEUE_ALIGN, AT_USED);
	store(b, VIRTIO_MMIO_QUEUE_PFN, (uint32_t)(at / STRETCH));
}

static void set_queue(struct board *b, unsigned queue, unsigned num)
{
	uint64_t at = stretch(queue);

	b->avail[queue] = 0;
	memset(b->ram + (at - RAM), 0, STRETCH);
	store(b, VIRTIO_MMIO_QUEUE_SEL, queue);
	if (is_legacy(b)) {
		set_legacy_queue(b, at);
		return;
	}
	store(b, VIRTIO_MMIO_QUEUE_NUM, num);
	store(b, VIRTIO_MMIO_QUEUE_DESC_LOW, (uint32_t)at);
	store(b, VIRTIO_MMIO_QUEUE_DESC_HIGH, 0);
	store(b, VIRTIO_MMIO_QUEUE_DRIVER_LOW, (uint32_t)(at + AT_AVAIL));
	store(b, VIRTIO_MMIO_QUEUE_DRIVER_HIGH, 0);
	store(b, VIRTIO_MMIO_QUEUE_DEVICE_LOW, (uint32_t)(at + AT_USED));
	store(b, VIRTIO_MMIO_QUEUE_DEVICE_HIGH, 0);
	store(b, VIRTIO_MMIO_QUEUE_READY, 1);
}

/* As a proper driver begins, but for the features and sizes that the input chooses. */
static void set_up(struct board *b)
{
	unsigned refused = input_u8(&b->in), sizes = input_u8(&b->in);

	store(b, VIRTIO_MMIO_STATUS, 0);
	store(b, VIRTIO_MMIO_STATUS, 3);
	for (unsigned half = 0; half < 2; half++) {
		uint64_t offered;

		store(b, VIRTIO_MMIO_DEVICE_FEATURES_SEL, half);
		offered = load(b, VIRTIO_MMIO_DEVICE_FEATURES);
		store(b, VIRTIO_MMIO_DRIVER_FEATURES_SEL, half);
		store(b, VIRTIO_MMIO_DRIVER_FEATURES,
		      (uint32_t)(half ? offered : offered & ~(refused * 0x01010101u)));
	}
	store(b, VIRTIO_MMIO_STATUS, 11);
	for (unsigned q = 0; q < QUEUES; q++)
		set_queue(b, q, 1u << (sizes + q) % 6);
	store(b, VIRTIO_MMIO_STATUS, 15);
}

static void descriptor(struct board *b, unsigned queue)
{
	unsigned index = input_u8(&b->in) % MOST_NUM, flags = input_u8(&b->in);
	uint64_t at = stretch(queue) + 16ull * index;

	put(b, at, flags & 128 ? value(&b->in) : RAM + input_u16(&b->in), 8);
	put(b, at + 8, flags & 64 ? value(&b->in) : input_u8(&b->in), 4);
	put(b, at + 12, flags & 7, 2);
	put(b, at + 14, flags & 32 ? value(&b->in) : (index + 1) % MOST_NUM, 2);
}

static void make_available(struct board *b, unsigned queue, uint16_t head)
{
	uint64_t at = stretch(queue) + AT_AVAIL;

	store(b, VIRTIO_MMIO_QUEUE_SEL, queue);
	put(b, at + 4 + 2 * (b->avail[queue] % MOST_NUM), head, 2);
	b->avail[queue]++;
	put(b, at + 2, b->avail[queue], 2);
	store(b, VIRTIO_MMIO_QUEUE_NOTIFY, queue);
}

/* Header, data and status as a disk wants them; the numbers are the input's. */
static void disk_request(struct board *b)
{
	uint64_t pa = stretch(QUEUES), at = stretch(0);
	unsigned type = input_u8(&b->in), how = input_u8(&b->in);

	put(b, pa, type & 31, 4);
	put(b, pa + 8, how & 1 ? value(&b->in) : input_u8(&b->in), 8);
	put(b, at, pa, 8);
	put(b, at + 8, 16, 4);
	put(b, at + 12, 1, 4); /* NEXT, 1 */
	put(b, at + 14, 1, 2);
	put(b, at + 16, pa + 512, 8);
	put(b, at + 24, how & 2 ? value(&b->in) : 512u * (how >> 4), 4);
	put(b, at + 28, 1 | (type & 1 ? 0 : 2), 2);
	put(b, at + 30, 2, 2);
	put(b, at + 32, pa + 16, 8);
	put(b, at + 40, 1, 4);
	put(b, at + 44, 2, 2);
	make_available(b, 0, 0);
}

static void pass_time(struct board *b)
{
	b->now_ns += input_u16(&b->in);
	/* A tick that leaves its own deadline where it was would never end. */
	for (unsigned n = 0; b->device->ops->tick && b->device->deadline_ns <= b->now_ns; n++) {
		b->device->ops->tick(b->device, b->now_ns);
		if (b->kind == CLINT || b->kind == RTC)
			break; /* the guest's own doing may be a deadline at every instant */
		MUST(n < 10000);
	}
}

static void input_comes(struct board *b)
{
	unsigned n = input_u8(&b->in);
	uint8_t bytes[20];

	memset(bytes, 'b', sizeof(bytes));
	if (b->kind == UART)
		MUST(uart16550_input(b->device, bytes, n % sizeof(bytes)) <= n % sizeof(bytes));
	if (b->kind == PLIC) {
		struct irq_line line = plic_input(b->device, 1 + n % 95);
		irq_set(&line, n & 128);
		irq_edge(&line, n & 64);
	}
	if (b->kind != CONSOLE)
		return;
	if (n & 128)
		virtio_console_resize(b->device, (uint16_t)n, (uint16_t)(n ^ 3));
	else
		virtio_console_poll(b->device, n % 3 % (1 + (b->config & 1) * 2u));
	virtio_console_wants_input(b->device, n % 3 % (1 + (b->config & 1) * 2u));
}

/* A state comes back as it went, and a mad one is refused or harmless. */
static void save_and_load(struct board *b, bool mad)
{
	struct state_out out = { 0 }, again = { 0 };
	struct state_in in;

	device_save(b->device, &out);
	for (unsigned n = mad ? 1 + (input_u8(&b->in) & 7) : 0; n && out.bytes; n--) {
		size_t at = input_u16(&b->in) % out.bytes;

		out.data[at] = input_u8(&b->in);
	}
	in = (struct state_in){ .data = out.data,
				.bytes = mad && input_u8(&b->in) == 7 ? out.bytes / 2 : out.bytes };
	if (device_load(b->device, &in)) {
		device_save(b->device, &again);
		MUST(again.bytes == in.pos);
		MUST(mad || (in.pos == out.bytes && !memcmp(again.data, out.data, out.bytes)));
	} else {
		MUST(mad);
		device_reset(b->device);
	}
	if (b->device->deadline_ns != DEVICE_NO_DEADLINE &&
	    b->device->deadline_ns > b->now_ns + 1000)
		device_set_deadline(b->device, b->now_ns + 1000);
	state_out_free(&out);
	state_out_free(&again);
}

static void poke(struct board *b)
{
	uint32_t at = input_u16(&b->in) % RAM_BYTES;
	unsigned n = input_u8(&b->in) % 64;

	for (; n; n--)
		b->ram[at++ % RAM_BYTES] = input_u8(&b->in);
}

static void step(struct board *b)
{
	unsigned op = input_u8(&b->in), queue = op >> 4 & (QUEUES - 1), size;
	uint64_t offset, ignored;

	switch (op & 15) {
	case 0:
	case 1:
		store(b, input_u8(&b->in) * 4u, (uint32_t)value(&b->in));
		break;
	case 2:
	case 3:
		size = 1u << (op >> 4 & 3);
		offset = (op & 128 ? input_take(&b->in, 3) : input_u8(&b->in)) / size * size;
		if (op & 1)
			bus_read(&b->bus, DEVICE + offset, size, &ignored);
		else
			bus_write(&b->bus, DEVICE + offset, size, value(&b->in));
		break;
	case 4:
		poke(b);
		break;
	case 5:
		set_up(b);
		break;
	case 6:
	case 7:
		descriptor(b, queue);
		break;
	case 8:
		make_available(b, queue, input_u8(&b->in) % MOST_NUM);
		break;
	case 9:
		make_available(b, queue, (uint16_t)value(&b->in));
		break;
	case 10:
		store(b, VIRTIO_MMIO_QUEUE_NOTIFY, queue);
		break;
	case 11:
		pass_time(b);
		break;
	case 12:
		input_comes(b);
		break;
	case 13:
		if (op & 128)
			device_reset(b->device);
		else if (op & 64 && b->kind == BLOCK)
			page_store_power_cut(b->store, op);
		else
			set_queue(b, queue, (uint32_t)value(&b->in));
		break;
	case 14:
		save_and_load(b, op & 128);
		break;
	default:
		disk_request(b);
		break;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct board b;

	memset(&b, 0, sizeof(b));
	b.in = (struct input){ data, data + size };
	b.host = (struct device_host){ &b, dma_read, dma_write, now_ns, deadline_changed };
	b.now_ns = 1000;
	b.kind = input_u8(&b.in) % KINDS;
	b.config = input_u8(&b.in);
	if (b.kind == BLOCK) {
		b.store = page_store_anonymous(DISK_PAGES * 4096);
		MUST(b.store);
		if (b.config & 4)
			page_store_model_cache(b.store);
	}
	b.device = make_device(&b);
	if (b.device && is_legacy(&b))
		virtio_make_legacy(b.device);
	MUST(b.device && bus_attach(&b.bus, b.device, DEVICE, 0x600000));
	while (input_left(&b.in))
		step(&b);
	/* A reset brings any device back. */
	device_reset(b.device);
	if (b.kind <= RNG) {
		set_up(&b);
		MUST(load(&b, VIRTIO_MMIO_STATUS) == 15);
	}
	device_destroy(b.device);
	if (b.store)
		page_store_close(b.store);
	return 0;
}
