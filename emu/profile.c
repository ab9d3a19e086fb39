#include "emu/profile.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/splitmix64.h"
#include "emu/images.h"
#include "emu/machine_private.h"
#include "emu/parse.h"

/*
 * So many instructions before a sample the machine goes from poll point to poll point.  A straight piece
 * that is longer may hide its samples, so that the distance grows when one is met.
 */
#define NEAR_LEAST 64
#define NEAR_MOST  4096

/* Farther than this no straight piece of code reaches: it ends with its page. */
#define STRAIGHT 2048

/* Where a sample that was missed is taken instead: so far behind at most. */
#define LATER 4096

#define DEPTH	    64
#define STACK_BYTES (8u << 20) /* frames lie this near above each other */
#define TABLE_ROWS  40	       /* on standard error; a file has all */

#define REG_RA 1
#define REG_SP 2
#define REG_S0 8

/* The machine at a poll point, as far as its current hart is concerned. */
struct mark {
	bool valid;
	unsigned hart;
	uint64_t insns; /* of the machine */
	uint64_t pc, satp, ra, sp, s0;
	enum priv priv;
	uint32_t pid;
	char process[17];
};

/* A function (or an object without symbols): names are interned by pointer and object. */
struct frame {
	const char *symbol, *object;
	enum priv priv;
};

/* Samples with the same process and stack. */
struct stack {
	char process[17];
	uint32_t pid;
	bool several; /* processes of this name */
	unsigned depth;
	struct frame frame[DEPTH]; /* innermost first */
	uint64_t samples;
	struct stack *next; /* of the same hash */
};

#define BUCKETS 1024

struct profile {
	struct profile_options options;
	struct machine *machine;
	struct images *images;
	struct inspect inspect;
	FILE *out;
	struct mark mark;  /* the last poll point seen */
	uint64_t window;   /* number of the interval to be sampled next */
	uint64_t due;	   /* number of the instruction to be sampled */
	uint64_t distance; /* NEAR_LEAST to NEAR_MOST */
	bool near;	   /* due was moved: by poll points until it is reached */
	struct stack *bucket[BUCKETS];
	uint64_t samples;
	unsigned nstacks;
	bool short_of_memory;
};

bool profile_parse_format(struct profile_options *options, const char *value)
{
	options->folded = strcmp(value, "folded") == 0;
	return options->folded || strcmp(value, "table") == 0;
}

/* ---- When ---- */

/* The same places in every run. */
static uint64_t mix(uint64_t x)
{
	return splitmix64(&x);
}

static void aim(struct profile *p)
{
	uint64_t interval = p->options.interval_ns;

	p->due = p->window * interval + mix(p->window) % interval + 1;
	p->near = false;
}

struct profile *profile_open(const struct profile_options *options, struct machine *machine,
			     struct images *images, char *error, unsigned error_bytes)
{
	struct profile *p = calloc(1, sizeof(*p));

	if (!p) {
		snprintf(error, error_bytes, "out of memory");
		return NULL;
	}
	p->options = *options;
	if (!p->options.interval_ns)
		p->options.interval_ns = PROFILE_INTERVAL_NS;
	p->machine = machine;
	p->images = images;
	p->inspect.machine = machine;
	p->out = strcmp(options->path, "-") == 0 ? stderr : fopen(options->path, "we");
	if (!p->out) {
		snprintf(error, error_bytes, "--profile: %s: %s", options->path, strerror(errno));
		free(p);
		return NULL;
	}
	p->distance = NEAR_LEAST;
	aim(p);
	machine->stop_insns = 1;
	return p;
}

/* ---- Reading the guest ---- */

static const void *peek(const struct profile *p, const struct mark *mark, uint64_t va,
			uint64_t bytes)
{
	uint64_t pa = va;

	if (mark->priv != PRIV_M && mark->satp >> 60) {
		struct sv_walk walk = inspect_walk(p->machine, mark->satp, va);

		if (walk.status != SV_OK || va % 4096 + bytes > 4096)
			return NULL;
		pa = walk.pa;
	}
	return machine_peek(p->machine, pa, bytes);
}

static bool read_half(const struct profile *p, const struct mark *mark, uint64_t va, uint16_t *half)
{
	const void *at = va % 2 ? NULL : peek(p, mark, va, 2);

	if (at)
		memcpy(half, at, 2);
	return at;
}

static bool read_word(const struct profile *p, const struct mark *mark, uint64_t va, uint64_t *word)
{
	const void *at = va % 8 ? NULL : peek(p, mark, va, 8);

	if (at)
		memcpy(word, at, 8);
	return at;
}

