/*
 * Files into guest RAM: ELF images by p_paddr, Linux Images, raw binaries, device-tree blobs and
 * initrds.  It knows RAM as an array of bytes, and no device or hart.
 */
#ifndef EMU_LOADER_H
#define EMU_LOADER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/ram.h"

/* Errors are one line, without a newline, for the user. */
struct load_error {
	char text[256];
};

/* A whole file, mapped for reading. */
struct blob {
	const uint8_t *data;
	size_t bytes;
	bool mapped;
};
bool blob_open(struct blob *blob, const char *path, struct load_error *error);
void blob_close(struct blob *blob);

enum image_kind { IMAGE_ELF, IMAGE_LINUX, IMAGE_RAW };

struct image {
	enum image_kind kind;
	struct blob blob;
	const char *path;
	uint64_t low_pa, high_pa; /* ELF: the segments' physical range as linked; else 0, size */
	uint64_t entry_pa; /* as linked, translated by its segment; low_pa if the file names none */
	uint64_t load_va, load_pa; /* ELF: of the segment that holds the entry, as linked */
	uint64_t text_offset;	   /* Linux Image: where it wants to be above a 2 MiB boundary */
};

/* Open and classify; checks everything that does not depend on where it will be placed. */
bool image_open(struct image *image, const char *path, struct load_error *error);
void image_close(struct image *image);
/* Place it so that its lowest byte (as linked) comes to `low_pa`: an ELF's own low_pa loads it as
 * linked.  Zeroes the tails of p_memsz. */
bool image_load(const struct image *image, const struct ram *ram, uint64_t low_pa,
		struct load_error *error);

/* Where a symbol's address lies in memory, as linked: one that RAM holds is physical already, as Spike
 * takes all of them; another is translated by the segment that holds it.  False: in none. */
bool image_symbol_pa(const struct image *image, const struct ram *ram, uint64_t va, uint64_t *pa);

/* Copy a file's bytes to pa. */
bool blob_load(const struct blob *blob, const struct ram *ram, uint64_t pa, const char *what,
	       struct load_error *error);

/* The symbols of an ELF file (machine.h) that is in memory; takes the blob, whatever comes. */
struct symbols;
struct symbols *symbols_of(struct blob *blob);
/* Of a file: an ELF file's, or those of a System.map or /proc/kallsyms.  NULL with a line in *error. */
struct symbols *symbols_map(const char *path, struct load_error *error);
/* Has it no symbol table, other than one for dynamic linking? */
bool symbols_stripped(const struct blob *blob);

#endif
