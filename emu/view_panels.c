/* The panels beside the frame map: inspector, curves, the thrashing sign, address spaces, swap. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/faultlog.h"
#include "emu/view_draw.h"

#define PAD	 16
#define MAPPINGS 4 /* owners listed in the inspector */

/* ---- inspector ---- */

static void paint_walk(struct canvas *canvas, const struct rect *box, int y,
		       const struct view_model *model, const struct view_owner *owner)
{
	struct sv_walk walk = inspect_walk(model->machine, owner->satp, owner->va);
	unsigned levels = sv_levels((enum sv_mode)(owner->satp >> 60));
	char text[96], flags[9];
	int x = box->x + PAD, bottom = box->y + box->height - 8;
	if (y + 20 > bottom)
		return;
	font_draw(canvas, FONT_BOLD, x, y, INK, "How the address gets there");
	y += 22;
	int width = (box->width - 2 * PAD - 6 * (int)levels) / (int)(levels + 1);
	if (y + 36 > bottom)
		return;
	for (unsigned i = 0; i <= levels; i++) {
		unsigned level = levels - 1 - i;
		struct rect part = { x + (int)i * (width + 6), y, width, 36 };
		draw_panel(canvas, &part, 0x12151a, 0x343b46);
		if (i < levels)
			snprintf(text, sizeof text, "VPN[%u]", level);
		else
			snprintf(text, sizeof text, "offset");
		font_draw(canvas, FONT_SMALL, part.x + (width - font_width(FONT_SMALL, text)) / 2,
			  y + 4, INK_DIM, text);
		if (i < levels)
			snprintf(text, sizeof text, "0x%03" PRIx64,
				 owner->va >> (12 + 9 * level) & 511);
		else
			snprintf(text, sizeof text, "0x%03" PRIx64, owner->va & 4095);
		font_draw(canvas, FONT_MONO, part.x + (width - font_width(FONT_MONO, text)) / 2,
			  y + 18, INK, text);
	}
	y += 46;
	for (unsigned i = 0; i < walk.nsteps && y + 36 <= bottom; i++, y += 46) {
		const struct sv_step *step = &walk.step[i];
		bool leaf = step->pte & (PTE_R | PTE_W | PTE_X);
		struct rect row = { x + 20 * (int)i, y, box->width - 2 * PAD - 20 * (int)i, 36 };
		draw_panel(canvas, &row, 0x12151a, leaf ? ORANGE : view_palette[VIEW_TABLE]);
		if (i)
			draw_fill(canvas, row.x + 20, y - 10, 1, 10, INK_DIM);
		snprintf(text, sizeof text, "%s %#" PRIx64, i ? "table" : "root table",
			 step->pte_pa >> 12 << 12);
		font_draw(canvas, FONT_SMALL, row.x + 10, y + 4, INK_DIM, text);
		snprintf(text, sizeof text, "PTE[%" PRIu64 "] = %#" PRIx64,
			 (step->pte_pa & 4095) / 8, step->pte);
		font_draw(canvas, FONT_MONO, row.x + 10, y + 18, INK, text);
		const char *what = !(step->pte & PTE_V) ? "not valid" : leaf ? "leaf" : "pointer";
		int right = draw_right(canvas, FONT_SMALL, row.x + row.width - 10, y + 12, INK_DIM,
				       what);
		draw_right(canvas, FONT_MONO, right - 10, y + 11, VIEW_FILL,
			   sv_pte_flags(step->pte, flags));
	}
}

static const char *process_name(const struct view_model *model, uint32_t pid)
{
	for (unsigned i = 0; i < model->nprocesses; i++) {
		if (model->process[i].pid == pid)
			return model->process[i].name;
	}
	return "";
}

static void frame_flags(const struct view_frame *frame, char *buf, unsigned size)
{
	snprintf(buf, size, "%s%s%s%s%s", frame->dirty ? " dirty" : "",
		 !(frame->flags & FRAME_HAS_SLOT) ? ""
		 : frame->dirty			  ? " stale-copy-in-swap"
						  : " copy-in-swap",
		 frame->flags & FRAME_IO ? " under-I/O" : "",
		 frame->flags & FRAME_PINNED ? " pinned" : "",
		 frame->flags & FRAME_REFERENCED ? " referenced" : "");
}

