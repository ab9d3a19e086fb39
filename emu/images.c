#include "emu/images.h"

#include <gelf.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "emu/loader.h"
#include "emu/parse.h"
#include "emu/paths.h"
#include "emu/rootfs.h"

#define SEGMENTS 16

/* One file of the root image that was executed. */
struct file {
	uint32_t inode;
	char name[256];
	struct symbols *symbols; /* NULL: it has none */
	unsigned nsegments;
	struct {
		uint64_t offset, va, bytes;
	} segment[SEGMENTS];
};

struct images {
	const struct machine *machine;
	int root_fd;
	struct symbols *firmware;
	struct symbols *kernel; /* given by the user; NULL: the machine's own */
	struct file **file;
	unsigned nfiles;
};

struct images *images_create(const struct machine *machine, int root_fd)
{
	struct images *images = calloc(1, sizeof(*images));

	if (!images)
		return NULL;
	images->machine = machine;
	images->root_fd = root_fd;
	if (machine->config.bios)
		images->firmware = symbols_read(machine->config.bios);
	return images;
}

void images_destroy(struct images *images)
{
	if (!images)
		return;
	for (unsigned i = 0; i < images->nfiles; i++) {
		symbols_free(images->file[i]->symbols);
		free(images->file[i]);
	}
	free(images->file);
	symbols_free(images->firmware);
	symbols_free(images->kernel);
	free(images);
}

bool images_kernel_symbols(struct images *images, const char *path, char *error,
			   unsigned error_bytes)
{
	struct load_error why = { "out of memory" };

	if (images)
		images->kernel = symbols_map(path, &why);
	if (!images || !images->kernel)
		snprintf(error, error_bytes, "--symbols: %s", why.text);
	return images && images->kernel;
}

/* ---- Files of the guest ---- */

static void read_segments(struct file *file, const struct blob *blob)
{
	const uint8_t *data = blob->data;
	Elf64_Ehdr eh;
	Elf64_Phdr ph;

	if (blob->bytes < sizeof(eh) || memcmp(data, ELFMAG, SELFMAG) != 0)
		return;
	memcpy(&eh, data, sizeof(eh));
	for (unsigned i = 0; i < eh.e_phnum && file->nsegments < SEGMENTS; i++) {
		uint64_t at = eh.e_phoff + (uint64_t)i * sizeof(ph);

		if (at > blob->bytes || blob->bytes - at < sizeof(ph))
			return;
		memcpy(&ph, data + at, sizeof(ph));
		if (ph.p_type != PT_LOAD)
			continue;
		file->segment[file->nsegments].offset = ph.p_offset;
		file->segment[file->nsegments].va = ph.p_vaddr;
		file->segment[file->nsegments++].bytes = ph.p_filesz;
	}
}

/* Is the unstripped file the same program: the same code at the same place? */
static bool same_program(const struct blob *stripped, const char *path)
{
	struct load_error ignored;
	struct blob other;
	struct file a = { .nsegments = 0 }, b = { .nsegments = 0 };
	bool same;

	if (!blob_open(&other, path, &ignored))
		return false;
	read_segments(&a, stripped);
	read_segments(&b, &other);
	same = a.nsegments && a.nsegments == b.nsegments;
	for (unsigned i = 0; same && i < a.nsegments; i++) {
		/* The file's own header tells of sections, which differ. */
		uint64_t from = a.segment[i].offset ? a.segment[i].offset : sizeof(Elf64_Ehdr);
		uint64_t to = a.segment[i].offset + a.segment[i].bytes;

		same = a.segment[i].offset == b.segment[i].offset &&
		       a.segment[i].va == b.segment[i].va &&
		       a.segment[i].bytes == b.segment[i].bytes && from <= to &&
		       to <= stripped->bytes && to <= other.bytes &&
		       memcmp(stripped->data + from, other.data + from, to - from) == 0;
	}
	blob_close(&other);
	return same;
}

/* Our own programs are stripped; what was taken off is kept beside them. */
static struct symbols *own_symbols(const struct file *file, const struct blob *blob)
{
	char relative[300], path[4096];

	snprintf(relative, sizeof(relative), "guest/symbols/%s", file->name);
	if (!paths_find(relative, path, sizeof(path)) || !same_program(blob, path))
		return NULL;
	return symbols_read(path);
}

static struct file *read_file(struct images *images, uint32_t inode)
{
	struct file *file = calloc(1, sizeof(*file));
	struct file **more = realloc(images->file, (images->nfiles + 1) * sizeof(*more));
	struct blob blob;

