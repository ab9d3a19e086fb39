/* Threads, their calls in progress, and the order of lines. */
#include "emu/strace.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "emu/strace_private.h"

#define CAUSE_ECALL_U	8
#define NR_RT_SIGRETURN 139
#define NR_CLONE	220
#define NR_EXECVE	221
#define NR_CLONE3	435
#define CLONE_THREAD	0x10000
#define ERESTARTSYS	512
#define RESULT_COLUMN	40
#define WAITING_MOST	8
#define THREADS_MOST	65536 /* far more than the kernel has */

struct thread {
	uint32_t tid, pid;
	bool open;	   /* in a call */
	bool told;	   /* ... whose line was ended with <unfinished ...> */
	uint64_t pc;	   /* of its ecall */
	struct printer p;  /* the call's text */
	size_t from;	   /* what of that text is not yet in a line */
	struct text head;  /* how the present line of the call begins */
	unsigned nwaiting; /* signals that nobody handles are told when the call has ended */
	uint64_t waiting[WAITING_MOST][6];
};

struct strace {
	const struct inspect *inspect;
	FILE *out;
	bool numbered;
	struct thread **thread;
	unsigned count, room;
	struct thread *held; /* its call has the line that is not yet complete, */
	size_t shown;	     /* ... of which so much is written */
	uint64_t taken;	     /* records of the kernel's ring */
};

/* ---- Lines ---- */

static void put_prefix(const struct strace *s, const struct thread *t, struct text *text)
{
	if (s->numbered)
		text_printf(text, "%-5" PRIu32 " ", t->tid);
	else if (s->count > 1)
		text_printf(text, "[pid %5" PRIu32 "] ", t->tid);
}

static size_t length_so_far(const struct thread *t)
{
	return t->head.used + t->p.text.used - t->from;
}

/* The part of t's present line that is known and not yet written. */
static void write_known(struct strace *s, struct thread *t)
{
	size_t skip = s->shown;

	if (skip < t->head.used)
		fwrite(t->head.bytes + skip, 1, t->head.used - skip, s->out);
	skip = skip < t->head.used ? 0 : skip - t->head.used;
	if (t->p.text.used > t->from + skip)
		fwrite(t->p.text.bytes + t->from + skip, 1, t->p.text.used - t->from - skip,
		       s->out);
	s->shown = length_so_far(t);
}

void strace_interrupt(struct strace *s)
{
	struct thread *t = s->held;

	if (!t)
		return;
	write_known(s, t);
	fputs(" <unfinished ...>\n", s->out);
	t->from = t->p.text.used;
	t->told = true;
	s->held = NULL;
}

bool strace_holds(const struct strace *s)
{
	return s->held && !s->shown;
}

void strace_show(struct strace *s)
{
	if (s->held) {
		write_known(s, s->held);
		fflush(s->out);
	}
}

static void write_line(struct strace *s, const struct thread *t, const char *line)
{
	struct text text = { 0 };

	strace_interrupt(s);
	put_prefix(s, t, &text);
	text_put(&text, line);
	fprintf(s->out, "%s\n", text.bytes ? text.bytes : "");
	text_free(&text);
}

static void write_signal(struct strace *s, const struct thread *t, const uint64_t info[6])
{
	struct text text = { 0 };

	text_put(&text, "--- ");
	put_signal(&text, (uint32_t)info[0]);
	text_put(&text, " ");
	put_siginfo(&text, info);
	text_put(&text, " ---");
	write_line(s, t, text.bytes ? text.bytes : "");
	text_free(&text);
}

static void write_waiting(struct strace *s, struct thread *t)
{
	for (unsigned i = 0; i < t->nwaiting; i++)
		write_signal(s, t, t->waiting[i]);
	t->nwaiting = 0;
}

/* The call's last line: what is left of its arguments, and `result`. */
static void end_line(struct strace *s, struct thread *t, const char *result)
{
	size_t used;

	if (s->held != t)
		strace_interrupt(s);
	if (t->told) {
		text_clear(&t->head);
		put_prefix(s, t, &t->head);
		text_printf(&t->head, "<... %s resumed>",
			    t->p.row->name ? t->p.row->name : "syscall");
		s->shown = 0;
	}
	used = length_so_far(t);
	write_known(s, t);
	fprintf(s->out, ")%*s= %s\n", used + 2 < RESULT_COLUMN ? RESULT_COLUMN - (int)used - 1 : 1,
		"", result);
	s->held = NULL;
	s->shown = 0;
	t->open = false;
	write_waiting(s, t);
}

