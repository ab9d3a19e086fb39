#include "tests/emu/rig.h"

#include <elf.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

static uint64_t device_read(struct device *device, uint64_t offset, unsigned bytes)
{
	(void)device;
	(void)bytes;
	return offset == 5 ? 0x60 : 0; /* a 16550 that can always send */
}

static struct rig *rig_of(struct device *device)
{
	return (struct rig *)device->host->ctx;
}

static void finisher_write(struct device *device, uint64_t offset, unsigned bytes, uint64_t value)
{
	struct rig *rig = rig_of(device);

	(void)offset;
	(void)bytes;
	rig->finished = true;
	rig->status = (unsigned)value;
	hart_request_poll(rig->hart);
}

static void console_write(struct device *device, uint64_t offset, unsigned bytes, uint64_t value)
{
	(void)bytes;
	if (offset == 0 && !rig_of(device)->quiet)
		putchar((int)(value & 255));
}

static const struct device_ops finisher_ops = {
	.name = "finisher", .sizes = 15, .read = device_read, .write = finisher_write
};
static const struct device_ops console_ops = {
	.name = "console", .sizes = 15, .read = device_read, .write = console_write
};

struct hart_config rig_config(void)
{
	return (struct hart_config){
		.ad = AD_HW,
		.max_mode = SV_57,
		.itlb = { .sets = 1024, .ways = 4, .replacement = TLB_FIFO, .seed = 1 },
		.dtlb = { .sets = 1024, .ways = 4, .replacement = TLB_FIFO, .seed = 2 },
		.code_cache_bytes = 16u << 20,
	};
}

bool rig_create(struct rig *rig, uint64_t ram_bytes, const struct hart_config *config)
{
	struct hart_env env = {
		.ram = &rig->ram,
		.bus = &rig->bus,
		.events = &rig->events,
		.clock = &rig->clock,
		.ctx = rig,
	};
	struct device_host *host = calloc(1, sizeof(*host));

	memset(rig, 0, sizeof(*rig));
	if (!host)
		return false;
	host->ctx = rig;
	rig->ram.base = 0x80000000;
	rig->ram.bytes = ram_bytes;
	rig->ram.host = mmap(NULL, ram_bytes, PROT_READ | PROT_WRITE,
			     MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	madvise(rig->ram.host, ram_bytes, MADV_HUGEPAGE);
	rig->ram.frame_flags = calloc(ram_bytes >> 12, 1);
	rig->ram.touched = calloc(ram_bytes >> 12, 1);
	rig->clock = (struct clock){ .slice_insns = UINT64_MAX, .nharts = 1 };
	rig->finisher = (struct device){ .ops = &finisher_ops, .host = host };
	rig->console = (struct device){ .ops = &console_ops, .host = host };
	bus_attach(&rig->bus, &rig->finisher, 0x100000, 0x1000);
	bus_attach(&rig->bus, &rig->console, 0x10000000, 0x100);
	rig->hart = hart_create(0, config, &env);
	return rig->hart != NULL;
}

void rig_destroy(struct rig *rig)
{
	hart_destroy(rig->hart);
	munmap(rig->ram.host, rig->ram.bytes);
	free(rig->ram.frame_flags);
	free(rig->ram.touched);
	free((void *)rig->finisher.host);
}

static bool load_segment(struct rig *rig, FILE *file, const Elf64_Phdr *segment)
{
	if (segment->p_type != PT_LOAD || segment->p_memsz == 0)
		return true;
	return ram_holds(&rig->ram, segment->p_paddr, segment->p_memsz) &&
	       fseek(file, (long)segment->p_offset, SEEK_SET) == 0 &&
	       fread(ram_at(&rig->ram, segment->p_paddr), 1, segment->p_filesz, file) ==
		       segment->p_filesz;
}

uint64_t rig_load(struct rig *rig, const char *path)
{
	FILE *file = fopen(path, "rb");
	Elf64_Ehdr header;
	Elf64_Phdr segment;
	bool ok;

	if (!file)
		return 0;
	ok = fread(&header, sizeof(header), 1, file) == 1;
	for (unsigned k = 0; ok && k < header.e_phnum; k++)
		ok = fseek(file, (long)(header.e_phoff + k * header.e_phentsize), SEEK_SET) == 0 &&
		     fread(&segment, sizeof(segment), 1, file) == 1 &&
		     load_segment(rig, file, &segment);
	fclose(file);
	return ok ? header.e_entry : 0;
}

bool rig_run(struct rig *rig, uint64_t insns)
{
	uint64_t end = hart_instret(rig->hart) + insns;

	while (!rig->finished && hart_instret(rig->hart) < end) {
		enum hart_exit why = hart_run(rig->hart, end - hart_instret(rig->hart));

		if (why == HART_WFI || why == HART_STUCK)
			break;
	}
	return rig->finished;
}
