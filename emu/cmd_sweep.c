/* `faultline sweep`: one program under a grid of policies and memory sizes; a table and a plot. */
#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emu/cmd.h"
#include "emu/session.h"
#include "emu/sweep_private.h"

#define PEAK_MEMORY "512M"

static const char help[] =
	"usage: faultline sweep --memory SIZES | --frames SIZES [options] [run's options] [--] PROGRAM [ARGS...]\n"
	"       faultline sweep --collect DIR|FILE [outputs] [DIR|FILE...]\n"
	"  --memory 2M..32M  memory of each run, as -m takes it    --frames 64..1024  the same with run's --frames\n"
	"      SIZES: VALUE or FROM..TO or FROM..TO:STEP, joined by commas; frames also in percent of\n"
	"      the program's peak: --frames 25%..110%\n"
	"  --points N        of a range without STEP (default 16)\n"
	"  --policy LIST     joined by commas (default: run's)\n"
	"  --jobs N          runs at a time (default: one a processor)\n"
	"  --dry-run         print the command lines instead (also --print)\n"
	"  --keep DIR        keep each run's statistics there, for --collect\n"
	"  --csv FILE|-  --svg FILE  --png FILE  --output PREFIX   PREFIX.csv, .svg and .png; default: --csv -\n"
	"  --metric NAME     what is plotted (default faults.major)   --log   logarithmic   --title TEXT\n"
	"A run that fails is a gap, with a line that says why. See faultline(1).\n";

/* ---- Options ---- */

/* What is only kept. */
OPTION_TEXT(take_keep, struct sweep, keep)
OPTION_TEXT(take_collect, struct sweep, collect)
OPTION_FLAG(take_dry_run, struct sweep, dry_run)

static bool take_sizes(struct sweep *s, const char *value, bool frames, struct error *error)
{
	if (s->sizes)
		return refuse(error, "one grid of sizes: --memory or --frames, once");
	s->sizes = value;
	s->by_frames = frames;
	return true;
}

static bool take_memory(void *ctx, const char *value, struct error *error)
{
	return take_sizes(ctx, value, false, error);
}

static bool take_frames(void *ctx, const char *value, struct error *error)
{
	return take_sizes(ctx, value, true, error);
}

static bool take_policies(void *ctx, const char *value, struct error *error)
{
	struct sweep *s = ctx;

	s->npolicies = 0;
	for (const char *at = value; *at; at += *at == ',') {
		size_t n = strcspn(at, ",");

		if (!n || n >= sizeof(s->policy[0]) || s->npolicies == POLICIES_MOST)
			return refuse(error, "'%s': up to %d names joined by commas", value,
				      POLICIES_MOST);
		snprintf(s->policy[s->npolicies++], sizeof(s->policy[0]), "%.*s", (int)n, at);
		at += n;
	}
	return s->npolicies || refuse(error, "'': a policy is missing");
}

static bool take_jobs(void *ctx, const char *value, struct error *error)
{
	uint64_t *jobs = &((struct sweep *)ctx)->jobs;

	return (parse_number(value, jobs) && *jobs >= 1 && *jobs <= 256) ||
	       refuse(error, "'%s': a number from 1 to 256", value);
}

static bool take_metric(void *ctx, const char *value, struct error *error)
{
	struct sweep *s = ctx;

	s->metric = sweep_metric(value);
	return s->metric >= 0 ||
	       refuse(error, "'%s': a column of the table, like faults.major or swap_reads", value);
}

static bool take_stats(void *ctx, const char *value, struct error *error)
{
	(void)ctx, (void)value;
	return refuse(error, "every run writes its own (--keep DIR keeps them)");
}

// clang-format off
static const struct option sweep_table[] = {
	{ "memory",  OPTION_VALUE, take_memory },
	{ "frames",  OPTION_VALUE, take_frames },
	{ "policy",  OPTION_VALUE, take_policies },
	{ "jobs",    OPTION_VALUE, take_jobs },
	{ "dry-run", OPTION_NONE,  take_dry_run },
	{ "print",   OPTION_NONE,  take_dry_run },
	{ "keep",    OPTION_PATH,  take_keep },
	{ "collect", OPTION_PATH,  take_collect },
	{ "metric",  OPTION_VALUE, take_metric },
	{ "stats",   OPTION_VALUE, take_stats },
	{ NULL,      OPTION_NONE,  NULL },
};
// clang-format on

