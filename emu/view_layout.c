#include "emu/view_layout.h"

#define MARGIN	   24
#define HEADER	   40
#define TITLE	   24 /* a section's heading */
#define MAX_PITCH  32
#define MIN_PITCH  3
#define LINE	   18
#define PANEL_GAP  10
#define TWO_COLUMN 1000 /* narrower pictures have one column */

bool rect_holds(const struct rect *rect, int x, int y)
{
	return x >= rect->x && x < rect->x + rect->width && y >= rect->y &&
	       y < rect->y + rect->height;
}

/* The largest cells that fit `cells` into width x height; columns in steps that divide powers of
 * two, so that a column stands for an address pattern. */
static bool fit(struct view_layout *layout, uint64_t cells, int width, int height)
{
	for (int pitch = MAX_PITCH; pitch >= MIN_PITCH; pitch--) {
		unsigned columns = (unsigned)(width / pitch);
		if (columns > 16)
			columns -= columns % 16;
		if (!columns)
			continue;
		uint64_t rows = (cells + columns - 1) / columns;
		if (rows * (uint64_t)pitch > (uint64_t)height)
			continue;
		layout->columns = columns;
		layout->rows = (unsigned)rows;
		layout->pitch = pitch;
		layout->cell = pitch >= 5 ? pitch - 2 + (pitch < 8) : pitch - 1;
		layout->grid.width = (int)columns * pitch;
		layout->grid.height = (int)rows * pitch;
		return true;
	}
	return false;
}

static void fit_grid(struct view_layout *layout, uint64_t nframes, int width, int height)
{
	for (unsigned per_cell = 1; per_cell; per_cell *= 2) {
		layout->frames_per_cell = per_cell;
		if (fit(layout, (nframes + per_cell - 1) / per_cell, width, height))
			return;
	}
}

static struct rect take(int x, int *y, int width, int height, int gap)
{
	struct rect rect = { x, *y, width, height };
	*y += height + gap;
	return rect;
}

/* The right column: what is most worth its place first. */
static void lay_right(struct view_layout *layout, int x, int width)
{
	int y = HEADER + 12, bottom = layout->height - 16, h = layout->height;
	int inspector = h >= 800 ? 392 : h >= 640 ? 250 : 170;
	int curve = h >= 800 ? 100 : h >= 640 ? 84 : 64;
	layout->inspector = take(x, &y, width, inspector, PANEL_GAP);
	layout->faults = take(x, &y, width, curve, PANEL_GAP);
	if (bottom - y >= curve)
		layout->evictions = take(x, &y, width, curve, PANEL_GAP);
	if (bottom - y >= curve)
		layout->wait = take(x, &y, width, curve, PANEL_GAP);
	if (bottom - y >= 42)
		layout->sign = take(x, &y, width, 42, PANEL_GAP);
	if (bottom - y >= 44)
		layout->console = take(x, &y, width, bottom - y, 0);
}

struct view_layout view_layout_make(int width, int height, uint64_t nframes, bool swap)
{
	width = width < VIEW_MIN_WIDTH ? VIEW_MIN_WIDTH : width;
	height = height < VIEW_MIN_HEIGHT ? VIEW_MIN_HEIGHT : height;
	struct view_layout layout = { .width = width, .height = height };
	bool two = width >= TWO_COLUMN;
	int left = two ? (width - 3 * MARGIN) * 62 / 100 : width - 2 * MARGIN;
	int below = 2 * LINE + 12; /* legend */
	int strips = height >= 760 ? TITLE + 3 * 28 : 0;
	int slots = swap && height >= 700 ? TITLE + 50 : 0;
	int curve = two ? 0 : height >= 560 ? 90 : 0;
	int events = TITLE + (height >= 560 ? 4 : 2) * LINE;
	if (left < 820)
		below += LINE;
	layout.header = (struct rect){ 0, 0, width, HEADER };
	layout.grid.x = MARGIN;
	layout.grid.y = HEADER + 12 + TITLE;
	int legend = below;
	below += strips + slots + curve + events + 16 + PANEL_GAP * (!!strips + !!slots + !!curve);
	fit_grid(&layout, nframes, left, height - layout.grid.y - below);

	int y = layout.grid.y + layout.grid.height + 8;
	layout.legend = take(MARGIN, &y, left, legend - 8, 8);
	if (strips)
		layout.strips = take(MARGIN, &y, left, strips, PANEL_GAP);
	if (slots)
		layout.swap = take(MARGIN, &y, left, slots, PANEL_GAP);
	if (curve)
		layout.faults = take(MARGIN, &y, left, curve, PANEL_GAP);
	layout.events = take(MARGIN, &y, left, height - 12 - y, 0);
	if (two)
		lay_right(&layout, 2 * MARGIN + left, width - 3 * MARGIN - left);
	return layout;
}

struct rect view_layout_cell(const struct view_layout *layout, uint64_t frame)
{
	uint64_t cell = frame / layout->frames_per_cell;
	return (struct rect){
		layout->grid.x + (int)(cell % layout->columns) * layout->pitch,
		layout->grid.y + (int)(cell / layout->columns) * layout->pitch,
		layout->cell,
		layout->cell,
	};
}

uint64_t view_layout_frame_at(const struct view_layout *layout, uint64_t nframes, int x, int y)
{
	if (!rect_holds(&layout->grid, x, y))
		return UINT64_MAX;
	uint64_t row = (uint64_t)((y - layout->grid.y) / layout->pitch);
	uint64_t column = (uint64_t)((x - layout->grid.x) / layout->pitch);
	uint64_t frame = (row * layout->columns + column) * layout->frames_per_cell;
	return frame < nframes ? frame : UINT64_MAX;
}
