#include "tests/view/fake.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/images.h"

/* Frames 0..: "firmware and kernel" with the structures, then page tables, then the rest. */
static uint64_t kernel_frames(uint64_t nframes)
{
	return 40 + nframes / 256;
}

static uint64_t table_frames(uint64_t nframes)
{
	return 60 + nframes / 100;
}

static struct fake *the_fake;
static uint64_t next_table;

const void *machine_peek(const struct machine *machine, uint64_t pa, uint64_t bytes)
{
	return ram_holds(&machine->ram, pa, bytes) ? ram_at(&machine->ram, pa) : NULL;
}

uint64_t machine_now_ns(const struct machine *machine)
{
	(void)machine;
	return the_fake->now_ns;
}

uint64_t machine_insns(const struct machine *machine)
{
	(void)machine;
	return the_fake->insns;
}

/* A program of one function, at 0x10000. */
struct image_place images_fault(struct images *images, const struct inspect *inspect,
				const struct introspect_fault_record *record)
{
	(void)inspect;
	if (!images || record->pc < 0x10000)
		return (struct image_place){ .symbol = NULL };
	return (struct image_place){ .symbol = "main", .offset = record->pc - 0x10000 };
}

void image_place_text(const struct image_place *place, char *buf, unsigned size)
{
	buf[0] = 0;
	if (place->symbol)
		snprintf(buf, size, " (%s+%#" PRIx64 ")", place->symbol, place->offset);
}

bool symbols_lookup(const struct symbols *symbols, const char *name, uint64_t *va)
{
	(void)symbols;
	if (strcmp(name, INTROSPECT_SYMBOL))
		return false;
	*va = the_fake->machine.kernel_va;
	return true;
}

uint64_t hart_reg(const struct hart *hart, unsigned regno)
{
	(void)hart;
	(void)regno;
	return 0;
}

void hart_drop_fast(struct hart *hart)
{
	(void)hart;
	the_fake->drops++;
}

/* What observation asks of machine and hart besides: nothing that a test looks at. */
void machine_request_stop(struct machine *machine)
{
	(void)machine;
	the_fake->stops++;
}

void machine_request_end(struct machine *machine, int code)
{
	(void)machine, (void)code;
}

bool machine_end_requested(const struct machine *machine)
{
	(void)machine;
	return false;
}

unsigned machine_ndisks(const struct machine *machine)
{
	(void)machine;
	return 2;
}

struct disk_counters machine_disk(const struct machine *machine, unsigned disk)
{
	(void)machine;
	return (struct disk_counters){ .reads = 100 + disk, .writes = 200 + disk, .pages = 4096 };
}

const struct hart_counters *hart_counters(const struct hart *hart)
{
	(void)hart;
	return &the_fake->hart;
}

uint64_t hart_satp(const struct hart *hart)
{
	(void)hart;
	return the_fake->satp;
}

struct tlb *hart_itlb(struct hart *hart)
{
	(void)hart;
	return the_fake->itlb;
}

struct tlb *hart_dtlb(struct hart *hart)
{
	(void)hart;
	return the_fake->dtlb;
}

struct fake *fake_create(uint64_t ram_bytes)
{
	struct fake *fake = calloc(1, sizeof *fake);
	struct machine *m = &fake->machine;
	const struct tlb_config tlb = { .sets = 4, .ways = 4 };
	m->ram = (struct ram){ .base = MEMMAP_RAM, .bytes = ram_bytes };
	m->ram.host = calloc(1, ram_bytes);
	m->ram.frame_flags = calloc(ram_bytes >> 12, 1);
	m->ram.touched = calloc(ram_bytes >> 12, 1);
	m->config.nharts = 1;
	m->kernel_symbols = (struct symbols *)fake;
	m->kernel_va = 0xffffffff80000000ull;
	m->kernel_pa = MEMMAP_RAM + 4096;
	fake->guest = (void *)(m->ram.host + 4096);
	fake->process = (void *)(m->ram.host + 8 * 4096);
	fake->frame = (void *)(m->ram.host + 10 * 4096);
	*fake->guest = (struct introspect){
		.magic = INTROSPECT_MAGIC,
		.version = INTROSPECT_VERSION,
		.bytes = sizeof *fake->guest,
		.ram_base = MEMMAP_RAM,
		.nframes = ram_bytes >> 12,
		.frames_pa = MEMMAP_RAM + 10 * 4096,
		.processes_pa = MEMMAP_RAM + 8 * 4096,
		.nprocesses = 16,
		.policy = "clock",
	};
	for (uint64_t f = 0; f < kernel_frames(ram_bytes >> 12); f++)
		fake->frame[f].frame_class = f ? FRAME_KERNEL : FRAME_RESERVED;
	next_table = kernel_frames(ram_bytes >> 12);
	fake->itlb = tlb_create(&tlb, NULL, NULL);
	fake->dtlb = tlb_create(&tlb, NULL, NULL);
	the_fake = fake;
	return fake;
}

