/* The memory as it is when the machine starts: firmware, device tree, kernel, initrd. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "devices/clint.h"
#include "emu/fdt.h"
#include "emu/loader.h"
#include "emu/machine_private.h"
#include "emu/rom.h"

#define FRAME	      4096ull
#define KERNEL_OFFSET 0x200000ull /* where firmware expects what it starts, as on QEMU */
#define RAW_FIRMWARE  0x80000ull  /* what OpenSBI occupies beyond its file: data, stacks, heap */
#define FDT_MOST      65536
#define FDT_BELOW     0xc0000000ull

/* The images of one boot, open together. */
struct boot {
	struct machine *m;
	struct image firmware, kernel, load[MACHINE_MAX_LOADS];
	unsigned nloads;
	struct blob initrd, dtb;
	bool has_firmware, has_kernel, has_initrd, has_dtb;
	uint8_t fdt[FDT_MOST] __attribute__((aligned(8)));
	struct load_error error;
};

static uint64_t round_up(uint64_t value, uint64_t to)
{
	return (value + to - 1) / to * to;
}

static bool open_images(struct boot *b)
{
	const struct machine_config *config = &b->m->config;

	if (config->bios && !(b->has_firmware = image_open(&b->firmware, config->bios, &b->error)))
		return false;
	if (config->kernel && !(b->has_kernel = image_open(&b->kernel, config->kernel, &b->error)))
		return false;
	if (config->initrd && !(b->has_initrd = blob_open(&b->initrd, config->initrd, &b->error)))
		return false;
	if (config->dtb && !(b->has_dtb = blob_open(&b->dtb, config->dtb, &b->error)))
		return false;
	while (b->nloads < config->nloads) {
		struct image *image = &b->load[b->nloads];
		const struct load_config *load = &config->load[b->nloads];

		if (!image_open(image, load->path, &b->error))
			return false;
		b->nloads++;
		/* Bytes, the header of a Linux Image with them. */
		if (load->raw || image->kind == IMAGE_LINUX)
			*image = (struct image){ .kind = IMAGE_RAW,
						 .blob = image->blob,
						 .path = load->path,
						 .high_pa = image->blob.bytes };
		if (image->kind == IMAGE_RAW && load->pa == MACHINE_AS_LINKED) {
			snprintf(b->error.text, sizeof(b->error.text),
				 "loader: %s: no ELF file: addr= has to say where it goes",
				 load->path);
			return false;
		}
	}
	return true;
}

static void close_images(struct boot *b)
{
	for (unsigned i = 0; i < b->nloads; i++)
		image_close(&b->load[i]);
	image_close(&b->firmware);
	image_close(&b->kernel);
	blob_close(&b->initrd);
	blob_close(&b->dtb);
}

static void place_firmware(struct boot *b)
{
	struct machine_layout *l = &b->m->layout;

	if (!b->has_firmware)
		return;
	if (b->firmware.kind == IMAGE_ELF) {
		l->firmware_pa = b->firmware.low_pa;
		l->firmware_bytes = round_up(b->firmware.high_pa - b->firmware.low_pa, FRAME);
		l->start_pc = b->firmware.entry_pa;
		return;
	}
	l->firmware_pa = l->start_pc = MEMMAP_RAM;
	l->firmware_bytes = round_up(b->firmware.high_pa, FRAME);
	if (l->firmware_bytes < RAW_FIRMWARE)
		l->firmware_bytes = RAW_FIRMWARE;
}

/* Where the kernel goes when firmware, device tree and kernel follow one another. */
static uint64_t packed_kernel(const struct boot *b, uint64_t fdt_bytes)
{
	const struct machine_layout *l = &b->m->layout;

	return round_up(l->firmware_pa + l->firmware_bytes + fdt_bytes, FRAME);
}

static void place_kernel(struct boot *b, uint64_t fdt_bytes)
{
	const struct machine_config *config = &b->m->config;
	struct machine_layout *l = &b->m->layout;
	const struct image *k = &b->kernel;

	if (!b->has_kernel)
		return;
	l->kernel_bytes = k->high_pa - k->low_pa;
	if (config->pack && b->has_firmware)
		l->kernel_pa = packed_kernel(b, fdt_bytes);
	else if (k->kind == IMAGE_ELF)
		l->kernel_pa = k->low_pa;
	else if (k->kind == IMAGE_LINUX)
		l->kernel_pa = MEMMAP_RAM + k->text_offset;
	else
		l->kernel_pa = MEMMAP_RAM + (b->has_firmware ? KERNEL_OFFSET : 0);
	l->kernel_entry =
		k->kind == IMAGE_ELF ? k->entry_pa - k->low_pa + l->kernel_pa : l->kernel_pa;
	b->m->kernel_va = k->kind == IMAGE_ELF ? k->load_va : l->kernel_pa;
	b->m->kernel_pa =
		k->kind == IMAGE_ELF ? k->load_pa - k->low_pa + l->kernel_pa : l->kernel_pa;
	if (!b->has_firmware)
		l->start_pc = l->kernel_entry;
}

