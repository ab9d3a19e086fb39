/*
 * Traps: from user mode (faults, system calls, interrupts) and from the kernel itself, where only a
 * page fault in the copy routines is not the end.
 */
#include "arch.h"
#include "load.h"
#include "mm.h"
#include "signal.h"

static struct proc *fp_owner; /* whose floating-point registers the hart holds */

void handle_interrupts(void)
{
	u64 pending = csr_read(sip) & csr_read(sie);

	if (pending & SIE_SEIE)
		external_interrupt();
	if (pending & SIE_STIE)
		sched_tick();
}

/*
 * Tells whether an instruction that faults is the one that faulted before: if that has retired, some
 * register will be different, because it is in a loop.  Seldom wrong, and then pages stay a little longer.
 */
static u64 fingerprint(const struct trapframe *frame)
{
	u64 sum = 0;

#pragma GCC unroll 8
	for (u32 i = 0; i < sizeof(frame->x) / sizeof(frame->x[0]); i++)
		sum = (sum + frame->x[i]) * 0x9e3779b97f4a7c15ul;
	return sum;
}

static void count(struct fault *fault)
{
	COUNT.faults[fault->kind]++;
	COUNT.service_ticks += time_now() - fault->start;
	if (fault->kernel)
		COUNT.faults_kernel++;
	if (fault->major) {
		COUNT.faults_major++;
		current->major++;
	} else if (fault->kind != FAULT_SEGV) {
		COUNT.faults_minor++;
		current->minor++;
	}
	introspect_fault(fault);
	introspect_tell(TOLD_FAULT, NULL, fault->kind | (fault->major ? 256u : 0));
	introspect_counts(current);
}

/* One page-fault exception, served, counted and recorded.  True: try the access again. */
static bool page_fault(struct trapframe *frame, bool kernel)
{
	struct fault fault = {
		.va = frame->stval,
		.pc = FRAME_PC(frame),
		.access = frame->scause == CAUSE_STORE_PAGE   ? PROT_WRITE
			  : frame->scause == CAUSE_FETCH_PAGE ? PROT_EXEC
							      : PROT_READ,
		.kernel = kernel,
		.frame = UINT32_MAX,
		.slot = UINT32_MAX,
		.start = time_now(),
	};
	u64 print = fingerprint(frame);
	bool served;

	if (current->fault_print != print) /* the instruction that they were held for has retired */
		hold_release(current);
	current->fault_print = print;
	current->victim.valid = false;
	current->in_fault = true;
	faults_in_progress++;
	served = fault_handle(&fault);
	current->in_fault = false;
	current->starved = 0;
	faults_in_progress--;
	if (!served) {
		fault.kind = FAULT_SEGV;
		fault.major = false;
		current->refused.va = fault.va;
		current->refused.pc = fault.pc;
		current->refused.access = fault.access == PROT_WRITE  ? FAULT_FLAG_STORE
					  : fault.access == PROT_EXEC ? FAULT_FLAG_FETCH
								      : 0;
		current->refused.reason = fault.reason;
	}
	count(&fault);
	return served;
}

static void refused_fault(void)
{
	u32 reason = current->refused.reason;
	bool bus =
		reason == REASON_PAST_EOF || reason == REASON_IO_ERROR || reason == REASON_NO_SPACE;
	struct siginfo info = { 0 };

	if (reason == REASON_NO_MEMORY) {
		if (!current->killed)
			signal_force(SIGKILL, NULL);
		return;
	}
	info.si_signo = bus ? SIGBUS : SIGSEGV;
	info.si_code = bus ? reason == REASON_IO_ERROR ? BUS_OBJERR : BUS_ADRERR
		       : reason == REASON_READ_ONLY || reason == REASON_NO_EXECUTE ||
				       reason == REASON_NO_READ || reason == REASON_GUARD
			       ? SEGV_ACCERR
			       : SEGV_MAPERR;
	info.si_addr = current->refused.va;
	current->refused.si_code = (u32)info.si_code;
	signal_force(info.si_signo, &info);
}

