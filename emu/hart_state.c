/*
 * A hart's state as plain bytes, and back.  Fast arrays, decoded code and jump caches are no state:
 * a loaded hart starts without them.
 */
#include <stdlib.h>
#include <string.h>

#include "emu/hart_internal.h"

/* What a hart is, apart from its TLBs. */
struct saved_hart {
	uint64_t x[32], f[32], pc;
	uint64_t priv, instret, slice_start, fetch_page, waiting;
	uint64_t reserved, reserved_pa, reserved_bytes;
	uint64_t barren_traps, barren_instret;
	uint64_t pmp_cfg[PMP_ENTRIES], pmp_addr[PMP_ENTRIES];
	struct csrs csr;
	struct hart_counters counters;
};

static void save_tlb(const struct tlb *tlb, struct state_out *out)
{
	size_t bytes = tlb_state_bytes(tlb);
	void *buf = malloc(bytes);

	if (!buf) {
		out->failed = true;
		return;
	}
	tlb_save(tlb, buf);
	state_put(out, buf, bytes);
	free(buf);
}

static bool load_tlb(struct tlb *tlb, struct state_in *in)
{
	size_t bytes = tlb_state_bytes(tlb);
	void *buf = calloc(1, bytes);
	bool ok = false;

	if (buf) {
		state_get(in, buf, bytes);
		ok = !in->failed && tlb_load(tlb, buf, bytes);
	}
	free(buf);
	return ok;
}

void hart_save(const struct hart *h, struct state_out *out)
{
	struct saved_hart saved;

	memset(&saved, 0, sizeof(saved));
	memcpy(saved.x, h->x, sizeof(saved.x));
	memcpy(saved.f, h->f, sizeof(saved.f));
	saved.pc = h->pc;
	saved.priv = h->priv;
	saved.instret = hart_instret(h);
	saved.slice_start = h->slice_start;
	saved.fetch_page = h->fetch_page;
	saved.waiting = h->waiting;
	saved.barren_traps = h->barren_traps;
	saved.barren_instret = h->barren_instret;
	saved.reserved = h->reservation.valid;
	saved.reserved_pa = h->reservation.pa;
	saved.reserved_bytes = h->reservation.bytes;
	for (unsigned k = 0; k < PMP_ENTRIES; k++) {
		saved.pmp_cfg[k] = h->pmp.cfg[k];
		saved.pmp_addr[k] = h->pmp.addr[k];
	}
	saved.csr = h->csr;
	saved.counters = h->counters;
	state_put(out, &saved, sizeof(saved));
	save_tlb(h->itlb, out);
	save_tlb(h->dtlb, out);
}

/* Could a hart of ours be in this state?  It may come from a damaged file. */
static bool is_sound(const struct hart *h, const struct saved_hart *saved)
{
	unsigned mode = saved->csr.satp >> 60;

	return (saved->priv <= PRIV_S || saved->priv == PRIV_M) && saved->x[0] == 0 &&
	       !(saved->pc & 1) && saved->reserved_bytes <= 8 && saved->csr.frm <= 7 &&
	       (saved->csr.mstatus & MSTATUS_MPP) >> 11 != 2 &&
	       (mode == SV_BARE || (mode >= SV_39 && mode <= (unsigned)h->config.max_mode));
}

bool hart_load(struct hart *h, struct state_in *in)
{
	struct saved_hart saved;

	state_get(in, &saved, sizeof(saved));
	if (in->failed || !is_sound(h, &saved) || !load_tlb(h->itlb, in) || !load_tlb(h->dtlb, in))
		return false;
	hart_settle(h);
	memcpy(h->x, saved.x, sizeof(saved.x));
	memcpy(h->f, saved.f, sizeof(saved.f));
	h->pc = saved.pc;
	h->priv = (enum priv)saved.priv;
	h->waiting = saved.waiting;
	h->barren_traps = (unsigned)saved.barren_traps;
	h->barren_instret = saved.barren_instret;
	h->reservation.valid = saved.reserved;
	h->reservation.pa = saved.reserved_pa;
	h->reservation.bytes = (uint8_t)saved.reserved_bytes;
	for (unsigned k = 0; k < PMP_ENTRIES; k++) {
		h->pmp.cfg[k] = (uint8_t)saved.pmp_cfg[k];
		h->pmp.addr[k] = saved.pmp_addr[k];
	}
	pmp_update(&h->pmp);
	h->csr = saved.csr;
	csr_fp_changed(h);
	csr_hpm_changed(h);
	mmu_update_view(h);
	mmu_pmp_changed(h);
	h->instret = saved.instret;
	h->slice_start = saved.slice_start;
	h->fetch_page = saved.fetch_page;
	h->counters = saved.counters;
	return true;
}
