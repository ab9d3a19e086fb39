/*
 * Programs about privilege and translation.  Each unit is a step: in M-mode, PTEs, PMP entries, satp,
 * mstatus, delegation and interrupts change, each with its fence; then S- or U-mode runs a few loads,
 * stores, atomics, jumps, CSR accesses and fences at addresses that may or may not be mapped; or the
 * step goes straight to such an address.
 */
#include <string.h>

#include "tests/fuzz/tables.h"

/* ---- Fences --------------------------------------------------------------------------------- */

static void emit_some_fence(unsigned va, unsigned asid)
{
	if (one_in(6)) {
		emit(SFENCE_W_INVAL);
		emit(SINVAL_VMA(va, asid));
		emit(SFENCE_INVAL_IR);
	} else {
		emit(SFENCE_VMA(va, asid));
	}
}

/* The register that holds what a fence's ASID may be, 0 for all. */
static unsigned asid_for_fence(void)
{
	if (!style.by_asid || one_in(2))
		return 0;
	emit(ADDI(7, 0, 1));
	return 7;
}

static void emit_fence_all(void)
{
	emit_some_fence(0, asid_for_fence());
}

/* What is enough of a fence for a change of this entry. */
static void emit_fence_for(unsigned t, unsigned index, uint64_t old)
{
	bool was_pointer = (old & 15) == PTE_V;
	uint64_t va;

	if (one_in(3) && !was_pointer && va_of_leaf(t, index, &va)) {
		emit_constant(6, va);
		emit_some_fence(6, asid_for_fence());
	} else {
		emit_fence_all();
	}
}

/* ---- What M-mode does ----------------------------------------------------------------------- */

static void change_pte(void)
{
	unsigned t, index;
	uint64_t pte, old;

	random_entry(&t, &index);
	pte = change_entry(t, index, &old);
	emit_constant(5, pte);
	emit_constant(6, table_pa(t) + 8ull * index);
	emit(SD(5, 6, 0));
	emit_fence_for(t, index, old);
}

static void change_napot_entries(void)
{
	emit_constant(5, change_napot());
	emit_constant(6, table_pa(L0_FOUR) + 8 * (NAPOT_VA >> 12 & 511));
	for (int k = 0; k < 16; k++)
		emit(SD(5, 6, 8 * k));
	emit_fence_all();
}

static void change_satp(void)
{
	uint64_t asid = style.fixed_asid ? 1 : PICK(0, 1, 2, 0xffff, 0x8000);
	uint64_t root = ROOT39;

	mode = (unsigned)PICK(0, 8, 8, 8, 8, 8, 9, 9, 10);
	if (style.trees_only && mode > 8)
		mode = 8;
	if (mode > 8)
		root = mode - 8;
	emit_constant(5, (uint64_t)mode << 60 | asid << 44 | table_pa((unsigned)root) >> 12);
	emit(CSRRW(0, 0x180, 5));
	if (one_in(8)) { /* an unsupported mode: the whole write has no effect */
		asid = rnd() >> 4;
		emit_constant(5, (uint64_t)PICK(1, 7, 11, 15) << 60 | asid);
		emit(CSRRW(0, 0x180, 5));
	}
	emit(CSRRS(7, 0x180, 0));
	emit_fence_all();
}

#define MSTATUS_SUM (1ull << 18)
#define MSTATUS_TVM (1ull << 20)

static void change_mstatus(void)
{
	static const uint8_t bits[] = { 18, 19, 18, 19, 13, 14, 20, 21, 22, 1, 5, 7, 8 };
	uint64_t value = 1ull << bits[below(sizeof(bits))];

	if (one_in(3))
		value |= 3ull << 18;
	value &= style.tvm ? ~MSTATUS_SUM : ~MSTATUS_TVM;
	emit_constant(5, value);
	emit(one_in(2) ? CSRRS(7, 0x300, 5) : CSRRC(7, 0x300, 5));
}