static void paint_frame(struct canvas *canvas, const struct rect *box,
			const struct view_model *model, uint64_t f)
{
	const struct view_frame *frame = &model->frame[f];
	struct view_owner owner[MAPPINGS + 1];
	char text[256], what[96], flags[9], time[32];
	int x = box->x + PAD, y = box->y + 12, bottom = box->y + box->height - 8;
	int max = box->width - 2 * PAD;

	snprintf(text, sizeof text, "Frame %" PRIu64, f);
	int after = font_draw(canvas, FONT_TITLE, x, y, INK, text) + 12;
	faultlog_contents(frame->frame_class, frame->owner, frame->page, what, sizeof what);
	if (!model->has_kernel)
		snprintf(what, sizeof what, "%s", view_kind_name(frame->kind));
	snprintf(text, sizeof text, "PA %#" PRIx64 "  %s", model->machine->ram.base + (f << 12),
		 what);
	font_draw_clipped(canvas, FONT_SANS, after, y + 4, box->x + box->width - PAD - after,
			  INK_SOFT, text);
	y += 26;
	frame_flags(frame, what, sizeof what);
	snprintf(text, sizeof text, "%u PTE%s,%s heat %u of %u", (unsigned)frame->sharers,
		 frame->sharers == 1 ? "" : "s", what, (unsigned)frame->heat, VIEW_HEAT_MAX);
	font_draw_clipped(canvas, FONT_SANS, x, y, max, INK_DIM, text);
	y += 20;

	unsigned n = view_model_owners(model, f, owner, MAPPINGS + 1);
	for (unsigned i = 0; i < n && i < MAPPINGS && y + 16 <= bottom; i++, y += 17) {
		if (!owner[i].pid && owner[i].pte)
			snprintf(text, sizeof text, "satp 0x%" PRIx64 "  VA 0x%010" PRIx64 "  %s",
				 owner[i].satp, owner[i].va, sv_pte_flags(owner[i].pte, flags));
		else if (!owner[i].pid)
			snprintf(text, sizeof text, "page table of satp %#" PRIx64, owner[i].satp);
		else if (!owner[i].pte)
			snprintf(text, sizeof text, "page table of pid %" PRIu32 " %s",
				 owner[i].pid, process_name(model, owner[i].pid));
		else
			snprintf(text, sizeof text, "pid %" PRIu32 " %s  VA 0x%010" PRIx64 "  %s",
				 owner[i].pid, process_name(model, owner[i].pid), owner[i].va,
				 sv_pte_flags(owner[i].pte, flags));
		font_draw_clipped(canvas, FONT_MONO, x, y, max, INK, text);
	}
	if (n > MAPPINGS)
		font_draw(canvas, FONT_SANS, x, y - 2, INK_DIM, "and more");
	y += n > MAPPINGS ? 18 : 4;

	uint64_t number = frame->last_event;
	unsigned lines = box->height >= 380 ? 4 : 2;
	for (unsigned i = 0; i < lines && number && y + 16 <= bottom; i++, y += 17) {
		const struct view_event *event = view_model_event(model, number - 1);
		if (!event)
			break;
		font_draw(canvas, FONT_MONO, x, y, INK_DIM, draw_seconds(event->time_ns, time));
		view_model_biography_text(event, text, sizeof text);
		font_draw_clipped(canvas, FONT_SANS, x + 82, y, max - 82, i ? INK_DIM : INK_SOFT,
				  text);
		number = event->previous;
	}
	y += 8;
	if (n && owner[0].pte)
		paint_walk(canvas, box, y, model, &owner[0]);
}

