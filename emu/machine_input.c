/*
 * What reaches the guest from outside, in one queue, each thing at a moment that can be named.
 *
 * The moment of what comes from the host is the first poll point after one more instruction has
 * retired; where no hart runs, a later nanosecond. A poll point alone would not do: between two
 * instructions there may be several, with traps between. So the number of instructions and the time
 * together say where it was, and a replay that runs up to them stands at the same place.
 */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "devices/uart16550.h"
#include "devices/virtio_console.h"
#include "emu/machine_private.h"

/* Virtual time between two looks at the keyboard: some milliseconds of host time. */
#define PUMP_NS 2000000u

/* ---- What came and was not taken ---- */

static bool append(struct machine_input *in, const uint8_t *bytes, size_t n)
{
	if (!n)
		return true;
	if (in->head + in->count + n > in->room) {
		size_t room = 2 * (in->count + n);
		uint8_t *more = malloc(room);

		if (!more)
			return false;
		if (in->count)
			memcpy(more, in->bytes + in->head, in->count);
		free(in->bytes);
		in->bytes = more;
		in->room = room;
		in->head = 0;
	}
	memcpy(in->bytes + in->head + in->count, bytes, n);
	in->count += n;
	return true;
}

/* Standard input as a recorded run got it from a file. */
static ssize_t take_recorded(struct machine_input *in, const struct recording *recording, void *buf,
			     size_t max)
{
	uint64_t rest = recording->file_bytes - in->file_taken;
	size_t n = rest < max ? (size_t)rest : max;

	if (!n)
		return -1;
	memcpy(buf, recording->file + in->file_taken, n);
	return (ssize_t)n;
}

static ssize_t take_file(struct machine *m, void *buf, size_t max)
{
	struct machine_input *in = &m->private->input;
	ssize_t n;

	if (m->config.replay)
		n = take_recorded(in, m->config.replay, buf, max);
	else
		n = ports_read_file(&m->private->ports, buf, max);
	if (n > 0)
		in->file_taken += (uint64_t)n;
	if (n > 0 && m->recorder)
		recorder_file(m->recorder, buf, (size_t)n);
	return n;
}

ssize_t machine_input_take(struct machine *m, void *buf, size_t max)
{
	struct machine_input *in = &m->private->input;
	size_t n = in->count < max ? in->count : max;

	if (n) {
		memcpy(buf, in->bytes + in->head, n);
		in->head += n;
		in->count -= n;
		return (ssize_t)n;
	}
	if (in->ended)
		return -1;
	return m->config.host.file ? take_file(m, buf, max) : 0;
}

/* Would the guest take more now? */
static bool wanted(const struct machine *m)
{
	const struct machine_private *p = m->private;

	if (p->input.count)
		return false;
	if (p->console)
		return virtio_console_wants_input(p->console, 0);
	return m->config.uart == CONSOLE_STDIO;
}

/* ---- It happens ---- */

static void offer(struct machine *m)
{
	struct machine_private *p = m->private;

	machine_htif_service(m);
	if (p->console)
		virtio_console_poll(p->console, 0);
	machine_feed_uart(m);
}

static void apply(struct machine *m, const struct input_event *event)
{
	struct machine_private *p = m->private;

	if (m->recorder)
		recorder_event(m->recorder, event);
	p->barren = false;
	switch (event->kind) {
	case INPUT_TYPE:
		if (append(&p->input, event->bytes, event->count))
			offer(m);
		break;
	case INPUT_EOF:
		p->input.ended = true;
		offer(m);
		break;
	case INPUT_WINDOW:
		if (p->console)
			virtio_console_resize(p->console, event->cols, event->rows);
		break;
	case INPUT_BREAK:
		if (m->config.uart == CONSOLE_STDIO)
			uart16550_break(p->uart);
		break;
	case INPUT_QUIT:
		m->end = END_HOST;
		m->exit_code = event->signal;
		break;
	}
}

/* ---- From the host ---- */

static bool more_bytes(const struct machine_private *p)
{
	return p->ports.count && p->input.count < PORTS_PIPE;
}

