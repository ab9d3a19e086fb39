#include "emu/plot.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/font.h"

#define INK	   0x222222
#define INK_SOFT   0x555555
#define GRID	   0xdddddd
#define LEFT	   86
#define TOP	   78
#define BOTTOM	   (PLOT_HEIGHT - 62)
#define TICKS	   7
#define MARK	   5.0
#define LEGEND_GAP 26
#define SAMPLE	   34 /* length of a line in the legend */

/* Okabe and Ito's colours: told apart by those who do not tell red from green. */
static const unsigned colours[] = { 0x0072b2, 0xd55e00, 0x009e73, 0xcc79a7,
				    0xe69f00, 0x56b4e9, 0x000000, 0x8a6d3b };

struct frame {
	const struct plot *plot;
	const struct plot_face *face;
	void *ctx;
	double right;		   /* of the axes; left, top and bottom are fixed */
	double x_from, x_to, y_to; /* the values at the ends; y begins at 0, or at 1 */
	double x_step, y_step;
	double y_low, y_log; /* decades: the lowest, and how many */
};

static double across(const struct frame *f, double x)
{
	return LEFT + (x - f->x_from) / (f->x_to - f->x_from) * (f->right - LEFT);
}

static double up(const struct frame *f, double y)
{
	double part = y / f->y_to;

	if (f->plot->log_y)
		part = y <= 0 ? 0 : fmax((log10(y) - f->y_low) / f->y_log, 0);
	return BOTTOM - part * (BOTTOM - TOP);
}

/* A step of 1, 2 or 5 times a power of ten (or a power of two) that cuts span into few pieces. */
static double nice_step(double span, bool binary)
{
	double step = 1;

	if (binary) {
		while (span / step > 2 * TICKS)
			step *= 2;
		return step;
	}
	while (span / step > TICKS) {
		if (span / (step * 2) <= TICKS)
			return step * 2;
		if (span / (step * 5) <= TICKS)
			return step * 5;
		step *= 10;
	}
	return step;
}

/* 1234567 as "1 234 567", more as "12 M"; a fraction only where there is one. */
static void number(double value, char *buf, size_t bytes)
{
	char digits[32];
	size_t n, out = 0;

	if (value != floor(value) || value >= 1e7) {
		snprintf(buf, bytes, value >= 1e7 ? "%g M" : "%g",
			 value / (value >= 1e7 ? 1e6 : 1));
		return;
	}
	n = (size_t)snprintf(digits, sizeof(digits), "%.0f", value);
	for (size_t i = 0; i < n && out + 2 < bytes; i++) {
		if (i && n > 4 && (n - i) % 3 == 0)
			buf[out++] = ' ';
		buf[out++] = digits[i];
	}
	buf[out] = 0;
}

static void find_ends(struct frame *f)
{
	double x_from = INFINITY, x_to = -INFINITY, y_to = 0, y_least = INFINITY;

	for (size_t s = 0; s < f->plot->count; s++) {
		for (size_t i = 0; i < f->plot->series[s].count; i++) {
			const struct plot_point *p = &f->plot->series[s].point[i];

			x_from = fmin(x_from, p->x);
			x_to = fmax(x_to, p->x);
			if (!p->gap)
				y_to = fmax(y_to, p->y);
			if (!p->gap && p->y > 0)
				y_least = fmin(y_least, p->y);
		}
	}
	if (x_from > x_to)
		x_from = x_to = 0;
	/* From 0, unless that would waste most of the width. */
	if (x_from > 0 && x_from < (x_to - x_from) * 0.5)
		x_from = 0;
	f->x_step = nice_step(x_to - x_from, f->plot->binary_x);
	f->x_from = floor(x_from / f->x_step) * f->x_step;
	f->x_to = fmax(x_to, f->x_from + f->x_step);
	f->y_step = nice_step(y_to, false);
	f->y_to = fmax(ceil(y_to / f->y_step), 1) * f->y_step;
	f->y_low = y_least <= y_to ? floor(log10(y_least)) : 0;
	f->y_log = fmax(ceil(log10(fmax(y_to, 2))) - f->y_low, 1);
}

static void segment(const struct frame *f, double x1, double y1, double x2, double y2,
		    unsigned colour, double width)
{
	struct plot_xy at[2] = { { x1, y1 }, { x2, y2 } };

	f->face->line(f->ctx, at, 2, colour, width);
}

static void draw_x_axis(const struct frame *f)
{
	char text[32];

	for (double x = f->x_from; x <= f->x_to + f->x_step * 1e-6; x += f->x_step) {
		double at = floor(across(f, x)) + 0.5;

		segment(f, at, TOP, at, BOTTOM, GRID, 1);
		segment(f, at, BOTTOM, at, BOTTOM + 6, INK, 1);
		number(x, text, sizeof(text));
		f->face->text(f->ctx, at, BOTTOM + 24, PLOT_MIDDLE, PLOT_LABEL, INK, text);
	}
	segment(f, LEFT, BOTTOM + 0.5, f->right, BOTTOM + 0.5, INK, 1);
	f->face->text(f->ctx, (LEFT + f->right) / 2, BOTTOM + 50, PLOT_MIDDLE, PLOT_LABEL, INK,
		      f->plot->x_label);
}

