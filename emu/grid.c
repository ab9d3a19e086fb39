#include "emu/grid.h"

#include <string.h>

bool grid_add(struct grid *grid, uint64_t value, struct error *error)
{
	size_t at = 0;

	while (at < grid->count && grid->value[at] < value)
		at++;
	if (at < grid->count && grid->value[at] == value)
		return true;
	if (grid->count == GRID_MOST)
		return refuse(error, "more than %d sizes", GRID_MOST);
	memmove(&grid->value[at + 1], &grid->value[at],
		(grid->count - at) * sizeof(grid->value[0]));
	grid->value[at] = value;
	grid->count++;
	return true;
}

/* FROM..TO or FROM..TO:STEP. */
static bool add_range(struct grid *grid, char *from, char *to, struct error *error)
{
	char *step_text = strchr(to, ':');
	uint64_t low, high, step = 0, parts = grid->points - 1;

	if (step_text)
		*step_text++ = 0;
	if (!grid->parse(grid->ctx, from, &low, error) ||
	    !grid->parse(grid->ctx, to, &high, error) ||
	    (step_text && !grid->parse(grid->ctx, step_text, &step, error)))
		return false;
	if (low > high || (step_text && !step))
		return refuse(error, "'%s..%s': from the smaller to the larger, in steps above 0",
			      from, to);
	for (uint64_t value = low; step && value <= high; value += step)
		if (!grid_add(grid, value, error))
			return false;
	for (uint64_t i = 0; !step && i <= parts; i++) {
		uint64_t value = low + (high - low) / parts * i + (high - low) % parts * i / parts;

		if (!grid_add(grid, value - value % grid->unit, error))
			return false;
	}
	return true;
}

bool grid_parse(struct grid *grid, const char *list, struct error *error)
{
	char text[1024], *rest = text, *item;

	if (strlen(list) >= sizeof(text))
		return refuse(error, "'%.40s...': too long", list);
	strcpy(text, list);
	while ((item = strsep(&rest, ",")) != NULL) {
		char *dots = strstr(item, "..");
		uint64_t value;

		if (dots) {
			*dots = 0;
			if (!add_range(grid, item, dots + 2, error))
				return false;
		} else if (!grid->parse(grid->ctx, item, &value, error) ||
			   !grid_add(grid, value, error)) {
			return false;
		}
	}
	return true;
}
