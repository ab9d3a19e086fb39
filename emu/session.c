#include "emu/session.h"

#include <errno.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>

#include "emu/images.h"
#include "emu/machine_private.h"
#include "emu/refs.h"
#include "emu/trace.h"

/* Signals reach the process, and the process runs one machine. */
static struct machine *signal_machine;
static volatile sig_atomic_t running; /* or has run: until then nothing has to be finished */

struct session {
	struct machine *machine;
	struct images *images;
	struct observe *observe;
	struct profile *profile;
	struct trace *trace;
	struct recorder *recorder;
	struct refs_recorder *refs;
	/* At the last status line. */
	uint64_t status_ns, status_faults;
};

void say(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	fprintf(stderr, "faultline: %s\n", line);
}

/* ---- Signals ---- */

/* Asked again after this time, something on the host hangs: no more courtesy.  Not at once: some
 * callers (timeout) send a signal both to us and to our process group. */
#define PATIENCE_SECONDS 2

static void on_end(int number)
{
	static time_t asked;
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	if (!asked)
		asked = now.tv_sec;
	if (signal_machine && !signal_machine->private->end_wanted) {
		machine_request_end(signal_machine, number);
	} else if (!running || now.tv_sec - asked >= PATIENCE_SECONDS) {
		ports_restore_terminal();
		signal(number, SIG_DFL);
		raise(number);
	}
}

static void on_window(int number)
{
	(void)number;
	if (signal_machine)
		signal_machine->private->window_changed = 1;
}

static void on_continue(int number)
{
	int before = errno;

	(void)number;
	if (signal_machine)
		ports_raw_again(&signal_machine->private->ports);
	errno = before;
}

static void set_handler(int number, void (*handler)(int))
{
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = handler;
	/* No SA_RESTART: a sleep on the host ends when a signal comes. */
	sigaction(number, &action, NULL);
}

/* Before the machine is made, which makes the terminal raw. */
static void catch_end(void)
{
	struct sigaction hangup;

	set_handler(SIGINT, on_end);
	set_handler(SIGTERM, on_end);
	/* nohup(1) has it ignored. */
	if (sigaction(SIGHUP, NULL, &hangup) == 0 && hangup.sa_handler != SIG_IGN)
		set_handler(SIGHUP, on_end);
	set_handler(SIGQUIT, on_end);
	/* A file that may not grow so far (ulimit -f) is a write that fails, and told as such. */
	set_handler(SIGXFSZ, SIG_IGN);
	atexit(ports_restore_terminal);
}

static void catch_signals(struct machine *machine)
{
	signal_machine = machine;
	running = 1;
	set_handler(SIGWINCH, on_window);
	set_handler(SIGCONT, on_continue);
	set_handler(SIGPIPE, SIG_IGN);
}

/* ---- Ctrl-A ---- */

static void where(const struct session *s, char *buf, size_t size)
{
	const struct machine *machine = s->machine;
	const struct hart *hart = machine->hart[machine->private->current];
	uint64_t pc = hart_pc(hart);
	enum priv priv = hart_priv(hart);
	struct inspect inspect = { 0 };
	struct image_place place;
	char name[128];
	static const char modes[] = "US?M";

	inspect_attach(&inspect, machine);
	place = priv == PRIV_U ? images_user(s->images, &inspect, hart_satp(hart), pc)
			       : images_supervisor(s->images, pc, priv == PRIV_M);
	image_place_text(&place, name, sizeof(name));
	if (place.symbol)
		snprintf(buf, size, "pc 0x%llx%s", (unsigned long long)pc, name);
	else
		snprintf(buf, size, "pc 0x%llx %c-mode", (unsigned long long)pc, modes[priv]);
}

/* On a terminal that may be raw. */
static void tell(struct session *s, const char *line)
{
	if (!s->observe || !observe_say(s->observe, line))
		fprintf(stderr, "\r\nfaultline: %s\r\n", line);
}

