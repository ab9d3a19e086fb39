#include "emu/hart_internal.h"

#include <string.h>

#include "emu/blocks.h"
#include "emu/fp.h"

#define CACHE_BLOCK 64

/* ---- Physical memory ---------------------------------------------------------------------- */

/* Nothing is refused by PMP, whatever the access. */
static inline bool pmp_is_open(const struct hart *h, bool machine)
{
	return machine ? !h->pmp.any_locked && !h->pmp.any_fine : h->pmp_open;
}

static inline bool pmp_allows(const struct hart *h, uint64_t pa, uint64_t bytes,
			      enum sv_access access, bool machine)
{
	if (pmp_is_open(h, machine))
		return true;
	return pmp_check(&h->pmp, pa, bytes, access, machine);
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

/* Whatever else a store to guest RAM means to somebody. */
static void ram_written(struct hart *h, uint64_t pa, unsigned bytes)
{
	uint8_t flags = h->env.ram->frame_flags[ram_frame(h->env.ram, pa)];

	if (likely(!flags))
		return;
	if (flags & FRAME_FLAG_CODE)
		code_written(h->group, pa, bytes);
	if (flags & FRAME_FLAG_HTIF && h->env.htif_store) {
		uint32_t mxcsr = fp_suspend();

		h->env.htif_store(h->env.ctx, pa & ~7ull);
		fp_set_mxcsr(mxcsr);
	}
}

static enum sv_port_status port_read_pte(void *ctx, uint64_t pte_pa, uint64_t *pte)
{
	const struct hart *h = ctx;

