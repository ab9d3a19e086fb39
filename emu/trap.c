#include "emu/hart_internal.h"

#include <string.h>

/* ---- Interrupts --------------------------------------------------------------------------- */

/* Machine-Level ISA, "Machine Interrupt Registers": interrupts to M go first, each level in the
 * order MEI, MSI, MTI, SEI, SSI, STI, LCOFI. */
unsigned hart_irq_ready(const struct hart *h)
{
	static const uint8_t order[] = { 11, 3, 7, 9, 1, 5, 13 };
	bool to_m = h->priv != PRIV_M || h->csr.mstatus & MSTATUS_MIE;
	bool to_s = h->priv == PRIV_U || (h->priv == PRIV_S && h->csr.mstatus & MSTATUS_SIE);
	uint64_t may = (to_m ? ~h->csr.mideleg : 0) | (to_s ? h->csr.mideleg : 0), pending;

	/* Only what could be taken is asked about: the timer costs a look at the time. */
	pending = csr_mip(h, h->csr.mie & may);
	if (likely(!pending))
		return 0;
	if (pending & ~h->csr.mideleg)
		pending &= ~h->csr.mideleg;
	for (unsigned k = 0; k < sizeof(order); k++)
		if (pending >> order[k] & 1)
			return order[k];
	return 0;
}

void hart_irq_changed(struct hart *h)
{
	if (hart_irq_ready(h))
		hart_steal(h);
}

/* ---- Traps -------------------------------------------------------------------------------- */

const char *trap_cause_name(uint64_t cause)
{
	static const char *const exception[16] = {
		"instruction address misaligned",
		"instruction access fault",
		"illegal instruction",
		"breakpoint",
		"load address misaligned",
		"load access fault",
		"store address misaligned",
		"store access fault",
		"ecall from U",
		"ecall from S",
		"reserved",
		"ecall from M",
		"instruction page fault",
		"load page fault",
		"reserved",
		"store page fault",
	};
	static const char *const interrupt[16] = {
		[1] = "supervisor software interrupt", [3] = "machine software interrupt",
		[5] = "supervisor timer interrupt",    [7] = "machine timer interrupt",
		[9] = "supervisor external interrupt", [11] = "machine external interrupt",
		[13] = "counter overflow interrupt",
	};
	uint64_t code = cause & ~CAUSE_INTERRUPT;
	const char *name = NULL;

	if (code < 16)
		name = cause & CAUSE_INTERRUPT ? interrupt[code] : exception[code];
	return name ? name : "reserved";
}

static uint64_t handler_pc(uint64_t tvec, uint64_t cause)
{
	uint64_t base = tvec & ~3ull;

	if (tvec & 1 && cause & CAUSE_INTERRUPT)
		base += 4 * (cause & 63);
	return base;
}

static void enter_s(struct hart *h, uint64_t cause, uint64_t tval)
{
	uint64_t mstatus = h->csr.mstatus;

	h->csr.sepc = h->pc;
	h->csr.scause = cause;
	h->csr.stval = tval;
	mstatus &= ~(MSTATUS_SPIE | MSTATUS_SPP);
	if (mstatus & MSTATUS_SIE)
		mstatus |= MSTATUS_SPIE;
	if (h->priv == PRIV_S)
		mstatus |= MSTATUS_SPP;
	h->csr.mstatus = mstatus & ~MSTATUS_SIE;
	h->priv = PRIV_S;
	h->pc = handler_pc(h->csr.stvec, cause);
}

static void enter_m(struct hart *h, uint64_t cause, uint64_t tval)
{
	uint64_t mstatus = h->csr.mstatus;

	h->csr.mepc = h->pc;
	h->csr.mcause = cause;
	h->csr.mtval = tval;
	mstatus &= ~(MSTATUS_MPIE | MSTATUS_MPP);
	if (mstatus & MSTATUS_MIE)
		mstatus |= MSTATUS_MPIE;
	mstatus |= (uint64_t)h->priv << 11;
	h->csr.mstatus = mstatus & ~MSTATUS_MIE;
	h->priv = PRIV_M;
	h->pc = handler_pc(h->csr.mtvec, cause);
}

