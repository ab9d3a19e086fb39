/*
 * Programs about privilege and translation.  Each unit is a step: in M-mode, PTEs, PMP entries, satp,
 * mstatus, delegation and interrupts change, each with its fence; then S- or U-mode runs a few loads,
 * stores, atomics, jumps, CSR accesses and fences at addresses that may or may not be mapped; or the
 * step goes straight to such an address.
 *
 * The maker keeps its own copy of the page tables, A and D apart, so as to know where an address may
 * lead: stores must not reach the tables and the first bytes of pages that are jumped to, or a
 * program might never end.
 */
#include <string.h>

#include "tests/fuzz/emit.h"

#define ALL	   (PTE_V | PTE_R | PTE_W | PTE_X | PTE_A | PTE_D)
#define CODE_PAGES 4 /* data pages whose pads are intact: never written at their edges */
#define FINE_PAGE  6 /* data pages from here on may have PMP borders in them, and have no X */

/* Tables: 0 to 2 are roots of Sv39, Sv48, Sv57; each of the others hangs in the tree of Sv39. */
enum {
	ROOT39,
	ROOT48,
	ROOT57,
	L1_LOW,
	L0_LOW,
	L1_FOUR,
	L0_FOUR,
	L1_LAST,
	L0_LAST,
	L1_HIGH,
	L0_HIGH,
	L1_TOP,
	L0_TOP,
	USED_TABLES
};

static uint64_t table[TABLES][512];

/* The regions: a run of 4 KiB pages, the table that maps them, and the tables above. */
static const struct region {
	uint64_t va;
	unsigned l0, l1;
} regions[] = {
	{ 0x0000000018000000, L0_LOW, L1_LOW },	  /* Sv39's entry 0 */
	{ 0x0000000100000000, L0_FOUR, L1_FOUR }, /* entry 4 */
	{ 0x0000003fffffd000, L0_LAST, L1_LAST }, /* the last pages of the lower half */
	{ 0xffffffc000000000, L0_HIGH, L1_HIGH }, /* the first of the upper half */
	{ 0xffffffffffffd000, L0_TOP, L1_TOP },	  /* the last of all */
};
#define REGIONS	     (sizeof(regions) / sizeof(regions[0]))
#define REGION_PAGES 4 /* and what lies behind them */

/* Choices that hold for a whole program. */
static struct {
	bool uses_pmp; /* then A and D are set everywhere: see the exceptions */
	bool fixed_asid, trees_only;
	bool tvm; /* then SUM is not used: see emit_fence_of_s */
} style;

static unsigned mode; /* what satp most likely holds */

/* ---- Where an address may lead -------------------------------------------------------------- */

static bool is_table(uint64_t pa, unsigned *number)
{
	*number = (unsigned)((pa - TABLES_PA) >> 12);
	return pa >= TABLES_PA && *number < TABLES;
}

/* The physical address under `levels` levels, whatever the permissions; 0: nowhere. */
static uint64_t lookup(uint64_t va, unsigned levels)
{
	unsigned t = ROOT39 + levels - 3;
	int64_t high = (int64_t)va >> (levels * 9 + 11);

	if (levels == 0)
		return va;
	if (high != 0 && high != -1)
		return 0;
	for (int level = (int)levels - 1; level >= 0; level--) {
		uint64_t pte = table[t][va >> (12 + 9 * level) & 511];
		uint64_t mask = (4096ull << 9 * level) - 1;

		if (!(pte & PTE_V))
			return 0;
		if (pte & (PTE_R | PTE_W | PTE_X))
			return ((pte >> 10 << 12 & 0x00ffffffffffffff) & ~mask) | (va & mask);
		if (!is_table(pte >> 10 << 12, &t))
			return 0;
	}
	return 0;
}

/* May a store of some bytes at va do harm?  Looked at under every mode. */
static bool store_is_safe_at(uint64_t va)
{
	for (unsigned levels = 0; levels <= 5; levels += levels ? 1 : 3) {
		uint64_t pa = lookup(va, levels), page, offset = va & 4095;

		if (pa < HARNESS_PA || pa >= HARNESS_PA + (128 << 20))
			continue;
		if (pa < POOL_PA || pa >= TABLES_PA)
			return false;
		page = (pa - POOL_PA) >> 12;
		if (page < CODE_PAGES && (offset < PADS_END || offset >= 4094))
			return false;
	}
	return true;
}

