#include "emu/experiment.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "emu/grid.h"
#include "emu/parse.h"
#include "emu/paths.h"

#define POINTS 16

/* ---- Options ---- */

OPTION_TEXT(take_csv, struct experiment, csv)
OPTION_TEXT(take_svg, struct experiment, svg)
OPTION_TEXT(take_png, struct experiment, png)
OPTION_TEXT(take_title, struct experiment, title)
OPTION_FLAG(take_log, struct experiment, log_y)
OPTION_FLAG(take_help, struct experiment, help)

static bool take_points(void *ctx, const char *value, struct error *error)
{
	uint64_t *points = &((struct experiment *)ctx)->points;

	return (parse_number(value, points) && *points >= 2 && *points <= GRID_MOST) ||
	       refuse(error, "'%s': a number from 2 to %d", value, GRID_MOST);
}

static bool take_output(void *ctx, const char *value, struct error *error)
{
	static const char *const kinds[3] = { "csv", "svg", "png" };
	struct experiment *e = ctx;

	if (strlen(value) + 5 > sizeof(e->named[0]))
		return refuse(error, "'%s': the beginning of three files' names", value);
	for (int i = 0; i < 3; i++)
		snprintf(e->named[i], sizeof(e->named[i]), "%s.%s", value, kinds[i]);
	e->csv = e->named[0];
	e->svg = e->named[1];
	e->png = e->named[2];
	return true;
}

// clang-format off
static const struct option table[] = {
	{ "points", OPTION_VALUE, take_points },
	{ "csv",    OPTION_PATH,  take_csv },
	{ "svg",    OPTION_PATH,  take_svg },
	{ "png",    OPTION_PATH,  take_png },
	{ "output", OPTION_PATH,  take_output },
	{ "title",  OPTION_VALUE, take_title },
	{ "log",    OPTION_NONE,  take_log },
	{ "help",   OPTION_NONE,  take_help },
	{ "h",      OPTION_NONE,  take_help },
	{ NULL,     OPTION_NONE,  NULL },
};
// clang-format on

void experiment_init(struct experiment *e)
{
	*e = (struct experiment){ .points = POINTS };
}

enum options_next experiment_take_one(int argc, char **argv, int *at, const struct option *own,
				      void *ctx, struct experiment *e, struct error *error)
{
	enum options_next next = options_take_one(argc, argv, at, own, ctx, NULL, error);

	if (next != OPTIONS_UNKNOWN)
		return next;
	error->text[0] = 0;
	return options_take_one(argc, argv, at, table, e, NULL, error);
}

/* ---- Files ---- */

bool experiment_writable(const struct experiment *e, struct error *error)
{
	const char *const file[] = { e->csv && strcmp(e->csv, "-") != 0 ? e->csv : NULL, e->svg,
				     e->png };

	for (size_t i = 0; i < sizeof(file) / sizeof(file[0]); i++)
		if (file[i] && !paths_writable(file[i]))
			return refuse(error, "%s: %s", file[i], strerror(errno));
	return true;
}

bool experiment_plot(const struct experiment *e, const struct plot *plot, struct error *error)
{
	return (!e->svg || plot_svg(e->svg, plot, error->text, sizeof(error->text))) &&
	       (!e->png || plot_png(e->png, plot, error->text, sizeof(error->text)));
}
