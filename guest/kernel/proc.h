/*
 * Processes, sleeping and waking, signals and time, seen from the rest of the kernel.
 *
 * A struct proc is a thread; the threads of one process share a struct group.  One hart, and kernel
 * code is never preempted: only calls that say "sleeps" let another thread run.
 */
#ifndef KERNEL_PROC_H
#define KERNEL_PROC_H

#include "../include/introspect.h"
#include "abi.h"
#include "types.h"

struct file;
struct inode;
struct mm;
struct tty;

#define FD_MAX	 4096
#define FD_BLOCK 512 /* descriptors whose words fill a page */

/* Open files; shared by clone(CLONE_FILES).  A word is a struct file's address, its lowest bit
 * close-on-exec.  block[0] grows up to a page, the others are pages. */
struct fd_table {
	u32 refs;
	u32 nfds; /* words there are */
	u32 full; /* all below are taken */
	u64 *block[FD_MAX / FD_BLOCK];
};
struct file *fd_table_file(const struct fd_table *table, u32 fd); /* borrowed, or NULL */
bool fd_table_cloexec(const struct fd_table *table, u32 fd);
struct fd_table *fd_table_create(void); /* NULL when short */
struct fd_table *fd_table_copy(struct fd_table *from);
int fd_table_unshare(void);
void fd_table_put(struct fd_table *table);  /* sleeps */
void fd_table_exec(struct fd_table *table); /* closes close-on-exec: sleeps */

/* Current directory and umask; shared by clone(CLONE_FS). */
struct fs_context {
	u32 refs;
	u32 umask;
	struct inode *cwd;
	char *cwd_path; /* NULL: "/" */
};

static inline const char *fs_cwd_path(const struct fs_context *fs)
{
	return fs->cwd_path ? fs->cwd_path : "/";
}

/* Saved on every entry to the kernel; entry.S knows the offsets. */
struct trapframe {
	u64 x[32]; /* x[0] holds the user's pc */
	u64 sstatus, scause, stval;
	u64 syscall_a0; /* a0 at entry of a system call, for a restart */
};
#define FRAME_PC(f)   ((f)->x[0])
#define FRAME_RA(f)   ((f)->x[1])
#define FRAME_SP(f)   ((f)->x[2])
#define FRAME_TP(f)   ((f)->x[4])
#define FRAME_A(f, n) ((f)->x[10 + (n)])

struct context { /* what a switch between kernel stacks saves */
	u64 ra, sp, s[12];
};

struct fp_state {
	u64 f[32];
	u64 fcsr;
};

/* What signals do; shared by clone(CLONE_SIGHAND). */
struct sighand {
	u32 refs;
	struct sigaction action[NSIG];
};

struct signal_info { /* one queued signal */
	struct signal_info *next;
	struct siginfo info;
};

struct signal_queue {
	u64 pending; /* bit n-1: signal n */
	struct signal_info *first;
};

struct refusal {
	u64 va, pc;
	u32 access, reason, si_code;
};

/* What the threads of one process share. */
struct group {
	struct refusal fatal; /* the fault that ended it, if one did */
	u32 refs;	      /* threads not yet reaped */
	u32 live;	      /* threads that have not exited */
	struct proc *leader;
	struct signal_queue signals;
	bool exiting; /* exit_group or a fatal signal: all threads go */
	bool execed;  /* has called execve (setpgid from the parent is refused) */
	bool stopped; /* by SIGSTOP and the like */
	bool stop_reported, continue_report;
	bool subreaper;	 /* orphans below it become its children */
	bool undumpable; /* as asked for: it has no effect */
	bool oom_victim;
	u64 missing_pages; /* when it was killed for want of memory */
	u32 stop_signal;
	u32 wait_status; /* as wait4 gives it */
	u32 exit_signal; /* sent to the parent: SIGCHLD, 0: none */
	struct rlimit limits[RLIM_NLIMITS];
	u64 alarm_deadline, alarm_interval; /* ITIMER_REAL, in `time` ticks; 0: none */
	u64 cpu_alarm[2], cpu_interval[2];  /* ITIMER_VIRTUAL and _PROF, in ticks of CPU time */
	u64 user_ticks, kernel_ticks;	    /* of exited threads */
	u64 minor, major;
	u64 children_user_ticks, children_kernel_ticks, children_minor, children_major;
	u64 start_ticks;
};

/* What a process has used, by the threads that it has and those that it had. */
struct usage {
	u64 user_ticks, kernel_ticks, minor, major, switches;
	u32 threads; /* not yet reaped */
};
void group_usage(const struct group *group, struct usage *usage);

struct eviction {
	bool valid, written;
	u32 owner, frame_class, frame;
	u64 page, ticks;
};

#define HOLD_PAGES 4 /* one instruction may need four: two fetched, two of data */