static void count_page_fault(struct hart *h, unsigned code)
{
	if (code != CAUSE_FETCH_PAGE && code != CAUSE_LOAD_PAGE && code != CAUSE_STORE_PAGE)
		return;
	hpm_count(h, HPM_PAGE_FAULT, 1);
	hpm_count(h,
		  code == CAUSE_FETCH_PAGE  ? HPM_FETCH_PAGE_FAULT
		  : code == CAUSE_LOAD_PAGE ? HPM_LOAD_PAGE_FAULT
					    : HPM_STORE_PAGE_FAULT,
		  1);
}

/* Take the trap of the instruction (or before the instruction) at h->pc. */
void hart_trap(struct hart *h, uint64_t cause, uint64_t tval)
{
	bool interrupt = cause & CAUSE_INTERRUPT;
	unsigned code = cause & 63;
	uint64_t delegated = interrupt ? h->csr.mideleg : h->csr.medeleg;
	enum priv from = h->priv;
	uint64_t pc = h->pc;

	hart_settle(h);
	h->counters.traps[interrupt][code]++;
	if (unlikely(h->hpm_active) && !interrupt)
		count_page_fault(h, code);
	if (h->instret != h->barren_instret)
		h->barren_traps = 0;
	h->barren_instret = h->instret;
	if (++h->barren_traps >= HART_STUCK_TRAPS)
		hart_steal(h);
	if (h->priv != PRIV_M && delegated >> code & 1)
		enter_s(h, cause, tval);
	else
		enter_m(h, cause, tval);
	if (h->priv == PRIV_S && !interrupt && (code == 12 || code == 13 || code == 15))
		h->counters.s_page_faults++;
	h->fetch_page = FETCH_NONE;
	mmu_update_view(h);
	if (event_wanted(h->env.events, EVENT_TRAP)) {
		struct event event = { .kind = EVENT_TRAP };

		event.trap.pc = pc;
		event.trap.tval = tval;
		event.trap.target = h->pc;
		event.trap.cause = cause;
		event.trap.from = (uint8_t)from;
		event.trap.to = (uint8_t)h->priv;
		hart_emit(h, &event);
	}
	if (unlikely(h->poll))
		hart_steal(h);
	/* What the new privilege lets in, if anything: an S trap under an enabled M interrupt. */
	hart_irq_changed(h);
}

/* ---- xRET --------------------------------------------------------------------------------- */

static enum sys_result finish_xret(struct hart *h, enum priv from, uint64_t target)
{
	uint64_t pc = h->pc;

	if (h->priv != PRIV_M)
		h->csr.mstatus &= ~MSTATUS_MPRV;
	h->pc = target & ~1ull;
	h->fetch_page = FETCH_NONE;
	mmu_update_view(h);
	if (event_wanted(h->env.events, EVENT_XRET)) {
		struct event event = { .kind = EVENT_XRET };

		event.xret.pc = pc;
		event.xret.target = h->pc;
		event.xret.from = (uint8_t)from;
		event.xret.to = (uint8_t)h->priv;
		hart_emit(h, &event);
	}
	hart_irq_changed(h);
	return SYS_JUMP;
}

/* The instruction itself retires in the privilege that it leaves. */
enum sys_result sys_sret(struct hart *h, const struct insn *in)
{
	uint64_t mstatus = h->csr.mstatus;
	enum priv from = h->priv;

	if (h->priv == PRIV_U || (h->priv == PRIV_S && mstatus & MSTATUS_TSR))
		return sys_illegal(h, in);
	h->acc -= 1ll << 32;
	hart_settle(h);
	h->priv = mstatus & MSTATUS_SPP ? PRIV_S : PRIV_U;
	mstatus &= ~(MSTATUS_SIE | MSTATUS_SPP);
	if (mstatus & MSTATUS_SPIE)
		mstatus |= MSTATUS_SIE;
	h->csr.mstatus = mstatus | MSTATUS_SPIE;
	return finish_xret(h, from, h->csr.sepc);
}

enum sys_result sys_mret(struct hart *h, const struct insn *in)
{
	uint64_t mstatus = h->csr.mstatus;
	enum priv from = h->priv;

	if (h->priv != PRIV_M)
		return sys_illegal(h, in);
	h->acc -= 1ll << 32;
	hart_settle(h);
	h->priv = (enum priv)(mstatus >> 11 & 3);
	mstatus &= ~(MSTATUS_MIE | MSTATUS_MPP);
	if (mstatus & MSTATUS_MPIE)
		mstatus |= MSTATUS_MIE;
	h->csr.mstatus = mstatus | MSTATUS_MPIE;
	return finish_xret(h, from, h->csr.mepc);
}

