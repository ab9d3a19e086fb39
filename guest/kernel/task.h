/*
 * What proc.c and exec.c offer to the system calls about processes, and to main.c.
 */
#ifndef KERNEL_TASK_H
#define KERNEL_TASK_H

#include "proc.h"

struct wait_result {
	u32 pid, status;
	struct rusage usage;
};
#define WAIT_EXITED 0x10000u /* beside WNOHANG, WUNTRACED, WCONTINUED, __WALL, __WCLONE */
#define WAIT_NOWAIT 0x20000u /* leave it waitable */

void proc_init(void);
/* A thread of the kernel, which never sees user mode; NULL when short. */
struct proc *proc_kernel_thread(void (*main)(void), const char *name);
void fs_put(struct fs_context *fs); /* sleeps */

#define LAST_CAPABILITY	 40 /* CAP_CHECKPOINT_RESTORE */
#define CAPABILITIES_ALL ((2ul << LAST_CAPABILITY) - 1)
u64 capabilities(const struct proc *proc);
u32 new_pid(void);
struct proc *proc_first(void (*main)(void));
s64 proc_clone(u64 flags, u64 stack, u64 ptid, u64 tls, u64 ctid);
s64 proc_wait(s32 pid, u32 options, struct wait_result *result);
void vfork_done(void);
/* argv and envp are the user's, or, for init, NULL: then argv is the path alone. */
int exec(const char *path, u64 argv, u64 envp, bool from_kernel);
int pidfd_create(u32 pid, u32 flags); /* the descriptor, or -errno */
s32 pidfd_process(int fd);
int threads_end(void); /* all but current: before exec's point of no return; sleeps */

#endif
