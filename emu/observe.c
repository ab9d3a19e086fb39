#include "emu/observe.h"

#include <errno.h>
#include <inttypes.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/faultlog.h"
#include "emu/images.h"
#include "emu/stats.h"
#include "emu/strace.h"
#include "emu/view.h"

struct observe {
	struct observe_options options;
	struct machine *machine;
	struct inspect inspect;
	struct stats *stats;
	struct view_model *model; /* for the view and for pictures */
	struct view *view;
	struct view_console console; /* for pictures, when there is no view */
	struct strace *strace;
	FILE *stats_out, *faults_out, *strace_out; /* the last two may be the same */
	FILE *kept;	    /* that for stderr, to be copied there at the end; or NULL */
	uint64_t drained;   /* fault records taken from the kernel's ring */
	uint64_t evictions; /* and eviction records */
	uint64_t next_tick_ns;
	struct {
		bool done;
		bool overdue;	/* its moment has come, the kernel was changing its tables */
		unsigned taken; /* SHOT_EVERY */
	} shot[OBSERVE_MAX_SHOTS];
	bool program_ended;
	int program_status;
	char error[256]; /* the first thing that failed during the run */
};

/* ---- pictures ---- */

/* picture.png, the 7th: picture-0007.png */
static char *numbered(const char *path, unsigned number)
{
	const char *dot = strrchr(path, '.');
	size_t bytes = strlen(path) + 16;
	char *name = malloc(bytes);
	if (name)
		snprintf(name, bytes, "%.*s-%04u%s", (int)(dot - path), path, number, dot);
	return name;
}

static void fail(struct observe *observe, const char *error)
{
	if (!observe->error[0])
		snprintf(observe->error, sizeof observe->error, "%s", error);
}

static void take_shot(struct observe *observe, unsigned index)
{
	const struct shot *shot = &observe->options.shot[index];
	char error[256] = "out of memory";
	/* Tables in the middle of a change: at the next poll point then. */
	if (observe->inspect.guest && !inspect_stable(&observe->inspect) &&
	    observe->machine->end == END_NOT_YET) {
		observe->shot[index].overdue = true;
		return;
	}
	observe->shot[index].overdue = false;
	bool every = shot->moment == SHOT_EVERY;
	char *path =
		every ? numbered(shot->path, ++observe->shot[index].taken) : strdup(shot->path);
	struct view_ui ui = {
		.state = RUN_PAUSED, .mouse_x = -1, .mouse_y = -1, .pinned = VIEW_NO_FRAME
	};
	if (shot->moment == SHOT_AT_FAULT)
		ui.state = RUN_AT_FAULT;
	if (observe->program_ended || observe->machine->end != END_NOT_YET) {
		ui.state = RUN_ENDED;
		ui.exit_code = observe->program_ended ? observe->program_status
						      : observe->machine->exit_code;
	}
	if (!path ||
	    !view_save(path, observe->model, &ui, &observe->console, 0, 0, error, sizeof error))
		fail(observe, error);
	free(path);
	observe->shot[index].done = !every;
}

static void take_overdue(struct observe *observe)
{
	for (unsigned i = 0; i < observe->options.nshots; i++) {
		if (observe->shot[i].overdue)
			take_shot(observe, i);
	}
}

/* When is shot i due in virtual time; UINT64_MAX if not by time. */
static uint64_t due_ns(const struct observe *observe, unsigned i)
{
	const struct shot *shot = &observe->options.shot[i];
	if (observe->shot[i].done)
		return UINT64_MAX;
	if (shot->moment == SHOT_AT_TIME)
		return shot->value;
	if (shot->moment == SHOT_EVERY)
		return shot->value * (observe->shot[i].taken + 1ull);
	return UINT64_MAX;
}

/* ---- events ---- */

static bool wants_faults_served(const struct observe *observe)
{
	if (observe->view && view_steps(observe->view))
		return true;
	for (unsigned i = 0; i < observe->options.nshots; i++) {
		if (observe->options.shot[i].moment == SHOT_AT_FAULT && !observe->shot[i].done)
			return true;
	}
	return false;
}

/* A line of the fault log comes, perhaps in the middle of one of the trace. */
static void make_way(struct observe *observe)
{
	if (observe->strace && observe->strace_out == observe->faults_out)
		strace_interrupt(observe->strace);
}

static void fault_served(struct observe *observe, const struct introspect_fault_record *record)
{
	if (observe->faults_out) {
		struct image_place place =
			images_fault(observe->options.images, &observe->inspect, record);
		char where[160], line[640];
		image_place_text(&place, where, sizeof where);
		faultlog_format(record, where, line, sizeof line);
		make_way(observe);
		fprintf(observe->faults_out, "%s\n", line);
	}
	if (observe->model)
		view_model_fault(observe->model, record);
}

