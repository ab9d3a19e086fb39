#include "emu/view_paint.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/faultlog.h"
#include "emu/view_draw.h"

/* Okabe and Ito's colours, which the colour-blind can tell apart. */
const uint32_t view_palette[VIEW_KINDS] = {
	[VIEW_FREE] = 0x262b33,	 [VIEW_RESERVED] = 0x3c4049, [VIEW_KERNEL] = 0x9a9da6,
	[VIEW_TABLE] = 0xf0e442, [VIEW_TEXT] = 0x0072b2,     [VIEW_FILE] = 0x56b4e9,
	[VIEW_CACHE] = 0x5e7f93, [VIEW_HEAP] = 0xe69f00,     [VIEW_STACK] = 0xd55e00,
	[VIEW_SHM] = 0xcc79a7,	 [VIEW_SHARED] = 0x009e73,
};

const uint8_t view_brightness[VIEW_HEAT_MAX + 1] = { 104, 118, 132, 146, 162, 178, 196, 218, 255 };

uint32_t view_cell_colour(enum view_kind kind, unsigned heat)
{
	if (kind == VIEW_FREE || kind == VIEW_RESERVED)
		return view_palette[kind];
	return colour_mix(VIEW_BACK, view_palette[kind], view_brightness[heat]);
}

/* ---- primitives ---- */

static bool clip(const struct canvas *canvas, int *x, int *y, int *width, int *height)
{
	if (*x < 0)
		*width += *x, *x = 0;
	if (*y < 0)
		*height += *y, *y = 0;
	if (*width > canvas->width - *x)
		*width = canvas->width - *x;
	if (*height > canvas->height - *y)
		*height = canvas->height - *y;
	return *width > 0 && *height > 0;
}

void draw_fill(struct canvas *canvas, int x, int y, int width, int height, uint32_t colour)
{
	if (!clip(canvas, &x, &y, &width, &height))
		return;
	for (int row = y; row < y + height; row++) {
		uint32_t *pixel = canvas->pixel + (long)row * canvas->width + x;
		for (int i = 0; i < width; i++)
			pixel[i] = colour;
	}
}

void draw_tint(struct canvas *canvas, int x, int y, int width, int height, uint32_t colour,
	       unsigned parts)
{
	if (!clip(canvas, &x, &y, &width, &height))
		return;
	for (int row = y; row < y + height; row++) {
		uint32_t *pixel = canvas->pixel + (long)row * canvas->width + x;
		for (int i = 0; i < width; i++)
			pixel[i] = colour_mix(pixel[i], colour, parts);
	}
}

void draw_ring(struct canvas *canvas, int x, int y, int width, int height, int thick,
	       uint32_t colour)
{
	draw_fill(canvas, x, y, width, thick, colour);
	draw_fill(canvas, x, y + height - thick, width, thick, colour);
	draw_fill(canvas, x, y + thick, thick, height - 2 * thick, colour);
	draw_fill(canvas, x + width - thick, y + thick, thick, height - 2 * thick, colour);
}

void draw_panel(struct canvas *canvas, const struct rect *rect, uint32_t fill, uint32_t edge)
{
	int x = rect->x, y = rect->y, w = rect->width, h = rect->height;
	draw_fill(canvas, x + 2, y, w - 4, h, edge);
	draw_fill(canvas, x + 1, y + 1, w - 2, h - 2, edge);
	draw_fill(canvas, x, y + 2, w, h - 4, edge);
	draw_fill(canvas, x + 2, y + 1, w - 4, h - 2, fill);
	draw_fill(canvas, x + 1, y + 2, w - 2, h - 4, fill);
}

char *draw_number(uint64_t value, char *buf)
{
	char digits[24];
	int n = snprintf(digits, sizeof digits, "%" PRIu64, value), out = 0;
	for (int i = 0; i < n; i++) {
		if (i && (n - i) % 3 == 0)
			buf[out++] = ' ';
		buf[out++] = digits[i];
	}
	buf[out] = 0;
	return buf;
}

char *draw_seconds(uint64_t ns, char *buf)
{
	uint64_t us = ns / 1000;
	snprintf(buf, 32, "%" PRIu64 ".%03" PRIu64 " %03" PRIu64, us / 1000000, us / 1000 % 1000,
		 us % 1000);
	return buf;
}