static bool store_is_safe(uint64_t va, unsigned bytes)
{
	return store_is_safe_at(va) && store_is_safe_at(va + bytes - 1);
}

/* What is executed at va must be pads, or nothing. */
static bool jump_is_safe(uint64_t va)
{
	for (unsigned levels = 0; levels <= 5; levels += levels ? 1 : 3) {
		uint64_t pa = lookup(va, levels);

		if (pa < HARNESS_PA || pa >= HARNESS_PA + (128 << 20))
			continue;
		if (pa < POOL_PA || pa >= POOL_PA + CODE_PAGES * 4096)
			return false;
	}
	return true;
}

/* ---- Addresses ------------------------------------------------------------------------------ */

/* A page's address: in or just beside a region, under a superpage, not canonical. */
static uint64_t random_page(void)
{
	uint64_t va = regions[below(REGIONS)].va + 4096ull * below(REGION_PAGES);

	switch (below(16)) {
	case 0:
		return va ^ 1ull << (38 + below(26)); /* mostly not canonical */
	case 1:
	case 2:
	case 3: /* under the second entry of a level 1, or an entry of a root that holds a leaf */
		return (one_in(2) ? 0x100200000 : 0x144000000) + 4096ull * below(DATA_PAGES + 2);
	case 4:
		return one_in(2) ? 0 : 0x4000000000;
	case 5: /* RAM itself; mapped where S-mode or U-mode find their code */
		return POOL_PA + (one_in(2) ? USER_ALIAS : 0) + 4096ull * below(POOL_PAGES);
	default:
		return va;
	}
}

/* Exceptions, crossing-no-memory: an access across two pages must not meet a page without memory. */
static bool leads_to_no_memory(uint64_t va)
{
	for (unsigned levels = 3; levels <= 5; levels++) {
		uint64_t pa = lookup(va, levels);

		if (pa && (pa < HARNESS_PA || pa >= HARNESS_PA + (128 << 20)))
			return true;
	}
	return false;
}

/* Exceptions, amo-no-memory. */
static bool atomic_is_safe(uint64_t va)
{
	bool is_ram = va >= HARNESS_PA && va < HARNESS_PA + (128 << 20);

	return store_is_safe(va, 8) && !leads_to_no_memory(va) && (mode != 0 || is_ram);
}

static uint64_t random_va(void)
{
	uint64_t page = random_page();

	switch (below(5)) {
	case 0: /* at the end */
		/* exceptions, crossing-pmp */
		if (style.uses_pmp || leads_to_no_memory(page) || leads_to_no_memory(page + 4096))
			return page + 4088;
		return page + 4088 + below(8);
	case 1:
		return page + 512 + below(3500);
	default:
		return page + 512 + 8 * below(440);
	}
}

static uint64_t safe_store_va(unsigned bytes)
{
	for (unsigned tries = 0; tries < 20; tries++) {
		uint64_t va = random_va();

		if (store_is_safe(va, bytes))
			return va;
	}
	return 0x4000000000; /* a page fault, or no memory */
}

static uint64_t safe_jump_va(void)
{
	for (unsigned tries = 0; tries < 20; tries++) {
		uint64_t page = random_page() & ~4095ull;
		uint64_t va = page + PAD_BYTES * (1 + below(PADS)) + (one_in(6) ? 2 : 0);

		if (one_in(5)) { /* an instruction across two pages */
			va = page + 4094;
			if (style.uses_pmp || leads_to_no_memory(va + 2)) /* the same */
				continue;
			if (jump_is_safe(va) && jump_is_safe(va + 2))
				return va;
		} else if (jump_is_safe(va)) {
			return va;
		}
	}
	return 0x4000000040;
}

/* ---- Page table entries --------------------------------------------------------------------- */