/* Where QEMU puts the initrd, for kernels that know it by heart: half the memory, 128 MiB at most, above
 * the kernel.  False: it does not fit there. */
static bool place_initrd_as_qemu(struct boot *b, uint64_t top)
{
	struct machine_layout *l = &b->m->layout;
	uint64_t half = b->m->ram.bytes / 2, most = UINT64_C(128) << 20;
	uint64_t up = half < most ? half : most;

	l->initrd_pa = l->kernel_pa + up;
	return !b->m->config.pack && b->has_kernel && l->kernel_bytes <= up &&
	       l->kernel_pa <= top && up <= top - l->kernel_pa &&
	       l->initrd_bytes <= top - l->initrd_pa;
}

/* The device tree at the top, away from everything, but where QEMU puts it when there is much memory: the
 * first page table of a kernel reaches no further; or behind the firmware. */
static void place_top(struct boot *b, uint64_t fdt_bytes)
{
	const struct ram *ram = &b->m->ram;
	struct machine_layout *l = &b->m->layout;
	uint64_t align = ram->bytes >= (16u << 20) ? 0x200000 : FRAME;
	uint64_t end = ram->base + ram->bytes, top = end < FDT_BELOW ? end : FDT_BELOW;

	l->fdt_bytes = fdt_bytes;
	if (b->m->config.pack && b->has_firmware)
		l->fdt_pa = round_up(l->firmware_pa + l->firmware_bytes, FRAME);
	else
		l->fdt_pa = top = (top - round_up(fdt_bytes, FRAME)) / align * align;
	if (b->has_initrd) {
		l->initrd_bytes = b->initrd.bytes;
		if (place_initrd_as_qemu(b, top))
			return;
		if (end > FDT_BELOW)
			top = end;
		if (l->initrd_bytes <= top)
			l->initrd_pa = (top - l->initrd_bytes) / align * align;
	}
}

static void place_loads(struct boot *b)
{
	for (unsigned i = 0; i < b->nloads; i++) {
		const struct image *image = &b->load[i];

		b->m->layout.loaded[i].pa =
			image->kind == IMAGE_ELF ? image->low_pa : b->m->config.load[i].pa;
		b->m->layout.loaded[i].bytes = image->high_pa - image->low_pa;
	}
}

struct span {
	const char *what;
	uint64_t pa, bytes;
	bool as_linked; /* loading says which segment is not in memory */
};

/* Nothing may be loaded over something else. */
static bool check_layout(struct boot *b)
{
	const struct machine_layout *l = &b->m->layout;
	const struct ram *ram = &b->m->ram;
	struct span spans[4 + MACHINE_MAX_LOADS] = {
		{ "the firmware", l->firmware_pa, l->firmware_bytes,
		  b->firmware.kind == IMAGE_ELF },
		{ "the kernel", l->kernel_pa, l->kernel_bytes,
		  b->kernel.kind == IMAGE_ELF && !b->m->config.pack },
		{ "the initrd", l->initrd_pa, l->initrd_bytes, false },
		{ "the device tree", l->fdt_pa, l->fdt_bytes, false },
	};
	char *text = b->error.text;
	size_t size = sizeof(b->error.text);

	for (unsigned i = 0; i < b->nloads; i++)
		spans[4 + i] = (struct span){ b->load[i].path, l->loaded[i].pa, l->loaded[i].bytes,
					      b->load[i].kind == IMAGE_ELF };
	for (size_t i = 0; i < 4 + b->nloads; i++) {
		if (spans[i].bytes && !spans[i].as_linked &&
		    !ram_holds(ram, spans[i].pa, spans[i].bytes)) {
			snprintf(
				text, size,
				"-m: %llu KiB of memory are too little for %s (%llu KiB at 0x%llx)",
				(unsigned long long)(ram->bytes >> 10), spans[i].what,
				(unsigned long long)(spans[i].bytes >> 10),
				(unsigned long long)spans[i].pa);
			return false;
		}
		for (size_t j = 0; j < i; j++) {
			if (!spans[i].bytes || spans[i].pa >= spans[j].pa + spans[j].bytes ||
			    spans[j].pa >= spans[i].pa + spans[i].bytes)
				continue;
			snprintf(text, size,
				 "%s and %s overlap at 0x%llx (more memory may help: -m)",
				 spans[j].what, spans[i].what, (unsigned long long)spans[i].pa);
			return false;
		}
	}
	return true;
}

static size_t make_fdt(struct boot *b)
{
	const struct machine *m = b->m;

	if (b->has_dtb)
		return fdt_adopt(&m->config, &m->layout, b->dtb.data, b->dtb.bytes, b->fdt,
				 sizeof(b->fdt));
	return fdt_build(&m->config, &m->layout, b->fdt, sizeof(b->fdt));
}