/* Does a poll point follow this instruction, whose first half is given? */
static bool ends_block(uint16_t half)
{
	unsigned opcode = half & 0x7f, funct3 = half >> 13;

	if ((half & 3) == 3)
		return opcode == 0x63 || opcode == 0x67 || opcode == 0x6f || opcode == 0x73 ||
		       opcode == 0x0f;
	if ((half & 3) == 1)
		return funct3 >= 5;				 /* c.j, c.beqz, c.bnez */
	return (half & 3) == 2 && funct3 == 4 && !(half & 0x7c); /* c.jr, c.jalr, c.ebreak */
}

/* The pc of the nth instruction from the mark, counted from 1.  False: the way there is not straight. */
static bool nth_pc(const struct profile *p, const struct mark *mark, uint64_t n, uint64_t *pc)
{
	uint16_t half;

	*pc = mark->pc;
	if (n > STRAIGHT)
		return false;
	while (--n) {
		if (!read_half(p, mark, *pc, &half) || ends_block(half))
			return false;
		*pc += (half & 3) == 3 ? 4 : 2;
	}
	return true;
}

/* Is this the address behind a call? */
static bool returns_from_call(const struct profile *p, const struct mark *mark, uint64_t va)
{
	uint16_t half;

	if (read_half(p, mark, va - 4, &half) &&
	    ((half & 0xfff) == 0x0ef || (half & 0xfff) == 0x0e7)) /* jal ra, jalr ra */
		return true;
	return read_half(p, mark, va - 2, &half) && (half & 0xf07f) == 0x9002 && (half & 0xf80);
}

/* ---- One sample ---- */

static struct frame frame_at(struct profile *p, const struct mark *mark, uint64_t pc)
{
	struct image_place place;

	if (mark->priv == PRIV_U)
		place = images_user(p->images, &p->inspect, mark->satp, pc);
	else
		place = images_supervisor(p->images, pc, mark->priv == PRIV_M);
	return (struct frame){ place.symbol, place.object, mark->priv };
}

static bool same_frame(const struct frame *a, const struct frame *b)
{
	return a->symbol == b->symbol && a->object == b->object && a->priv == b->priv;
}

static void push(struct profile *p, const struct mark *mark, struct stack *stack, uint64_t ret)
{
	/* The call itself, not what follows it, which may be another function. */
	stack->frame[stack->depth++] = frame_at(p, mark, ret - 1);
}

static void unwind(struct profile *p, const struct mark *mark, struct stack *stack)
{
	uint64_t fp = mark->s0, low = mark->sp, last = 0, ret, next;

	if (returns_from_call(p, mark, mark->ra)) {
		struct frame caller = frame_at(p, mark, mark->ra - 1);

		/* Behind a call that it made itself, ra is of no more use. */
		if (!same_frame(&caller, &stack->frame[0])) {
			stack->frame[stack->depth++] = caller;
			last = mark->ra;
		}
	}
	while (stack->depth < DEPTH && fp > low && fp - low < STACK_BYTES &&
	       read_word(p, mark, fp - 8, &ret) && read_word(p, mark, fp - 16, &next)) {
		if (!returns_from_call(p, mark, ret)) {
			/* A leaf saves s0 alone, where others save ra. */
			if (low != mark->sp || !last || ret <= fp)
				return;
			next = ret;
		} else if (ret != last) {
			push(p, mark, stack, ret);
		}
		last = 0; /* a recursion has the same again */
		low = fp;
		fp = next;
	}
}

static unsigned hash_of(const struct stack *stack)
{
	uint64_t h = stack->depth;

	/* Not of addresses of the host: only the order of buckets would follow from them, but so would the
	 * order of equal rows. */
	for (const char *c = stack->process; *c; c++)
		h = mix(h ^ (uint8_t)*c);
	for (unsigned i = 0; i < stack->depth; i++)
		for (const char *c = stack->frame[i].symbol; c && *c; c++)
			h = mix(h ^ (uint8_t)*c);
	return h % BUCKETS;
}

static bool same_stack(const struct stack *a, const struct stack *b)
{
	if (strcmp(a->process, b->process) != 0 || a->depth != b->depth)
		return false;
	for (unsigned i = 0; i < a->depth; i++)
		if (!same_frame(&a->frame[i], &b->frame[i]))
			return false;
	return true;
}

static void count(struct profile *p, const struct stack *stack, uint64_t samples)
{
	struct stack **at = &p->bucket[hash_of(stack)];

	while (*at && !same_stack(*at, stack))
		at = &(*at)->next;
	if (!*at) {
		*at = malloc(sizeof(**at));
		if (!*at) {
			p->short_of_memory = true;
			return;
		}
		**at = *stack;
		p->nstacks++;
	}
	(*at)->several |= (*at)->pid != stack->pid;
	(*at)->samples += samples;
	p->samples += samples;
}

