/* The console with ports, as a guest's driver drives it. */
#include <errno.h>
#include <stdlib.h>

#include "devices/virtio_console.h"
#include "tests/devices/harness.h"

#define IRQ 3

/* The host's side. */
static struct {
	char out[3][1 << 16];
	size_t out_bytes[3];
	size_t accept; /* bytes that output takes before it says no more */
	bool gone;     /* the reader is gone */
	const char *in;
	bool in_end; /* after `in`: end of file instead of nothing now */
	unsigned asked;
	bool open[3];
} host;

static ssize_t output(void *ctx, unsigned port, const uint8_t *bytes, size_t n)
{
	(void)ctx;
	if (host.gone)
		return -EPIPE;
	if (n > host.accept)
		n = host.accept;
	host.accept -= n;
	memcpy(host.out[port] + host.out_bytes[port], bytes, n);
	host.out_bytes[port] += n;
	return (ssize_t)n;
}

static ssize_t input(void *ctx, unsigned port, uint8_t *buf, size_t max)
{
	size_t n;

	(void)ctx;
	if (port != 0)
		return 0;
	host.asked++;
	n = host.in ? strlen(host.in) : 0;
	if (n == 0)
		return host.in_end ? -1 : 0;
	if (n > max)
		n = max;
	memcpy(buf, host.in, n);
	host.in += n;
	return (ssize_t)n;
}

static void opened(void *ctx, unsigned port, bool open)
{
	(void)ctx;
	host.open[port] = open;
}

static struct device *make(struct rig *rig)
{
	struct virtio_console_config config = {
		.ports = 3,
		.port = { { "stdin", false }, { "stdout", false }, { "", true } },
		.cols = 80,
		.rows = 24,
		.output = output,
		.input = input,
		.opened = opened,
	};

	return virtio_console_create(&rig->host, rig_wire(rig, IRQ), &config);
}

struct console {
	struct rig *rig;
	struct ring ring[8];
	uint64_t control; /* buffers for control messages */
};

static int setup(void **state)
{
	struct console *c = calloc(1, sizeof(*c));

	memset(&host, 0, sizeof(host));
	host.accept = SIZE_MAX;
	c->rig = rig_new();
	rig_attach(c->rig, make(c->rig));
	*state = c;
	return 0;
}

static int teardown(void **state)
{
	struct console *c = *state;

	rig_free(c->rig);
	free(c);
	return 0;
}

static void send(struct console *c, uint32_t id, uint16_t event, uint16_t value)
{
	uint64_t pa = new_buffer(c->rig, 8);
	uint32_t used, bytes;

	put32(c->rig, pa, id);
	put16(c->rig, pa + 4, event);
	put16(c->rig, pa + 6, value);
	add_chain(&c->ring[3], &(struct buffer){ pa, 8 }, 1, 1);
	assert_true(take_used(&c->ring[3], &used, &bytes));
}

/* The next control message from the device: id, event, value must be these. */
static void expect(struct console *c, uint32_t id, uint16_t event, uint16_t value, const char *name)
{
	uint32_t head, bytes;
	uint64_t pa;

	assert_true(take_used(&c->ring[2], &head, &bytes));
	pa = c->control + 64 * head;
	assert_int_equal(get32(c->rig, pa), id);
	assert_int_equal(get16(c->rig, pa + 4), event);
	assert_int_equal(get16(c->rig, pa + 6), value);
	assert_int_equal(bytes, 8 + (name ? strlen(name) : event == VIRTIO_CONSOLE_RESIZE ? 4 : 0));
	if (name)
		assert_memory_equal(ram_at(c->rig, pa + 8), name, strlen(name));
}

static void expect_nothing(struct console *c)
{
	uint32_t head, bytes;

	assert_false(take_used(&c->ring[2], &head, &bytes));
}

/* Post one more buffer for control messages. */
static void post_control(struct console *c)
{
	add_chain(&c->ring[2], &(struct buffer){ c->control + 64 * c->ring[2].next_desc, 64 }, 1,
		  0);
}

/* Everything up to all ports open on both sides. */
static void connect(struct console *c, unsigned control_buffers)
{
	driver_begin(c->rig, UINT64_MAX);
	for (unsigned queue = 0; queue < 8; queue++)
		ring_setup(&c->ring[queue], c->rig, queue, 32);
	driver_ok(c->rig);
	c->control = new_buffer(c->rig, 64 * 32);
	for (unsigned i = 0; i < control_buffers; i++)
		post_control(c);
	send(c, 0xffffffff, VIRTIO_CONSOLE_DEVICE_READY, 1);
}

