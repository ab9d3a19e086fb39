/*
 * How addresses are translated at the moment, and the fast arrays and jump caches that belong to each
 * way of it: switched by pointer, emptied when what they remember leaves the TLB.
 */
#include <string.h>

#include "emu/hart_internal.h"

/* Bits of a context's key. */
#define KEY_PRIV 20 /* 1: supervisor */
#define KEY_SUM	 21

/* ---- Emptying ----------------------------------------------------------------------------- */

void mmu_empty_array(struct data_context *context, unsigned kind)
{
	for (unsigned k = 0; k < context->nlog[kind]; k++)
		context->entry[kind][context->log[kind][k]].tag = FAST_EMPTY;
	context->nlog[kind] = 0;
}

static void empty_jumps(struct code_context *context)
{
	for (unsigned k = 0; k < context->nlog; k++)
		context->entry[context->log[k]].va = FAST_EMPTY;
	context->nlog = 0;
}

void mmu_drop_data(struct hart *h)
{
	for (unsigned slot = 0; slot < CONTEXTS; slot++) {
		mmu_empty_array(&h->data_context[slot], FAST_READ);
		mmu_empty_array(&h->data_context[slot], FAST_WRITE);
	}
}

void mmu_drop_jumps(struct hart *h)
{
	for (unsigned slot = 0; slot < CONTEXTS; slot++)
		empty_jumps(&h->code_context[slot]);
}

/* Contexts in which user pages are reached: user mode's own, and those with SUM. */
void mmu_drop_user(struct hart *h, bool jumps)
{
	for (unsigned slot = CONTEXT_TRANSLATED; slot < CONTEXTS; slot++) {
		if (!(h->data_key[slot] >> KEY_PRIV & 1) || h->data_key[slot] >> KEY_SUM & 1) {
			mmu_empty_array(&h->data_context[slot], FAST_READ);
			mmu_empty_array(&h->data_context[slot], FAST_WRITE);
		}
		if (jumps && !(h->code_key[slot] >> KEY_PRIV & 1))
			empty_jumps(&h->code_context[slot]);
	}
}

/* Take every write entry that leads to this page of the host away: its frame got flagged. */
void mmu_drop_writable(struct hart *h, const void *host_page)
{
	uint64_t host = (uint64_t)(uintptr_t)host_page;

	for (unsigned slot = 0; slot < CONTEXTS; slot++) {
		struct data_context *context = &h->data_context[slot];

		for (unsigned k = 0; k < context->nlog[FAST_WRITE]; k++) {
			struct fast_entry *entry =
				&context->entry[FAST_WRITE][context->log[FAST_WRITE][k]];

			if (entry->tag != FAST_EMPTY && entry->tag + entry->add == host)
				entry->tag = FAST_EMPTY;
		}
	}
}

static void drop_page(struct data_context *context, uint64_t va)
{
	struct fast_entry *read = &context->entry[FAST_READ][fast_index(va)];
	struct fast_entry *write = &context->entry[FAST_WRITE][fast_index(va)];

	if (read->tag == va)
		read->tag = FAST_EMPTY;
	if (write->tag == va)
		write->tag = FAST_EMPTY;
}

static void drop_pages(struct data_context *context, unsigned kind, uint64_t va, uint64_t bytes)
{
	for (unsigned k = 0; k < context->nlog[kind]; k++) {
		struct fast_entry *entry = &context->entry[kind][context->log[kind][k]];

		if (entry->tag - va < bytes)
			entry->tag = FAST_EMPTY;
	}
}

void mmu_tlb_dropped_data(void *ctx, const struct tlb_entry *tlb_entry)
{
	struct hart *h = ctx;

	for (uint32_t held = tlb_entry->held; held; held &= held - 1) {
		struct data_context *context = &h->data_context[__builtin_ctz(held)];
		uint64_t bytes = tlb_page_bytes(tlb_entry);

		if (likely(bytes == PAGE_BYTES)) {
			drop_page(context, tlb_entry->va);
		} else {
			drop_pages(context, FAST_READ, tlb_entry->va, bytes);
			drop_pages(context, FAST_WRITE, tlb_entry->va, bytes);
		}
	}
}

