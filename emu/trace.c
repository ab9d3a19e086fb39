#include "emu/trace.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/faultlog.h"

struct trace {
	struct machine *machine;
	FILE *file;
	const char *path;
	bool ours; /* we opened the file */
};

typedef unsigned long long ull;

static char mode_letter(unsigned priv)
{
	return "US?M"[priv & 3];
}

static void print_insn(const struct trace *t, const struct event *e)
{
	char text[96];

	hart_disassemble(e->insn.bits, e->insn.pc, text, sizeof(text));
	fprintf(t->file, "insn %c 0x%016llx %0*x%s  %s\n",
		mode_letter(hart_priv(t->machine->hart[e->hart])), (ull)e->insn.pc,
		(int)e->insn.bytes * 2, e->insn.bits, e->insn.bytes == 2 ? "    " : "", text);
}

static void print_trap(const struct trace *t, const struct event *e)
{
	bool interrupt = e->trap.cause >> 63;

	fprintf(t->file, "trap %c>%c %s %llu (%s) at 0x%llx tval 0x%llx, to 0x%llx\n",
		mode_letter(e->trap.from), mode_letter(e->trap.to),
		interrupt ? "interrupt" : "exception", (ull)(e->trap.cause & ~(1ull << 63)),
		trap_cause_name(e->trap.cause), (ull)e->trap.pc, (ull)e->trap.tval,
		(ull)e->trap.target);
}

static void print_walk(const struct trace *t, const struct event *e)
{
	static const char *const accesses[] = { "fetch", "load", "store" };
	const struct sv_walk *w = e->walk.walk;
	char flags[9];

	fprintf(t->file, "walk %c %s 0x%llx satp 0x%llx:", mode_letter(e->walk.priv),
		accesses[w->access], (ull)w->va, (ull)e->walk.satp);
	for (unsigned i = 0; i < w->nsteps; i++)
		fprintf(t->file, " L%u[0x%llx]=0x%llx %s", w->step[i].level, (ull)w->step[i].pte_pa,
			(ull)w->step[i].pte, sv_pte_flags(w->step[i].pte, flags));
	if (w->status == SV_OK)
		fprintf(t->file, " -> 0x%llx, page of 0x%llx%s\n", (ull)w->pa, (ull)w->page_bytes,
			w->updated ? ", A or D set" : "");
	else
		fprintf(t->file, " -> %s\n", sv_status_name(w->status));
}

static void print_fill(const struct trace *t, const struct event *e)
{
	const struct tlb_entry *entry = e->fill.entry;
	char flags[9];

	fprintf(t->file, "%ctlb fill 0x%llx -> 0x%llx, page of 0x%llx, asid %u%s, %s\n",
		e->fill.instruction ? 'i' : 'd', (ull)entry->va, (ull)entry->pa,
		(ull)tlb_page_bytes(entry), entry->asid, entry->global ? " global" : "",
		sv_pte_flags(entry->pte, flags));
}

static void print_fence(const struct trace *t, const struct event *e)
{
	fputs("sfence.vma", t->file);
	if (e->fence.has_va)
		fprintf(t->file, " va 0x%llx", (ull)e->fence.va);
	if (e->fence.has_asid)
		fprintf(t->file, " asid %llu", (ull)e->fence.asid);
	fputc('\n', t->file);
}

static void print_event(void *ctx, const struct event *e)
{
	const struct trace *t = ctx;

	fprintf(t->file, "%llu.%03llu us ", (ull)(e->time_ns / 1000), (ull)(e->time_ns % 1000));
	if (t->machine->config.nharts > 1)
		fprintf(t->file, "hart %u ", e->hart);
	switch (e->kind) {
	case EVENT_TRAP:
		print_trap(t, e);
		break;
	case EVENT_XRET:
		fprintf(t->file, "ret  %c>%c at 0x%llx, to 0x%llx\n", mode_letter(e->xret.from),
			mode_letter(e->xret.to), (ull)e->xret.pc, (ull)e->xret.target);
		break;
	case EVENT_WALK:
		print_walk(t, e);
		break;
	case EVENT_TLB_FILL:
		print_fill(t, e);
		break;
	case EVENT_FENCE:
		print_fence(t, e);
		break;
	case EVENT_SATP:
		fprintf(t->file, "satp 0x%llx -> 0x%llx\n", (ull)e->satp.before,
			(ull)e->satp.after);
		break;
	case EVENT_DISK:
		fprintf(t->file, "disk %u %s page %llu\n", e->disk.disk,
			e->disk.write ? "write" : "read", (ull)e->disk.page);
		break;
	case EVENT_INSN:
		print_insn(t, e);
		break;
	case EVENT_KINDS:
		break;
	}
	if (log_reader_gone(t->file))
		machine_request_end(t->machine, SIGPIPE);
}

struct trace *trace_open(struct machine *machine, uint32_t kinds, const char *path,
			 struct error *error)
{
	struct trace *t = calloc(1, sizeof(*t));

	if (!t) {
		refuse(error, "out of memory");
		return NULL;
	}
	t->machine = machine;
	t->path = path;
	t->ours = path;
	t->file = path ? fopen(path, "w") : stderr;
	if (!t->file) {
		refuse(error, "-D: %s: %s", path, strerror(errno));
		free(t);
		return NULL;
	}
	if (!event_subscribe(&machine->events, kinds, print_event, t)) {
		refuse(error, "-d: too many observers");
		trace_close(t, error);
		return NULL;
	}
	return t;
}

bool trace_close(struct trace *t, struct error *error)
{
	bool ok = true, gone;

	if (!t)
		return true;
	event_unsubscribe(&t->machine->events, print_event, t);
	if (fflush(t->file) != 0 || ferror(t->file))
		ok = false;
	gone = log_reader_gone(t->file);
	if (t->ours && fclose(t->file) != 0)
		ok = false;
	ok |= gone;
	if (!ok)
		refuse(error, "-D: %s: cannot be written", t->path ? t->path : "standard error");
	free(t);
	return ok;
}
