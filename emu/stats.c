#include "emu/stats.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "emu/parse.h"

#define SLOTS 1024 /* of the kernel's process table for which a shortcut is kept */

/* The last that was seen of one process, which may be gone by the end. */
struct process_stats {
	uint32_t pid;
	uint64_t minor, major, peak_resident;
	char name[17];
};

/* A user page of an address space.  satp with its ASID names one of these: a process has another one
 * after exec, and threads have theirs in common. */
struct touch {
	uint64_t satp, page; /* satp 0: an empty place of the set */
};

struct stats {
	struct machine *machine;
	struct inspect *inspect;
	unsigned root_disk, swap_disk;
	struct process_stats *process;
	unsigned nprocesses, process_capacity;
	unsigned at_slot[SLOTS]; /* where the process last seen in a slot of the table is */
	struct touch *touched;	 /* set; capacity a power of two */
	uint64_t ntouched, touched_capacity;
	bool frames_taken;
	struct introspect_counters at_exit;
};

static uint64_t hash(struct touch touch)
{
	uint64_t x = (touch.satp ^ touch.page << 17) * 0x9e3779b97f4a7c15ull;
	return x ^ x >> 29;
}

static struct touch *touched_slot(struct touch *set, uint64_t capacity, struct touch touch)
{
	for (uint64_t at = hash(touch);; at++) {
		struct touch *slot = &set[at & (capacity - 1)];
		if (!slot->satp || (slot->satp == touch.satp && slot->page == touch.page))
			return slot;
	}
}

static bool touched_grow(struct stats *stats)
{
	uint64_t capacity = stats->touched_capacity ? stats->touched_capacity * 2 : 4096;
	struct touch *grown = calloc(capacity, sizeof *grown);
	if (!grown)
		return false;
	for (uint64_t i = 0; i < stats->touched_capacity; i++) {
		if (stats->touched[i].satp)
			*touched_slot(grown, capacity, stats->touched[i]) = stats->touched[i];
	}
	free(stats->touched);
	stats->touched = grown;
	stats->touched_capacity = capacity;
	return true;
}

static void touched_add(struct stats *stats, struct touch touch)
{
	if (stats->ntouched * 2 >= stats->touched_capacity && !touched_grow(stats))
		return;
	struct touch *slot = touched_slot(stats->touched, stats->touched_capacity, touch);
	stats->ntouched += !slot->satp;
	*slot = touch;
}

static struct process_stats *process_of(struct stats *stats, uint32_t slot, uint32_t pid)
{
	unsigned *at = &stats->at_slot[slot % SLOTS];
	if (*at < stats->nprocesses && stats->process[*at].pid == pid)
		return &stats->process[*at];
	/* Newest first: the one that runs is usually young. */
	for (unsigned i = stats->nprocesses; i-- > 0;) {
		if (stats->process[i].pid == pid) {
			*at = i;
			return &stats->process[i];
		}
	}
	if (stats->nprocesses == stats->process_capacity) {
		unsigned capacity = stats->process_capacity ? stats->process_capacity * 2 : 32;
		void *grown = realloc(stats->process, capacity * sizeof *stats->process);
		if (!grown)
			return NULL;
		stats->process = grown;
		stats->process_capacity = capacity;
	}
	*at = stats->nprocesses;
	struct process_stats *process = &stats->process[stats->nprocesses++];
	*process = (struct process_stats){ .pid = pid };
	return process;
}

/* Copies the process table.  Called at every switch of address space and every fence: a process that ends is a
 * zombie until after the next of them, so its last figures are seen. */
static void sample_processes(struct stats *stats)
{
	uint32_t count;
	const struct introspect_process *table = inspect_processes(stats->inspect, &count);
	for (uint32_t i = 0; table && i < count; i++) {
		if (table[i].state == PROC_UNUSED || !table[i].pid)
			continue;
		struct process_stats *process = process_of(stats, i, table[i].pid);
		if (!process)
			return;
		process->minor = table[i].minor;
		process->major = table[i].major;
		process->peak_resident = table[i].peak_resident_pages;
		memcpy(process->name, table[i].name, sizeof table[i].name);
	}
}

