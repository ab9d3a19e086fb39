#include "emu/view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "emu/view_png.h"
#include "emu/view_tty.h"
#include "emu/window.h"

#define SDL_FRAME_NS 33000000ull /* of host time between two pictures */
#define TTY_FRAME_NS 100000000ull
#define MAX_SLOWER   11 /* 1/1024 */
#define MESSAGE_NS   2000000000ull

struct view {
	struct machine *machine;
	struct view_model *model;
	struct window *window; /* one of the two faces */
	struct view_tty *tty;
	struct view_ui ui;
	struct view_layout layout;
	struct canvas canvas;
	struct view_console console;
	bool stepping, quit, stale;
	bool dismissed; /* closed after PROGRAM's end: the rest of the run is unseen */
	uint64_t painted_ns, message_ns; /* host time */
	/* With `slower`: virtual time `from_ns` was host time `from_host_ns`. */
	uint64_t from_ns, from_host_ns;
};

static uint64_t host_ns(void)
{
	struct timespec now;
	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static void host_sleep(uint64_t ns)
{
	struct timespec time = { .tv_sec = (time_t)(ns / 1000000000),
				 .tv_nsec = (long)(ns % 1000000000) };
	nanosleep(&time, NULL);
}

/* ---- pictures ---- */

static bool set_canvas(struct view *view, int width, int height)
{
	width = width < VIEW_MIN_WIDTH ? VIEW_MIN_WIDTH : width;
	height = height < VIEW_MIN_HEIGHT ? VIEW_MIN_HEIGHT : height;
	uint32_t *pixel = calloc((size_t)width * (size_t)height, sizeof *pixel);
	if (!pixel)
		return view->canvas.pixel != NULL;
	free(view->canvas.pixel);
	view->canvas = (struct canvas){ pixel, width, height };
	view->layout =
		view_layout_make(width, height, view->model->nframes, view->model->nslots > 0);
	return true;
}

static void paint(struct view *view)
{
	view->painted_ns = host_ns();
	view->stale = false;
	if (view->ui.message[0] && view->painted_ns - view->message_ns > MESSAGE_NS)
		view->ui.message[0] = 0;
	view_model_refresh(view->model);
	if (view->tty) {
		view_tty_show(view->tty, view->model, &view->ui, &view->console);
		return;
	}
	view_paint(&view->canvas, &view->layout, view->model, &view->ui, &view->console);
	window_show(view->window, &view->canvas);
}

static bool save_json(const char *path, const struct view_model *model,
		      const struct view_layout *layout, char *error, unsigned error_bytes)
{
	FILE *out = fopen(path, "w");
	if (!out) {
		snprintf(error, error_bytes, "%s: cannot be written", path);
		return false;
	}
	fprintf(out,
		"{ \"virtual_ns\": %" PRIu64 ", \"instructions\": %" PRIu64
		", \"width\": %d, \"height\": %d,\n  \"grid\": { \"x\": %d, \"y\": %d, \"columns\": %u,"
		" \"pitch\": %d, \"cell\": %d, \"frames_per_cell\": %u },\n  \"frames\": [",
		model->now_ns, model->insns, layout->width, layout->height, layout->grid.x,
		layout->grid.y, layout->columns, layout->pitch, layout->cell,
		layout->frames_per_cell);
	for (uint64_t f = 0; f < model->nframes; f++) {
		const struct view_frame *frame = &model->frame[f];
		fprintf(out,
			"%s\n    { \"frame\": %" PRIu64
			", \"class\": \"%s\", \"flags\": %u, \"sharers\": %u, \"owner\": %" PRIu32
			", \"page\": %" PRIu64 ", \"dirty\": %s, \"heat\": %u }",
			f ? "," : "", f, inspect_class_name(frame->frame_class),
			(unsigned)frame->flags, (unsigned)frame->sharers, frame->owner, frame->page,
			frame->dirty ? "true" : "false", (unsigned)frame->heat);
	}
	fprintf(out, "\n  ] }\n");
	bool bad = ferror(out);
	if (fclose(out) || bad) {
		snprintf(error, error_bytes, "%s: cannot be written", path);
		return false;
	}
	return true;
}

bool view_save(const char *path, struct view_model *model, const struct view_ui *ui,
	       const struct view_console *console, int width, int height, char *error,
	       unsigned error_bytes)
{
	size_t length = strlen(path);
	width = width ? width : VIEW_WIDTH;
	height = height ? height : VIEW_HEIGHT;
	struct view_layout layout =
		view_layout_make(width, height, model->nframes, model->nslots > 0);
	view_model_refresh(model);
	if (length > 5 && !strcmp(path + length - 5, ".json"))
		return save_json(path, model, &layout, error, error_bytes);
	struct canvas canvas = { calloc((size_t)width * (size_t)height, 4), width, height };
	if (!canvas.pixel) {
		snprintf(error, error_bytes, "%s: out of memory", path);
		return false;
	}
	view_paint(&canvas, &layout, model, ui, console);
	bool ok = view_png_write(path, &canvas, error, error_bytes);
	free(canvas.pixel);
	return ok;
}

/* The key p: this very picture, named by its moment. */
static void save_here(struct view *view)
{
	char path[96], error[256];
	int width = view->window ? view->canvas.width : 0,
	    height = view->window ? view->canvas.height : 0;
	view->ui.message[0] = 0;
	view_model_refresh(view->model);
	for (unsigned i = 0; i < 2; i++) {
		snprintf(path, sizeof path, "faultline-%" PRIu64 ".%s", view->model->now_ns,
			 i ? "json" : "png");
		if (!view_save(path, view->model, &view->ui, &view->console, width, height, error,
			       sizeof error)) {
			snprintf(view->ui.message, sizeof view->ui.message, "not saved");
			view->message_ns = host_ns();
			return;
		}
	}
	snprintf(view->ui.message, sizeof view->ui.message, "saved faultline-%" PRIu64 ".png",
		 view->model->now_ns);
	view->message_ns = host_ns();
}

bool view_say(struct view *view, const char *text)
{
	if (!view->tty || view->dismissed)
		return false;
	snprintf(view->ui.message, sizeof view->ui.message, "%s", text);
	view->message_ns = host_ns();
	view->stale = true;
	return true;
}

/* ---- what the user does ---- */

static void set_speed(struct view *view, int slower)
{
	view->ui.slower = slower < 0 ? 0 : slower > MAX_SLOWER ? MAX_SLOWER : slower;
	view->from_ns = machine_now_ns(view->machine);
	view->from_host_ns = host_ns();
}

static bool held(const struct view *view)
{
	return view->ui.state != RUN_RUNNING && !view->dismissed;
}

bool view_key(struct view *view, int key)
{
	bool ended = view->ui.state == RUN_ENDED;
	view->stale = true;
	switch (key) {
	case ' ':
		if (!ended)
			view->ui.state = held(view) ? RUN_RUNNING : RUN_PAUSED;
		view->stepping = false;
		set_speed(view, view->ui.slower);
		return true;
	case 'n':
	case 's':
		if (!ended)
			view->ui.state = RUN_RUNNING;
		view->stepping = !ended;
		return true;
	case '+':
	case '=':
		set_speed(view, view->ui.slower - 1);
		return true;
	case '-':
		set_speed(view, view->ui.slower + 1);
		return true;
	case 'h':
	case '?':
		view->ui.help = !view->ui.help;
		return true;
	case 'p':
		save_here(view);
		return true;
	case 27:
		if (view->ui.help)
			view->ui.help = false;
		else
			view->quit = true;
		return true;
	case 'q':
		view->quit = true;
		return true;
	default:
		view->stale = false;
		return false;
	}
}

static void obey(struct view *view, const struct window_input *input)
{
	uint64_t frame;
	switch (input->action) {
	case WINDOW_NOTHING:
		break;
	case WINDOW_KEY:
		view_key(view, input->key);
		break;
	case WINDOW_MOVE:
		view->ui.mouse_x = input->x;
		view->ui.mouse_y = input->y;
		view->stale = true;
		break;
	case WINDOW_CLICK:
		frame = view_layout_frame_at(&view->layout, view->model->nframes, input->x,
					     input->y);
		view->ui.pinned = frame == view->ui.pinned ? VIEW_NO_FRAME : frame;
		view->stale = true;
		break;
	case WINDOW_RESIZE:
		set_canvas(view, input->width, input->height);
		view->stale = true;
		break;
	case WINDOW_EXPOSE:
		view->stale = true;
		break;
	case WINDOW_CLOSE:
		view->quit = true;
		break;
	}
}

static void take_input(struct view *view, int wait_ms)
{
	if (!view->window) {
		if (wait_ms)
			host_sleep((uint64_t)wait_ms * 1000000);
		return;
	}
	struct window_input input = window_poll(view->window, wait_ms);
	while (input.action != WINDOW_NOTHING) {
		obey(view, &input);
		input = window_poll(view->window, 0);
	}
}

/* ---- the run ---- */

struct view *view_open(enum view_face face, struct machine *machine, struct view_model *model,
		       const char *title, char *error, unsigned error_bytes)
{
	struct view *view = calloc(1, sizeof *view);
	char name[128];
	if (!view)
		return NULL;
	view->machine = machine;
	view->model = model;
	view->ui = (struct view_ui){ .mouse_x = -1, .mouse_y = -1, .pinned = VIEW_NO_FRAME };
	snprintf(name, sizeof name, "faultline: %s", title ? title : "");
	if (face == VIEW_SDL)
		view->window = window_open(name, VIEW_WIDTH, VIEW_HEIGHT, VIEW_MIN_WIDTH,
					   VIEW_MIN_HEIGHT, error, error_bytes);
	else
		view->tty = view_tty_open(error, error_bytes);
	if ((!view->window && !view->tty) || !set_canvas(view, VIEW_WIDTH, VIEW_HEIGHT)) {
		view_close(view);
		return NULL;
	}
	return view;
}

void view_close(struct view *view)
{
	if (!view)
		return;
	window_close(view->window);
	view_tty_close(view->tty);
	free(view->canvas.pixel);
	free(view);
}

static uint64_t allowed(const struct view *view)
{
	uint64_t span = (host_ns() - view->from_host_ns) >> (view->ui.slower - 1);
	return view->from_ns + span;
}

uint64_t view_until(const struct view *view, uint64_t now_ns)
{
	if (view->dismissed)
		return UINT64_MAX;
	if (held(view))
		return now_ns;
	uint64_t until = now_ns + VIEW_TICK_NS;
	if (view->ui.slower && allowed(view) < until)
		until = allowed(view);
	return until > now_ns ? until : now_ns;
}

bool view_pump(struct view *view)
{
	uint64_t period = view->window ? SDL_FRAME_NS : TTY_FRAME_NS;
	uint64_t since = host_ns() - view->painted_ns;
	if (view->dismissed)
		return true;
	bool wait =
		held(view) || (view->ui.slower && allowed(view) <= machine_now_ns(view->machine));
	/* Taking input costs a system call or more: do it a few hundred times a second. */
	if (wait || since >= period)
		take_input(view, wait ? (held(view) ? 15 : 1) : 0);
	bool message_over = view->ui.message[0] && host_ns() - view->message_ns > MESSAGE_NS;
	/* A terminal may have been resized while the run is held; to find nothing new is cheap. */
	if (view->stale || message_over || (since >= period && (!held(view) || view->tty)))
		paint(view);
	if (view->quit && view->ui.state == RUN_ENDED) {
		view->dismissed = true;
		return true;
	}
	return !view->quit;
}

bool view_steps(const struct view *view)
{
	return view->stepping;
}

bool view_fault_served(struct view *view)
{
	if (!view->stepping)
		return false;
	view->stepping = false;
	view->stale = true;
	view->ui.state = RUN_AT_FAULT;
	return true;
}

bool view_output(struct view *view, unsigned descriptor, const void *bytes, size_t count)
{
	view_console_write(&view->console, bytes, count);
	return view->tty && view_tty_takes(view->tty, descriptor, bytes, count);
}

bool view_program_ended(struct view *view, int status, bool wait)
{
	view->ui.state = RUN_ENDED;
	view->ui.exit_code = status;
	view->stepping = false;
	paint(view);
	if (wait && view->window)
		return true;
	view->dismissed = true;
	return false;
}

void view_finish(struct view *view, bool wait)
{
	if (view->dismissed || (view->quit && view->ui.state != RUN_ENDED))
		return;
	if (view->ui.state != RUN_ENDED) {
		view->ui.state = RUN_ENDED;
		view->ui.exit_code = view->machine->exit_code;
	}
	paint(view);
	while (wait && view->window && !view->quit && !machine_end_requested(view->machine)) {
		take_input(view, 100);
		if (view->stale || view->ui.message[0])
			paint(view);
	}
}