static void connect_all(struct console *c)
{
	connect(c, 32);
	for (unsigned port = 0; port < 3; port++)
		expect(c, port, VIRTIO_CONSOLE_PORT_ADD, 1, NULL);
	for (unsigned port = 0; port < 3; port++)
		send(c, port, VIRTIO_CONSOLE_PORT_READY, 1);
	expect(c, 0, VIRTIO_CONSOLE_PORT_NAME, 1, "stdin");
	expect(c, 0, VIRTIO_CONSOLE_PORT_OPEN, 1, NULL);
	expect(c, 1, VIRTIO_CONSOLE_PORT_NAME, 1, "stdout");
	expect(c, 1, VIRTIO_CONSOLE_PORT_OPEN, 1, NULL);
	expect(c, 2, VIRTIO_CONSOLE_CONSOLE_PORT, 1, NULL);
	expect(c, 2, VIRTIO_CONSOLE_RESIZE, 1, NULL);
	expect(c, 2, VIRTIO_CONSOLE_PORT_OPEN, 1, NULL);
	expect_nothing(c);
	for (unsigned port = 0; port < 3; port++)
		send(c, port, VIRTIO_CONSOLE_PORT_OPEN, 1);
}

static unsigned receiveq(unsigned port)
{
	return port ? 2 * port + 2 : 0;
}

static uint64_t post_receive(struct console *c, unsigned port, uint32_t bytes)
{
	uint64_t pa = new_buffer(c->rig, bytes);

	add_chain(&c->ring[receiveq(port)], &(struct buffer){ pa, bytes }, 1, 0);
	return pa;
}

static uint64_t transmit(struct console *c, unsigned port, const char *s)
{
	uint64_t pa = new_buffer(c->rig, (uint32_t)strlen(s));

	memcpy(ram_at(c->rig, pa), s, strlen(s));
	add_chain(&c->ring[receiveq(port) + 1], &(struct buffer){ pa, (uint32_t)strlen(s) }, 1, 1);
	return pa;
}

static bool used(struct console *c, unsigned queue, uint32_t want)
{
	uint32_t id, bytes;

	if (!take_used(&c->ring[queue], &id, &bytes))
		return false;
	assert_int_equal(bytes, want);
	return true;
}

static void config(void **state)
{
	struct console *c = *state;

	assert_int_equal(R32(c->rig, 0x008), 3);
	assert_int_equal(reg_read(c->rig, 0x100, 2), 80);
	assert_int_equal(reg_read(c->rig, 0x102, 2), 24);
	assert_int_equal(R32(c->rig, 0x104), 3);
	W32(c->rig, 0x108, 'E'); /* the emergency write, before anything works */
	assert_int_equal(host.out_bytes[0], 1);
	assert_int_equal(host.out[0][0], 'E');
}

static void handshake(void **state)
{
	struct console *c = *state;

	connect_all(c);
	assert_true(host.open[0] && host.open[1] && host.open[2]);
	send(c, 1, VIRTIO_CONSOLE_PORT_OPEN, 0);
	assert_true(host.open[0] && !host.open[1]);
}

static void waits_for_buffers(void **state)
{
	struct console *c = *state;

	connect(c, 1);
	expect(c, 0, VIRTIO_CONSOLE_PORT_ADD, 1, NULL);
	expect_nothing(c);
	post_control(c);
	expect(c, 1, VIRTIO_CONSOLE_PORT_ADD, 1, NULL);
	send(c, 0, VIRTIO_CONSOLE_PORT_READY, 1);
	expect_nothing(c);
	for (unsigned i = 0; i < 3; i++)
		post_control(c);
	expect(c, 0, VIRTIO_CONSOLE_PORT_NAME, 1, "stdin");
	expect(c, 0, VIRTIO_CONSOLE_PORT_OPEN, 1, NULL);
	expect(c, 2, VIRTIO_CONSOLE_PORT_ADD, 1, NULL);
	expect_nothing(c);
}

static void sends(void **state)
{
	struct console *c = *state;

	connect_all(c);
	transmit(c, 1, "to stdout");
	transmit(c, 2, "to stderr");
	assert_true(used(c, 5, 0));
	assert_true(used(c, 7, 0));
	assert_int_equal(host.out_bytes[1], 9);
	assert_memory_equal(host.out[1], "to stdout", 9);
	assert_memory_equal(host.out[2], "to stderr", 9);
	assert_int_equal(host.out_bytes[0], 0);
}

