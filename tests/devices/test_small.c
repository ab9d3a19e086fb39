/* Finisher, RTC, HTIF and semihosting. */
#include "devices/finisher.h"
#include "devices/htif.h"
#include "devices/rtc_goldfish.h"
#include "devices/semihosting.h"
#include "tests/devices/harness.h"

#define IRQ  11
#define BASE UINT64_C(1700000000000000000)

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

static unsigned finishes, last_code;
static enum finisher_action last_action;

static void finish(void *ctx, enum finisher_action action, unsigned code)
{
	(void)ctx;
	finishes++;
	last_action = action;
	last_code = code;
}

static void finisher_commands(void **state)
{
	struct rig *rig = *state;
	uint64_t value;

	finishes = 0;
	rig_attach(rig, finisher_create(&rig->host, (struct finisher_host){ .finish = finish }));
	W32(rig, 0, 0x1234);
	W32(rig, 4, 0x5555);
	assert_int_equal(finishes, 0);
	W32(rig, 0, 0x5555);
	assert_int_equal(last_action, FINISH_PASS);
	W32(rig, 0, 7 << 16 | 0x3333);
	assert_int_equal(last_action, FINISH_FAIL);
	assert_int_equal(last_code, 7);
	W32(rig, 0, 0xffff3333);
	assert_int_equal(last_code, 0xffff);
	reg_write(rig, 0, 2, 0x7777);
	assert_int_equal(last_action, FINISH_RESET);
	assert_int_equal(finishes, 4);
	assert_int_equal(R32(rig, 0), 0);
	assert_false(bus_read(&rig->bus, TEST_DEVICE, 1, &value));
}

static struct rig *with_rtc(void **state)
{
	struct rig *rig = *state;

	rig_attach(rig, rtc_goldfish_create(&rig->host, rig_wire(rig, IRQ), BASE));
	return rig;
}

static uint64_t date(struct rig *rig)
{
	uint64_t low = R32(rig, 0x00);

	return R32(rig, 0x04) << 32 | low;
}

static void set_alarm(struct rig *rig, uint64_t ns)
{
	W32(rig, 0x0c, ns >> 32);
	W32(rig, 0x08, (uint32_t)ns);
}

static void rtc_date(void **state)
{
	struct rig *rig = with_rtc(state);
	uint64_t low;

	assert_int_equal(date(rig), BASE + 1000);
	rig->now_ns = 0xffffffff;
	low = R32(rig, 0x00);
	rig->now_ns += UINT64_C(1) << 33;
	assert_int_equal(R32(rig, 0x04), (BASE + 0xffffffff) >> 32); /* latched */
	assert_int_equal(low, (uint32_t)(BASE + 0xffffffff));
}

static void rtc_set(void **state)
{
	struct rig *rig = with_rtc(state);

	W32(rig, 0x04, 5);
	W32(rig, 0x00, 6);
	assert_int_equal(date(rig), UINT64_C(0x500000006));
	rig->now_ns += 100;
	assert_int_equal(date(rig), UINT64_C(0x50000006a));
	device_reset(rig->device);
	assert_int_equal(date(rig), UINT64_C(0x50000006a));
}

static void rtc_alarm(void **state)
{
	struct rig *rig = with_rtc(state);

	W32(rig, 0x10, 1);
	set_alarm(rig, BASE + 5000);
	assert_int_equal(R32(rig, 0x18), 1);
	assert_int_equal(R32(rig, 0x08), (uint32_t)(BASE + 5000));
	assert_int_equal(R32(rig, 0x0c), (BASE + 5000) >> 32);
	assert_int_equal(rig->device->deadline_ns, 5000);
	rig_run(rig, 4999);
	assert_false(rig->wire[IRQ]);
	rig_run(rig, 5000);
	assert_true(rig->wire[IRQ]);
	assert_int_equal(R32(rig, 0x18), 0);
	assert_int_equal(rig->device->deadline_ns, DEVICE_NO_DEADLINE);
	W32(rig, 0x1c, 1);
	assert_false(rig->wire[IRQ]);
}

