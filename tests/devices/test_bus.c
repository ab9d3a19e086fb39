/* The bus and what all devices share. */
#include "tests/devices/harness.h"

struct toy {
	struct device device;
	uint64_t last_offset, last_value;
	unsigned last_bytes;
};

static uint64_t toy_read(struct device *device, uint64_t offset, unsigned bytes)
{
	(void)device;
	return offset * 100 + bytes;
}

static void toy_write(struct device *device, uint64_t offset, unsigned bytes, uint64_t value)
{
	struct toy *toy = (struct toy *)device;

	toy->last_offset = offset;
	toy->last_bytes = bytes;
	toy->last_value = value;
}

static const struct device_ops toy_ops = {
	.name = "toy", .sizes = 1 | 4, .read = toy_read, .write = toy_write
};
static const struct device_ops other_ops = { .name = "other", .sizes = 4 };

static int setup(void **state)
{
	*state = rig_new();
	return 0;
}

static int teardown(void **state)
{
	rig_free(*state);
	return 0;
}

static void finds(void **state)
{
	struct toy a = { .device = { .ops = &toy_ops } }, b = a, c = a;
	struct bus bus = { 0 };
	uint64_t value = 0;

	(void)state;
	assert_true(bus_attach(&bus, &b.device, 0x2000, 0x1000));
	assert_true(bus_attach(&bus, &c.device, 0x8000, 0x100));
	assert_true(bus_attach(&bus, &a.device, 0x1000, 0x1000));
	assert_ptr_equal(bus_find(&bus, 0x1000, 4), &a.device);
	assert_ptr_equal(bus_find(&bus, 0x1ffc, 4), &a.device);
	assert_ptr_equal(bus_find(&bus, 0x2000, 4), &b.device);
	assert_ptr_equal(bus_find(&bus, 0x80ff, 1), &c.device);
	assert_null(bus_find(&bus, 0xfff, 1));
	assert_null(bus_find(&bus, 0x3000, 1));
	assert_null(bus_find(&bus, 0x8100, 1));
	assert_null(bus_find(&bus, UINT64_MAX, 1));
	assert_true(bus_read(&bus, 0x2034, 4, &value));
	assert_int_equal(value, 0x34 * 100 + 4);
	assert_true(bus_write(&bus, 0x8007, 1, 77));
	assert_int_equal(c.last_offset, 7);
	assert_int_equal(c.last_value, 77);
}

static void straddles(void **state)
{
	struct toy a = { .device = { .ops = &toy_ops } };
	struct bus bus = { 0 };
	uint64_t value;

	(void)state;
	assert_true(bus_attach(&bus, &a.device, 0x1000, 6));
	assert_null(bus_find(&bus, 0x1004, 4));
	assert_false(bus_read(&bus, 0x1004, 4, &value));
	assert_false(bus_write(&bus, 0x1004, 4, 0));
}

static void sizes(void **state)
{
	struct toy a = { .device = { .ops = &toy_ops } };
	struct bus bus = { 0 };
	uint64_t value;

	(void)state;
	assert_true(bus_attach(&bus, &a.device, 0x1000, 0x100));
	assert_true(bus_read(&bus, 0x1000, 1, &value));
	assert_false(bus_read(&bus, 0x1000, 2, &value));
	assert_true(bus_read(&bus, 0x1000, 4, &value));
	assert_false(bus_write(&bus, 0x1000, 8, 0));
	assert_int_equal(a.last_bytes, 0);
}

static void overlaps(void **state)
{
	struct toy a = { .device = { .ops = &toy_ops } }, b = a;
	struct bus bus = { 0 };

	(void)state;
	assert_true(bus_attach(&bus, &a.device, 0x1000, 0x1000));
	assert_false(bus_attach(&bus, &b.device, 0x1000, 0x1000));
	assert_false(bus_attach(&bus, &b.device, 0x1fff, 1));
	assert_false(bus_attach(&bus, &b.device, 0x0, 0x1001));
	assert_false(bus_attach(&bus, &b.device, 0x5000, 0));
	assert_false(bus_attach(&bus, &b.device, UINT64_MAX - 1, 3));
	assert_true(bus_attach(&bus, &b.device, UINT64_MAX - 1, 2));
	assert_int_equal(bus.count, 2);
}

