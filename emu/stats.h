/*
 * --stats: what a run cost, as JSON or as a table.
 *
 * The kernel's figures come from its introspection structure, the machine's from the emulator; the
 * object "emulator" holds the emulator's own count of what the kernel counts too.  Collecting
 * changes nothing that the guest sees.
 */
#ifndef EMU_STATS_H
#define EMU_STATS_H

#include <stdio.h>

#include "emu/inspect.h"

struct stats;

/* Subscribes to the machine's events.  NULL: out of memory. */
struct stats *stats_create(struct machine *machine, struct inspect *inspect, unsigned root_disk,
			   unsigned swap_disk);
void stats_destroy(struct stats *stats);

/* The frame table's figures are those of the first call of this, else of the end: PROGRAM exits and
 * still has its memory. */
void stats_program_exits(struct stats *stats);

/* At the end of the run, with the machine settled.  False: the stream failed. */
bool stats_write_json(struct stats *stats, FILE *out);
bool stats_write_table(struct stats *stats, FILE *out);

#endif