/* Ours are taken; run's are checked, so that a mistake is told once, and passed on. */
static bool take_options(struct sweep *s, int argc, char **argv, int *at, struct error *error)
{
	for (;;) {
		int from = *at;
		enum options_next next =
			experiment_take_one(argc, argv, at, sweep_table, s, &s->experiment, error);

		if (next == OPTIONS_UNKNOWN) {
			error->text[0] = 0;
			next = options_take_one(argc, argv, at, run_table, &s->run, &s->run.common,
						error);
			if (next == OPTIONS_TAKEN && s->npassed + 4 > WORDS_MOST - 16)
				return refuse(error, "too many options");
			while (next == OPTIONS_TAKEN && from < *at)
				s->passed[s->npassed++] = argv[from++];
		}
		if (next == OPTIONS_END)
			break;
		if (next != OPTIONS_TAKEN)
			return false;
	}
	s->memory_given = s->run.common.machine.ram_bytes != 0;
	return true;
}

/* ---- Runs ---- */

/* What went wrong: the first line that the run said of itself. */
static void say_failure(const char *log, const char *run)
{
	FILE *in = fopen(log, "re");
	char line[400] = "";

	while (in && fgets(line, sizeof(line), in) && strncmp(line, "faultline: ", 11) != 0)
		line[0] = 0;
	if (in)
		fclose(in);
	line[strcspn(line, "\n")] = 0;
	say("sweep: %s: %s", run,
	    line[0] ? line + 11 : "the run ended without a word; it is a gap");
}

static bool read_result(const struct sweep_jobs *jobs, size_t k, const char *stats,
			struct sweep_row *row)
{
	struct sweep_row read = { .policy = "" };
	struct error error;
	int status = jobs->status[k];

	row->status = status == -1	  ? STATUS_FAILED
		      : WIFEXITED(status) ? WEXITSTATUS(status)
					  : 128 + WTERMSIG(status);
	row->failed = row->status >= STATUS_MAX_INSNS || !sweep_read_stats(stats, &read, &error);
	memcpy(row->figure, read.figure, sizeof(row->figure));
	if (!row->policy[0] && read.policy[0])
		memcpy(row->policy, read.policy, sizeof(row->policy));
	return !row->failed;
}

static void free_plan(struct sweep *s, struct sweep_jobs *jobs)
{
	for (size_t k = 0; k < jobs->count; k++) {
		if (!s->dry_run)
			unlink(jobs->log[k]);
		sweep_free_words(jobs->argv[k]);
		free(jobs->log[k]);
	}
	free(jobs->argv);
	free(jobs->log);
	free(jobs->status);
}

/* The peak of frames in use with memory to spare, for sizes in percent. */
static int measure_peak(struct sweep *s, struct error *error)
{
	char *log, **argv;
	int status = 0, ended;
	struct sweep_row row = { .policy = "" };
	struct sweep_jobs one = { 1, 1, &argv, &log, &status };
	struct sweep asked = *s;

	asked.by_frames = false;
	asked.size[0] = 512ull << 20;
	asked.nsizes = 1;
	argv = sweep_command(&asked, NULL, asked.size[0], &log);
	ended = sweep_run_jobs(&one);
	if (!ended && (!read_result(&one, 0, sweep_stats_path(argv), &row) ||
		       !row.figure[sweep_metric("frames.user_peak")])) {
		say_failure(log, "the run with " PEAK_MEMORY " that measures the peak");
		refuse(error, "--frames in percent: the peak is not known");
		ended = -1;
	}
	s->peak = row.figure[sweep_metric("frames.user_peak")];
	unlink(sweep_stats_path(argv));
	unlink(log);
	sweep_free_words(argv);
	free(log);
	return ended;
}

/* ---- Results ---- */

static bool write_results(const struct sweep *s, const struct sweep_table *table,
			  struct error *error)
{
	const struct experiment *e = &s->experiment;
	char title[300] = "";
	size_t used = 0;

	for (size_t i = 0; s->program && s->program[i] && used < sizeof(title); i++)
		used += (size_t)snprintf(title + used, sizeof(title) - used, "%s%s", i ? " " : "",
					 s->program[i]);
	if ((e->csv || (!e->svg && !e->png)) &&
	    !sweep_write_csv(e->csv ? e->csv : "-", table, error))
		return false;
	return sweep_draw(e, e->title ? e->title : title, s->metric, table, error);
}

