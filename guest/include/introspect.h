/*
 * What the guest kernel tells whoever watches it from outside: one versioned structure in guest
 * memory, found by the ELF symbol `faultline_introspect`.  Shared by the kernel (which writes it)
 * and the host (which only reads it).  Fixed-width little-endian data, flat arrays, physical
 * addresses; no pointers.
 *
 * `sequence` is odd while the kernel changes several fields that belong together; a reader that
 * meets an odd value waits for the next poll point.
 */
#ifndef INTROSPECT_H
#define INTROSPECT_H

#include <stdint.h>

#define INTROSPECT_SYMBOL  "faultline_introspect"
#define INTROSPECT_MAGIC   0x454e494c544c4146ull /* "FALTLINE" */
#define INTROSPECT_VERSION 4

/* What a frame holds. */
enum introspect_class {
	FRAME_FREE,
	FRAME_RESERVED, /* firmware, device tree, holes */
	FRAME_KERNEL,	/* kernel image, stacks, tables */
	FRAME_PAGE_TABLE,
	FRAME_ANON,  /* zero-filled memory of a process: bss, heap, private mmap, copies */
	FRAME_STACK, /* anonymous, in a stack region */
	FRAME_TEXT,  /* page of a file mapped executable */
	FRAME_FILE,  /* page of a file mapped otherwise */
	FRAME_CACHE, /* page of a file, or file-system metadata, mapped by nobody */
	FRAME_SHM,   /* shared anonymous memory, tmpfs */
	FRAME_CLASS_COUNT
};

#define FRAME_DIRTY	 0x01 /* differs from its file page or swap slot */
#define FRAME_REFERENCED 0x02 /* the policy's software referenced bit */
#define FRAME_IO	 0x04 /* belongs to the disk now */
#define FRAME_PINNED	 0x08
#define FRAME_HAS_SLOT	 0x10 /* a valid copy is in swap */

/* One per frame of RAM, indexed by (pa - ram_base) / 4096.  16 bytes. */
struct introspect_frame {
	uint8_t frame_class; /* enum introspect_class */
	uint8_t flags;
	uint16_t sharers; /* PTEs that name this frame */
	uint32_t owner;	  /* anonymous: pid of the first mapper; file: inode number; else 0 */
	uint64_t page; /* anonymous: va / 4096; file: page index in the file; page table: va / 4096
				of the first address it maps; kernel: 0 */
};

enum introspect_state {
	PROC_UNUSED,
	PROC_RUNNING,
	PROC_READY,
	PROC_SLEEPING,
	PROC_DISK,
	PROC_STOPPED,
	PROC_ZOMBIE
};

struct introspect_process {
	uint32_t pid, ppid;
	uint32_t state;	       /* enum introspect_state */
	uint32_t exit_status;  /* wait status, for a zombie */
	uint64_t satp;	       /* 0 when it has no address space */
	uint64_t minor, major; /* faults */
	uint64_t resident_pages, peak_resident_pages, swapped_pages, page_table_pages;
	char name[16];
};

/* How a page-fault exception ended.  Every exception is counted once, under exactly one of these. */
enum introspect_fault {
	FAULT_ZERO,	/* a fresh page of zeros */
	FAULT_FILE,	/* read from the file on disk */
	FAULT_CACHED,	/* page of a file, already in RAM */
	FAULT_SWAP,	/* read from swap, or found in RAM by its slot */
	FAULT_COW,	/* copied, or made writable because no longer shared */
	FAULT_AD,	/* only A or D had to be set */
	FAULT_SPURIOUS, /* the PTE already permitted the access */
	FAULT_SEGV,	/* refused: SIGSEGV, SIGBUS or -EFAULT */
	FAULT_KINDS
};

/* Why an access was refused. */
enum introspect_reason {
	REASON_NONE,
	REASON_NO_REGION, /* no region there */
	REASON_READ_ONLY,
	REASON_NO_EXECUTE,
	REASON_NO_READ, /* PROT_NONE and the like */
	REASON_GUARD,	/* the guard page below a stack */
	REASON_STACK_LIMIT,
	REASON_KERNEL_ADDRESS,
	REASON_NON_CANONICAL,
	REASON_PAST_EOF,  /* SIGBUS: past the end of the mapped file */
	REASON_IO_ERROR,  /* SIGBUS: the page could not be read */
	REASON_NO_SPACE,  /* SIGBUS: no block for a store to a shared hole */
	REASON_NO_MEMORY, /* no frame and nothing to evict */
	REASON_COUNT
};

