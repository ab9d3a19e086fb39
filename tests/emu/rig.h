/*
 * A hart on a bench: RAM, a finisher, a console that swallows or prints, nothing else.  For tests
 * of the CPU core and for timing it without the machine.
 */
#ifndef TESTS_EMU_RIG_H
#define TESTS_EMU_RIG_H

#include "emu/hart.h"

struct rig {
	struct ram ram;
	struct bus bus;
	struct event_hub events;
	struct clock clock;
	struct hart *hart;
	struct device finisher, console;
	bool finished, quiet;
	unsigned status; /* what was written to the finisher */
};

/* Defaults: hardware A/D, Sv57 allowed, TLBs of 1024x4, fast. */
struct hart_config rig_config(void);
bool rig_create(struct rig *rig, uint64_t ram_bytes, const struct hart_config *config);
void rig_destroy(struct rig *rig);

/* Load an ELF file at its physical addresses; returns its entry, 0 on failure. */
uint64_t rig_load(struct rig *rig, const char *path);

/* Run until the finisher was written or `insns` retired.  False: the latter. */
bool rig_run(struct rig *rig, uint64_t insns);

#endif
