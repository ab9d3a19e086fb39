/*
 * Memory management's own: frames, regions, page tables, the page-fault handler, swap.  Files and
 * devices need page.h and file.h only (and struct region, for /proc/PID/maps).
 *
 * Kernel addresses (Sv39, upper half):
 *
 *   0xffffffc000000000  all of RAM: va = pa + DIRECT_BASE
 *   0xffffffff40000000  devices, then kernel stacks (each below a guard)
 *   0xffffffff80000000  the kernel image, wherever it was loaded
 *
 * User addresses: 0x10000 .. 0x3fffffffff.
 */
#ifndef KERNEL_MM_H
#define KERNEL_MM_H

#include "file.h"
#include "kernel.h"
#include "page.h"
#include "proc.h"
#include "replace.h"

#define DIRECT_BASE 0xffffffc000000000ul
#define VMAP_BASE   0xffffffff40000000ul
#define IMAGE_BASE  0xffffffff80000000ul
#define USER_BASE   0x10000ul
#define USER_TOP    0x4000000000ul

/* ---- page table entries ---- */
#define PTE_V	  0x001ul
#define PTE_R	  0x002ul
#define PTE_W	  0x004ul
#define PTE_X	  0x008ul
#define PTE_U	  0x010ul
#define PTE_G	  0x020ul
#define PTE_A	  0x040ul
#define PTE_D	  0x080ul
#define PTE_FLAGS 0x3fful
/* Of our own, V clear.  A swap entry: PTE_R set, slot from bit 10.  A page without any permission
 * (PROT_NONE): PTE_W set, the frame number, A and D where they always are. */
#define PTE_SWAP  0x002ul
#define PTE_NONE  0x004ul
#define PPN_SHIFT 10

static inline bool pte_is_swap(u64 pte)
{
	return (pte & (PTE_V | PTE_SWAP)) == PTE_SWAP;
}

static inline bool pte_has_frame(u64 pte)
{
	return (pte & PTE_V) || (pte & (PTE_V | PTE_NONE | PTE_SWAP)) == PTE_NONE;
}

static inline u64 pte_pa(u64 pte)
{
	return pte >> PPN_SHIFT << PAGE_SHIFT;
}

static inline u64 pte_make(u64 pa, u64 flags)
{
	return pa >> PAGE_SHIFT << PPN_SHIFT | flags;
}

static inline u32 pte_slot(u64 pte)
{
	return (u32)(pte >> PPN_SHIFT);
}

static inline u64 pte_from_slot(u32 slot)
{
	return (u64)slot << PPN_SHIFT | PTE_SWAP;
}

#define TABLE_SPAN (1ul << 21) /* what a table of leaves maps */

/* ---- frames ---- */
struct rmap_node {
	struct mm *mm;
	u64 va;
	struct rmap_node *next;
};

#define PAGE_DIRTY	FRAME_DIRTY /* differs from its file page or slot (besides what D bits say) */
#define PAGE_REFERENCED FRAME_REFERENCED /* used by the kernel since the policy last asked */
#define PAGE_IO		FRAME_IO	 /* the disk is at it */
#define PAGE_ANON	0x08		 /* private to processes: swapped, not written to a file */
#define PAGE_LOADING	0x10		 /* not yet filled */
#define PAGE_POLICY	0x20		 /* the policy knows it */
#define PAGE_CAPPED	0x40		 /* counted against frames= */
#define PAGE_EVICTING	0x80		 /* in evict() */

/* One frame of RAM. */
struct page {
	u8 flags;
	u8 frame_class;		 /* enum introspect_class */
	u16 pins;		 /* references of the kernel: not evicted, not freed */
	u16 sharers;		 /* PTEs that name it = length of the reverse map */
	u16 holds;		 /* processes that need it for progress */
	u32 hash_next;		 /* frame number + 1 */
	u32 next, prev;		 /* policy's list; free list: frame number + 1 */
	u32 map_next, map_prev;	 /* pages of the same mapping: frame number + 1 */
	u32 block;		 /* the mapping owner's word */
	struct mapping *mapping; /* file, swap, or NULL: nothing stands behind it */
	u64 index;		 /* page of the file, or slot */
	u64 policy_word;
	struct rmap_node rmap; /* first PTE that names it; mm NULL: none */
};