	if (!ram_holds(h->env.ram, pte_pa, 8) || !pmp_allows(h, pte_pa, 8, SV_LOAD, false))
		return SV_PORT_DENIED;
	memcpy(pte, ram_at(h->env.ram, pte_pa), 8);
	return SV_PORT_OK;
}

static enum sv_port_status port_cas_pte(void *ctx, uint64_t pte_pa, uint64_t expected,
					uint64_t desired)
{
	struct hart *h = ctx;
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

static enum sv_port_status port_check_pa(void *ctx, uint64_t pa, enum sv_access access)
{
	const struct hart *h = ctx;

	if (!ram_holds(h->env.ram, pa, 1) && !bus_find(h->env.bus, pa, 1))
		return SV_PORT_DENIED;
	return pmp_allows(h, pa, 1, access, false) ? SV_PORT_OK : SV_PORT_DENIED;
}

/* A walk for others' eyes pretends that the update of A and D succeeds. */
static enum sv_port_status port_pretend_cas(void *ctx, uint64_t pte_pa, uint64_t expected,
					    uint64_t desired)
{
	const struct hart *h = ctx;

	(void)expected;
	(void)desired;
	return pmp_allows(h, pte_pa, 8, SV_STORE, false) ? SV_PORT_OK : SV_PORT_DENIED;
}

struct sv_walk hart_translate(const struct hart *h, uint64_t va, enum sv_access access)
{
	const struct view *view = access == SV_FETCH ? &h->fetch : &h->data;
	const struct sv_port port = { (void *)h, port_read_pte, port_pretend_cas, port_check_pa };

	if (!view->translated)
		return (struct sv_walk){ .status = SV_OK,
					 .access = access,
					 .va = va,
					 .pa = va,
					 .page_bytes = PAGE_BYTES };
	return sv39_walk(&port, &view->sv, va, access);
}

/* ---- Translation -------------------------------------------------------------------------- */

static bool refuse(struct hart *h, uint64_t cause, uint64_t va)
{
	h->exc.cause = cause;
	h->exc.tval = va;
	h->exc.uncounted = false;
	return false;
}

static uint64_t access_fault(enum sv_access access)
{
	return sv_cause(SV_PA_ACCESS, access);
}

static struct tlb_entry *walk_and_fill(struct hart *h, const struct view *view, uint64_t va,
				       enum sv_access access)
{
	const struct sv_port port = { h, port_read_pte, port_cas_pte, port_check_pa };
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

static bool is_canonical(const struct view *view, uint64_t va)
{
	unsigned unused = 64 - (12 + 9 * sv_levels(view->sv.mode));

	return (uint64_t)((int64_t)(va << unused) >> unused) == va;
}

/*
 * Physical address of va for this access; *held is where to note copies of the translation.  A
 * store that meets an entry filled by a load walks again for the D bit.
 */
static bool translate(struct hart *h, const struct view *view, uint64_t va, enum sv_access access,
		      uint64_t *pa, struct tlb_entry **held)
{
	struct tlb_entry *entry = NULL;

	*held = NULL;
	if (!view->translated) {
		if (va >> PHYS_BITS)
			return refuse(h, access_fault(access), va);
		*pa = va;
		return true;
	}
	if (is_canonical(view, va))
		entry = tlb_find(access == SV_FETCH ? h->itlb : h->dtlb, va, view->asid);
	if (entry) {
		enum sv_status status = sv_check_leaf(entry->pte, &view->sv, access);

		if (status != SV_OK)
			return refuse(h, sv_cause(status, access), va);
		if (access == SV_STORE && !(entry->pte & PTE_D))
			entry = NULL;
	}
	if (!entry)
		entry = walk_and_fill(h, view, va, access);
	if (!entry)
		return false;
	*held = entry;
	*pa = entry->pa + (va - entry->va);
	return true;
}

/* ---- Fast arrays -------------------------------------------------------------------------- */

static unsigned fast_index(uint64_t va)
{
	return (unsigned)(va >> 12) & (FAST_ENTRIES - 1);
}

static inline unsigned jump_index(uint64_t va)
{
	return (unsigned)(va >> 1) & (JUMP_ENTRIES - 1);
}

static void empty_array(struct data_context *context, unsigned kind)
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
		empty_array(&h->data_context[slot], FAST_READ);
		empty_array(&h->data_context[slot], FAST_WRITE);
	}
}

void mmu_drop_jumps(struct hart *h)
{
	for (unsigned slot = 0; slot < CONTEXTS; slot++)
		empty_jumps(&h->code_context[slot]);
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

/* Remember that `va` may be accessed in this way, if nothing forbids the short cut. */
static void fast_fill(struct hart *h, unsigned kind, uint64_t va, uint64_t pa,
		      struct tlb_entry *held)
{
	const struct ram *ram = h->env.ram;
	uint64_t pa_page = pa & ~PAGE_MASK;
	uint8_t refusing = kind == FAST_WRITE ? 0xff : FRAME_FLAG_WATCH;
	struct data_context *context = &h->data_context[h->data.slot];
	unsigned index = fast_index(va);
	struct fast_entry *entry = &context->entry[kind][index];
	bool open = pmp_is_open(h, h->data.machine);
	bool uniform;

	if (!ram_holds(ram, pa_page, PAGE_BYTES))
		return;
	ram->touched[ram_frame(ram, pa)] = 1;
	if (h->config.slow || ram->frame_flags[ram_frame(ram, pa)] & refusing)
		return;
	if (!open) {
		uint8_t granted =
			pmp_permissions(&h->pmp, pa_page, PAGE_BYTES, h->data.machine, &uniform);

		if (!uniform || !(granted & (kind == FAST_WRITE ? PMP_W : PMP_R)))
			return;
		/* AMOs use the write array and read as well. */
		if (kind == FAST_WRITE && !(granted & PMP_R))
			return;
	}
	if (held)
		held->held |= 1u << h->data.slot;
	if (entry->tag == FAST_EMPTY) {
		/* An entry emptied singly is still in the log: the log may list a slot twice, but
		 * never more often than there are fills, so it is emptied when it is full. */
		if (context->nlog[kind] == FAST_ENTRIES)
			empty_array(context, kind);
		context->log[kind][context->nlog[kind]++] = (uint16_t)index;
	}
	entry->tag = va & ~PAGE_MASK;
	entry->add = (uint64_t)(uintptr_t)ram_at(ram, pa_page) - entry->tag;
}

static void drop_pages(struct data_context *context, unsigned kind, uint64_t va, uint64_t bytes)
{
	if (bytes == PAGE_BYTES) {
		struct fast_entry *entry = &context->entry[kind][fast_index(va)];

		if (entry->tag == va)
			entry->tag = FAST_EMPTY;
		return;
	}
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

		drop_pages(context, FAST_READ, tlb_entry->va, tlb_entry->page_bytes);
		drop_pages(context, FAST_WRITE, tlb_entry->va, tlb_entry->page_bytes);
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

			if (entry->va - tlb_entry->va < tlb_entry->page_bytes)
				entry->va = FAST_EMPTY;
			else
				context->log[kept++] = context->log[k];
		}
		context->nlog = kept;
	}
}

