/*
 * What `faultline sweep` and `faultline policies` are both asked: at how many points, and where their
 * table and its plot go.
 */
#ifndef EMU_EXPERIMENT_H
#define EMU_EXPERIMENT_H

#include <limits.h>
#include <stdbool.h>
#include <stdint.h>

#include "emu/options.h"
#include "emu/plot.h"

struct experiment {
	uint64_t points;	     /* of a range without a step */
	const char *csv, *svg, *png; /* NULL: not wanted; csv may be "-" */
	const char *title;	     /* NULL: the command finds one */
	bool log_y, help;
	char named[3][PATH_MAX]; /* by --output */
};

void experiment_init(struct experiment *experiment);

/* As options_take_one: an option of the command's own, or else one of these. */
enum options_next experiment_take_one(int argc, char **argv, int *at, const struct option *own,
				      void *ctx, struct experiment *experiment,
				      struct error *error);

/* Before what they are to hold is computed: can the files be written? */
bool experiment_writable(const struct experiment *experiment, struct error *error);

/* To the files that are wanted. */
bool experiment_plot(const struct experiment *experiment, const struct plot *plot,
		     struct error *error);

#endif