static void lost(struct observe *observe, uint64_t head, uint64_t ring, uint64_t *taken,
		 const char *what)
{
	if (head < *taken) /* the machine was reset, and its kernel begins anew */
		*taken = 0;
	if (head - *taken <= ring)
		return;
	if (observe->faults_out)
		fprintf(observe->faults_out, "# %" PRIu64 " %s were not seen\n",
			head - *taken - ring, what);
	*taken = head - ring;
}

static void take_eviction(struct observe *observe)
{
	const struct introspect_eviction *gone =
		&observe->inspect.guest->evictions[observe->evictions++ % INTROSPECT_EVICTION_RING];
	if (observe->faults_out) {
		char line[256];
		faultlog_eviction(gone, line, sizeof line);
		make_way(observe);
		fprintf(observe->faults_out, "%s\n", line);
	}
	if (observe->model)
		view_model_eviction(observe->model, gone);
}

static void take_fault(struct observe *observe)
{
	fault_served(observe,
		     &observe->inspect.guest->faults[observe->drained++ % INTROSPECT_FAULT_RING]);
	for (unsigned i = 0; i < observe->options.nshots; i++) {
		const struct shot *shot = &observe->options.shot[i];
		if (shot->moment == SHOT_AT_FAULT && !observe->shot[i].done &&
		    shot->value == observe->drained)
			take_shot(observe, i);
	}
	if (observe->view && view_fault_served(observe->view))
		machine_request_stop(observe->machine);
}

/* Takes the records that the kernel has appended since the last time, in the order in which it did. */
static void drain(struct observe *observe)
{
	const struct introspect *guest = observe->inspect.guest;
	if (!guest)
		return;
	lost(observe, guest->fault_head, INTROSPECT_FAULT_RING, &observe->drained, "faults");
	lost(observe, guest->eviction_head, INTROSPECT_EVICTION_RING, &observe->evictions,
	     "evictions");
	while (observe->drained < guest->fault_head || observe->evictions < guest->eviction_head) {
		const struct introspect_eviction *next =
			&guest->evictions[observe->evictions % INTROSPECT_EVICTION_RING];
		bool fault = observe->drained < guest->fault_head &&
			     (observe->evictions == guest->eviction_head ||
			      observe->drained < next->faults);
		fault ? take_fault(observe) : take_eviction(observe);
	}
}

static void program_ended(struct observe *observe)
{
	const struct introspect_exit_record *record = &observe->inspect.guest->exit;
	observe->program_status = record->kind == EXIT_STATUS ? (int)(record->code & 255)
				  : record->kind == EXIT_OUT_OF_MEMORY
					  ? 137
					  : 128 + (int)(record->code & 127);
	observe->program_ended = true;
	drain(observe);
	if (observe->stats)
		stats_program_exits(observe->stats);
	for (unsigned i = 0; i < observe->options.nshots; i++) {
		if (observe->options.shot[i].moment == SHOT_AT_EXIT && !observe->shot[i].done)
			take_shot(observe, i);
	}
	if (observe->view && view_program_ended(observe->view, observe->program_status,
						!observe->options.view_close))
		machine_request_stop(observe->machine);
}

static bool is_page_fault(const struct event *event)
{
	uint64_t cause = event->trap.cause;
	return event->kind == EVENT_TRAP && event->trap.to == PRIV_S &&
	       (cause == 12 || cause == 13 || cause == 15);
}

/* Of a kernel that tells nothing: what the hart knows. */
static void log_trap(struct observe *observe, const struct event *event)
{
	static const char *const access[] = { "fetch", "load", "?", "store" };
	fprintf(observe->faults_out,
		"%4" PRIu64 ".%07" PRIu64 " hart %u %s%s %#" PRIx64 " at pc %#" PRIx64 "\n",
		event->time_ns / 1000000000, event->time_ns % 1000000000 / 100, event->hart,
		event->trap.from == PRIV_U ? "" : "kernel ", access[event->trap.cause & 3],
		event->trap.tval, event->trap.pc);
}