static void rtc_alarm_edges(void **state)
{
	struct rig *rig = with_rtc(state);

	set_alarm(rig, 1); /* past: at once, but not enabled */
	assert_false(rig->wire[IRQ]);
	W32(rig, 0x10, 1);
	assert_true(rig->wire[IRQ]);
	assert_int_equal(R32(rig, 0x10), 1);
	W32(rig, 0x1c, 1);
	set_alarm(rig, BASE + 5000);
	W32(rig, 0x14, 1);
	assert_int_equal(R32(rig, 0x18), 0);
	rig_run(rig, 10000);
	assert_false(rig->wire[IRQ]);
	set_alarm(rig, UINT64_MAX); /* further than the clock goes */
	rig_run(rig, 20000);
	assert_false(rig->wire[IRQ]);
}

static void rtc_state(void **state)
{
	struct rig *rig = with_rtc(state);

	W32(rig, 0x10, 1);
	set_alarm(rig, BASE + 5000);
	date(rig);
	check_save_load(rig->device, rtc_goldfish_create(&rig->host, rig_wire(rig, IRQ), BASE));
}

/* ---- HTIF ---- */

static char out[2048];
static size_t out_bytes;
static int out_fd;
static const char *typed;
static uint64_t exit_code;
static unsigned exits;

static void htif_output(void *ctx, int fd, const uint8_t *bytes, size_t n)
{
	(void)ctx;
	out_fd = fd;
	memcpy(out + out_bytes, bytes, n);
	out_bytes += n;
}

static bool endless; /* somebody holds a key down */

static int htif_getchar(void *ctx)
{
	(void)ctx;
	if (endless)
		return 'k';
	return typed && *typed ? (uint8_t)*typed++ : -1;
}

static void htif_exit(void *ctx, uint64_t code)
{
	(void)ctx;
	exits++;
	exit_code = code;
}

static const struct htif_host htif_host = { NULL, htif_output, htif_getchar, htif_exit };

static void htif_exits(void **state)
{
	struct rig *rig = *state;
	struct htif htif = { 0 };

	exits = 0;
	htif_command(&htif, &rig->host, &htif_host, 1);
	assert_int_equal(exits, 1);
	assert_int_equal(exit_code, 0);
	htif_command(&htif, &rig->host, &htif_host, 0x2a << 1 | 1);
	assert_int_equal(exit_code, 0x2a);
	assert_int_equal(htif_answer(&htif, &htif_host), 0);
}

static void htif_console(void **state)
{
	struct rig *rig = *state;
	struct htif htif = { 0 };

	out_bytes = 0;
	typed = "";
	htif_command(&htif, &rig->host, &htif_host, UINT64_C(0x0101000000000041));
	assert_int_equal(out_bytes, 1);
	assert_int_equal(out[0], 'A');
	assert_int_equal(htif_answer(&htif, &htif_host), 0);
	htif_command(&htif, &rig->host, &htif_host, UINT64_C(0x0100000000000000));
	assert_int_equal(htif_answer(&htif, &htif_host), 0);
	assert_true(htif.getchar_waiting);
	typed = "\xe9z";
	assert_int_equal(htif_answer(&htif, &htif_host), UINT64_C(0x01000000000001e9));
	assert_int_equal(htif_answer(&htif, &htif_host), 0); /* asked once */
}

static void magic(struct rig *rig, uint64_t number, uint64_t a, uint64_t b, uint64_t c)
{
	put64(rig, TEST_RAM, number);
	put64(rig, TEST_RAM + 8, a);
	put64(rig, TEST_RAM + 16, b);
	put64(rig, TEST_RAM + 24, c);
}

static void htif_write(void **state)
{
	struct rig *rig = *state;
	struct htif htif = { 0 };

	out_bytes = 0;
	memcpy(ram_at(rig, TEST_RAM + 0x100), "hello", 5);
	magic(rig, 64, 2, TEST_RAM + 0x100, 5);
	htif_command(&htif, &rig->host, &htif_host, TEST_RAM);
	assert_int_equal(out_bytes, 5);
	assert_int_equal(out_fd, 2);
	assert_memory_equal(out, "hello", 5);
	assert_int_equal(get32(rig, TEST_RAM), 5);
	assert_int_equal(htif_answer(&htif, &htif_host), 1);
	assert_int_equal(htif_answer(&htif, &htif_host), 0);
}