static void print_status(void *ctx)
{
	struct session *s = ctx;
	const struct machine *m = s->machine;
	struct inspect inspect = { 0 };
	uint64_t now = machine_now_ns(m), span = now - s->status_ns, faults = 0;
	uint64_t busy = 0;
	char pc[160], guest[64] = "", line[320];

	where(s, pc, sizeof(pc));
	for (unsigned i = 0; i < machine_ndisks(m); i++)
		busy += machine_disk(m, i).busy_ns;
	for (unsigned h = 0; h < m->config.nharts; h++)
		faults += hart_counters(m->hart[h])->s_page_faults;
	if (inspect_attach(&inspect, m))
		snprintf(guest, sizeof(guest), "pid %u, ", inspect.guest->current_pid);
	snprintf(line, sizeof(line),
		 "%.3f s, %s%s, %.0f faults/s, disk wait %.1f%%, %llu instructions",
		 (double)now / 1e9, guest, pc,
		 span ? (double)(faults - s->status_faults) * 1e9 / (double)span : 0,
		 now ? (double)busy * 100 / (double)now : 0, (unsigned long long)machine_insns(m));
	tell(s, line);
	s->status_ns = now;
	s->status_faults = faults;
}

static bool show_output(void *ctx, unsigned descriptor, const void *bytes, size_t count)
{
	struct session *s = ctx;

	return s->observe && observe_output(s->observe, descriptor, bytes, count);
}

static void pass_key(void *ctx, int key)
{
	struct session *s = ctx;

	if (s->observe && observe_key(s->observe, key))
		return;
	/* QEMU's keys; it has a monitor behind c. */
	if (key == 'c')
		tell(s, "there is no monitor");
	else if (key == 'h' || key == '?')
		tell(s, "Ctrl-A x ends the run, s prints a status line, b sends a break, "
			"a sends a Ctrl-A, h prints this");
}

/* ---- The run ---- */

bool session_prepare(struct run_options *o, struct error *error)
{
	struct stat st;

	catch_end();
	host_facts_now(&o->machine.host, o->realtime);
	if (!o->replay && fstat(0, &st) == 0 && S_ISDIR(st.st_mode))
		return refuse(error, "standard input is a folder");
	if (!o->replay)
		return true;
	o->recording = recording_read(o->replay, error->text, sizeof(error->text));
	if (!o->recording)
		return false;
	o->machine.replay = o->recording;
	o->machine.host = o->recording->host;
	return true;
}

/* A record belongs to a machine, what was loaded into it, and its disks. */
static bool check_replay(const struct recording *recording, const struct fingerprint *now,
			 struct error *error)
{
	const struct fingerprint *then = &recording->fingerprint;
	const char *what = NULL;

	if (recording->recorded && then->machine != now->machine)
		what = "another machine (memory, harts, processor, disks, seed)";
	else if (recording->recorded && then->memory != now->memory)
		what = "another kernel, firmware, initrd, loaded file or kernel command line";
	else if (recording->recorded && then->disks != now->disks)
		what = "other contents of the disks (program, arguments, files)";
	return !what || refuse(error, "--replay: %s was recorded with %s", recording->path, what);
}

static bool begin_record(struct session *s, const struct run_options *options, struct error *error)
{
	const struct recording *recording = s->machine->config.replay;
	struct fingerprint now;

	if (!options->record && !(recording && recording->recorded))
		return true;
	now = machine_fingerprint(s->machine);
	if (recording && !check_replay(recording, &now, error))
		return false;
	if (!options->record)
		return true;
	s->recorder = recorder_open(options->record, error->text, sizeof(error->text));
	if (!s->recorder)
		return false;
	recorder_begin(s->recorder, &s->machine->config.host, &now);
	s->machine->recorder = s->recorder;
	return true;
}

static bool end_record(struct session *s, struct error *error)
{
	struct machine *m = s->machine;
	struct recorder *recorder = s->recorder;
	uint64_t insns;

	if (machine_astray(m, &insns))
		say("the replay left the recorded run's course by instruction %llu",
		    (unsigned long long)insns);
	if (recorder)
		recorder_end(recorder, machine_insns(m), machine_now_ns(m));
	m->recorder = s->recorder = NULL;
	return recorder_close(recorder, error->text, sizeof(error->text));
}

/* Two outputs in one file would write over each other.  (--faults and --strace share one on purpose.) */
static bool outputs_apart(const struct run_options *o, struct error *error)
{
	const struct observe_options *observe = &o->observe;
	const bool shared =
		observe->faults && observe->strace && strcmp(observe->faults, observe->strace) == 0;
	const struct {
		const char *option, *path;
	} out[] = { { "--stats", observe->stats },
		    { "--faults", observe->faults },
		    { "--profile", o->profile.path },
		    { "--strace", shared ? NULL : observe->strace },
		    { "--refs", o->refs },
		    { "--record", o->record },
		    { "-D", o->trace_file } };

	for (size_t i = 0; i < sizeof(out) / sizeof(out[0]); i++)
		for (size_t j = 0; j < i; j++)
			if (out[i].path && out[j].path && strcmp(out[i].path, out[j].path) == 0 &&
			    strcmp(out[i].path, "-") != 0 && strncmp(out[i].path, "/dev/", 5) != 0)
				return refuse(error, "%s and %s: one file (%s) for both",
					      out[j].option, out[i].option, out[i].path);
	return true;
}