static void on_event(void *ctx, const struct event *event)
{
	struct observe *observe = ctx;
	bool kernel = inspect_attach(&observe->inspect, observe->machine);
	if (event->kind == EVENT_DISK && observe->model)
		view_model_disk(observe->model, event);
	if (event->kind == EVENT_SATP && observe->model && !kernel)
		view_model_satp(observe->model, event->satp.after);
	if (event->kind == EVENT_TRAP) /* any: system calls evict too, and the rings are short */
		drain(observe);
	if (is_page_fault(event)) {
		if (!kernel && observe->faults_out)
			log_trap(observe, event);
		if (observe->model)
			view_model_trap(observe->model, event);
		if (!kernel && observe->view && view_fault_served(observe->view))
			machine_request_stop(observe->machine);
	} else if (event->kind == EVENT_XRET && (observe->strace || wants_faults_served(observe))) {
		drain(observe);
	}
	if (observe->strace)
		strace_event(observe->strace, event);
	if (log_reader_gone(observe->faults_out) || log_reader_gone(observe->strace_out))
		machine_request_end(observe->machine, SIGPIPE);
	if (kernel && !observe->program_ended &&
	    observe->inspect.guest->exit.kind != EXIT_NOT_YET && inspect_stable(&observe->inspect))
		program_ended(observe);
}

/* ---- the run ---- */

static FILE *open_output(const char *path, char *error, unsigned error_bytes)
{
	if (!strcmp(path, "-"))
		return stderr;
	FILE *out = fopen(path, "we");
	if (!out)
		snprintf(error, error_bytes, "%s: %s", path, strerror(errno));
	return out;
}

/* A log of lines; both logs may go to one place.  The terminal face has the screen until the end: what is
 * for it is kept until then. */
static bool open_log(struct observe *observe, const char *path, FILE **out, char *error,
		     unsigned error_bytes)
{
	const struct observe_options *options = &observe->options;
	if (!path)
		return true;
	if (observe->faults_out && !strcmp(path, options->faults)) {
		*out = observe->faults_out;
		return true;
	}
	if (options->view == VIEW_TTY && !strcmp(path, "-"))
		observe->kept = *out = tmpfile();
	if (!*out)
		*out = open_output(path, error, error_bytes);
	return *out;
}

static bool open_files(struct observe *observe, char *error, unsigned error_bytes)
{
	const struct observe_options *options = &observe->options;
	if (options->stats &&
	    !(observe->stats_out = open_output(options->stats, error, error_bytes)))
		return false;
	return open_log(observe, options->faults, &observe->faults_out, error, error_bytes) &&
	       open_log(observe, options->strace, &observe->strace_out, error, error_bytes) &&
	       observe_try_shots(options, error, error_bytes);
}

static bool open_watchers(struct observe *observe, char *error, unsigned error_bytes)
{
	const struct observe_options *options = &observe->options;
	struct machine *machine = observe->machine;
	uint32_t mask = 0;
	snprintf(error, error_bytes, "out of memory");
	if (observe->stats_out) {
		observe->stats = stats_create(machine, &observe->inspect, options->root_disk,
					      options->swap_disk);
		if (!observe->stats)
			return false;
		mask |= EVENT_BIT(EVENT_TRAP) | EVENT_BIT(EVENT_FENCE) | EVENT_BIT(EVENT_SATP);
	}
	if (observe->faults_out)
		mask |= EVENT_BIT(EVENT_TRAP);
	if (observe->strace_out) {
		observe->strace = strace_create(&observe->inspect, observe->strace_out,
						strcmp(options->strace, "-") != 0);
		if (!observe->strace)
			return false;
		mask |= STRACE_EVENTS;
	}
	if (options->view != VIEW_NONE || options->nshots) {
		observe->model = view_model_create(machine, &observe->inspect, options->title);
		if (!observe->model)
			return false;
		observe->model->images = options->images;
		if (options->swap_disk < machine_ndisks(machine) &&
		    !view_model_swap(observe->model, options->swap_disk,
				     machine_disk(machine, options->swap_disk).pages))
			return false;
		mask |= EVENT_BIT(EVENT_TRAP) | EVENT_BIT(EVENT_FENCE) | EVENT_BIT(EVENT_SATP) |
			EVENT_BIT(EVENT_DISK);
	}
	for (unsigned i = 0; i < options->nshots; i++) {
		if (options->shot[i].moment == SHOT_AT_FAULT)
			mask |= EVENT_BIT(EVENT_XRET);
	}
	if (options->view != VIEW_NONE)
		mask |= EVENT_BIT(EVENT_XRET);
	return !mask || event_subscribe(&machine->events, mask, on_event, observe);
}

static void release(struct observe *observe)
{
	event_unsubscribe(&observe->machine->events, on_event, observe);
	view_close(observe->view);
	view_model_destroy(observe->model);
	stats_destroy(observe->stats);
	if (observe->stats_out && observe->stats_out != stderr)
		fclose(observe->stats_out);
	strace_destroy(observe->strace);
	if (observe->strace_out && observe->strace_out != stderr &&
	    observe->strace_out != observe->faults_out)
		fclose(observe->strace_out);
	if (observe->faults_out && observe->faults_out != stderr)
		fclose(observe->faults_out);
	free(observe);
}

