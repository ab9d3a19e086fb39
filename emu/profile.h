/*
 * --profile: where the guest spends its CPU time.
 *
 * One sample in each interval of CPU time, all harts' together (retired instructions, each 1 ns; who
 * waits retires none), at an instruction chosen pseudo-randomly in the interval, the same in each same
 * run, so that no loop of the guest can beat in time with it.  The machine is stopped at the poll points
 * before and after that instruction, which changes nothing of the run; between them the code is
 * straight, so the sampled pc is exact.
 *
 * A stack is what can be proved: each return address must follow a call instruction.  The caller
 * comes from ra while it still holds the return address of the function sampled (at its entry, and
 * in leaves), callers further up from the chain of s0 in code built with -fno-omit-frame-pointer.
 * Where the proof ends, the stack ends.
 */
#ifndef EMU_PROFILE_H
#define EMU_PROFILE_H

#include <stdbool.h>
#include <stdint.h>

struct images;
struct machine;

struct profile_options {
	const char *path;     /* FILE, "-": standard error, NULL: no profile */
	bool folded;	      /* one line a stack for flame graphs, else a table */
	uint64_t interval_ns; /* 0: PROFILE_INTERVAL_NS */
};

#define PROFILE_INTERVAL_NS 100000u /* 100 us */
#define PROFILE_LEAST_NS    1000u

bool profile_parse_format(struct profile_options *options, const char *value);

struct profile;

/* Opens the file.  NULL with a line in error[]. */
struct profile *profile_open(const struct profile_options *options, struct machine *machine,
			     struct images *images, char *error, unsigned error_bytes);
/* After each return of machine_run.  Sets machine->stop_insns. */
void profile_pump(struct profile *profile);
/* Writes it and frees everything.  False with a line in error[].  NULL is allowed. */
bool profile_close(struct profile *profile, char *error, unsigned error_bytes);

#endif