static void resumes(void **state)
{
	struct console *c = *state;

	connect_all(c);
	host.accept = 4;
	transmit(c, 1, "0123456789");
	transmit(c, 1, "abc");
	assert_false(used(c, 5, 0));
	assert_int_equal(host.out_bytes[1], 4);
	host.accept = 3;
	virtio_console_poll(c->rig->device, 1);
	assert_int_equal(host.out_bytes[1], 7);
	assert_false(used(c, 5, 0));
	host.accept = 100;
	virtio_console_poll(c->rig->device, 1);
	assert_true(used(c, 5, 0));
	assert_true(used(c, 5, 0));
	assert_memory_equal(host.out[1], "0123456789abc", 13);
	assert_int_equal(host.out_bytes[1], 13);
}

static void queue_taken_back_while_waiting(void **state)
{
	struct console *c = *state;

	connect_all(c);
	host.accept = 4;
	transmit(c, 1, "0123456789");
	assert_int_equal(host.out_bytes[1], 4);
	W32(c->rig, 0x030, 5);
	W32(c->rig, 0x044, 0);
	host.accept = 100;
	virtio_console_poll(c->rig->device, 1);
	assert_int_equal(host.out_bytes[1], 4);
	assert_int_equal(R32(c->rig, 0x070) & VIRTIO_STATUS_NEEDS_RESET, 0);
	ring_setup(&c->ring[5], c->rig, 5, 8);
	transmit(c, 1, "abc");
	assert_true(used(c, 5, 0));
	assert_memory_equal(host.out[1], "0123abc", 7);
}

static void broken_pipe(void **state)
{
	struct console *c = *state;

	connect_all(c);
	host.gone = true;
	transmit(c, 1, "lost");
	assert_true(used(c, 5, 0));
	expect(c, 1, VIRTIO_CONSOLE_PORT_OPEN, 0, NULL);
	transmit(c, 1, "lost too");
	assert_true(used(c, 5, 0));
	expect_nothing(c);
	assert_int_equal(host.out_bytes[1], 0);
}

static void receives(void **state)
{
	struct console *c = *state;
	uint64_t pa;

	connect_all(c);
	host.in = "hello world";
	assert_false(virtio_console_wants_input(c->rig->device, 0));
	pa = post_receive(c, 0, 5);
	assert_true(used(c, 0, 5));
	assert_memory_equal(ram_at(c->rig, pa), "hello", 5);
	pa = post_receive(c, 0, 64);
	assert_true(used(c, 0, 6));
	assert_memory_equal(ram_at(c->rig, pa), " world", 6);
	pa = post_receive(c, 0, 64);
	assert_false(used(c, 0, 0));
	assert_true(virtio_console_wants_input(c->rig->device, 0));
	assert_false(virtio_console_wants_input(c->rig->device, 9));
	host.in = "more";
	assert_false(used(c, 0, 0)); /* not before somebody looks */
	virtio_console_poll(c->rig->device, 0);
	assert_true(used(c, 0, 4));
	assert_memory_equal(ram_at(c->rig, pa), "more", 4);
}

static void not_before_open(void **state)
{
	struct console *c = *state;

	host.in = "early";
	connect(c, 32);
	post_receive(c, 0, 64);
	send(c, 0, VIRTIO_CONSOLE_PORT_READY, 1);
	virtio_console_poll(c->rig->device, 0);
	assert_false(used(c, 0, 5));
	assert_int_equal(host.asked, 0);
	send(c, 0, VIRTIO_CONSOLE_PORT_OPEN, 1);
	assert_true(used(c, 0, 5));
	send(c, 0, VIRTIO_CONSOLE_PORT_OPEN, 0);
	host.in = "late";
	post_receive(c, 0, 64);
	assert_false(used(c, 0, 4));
}

static void end_of_file(void **state)
{
	struct console *c = *state;

	connect_all(c);
	host.in = "last";
	host.in_end = true;
	post_receive(c, 0, 64);
	assert_true(used(c, 0, 4));
	expect_nothing(c); /* all data first */
	post_receive(c, 0, 64);
	assert_false(used(c, 0, 0));
	expect(c, 0, VIRTIO_CONSOLE_PORT_OPEN, 0, NULL);
	unsigned asked = host.asked;
	virtio_console_poll(c->rig->device, 0);
	post_receive(c, 0, 64);
	assert_int_equal(host.asked, asked);
	expect_nothing(c);
	transmit(c, 1, "still"); /* the other ports go on */
	assert_int_equal(host.out_bytes[1], 5);
}