/* ---- Threads ---- */

static struct thread *find(const struct strace *s, uint32_t tid)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->thread[i]->tid == tid)
			return s->thread[i];
	return NULL;
}

static struct thread *add(struct strace *s, uint32_t tid, uint32_t pid)
{
	struct thread *t = find(s, tid);

	if (t || s->count == THREADS_MOST)
		return t;
	if (s->count == s->room) {
		unsigned room = s->room ? 2 * s->room : 8;
		struct thread **more = realloc(s->thread, room * sizeof(struct thread *));

		if (!more)
			return NULL;
		s->thread = more;
		s->room = room;
	}
	t = calloc(1, sizeof(*t));
	if (!t)
		return NULL;
	t->tid = tid;
	t->pid = pid;
	t->p.machine = s->inspect->machine;
	s->thread[s->count++] = t;
	return t;
}

static void drop(struct strace *s, struct thread *t)
{
	for (unsigned i = 0; i < s->count; i++)
		if (s->thread[i] == t)
			s->thread[i] = s->thread[--s->count];
	text_free(&t->p.text);
	text_free(&t->head);
	free(t);
}

/* execve by another thread than the first: it has taken the first one's id. */
static struct thread *renamed(const struct strace *s, uint32_t tid, uint32_t pid)
{
	for (unsigned i = 0; i < s->count; i++) {
		struct thread *t = s->thread[i];

		if (t->pid == pid && t->open && t->p.number == NR_EXECVE) {
			t->tid = tid;
			return t;
		}
	}
	return NULL;
}

/* ---- Calls ---- */

static void print_more(const struct strace *s, struct thread *t)
{
	const struct introspect_process *process = inspect_process(s->inspect, t->tid);

	t->p.satp = process ? process->satp : 0;
	printer_go_on(&t->p);
}

static void begin_call(struct strace *s, const struct event *event)
{
	const struct introspect *guest = s->inspect->guest;
	const struct hart *hart = s->inspect->machine->hart[event->hart];
	uint64_t number = hart_reg(hart, 17);
	struct thread *t;

	if (guest->current_pid <= 1 || (!guest->program_pid && number != NR_EXECVE))
		return;
	t = add(s, guest->current_tid, guest->current_pid);
	if (!t)
		return;
	strace_interrupt(s);
	t->pc = event->trap.pc;
	t->open = true;
	t->told = false;
	t->from = 0;
	t->p.number = number;
	t->p.sp = hart_reg(hart, 2);
	for (unsigned i = 0; i < STRACE_ARGS; i++)
		t->p.a[i] = hart_reg(hart, 10 + i);
	text_clear(&t->head);
	put_prefix(s, t, &t->head);
	printer_begin(&t->p);
	print_more(s, t);
	s->held = t;
	s->shown = 0;
}

static bool clones_thread(const struct printer *p)
{
	uint64_t flags = p->a[0];

	if (p->number == NR_CLONE3 && !guest_read(p, p->a[0], &flags, sizeof(flags)))
		flags = 0;
	return flags & CLONE_THREAD;
}

static void end_call(struct strace *s, struct thread *t, int64_t result, bool new_image)
{
	struct text text = { 0 };

	t->p.done = true;
	t->p.result = result;
	if (new_image) {
		t->p.satp = 0;
		printer_go_on(&t->p);
	} else {
		print_more(s, t);
	}
	printer_result(&t->p, &text);
	end_line(s, t, text.bytes ? text.bytes : "");
	text_free(&text);
	if ((t->p.number == NR_CLONE || t->p.number == NR_CLONE3) && result > 0)
		add(s, (uint32_t)result, clones_thread(&t->p) ? t->pid : (uint32_t)result);
}