static void change_delegation(void)
{
	uint64_t value;

	if (one_in(4)) { /* whatever can be delegated */
		emit_constant(5, rnd());
		emit(CSRRW(7, 0x302, 5));
		emit(CSRRW(7, 0x302, 0));
	}
	/* but not S-mode's calls, by which its handler comes to M-mode */
	value = rnd();
	emit_constant(5, one_in(3) ? 0 : value & PICK(0xb1ff, 0xb100, 0xb1ff, 0x100));
	emit(CSRRW(7, 0x302, 5));
	emit(CSRRS(5, 0x302, 0));
}

/* SEIP may be set: S-mode sets no SSIP beside it (exceptions, interrupt-order). */
static bool sei_seen;

/* Interrupts by software's own hand: taken as soon as S- or U-mode is entered, or not. */
static void change_interrupts(void)
{
	unsigned pending;

	emit_constant(5, rnd() & 0x222);
	emit(CSRRW(7, 0x303, 5)); /* mideleg */
	emit_constant(5, rnd() & 0x222);
	emit(CSRRW(7, 0x304, 5)); /* mie */
	pending = 1u << PICK(1, 5, 9);
	sei_seen |= pending == 1u << 9;
	emit_constant(5, pending); /* one: exceptions, interrupt-order */
	emit(CSRRW(7, 0x344, 5));  /* mip */
	emit(CSRRS(5, 0x344, 0));
	emit(CSRRS(6, 0x144, 0));
}

static void change_pmp(void)
{
	unsigned entry = below(8), shift = 8 * entry, log2;
	uint64_t cfg = PICK(0, 1, 3, 4, 5, 7, 7), address;

	/* Tables are open or shut: hardware's updates of A and D are another matter.  Not the roots: the
	 * way to S-mode's handler must stay. */
	if (one_in(5)) {
		address = TABLES_PA + 4096ull * (L1_LOW + below(USED_TABLES - L1_LOW));
		cfg = one_in(2) ? 7 : 0;
		log2 = 12;
	} else if (one_in(3)) { /* a whole page that may hold code */
		address = POOL_PA + 4096ull * below(FINE_PAGE);
		log2 = 12;
	} else {
		address = POOL_PA + 4096ull * FINE_PAGE + 4 * below(2048);
		log2 = 2 + below(8);
	}
	switch (below(4)) {
	case 0: /* OFF; but TOR of the next begins there */
		address >>= 2;
		break;
	case 1: /* NA4, NAPOT */
	case 2:
		cfg |= log2 == 2 ? 2 << 3 : 3 << 3;
		address = (address >> log2 << log2) >> 2;
		if (log2 > 2)
			address |= (1ull << (log2 - 3)) - 1;
		break;
	default: /* TOR: from the entry below; only over pages without code */
		cfg |= 1 << 3;
		address = (POOL_PA + 4096ull * FINE_PAGE + 4 * below(2048)) >> 2;
		if (entry > 0) { /* bring its base there too */
			emit_constant(5, (POOL_PA + 4096ull * FINE_PAGE + 4 * below(2048)) >> 2);
			emit(CSRRW(0, 0x3b0 + (int)entry - 1, 5));
			emit_constant(5, 0xffull << (shift - 8));
			emit(CSRRC(0, 0x3a0, 5));
		} else {
			cfg = 0;
		}
		break;
	}
	emit_constant(5, 0xffull << shift);
	emit(CSRRC(0, 0x3a0, 5));
	emit_constant(5, address);
	emit(CSRRW(0, 0x3b0 + (int)entry, 5));
	/* The entry above must not become a TOR with this as its base. */
	if (entry < 7) {
		emit_constant(5, 0xffull << (shift + 8));
		emit(CSRRC(0, 0x3a0, 5));
	}
	emit_constant(5, cfg << shift);
	emit(CSRRS(0, 0x3a0, 5));
	emit(SFENCE_VMA(0, 0));
}

/* Loads are followed by the value going into the log: traps write down x10 and x11. */
static uint32_t random_load(unsigned rd, unsigned rs1)
{
	return type_i(0x03 | below(7) << 12, rd, rs1, 0);
}

