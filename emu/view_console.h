/*
 * The last lines of what the guest wrote, for a pane of the view.  A line printer rather than a
 * terminal: newline, return, backspace and tab are obeyed, escape sequences are left out.
 */
#ifndef EMU_VIEW_CONSOLE_H
#define EMU_VIEW_CONSOLE_H

#include <stddef.h>

#define CONSOLE_LINES 128 /* power of two */
#define CONSOLE_BYTES 256 /* of a line; longer ones wrap */

struct view_console {
	char line[CONSOLE_LINES][CONSOLE_BYTES]; /* line n at n % CONSOLE_LINES, NUL-terminated */
	unsigned long lines;			 /* lines begun before the current one */
	unsigned column;
	enum { CONSOLE_TEXT, CONSOLE_ESCAPE, CONSOLE_CSI, CONSOLE_OSC } state;
};

void view_console_write(struct view_console *console, const void *bytes, size_t count);

/* The line `back` before the current one (0: the current one), or NULL. */
const char *view_console_line(const struct view_console *console, unsigned long back);

#endif