static void on_event(void *ctx, const struct event *event)
{
	struct stats *stats = ctx;
	if (!inspect_attach(stats->inspect, stats->machine))
		return;
	if (event->kind == EVENT_SATP) {
		if (inspect_stable(stats->inspect))
			sample_processes(stats);
	} else if (event->kind == EVENT_TLB_FILL && (event->fill.entry->pte & PTE_U)) {
		uint64_t satp = hart_satp(stats->machine->hart[event->hart]);
		touched_add(stats, (struct touch){ satp, event->fill.entry->va >> 12 });
	}
}

struct stats *stats_create(struct machine *machine, struct inspect *inspect, unsigned root_disk,
			   unsigned swap_disk)
{
	struct stats *stats = calloc(1, sizeof *stats);
	if (!stats)
		return NULL;
	stats->machine = machine;
	stats->inspect = inspect;
	stats->root_disk = root_disk;
	stats->swap_disk = swap_disk;
	if (!event_subscribe(&machine->events, EVENT_BIT(EVENT_TLB_FILL) | EVENT_BIT(EVENT_SATP),
			     on_event, stats)) {
		free(stats);
		return NULL;
	}
	return stats;
}

void stats_destroy(struct stats *stats)
{
	if (!stats)
		return;
	event_unsubscribe(&stats->machine->events, on_event, stats);
	free(stats->process);
	free(stats->touched);
	free(stats);
}

void stats_program_exits(struct stats *stats)
{
	if (stats->frames_taken || !stats->inspect->guest)
		return;
	stats->at_exit = stats->inspect->guest->counters;
	stats->frames_taken = true;
}

/* One figure: its place in the JSON ("group.name", or "name" alone) and its value. */
struct figure {
	const char *group, *name;
	uint64_t value;
};

struct report {
	struct figure figure[96];
	unsigned count;
};

static void add(struct report *report, const char *group, const char *name, uint64_t value)
{
	report->figure[report->count++] = (struct figure){ group, name, value };
}

static struct hart_counters sum_harts(const struct machine *machine)
{
	struct hart_counters sum = { 0 };
	for (unsigned i = 0; i < machine->config.nharts; i++) {
		const struct hart_counters *c = hart_counters(machine->hart[i]);
		sum.s_page_faults += c->s_page_faults;
		for (unsigned p = 0; p < 4; p++)
			sum.insns_by_priv[p] += c->insns_by_priv[p];
		sum.itlb_accesses += c->itlb_accesses;
		sum.dtlb_accesses += c->dtlb_accesses;
		sum.walks += c->walks;
		sum.pte_reads += c->pte_reads;
	}
	return sum;
}

static void add_machine(struct report *report, const struct stats *stats)
{
	const struct machine *machine = stats->machine;
	struct hart_counters sum = sum_harts(machine);
	uint64_t insns = machine_insns(machine);
	uint64_t idle = machine->idle_ns;
	/* With N harts each retires one instruction in N ns of the shared clock. */
	unsigned n = machine->config.nharts;
	add(report, NULL, "instructions", insns);
	add(report, NULL, "virtual_ns", machine_now_ns(machine));
	add(report, "cpu", "user_ns", sum.insns_by_priv[PRIV_U] / n);
	add(report, "cpu", "kernel_ns",
	    (sum.insns_by_priv[PRIV_S] + sum.insns_by_priv[PRIV_M]) / n);
	add(report, "cpu", "idle_ns", idle);
}

static void add_tlb(struct report *report, const struct stats *stats)
{
	const struct machine *machine = stats->machine;
	struct hart_counters sum = sum_harts(machine);
	uint64_t itlb_misses = 0, dtlb_misses = 0, flushes = 0;
	for (unsigned i = 0; i < machine->config.nharts; i++) {
		const struct tlb_counters *itlb = tlb_counters(hart_itlb(machine->hart[i]));
		const struct tlb_counters *dtlb = tlb_counters(hart_dtlb(machine->hart[i]));
		itlb_misses += itlb->misses;
		dtlb_misses += dtlb->misses;
		flushes += dtlb->flushes; /* each fence reaches both: counted once */
	}
	add(report, "itlb", "hits", sum.itlb_accesses - itlb_misses);
	add(report, "itlb", "misses", itlb_misses);
	add(report, "dtlb", "hits", sum.dtlb_accesses - dtlb_misses);
	add(report, "dtlb", "misses", dtlb_misses);
	add(report, "tlb", "walks", sum.walks);
	add(report, "tlb", "pte_reads", sum.pte_reads);
	add(report, "tlb", "flushes", flushes);
	if (stats->inspect->guest)
		add(report, "tlb", "pages_touched", stats->ntouched);
}

