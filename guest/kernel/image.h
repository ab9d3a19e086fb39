/*
 * Executable files: reading and mapping an ELF image.
 */
#ifndef KERNEL_IMAGE_H
#define KERNEL_IMAGE_H

#include "mm.h"

/* One executable file being mapped. */
struct image {
	struct file *file;
	struct elf_header header;
	struct elf_segment *segments; /* a kernel page */
	u64 bias;		      /* added to the file's addresses */
	u64 start, end, phdr;
	bool stack_exec;       /* PT_GNU_STACK asks for it */
	char interpreter[256]; /* empty: none */
};

/* Bytes of a file through the page cache: sleeps.  -ENOEXEC past its end. */
int kernel_read(struct file *file, u64 at, void *to, size_t bytes);
/* A regular file with an x bit that nobody writes to. */
int open_executable(const char *path, struct file **file);
/* Header and program headers of image->file, checked. */
int image_read(struct image *image);
/* Its PT_LOAD segments, at image->bias. */
int image_map(struct mm *mm, struct image *image);

#endif
