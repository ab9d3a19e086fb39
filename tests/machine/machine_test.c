/* The machine around the harts: time, turns, ends, state. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "emu/machine.h"
#include "emu/options.h"

static char error[512];

static const char *guest(const char *name)
{
	static char path[4][256];
	static unsigned next;
	const char *b = getenv("B");
	char *buf = path[next++ % 4];

	snprintf(buf, sizeof(path[0]), "%s/tests/machine/%s.elf", b ? b : "build", name);
	return buf;
}

static struct machine_config config_of(const char *name)
{
	struct run_options o;

	run_options_init(&o);
	o.machine.ram_bytes = 4 << 20;
	o.machine.kernel = guest(name);
	return o.machine;
}

static struct machine *create(const struct machine_config *config)
{
	struct machine *m = machine_create(config, error, sizeof(error));

	if (!m)
		fail_msg("%s", error);
	return m;
}

static uint64_t symbol(const struct machine *m, const char *name)
{
	uint64_t va;

	assert_true(symbols_lookup(m->kernel_symbols, name, &va));
	return va;
}

static const uint64_t *words(const struct machine *m, const char *name, size_t n)
{
	const uint64_t *p = machine_peek(m, symbol(m, name), n * 8);

	assert_non_null(p);
	return p;
}

/* ---- Ends ---- */

static void finisher_gives_the_code(void **state)
{
	struct machine_config config = config_of("exit");
	struct machine *m;

	(void)state;
	config.nharts = 3;
	m = create(&config);
	machine_run(m, UINT64_MAX);
	assert_int_equal(m->end, END_FINISHER);
	assert_int_equal(m->exit_code, 5);
	machine_destroy(m);
}

static void waiting_for_nothing_is_noticed(void **state)
{
	struct machine_config config = config_of("stuck");
	struct machine *m;

	(void)state;
	for (config.nharts = 1; config.nharts <= 3; config.nharts += 2) {
		m = create(&config);
		machine_run(m, UINT64_MAX);
		assert_int_equal(m->end, END_STUCK);
		machine_destroy(m);
	}
}

static void max_insns_ends_at_the_next_poll_point(void **state)
{
	struct machine_config config = config_of("spin");
	struct machine *m;

	(void)state;
	config.max_insns = 100000;
	m = create(&config);
	machine_run(m, UINT64_MAX);
	assert_int_equal(m->end, END_MAX_INSNS);
	/* Its loop has two instructions. */
	assert_in_range(machine_insns(m), 100000, 100001);
	machine_destroy(m);
}

static void a_reset_starts_over_with_time_going_on(void **state)
{
	struct machine_config config = config_of("reboot");
	struct machine *m = create(&config);

	(void)state;
	machine_run(m, UINT64_MAX);
	assert_int_equal(m->end, END_FINISHER);
	assert_int_equal(m->exit_code, 0);
	assert_true(machine_now_ns(m) > 2000000);
	machine_destroy(m);
	config.no_reboot = true;
	m = create(&config);
	machine_run(m, UINT64_MAX);
	assert_int_equal(m->end, END_FINISHER);
	assert_int_equal(m->exit_code, 0);
	assert_int_equal(*words(m, "mark", 1), 1);
	machine_destroy(m);
}

/* ---- Time ---- */

static void idle_time_is_skipped_to_the_deadline(void **state)
{
	struct machine_config config = config_of("timer");
	struct machine *m = create(&config);
	const uint64_t *times = words(m, "times", 5);
	uint64_t insns;

	(void)state;
	machine_run(m, UINT64_MAX);
	assert_int_equal(m->end, END_FINISHER);
	assert_int_equal(m->exit_code, 0);
	for (unsigned i = 0; i < 5; i++) {
		/* Each sleep is 10000 ticks; some instructions lie between. */
		assert_in_range(times[i], (i + 1) * 10000, (i + 1) * 10000 + 10);
	}
	insns = machine_insns(m);
	assert_in_range(insns, 50, 200);
	/* What did not pass with instructions passed idle. */
	assert_int_equal(m->idle_ns + insns, machine_now_ns(m));
	machine_destroy(m);
}

static void many_harts_share_one_clock(void **state)
{
	struct machine_config config = config_of("timer");
	struct machine *m;
	const uint64_t *times, *counters;
	uint64_t now;

	(void)state;
	config.nharts = 4;
	m = create(&config);
	times = words(m, "times", 5);
	counters = words(m, "counters", 4);
	machine_run(m, UINT64_MAX);
	assert_int_equal(m->end, END_FINISHER);
	for (unsigned i = 0; i < 5; i++)
		assert_in_range(times[i], (i + 1) * 10000, (i + 1) * 10000 + 1000);
	/* A hart that computes retires 1 instruction a nanosecond; its loop has four. */
	now = machine_now_ns(m);
	for (unsigned h = 1; h < 4; h++)
		assert_in_range(counters[h] * 4, now - now / 50 - 20000, now + 20000);
	assert_int_equal(m->idle_ns, 0);
	machine_destroy(m);
}

static void save(const struct machine *m, struct state_out *out)
{
	*out = (struct state_out){ 0 };
	machine_save(m, out);
	assert_false(out->failed);
}

static void assert_same_state(const struct machine *a, const struct machine *b)
{
	struct state_out x, y;

	save(a, &x);
	save(b, &y);
	assert_int_equal(x.bytes, y.bytes);
	assert_memory_equal(x.data, y.data, x.bytes);
	state_out_free(&x);
	state_out_free(&y);
}

