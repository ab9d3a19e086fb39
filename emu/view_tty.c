#include "emu/view_tty.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "emu/view_draw.h"
#include "emu/view_tty_private.h"

#define KEPT_MOST (8u << 20) /* of the program's output; then the older half goes */

#define NOT_SHOWN 0xffffffffu /* a colour that nothing has */

/* ---- bytes to the terminal ---- */

static bool append(char **buf, size_t *bytes, size_t *capacity, const void *data, size_t count)
{
	if (*bytes + count > *capacity) {
		size_t grown = (*bytes + count) * 2 + 4096;
		char *p = realloc(*buf, grown);
		if (!p)
			return false;
		*buf = p;
		*capacity = grown;
	}
	memcpy(*buf + *bytes, data, count);
	*bytes += count;
	return true;
}

__attribute__((format(printf, 2, 3))) static void emit(struct view_tty *tty, const char *format,
						       ...)
{
	char text[128];
	va_list args;
	va_start(args, format);
	int n = vsnprintf(text, sizeof text, format, args);
	va_end(args);
	append(&tty->out, &tty->out_bytes, &tty->out_capacity, text, (size_t)n);
}

static void write_all(int fd, const char *bytes, size_t count)
{
	while (count) {
		ssize_t n = write(fd, bytes, count);
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return; /* the terminal is gone: so is whoever would read a message */
		bytes += n;
		count -= (size_t)n;
	}
}

static void flush(struct view_tty *tty)
{
	write_all(tty->fd, tty->out, tty->out_bytes);
	tty->out_bytes = 0;
}

/* ---- colours ---- */

static unsigned level6(unsigned c)
{
	return c < 48 ? 0 : c < 115 ? 1 : (c - 35) / 40;
}

static unsigned nearest_256(uint32_t colour)
{
	unsigned r = colour >> 16 & 255, g = colour >> 8 & 255, b = colour & 255;
	unsigned most = r > g ? r : g, least = r < g ? r : g;
	most = most > b ? most : b;
	least = least < b ? least : b;
	if (most - least < 18) {
		unsigned grey = (r + g + b) / 3;
		return grey < 8 ? 16 : grey > 238 ? 231 : 232 + (grey - 8) / 10;
	}
	return 16 + 36 * level6(r) + 6 * level6(g) + level6(b);
}

static unsigned nearest_16(uint32_t colour)
{
	static const uint32_t vga[16] = { 0x000000, 0xaa0000, 0x00aa00, 0xaa5500,
					  0x0000aa, 0xaa00aa, 0x00aaaa, 0xaaaaaa,
					  0x555555, 0xff5555, 0x55ff55, 0xffff55,
					  0x5555ff, 0xff55ff, 0x55ffff, 0xffffff };
	unsigned best = 0;
	long least = -1;
	for (unsigned i = 0; i < 16; i++) {
		long distance = 0;
		for (unsigned shift = 0; shift < 24; shift += 8) {
			long d = (long)(vga[i] >> shift & 255) - (long)(colour >> shift & 255);
			distance += d * d;
		}
		if (least < 0 || distance < least) {
			least = distance;
			best = i;
		}
	}
	return best;
}

static void emit_colour(struct view_tty *tty, uint32_t colour, bool back)
{
	unsigned n;
	switch (tty->depth) {
	case DEPTH_NONE:
		break;
	case DEPTH_16:
		n = nearest_16(colour);
		emit(tty, "\033[%um", (n < 8 ? 30 : 90 - 8) + n + (back ? 10 : 0));
		break;
	case DEPTH_256:
		emit(tty, "\033[%u;5;%um", back ? 48 : 38, nearest_256(colour));
		break;
	case DEPTH_24:
		emit(tty, "\033[%u;2;%u;%u;%um", back ? 48 : 38, colour >> 16 & 255,
		     colour >> 8 & 255, colour & 255);
		break;
	}
}

static enum depth find_depth(void)
{
	const char *none = getenv("NO_COLOR"), *colour = getenv("COLORTERM"),
		   *term = getenv("TERM");
	if ((none && *none) || !term || !strcmp(term, "dumb"))
		return DEPTH_NONE;
	if (colour && (!strcmp(colour, "truecolor") || !strcmp(colour, "24bit")))
		return DEPTH_24;
	return strstr(term, "256color") ? DEPTH_256 : DEPTH_16;
}

static bool find_unicode(void)
{
	static const char *const names[] = { "LC_ALL", "LC_CTYPE", "LANG" };
	for (unsigned i = 0; i < 3; i++) {
		const char *value = getenv(names[i]);
		if (value && *value)
			return strstr(value, "UTF-8") || strstr(value, "utf8") ||
			       strstr(value, "UTF8");
	}
	return false;
}

/* ---- the screen ---- */

bool tty_resize(struct view_tty *tty)
{
	struct winsize size;
	int columns = 80, rows = 24;
	if (!ioctl(tty->fd, TIOCGWINSZ, &size) && size.ws_col && size.ws_row) {
		columns = size.ws_col;
		rows = size.ws_row;
	}
	if (columns == tty->columns && rows == tty->rows)
		return true;
	size_t spots = (size_t)columns * (size_t)rows;
	struct spot *now = malloc(spots * sizeof *now), *shown = malloc(spots * sizeof *shown);
	if (!now || !shown) {
		free(now);
		free(shown);
		return tty->now != NULL;
	}
	free(tty->now);
	free(tty->shown);
	tty->now = now;
	tty->shown = shown;
	tty->columns = columns;
	tty->rows = rows;
	for (size_t i = 0; i < spots; i++)
		shown[i].fore = NOT_SHOWN;
	emit(tty, "\033[0m\033[2J");
	return true;
}