static void sample(struct profile *p, const struct mark *mark, uint64_t pc, uint64_t samples)
{
	struct stack stack = { .pid = mark->pid, .depth = 1 };

	memcpy(stack.process, mark->process, sizeof(stack.process));
	stack.frame[0] = frame_at(p, mark, pc);
	unwind(p, mark, &stack);
	count(p, &stack, samples);
}

static void name_process(struct profile *p, struct mark *mark)
{
	const struct introspect_process *process = NULL;

	mark->pid = 0;
	if (inspect_attach(&p->inspect, p->machine)) {
		mark->pid = p->inspect.guest->current_pid;
		process = mark->pid ? inspect_process(&p->inspect, mark->pid) : NULL;
		if (process)
			memcpy(mark->process, process->name, sizeof(process->name));
		else
			strcpy(mark->process, "-");
	} else if (mark->priv == PRIV_U) { /* of an unknown kernel: by its root table */
		snprintf(mark->process, sizeof(mark->process), "%#" PRIx64,
			 mark->satp & 0xfffffffffff);
	} else {
		strcpy(mark->process, "-");
	}
}

static void take_mark(struct profile *p, unsigned h, uint64_t insns)
{
	const struct hart *hart = p->machine->hart[h];

	p->mark = (struct mark){
		.valid = true,
		.hart = h,
		.insns = insns,
		.pc = hart_pc(hart),
		.satp = hart_satp(hart),
		.ra = hart_reg(hart, REG_RA),
		.sp = hart_reg(hart, REG_SP),
		.s0 = hart_reg(hart, REG_S0),
		.priv = hart_priv(hart),
	};
	name_process(p, &p->mark);
}

/* The instruction due has retired. */
static void reached(struct profile *p, unsigned h, uint64_t insns)
{
	const struct mark *mark = &p->mark;
	uint64_t window = insns / p->options.interval_ns, pc;

	if (!mark->valid || mark->hart != h || !nth_pc(p, mark, p->due - mark->insns, &pc)) {
		/* A long straight piece, or another hart's turn. */
		if (!p->near && mark->hart == h) {
			p->distance += insns - p->due;
			if (p->distance > NEAR_MOST)
				p->distance = NEAR_MOST;
		}
		p->due = insns + 1 + mix(insns) % LATER;
		p->near = true;
		return;
	}
	if (window <= p->window)
		window = p->window + 1;
	sample(p, mark, pc, window - p->window);
	p->window = window;
	aim(p);
	if (p->due <= insns)
		p->due = insns + 1;
}

void profile_pump(struct profile *p)
{
	struct machine *m = p->machine;
	uint64_t insns = machine_insns(m);
	unsigned h = m->private->current;

	if (p->mark.valid && insns < p->mark.insns) { /* the machine was reset */
		p->window = insns / p->options.interval_ns + 1;
		aim(p);
	} else if (insns >= p->due) {
		reached(p, h, insns);
	}
	take_mark(p, h, insns);
	m->stop_insns = p->near || p->due - insns <= p->distance ? insns + 1 : p->due - p->distance;
}

/* ---- The report ---- */

static void frame_name(const struct frame *frame, char *buf, size_t size)
{
	if (frame->symbol)
		snprintf(buf, size, "%s", frame->symbol);
	else if (frame->object)
		snprintf(buf, size, "[%s]", frame->object);
	else
		snprintf(buf, size, "[unknown]");
}

static void write_folded_line(const struct stack *stack, FILE *out)
{
	static const char *const suffix[] = { [PRIV_U] = "", [PRIV_S] = "_[k]", [PRIV_M] = "_[m]" };
	char name[256];

	/* A space would end the stack. */
	for (const char *c = stack->process; *c; c++)
		putc(*c == ' ' || *c == ';' ? '_' : *c, out);
	for (unsigned i = stack->depth; i-- > 0;) {
		frame_name(&stack->frame[i], name, sizeof(name));
		fprintf(out, ";%s%s", name, suffix[stack->frame[i].priv]);
	}
	fprintf(out, " %" PRIu64 "\n", stack->samples);
}

static int by_leaf(const struct stack *a, const struct stack *b)
{
	char x[256], y[256];
	int order = strcmp(a->process, b->process);

	if (order)
		return order;
	frame_name(&a->frame[0], x, sizeof(x));
	frame_name(&b->frame[0], y, sizeof(y));
	order = strcmp(x, y);
	if (order)
		return order;
	if (a->frame[0].priv != b->frame[0].priv)
		return a->frame[0].priv < b->frame[0].priv ? -1 : 1;
	return strcmp(a->frame[0].object ? a->frame[0].object : "",
		      b->frame[0].object ? b->frame[0].object : "");
}

