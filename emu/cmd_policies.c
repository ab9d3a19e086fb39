/* `faultline policies`: what a reference string would cost under each policy and number of frames. */
#include <errno.h>
#include <inttypes.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/cmd.h"
#include "emu/curves.h"
#include "emu/grid.h"
#include "emu/replay.h"
#include "emu/session.h"
#include "emu/sweep.h"

#define POLICIES_MOST 12
#define CURVE_POINTS  400 /* of a curve that is known everywhere */
#define FRAMES_MOST   (1u << 26)

static const char help[] =
	"usage: faultline policies [options] FILE     FILE: from `run --refs FILE`, or text: 1 2 3 4 1 2 5\n"
	"  --frames SIZES    VALUE, FROM..TO, FROM..TO:STEP joined by commas; also in percent of all pages\n"
	"                    that live at a time (default: 10%..110%, of a text every number)\n"
	"  --points N        of a range without STEP (default 16)\n"
	"  --policies LIST   of lru, opt, ws and the kernel's own: fifo, clock, aging, wsclock, random\n"
	"                    (default fifo,clock,lru,opt; ws, working sets, is a table of its own)\n"
	"  --csv FILE|-  --svg FILE  --png FILE  --output PREFIX    --log  logarithmic  --title TEXT\n"
	"  --overlay FILE    a table of `sweep`, whose runs are drawn as marks over the curves\n"
	"Faults are those that wait for the disk. See faultline(1).\n";

enum method { METHOD_REPLAY, METHOD_LRU, METHOD_OPT, METHOD_WS };

struct column {
	char name[16];
	enum method method;
	struct stack_curve curve;
	struct replay_result *result; /* one for each size */
	struct working_set *set;
	size_t nsets;
};

struct policies {
	struct steps steps;
	struct column column[POLICIES_MOST];
	size_t ncolumns;
	struct experiment experiment;
	const char *frames, *overlay;
	struct grid grid;
	struct sweep_table runs; /* of --overlay */
};

/* ---- Options ---- */

static bool is_known(const char *name)
{
	for (unsigned i = 0; replay_policy(i); i++)
		if (strcmp(replay_policy(i), name) == 0)
			return true;
	return false;
}

static bool add_column(struct policies *p, const char *name, size_t n, struct error *error)
{
	struct column *column = &p->column[p->ncolumns];

	if (p->ncolumns == POLICIES_MOST || !n || n >= sizeof(column->name))
		return refuse(error, "up to %d names joined by commas", POLICIES_MOST);
	snprintf(column->name, sizeof(column->name), "%.*s", (int)n, name);
	column->method = strcmp(column->name, "lru") == 0   ? METHOD_LRU
			 : strcmp(column->name, "opt") == 0 ? METHOD_OPT
			 : strcmp(column->name, "ws") == 0  ? METHOD_WS
							    : METHOD_REPLAY;
	if (column->method == METHOD_REPLAY && !is_known(column->name))
		return refuse(error, "'%s': lru, opt, ws or a policy of the kernel", column->name);
	p->ncolumns++;
	return true;
}

/* What is only kept. */
OPTION_TEXT(take_frames, struct policies, frames)
OPTION_TEXT(take_overlay, struct policies, overlay)

static bool take_policies(void *ctx, const char *value, struct error *error)
{
	struct policies *p = ctx;

	p->ncolumns = 0;
	for (const char *at = value;; at++) {
		size_t n = strcspn(at, ",");

		if (!add_column(p, at, n, error))
			return false;
		at += n;
		if (!*at)
			return true;
	}
}

// clang-format off
static const struct option table[] = {
	{ "frames",   OPTION_VALUE, take_frames },
	{ "policies", OPTION_VALUE, take_policies },
	{ "policy",   OPTION_VALUE, take_policies },
	{ "overlay",  OPTION_PATH,  take_overlay },
	{ NULL,       OPTION_NONE,  NULL },
};
// clang-format on

/* ---- Computing ---- */

static bool parse_frames(void *ctx, const char *text, uint64_t *value, struct error *error)
{
	const struct policies *p = ctx;
	size_t n = strlen(text);
	char digits[32];

	if (n > 1 && n < sizeof(digits) && text[n - 1] == '%') {
		snprintf(digits, sizeof(digits), "%.*s", (int)n - 1, text);
		if (!parse_number(digits, value) || *value > 10000)
			return refuse(error, "--frames: '%s' is no percentage", text);
		*value = (*value * p->steps.peak + 99) / 100;
		return true;
	}
	return (parse_number(text, value) && *value >= 1 && *value <= FRAMES_MOST) ||
	       refuse(error, "--frames: '%s' is no number of frames", text);
}

