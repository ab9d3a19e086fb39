/* Between procfs.c (names), proc_files.c and proc_system.c (what the files say). */
#ifndef KERNEL_PROCFS_H
#define KERNEL_PROCFS_H

#include "mm.h"
#include "vfs.h"

#define CLOCK_TICKS (TICKS_PER_SECOND / 100) /* `time` ticks in one of USER_HZ */
#define KIB(pages)  ((pages) * (PAGE_SIZE / 1024))

/* A file of /proc, or of a process's directory (proc not NULL). */
struct proc_entry {
	const char *name;
	const char *within; /* the directory that holds it, NULL: the top one */
	u32 mode;
	const char *line; /* what never changes, else: */
	void (*show)(struct text *text, struct proc *proc);
	/* Instead of show, a file of `values` 64-bit numbers. */
	u64 (*value)(struct proc *proc, u64 index);
	u64 values;
	void (*store)(struct proc *proc,
		      const char *line); /* what is written; NULL: has no effect */
	/* Symbolic links: the object, and what readlink says. */
	int (*target)(struct proc *proc, struct inode **inode, char path[256]);
};
extern const struct proc_entry proc_system[], proc_process[];
extern const u32 proc_system_count, proc_process_count;
void proc_show_descriptor(struct text *text, struct proc *proc); /* of text->fd */

void proc_show_mounts(struct text *text, struct proc *proc);
void proc_show_mountinfo(struct text *text, struct proc *proc);

#endif
