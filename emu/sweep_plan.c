/* The grid of a sweep and the command line of each of its runs. */
#include "emu/sweep_private.h"

#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "emu/session.h"

#define FRAMES_LEAST 16

/* ---- The grid ---- */

static bool parse_one(void *ctx, const char *text, uint64_t *value, struct error *error)
{
	const struct sweep *s = ctx;
	size_t n = strlen(text);
	char digits[32];

	if (!s->by_frames)
		return (parse_size(text, 1 << 20, value) && *value % 4096 == 0) ||
		       refuse(error, "--memory: '%s' is no size (try 8M)", text);
	if (n > 1 && n < sizeof(digits) && text[n - 1] == '%') {
		snprintf(digits, sizeof(digits), "%.*s", (int)n - 1, text);
		if (!parse_number(digits, value) || *value > 10000)
			return refuse(error, "--frames: '%s' is no percentage", text);
		*value = *value * s->peak / 100;
		if (*value < FRAMES_LEAST)
			*value = FRAMES_LEAST;
		return true;
	}
	return parse_number(text, value) ||
	       refuse(error, "--frames: '%s' is no number of frames", text);
}

bool sweep_make_grid(struct sweep *s, struct error *error)
{
	struct grid grid = { .parse = parse_one,
			     .ctx = s,
			     .points = s->experiment.points,
			     .unit = s->by_frames ? 1 : 4096 };

	if (!grid_parse(&grid, s->sizes, error))
		return false;
	memcpy(s->size, grid.value, grid.count * sizeof(s->size[0]));
	s->nsizes = grid.count;
	return true;
}

/* ---- The command lines ---- */

void sweep_size_text(const struct sweep *s, uint64_t size, char buf[32])
{
	if (s->by_frames)
		snprintf(buf, 32, "%" PRIu64, size);
	else if (size % (1 << 20) == 0)
		snprintf(buf, 32, "%" PRIu64 "M", size >> 20);
	else
		snprintf(buf, 32, "%" PRIu64 "K", size >> 10);
}

/* Frames want memory to be had from: as much for each run of the grid. */
static uint64_t memory_for_frames(const struct sweep *s)
{
	uint64_t bytes =
		(s->size[s->nsizes - 1] * 5 / 4 * 4096 + (8ull << 20) + 0xfffff) & ~0xfffffull;

	return bytes > 32ull << 20 ? bytes : 32ull << 20;
}

/* Before anything has been started. */
static _Noreturn void no_memory(void)
{
	say("sweep: out of memory");
	exit(STATUS_FAILED);
}

static char *copy(const char *text)
{
	char *own = strdup(text);

	if (!own)
		no_memory();
	return own;
}

static char *format_path(const struct sweep *s, const char *policy, uint64_t size,
			 const char *suffix)
{
	char path[PATH_MAX + 64], text[32];

	sweep_size_text(s, size, text);
	snprintf(path, sizeof(path), "%s/%s%s%s%s%s", s->folder, policy ? policy : "",
		 policy ? "-" : "", s->by_frames ? "f" : "m", text, suffix);
	return copy(path);
}

/* What executes us, so that the lines can be typed anywhere on this host. */
static char *own_path(void)
{
	char path[PATH_MAX];
	ssize_t n = readlink("/proc/self/exe", path, sizeof(path) - 1);

	path[n > 0 ? n : 0] = 0;
	return copy(n > 0 ? path : "faultline");
}

char **sweep_command(const struct sweep *s, const char *policy, uint64_t size, char **log)
{
	char **argv = calloc(WORDS_MOST + 16, sizeof(*argv)), text[32];
	size_t n = 0;

	if (!argv)
		no_memory();
	argv[n++] = own_path();
	argv[n++] = copy("run");
	for (size_t i = 0; i < s->npassed; i++)
		argv[n++] = copy(s->passed[i]);
	sweep_size_text(s, size, text);
	argv[n++] = copy(s->by_frames ? "--frames" : "-m");
	argv[n++] = copy(text);
	if (s->by_frames && !s->memory_given) {
		snprintf(text, sizeof(text), "%" PRIu64 "M", memory_for_frames(s) >> 20);
		argv[n++] = copy("-m");
		argv[n++] = copy(text);
	}
	if (policy) {
		argv[n++] = copy("--policy");
		argv[n++] = copy(policy);
	}
	argv[n++] = copy("--stats");
	argv[n++] = format_path(s, policy, size, ".json");
	argv[n++] = copy("--");
	for (size_t i = 0; s->program[i] && n < WORDS_MOST + 15; i++)
		argv[n++] = copy(s->program[i]);
	*log = format_path(s, policy, size, ".log");
	return argv;
}

void sweep_free_words(char **argv)
{
	for (size_t i = 0; argv && argv[i]; i++)
		free(argv[i]);
	free(argv);
}

static void print_word(const char *word)
{
	static const char plain[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
				    "0123456789_-+=./,:@%";

	if (*word && !word[strspn(word, plain)]) {
		fputs(word, stdout);
		return;
	}
	putchar('\'');
	for (; *word; word++)
		*word == '\'' ? (void)fputs("'\\''", stdout) : (void)putchar(*word);
	putchar('\'');
}

void sweep_print_command(char **argv)
{
	for (size_t i = 0; argv[i]; i++) {
		if (i)
			putchar(' ');
		print_word(argv[i]);
	}
	putchar('\n');
}

void sweep_plan(const struct sweep *s, struct sweep_jobs *jobs, struct sweep_table *table)
{
	size_t npolicies = s->npolicies ? s->npolicies : 1;

	jobs->count = npolicies * s->nsizes;
	jobs->argv = calloc(jobs->count, sizeof(*jobs->argv));
	jobs->log = calloc(jobs->count, sizeof(*jobs->log));
	jobs->status = calloc(jobs->count, sizeof(*jobs->status));
	table->row = calloc(jobs->count, sizeof(*table->row));
	table->by_frames = s->by_frames;
	if (!jobs->argv || !jobs->log || !jobs->status || !table->row)
		no_memory();
	for (size_t k = 0; k < jobs->count; k++) {
		const char *policy = s->npolicies ? s->policy[k / s->nsizes] : NULL;
		uint64_t size = s->size[k % s->nsizes];
		struct sweep_row *row = &table->row[k];

		jobs->argv[k] = sweep_command(s, policy, size, &jobs->log[k]);
		snprintf(row->policy, sizeof(row->policy), "%s", policy ? policy : "");
		row->frames = s->by_frames ? size : 0;
		row->memory_bytes = !s->by_frames     ? size
				    : s->memory_given ? s->run.common.machine.ram_bytes
						      : memory_for_frames(s);
	}
	table->count = jobs->count;
}

const char *sweep_stats_path(char **argv)
{
	while (strcmp(*argv, "--stats") != 0)
		argv++;
	return argv[1];
}
