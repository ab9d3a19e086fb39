/* What comes up to M-mode: interrupts, calls, and the few exceptions that are not delegated. */
#include "devices/clint_regs.h"
#include "devices/finisher_regs.h"
#include "firmware/csr.h"
#include "firmware/firmware.h"

#define PANIC_CODE 255

void panic(uint64_t cause, uint64_t epc, uint64_t tval)
{
	console_puts("faultline: firmware: trap in M-mode: cause ");
	console_puthex(cause);
	console_puts(" epc ");
	console_puthex(epc);
	console_puts(" tval ");
	console_puthex(tval);
	console_puts(" hart ");
	console_puthex(csr_read(mhartid));
	console_puts("\n");
	finish(FINISHER_FAIL | PANIC_CODE << 16);
}

/* Let the supervisor have it, as if it had been delegated (privileged specification, 8.6.1's
 * effects: sepc, scause, stval, sstatus). */
void redirect(struct frame *frame, uint64_t cause, uint64_t tval)
{
	uint64_t status =
		frame->mstatus & ~(MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE | MSTATUS_MPP);

	if ((frame->mstatus & MSTATUS_MPP) == MPP_S)
		status |= MSTATUS_SPP;
	if (frame->mstatus & MSTATUS_SIE)
		status |= MSTATUS_SPIE;
	csr_write(sepc, frame->mepc);
	csr_write(scause, cause);
	csr_write(stval, tval);
	frame->mstatus = status | MPP_S;
	frame->mepc = csr_read(stvec) & ~UINT64_C(3);
}

void take_ipi(struct hart *hart)
{
	uint32_t what;

	*(volatile uint32_t *)(MEMMAP_CLINT + CLINT_MSIP(hart->id)) = 0;
	__asm__ volatile("fence" ::: "memory");
	what = __atomic_exchange_n(&hart->ipi, 0, __ATOMIC_ACQ_REL);
	if (what & IPI_SOFT)
		csr_set(mip, MIP_SSIP);
	if (what & IPI_FENCE)
		do_fence();
}

/* Without Sstc: M's timer becomes S's; the next set_timer undoes it. */
void timer_fired(void)
{
	csr_clear(mie, MIP_MTIP);
	csr_set(mip, MIP_STIP);
}

/* csrrs, csrrc or their immediate forms that only read `time` */
static bool reads_time(uint32_t insn)
{
	return (insn & 0x7f) == 0x73 && (insn >> 20) == CSR_TIME && (insn >> 13 & 1) &&
	       (insn >> 15 & 31) == 0;
}

static bool read_insn(struct frame *frame, uint32_t *insn)
{
	struct trap_info info;

	*insn = (uint32_t)access_lhu(frame->mepc, MSTATUS_MPRV | MSTATUS_MXR, 0, &info);
	if (!info.trapped && (*insn & 3) == 3)
		*insn |= (uint32_t)access_lhu(frame->mepc + 2, MSTATUS_MPRV | MSTATUS_MXR, 0, &info)
			 << 16;
	return !info.trapped;
}

static void illegal(struct frame *frame, uint64_t tval)
{
	uint32_t insn = (uint32_t)tval;
	bool user = (frame->mstatus & MSTATUS_MPP) == 0;

	if (features.emulate_time && (insn || read_insn(frame, &insn)) && reads_time(insn) &&
	    (!user || (csr_read(scounteren) & 2))) {
		unsigned rd = insn >> 7 & 31;
		if (rd)
			frame->x[rd] = *(volatile uint64_t *)(MEMMAP_CLINT + CLINT_MTIME);
		frame->mepc += 4;
		return;
	}
	redirect(frame, CAUSE_ILLEGAL, tval);
}

void trap(struct frame *frame)
{
	uint64_t cause = csr_read(mcause), tval = csr_read(mtval);

	switch (cause) {
	case CAUSE_INTERRUPT | IRQ_M_SOFT:
		take_ipi(this_hart());
		break;
	case CAUSE_INTERRUPT | IRQ_M_TIMER:
		timer_fired();
		break;
	case CAUSE_ECALL_S:
		sbi_call(frame);
		break;
	case CAUSE_ILLEGAL:
		illegal(frame, tval);
		break;
	case CAUSE_LOAD_MISALIGNED:
	case CAUSE_STORE_MISALIGNED:
		misaligned(frame, cause, tval);
		break;
	default:
		redirect(frame, cause, tval);
		break;
	}
}