extern struct page *frames; /* of the frame at ram_base, and on */
extern u64 ram_base, nframes;
extern u64 frames_free, frames_reserve, frames_capped, frames_cap;

static inline u64 page_pa(const struct page *page)
{
	return ram_base + (u64)(page - frames) * PAGE_SIZE;
}

static inline struct page *pa_page(u64 pa)
{
	return &frames[(pa - ram_base) >> PAGE_SHIFT];
}

static inline void *pa_va(u64 pa)
{
	return (void *)(pa + DIRECT_BASE);
}

static inline u64 va_pa(const void *va)
{
	return (u64)va - DIRECT_BASE;
}

static inline u32 page_number(const struct page *page)
{
	return page ? (u32)(page - frames) + 1 : 0;
}

static inline struct page *number_page(u32 number)
{
	return number ? &frames[number - 1] : NULL;
}

void frame_init(u64 dtb_pa);		 /* after the device tree is readable */
struct page *frame_take(u8 frame_class); /* a free frame or NULL: never sleeps, no reserve kept */
u64 frames_on_free_list(void);
void frame_release(struct page *page); /* of whatever class: back to the free list */
/* A frame for a page of a process or file, pinned once: within frames=, above the reserve, evicting as
 * needed: sleeps.  NULL: out of memory (or the caller is dying of it). */
struct page *frame_get(u8 frame_class);
void kmalloc_init(void);
extern u64 kmalloc_objects; /* in use */
bool alloc_fails(void);	    /* asked for, by a test, of this allocation of kernel memory */
void frame_set_class(struct page *page, u8 frame_class);
void frame_zero(struct page *page);
void frame_zero_init(u32 block_bytes); /* what cbo.zero zeroes; 0: there is none */
void frame_copy(struct page *to, const struct page *from);
/* While booting. */
void *early_alloc(u64 bytes); /* whole frames behind the kernel image, zeroed, for ever */
bool frame_is_ram(u64 pa);
bool frame_is_mappable(u64 pa, u64 bytes); /* not the firmware's */

/* ---- reclaim.c ---- */
enum reclaim { RECLAIM_DONE, RECLAIM_BUSY, RECLAIM_NOTHING };
enum reclaim reclaim_one(void);	  /* evict a page: sleeps if it must be written */
bool reclaim_clean_one(void);	  /* only if that needs no sleep */
void reclaim_balance(u64 wanted); /* until so many frames are free, if that can be had: sleeps */
void replace_init(void);
void page_enter_policy(struct page *page);
void page_leave_policy(struct page *page);
void hold_page(struct page *page); /* until current has retired an instruction */
void hold_release(struct proc *proc);
void hold_forget(struct page *page); /* it is being freed */
bool page_was_used(struct page *page);
bool reclaim_page(struct page *page); /* this one, if it may go: sleeps */
bool page_write_early(struct page *page);
void page_unused(struct page *page); /* free it if nothing needs it any more */
int page_write(struct page *page); /* clean it through its mapping: sleeps; pinned by the caller */
bool throttle_needed(void);
void throttle_writers(void);	   /* when too much is dirty, write some: sleeps */
extern u32 disk_requests;	   /* in flight */
extern const char disk_channel[1]; /* woken whenever one is done */
extern u64 frames_dirty;	   /* file pages with PAGE_DIRTY */
void oom_kill(void);
bool starving(void);	  /* nothing to evict, again: false when the caller is to die of it */
void reclaim_pause(void); /* a millisecond, or until a transfer is done: sleeps */
extern u64 frames_given;  /* by frame_get so far: while it grows, somebody gets on */

/* ---- rmap.c ---- */
bool rmap_add(struct page *page, struct mm *mm, u64 va); /* false: no memory */
void rmap_remove(struct page *page, struct mm *mm, u64 va);
void rmap_move(struct page *page, struct mm *mm, u64 from, u64 to);

/* ---- pagecache.c ---- */
void cache_init(void);
struct page *cache_lookup(struct mapping *mapping, u64 index);
void cache_insert(struct page *page, struct mapping *mapping, u64 index);
void cache_remove(struct page *page);
void page_pin(struct page *page);
void page_filled(struct page *page, int error); /* loading is over */
/* Pages from `index` on, as far as they are not cached (in swap: exist), entered and pinned, to be filled by
 * the caller and told by page_filled: how many.  Sleeps. */