struct proc {
	u32 pid;  /* of the thread */
	u32 slot; /* in the process table */
	u32 tgid; /* of the process */
	u32 ppid, pgid, sid;
	u32 state; /* enum introspect_state */
	u32 uid, gid;
	u32 personality;
	u64 capabilities_dropped;
	u32 death_signal; /* when the parent ends; 0: none */
	bool no_new_privileges;
	bool keep_capabilities; /* as asked for, like timer_slack: they have no effect */
	u32 timer_slack;
	u8 policy, priority; /* as asked for: they have no effect */
	s8 nice;
	struct mm *mm;
	struct fd_table *files;
	struct fs_context *fs;
	struct tty *tty; /* controlling terminal */
	char name[16];
	struct group *group;
	struct proc *group_next; /* ring of the group's threads */
	struct sighand *sighand;
	struct signal_queue signals;
	u64 signals_blocked;
	u64 saved_blocked; /* restored after rt_sigsuspend, ppoll, ... */
	bool restore_blocked;
	u64 waiting_for; /* in rt_sigtimedwait */
	bool killed;	 /* must exit before it sees user mode again */
	struct stack_t altstack;

	const void *channel; /* what it sleeps on */
	u64 deadline;	     /* ticks; 0: none */
	bool interruptible, timed_out, disk_wait;
	struct proc *sleep_next; /* among the sleepers */
	struct proc *queue_next; /* ready queue */
	struct context context;
	void *stack;		 /* kernel stack, lowest address */
	struct trapframe *frame; /* its user registers, at the top of the stack */
	struct fp_state fp;

	u64 clear_child_tid;
	u64 robust_list;
	struct proc *vfork_parent; /* waits until we exec or exit */
	bool vfork_waiting;	   /* we are such a parent */
	u64 restart_deadline;	   /* of an interrupted nanosleep */
	u64 restart_user;
	u32 restart_clock;

	struct eviction victim;	       /* the page evicted last for the fault being served */
	struct refusal refused;	       /* the fault that was refused last */
	struct page *held[HOLD_PAGES]; /* brought in for an instruction that has not yet retired */
	u32 nheld;
	u64 fault_print; /* of the instruction that faulted last */
	u32 pinning;	 /* depth of pinning_begin */

	bool in_fault;	   /* in the page-fault handler: if it sleeps, for a page */
	bool fault_again;  /* no frame: the fault drops its pins and begins anew */
	u32 starved;	   /* times in a row that there was nothing to evict ... */
	u64 starved_since; /* ... while others had been given so many frames */
	u64 given;	   /* frames, by frame_get so far */
	bool kernel;	   /* a thread of the kernel: no signals, no user mode */
	bool suspended;	   /* by load control */
	u64 last_turn;	   /* when it was last suspended */

	u64 minor, major;
	u64 user_ticks, kernel_ticks, stamp;
	u64 switches;
	u32 exit_code;
};

extern struct proc *current;

/* The process table. */
struct proc *proc_find(u32 pid); /* a thread by its id, or NULL */
struct proc *
proc_next(struct proc *after); /* every thread in order of slot; NULL starts and ends */
bool proc_is_leader(const struct proc *proc);

/* Sleep until wakeup(channel), or a signal if `interruptible`.  True, without having slept, if a signal is
 * pending then: the caller returns -ERESTARTSYS or a short count.  So whoever is woken looks first whether
 * what it waits for has come, and minds the signal when it would sleep again. */
bool sleep_on(const void *channel, bool interruptible);
/* The same with a limit in `time` ticks (absolute); *timed_out tells. */
bool sleep_until(const void *channel, bool interruptible, u64 deadline_ticks, bool *timed_out);
void wakeup(const void *channel);
void wakeup_one(const void *channel);
bool signal_pending(void); /* an unblocked, not ignored signal waits for current */

/* Send a signal to a process or group; kernel-internal (tty ^C, SIGPIPE, SIGCHLD). */
void signal_send(struct proc *proc, int signal);
void signal_send_group(u32 pgid, int signal);
/* True if current ignores or blocks this signal (background reads and writes of a terminal). */
bool signal_is_ignored(int signal);
bool signal_is_blocked(int signal);
bool pgrp_is_orphaned(u32 pgid, u32 leaving); /* without this parent; 0: as it stands */

void sched_alarm(u64 deadline); /* look for what is due then */

extern const char poll_channel[1]; /* pollers sleep here */
static inline void poll_wakeup(void)
{
	wakeup(poll_channel);
}

#define TICKS_PER_SECOND                                                                           \
	10000000ul		 /* of the `time` CSR; main.c checks it against the device tree */
static inline u64 time_now(void) /* ticks */
{
	u64 t;

	asm volatile("rdtime %0" : "=r"(t)::"memory");
	return t;
}
s64 time_realtime_ns(void); /* since 1970, from the RTC at boot */
u64 time_cpu_idle(void);    /* ticks with nothing to run */

/* RLIMIT_* of current, soft. */
u64 rlimit(u32 which);

#endif
