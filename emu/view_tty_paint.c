/* The terminal face: what stands where. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/view_draw.h"
#include "emu/view_tty_private.h"

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
	switch (view_frame_flash(model, frame)) {
	case FLASH_EVICT:
		return VIEW_EVICT;
	case FLASH_COPY:
		return VIEW_COPY;
	case FLASH_FILL:
		return VIEW_FILL;
	case FLASH_NONE:
		break;
	}
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

static const char keys[] = "Ctrl-A and space pause  n next fault  h help  x quit  ";
static const char thrashing[] = " THRASHING ";

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
	int column = tty_put(tty, 0, 1, tty->columns, INK, BAR, "faultline  ");
	column = tty_put(tty, 0, column, tty->columns, INK_SOFT, BAR, model->title);
	snprintf(text, sizeof text, "  %s", state);
	column = tty_put(tty, 0, column, tty->columns, ORANGE, BAR, text);
	snprintf(text, sizeof text, "t %s s  %s insns ", draw_seconds(model->now_ns, a),
		 draw_number(model->insns, b));
	if (tty->columns - (int)strlen(text) > column)
		tty_put(tty, 0, tty->columns - (int)strlen(text), tty->columns, INK_SOFT, BAR,
			text);
	if (ui->message[0]) {
		tty_put(tty, 1, 1, tty->columns, INK, VIEW_BACK, ui->message);
		return;
	}
	snprintf(text, sizeof text, "%s frames, %u to a mark    ", draw_number(model->nframes, a),
		 grid->frames_per_cell);
	column = tty_put(tty, 1, 1, tty->columns, INK_DIM, VIEW_BACK, text);
	bool room = column + (int)sizeof keys - 1 <= tty->columns - (int)sizeof thrashing;
	column = tty_put(tty, 1, column, tty->columns, INK_DIM, VIEW_BACK,
			 room ? keys : "Ctrl-A h help  ");
	if (!model->thrashing)
		return;
	if (column + (int)sizeof thrashing > tty->columns)
		column = tty->columns - (int)sizeof thrashing + 1;
	tty_put(tty, 1, column, tty->columns, 0xffffff, 0xb02020, thrashing);
}

/* The keys, over the map. */
static void paint_help(struct view_tty *tty)
{
	static const char *const lines[] = {
		" Ctrl-A and then:",
		"   space  stop, and go on",
		"   n      on to the next page fault",
		"   + -    faster, slower",
		"   p      save picture and frame table",
		"   s      a status line",
		"   b a    send a break, a Ctrl-A",
		"   h x    this help, the end",
	};
	unsigned n = sizeof lines / sizeof lines[0];

	for (unsigned i = 0; i < n && 2 + (int)i < tty->rows; i++) {
		int row = 2 + (int)i;

		for (int c = 0; c < tty->columns; c++)
			tty->now[row * tty->columns + c] = (struct spot){ ' ', INK, BAR };
		tty_put(tty, row, 1, tty->columns, INK, BAR, lines[i]);
	}
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
		column = tty_put(tty, row, column, tty->columns, INK, view_palette[kind], mark);
		column = tty_put(tty, row, column, tty->columns, INK_SOFT, VIEW_BACK, text);
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
		 "faults/s: major %" PRIu64 ", minor %" PRIu64 "   evictions/s: clean %" PRIu64
		 ", dirty %" PRIu64 "   disk wait %" PRIu64 " %%",
		 rate(r->major, r), rate(r->minor, r), rate(r->evicted_clean, r),
		 rate(r->evicted_dirty, r), r->time_ns ? r->wait_ns * 100 / r->time_ns : 0);
	tty_put(tty, row, 1, tty->columns, INK, VIEW_BACK, text);
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
		int column = tty_put(tty, row, 1, tty->columns, INK_DIM, VIEW_BACK,
				     draw_seconds(event->time_ns, time));
		view_model_event_text(event, text, sizeof text);
		tty_put(tty, row, column + 2, tty->columns,
			event->kind == VIEW_EVENT_EVICT		 ? VIEW_EVICT
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
	tty_put(tty, row, 2, tty->columns, INK_DIM, VIEW_BACK, " program ");
	unsigned long back = console->column == 0;
	for (int y = tty->rows - 1; y > row; y--) {
		const char *line = view_console_line(console, back++);
		if (!line)
			break;
		tty_put(tty, y, 1, tty->columns, INK, VIEW_BACK, line);
	}
}

void view_tty_show(struct view_tty *tty, const struct view_model *model, const struct view_ui *ui,
		   const struct view_console *console)
{
	if (!tty_resize(tty))
		return;
	tty_clear(tty);
	if (tty->columns < 4 || tty->rows < 3) {
		tty_update(tty);
		return;
	}
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
	if (ui->help)
		paint_help(tty);
	tty_update(tty);
}
