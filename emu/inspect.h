/*
 * Reading the guest kernel's introspection structure from outside, without touching the guest.
 *
 * Everything that the guest wrote is checked before it is used: a kernel that lies makes these
 * return NULL or false, never a wild read.  Counts are read as they stand.
 */
#ifndef EMU_INSPECT_H
#define EMU_INSPECT_H

#include "emu/machine.h"
#include "guest/include/introspect.h"

#define INSPECT_NS_PER_TICK (1000000000ull / MEMMAP_TIMEBASE_HZ)

struct inspect {
	const struct machine *machine;
	const struct introspect *guest; /* in guest RAM; NULL if the kernel has none (yet) */
	const struct symbols *asked;	/* those in which the symbol was looked for */
	bool named;			/* they have it, and it is at: */
	uint64_t pa;
};

/* Finds the structure by its symbol and checks magic, version and bounds.  Cheap: call again until
 * it succeeds, for the kernel fills it in while it boots.  *inspect starts as zeros. */
bool inspect_attach(struct inspect *inspect, const struct machine *machine);
/* False while the sequence is odd: look again at the next poll point. */
bool inspect_stable(const struct inspect *inspect);
/* Bounds-checked views into guest RAM; NULL if the structure lies. */
const struct introspect_frame *inspect_frames(const struct inspect *inspect, uint64_t *count);
const struct introspect_process *inspect_processes(const struct inspect *inspect, uint32_t *count);
const struct introspect_process *inspect_process(const struct inspect *inspect, uint32_t pid);

/* Names for people; "?" for a value that no kernel should have written. */
const char *inspect_class_name(unsigned frame_class);
const char *inspect_fault_name(unsigned kind);
const char *inspect_region_name(unsigned region);
const char *inspect_reason_text(unsigned reason);
const char *inspect_access_name(unsigned fault_flags); /* load, store, fetch */

/* Page-table entries that point to a leaf, seen by walking a whole table.  `size` is the page's. */
struct inspect_mapping {
	uint64_t va, pa, bytes, pte;
};

/*
 * Visits every leaf, and every table page, below the root that satp names (Sv39, Sv48, Sv57), in
 * order of address; also entries of level 0 with V clear that are not zero, where a kernel keeps
 * what it knows of pages that are not resident.  leaf and table may be NULL; leaf returns false to
 * stop.  False if the root is no page table in RAM (Bare, or an entry whose reserved bits are set:
 * a page since reused).
 */
bool inspect_each_mapping(const struct machine *machine, uint64_t satp,
			  bool (*leaf)(void *ctx, const struct inspect_mapping *mapping),
			  void (*table)(void *ctx, uint64_t pa, unsigned level), void *ctx);

/* Translate by the walker as a plain reader: no A or D is set, nothing is refused for a clear A, nor for
 * privilege that SUM and MXR could permit.  The leaf is shown as it stands. */
struct sv_walk inspect_walk(const struct machine *machine, uint64_t satp, uint64_t va);

#endif
