/*
 * The page-table walk of the RISC-V privileged specification, for Sv39, Sv48 and Sv57.
 *
 * What this is: one pure function that translates a virtual address, following the ten numbered
 * steps of "Virtual Address Translation Process" (Supervisor-Level ISA), and says in its result
 * what each step read and which rule refused.  What this does not know: harts, TLBs, devices, how
 * memory is stored.  It reaches page tables through a port given by its caller; it allocates
 * nothing, has no globals, and may be called from any number of threads.
 */
#ifndef SV39_WALK_H
#define SV39_WALK_H

#include <stdbool.h>
#include <stdint.h>

/* PTE bits, in the order of the specification's figure (Sv39 page table entry). */
#define PTE_V	       (1ull << 0)
#define PTE_R	       (1ull << 1)
#define PTE_W	       (1ull << 2)
#define PTE_X	       (1ull << 3)
#define PTE_U	       (1ull << 4)
#define PTE_G	       (1ull << 5)
#define PTE_A	       (1ull << 6)
#define PTE_D	       (1ull << 7)
#define PTE_PPN_SHIFT  10
#define PTE_PPN_MASK   0x003ffffffffffc00ull /* bits 53:10 */
#define PTE_RESERVED   0x1fc0000000000000ull /* bits 60:54 */
#define PTE_PBMT       0x6000000000000000ull /* bits 62:61, Svpbmt */
#define PTE_PBMT_SHIFT 61
#define PTE_N	       0x8000000000000000ull /* bit 63, Svnapot */

/* satp.MODE; the encodings between and beyond are reserved, and no context may bear them */
enum sv_mode { SV_BARE = 0, SV_39 = 8, SV_48 = 9, SV_57 = 10 };

enum sv_access { SV_FETCH, SV_LOAD, SV_STORE }; /* AMO, SC: SV_STORE; LR: SV_LOAD */

enum sv_priv { SV_USER = 0, SV_SUPERVISOR = 1 };

/* What may happen when the walker's port touches memory. */
enum sv_port_status {
	SV_PORT_OK,
	SV_PORT_DENIED, /* no memory there, or PMP/PMA refuses: an access fault */
	SV_PORT_CHANGED /* compare-and-set only: the PTE no longer had the expected value */
};

/*
 * How the walker reaches page tables.  read_pte and cas_pte take the physical address of an 8-byte
 * aligned PTE.  PTE reads are implicit S-mode *reads* whatever the original access was; cas_pte is
 * an implicit S-mode *write*, must be atomic against other harts, and stores `desired` only if
 * memory still holds `expected`.  cas_pte NULL: nothing sets A and D, as if ad_update were false.
 */
struct sv_port {
	void *ctx;
	enum sv_port_status (*read_pte)(void *ctx, uint64_t pte_pa, uint64_t *pte);
	enum sv_port_status (*cas_pte)(void *ctx, uint64_t pte_pa, uint64_t expected,
				       uint64_t desired);
	/* Optional: may this access touch its own `pa`?  Asked before A or D change, so that an access
	 * which PMP refuses leaves its PTE alone.  One byte is asked about: the caller still has to
	 * check all bytes of its operand.  NULL: the walk takes `pa` for granted. */
	enum sv_port_status (*check_pa)(void *ctx, uint64_t pa, enum sv_access access);
};

/* All that the walk depends on besides memory.  Plain values: copy freely.  What M-mode accesses
 * without MPRV is not translated: its mode is SV_BARE. */
struct sv_context {
	enum sv_mode mode; /* SV_BARE: pa is va, step 10 alone is taken */
	uint64_t root_ppn; /* satp.PPN */
	enum sv_priv priv; /* effective privilege of this access (MPRV already applied) */
	bool sum;	   /* mstatus.SUM */
	bool mxr;	   /* mstatus.MXR */
	bool ad_update;	   /* true: hardware sets A and D (Svadu, menvcfg.ADUE=1); false: Svade */
	bool svpbmt;	   /* menvcfg.PBMTE=1 */
	bool svnapot;	   /* the N bit is implemented */
	unsigned pa_bits;  /* width of the machine's physical address, 1..56; 0: 56 */
};

/*
 * The outcome: SV_OK or the one rule that refused.  Rules are listed in the order in which the
 * walk meets them; the step numbers are the specification's.
 */