static void machine_access(void)
{
	unsigned priv = one_in(2) ? PRIV_S : PRIV_U, size = below(4);

	emit_constant(5, 3 << 11);
	emit(CSRRC(0, 0x300, 5));
	emit_constant(5, 1 << 17 | priv << 11); /* MPRV */
	if (one_in(2)) {
		emit_constant(12, random_va());
		emit(CSRRS(0, 0x300, 5));
		emit(random_load(11, 12));
	} else {
		emit_constant(12, safe_store_va(1u << size));
		emit(CSRRS(0, 0x300, 5));
		emit(type_s(0x23 | size << 12, 12, 13, 0));
	}
	emit(LUI(5, 0x20));
	emit(CSRRC(0, 0x300, 5));
}

/* What a CSR makes of a value, which a trap's log then shows; it is put back. */
static void try_csr(void)
{
	int number = (int)PICK(0x300, 0x300, 0x302, 0x303, 0x304, 0x305, 0x105, 0x106, 0x141, 0x142,
			       0x143, 0x140, 0x306, 0x341, 0x342, 0x343, 0x180, 0x100, 0x104, 0x003,
			       0x002);
	uint64_t value = one_in(2) ? rnd() : random_value();

	/* Exceptions, csr-bits. */
	if (number == 0x300 || number == 0x100)
		value &= 0x7e79aa & (style.tvm ? ~MSTATUS_SUM : ~MSTATUS_TVM);
	if ((value >> 11 & 3) == 2)
		value &= ~0x1000ull;
	if (number == 0x302)
		value &= 0xf3ff;
	if (number == 0x141 || number == 0x341)
		value &= ~1ull;
	if (number == 0x303 || number == 0x304 || number == 0x104)
		value &= 0xaaa;
	if (number == 0x106 || number == 0x306)
		value &= 0xffffffff;
	emit_constant(5, value);
	emit(CSRRS(6, number, 0));
	emit(CSRRW(0, number, 5));
	emit(CSRRS(10, number, 0));
	emit(CSRRW(0, number, 6));
}

/* What may trap, and take what comes after with it, comes last: others rely on what came to pass (mode). */
static void emit_machine_part(void)
{
	bool more = true;

	for (unsigned k = 1 + below(4); k && more; k--) {
		switch (below(16)) {
		case 0:
			change_satp();
			break;
		case 1:
		case 2:
			change_mstatus();
			break;
		case 3:
			change_delegation();
			break;
		case 4:
			if (one_in(2))
				change_interrupts();
			break;
		case 5:
		case 6:
			if (style.uses_pmp)
				change_pmp();
			else
				change_pte();
			break;
		case 7:
			machine_access();
			more = false;
			break;
		case 8:
			try_csr();
			more = false;
			break;
		case 9:
			if (extensions && !reserved_bits)
				change_napot_entries();
			break;
		default:
			change_pte();
			break;
		}
	}
}

/* ---- What S- and U-mode do ------------------------------------------------------------------ */

static unsigned random_fp_size(void)
{
	return extensions ? 1 + below(3) : 2 + below(2);
}

