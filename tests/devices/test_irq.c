/* CLINT and PLIC. */
#include "devices/clint.h"
#include "devices/plic.h"
#include "tests/devices/harness.h"

#define MSI(hart) (hart)
#define MTI(hart) (8 + (hart))

static unsigned mtime_writes;

static void mtime_written(void *ctx)
{
	(void)ctx;
	mtime_writes++;
}

static struct device *make_clint(struct rig *rig)
{
	struct clint_config config = { .harts = 4, .mtime_written = mtime_written };

	for (unsigned hart = 0; hart < 4; hart++) {
		config.msi[hart] = rig_wire(rig, MSI(hart));
		config.mti[hart] = rig_wire(rig, MTI(hart));
	}
	return clint_create(&rig->host, &config);
}

static struct device *make_plic(struct rig *rig)
{
	struct irq_line lines[4];

	for (unsigned i = 0; i < 4; i++)
		lines[i] = rig_wire(rig, i);
	return plic_create(&rig->host, 4, lines);
}

static int setup(void **state)
{
	mtime_writes = 0;
	*state = rig_new();
	return 0;
}

static int teardown(void **state)
{
	rig_free(*state);
	return 0;
}

#define R64(rig, offset)	reg_read(rig, offset, 8)
#define W64(rig, offset, value) reg_write(rig, offset, 8, value)

static struct rig *with_clint(void **state)
{
	rig_attach(*state, make_clint(*state));
	return *state;
}

static struct rig *with_plic(void **state)
{
	rig_attach(*state, make_plic(*state));
	return *state;
}

static void clint_time(void **state)
{
	struct rig *rig = with_clint(state);

	rig->now_ns = UINT64_C(0x1234567890) * 100 + 99;
	assert_int_equal(R64(rig, 0xbff8), UINT64_C(0x1234567890));
	assert_int_equal(R32(rig, 0xbff8), 0x34567890);
	assert_int_equal(R32(rig, 0xbffc), 0x12);
	assert_int_equal(clint_mtime(rig->device, 12345), 123);
}

static void clint_msip(void **state)
{
	struct rig *rig = with_clint(state);

	for (unsigned hart = 0; hart < 4; hart++) {
		W32(rig, 4 * hart, 0xffffffff);
		assert_int_equal(R32(rig, 4 * hart), 1);
		assert_true(rig->wire[MSI(hart)]);
		assert_false(rig->wire[MSI((hart + 1) % 4)]);
		W32(rig, 4 * hart, 0xfffffffe);
		assert_int_equal(R32(rig, 4 * hart), 0);
		assert_false(rig->wire[MSI(hart)]);
	}
	W64(rig, 8, UINT64_C(0x100000001));
	assert_true(rig->wire[MSI(2)] && rig->wire[MSI(3)]);
	assert_int_equal(R64(rig, 8), UINT64_C(0x100000001));
	W32(rig, 4 * 7, 1); /* no such hart */
	assert_int_equal(R32(rig, 4 * 7), 0);
}

static void clint_timer(void **state)
{
	struct rig *rig = with_clint(state);

	assert_int_equal(rig->device->deadline_ns, DEVICE_NO_DEADLINE);
	W64(rig, 0x4008, 50);
	W64(rig, 0x4010, 40);
	assert_int_equal(rig->device->deadline_ns, 4000);
	rig_run(rig, 3999);
	assert_false(rig->wire[MTI(2)]);
	rig_run(rig, 4000);
	assert_true(rig->wire[MTI(2)]);
	assert_false(rig->wire[MTI(1)]);
	assert_int_equal(rig->device->deadline_ns, 5000);
	rig_run(rig, 5000);
	assert_true(rig->wire[MTI(1)]);
	assert_int_equal(rig->device->deadline_ns, DEVICE_NO_DEADLINE);
	W64(rig, 0x4008, UINT64_MAX);
	assert_false(rig->wire[MTI(1)]);
	assert_int_equal(rig->device->deadline_ns, DEVICE_NO_DEADLINE);
	W64(rig, 0x4008, 1); /* already past */
	assert_true(rig->wire[MTI(1)]);
}

static void clint_halves(void **state)
{
	struct rig *rig = with_clint(state);

	W32(rig, 0x4000, 0x11111111);
	W32(rig, 0x4004, 0x22222222);
	assert_int_equal(R64(rig, 0x4000), UINT64_C(0x2222222211111111));
	W32(rig, 0x4000, 0x33333333);
	assert_int_equal(R32(rig, 0x4004), 0x22222222);
	assert_int_equal(R32(rig, 0x4000), 0x33333333);
	W64(rig, 0x4020, 1); /* hart 4 does not exist */
	assert_int_equal(R64(rig, 0x4020), 0);
}

