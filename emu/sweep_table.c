#include "emu/sweep.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define STATS_MOST (8u << 20)

static const struct {
	const char *group, *name;
} figures[] = {
#define X(group, name) { group, name },
	SWEEP_FIGURES
#undef X
};

int sweep_metric(const char *name)
{
	for (int i = 0; i < SWEEP_NFIGURES; i++) {
		char full[64];

		if (strcmp(name, figures[i].name) == 0 ||
		    strcmp(name, sweep_metric_name(i, full)) == 0)
			return i;
	}
	return -1;
}

const char *sweep_metric_name(int metric, char buf[64])
{
	const char *group = figures[metric].group;

	snprintf(buf, 64, "%s%s%s", group ? group : "", group ? "." : "", figures[metric].name);
	return buf;
}

/* ---- Statistics of one run ---- */

static char *read_whole(const char *path, struct error *error)
{
	FILE *in = fopen(path, "re");
	char *text = in ? malloc(STATS_MOST + 1) : NULL;
	size_t n;

	if (!text) {
		refuse(error, "%s: %s", path, strerror(errno));
	} else {
		n = fread(text, 1, STATS_MOST, in);
		text[n] = 0;
	}
	if (in)
		fclose(in);
	return text;
}

/* What follows "group": { ... "name": in our own JSON; names of figures stand in no other place. */
static const char *value_of(const char *text, const char *group, const char *name)
{
	char quoted[80];
	const char *at = text, *end = NULL;

	if (group) {
		snprintf(quoted, sizeof(quoted), "\n  \"%s\": {", group);
		at = strstr(text, quoted);
		end = at ? strchr(at + 1, '\n') : NULL;
		if (!end)
			return NULL;
	}
	snprintf(quoted, sizeof(quoted), group ? "\"%s\": " : "\n  \"%s\": ", name);
	at = strstr(at, quoted);
	return at && (!end || at < end) ? at + strlen(quoted) : NULL;
}

static bool number_of(const char *text, const char *group, const char *name, uint64_t *value)
{
	const char *at = value_of(text, group, name);

	if (at)
		*value = strtoull(at, NULL, 10);
	return at;
}

bool sweep_read_stats(const char *path, struct sweep_row *row, struct error *error)
{
	char *text = read_whole(path, error);
	const char *policy;
	uint64_t total = 0;
	bool ok;

	if (!text)
		return false;
	ok = number_of(text, "faults", "major", &row->figure[0]) &&
	     number_of(text, "frames", "total", &total) &&
	     number_of(text, "frames", "cap", &row->frames);
	for (int i = 0; ok && i < SWEEP_NFIGURES; i++)
		number_of(text, figures[i].group, figures[i].name, &row->figure[i]);
	policy = value_of(text, NULL, "policy");
	if (policy && *policy == '"')
		snprintf(row->policy, sizeof(row->policy), "%.*s", (int)strcspn(policy + 1, "\""),
			 policy + 1);
	row->memory_bytes = total * 4096;
	free(text);
	return ok || refuse(error, "%s: no statistics of a run (--stats FILE.json)", path);
}

/* ---- The table ---- */

static uint64_t size_of(const struct sweep_table *table, const struct sweep_row *row)
{
	return table->by_frames ? row->frames : row->memory_bytes;
}

static size_t rank(const struct sweep_table *table, const char *policy)
{
	size_t i = 0;

	while (i < table->count && strcmp(table->row[i].policy, policy) != 0)
		i++;
	return i;
}

void sweep_sort(struct sweep_table *table)
{
	struct sweep_row *sorted = malloc((table->count + 1) * sizeof(*sorted));
	size_t n = 0;

	if (!sorted)
		return;
	/* By insertion: a grid has hundreds of runs, not millions. */
	for (size_t i = 0; i < table->count; i++) {
		const struct sweep_row *row = &table->row[i];
		size_t own = rank(table, row->policy), at = n;

		while (at > 0 && (rank(table, sorted[at - 1].policy) > own ||
				  (rank(table, sorted[at - 1].policy) == own &&
				   size_of(table, &sorted[at - 1]) > size_of(table, row)))) {
			sorted[at] = sorted[at - 1];
			at--;
		}
		sorted[at] = *row;
		n++;
	}
	memcpy(table->row, sorted, n * sizeof(*sorted));
	free(sorted);
}

