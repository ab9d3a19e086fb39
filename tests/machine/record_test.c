/* The file of --record: what is written is read again, and no damage does more than be refused. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "emu/record.h"

static char file[] = "/tmp/faultline-record-XXXXXX", error[256];
static uint64_t seed = 1;

static uint64_t draw(uint64_t below)
{
	seed = seed * 6364136223846793005u + 1442695040888963407u;
	return (seed >> 33) % below;
}

static struct input_event random_event(uint64_t *ns, uint64_t *insns)
{
	struct input_event event = { .exact = true, .kind = (enum input_kind)draw(INPUT_QUIT + 1) };

	*ns += draw(5000000000u);
	*insns += draw(1000);
	event.ns = *ns;
	event.insns = *insns;
	if (event.kind == INPUT_TYPE) {
		event.count = 1 + draw(300);
		event.bytes = malloc(event.count);
		assert_non_null(event.bytes);
		for (size_t i = 0; i < event.count; i++)
			event.bytes[i] = (uint8_t)(draw(2) ? draw(256) : 32 + draw(96));
	} else if (event.kind == INPUT_WINDOW) {
		event.cols = (uint16_t)draw(65536);
		event.rows = (uint16_t)draw(65536);
	} else if (event.kind == INPUT_QUIT) {
		event.signal = (int)draw(65);
	}
	return event;
}

static void assert_same_event(const struct input_event *a, const struct input_event *b)
{
	assert_int_equal(a->ns, b->ns);
	assert_int_equal(a->insns, b->insns);
	assert_int_equal(a->exact, b->exact);
	assert_int_equal(a->kind, b->kind);
	assert_int_equal(a->cols, b->cols);
	assert_int_equal(a->rows, b->rows);
	assert_int_equal(a->signal, b->signal);
	assert_int_equal(a->count, b->count);
	if (a->count)
		assert_memory_equal(a->bytes, b->bytes, a->count);
}

static const struct host_facts host = { .terminal = { true, false, true },
					.file = true,
					.cols = 132,
					.rows = 50,
					.term = "screen\\odd",
					.epoch_ns = 1735689600123456789u };
static const struct fingerprint print = { 0x0123456789abcdef, UINT64_MAX, 7 };

/* Writes n random events, which are the caller's to free, and a file in pieces. */
static void write_random(struct input_event *event, size_t n, const uint8_t *bytes, size_t count)
{
	struct recorder *r = recorder_open(file, error, sizeof(error));
	uint64_t ns = 0, insns = 0;

	assert_non_null(r);
	recorder_begin(r, &host, &print);
	recorder_file(r, bytes, count / 3);
	for (size_t i = 0; i < n; i++) {
		event[i] = random_event(&ns, &insns);
		recorder_event(r, &event[i]);
	}
	recorder_file(r, bytes + count / 3, count - count / 3);
	recorder_gone(r, 2, 12345);
	recorder_end(r, insns + 5, ns + 7);
	assert_true(recorder_close(r, error, sizeof(error)));
}

static void is_read_again(void **state)
{
	struct input_event event[100];
	uint8_t bytes[768];
	struct recording *r;

	(void)state;
	for (size_t i = 0; i < sizeof(bytes); i++)
		bytes[i] = (uint8_t)i;
	write_random(event, 100, bytes, sizeof(bytes));
	r = recording_read(file, error, sizeof(error));
	if (!r)
		fail_msg("%s", error);
	assert_true(r->recorded);
	assert_memory_equal(&r->fingerprint, &print, sizeof(print));
	assert_memory_equal(r->host.terminal, host.terminal, sizeof(host.terminal));
	assert_true(r->host.file);
	assert_int_equal(r->host.cols, host.cols);
	assert_int_equal(r->host.rows, host.rows);
	assert_int_equal(r->host.epoch_ns, host.epoch_ns);
	assert_string_equal(r->host.term, host.term);
	assert_int_equal(r->file_bytes, sizeof(bytes));
	assert_memory_equal(r->file, bytes, sizeof(bytes));
	assert_int_equal(r->gone[0], RECORD_NEVER);
	assert_int_equal(r->gone[1], RECORD_NEVER);
	assert_int_equal(r->gone[2], 12345);
	assert_int_equal(r->nevents, 100);
	for (size_t i = 0; i < 100; i++) {
		assert_same_event(&r->event[i], &event[i]);
		free(event[i].bytes);
	}
	assert_int_equal(r->end_insns, event[99].insns + 5);
	assert_int_equal(r->end_ns, event[99].ns + 7);
	recording_free(r);
}

static size_t read_all(uint8_t *buf, size_t most)
{
	FILE *f = fopen(file, "rb");
	size_t n;

	assert_non_null(f);
	n = fread(buf, 1, most, f);
	fclose(f);
	return n;
}

static void read_damaged(const uint8_t *bytes, size_t n)
{
	FILE *f = fopen(file, "wb");
	struct recording *r;

	assert_non_null(f);
	assert_int_equal(fwrite(bytes, 1, n, f), n);
	fclose(f);
	error[0] = 0;
	r = recording_read(file, error, sizeof(error));
	if (!r) {
		assert_memory_equal(error, file, strlen(file));
		assert_null(strpbrk(error, "\r\n"));
	}
	recording_free(r);
}

static void damage_is_refused(void **state)
{
	static uint8_t whole[65536], bytes[65536];
	struct input_event event[20];
	size_t n;

	(void)state;
	write_random(event, 20, (const uint8_t *)"some bytes", 10);
	for (size_t i = 0; i < 20; i++)
		free(event[i].bytes);
	n = read_all(whole, sizeof(whole));
	assert_in_range(n, 500, sizeof(whole) - 1);
	/* Cut anywhere it is not whole. */
	for (size_t cut = 0; cut < n; cut += 1 + cut / 20) {
		memcpy(bytes, whole, cut);
		read_damaged(bytes, cut);
		assert_int_not_equal(error[0], 0);
	}
	for (int round = 0; round < 3000; round++) {
		memcpy(bytes, whole, n);
		for (uint64_t i = 0; i <= draw(4); i++)
			bytes[draw(n)] = (uint8_t)(draw(2) ? draw(256) : 32 + draw(96));
		read_damaged(bytes, n);
	}
}

static int set_up(void **state)
{
	int fd = mkstemp(file);

	(void)state;
	return fd < 0 ? -1 : close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(file);
}

int main(void)
{
#define TEST(fn, sentence)                                                                         \
	{                                                                                          \
		sentence, fn, NULL, NULL, NULL                                                     \
	}
	const struct CMUnitTest tests[] = {
		TEST(is_read_again, "record: what is written is read again, every byte"),
		TEST(damage_is_refused,
		     "record: a cut or damaged file is refused in one line at most"),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