void tty_clear(struct view_tty *tty)
{
	for (int i = 0; i < tty->columns * tty->rows; i++)
		tty->now[i] = (struct spot){ ' ', INK, VIEW_BACK };
}

int tty_put(struct view_tty *tty, int row, int column, int end, uint32_t fore, uint32_t back,
	    const char *text)
{
	if (row < 0 || row >= tty->rows)
		return column;
	for (; *text && column < end && column < tty->columns; text++) {
		unsigned char c = (unsigned char)*text;
		if ((c & 0xc0) == 0x80)
			continue; /* the rest of a character that is shown as one mark */
		if (column >= 0)
			tty->now[row * tty->columns + column] =
				(struct spot){ c < ' ' || c >= 0x7f ? '?' : c, fore, back };
		column++;
	}
	return column;
}

static void emit_code(struct view_tty *tty, unsigned code)
{
	if (code < 0x80)
		emit(tty, "%c", (char)code);
	else
		emit(tty, "%c%c%c", (char)(0xe0 | code >> 12), (char)(0x80 | (code >> 6 & 63)),
		     (char)(0x80 | (code & 63)));
}

/* Only what changed since the last time. */
void tty_update(struct view_tty *tty)
{
	uint32_t fore = NOT_SHOWN, back = NOT_SHOWN;
	int at = -1;
	for (int i = 0; i < tty->columns * tty->rows; i++) {
		const struct spot *spot = &tty->now[i];
		if (!memcmp(spot, &tty->shown[i], sizeof *spot))
			continue;
		if (at != i)
			emit(tty, "\033[%d;%dH", i / tty->columns + 1, i % tty->columns + 1);
		if (spot->fore != fore)
			emit_colour(tty, fore = spot->fore, false);
		if (spot->back != back)
			emit_colour(tty, back = spot->back, true);
		emit_code(tty, spot->code);
		at = (i + 1) % tty->columns ? i + 1 : -1;
	}
	memcpy(tty->shown, tty->now, (size_t)tty->columns * (size_t)tty->rows * sizeof *tty->now);
	emit(tty, "\033[0m");
	flush(tty);
}

struct view_tty *view_tty_open(char *error, unsigned error_bytes)
{
	struct view_tty *tty = calloc(1, sizeof *tty);
	if (!tty)
		return NULL;
	bool out = isatty(1);
	tty->fd = out ? fcntl(1, F_DUPFD_CLOEXEC, 3) : open("/dev/tty", O_WRONLY | O_CLOEXEC);
	if (tty->fd < 0) {
		snprintf(error, error_bytes, "--view tty: there is no terminal");
		free(tty);
		return NULL;
	}
	tty->takes[1] = out;
	tty->takes[2] = isatty(2);
	tty->depth = find_depth();
	tty->unicode = find_unicode();
	emit(tty, "\033[?1049h\033[?25l");
	if (!tty_resize(tty)) {
		snprintf(error, error_bytes, "out of memory");
		view_tty_close(tty);
		return NULL;
	}
	return tty;
}

/* The last picture, line by line, on the screen that scrolls. */
static void leave_picture(struct view_tty *tty)
{
	int last = tty->rows - 1;
	for (bool blank = true; blank && last > 0; last -= blank) {
		for (int c = 0; blank && c < tty->columns; c++)
			blank = tty->now[last * tty->columns + c].code == ' ';
	}
	for (int row = 0; row <= last; row++) {
		uint32_t fore = NOT_SHOWN, back = NOT_SHOWN;
		for (int column = 0; column < tty->columns; column++) {
			const struct spot *spot = &tty->now[row * tty->columns + column];
			if (spot->fore != fore)
				emit_colour(tty, fore = spot->fore, false);
			if (spot->back != back)
				emit_colour(tty, back = spot->back, true);
			emit_code(tty, spot->code);
		}
		emit(tty, "\033[0m\r\n");
	}
}

void view_tty_close(struct view_tty *tty)
{
	if (!tty)
		return;
	emit(tty, "\033[0m\033[?25h\033[?1049l");
	if (tty->now)
		leave_picture(tty);
	flush(tty);
	write_all(tty->fd, tty->kept, tty->kept_bytes);
	close(tty->fd);
	free(tty->now);
	free(tty->shown);
	free(tty->out);
	free(tty->kept);
	free(tty);
}

bool view_tty_takes(struct view_tty *tty, unsigned descriptor, const void *bytes, size_t count)
{
	if (descriptor > 2 || !tty->takes[descriptor])
		return false;
	if (tty->kept_bytes > KEPT_MOST) {
		const char *from =
			memchr(tty->kept + KEPT_MOST / 2, '\n', tty->kept_bytes - KEPT_MOST / 2);
		from = from ? from + 1 : tty->kept + KEPT_MOST / 2;
		tty->kept_bytes -= (size_t)(from - tty->kept);
		memmove(tty->kept, from, tty->kept_bytes);
	}
	return append(&tty->kept, &tty->kept_bytes, &tty->kept_capacity, bytes, count);
}