/* Back in user mode: after a call, as a new thread, or after anything else. */
static void on_user(struct strace *s, const struct event *event)
{
	const struct introspect *guest = s->inspect->guest;
	const struct hart *hart = s->inspect->machine->hart[event->hart];
	uint64_t target = event->xret.target;
	struct thread *t = find(s, guest->current_tid);

	if (guest->current_pid <= 1 || !guest->program_pid)
		return;
	if (!t)
		t = renamed(s, guest->current_tid, guest->current_pid);
	if (!t)
		t = add(s, guest->current_tid, guest->current_pid);
	if (!t || !t->open)
		return;
	if (t->p.number != NR_RT_SIGRETURN && target == t->pc)
		end_call(s, t, -ERESTARTSYS, false);
	else
		end_call(s, t, (int64_t)hart_reg(hart, 10),
			 t->p.number == NR_EXECVE && target != t->pc + 4);
}

/* ---- Signals and ends ---- */

static void on_end(struct strace *s, struct thread *t, uint32_t status)
{
	struct text text = { 0 };

	if (t->open) {
		if (t->p.next < t->p.row->nargs && !t->p.over)
			text_put(&t->p.text, " <unfinished ...>");
		end_line(s, t, "?");
	}
	write_waiting(s, t);
	if (status & 0x7f) {
		text_put(&text, "+++ killed by ");
		put_signal(&text, status & 0x7f);
		text_put(&text, status & 0x80 ? " (core dumped) +++" : " +++");
	} else {
		text_printf(&text, "+++ exited with %" PRIu32 " +++", status >> 8 & 0xff);
	}
	write_line(s, t, text.bytes ? text.bytes : "");
	text_free(&text);
	drop(s, t);
}

static void on_life(struct strace *s, const struct introspect_life *life)
{
	struct thread *t;

	if (life->pid <= 1 || !s->inspect->guest->program_pid)
		return;
	t = add(s, life->tid, life->pid);
	if (!t)
		return;
	if (life->kind == LIFE_ENDED) {
		on_end(s, t, life->status);
		return;
	}
	if (t->open && life->in_call)
		end_call(s, t, life->result, false);
	if (t->open && t->nwaiting < WAITING_MOST)
		memcpy(t->waiting[t->nwaiting++], life->info, sizeof(life->info));
	else if (!t->open)
		write_signal(s, t, life->info);
	if (life->kind == LIFE_STOPPED) {
		struct text text = { 0 };

		text_put(&text, "--- stopped by ");
		put_signal(&text, (uint32_t)life->info[0]);
		text_put(&text, " ---");
		write_line(s, t, text.bytes ? text.bytes : "");
		text_free(&text);
	}
}

static void take_life(struct strace *s)
{
	const struct introspect *guest = s->inspect->guest;

	if (guest->life_head < s->taken) /* the machine was reset */
		s->taken = 0;
	if (guest->life_head - s->taken > INTROSPECT_LIFE_RING) {
		strace_interrupt(s);
		fprintf(s->out, "# %" PRIu64 " signals and ends were not seen\n",
			guest->life_head - s->taken - INTROSPECT_LIFE_RING);
		s->taken = guest->life_head - INTROSPECT_LIFE_RING;
	}
	while (s->taken < guest->life_head)
		on_life(s, &guest->life[s->taken++ % INTROSPECT_LIFE_RING]);
}

/* ---- Events ---- */

void strace_event(struct strace *s, const struct event *event)
{
	const struct introspect *guest = s->inspect->guest;
	struct thread *t;

	if (!guest || !inspect_stable(s->inspect))
		return;
	take_life(s);
	if (event->kind == EVENT_TRAP && event->trap.from == PRIV_U &&
	    event->trap.cause == CAUSE_ECALL_U && event->trap.to == PRIV_S)
		begin_call(s, event);
	if (event->kind != EVENT_XRET || event->xret.from != PRIV_S)
		return;
	if (event->xret.to == PRIV_U) {
		on_user(s, event);
	} else if ((t = find(s, guest->current_tid)) && t->open && s->held == t) {
		print_more(s, t); /* the kernel has brought in a page */
	}
}

/* ---- The trace ---- */

struct strace *strace_create(const struct inspect *inspect, FILE *out, bool numbered)
{
	struct strace *s = calloc(1, sizeof(*s));

	if (!s)
		return NULL;
	s->inspect = inspect;
	s->out = out;
	s->numbered = numbered;
	return s;
}

void strace_destroy(struct strace *s)
{
	if (!s)
		return;
	strace_interrupt(s);
	while (s->count)
		drop(s, s->thread[0]);
	free(s->thread);
	free(s);
}