enum sv_status {
	SV_OK,
	SV_NONCANONICAL,      /* step 1: upper VA bits are not copies of the top VA bit */
	SV_PTE_ACCESS,	      /* step 2: PMA or PMP denied the PTE read (access fault) */
	SV_PTE_INVALID,	      /* step 3: V=0 */
	SV_PTE_WRITE_ONLY,    /* step 3: R=0, W=1 */
	SV_PTE_RESERVED,      /* step 3: a bit of 60:54 is set */
	SV_PTE_PBMT,	      /* step 3: PBMT=3, or PBMT!=0 while Svpbmt is not enabled */
	SV_PTE_NAPOT,	      /* step 3: N=1 unsupported, not at level 0, or PPN[3:0] != 1000 */
	SV_POINTER_RESERVED,  /* step 3: A, D, U, N or PBMT set in a non-leaf PTE */
	SV_NO_LEAF,	      /* step 4: a pointer at level 0 */
	SV_MISALIGNED,	      /* step 5: a superpage whose low PPN bits are not zero */
	SV_USER_PAGE,	      /* step 6: S touches a U page (fetch, or data with SUM=0) */
	SV_SUPERVISOR_PAGE,   /* step 6: U touches a page without the U bit */
	SV_NOT_READABLE,      /* step 8: load, R=0 and not (MXR and X) */
	SV_NOT_WRITABLE,      /* step 8: store, W=0 */
	SV_NOT_EXECUTABLE,    /* step 8: fetch, X=0 */
	SV_ACCESSED_CLEAR,    /* step 9: A=0 under Svade */
	SV_DIRTY_CLEAR,	      /* step 9: a store with D=0 under Svade */
	SV_PTE_UPDATE_ACCESS, /* step 9: PMA or PMP denied the A/D update (access fault) */
	SV_PA_WIDTH,	      /* step 10: the PA, or a PTE's, exceeds pa_bits (access fault) */
	SV_PA_ACCESS,	      /* step 10: the port's check_pa refused the PA (access fault) */
	SV_STATUS_COUNT
};

#define SV_MAX_LEVELS 5

struct sv_step {
	unsigned level;	 /* 4 (Sv57) down to 0 */
	uint64_t pte_pa; /* where the PTE was read */
	uint64_t pte; /* what was read there (last read, if an update made the walk start over) */
};

/* The whole story of one translation, as a value; what a refused walk did not come to is 0. */
struct sv_walk {
	enum sv_status status;
	enum sv_access access;
	uint64_t va;
	uint64_t pa;	     /* valid if SV_OK */
	uint64_t page_bytes; /* what it holds for: 4 KiB (Bare too), 64 KiB (NAPOT), 2 MiB, ... */
	uint64_t pte;	     /* the leaf PTE as it stands in memory after any A/D update */
	uint64_t pte_pa;     /* where it stands */
	unsigned level;	     /* its level */
	bool global;	     /* G set in the leaf or inherited from a pointer */
	bool updated;	     /* this walk set A or D in memory */
	unsigned pte_reads;  /* PTE reads done, repeats included */
	unsigned nsteps;     /* valid entries of step[] */
	struct sv_step step[SV_MAX_LEVELS];
};

/* Translate `va` for `access`.  Never fails other than through .status. */
struct sv_walk sv39_walk(const struct sv_port *port, const struct sv_context *context, uint64_t va,
			 enum sv_access access);

/* True for the statuses that are access faults; every other status but SV_OK is a page fault. */
bool sv_status_is_access_fault(enum sv_status status);

/*
 * The exception cause (mcause/scause, interrupt bit clear) that `status` raises for `access`:
 * 1, 5, 7 (access faults) or 12, 13, 15 (page faults).  status must not be SV_OK.
 */
unsigned sv_cause(enum sv_status status, enum sv_access access);

/* Levels of a mode: 3, 4 or 5; 0 of SV_BARE. */
unsigned sv_levels(enum sv_mode mode);

/*
 * May a leaf PTE with these bits be used for this access?  Steps 6 and 8 alone, as a TLB hit has
 * to check them again.  SV_OK or the rule that refuses.  Not asked is step 9: a store that hits a
 * translation whose PTE has D=0 has to walk again, for D or for the fault.
 */
enum sv_status sv_check_leaf(uint64_t pte, const struct sv_context *context, enum sv_access access);

/* A short name ("not writable") and one sentence for people.  Static strings. */
const char *sv_status_name(enum sv_status status);
const char *sv_status_text(enum sv_status status);

/* PTE flags in the project's one notation, "DAGUXWRV" with '-' for a clear bit.  buf holds 9. */
char *sv_pte_flags(uint64_t pte, char buf[9]);

#endif
