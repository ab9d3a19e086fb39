#include "emu/softmmu.h"

#include <string.h>

#include "emu/blocks.h"
#include "emu/fp.h"

/* ---- Physical memory ---------------------------------------------------------------------- */

void ram_written_noted(struct hart *h, uint64_t pa, unsigned bytes, uint8_t flags)
{
	if (flags & FRAME_FLAG_CODE)
		code_written(h->group, pa, bytes);
	if (flags & FRAME_FLAG_TOLD && h->watch && pa == h->watch->told_pa &&
	    h->watch->told(h->watch->ctx))
		mmu_drop_user(h, false);
	if (flags & FRAME_FLAG_HTIF && h->env.htif_store) {
		uint32_t mxcsr = fp_suspend();

		h->env.htif_store(h->env.ctx, pa & ~7ull);
		fp_set_mxcsr(mxcsr);
	}
}

/* ---- Translation -------------------------------------------------------------------------- */

static bool is_canonical(const struct view *view, uint64_t va)
{
	return (uint64_t)((int64_t)(va << view->unused_bits) >> view->unused_bits) == va;
}

static inline struct quick_steps *quick_steps(struct hart *h, uint64_t va)
{
	return &h->steps[va >> 21 & (QUICK_STEPS - 1)];
}

/* May misses be settled in short: nothing is refused by PMP, nobody counts or observes them? */
static inline bool quick_allowed(const struct hart *h, const struct view *view)
{
	return view->quick && h->pmp_open && !h->hpm_active &&
	       !(h->env.events->mask & (EVENT_BIT(EVENT_WALK) | EVENT_BIT(EVENT_TLB_FILL)));
}

/*
 * A miss in the commonest case: NULL if it is another.  What the host itself has to wait for, the PTE
 * and the guest's data, is fetched as early as can be: that may well be the longest part of all this.
 */
static inline __attribute__((always_inline)) struct tlb_entry *
fill_quickly(struct hart *h, const struct view *view, uint64_t va, enum sv_access access,
	     uint64_t *pa)
{
	struct tlb *tlb = access == SV_FETCH ? h->itlb : h->dtlb;
	struct sv_walk walk;

	if (!quick_walk(h->env.ram, &view->sv, &view->plain[access], va, access, quick_steps(h, va),
			&walk))
		return NULL;
	*pa = walk.pa;
	__builtin_prefetch(ram_at(h->env.ram, walk.pa));
	tlb_count_miss(tlb);
	h->counters.walks++;
	h->counters.pte_reads += walk.pte_reads;
	return tlb_fill_page(tlb, va, walk.pa, walk.pte, view->asid, walk.global);
}

/* Physical address of va for this access, of bytes that lie in one page; *held is where to note copies
 * of the translation. */
static inline __attribute__((always_inline)) bool translate(struct hart *h, const struct view *view,
							    uint64_t va, unsigned bytes,
							    enum sv_access access, uint64_t *pa,
							    struct tlb_entry **held)
{
	struct tlb_entry *entry = NULL;

	*held = NULL;
	if (!view->translated) {
		if (va >> PHYS_BITS)
			return refuse(h, access_fault(access), va);
		*pa = va;
		return true;
	}
	quick_prefetch(quick_steps(h, va), va);
	if (likely(is_canonical(view, va)))
		entry = tlb_find(access == SV_FETCH ? h->itlb : h->dtlb, va, view->asid);
	if (!entry && quick_allowed(h, view)) {
		*held = fill_quickly(h, view, va, access, pa);
		if (likely(*held))
			return true;
	}
	if (!entry || (entry->pte & view->plain[access].mask) != view->plain[access].want)
		entry = translate_slowly(h, view, va, bytes, access, entry);
	if (!entry)
		return false;
	*held = entry;
	*pa = entry->pa + (va - entry->va);
	return true;
}

/* ---- Who watches references --------------------------------------------------------------- */

static __attribute__((noinline)) void watched_data(struct hart *h, uint64_t va, uint64_t pa,
						   bool store, const struct tlb_entry *held)
{
	if (held && held->pte & PTE_U && h->watch->data(h->watch->ctx, va, pa, store, h->priv))
		mmu_drop_user(h, false);
}

static __attribute__((noinline)) void watched_fetch(struct hart *h, uint64_t va, uint64_t pa,
						    const struct tlb_entry *held)
{
	if (held && held->pte & PTE_U && h->watch->fetch(h->watch->ctx, va, pa))
		mmu_drop_user(h, true);
}