static void data_access(void)
{
	unsigned size = below(4);
	uint64_t va;

	switch (below(10)) {
	case 0: /* an atomic; now and then misaligned */
		size = 2 + below(2);
		va = safe_store_va(8);
		if (!one_in(8))
			va &= ~7ull;
		if (!atomic_is_safe(va))
			return;
		emit_constant(12, va);
		emit(type_r(0x202f | (size & 1) << 12 |
				    (uint32_t)PICK(0, 1, 4, 8, 12, 16, 20, 24, 28) << 27,
			    11, 12, 13));
		break;
	case 1: /* a pair of LR and SC */
		va = safe_store_va(8) & ~7ull;
		if (!atomic_is_safe(va))
			return;
		size = below(2);
		emit_constant(12, va);
		emit_constant(11, va);
		emit(type_r(0x1000202f | size << 12, 11, 12, 0));
		if (one_in(2))
			emit(ADDI(13, 13, 1));
		/* Exceptions, failing-sc: none if the LR has trapped. */
		emit(type_r(0x63 | 8 << 7, 0, 11, 12)); /* beq a1, a2, over it */
		emit(type_r(0x1800202f | size << 12, 10, 12, 13));
		break;
	case 2: /* floating point */
		if (one_in(2)) {
			emit_constant(12, random_va());
			emit(type_i(0x07 | random_fp_size() << 12, below(8), 12, 0));
		} else {
			emit_constant(12, safe_store_va(8));
			emit(type_s(0x27 | random_fp_size() << 12, 12, below(8), 0));
		}
		break;
	case 3:
	case 4:
	case 5:
		emit_constant(12, safe_store_va(1u << size));
		emit(type_s(0x23 | size << 12, 12, 13, 0));
		break;
	default:
		emit_constant(12, random_va());
		emit(random_load(10 + below(2), 12));
		if (one_in(3))
			emit(random_load(10 + below(2), 12));
		break;
	}
}

static void csr_access(void)
{
	/* sstatus sie sscratch sepc scause stval sip scounteren; satp is apart; M's own; none */
	int number = (int)PICK(0x100, 0x100, 0x104, 0x140, 0x140, 0x141, 0x142, 0x143, 0x144, 0x106,
			       0x300, 0x341, 0x001, 0x002, 0x003, 0xf14, 0x105);
	uint64_t value = rnd();
	uint32_t insn;

	if (number == 0x100) /* SUM, MXR, FS, SPP, SPIE, SIE */
		value &= style.tvm ? 0x86122 : 0xc6122;
	if (number == 0x144 && sei_seen)
		value &= ~2ull;
	if (number == 0x106)
		value &= 7;
	if (number == 0x141)
		value = safe_jump_va();
	if (number == 0x105) { /* stvec stays: read it */
		emit(CSRRS(11, number, 0));
		return;
	}
	emit_constant(13, value);
	insn = (uint32_t)PICK(CSRRW(11, number, 13), CSRRS(11, number, 13), CSRRC(11, number, 13),
			      CSRRS(11, number, 0));
	if (number == 0x141 && (insn >> 12 & 7) != 1)
		insn = CSRRW(11, number, 13); /* nothing else is safe to return to */
	emit(insn);
}

/* Exceptions, sum-fetch: before S-mode jumps to what it may have read as U's.  Traps under TVM. */
static void emit_fence_of_s(unsigned priv)
{
	if (priv == PRIV_S)
		emit(SFENCE_VMA(0, 0));
}

static void emit_sret(unsigned priv)
{
	emit_fence_of_s(priv);
	emit_constant(13, safe_jump_va());
	emit(CSRRW(0, 0x141, 13));
	emit_constant(13, 0x100);
	emit(one_in(2) ? CSRRS(0, 0x100, 13) : CSRRC(0, 0x100, 13));
	emit(SRET);
}

static void switch_asid(void)
{
	if (style.fixed_asid || mode == 0)
		return;
	emit_constant(13, (uint64_t)mode << 60 | PICK(0, 1, 2, 0xffff) << 44 |
				  table_pa(mode > 8 ? mode - 8 : ROOT39) >> 12);
	emit(CSRRW(11, 0x180, 13));
	emit(CSRRS(11, 0x180, 0));
}

