/*
 * What the view shows, as values: every frame's class, owner, heat and last events; what just
 * happened; rates and curves; processes; the swap disk.
 *
 * It knows no window, no terminal and no colour.  It is fed with what happened (fault records, disk events, ticks
 * of virtual time) and looks at guest memory only when told to refresh; so it is the same at the
 * same instruction whoever paints it, and however often.
 */
#ifndef EMU_VIEW_MODEL_H
#define EMU_VIEW_MODEL_H

#include "emu/inspect.h"

/* How a frame is drawn: its class, or `shared` for a user page that several PTEs name. */
enum view_kind {
	VIEW_FREE,
	VIEW_RESERVED,
	VIEW_KERNEL,
	VIEW_TABLE,
	VIEW_TEXT,
	VIEW_FILE,
	VIEW_CACHE,
	VIEW_HEAP,
	VIEW_STACK,
	VIEW_SHM,
	VIEW_SHARED,
	VIEW_KINDS
};

/* What just happened to a frame. */
enum view_flash { FLASH_NONE, FLASH_FILL, FLASH_EVICT, FLASH_COPY };

#define VIEW_TICK_NS	  1000000ull /* rates are sampled every millisecond of virtual time */
#define VIEW_HEAT_TICKS	  10	     /* heat every ten */
#define VIEW_HEAT_MAX	  8	     /* touched since the last sample; halves of memory fade to 0 */
#define VIEW_FLASH_NS	  5000000ull /* how long a flash lasts */
#define VIEW_EVENTS	  8192	     /* events remembered: power of two */
#define VIEW_BINS	  512	     /* columns of a curve; a full curve halves its resolution */
#define VIEW_WINDOW_TICKS 100	     /* rates and the thrashing sign look back this far */
#define VIEW_PROCESSES	  64
#define VIEW_NO_FRAME	  UINT64_MAX

struct view_frame {
	uint8_t kind;  /* enum view_kind */
	uint8_t heat;  /* 0..VIEW_HEAT_MAX */
	uint8_t flash; /* enum view_flash */
	uint8_t flags; /* FRAME_* of introspect.h */
	uint8_t frame_class;
	bool dirty; /* FRAME_DIRTY, or a PTE that maps it has D */
	uint16_t sharers;
	uint32_t owner;
	uint64_t page;
	uint64_t flash_ns;   /* when */
	uint64_t last_event; /* number + 1 of the newest event about this frame, 0: none */
};

enum view_event_kind {
	VIEW_EVENT_FAULT, /* a served fault */
	VIEW_EVENT_EVICT, /* a page thrown out: record.victim_*; record.kind FAULT_KINDS: not for a fault */
	VIEW_EVENT_TRAP, /* a page-fault exception, of a kernel that tells no more */
	VIEW_EVENT_NOTE	 /* a process came or went */
};

struct view_event {
	enum view_event_kind kind;
	uint64_t time_ns;
	struct introspect_fault_record record;
	char process[17]; /* who faulted; NOTE: the whole text is in note */
	char note[64];
	char where[48];	   /* " (main+0x1c)": of a fault's pc */
	uint64_t previous; /* number + 1 of the event before about the same frame */
};

/* Sums over one column of a curve. */
struct view_bin {
	uint32_t major, minor, copies, evicted_clean, evicted_dirty;
	uint64_t wait_ns; /* time in which nobody could run and somebody waited for the disk */
	uint64_t time_ns; /* how much time the sums stand for */
};

struct view_process {
	uint32_t pid, state;
	char name[17];
	uint64_t satp, minor, major, resident, peak_resident, swapped;
};

/* One page of the swap disk. */
struct view_slot {
	uint8_t state; /* 0 never written, else 1 */
	uint64_t written_ns, read_ns;
};

struct view_model {
	struct machine *machine;
	struct inspect *inspect;
	struct images *images; /* what explains a pc; NULL: nothing does */
	const char *title;
	uint64_t swap_bytes;
	unsigned swap_disk;

