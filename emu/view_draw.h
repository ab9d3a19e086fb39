/* What the painter's files share: colours of text and surfaces, rectangles, numbers. */
#ifndef EMU_VIEW_DRAW_H
#define EMU_VIEW_DRAW_H

#include "emu/view_paint.h"

#define INK	   0xe6e9ef
#define INK_SOFT   0xb4bac4
#define INK_DIM	   0x7a8290
#define PANEL	   0x1b1f26
#define PANEL_EDGE 0x232830
#define BAR	   0x1b1f26
#define ORANGE	   0xe69f00
#define BLUE	   0x56b4e9

void draw_fill(struct canvas *canvas, int x, int y, int width, int height, uint32_t colour);
/* An outline `thick` pixels wide, inside the rectangle. */
void draw_ring(struct canvas *canvas, int x, int y, int width, int height, int thick,
	       uint32_t colour);
/* `parts` of 255 of the colour over what is there. */
void draw_tint(struct canvas *canvas, int x, int y, int width, int height, uint32_t colour,
	       unsigned parts);
/* A panel with rounded corners. */
void draw_panel(struct canvas *canvas, const struct rect *rect, uint32_t fill, uint32_t edge);

/* 1 234 567 with thin grouping; buf holds 32.  Returns buf. */
char *draw_number(uint64_t value, char *buf);
/* 1.284 510 */
char *draw_seconds(uint64_t ns, char *buf);

int draw_right(struct canvas *canvas, enum font_face face, int right, int y, uint32_t colour,
	       const char *text);

void paint_inspector(struct canvas *canvas, const struct view_layout *layout,
		     const struct view_model *model, const struct view_ui *ui);
void paint_curves(struct canvas *canvas, const struct view_layout *layout,
		  const struct view_model *model);
void paint_sign(struct canvas *canvas, const struct view_layout *layout,
		const struct view_model *model);
void paint_strips(struct canvas *canvas, const struct view_layout *layout,
		  const struct view_model *model);
void paint_swap(struct canvas *canvas, const struct view_layout *layout,
		const struct view_model *model);

#endif