int draw_right(struct canvas *canvas, enum font_face face, int right, int y, uint32_t colour,
	       const char *text)
{
	int x = right - font_width(face, text);
	font_draw(canvas, face, x, y, colour, text);
	return x;
}

/* ---- the frame map ---- */

uint64_t view_cell_frame(const struct view_model *model, const struct view_layout *layout,
			 uint64_t first)
{
	uint64_t end = first + layout->frames_per_cell, best = first;
	unsigned count[VIEW_KINDS] = { 0 };
	if (end > model->nframes)
		end = model->nframes;
	for (uint64_t f = first; f < end; f++)
		count[model->frame[f].kind]++;
	for (uint64_t f = first + 1; f < end; f++) {
		const struct view_frame *a = &model->frame[f], *b = &model->frame[best];
		if (count[a->kind] > count[b->kind] ||
		    (count[a->kind] == count[b->kind] && a->heat > b->heat))
			best = f;
	}
	return best;
}

static uint32_t flash_colour(enum view_flash flash)
{
	return flash == FLASH_EVICT ? VIEW_EVICT : flash == FLASH_COPY ? VIEW_COPY : VIEW_FILL;
}

static void paint_cell(struct canvas *canvas, const struct view_frame *frame,
		       const struct rect *cell)
{
	uint32_t colour = view_cell_colour(frame->kind, frame->heat);
	int x = cell->x, y = cell->y, size = cell->width;
	draw_fill(canvas, x, y, size, size, colour);
	bool counted = frame->kind == VIEW_SHARED && size >= 10;
	if (frame->dirty && size >= 4) {
		int in = size >= 8 ? 2 : size >= 6 ? 1 : 0;
		uint32_t edge = colour_mix(colour, 0xfff3dc, 190);
		if (size >= 6)
			draw_ring(canvas, x + in, y + in, size - 2 * in, size - 2 * in,
				  size >= 18 ? 2 : 1, edge);
		else
			draw_fill(canvas, x + 1, y + 1, size - 2, size - 2, edge);
	}
	if (counted) {
		char digit[8] = "+";
		if (frame->sharers < 10)
			snprintf(digit, sizeof digit, "%u", (unsigned)frame->sharers);
		int width = font_width(FONT_TINY, digit);
		font_draw(canvas, FONT_TINY, x + (size - width + 1) / 2, y + (size - 11) / 2,
			  colour_mix(colour, 0x04140e, 215), digit);
	}
}

/* Flashes are painted after all cells, for they reach into the gaps. */
static void paint_flash(struct canvas *canvas, const struct view_model *model,
			const struct view_frame *frame, const struct rect *cell, int pitch)
{
	enum view_flash flash = view_frame_flash(model, frame);
	if (flash == FLASH_NONE)
		return;
	uint64_t age = model->now_ns - frame->flash_ns;
	unsigned parts = 255 - (unsigned)(age * 150 / VIEW_FLASH_NS);
	uint32_t colour = colour_mix(VIEW_BACK, flash_colour(flash), parts);
	int out = pitch > cell->width ? 1 : 0, size = cell->width + 2 * out;
	/* Small cells keep all their pixels: the ring lies in the gap. */
	draw_ring(canvas, cell->x - out, cell->y - out, size, size, cell->width >= 8 ? 2 : 1,
		  colour);
}

static void paint_grid(struct canvas *canvas, const struct view_layout *layout,
		       const struct view_model *model, const struct view_ui *ui)
{
	unsigned step = layout->frames_per_cell;
	for (uint64_t f = 0; f < model->nframes; f += step) {
		struct rect cell = view_layout_cell(layout, f);
		const struct view_frame *frame =
			&model->frame[step > 1 ? view_cell_frame(model, layout, f) : f];
		paint_cell(canvas, frame, &cell);
	}
	for (uint64_t f = 0; f < model->nframes; f++) {
		if (model->frame[f].flash) {
			struct rect cell = view_layout_cell(layout, f);
			paint_flash(canvas, model, &model->frame[f], &cell, layout->pitch);
		}
	}
	uint64_t shown = view_inspected(layout, model, ui);
	if (shown < model->nframes) {
		struct rect cell = view_layout_cell(layout, shown);
		/* In the gap, so that no cell loses a pixel; unless they are too small to tell. */
		int gap = layout->pitch - layout->cell, thick = layout->cell >= 6 ? gap : 2;
		int out = layout->cell >= 6 ? gap : 3;
		draw_ring(canvas, cell.x - out, cell.y - out, cell.width + 2 * out,
			  cell.height + 2 * out, thick, 0xffffff);
	}
	char text[96], count[32];
	int x = font_draw(canvas, FONT_BOLD, layout->grid.x, layout->grid.y - 24, INK,
			  "Physical frames");
	if (step > 1)
		snprintf(text, sizeof text, "%s frames of 4 KiB, %u to a cell",
			 draw_number(model->nframes, count), step);
	else
		snprintf(text, sizeof text, "%s frames of 4 KiB, a row is %u KiB",
			 draw_number(model->nframes, count), layout->columns * 4);
	x = font_draw(canvas, FONT_SANS, x + 10, layout->grid.y - 24, INK_DIM, text);
	if (layout->grid.width > 560)
		draw_right(canvas, FONT_SANS, layout->grid.x + layout->grid.width - 2,
			   layout->grid.y - 24, INK_DIM, "bright = touched recently");
}