enum introspect_region {
	REGION_NONE,
	REGION_TEXT,
	REGION_DATA,
	REGION_BSS,
	REGION_HEAP,
	REGION_STACK,
	REGION_MMAP_ANON,
	REGION_MMAP_FILE,
	REGION_SHARED,
	REGION_KIND_COUNT
};

#define FAULT_FLAG_STORE   0x01
#define FAULT_FLAG_FETCH   0x02
#define FAULT_FLAG_KERNEL  0x04 /* taken in the kernel's own copy to or from user memory */
#define FAULT_FLAG_MAJOR   0x08 /* waited for the disk */
#define FAULT_FLAG_EVICTED 0x10 /* a victim was evicted for it: victim_* are valid */
#define FAULT_FLAG_WRITTEN 0x20 /* ... and was dirty, so written first */

/* One finished fault.  The kernel appends it when it returns from the handler. */
struct introspect_fault_record {
	uint64_t time_ticks; /* `time` at entry */
	uint64_t end_ticks;  /* `time` when served */
	uint64_t va, pc;
	uint32_t pid;
	uint8_t kind; /* enum introspect_fault */
	uint8_t flags;
	uint8_t region;	       /* enum introspect_region */
	uint8_t reason;	       /* enum introspect_reason */
	uint32_t frame;	       /* frame index, or UINT32_MAX */
	uint32_t slot;	       /* swap slot read, or UINT32_MAX */
	uint32_t victim_owner; /* as introspect_frame.owner of the victim, before */
	uint32_t victim_class;
	uint64_t victim_page;  /* as introspect_frame.page of the victim, before */
	uint32_t victim_frame; /* need not be `frame`, for a free one may be taken first */
	uint32_t reserved;
};

#define INTROSPECT_FAULT_RING 64 /* power of two; the host drains it at every page-fault trap */

#define EVICTION_WRITTEN 0x01 /* it was dirty, so written first */
#define EVICTION_FAULT	 0x02 /* for a page fault that evicted another page after it */

/*
 * An eviction that no fault record names: for a system call's page, for the kernel itself, or all but
 * the last of one fault.  These and the records with FAULT_FLAG_EVICTED together are the evictions
 * that are counted.
 */
struct introspect_eviction {
	uint64_t time_ticks; /* when the frame was free */
	uint64_t faults;     /* fault_head when this was appended: which came first */
	uint64_t page;	     /* as introspect_frame.page, before */
	uint32_t owner;	     /* as introspect_frame.owner, before */
	uint32_t frame;	     /* frame index */
	uint32_t pid;	     /* in whose system call or fault */
	uint8_t frame_class;
	uint8_t flags;
	uint16_t reserved;
};

#define INTROSPECT_EVICTION_RING 64 /* power of two */

enum introspect_life_kind {
	LIFE_HANDLED, /* a signal was delivered: to its handler, */
	LIFE_IGNORED, /* ... to nobody, */
	LIFE_STOPPED, /* ... and stops the process, */
	LIFE_FATAL,   /* ... and ends it */
	LIFE_ENDED    /* a thread has ended */
};

/* What befell a thread other than by its own system calls. */
struct introspect_life {
	uint64_t time_ticks;
	uint32_t pid, tid;
	uint32_t kind;	  /* enum introspect_life_kind */
	uint32_t status;  /* LIFE_ENDED: wait status */
	uint32_t in_call; /* 1: it was about to return `result` from a system call */
	uint32_t reserved;
	int64_t result;
	uint64_t info[6]; /* the beginning of Linux's siginfo */
};

#define INTROSPECT_LIFE_RING 32 /* power of two */

/* How the program given to `run` ended. */
enum introspect_exit { EXIT_NOT_YET, EXIT_STATUS, EXIT_SIGNAL, EXIT_OUT_OF_MEMORY, EXIT_PANIC };

struct introspect_exit_record {
	uint32_t kind; /* enum introspect_exit */
	uint32_t code; /* exit status or signal number */
	uint32_t pid;
	uint32_t reason; /* enum introspect_reason, when a fault was the cause */
	uint32_t access; /* FAULT_FLAG_STORE / FAULT_FLAG_FETCH / 0 = load */
	uint32_t si_code;
	uint64_t va, pc;
	uint64_t pc_offset; /* where pc lies in the file mapped there, */
	uint32_t pc_inode;  /* ... of this inode; 0: in no file */
	uint32_t reserved;
	uint64_t missing_pages; /* out of memory: how many pages were short */
	char message[128];	/* panic, or why the program could not be started; NUL-terminated */
};

