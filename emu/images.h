/*
 * Which function a pc lies in: the kernel's and the firmware's symbols, and those of the files that
 * the guest's processes execute, read out of the root image by the inode that the kernel's frame table
 * names.  So nothing has to be known of where a program or a library was put.
 *
 * It knows ELF files, the root image and the introspection structure; it never changes the guest.
 */
#ifndef EMU_IMAGES_H
#define EMU_IMAGES_H

#include "emu/inspect.h"

struct images;

/* root_fd: the root image of `run`, borrowed; -1: there is none.  NULL: out of memory. */
struct images *images_create(const struct machine *machine, int root_fd);
/* Take the kernel's symbols from a file.  False with a line in error[]. */
bool images_kernel_symbols(struct images *images, const char *path, char *error,
			   unsigned error_bytes);
void images_destroy(struct images *images);

struct image_place {
	const char *symbol; /* NULL: no symbol covers it; as long-lived as images */
	const char *object; /* "kernel", "firmware", a file's name; NULL: unknown */
	uint64_t offset;    /* from the symbol; without one: the object's own address */
};

/* A pc in user mode under this satp, as the page tables and the frame table are now; images and inspect->guest
 * may be NULL. */
struct image_place images_user(struct images *images, const struct inspect *inspect, uint64_t satp,
			       uint64_t pc);
/* The same from the process table. */
struct image_place images_process(struct images *images, const struct inspect *inspect,
				  uint32_t pid, uint64_t pc);
/* A place in a file of the root image. */
struct image_place images_file(struct images *images, uint32_t inode, uint64_t file_offset);
/* A pc in S or M mode. */
struct image_place images_supervisor(struct images *images, uint64_t pc, bool machine_mode);

/* Where a fault was taken. */
struct image_place images_fault(struct images *images, const struct inspect *inspect,
				const struct introspect_fault_record *record);

/* " (main+0x1c)", " (libc.so.6+0x2a3f0)", or "" for an unknown one. */
void image_place_text(const struct image_place *place, char *buf, unsigned size);

#endif
