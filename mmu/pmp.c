#include "mmu/pmp.h"

#define CFG_LEGAL  (PMP_R | PMP_W | PMP_X | PMP_A | PMP_L)
#define ADDR_LEGAL ((1ull << 54) - 1)
#define ADDR_SHIFT 2 /* pmpaddr counts units of 4 bytes */

void pmp_update(struct pmp *pmp)
{
	pmp->any_active = false;
	pmp->any_locked = false;
	pmp->any_fine = false;
	for (unsigned i = 0; i < PMP_ENTRIES; i++) {
		uint64_t addr = pmp->addr[i];
		uint64_t ones = addr ^ (addr + 1); /* the lowest zero and the ones below it */
		uint64_t lo = 0, hi = 0;

		switch (pmp->cfg[i] & PMP_A) {
		case PMP_A_TOR:
			lo = i == 0 ? 0 : pmp->addr[i - 1] << ADDR_SHIFT;
			hi = addr << ADDR_SHIFT;
			break;
		case PMP_A_NA4:
			lo = addr << ADDR_SHIFT;
			hi = lo + 4;
			break;
		case PMP_A_NAPOT:
			lo = (addr & ~ones) << ADDR_SHIFT;
			hi = lo + ((ones + 1) << ADDR_SHIFT);
			break;
		}
		pmp->range[i].lo = lo;
		pmp->range[i].hi = hi;
		pmp->any_active |= (pmp->cfg[i] & PMP_A) != PMP_A_OFF;
		pmp->any_locked |= (pmp->cfg[i] & PMP_L) != 0;
		pmp->any_fine |= lo < hi && ((lo | hi) & 0xfff);
	}
}

void pmp_cfg_write(struct pmp *pmp, unsigned index, uint8_t value)
{
	if (pmp->cfg[index] & PMP_L)
		return;
	if ((value & (PMP_R | PMP_W)) == PMP_W)
		return;
	pmp->cfg[index] = value & CFG_LEGAL;
	pmp_update(pmp);
}

void pmp_addr_write(struct pmp *pmp, unsigned index, uint64_t value)
{
	if (pmp->cfg[index] & PMP_L)
		return;
	/* "If PMP entry i is locked and pmpicfg.A is TOR, writes to pmpaddr[i-1] are ignored." */
	if (index + 1 < PMP_ENTRIES &&
	    (pmp->cfg[index + 1] & (PMP_L | PMP_A)) == (PMP_L | PMP_A_TOR))
		return;
	pmp->addr[index] = value & ADDR_LEGAL;
	pmp_update(pmp);
}

/* What entry `i` grants; PMP_ENTRIES stands for "no entry matches". */
static uint8_t granted(const struct pmp *pmp, unsigned i, bool machine)
{
	if (i == PMP_ENTRIES)
		return machine ? PMP_R | PMP_W | PMP_X : 0;
	if (machine && !(pmp->cfg[i] & PMP_L))
		return PMP_R | PMP_W | PMP_X;
	return pmp->cfg[i] & (PMP_R | PMP_W | PMP_X);
}

/* The last byte of a range; one that would wrap ends at the top of the address space. */
static uint64_t last_byte(uint64_t pa, uint64_t bytes)
{
	uint64_t last = pa + bytes - 1;

	return last < pa ? UINT64_MAX : last;
}

bool pmp_check(const struct pmp *pmp, uint64_t pa, uint64_t bytes, enum sv_access access,
	       bool machine)
{
	static const uint8_t wanted[] = {
		[SV_FETCH] = PMP_X, [SV_LOAD] = PMP_R, [SV_STORE] = PMP_W
	};
	uint64_t last = last_byte(pa, bytes);
	unsigned i;

	/* "The lowest-numbered PMP entry that matches any byte of an access determines whether that
	 * access succeeds or fails", and it fails, privilege aside, unless all bytes match. */
	for (i = 0; i < PMP_ENTRIES; i++) {
		if (pmp->range[i].lo >= pmp->range[i].hi)
			continue;
		if (last < pmp->range[i].lo || pa >= pmp->range[i].hi)
			continue;
		if (pa < pmp->range[i].lo || last >= pmp->range[i].hi)
			return false;
		break;
	}
	return granted(pmp, i, machine) & wanted[access];
}

/*
 * The entry that decides the byte at `pa` (PMP_ENTRIES: none).  *last, given as the end of what
 * interests the caller, becomes the last byte before the next boundary of any entry.
 */
static unsigned decider(const struct pmp *pmp, uint64_t pa, uint64_t *last)
{
	unsigned found = PMP_ENTRIES;

	for (unsigned i = 0; i < PMP_ENTRIES; i++) {
		uint64_t lo = pmp->range[i].lo, hi = pmp->range[i].hi;

		if (pa >= hi)
			continue;
		if (pa < lo) {
			if (*last >= lo)
				*last = lo - 1;
			continue;
		}
		if (*last >= hi)
			*last = hi - 1;
		if (found == PMP_ENTRIES)
			found = i;
	}
	return found;
}

uint8_t pmp_permissions(const struct pmp *pmp, uint64_t pa, uint64_t bytes, bool machine,
			bool *uniform)
{
	uint64_t end = last_byte(pa, bytes), last = end;
	unsigned first = decider(pmp, pa, &last);
	uint8_t common = granted(pmp, first, machine);

	/* An access over a boundary between two entries fails even if both would grant it, so a
	 * range is uniform only if one entry, or none, decides all of it. */
	*uniform = true;
	while (last != end) {
		unsigned next;

		pa = last + 1;
		last = end;
		next = decider(pmp, pa, &last);
		common &= granted(pmp, next, machine);
		*uniform &= next == first;
	}
	return common;
}