u32 cache_claim(struct mapping *mapping, u64 index, struct page **pages, u32 count);

/* ---- swap.c ---- */
#define NO_SLOT UINT32_MAX
extern struct mapping swap_mapping;
void swap_init(void);
int swap_read_cluster(u32 first, const u64 *pa, u32 count); /* neighbouring slots: sleeps */
bool swap_has_room(void);
u32 swap_alloc(void);	 /* with one reference; NO_SLOT when full */
bool slot_get(u32 slot); /* false: too many references */
void slot_put(u32 slot);
u32 slot_refs(u32 slot);
u64 swap_pages_total(void), swap_pages_used(void);
extern u64 shm_slots; /* slots that shared memory refers to */
void swap_check(u64 expected);
extern u32 check_interval;		/* check=N: every Nth return to user mode */
void page_drop_slot(struct page *page); /* the page is (being) dirtied: its copy in swap is stale */

/* ---- address spaces ---- */
#define RF_SHARED     0x01
#define RF_GROWS_DOWN 0x02
#define RF_SHM	      0x04 /* mapping is shared anonymous memory */
#define RF_LOCKED     0x08
#define RF_SEQUENTIAL 0x10 /* read ahead of the faults */
#define RF_DONTFORK   0x20
#define RF_WIPEONFORK 0x40 /* the child finds zeros */

struct region {
	u64 start, end;
	u8 prot;     /* PROT_* */
	u8 max_prot; /* what mprotect may give */
	u8 flags;
	u8 kind;	   /* enum introspect_region */
	u32 offset;	   /* page of the file at `start` */
	struct file *file; /* NULL: anonymous */
	struct mapping *mapping;
	u64 file_end; /* first va that the file does not fill, if within the region (bss tail) */
	struct region *prev, *next;
};

struct mm {
	struct mm *next; /* of all */
	u32 refs;
	u32 owner_pid;
	u64 root_pa;
	u64 *root;
	struct region *regions; /* by address */
	struct region *hint;	/* where the last search came to */
	u32 nregions;
	u32 version; /* of the region list */
	u64 asid, asid_generation;
	u64 brk_start, brk, stack_top, stack_limit, mmap_base;
	u64 hole_from, hole_bytes; /* between hole_from and mmap_base no gap is larger than that */
	u64 resident, peak_resident, swapped, table_pages, total_pages;
	u64 arg_start, arg_end, env_start, env_end; /* for /proc/PID/cmdline and environ */
	u64 start_code, end_code, vdso;
	u64 run_ticks;
	struct file *exe;
#define AUXV_WORDS 40
	u64 auxv[AUXV_WORDS];
	bool lock_future, lock_on_fault; /* mlockall: what is mapped from now on */
};

struct mm *mm_create(void);
struct mm *mm_get(struct mm *mm);
void mm_put(struct mm *mm);			  /* sleeps */
struct mm *mm_next(const struct mm *after);	  /* of all, dying ones too; NULL: the first */
int mm_fork(struct mm *child, struct mm *parent); /* sleeps */
void mm_use(struct mm *mm);			  /* satp; NULL: the kernel's own tables */

bool region_make_shm(struct region *region);	     /* shared anonymous memory */
struct region *region_find(struct mm *mm, u64 va);   /* the one that holds va, or NULL */
struct region *region_above(struct mm *mm, u64 va);  /* first that ends above va */
struct region *region_before(struct mm *mm, u64 va); /* the one before that, or NULL */
struct region *region_insert(struct mm *mm, u64 start, u64 end, u32 prot, u32 flags, u32 kind,
			     struct file *file, u64 offset); /* NULL when short */