static void draw_y_tick(const struct frame *f, double y)
{
	double at = floor(up(f, y)) + 0.5;
	char text[32];

	segment(f, LEFT, at, f->right, at, GRID, 1);
	segment(f, LEFT - 6, at, LEFT, at, INK, 1);
	number(y, text, sizeof(text));
	f->face->text(f->ctx, LEFT - 11, at + 5, PLOT_RIGHT, PLOT_LABEL, INK, text);
}

static void draw_y_axis(const struct frame *f)
{
	if (f->plot->log_y) {
		for (double decade = 0; decade <= f->y_log; decade++)
			draw_y_tick(f, pow(10, f->y_low + decade));
	} else {
		for (double y = 0; y <= f->y_to + f->y_step * 1e-6; y += f->y_step)
			draw_y_tick(f, y);
	}
	segment(f, LEFT + 0.5, TOP, LEFT + 0.5, BOTTOM, INK, 1);
	f->face->text(f->ctx, LEFT, TOP - 18, PLOT_LEFT, PLOT_LABEL, INK, f->plot->y_label);
}

/* Circle, square, triangle, diamond, and so on: curves are told apart without colours too. */
static void draw_mark(const struct frame *f, size_t series, double x, double y)
{
	static const struct {
		unsigned corners;
		double turn, size;
	} marks[] = { { 24, 0, 1 },	{ 4, 0.125, 1.2 }, { 3, -0.25, 1.4 }, { 4, 0, 1.3 },
		      { 3, 0.25, 1.4 }, { 5, -0.25, 1.3 }, { 6, 0, 1.2 } };
	size_t kind = series % (sizeof(marks) / sizeof(marks[0]));
	struct plot_xy at[24];

	for (unsigned i = 0; i < marks[kind].corners; i++) {
		double angle = 2 * M_PI * ((double)i / marks[kind].corners + marks[kind].turn);

		at[i].x = x + MARK * marks[kind].size * cos(angle);
		at[i].y = y + MARK * marks[kind].size * sin(angle);
	}
	f->face->shape(f->ctx, at, marks[kind].corners,
		       colours[series % (sizeof(colours) / sizeof(colours[0]))]);
}

/* Does the middle point lie on the line between the others? */
static bool straight(const struct plot_xy *a, const struct plot_xy *b, const struct plot_xy *c)
{
	return fabs((b->x - a->x) * (c->y - a->y) - (b->y - a->y) * (c->x - a->x)) < 0.02;
}

/* Which colour and mark a series has. */
static size_t look(const struct frame *f, size_t series)
{
	return f->plot->series[series].like ? f->plot->series[series].like - 1 : series;
}

static unsigned colour_of(size_t look_of)
{
	return colours[look_of % (sizeof(colours) / sizeof(colours[0]))];
}

static void draw_curve(const struct frame *f, size_t number_of)
{
	const struct plot_series *series = &f->plot->series[number_of];
	unsigned colour = colour_of(look(f, number_of));
	struct plot_xy *at = malloc((series->count + 1) * sizeof(*at));
	size_t n = 0;

	for (size_t i = 0; at && i <= series->count; i++) {
		const struct plot_point *p = i < series->count ? &series->point[i] : NULL;

		if (!p || p->gap) {
			if (n > 1 && !series->like)
				f->face->line(f->ctx, at, n, colour, 2.2);
			n = 0;
			continue;
		}
		at[n].x = across(f, p->x);
		at[n].y = up(f, p->y);
		if (n > 1 && straight(&at[n - 2], &at[n - 1], &at[n]))
			at[n - 1] = at[n];
		else
			n++;
	}
	free(at);
	for (size_t i = 0; !series->computed && i < series->count; i++)
		if (!series->point[i].gap)
			draw_mark(f, look(f, number_of), across(f, series->point[i].x),
				  up(f, series->point[i].y));
}

static void draw_legend(const struct frame *f)
{
	double x = f->right + LEGEND_GAP, y = TOP + 10;

	for (size_t s = 0; s < f->plot->count; s++, y += 28) {
		unsigned colour = colour_of(look(f, s));
		struct plot_xy at[2] = { { x, y }, { x + SAMPLE, y } };

		if (!f->plot->series[s].like)
			f->face->line(f->ctx, at, 2, colour, 2.2);
		if (!f->plot->series[s].computed)
			draw_mark(f, look(f, s), x + SAMPLE / 2.0, y);
		f->face->text(f->ctx, x + SAMPLE + 9, y + 5, PLOT_LEFT, PLOT_LABEL, INK,
			      f->plot->series[s].name);
	}
}

void plot_draw(const struct plot *plot, const struct plot_face *face, void *ctx)
{
	struct frame f = { .plot = plot, .face = face, .ctx = ctx };
	int widest = 0;

	for (size_t s = 0; s < plot->count; s++) {
		int width = font_width(FONT_LABEL, plot->series[s].name);

		widest = width > widest ? width : widest;
	}
	f.right = PLOT_WIDTH - LEGEND_GAP - SAMPLE - 9 - (widest < 300 ? widest : 300) - 16;
	find_ends(&f);
	face->text(ctx, LEFT, 32, PLOT_LEFT, PLOT_TITLE, INK, plot->title);
	draw_x_axis(&f);
	draw_y_axis(&f);
	for (size_t s = 0; s < plot->count; s++)
		draw_curve(&f, s);
	draw_legend(&f);
}