	/* as of the last refresh */
	uint64_t now_ns, insns;
	struct view_frame *frame;
	uint64_t nframes;
	uint64_t count[VIEW_KINDS], ndirty;
	struct view_process process[VIEW_PROCESSES];
	unsigned nprocesses;
	struct introspect_counters counters;
	bool has_kernel; /* the kernel has an introspection structure */

	/* what happened */
	struct view_event *event; /* ring of VIEW_EVENTS; number n at n % VIEW_EVENTS */
	uint64_t nevents;
	uint64_t faults; /* page-fault exceptions seen */
	struct view_slot *slot;
	uint64_t nslots;

	/* curves: the whole run, bin_ns a column */
	struct view_bin bin[VIEW_BINS];
	unsigned nbins;
	uint64_t bin_ns;
	struct view_bin window[VIEW_WINDOW_TICKS]; /* the last ticks, ring */
	uint64_t ticks;
	struct view_bin recent; /* sum of the window */
	bool thrashing;
	uint64_t thrashing_since_ns;

	/* private */
	uint8_t *history; /* touched in the last eight heat samples, newest in bit 7 */
	uint8_t *ever;	  /* touched at all */
	struct introspect_counters last;
	uint64_t last_faults, last_tick_ns;
	uint64_t *satp; /* roots seen, for kernels that tell nothing */
	unsigned nsatps;
	uint32_t known_pid[VIEW_PROCESSES]; /* of the last tick */
	char known_name[VIEW_PROCESSES][17];
	unsigned nknown;
};

/* NULL: out of memory.  Borrows all three. */
struct view_model *view_model_create(struct machine *machine, struct inspect *inspect,
				     const char *title);
void view_model_destroy(struct view_model *model);
/* Also map the pages of that disk as swap slots.  False: out of memory. */
bool view_model_swap(struct view_model *model, unsigned disk, uint64_t pages);

/* Feeding it: a finished fault; an eviction that no fault names; a page-fault exception of a kernel without structure; a page moved to or from
 * the swap disk; an address space seen. */
void view_model_fault(struct view_model *model, const struct introspect_fault_record *record);
void view_model_eviction(struct view_model *model, const struct introspect_eviction *gone);
void view_model_trap(struct view_model *model, const struct event *event);
void view_model_disk(struct view_model *model, const struct event *event);
void view_model_satp(struct view_model *model, uint64_t satp);

/* What just happened to a frame, if it is still to be seen.  One that is free again has nothing that was filled. */
enum view_flash view_frame_flash(const struct view_model *model, const struct view_frame *frame);

/* At each multiple of VIEW_TICK_NS: rates; and at each VIEW_HEAT_TICKS-th the heat, for which it empties the harts' fast
 * arrays. */
void view_model_tick(struct view_model *model);

/* Copies the frame and process tables as they are now.  False: the kernel is changing them; the
 * last copy stands, try at the next poll point. */
bool view_model_refresh(struct view_model *model);

/* The upper edge of a panel of n (1 or 2) curves: a quarter above all but the highest twentieth of what
 * happened, so that one burst does not flatten all the rest; the burst is cut off there. */
uint64_t view_model_edge(const struct view_model *model,
			 uint64_t (*const value[])(const struct view_bin *bin), unsigned n);

/* An event by number, or NULL if forgotten. */
const struct view_event *view_model_event(const struct view_model *model, uint64_t number);

/* What happened and why, as one sentence for people; and the same for one frame's own story. */
void view_model_event_text(const struct view_event *event, char *buf, unsigned size);
void view_model_biography_text(const struct view_event *event, char *buf, unsigned size);

const char *view_kind_name(enum view_kind kind);

/* Who maps a frame: found in the guest's page tables. */
struct view_owner {
	uint32_t pid; /* 0: known by its satp alone */
	uint64_t satp, va, pte;
};
unsigned view_model_owners(const struct view_model *model, uint64_t frame, struct view_owner *owner,
			   unsigned max);

/* A process's address space: what each mapped or swapped page of its user half is, by address. */
struct view_page {
	uint64_t va;
	uint8_t kind; /* enum view_kind when resident */
	bool resident;
};
/* At most max pages; returns how many. */
unsigned view_model_pages(const struct view_model *model, uint64_t satp, struct view_page *page,
			  unsigned max);

#endif