/* ---- Fast arrays -------------------------------------------------------------------------- */

/* Flags of a frame that keep it out of an array. */
static inline uint8_t fast_refused(unsigned kind)
{
	return kind == FAST_WRITE ? 0xff : FRAME_FLAG_WATCH;
}

/* Remember that `va` may be accessed in this way: that is known to be right. */
static inline __attribute__((always_inline)) void
fast_enter(struct hart *h, unsigned kind, uint64_t va, uint8_t *host_page, struct tlb_entry *held)
{
	struct data_context *context = &h->data_context[h->data->slot];
	struct fast_entry *entry = &context->entry[kind][fast_index(va)];

	if (held)
		held->held |= 1u << h->data->slot;
	if (unlikely(entry->tag == FAST_EMPTY)) {
		/* An entry emptied singly is still in the log: the log may list a slot twice, but
		 * never more often than there are fills, so it is emptied when it is full. */
		if (context->nlog[kind] == FAST_ENTRIES)
			mmu_empty_array(context, kind);
		context->log[kind][context->nlog[kind]++] = (uint16_t)fast_index(va);
	}
	entry->tag = va & ~PAGE_MASK;
	entry->add = (uint64_t)(uintptr_t)host_page - entry->tag;
}

/* Is it? */
static __attribute__((noinline)) void fast_fill_guarded(struct hart *h, unsigned kind, uint64_t va,
							uint64_t pa, struct tlb_entry *held)
{
	const struct ram *ram = h->env.ram;
	uint64_t pa_page = pa & ~PAGE_MASK;
	bool uniform;

	if (!ram_holds(ram, pa_page, PAGE_BYTES))
		return;
	ram->touched[ram_frame(ram, pa)] = 1;
	if (h->watch)
		watched_data(h, va, pa, kind == FAST_WRITE, held);
	if (h->config.slow || ram->frame_flags[ram_frame(ram, pa)] & fast_refused(kind))
		return;
	if (!pmp_is_open(h, h->data->machine)) {
		uint8_t granted =
			pmp_permissions(&h->pmp, pa_page, PAGE_BYTES, h->data->machine, &uniform);

		if (!uniform || !(granted & (kind == FAST_WRITE ? PMP_W : PMP_R)))
			return;
		/* AMOs use the write array and read as well. */
		if (kind == FAST_WRITE && !(granted & PMP_R))
			return;
	}
	fast_enter(h, kind, va, ram_at(ram, pa_page), held);
}

/* Remember that `va` may be accessed in this way, if nothing forbids it. */
static inline __attribute__((always_inline)) void
fast_fill(struct hart *h, unsigned kind, uint64_t va, uint64_t pa, struct tlb_entry *held)
{
	const struct ram *ram = h->env.ram;

	if (unlikely(h->apart || !pmp_is_open(h, h->data->machine) || !ram_holds(ram, pa, 1))) {
		fast_fill_guarded(h, kind, va, pa, held);
		return;
	}
	ram->touched[ram_frame(ram, pa)] = 1;
	if (likely(!(ram->frame_flags[ram_frame(ram, pa)] & fast_refused(kind))))
		fast_enter(h, kind, va, ram_at(ram, pa & ~PAGE_MASK), held);
}

/* ---- Loads and stores --------------------------------------------------------------------- */

/* Translate and check all of an operand that lies in one page. */
static inline __attribute__((always_inline)) bool
plain_operand(struct hart *h, uint64_t va, unsigned bytes, enum sv_access access, uint64_t *pa)
{
	struct tlb_entry *held;

	if (!translate(h, h->data, va, bytes, access, pa, &held))
		return false;
	if (!pmp_allows(h, *pa, bytes, access, h->data->machine))
		return refuse(h, access_fault(access), va);
	fast_fill(h, access == SV_STORE ? FAST_WRITE : FAST_READ, va, *pa, held);
	return true;
}

/* The same for others than plain loads and stores, which have it in line. */
static __attribute__((noinline)) bool operand(struct hart *h, uint64_t va, unsigned bytes,
					      enum sv_access access, uint64_t *pa)
{
	return plain_operand(h, va, bytes, access, pa);
}

/* Devices are not the guest, and nothing that they compute shows in its fflags: they, and the machine's side
 * of them, are compiled without floating point (NO_FP). */
static __attribute__((noinline)) bool read_device(struct hart *h, uint64_t pa, unsigned bytes,
						  uint64_t *value)
{
	return !(pa & (bytes - 1)) && bus_read(h->env.bus, pa, bytes, value);
}

