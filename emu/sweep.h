/*
 * A sweep: one program under each of several policies and memory sizes.  What its files share: the
 * grid, the figures of each run, and the table and the plot made from them.
 */
#ifndef EMU_SWEEP_H
#define EMU_SWEEP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/experiment.h"

/* The figures of a --stats file that a table of runs has. */
#define SWEEP_FIGURES                                                                              \
	X("faults", "major")                                                                       \
	X("faults", "minor")                                                                       \
	X("faults", "total")                                                                       \
	X("faults", "zero")                                                                        \
	X("faults", "file")                                                                        \
	X("faults", "cached")                                                                      \
	X("faults", "swap")                                                                        \
	X("faults", "cow")                                                                         \
	X("faults", "ad")                                                                          \
	X("evictions", "clean")                                                                    \
	X("evictions", "dirty")                                                                    \
	X("disk", "root_reads")                                                                    \
	X("disk", "root_writes")                                                                   \
	X("disk", "swap_reads")                                                                    \
	X("disk", "swap_writes")                                                                   \
	X("frames", "user_peak")                                                                   \
	X("frames", "capped_peak")                                                                 \
	X("frames", "cow_copies")                                                                  \
	X("thrashing", "ns")                                                                       \
	X(NULL, "instructions")                                                                    \
	X(NULL, "virtual_ns")

enum {
#define X(group, name) +1
	SWEEP_NFIGURES = 0 SWEEP_FIGURES
#undef X
};

struct sweep_row {
	char policy[16];
	uint64_t memory_bytes, frames; /* frames: the cap, 0 if there was none */
	bool failed;		       /* a gap: no figures */
	int status;
	uint64_t figure[SWEEP_NFIGURES];
};

struct sweep_table {
	struct sweep_row *row;
	size_t count;
	bool by_frames; /* else by memory */
};

/* A figure's place from what the user calls it: "faults.major", "major", "swap_reads"; -1: none. */
int sweep_metric(const char *name);
/* "faults.major" */
const char *sweep_metric_name(int metric, char buf[64]);

/* Takes what a --stats FILE.json tells; the row keeps what the file lacks.  False: it is no such file. */
bool sweep_read_stats(const char *path, struct sweep_row *row, struct error *error);

/* By policy in order of first appearance, then by size; one row for each pair. */
void sweep_sort(struct sweep_table *table);

bool sweep_write_csv(const char *path, const struct sweep_table *table, struct error *error);

/* Appends the rows of a table written by the above.  The caller frees table->row. */
bool sweep_read_csv(const char *path, struct sweep_table *table, struct error *error);

/* Plots a metric over the sizes. */
bool sweep_draw(const struct experiment *experiment, const char *title, int metric,
		const struct sweep_table *table, struct error *error);

/* The children, `jobs` at a time: run k gets argv[k], its standard error goes to log[k]; status[k] is
 * its wait status, or -1 if it could not be started.  The number of a signal that ended it all, else 0. */
struct sweep_jobs {
	size_t count;
	unsigned jobs;
	char ***argv;
	char **log;
	int *status;
};
int sweep_run_jobs(const struct sweep_jobs *jobs);

#endif