static bool begin(struct session *s, const struct run_options *options, struct error *error)
{
	struct observe_options observe;

	s->machine->hooks = (struct machine_hooks){
		.ctx = s, .output = show_output, .key = pass_key, .status = print_status
	};
	if (!outputs_apart(options, error) || !begin_record(s, options, error))
		return false;
	if (options->trace && !options->trace_file && options->observe.view == VIEW_TTY)
		return refuse(error, "-d: the terminal face has the screen; -D FILE");
	if (options->trace) {
		s->trace = trace_open(s->machine, options->trace, options->trace_file, error);
		if (!s->trace)
			return false;
	}
	if (options->symbols && !images_kernel_symbols(options->images, options->symbols,
						       error->text, sizeof(error->text)))
		return false;
	if (options->profile.path) {
		s->profile = profile_open(&options->profile, s->machine, options->images,
					  error->text, sizeof(error->text));
		if (!s->profile)
			return false;
	}
	if (options->refs) {
		s->refs = refs_record(s->machine, options->refs,
				      options->observe.title ? options->observe.title : "", error);
		if (!s->refs)
			return false;
	}
	observe = options->observe;
	observe.images = options->images;
	s->observe = observe_open(&observe, s->machine, error->text, sizeof(error->text));
	return s->observe;
}

bool session_run(struct machine *machine, const struct run_options *options, struct error *error)
{
	struct session s = { .machine = machine, .images = options->images };
	bool ok;

	catch_signals(machine);
	if (!begin(&s, options, error)) {
		struct error ignored;

		signal_machine = NULL;
		trace_close(s.trace, &ignored);
		refs_close(s.refs, &ignored);
		profile_close(s.profile, ignored.text, sizeof(ignored.text));
		machine->recorder = NULL;
		recorder_close(s.recorder, ignored.text, sizeof(ignored.text));
		return false;
	}
	while (machine->end == END_NOT_YET) {
		machine_run(machine, observe_until(s.observe));
		if (s.profile)
			profile_pump(s.profile);
		if (observe_pump(s.observe) && machine->end == END_NOT_YET)
			machine_request_end(machine, 0);
	}
	ports_close(&machine->private->ports);
	ok = observe_close(s.observe, error->text, sizeof(error->text));
	if (!profile_close(s.profile, error->text, sizeof(error->text)))
		ok = false;
	if (!trace_close(s.trace, error))
		ok = false;
	if (!end_record(&s, error))
		ok = false;
	if (!refs_close(s.refs, error))
		ok = false;
	if (machine->config.signature &&
	    !machine_write_signature(machine, error->text, sizeof(error->text)))
		ok = false;
	signal_machine = NULL;
	machine->hooks = (struct machine_hooks){ 0 };
	return ok;
}

#define CSR_SCAUSE 0x142
#define CSR_MCAUSE 0x342

void session_say_stuck(const struct machine *machine)
{
	const struct hart *hart;
	uint64_t cause = 0, pc, offset;
	const char *name;

	if (machine->trap_loop < 0) {
		say("nothing can ever happen again: every hart waits, and no interrupt can come");
		return;
	}
	hart = machine->hart[machine->trap_loop];
	pc = hart_pc(hart);
	name = symbols_find(machine->kernel_symbols, pc, &offset);
	hart_csr_peek(hart, hart_priv(hart) == PRIV_M ? CSR_MCAUSE : CSR_SCAUSE, &cause);
	say("an endless loop of traps: hart %d's handler at 0x%llx%s%s%s traps itself (%s), and no "
	    "interrupt can end it",
	    machine->trap_loop, (unsigned long long)pc, name ? " (" : "", name ? name : "",
	    name ? ")" : "", trap_cause_name(cause));
}

int session_status(const struct machine *machine)
{
	int code = machine->exit_code;

	switch (machine->end) {
	case END_FINISHER:
		return code > 255 ? (code & 255 ? code & 255 : 255) : code;
	case END_MAX_INSNS:
	case END_POWER_CUT:
		return STATUS_MAX_INSNS;
	case END_HOST:
		return code ? 128 + code : 0;
	case END_STUCK:
	case END_NOT_YET:
		break;
	}
	return STATUS_FAILED;
}