static void clint_set_time(void **state)
{
	struct rig *rig = with_clint(state);

	W64(rig, 0x4000, 1000);
	assert_int_equal(rig->device->deadline_ns, 100000);
	W64(rig, 0xbff8, 990);
	assert_int_equal(mtime_writes, 1);
	assert_int_equal(R64(rig, 0xbff8), 990);
	assert_int_equal(rig->device->deadline_ns, 2000);
	W32(rig, 0xbffc, 1);
	assert_true(rig->wire[MTI(0)]);
	assert_int_equal(R64(rig, 0xbff8), (UINT64_C(1) << 32) + 990);
	W64(rig, 0xbff8, 0);
	assert_false(rig->wire[MTI(0)]);
}

static void clint_deadlines(void **state)
{
	struct rig *rig = with_clint(state);

	assert_int_equal(clint_deadline_ns(rig->device, 500), 50000);
	assert_int_equal(clint_deadline_ns(rig->device, 3), rig->now_ns);
	assert_int_equal(clint_deadline_ns(rig->device, UINT64_MAX), DEVICE_NO_DEADLINE);
	assert_int_equal(clint_deadline_ns(rig->device, UINT64_MAX / 100), UINT64_MAX / 100 * 100);
	assert_int_equal(clint_deadline_ns(rig->device, UINT64_MAX / 100 + 1), DEVICE_NO_DEADLINE);
}

static void clint_state(void **state)
{
	struct rig *rig = with_clint(state);

	W32(rig, 4, 1);
	W64(rig, 0x4000, 5);
	W64(rig, 0x4008, 123456);
	W64(rig, 0xbff8, 77);
	check_save_load(rig->device, make_clint(rig));
	device_reset(rig->device);
	assert_false(rig->wire[MSI(1)]);
	assert_false(rig->wire[MTI(0)]);
	assert_int_equal(rig->device->deadline_ns, DEVICE_NO_DEADLINE);
}

/* Source s with priority p, enabled for the context. */
static void plic_enable(struct rig *rig, unsigned context, unsigned source, unsigned priority)
{
	uint64_t word = 0x2000 + 0x80 * context + source / 32 * 4;

	W32(rig, 4 * source, priority);
	W32(rig, word, R32(rig, word) | UINT32_C(1) << source % 32);
}

static void drive(struct rig *rig, unsigned source, bool level)
{
	struct irq_line line = plic_input(rig->device, source);

	irq_set(&line, level);
}

#define CLAIM(context) (0x200004 + 0x1000 * (context))

static void plic_claims(void **state)
{
	struct rig *rig = with_plic(state);

	plic_enable(rig, 1, 10, 1);
	drive(rig, 10, true);
	assert_true(rig->wire[1]);
	assert_false(rig->wire[0] || rig->wire[2] || rig->wire[3]);
	assert_int_equal(R32(rig, 0x1000), 1 << 10);
	assert_int_equal(R32(rig, CLAIM(1)), 10);
	assert_false(rig->wire[1]);
	assert_int_equal(R32(rig, 0x1000), 0);
	assert_int_equal(R32(rig, CLAIM(1)), 0);
}

static void plic_level(void **state)
{
	struct rig *rig = with_plic(state);

	plic_enable(rig, 1, 10, 1);
	drive(rig, 10, true);
	assert_int_equal(R32(rig, CLAIM(1)), 10);
	drive(rig, 10, true);
	assert_false(rig->wire[1]); /* the gateway is closed until completion */
	W32(rig, CLAIM(1), 10);
	assert_true(rig->wire[1]); /* still high: again */
	assert_int_equal(R32(rig, CLAIM(1)), 10);
	drive(rig, 10, false);
	W32(rig, CLAIM(1), 10);
	assert_false(rig->wire[1]);
}

static void ask(struct rig *rig, unsigned source, bool asks)
{
	struct irq_line line = plic_input(rig->device, source);

	irq_edge(&line, asks);
}

