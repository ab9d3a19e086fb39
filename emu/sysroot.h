/*
 * What a dynamic program needs beside itself: its interpreter (ld.so) and its shared libraries, found
 * on the host as ld.so will look for them in the guest.  It knows ELF and host folders, and no guest.
 */
#ifndef EMU_SYSROOT_H
#define EMU_SYSROOT_H

#include "emu/options.h"

#define SYSROOT_DEFAULT "/usr/riscv64-linux-gnu"

/* PATH, absolute within the tree ROOT, with symbolic links resolved as if ROOT were "/", as a path
 * of the host.  False: there is no such file. */
bool sysroot_resolve(const char *root, const char *path, char *host, size_t size);

/* A file to be added to the guest. */
struct library {
	struct library *next;
	char *host, *guest;
};

struct sysroot {
	const char *folder;	  /* a tree with the interpreter and libraries */
	const char *library_path; /* the guest's LD_LIBRARY_PATH, or NULL */
	/* Does the guest have this file already? */
	bool (*have)(void *ctx, const char *guest_path);
	void *ctx;
	struct library *first, **last; /* what was found */
};

void sysroot_init(struct sysroot *s);
void sysroot_free(struct sysroot *s);

/* Collect what the ELF file `host`, which the guest has as `guest`, needs; a static one needs
 * nothing.  Refuses by name what is nowhere. */
bool sysroot_collect(struct sysroot *s, const char *host, const char *guest, struct error *error);

#endif