static bool at_end(const struct machine_private *p)
{
	return (p->ports.source == SOURCE_STREAM || p->ports.source == SOURCE_TERMINAL) &&
	       p->ports.eof && !p->ports.count && !p->ports.deaf && !p->input.ended;
}

/* Has something come that is still to happen? */
static bool has_come(const struct machine *m)
{
	const struct machine_private *p = m->private;

	return p->end_wanted || more_bytes(p) || p->ports.send_break || at_end(p) ||
	       (p->window_changed && !m->config.replay);
}

static void take_window(struct machine *m, struct input_event event)
{
	m->private->window_changed = 0;
	for (int fd = 0; fd < 3; fd++) {
		if (!m->config.host.terminal[fd] || !ports_window(fd, &event.cols, &event.rows))
			continue;
		event.kind = INPUT_WINDOW;
		apply(m, &event);
		return;
	}
}

static void take_from_host(struct machine *m, struct input_event event)
{
	struct machine_private *p = m->private;

	if (more_bytes(p)) {
		event.kind = INPUT_TYPE;
		event.bytes = p->ports.buffer;
		event.count = p->ports.count;
		apply(m, &event);
		p->ports.count = 0;
	}
	if (p->ports.send_break) {
		p->ports.send_break = false;
		event.kind = INPUT_BREAK;
		apply(m, &event);
	}
	if (at_end(p)) {
		event.kind = INPUT_EOF;
		apply(m, &event);
	}
	if (p->window_changed && !m->config.replay)
		take_window(m, event);
	if (p->end_wanted && m->end == END_NOT_YET) {
		event.kind = INPUT_QUIT;
		event.signal = p->end_code;
		apply(m, &event);
	}
}

/* ---- From the record ---- */

static const struct input_event *next_event(const struct machine *m)
{
	const struct recording *recording = m->config.replay;
	uint64_t next = m->private->input.next_event;

	return recording && next < recording->nevents ? &recording->event[next] : NULL;
}

static void replay(struct machine *m, uint64_t now)
{
	struct machine_input *in = &m->private->input;
	uint64_t insns = machine_insns(m);
	const struct input_event *event;

	while ((event = next_event(m)) && event->insns <= insns && event->ns <= now &&
	       m->end == END_NOT_YET) {
		struct input_event moved = *event;

		in->next_event++;
		if (event->exact && (event->insns != insns || event->ns != now) && !in->astray) {
			in->astray = true;
			in->astray_insns = insns;
		}
		moved.insns = insns;
		moved.ns = now;
		apply(m, &moved);
	}
}

/* ---- For the main loop ---- */

void machine_input_turn(struct machine *m, uint64_t now, bool held)
{
	struct machine_private *p = m->private;
	struct machine_input *in = &p->input;
	uint64_t insns = machine_insns(m);

	replay(m, now);
	if (now >= p->pump_at_ns || held) {
		ports_pump(&p->ports, wanted(m), 0);
		p->pump_at_ns = now + PUMP_NS;
	}
	if (!in->due && has_come(m)) {
		in->due = true;
		in->due_insns = insns + 1;
	}
	if (in->due && insns >= in->due_insns) {
		in->due = false;
		take_from_host(m, (struct input_event){ .insns = insns, .ns = now });
	}
}

bool machine_input_wait(struct machine *m, uint64_t wait_ns)
{
	ports_pump(&m->private->ports, wanted(m), wait_ns);
	return has_come(m);
}

void machine_input_idle(struct machine *m)
{
	struct machine_input *in = &m->private->input;

	if (has_come(m)) {
		in->due = true;
		in->due_insns = machine_insns(m);
	}
}

bool machine_input_due(const struct machine *m)
{
	return m->private->input.due || has_come(m);
}

bool machine_input_external(const struct machine *m)
{
	return ports_external(&m->private->ports) && !m->private->ports.deaf;
}

uint64_t machine_input_ns(const struct machine *m, uint64_t now)
{
	const struct input_event *event = next_event(m);

	return event && event->ns > now ? event->ns : DEVICE_NO_DEADLINE;
}