/* Its size depends on nothing but which nodes there are: one build to measure, one with places. */
static void place_all(struct boot *b, size_t fdt_bytes)
{
	place_kernel(b, fdt_bytes);
	place_top(b, fdt_bytes);
	place_loads(b);
}

static bool lay_out(struct boot *b)
{
	struct machine_layout *l = &b->m->layout;
	size_t bytes;

	*l = (struct machine_layout){ 0 };
	place_firmware(b);
	if (b->has_initrd)
		l->initrd_bytes = b->initrd.bytes;
	bytes = make_fdt(b);
	if (!bytes) {
		snprintf(b->error.text, sizeof(b->error.text), "%s: not a device tree",
			 b->has_dtb ? b->m->config.dtb : "device tree");
		return false;
	}
	place_all(b, bytes);
	/* An initrd beyond 4 GiB takes longer numbers. */
	if (make_fdt(b) > bytes)
		place_all(b, bytes = make_fdt(b));
	if (!b->has_firmware && !b->has_kernel)
		l->start_pc = MEMMAP_RAM;
	return check_layout(b) && make_fdt(b) == bytes;
}

static bool load(struct boot *b)
{
	struct machine *m = b->m;
	const struct machine_layout *l = &m->layout;
	struct blob fdt = { .data = b->fdt, .bytes = l->fdt_bytes };

	if (b->has_firmware && !image_load(&b->firmware, &m->ram, l->firmware_pa, &b->error))
		return false;
	if (b->has_kernel && !image_load(&b->kernel, &m->ram, l->kernel_pa, &b->error))
		return false;
	if (b->has_initrd &&
	    !blob_load(&b->initrd, &m->ram, l->initrd_pa, m->config.initrd, &b->error))
		return false;
	for (unsigned i = 0; i < b->nloads; i++)
		if (!image_load(&b->load[i], &m->ram, l->loaded[i].pa, &b->error))
			return false;
	return blob_load(&fdt, &m->ram, l->fdt_pa, "device tree", &b->error);
}

static void start_harts(const struct boot *b)
{
	struct machine *m = b->m;
	struct machine_private *p = m->private;
	struct machine_layout *l = &m->layout;
	struct rom_config rom = { .start_pc = l->start_pc, .fdt_pa = l->fdt_pa };

	l->start_pc &= ~1ull; /* as any pc: bit 0 of a mad e_entry is no part of it */
	/* Firmware of other people starts what is at the usual place when nothing was named. */
	if (l->kernel_bytes)
		rom.next_pc = l->kernel_entry;
	else if (b->nloads)
		rom.next_pc = b->load[0].kind == IMAGE_ELF ? b->load[0].entry_pa : l->loaded[0].pa;
	rom_set(p->rom, &rom);
	l->start_a2 = MEMMAP_ROM + ROM_FW_DYNAMIC_OFFSET;
	for (unsigned h = 0; h < m->config.nharts; h++) {
		hart_reset(m->hart[h], l->start_pc, h, l->fdt_pa, l->start_a2);
		p->waiting[h] = p->trapping[h] = false;
	}
	p->current = 0;
	p->in_slice = false;
}

/* False: a signature is wanted at the end that cannot be found then. */
static bool find_symbols(struct boot *b)
{
	struct machine *m = b->m;
	struct symbols *firmware;

	if (m->kernel_symbols || m->private->htif.tohost_pa)
		return true;
	if (b->has_kernel && b->kernel.kind == IMAGE_ELF) {
		m->kernel_symbols = symbols_read(m->config.kernel);
		machine_htif_find(m, m->kernel_symbols, &b->kernel,
				  m->layout.kernel_pa - b->kernel.low_pa);
	}
	if (!m->private->htif.tohost_pa && b->has_firmware && b->firmware.kind == IMAGE_ELF) {
		firmware = symbols_read(m->config.bios);
		machine_htif_find(m, firmware, &b->firmware, 0);
		/* A bare-metal program given as -bios is all there is to name. */
		if (!m->kernel_symbols)
			m->kernel_symbols = firmware;
		else
			symbols_free(firmware);
	}
	if (!m->config.signature || m->private->htif.signature_pa)
		return true;
	snprintf(b->error.text, sizeof(b->error.text),
		 "+signature: %s has no symbols begin_signature and end_signature in memory",
		 m->config.kernel ? m->config.kernel : "what -bios names");
	return false;
}

bool machine_boot(struct machine *m, char *error, unsigned error_bytes)
{
	struct boot *b = calloc(1, sizeof(*b));
	bool ok;

	if (!b)
		return machine_refuse(error, error_bytes, "out of memory");
	b->m = m;
	ok = open_images(b) && lay_out(b) && load(b) && find_symbols(b);
	if (ok) {
		start_harts(b);
	} else {
		machine_refuse(error, error_bytes, "%s", b->error.text);
	}
	close_images(b);
	free(b);
	return ok;
}
