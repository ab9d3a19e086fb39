/* Statistics, the fault log and --shot, driven as the command line drives them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/faultlog.h"
#include "emu/observe.h"
#include "tests/view/fake.h"

static char folder[64];

static const char *path_of(const char *name)
{
	static char path[4][128];
	static unsigned next;
	char *p = path[next++ % 4];
	snprintf(p, sizeof path[0], "%s/%s", folder, name);
	return p;
}

static char *contents(const char *path)
{
	static char text[1 << 20];
	FILE *in = fopen(path, "r");
	if (!in)
		return NULL;
	size_t n = fread(text, 1, sizeof text - 1, in);
	text[n] = 0;
	fclose(in);
	return text;
}

static void append_fault(struct fake *fake, unsigned kind, uint32_t frame)
{
	struct introspect *g = fake->guest;
	g->faults[g->fault_head++ % INTROSPECT_FAULT_RING] = (struct introspect_fault_record){
		.time_ticks = fake->now_ns / 100,
		.end_ticks = fake->now_ns / 100,
		.va = g->fault_head << 12,
		.pid = 3,
		.kind = (uint8_t)kind,
		.region = REGION_HEAP,
		.frame = frame,
		.slot = UINT32_MAX,
	};
	g->counters.faults[kind]++;
	g->counters.faults_minor++;
}

static void trap(struct fake *fake, uint64_t cause)
{
	struct event event = { .kind = EVENT_TRAP, .time_ns = fake->now_ns };
	event.trap.cause = cause;
	event.trap.to = PRIV_S;
	if (event_wanted(&fake->machine.events, EVENT_TRAP))
		event_emit(&fake->machine.events, &event);
}

static void other(struct fake *fake, enum event_kind kind)
{
	struct event event = { .kind = kind, .time_ns = fake->now_ns };
	if (event_wanted(&fake->machine.events, kind))
		event_emit(&fake->machine.events, &event);
}

/* What the command line does: run to where observation wants control, and give it. */
static void run_to(struct fake *fake, struct observe *observe, uint64_t ns)
{
	while (fake->now_ns < ns) {
		uint64_t until = observe_until(observe);
		fake->now_ns = until < ns ? until : ns;
		assert_false(observe_pump(observe));
	}
}

static struct observe *open_it(struct fake *fake, const struct observe_options *options)
{
	char error[256] = "";
	struct observe *observe = observe_open(options, &fake->machine, error, sizeof error);
	if (!observe)
		fail_msg("%s", error);
	return observe;
}

static void close_it(struct observe *observe)
{
	char error[256] = "";
	if (!observe_close(observe, error, sizeof error))
		fail_msg("%s", error);
}

static const struct observe_options nothing = { .swap_disk = 1 };

static void test_nothing(void **state)
{
	(void)state;
	struct fake *fake = fake_busy(2 << 20);
	struct observe *observe = open_it(fake, &nothing);
	assert_int_equal(fake->machine.events.mask, 0);
	assert_true(observe_until(observe) == UINT64_MAX);
	assert_false(observe_pump(observe));
	close_it(observe);
	fake_destroy(fake);
}

static void test_no_fault_lost(void **state)
{
	(void)state;
	struct fake *fake = fake_busy(2 << 20);
	struct observe_options options = nothing;
	options.faults = path_of("faults");
	struct observe *observe = open_it(fake, &options);
	unsigned want = 0, lines = 0, burst = 1;
	for (unsigned i = 0; i < 2000; i++) {
		/* As many as the ring holds between two traps, and then the rest at the end. */
		for (unsigned k = 0; k < burst; k++, want++)
			append_fault(fake, FAULT_ZERO, 300);
		burst = burst % INTROSPECT_FAULT_RING + 1;
		trap(fake, 12 + i % 2);
	}
	append_fault(fake, FAULT_ZERO, 300);
	want++;
	close_it(observe);
	FILE *in = fopen(options.faults, "r");
	char line[256], va[64];
	while (fgets(line, sizeof line, in)) {
		snprintf(va, sizeof va, " %#x heap", (++lines) << 12);
		if (!strstr(line, va))
			fail_msg("line %u is not about %s: %s", lines, va, line);
	}
	fclose(in);
	assert_int_equal(lines, want);
	fake_destroy(fake);
}