static void plic_edge(void **state)
{
	struct rig *rig = with_plic(state);

	plic_enable(rig, 1, 10, 1);
	ask(rig, 10, true);
	ask(rig, 10, true);
	assert_true(rig->wire[1]);
	assert_int_equal(R32(rig, CLAIM(1)), 10);
	W32(rig, CLAIM(1), 10);
	assert_false(rig->wire[1]); /* one request, not answered again */
	ask(rig, 10, true);
	ask(rig, 10, false); /* past the gateway: not taken back */
	assert_int_equal(R32(rig, CLAIM(1)), 10);
	ask(rig, 10, true);
	assert_false(rig->wire[1]); /* waits for the completion */
	W32(rig, CLAIM(1), 10);
	assert_true(rig->wire[1]);
	assert_int_equal(R32(rig, CLAIM(1)), 10);
	ask(rig, 10, true);
	ask(rig, 10, false);
	W32(rig, CLAIM(1), 10);
	assert_false(rig->wire[1]); /* taken back in time */
}

static void plic_stays(void **state)
{
	struct rig *rig = with_plic(state);

	plic_enable(rig, 1, 3, 1);
	drive(rig, 3, true);
	drive(rig, 3, false);
	assert_true(rig->wire[1]);
	assert_int_equal(R32(rig, CLAIM(1)), 3);
	W32(rig, CLAIM(1), 3);
	assert_false(rig->wire[1]);
}

static void plic_order(void **state)
{
	struct rig *rig = with_plic(state);

	plic_enable(rig, 0, 5, 2);
	plic_enable(rig, 0, 40, 7);
	plic_enable(rig, 0, 9, 2);
	plic_enable(rig, 0, 90, 0); /* priority 0 never interrupts */
	drive(rig, 9, true);
	drive(rig, 5, true);
	drive(rig, 40, true);
	drive(rig, 90, true);
	assert_int_equal(R32(rig, 0x1008), 1 << (90 - 64));
	assert_int_equal(R32(rig, CLAIM(0)), 40);
	assert_int_equal(R32(rig, CLAIM(0)), 5);
	assert_int_equal(R32(rig, CLAIM(0)), 9);
	assert_int_equal(R32(rig, CLAIM(0)), 0);
}

static void plic_threshold(void **state)
{
	struct rig *rig = with_plic(state);

	plic_enable(rig, 2, 7, 3);
	W32(rig, 0x202000, 3);
	drive(rig, 7, true);
	assert_false(rig->wire[2]);
	W32(rig, 0x202000, 2);
	assert_true(rig->wire[2]);
	W32(rig, 0x202000, 0xff);
	assert_int_equal(R32(rig, 0x202000), 7);
	assert_false(rig->wire[2]);
	assert_int_equal(R32(rig, CLAIM(2)), 7); /* a claim is not held back by the threshold */
}

static void plic_foreign(void **state)
{
	struct rig *rig = with_plic(state);

	plic_enable(rig, 0, 4, 1);
	drive(rig, 4, true);
	assert_int_equal(R32(rig, CLAIM(0)), 4);
	W32(rig, CLAIM(1), 4);
	assert_false(rig->wire[0]);
	W32(rig, CLAIM(0), 200);
	W32(rig, CLAIM(0), 0);
	assert_false(rig->wire[0]);
	W32(rig, CLAIM(0), 4);
	assert_true(rig->wire[0]);
}

static void plic_shared(void **state)
{
	struct rig *rig = with_plic(state);

	plic_enable(rig, 1, 8, 1);
	plic_enable(rig, 3, 8, 1);
	drive(rig, 8, true);
	assert_true(rig->wire[1] && rig->wire[3]);
	assert_int_equal(R32(rig, CLAIM(3)), 8);
	assert_false(rig->wire[1] || rig->wire[3]);
	assert_int_equal(R32(rig, CLAIM(1)), 0);
}

static void plic_registers(void **state)
{
	struct rig *rig = with_plic(state);
	uint64_t value;

	W32(rig, 0, 7);
	assert_int_equal(R32(rig, 0), 0);
	W32(rig, 4, 0xff);
	assert_int_equal(R32(rig, 4), 7);
	W32(rig, 0x2000, 0xffffffff);
	assert_int_equal(R32(rig, 0x2000), 0xfffffffe);
	W32(rig, 0x1000, 0xffffffff);
	assert_int_equal(R32(rig, 0x1000), 0);
	assert_int_equal(R32(rig, 0x200c), 0); /* a word of enables beyond the last source */
	W32(rig, 0x200c, 1);
	assert_int_equal(R32(rig, 0x200c), 0);
	assert_int_equal(R32(rig, 0x2200), 0); /* context 4 does not exist */
	W32(rig, 0x204000, 5);
	assert_int_equal(R32(rig, 0x204000), 0);
	assert_int_equal(R32(rig, CLAIM(4)), 0);
	assert_int_equal(R32(rig, 0x5ffffc), 0);
	assert_false(bus_read(&rig->bus, TEST_DEVICE, 8, &value));
	assert_false(bus_read(&rig->bus, TEST_DEVICE, 1, &value));
}