void mmu_fence(struct hart *h, bool has_va, uint64_t va, bool has_asid, uint16_t asid)
{
	h->fetch_page = FETCH_NONE;
	if (has_va) {
		va &= ~PAGE_MASK;
		if (has_asid) {
			tlb_flush_va_asid(h->itlb, va, asid);
			tlb_flush_va_asid(h->dtlb, va, asid);
		} else {
			tlb_flush_va(h->itlb, va);
			tlb_flush_va(h->dtlb, va);
		}
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
			empty_array(&h->data_context[slot], FAST_READ);
			empty_array(&h->data_context[slot], FAST_WRITE);
		}
		if (!has_asid || (uint16_t)(h->code_key[slot] >> 4) == asid)
			empty_jumps(&h->code_context[slot]);
	}
}

/* ---- Contexts ----------------------------------------------------------------------------- */

static uint32_t make_key(const struct view *view)
{
	return (uint32_t)view->sv.mode | (uint32_t)view->asid << 4 | (uint32_t)view->sv.priv << 20 |
	       (uint32_t)view->sv.sum << 21 | (uint32_t)view->sv.mxr << 22;
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
	view->asid = (uint16_t)(h->csr.satp >> 44);
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
		empty_array(&h->data_context[slot], FAST_READ);
		empty_array(&h->data_context[slot], FAST_WRITE);
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

static void compute_views(struct hart *h, enum priv effective)
{
	make_view(h, &h->fetch, h->priv);
	h->fetch.slot = h->fetch.machine ? CONTEXT_MACHINE : CONTEXT_BARE;
	if (h->fetch.translated) {
		h->fetch.key = make_key(&h->fetch);
		h->fetch.slot = code_slot(h, h->fetch.key);
	}
	make_view(h, &h->data, effective);
	h->data.slot = h->data.machine ? CONTEXT_MACHINE : CONTEXT_BARE;
	if (h->data.translated) {
		h->data.sv.sum = effective == PRIV_S && h->csr.mstatus & MSTATUS_SUM;
		h->data.sv.mxr = h->csr.mstatus & MSTATUS_MXR;
		h->data.key = make_key(&h->data);
		h->data.slot = data_slot(h, h->data.key);
	}
}

void mmu_update_view(struct hart *h)
{
	struct view_cache *views = &h->views;
	uint64_t mstatus = h->csr.mstatus;
	unsigned k = h->priv | (mstatus & MSTATUS_SUM ? 4 : 0) | (mstatus & MSTATUS_MXR ? 8 : 0);

	hart_settle(h);
	if (views->satp != h->csr.satp || views->menvcfg != h->csr.menvcfg) {
		views->satp = h->csr.satp;
		views->menvcfg = h->csr.menvcfg;
		views->valid = 0;
	}
	if (unlikely(h->priv == PRIV_M && mstatus & MSTATUS_MPRV)) {
		compute_views(h, (enum priv)(mstatus >> 11 & 3));
	} else if (views->valid >> k & 1) {
		h->data = views->entry[k].data;
		h->fetch = views->entry[k].fetch;
	} else {
		compute_views(h, h->priv);
		views->entry[k].data = h->data;
		views->entry[k].fetch = h->fetch;
		views->valid |= (uint16_t)(1u << k);
	}
	h->jump = h->code_context[h->fetch.slot].entry;
	h->fast = h->data_context[h->data.slot].entry[0];
}

/* ---- Loads and stores --------------------------------------------------------------------- */

/* Translate and check all of an operand that lies in one page. */
static bool operand(struct hart *h, uint64_t va, unsigned bytes, enum sv_access access,
		    uint64_t *pa)
{
	struct tlb_entry *held;

	if (!translate(h, &h->data, va, access, pa, &held))
		return false;
	if (!pmp_allows(h, *pa, bytes, access, h->data.machine))
		return refuse(h, access_fault(access), va);
	fast_fill(h, access == SV_STORE ? FAST_WRITE : FAST_READ, va, *pa, held);
	return true;
}

/* Devices are not the guest: what they compute must not show in its fflags. */
static bool read_device(struct hart *h, uint64_t pa, unsigned bytes, uint64_t *value)
{
	uint32_t mxcsr = fp_suspend();
	bool ok = !(pa & (bytes - 1)) && bus_read(h->env.bus, pa, bytes, value);

	fp_set_mxcsr(mxcsr);
	return ok;
}

static bool write_device(struct hart *h, uint64_t pa, unsigned bytes, uint64_t value)
{
	uint32_t mxcsr = fp_suspend();
	bool ok = !(pa & (bytes - 1)) && bus_write(h->env.bus, pa, bytes, value);

	fp_set_mxcsr(mxcsr);
	return ok;
}

/* Copies whose size is known are single moves. */
static inline uint64_t ram_read(const void *host, unsigned bytes)
{
	union {
		uint8_t b;
		uint16_t h;
		uint32_t w;
		uint64_t d;
	} u;

	switch (bytes) {
	case 1:
		memcpy(&u.b, host, 1);
		return u.b;
	case 2:
		memcpy(&u.h, host, 2);
		return u.h;
	case 4:
		memcpy(&u.w, host, 4);
		return u.w;
	default:
		memcpy(&u.d, host, 8);
		return u.d;
	}
}

static inline void ram_write(void *host, unsigned bytes, uint64_t value)
{
	switch (bytes) {
	case 1:
		memcpy(host, &value, 1);
		break;
	case 2:
		memcpy(host, &value, 2);
		break;
	case 4:
		memcpy(host, &value, 4);
		break;
	default:
		memcpy(host, &value, 8);
	}
}

static bool read_pa(struct hart *h, uint64_t pa, unsigned bytes, uint64_t *value)
{
	if (likely(ram_holds(h->env.ram, pa, bytes))) {
		*value = ram_read(ram_at(h->env.ram, pa), bytes);
		return true;
	}
	return read_device(h, pa, bytes, value);
}

static bool write_pa(struct hart *h, uint64_t pa, unsigned bytes, uint64_t value)
{
	if (likely(ram_holds(h->env.ram, pa, bytes))) {
		ram_write(ram_at(h->env.ram, pa), bytes, value);
		ram_written(h, pa, bytes);
		return true;
	}
	return write_device(h, pa, bytes, value);
}

static bool crosses_page(uint64_t va, unsigned bytes)
{
	return (va & PAGE_MASK) + bytes > PAGE_BYTES;
}

/* Both pages of an operand that crosses: the second one is an access of its own. */
static bool crossing_operand(struct hart *h, uint64_t va, unsigned bytes, enum sv_access access,
			     uint64_t pa[2], unsigned *first)
{
	*first = (unsigned)(PAGE_BYTES - (va & PAGE_MASK));
	if (!operand(h, va, *first, access, &pa[0]))
		return false;
	if (h->data.translated)
		h->counters.dtlb_accesses++;
	if (!operand(h, va + *first, bytes - *first, access, &pa[1]))
		return false;
	/* Parts of a crossing operand have odd sizes that no device serves. */
	if (!ram_holds(h->env.ram, pa[0], *first))
		return refuse(h, access_fault(access), va);
	if (!ram_holds(h->env.ram, pa[1], bytes - *first))
		return refuse(h, access_fault(access), va + *first);
	return true;
}

/* Those that trap do so before anything is translated, and are no access. */
static bool misaligned(struct hart *h, uint64_t va, unsigned bytes, uint64_t cause)
{
	if (likely(!h->config.misaligned_traps || !(va & (bytes - 1))))
		return false;
	refuse(h, cause, va);
	return h->exc.uncounted = true;
}

bool mem_read(struct hart *h, uint64_t va, unsigned bytes, uint64_t *value)
{
	uint64_t pa[2];
	unsigned first;

	if (misaligned(h, va, bytes, CAUSE_LOAD_MISALIGNED))
		return false;
	if (unlikely(crosses_page(va, bytes))) {
		if (!crossing_operand(h, va, bytes, SV_LOAD, pa, &first))
			return false;
		*value = 0;
		memcpy(value, ram_at(h->env.ram, pa[0]), first);
		memcpy((uint8_t *)value + first, ram_at(h->env.ram, pa[1]), bytes - first);
		return true;
	}
	if (!operand(h, va, bytes, SV_LOAD, &pa[0]))
		return false;
	return read_pa(h, pa[0], bytes, value) || refuse(h, CAUSE_LOAD_ACCESS, va);
}

bool mem_write(struct hart *h, uint64_t va, unsigned bytes, uint64_t value)
{
	uint64_t pa[2];
	unsigned first;

	if (misaligned(h, va, bytes, CAUSE_STORE_MISALIGNED))
		return false;
	if (unlikely(crosses_page(va, bytes))) {
		if (!crossing_operand(h, va, bytes, SV_STORE, pa, &first))
			return false;
		memcpy(ram_at(h->env.ram, pa[0]), &value, first);
		memcpy(ram_at(h->env.ram, pa[1]), (uint8_t *)&value + first, bytes - first);
		ram_written(h, pa[0], first);
		ram_written(h, pa[1], bytes - first);
		return true;
	}
	if (!operand(h, va, bytes, SV_STORE, &pa[0]))
		return false;
	return write_pa(h, pa[0], bytes, value) || refuse(h, CAUSE_STORE_ACCESS, va);
}

/* ---- A extension -------------------------------------------------------------------------- */

/* Misaligned LR, SC and AMO trap before anything is translated. */
static bool aligned(struct hart *h, uint64_t va, unsigned bytes, uint64_t cause)
{
	if (likely(!(va & (bytes - 1))))
		return true;
	refuse(h, cause, va);
	h->exc.uncounted = true;
	return false;
}

bool mem_load_reserved(struct hart *h, uint64_t va, unsigned bytes, uint64_t *value)
{
	uint64_t pa;

	if (!aligned(h, va, bytes, CAUSE_LOAD_MISALIGNED) || !operand(h, va, bytes, SV_LOAD, &pa))
		return false;
	if (!ram_holds(h->env.ram, pa, bytes))
		return refuse(h, CAUSE_LOAD_ACCESS, va);
	*value = ram_read(ram_at(h->env.ram, pa), bytes);
	h->reservation.valid = true;
	h->reservation.pa = pa;
	h->reservation.bytes = (uint8_t)bytes;
	return true;
}

bool mem_store_conditional(struct hart *h, uint64_t va, unsigned bytes, uint64_t value,
			   uint64_t *failed)
{
	uint64_t pa;

	if (!aligned(h, va, bytes, CAUSE_STORE_MISALIGNED) || !operand(h, va, bytes, SV_STORE, &pa))
		return false;
	if (!ram_holds(h->env.ram, pa, bytes))
		return refuse(h, CAUSE_STORE_ACCESS, va);
	*failed = !h->reservation.valid || h->reservation.pa != pa || h->reservation.bytes != bytes;
	h->reservation.valid = false;
	if (!*failed) {
		ram_write(ram_at(h->env.ram, pa), bytes, value);
		ram_written(h, pa, bytes);
	}
	return true;
}

bool mem_amo(struct hart *h, uint64_t va, unsigned bytes, void **host, uint64_t *pa)
{
	if (!aligned(h, va, bytes, CAUSE_STORE_MISALIGNED) || !operand(h, va, bytes, SV_STORE, pa))
		return false;
	if (!ram_holds(h->env.ram, *pa, bytes) ||
	    !pmp_allows(h, *pa, bytes, SV_LOAD, h->data.machine))
		return refuse(h, CAUSE_STORE_ACCESS, va);
	*host = ram_at(h->env.ram, *pa);
	return true;
}

void mem_amo_done(struct hart *h, uint64_t pa, unsigned bytes)
{
	ram_written(h, pa, bytes);
}

/* ---- Cache blocks (Zicbom, Zicboz) ----------------------------------------------------------- */

/* "A cache-block management instruction is permitted to access the specified cache block whenever a
 * load or store is", and what it raises are store faults. */
bool mem_block_check(struct hart *h, uint64_t va)
{
	static const uint8_t as_store[16] = {
		[CAUSE_LOAD_ACCESS] = CAUSE_STORE_ACCESS, [CAUSE_LOAD_PAGE] = CAUSE_STORE_PAGE
	};
	uint64_t pa;

	h->acc++;
	if (operand(h, va, 1, SV_LOAD, &pa))
		return true;
	h->exc.cause = as_store[h->exc.cause & 15];
	return false;
}

bool mem_block_zero(struct hart *h, uint64_t va)
{
	uint64_t block = va & ~(uint64_t)(CACHE_BLOCK - 1), pa;

	h->acc++;
	if (!operand(h, block, CACHE_BLOCK, SV_STORE, &pa)) {
		h->exc.tval = va;
		return false;
	}
	if (!ram_holds(h->env.ram, pa, CACHE_BLOCK))
		return refuse(h, CAUSE_STORE_ACCESS, va);
	memset(ram_at(h->env.ram, pa), 0, CACHE_BLOCK);
	ram_written(h, pa, CACHE_BLOCK);
	return true;
}

/* ---- Fetches ------------------------------------------------------------------------------ */

bool mem_fetch_pa(struct hart *h, uint64_t va, uint64_t *pa)
{
	struct tlb_entry *held;

	if (h->fetch_page != (va & ~PAGE_MASK)) {
		h->fetch_page = FETCH_NONE;
		if (h->fetch.translated)
			h->counters.itlb_accesses++;
	}
	if (!translate(h, &h->fetch, va, SV_FETCH, pa, &held))
		return false;
	h->fetch_page = va & ~PAGE_MASK;
	if (ram_holds(h->env.ram, *pa, 1))
		h->env.ram->touched[ram_frame(h->env.ram, *pa)] = 1;
	if (held)
		held->held |= 1u << h->fetch.slot;
	return true;
}

static bool fetch_half(struct hart *h, uint64_t va, uint64_t pa, uint16_t *half)
{
	uint64_t value;

	if (!pmp_allows(h, pa, 2, SV_FETCH, h->fetch.machine) || !read_pa(h, pa, 2, &value))
		return refuse(h, CAUSE_FETCH_ACCESS, va);
	*half = (uint16_t)value;
	return true;
}

bool mem_fetch(struct hart *h, uint32_t *bits)
{
	uint64_t pa;
	uint16_t half;

	if (!mem_fetch_pa(h, h->pc, &pa) || !fetch_half(h, h->pc, pa, &half))
		return false;
	*bits = half;
	if ((half & 3) != 3)
		return true;
	pa += 2;
	if (!((h->pc + 2) & PAGE_MASK) && !mem_fetch_pa(h, h->pc + 2, &pa))
		return false;
	if (!fetch_half(h, h->pc + 2, pa, &half))
		return false;
	*bits |= (uint32_t)half << 16;
	return true;
}