static void test_overflow_said(void **state)
{
	(void)state;
	struct fake *fake = fake_busy(2 << 20);
	struct observe_options options = nothing;
	options.faults = path_of("faults");
	struct observe *observe = open_it(fake, &options);
	for (unsigned k = 0; k < 70; k++)
		append_fault(fake, FAULT_ZERO, 300);
	close_it(observe);
	assert_non_null(strstr(contents(options.faults), "# 6 faults were not seen\n"));
	fake_destroy(fake);
}

static void test_foreign_kernel(void **state)
{
	(void)state;
	struct fake *fake = fake_busy(2 << 20);
	struct observe_options options = nothing;
	options.faults = path_of("faults");
	fake->guest->magic = 0;
	struct observe *observe = open_it(fake, &options);
	fake->now_ns = 1234567890;
	trap(fake, 13);
	trap(fake, 8);
	trap(fake, 15);
	trap(fake, 12);
	close_it(observe);
	assert_string_equal(contents(options.faults), "   1.2345678 hart 0 load 0 at pc 0\n"
						      "   1.2345678 hart 0 store 0 at pc 0\n"
						      "   1.2345678 hart 0 fetch 0 at pc 0\n");
	fake_destroy(fake);
}

static void test_fault_lines(void **state)
{
	(void)state;
	char line[384];
	struct introspect_fault_record r = {
		.time_ticks = 12845101,
		.va = 0x3f9e400ff8,
		.pc = 0x1056c,
		.pid = 3,
		.kind = FAULT_ZERO,
		.flags = FAULT_FLAG_STORE,
		.region = REGION_HEAP,
		.frame = 702,
		.slot = UINT32_MAX,
	};
	faultlog_format(&r, " (main+0x1c)", line, sizeof line);
	assert_string_equal(
		line,
		"   1.2845101 pid 3 store 0x3f9e400ff8 heap at pc 0x1056c (main+0x1c): zero, frame 702");
	r.flags = FAULT_FLAG_MAJOR | FAULT_FLAG_EVICTED | FAULT_FLAG_WRITTEN | FAULT_FLAG_KERNEL;
	r.kind = FAULT_SWAP;
	r.slot = 2214;
	r.victim_class = FRAME_STACK;
	r.victim_owner = 4;
	r.victim_page = 0x3fffff;
	r.victim_frame = 702;
	faultlog_format(&r, "", line, sizeof line);
	assert_string_equal(
		line,
		"   1.2845101 pid 3 kernel load 0x3f9e400ff8 heap at pc 0x1056c: swap slot 2214, major, "
		"frame 702; victim stack 4:0x3fffff000, written");
	r = (struct introspect_fault_record){
		.kind = FAULT_SEGV,
		.flags = FAULT_FLAG_FETCH,
		.reason = REASON_NO_EXECUTE,
		.region = REGION_STACK,
		.frame = UINT32_MAX,
		.slot = UINT32_MAX,
		.pid = 9,
	};
	faultlog_format(&r, "", line, sizeof line);
	assert_string_equal(line, "   0.0000000 pid 9 fetch 0 stack at pc 0: segv, no-execute");
	r.kind = r.region = r.reason = 255;
	faultlog_format(&r, "", line, sizeof line);
	assert_string_equal(line, "   0.0000000 pid 9 fetch 0 ? at pc 0: ?");
}

static void expect_figure(const char *json, const char *name, uint64_t want)
{
	char key[64];
	snprintf(key, sizeof key, "\"%s\": ", name);
	const char *at = strstr(json, key);
	if (!at)
		fail_msg("no %s in %s", key, json);
	uint64_t got = strtoull(at + strlen(key), NULL, 10);
	if (got != want)
		fail_msg("%s: want %lu got %lu", name, (unsigned long)want, (unsigned long)got);
}

static void touch(struct fake *fake, uint64_t asid, uint64_t va, uint64_t flags)
{
	struct tlb_entry entry = { .va = va, .page_shift = 12, .pte = PTE_V | flags };
	struct event event = { .kind = EVENT_TLB_FILL, .fill = { .entry = &entry } };
	fake->satp = 8ull << 60 | asid << 44 | 0x80123;
	event_emit(&fake->machine.events, &event);
}

