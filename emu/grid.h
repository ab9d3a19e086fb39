/* Values and ranges joined by commas: "4M,6M", "64..1024", "2M..32M:2M". */
#ifndef EMU_GRID_H
#define EMU_GRID_H

#include <stddef.h>
#include <stdint.h>

#include "emu/options.h"

#define GRID_MOST 1000

struct grid {
	bool (*parse)(void *ctx, const char *text, uint64_t *value, struct error *error);
	void *ctx;
	uint64_t points; /* of a range without a step */
	uint64_t unit;	 /* such points are rounded down to multiples of it */
	uint64_t value[GRID_MOST];
	size_t count; /* in order, none twice */
};

bool grid_add(struct grid *grid, uint64_t value, struct error *error);
bool grid_parse(struct grid *grid, const char *text, struct error *error);

#endif