static void resize(void **state)
{
	struct console *c = *state;
	uint64_t pa = 0;

	connect_all(c);
	W32(c->rig, 0x064, 3);
	uint32_t generation = (uint32_t)R32(c->rig, 0x0fc);
	virtio_console_resize(c->rig->device, 80, 24);
	assert_int_equal(R32(c->rig, 0x060), 0);
	virtio_console_resize(c->rig->device, 132, 50);
	assert_int_equal(R32(c->rig, 0x060) & 2, 2);
	assert_int_not_equal(R32(c->rig, 0x0fc), generation);
	assert_int_equal(reg_read(c->rig, 0x100, 2), 132);
	pa = c->control + 64 * (c->ring[2].used_idx);
	expect(c, 2, VIRTIO_CONSOLE_RESIZE, 1, NULL);
	assert_int_equal(get16(c->rig, pa + 8), 132);
	assert_int_equal(get16(c->rig, pa + 10), 50);
}

static void one_port(void **state)
{
	struct console *c = *state;

	driver_begin(c->rig, UINT64_C(1) << 32); /* no MULTIPORT: no control queues, always open */
	for (unsigned queue = 0; queue < 2; queue++)
		ring_setup(&c->ring[queue], c->rig, queue, 8);
	driver_ok(c->rig);
	host.in = "in";
	post_receive(c, 0, 16);
	assert_true(used(c, 0, 2));
	transmit(c, 0, "out");
	assert_memory_equal(host.out[0], "out", 3);
	host.in_end = true;
	post_receive(c, 0, 16);
	assert_false(used(c, 0, 0));
}

static void nonsense(void **state)
{
	struct console *c = *state;
	uint64_t pa = new_buffer(c->rig, 8);
	uint32_t id, bytes;

	connect_all(c);
	send(c, 3, VIRTIO_CONSOLE_PORT_READY, 1); /* no such port */
	send(c, 0xffffffff, VIRTIO_CONSOLE_PORT_OPEN, 1);
	send(c, 0, VIRTIO_CONSOLE_PORT_READY, 0);
	send(c, 0, 99, 1);
	add_chain(&c->ring[3], &(struct buffer){ pa, 4 }, 1, 1); /* too short */
	assert_true(take_used(&c->ring[3], &id, &bytes));
	add_chain(&c->ring[3], &(struct buffer){ 0x10, 8 }, 1, 1);
	assert_true(take_used(&c->ring[3], &id, &bytes));
	expect_nothing(c);
	add_chain(&c->ring[5], &(struct buffer){ 0x1000, 64 }, 1, 1);
	assert_true(used(c, 5, 0));
	post_receive(c, 0, 0); /* a buffer without room */
	assert_true(used(c, 0, 0));
	assert_int_equal(R32(c->rig, 0x070) & 0x40, 0);
	/* input with nowhere to go is an error, not silence */
	host.in = "x";
	add_chain(&c->ring[0], &(struct buffer){ 0x1000, 64 }, 1, 0);
	assert_int_equal(R32(c->rig, 0x070) & 0x40, 0x40);
}

static void too_long(void **state)
{
	struct console *c = *state;

	connect_all(c);
	add_chain(&c->ring[5], &(struct buffer){ TEST_RAM, 0xffffffff }, 1, 1);
	assert_int_equal(R32(c->rig, 0x070) & 0x40, 0x40);
	assert_int_equal(host.out_bytes[1], 0);
}

static void resets(void **state)
{
	struct console *c = *state;

	connect_all(c);
	host.accept = 1;
	transmit(c, 1, "ab");
	W32(c->rig, 0x070, 0);
	assert_false(host.open[0]);
	virtio_console_poll(c->rig->device, 1);
	assert_int_equal(host.out_bytes[1], 1);
	host.accept = SIZE_MAX;
	connect_all(c);
	transmit(c, 1, "cd");
	assert_memory_equal(host.out[1], "acd", 3);
}

static void saves(void **state)
{
	struct console *c = *state;

	connect_all(c);
	host.accept = 1;
	transmit(c, 1, "ab");
	check_save_load(c->rig->device, make(c->rig));
}

