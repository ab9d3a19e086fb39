/*
 * Signals: sending, delivering, and the frames that handlers run in (Linux's riscv64 layout).
 */
#include "arch.h"
#include "mm.h"
#include "signal.h"
#include "sys.h"

#define STOP_SIGNALS   (SIGBIT(SIGSTOP) | SIGBIT(SIGTSTP) | SIGBIT(SIGTTIN) | SIGBIT(SIGTTOU))
#define IGNORE_SIGNALS (SIGBIT(SIGCHLD) | SIGBIT(SIGCONT) | SIGBIT(SIGURG) | SIGBIT(SIGWINCH))
#define FAULT_SIGNALS                                                                              \
	(SIGBIT(SIGSEGV) | SIGBIT(SIGBUS) | SIGBIT(SIGILL) | SIGBIT(SIGTRAP) | SIGBIT(SIGFPE))
#define CORE_SIGNALS   (FAULT_SIGNALS | SIGBIT(SIGQUIT) | SIGBIT(SIGABRT) | SIGBIT(SIGSYS))
#define REALTIME_FIRST 32

/* ---- queues ---- */

/* Up to `most` real-time signals wait: -EAGAIN for one more.  Any other, and a timer's, comes always. */
static int queue_add(struct signal_queue *queue, const struct siginfo *info, u64 most)
{
	struct signal_info **link = &queue->first, *node;
	int signal = info->si_signo;
	bool must = signal < REALTIME_FIRST || info->si_code == SI_TIMER;
	u64 waiting = 0;

	if ((queue->pending & SIGBIT(signal)) && signal < REALTIME_FIRST)
		return 0;
	for (; *link; waiting++)
		link = &(*link)->next;
	if (!must && waiting >= most)
		return -EAGAIN;
	node = kmalloc(sizeof(*node)); /* without it the signal still comes, with no details */
	if (!node && !must)
		return -EAGAIN;
	queue->pending |= SIGBIT(signal);
	if (!node)
		return 0;
	node->info = *info;
	*link = node;
	return 0;
}

static bool queue_take(struct signal_queue *queue, int signal, struct siginfo *info)
{
	struct signal_info **link = &queue->first, *node;
	bool found = false, more = false;

	memset(info, 0, sizeof(*info));
	info->si_signo = signal;
	while ((node = *link) != NULL) {
		if (node->info.si_signo != signal) {
			link = &node->next;
		} else if (!found) {
			found = true;
			*info = node->info;
			*link = node->next;
			kfree(node);
		} else {
			more = true;
			break;
		}
	}
	if (!more)
		queue->pending &= ~SIGBIT(signal);
	return found;
}

static void queue_drop(struct signal_queue *queue, u64 signals)
{
	struct siginfo info;

	for (int signal = 1; signal <= NSIG; signal++)
		while (queue->pending & signals & SIGBIT(signal))
			queue_take(queue, signal, &info);
}

void signals_flush(struct signal_queue *queue)
{
	queue_drop(queue, ~0ul);
}

void signal_forget(struct proc *proc, u64 signals)
{
	struct proc *thread = proc;

	queue_drop(&proc->group->signals, signals);
	do {
		queue_drop(&thread->signals, signals);
		thread = thread->group_next;
	} while (thread != proc);
}

/* ---- sending ---- */

static bool is_ignored(const struct proc *proc, int signal)
{
	u64 handler = proc->sighand->action[signal - 1].sa_handler;

	if (SIGBIT(signal) & UNBLOCKABLE)
		return proc->tgid == 1;
	if (proc->tgid == 1 && handler == SIG_DFL)
		return true; /* init dies of nothing that it does not handle */
	return handler == SIG_IGN || (handler == SIG_DFL && (SIGBIT(signal) & IGNORE_SIGNALS));
}

bool signal_is_ignored(int signal)
{
	return is_ignored(current, signal);
}

bool signal_is_blocked(int signal)
{
	return current->signals_blocked & SIGBIT(signal);
}

static void parent_of_stopped(struct proc *proc, int code, int status)
{
	struct proc *parent = proc_find(proc->ppid);
	struct siginfo info = { 0 };

	if (!parent)
		return;
	info.si_signo = SIGCHLD;
	info.si_code = code;
	info.si_pid = (s32)proc->tgid;
	info.si_status = status;
	if (!(parent->sighand->action[SIGCHLD - 1].sa_flags & SA_NOCLDSTOP))
		signal_send_info(parent, &info, true);
	wakeup(parent->group);
}

