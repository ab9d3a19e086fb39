/*
 * A reference string made ready for simulation: one 32-bit step a reference, with what is implied
 * written out, in a temporary file that is mapped, so that its length is bounded by the disk.
 */
#ifndef EMU_STEPS_H
#define EMU_STEPS_H

#include "emu/refs.h"

/* A step is an operation << STEP_SHIFT and a page, or an amount of time. */
#define STEP_SHIFT 28
#define STEP_MASK  ((1u << STEP_SHIFT) - 1)
enum step_op {
	STEP_LOAD,  /* by the program; if the page is missing, a page fault */
	STEP_STORE, /* the same, and the page is dirty */
	STEP_KERNEL, /* by the kernel in a system call: if it is missing, it is read without a fault */
	STEP_BORN, /* a new page comes into memory */
	STEP_DEAD, /* and is gone for good */
	STEP_COPY, /* must be in memory until the next page is born */
	STEP_DIRTY,
	STEP_TIME /* so many instructions pass */
};

struct step_page {
	uint8_t kind;	/* enum refs_kind; REFS_FILE for the pages of a typed string */
	uint32_t needs; /* reading it uses steps->need[needs - 1], and so on by next; 0: nothing */
};

struct step_need {
	uint32_t page, next;
};

struct steps {
	const uint32_t *step;
	uint64_t count;
	struct step_page *page;
	uint32_t npages, peak; /* peak: alive at the same time */
	struct step_need *need;
	uint32_t nneeds;
	uint64_t references; /* steps that are references */
	uint64_t time;	     /* instructions; of a typed string, references */
	uint64_t faults;     /* that any memory has: recorded, or births that wait for the disk */
	uint64_t evictions;  /* seen while recording: memory was short then */
	bool text;
	char title[512];
	size_t mapped_bytes;
};

bool steps_read(const char *path, struct steps *steps, struct error *error);
void steps_free(struct steps *steps);

/* The next use of the page at each step that is a reference, UINT32_MAX: none before it dies; mapped,
 * of `count` entries.  NULL: no room. */
const uint32_t *steps_next_use(const struct steps *steps);
void steps_free_next_use(const struct steps *steps, const uint32_t *next);

static inline bool step_is_reference(uint32_t step)
{
	return step >> STEP_SHIFT <= STEP_BORN;
}

/* Does reading it again wait for a disk?  A fresh page that nobody wrote to is zeros again. */
static inline bool step_needs_disk(const struct step_page *page, bool dirtied)
{
	return page->kind == REFS_FILE || page->kind == REFS_METADATA || dirtied;
}

#endif