static void htif_long_write(void **state)
{
	struct rig *rig = *state;
	struct htif htif = { 0 };

	out_bytes = 0;
	for (unsigned i = 0; i < 1300; i++)
		*(uint8_t *)ram_at(rig, TEST_RAM + 0x100 + i) = (uint8_t)(i * 7 + i / 256);
	magic(rig, 64, 1, TEST_RAM + 0x100, 1300);
	htif_command(&htif, &rig->host, &htif_host, TEST_RAM);
	assert_int_equal(out_bytes, 1300);
	assert_memory_equal(out, ram_at(rig, TEST_RAM + 0x100), 1300);
	magic(rig, 64, 1, TEST_RAM + TEST_RAM_BYTES - 600, 1000);
	out_bytes = 0;
	htif_command(&htif, &rig->host, &htif_host, TEST_RAM);
	assert_int_equal(get32(rig, TEST_RAM), 512); /* what could be read */
}

static void htif_hostile(void **state)
{
	struct rig *rig = *state;
	struct htif htif = { 0 };

	out_bytes = exits = 0;
	magic(rig, 64, 1, 0, 5);
	htif_command(&htif, &rig->host, &htif_host, TEST_RAM);
	assert_int_equal((int32_t)get32(rig, TEST_RAM), -14);
	magic(rig, 64, 7, TEST_RAM, 5);
	htif_command(&htif, &rig->host, &htif_host, TEST_RAM);
	assert_int_equal((int32_t)get32(rig, TEST_RAM), -9);
	magic(rig, 999, 0, 0, 0);
	htif_command(&htif, &rig->host, &htif_host, TEST_RAM);
	assert_int_equal((int32_t)get32(rig, TEST_RAM), -38);
	htif_answer(&htif, &htif_host);
	htif_command(&htif, &rig->host, &htif_host, 0x10); /* no RAM there */
	htif_command(&htif, &rig->host, &htif_host, UINT64_C(0xff00000000000001));
	htif_command(&htif, &rig->host, &htif_host, UINT64_C(0x0055000000000001));
	assert_int_equal(htif_answer(&htif, &htif_host), 0);
	assert_int_equal(out_bytes, 0);
	assert_int_equal(exits, 0);
	magic(rig, 93, 3, 0, 0);
	htif_command(&htif, &rig->host, &htif_host, TEST_RAM);
	assert_int_equal(exit_code, 3);
}

static bool semi_read(void *ctx, uint64_t va, void *to, size_t bytes)
{
	struct rig *rig = ctx;

	return rig->host.dma_read(rig->host.ctx, va, to, bytes);
}

static bool semi_write(void *ctx, uint64_t va, const void *from, size_t bytes)
{
	struct rig *rig = ctx;

	return rig->host.dma_write(rig->host.ctx, va, from, bytes);
}

static uint64_t semi(struct rig *rig, uint64_t operation, uint64_t parameter)
{
	const struct semihosting_host host = { .ctx = rig,
					       .read = semi_read,
					       .write = semi_write,
					       .output = htif_output,
					       .getchar = htif_getchar,
					       .exit = htif_exit,
					       .now_ns = 2500000000,
					       .epoch_ns = 600000000,
					       .command_line = "ab" };
	out_bytes = 0;
	return semihosting_call(&host, operation, parameter);
}

/* Words at the beginning of RAM, which the parameter points to. */
static uint64_t semi3(struct rig *rig, uint64_t operation, uint64_t a, uint64_t b, uint64_t c)
{
	put64(rig, TEST_RAM, a);
	put64(rig, TEST_RAM + 8, b);
	put64(rig, TEST_RAM + 16, c);
	return semi(rig, operation, TEST_RAM);
}

#define FAILED UINT64_MAX

static void semihosting_exits(void **state)
{
	struct rig *rig = *state;

	exits = 0;
	semi3(rig, 0x18, 0x20026, 7, 0);
	assert_int_equal(exit_code, 7);
	semi3(rig, 0x20, 0x20026, 0, 0);
	assert_int_equal(exit_code, 0);
	semi3(rig, 0x18, 0x20023, 0, 0); /* a run-time error has no status of its own */
	assert_int_equal(exit_code, 1);
	assert_int_equal(exits, 3);
	assert_true(semi(rig, 0x18, TEST_RAM + TEST_RAM_BYTES - 8) == FAILED);
	assert_int_equal(exits, 3);
}

