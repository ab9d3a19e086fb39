/*
 * A machine for tests of the view: real RAM with an introspection structure, page tables and
 * processes in it, and a clock that the test sets.  It answers the few questions that the view asks
 * a machine, and has no hart.
 */
#ifndef TESTS_VIEW_FAKE_H
#define TESTS_VIEW_FAKE_H

#include "emu/inspect.h"

struct fake {
	struct machine machine;
	struct introspect *guest;
	struct introspect_frame *frame;
	struct introspect_process *process;
	uint64_t now_ns, insns, satp;
	unsigned drops, stops; /* calls of hart_drop_fast, machine_request_stop */
	struct hart_counters hart;
	struct tlb *itlb, *dtlb;
};

/* The machine made last is the one that answers. */
struct fake *fake_create(uint64_t ram_bytes);
void fake_destroy(struct fake *fake);

/* A process with an address space; returns its slot. */
unsigned fake_process(struct fake *fake, uint32_t pid, const char *name);
/* Map frame at va of the process's address space (tables are taken from the frames after the kernel). */
void fake_map(struct fake *fake, unsigned process, uint64_t va, uint64_t frame, uint64_t flags);
void fake_swapped(struct fake *fake, unsigned process, uint64_t va, uint32_t slot);
void fake_frame(struct fake *fake, uint64_t frame, unsigned frame_class, unsigned flags,
		unsigned sharers, uint32_t owner, uint64_t page);

/* A machine in the middle of thrashing: every class, three processes, seeded. */
struct fake *fake_busy(uint64_t ram_bytes);

#endif
