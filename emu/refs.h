/*
 * The page reference string of a run, in a file: in which order pages were referenced, which ones came
 * into being and died, and what the kernel itself used.  Recorded by `run --refs`, read by
 * `policies`; the manual page describes the format.
 *
 * A page here is contents, not an address: the same page of a file in two processes is one, a copy
 * made on write is another, and it stays the same while it is in swap.  Pages are numbered from 0 in
 * the order in which they came.
 */
#ifndef EMU_REFS_H
#define EMU_REFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/machine.h"
#include "emu/options.h"

/* ---- Recording ---- */

struct refs_recorder;

/* Before the machine runs.  NULL with a line in error: no kernel that tells, or no file. */
struct refs_recorder *refs_record(struct machine *machine, const char *path, const char *title,
				  struct error *error);
/* False with a line in error: the file could not be written.  NULL is ignored. */
bool refs_close(struct refs_recorder *recorder, struct error *error);

/* ---- The file ---- */

#define REFS_MAGIC  "faultline refs 1\n"
#define REFS_PLACES 64 /* of the two lists of pages used last */

/* Numbers of records.  Below them: a load (0x00) or store (0x40) of the page at one of 64 places of
 * the list of pages used last, or a fetch (0x80) from one of those executed last. */
enum refs_code {
	REFS_STORE_PLACE = 0x40,
	REFS_FETCH_PLACE = 0x80,
	REFS_TIME = 0xc0, /* instructions since the last one */
	REFS_LOAD,	  /* of a page that is at no place; these three: page */
	REFS_STORE,
	REFS_FETCH,
	REFS_KERNEL_LOAD, /* by the kernel through the user's address; page */
	REFS_KERNEL_STORE,
	REFS_TOUCH,	  /* the kernel has used the page; page */
	REFS_TOUCH_FAULT, /* ... to serve a fault */
	REFS_DIRTY,	  /* the kernel has written to it; page */
	REFS_ENTER,	  /* kind and flags, page; of a new page with contents: inode, index */
	REFS_DEAD,	  /* page */
	REFS_EVICTED,	  /* page: left memory, lives on */
	REFS_FILL,	  /* page: being read; what is touched until REFS_FILLED is for that */
	REFS_FILLED,
	REFS_COPY,  /* page: what enters next is a copy of it */
	REFS_FAULT, /* kind, and 256 for one that waited for the disk */
	REFS_SPACE, /* process */
	REFS_MAP,   /* page, virtual page: where the present process sees it */
	REFS_END
};

enum refs_kind {		/* of REFS_ENTER */
		 REFS_FRESH,	/* anonymous */
		 REFS_FILE,	/* page `index` of file `inode` */
		 REFS_METADATA, /* block `index` of the file system */
		 REFS_SHARED,	/* shared memory or tmpfs */
		 REFS_AGAIN,	/* an old page, back from swap or file */
		 REFS_KINDS
};
#define REFS_KIND     7u
#define REFS_IN_FAULT 8u
#define REFS_IS_DIRTY 16u

/* The two lists, the same for writer and reader. */
struct refs_places {
	uint32_t page[REFS_PLACES];
	unsigned count;
};
/* Where the page is, or -1; it is first afterwards. */
int refs_place(struct refs_places *places, uint32_t page);
/* The page at a place, now first; UINT32_MAX: there is none. */
uint32_t refs_at_place(struct refs_places *places, unsigned place);
/* Put a page first that was at no place. */
void refs_put_first(struct refs_places *places, uint32_t page);

/* ---- Reading ---- */

struct refs_reader;

struct refs_event {
	enum refs_code code; /* loads, stores and fetches of either form are REFS_LOAD, ... */
	uint32_t page;
	uint64_t flags; /* REFS_ENTER: kind and flags; of REFS_FAULT, _SPACE, _TIME: the number */
	uint64_t inode, index; /* REFS_ENTER of a new page; REFS_MAP: index is the virtual page */
};

/* A recorded file, or text: names of pages (numbers, letters) between blanks and commas, "#" begins a
 * comment; each is one REFS_LOAD and one unit of time. */
struct refs_reader *refs_open(const char *path, struct error *error);
bool refs_is_text(const struct refs_reader *reader);
/* What was run: "bigsort 4". */
const char *refs_title(const struct refs_reader *reader);
/* False at the end; then refs_finish says whether it was a good one. */
bool refs_next(struct refs_reader *reader, struct refs_event *event);
bool refs_finish(struct refs_reader *reader, struct error *error);

#endif