void mmu_tlb_dropped_fetch(void *ctx, const struct tlb_entry *tlb_entry)
{
	struct hart *h = ctx;

	for (uint32_t held = tlb_entry->held; held; held &= held - 1) {
		struct code_context *context = &h->code_context[__builtin_ctz(held)];
		unsigned kept = 0;

		for (unsigned k = 0; k < context->nlog; k++) {
			struct jump_entry *entry = &context->entry[context->log[k]];

			if (entry->va - tlb_entry->va < tlb_page_bytes(tlb_entry))
				entry->va = FAST_EMPTY;
			else
				context->log[kept++] = context->log[k];
		}
		context->nlog = kept;
	}
}

static void fence_page(struct hart *h, uint64_t va, bool has_asid, uint16_t asid)
{
	if (has_asid) {
		tlb_flush_va_asid(h->itlb, va, asid);
		tlb_flush_va_asid(h->dtlb, va, asid);
	} else {
		tlb_flush_va(h->itlb, va);
		tlb_flush_va(h->dtlb, va);
	}
}

void mmu_fence(struct hart *h, bool has_va, uint64_t va, bool has_asid, uint16_t asid)
{
	h->fetch_page = FETCH_NONE;
	if (has_va) {
		fence_page(h, va & ~PAGE_MASK, has_asid, asid);
		return;
	}
	if (has_asid) {
		tlb_flush_asid(h->itlb, asid);
		tlb_flush_asid(h->dtlb, asid);
	} else {
		tlb_flush_all(h->itlb);
		tlb_flush_all(h->dtlb);
	}
	for (unsigned slot = CONTEXT_TRANSLATED; slot < CONTEXTS; slot++) {
		if (!has_asid || (uint16_t)(h->data_key[slot] >> 4) == asid) {
			mmu_empty_array(&h->data_context[slot], FAST_READ);
			mmu_empty_array(&h->data_context[slot], FAST_WRITE);
		}
		if (!has_asid || (uint16_t)(h->code_key[slot] >> 4) == asid)
			empty_jumps(&h->code_context[slot]);
	}
}

void mmu_pmp_changed(struct hart *h)
{
	bool uniform;
	uint8_t all = pmp_permissions(&h->pmp, 0, 1ull << PHYS_BITS, false, &uniform);

	h->pmp_open = uniform && all == (PMP_R | PMP_W | PMP_X);
	mmu_drop_data(h);
	mmu_drop_jumps(h);
	h->fetch_page = FETCH_NONE;
}

/* ---- Views and their contexts ------------------------------------------------------------- */

void mmu_init(struct hart *h)
{
	for (unsigned slot = 0; slot < CONTEXTS; slot++) {
		memset(h->data_context[slot].entry, 0xff, sizeof(h->data_context[slot].entry));
		memset(h->data_context[slot].nlog, 0, sizeof(h->data_context[slot].nlog));
		for (unsigned k = 0; k < JUMP_ENTRIES; k++)
			h->code_context[slot].entry[k].va = FAST_EMPTY;
		h->code_context[slot].nlog = 0;
		h->data_key[slot] = h->code_key[slot] = UINT32_MAX;
	}
	for (unsigned k = 0; k < QUICK_STEPS; k++)
		h->steps[k] = (struct quick_steps){ .region = QUICK_NO_REGION,
						    .table = h->env.ram->host };
	h->data_next = h->code_next = CONTEXT_TRANSLATED;
	h->data = &h->views.entry[0].data;
	h->fetch = &h->views.entry[0].fetch;
}

static uint32_t make_key(const struct view *view)
{
	return (uint32_t)view->sv.mode | (uint32_t)view->asid << 4 |
	       (uint32_t)view->sv.priv << KEY_PRIV | (uint32_t)view->sv.sum << KEY_SUM |
	       (uint32_t)view->sv.mxr << 22;
}

/* The slot of the pool that belongs to `key`; *fresh if it belonged to another until now. */
static unsigned find_slot(uint32_t key, uint32_t keys[CONTEXTS], unsigned *next, bool *fresh)
{
	unsigned slot;

	*fresh = false;
	for (slot = CONTEXT_TRANSLATED; slot < CONTEXTS; slot++)
		if (keys[slot] == key)
			return slot;
	*fresh = true;
	slot = *next;
	*next = slot + 1 == CONTEXTS ? CONTEXT_TRANSLATED : slot + 1;
	keys[slot] = key;
	return slot;
}

