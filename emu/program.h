/*
 * The program that `faultline run` is to run: found, and looked at before any guest starts, so that
 * what cannot run is refused in one clear line.  It knows ELF and `#!`, and no guest.
 */
#ifndef EMU_PROGRAM_H
#define EMU_PROGRAM_H

#include "emu/options.h"

struct program {
	char host_path[4096];  /* "" for one that the guest has anyway */
	char guest_path[4096]; /* what the guest executes */
	char elf_path[4096];   /* the host's ELF file with its symbols, "" for a script */
	char interpreter[256]; /* of a `#!` script, else "" */
};

/* Find NAME as the user gave it: in ROOT (--root, may be NULL) a path or the name of a program there,
 * else a host file, or without a slash and where there is none, a program of the base system or a
 * demonstration. */
bool program_find(struct program *program, const char *name, const char *root, struct error *error);

/* The path of NAME in a guest that has more than ours: NAME itself if it is absolute, else the first on
 * the usual PATH.  False: it is in none of those places. */
typedef bool program_has(void *ctx, const char *guest_path);
bool program_along_path(const char *name, program_has *has, void *ctx, char guest_path[4096]);

/* Would the guest run this ELF file?  Refuses with the reason. */
bool program_check_elf(const char *path, const void *data, size_t bytes, struct error *error);

#endif
