/*
 * A plot with axes, ticks, a legend and one curve a series, as SVG text and as a PNG picture: the
 * same drawing in both, the same bytes every time.  It knows points and names, and nothing of runs.
 */
#ifndef EMU_PLOT_H
#define EMU_PLOT_H

#include <stdbool.h>
#include <stddef.h>

struct plot_point {
	double x, y;
	bool gap; /* no value here: the curve is interrupted */
};

struct plot_series {
	const char *name;
	bool computed; /* drawn as a line alone; else every point has its mark */
	unsigned like; /* 1 and more: marks without a line, on the curve of series like - 1 */
	size_t count;
	const struct plot_point *point; /* in order of x */
};

#define PLOT_SERIES_MOST 16

struct plot {
	const char *title, *x_label, *y_label;
	bool binary_x; /* ticks at powers of two: MiB */
	bool log_y;
	size_t count;
	const struct plot_series *series;
};

/* False with a line in error[]: the file could not be written. */
bool plot_svg(const char *path, const struct plot *plot, char *error, size_t error_bytes);
bool plot_png(const char *path, const struct plot *plot, char *error, size_t error_bytes);

/* ---- What the drawing and its two faces share ---- */

enum plot_anchor { PLOT_LEFT, PLOT_MIDDLE, PLOT_RIGHT };
enum plot_size { PLOT_LABEL, PLOT_TITLE };

struct plot_xy {
	double x, y;
};

struct plot_face {
	void (*line)(void *ctx, const struct plot_xy *at, size_t count, unsigned colour,
		     double width);
	/* A closed, filled polygon. */
	void (*shape)(void *ctx, const struct plot_xy *at, size_t count, unsigned colour);
	/* y is the baseline. */
	void (*text)(void *ctx, double x, double y, enum plot_anchor anchor, enum plot_size size,
		     unsigned colour, const char *text);
};

#define PLOT_WIDTH  1000
#define PLOT_HEIGHT 620

void plot_draw(const struct plot *plot, const struct plot_face *face, void *ctx);

#endif