/* Frames that a run of the overlay had: of those that were given memory alone, what they used. */
static uint64_t frames_of(const struct sweep_row *row)
{
	return row->frames ? row->frames : row->figure[sweep_metric("frames.capped_peak")];
}

/* The sizes of the overlay's runs belong to the grid, so that its marks lie on the curves. */
static bool read_overlay(struct policies *p, struct error *error)
{
	if (!p->overlay)
		return true;
	if (!sweep_read_csv(p->overlay, &p->runs, error))
		return false;
	sweep_sort(&p->runs);
	for (size_t i = 0; i < p->runs.count; i++)
		if (!p->runs.row[i].failed && frames_of(&p->runs.row[i]) &&
		    !grid_add(&p->grid, frames_of(&p->runs.row[i]), error))
			return false;
	return true;
}

static bool make_grid(struct policies *p, struct error *error)
{
	char all[32];

	p->grid.parse = parse_frames;
	p->grid.ctx = p;
	p->grid.points = p->experiment.points;
	p->grid.unit = 1;
	if (p->frames)
		return grid_parse(&p->grid, p->frames, error);
	snprintf(all, sizeof(all), "1..%" PRIu32, p->steps.peak);
	return grid_parse(&p->grid, p->steps.text ? all : "10%..110%", error);
}

static bool compute(struct policies *p, struct column *column, struct error *error)
{
	switch (column->method) {
	case METHOD_LRU:
		column->curve = curve_lru(&p->steps);
		return column->curve.faults || refuse(error, "lru: out of memory");
	case METHOD_OPT:
		column->curve = curve_opt(&p->steps);
		return column->curve.faults || refuse(error, "opt: out of memory");
	case METHOD_WS:
		column->set = curve_working_set(&p->steps, &column->nsets);
		return column->set || refuse(error, "ws: out of memory");
	case METHOD_REPLAY:
		break;
	}
	column->result = calloc(p->grid.count, sizeof(*column->result));
	if (!column->result)
		return refuse(error, "out of memory");
	for (size_t i = 0; i < p->grid.count; i++)
		if (!replay(&p->steps, column->name, (uint32_t)p->grid.value[i], &column->result[i],
			    error))
			return false;
	return true;
}

static uint64_t faults_at(const struct policies *p, const struct column *column, size_t i)
{
	return column->method == METHOD_REPLAY ? column->result[i].faults
					       : curve_at(&column->curve, p->grid.value[i]);
}

/* ---- Tables ---- */

static void print_faults(const struct policies *p)
{
	printf("%8s", "frames");
	for (size_t c = 0; c < p->ncolumns; c++)
		if (p->column[c].method != METHOD_WS)
			printf(" %10s", p->column[c].name);
	putchar('\n');
	for (size_t i = 0; i < p->grid.count; i++) {
		printf("%8" PRIu64, p->grid.value[i]);
		for (size_t c = 0; c < p->ncolumns; c++)
			if (p->column[c].method != METHOD_WS)
				printf(" %10" PRIu64, faults_at(p, &p->column[c], i));
		putchar('\n');
	}
}

static void print_working_sets(const struct column *column)
{
	printf("%14s %14s %10s\n", "window", "mean pages", "faults");
	for (size_t i = 0; i < column->nsets; i++)
		printf("%14" PRIu64 " %14.1f %10" PRIu64 "\n", column->set[i].window,
		       column->set[i].mean_pages, column->set[i].faults);
}

/* More frames, more faults: only what is no stack algorithm can do that. */
static void print_anomalies(const struct policies *p)
{
	for (size_t c = 0; c < p->ncolumns; c++) {
		for (size_t i = 1; i < p->grid.count && p->column[c].method == METHOD_REPLAY; i++) {
			uint64_t less = faults_at(p, &p->column[c], i - 1);
			uint64_t more = faults_at(p, &p->column[c], i);

			if (more > less) {
				printf("Belady's anomaly: %s has %" PRIu64 " faults with %" PRIu64
				       " frames, %" PRIu64 " with %" PRIu64 "\n",
				       p->column[c].name, less, p->grid.value[i - 1], more,
				       p->grid.value[i]);
				break;
			}
		}
	}
}