static void paint_processes(struct canvas *canvas, const struct rect *box,
			    const struct view_model *model)
{
	static const char *const states[] = { "",	"runs",		  "ready",
					      "sleeps", "waits for disk", "stopped",
					      "zombie" };
	static const char *const heads[] = { "resident", "swapped", "minor", "major" };
	int x = box->x + PAD, y = box->y + 12, bottom = box->y + box->height - 8;
	char text[96], number[32];
	font_draw(canvas, FONT_TITLE, x, y, INK, "Processes");
	y += 30;
	for (unsigned i = 0; i < 4; i++)
		draw_right(canvas, FONT_SMALL, box->x + box->width - PAD - 62 * (3 - (int)i), y,
			   INK_DIM, heads[i]);
	y += 18;
	for (unsigned i = 0; i < model->nprocesses && y + 16 <= bottom; i++, y += 20) {
		const struct view_process *p = &model->process[i];
		const uint64_t value[4] = { p->resident, p->swapped, p->minor, p->major };
		bool runs = p->state == PROC_RUNNING;
		snprintf(text, sizeof text, "%3" PRIu32 " %s", p->pid, p->name);
		int after = font_draw_clipped(canvas, FONT_MONO, x, y, 150, runs ? INK : INK_SOFT,
					      text);
		if (p->state < sizeof states / sizeof states[0])
			font_draw_clipped(canvas, FONT_SMALL, after + 10, y + 1,
					  box->x + box->width - PAD - 4 * 62 + 10 - after - 10,
					  p->state == PROC_DISK ? ORANGE : INK_DIM,
					  states[p->state]);
		for (unsigned k = 0; k < 4; k++)
			draw_right(canvas, FONT_MONO, box->x + box->width - PAD - 62 * (3 - (int)k),
				   y, INK_SOFT, draw_number(value[k], number));
	}
	if (!model->has_kernel)
		font_draw_clipped(
			canvas, FONT_SANS, x, y, box->width - 2 * PAD, INK_DIM,
			"This kernel tells nothing of itself: the map is made from its page tables.");
}

void paint_inspector(struct canvas *canvas, const struct view_layout *layout,
		     const struct view_model *model, const struct view_ui *ui)
{
	const struct rect *box = &layout->inspector;
	if (!box->width)
		return;
	draw_panel(canvas, box, PANEL, PANEL_EDGE);
	uint64_t f = view_inspected(layout, model, ui);
	if (f == VIEW_NO_FRAME)
		paint_processes(canvas, box, model);
	else if (layout->frames_per_cell > 1 && ui->pinned == VIEW_NO_FRAME)
		paint_frame(canvas, box, model, view_cell_frame(model, layout, f));
	else
		paint_frame(canvas, box, model, f);
}

/* ---- curves ---- */

struct curve {
	uint32_t colour;
	uint64_t (*value)(const struct view_bin *bin); /* per second, or parts of a thousand */
};

static uint64_t per_second(uint64_t count, const struct view_bin *bin)
{
	return bin->time_ns ? count * 1000000000 / bin->time_ns : 0;
}

static uint64_t major_rate(const struct view_bin *bin)
{
	return per_second(bin->major, bin);
}

static uint64_t minor_rate(const struct view_bin *bin)
{
	return per_second(bin->minor, bin);
}

static uint64_t clean_rate(const struct view_bin *bin)
{
	return per_second(bin->evicted_clean, bin);
}

static uint64_t dirty_rate(const struct view_bin *bin)
{
	return per_second(bin->evicted_dirty, bin);
}

static uint64_t wait_share(const struct view_bin *bin)
{
	return bin->time_ns ? bin->wait_ns * 1000 / bin->time_ns : 0;
}

/* One curve over the whole run, `top` at the upper edge. */
static void paint_curve(struct canvas *canvas, const struct rect *area,
			const struct view_model *model, const struct curve *curve, uint64_t top)
{
	unsigned columns = model->nbins < 24 ? 24 : model->nbins;
	int last = -1, base = area->y + area->height;
	for (int i = 0; i < area->width; i++) {
		unsigned bin = (unsigned)((uint64_t)(unsigned)i * columns / (unsigned)area->width);
		if (bin >= model->nbins)
			break;
		uint64_t value = curve->value(&model->bin[bin]);
		if (value > top)
			value = top;
		int y = base - (int)(value * (uint64_t)(area->height - 2) / top) - 1;
		draw_tint(canvas, area->x + i, y, 1, base - y, curve->colour, 70);
		int from = last < 0   ? y
			   : last < y ? last
				      : y,
		    to = last < 0   ? y
			 : last > y ? last
				    : y;
		draw_fill(canvas, area->x + i, from - 1, 1, to - from + 2, curve->colour);
		last = y;
	}
}

static uint64_t upper_edge(const struct view_model *model, const struct curve *curve, unsigned n)
{
	uint64_t (*value[2])(const struct view_bin *bin) = { curve[0].value, curve[n - 1].value };
	return view_model_edge(model, value, n);
}

