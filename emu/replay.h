/*
 * A reference string under a replacement policy: the guest kernel's own source of that policy, compiled
 * for the host, over a model of the kernel's pool of frames.
 */
#ifndef EMU_REPLAY_H
#define EMU_REPLAY_H

#include "emu/steps.h"

struct replay_result {
	uint64_t faults; /* that wait for the disk */
	uint64_t reads, writes;
};

/* The names of the policies there are, NULL at the end. */
const char *replay_policy(unsigned number);

/* False with a line in error: no such policy, or no memory. */
bool replay(const struct steps *steps, const char *policy, uint32_t frames,
	    struct replay_result *result, struct error *error);

#endif