static uint64_t total_faults(const struct introspect_counters *c)
{
	uint64_t total = 0;
	for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
		total += c->faults[kind];
	return total;
}

static void add_kernel(struct report *report, const struct stats *stats)
{
	const struct introspect_counters *c = &stats->inspect->guest->counters;
	const struct introspect_counters *frames = stats->frames_taken ? &stats->at_exit : c;
	uint64_t total = total_faults(c);
	add(report, "faults", "total", total);
	add(report, "faults", "minor", c->faults_minor);
	add(report, "faults", "major", c->faults_major);
	for (unsigned kind = 0; kind < FAULT_KINDS; kind++)
		add(report, "faults", inspect_fault_name(kind), c->faults[kind]);
	add(report, "faults", "kernel", c->faults_kernel);
	add(report, "faults", "mean_service_ns",
	    total ? c->service_ticks * INSPECT_NS_PER_TICK / total : 0);
	add(report, "evictions", "clean", c->evictions_clean);
	add(report, "evictions", "dirty", c->evictions_dirty);
	add(report, "disk", "root_reads", c->root_reads);
	add(report, "disk", "root_writes", c->root_writes);
	add(report, "disk", "swap_reads", c->swap_reads);
	add(report, "disk", "swap_writes", c->swap_writes);
	add(report, "frames", "total", frames->frames_total);
	add(report, "frames", "kernel", frames->frames_kernel);
	add(report, "frames", "page_table", frames->frames_page_table);
	add(report, "frames", "anon", frames->frames_anon);
	add(report, "frames", "file_mapped", frames->frames_file_mapped);
	add(report, "frames", "cache", frames->frames_cache);
	add(report, "frames", "free", frames->frames_free);
	add(report, "frames", "user_peak", c->user_peak);
	add(report, "frames", "cap", c->frames_cap);
	add(report, "frames", "capped_peak", c->frames_capped_peak);
	add(report, "frames", "cow_copies", c->cow_copies);
	add(report, "frames", "exec_filled", stats->inspect->guest->exec_filled);
	add(report, "thrashing", "ns",
	    stats->inspect->guest->thrashing_ticks * INSPECT_NS_PER_TICK);
}

static void add_emulator(struct report *report, const struct stats *stats)
{
	const struct machine *machine = stats->machine;
	unsigned n = machine_ndisks(machine);
	add(report, "emulator", "page_faults", sum_harts(machine).s_page_faults);
	if (stats->root_disk < n) {
		struct disk_counters disk = machine_disk(machine, stats->root_disk);
		add(report, "emulator", "root_reads", disk.reads);
		add(report, "emulator", "root_writes", disk.writes);
	}
	if (stats->swap_disk < n) {
		struct disk_counters disk = machine_disk(machine, stats->swap_disk);
		add(report, "emulator", "swap_reads", disk.reads);
		add(report, "emulator", "swap_writes", disk.writes);
	}
}

static struct report collect(struct stats *stats)
{
	struct report report = { .count = 0 };
	bool kernel = inspect_attach(stats->inspect, stats->machine);
	add_machine(&report, stats);
	if (kernel) {
		sample_processes(stats);
		add_kernel(&report, stats);
	}
	add_tlb(&report, stats);
	add_emulator(&report, stats);
	return report;
}

static void json_string(FILE *out, const char *text)
{
	putc('"', out);
	for (; *text; text++) {
		unsigned char c = (unsigned char)*text;
		if (c < ' ' || c >= 0x7f) /* bytes as Latin-1: the name's encoding is the guest's */
			fprintf(out, "\\u%04x", c);
		else if (c == '"' || c == '\\')
			fprintf(out, "\\%c", c);
		else
			putc(c, out);
	}
	putc('"', out);
}

