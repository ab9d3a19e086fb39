/* What a run is made from, as numbers: a record replays on nothing else. */
#include <string.h>

#include "emu/machine_private.h"

/* FNV-1a by bytes. */
static uint64_t mix(uint64_t hash, const void *bytes, uint64_t n)
{
	const uint8_t *at = bytes;

	for (uint64_t i = 0; i < n; i++)
		hash = (hash ^ at[i]) * 0x100000001b3u;
	return hash;
}

static uint64_t mix_number(uint64_t hash, uint64_t number)
{
	return mix(hash, &number, sizeof(number));
}

static uint64_t mix_ram(const struct machine *m, uint64_t hash, uint64_t pa, uint64_t bytes)
{
	hash = mix_number(mix_number(hash, pa), bytes);
	return ram_holds(&m->ram, pa, bytes) ? mix(hash, ram_at(&m->ram, pa), bytes) : hash;
}

/* What the guest sees of the options. Speed, traces and where a run is to end are not of it. */
static uint64_t of_machine(const struct machine *m)
{
	const struct machine_config *c = &m->config;
	const uint64_t numbers[] = {
		c->ram_bytes,
		c->nharts,
		m->private->slice_insns,
		c->hart.ad,
		c->hart.max_mode,
		c->hart.lacks,
		c->hart.misaligned_traps,
		c->hart.itlb.sets,
		c->hart.itlb.ways,
		c->hart.itlb.replacement,
		c->hart.dtlb.sets,
		c->hart.dtlb.ways,
		c->hart.dtlb.replacement,
		c->seed,
		c->ndrives,
		c->uart == CONSOLE_STDIO,
		c->program_ports,
		c->rng,
		c->virtio_legacy,
		c->virtio_descends,
		c->no_reboot,
		c->semihosting,
		m->layout.start_pc,
		m->layout.start_a2,
	};
	uint64_t hash = 0xcbf29ce484222325u;

	for (size_t i = 0; i < sizeof(numbers) / sizeof(numbers[0]); i++)
		hash = mix_number(hash, numbers[i]);
	for (unsigned i = 0; i < c->ndrives; i++) {
		const struct drive_config *drive = &c->drive[i];

		hash = mix_number(hash, m->private->disk[i].slot);
		hash = mix_number(hash, drive->read_only);
		hash = mix_number(hash, drive->latency_request_ns);
		hash = mix_number(hash, drive->latency_page_ns);
		hash = drive->id ? mix(hash, drive->id, strlen(drive->id) + 1) : hash;
	}
	return hash;
}

/* And what it is told apart from memory. */
static uint64_t of_memory(const struct machine *m)
{
	const struct machine_layout *at = &m->layout;
	uint64_t hash = 0xcbf29ce484222325u;

	hash = mix_ram(m, hash, at->firmware_pa, at->firmware_bytes);
	hash = mix_ram(m, hash, at->kernel_pa, at->kernel_bytes);
	hash = mix_ram(m, hash, at->initrd_pa, at->initrd_bytes);
	if (m->config.semihosting && m->config.semihosting_line)
		hash = mix(hash, m->config.semihosting_line,
			   strlen(m->config.semihosting_line) + 1);
	for (unsigned i = 0; i < m->config.nloads; i++)
		hash = mix_ram(m, hash, at->loaded[i].pa, at->loaded[i].bytes);
	return mix_ram(m, hash, at->fdt_pa, at->fdt_bytes);
}

struct fingerprint machine_fingerprint(const struct machine *m)
{
	struct fingerprint print = { .machine = of_machine(m), .memory = of_memory(m) };

	for (unsigned i = 0; i < m->private->ndisks; i++)
		print.disks = mix_number(print.disks, page_store_digest(m->private->disk[i].store));
	return print;
}
