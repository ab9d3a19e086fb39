#include "emu/inspect.h"

#include <string.h>

bool inspect_attach(struct inspect *inspect, const struct machine *machine)
{
	inspect->machine = machine;
	if (inspect->guest)
		return true;
	/* A kernel that has none is asked at every event: its symbols are searched once. */
	if (inspect->asked != machine->kernel_symbols) {
		uint64_t va = 0;
		inspect->asked = machine->kernel_symbols;
		inspect->named = symbols_lookup(inspect->asked, INTROSPECT_SYMBOL, &va);
		inspect->pa = va - machine->kernel_va + machine->kernel_pa;
	}
	if (!inspect->named || inspect->pa % 8)
		return false;
	const struct introspect *guest = machine_peek(machine, inspect->pa, sizeof *guest);
	if (!guest || guest->magic != INTROSPECT_MAGIC || guest->version != INTROSPECT_VERSION ||
	    guest->bytes < sizeof *guest)
		return false;
	inspect->guest = guest;
	return true;
}

bool inspect_stable(const struct inspect *inspect)
{
	return inspect->guest && inspect->guest->sequence % 2 == 0;
}

const struct introspect_frame *inspect_frames(const struct inspect *inspect, uint64_t *count)
{
	const struct introspect *guest = inspect->guest;
	const struct ram *ram = &inspect->machine->ram;
	if (!guest || guest->ram_base != ram->base || guest->nframes > ram->bytes >> 12 ||
	    guest->frames_pa % 8)
		return NULL;
	*count = guest->nframes;
	return machine_peek(inspect->machine, guest->frames_pa,
			    guest->nframes * sizeof(struct introspect_frame));
}

const struct introspect_process *inspect_processes(const struct inspect *inspect, uint32_t *count)
{
	const struct introspect *guest = inspect->guest;
	if (!guest || guest->processes_pa % 8)
		return NULL;
	*count = guest->nprocesses;
	return machine_peek(inspect->machine, guest->processes_pa,
			    guest->nprocesses * sizeof(struct introspect_process));
}

const struct introspect_process *inspect_process(const struct inspect *inspect, uint32_t pid)
{
	uint32_t count;
	const struct introspect_process *process = inspect_processes(inspect, &count);
	for (uint32_t i = 0; process && i < count; i++) {
		if (process[i].state != PROC_UNUSED && process[i].pid == pid)
			return &process[i];
	}
	return NULL;
}

static const char *name_of(const char *const *names, unsigned count, unsigned value)
{
	return value < count ? names[value] : "?";
}

const char *inspect_class_name(unsigned frame_class)
{
	static const char *const names[FRAME_CLASS_COUNT] = {
		[FRAME_FREE] = "free",	   [FRAME_RESERVED] = "reserved",
		[FRAME_KERNEL] = "kernel", [FRAME_PAGE_TABLE] = "page table",
		[FRAME_ANON] = "heap",	   [FRAME_STACK] = "stack",
		[FRAME_TEXT] = "text",	   [FRAME_FILE] = "file",
		[FRAME_CACHE] = "cache",   [FRAME_SHM] = "shm",
	};
	return name_of(names, FRAME_CLASS_COUNT, frame_class);
}

const char *inspect_fault_name(unsigned kind)
{
	static const char *const names[FAULT_KINDS] = {
		[FAULT_ZERO] = "zero",	       [FAULT_FILE] = "file", [FAULT_CACHED] = "cached",
		[FAULT_SWAP] = "swap",	       [FAULT_COW] = "cow",   [FAULT_AD] = "ad",
		[FAULT_SPURIOUS] = "spurious", [FAULT_SEGV] = "segv",
	};
	return name_of(names, FAULT_KINDS, kind);
}

const char *inspect_region_name(unsigned region)
{
	static const char *const names[REGION_KIND_COUNT] = {
		[REGION_NONE] = "nowhere",   [REGION_TEXT] = "text",
		[REGION_DATA] = "data",	     [REGION_BSS] = "bss",
		[REGION_HEAP] = "heap",	     [REGION_STACK] = "stack",
		[REGION_MMAP_ANON] = "mmap", [REGION_MMAP_FILE] = "file",
		[REGION_SHARED] = "shared",
	};
	return name_of(names, REGION_KIND_COUNT, region);
}

const char *inspect_reason_text(unsigned reason)
{
	static const char *const texts[REASON_COUNT] = {
		[REASON_NONE] = "no reason given",
		[REASON_NO_REGION] = "no region there",
		[REASON_READ_ONLY] = "read-only",
		[REASON_NO_EXECUTE] = "no-execute",
		[REASON_NO_READ] = "no access allowed there",
		[REASON_GUARD] = "guard page",
		[REASON_STACK_LIMIT] = "stack limit",
		[REASON_KERNEL_ADDRESS] = "kernel address",
		[REASON_NON_CANONICAL] = "non-canonical address",
		[REASON_PAST_EOF] = "past the end of the file",
		[REASON_IO_ERROR] = "the page could not be read",
		[REASON_NO_SPACE] = "no space on the disk",
		[REASON_NO_MEMORY] = "out of memory",
	};
	return name_of(texts, REASON_COUNT, reason);
}

