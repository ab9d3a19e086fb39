/*
 * What view_tty.c (the terminal: sizes, colours, bytes) and view_tty_paint.c (the picture) share.
 */
#ifndef EMU_VIEW_TTY_PRIVATE_H
#define EMU_VIEW_TTY_PRIVATE_H

#include "emu/view_tty.h"

enum depth { DEPTH_NONE, DEPTH_16, DEPTH_256, DEPTH_24 };

/* One place on the screen. */
struct spot {
	uint16_t code; /* Unicode; 0x2580 is the upper half block */
	uint32_t fore, back;
};

struct view_tty {
	int fd;
	enum depth depth;
	bool unicode;
	bool takes[3]; /* descriptors that are this terminal */
	int columns, rows;
	struct spot *now, *shown; /* columns x rows each */
	char *out;		  /* bytes to be written */
	size_t out_bytes, out_capacity;
	char *kept; /* the program's output, for the end */
	size_t kept_bytes, kept_capacity;
};

/* The size the terminal has now; false: out of memory. */
bool tty_resize(struct view_tty *tty);
void tty_clear(struct view_tty *tty);

/* Text from a column on, which may lie left of the screen, up to `end`: the column behind it. */
int tty_put(struct view_tty *tty, int row, int column, int end, uint32_t fore, uint32_t back,
	    const char *text);

/* Send what differs from what is on the screen. */
void tty_update(struct view_tty *tty);

#endif