struct observe *observe_open(const struct observe_options *options, struct machine *machine,
			     char *error, unsigned error_bytes)
{
	struct observe *observe = calloc(1, sizeof *observe);
	if (!observe) {
		snprintf(error, error_bytes, "out of memory");
		return NULL;
	}
	observe->options = *options;
	observe->machine = machine;
	observe->inspect.machine = machine;
	observe->next_tick_ns = VIEW_TICK_NS;
	bool ok = open_files(observe, error, error_bytes) &&
		  open_watchers(observe, error, error_bytes);
	if (ok && options->view != VIEW_NONE) {
		observe->view = view_open(options->view, machine, observe->model, options->title,
					  error, error_bytes);
		ok = observe->view != NULL;
	}
	if (!ok) {
		release(observe);
		return NULL;
	}
	return observe;
}

uint64_t observe_until(const struct observe *observe)
{
	uint64_t until = UINT64_MAX, view;
	if (observe->model)
		until = observe->next_tick_ns;
	for (unsigned i = 0; i < observe->options.nshots; i++) {
		uint64_t due = due_ns(observe, i);
		until = due < until ? due : until;
	}
	/* So that whoever watches sees in which call a program waits. */
	if (observe->strace && strace_holds(observe->strace)) {
		uint64_t soon = machine_now_ns(observe->machine) + VIEW_TICK_NS;
		until = soon < until ? soon : until;
	}
	if (observe->view) {
		view = view_until(observe->view, machine_now_ns(observe->machine));
		until = view < until ? view : until;
	}
	return until;
}

bool observe_pump(struct observe *observe)
{
	uint64_t now_ns = machine_now_ns(observe->machine);
	if (observe->strace)
		strace_show(observe->strace);
	if (!observe->model)
		return false;
	for (unsigned i = 0; i < observe->options.nshots; i++) {
		if (now_ns >= due_ns(observe, i))
			take_shot(observe, i);
	}
	take_overdue(observe);
	if (now_ns >= observe->next_tick_ns) {
		drain(observe);
		view_model_tick(observe->model);
		observe->next_tick_ns = now_ns - now_ns % VIEW_TICK_NS + VIEW_TICK_NS;
	}
	return observe->view && !view_pump(observe->view);
}

bool observe_output(struct observe *observe, unsigned descriptor, const void *bytes, size_t count)
{
	if (observe->model)
		view_console_write(&observe->console, bytes, count);
	return observe->view && view_output(observe->view, descriptor, bytes, count);
}

bool observe_key(struct observe *observe, int key)
{
	return observe->view && view_key(observe->view, key);
}

bool observe_say(struct observe *observe, const char *text)
{
	return observe->view && view_say(observe->view, text);
}

static void write_stats(struct observe *observe)
{
	bool ok = observe->stats_out == stderr
			  ? stats_write_table(observe->stats, stderr)
			  : stats_write_json(observe->stats, observe->stats_out);
	if (fflush(observe->stats_out) || !ok) {
		char error[256];
		snprintf(error, sizeof error, "%s: %s", observe->options.stats, strerror(errno));
		fail(observe, error);
	}
}

static void copy_kept(FILE *kept)
{
	char buf[4096];
	size_t n;
	rewind(kept);
	while ((n = fread(buf, 1, sizeof buf, kept)))
		fwrite(buf, 1, n, stderr);
}

/* Who no longer reads a log need not be told. */
static void check_log(struct observe *observe, FILE *log, const char *what)
{
	if (log && (fflush(log) || ferror(log)) && !log_reader_gone(log))
		fail(observe, what);
}

bool observe_close(struct observe *observe, char *error, unsigned error_bytes)
{
	if (!observe)
		return true;
	inspect_attach(&observe->inspect, observe->machine);
	drain(observe);
	for (unsigned i = 0; i < observe->options.nshots; i++) {
		/* A moment that never came is shown as the end of the run. */
		if (!observe->shot[i].done && observe->options.shot[i].moment != SHOT_EVERY)
			take_shot(observe, i);
	}
	if (observe->view)
		view_finish(observe->view,
			    !observe->options.view_close && observe->machine->end != END_HOST);
	/* The terminal is given back before anything is written to it. */
	view_close(observe->view);
	observe->view = NULL;
	if (observe->strace)
		strace_interrupt(observe->strace);
	if (observe->kept)
		copy_kept(observe->kept);
	check_log(observe, observe->faults_out, "the fault log could not be written");
	check_log(observe, observe->strace_out, "the trace of system calls could not be written");
	if (observe->stats)
		write_stats(observe);
	bool ok = !observe->error[0];
	if (!ok)
		snprintf(error, error_bytes, "%s", observe->error);
	release(observe);
	return ok;
}
