/*
 * Text as pixels, from glyph pictures compiled in: the same on every host, with no font file.
 * Knows a canvas of 32-bit pixels and nothing of windows or frames.
 */
#ifndef EMU_FONT_H
#define EMU_FONT_H

#include <stdint.h>

/* Row by row, top to bottom; a pixel is 0x00RRGGBB. */
struct canvas {
	uint32_t *pixel;
	int width, height;
};

enum font_face {
	FONT_SMALL,
	FONT_SANS,
	FONT_BOLD,
	FONT_MONO,
	FONT_TITLE,
	FONT_TINY,
	FONT_LABEL,
	FONT_FACES
};

struct font_glyph {
	uint16_t code; /* Unicode */
	int8_t advance, left, top, width, height;
	const char *coverage; /* width x height hexadecimal digits, 0 to f */
};

struct font_data {
	const struct font_glyph *glyph; /* ASCII from space on, then the rest */
	unsigned count;
	int ascent, height;
};

extern const struct font_data font_data[FONT_FACES];

/* Pixels that text (UTF-8; what has no glyph becomes '?') takes in width. */
int font_width(enum font_face face, const char *text);

/* Draws with the line's top left corner at x, y; clipped to the canvas.  Returns the x after it. */
int font_draw(struct canvas *canvas, enum font_face face, int x, int y, uint32_t colour,
	      const char *text);
/* The same, but never wider than max pixels: the end is replaced by an ellipsis. */
int font_draw_clipped(struct canvas *canvas, enum font_face face, int x, int y, int max,
		      uint32_t colour, const char *text);

/* a, with `parts` of 255 replaced by b. */
uint32_t colour_mix(uint32_t a, uint32_t b, unsigned parts);

#endif