static void paint_panel(struct canvas *canvas, const struct rect *box, const char *title,
			const struct view_model *model, const struct curve *curve, unsigned n,
			uint64_t top)
{
	if (!box->width)
		return;
	draw_panel(canvas, box, PANEL, PANEL_EDGE);
	font_draw(canvas, FONT_BOLD, box->x + PAD, box->y + 8, INK, title);
	struct rect area = { box->x + PAD, box->y + 28, box->width - 2 * PAD, box->height - 38 };
	draw_fill(canvas, area.x, area.y + area.height, area.width, 1, 0x343b46);
	for (unsigned k = 0; k < n; k++)
		paint_curve(canvas, &area, model, &curve[k], top);
}

/* "major 412 minor 38 copies 0 per ms", each in its curve's colour, from the right. */
static int paint_rate(struct canvas *canvas, int left, int right, int y, uint32_t colour,
		      const char *name, uint64_t value)
{
	char text[64], number[32];
	snprintf(text, sizeof text, "%s %s", name, draw_number(value, number));
	if (right - font_width(FONT_SANS, text) < left)
		return left; /* no room beside the title */
	return draw_right(canvas, FONT_SANS, right, y, colour, text) - 14;
}

void paint_curves(struct canvas *canvas, const struct view_layout *layout,
		  const struct view_model *model)
{
	static const struct curve faults[] = { { BLUE, minor_rate }, { ORANGE, major_rate } };
	static const struct curve evictions[] = { { 0x9a9da6, clean_rate },
						  { VIEW_EVICT, dirty_rate } };
	static const struct curve wait[] = { { 0xcc79a7, wait_share } };
	const struct view_bin *recent = &model->recent;
	const struct rect *box = &layout->faults;
	uint64_t span = recent->time_ns ? recent->time_ns : 1;
	int right = box->x + box->width - PAD, left = box->x + 140;
	paint_panel(canvas, box, "Faults per second", model, faults, 2,
		    upper_edge(model, faults, 2));
	if (box->width) {
		int at = paint_rate(canvas, left, right, box->y + 8, INK_DIM, "copies",
				    recent->copies * 1000000000ull / span);
		at = paint_rate(canvas, left, at, box->y + 8, BLUE, "minor",
				recent->minor * 1000000000ull / span);
		paint_rate(canvas, left, at, box->y + 8, ORANGE, "major",
			   recent->major * 1000000000ull / span);
	}
	box = &layout->evictions;
	paint_panel(canvas, box, "Evictions per second", model, evictions, 2,
		    upper_edge(model, evictions, 2));
	if (box->width) {
		int at = paint_rate(canvas, left, right, box->y + 8, VIEW_EVICT, "dirty",
				    recent->evicted_dirty * 1000000000ull / span);
		paint_rate(canvas, left, at, box->y + 8, 0x9a9da6, "clean",
			   recent->evicted_clean * 1000000000ull / span);
	}
	box = &layout->wait;
	paint_panel(canvas, box, "Waiting for the disk", model, wait, 1, 1000);
	if (box->width) {
		char text[64];
		snprintf(text, sizeof text, "%" PRIu64 " %% of the time",
			 recent->wait_ns * 100 / span);
		draw_right(canvas, FONT_SANS, right, box->y + 8, INK_DIM, text);
	}
}

void paint_sign(struct canvas *canvas, const struct view_layout *layout,
		const struct view_model *model)
{
	const struct rect *box = &layout->sign;
	char text[160], seconds[32];
	if (!box->width)
		return;
	if (!model->thrashing) {
		char a[32], b[32];
		draw_panel(canvas, box, PANEL, PANEL_EDGE);
		if (!model->has_kernel)
			return;
		snprintf(
			text, sizeof text, "%s faults, %s frames mapped at most by processes",
			draw_number(model->counters.faults_minor + model->counters.faults_major, a),
			draw_number(model->counters.user_peak, b));
		font_draw_clipped(canvas, FONT_SANS, box->x + PAD, box->y + 14,
				  box->width - 2 * PAD, INK_DIM, text);
		return;
	}
	draw_panel(canvas, box, 0x3a1d1d, VIEW_EVICT);
	int x = font_draw(canvas, FONT_TITLE, box->x + PAD, box->y + 12, 0xff8a80, "THRASHING") +
		16;
	snprintf(text, sizeof text, "for %s s: %" PRIu64 " %% of the time waiting for the disk",
		 draw_seconds(model->now_ns - model->thrashing_since_ns, seconds),
		 model->recent.wait_ns * 100 / model->recent.time_ns);
	font_draw_clipped(canvas, FONT_SANS, x, box->y + 15, box->x + box->width - PAD - x,
			  0xffc9c4, text);
}