/* ---- The other SYSTEM and FENCE instructions ----------------------------------------------- */

enum sys_result sys_ecall(struct hart *h, const struct insn *in)
{
	(void)in;
	h->exc.cause = CAUSE_ECALL_U + h->priv;
	h->exc.tval = 0;
	return SYS_TRAP;
}

enum sys_result sys_ebreak(struct hart *h, const struct insn *in)
{
	(void)in;
	if (h->env.semihost && h->env.semihost(h->env.ctx, h, &h->x[10]))
		return SYS_NEXT;
	h->exc.cause = CAUSE_BREAKPOINT;
	h->exc.tval = h->pc;
	return SYS_TRAP;
}

/* Harts run one at a time and devices within their stores: memory is always ordered. */
enum sys_result sys_fence(struct hart *h, const struct insn *in)
{
	(void)h;
	(void)in;
	return SYS_NEXT;
}

/* Decoded code follows every store by itself; what is left is that the next fetch looks up. */
enum sys_result sys_fence_i(struct hart *h, const struct insn *in)
{
	(void)in;
	h->fetch_page = FETCH_NONE;
	return SYS_FENCED;
}

enum sys_result sys_wfi(struct hart *h, const struct insn *in)
{
	if (h->priv == PRIV_U || (h->priv == PRIV_S && h->csr.mstatus & MSTATUS_TW))
		return sys_illegal(h, in);
	if (!csr_mip(h, h->csr.mie)) {
		h->waiting = true;
		hart_steal(h);
	}
	return SYS_NEXT;
}

enum sys_result sys_sfence_vma(struct hart *h, const struct insn *in)
{
	bool has_va = in->rs1 != 0, has_asid = in->rs2 != 0;
	uint64_t va = h->x[in->rs1];
	uint16_t asid = (uint16_t)h->x[in->rs2];

	if (h->priv == PRIV_U || (h->priv == PRIV_S && h->csr.mstatus & MSTATUS_TVM))
		return sys_illegal(h, in);
	if (event_wanted(h->env.events, EVENT_FENCE)) {
		struct event event = { .kind = EVENT_FENCE };

		event.fence.va = va;
		event.fence.asid = asid;
		event.fence.has_va = has_va;
		event.fence.has_asid = has_asid;
		hart_emit(h, &event);
	}
	/* An entry's address is canonical, so a fence by another address finds none. */
	mmu_fence(h, has_va, va, has_asid, asid);
	return SYS_FENCED;
}

enum sys_result sys_sfence_w_inval(struct hart *h, const struct insn *in)
{
	return h->priv == PRIV_U ? sys_illegal(h, in) : SYS_NEXT;
}

enum sys_result sys_sfence_inval_ir(struct hart *h, const struct insn *in)
{
	return h->priv == PRIV_U ? sys_illegal(h, in) : SYS_NEXT;
}

enum sys_result sys_csr(struct hart *h, const struct insn *in)
{
	if (!csr_access(h, in))
		return sys_illegal(h, in);
	return h->fetch_page == FETCH_NONE ? SYS_FENCED : SYS_NEXT;
}

/* ---- Zicbom, Zicboz, Zawrs ------------------------------------------------------------------- */

static enum sys_result cbo_manage(struct hart *h, const struct insn *in, uint64_t field)
{
	if (!hart_cbo_allowed(h, field))
		return sys_illegal(h, in);
	return mem_block_check(h, h->x[in->rs1]) ? SYS_NEXT : SYS_TRAP;
}

/* There are no caches: what they hold is what memory holds. */
enum sys_result sys_cbo_inval(struct hart *h, const struct insn *in)
{
	return cbo_manage(h, in, MENVCFG_CBIE);
}

enum sys_result sys_cbo_clean(struct hart *h, const struct insn *in)
{
	return cbo_manage(h, in, MENVCFG_CBCFE);
}

enum sys_result sys_cbo_zero(struct hart *h, const struct insn *in)
{
	if (!hart_cbo_allowed(h, MENVCFG_CBZE))
		return sys_illegal(h, in);
	return mem_block_zero(h, h->x[in->rs1]) ? SYS_NEXT : SYS_TRAP;
}

/* "wrs.nto, wrs.sto: may terminate for any reason": they do at once. */
enum sys_result sys_wrs(struct hart *h, const struct insn *in)
{
	(void)h;
	(void)in;
	return SYS_NEXT;
}
