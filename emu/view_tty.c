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

static bool resize(struct view_tty *tty)
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

static void clear(struct view_tty *tty)
{
	for (int i = 0; i < tty->columns * tty->rows; i++)
		tty->now[i] = (struct spot){ ' ', INK, VIEW_BACK };
}

/* Text at a place; clipped at `end`.  Returns the column after it. */
static int put(struct view_tty *tty, int row, int column, int end, uint32_t fore, uint32_t back,
	       const char *text)
{
	if (row < 0 || row >= tty->rows)
		return column;
	for (; *text && column < end && column < tty->columns; text++) {
		unsigned char c = (unsigned char)*text;
		if ((c & 0xc0) == 0x80)
			continue; /* the rest of a character that is shown as one mark */
		tty->now[row * tty->columns + column++] =
			(struct spot){ c < ' ' || c >= 0x7f ? '?' : c, fore, back };
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
static void update(struct view_tty *tty)
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
	if (!resize(tty)) {
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

/* ---- the picture ---- */

struct tty_grid {
	int row, columns, lines;		  /* on the screen; lines of characters */
	unsigned frames_per_cell, cells_per_line; /* cells in one line of characters: 1 or 2 rows */
};

static struct tty_grid fit_grid(const struct view_tty *tty, uint64_t nframes, int room)
{
	struct tty_grid grid = { .row = 2 };
	unsigned rows = tty->unicode && tty->depth != DEPTH_NONE ? 2 : 1;
	grid.columns = tty->columns - 2;
	if (grid.columns > 16)
		grid.columns -= grid.columns % 16;
	if (grid.columns < 1)
		grid.columns = 1;
	grid.cells_per_line = (unsigned)grid.columns * rows;
	for (grid.frames_per_cell = 1;; grid.frames_per_cell *= 2) {
		uint64_t cells = (nframes + grid.frames_per_cell - 1) / grid.frames_per_cell;
		uint64_t lines = (cells + grid.cells_per_line - 1) / grid.cells_per_line;
		if (lines <= (uint64_t)(room > 1 ? room : 1)) {
			grid.lines = (int)lines;
			return grid;
		}
	}
}

static uint32_t spot_colour(const struct view_model *model, const struct view_frame *frame)
{
	uint64_t age = model->now_ns - frame->flash_ns;
	if (frame->flash && age <= VIEW_FLASH_NS)
		return frame->flash == FLASH_EVICT  ? VIEW_EVICT
		       : frame->flash == FLASH_COPY ? VIEW_COPY
						    : VIEW_FILL;
	return view_cell_colour(frame->kind, frame->heat);
}

static char spot_letter(const struct view_frame *frame)
{
	static const char letters[VIEW_KINDS] = {
		[VIEW_FREE] = '.',  [VIEW_RESERVED] = '-', [VIEW_KERNEL] = 'k', [VIEW_TABLE] = 't',
		[VIEW_TEXT] = 'x',  [VIEW_FILE] = 'f',	   [VIEW_CACHE] = 'c',	[VIEW_HEAP] = 'h',
		[VIEW_STACK] = 's', [VIEW_SHM] = 'm',	   [VIEW_SHARED] = '+',
	};
	char letter = letters[frame->kind];
	if (frame->kind == VIEW_SHARED && frame->sharers < 10)
		return (char)('0' + frame->sharers);
	return frame->dirty && letter >= 'a' ? (char)(letter - 32) : letter;
}

static void paint_grid(struct view_tty *tty, const struct view_model *model,
		       const struct tty_grid *grid)
{
	struct view_layout cells = { .frames_per_cell = grid->frames_per_cell };
	unsigned lower = grid->cells_per_line > (unsigned)grid->columns;
	for (int line = 0; line < grid->lines && grid->row + line < tty->rows; line++) {
		for (int column = 0; column < grid->columns; column++) {
			uint64_t cell = (uint64_t)line * grid->cells_per_line + (uint64_t)column;
			uint64_t f = cell * grid->frames_per_cell;
			uint64_t g = (cell + (uint64_t)grid->columns) * grid->frames_per_cell;
			struct spot *spot =
				&tty->now[(grid->row + line) * tty->columns + 1 + column];
			if (f >= model->nframes)
				return;
			const struct view_frame *upper =
				&model->frame[view_cell_frame(model, &cells, f)];
			*spot = (struct spot){ ' ', INK, spot_colour(model, upper) };
			if (tty->depth == DEPTH_NONE)
				*spot = (struct spot){ (uint16_t)spot_letter(upper), INK,
						       VIEW_BACK };
			else if (lower && g < model->nframes)
				*spot = (struct spot){
					0x2580, spot->back,
					spot_colour(
						model,
						&model->frame[view_cell_frame(model, &cells, g)])
				};
			else if (lower)
				*spot = (struct spot){ 0x2580, spot->back, VIEW_BACK };
		}
	}
}

static void paint_header(struct view_tty *tty, const struct view_model *model,
			 const struct view_ui *ui, const struct tty_grid *grid)
{
	char text[256], a[32], b[32];
	const char *state = ui->state == RUN_ENDED	? "ended"
			    : ui->state == RUN_PAUSED	? "paused"
			    : ui->state == RUN_AT_FAULT ? "stopped at a page fault"
							: "";
	for (int i = 0; i < tty->columns; i++)
		tty->now[i] = (struct spot){ ' ', INK, BAR };
	int column = put(tty, 0, 1, tty->columns, INK, BAR, "faultline  ");
	column = put(tty, 0, column, tty->columns, INK_SOFT, BAR, model->title);
	snprintf(text, sizeof text, "  %s", state);
	column = put(tty, 0, column, tty->columns, ORANGE, BAR, text);
	snprintf(text, sizeof text, "t %s s  %s insns ", draw_seconds(model->now_ns, a),
		 draw_number(model->insns, b));
	if (tty->columns - (int)strlen(text) > column)
		put(tty, 0, tty->columns - (int)strlen(text), tty->columns, INK_SOFT, BAR, text);
	snprintf(
		text, sizeof text,
		"%s frames, %u to a mark    Ctrl-A then: space pause  n next fault  + - speed  x quit",
		draw_number(model->nframes, a), grid->frames_per_cell);
	put(tty, 1, 1, tty->columns, INK_DIM, VIEW_BACK, text);
}

static int paint_legend(struct view_tty *tty, const struct view_model *model, int row)
{
	static const struct view_frame none;
	char text[64], count[32];
	int column = 1;
	for (unsigned kind = 0; kind < VIEW_KINDS; kind++) {
		struct view_frame frame = none;
		frame.kind = (uint8_t)kind;
		frame.sharers = 10;
		if (!model->count[kind])
			continue;
		snprintf(text, sizeof text, " %s %s  ", view_kind_name(kind),
			 draw_number(model->count[kind], count));
		if (column + 2 + (int)strlen(text) > tty->columns) {
			row++;
			column = 1;
		}
		char mark[3] = "  ";
		if (tty->depth == DEPTH_NONE)
			mark[0] = spot_letter(&frame);
		column = put(tty, row, column, tty->columns, INK, view_palette[kind], mark);
		column = put(tty, row, column, tty->columns, INK_SOFT, VIEW_BACK, text);
	}
	return row + 1;
}

static uint64_t rate(uint64_t count, const struct view_bin *bin)
{
	return bin->time_ns ? count * 1000000000 / bin->time_ns : 0;
}

static void paint_rates(struct view_tty *tty, const struct view_model *model, int row)
{
	const struct view_bin *r = &model->recent;
	char text[256];
	snprintf(text, sizeof text,
		 "faults/s: %" PRIu64 " major %" PRIu64 " minor   evictions/s: %" PRIu64
		 " clean %" PRIu64 " dirty   disk wait %" PRIu64 " %%",
		 rate(r->major, r), rate(r->minor, r), rate(r->evicted_clean, r),
		 rate(r->evicted_dirty, r), r->time_ns ? r->wait_ns * 100 / r->time_ns : 0);
	int column = put(tty, row, 1, tty->columns, INK, VIEW_BACK, text);
	if (model->thrashing)
		put(tty, row, column + 2, tty->columns, 0xffffff, 0xb02020, " THRASHING ");
}

static uint64_t fault_rate(const struct view_bin *bin)
{
	return rate(bin->major + bin->minor, bin);
}

/* The fault curve in eighths of a character's height. */
static void paint_spark(struct view_tty *tty, const struct view_model *model, int row)
{
	uint64_t (*const value[])(const struct view_bin *) = { fault_rate };
	uint64_t top = view_model_edge(model, value, 1);
	int width = tty->columns - 2;
	if (!tty->unicode)
		return;
	for (int x = 0; x < width && model->nbins; x++) {
		unsigned bin = (unsigned)((uint64_t)(unsigned)x * model->nbins / (unsigned)width);
		const struct view_bin *b = &model->bin[bin];
		unsigned eighths = (unsigned)((fault_rate(b) * 7 + top - 1) / top);
		if (eighths > 8)
			eighths = 8;
		tty->now[row * tty->columns + 1 + x] =
			(struct spot){ (uint16_t)(eighths ? 0x2580 + eighths : ' '),
				       b->major > b->minor ? ORANGE : BLUE, VIEW_BACK };
	}
}

static void paint_events(struct view_tty *tty, const struct view_model *model, int row, int end)
{
	char text[320], time[32];
	for (uint64_t n = model->nevents; n > 0 && row < end; n--, row++) {
		const struct view_event *event = view_model_event(model, n - 1);
		if (!event)
			break;
		int column = put(tty, row, 1, tty->columns, INK_DIM, VIEW_BACK,
				 draw_seconds(event->time_ns, time));
		view_model_event_text(event, text, sizeof text);
		put(tty, row, column + 2, tty->columns,
		    event->kind == VIEW_EVENT_EVICT	     ? VIEW_EVICT
		    : event->record.flags & FAULT_FLAG_MAJOR ? VIEW_FILL
							     : INK_SOFT,
		    VIEW_BACK, text);
	}
}

static void paint_pane(struct view_tty *tty, const struct view_console *console, int row)
{
	for (int c = 0; c < tty->columns; c++)
		tty->now[row * tty->columns + c] =
			(struct spot){ tty->unicode ? 0x2500 : '-', INK_DIM, VIEW_BACK };
	put(tty, row, 2, tty->columns, INK_DIM, VIEW_BACK, " program ");
	unsigned long back = console->column == 0;
	for (int y = tty->rows - 1; y > row; y--) {
		const char *line = view_console_line(console, back++);
		if (!line)
			break;
		put(tty, y, 1, tty->columns, INK, VIEW_BACK, line);
	}
}

void view_tty_show(struct view_tty *tty, const struct view_model *model, const struct view_ui *ui,
		   const struct view_console *console)
{
	if (!resize(tty))
		return;
	clear(tty);
	int pane = tty->takes[1] || tty->takes[2] ? (tty->rows >= 40 ? 10 : tty->rows / 4) : 0;
	int events = tty->rows >= 30 ? 6 : tty->rows >= 20 ? 3 : 1;
	struct tty_grid grid = fit_grid(tty, model->nframes, tty->rows - 2 - pane - events - 5);
	paint_header(tty, model, ui, &grid);
	paint_grid(tty, model, &grid);
	int row = paint_legend(tty, model, grid.row + grid.lines);
	if (row + 1 < tty->rows - pane) {
		paint_rates(tty, model, row);
		paint_spark(tty, model, row + 1);
	}
	paint_events(tty, model, row + 2, tty->rows - pane);
	if (pane)
		paint_pane(tty, console, tty->rows - pane);
	update(tty);
}