static void group_continue(struct proc *proc)
{
	struct proc *thread = proc;

	signal_forget(proc, STOP_SIGNALS);
	if (!proc->group->stopped)
		return;
	proc->group->stopped = false;
	proc->group->continue_report = true;
	do {
		if (thread->state == PROC_STOPPED)
			sched_ready(thread);
		thread = thread->group_next;
	} while (thread != proc);
	parent_of_stopped(proc, CLD_CONTINUED, SIGCONT);
}

/* A thread that will take the signal wakes up for it. */
static void interrupt_one(struct proc *proc, int signal, bool to_group)
{
	struct proc *thread = proc;

	do {
		if (thread->state != PROC_ZOMBIE && (!(thread->signals_blocked & SIGBIT(signal)) ||
						     (thread->waiting_for & SIGBIT(signal)))) {
			sched_interrupt(thread);
			return;
		}
		thread = thread->group_next;
	} while (to_group && thread != proc);
}

int signal_send_info(struct proc *proc, const struct siginfo *info, bool to_group)
{
	int signal = info->si_signo, error;

	if (signal < 1 || signal > NSIG || proc->group->exiting || proc->kernel)
		return 0;
	if (signal == SIGCONT)
		group_continue(proc);
	if (SIGBIT(signal) & STOP_SIGNALS)
		signal_forget(proc, SIGBIT(SIGCONT));
	if (is_ignored(proc, signal) && !(proc->signals_blocked & SIGBIT(signal))) {
		introspect_signal(proc, LIFE_IGNORED, info, NULL);
		return 0;
	}
	if (signal == SIGKILL) {
		group_kill(proc, SIGKILL);
		return 0;
	}
	error = queue_add(to_group ? &proc->group->signals : &proc->signals, info,
			  proc->group->limits[RLIMIT_SIGPENDING].rlim_cur);
	if (error)
		return error;
	interrupt_one(proc, signal, to_group);
	if (signalfds)
		poll_wakeup();
	return 0;
}

void signal_send(struct proc *proc, int signal)
{
	struct siginfo info = { 0 };

	info.si_signo = signal;
	info.si_code = SI_KERNEL;
	signal_send_info(proc, &info, true);
}

void signal_send_group(u32 pgid, int signal)
{
	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc))
		if (proc->pgid == pgid && proc_is_leader(proc))
			signal_send(proc, signal);
}

/* A fault of current: it cannot be ignored or blocked, else the process dies of it. */
void signal_force(int signal, const struct siginfo *info)
{
	struct sigaction *action = &current->sighand->action[signal - 1];
	struct siginfo none = { 0 };

	none.si_signo = signal;
	none.si_code = SI_KERNEL;
	if (signal == SIGKILL || action->sa_handler == SIG_IGN || action->sa_handler == SIG_DFL ||
	    (current->signals_blocked & SIGBIT(signal))) {
		if (current->tgid == 1)
			panic("init: signal %d at pc %lx, address %lx", signal, current->refused.pc,
			      current->refused.va);
		if (info && !current->group->exiting)
			current->group->fatal = current->refused;
		introspect_signal(current, LIFE_FATAL, info ? info : &none, NULL);
		group_kill(current, (u32)signal);
		return;
	}
	queue_add(&current->signals, info ? info : &none, UINT64_MAX);
}

void signal_alarm(struct proc *leader, u64 now)
{
	struct group *group = leader->group;

	group->alarm_deadline = group->alarm_interval ? now + group->alarm_interval : 0;
	signal_send(leader, SIGALRM);
}

bool signal_pending(void)
{
	struct group *group = current->group;

	return current->killed || group->stopped ||
	       ((current->signals.pending | group->signals.pending) & ~current->signals_blocked);
}

void signals_exec(struct proc *proc)
{
	for (int i = 0; i < NSIG; i++) {
		struct sigaction *action = &proc->sighand->action[i];

		if (action->sa_handler != SIG_IGN)
			action->sa_handler = SIG_DFL;
		action->sa_flags = 0;
		action->sa_mask = 0;
	}
	proc->altstack = (struct stack_t){ 0, SS_DISABLE, 0, 0 };
}

/* ---- delivering ---- */

struct ucontext {
	u64 uc_flags, uc_link;
	struct stack_t uc_stack;
	u64 uc_sigmask;
	u8 unused[120];
	u64 align; /* uc_mcontext is 16-aligned */
	u64 regs[32];
	u64 f[32];
	u32 fcsr;
	u8 fp_rest[528 - 260];
};