const char *inspect_access_name(unsigned fault_flags)
{
	return fault_flags & FAULT_FLAG_FETCH	? "fetch"
	       : fault_flags & FAULT_FLAG_STORE ? "store"
						: "load";
}

struct scan {
	const struct machine *machine;
	bool (*leaf)(void *ctx, const struct inspect_mapping *mapping);
	void (*table)(void *ctx, uint64_t pa, unsigned level);
	void *ctx;
	unsigned levels;
	uint64_t budget; /* table pages still to visit: tables may point to each other */
};

/* Is this a page of 512 entries, none with a bit set that must be zero?  A stale root usually is
 * not. */
static bool plausible(const uint64_t *entry)
{
	for (unsigned i = 0; i < 512; i++) {
		if ((entry[i] & PTE_V) && (entry[i] & PTE_RESERVED))
			return false;
	}
	return true;
}

static bool scan_table(struct scan *scan, uint64_t pa, unsigned level, uint64_t va)
{
	const uint64_t *entry = machine_peek(scan->machine, pa, 4096);
	if (!entry || !scan->budget)
		return true;
	scan->budget--;
	if (scan->table)
		scan->table(scan->ctx, pa, level);
	unsigned shift = 12 + 9 * level, top = 12 + 9 * scan->levels;
	for (uint64_t i = 0; i < 512; i++) {
		uint64_t pte = entry[i], next = (pte & PTE_PPN_MASK) >> PTE_PPN_SHIFT << 12;
		uint64_t at = va | i << shift;
		if (!(pte & PTE_V) && (level || !pte))
			continue;
		if (!(pte & PTE_V) || pte & (PTE_R | PTE_W | PTE_X)) {
			struct inspect_mapping mapping = {
				.va = (uint64_t)((int64_t)(at << (64 - top)) >> (64 - top)),
				.pa = next,
				.bytes = 1ull << shift,
				.pte = pte,
			};
			if (scan->leaf && !scan->leaf(scan->ctx, &mapping))
				return false;
		} else if (level && !scan_table(scan, next, level - 1, at)) {
			return false;
		}
	}
	return true;
}

bool inspect_each_mapping(const struct machine *machine, uint64_t satp,
			  bool (*leaf)(void *ctx, const struct inspect_mapping *mapping),
			  void (*table)(void *ctx, uint64_t pa, unsigned level), void *ctx)
{
	enum sv_mode mode = (enum sv_mode)(satp >> 60);
	uint64_t root = (satp & 0xfffffffffffull) << 12;
	if (mode != SV_39 && mode != SV_48 && mode != SV_57)
		return false;
	const uint64_t *entry = machine_peek(machine, root, 4096);
	if (!entry || !plausible(entry))
		return false;
	struct scan scan = { machine, leaf, table, ctx, sv_levels(mode), machine->ram.bytes >> 12 };
	scan_table(&scan, root, scan.levels - 1, 0);
	return true;
}

static enum sv_port_status peek_pte(void *ctx, uint64_t pte_pa, uint64_t *pte)
{
	const void *host = machine_peek(ctx, pte_pa, sizeof *pte);
	if (!host)
		return SV_PORT_DENIED;
	memcpy(pte, host, sizeof *pte);
	return SV_PORT_OK;
}

/* As if A had been set: to a reader a page that was not used of late is there all the same. */
static enum sv_port_status leave_pte(void *ctx, uint64_t pte_pa, uint64_t expected,
				     uint64_t desired)
{
	(void)ctx, (void)pte_pa, (void)expected, (void)desired;
	return SV_PORT_OK;
}

struct sv_walk inspect_walk(const struct machine *machine, uint64_t satp, uint64_t va)
{
	const struct sv_port port = { .ctx = (void *)(uintptr_t)machine,
				      .read_pte = peek_pte,
				      .cas_pte = leave_pte };
	struct sv_walk walk;
	struct sv_context context = {
		.mode = (enum sv_mode)(satp >> 60),
		.root_ppn = satp & 0xfffffffffffull,
		.priv = SV_SUPERVISOR,
		.sum = true,
		.mxr = true,
		.ad_update = true,
		.svpbmt = true,
		.svnapot = true,
		.pa_bits = 56,
	};
	walk = sv39_walk(&port, &context, va, SV_LOAD);
	if (walk.updated)
		walk.pte = walk.step[walk.nsteps - 1].pte;
	walk.updated = false;
	return walk;
}