static uint64_t random_flags(void)
{
	uint64_t flags = PICK(0xcf, 0xcf, 0xdf, 0xdf, 0xdb, 0xcb, 0xd7, 0xc7, 0xd9, 0xc9, 0xd3,
			      0xc3, 0xef, 0xff, 0x0f, 0x1f, 0x4f, 0x5f, rnd() & 255, rnd() & 255);

	if (style.uses_pmp)
		flags |= PTE_A | PTE_D;
	return flags;
}

/* Bits that make it reserved; RSW, which nobody looks at.  Exceptions, reserved-bits: not all of them
 * always. */
static uint64_t random_high_bits(unsigned level, uint64_t ppn)
{
	switch (below(16)) {
	case 0:
		return features.reserved ? 1ull << (54 + below(7)) : 0;
	case 1: /* PBMT, while menvcfg.PBMTE is 0 */
		return features.reserved ? (uint64_t)(1 + below(3)) << 61 : 0;
	case 2: /* N where it is not NAPOT; exceptions, napot-ad */
		if (level > 0 || (ppn & 15) != 8 || features.svnapot)
			return 1ull << 63 | PTE_A | PTE_D;
		return 0;
	case 3:
	case 4:
		return (uint64_t)below(4) << 8;
	default:
		return 0;
	}
}

static uint64_t random_leaf_4k(void)
{
	unsigned page = below(RICH_PAGES);
	uint64_t pa = POOL_PA + 4096ull * page, flags = random_flags();

	switch (below(20)) {
	case 0: /* a page table: may be read */
		pa = TABLES_PA + 4096ull * below(USED_TABLES);
		flags &= ~(PTE_W | PTE_X);
		flags |= flags & PTE_V ? PTE_R : 0;
		break;
	case 1: /* no memory there; see the exceptions for A and D */
		pa = 0x100000000 + 4096ull * below(1 << 18);
		flags |= PTE_A | PTE_D;
		break;
	case 2:
		pa = 1ull << (44 + below(12));
		flags |= PTE_A | PTE_D;
		break;
	case 3: /* 64 KiB around it, if N is set and known */
		pa = POOL_PA + 4096 * 8;
		flags &= ~PTE_X;
		break;
	default:
		if (page >= FINE_PAGE)
			flags &= ~PTE_X;
		break;
	}
	return pte_of(pa, flags) | random_high_bits(0, pa >> 12);
}

static uint64_t random_superpage(unsigned level)
{
	uint64_t pa = level == 1 ? POOL_PA : HARNESS_PA, flags = random_flags();

	if (one_in(6)) /* misaligned; every low bit counts */
		pa |= 4096ull << below(9 * level);
	if (level == 2) /* most of it is no memory */
		flags = (flags & ~PTE_W) | PTE_A | PTE_D;
	return pte_of(pa, flags & ~PTE_X) | random_high_bits(level, pa >> 12);
}

/* Which tables hang below `t`, in case that an entry of it is to be a pointer. */
static unsigned child_of(unsigned t, unsigned index)
{
	if (t >= L1_LOW)
		return (t - L1_LOW) % 2 == 0 ? t + 1 : t; /* a loop: no leaf at level 0 */
	if (t != ROOT39)
		return t - 1;
	return index == 0     ? L1_LOW
	       : index == 4   ? L1_FOUR
	       : index == 255 ? L1_LAST
	       : index == 256 ? L1_HIGH
	       : index == 511 ? L1_TOP
			      : L1_FOUR;
}

static uint64_t random_pointer(unsigned t, unsigned index)
{
	uint64_t pte = pte_of(table_pa(child_of(t, index)), PTE_V);

	switch (below(24)) {
	case 0: /* reserved in a pointer */
		return pte | PICK(PTE_A, PTE_D, PTE_U, 1ull << 61, 1ull << 63,
				  features.reserved ? 1ull << 57 : PTE_U);
	case 1:
		return pte | PTE_W;
	case 2:
		return pte | PTE_G | (uint64_t)below(4) << 8;
	case 3: /* exceptions, pte-no-memory: every table is in memory */
		return pte & ~PTE_V;
	case 4:
		if (!style.trees_only)
			return pte_of(table_pa(L1_LOW + below(USED_TABLES - L1_LOW)), PTE_V);
		return pte;
	default:
		return pte;
	}
}

