/*
 * A machine saved in the middle of paging goes on in another one: same end, same statistics, same
 * output, same disks.  What runs is what `faultline run --export` leaves.
 */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/machine.h"
#include "emu/options.h"

#define OUTPUT_MOST 65536

static char folder[] = "/tmp/faultline-state-XXXXXX", error[512];

/* What a machine sends, from when it is listened to. */
struct listener {
	char text[OUTPUT_MOST];
	size_t n;
};

static bool hear(void *ctx, unsigned descriptor, const void *bytes, size_t count)
{
	struct listener *l = ctx;

	(void)descriptor;
	if (count > OUTPUT_MOST - l->n)
		count = OUTPUT_MOST - l->n;
	memcpy(l->text + l->n, bytes, count);
	l->n += count;
	return true;
}

static const char *path(const char *name)
{
	static char buf[64][256];
	static unsigned next;
	char *at = buf[next++ % 64];

	snprintf(at, sizeof(buf[0]), "%s/%s", folder, name);
	return at;
}

static const char *built(const char *name)
{
	static char buf[16][256];
	static unsigned next;
	const char *b = getenv("B");
	char *at = buf[next++ % 16];

	snprintf(at, sizeof(buf[0]), "%s/%s", b ? b : "build", name);
	return at;
}

static void shell(const char *format, ...)
{
	char command[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(command, sizeof(command), format, args);
	va_end(args);
	if (system(command) != 0)
		fail_msg("%s", command);
}

static struct machine *create(const struct machine_config *config, struct listener *listener)
{
	struct machine *m = machine_create(config, error, sizeof(error));

	if (!m)
		fail_msg("%s", error);
	listener->n = 0;
	m->hooks.ctx = listener;
	m->hooks.output = hear;
	return m;
}

static struct state_out saved(const struct machine *m)
{
	struct state_out out = { 0 };

	machine_save(m, &out);
	assert_false(out.failed);
	return out;
}

static void load(struct machine *m, const struct state_out *from)
{
	struct state_in in = { .data = from->data, .bytes = from->bytes };

	assert_true(machine_load(m, &in));
	assert_int_equal(in.pos, in.bytes);
}

static void assert_same(const struct machine *a, const struct machine *b)
{
	struct state_out x = saved(a), y = saved(b);

	assert_int_equal(machine_insns(a), machine_insns(b));
	assert_int_equal(machine_now_ns(a), machine_now_ns(b));
	assert_int_equal(a->idle_ns, b->idle_ns);
	assert_int_equal(a->end, b->end);
	assert_int_equal(a->exit_code, b->exit_code);
	for (unsigned i = 0; i < machine_ndisks(a); i++) {
		struct disk_counters c = machine_disk(a, i), d = machine_disk(b, i);

		assert_memory_equal(&c, &d, sizeof(c));
	}
	assert_int_equal(x.bytes, y.bytes);
	assert_memory_equal(x.data, y.data, x.bytes);
	state_out_free(&x);
	state_out_free(&y);
}

static struct listener first_output, second_output;

/* Run one machine to `at`, save, go on; load into a second one, made of `again`, and go on there. */
static void goes_on(const struct machine_config *config, const struct machine_config *again,
		    uint64_t at, bool idle_too)
{
	struct machine *first = create(config, &first_output), *second;
	struct state_out out;

	first->stop_insns = at;
	machine_run(first, UINT64_MAX);
	first->stop_insns = 0;
	assert_int_equal(first->end, END_NOT_YET);
	if (idle_too)
		machine_run(first, machine_now_ns(first) + 3000000);
	out = saved(first);
	first_output.n = 0;
	machine_run(first, UINT64_MAX);
	/* The second begins its own life: nothing of that may stay. */
	second = create(again, &second_output);
	machine_run(second, 20000000);
	load(second, &out);
	second_output.n = 0;
	machine_run(second, UINT64_MAX);
	assert_int_equal(second->end, END_FINISHER);
	assert_int_equal(second->exit_code, 0);
	assert_same(first, second);
	assert_true(first_output.n > 0);
	assert_int_equal(first_output.n, second_output.n);
	assert_memory_equal(first_output.text, second_output.text, first_output.n);
	state_out_free(&out);
	machine_destroy(first);
	machine_destroy(second);
}

/* As the script that --export leaves says it. */
static struct machine_config paging(const char *root, bool snapshot)
{
	struct run_options o;

	run_options_init(&o);
	o.machine.ram_bytes = 4 << 20;
	o.machine.bios = path("firmware");
	o.machine.kernel = path("kernel.elf");
	o.machine.append = "verbose=0";
	o.machine.uart = CONSOLE_STDIO;
	o.machine.no_reboot = true;
	o.machine.rng = true;
	o.machine.ndrives = 2;
	for (int i = 0; i < 2; i++)
		o.machine.drive[i] = (struct drive_config){
			.fd = -1, .slot = i, .latency_request_ns = 100000, .latency_page_ns = 10000
		};
	o.machine.drive[0].path = path(root);
	o.machine.drive[0].snapshot = snapshot;
	o.machine.drive[1].bytes = 32 << 20;
	return o.machine;
}

static int set_up(void **state)
{
	(void)state;
	if (!mkdtemp(folder))
		return -1;
	shell("%s run -m 4M --swap 32M --add %s:/bin/bigsort --export %s sh -c "
	      "'bigsort 5; echo sorted >result; sync; ls -l result' 2>/dev/null",
	      built("faultline"), built("guest/demo/bigsort"), folder);
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	shell("rm -rf %s", folder);
	return 0;
}

static void in_a_snapshot(void **state)
{
	static const uint64_t moments[] = { 3000000, 12345678, 30000000, 45000001 };
	struct machine_config config = paging("root.img", true);

	(void)state;
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++)
		goes_on(&config, &config, moments[i], i & 1);
}