static void semihosting_streams(void **state)
{
	struct rig *rig = *state;
	uint64_t text = TEST_RAM + 0x100;

	memcpy(ram_at(rig, text), ":tt", 4);
	assert_int_equal(semi3(rig, 0x01, text, 3, 3), 1);
	assert_int_equal(semi3(rig, 0x01, text, 4, 3), 2);
	assert_int_equal(semi3(rig, 0x01, text, 11, 3), 3);
	assert_true(semi3(rig, 0x01, text, 12, 3) == FAILED);
	assert_true(semi3(rig, 0x01, text + 1, 0, 2) == FAILED);
	assert_true(semi3(rig, 0x01, text, 0, UINT64_MAX) == FAILED);
	assert_true(semi3(rig, 0x02, 4, 0, 0) == FAILED);
	assert_int_equal(semi3(rig, 0x05, 3, text, 3), 0);
	assert_int_equal(out_fd, 2);
	assert_int_equal(semi3(rig, 0x05, 1, text, 3), 3); /* nobody writes to the input */
	assert_int_equal(out_bytes, 0);
	assert_int_equal(semi3(rig, 0x05, 2, TEST_RAM + TEST_RAM_BYTES - 256, 1000), 744);
	assert_int_equal(out_bytes, 256);
	assert_true(semi3(rig, 0x05, 2, TEST_RAM + TEST_RAM_BYTES, UINT64_MAX) == UINT64_MAX);
}

static void semihosting_input(void **state)
{
	struct rig *rig = *state;
	uint64_t text = TEST_RAM + 0x100;

	typed = "xyz";
	assert_int_equal(semi3(rig, 0x06, 1, text, 2), 0);
	assert_memory_equal(ram_at(rig, text), "xy", 2);
	assert_int_equal(semi3(rig, 0x06, 2, text, 2), 2);
	assert_int_equal(semi(rig, 0x07, 0), 'z');
	assert_true(semi(rig, 0x07, 0) == FAILED);
	assert_int_equal(semi3(rig, 0x06, 1, text, 2), 2);
	endless = true;
	assert_true(semi3(rig, 0x06, 1, text, UINT64_MAX) == UINT64_MAX - 65536);
	assert_int_equal(semi3(rig, 0x06, 1, text, 70000), 70000 - 65536);
	endless = false;
}

static void semihosting_rest(void **state)
{
	struct rig *rig = *state;
	uint64_t text = TEST_RAM + 0x100;

	assert_int_equal(semi(rig, 0x10, 0), 250);
	assert_int_equal(semi(rig, 0x11, 0), 3);
	assert_int_equal(semi3(rig, 0x15, text, 3, 0), 0);
	assert_memory_equal(ram_at(rig, text), "ab", 3);
	assert_int_equal(get32(rig, TEST_RAM + 8), 2);
	assert_true(semi3(rig, 0x15, text, 2, 0) == FAILED);
	put64(rig, text + 24, 9);
	assert_int_equal(semi3(rig, 0x16, text, 0, 0), 0);
	assert_int_equal(get32(rig, text + 24), 0);
	assert_int_equal(semi(rig, 0x30, text), 0);
	assert_int_equal(get32(rig, text), 2500000000);
	assert_int_equal(semi(rig, 0x31, 0), 1000000000);
	assert_true(semi(rig, 0x12, TEST_RAM) == FAILED); /* SYS_SYSTEM: never */
	assert_true(semi(rig, UINT64_MAX, 0) == FAILED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		RULE("finisher: pass, fail with its code, and reset are reported",
		     finisher_commands),
		RULE("rtc: the date is its base plus virtual time; TIME_LOW latches TIME_HIGH",
		     rtc_date),
		RULE("rtc: the date can be set and survives a reset", rtc_set),
		RULE("rtc: the alarm interrupts at its time until it is cleared", rtc_alarm),
		RULE("rtc: an alarm in the past fires, a cleared or endless one does not",
		     rtc_alarm_edges),
		RULE("rtc: state survives save and load", rtc_state),
		RULE("htif: an odd payload exits with payload >> 1", htif_exits),
		RULE("htif: the console writes, and answers a read when a byte comes",
		     htif_console),
		RULE("htif: the write call prints from memory and answers 1", htif_write),
		RULE("htif: a long write is printed whole, or as far as memory goes",
		     htif_long_write),
		RULE("htif: nonsense is refused without harm", htif_hostile),
		RULE("semihosting: the exit's status is the program's, or 1 for another reason",
		     semihosting_exits),
		RULE("semihosting: \":tt\" is the console, and nothing else is a file",
		     semihosting_streams),
		RULE("semihosting: input is what there is, then its end", semihosting_input),
		RULE("semihosting: clocks, command line, heap; what there is not fails",
		     semihosting_rest),
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("small", tests, NULL, NULL);
}