uint64_t view_inspected(const struct view_layout *layout, const struct view_model *model,
			const struct view_ui *ui)
{
	uint64_t under = view_layout_frame_at(layout, model->nframes, ui->mouse_x, ui->mouse_y);
	if (under != UINT64_MAX)
		return under;
	if (ui->pinned != VIEW_NO_FRAME)
		return ui->pinned < model->nframes ? ui->pinned : VIEW_NO_FRAME;
	if (ui->state == RUN_RUNNING)
		return VIEW_NO_FRAME;
	for (uint64_t n = model->nevents; n > 0 && model->nevents - n < VIEW_EVENTS; n--) {
		const struct view_event *event = view_model_event(model, n - 1);
		if (event && event->kind == VIEW_EVENT_FAULT &&
		    event->record.frame < model->nframes)
			return event->record.frame;
	}
	return VIEW_NO_FRAME;
}

/* ---- legend ---- */

static int legend_entry(struct canvas *canvas, int x, int y, uint32_t colour, bool ring,
			const char *text)
{
	if (ring)
		draw_ring(canvas, x, y + 1, 12, 12, 2, colour);
	else
		draw_fill(canvas, x, y + 1, 12, 12, colour);
	return font_draw(canvas, FONT_SANS, x + 18, y, INK_SOFT, text) + 22;
}

static void paint_legend(struct canvas *canvas, const struct view_layout *layout,
			 const struct view_model *model)
{
	int x = layout->legend.x, y = layout->legend.y, right = x + layout->legend.width;
	char text[64], count[32];
	for (unsigned kind = 0; kind < VIEW_KINDS; kind++) {
		bool rare = kind == VIEW_RESERVED || kind == VIEW_SHM || !model->has_kernel;
		if (!model->count[kind] && rare)
			continue;
		snprintf(text, sizeof text, "%s %s", view_kind_name(kind),
			 draw_number(model->count[kind], count));
		if (x + 18 + font_width(FONT_SANS, text) > right) {
			x = layout->legend.x;
			y += 19;
		}
		x = legend_entry(canvas, x, y, view_palette[kind], false, text);
	}
	static const struct {
		const char *text;
		uint32_t colour;
	} marks[] = {
		{ "dirty", 0xfff3dc },
		{ "just filled", VIEW_FILL },
		{ "just evicted", VIEW_EVICT },
		{ "copied (copy-on-write)", VIEW_COPY },
	};
	for (unsigned i = 0; i < sizeof marks / sizeof marks[0]; i++) {
		if (i)
			snprintf(text, sizeof text, "%s", marks[i].text);
		else
			snprintf(text, sizeof text, "dirty %s", draw_number(model->ndirty, count));
		if (x + 18 + font_width(FONT_SANS, text) > right) {
			x = layout->legend.x;
			y += 19;
		}
		if (y + 14 > layout->legend.y + layout->legend.height)
			return;
		x = legend_entry(canvas, x, y, marks[i].colour, true, text);
	}
}

/* ---- header and events ---- */