static void make_view(const struct hart *h, struct view *view, enum priv priv)
{
	unsigned mode = h->csr.satp >> 60;

	view->machine = priv == PRIV_M;
	view->translated = priv != PRIV_M && mode != SV_BARE;
	view->slot = view->machine ? CONTEXT_MACHINE : CONTEXT_BARE;
	view->asid = (uint16_t)(h->csr.satp >> 44);
	view->unused_bits = (uint8_t)(64 - (12 + 9 * sv_levels(mode)));
	view->quick = mode == SV_39 && !h->config.slow;
	view->sv.mode = mode;
	view->sv.root_ppn = h->csr.satp & ((1ull << 44) - 1);
	view->sv.priv = priv == PRIV_U ? SV_USER : SV_SUPERVISOR;
	view->sv.sum = false;
	view->sv.mxr = false;
	view->sv.ad_update = h->csr.menvcfg & MENVCFG_ADUE;
	view->sv.svpbmt = h->csr.menvcfg & MENVCFG_PBMTE;
	view->sv.svnapot = hart_has(&h->config, EXT_SVNAPOT);
	view->sv.pa_bits = PHYS_BITS;
}

/* The slot for a translated view; taking it from another makes remembered views wrong. */
static uint8_t data_slot(struct hart *h, uint32_t key)
{
	bool fresh;
	unsigned slot = find_slot(key, h->data_key, &h->data_next, &fresh);

	if (fresh) {
		mmu_empty_array(&h->data_context[slot], FAST_READ);
		mmu_empty_array(&h->data_context[slot], FAST_WRITE);
		h->views.valid = 0;
	}
	return (uint8_t)slot;
}

static uint8_t code_slot(struct hart *h, uint32_t key)
{
	bool fresh;
	unsigned slot = find_slot(key, h->code_key, &h->code_next, &fresh);

	if (fresh) {
		empty_jumps(&h->code_context[slot]);
		h->views.valid = 0;
	}
	return (uint8_t)slot;
}

static void compute_fetch(struct hart *h, struct view *view)
{
	make_view(h, view, h->priv);
	if (!view->translated)
		return;
	view->key = make_key(view);
	view->slot = code_slot(h, view->key);
	view->plain[SV_FETCH] = quick_rule(&view->sv, SV_FETCH);
}

static void compute_data(struct hart *h, struct view *view, enum priv effective)
{
	make_view(h, view, effective);
	if (!view->translated)
		return;
	view->sv.sum = effective == PRIV_S && h->csr.mstatus & MSTATUS_SUM;
	view->sv.mxr = h->csr.mstatus & MSTATUS_MXR;
	view->key = make_key(view);
	view->slot = data_slot(h, view->key);
	view->plain[SV_LOAD] = quick_rule(&view->sv, SV_LOAD);
	view->plain[SV_STORE] = quick_rule(&view->sv, SV_STORE);
}

void mmu_update_view(struct hart *h)
{
	struct view_cache *views = &h->views;
	uint64_t mstatus = h->csr.mstatus;
	unsigned k = h->priv | (mstatus & MSTATUS_SUM ? 4 : 0) | (mstatus & MSTATUS_MXR ? 8 : 0);
	enum priv effective = h->priv;

	hart_settle(h);
	if (views->satp != h->csr.satp || views->menvcfg != h->csr.menvcfg) {
		views->satp = h->csr.satp;
		views->menvcfg = h->csr.menvcfg;
		views->valid = 0;
	}
	if (unlikely(h->priv == PRIV_M && mstatus & MSTATUS_MPRV)) {
		k = VIEW_MPRV;
		effective = (enum priv)(mstatus >> 11 & 3);
		views->valid &= ~(1u << VIEW_MPRV);
	}
	h->fetch = &views->entry[k].fetch;
	h->data = &views->entry[k].data;
	if (unlikely(!(views->valid >> k & 1))) {
		compute_fetch(h, &views->entry[k].fetch);
		compute_data(h, &views->entry[k].data, effective);
		views->valid |= 1u << k;
	}
	h->fetch_translated = h->fetch->translated;
	h->jump = h->code_context[h->fetch->slot].entry;
	h->fast = h->data_context[h->data->slot].entry[0];
}
