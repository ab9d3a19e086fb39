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

/*
 * The upper two steps of a walk that was done, for others in the same 2 MiB.  They are taken again only
 * after both PTEs were read again and said the same.  What a host waits for in a walk is mainly the
 * chain of its reads: with this the leaf is read at once, and the rest is looked at meanwhile.
 */
struct quick_steps {
	uint64_t region; /* va >> 21 */
	uint64_t root_ppn;
	uint64_t root, middle;		    /* the PTEs ... */
	const uint8_t *root_at, *middle_at; /* ... and where they stand: in host memory */
	const uint8_t *table; /* of leaves; always a page of guest RAM, even if nothing is known */

	/* Host address less virtual address of the page found last, and was it so twice in a row?  Pages
	 * that lie side by side in both are so common that a host may begin to fetch what is at the
	 * guessed place; if it is not, that was for nothing. */
	uint64_t add;
	bool steady;
};

#define QUICK_NO_REGION UINT64_MAX

static inline const uint8_t *quick_leaf(const struct quick_steps *steps, uint64_t va)
{
	return steps->table + (va >> 12 & 511) * 8;
}

/* Tell the host what will be read soon. */
static inline __attribute__((always_inline)) void quick_prefetch(const struct quick_steps *steps,
								 uint64_t va)
{
	if (steps->steady)
		__builtin_prefetch((const void *)(uintptr_t)(va + steps->add));
	__builtin_prefetch(quick_leaf(steps, va));
}

static inline uint64_t quick_pte(const uint8_t *at)
{
	uint64_t pte;

	memcpy(&pte, at, 8);
	return pte;
}

/* Do the upper two steps for `va`.  False: they are not plain, and *steps is as it was. */
static inline bool quick_upper(const struct ram *ram, const struct sv_context *context, uint64_t va,
			       struct quick_steps *steps)
{
	const uint64_t pointer = PTE_V | PTE_R | PTE_W | PTE_X | PTE_U | PTE_A | PTE_D |
				 PTE_RESERVED | PTE_PBMT | PTE_N;
	struct quick_steps made = { .region = va >> 21, .root_ppn = context->root_ppn };
	uint64_t table = context->root_ppn << 12;

	if ((uint64_t)((int64_t)(va << 25) >> 25) != va || !ram_holds(ram, table, 4096))
		return false;
	made.root_at = ram_at(ram, table) + (va >> 30 & 511) * 8;
	made.root = quick_pte(made.root_at);
	table = (made.root & PTE_PPN_MASK) >> PTE_PPN_SHIFT << 12;
	if ((made.root & pointer) != PTE_V || !ram_holds(ram, table, 4096))
		return false;
	made.middle_at = ram_at(ram, table) + (va >> 21 & 511) * 8;
	made.middle = quick_pte(made.middle_at);
	table = (made.middle & PTE_PPN_MASK) >> PTE_PPN_SHIFT << 12;
	if ((made.middle & pointer) != PTE_V || !ram_holds(ram, table, 4096))
		return false;
	made.table = ram_at(ram, table);
	*steps = made;
	return true;
}

/*
 * True: *walk is what sv39_walk would say of this `va` under `context` (Sv39) for the access whose
 * rule is given; but step[] is left out.  False: *walk means nothing.  *steps is what is remembered,
 * whatever it may be of.
 */
static inline __attribute__((always_inline)) bool
quick_walk(const struct ram *ram, const struct sv_context *context, const struct quick_rule *rule,
	   uint64_t va, enum sv_access access, struct quick_steps *steps, struct sv_walk *walk)
{
	uint64_t leaf = quick_pte(quick_leaf(steps, va)), offset, add;

	if (steps->region != va >> 21 || steps->root_ppn != context->root_ppn ||
	    quick_pte(steps->root_at) != steps->root ||
	    quick_pte(steps->middle_at) != steps->middle) {
		if (!quick_upper(ram, context, va, steps))
			return false;
		leaf = quick_pte(quick_leaf(steps, va));
	}
	offset = ((leaf & PTE_PPN_MASK) << 2) + (va & 4095) - ram->base;
	if ((leaf & rule->mask) != rule->want || offset >= ram->bytes)
		return false;
	add = (uint64_t)(uintptr_t)ram->host + offset - va;
	steps->steady = steps->add == add;
	steps->add = add;
	walk->status = SV_OK;
	walk->access = access;
	walk->va = va;
	walk->pa = ram->base + offset;
	walk->page_bytes = 4096;
	walk->pte = leaf;
	walk->pte_pa = ram->base + (uint64_t)(quick_leaf(steps, va) - ram->host);
	walk->level = 0;
	walk->global = (steps->root | steps->middle | leaf) & PTE_G;
	walk->updated = false;
	walk->pte_reads = 3;
	walk->nsteps = 0;
	return true;
}

#endif