static void exception(struct trapframe *frame)
{
	static const struct {
		u8 signal, code;
	} table[16] = {
		[CAUSE_FETCH_MISALIGNED] = { SIGBUS, BUS_ADRALN },
		[CAUSE_FETCH_ACCESS] = { SIGSEGV, SEGV_ACCERR },
		[CAUSE_ILLEGAL] = { SIGILL, ILL_ILLOPC },
		[CAUSE_BREAKPOINT] = { SIGTRAP, TRAP_BRKPT },
		[CAUSE_LOAD_MISALIGNED] = { SIGBUS, BUS_ADRALN },
		[CAUSE_LOAD_ACCESS] = { SIGSEGV, SEGV_ACCERR },
		[CAUSE_STORE_MISALIGNED] = { SIGBUS, BUS_ADRALN },
		[CAUSE_STORE_ACCESS] = { SIGSEGV, SEGV_ACCERR },
	};
	struct siginfo info = { 0 };
	u64 cause = frame->scause & 15;

	if (frame->scause > 15 || !table[cause].signal)
		panic("unexpected trap %lx at %lx", frame->scause, FRAME_PC(frame));
	info.si_signo = table[cause].signal;
	info.si_code = table[cause].code;
	info.si_addr = cause == CAUSE_ILLEGAL || cause == CAUSE_BREAKPOINT ? FRAME_PC(frame)
									   : frame->stval;
	current->refused.va = info.si_addr;
	current->refused.pc = FRAME_PC(frame);
	current->refused.reason = REASON_NONE;
	current->refused.si_code = (u32)info.si_code;
	signal_force(info.si_signo, &info);
}

void user_trap(struct trapframe *frame)
{
	u64 now = time_now();

	current->user_ticks += now - current->stamp;
	current->mm->run_ticks += now - current->stamp;
	current->stamp = now;
	if (frame->scause & CAUSE_INTERRUPT) {
		if (current->fault_print != fingerprint(frame))
			hold_release(current);
		handle_interrupts();
	} else if (frame->scause == CAUSE_FETCH_PAGE || frame->scause == CAUSE_LOAD_PAGE ||
		   frame->scause == CAUSE_STORE_PAGE) {
		if (!page_fault(frame, false))
			refused_fault();
	} else {
		hold_release(current);
		current->fault_print = 0;
		if (frame->scause == CAUSE_ECALL)
			syscall_dispatch(frame);
		else
			exception(frame);
	}
	user_prepare();
}

static void fp_prepare(struct trapframe *frame)
{
	if (fp_owner == current)
		return;
	csr_set(sstatus, SSTATUS_FS);
	fp_restore(&current->fp);
	csr_clear(sstatus, SSTATUS_FS);
	fp_owner = current;
	frame->sstatus = (frame->sstatus & ~SSTATUS_FS) | FS_CLEAN;
}

void fp_flush(struct proc *proc)
{
	if (fp_owner != proc || (proc->frame->sstatus & SSTATUS_FS) != FS_DIRTY)
		return;
	csr_set(sstatus, SSTATUS_FS);
	fp_save(&proc->fp);
	csr_clear(sstatus, SSTATUS_FS);
	proc->frame->sstatus = (proc->frame->sstatus & ~SSTATUS_FS) | FS_CLEAN;
}

void fp_changed(struct proc *proc)
{
	if (fp_owner == proc)
		fp_owner = NULL;
}

void user_prepare(void)
{
	struct trapframe *frame = current->frame;
	u64 now;

	if (check_enabled)
		check_tables();
	do {
		if (need_resched)
			schedule();
		if (current->suspended)
			load_pause();
		signal_deliver(frame); /* stops, or never returns, or sets up a handler's frame */
	} while (need_resched);
	fp_prepare(frame);
	sched_arm();
	frame->sstatus &= ~SSTATUS_SPP;
	frame->sstatus |= SSTATUS_SPIE;
	now = time_now();
	current->kernel_ticks += now - current->stamp;
	current->stamp = now;
}

void kernel_trap(struct trapframe *frame)
{
	u64 pc = FRAME_PC(frame);

	if ((frame->sstatus & SSTATUS_SUM) && frame->stval < USER_TOP) {
		bool page = frame->scause == CAUSE_LOAD_PAGE || frame->scause == CAUSE_STORE_PAGE;

		if (!page || !page_fault(frame, true))
			FRAME_PC(frame) = (u64)user_access_fault;
		return;
	}
	/* On the emergency stack: the one that it was on is no longer good. */
	if (current && (u64)frame - (u64)boot_stack < PAGE_SIZE)
		panic("kernel stack overflow: pid %u (%s), cause %lx, pc %lx, stval %lx",
		      current->pid, current->name, frame->scause, pc, frame->stval);
	panic("kernel trap: cause %lx, pc %lx, stval %lx, sp %lx, ra %lx", frame->scause, pc,
	      frame->stval, FRAME_SP(frame), FRAME_RA(frame));
}
