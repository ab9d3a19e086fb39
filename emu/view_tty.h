/*
 * The view in a terminal: the frame map in half blocks, two frames a character, what happened and
 * why below it, and the program's output in a pane of its own.
 *
 * Colours are what the terminal has: 24 bits (COLORTERM), 256 or 16 (TERM), or none when NO_COLOR
 * is set, when frames become letters.  It draws on standard output if that is a terminal, else on
 * /dev/tty, and then the program's output goes its own way.
 */
#ifndef EMU_VIEW_TTY_H
#define EMU_VIEW_TTY_H

#include <stdbool.h>
#include <stddef.h>

#include "emu/view_paint.h"

struct view_tty;

/* NULL with a line in error[] when there is no terminal. */
struct view_tty *view_tty_open(char *error, unsigned error_bytes);

/* Gives the screen back, leaves the last picture on it, and below it the output that went into the
 * pane (its last megabytes, if it was more). */
void view_tty_close(struct view_tty *tty);

void view_tty_show(struct view_tty *tty, const struct view_model *model, const struct view_ui *ui,
		   const struct view_console *console);

/* Output for the descriptor goes to the pane: it is this terminal.  Keeps the bytes for the end. */
bool view_tty_takes(struct view_tty *tty, unsigned descriptor, const void *bytes, size_t count);

#endif
