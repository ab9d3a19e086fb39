/*
 * What the tests of single rules share: one address, the usual leaf, one table.
 *
 * What this does not know: what a walk should do.
 */
#ifndef TESTS_MMU_CASE_H
#define TESTS_MMU_CASE_H

#include "tests/mmu/table.h"

#define VA     0x0000001a2b3c4d58ull /* canonical in every mode */
#define RWX    (PTE_R | PTE_W | PTE_X)
#define AD     (PTE_A | PTE_D)
#define LEAF   (PTE_V | RWX | AD)
#define PPN(n) ((uint64_t)(n) << 10)

static const enum sv_access accesses[] = { SV_FETCH, SV_LOAD, SV_STORE };

static struct table t;

static inline void expect(uint64_t va, enum sv_access access, enum sv_status want)
{
	assert_status(table_walk(&t, va, access).status, want);
}

#endif