uint64_t machine_input_insns(const struct machine *m)
{
	const struct machine_input *in = &m->private->input;
	const struct input_event *event = next_event(m);
	uint64_t limit = in->due ? in->due_insns : UINT64_MAX;

	if (event && event->insns > machine_insns(m) && event->insns < limit)
		limit = event->insns;
	return limit;
}

/* ---- Output, which the host may refuse ---- */

bool machine_output_gone(const struct machine *m, unsigned descriptor)
{
	const struct recording *recording = m->config.replay;

	return recording && m->private->input.written[descriptor] >= recording->gone[descriptor];
}

/* What the host said of n bytes becomes what the guest is told. */
ssize_t machine_output_result(struct machine *m, unsigned descriptor, size_t n, ssize_t wrote)
{
	struct machine_input *in = &m->private->input;

	if (wrote < 0 && wrote != -EPIPE && !m->output_errno)
		m->output_errno = (int)-wrote;
	/* In a replay only what was recorded counts.  Nobody reads it any more: let it end. */
	if (wrote == -EPIPE && m->config.replay) {
		machine_request_end(m, SIGPIPE);
		machine_request_stop(m);
	}
	if (wrote < 0 && !m->config.replay) {
		if (m->recorder)
			recorder_gone(m->recorder, descriptor, in->written[descriptor]);
		/* Any failure of the host's descriptor is, to the guest, a reader that is gone. */
		return -EPIPE;
	}
	/* Cut short only because the end is near, of which the guest must see nothing. */
	in->written[descriptor] += n;
	return (ssize_t)n;
}

/* ---- State ---- */

struct saved_input {
	uint64_t count, next_event, file_taken, written[RECORD_DESCRIPTORS];
	uint64_t ended;
};

void machine_input_save(const struct machine *m, struct state_out *out)
{
	const struct machine_input *in = &m->private->input;
	struct saved_input saved = { .count = in->count,
				     .next_event = in->next_event,
				     .file_taken = in->file_taken,
				     .ended = in->ended };

	memcpy(saved.written, in->written, sizeof(saved.written));
	state_put(out, &saved, sizeof(saved));
	if (in->count)
		state_put(out, in->bytes + in->head, in->count);
}

bool machine_input_load(struct machine *m, struct state_in *in)
{
	const struct recording *recording = m->config.replay;
	struct machine_input *input = &m->private->input;
	struct saved_input saved;
	bool ok;

	state_get(in, &saved, sizeof(saved));
	if (in->failed || saved.count > in->bytes - in->pos)
		return false;
	if (recording &&
	    (saved.next_event > recording->nevents || saved.file_taken > recording->file_bytes))
		return false;
	input->head = input->count = 0;
	ok = append(input, in->data + in->pos, (size_t)saved.count);
	in->pos += ok ? (size_t)saved.count : 0;
	/* A file as standard input is read on from where it was; what is no file has no place. */
	if (m->private->ports.source == SOURCE_FILE && saved.file_taken != input->file_taken)
		(void)lseek(0, (off_t)(saved.file_taken - input->file_taken), SEEK_CUR);
	input->next_event = saved.next_event;
	input->file_taken = saved.file_taken;
	input->ended = saved.ended;
	memcpy(input->written, saved.written, sizeof(saved.written));
	return ok;
}

/* ---- Did a replay keep its course? ---- */

bool machine_astray(const struct machine *m, uint64_t *insns)
{
	const struct machine_input *in = &m->private->input;
	const struct recording *recording = m->config.replay;
	/* Ends that the user set for this run say nothing. */
	bool own = m->private->end_wanted || m->end == END_MAX_INSNS || m->end == END_POWER_CUT;

	if (!recording || !recording->recorded)
		return false;
	*insns = in->astray ? in->astray_insns : machine_insns(m);
	return in->astray ||
	       (!own && (recording->end_insns != *insns || recording->end_ns != machine_now_ns(m)));
}