static uint64_t random_pte(unsigned t, unsigned index)
{
	bool is_l1 = t >= L1_LOW && (t - L1_LOW) % 2 == 0, is_l0 = t >= L1_LOW && !is_l1;

	if (is_l0)
		return one_in(16) ? random_pointer(t, index) : random_leaf_4k();
	if (is_l1)
		return one_in(4) ? random_superpage(1) : random_pointer(t, index);
	return one_in(8) && t == ROOT39 ? random_superpage(2) : random_pointer(t, index);
}

static void random_entry(unsigned *t, unsigned *index)
{
	const struct region *region = &regions[below(REGIONS)];
	uint64_t va = region->va;

	switch (below(12)) {
	case 0:
		*t = region->l1;
		*index = va >> 21 & 511;
		break;
	case 1: /* a superpage's entry */
		*t = L1_FOUR;
		*index = 1;
		break;
	case 2:
		*t = ROOT39;
		*index = one_in(2) ? 5 : (unsigned)(va >> 30 & 511);
		break;
	case 3:
		*t = one_in(2) ? ROOT48 : ROOT57;
		*index = one_in(2) ? 511 : 256 * below(2);
		if (*index == 0)
			*index = 511;
		break;
	default:
		*t = region->l0;
		*index = ((unsigned)(va >> 12) + below(REGION_PAGES)) & 511;
		break;
	}
}

/* ---- Fences --------------------------------------------------------------------------------- */

static void emit_fence_all(void)
{
	if (one_in(6)) {
		emit(SFENCE_W_INVAL);
		emit(SINVAL_VMA(0, 0));
		emit(SFENCE_INVAL_IR);
	} else {
		emit(SFENCE_VMA(0, 0));
	}
}

/* An address that this entry of a level-0 table maps; only if it is mapped there and nowhere else. */
static bool va_of_leaf(unsigned t, unsigned index, uint64_t *va)
{
	for (size_t k = 0; k < REGIONS; k++) {
		if (regions[k].l0 != t || !style.trees_only)
			continue;
		*va = (regions[k].va & ~0x1fffffull) + 4096ull * index + below(4096);
		return true;
	}
	return false;
}