struct sigframe {
	struct siginfo info;
	struct ucontext uc;
};
_Static_assert(sizeof(struct siginfo) == 128 && sizeof(struct ucontext) == 960,
	       "Linux's signal frame");

bool on_altstack(const struct proc *proc, u64 sp)
{
	return !(proc->altstack.ss_flags & SS_AUTODISARM) && sp > proc->altstack.ss_sp &&
	       sp - proc->altstack.ss_sp <= proc->altstack.ss_size;
}

static bool push_frame(struct trapframe *frame, int signal, const struct siginfo *info,
		       const struct sigaction *action)
{
	struct sigframe *sf = kpage_alloc();
	u64 sp = FRAME_SP(frame);
	bool inside = on_altstack(current, sp), done;

	if (!sf)
		return false;
	fp_flush(current);
	if ((action->sa_flags & SA_ONSTACK) && !(current->altstack.ss_flags & SS_DISABLE) &&
	    !inside)
		sp = current->altstack.ss_sp + current->altstack.ss_size;
	sp = (sp - sizeof(*sf)) & ~15ul;
	if (inside && !on_altstack(current, sp)) {
		kpage_free(sf); /* it is full: what lies below is somebody else's */
		return false;
	}
	sf->info = *info;
	sf->uc.uc_stack = current->altstack;
	if (inside)
		sf->uc.uc_stack.ss_flags |= SS_ONSTACK;
	sf->uc.uc_sigmask =
		current->restore_blocked ? current->saved_blocked : current->signals_blocked;
	memcpy(sf->uc.regs, frame->x, sizeof(sf->uc.regs));
	memcpy(sf->uc.f, current->fp.f, sizeof(sf->uc.f));
	sf->uc.fcsr = (u32)current->fp.fcsr;
	done = copy_to_user(sp, sf, sizeof(*sf)) == 0; /* sleeps */
	kpage_free(sf);
	if (!done)
		return false;
	if (current->altstack.ss_flags & SS_AUTODISARM)
		current->altstack = (struct stack_t){ 0, SS_DISABLE, 0, 0 };
	FRAME_A(frame, 0) = (u64)signal;
	FRAME_A(frame, 1) = sp + offsetof(struct sigframe, info);
	FRAME_A(frame, 2) = sp + offsetof(struct sigframe, uc);
	FRAME_RA(frame) = current->mm->vdso;
	FRAME_SP(frame) = sp;
	FRAME_PC(frame) = action->sa_handler;
	return true;
}

s64 sys_rt_sigreturn(const u64 a[6])
{
	struct trapframe *frame = current->frame;
	struct sigframe *sf = kpage_alloc();
	u64 sp = FRAME_SP(frame);

	(void)a;
	if (!sf || copy_from_user(sf, sp, sizeof(*sf)) != 0) {
		kpage_free(sf);
		signal_force(SIGSEGV, NULL);
		return 0;
	}
	current->signals_blocked = sf->uc.uc_sigmask & ~UNBLOCKABLE;
	if (!(current->altstack.ss_flags & SS_DISABLE) || !(sf->uc.uc_stack.ss_flags & SS_DISABLE))
		if (!on_altstack(current, sp)) {
			current->altstack = sf->uc.uc_stack;
			current->altstack.ss_flags &= SS_DISABLE | SS_AUTODISARM;
		}
	memcpy(frame->x, sf->uc.regs, sizeof(sf->uc.regs));
	memcpy(current->fp.f, sf->uc.f, sizeof(sf->uc.f));
	current->fp.fcsr = sf->uc.fcsr;
	fp_changed(current);
	kpage_free(sf);
	frame->scause = 0; /* a0 is the interrupted program's: no result, no restart */
	return (s64)FRAME_A(frame, 0);
}

/* The next signal to act on: faults of the thread itself first. */
static int take_signal(struct siginfo *info)
{
	struct group *group = current->group;
	u64 blocked = current->signals_blocked;
	u64 mine = current->signals.pending & ~blocked, shared = group->signals.pending & ~blocked,
	    first;

	first = mine & FAULT_SIGNALS ? mine & FAULT_SIGNALS : mine | shared;
	return signal_take(current, first, info);
}

int signal_take(struct proc *proc, u64 set, struct siginfo *info)
{
	u64 mine = proc->signals.pending & set, shared = proc->group->signals.pending & set;

	for (int signal = 1; (mine | shared) && signal <= NSIG; signal++) {
		if (!((mine | shared) & SIGBIT(signal)))
			continue;
		queue_take(mine & SIGBIT(signal) ? &proc->signals : &proc->group->signals, signal,
			   info);
		return signal;
	}
	return 0;
}