static void print_tables(const struct policies *p)
{
	const struct steps *s = &p->steps;
	bool faults = false;

	for (size_t c = 0; c < p->ncolumns; c++)
		faults |= p->column[c].method != METHOD_WS;
	printf("# %s%s%" PRIu64 " references to %" PRIu32 " pages, %" PRIu32 " at a time\n",
	       s->title, s->title[0] ? ": " : "", s->references, s->npages, s->peak);
	if (faults)
		print_faults(p);
	for (size_t c = 0; c < p->ncolumns; c++)
		if (p->column[c].method == METHOD_WS)
			print_working_sets(&p->column[c]);
	print_anomalies(p);
}

static void csv_column(const struct policies *p, const struct column *column, FILE *out)
{
	for (size_t i = 0; column->method == METHOD_WS && i < column->nsets; i++)
		fprintf(out, "ws,%.1f,%" PRIu64 ",,,%" PRIu64 "\n", column->set[i].mean_pages,
			column->set[i].faults, column->set[i].window);
	for (size_t i = 0; column->method != METHOD_WS && i < p->grid.count; i++) {
		fprintf(out, "%s,%" PRIu64 ",%" PRIu64, column->name, p->grid.value[i],
			faults_at(p, column, i));
		if (column->method == METHOD_REPLAY)
			fprintf(out, ",%" PRIu64 ",%" PRIu64 ",\n", column->result[i].reads,
				column->result[i].writes);
		else
			fputs(",,,\n", out);
	}
}

static bool write_csv(const struct policies *p, struct error *error)
{
	FILE *out = strcmp(p->experiment.csv, "-") == 0 ? stdout : fopen(p->experiment.csv, "we");
	bool ok;

	if (!out)
		return refuse(error, "%s: %s", p->experiment.csv, strerror(errno));
	fputs("policy,frames,faults,reads,writes,window\n", out);
	for (size_t c = 0; c < p->ncolumns; c++)
		csv_column(p, &p->column[c], out);
	ok = fflush(out) == 0 && !ferror(out);
	if (out != stdout)
		ok = fclose(out) == 0 && ok;
	return ok || refuse(error, "%s: %s", p->experiment.csv, strerror(errno));
}

/* ---- The plot ---- */

struct drawing {
	struct plot_series series[PLOT_SERIES_MOST];
	char name[PLOT_SERIES_MOST][40];
	size_t count;
};

static struct plot_point *new_series(struct drawing *d, const char *name, const char *more,
				     size_t points)
{
	struct plot_series *series = &d->series[d->count];
	struct plot_point *point;

	if (d->count == PLOT_SERIES_MOST)
		return NULL;
	point = calloc(points + 1, sizeof(*point));
	if (!point)
		return NULL;
	snprintf(d->name[d->count], sizeof(d->name[0]), "%s%s", name, more);
	*series = (struct plot_series){ .name = d->name[d->count], .point = point };
	d->count++;
	return point;
}

static void draw_stack_curve(const struct policies *p, struct drawing *d, struct plot_point *point,
			     const struct column *column)
{
	uint64_t low = p->grid.value[0], high = p->grid.value[p->grid.count - 1];
	size_t n = high - low < CURVE_POINTS ? (size_t)(high - low) : CURVE_POINTS;

	for (size_t i = 0; i <= n; i++) {
		uint64_t frames = low + (n ? (high - low) * i / n : 0);

		point[i].x = (double)frames;
		point[i].y = (double)curve_at(&column->curve, frames);
	}
	d->series[d->count - 1].count = n + 1;
}

static void draw_column(const struct policies *p, struct drawing *d, const struct column *column)
{
	double low = (double)p->grid.value[0], high = (double)p->grid.value[p->grid.count - 1];
	size_t room = column->method == METHOD_WS	? column->nsets
		      : column->method == METHOD_REPLAY ? p->grid.count
							: CURVE_POINTS + 1;
	struct plot_point *point = new_series(
		d, column->name, column->method == METHOD_WS ? " (mean pages)" : "", room);
	size_t n = 0;

	if (!point)
		return;
	d->series[d->count - 1].computed = true;
	if (column->method == METHOD_LRU || column->method == METHOD_OPT) {
		draw_stack_curve(p, d, point, column);
		return;
	}
	for (size_t i = 0; i < room; i++) {
		bool ws = column->method == METHOD_WS;
		double x = ws ? column->set[i].mean_pages : (double)p->grid.value[i];

		if (ws && (x < low || x > high))
			continue;
		point[n].x = x;
		point[n++].y = (double)(ws ? column->set[i].faults : column->result[i].faults);
	}
	d->series[d->count - 1].count = n;
}

