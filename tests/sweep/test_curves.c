/*
 * The curves of LRU, OPT and the working sets against what their definitions say, one memory size at a
 * time, for random strings whose pages are born, written to and die.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <zlib.h>

#include <cmocka.h>

#include "emu/curves.h"
#include "tests/random.h"

#define EVENTS 3000
#define PAGES  600
#define ALIVE  24

static uint64_t random_state;

static uint32_t random_below(uint32_t n)
{
	return (uint32_t)(xorshift(&random_state) % n);
}

static void number(gzFile out, uint32_t value)
{
	for (; value >= 128; value >>= 7)
		gzputc(out, (int)(value & 127) | 128);
	gzputc(out, (int)value);
}

static void record(gzFile out, unsigned code, uint32_t page)
{
	gzputc(out, (int)code);
	number(out, page);
}

static void begin_page(gzFile out, uint32_t page)
{
	bool file = random_below(3) == 0;

	record(out, REFS_ENTER, file ? REFS_FILE | REFS_IN_FAULT : REFS_FRESH);
	number(out, page);
	if (file) {
		number(out, 12);
		number(out, page);
		record(out, REFS_FAULT, 1 | 256); /* that waited for the disk */
	}
}

/* A recorded string: few pages alive at a time, the low ones of them used more often. */
static void write_string(const char *path, uint64_t seed)
{
	gzFile out = gzopen(path, "wb");
	uint32_t alive[ALIVE], count = 0, next = 0;

	random_state = seed;
	gzputs(out, REFS_MAGIC "random\n");
	for (int i = 0; i < EVENTS; i++) {
		uint32_t what = random_below(100);

		if ((what < 6 || !count) && count < ALIVE && next < PAGES) {
			alive[count++] = next;
			begin_page(out, next++);
		} else if (what < 10 && count > 4) {
			uint32_t at = random_below(count);

			record(out, REFS_DEAD, alive[at]);
			alive[at] = alive[--count];
		} else if (count) {
			uint32_t page = alive[random_below(random_below(count) + 1)];

			record(out, what < 40 ? REFS_KERNEL_STORE : REFS_KERNEL_LOAD, page);
			if (what % 4 == 0)
				record(out, REFS_TIME, what);
		}
	}
	gzputc(out, REFS_END);
	gzclose(out);
}

/* ---- By the definitions ---- */

struct memory {
	const struct steps *steps;
	bool in[PAGES], dirtied[PAGES];
	uint64_t used[PAGES]; /* last use, or next */
	uint32_t count;
};

static void put_out(struct memory *m, uint32_t page)
{
	m->count -= m->in[page];
	m->in[page] = false;
}

/* With so many frames: the fullest memory gives up the page with the least (LRU) or most (OPT) `used`. */
static uint64_t faults_with(const struct steps *steps, uint32_t frames, const uint32_t *next)
{
	struct memory m = { .steps = steps };
	uint64_t faults = steps->faults;

	for (uint64_t i = 0; i < steps->count; i++) {
		uint32_t page = steps->step[i] & STEP_MASK;
		enum step_op op = (enum step_op)(steps->step[i] >> STEP_SHIFT);

		if (op == STEP_DEAD)
			put_out(&m, page);
		if (!step_is_reference(steps->step[i]))
			continue;
		if (!m.in[page]) {
			faults += op != STEP_BORN &&
				  (steps->page[page].kind == REFS_FILE || m.dirtied[page]);
			if (m.count == frames) {
				uint32_t victim = PAGES;

				for (uint32_t p = 0; p < PAGES; p++)
					if (m.in[p] && (victim == PAGES ||
							(next ? m.used[p] > m.used[victim]
							      : m.used[p] < m.used[victim])))
						victim = p;
				put_out(&m, victim);
			}
			m.in[page] = true;
			m.count++;
		}
		m.used[page] = next ? next[i] : i;
		m.dirtied[page] |= op == STEP_STORE;
	}
	return faults;
}

static void read_string(const char *path, struct steps *steps)
{
	struct error error = { "" };

	if (!steps_read(path, steps, &error))
		fail_msg("%s", error.text);
}

static void curves_agree(void **state)
{
	char path[] = "/tmp/faultline-curves-XXXXXX";

	(void)state;
	close(mkstemp(path));
	for (uint64_t seed = 1; seed <= 20; seed++) {
		struct steps steps;
		struct stack_curve lru, opt;
		const uint32_t *next;

		write_string(path, seed * 77777);
		read_string(path, &steps);
		assert_true(steps.peak > 4 && steps.peak <= ALIVE && steps.npages <= PAGES);
		next = steps_next_use(&steps);
		lru = curve_lru(&steps);
		opt = curve_opt(&steps);
		assert_non_null(next);
		assert_non_null(lru.faults);
		assert_non_null(opt.faults);
		for (uint32_t frames = 1; frames <= steps.peak + 1; frames++) {
			assert_int_equal(curve_at(&lru, frames), faults_with(&steps, frames, NULL));
			assert_int_equal(curve_at(&opt, frames), faults_with(&steps, frames, next));
		}
		free(lru.faults);
		free(opt.faults);
		steps_free_next_use(&steps, next);
		steps_free(&steps);
	}
	unlink(path);
}

/* W(t, window): the pages used in the last `window` units of time. */
static void working_set_with(const struct steps *steps, uint64_t window, uint64_t *faults,
			     uint64_t *space)
{
	uint64_t last[64] = { 0 }, now = 0; /* last use + 1 */

	*faults = *space = 0;
	for (uint64_t i = 0; i < steps->count; i++) {
		uint32_t page = steps->step[i] & STEP_MASK;

		*faults += !last[page] || now + 1 - last[page] > window;
		last[page] = ++now;
		for (uint32_t p = 0; p < steps->npages; p++)
			*space += last[p] && now - last[p] < window;
	}
}

static void working_sets_agree(void **state)
{
	char path[] = "/tmp/faultline-curves-XXXXXX";
	FILE *out = fdopen(mkstemp(path), "w");
	struct steps steps;
	struct working_set *set;
	size_t count;

	(void)state;
	random_state = 4711;
	for (int i = 0; i < 500; i++)
		fprintf(out, "p%u%s", random_below(random_below(40) + 1), i % 20 ? " " : "\n");
	fclose(out);
	read_string(path, &steps);
	set = curve_working_set(&steps, &count);
	assert_non_null(set);
	assert_true(count > 10);
	for (size_t i = 0; i < count; i++) {
		uint64_t faults, space;

		working_set_with(&steps, set[i].window, &faults, &space);
		assert_int_equal(set[i].faults, faults);
		assert_true(set[i].mean_pages * (double)steps.time > (double)space - 0.5 &&
			    set[i].mean_pages * (double)steps.time < (double)space + 0.5);
	}
	free(set);
	steps_free(&steps);
	unlink(path);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		{ .name = "LRU and OPT for all sizes at once are what each size alone gives, though pages die",
		  .test_func = curves_agree },
		{ .name = "faults and mean size of working sets are what the definition gives for each window",
		  .test_func = working_sets_agree },
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests_name("curves", tests, NULL, NULL);
}