/* What becomes of a system call that a signal has interrupted. */
static void restart(struct trapframe *frame, const struct sigaction *action)
{
	s64 result = (s64)FRAME_A(frame, 0);
	bool again;

	if (frame->scause != CAUSE_ECALL)
		return;
	frame->scause = 0;
	if (result != -ERESTARTSYS && result != -ERESTARTNOHAND && result != -ERESTART_RESTARTBLOCK)
		return;
	again = !action || (result == -ERESTARTSYS && (action->sa_flags & SA_RESTART));
	if (!again) {
		FRAME_A(frame, 0) = (u64)-EINTR;
		return;
	}
	FRAME_A(frame, 0) = frame->syscall_a0;
	FRAME_PC(frame) -= 4;
	if (result == -ERESTART_RESTARTBLOCK)
		FRAME_A(frame, 7) = 128; /* restart_syscall */
}

static void stop_here(int signal)
{
	struct group *group = current->group;

	if (signal && !group->stopped) {
		struct proc *thread = current->group_next;

		group->stopped = true;
		group->stop_reported = false;
		group->continue_report = false;
		group->stop_signal = (u32)signal;
		for (; thread != current; thread = thread->group_next)
			sched_interrupt(thread);
		parent_of_stopped(current, CLD_STOPPED, signal);
	}
	hold_release(current);
	while (group->stopped && !current->killed) {
		current->state = PROC_STOPPED;
		introspect_proc(current);
		schedule();
	}
}

static void act_by_default(int signal, const struct siginfo *info)
{
	u64 bit = SIGBIT(signal);
	bool stops =
		(bit & STOP_SIGNALS) && (signal == SIGSTOP || !pgrp_is_orphaned(current->pgid, 0));

	introspect_signal(current,
			  stops					  ? LIFE_STOPPED
			  : bit & (IGNORE_SIGNALS | STOP_SIGNALS) ? LIFE_IGNORED
								  : LIFE_FATAL,
			  info, current->frame);
	if (stops)
		stop_here(signal);
	if (bit & (IGNORE_SIGNALS | STOP_SIGNALS))
		return;
	group_kill(current, (u32)signal);
}

static bool call_handler(struct trapframe *frame, int signal, const struct siginfo *info)
{
	struct sigaction *slot = &current->sighand->action[signal - 1], action = *slot;

	introspect_signal(current, LIFE_HANDLED, info, frame);
	restart(frame, &action);
	if (!push_frame(frame, signal, info, &action)) {
		slot->sa_handler = SIG_DFL;
		current->signals_blocked &= ~SIGBIT(SIGSEGV);
		current->sighand->action[SIGSEGV - 1].sa_handler = SIG_DFL;
		signal_force(SIGSEGV, NULL);
		return false;
	}
	if (action.sa_flags & SA_RESETHAND)
		slot->sa_handler = SIG_DFL;
	current->signals_blocked |= action.sa_mask & ~UNBLOCKABLE;
	if (!(action.sa_flags & SA_NODEFER))
		current->signals_blocked |= SIGBIT(signal) & ~UNBLOCKABLE;
	current->restore_blocked = false;
	return true;
}

/* The next signal has its effect; false: there is none.  Apart, so that the usual way, without a signal,
 * saves no registers. */
static __attribute__((noinline)) bool act(struct trapframe *frame)
{
	struct siginfo info;
	u64 handler;
	int signal;

	if (current->killed)
		proc_exit(current->group->wait_status);
	if (current->group->stopped) {
		stop_here(0);
		return true;
	}
	signal = take_signal(&info);
	if (!signal)
		return false;
	handler = current->sighand->action[signal - 1].sa_handler;
	if (handler == SIG_IGN || (handler == SIG_DFL && current->tgid == 1))
		return true;
	if (handler == SIG_DFL)
		act_by_default(signal, &info);
	else
		call_handler(frame, signal, &info); /* another one's frame goes on top */
	return true;
}

void signal_deliver(struct trapframe *frame)
{
	while (signal_pending() && act(frame))
		;
	restart(frame, NULL);
	if (current->restore_blocked) {
		current->restore_blocked = false;
		current->signals_blocked = current->saved_blocked;
		if (signal_pending())
			signal_deliver(frame);
	}
}
