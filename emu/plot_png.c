/* The plot as a picture: the same lines, with smooth edges, and glyphs that are compiled in. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/plot.h"
#include "emu/view_png.h"

struct picture {
	struct canvas canvas;
	unsigned char *cover; /* of the figure being drawn, 0 to 255 a pixel */
};

/* Lay the figure, which lies within these bounds, onto the canvas. */
static void settle(struct picture *p, const struct plot_xy *low, const struct plot_xy *high,
		   unsigned colour)
{
	int x0 = low->x < 1 ? 0 : (int)low->x - 1, y0 = low->y < 1 ? 0 : (int)low->y - 1;

	for (int y = y0; y < PLOT_HEIGHT && y <= high->y + 1; y++) {
		for (int x = x0; x < PLOT_WIDTH && x <= high->x + 1; x++) {
			size_t at = (size_t)y * PLOT_WIDTH + (size_t)x;

			if (p->cover[at])
				p->canvas.pixel[at] =
					colour_mix(p->canvas.pixel[at], colour, p->cover[at]);
			p->cover[at] = 0;
		}
	}
}

static double distance(double x, double y, const struct plot_xy *a, const struct plot_xy *b)
{
	double dx = b->x - a->x, dy = b->y - a->y, length = dx * dx + dy * dy;
	double along = length > 0 ? ((x - a->x) * dx + (y - a->y) * dy) / length : 0;

	along = fmin(fmax(along, 0), 1);
	x -= a->x + along * dx;
	y -= a->y + along * dy;
	return sqrt(x * x + y * y);
}

static void cover_segment(struct picture *p, const struct plot_xy *a, const struct plot_xy *b,
			  double width)
{
	double reach = width / 2 + 1;
	int x0 = (int)fmax(fmin(a->x, b->x) - reach, 0),
	    y0 = (int)fmax(fmin(a->y, b->y) - reach, 0);
	int x1 = (int)fmin(fmax(a->x, b->x) + reach, PLOT_WIDTH - 1);
	int y1 = (int)fmin(fmax(a->y, b->y) + reach, PLOT_HEIGHT - 1);

	for (int y = y0; y <= y1; y++) {
		for (int x = x0; x <= x1; x++) {
			unsigned char *at = &p->cover[(size_t)y * PLOT_WIDTH + (size_t)x];
			double part = width / 2 + 0.5 - distance(x + 0.5, y + 0.5, a, b);

			part = fmin(fmax(part, 0), 1) * 255;
			*at = (unsigned char)(part > *at ? part : *at);
		}
	}
}

static void bounds(const struct plot_xy *at, size_t count, struct plot_xy *low,
		   struct plot_xy *high)
{
	*low = *high = at[0];
	for (size_t i = 1; i < count; i++) {
		low->x = fmin(low->x, at[i].x);
		low->y = fmin(low->y, at[i].y);
		high->x = fmax(high->x, at[i].x);
		high->y = fmax(high->y, at[i].y);
	}
}

static void line(void *ctx, const struct plot_xy *at, size_t count, unsigned colour, double width)
{
	struct picture *p = ctx;
	struct plot_xy low, high;

	for (size_t i = 1; i < count; i++)
		cover_segment(p, &at[i - 1], &at[i], width);
	bounds(at, count, &low, &high);
	low.x -= 3, low.y -= 3, high.x += 3, high.y += 3;
	settle(p, &low, &high, colour);
}

static bool inside(double x, double y, const struct plot_xy *at, size_t count)
{
	bool in = false;

	for (size_t i = 0, j = count - 1; i < count; j = i++)
		if ((at[i].y > y) != (at[j].y > y) &&
		    x < (at[j].x - at[i].x) * (y - at[i].y) / (at[j].y - at[i].y) + at[i].x)
			in = !in;
	return in;
}

#define PARTS 4 /* a pixel is looked at in so many places each way */

static void shape(void *ctx, const struct plot_xy *at, size_t count, unsigned colour)
{
	struct picture *p = ctx;
	struct plot_xy low, high;

	bounds(at, count, &low, &high);
	for (int y = (int)fmax(low.y, 0); y < PLOT_HEIGHT && y <= high.y; y++) {
		for (int x = (int)fmax(low.x, 0); x < PLOT_WIDTH && x <= high.x; x++) {
			unsigned hits = 0;

			for (int k = 0; k < PARTS * PARTS; k++)
				hits += inside(x + (k % PARTS + 0.5) / PARTS,
					       y + (k / PARTS + 0.5) / PARTS, at, count);
			p->cover[(size_t)y * PLOT_WIDTH + (size_t)x] =
				(unsigned char)(hits * 255 / (PARTS * PARTS));
		}
	}
	settle(p, &low, &high, colour);
}

static void text(void *ctx, double x, double y, enum plot_anchor anchor, enum plot_size size,
		 unsigned colour, const char *words)
{
	struct picture *p = ctx;
	enum font_face face = size == PLOT_TITLE ? FONT_TITLE : FONT_LABEL;
	int width = font_width(face, words), room = PLOT_WIDTH - 8;
	int at = (int)x - (anchor == PLOT_MIDDLE ? width / 2 : anchor == PLOT_RIGHT ? width : 0);

	font_draw_clipped(&p->canvas, face, at, (int)y - font_data[face].ascent, room - at, colour,
			  words);
}

bool plot_png(const char *path, const struct plot *plot, char *error, size_t error_bytes)
{
	static const struct plot_face face = { line, shape, text };
	size_t pixels = (size_t)PLOT_WIDTH * PLOT_HEIGHT;
	struct picture p = { .canvas = { malloc(pixels * 4), PLOT_WIDTH, PLOT_HEIGHT },
			     .cover = calloc(pixels, 1) };
	bool ok = false;

	if (!p.canvas.pixel || !p.cover) {
		snprintf(error, error_bytes, "%s: out of memory", path);
	} else {
		for (size_t i = 0; i < pixels; i++)
			p.canvas.pixel[i] = 0xffffff;
		plot_draw(plot, &face, &p);
		ok = view_png_write(path, &p.canvas, error, (unsigned)error_bytes);
	}
	free(p.canvas.pixel);
	free(p.cover);
	return ok;
}