bool sweep_write_csv(const char *path, const struct sweep_table *table, struct error *error)
{
	FILE *out = strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
	bool ok;

	if (!out)
		return refuse(error, "%s: %s", path, strerror(errno));
	fputs("policy,memory_bytes,frames,status", out);
	for (int i = 0; i < SWEEP_NFIGURES; i++)
		fprintf(out, ",%s%s%s", figures[i].group ? figures[i].group : "",
			figures[i].group ? "." : "", figures[i].name);
	fputc('\n', out);
	for (size_t r = 0; r < table->count; r++) {
		const struct sweep_row *row = &table->row[r];

		fprintf(out, "%s,%" PRIu64 ",%" PRIu64 ",%d", row->policy, row->memory_bytes,
			row->frames, row->status);
		for (int i = 0; i < SWEEP_NFIGURES; i++) {
			fputc(',', out);
			if (!row->failed)
				fprintf(out, "%" PRIu64, row->figure[i]);
		}
		fputc('\n', out);
	}
	ok = fflush(out) == 0 && !ferror(out);
	if (out != stdout)
		ok = fclose(out) == 0 && ok;
	return ok || refuse(error, "%s: %s", path, strerror(errno));
}

static bool read_row(char *line, struct sweep_row *row)
{
	char *rest = line, *word = strsep(&rest, ",");

	memset(row, 0, sizeof(*row));
	snprintf(row->policy, sizeof(row->policy), "%s", word);
	if (!rest)
		return false;
	row->memory_bytes = strtoull(strsep(&rest, ","), NULL, 10);
	row->frames = rest ? strtoull(strsep(&rest, ","), NULL, 10) : 0;
	row->status = rest ? atoi(strsep(&rest, ",")) : 0;
	for (int i = 0; i < SWEEP_NFIGURES; i++) {
		word = rest ? strsep(&rest, ",") : NULL;
		if (!word)
			return false;
		row->failed |= i == 0 && (!*word || *word == '\n');
		row->figure[i] = strtoull(word, NULL, 10);
	}
	return true;
}

bool sweep_read_csv(const char *path, struct sweep_table *table, struct error *error)
{
	FILE *in = fopen(path, "re");
	char line[1024];
	bool ok = in && fgets(line, sizeof(line), in) &&
		  strncmp(line, "policy,memory_bytes,frames,status,faults.major,", 47) == 0;

	if (!in)
		return refuse(error, "%s: %s", path, strerror(errno));
	table->by_frames = true;
	while (ok && fgets(line, sizeof(line), in)) {
		struct sweep_row *grown = realloc(table->row, (table->count + 1) * sizeof(*grown));

		ok = grown != NULL;
		if (!ok)
			break;
		table->row = grown;
		ok = read_row(line, &grown[table->count]);
		table->by_frames &= !ok || grown[table->count].frames != 0;
		table->count += ok;
	}
	fclose(in);
	return ok || refuse(error, "%s: no table written by `faultline sweep`", path);
}

/* ---- The plot ---- */

bool sweep_draw(const struct experiment *experiment, const char *title, int metric,
		const struct sweep_table *table, struct error *error)
{
	struct plot_series series[PLOT_SERIES_MOST];
	struct plot_point *points = malloc((table->count + 1) * sizeof(*points));
	struct plot plot = { .title = title,
			     .binary_x = !table->by_frames,
			     .x_label = table->by_frames ? "frames of 4 KiB" : "memory (MiB)",
			     .log_y = experiment->log_y,
			     .series = series };
	char label[64];
	bool ok;

	if (!points)
		return refuse(error, "out of memory");
	plot.y_label = sweep_metric_name(metric, label);
	if (metric == 0)
		plot.y_label = "page faults that waited for the disk";
	for (size_t i = 0; i < table->count && plot.count <= PLOT_SERIES_MOST; i++) {
		const struct sweep_row *row = &table->row[i];
		double size = (double)size_of(table, row);

		if (!i || strcmp(row->policy, table->row[i - 1].policy) != 0) {
			if (plot.count == PLOT_SERIES_MOST)
				break;
			series[plot.count++] =
				(struct plot_series){ .name = row->policy, .point = &points[i] };
		}
		points[i] = (struct plot_point){ .x = table->by_frames ? size : size / (1 << 20),
						 .y = (double)row->figure[metric],
						 .gap = row->failed };
		series[plot.count - 1].count++;
	}
	ok = experiment_plot(experiment, &plot, error);
	free(points);
	return ok;
}