static void full(void **state)
{
	static struct toy many[BUS_MAX_DEVICES + 1];
	struct bus bus = { 0 };

	(void)state;
	for (unsigned i = 0; i < BUS_MAX_DEVICES; i++)
		assert_true(bus_attach(&bus, &many[i].device, 0x1000 * i, 0x1000));
	assert_false(bus_attach(&bus, &many[BUS_MAX_DEVICES].device, 0x100000, 0x1000));
}

static void deadline(void **state)
{
	struct rig *rig = *state;
	struct device a = { .ops = &toy_ops,
			    .host = &rig->host,
			    .deadline_ns = DEVICE_NO_DEADLINE };

	device_set_deadline(&a, DEVICE_NO_DEADLINE);
	assert_int_equal(rig->deadline_changes, 0);
	device_set_deadline(&a, 5);
	device_set_deadline(&a, 5);
	assert_int_equal(rig->deadline_changes, 1);
	assert_int_equal(a.deadline_ns, 5);
}

static void bytes_back(void **state)
{
	struct state_out out = { 0 };
	struct state_in in;
	uint64_t a = 0x1122334455667788, b = 0;
	uint8_t big[10000], back[10000];

	(void)state;
	memset(big, 0x5a, sizeof(big));
	state_put(&out, &a, sizeof(a));
	state_put(&out, big, sizeof(big));
	assert_int_equal(out.bytes, sizeof(a) + sizeof(big));
	in = (struct state_in){ .data = out.data, .bytes = out.bytes };
	state_get(&in, &b, sizeof(b));
	state_get(&in, back, sizeof(back));
	assert_true(a == b);
	assert_memory_equal(big, back, sizeof(big));
	assert_false(in.failed);
	b = 1;
	state_get(&in, &b, sizeof(b));
	assert_true(in.failed);
	assert_int_equal(b, 0);
	state_out_free(&out);
}

static void bytes_grow(void **state)
{
	struct state_out out = { 0 };
	static uint8_t all[300000];
	size_t bytes = 0;

	(void)state;
	for (size_t n = 0; bytes + n <= sizeof(all); n = n * 2 + 1) {
		for (size_t i = 0; i < n; i++)
			all[bytes + i] = (uint8_t)(i * 3 + n);
		state_put(&out, all + bytes, n);
		bytes += n;
	}
	state_put(&out, all, 4096);
	assert_int_equal(out.bytes, bytes + 4096);
	assert_memory_equal(out.data, all, bytes);
	assert_memory_equal(out.data + bytes, all, 4096);
	assert_true(out.capacity >= out.bytes);
	state_out_free(&out);
	assert_null(out.data);
}

static void other_device(void **state)
{
	struct rig *rig = *state;
	struct device a = { .ops = &toy_ops, .host = &rig->host, .deadline_ns = 7 };
	struct device b = { .ops = &other_ops, .host = &rig->host, .deadline_ns = 9 };
	struct state_out out = { 0 };
	struct state_in in;

	device_save(&a, &out);
	in = (struct state_in){ .data = out.data, .bytes = out.bytes };
	assert_false(device_load(&b, &in));
	assert_int_equal(b.deadline_ns, 9);
	state_out_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE("bus: an address finds its device, whatever order they were attached in",
		     finds),
		RULE("bus: an access must lie in one device wholly", straddles),
		RULE("bus: only the sizes that a device serves reach it", sizes),
		RULE("bus: devices may not overlap or wrap round", overlaps),
		RULE("bus: a full bus refuses one more", full),
		RULE("device: the host hears of a deadline only when it changes", deadline),
		RULE("state: what is put comes back, and no more", bytes_back),
		RULE("state: it grows to any size", bytes_grow),
		RULE("state: one device does not load another's state", other_device),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("bus", tests, NULL, NULL);
}
