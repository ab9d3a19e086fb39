/*
 * Between signal.c, proc.c, sched.c and trap.c.
 */
#ifndef KERNEL_SIGNAL_H
#define KERNEL_SIGNAL_H

#include "proc.h"

#define SIGBIT(signal) (1ul << ((signal)-1))
#define UNBLOCKABLE    (SIGBIT(SIGKILL) | SIGBIT(SIGSTOP))

/* -EAGAIN: a real-time signal for which there is no room (RLIMIT_SIGPENDING, or no memory). */
int signal_send_info(struct proc *proc, const struct siginfo *info, bool to_group);
void signal_force(int signal, const struct siginfo *info); /* to current, whatever it blocks */
void signal_deliver(struct trapframe *frame);		   /* on the way to user mode */
void signal_alarm(struct proc *leader, u64 now);
void signal_forget(struct proc *proc, u64 signals); /* pending ones */
int signal_take(struct proc *proc, u64 set,
		struct siginfo *info); /* one of them, blocked or not; 0: none */
void signal_mask_for_wait(u64 mask);   /* until the call returns, or its handler has run */
bool on_altstack(const struct proc *proc, u64 sp);
void signals_flush(struct signal_queue *queue);
void signals_exec(struct proc *proc);		     /* handlers back to default */
void group_kill(struct proc *proc, u32 wait_status); /* all threads must exit */

void sched_interrupt(struct proc *proc);
extern u32 signalfds; /* open */
void sched_arm(void);
void sched_bury(struct proc *proc); /* free it once its stack is left */
void handle_idle_interrupts(void);
void proc_free(struct proc *proc);
__attribute__((noreturn)) void proc_exit(u32 wait_status); /* this thread */
void fp_flush(struct proc *proc);			   /* registers to memory */
void fp_changed(struct proc *proc);			   /* memory is newer than the registers */
void check_tables(void);				   /* if its turn has come */
void check_tables_now(void);

#endif
