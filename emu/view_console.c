#include "emu/view_console.h"

#include <string.h>

static void newline(struct view_console *console)
{
	console->lines++;
	console->column = 0;
	console->line[console->lines % CONSOLE_LINES][0] = 0;
}

static void put(struct view_console *console, unsigned char c)
{
	if (console->column >= CONSOLE_BYTES - 1)
		newline(console);
	char *line = console->line[console->lines % CONSOLE_LINES];
	size_t length = strlen(line);
	if (console->column >= length)
		line[console->column + 1] = 0;
	line[console->column++] = (char)c;
}

static void text(struct view_console *console, unsigned char c)
{
	switch (c) {
	case '\n':
		newline(console);
		break;
	case '\r':
		console->column = 0;
		break;
	case '\b':
		if (console->column)
			console->column--;
		break;
	case '\t':
		do
			put(console, ' ');
		while (console->column % 8 && console->column < CONSOLE_BYTES - 1);
		break;
	case 033:
		console->state = CONSOLE_ESCAPE;
		break;
	default:
		if (c >= ' ' && c != 0x7f)
			put(console, c);
	}
}

void view_console_write(struct view_console *console, const void *bytes, size_t count)
{
	const unsigned char *p = bytes;
	for (; count--; p++) {
		switch (console->state) {
		case CONSOLE_TEXT:
			text(console, *p);
			break;
		case CONSOLE_ESCAPE:
			console->state = *p == '['   ? CONSOLE_CSI
					 : *p == ']' ? CONSOLE_OSC
						     : CONSOLE_TEXT;
			break;
		case CONSOLE_CSI:
			if (*p >= 0x40 && *p <= 0x7e)
				console->state = CONSOLE_TEXT;
			break;
		case CONSOLE_OSC:
			if (*p == 007 || *p == '\\')
				console->state = CONSOLE_TEXT;
			break;
		}
	}
}

const char *view_console_line(const struct view_console *console, unsigned long back)
{
	if (back > console->lines || back >= CONSOLE_LINES)
		return NULL;
	return console->line[(console->lines - back) % CONSOLE_LINES];
}
