/*
 * What translation, loads and stores, and the walks behind them share.
 *
 * softmmu.c settles what is common; hart_walk.c walks for what is not.
 */
#ifndef EMU_SOFTMMU_H
#define EMU_SOFTMMU_H

#include "emu/hart_internal.h"

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

/* Is there a device for these bytes, and one that the access is made for? */
static inline bool device_holds(const struct hart *h, uint64_t pa, unsigned bytes,
				enum sv_access access)
{
	const struct device *device = bus_find(h->env.bus, pa, bytes);

	return device && (access != SV_FETCH || device->ops->holds_code);
}

/* What a store to a frame with flags means to others; to be called by ram_written alone. */
void ram_written_noted(struct hart *h, uint64_t pa, unsigned bytes, uint8_t flags);

/* Whatever else a store to guest RAM means to somebody. */
static inline void ram_written(struct hart *h, uint64_t pa, unsigned bytes)
{
	uint8_t flags = h->env.ram->frame_flags[ram_frame(h->env.ram, pa)];

	if (unlikely(flags))
		ram_written_noted(h, pa, bytes, flags);
}

/* The access is to trap so; false. */
static inline bool refuse(struct hart *h, uint64_t cause, uint64_t va)
{
	h->exc.cause = cause;
	h->exc.tval = va;
	h->exc.uncounted = false;
	return false;
}

static inline uint64_t access_fault(enum sv_access access)
{
	return sv_cause(SV_PA_ACCESS, access);
}

/* A walk that changes, fills and counts nothing, for an access of so many bytes. */
struct sv_walk walk_unseen(const struct hart *h, const struct view *view, uint64_t va,
			   unsigned bytes, enum sv_access access);

/*
 * The entry for an access of `bytes` bytes, which lie in one page: `entry`, which the TLB holds but which
 * does not plainly allow it, or, if that is NULL or has to be made anew, what a walk fills.  NULL: it
 * traps, as h->exc says.
 */
struct tlb_entry *translate_slowly(struct hart *h, const struct view *view, uint64_t va,
				   unsigned bytes, enum sv_access access, struct tlb_entry *entry);

#endif