static __attribute__((noinline)) bool write_device(struct hart *h, uint64_t pa, unsigned bytes,
						   uint64_t value)
{
	return !(pa & (bytes - 1)) && bus_write(h->env.bus, pa, bytes, value);
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

static inline bool read_pa(struct hart *h, uint64_t pa, unsigned bytes, uint64_t *value)
{
	if (likely(ram_holds(h->env.ram, pa, bytes))) {
		*value = ram_read(ram_at(h->env.ram, pa), bytes);
		return true;
	}
	return read_device(h, pa, bytes, value);
}

static inline bool write_pa(struct hart *h, uint64_t pa, unsigned bytes, uint64_t value)
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

/* Will this part of an operand be refused?  Asked without a trace. */
static bool part_refused(struct hart *h, uint64_t va, unsigned bytes, enum sv_access access)
{
	const struct view *view = h->data;
	const struct tlb_entry *entry =
		is_canonical(view, va) ? tlb_find(h->dtlb, va, view->asid) : NULL;
	uint64_t pa;

	if (entry && sv_check_leaf(entry->pte, &view->sv, access) != SV_OK)
		return true;
	if (entry && (access != SV_STORE || entry->pte & PTE_D)) {
		pa = entry->pa + (va - entry->va);
	} else {
		struct sv_walk walk = walk_unseen(h, view, va, bytes, access);

		if (walk.status != SV_OK)
			return true;
		pa = walk.pa;
	}
	return !ram_holds(h->env.ram, pa, bytes) ||
	       !pmp_allows(h, pa, bytes, access, view->machine);
}

/* Both pages of an operand that crosses: the second one is an access of its own.  If it is refused there
 * is none to the first, whose PTE stays as it is: D "must be exact (i.e., non-speculative)" (Svadu). */
static __attribute__((noinline)) bool crossing_operand(struct hart *h, uint64_t va, unsigned bytes,
						       enum sv_access access, uint64_t pa[2],
						       unsigned *first)
{
	bool second_alone;

	*first = (unsigned)(PAGE_BYTES - (va & PAGE_MASK));
	second_alone = h->data->translated && !part_refused(h, va, *first, access) &&
		       part_refused(h, va + *first, bytes - *first, access);
	if (!second_alone && !operand(h, va, *first, access, &pa[0]))
		return false;
	if (h->data->translated)
		h->counters.dtlb_accesses++;
	if (!operand(h, va + *first, bytes - *first, access, &pa[1]))
		return false;
	/* Parts of a crossing operand have odd sizes that no device serves. */
	if (!second_alone && !ram_holds(h->env.ram, pa[0], *first))
		return refuse(h, access_fault(access), va);
	if (second_alone || !ram_holds(h->env.ram, pa[1], bytes - *first))
		return refuse(h, access_fault(access), va + *first);
	return true;
}

/* Those that trap do so before anything is translated, and are no access. */
static bool misaligned(struct hart *h, uint64_t va, uint64_t cause)
{
	if (likely(!h->config.misaligned_traps))
		return false;
	refuse(h, cause, va);
	return h->exc.uncounted = true;
}

static __attribute__((noinline)) struct mem_value crossing_load(struct hart *h, uint64_t va,
								unsigned bytes)
{
	struct mem_value result = { 0, false };
	uint64_t pa[2];
	unsigned first;

	if (!crossing_operand(h, va, bytes, SV_LOAD, pa, &first))
		return result;
	memcpy(&result.value, ram_at(h->env.ram, pa[0]), first);
	memcpy((uint8_t *)&result.value + first, ram_at(h->env.ram, pa[1]), bytes - first);
	result.ok = true;
	return result;
}

struct mem_value mem_load(struct hart *h, uint64_t va, unsigned bytes)
{
	struct mem_value result = { 0, false };
	uint64_t pa;

	if (unlikely(va & (bytes - 1))) {
		if (misaligned(h, va, CAUSE_LOAD_MISALIGNED))
			return result;
		if (crosses_page(va, bytes))
			return crossing_load(h, va, bytes);
	}
	if (!plain_operand(h, va, bytes, SV_LOAD, &pa))
		return result;
	if (likely(ram_holds(h->env.ram, pa, bytes)))
		return (struct mem_value){ ram_read(ram_at(h->env.ram, pa), bytes), true };
	result.ok = read_device(h, pa, bytes, &result.value) || refuse(h, CAUSE_LOAD_ACCESS, va);
	return result;
}

bool mem_read(struct hart *h, uint64_t va, unsigned bytes, uint64_t *value)
{
	struct mem_value result = mem_load(h, va, bytes);

	*value = result.value;
	return result.ok;
}

static __attribute__((noinline)) bool crossing_store(struct hart *h, uint64_t va, unsigned bytes,
						     uint64_t value)
{
	uint64_t pa[2];
	unsigned first;

	if (!crossing_operand(h, va, bytes, SV_STORE, pa, &first))
		return false;
	memcpy(ram_at(h->env.ram, pa[0]), &value, first);
	memcpy(ram_at(h->env.ram, pa[1]), (uint8_t *)&value + first, bytes - first);
	ram_written(h, pa[0], first);
	ram_written(h, pa[1], bytes - first);
	return true;
}

bool mem_write(struct hart *h, uint64_t va, unsigned bytes, uint64_t value)
{
	uint64_t pa;

	if (unlikely(va & (bytes - 1))) {
		if (misaligned(h, va, CAUSE_STORE_MISALIGNED))
			return false;
		if (crosses_page(va, bytes))
			return crossing_store(h, va, bytes, value);
	}
	if (!plain_operand(h, va, bytes, SV_STORE, &pa))
		return false;
	return write_pa(h, pa, bytes, value) || refuse(h, CAUSE_STORE_ACCESS, va);
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
	if (!pmp_allows(h, *pa, bytes, SV_LOAD, h->data->machine))
		return refuse(h, CAUSE_STORE_ACCESS, va);
	if (ram_holds(h->env.ram, *pa, bytes)) {
		*host = ram_at(h->env.ram, *pa);
		return true;
	}
	/* Drivers set and clear bits of the PLIC so: it is read here and written by mem_amo_done. */
	*host = &h->value;
	return read_device(h, *pa, bytes, &h->value) || refuse(h, CAUSE_STORE_ACCESS, va);
}

/* A device that was read of that width takes it as well. */
void mem_amo_done(struct hart *h, uint64_t pa, unsigned bytes)
{
	if (likely(ram_holds(h->env.ram, pa, bytes)))
		ram_written(h, pa, bytes);
	else
		write_device(h, pa, bytes, bytes == 4 ? (uint32_t)h->value : h->value);
}

/* ---- Cache blocks (Zicbom, Zicboz) ----------------------------------------------------------- */

/* "A cache-block management instruction is permitted to access the specified cache block whenever a
 * load instruction or store instruction is permitted to access the corresponding physical addresses",
 * so there has to be something; what it raises are store faults. */
bool mem_block_check(struct hart *h, uint64_t va)
{
	static const uint8_t as_store[16] = {
		[CAUSE_LOAD_ACCESS] = CAUSE_STORE_ACCESS, [CAUSE_LOAD_PAGE] = CAUSE_STORE_PAGE
	};
	uint64_t block = va & ~(CACHE_BLOCK - 1), pa;

	h->acc++;
	if (!operand(h, block, CACHE_BLOCK, SV_LOAD, &pa)) {
		h->exc.cause = as_store[h->exc.cause & 15];
		h->exc.tval = va;
		return false;
	}
	if (!ram_holds(h->env.ram, pa, CACHE_BLOCK) && !device_holds(h, pa, CACHE_BLOCK, SV_LOAD))
		return refuse(h, CAUSE_STORE_ACCESS, va);
	return true;
}

bool mem_block_zero(struct hart *h, uint64_t va)
{
	uint64_t block = va & ~(CACHE_BLOCK - 1), pa;

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
		if (h->fetch->translated)
			h->counters.itlb_accesses++;
	}
	if (!translate(h, h->fetch, va, 1, SV_FETCH, pa, &held))
		return false;
	h->fetch_page = va & ~PAGE_MASK;
	if (unlikely(h->watch != NULL))
		watched_fetch(h, va, *pa, held);
	if (ram_holds(h->env.ram, *pa, 1))
		h->env.ram->touched[ram_frame(h->env.ram, *pa)] = 1;
	if (held)
		held->held |= 1u << h->fetch->slot;
	return true;
}

static bool fetch_half(struct hart *h, uint64_t va, uint64_t pa, uint16_t *half)
{
	uint64_t value;

	if (!pmp_allows(h, pa, 2, SV_FETCH, h->fetch->machine) ||
	    (!ram_holds(h->env.ram, pa, 2) && !device_holds(h, pa, 2, SV_FETCH)) ||
	    !read_pa(h, pa, 2, &value))
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