	if (more)
		images->file = more;
	if (!file || !more) {
		free(file);
		return NULL;
	}
	file->inode = inode;
	if (rootfs_read(images->root_fd, inode, file->name, sizeof(file->name), &blob)) {
		read_segments(file, &blob);
		if (symbols_stripped(&blob))
			file->symbols = own_symbols(file, &blob);
		if (file->symbols)
			blob_close(&blob);
		else
			file->symbols = symbols_of(&blob); /* takes the blob */
		make_printable(file->name);
	}
	images->file[images->nfiles++] = file;
	return file;
}

static const struct file *find_file(struct images *images, uint32_t inode)
{
	for (unsigned i = 0; i < images->nfiles; i++)
		if (images->file[i]->inode == inode)
			return images->file[i];
	return read_file(images, inode);
}

static struct image_place place_of(const struct symbols *symbols, const char *object, uint64_t va)
{
	struct image_place place = { .object = object, .offset = va };
	uint64_t offset;

	place.symbol = symbols_find(symbols, va, &offset);
	if (place.symbol)
		place.offset = offset;
	return place;
}

struct image_place images_file(struct images *images, uint32_t inode, uint64_t file_offset)
{
	const struct file *file;

	if (!images || images->root_fd < 0 || !inode || !(file = find_file(images, inode)) ||
	    !file->name[0])
		return (struct image_place){ .symbol = NULL };
	for (unsigned i = 0; i < file->nsegments; i++)
		if (file_offset - file->segment[i].offset < file->segment[i].bytes)
			return place_of(file->symbols, file->name,
					file_offset - file->segment[i].offset +
						file->segment[i].va);
	return (struct image_place){ .object = file->name, .offset = file_offset };
}

struct image_place images_user(struct images *images, const struct inspect *inspect, uint64_t satp,
			       uint64_t pc)
{
	const struct image_place unknown = { .symbol = NULL };
	const struct introspect_frame *table;
	struct sv_walk walk;
	uint64_t count, frame;

	if (!images || images->root_fd < 0 || !inspect->guest || !satp)
		return unknown;
	walk = inspect_walk(inspect->machine, satp, pc);
	table = inspect_frames(inspect, &count);
	if (walk.status != SV_OK || !table)
		return unknown;
	frame = (walk.pa - inspect->machine->ram.base) >> 12;
	if (frame >= count)
		return unknown;
	table += frame;
	if (table->frame_class != FRAME_TEXT && table->frame_class != FRAME_FILE)
		return unknown;
	return images_file(images, table->owner, (table->page << 12) + pc % 4096);
}

struct image_place images_process(struct images *images, const struct inspect *inspect,
				  uint32_t pid, uint64_t pc)
{
	const struct introspect_process *process =
		inspect->guest ? inspect_process(inspect, pid) : NULL;

	return images_user(images, inspect, process ? process->satp : 0, pc);
}

struct image_place images_supervisor(struct images *images, uint64_t pc, bool machine_mode)
{
	const struct machine *m = images ? images->machine : NULL;
	struct image_place place = { .object = machine_mode ? "firmware" : "kernel", .offset = pc };

	if (!images)
		return place;
	if (machine_mode && images->firmware)
		return place_of(images->firmware, "firmware", pc);
	if (images->kernel)
		return place_of(images->kernel, "kernel", pc);
	/* Before it has its page tables a kernel runs where it was loaded. */
	if (pc - m->layout.kernel_pa < m->layout.kernel_bytes &&
	    !symbols_find(m->kernel_symbols, pc, &place.offset))
		pc += m->kernel_va - m->kernel_pa;
	return place_of(m->kernel_symbols, "kernel", pc);
}

struct image_place images_fault(struct images *images, const struct inspect *inspect,
				const struct introspect_fault_record *record)
{
	if (!images)
		return (struct image_place){ .symbol = NULL };
	return record->flags & FAULT_FLAG_KERNEL
		       ? images_supervisor(images, record->pc, false)
		       : images_process(images, inspect, record->pid, record->pc);
}

void image_place_text(const struct image_place *place, char *buf, unsigned size)
{
	if (place->symbol)
		snprintf(buf, size, " (%.100s+%#" PRIx64 ")", place->symbol, place->offset);
	else if (place->object)
		snprintf(buf, size, " (%.100s+%#" PRIx64 ")", place->object, place->offset);
	else
		snprintf(buf, size, "%s", "");
}
