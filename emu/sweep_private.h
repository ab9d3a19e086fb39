/*
 * One `faultline sweep` as its options say: what cmd_sweep.c and sweep_*.c share.
 */
#ifndef EMU_SWEEP_PRIVATE_H
#define EMU_SWEEP_PRIVATE_H

#include <limits.h>
#include <sys/types.h>

#include "emu/grid.h"
#include "emu/run_private.h"
#include "emu/sweep.h"

#define SIZES_MOST    GRID_MOST
#define POLICIES_MOST 16
#define WORDS_MOST    1024

struct sweep {
	struct run run; /* run's own options, checked here, go into it */
	struct experiment experiment;
	const char *sizes, *collect, *keep;
	bool by_frames, dry_run, memory_given;
	uint64_t jobs;
	int metric;

	uint64_t size[SIZES_MOST];
	size_t nsizes;
	char policy[POLICIES_MOST][16];
	size_t npolicies;
	uint64_t peak; /* measured for sizes in percent */
	char *passed[WORDS_MOST];
	size_t npassed;
	char **program; /* and its arguments, up to NULL */
	char folder[PATH_MAX];
	pid_t tidier; /* that removes the folder at the end; 0: it stays */
	int tidier_pipe;
};

/* sweep_plan.c: s->sizes into s->size[]; the runs, as rows without figures and command lines. */
bool sweep_make_grid(struct sweep *s, struct error *error);
void sweep_plan(const struct sweep *s, struct sweep_jobs *jobs, struct sweep_table *table);
/* The words of one run; policy may be NULL.  *log gets a path beside the statistics'. */
char **sweep_command(const struct sweep *s, const char *policy, uint64_t size, char **log);
void sweep_free_words(char **argv);
const char *sweep_stats_path(char **argv);
void sweep_print_command(char **argv);
void sweep_size_text(const struct sweep *s, uint64_t size, char buf[32]);

/* sweep_folder.c: s->folder, for the runs; and nobody needs it any more. */
bool sweep_folder_make(struct sweep *s, struct error *error);
void sweep_folder_leave(struct sweep *s);

/* sweep_collect.c: s->collect and more files and folders, up to NULL, into a table. */
bool sweep_collect(const struct sweep *s, char **more, struct sweep_table *table,
		   struct error *error);

#endif