/* ---- address spaces ---- */

#define STRIP_PAGES 65536 /* looked at per process */
#define STRIP_HOLE  64	  /* pages; a larger hole is cut out */

struct strip {
	const struct view_page *page;
	unsigned n, pieces;
	uint64_t length; /* pages, holes within pieces included */
};

static bool piece_starts(const struct view_page *page, unsigned i)
{
	return i == 0 || page[i].va - page[i - 1].va > STRIP_HOLE * 4096ull;
}

static void measure(struct strip *strip)
{
	for (unsigned i = 0; i < strip->n; i++) {
		bool starts = piece_starts(strip->page, i);
		strip->pieces += starts;
		strip->length += starts ? 1 : (strip->page[i].va - strip->page[i - 1].va) >> 12;
	}
}

/* What falls into one pixel column of a piece. */
struct column {
	unsigned resident, swapped;
	uint8_t kind;
};

/* Solid from below as far as pages are resident, hatched above as far as they are in swap. */
static void paint_column(struct canvas *canvas, const struct column *column, int x, int y,
			 int height)
{
	unsigned pages = column->resident + column->swapped;
	if (!pages)
		return;
	int solid = (int)((unsigned)height * column->resident / pages);
	draw_fill(canvas, x, y + height - solid, 1, solid, view_palette[column->kind]);
	for (int py = y; py < y + height - solid; py++) {
		if ((x + py) % 5 < 2)
			draw_tint(canvas, x, py, 1, 1, view_palette[VIEW_HEAP], 130);
	}
}

/* One piece: first..end-1, from x on, `width` wide. */
static void paint_piece(struct canvas *canvas, const struct view_page *page, unsigned first,
			unsigned end, int x, int y, int width, int height)
{
	uint64_t base = page[first].va >> 12, pages = (page[end - 1].va >> 12) - base + 1;
	draw_fill(canvas, x, y, width, height, 0x20252d);
	unsigned i = first;
	for (int at = 0; at < width; at++) {
		struct column column = { 0 };
		/* Pages whose first pixel column this is, or, if pages are wide, the one it is in. */
		uint64_t from = (uint64_t)(unsigned)at * pages / (unsigned)width;
		uint64_t to = (uint64_t)(unsigned)(at + 1) * pages / (unsigned)width;
		if (to == from)
			to++;
		while (i > first && (page[i - 1].va >> 12) - base >= from)
			i--;
		for (; i < end && (page[i].va >> 12) - base < to; i++) {
			if ((page[i].va >> 12) - base < from)
				continue;
			if (page[i].resident)
				column.resident++, column.kind = page[i].kind;
			else
				column.swapped++;
		}
		paint_column(canvas, &column, x + at, y + 1, height - 2);
	}
}

static void paint_strip(struct canvas *canvas, const struct view_page *page, unsigned n, int x,
			int y, int width, int height)
{
	struct strip strip = { page, n, 0, 0 };
	measure(&strip);
	if (!strip.pieces)
		return;
	int gap = 6, least = 4;
	int room = width - (int)strip.pieces * (gap + least);
	if (room < 0)
		return;
	for (unsigned first = 0; first < n;) {
		unsigned end = first + 1;
		while (end < n && !piece_starts(page, end))
			end++;
		uint64_t pages = ((page[end - 1].va - page[first].va) >> 12) + 1;
		int w = least + (int)(pages * (uint64_t)room / strip.length);
		paint_piece(canvas, page, first, end, x, y, w, height);
		x += w + gap;
		first = end;
	}
}