static void plic_state(void **state)
{
	struct rig *rig = with_plic(state);

	plic_enable(rig, 1, 10, 1);
	plic_enable(rig, 1, 11, 3);
	drive(rig, 10, true);
	drive(rig, 11, true);
	R32(rig, CLAIM(1));
	check_save_load(rig->device, make_plic(rig));
	device_reset(rig->device);
	assert_false(rig->wire[1]);
	plic_enable(rig, 1, 11, 1);
	assert_true(rig->wire[1]); /* the line is still high */
}

static void plic_gateway(void **state)
{
	struct rig *rig = with_plic(state);

	plic_enable(rig, 1, 10, 1);
	drive(rig, 10, true);
	assert_int_equal(R32(rig, CLAIM(1)), 10);
	drive(rig, 10, false);
	drive(rig, 10, true); /* in service: the gateway is closed */
	assert_int_equal(R32(rig, 0x1000), 0);
	assert_false(rig->wire[1]);
	W32(rig, CLAIM(1), 10);
	assert_true(rig->wire[1]);
}

static void plic_words(void **state)
{
	struct rig *rig = with_plic(state);

	for (unsigned context = 0; context < 4; context++)
		for (unsigned word = 0; word < 3; word++)
			W32(rig, 0x2000 + 0x80 * context + 4 * word, 0x100 * context + 0x11 + word);
	for (unsigned context = 0; context < 4; context++)
		for (unsigned word = 0; word < 3; word++)
			assert_int_equal(R32(rig, 0x2000 + 0x80 * context + 4 * word),
					 0x100 * context + (word ? 0x11 + word : 0x10));
	for (unsigned context = 0; context < 4; context++)
		W32(rig, 0x200000 + 0x1000 * context, 1 + context);
	for (unsigned context = 0; context < 4; context++)
		assert_int_equal(R32(rig, 0x200000 + 0x1000 * context), 1 + context);
	assert_int_equal(R32(rig, 0x180), 0); /* the first word behind each table */
	assert_int_equal(R32(rig, 0x100c), 0);
	assert_int_equal(R32(rig, 0x200c), 0);
	assert_int_equal(R32(rig, 0x2200), 0);
	W32(rig, 0x180, 7);
	assert_int_equal(R32(rig, 0x1000) | R32(rig, 0x180), 0);
}

static void plic_last(void **state)
{
	struct rig *rig = with_plic(state);

	plic_enable(rig, 3, 1, 1);
	plic_enable(rig, 3, 95, 1);
	drive(rig, 95, true);
	assert_int_equal(R32(rig, CLAIM(3)), 95);
	drive(rig, 1, true);
	assert_int_equal(R32(rig, CLAIM(3)), 1);
	W32(rig, CLAIM(3), 95);
	W32(rig, CLAIM(3), 1);
	assert_int_equal(R32(rig, 0x1000), 2);
	assert_int_equal(R32(rig, 0x1008), 0x80000000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE("clint: mtime counts virtual time at 10 MHz", clint_time),
		RULE("clint: msip has one bit, which is the hart's software interrupt", clint_msip),
		RULE("clint: the timer interrupts while mtime >= mtimecmp", clint_timer),
		RULE("clint: mtimecmp may be written by halves", clint_halves),
		RULE("clint: mtime may be set, and all timers follow", clint_set_time),
		RULE("clint: a deadline far away does not wrap round", clint_deadlines),
		RULE("clint: state survives save and load; reset silences it", clint_state),
		RULE("plic: a claim takes the interrupt of the contexts that enabled it",
		     plic_claims),
		RULE("plic: a level comes again after completion while it is high", plic_level),
		RULE("plic: an edge asks once, waits for a completion, and can be taken back meanwhile",
		     plic_edge),
		RULE("plic: a request stays pending though its line fell", plic_stays),
		RULE("plic: highest priority first, then lowest number, 0 never", plic_order),
		RULE("plic: the threshold masks the interrupt, not the claim", plic_threshold),
		RULE("plic: completing what is not enabled for the context does nothing",
		     plic_foreign),
		RULE("plic: the first context to claim gets it", plic_shared),
		RULE("plic: registers are words; holes read 0", plic_registers),
		RULE("plic: state survives save and load; reset keeps the lines", plic_state),
		RULE("plic: a line that falls and rises while in service waits for completion",
		     plic_gateway),
		RULE("plic: each context has its own enables and threshold", plic_words),
		RULE("plic: sources 1 and 95 are the first and the last", plic_last),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("irq", tests, NULL, NULL);
}
