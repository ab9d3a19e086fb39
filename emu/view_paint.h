/*
 * The picture: the model drawn into pixels.  The window and --shot call the same function, so they
 * show the same.  Knows no SDL and no file.
 */
#ifndef EMU_VIEW_PAINT_H
#define EMU_VIEW_PAINT_H

#include "emu/font.h"
#include "emu/view_console.h"
#include "emu/view_layout.h"
#include "emu/view_model.h"

enum view_run_state { RUN_RUNNING, RUN_PAUSED, RUN_AT_FAULT, RUN_ENDED };

/* What a face adds to the model: how the user looks at it. */
struct view_ui {
	enum view_run_state state;
	int slower;	      /* 0: full speed; n: virtual time runs at 1/2^(n-1) of the host's */
	int mouse_x, mouse_y; /* -1: no pointer */
	uint64_t pinned;      /* frame that the inspector keeps, VIEW_NO_FRAME: none */
	bool help;
	int exit_code;	   /* RUN_ENDED */
	char message[160]; /* shown in the header for a while, "" none */
};

/*
 * Colours.  Of a cell: colour_mix(VIEW_BACK, view_palette[kind], view_brightness[heat]); free and
 * reserved frames do not fade.  A cell of 8 pixels or more has its class colour in its second
 * ring of pixels (one in from the edge); flashes lie outside it, the mark of a dirty frame inside.
 */
#define VIEW_BACK  0x14171c
#define VIEW_FILL  0x7ee787 /* just filled */
#define VIEW_EVICT 0xff5c5c /* just evicted */
#define VIEW_COPY  0xf0a6d8 /* copied on write */
extern const uint32_t view_palette[VIEW_KINDS];
extern const uint8_t view_brightness[VIEW_HEAT_MAX + 1];
uint32_t view_cell_colour(enum view_kind kind, unsigned heat);

/* The frame that a cell of several stands for: the hottest of its most frequent kind. */
uint64_t view_cell_frame(const struct view_model *model, const struct view_layout *layout,
			 uint64_t first);

void view_paint(struct canvas *canvas, const struct view_layout *layout,
		const struct view_model *model, const struct view_ui *ui,
		const struct view_console *console);

/* What the pointer or the pin or the last event puts into the inspector. */
uint64_t view_inspected(const struct view_layout *layout, const struct view_model *model,
			const struct view_ui *ui);

#endif