/* Each machine has a file of its own; what the second wrote before is not to stay in its. */
static void through_to_files(void **state)
{
	struct machine_config config = paging("a.img", false), again = paging("b.img", false);

	(void)state;
	for (uint64_t at = 20000000; at <= 60000000; at += 40000000) {
		shell("cp --sparse=always %s %s; cp --sparse=always %s %s", path("root.img"),
		      path("a.img"), path("root.img"), path("b.img"));
		goes_on(&config, &again, at, false);
		shell("cmp %s %s", path("a.img"), path("b.img"));
	}
}

/* The power may still fail: which writes were flushed is part of the state. */
static void with_a_cache(void **state)
{
	struct machine_config config = paging("root.img", true);
	struct machine *first, *second;
	struct state_out out;

	(void)state;
	config.power_cut_insns = 60000000;
	config.power_cut_seed = 7;
	config.drive[0].power_cut = true;
	first = create(&config, &first_output);
	first->stop_insns = 50000000;
	machine_run(first, UINT64_MAX);
	first->stop_insns = 0;
	out = saved(first);
	machine_run(first, UINT64_MAX);
	second = create(&config, &second_output);
	load(second, &out);
	machine_run(second, UINT64_MAX);
	assert_int_equal(second->end, END_POWER_CUT);
	assert_same(first, second);
	state_out_free(&out);
	machine_destroy(first);
	machine_destroy(second);
}

/* Three harts, a disk, and keys that have come and were not taken. */
static void with_harts_and_keys(void **state)
{
	static const uint64_t moments[] = { 200000, 1000000, 5000000 };
	struct run_options o;
	struct recording *typed;
	FILE *script;

	(void)state;
	shell("perl -e 'print pack \"Q<*\", map { $_ >> 7 << 32 | $_ & 127 } 0 .. 255999' >%s",
	      path("fs.img"));
	script = fopen(path("typed"), "w");
	assert_non_null(script);
	fputs("faultline input 1\nat 0 type 3\\nthis and that\\n\n", script);
	fclose(script);
	typed = recording_read(path("typed"), error, sizeof(error));
	assert_non_null(typed);
	run_options_init(&o);
	o.machine.ram_bytes = 128 << 20;
	o.machine.nharts = 3;
	o.machine.uart = CONSOLE_STDIO;
	o.machine.kernel = built("tests/xv6/kernel-new");
	o.machine.replay = typed;
	o.machine.ndrives = 1;
	o.machine.drive[0] =
		(struct drive_config){ .fd = -1, .path = path("fs.img"), .snapshot = true };
	for (size_t i = 0; i < sizeof(moments) / sizeof(moments[0]); i++)
		goes_on(&o.machine, &o.machine, moments[i], i & 1);
	recording_free(typed);
}

int main(void)
{
#define TEST(fn, sentence)                                                                         \
	{                                                                                          \
		sentence, fn, NULL, NULL, NULL                                                     \
	}
	const struct CMUnitTest tests[] = {
		TEST(in_a_snapshot,
		     "state: saved while it pages, goes on alike: disks of snapshots"),
		TEST(through_to_files, "state: and disks that write through to files"),
		TEST(with_a_cache, "state: and what a power cut would still lose"),
		TEST(with_harts_and_keys, "state: and three harts, and keys not yet taken"),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
