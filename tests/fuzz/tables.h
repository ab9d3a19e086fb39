/*
 * The page tables of a program about translation: what they hold while it is made, where an address may
 * therefore lead, and addresses and entries picked at random.
 *
 * The maker keeps its own copy of the tables, A and D apart: stores must not reach the tables and the
 * first bytes of pages that are jumped to, or a program might never end.
 */
#ifndef TESTS_FUZZ_TABLES_H
#define TESTS_FUZZ_TABLES_H

#include "tests/fuzz/emit.h"

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

/* Choices that hold for a whole program. */
struct style {
	bool uses_pmp;
	bool ad_set; /* A and D are set everywhere: see the exceptions pmp-ad and crossing-ad */
	bool fixed_asid;
	bool by_asid;	 /* some fences are for the one address space there is: nothing is global */
	bool trees_only; /* no table has two ways to it: then fences may be by address */
	bool tvm;	 /* then SUM is not used: see emit_fence_of_s */
};
extern struct style style;

extern unsigned mode; /* what satp most likely holds */

/* The tables as a program finds them at its beginning. */
void first_tables(struct draft *d);
/* Some entry of some table that an address of ours goes through. */
void random_entry(unsigned *t, unsigned *index);
/* What it shall become from now on; *old: what it was. */
uint64_t change_entry(unsigned t, unsigned index, uint64_t *old);
/* The sixteen entries of L0_FOUR for NAPOT_VA become this NAPOT entry. */
#define NAPOT_VA 0x100010000ull
uint64_t change_napot(void);
/* An address that this entry maps, if it is a level-0 table's and nothing else leads there. */
bool va_of_leaf(unsigned t, unsigned index, uint64_t *va);

uint64_t random_va(void); /* for loads */
uint64_t safe_store_va(unsigned bytes);
uint64_t safe_jump_va(void);
bool atomic_is_safe(uint64_t va);

#endif
