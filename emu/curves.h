/*
 * What a reference string costs in every number of frames at once: LRU and OPT by stack distances
 * (Mattson, Gecsei, Slutz and Traiger 1970), and working sets by the intervals between references
 * (Denning and Slutz 1978).
 */
#ifndef EMU_CURVES_H
#define EMU_CURVES_H

#include "emu/steps.h"

/* fault[n] is the number of faults with n frames, 1 <= n <= most; a curve never rises. */
struct stack_curve {
	uint64_t *faults;
	uint32_t most;
};

/* NULL faults: out of memory.  The caller frees them. */
struct stack_curve curve_lru(const struct steps *steps);
struct stack_curve curve_opt(const struct steps *steps);

static inline uint64_t curve_at(const struct stack_curve *curve, uint64_t frames)
{
	return curve->faults[frames < curve->most ? frames : curve->most];
}

/* One window of the working-set curve. */
struct working_set {
	uint64_t window; /* in instructions, or in references of a typed string */
	uint64_t faults;
	double mean_pages; /* resident, on average over time */
};

/* Windows in order, four an octave, those that differ; *count of them.  The caller frees it. */
struct working_set *curve_working_set(const struct steps *steps, size_t *count);

#endif