/* Where the host stops a run changes nothing of it. */
static void stops_of_the_host_do_not_show(void **state)
{
	static const uint64_t steps[] = { 1, 777, 20000, 1000003 };
	struct machine_config config = config_of("timer");
	struct machine *whole, *parts;

	(void)state;
	for (config.nharts = 1; config.nharts <= 3; config.nharts++) {
		whole = create(&config);
		machine_run(whole, UINT64_MAX);
		for (size_t i = config.nharts > 1; i < sizeof(steps) / sizeof(steps[0]); i++) {
			parts = create(&config);
			for (uint64_t at = steps[i]; parts->end == END_NOT_YET; at += steps[i]) {
				uint64_t before = machine_now_ns(parts);

				machine_run(parts, at);
				assert_true(machine_now_ns(parts) >= before);
			}
			assert_int_equal(parts->end, END_FINISHER);
			assert_same_state(whole, parts);
			machine_destroy(parts);
		}
		machine_destroy(whole);
	}
}

static void slow_and_fast_engines_agree(void **state)
{
	struct machine_config config = config_of("timer");
	struct machine *fast, *slow;

	(void)state;
	config.nharts = 2;
	fast = create(&config);
	machine_run(fast, UINT64_MAX);
	config.hart.slow = true;
	slow = create(&config);
	machine_run(slow, UINT64_MAX);
	assert_int_equal(machine_insns(fast), machine_insns(slow));
	assert_int_equal(machine_now_ns(fast), machine_now_ns(slow));
	assert_memory_equal(words(fast, "times", 5), words(slow, "times", 5), 40);
	machine_destroy(fast);
	machine_destroy(slow);
}

/* ---- State ---- */

static void a_saved_state_goes_on_alike(void **state)
{
	struct machine_config config = config_of("timer");
	struct machine *first, *second;
	struct state_out out;
	struct state_in in = { 0 };

	(void)state;
	config.nharts = 2;
	first = create(&config);
	second = create(&config);
	machine_run(first, 2345678);
	assert_int_equal(first->end, END_NOT_YET);
	save(first, &out);
	in.data = out.data;
	in.bytes = out.bytes;
	assert_true(machine_load(second, &in));
	assert_int_equal(in.pos, in.bytes);
	assert_same_state(first, second);
	machine_run(first, UINT64_MAX);
	machine_run(second, UINT64_MAX);
	assert_int_equal(second->end, END_FINISHER);
	assert_same_state(first, second);
	state_out_free(&out);
	machine_destroy(first);
	machine_destroy(second);
}

static void a_wrong_state_is_refused(void **state)
{
	struct machine_config config = config_of("timer");
	struct machine *first = create(&config), *other;
	struct state_out out;
	struct state_in in;

	(void)state;
	save(first, &out);
	config.nharts = 2;
	other = create(&config);
	in = (struct state_in){ .data = out.data, .bytes = out.bytes };
	assert_false(machine_load(other, &in));
	machine_destroy(other);
	config.nharts = 1;
	for (size_t cut = 0; cut < out.bytes; cut += out.bytes / 7) {
		other = create(&config);
		in = (struct state_in){ .data = out.data, .bytes = cut };
		assert_false(machine_load(other, &in));
		machine_destroy(other);
	}
	state_out_free(&out);
	machine_destroy(first);
}

/* ---- Refusals ---- */

static void assert_refused(const struct machine_config *config, const char *what)
{
	struct machine *m = machine_create(config, error, sizeof(error));

	assert_null(m);
	if (!strstr(error, what))
		fail_msg("want: ...%s...\ngot:  %s", what, error);
	assert_null(strchr(error, '\n'));
}

static void what_does_not_fit_is_refused(void **state)
{
	struct machine_config config = config_of("exit");

	(void)state;
	config.ram_bytes = 4096;
	assert_refused(&config, "-m");
	config = config_of("exit");
	config.ram_bytes = 5000;
	assert_refused(&config, "-m");
	config = config_of("exit");
	config.nharts = 9;
	assert_refused(&config, "-smp");
	config = config_of("nothing");
	assert_refused(&config, "nothing.elf: No such file");
	config = config_of("exit");
	config.initrd = "/nonexistent/initrd";
	assert_refused(&config, "/nonexistent/initrd");
	config = config_of("exit");
	config.ndrives = 1;
	config.drive[0] =
		(struct drive_config){ .fd = -1, .slot = -1, .path = "/nonexistent/disk" };
	assert_refused(&config, "/nonexistent/disk");
	config = config_of("exit");
	config.ndrives = 2;
	config.drive[0] = config.drive[1] =
		(struct drive_config){ .fd = -1, .bytes = 4096, .slot = 3 };
	assert_refused(&config, "slot");
}

int main(void)
{
#define TEST(fn, sentence)                                                                         \
	{                                                                                          \
		sentence, fn, NULL, NULL, NULL                                                     \
	}
	const struct CMUnitTest tests[] = {
		TEST(finisher_gives_the_code, "machine: the finisher gives the code"),
		TEST(waiting_for_nothing_is_noticed, "machine: waiting for nothing is noticed"),
		TEST(max_insns_ends_at_the_next_poll_point,
		     "machine: --max-insns ends at the next poll point"),
		TEST(a_reset_starts_over_with_time_going_on,
		     "machine: a reset starts over, and time goes on"),
		TEST(idle_time_is_skipped_to_the_deadline,
		     "machine: idle time is skipped to the deadline"),
		TEST(many_harts_share_one_clock,
		     "machine: many harts share one clock of 1 GHz each"),
		TEST(stops_of_the_host_do_not_show,
		     "machine: where the host stops a run does not show"),
		TEST(slow_and_fast_engines_agree, "machine: slow and fast engines agree"),
		TEST(a_saved_state_goes_on_alike, "machine: a saved state goes on alike"),
		TEST(a_wrong_state_is_refused, "machine: a wrong or cut state is refused"),
		TEST(what_does_not_fit_is_refused,
		     "machine: what does not fit is refused with one line"),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