/* The processes with most pages, resident or swapped, largest first. */
static unsigned largest(const struct view_model *model, const struct view_process *out[],
			unsigned max)
{
	unsigned n = 0;
	for (unsigned i = 0; i < model->nprocesses; i++) {
		const struct view_process *p = &model->process[i];
		unsigned at = n;
		if (!p->satp)
			continue;
		while (at &&
		       out[at - 1]->resident + out[at - 1]->swapped < p->resident + p->swapped)
			at--;
		if (at >= max)
			continue;
		n += n < max;
		memmove(out + at + 1, out + at, (n - at - 1) * sizeof *out);
		out[at] = p;
	}
	return n;
}

void paint_strips(struct canvas *canvas, const struct view_layout *layout,
		  const struct view_model *model)
{
	const struct rect *r = &layout->strips;
	const struct view_process *process[3];
	char text[64], a[32], b[32];
	if (!r->width)
		return;
	int x = font_draw(canvas, FONT_BOLD, r->x, r->y, INK, "Address spaces") + 10;
	x = font_draw(canvas, FONT_SANS, x, r->y, INK_DIM,
		      "bright = resident   hatched = in swap   dark = never touched");
	if (model->nprocesses > 3) {
		snprintf(text, sizeof text, "the largest 3 of %u", model->nprocesses);
		if (x + 20 + font_width(FONT_SANS, text) < r->x + r->width)
			draw_right(canvas, FONT_SANS, r->x + r->width, r->y, INK_DIM, text);
	}
	struct view_page *page = malloc(STRIP_PAGES * sizeof *page);
	unsigned n = page ? largest(model, process, 3) : 0;
	for (unsigned i = 0; i < n; i++) {
		int y = r->y + 24 + (int)i * 28;
		snprintf(text, sizeof text, "%" PRIu32 " %s", process[i]->pid, process[i]->name);
		font_draw_clipped(canvas, FONT_MONO, r->x, y + 3, 78, INK_SOFT, text);
		snprintf(text, sizeof text, "%s resident, %s swapped",
			 draw_number(process[i]->resident, a), draw_number(process[i]->swapped, b));
		int right =
			draw_right(canvas, FONT_SANS, r->x + r->width, y + 3, INK_DIM, text) - 12;
		unsigned pages = view_model_pages(model, process[i]->satp, page, STRIP_PAGES);
		paint_strip(canvas, page, pages, r->x + 84, y, right - r->x - 84, 21);
	}
	free(page);
}

/* ---- swap ---- */

void paint_swap(struct canvas *canvas, const struct view_layout *layout,
		const struct view_model *model)
{
	const struct rect *r = &layout->swap;
	char text[128], a[32], b[32];
	if (!r->width || !model->nslots)
		return;
	int x = font_draw(canvas, FONT_BOLD, r->x, r->y, INK, "Swap slots") + 10;
	snprintf(text, sizeof text, "%s slots, %s used   bright = written or read just now",
		 draw_number(model->nslots, a), draw_number(model->counters.swap_used, b));
	font_draw(canvas, FONT_SANS, x, r->y, INK_DIM, text);
	/* Squares of 3 pixels; as many slots to a square as it takes. */
	int columns = r->width / 3, rows = (r->height - 24) / 3;
	uint64_t squares = (uint64_t)columns * (uint64_t)rows;
	uint64_t per = (model->nslots + squares - 1) / squares;
	for (uint64_t i = 0; i * per < model->nslots; i++) {
		uint32_t colour = 0x20252d;
		uint64_t newest = 0, read = 0;
		bool used = false;
		for (uint64_t s = i * per; s < (i + 1) * per && s < model->nslots; s++) {
			const struct view_slot *slot = &model->slot[s];
			used |= slot->state;
			newest = slot->written_ns > newest ? slot->written_ns : newest;
			read = slot->read_ns > read ? slot->read_ns : read;
		}
		if (used) {
			uint64_t at = read > newest ? read : newest;
			uint64_t age = model->now_ns - at;
			unsigned parts =
				age >= 50000000 ? 110 : 255 - (unsigned)(age * 145 / 50000000);
			colour = colour_mix(VIEW_BACK, read > newest ? VIEW_FILL : ORANGE, parts);
		}
		draw_fill(canvas, r->x + (int)(i % (uint64_t)columns) * 3,
			  r->y + 22 + (int)(i / (uint64_t)columns) * 3, 2, 2, colour);
	}
}