int region_unmap(struct mm *mm, u64 start, u64 end);
void region_join(struct mm *mm, u64 start, u64 end);
int region_mark(struct mm *mm, u64 start, u64 end, u8 set, u8 clear); /* RF_* of [start, end) */
int region_protect(struct mm *mm, u64 start, u64 end, u32 prot);
extern u64 locked_pages; /* in regions that are locked */
int region_lock(struct mm *mm, u64 start, u64 end, bool lock);
void region_unlock(struct region *region);
u64 mm_locked_pages(const struct mm *mm);
bool page_is_locked(const struct page *page);
u64 region_hole(struct mm *mm, u64 bytes); /* a free range below mmap_base, 0: none */
/* Where what is kept free for a region begins: the process's stack has room to grow. */
u64 region_floor(const struct mm *mm, const struct region *region);
u64 region_grow_limit(const struct mm *mm, const struct region *region);
void region_share_shm(struct region *region, struct mapping *mapping);
/* Touches [start, end), for MAP_POPULATE and mlock; sleeps. */
void mm_populate(u64 start, u64 end);
int mm_lock(u64 start, u64 end, bool lock);
bool mm_may_lock(u64 pages);	     /* so many more */
bool range_ok(u64 start, u64 bytes); /* page-aligned and below USER_TOP */
int mm_lock_new(u64 start, u64 end); /* what has just been mapped, under mlockall */
bool mm_root_alloc(struct mm *mm);
void mm_root_free(struct mm *mm);
void stack_limit_set(struct mm *mm, u64 bytes); /* how far down the stack may grow */
extern struct mapping vdso_mapping;		/* one page: the signal trampoline */
void vdso_init(void);
bool mm_fits(struct mm *mm, u64 bytes); /* RLIMIT_AS and overcommit */

/* ---- pagetable.c ---- */
void kernel_map_init(void);
extern u32 direct_superpages, direct_pages; /* of what the direct map is made */
u64 *pte_find(struct mm *mm, u64 va);	    /* NULL: no table */
u64 *pte_create(struct mm *mm, u64 va);	    /* makes tables; NULL: no memory; never sleeps */
/* Set, clear or change a PTE that names a page: reverse map, counts and fence included. */
bool pte_map(struct mm *mm, u64 va, u64 *pte, struct page *page, u64 flags);
void pte_unmap(struct mm *mm, u64 va, u64 *pte, u64 replacement);
u64 pte_flags(u32 prot);
/* Page tables of [start, end) where no region is any more; with `search` all that are empty. */
void tables_free(struct mm *mm, u64 start, u64 end, bool search);
void fence_page(struct mm *mm, u64 va);
/* PTEs of [start, end) that are not zero: calls each(mm, va, pte, arg). */
void pte_each(struct mm *mm, u64 start, u64 end, void (*each)(struct mm *, u64, u64 *, void *),
	      void *arg);
extern u32 kstack_deepest; /* bytes, of the stacks freed so far */
void *kstack_alloc(void);  /* lowest address; NULL when short */
void kstack_free(void *stack);
#define KSTACK_BYTES 8192ul

/* ---- fault.c ---- */
struct fault {
	u64 va, pc, start;
	u32 access; /* PROT_READ, PROT_WRITE or PROT_EXEC */
	/* results, but for `kernel` */
	u32 frame, slot;
	bool kernel; /* in the kernel's own copy */
	bool major;
	u8 kind;   /* enum introspect_fault */
	u8 reason; /* enum introspect_reason */
	u8 region; /* enum introspect_region */
};
bool fault_handle(struct fault *fault); /* true: the access may be tried again; sleeps */
/* Exec's way to put something into a page of an address space that nobody runs yet. */
struct page *mm_page_for_exec(struct mm *mm, u64 va); /* pinned; NULL: no memory; sleeps */

/* ---- introspect.c ---- */
extern struct introspect faultline_introspect;
extern u32 proc_max;
void introspect_init(void);
void introspect_page(const struct page *page);	/* after any change of it */
void introspect_flags(const struct page *page); /* pins and references alone */
void introspect_class(const struct page *page);
void introspect_proc(const struct proc *proc);
void introspect_counts(const struct proc *proc);
void introspect_mm(const struct mm *mm);
void introspect_state(const struct proc *proc);
void introspect_proc_gone(const struct proc *proc);
void introspect_eviction(const struct eviction *gone, u8 flags);
void introspect_fault(const struct fault *fault);
/* A signal has its effect (LIFE_*); call: the frame of the system call that it may interrupt, or NULL. */
void introspect_signal(const struct proc *proc, u32 kind, const struct siginfo *info,
		       const struct trapframe *call);
void introspect_ended(const struct proc *proc, u32 wait_status);
void introspect_tell(enum introspect_told what, const struct page *page, u64 detail);
#define COUNT (faultline_introspect.counters)

#endif