static void json_figures(FILE *out, const struct report *report)
{
	const char *group = NULL;
	for (unsigned i = 0; i < report->count; i++) {
		const struct figure *f = &report->figure[i];
		bool new_group = f->group && (!group || strcmp(group, f->group));
		if (group && (!f->group || new_group))
			fprintf(out, " },\n");
		else if (i)
			fprintf(out, group ? ", " : ",\n");
		if (new_group)
			fprintf(out, "  \"%s\": { ", f->group);
		else if (!f->group)
			fprintf(out, "  ");
		fprintf(out, "\"%s\": %" PRIu64, f->name, f->value);
		group = f->group;
	}
	fprintf(out, group ? " }" : "");
}

bool stats_write_json(struct stats *stats, FILE *out)
{
	struct report report = collect(stats);
	fprintf(out, "{\n");
	json_figures(out, &report);
	if (stats->inspect->guest) {
		/* A copy: the guest's text need not end. */
		char policy[sizeof(stats->inspect->guest->policy) + 1] = "";
		memcpy(policy, stats->inspect->guest->policy, sizeof policy - 1);
		fprintf(out, ",\n  \"policy\": ");
		json_string(out, policy);
		fprintf(out, ",\n  \"processes\": [");
		for (unsigned i = 0; i < stats->nprocesses; i++) {
			const struct process_stats *p = &stats->process[i];
			fprintf(out, "%s\n    { \"pid\": %" PRIu32 ", \"name\": ", i ? "," : "",
				p->pid);
			json_string(out, p->name);
			fprintf(out,
				", \"minor\": %" PRIu64 ", \"major\": %" PRIu64
				", \"peak_resident\": %" PRIu64 " }",
				p->minor, p->major, p->peak_resident);
		}
		fprintf(out, "\n  ],\n  \"missing_syscalls\": {");
		const uint32_t *missing = stats->inspect->guest->missing_syscalls;
		const char *comma = " ";
		for (unsigned nr = 0; nr < INTROSPECT_SYSCALLS; nr++) {
			if (!missing[nr])
				continue;
			fprintf(out, "%s\"%u\": %" PRIu32, comma, nr, missing[nr]);
			comma = ", ";
		}
		fprintf(out, " }");
	}
	fprintf(out, "\n}\n");
	return !ferror(out);
}

bool stats_write_table(struct stats *stats, FILE *out)
{
	struct report report = collect(stats);
	const char *group = NULL;
	unsigned column = 0;
	for (unsigned i = 0; i < report.count; i++) {
		const struct figure *f = &report.figure[i];
		const char *heading = f->group ? f->group : f->name;
		if (!f->group || !group || strcmp(group, f->group) || column >= 4) {
			bool again = group && f->group && !strcmp(group, f->group);
			fprintf(out, "%sfaultline: %-12s", i ? "\n" : "", again ? "" : heading);
			column = 0;
		}
		if (f->group)
			fprintf(out, "  %s %" PRIu64, f->name, f->value);
		else
			fprintf(out, "  %" PRIu64, f->value);
		group = f->group;
		column++;
	}
	fprintf(out, "\n");
	if (!stats->inspect->guest)
		return !ferror(out);
	for (unsigned i = 0; i < stats->nprocesses; i++) {
		struct process_stats *p = &stats->process[i];
		make_printable(p->name);
		fprintf(out,
			"faultline: pid %-5" PRIu32 "     %s  minor %" PRIu64 "  major %" PRIu64
			"  peak_resident %" PRIu64 "\n",
			p->pid, p->name, p->minor, p->major, p->peak_resident);
	}
	for (unsigned nr = 0; nr < INTROSPECT_SYSCALLS; nr++) {
		if (stats->inspect->guest->missing_syscalls[nr])
			fprintf(out,
				"faultline: missing system call %u, called %" PRIu32 " times\n", nr,
				stats->inspect->guest->missing_syscalls[nr]);
	}
	return !ferror(out);
}