/*
 * What becomes of the pages among which the replacement policy chooses, told at the moment: the kernel
 * stores `told_detail` and then `told`, and a host that records references watches for the latter
 * store.  Nothing is kept; who does not watch misses it.
 */
enum introspect_told {
	TOLD_NOTHING,
	TOLD_ENTER, /* has come into its frame.  Detail: of a swapped page its slot, of a cached one
			its mapping's number << 32 | its index there, of a fresh one nothing */
	TOLD_LEAVE, /* leaves its frame: dead, unless TOLD_EVICT came just before */
	TOLD_EVICT,
	TOLD_SLOT,	/* was given this slot of swap */
	TOLD_SLOT_FREE, /* the slot is free; no frame */
	TOLD_TOUCH,	/* the kernel has used it, or a fault has mapped it */
	TOLD_DIRTY,	/* the kernel has written to it, and it was clean */
	TOLD_FILL,	/* is being read; what this process touches until TOLD_FILLED is for that */
	TOLD_FILLED,
	TOLD_COPY, /* the next page to enter in this fault is a copy of it */
	TOLD_FAULT /* a fault was counted; no frame.  Detail: its kind, and 256 if it waited for disk */
};

#define TOLD_KIND     0xffull /* of introspect.told */
#define TOLD_IN_FAULT 0x100ull
#define TOLD_IS_DIRTY 0x200ull
#define TOLD_IS_ANON  0x400ull
#define TOLD_HAS_SLOT 0x800ull
#define TOLD_FRAME    32 /* frame index from this bit on */

#define INTROSPECT_SYSCALLS 512

struct introspect_counters {
	uint64_t faults[FAULT_KINDS];
	uint64_t faults_major, faults_minor, faults_kernel; /* kernel: taken in its own copies */
	uint64_t service_ticks; /* sum over all faults, entry to return */
	uint64_t evictions_clean, evictions_dirty;
	uint64_t root_reads, root_writes, swap_reads, swap_writes; /* pages */
	uint64_t frames_total, frames_kernel, frames_page_table, frames_anon, frames_file_mapped,
		frames_cache, frames_free;  /* now */
	uint64_t frames_cap, frames_capped; /* --frames limit (0 = none) and what it counts now */
	uint64_t frames_capped_peak;
	uint64_t user_mapped, user_peak; /* frames mapped by at least one process */
	uint64_t swap_slots, swap_used;
	uint64_t cow_copies;
	uint64_t processes_created, context_switches, syscalls;
	uint64_t idle_ticks;	  /* time in which no process could run */
	uint64_t disk_wait_ticks; /* of that, while one waited for the disk */
};

struct introspect {
	uint64_t magic;
	uint32_t version, bytes;
	volatile uint64_t sequence;
	uint64_t ram_base, nframes;
	uint64_t frames_pa;    /* struct introspect_frame[nframes] */
	uint64_t processes_pa; /* struct introspect_process[nprocesses] */
	uint32_t nprocesses;
	uint32_t current_pid; /* 0: idle */
	uint32_t program_pid; /* PROGRAM's, 0 before it starts */
	uint32_t boot_stage;  /* 0 booting, 1 init runs, 2 PROGRAM runs, 3 PROGRAM ended */
	uint64_t kernel_va, kernel_pa, kernel_bytes; /* image; va - kernel_va + kernel_pa = pa */
	uint64_t fixed_bytes; /* firmware + device tree + kernel image + fixed tables */
	uint64_t fault_head;  /* records appended so far; record i is faults[i % RING] */
	struct introspect_fault_record faults[INTROSPECT_FAULT_RING];
	struct introspect_counters counters;
	struct introspect_exit_record exit;
	uint32_t missing_syscalls[INTROSPECT_SYSCALLS]; /* calls answered with -ENOSYS, by number */
	char policy[16];
	uint64_t exec_filled;	/* pages that exec put arguments into: present without a fault */
	uint64_t eviction_head; /* appended so far; number i is evictions[i % RING] */
	struct introspect_eviction evictions[INTROSPECT_EVICTION_RING];
	uint32_t current_tid; /* the thread of current_pid that runs */
	uint32_t life_pad;
	uint64_t life_head; /* appended so far; number i is life[i % RING] */
	struct introspect_life life[INTROSPECT_LIFE_RING];
	uint64_t thrashing_ticks; /* the length of all windows of time found to be thrashing */
	volatile uint64_t told_detail, told;
};

#endif