/* What is enough of a fence for a change of this entry. */
static void emit_fence_for(unsigned t, unsigned index, uint64_t old)
{
	bool was_pointer = (old & 15) == PTE_V;
	uint64_t va;

	if (one_in(3) && !was_pointer && va_of_leaf(t, index, &va)) {
		emit_constant(6, va);
		if (one_in(4)) {
			emit(SFENCE_W_INVAL);
			emit(SINVAL_VMA(6, 0));
			emit(SFENCE_INVAL_IR);
		} else {
			emit(SFENCE_VMA(6, 0));
		}
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
	pte = random_pte(t, index);
	old = table[t][index];
	table[t][index] = pte;
	emit_constant(5, pte);
	emit_constant(6, table_pa(t) + 8ull * index);
	emit(SD(5, 6, 0));
	emit_fence_for(t, index, old);
}

static void change_satp(void)
{
	uint64_t asid = style.fixed_asid ? 1 : PICK(0, 1, 2, 0xffff, 0x8000);
	uint64_t root = ROOT39;

	mode = (unsigned)PICK(0, 8, 8, 8, 8, 8, 9, 9, 10);
	if (mode > 8)
		root = mode - 8;
	emit_constant(5, (uint64_t)mode << 60 | asid << 44 | table_pa((unsigned)root) >> 12);
	emit(CSRRW(0, 0x180, 5));
	if (one_in(8)) { /* an unsupported mode: the whole write has no effect */
		emit_constant(5, (uint64_t)PICK(1, 7, 11, 15) << 60 | rnd() >> 4);
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
	uint64_t value = 1ull << bits[below(sizeof(bits))] | (one_in(3) ? 3ull << 18 : 0);

	value &= style.tvm ? ~MSTATUS_SUM : ~MSTATUS_TVM;
	emit_constant(5, value);
	emit(one_in(2) ? CSRRS(7, 0x300, 5) : CSRRC(7, 0x300, 5));
}

static void change_delegation(void)
{
	if (one_in(4)) { /* whatever can be delegated */
		emit_constant(5, rnd());
		emit(CSRRW(7, 0x302, 5));
		emit(CSRRW(7, 0x302, 0));
	}
	/* but not S-mode's calls, by which its handler comes to M-mode */
	emit_constant(5, one_in(3) ? 0 : rnd() & PICK(0xb1ff, 0xb100, 0xb1ff, 0x100));
	emit(CSRRW(7, 0x302, 5));
	emit(CSRRS(5, 0x302, 0));
}

/* Interrupts by software's own hand: taken as soon as S- or U-mode is entered, or not. */
static void change_interrupts(void)
{
	emit_constant(5, rnd() & 0x222);
	emit(CSRRW(7, 0x303, 5)); /* mideleg */
	emit_constant(5, rnd() & 0x222);
	emit(CSRRW(7, 0x304, 5));		 /* mie */
	emit_constant(5, 1ull << PICK(1, 5, 9)); /* one: exceptions, interrupt-order */
	emit(CSRRW(7, 0x344, 5));		 /* mip */
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
		address = POOL_PA + 4096ull * (FINE_PAGE + below(2)) + 4 * below(1024);
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

static void emit_machine_part(void)
{
	for (unsigned k = 1 + below(4); k; k--) {
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
			break;
		default:
			change_pte();
			break;
		}
	}
}

/* ---- What S- and U-mode do ------------------------------------------------------------------ */

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
			emit(type_i(0x07 | (2 + below(2)) << 12, below(8), 12, 0));
		} else {
			emit_constant(12, safe_store_va(8));
			emit(type_s(0x27 | (2 + below(2)) << 12, 12, below(8), 0));
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

/* ---- The whole ------------------------------------------------------------------------------ */

static void set_entry(struct draft *d, unsigned t, unsigned index, uint64_t pte)
{
	table[t][index] = pte;
	add_poke(d, table_pa(t) + 8ull * index, pte);
}

static void first_tables(struct draft *d)
{
	const uint64_t view = PTE_V | PTE_R | PTE_X | PTE_A | PTE_D;

	memset(table, 0, sizeof(table));
	set_entry(d, ROOT48, 0, pte_of(table_pa(ROOT39), PTE_V));
	set_entry(d, ROOT48, 511, pte_of(table_pa(ROOT39), PTE_V));
	set_entry(d, ROOT57, 0, pte_of(table_pa(ROOT48), PTE_V));
	set_entry(d, ROOT57, 511, pte_of(table_pa(ROOT48), PTE_V));
	set_entry(d, ROOT39, 2, pte_of(HARNESS_PA, view));
	set_entry(d, ROOT39, 3, pte_of(HARNESS_PA, view | PTE_U));
	for (size_t k = 0; k < REGIONS; k++) {
		const struct region *r = &regions[k];

		set_entry(d, ROOT39, r->va >> 30 & 511, pte_of(table_pa(r->l1), PTE_V));
		set_entry(d, r->l1, r->va >> 21 & 511, pte_of(table_pa(r->l0), PTE_V));
		for (unsigned page = 0; page < REGION_PAGES; page++) {
			unsigned index = ((unsigned)(r->va >> 12) + page) & 511;

			if (page < 3 || index != 0)
				set_entry(d, r->l0, index, random_leaf_4k());
		}
	}
	set_entry(d, L1_FOUR, 1, random_superpage(1));
	set_entry(d, ROOT39, 5, random_superpage(2));
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
	style.trees_only = one_in(2);
	style.tvm = one_in(6);
	for (unsigned k = 0; k < 63; k++)
		d->registers[k] = random_value();
	first_tables(d);
	make_pads(d);

	mode = (unsigned)PICK(8, 8, 8, 9, 10);
	d->steps[d->nsteps++] = here();
	emit_constant(5,
		      (uint64_t)mode << 60 | 1ull << 44 | table_pa(mode > 8 ? mode - 8 : 0) >> 12);
	emit(CSRRW(0, 0x180, 5));
	emit_fence_all();
	emit(ECALL);
	for (unsigned unit = 0; unit < d->units; unit++) {
		if (is_left_out(d, unit))
			continue;
		begin_unit(d, unit);
		emit_unit(d);
	}
}