static void paint_header(struct canvas *canvas, const struct view_layout *layout,
			 const struct view_model *model, const struct view_ui *ui)
{
	char text[512], a[32], b[32], policy[17] = "";
	draw_fill(canvas, 0, 0, layout->header.width, layout->header.height, BAR);
	int x = font_draw(canvas, FONT_TITLE, 20, 10, INK, "faultline") + 16;
	if (model->has_kernel)
		memcpy(policy, model->inspect->guest->policy, 16);
	/* A command may be of any length; the window is not. */
	int n = snprintf(text, sizeof text, "%.300s in %" PRIu64 " %s of RAM", model->title,
			 model->nframes >= 512 ? model->nframes >> 8 : model->nframes << 2,
			 model->nframes >= 512 ? "MiB" : "KiB");
	if (policy[0])
		n += snprintf(text + n, sizeof text - (size_t)n, ", policy %s", policy);
	if (model->nslots)
		snprintf(text + n, sizeof text - (size_t)n, ", swap %" PRIu64 " MiB",
			 model->nslots >> 8);
	int right = layout->width - 20;
	right = draw_right(canvas, FONT_SANS, right, 13, INK_DIM, "? help") - 28;
	if (ui->slower)
		snprintf(b, sizeof b, "x 1/%u", 1u << (ui->slower - 1));
	if (ui->slower)
		right = draw_right(canvas, FONT_MONO, right, 13, INK_SOFT,
				   ui->slower == 1 ? "x 1" : b) -
			20;
	if (layout->width >= 900) {
		char insns[64];
		snprintf(insns, sizeof insns, "%s insns", draw_number(model->insns, a));
		right = draw_right(canvas, FONT_MONO, right, 13, INK_SOFT, insns) - 20;
	}
	char seconds[48];
	snprintf(seconds, sizeof seconds, "t %s s", draw_seconds(model->now_ns, a));
	right = draw_right(canvas, FONT_MONO, right, 13, INK_SOFT, seconds) - 28;
	/* Where there is no room for the panel that tells more of it. */
	if (model->thrashing && !layout->sign.width)
		right = draw_right(canvas, FONT_BOLD, right, 13, VIEW_EVICT, "THRASHING") - 20;
	char state[sizeof ui->message] = "";
	if (ui->message[0])
		snprintf(state, sizeof state, "%s", ui->message);
	else if (ui->state == RUN_ENDED)
		snprintf(state, sizeof state, "ended with status %d", ui->exit_code);
	else if (ui->state != RUN_RUNNING)
		snprintf(state, sizeof state, "%s",
			 ui->state == RUN_PAUSED ? "paused" : "stopped at a page fault");
	if (state[0]) {
		uint32_t colour = ui->state == RUN_ENDED ? BLUE : ORANGE;
		right = draw_right(canvas, FONT_BOLD, right, 13, colour, state);
		if (ui->state != RUN_RUNNING) {
			draw_fill(canvas, right - 16, 14, 4, 11, colour);
			draw_fill(canvas, right - 10, 14, 4, 11, colour);
			right -= 24;
		}
	}
	if (right - x - 20 > 60)
		font_draw_clipped(canvas, FONT_SANS, x, 13, right - x - 20, INK_SOFT, text);
}

/* Where there is no room for the inspector, one line says the most important. */
static void paint_summary(struct canvas *canvas, const struct view_model *model, uint64_t f, int x,
			  int y, int max)
{
	struct view_owner owner;
	char text[192], what[96], flags[9];
	const struct view_frame *frame = &model->frame[f];
	faultlog_contents(frame->frame_class, frame->owner, frame->page, what, sizeof what);
	int n = snprintf(text, sizeof text, "frame %" PRIu64 "  %s", f, what);
	if (view_model_owners(model, f, &owner, 1) && owner.pte)
		snprintf(text + n, sizeof text - (size_t)n, "  VA %#" PRIx64 "  %s", owner.va,
			 sv_pte_flags(owner.pte, flags));
	font_draw_clipped(canvas, FONT_SANS, x, y, max, INK_DIM, text);
}