static void test_stats(void **state)
{
	(void)state;
	struct fake *fake = fake_busy(2 << 20);
	struct introspect_counters *c = &fake->guest->counters;
	struct observe_options options = nothing;
	options.stats = path_of("stats.json");
	struct observe *observe = open_it(fake, &options);
	fake->now_ns = 123456789;
	fake->insns = 100000000;
	fake->machine.idle_ns = 23456789;
	fake->hart = (struct hart_counters){ .s_page_faults = 21,
					     .itlb_accesses = 1000,
					     .dtlb_accesses = 5000,
					     .walks = 40,
					     .pte_reads = 110 };
	fake->hart.insns_by_priv[PRIV_U] = 60000000;
	fake->hart.insns_by_priv[PRIV_S] = 39000000;
	fake->hart.insns_by_priv[PRIV_M] = 1000000;
	for (unsigned i = 0; i < 7; i++)
		tlb_count_miss(fake->dtlb);
	tlb_flush_all(fake->dtlb);
	for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
		c->faults[kind] = kind + 1;
	c->faults_major = 5;
	c->faults_minor = 23;
	c->service_ticks = 72;
	c->frames_anon = 77;
	c->evictions_dirty = 12;
	c->swap_writes = 12;
	fake->guest->missing_syscalls[425] = 2;
	/* Pairs of address space and user page, each once; supervisor pages never. */
	for (unsigned i = 0; i < 3; i++) {
		for (uint64_t page = 0; page < 3000; page++)
			touch(fake, 3, page << 12, PTE_U | (i ? PTE_W : 0));
		touch(fake, 4, 0x1000, PTE_U);
		touch(fake, 4, 0x2000, 0);
	}
	/* A process that is gone at the end was seen at the switch after it ended. */
	unsigned gone = fake_process(fake, 9, "g\"one");
	fake->process[gone].minor = 41;
	fake->process[gone].peak_resident_pages = 42;
	other(fake, EVENT_SATP);
	fake->process[gone].state = PROC_UNUSED;
	/* The program exits: frames are those of now. */
	fake->guest->exit.kind = EXIT_STATUS;
	other(fake, EVENT_FENCE);
	c->frames_anon = 0;
	close_it(observe);
	const char *json = contents(options.stats);
	expect_figure(json, "instructions", 100000000);
	expect_figure(json, "virtual_ns", 123456789);
	expect_figure(json, "user_ns", 60000000);
	expect_figure(json, "kernel_ns", 40000000);
	expect_figure(json, "idle_ns", 23456789);
	expect_figure(json, "total", 36);
	expect_figure(json, "segv", 8);
	expect_figure(json, "mean_service_ns", 200);
	expect_figure(json, "anon", 77);
	expect_figure(json, "dirty", 12);
	expect_figure(json, "walks", 40);
	expect_figure(json, "flushes", 1);
	expect_figure(json, "pages_touched", 3001);
	expect_figure(json, "page_faults", 21);
	expect_figure(json, "425", 2);
	assert_non_null(strstr(json, "\"dtlb\": { \"hits\": 4993, \"misses\": 7 }"));
	assert_non_null(strstr(json, "{ \"pid\": 9, \"name\": \"g\\\"one\", \"minor\": 41, "
				     "\"major\": 0, \"peak_resident\": 42 }"));
	fake_destroy(fake);
}

static void test_options(void **state)
{
	(void)state;
	struct observe_options options = nothing;
	char error[256];
	static const char *const good[] = {
		"a.png",	  "a@b.png",	    "a.png@exit",
		"a.png@at=1.5ms", "a.png@fault=12", "a.json@every=10ms"
	};
	static const char *const bad[] = { "",
					   "a.gif",
					   "a.png@",
					   "a.png@at=5",
					   "a.png@at=ms",
					   "a.png@at=1.2.3s",
					   "a.png@fault=0",
					   "a.png@fault=-1",
					   "a.png@fault=1x",
					   "a.png@every=0s",
					   "a.png@soon",
					   ".png",
					   "a.png@at=99999999999999999999s" };
	for (unsigned i = 0; i < sizeof good / sizeof good[0]; i++) {
		if (!observe_parse_shot(&options, good[i], error, sizeof error))
			fail_msg("%s refused: %s", good[i], error);
	}
	assert_string_equal(options.shot[1].path, "a@b.png");
	assert_int_equal(options.shot[2].moment, SHOT_AT_EXIT);
	assert_int_equal(options.shot[3].value, 1500000);
	assert_int_equal(options.shot[4].value, 12);
	assert_int_equal(options.shot[5].moment, SHOT_EVERY);
	for (unsigned i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		if (observe_parse_shot(&options, bad[i], error, sizeof error))
			fail_msg("'%s' accepted", bad[i]);
	}
	assert_int_equal(options.nshots, 6);
	assert_true(observe_parse_view(&options, "tty", error, sizeof error));
	assert_false(observe_parse_view(&options, "gtk", error, sizeof error));
	observe_options_free(&options);
}