void fake_destroy(struct fake *fake)
{
	tlb_destroy(fake->itlb);
	tlb_destroy(fake->dtlb);
	free(fake->machine.ram.host);
	free(fake->machine.ram.frame_flags);
	free(fake->machine.ram.touched);
	free(fake);
}

static uint64_t take_table(struct fake *fake)
{
	uint64_t frame = next_table++;
	fake_frame(fake, frame, FRAME_PAGE_TABLE, 0, 0, 0, 0);
	memset(fake->machine.ram.host + (frame << 12), 0, 4096);
	return MEMMAP_RAM + (frame << 12);
}

void fake_frame(struct fake *fake, uint64_t frame, unsigned frame_class, unsigned flags,
		unsigned sharers, uint32_t owner, uint64_t page)
{
	fake->frame[frame] = (struct introspect_frame){
		.frame_class = (uint8_t)frame_class,
		.flags = (uint8_t)flags,
		.sharers = (uint16_t)sharers,
		.owner = owner,
		.page = page,
	};
}

unsigned fake_process(struct fake *fake, uint32_t pid, const char *name)
{
	unsigned slot = 0;
	while (fake->process[slot].state != PROC_UNUSED)
		slot++;
	struct introspect_process *p = &fake->process[slot];
	p->pid = pid;
	p->state = PROC_READY;
	p->satp = 8ull << 60 | (uint64_t)pid << 44 | take_table(fake) >> 12;
	memcpy(p->name, name, strnlen(name, sizeof p->name));
	return slot;
}

static uint64_t *entry(struct fake *fake, unsigned process, uint64_t va)
{
	uint64_t pa = fake->process[process].satp << 12 & 0xffffffffffffffull;
	for (unsigned level = 2;; level--) {
		uint64_t *pte =
			(uint64_t *)ram_at(&fake->machine.ram, pa) + (va >> (12 + 9 * level) & 511);
		if (level == 0)
			return pte;
		if (!*pte)
			*pte = take_table(fake) >> 12 << 10 | PTE_V;
		pa = *pte >> 10 << 12;
	}
}

void fake_map(struct fake *fake, unsigned process, uint64_t va, uint64_t frame, uint64_t flags)
{
	*entry(fake, process, va) = (MEMMAP_RAM + (frame << 12)) >> 12 << 10 | flags;
	fake->process[process].resident_pages++;
}

void fake_swapped(struct fake *fake, unsigned process, uint64_t va, uint32_t slot)
{
	*entry(fake, process, va) = (uint64_t)slot << 10 | 2;
	fake->process[process].swapped_pages++;
}

static uint64_t random_next(uint64_t *state)
{
	*state = *state * 6364136223846793005ull + 1442695040888963407ull;
	return *state >> 33;
}

struct fake *fake_busy(uint64_t ram_bytes)
{
	struct fake *fake = fake_create(ram_bytes);
	uint64_t nframes = ram_bytes >> 12, seed = 1, rw = PTE_V | PTE_R | PTE_W | PTE_U | PTE_A;
	unsigned init = fake_process(fake, 1, "init"), sh = fake_process(fake, 2, "sh");
	unsigned sort = fake_process(fake, 3, "sort");
	fake->process[sort].state = PROC_DISK;
	uint64_t heap = 0x2ab2000, shared = 0x10000;
	for (uint64_t f = kernel_frames(nframes) + table_frames(nframes); f < nframes; f++) {
		uint64_t r = random_next(&seed) % 100;
		if (r < 2)
			continue;
		fake->machine.ram.touched[f] = random_next(&seed) % 3 == 0;
		if (r < 5) {
			fake_frame(fake, f, FRAME_TEXT, 0, 3, 12, (shared - 0x10000) >> 12);
			fake_map(fake, init, shared, f, PTE_V | PTE_R | PTE_X | PTE_U | PTE_A);
			fake_map(fake, sh, shared, f, PTE_V | PTE_R | PTE_X | PTE_U | PTE_A);
			fake_map(fake, sort, shared, f, PTE_V | PTE_R | PTE_X | PTE_U | PTE_A);
			shared += 4096;
		} else if (r < 8) {
			fake_frame(fake, f, FRAME_TEXT, 0, 1, 14, f);
		} else if (r < 14) {
			fake_frame(fake, f, r < 10 ? FRAME_FILE : FRAME_CACHE, 0, r < 10, 13, f);
		} else if (r < 16) {
			fake_frame(fake, f, FRAME_STACK, FRAME_DIRTY, 1, 3, 0x3fffff0 + f % 16);
		} else {
			bool dirty = random_next(&seed) % 3 == 0;
			fake_frame(fake, f, FRAME_ANON, dirty ? FRAME_DIRTY : FRAME_HAS_SLOT, 1, 3,
				   heap >> 12);
			fake_map(fake, sort, heap, f, rw | (dirty ? PTE_D : 0));
			heap += 4096;
			for (; random_next(&seed) % 3; heap += 4096)
				fake_swapped(fake, sort, heap, (uint32_t)(heap >> 12 & 0x3fff));
		}
	}
	fake->guest->boot_stage = 2;
	fake->guest->program_pid = fake->guest->current_pid = 3;
	return fake;
}
