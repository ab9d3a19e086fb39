#include "tests/fuzz/tables.h"

#include <string.h>

struct style style;
unsigned mode;

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

/* ---- Where an address may lead -------------------------------------------------------------- */

static bool is_table(uint64_t pa, unsigned *number)
{
	*number = (unsigned)((pa - TABLES_PA) >> 12);
	return pa >= TABLES_PA && *number < TABLES;
}

static uint64_t form_pa(uint64_t pte, uint64_t va, int level)
{
	uint64_t mask = (4096ull << 9 * level) - 1, pa = pte >> 10 << 12 & 0x00ffffffffffffff;

	if (level == 0 && pte >> 63) /* NAPOT */
		mask = 0xffff;
	return (pa & ~mask) | (va & mask);
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

		if (!(pte & PTE_V))
			return 0;
		if (pte & (PTE_R | PTE_W | PTE_X))
			return form_pa(pte, va, level);
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
	uint64_t va = regions[below(REGIONS)].va;

	va += 4096ull * below(REGION_PAGES);

	switch (below(16)) {
	case 0:
		return va ^ 1ull << (38 + below(26)); /* mostly not canonical */
	case 1:
	case 2:
	case 3: /* under the second entry of a level 1, or an entry of a root that holds a leaf */
		va = one_in(2) ? 0x100200000 : 0x144000000;
		return va + 4096ull * below(DATA_PAGES + 2);
	case 4:
		return one_in(2) ? 0 : 0x4000000000;
	case 6:
		return NAPOT_VA + 4096ull * below(16);
	case 5: /* RAM itself; mapped where S-mode or U-mode find their code */
		va = POOL_PA + (one_in(2) ? USER_ALIAS : 0);
		return va + 4096ull * below(POOL_PAGES);
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
bool atomic_is_safe(uint64_t va)
{
	bool is_ram = va >= HARNESS_PA && va < HARNESS_PA + (128 << 20);

	return store_is_safe(va, 8) && !leads_to_no_memory(va) && (mode != 0 || is_ram);
}

uint64_t random_va(void)
{
	uint64_t page = random_page();

	switch (below(5)) {
	case 0: /* at the end */
		/* exceptions, crossing-pmp and crossing-ad */
		if (style.uses_pmp || !style.ad_set || leads_to_no_memory(page) ||
		    leads_to_no_memory(page + 4096))
			return page + 4088;
		return page + 4088 + below(8);
	case 1:
		return page + 512 + below(3500);
	default:
		return page + 512 + 8 * below(440);
	}
}

uint64_t safe_store_va(unsigned bytes)
{
	for (unsigned tries = 0; tries < 20; tries++) {
		uint64_t va = random_va();

		if (store_is_safe(va, bytes))
			return va;
	}
	return 0x4000000000; /* a page fault, or no memory */
}

uint64_t safe_jump_va(void)
{
	for (unsigned tries = 0; tries < 20; tries++) {
		uint64_t page = random_page() & ~4095ull;
		uint64_t va = page + PAD_BYTES * (1 + below(PADS));

		if (one_in(6))
			va += 2;

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
			      0xc3, 0xef, 0xff, 0x0f, 0x1f, 0x4f, 0x5f);

	if (one_in(8))
		flags = rnd() & 255;

	if (one_in(3)) /* allows all, but for what the privilege says, and A and D may be clear */
		flags = PICK(0xcf, 0xdf, 0x0f, 0x1f, 0x4f, 0x5f);
	if (style.ad_set)
		flags |= PTE_A | PTE_D;
	return style.by_asid ? flags & ~PTE_G : flags;
}

/* Bits that make it reserved, or of another memory type; RSW, which nobody looks at.  Exceptions,
 * reserved-bits: some only of kind pte. */
static uint64_t random_high_bits(unsigned level, uint64_t ppn)
{
	bool is_napot = level == 0 && (ppn & 15) == 8;

	switch (below(16)) {
	case 0:
		return reserved_bits ? 1ull << (54 + below(7)) : 0;
	case 1: /* PBMT; for kind pte menvcfg.PBMTE is 0 */
		if (!reserved_bits && !extensions)
			return 0;
		return (uint64_t)(1 + below(reserved_bits ? 3 : 2)) << 61;
	case 2: /* exceptions, napot-ad */
		return is_napot ? 0 : 1ull << 63 | PTE_A | PTE_D;
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
	default:
		if (page >= FINE_PAGE)
			flags &= ~PTE_X;
		break;
	}
	return pte_of(pa, flags) | random_high_bits(0, pa >> 12);
}

static uint64_t random_superpage(unsigned level)
{
	uint64_t pa = level == 1 ? POOL_PA : HARNESS_PA, flags = random_flags() & ~PTE_X;

	if (one_in(6)) /* misaligned; every low bit counts */
		pa |= 4096ull << below(9 * level);
	if (level == 2) /* most of it is no memory */
		flags = (flags & ~PTE_W) | PTE_A | PTE_D;
	if (!(flags & (PTE_R | PTE_W))) /* no pointer */
		flags |= PTE_R;
	return pte_of(pa, flags) | random_high_bits(level, pa >> 12);
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
				  reserved_bits ? 1ull << 57 : PTE_U);
	case 1:
		return pte | PTE_W;
	case 2:
		return pte | (style.by_asid ? 0 : PTE_G) | (uint64_t)below(4) << 8;
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

void random_entry(unsigned *t, unsigned *index)
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

/* An address that this entry of a level-0 table maps; only if it is mapped there and nowhere else. */
bool va_of_leaf(unsigned t, unsigned index, uint64_t *va)
{
	for (size_t k = 0; k < REGIONS; k++) {
		/* To L0_FOUR a superpage's entry may lead as well. */
		if (regions[k].l0 != t || t == L0_FOUR || !style.trees_only)
			continue;
		*va = (regions[k].va & ~0x1fffffull) + 4096ull * index + below(4096);
		return true;
	}
	return false;
}

/* All that maps the 64 KiB is the same, and has A and D: entry and address may be any of sixteen. */
uint64_t change_napot(void)
{
	uint64_t pte = pte_of(POOL_PA + 8 * 4096, random_flags() | PTE_A | PTE_D) | 1ull << 63;

	for (unsigned k = 0; k < 16; k++)
		table[L0_FOUR][(NAPOT_VA >> 12 & 511) + k] = pte;
	return pte;
}

uint64_t change_entry(unsigned t, unsigned index, uint64_t *old)
{
	*old = table[t][index];
	return table[t][index] = random_pte(t, index);
}

/* ---- The whole ------------------------------------------------------------------------------ */

static void set_entry(struct draft *d, unsigned t, unsigned index, uint64_t pte)
{
	table[t][index] = pte;
	add_poke(d, table_pa(t) + 8ull * index, pte);
}

void first_tables(struct draft *d)
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
