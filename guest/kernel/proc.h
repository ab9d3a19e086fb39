/*
 * Processes, sleeping and waking, seen from files and devices.  (What memory management adds to
 * struct proc lives in mm.h.)
 */
#ifndef KERNEL_PROC_H
#define KERNEL_PROC_H

#include "types.h"

struct file;
struct inode;
struct mm;

#define FD_MAX 256

/* Open files; shared by clone(CLONE_FILES). */
struct fd_table {
	u32 refs;
	u32 nfds;                /* allocated entries of file[] */
	struct file **file;
	u64 cloexec[FD_MAX / 64];
};
struct fd_table *fd_table_create(void);               /* NULL when short */
struct fd_table *fd_table_copy(struct fd_table *from);
void fd_table_put(struct fd_table *table);            /* sleeps */
void fd_table_exec(struct fd_table *table);           /* closes close-on-exec: sleeps */

/* Current directory and umask; shared by clone(CLONE_FS). */
struct fs_context {
	u32 refs;
	u32 umask;
	struct inode *cwd;
	char cwd_path[256];
};

struct proc {
	u32 pid, ppid, pgid, sid;
	u32 tgid;                /* thread group */
	u32 state;               /* enum introspect_state */
	struct mm *mm;
	struct fd_table *files;
	struct fs_context *fs;
	struct tty *tty;         /* controlling terminal */
	char name[16];
	u64 signals_pending;     /* bit n-1: signal n */
	u64 signals_blocked;
	const void *channel;     /* what it sleeps on */
	/* ... the owner of proc.c adds the rest below */
	struct proc_private *private;
};

extern struct proc *current;

/* Sleep until wakeup(channel).  Returns true if a signal that would interrupt is pending and
 * `interruptible` was asked: the caller returns -ERESTARTSYS or a short count. */
bool sleep_on(const void *channel, bool interruptible);
/* The same with a limit in `time` ticks (absolute); *timed_out tells. */
bool sleep_until(const void *channel, bool interruptible, u64 deadline_ticks, bool *timed_out);
void wakeup(const void *channel);
bool signal_pending(void); /* an unblocked, not ignored signal waits for current */

/* Send a signal to a process or group; kernel-internal (tty ^C, SIGPIPE, SIGCHLD). */
void signal_send(struct proc *proc, int signal);
void signal_send_group(u32 pgid, int signal);

extern const char poll_channel[1]; /* pollers sleep here */
static inline void poll_wakeup(void)
{
	wakeup(poll_channel);
}

u64 time_now(void);      /* `time` ticks, 10 MHz */
s64 time_realtime_ns(void); /* since 1970, from the RTC at boot */

#endif
