/*
 * What the TLB's tests share: one TLB, made anew for each, and what it says when an entry leaves.
 */
#ifndef TESTS_MMU_TLB_CASE_H
#define TESTS_MMU_TLB_CASE_H

#include <stdarg.h>
#include <stddef.h>
#include <setjmp.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <cmocka.h>

#include "mmu/tlb.h"

#define KIB 1024ull
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)

static struct tlb *tlb;
static unsigned drops;
static struct tlb_entry dropped;
static bool dropped_was_valid;

static inline void on_drop(void *ctx, const struct tlb_entry *entry)
{
	assert_ptr_equal(ctx, &drops);
	drops++;
	dropped = *entry;
	dropped_was_valid = tlb_entry_valid(tlb, entry);
}

static inline void make(unsigned sets, unsigned ways, enum tlb_replacement replacement,
			uint64_t seed)
{
	struct tlb_config config = { sets, ways, replacement, seed };

	tlb_destroy(tlb);
	tlb = tlb_create(&config, on_drop, &drops);
	assert_non_null(tlb);
	drops = 0;
}

static inline int setup(void **state)
{
	(void)state;
	make(4, 2, TLB_FIFO, 0);
	return 0;
}

static inline int teardown(void **state)
{
	(void)state;
	tlb_destroy(tlb);
	tlb = NULL;
	return 0;
}

/* A successful walk of `va` to `pa`, as the walker would have it. */
static inline struct sv_walk walk_of(uint64_t va, uint64_t pa, uint64_t bytes, bool global)
{
	struct sv_walk walk = {
		.status = SV_OK,
		.va = va,
		.pa = pa,
		.page_bytes = bytes,
		.pte = pa >> 12 << 10 | 0xcf,
		.global = global,
	};

	return walk;
}

static inline struct tlb_entry *fill(uint64_t va, uint64_t pa, uint64_t bytes, uint16_t asid,
				     bool global)
{
	struct sv_walk walk = walk_of(va, pa, bytes, global);

	return tlb_fill(tlb, &walk, asid);
}

static inline struct tlb_entry *page(uint64_t va, uint16_t asid)
{
	uint64_t pa = 0x80000000 + (va & 0xfffffff);

	if (!tlb_find(tlb, va, asid))
		return tlb_fill_page(tlb, va, pa, pa >> 12 << 10 | 0xcf, asid, false);
	return fill(va, pa, 4 * KIB, asid, false);
}

static inline bool has(uint64_t va, uint16_t asid)
{
	return tlb_find(tlb, va, asid) != NULL;
}

struct census {
	unsigned entries, sets_seen[64];
	uint64_t va[64];
};

static inline void count_entry(void *ctx, unsigned set, unsigned way, const struct tlb_entry *entry)
{
	struct census *census = ctx;

	assert_true(set < tlb_geometry(tlb)->sets && way < tlb_geometry(tlb)->ways);
	assert_true(tlb_entry_valid(tlb, entry));
	census->va[census->entries % 64] = entry->va;
	census->sets_seen[set % 64]++;
	census->entries++;
}

static inline struct census census(void)
{
	struct census c = { 0 };

	tlb_each(tlb, count_entry, &c);
	return c;
}

/* A row of a list of tests. */
#define T(sentence, function)                                                                      \
	{                                                                                          \
		sentence, function, setup, teardown, 0                                             \
	}

#endif
