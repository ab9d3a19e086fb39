/*
 * System calls about signals.
 */
#include "mm.h"
#include "signal.h"
#include "sys.h"
#include "timer.h"

s64 sys_rt_sigaction(const u64 a[6])
{
	u64 signal = a[0];
	struct sigaction *action, new, old;

	if (signal < 1 || signal > NSIG || a[3] != 8)
		return -EINVAL;
	if (a[1] && copy_from_user(&new, a[1], sizeof(new)) != 0)
		return -EFAULT;
	if (a[1] && (SIGBIT(signal) & UNBLOCKABLE))
		return -EINVAL;
	action = &current->sighand->action[signal - 1];
	old = *action;
	if (a[1]) {
		*action = new;
		action->sa_flags &= SA_KNOWN;
		action->sa_mask &= ~UNBLOCKABLE;
		if (signal_is_ignored((int)signal))
			signal_forget(current, SIGBIT(signal));
	}
	return a[2] && copy_to_user(a[2], &old, sizeof(old)) != 0 ? -EFAULT : 0;
}

s64 sys_rt_sigprocmask(const u64 a[6])
{
	u64 old = current->signals_blocked, set;

	if (a[3] != 8)
		return -EINVAL;
	if (a[1]) {
		if (copy_from_user(&set, a[1], 8) != 0)
			return -EFAULT;
		if (a[0] == SIG_BLOCK)
			set |= old;
		else if (a[0] == SIG_UNBLOCK)
			set = old & ~set;
		else if (a[0] != SIG_SETMASK)
			return -EINVAL;
		current->signals_blocked = set & ~UNBLOCKABLE;
	}
	return a[2] && copy_to_user(a[2], &old, 8) != 0 ? -EFAULT : 0;
}

s64 sys_rt_sigpending(const u64 a[6])
{
	u64 set = (current->signals.pending | current->group->signals.pending) &
		  current->signals_blocked;

	return a[1] > 8 ? -EINVAL : copy_to_user(a[0], &set, a[1]);
}

void signal_mask_for_wait(u64 mask)
{
	current->saved_blocked = current->signals_blocked;
	current->restore_blocked = true;
	current->signals_blocked = mask & ~UNBLOCKABLE;
}

s64 sys_rt_sigsuspend(const u64 a[6])
{
	u64 set;

	if (a[1] != 8)
		return -EINVAL;
	if (copy_from_user(&set, a[0], 8) != 0)
		return -EFAULT;
	signal_mask_for_wait(set);
	while (!sleep_on(current, true))
		;
	return -ERESTARTNOHAND;
}

s64 sys_rt_sigtimedwait(const u64 a[6])
{
	struct timespec limit;
	struct siginfo info;
	u64 set, ticks = 0, deadline = 0;
	bool timed_out = false, interrupted = false;
	int signal;

	if (a[3] != 8)
		return -EINVAL;
	if (copy_from_user(&set, a[0], 8) != 0 ||
	    (a[2] && copy_from_user(&limit, a[2], sizeof(limit)) != 0))
		return -EFAULT;
	if (a[2] && !timespec_to_ticks(&limit, &ticks))
		return -EINVAL;
	if (a[2])
		deadline = time_now() + ticks + 1;
	for (;;) {
		signal = signal_take(current, set & ~UNBLOCKABLE, &info);
		if (signal)
			break;
		if (timed_out || (a[2] && !limit.tv_sec && !limit.tv_nsec))
			return -EAGAIN;
		if (interrupted)
			return -EINTR;
		current->waiting_for = set;
		interrupted = sleep_until(current, true, deadline, &timed_out);
		current->waiting_for = 0;
	}
	return a[1] && copy_to_user(a[1], &info, sizeof(info)) != 0 ? -EFAULT : signal;
}

s64 sys_sigaltstack(const u64 a[6])
{
	struct stack_t old = current->altstack, new;
	bool inside = on_altstack(current, FRAME_SP(current->frame));
	s32 mode;

	if (inside)
		old.ss_flags |= SS_ONSTACK;
	if (a[0]) {
		if (copy_from_user(&new, a[0], sizeof(new)) != 0)
			return -EFAULT;
		if (inside)
			return -EPERM;
		mode = new.ss_flags & ~SS_AUTODISARM;
		if (mode != 0 && mode != SS_DISABLE && mode != SS_ONSTACK)
			return -EINVAL;
		if (mode != SS_DISABLE && new.ss_size < MINSIGSTKSZ)
			return -ENOMEM;
		new.ss_flags &= SS_DISABLE | SS_AUTODISARM;
		if (mode == SS_DISABLE)
			new.ss_sp = new.ss_size = 0;
		current->altstack = new;
	}
	old.pad = 0;
	return a[1] && copy_to_user(a[1], &old, sizeof(old)) != 0 ? -EFAULT : 0;
}

static bool may_signal(const struct proc *target)
{
	return !current->uid || current->uid == target->uid;
}

static struct siginfo from_current(int signal, int code)
{
	struct siginfo info = { 0 };

	info.si_signo = signal;
	info.si_code = code;
	info.si_pid = (s32)current->tgid;
	info.si_uid = current->uid;
	return info;
}

s64 sys_kill(const u64 a[6])
{
	s32 pid = (s32)a[0];
	int signal = (int)a[1];
	struct siginfo info = from_current(signal, SI_USER);
	bool found = false, sent = false;

	if (signal < 0 || signal > NSIG)
		return -EINVAL;
	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc)) {
		bool hit = pid > 0     ? proc->tgid == (u32)pid
			   : pid == 0  ? proc->pgid == current->pgid
			   : pid == -1 ? proc->tgid != 1 && proc->tgid != current->tgid
				       : proc->pgid == (u32)-pid;

		if (!hit || !proc_is_leader(proc) || proc->kernel)
			continue;
		found = true;
		if (!may_signal(proc))
			continue;
		sent = true;
		if (signal)
			signal_send_info(proc, &info, true);
	}
	return sent ? 0 : found ? -EPERM : -ESRCH;
}

static s64 send_to_thread(u32 tgid, u32 tid, int signal)
{
	struct siginfo info = from_current(signal, SI_TKILL);
	struct proc *proc = proc_find(tid);

	if (signal < 0 || signal > NSIG || (s32)tid <= 0)
		return -EINVAL;
	if (!proc || (tgid && proc->tgid != tgid))
		return -ESRCH;
	if (!may_signal(proc))
		return -EPERM;
	return signal ? signal_send_info(proc, &info, false) : 0;
}

s64 sys_tkill(const u64 a[6])
{
	return send_to_thread(0, (u32)a[0], (int)a[1]);
}

s64 sys_tgkill(const u64 a[6])
{
	return (s32)a[0] <= 0 ? -EINVAL : send_to_thread((u32)a[0], (u32)a[1], (int)a[2]);
}

s64 sys_rt_sigqueueinfo(const u64 a[6])
{
	struct proc *proc;
	struct siginfo info;

	if (copy_from_user(&info, a[2], sizeof(info)) != 0)
		return -EFAULT;
	proc = proc_find((u32)a[0]);
	if (!proc)
		return -ESRCH;
	/* Nobody may pretend to another that a signal is the kernel's, or kill's. */
	if ((info.si_code >= 0 || info.si_code == SI_TKILL) && proc->tgid != current->tgid)
		return -EPERM;
	if (a[1] > NSIG)
		return -EINVAL;
	if (!may_signal(proc))
		return -EPERM;
	info.si_signo = (s32)a[1];
	return a[1] ? signal_send_info(proc, &info, true) : 0;
}
