/*
 * What cmd_run.c, run_root.c and run_export.c share: one `faultline run` as its options say.
 */
#ifndef EMU_RUN_PRIVATE_H
#define EMU_RUN_PRIVATE_H

#include <limits.h>

#include "emu/program.h"

#define LIST_MOST   256
#define APPEND_MOST 500 /* what the kernel keeps of its command line */

struct list {
	const char *word[LIST_MOST];
	unsigned count;
};

struct run {
	struct run_options common;
	struct list add, get, env, kernel;
	uint64_t frames, swap_bytes, root_bytes, request_ns, page_ns;
	struct virtio_blk_bad bad[2]; /* --disk-error: of root, of swap */
	uint64_t check_every;	      /* --check-frames; 0: never */
	bool swap_given, verbose, kernel_help;
	const char *policy, *disk, *bios, *root, *sysroot, *export;

	int nargs; /* arguments of the program, without itself */
	char **args;
	struct program program;
	const char *hint; /* an argument that names a host file which the guest does not have */
	char append[APPEND_MOST + 1];
	char kernel_path[PATH_MAX], bios_path[PATH_MAX], base_path[PATH_MAX];
};

/* The options that are `run`'s own; their context is a struct run. */
extern const struct option run_table[];

/* Find PROGRAM and fill the root image: an open file that holds it, or -1.  Sets r->program and
 * r->hint. */
int run_make_root(struct run *r, const char *name, struct error *error);

/* --export: into the folder what this run would start; root_fd holds the root image. */
bool run_export(const struct run *r, int root_fd, struct error *error);

/* An absolute path in the guest, from one that may be relative to its /home; refused where no file of the
 * root image would be seen. */
bool run_guest_path(const char *path, char buf[PATH_MAX], struct error *error);

#endif