static void paint_events(struct canvas *canvas, const struct view_layout *layout,
			 const struct view_model *model, const struct view_ui *ui)
{
	const struct rect *r = &layout->events;
	uint64_t shown =
		layout->inspector.width ? VIEW_NO_FRAME : view_inspected(layout, model, ui);
	char text[320], time[32];
	int x = font_draw(canvas, FONT_BOLD, r->x, r->y, INK, "Events") + 16;
	if (shown != VIEW_NO_FRAME)
		paint_summary(canvas, model, shown, x, r->y, r->x + r->width - x);
	int y = r->y + 22;
	for (uint64_t n = model->nevents; n > 0 && y + 14 <= r->y + r->height; n--, y += 18) {
		const struct view_event *event = view_model_event(model, n - 1);
		if (!event)
			break;
		bool segv = event->kind == VIEW_EVENT_FAULT && event->record.kind == FAULT_SEGV;
		bool major = event->record.flags & FAULT_FLAG_MAJOR;
		const char *tag = event->kind == VIEW_EVENT_EVICT  ? "evict"
				  : event->kind == VIEW_EVENT_NOTE ? "note"
				  : segv			   ? "refuse"
								   : "fault";
		uint32_t colour = event->kind == VIEW_EVENT_EVICT || segv ? VIEW_EVICT
				  : event->kind == VIEW_EVENT_NOTE	  ? INK_DIM
				  : major				  ? VIEW_FILL
									  : BLUE;
		bool newest = n == model->nevents;
		font_draw(canvas, FONT_MONO, r->x, y, newest ? INK_SOFT : INK_DIM,
			  draw_seconds(event->time_ns, time));
		font_draw(canvas, FONT_BOLD, r->x + 82, y, colour, tag);
		view_model_event_text(event, text, sizeof text);
		font_draw_clipped(canvas, FONT_SANS, r->x + 130, y, r->width - 130,
				  newest ? INK : INK_SOFT, text);
	}
}

static void paint_console(struct canvas *canvas, const struct view_layout *layout,
			  const struct view_console *console)
{
	const struct rect *r = &layout->console;
	if (!r->width)
		return;
	draw_panel(canvas, r, 0x0f1115, PANEL_EDGE);
	draw_right(canvas, FONT_SMALL, r->x + r->width - 12, r->y + 6, INK_DIM, "console");
	if (!console)
		return;
	/* An empty last line is the place where the next output will go: not worth a row. */
	unsigned long back = console->column == 0;
	unsigned long lines = (unsigned long)(r->height - 16) / 16, n = 0;
	while (n < lines && view_console_line(console, back + n))
		n++;
	for (int y = r->y + 8; n-- > 0; y += 16)
		font_draw_clipped(canvas, FONT_MONO, r->x + 14, y,
				  r->width - (y == r->y + 8 ? 84 : 28), INK_SOFT,
				  view_console_line(console, back + n));
}

static void paint_help(struct canvas *canvas, const struct view_layout *layout)
{
	static const char *const keys[][2] = {
		{ "space", "pause and go on" },
		{ "n or s", "run to the next page fault, and stop" },
		{ "+  -", "faster, slower (virtual time against the clock on the wall)" },
		{ "click", "keep a frame in the inspector; again: let it go" },
		{ "p", "save this picture, and the frame table as JSON" },
		{ "h or ?", "this help" },
		{ "q, Esc", "end the run and close" },
	};
	int width = layout->width < 556 ? layout->width - 16 : 540;
	struct rect box = { (layout->width - width) / 2, layout->height / 2 - 135, width, 270 };
	draw_tint(canvas, 0, 0, layout->width, layout->height, 0x000000, 140);
	draw_panel(canvas, &box, PANEL, 0x3a414d);
	font_draw(canvas, FONT_TITLE, box.x + 24, box.y + 18, INK, "Keys");
	for (unsigned i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		int y = box.y + 52 + (int)i * 24;
		font_draw(canvas, FONT_BOLD, box.x + 24, y, ORANGE, keys[i][0]);
		font_draw_clipped(canvas, FONT_SANS, box.x + 100, y, box.width - 120, INK_SOFT,
				  keys[i][1]);
	}
	font_draw_clipped(canvas, FONT_SANS, box.x + 24, box.y + 236, box.width - 48, INK_DIM,
			  "Hover over a frame to see who maps it, and how its address gets there.");
}

void view_paint(struct canvas *canvas, const struct view_layout *layout,
		const struct view_model *model, const struct view_ui *ui,
		const struct view_console *console)
{
	draw_fill(canvas, 0, 0, canvas->width, canvas->height, VIEW_BACK);
	paint_header(canvas, layout, model, ui);
	paint_grid(canvas, layout, model, ui);
	paint_legend(canvas, layout, model);
	paint_strips(canvas, layout, model);
	paint_swap(canvas, layout, model);
	paint_events(canvas, layout, model, ui);
	paint_inspector(canvas, layout, model, ui);
	paint_curves(canvas, layout, model);
	paint_sign(canvas, layout, model);
	paint_console(canvas, layout, console);
	if (ui->help)
		paint_help(canvas, layout);
}
