/*
 * An architectural TLB: what the guest may still use of translations it had.
 *
 * What this is: a set-associative, ASID-tagged store of leaf translations with global and
 * superpage entries and counters.  An entry leaves only when the guest fences, when its set is
 * full, or when its owner is told to drop it.  What this does not know: harts, page tables, how to
 * walk.  Whoever caches pointers derived from entries registers a drop hook and is told of every
 * entry that leaves.
 *
 * One look-up: tlb_find; if it finds an entry, sv_check_leaf on its pte, and for a store also D in
 * that pte, without which the store walks as if nothing had been found.  Else tlb_count_miss,
 * sv39_walk and, if that succeeds, tlb_fill.  A hart has a TLB, or two, of its own: there are no
 * locks here.
 */
#ifndef SV39_TLB_H
#define SV39_TLB_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "mmu/walk.h"

enum tlb_replacement { TLB_FIFO, TLB_RANDOM }; /* fill order, or seeded pseudo-random */

struct tlb_config {
	unsigned sets; /* power of two, 1..65536 */
	unsigned ways; /* 1..64 */
	enum tlb_replacement replacement;
	uint64_t seed; /* of TLB_RANDOM's choices; the same seed, the same choices */
};

struct tlb_entry {
	uint64_t va;   /* page-aligned, sign-extended virtual address of the translation */
	uint64_t pa;   /* physical address that `va` maps to */
	uint64_t pte;  /* leaf PTE as it was when filled */
	uint32_t held; /* for the owner: which of its derived copies hold it; 0 when filled */
	uint16_t asid;
	uint8_t page_shift; /* 12 for 4 KiB, 16, 21, 30, ... */
	bool global;
};

static inline uint64_t tlb_page_bytes(const struct tlb_entry *entry)
{
	return 1ull << entry->page_shift;
}

struct tlb_counters {
	uint64_t misses; /* calls of tlb_count_miss: only the caller knows what was of use */
	uint64_t fills;
	uint64_t evictions; /* entries pushed out by a fill */
	uint64_t flushes;   /* fence operations applied, of any kind */
};

struct tlb; /* allocated by tlb_create */

/* Called for every entry that leaves, before it does.  Entries that a whole-TLB or whole-ASID flush
 * or tlb_load drops are not reported one by one: the caller of those knows. */
typedef void tlb_drop_fn(void *ctx, const struct tlb_entry *entry);

/* NULL if the geometry is invalid or memory is short.  Caller owns the result. */
struct tlb *tlb_create(const struct tlb_config *config, tlb_drop_fn *on_drop, void *ctx);
void tlb_destroy(struct tlb *tlb);

/* Is this entry, got from tlb_find, tlb_fill or tlb_each, still there?  Until the next fill only: a
 * fill may put another translation in its place. */
bool tlb_entry_valid(const struct tlb *tlb, const struct tlb_entry *entry);

/* The valid entry that translates va under asid (or globally), or NULL.  Changes nothing.  Says
 * nothing about permissions: those are sv_check_leaf's.  A superpage's entry gives the page:
 * va is at pa + (va - entry->va). */
struct tlb_entry *tlb_find(struct tlb *tlb, uint64_t va, uint16_t asid);

/* Enter a walk of status SV_OK; replaces what translated the same address for asid before, if
 * anything.  Returns the entry, valid until the next fill or flush. */
struct tlb_entry *tlb_fill(struct tlb *tlb, const struct sv_walk *walk, uint16_t asid);

/* Enter a page of 4 KiB for an address for which tlb_find has just said NULL: nothing needs to be
 * replaced.  Offsets in va and pa are ignored. */
struct tlb_entry *tlb_fill_page(struct tlb *tlb, uint64_t va, uint64_t pa, uint64_t pte,
				uint16_t asid, bool global);

void tlb_count_miss(struct tlb *tlb);

/*
 * sfence.vma (Supervisor-Level ISA, "Supervisor Memory-Management Fence Instruction").  All and
 * by ASID take O(1); by address takes one probe per page size in use.  By ASID keeps global
 * entries; by address and ASID too.
 */
void tlb_flush_all(struct tlb *tlb);
void tlb_flush_asid(struct tlb *tlb, uint16_t asid);
void tlb_flush_va(struct tlb *tlb, uint64_t va);		     /* every ASID, and global */
void tlb_flush_va_asid(struct tlb *tlb, uint64_t va, uint16_t asid); /* not global */

const struct tlb_counters *tlb_counters(const struct tlb *tlb);
const struct tlb_config *tlb_geometry(const struct tlb *tlb);

/* Visit every valid entry, set by set.  For viewers and tests. */
void tlb_each(const struct tlb *tlb,
	      void (*fn)(void *ctx, unsigned set, unsigned way, const struct tlb_entry *entry),
	      void *ctx);

/* Plain state, for snapshots: size in bytes, and copying out and in (same geometry only; load
 * returns false and changes nothing otherwise). */
size_t tlb_state_bytes(const struct tlb *tlb);
void tlb_save(const struct tlb *tlb, void *buf);
bool tlb_load(struct tlb *tlb, const void *buf, size_t bytes);

#endif
