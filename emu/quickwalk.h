/*
 * The commonest page-table walk, for TLB misses: three levels of Sv39 in guest RAM that end at a leaf
 * of 4 KiB, which permits the access and has A (and D) set, so that nothing is written.
 *
 * What this is: a short cut beside sv39_walk, which remains the one truth.  It answers only where
 * each of the walk's rules is met at a glance, and then as sv39_walk would; it refuses nobody:
 * whatever is unusual, a fault above all, it leaves to sv39_walk.  A test walks random tables both
 * ways.  What this does not know: PMP (the caller sees to it that it allows everything), observers
 * and counters.
 */
#ifndef EMU_QUICKWALK_H
#define EMU_QUICKWALK_H

#include <string.h>

#include "emu/ram.h"
#include "mmu/walk.h"

/* The bits of a leaf PTE that decide about an access, and what they are if all is well. */
struct quick_rule {
	uint64_t mask, want;
};

/* Steps 3 and 6 to 9 of the walk as one comparison: what it passes, they pass. */
static inline struct quick_rule quick_rule(const struct sv_context *context, enum sv_access access)
{
	/* R comes with W or without, so that the reserved W without R passes nowhere. */
	static const uint64_t needed[] = {
		[SV_FETCH] = PTE_R | PTE_X, [SV_LOAD] = PTE_R, [SV_STORE] = PTE_R | PTE_W | PTE_D
	};
	struct quick_rule rule;

	rule.want = PTE_V | PTE_A | needed[access];
	rule.mask = rule.want | PTE_RESERVED | PTE_PBMT | PTE_N;
	if (context->priv == SV_USER) {
		rule.want |= PTE_U;
		rule.mask |= PTE_U;
	} else if (access == SV_FETCH || !context->sum) {
		rule.mask |= PTE_U;
	}
	return rule;
}

static inline bool quick_read(const struct ram *ram, uint64_t table, uint64_t va, unsigned level,
			      uint64_t *pte)
{
	uint64_t offset = table + (va >> (12 + 9 * level) & 511) * 8 - ram->base;

	if (offset > ram->bytes - 8)
		return false;
	memcpy(pte, ram->host + offset, 8);
	return true;
}

/*
 * True: *walk is what sv39_walk would say of this `va` under `context` (Sv39) for the access whose
 * rule is given; but step[] is left out.  False: *walk means nothing.
 */
static inline bool quick_walk(const struct ram *ram, const struct sv_context *context,
			      const struct quick_rule *rule, uint64_t va, enum sv_access access,
			      struct sv_walk *walk)
{
	const uint64_t ppn = PTE_PPN_MASK >> PTE_PPN_SHIFT;
	const uint64_t pointer = PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D |
				 PTE_RESERVED | PTE_PBMT | PTE_N;
	uint64_t root, middle, leaf, pa;

	if ((uint64_t)((int64_t)(va << 25) >> 25) != va)
		return false;
	if (!quick_read(ram, context->root_ppn << 12, va, 2, &root) || (root & pointer) != PTE_V)
		return false;
	if (!quick_read(ram, (root >> PTE_PPN_SHIFT & ppn) << 12, va, 1, &middle) ||
	    (middle & pointer) != PTE_V)
		return false;
	if (!quick_read(ram, (middle >> PTE_PPN_SHIFT & ppn) << 12, va, 0, &leaf) ||
	    (leaf & rule->mask) != rule->want)
		return false;
	pa = (leaf >> PTE_PPN_SHIFT & ppn) << 12 | (va & 4095);
	if (!ram_holds(ram, pa, 1))
		return false;
	walk->status = SV_OK;
	walk->access = access;
	walk->va = va;
	walk->pa = pa;
	walk->page_bytes = 4096;
	walk->pte = leaf;
	walk->pte_pa = ((middle >> PTE_PPN_SHIFT & ppn) << 12) + (va >> 12 & 511) * 8;
	walk->level = 0;
	walk->global = (root | middle | leaf) & PTE_G;
	walk->updated = false;
	walk->pte_reads = 3;
	walk->nsteps = 0;
	return true;
}

#endif