static void emit_snippet_part(unsigned priv)
{
	switch (below(20)) {
	case 0:
		emit_fence_of_s(priv);
		emit_constant(12, safe_jump_va());
		emit(JALR(1, 12, 0));
		break;
	case 1:
	case 2:
		csr_access();
		break;
	case 3:
		emit_constant(13, one_in(2) ? random_va() : rnd());
		if (priv != PRIV_U && one_in(4)) /* exceptions, svinval-in-u */
			emit(one_in(2) ? SFENCE_W_INVAL : SFENCE_INVAL_IR);
		else
			emit((uint32_t)PICK(SFENCE_VMA(0, 0), SFENCE_VMA(13, 0), SFENCE_VMA(0, 13),
					    SFENCE_VMA(13, 13), SINVAL_VMA(13, 0), FENCE_I, FENCE));
		break;
	case 4:
		emit_sret(priv);
		break;
	case 5:
		switch_asid();
		break;
	case 6:
		emit((uint32_t)PICK(MRET, EBREAK, ECALL, 0xffffffff, 0x00100073));
		break;
	case 7:
		emit(random_alu());
		break;
	default:
		data_access();
		break;
	}
}

static void emit_unit(struct draft *d)
{
	unsigned priv = below(5) < 3 ? PRIV_S : PRIV_U;
	uint64_t alias;

	d->steps[d->nsteps++] = here();
	emit_machine_part();
	if (one_in(5)) { /* straight to where there may be something */
		emit_fence_of_s(priv);
		emit_enter(priv, safe_jump_va(), 5);
		return;
	}
	/* U-mode's view is the alias if there is one; now and then the wrong view. */
	alias = mode && (priv == PRIV_U) != one_in(24) ? USER_ALIAS : 0;
	emit_enter(priv, HERE_AFTER, 5);
	emit_is_here(alias);
	if (one_in(2))
		emit16(0x0001);
	for (unsigned k = 1 + below(6); k; k--)
		emit_snippet_part(priv);
	emit(ECALL);
}

/* A pad: a few instructions that a trap's log shows, and a call. */
static void make_pads(struct draft *d)
{
	static const uint16_t halves[] = {
		0x0505, /* c.addi a0, 1 */
		0x0589, /* c.addi a1, 2 */
		0x852e, /* c.mv a0, a1 */
		0x8d2d, /* c.xor a0, a1 */
		0x0001, /* c.nop */
	};

	for (unsigned k = 0; k < PADS_END; k += 2) {
		uint16_t half = halves[below(5)];

		memcpy(d->pads + k, &half, 2);
	}
	for (unsigned pad = 0; pad < PADS_END / PAD_BYTES; pad++) {
		unsigned at = pad * PAD_BYTES + 4 + 2 * below(10);
		uint32_t call = ECALL;

		memcpy(d->pads + at, &call, 4);
		memcpy(d->pads + pad * PAD_BYTES + PAD_BYTES - 4, &call, 4);
	}
}

void make_mmu(struct draft *d)
{
	d->units = 40;
	d->data_pages = DATA_PAGES;
	d->tables = USED_TABLES;
	style.uses_pmp = one_in(3);
	style.fixed_asid = one_in(2);
	style.by_asid = style.fixed_asid && one_in(2);
	style.trees_only = one_in(2);
	style.tvm = one_in(6);
	style.ad_set = style.uses_pmp || one_in(2);
	sei_seen = false;
	for (unsigned k = 0; k < 63; k++)
		d->registers[k] = random_value();
	first_tables(d);
	make_pads(d);

	mode = style.trees_only ? 8 : (unsigned)PICK(8, 8, 8, 9, 10);
	d->steps[d->nsteps++] = here();
	emit_constant(5,
		      (uint64_t)mode << 60 | 1ull << 44 | table_pa(mode > 8 ? mode - 8 : 0) >> 12);
	emit(CSRRW(0, 0x180, 5));
	if (extensions && !reserved_bits) { /* PBMTE, where there is Svpbmt */
		emit_constant(5, 1ull << 62);
		emit(CSRRS(0, 0x30a, 5));
	}
	if (!style.tvm && one_in(2)) {
		emit(LUI(5, 0x40)); /* SUM */
		emit(CSRRS(0, 0x300, 5));
	}
	emit_fence_all();
	emit(ECALL);
	for (unsigned unit = 0; unit < d->units; unit++) {
		if (is_left_out(d, unit))
			continue;
		begin_unit(d, unit);
		emit_unit(d);
	}
}
