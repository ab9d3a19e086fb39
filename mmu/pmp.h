/*
 * Physical memory protection: 16 entries, granularity 4 bytes (Machine-Level ISA, "Physical
 * Memory Protection").
 *
 * What this is: the registers' legal values and the check of one access.  What this does not
 * know: harts and CSR numbers; the CSR file calls pmp_cfg_write and pmp_addr_write.
 */
#ifndef SV39_PMP_H
#define SV39_PMP_H

#include <stdbool.h>
#include <stdint.h>

#include "mmu/walk.h"

#define PMP_ENTRIES 16

/* A pmpcfg byte.  A says which addresses the entry's pmpaddr matches. */
#define PMP_R	    0x01
#define PMP_W	    0x02
#define PMP_X	    0x04
#define PMP_A	    0x18 /* one of the next four */
#define PMP_A_OFF   0x00
#define PMP_A_TOR   0x08 /* from the entry before's pmpaddr (entry 0: from 0) to below its own */
#define PMP_A_NA4   0x10 /* four bytes */
#define PMP_A_NAPOT 0x18 /* 8 bytes, and twice as many for each one that pmpaddr ends with */
#define PMP_L	    0x80 /* locked: no more writes, and M-mode obeys too */

/* Plain data; zero is the reset state, in which S and U may access nothing.  Write it through the
 * functions below. */
struct pmp {
	uint8_t cfg[PMP_ENTRIES];
	uint64_t addr[PMP_ENTRIES]; /* pmpaddr: bits 55:2 of an address, 54 bits */
	/* derived by pmp_update, never saved */
	struct {
		uint64_t lo, hi; /* bytes lo..hi-1; empty if lo >= hi */
	} range[PMP_ENTRIES];
	bool any_active;
	bool any_locked;
	bool any_fine; /* a boundary lies inside a page: an access over it fails even in M-mode */
};

/* Writes of byte `index` of the pmpcfg registers and of pmpaddr`index` (0..PMP_ENTRIES-1), as the
 * specification legalizes them: locked entries (and the address below a locked TOR entry) ignore
 * writes; R=0,W=1 is reserved: such a cfg byte keeps its old value. */
void pmp_cfg_write(struct pmp *pmp, unsigned index, uint8_t value);
void pmp_addr_write(struct pmp *pmp, unsigned index, uint64_t value);
void pmp_update(struct pmp *pmp); /* recompute derived fields after loading a saved state */

/* May one access of `bytes` (1 or more) at `pa` proceed?  machine: effective privilege is M.  What
 * the hart does in pieces, as it does an operand that crosses a page, is asked about in pieces. */
bool pmp_check(const struct pmp *pmp, uint64_t pa, uint64_t bytes, enum sv_access access,
	       bool machine);

/* The permissions (PMP_R|W|X) common to every byte of [pa, pa+bytes): sets *uniform false if they
 * differ within it, so that a page-sized cache entry must not be made. */
uint8_t pmp_permissions(const struct pmp *pmp, uint64_t pa, uint64_t bytes, bool machine,
			bool *uniform);

#endif