static int by_stack(const void *va, const void *vb)
{
	const struct stack *a = *(struct stack *const *)va, *b = *(struct stack *const *)vb;
	char x[256], y[256];
	int order = by_leaf(a, b);

	for (unsigned i = 1; !order && i < a->depth && i < b->depth; i++) {
		frame_name(&a->frame[i], x, sizeof(x));
		frame_name(&b->frame[i], y, sizeof(y));
		order = strcmp(x, y);
	}
	return order ? order : (int)a->depth - (int)b->depth;
}

static int by_samples(const void *va, const void *vb)
{
	const struct stack *a = *(struct stack *const *)va, *b = *(struct stack *const *)vb;

	if (a->samples != b->samples)
		return a->samples > b->samples ? -1 : 1;
	return by_leaf(a, b);
}

static void write_row(const struct profile *p, const struct stack *row)
{
	static const char *const privs[] = {
		[PRIV_U] = "user", [PRIV_S] = "kernel", [PRIV_M] = "machine"
	};
	char name[256], process[48];

	frame_name(&row->frame[0], name, sizeof(name));
	if (row->several || !row->pid)
		snprintf(process, sizeof(process), "%s", row->process);
	else
		snprintf(process, sizeof(process), "%s (%" PRIu32 ")", row->process, row->pid);
	make_printable(process);
	fprintf(p->out, "%6.2f %9" PRIu64 "  %-7s  %-22s %s",
		(double)row->samples * 100 / (double)p->samples, row->samples,
		privs[row->frame[0].priv], process, name);
	if (row->frame[0].symbol && row->frame[0].priv == PRIV_U && row->frame[0].object &&
	    strcmp(row->frame[0].object, row->process) != 0)
		fprintf(p->out, " [%s]", row->frame[0].object);
	putc('\n', p->out);
}

/* stack[] is sorted by leaf: rows of one leaf become one. */
static unsigned merge_leaves(struct stack **stack, unsigned n)
{
	unsigned rows = 0;

	for (unsigned i = 0; i < n; i++) {
		if (rows && by_leaf(stack[rows - 1], stack[i]) == 0) {
			stack[rows - 1]->samples += stack[i]->samples;
			stack[rows - 1]->several |=
				stack[i]->several || stack[i]->pid != stack[rows - 1]->pid;
		} else {
			stack[rows++] = stack[i];
		}
	}
	return rows;
}

static void write_table(struct profile *p, struct stack **stack, unsigned n)
{
	const struct machine *m = p->machine;
	unsigned rows = merge_leaves(stack, n), shown = rows;
	uint64_t rest = 0;

	qsort(stack, rows, sizeof(*stack), by_samples);
	if (p->out == stderr && rows > TABLE_ROWS)
		shown = TABLE_ROWS;
	fprintf(p->out,
		"faultline: profile: %" PRIu64
		" samples, one every %g us of CPU time; %.6f s of CPU time, "
		"%.6f s idle not counted\n",
		p->samples, (double)p->options.interval_ns / 1e3, (double)machine_insns(m) / 1e9,
		(double)m->idle_ns / 1e9);
	fprintf(p->out, "self %%   samples  mode     process                symbol\n");
	for (unsigned i = 0; i < rows; i++) {
		if (i < shown)
			write_row(p, stack[i]);
		else
			rest += stack[i]->samples;
	}
	if (rest)
		fprintf(p->out, "%6.2f %9" PRIu64 "  %u more (--profile=FILE has all)\n",
			(double)rest * 100 / (double)p->samples, rest, rows - shown);
}

static void write_profile(struct profile *p)
{
	struct stack **all = malloc((p->nstacks + 1) * sizeof(*all));
	unsigned n = 0;

	if (!all) {
		p->short_of_memory = true;
		return;
	}
	for (unsigned b = 0; b < BUCKETS; b++)
		for (struct stack *s = p->bucket[b]; s; s = s->next)
			all[n++] = s;
	qsort(all, n, sizeof(*all), by_stack);
	if (!p->options.folded)
		write_table(p, all, n);
	for (unsigned i = 0; p->options.folded && i < n; i++)
		write_folded_line(all[i], p->out);
	free(all);
}

bool profile_close(struct profile *p, char *error, unsigned error_bytes)
{
	bool ok = true;

	if (!p)
		return true;
	write_profile(p);
	if (fflush(p->out) || ferror(p->out)) {
		snprintf(error, error_bytes, "--profile: %s: %s", p->options.path, strerror(errno));
		ok = false;
	} else if (p->short_of_memory) {
		snprintf(error, error_bytes, "--profile: out of memory: samples are missing");
		ok = false;
	}
	if (p->out != stderr)
		fclose(p->out);
	for (unsigned b = 0; b < BUCKETS; b++) {
		while (p->bucket[b]) {
			struct stack *next = p->bucket[b]->next;

			free(p->bucket[b]);
			p->bucket[b] = next;
		}
	}
	free(p);
	return ok;
}
