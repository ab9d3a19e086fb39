/* Between procfs.c (names) and proc_text.c (what the files say). */
#ifndef KERNEL_PROCFS_H
#define KERNEL_PROCFS_H

#include "mm.h"
#include "vfs.h"

/* A file of /proc, or of a process's directory (proc not NULL). */
struct proc_entry {
	const char *name;
	u32 mode;
	void (*show)(struct text *text, struct proc *proc);
	/* Symbolic links: the object, and what readlink says. */
	int (*target)(struct proc *proc, struct inode **inode, char path[256]);
};
extern const struct proc_entry proc_system[], proc_process[];
extern const u32 proc_system_count, proc_process_count;

/* Copies from another process's memory; how much was there. */
size_t proc_read_memory(struct mm *mm, u64 va, char *to, size_t bytes);

#endif
