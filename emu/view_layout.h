/*
 * Where everything stands in a picture of a given size.  Pure: the same size and number of frames
 * give the same layout, so that a test knows where to look for a frame's cell.
 */
#ifndef EMU_VIEW_LAYOUT_H
#define EMU_VIEW_LAYOUT_H

#include <stdbool.h>
#include <stdint.h>

#define VIEW_WIDTH	1440 /* of pictures, and of a new window */
#define VIEW_HEIGHT	900
#define VIEW_MIN_WIDTH	480
#define VIEW_MIN_HEIGHT 320

struct rect {
	int x, y, width, height; /* width 0: not shown at this size */
};

struct view_layout {
	int width, height;
	struct rect header, grid, legend, strips, swap, events, inspector, faults, evictions, wait,
		sign, console;
	/* The frame map: frame f is in cell f / frames_per_cell; cells go by rows. */
	unsigned frames_per_cell, columns, rows;
	int pitch; /* from one cell to the next; */
	int cell;  /* of which so many pixels are the cell, the rest is gap */
};

struct view_layout view_layout_make(int width, int height, uint64_t nframes, bool swap);

/* The square of a frame's cell. */
struct rect view_layout_cell(const struct view_layout *layout, uint64_t frame);

/* The first frame of the cell at a point of the picture, or UINT64_MAX. */
uint64_t view_layout_frame_at(const struct view_layout *layout, uint64_t nframes, int x, int y);

bool rect_holds(const struct rect *rect, int x, int y);

#endif