static void ready_early(void **state)
{
	struct console *c = *state;

	connect(c, 0);
	send(c, 2, VIRTIO_CONSOLE_PORT_READY, 1);
	send(c, 0, VIRTIO_CONSOLE_PORT_READY, 1);
	send(c, 0, VIRTIO_CONSOLE_PORT_OPEN, 1);
	host.in = "early";
	post_receive(c, 0, 64);
	virtio_console_poll(c->rig->device, 0);
	assert_int_equal(host.asked, 0);
	post_control(c);
	expect(c, 0, VIRTIO_CONSOLE_PORT_ADD, 1, NULL);
	post_control(c);
	expect(c, 0, VIRTIO_CONSOLE_PORT_NAME, 1, "stdin");
	assert_int_equal(host.asked, 0);
	post_control(c);
	expect(c, 0, VIRTIO_CONSOLE_PORT_OPEN, 1, NULL);
	assert_true(used(c, 0, 5));
	for (unsigned i = 0; i < 5; i++)
		post_control(c);
	expect(c, 1, VIRTIO_CONSOLE_PORT_ADD, 1, NULL);
	expect(c, 2, VIRTIO_CONSOLE_PORT_ADD, 1, NULL);
	expect(c, 2, VIRTIO_CONSOLE_CONSOLE_PORT, 1, NULL);
	expect(c, 2, VIRTIO_CONSOLE_RESIZE, 1, NULL);
	expect(c, 2, VIRTIO_CONSOLE_PORT_OPEN, 1, NULL);
}

static void both_causes(void **state)
{
	struct console *c = *state;

	connect_all(c);
	W32(c->rig, 0x064, 3);
	transmit(c, 1, "x");
	virtio_console_resize(c->rig->device, 80, 25);
	assert_int_equal(R32(c->rig, 0x060), 3);
	W32(c->rig, 0x064, 1);
	assert_true(c->rig->wire[IRQ]);
	W32(c->rig, 0x064, 2);
	assert_false(c->rig->wire[IRQ]);
	virtio_console_resize(c->rig->device, 81, 25);
	put16(c->rig, c->ring[5].avail + VIRTQ_AVAIL_RING(32), 1); /* used_event */
	transmit(c, 1, "y");
	assert_int_equal(R32(c->rig, 0x060), 3);
	W32(c->rig, 0x100, 99); /* the size is not the guest's to write */
	assert_int_equal(reg_read(c->rig, 0x100, 2), 81);
	assert_int_equal(host.out_bytes[0], 0);
}

static void without_size_and_input(void **state)
{
	struct console *c = *state;
	struct virtio_console_config bare = { .ports = 1, .output = output };
	struct device *device = virtio_console_create(&c->rig->host, rig_wire(c->rig, IRQ), &bare);

	device_destroy(c->rig->device);
	c->rig->bus.count = 0;
	rig_attach(c->rig, device);
	W32(c->rig, 0x014, 0);
	assert_int_equal(R32(c->rig, 0x010) & 7, 6); /* MULTIPORT, EMERG_WRITE, no SIZE */
	driver_begin(c->rig, UINT64_C(1) << 32);
	for (unsigned queue = 0; queue < 2; queue++)
		ring_setup(&c->ring[queue], c->rig, queue, 8);
	driver_ok(c->rig);
	post_receive(c, 0, 16);
	assert_false(used(c, 0, 0));
	assert_false(virtio_console_wants_input(device, 0));
	virtio_console_poll(device, 1);
	transmit(c, 0, "out");
	assert_memory_equal(host.out[0], "out", 3);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE("console: configuration has size and ports; an emergency write works", config),
		RULE("console: ports are added, named, marked and opened on request", handshake),
		RULE("console: control messages wait for the guest's buffers", waits_for_buffers),
		RULE("console: each port's output is its own", sends),
		RULE("console: what the host does not take at once is offered again", resumes),
		RULE("console: nothing more is sent of a queue that is taken back",
		     queue_taken_back_while_waiting),
		RULE("console: a closed pipe closes the port, once", broken_pipe),
		RULE("console: input fills posted buffers, when posted or polled", receives),
		RULE("console: no input is asked for before the guest opened the port",
		     not_before_open),
		RULE("console: end of file closes our side behind all data", end_of_file),
		RULE("console: a new size reaches configuration and console port", resize),
		RULE("console: without MULTIPORT port 0 alone works, without control", one_port),
		RULE("console: nonsense is ignored; lost input stops the device", nonsense),
		RULE("console: an absurdly long transmission stops the device", too_long),
		RULE("console: a reset closes the guest's side", resets),
		RULE("console: state survives save and load", saves),
		RULE("console: input waits until the guest has heard that the port is open",
		     ready_early),
		RULE("console: used buffers and a new size interrupt apart", both_causes),
		RULE("console: works without a size and without input", without_size_and_input),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("console", tests, NULL, NULL);
}
