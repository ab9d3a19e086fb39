/* The hart's page-table walks: the walker's port, and what is counted, told and filled. */
#include "emu/softmmu.h"

#include <string.h>

#include "emu/blocks.h"

/* ---- The port ----------------------------------------------------------------------------- */

/* For whom the walker's port works: the access that is translated has so many bytes. */
struct walk_for {
	const struct hart *h;
	unsigned bytes;
};

static const struct hart *hart_of(void *ctx)
{
	return ((const struct walk_for *)ctx)->h;
}

static enum sv_port_status port_read_pte(void *ctx, uint64_t pte_pa, uint64_t *pte)
{
	const struct hart *h = hart_of(ctx);

	if (!ram_holds(h->env.ram, pte_pa, 8) || !pmp_allows(h, pte_pa, 8, SV_LOAD, false))
		return SV_PORT_DENIED;
	memcpy(pte, ram_at(h->env.ram, pte_pa), 8);
	return SV_PORT_OK;
}

static enum sv_port_status port_cas_pte(void *ctx, uint64_t pte_pa, uint64_t expected,
					uint64_t desired)
{
	const struct hart *h = hart_of(ctx);
	uint64_t *pte = (uint64_t *)ram_at(h->env.ram, pte_pa);

	if (!pmp_allows(h, pte_pa, 8, SV_STORE, false))
		return SV_PORT_DENIED;
	if (*pte != expected)
		return SV_PORT_CHANGED;
	*pte = desired;
	if (h->env.ram->frame_flags[ram_frame(h->env.ram, pte_pa)] & FRAME_FLAG_CODE)
		code_written(h->group, pte_pa, 8);
	return SV_PORT_OK;
}

/* All bytes are asked about, so that a store over the border of a PMP entry sets no D. */
static enum sv_port_status port_check_pa(void *ctx, uint64_t pa, enum sv_access access)
{
	const struct walk_for *walk_for = ctx;
	const struct hart *h = walk_for->h;
	unsigned bytes = walk_for->bytes;

	if (!ram_holds(h->env.ram, pa, bytes) && !device_holds(h, pa, bytes, access))
		return SV_PORT_DENIED;
	return pmp_allows(h, pa, bytes, access, false) ? SV_PORT_OK : SV_PORT_DENIED;
}

/* A walk for others' eyes pretends that the update of A and D succeeds. */
static enum sv_port_status port_pretend_cas(void *ctx, uint64_t pte_pa, uint64_t expected,
					    uint64_t desired)
{
	const struct hart *h = hart_of(ctx);

	(void)expected;
	(void)desired;
	return pmp_allows(h, pte_pa, 8, SV_STORE, false) ? SV_PORT_OK : SV_PORT_DENIED;
}

/* ---- Walks --------------------------------------------------------------------------------- */

struct sv_walk walk_unseen(const struct hart *h, const struct view *view, uint64_t va,
			   unsigned bytes, enum sv_access access)
{
	struct walk_for walk_for = { h, bytes };
	const struct sv_port port = { &walk_for, port_read_pte, port_pretend_cas, port_check_pa };

	return sv39_walk(&port, &view->sv, va, access);
}

struct sv_walk hart_translate(const struct hart *h, uint64_t va, enum sv_access access)
{
	const struct view *view = access == SV_FETCH ? h->fetch : h->data;

	if (!view->translated)
		return (struct sv_walk){ .status = SV_OK,
					 .access = access,
					 .va = va,
					 .pa = va,
					 .page_bytes = PAGE_BYTES };
	return walk_unseen(h, view, va, 1, access);
}

static struct tlb_entry *walk_and_fill(struct hart *h, const struct view *view, uint64_t va,
				       unsigned bytes, enum sv_access access)
{
	struct walk_for walk_for = { h, bytes };
	const struct sv_port port = { &walk_for, port_read_pte, port_cas_pte, port_check_pa };
	struct tlb *tlb = access == SV_FETCH ? h->itlb : h->dtlb;
	struct tlb_entry *entry;
	struct sv_walk walk;

	tlb_count_miss(tlb);
	hpm_count(h,
		  access == SV_FETCH  ? HPM_ITLB_MISS
		  : access == SV_LOAD ? HPM_DTLB_LOAD_MISS
				      : HPM_DTLB_STORE_MISS,
		  1);
	walk = sv39_walk(&port, &view->sv, va, access);
	h->counters.walks++;
	h->counters.pte_reads += walk.pte_reads;
	hpm_count(h, HPM_WALK, 1);
	hpm_count(h, HPM_PTE_READ, walk.pte_reads);
	if (event_wanted(h->env.events, EVENT_WALK)) {
		struct event event = { .kind = EVENT_WALK };

		event.walk.walk = &walk;
		event.walk.satp = h->csr.satp;
		event.walk.pc = hart_pc(h);
		event.walk.priv = view->machine ? PRIV_M : (uint8_t)view->sv.priv;
		hart_emit(h, &event);
	}
	if (walk.status != SV_OK) {
		refuse(h, sv_cause(walk.status, access), va);
		return NULL;
	}
	entry = tlb_fill(tlb, &walk, view->asid);
	if (event_wanted(h->env.events, EVENT_TLB_FILL)) {
		struct event event = { .kind = EVENT_TLB_FILL };

		event.fill.entry = entry;
		event.fill.instruction = access == SV_FETCH;
		event.fill.priv = (uint8_t)view->sv.priv;
		hart_emit(h, &event);
	}
	return entry;
}

struct tlb_entry *translate_slowly(struct hart *h, const struct view *view, uint64_t va,
				   unsigned bytes, enum sv_access access, struct tlb_entry *entry)
{
	if (entry) {
		enum sv_status status = sv_check_leaf(entry->pte, &view->sv, access);

		if (status != SV_OK) {
			refuse(h, sv_cause(status, access), va);
			return NULL;
		}
		/* A store that meets an entry filled by a load walks again for the D bit. */
		if (access != SV_STORE || entry->pte & PTE_D)
			return entry;
	}
	return walk_and_fill(h, view, va, bytes, access);
}
