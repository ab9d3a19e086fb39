/*
 * Reading the guest kernel's introspection structure from outside, without touching the guest.
 */
#ifndef EMU_INSPECT_H
#define EMU_INSPECT_H

#include "emu/machine.h"
#include "guest/include/introspect.h"

struct inspect {
	const struct machine *machine;
	const struct introspect *guest; /* in guest RAM; NULL if the kernel has none (yet) */
};

/* Finds the structure by its symbol and checks magic, version and bounds.  Cheap: call again. */
bool inspect_attach(struct inspect *inspect, const struct machine *machine);
/* False while the sequence is odd: look again at the next poll point. */
bool inspect_stable(const struct inspect *inspect);
/* Bounds-checked views into guest RAM; NULL if the structure lies. */
const struct introspect_frame *inspect_frames(const struct inspect *inspect, uint64_t *count);
const struct introspect_process *inspect_processes(const struct inspect *inspect, uint32_t *count);

#endif