/* The runs of a sweep: measured where the curves are computed, in the same colour. */
static void draw_overlay(const struct policies *p, struct drawing *d)
{
	struct plot_point *point = NULL;

	for (size_t i = 0; i < p->runs.count; i++) {
		const struct sweep_row *row = &p->runs.row[i];

		if (!i || strcmp(row->policy, p->runs.row[i - 1].policy) != 0) {
			point = new_series(d, row->policy, " (runs)", p->runs.count);
			for (unsigned k = 0; point && k + 1 < d->count; k++)
				if (strcmp(d->name[k], row->policy) == 0)
					d->series[d->count - 1].like = k + 1;
		}
		if (!point || row->failed)
			continue;
		point->x = (double)frames_of(row);
		point->y = (double)row->figure[0];
		d->series[d->count - 1].count++;
		point++;
	}
}

static bool draw(const struct policies *p, struct error *error)
{
	struct drawing *d = calloc(1, sizeof(*d));
	struct plot plot = { .title = p->experiment.title ? p->experiment.title
				      : p->steps.title[0] ? p->steps.title
							  : "reference string",
			     .x_label = "frames",
			     .y_label = p->steps.text ? "page faults"
						      : "page faults that wait for the disk",
			     .log_y = p->experiment.log_y };
	bool ok;

	if (!d)
		return refuse(error, "out of memory");
	for (size_t c = 0; c < p->ncolumns; c++)
		draw_column(p, d, &p->column[c]);
	draw_overlay(p, d);
	plot.series = d->series;
	plot.count = d->count;
	ok = experiment_plot(&p->experiment, &plot, error);
	for (size_t i = 0; i < d->count; i++)
		free((void *)(uintptr_t)d->series[i].point);
	free(d);
	return ok;
}

/* ---- The command ---- */

/* The status. */
static int policies(struct policies *p, const char *path, struct error *error)
{
	bool ok = experiment_writable(&p->experiment, error) &&
		  steps_read(path, &p->steps, error) && make_grid(p, error) &&
		  read_overlay(p, error);
	int status = STATUS_REFUSED;

	if (ok && p->steps.evictions)
		say("policies: memory was short while %s was recorded (%" PRIu64
		    " evictions): record with more of it for exact results",
		    path, p->steps.evictions);
	for (size_t c = 0; ok && c < p->ncolumns; c++)
		ok = compute(p, &p->column[c], error);
	if (ok)
		status = STATUS_FAILED; /* from here on: a file that cannot be written after all */
	if (ok && (!p->experiment.csv || strcmp(p->experiment.csv, "-") != 0))
		print_tables(p);
	if (ok && p->experiment.csv)
		ok = write_csv(p, error);
	if (ok && (p->experiment.svg || p->experiment.png))
		ok = draw(p, error);
	for (size_t c = 0; c < p->ncolumns; c++) {
		free(p->column[c].curve.faults);
		free(p->column[c].result);
		free(p->column[c].set);
	}
	free(p->runs.row);
	steps_free(&p->steps);
	return ok ? 0 : status;
}

int cmd_policies(int argc, char **argv)
{
	struct policies *p = calloc(1, sizeof(*p));
	struct error error = { "" };
	int at = 1, status = STATUS_REFUSED;
	enum options_next next;

	if (!p)
		return STATUS_FAILED;
	experiment_init(&p->experiment);
	take_policies(p, "fifo,clock,lru,opt", &error);
	do
		next = experiment_take_one(argc, argv, &at, table, p, &p->experiment, &error);
	while (next == OPTIONS_TAKEN);
	if (next == OPTIONS_END) {
		if (p->experiment.help) {
			fputs(help, stdout);
			status = 0;
		} else if (at + 1 != argc) {
			refuse(&error, "policies: one FILE (see faultline policies --help)");
		} else {
			status = policies(p, argv[at], &error);
		}
	}
	if (error.text[0])
		say("%s", error.text);
	free(p);
	return status;
}
