/*
 * A window on the host's screen, by SDL2: shows a canvas, and tells what the user does in it.
 * window.c is the only file that knows SDL.
 */
#ifndef EMU_WINDOW_H
#define EMU_WINDOW_H

#include <stdbool.h>

#include "emu/font.h"

struct window;

enum window_action {
	WINDOW_NOTHING,
	WINDOW_KEY,    /* key: the character typed, 27 for Escape */
	WINDOW_MOVE,   /* x, y: the pointer; -1 when it left */
	WINDOW_CLICK,  /* x, y */
	WINDOW_RESIZE, /* width, height: make a canvas of that size and show it */
	WINDOW_EXPOSE, /* show again */
	WINDOW_CLOSE
};

struct window_input {
	enum window_action action;
	int key, x, y, width, height;
};

/* NULL with a line in error[]: no display, for instance. */
struct window *window_open(const char *title, int width, int height, int min_width, int min_height,
			   char *error, unsigned error_bytes);
void window_close(struct window *window);

/* The canvas must have the window's size. */
void window_show(struct window *window, const struct canvas *canvas);

/* The next thing the user did; waits at most wait_ms for it. */
struct window_input window_poll(struct window *window, int wait_ms);

#endif