static size_t judge(const struct sweep *s, const struct sweep_jobs *jobs, struct sweep_table *table)
{
	size_t failed = 0, nonzero = 0;

	for (size_t k = 0; k < table->count; k++) {
		char run[100], size[32];

		sweep_size_text(s, s->size[k % s->nsizes], size);
		snprintf(run, sizeof(run), "%s%s%s %s", table->row[k].policy,
			 table->row[k].policy[0] ? " " : "", s->by_frames ? "--frames" : "-m",
			 size);
		if (!read_result(jobs, k, sweep_stats_path(jobs->argv[k]), &table->row[k])) {
			say_failure(jobs->log[k], run);
			failed++;
		} else {
			nonzero += table->row[k].status != 0;
		}
	}
	if (nonzero)
		say("sweep: the program's own exit status was not 0 in %zu of %zu runs", nonzero,
		    table->count);
	return failed;
}

static int run_grid(struct sweep *s, struct error *error)
{
	struct sweep_jobs jobs = { .jobs = (unsigned)s->jobs };
	struct sweep_table table = { 0 };
	int status = 0, ended = 0;

	if (!s->dry_run && !experiment_writable(&s->experiment, error))
		return STATUS_REFUSED;
	if (strchr(s->sizes, '%'))
		ended = measure_peak(s, error);
	if (ended < 0 || (!ended && !sweep_make_grid(s, error)))
		return STATUS_REFUSED;
	if (ended)
		return 128 + ended;
	sweep_plan(s, &jobs, &table);
	if (s->dry_run) {
		for (size_t k = 0; k < jobs.count; k++)
			sweep_print_command(jobs.argv[k]);
	} else {
		ended = sweep_run_jobs(&jobs);
		if (ended) {
			say("sweep: ended by a signal; nothing was written");
			status = 128 + ended;
		} else if (judge(s, &jobs, &table) == table.count) {
			refuse(error, "sweep: every run failed");
			status = STATUS_FAILED;
		} else if (!write_results(s, &table, error)) {
			status = STATUS_FAILED;
		}
	}
	free_plan(s, &jobs);
	free(table.row);
	return status;
}

/* ---- The command ---- */

static int collect(struct sweep *s, char **more, struct error *error)
{
	struct sweep_table table = { 0 };
	bool ok = sweep_collect(s, more, &table, error) && write_results(s, &table, error);

	free(table.row);
	return ok ? 0 : STATUS_REFUSED;
}

static int sweep(struct sweep *s, int argc, char **argv, int at, struct error *error)
{
	int status;

	if (s->collect)
		return collect(s, argv + at, error);
	if (!s->sizes) {
		refuse(error, "sweep: no --memory or --frames (see faultline sweep --help)");
		return STATUS_REFUSED;
	}
	if (!s->by_frames && s->memory_given) {
		refuse(error, "sweep: -m and --memory do not go together");
		return STATUS_REFUSED;
	}
	if (at == argc) {
		refuse(error, "sweep: no PROGRAM (see faultline sweep --help)");
		return STATUS_REFUSED;
	}
	s->program = argv + at;
	if (!sweep_folder_make(s, error))
		return STATUS_REFUSED;
	status = run_grid(s, error);
	sweep_folder_leave(s);
	return status;
}

int cmd_sweep(int argc, char **argv)
{
	struct sweep *s = calloc(1, sizeof(*s));
	struct error error = { "" };
	long processors = sysconf(_SC_NPROCESSORS_ONLN);
	int at = 1, status = STATUS_REFUSED;

	if (!s)
		return STATUS_FAILED;
	signal(SIGPIPE, SIG_IGN); /* nobody reads: what is to be tidied up is, all the same */
	run_options_init(&s->run.common);
	experiment_init(&s->experiment);
	s->jobs = processors > 0 ? (uint64_t)processors : 1;
	if (take_options(s, argc, argv, &at, &error)) {
		if (s->experiment.help) {
			fputs(help, stdout);
			status = 0;
		} else {
			status = sweep(s, argc, argv, at, &error);
		}
	}
	if (error.text[0])
		say("%s", error.text);
	observe_options_free(&s->run.common.observe);
	free(s);
	return status;
}