static void test_refused(void **state)
{
	(void)state;
	struct fake *fake = fake_busy(2 << 20);
	char error[256] = "";
	struct observe_options options = nothing;
	options.stats = "/nonexistent/stats.json";
	assert_null(observe_open(&options, &fake->machine, error, sizeof error));
	assert_non_null(strstr(error, "/nonexistent/stats.json: No such file"));
	options = nothing;
	observe_parse_shot(&options, "/nonexistent/a.png", error, sizeof error);
	assert_null(observe_open(&options, &fake->machine, error, sizeof error));
	observe_options_free(&options);
	assert_int_equal(fake->machine.events.mask, 0);
	fake_destroy(fake);
}

static uint64_t saved_at(const char *path)
{
	const char *text = contents(path);
	const char *at = text ? strstr(text, "\"virtual_ns\": ") : NULL;
	return at ? strtoull(at + 14, NULL, 10) : 0;
}

static void test_moments(void **state)
{
	(void)state;
	struct fake *fake = fake_busy(2 << 20);
	struct observe_options options = nothing;
	char error[256], value[256];
	static const char *const moments[] = { "at.json@at=2.5ms", "fault.json@fault=3",
					       "every.json@every=2ms", "exit.json",
					       "never.json@at=1s" };
	for (unsigned i = 0; i < sizeof moments / sizeof moments[0]; i++) {
		snprintf(value, sizeof value, "%s/%s", folder, moments[i]);
		assert_true(observe_parse_shot(&options, value, error, sizeof error));
	}
	struct observe *observe = open_it(fake, &options);
	run_to(fake, observe, 3100000);
	append_fault(fake, FAULT_ZERO, 300);
	trap(fake, 13);
	append_fault(fake, FAULT_ZERO, 300);
	append_fault(fake, FAULT_ZERO, 300);
	fake->now_ns = 3200000;
	/* Tables in the middle of a change: the picture waits for the next poll point. */
	fake->guest->sequence++;
	other(fake, EVENT_XRET);
	assert_int_equal(saved_at(path_of("fault.json")), 0);
	fake->guest->sequence++;
	fake->now_ns = 3300000;
	observe_pump(observe);
	run_to(fake, observe, 5000000);
	fake->guest->exit.kind = EXIT_STATUS;
	other(fake, EVENT_SATP);
	run_to(fake, observe, 7000000);
	close_it(observe);
	assert_int_equal(saved_at(path_of("at.json")), 2500000);
	assert_int_equal(saved_at(path_of("fault.json")), 3300000);
	assert_int_equal(saved_at(path_of("exit.json")), 5000000);
	assert_int_equal(saved_at(path_of("every-0001.json")), 2000000);
	assert_int_equal(saved_at(path_of("every-0003.json")), 6000000);
	assert_null(contents(path_of("every-0004.json")));
	assert_int_equal(saved_at(path_of("never.json")), 7000000);
	observe_options_free(&options);
	fake_destroy(fake);
}

static int make_folder(void **state)
{
	(void)state;
	snprintf(folder, sizeof folder, "/tmp/faultline-view-XXXXXX");
	return mkdtemp(folder) ? 0 : -1;
}

static int remove_folder(void **state)
{
	(void)state;
	char command[128];
	snprintf(command, sizeof command, "rm -r '%s'", folder);
	return system(command);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ .name = "with nothing asked for no event is wanted and the machine runs freely",
		  .test_func = test_nothing },
		{ .name = "the fault log has every fault once, in order, with the ring full each time",
		  .test_func = test_no_fault_lost },
		{ .name = "faults that the ring could not hold are owned up to",
		  .test_func = test_overflow_said },
		{ .name = "of a kernel without the structure the log has the page-fault exceptions",
		  .test_func = test_foreign_kernel },
		{ .name = "a fault's line says time, pid, access, address, region, what was done, frame and victim",
		  .test_func = test_fault_lines },
		{ .name = "statistics have the kernel's and the emulator's figures, dead processes and touched pages",
		  .test_func = test_stats },
		{ .name = "--shot and --view take what is documented and refuse the rest",
		  .test_func = test_options },
		{ .name = "files that cannot be written are refused before the run, and nothing stays subscribed",
		  .test_func = test_refused },
		{ .name = "pictures are taken at their virtual moments, never of tables in change",
		  .test_func = test_moments },
	};
	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("observation", tests, make_folder, remove_folder);
}
