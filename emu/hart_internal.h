/*
 * The inside of a hart, shared by the files of the CPU core and nobody else.
 *
 * hart.c       create, reset, run, save and load
 * csr.c        control and status registers           trap.c      traps, xRET, fences, WFI
 * csr_legal.c  what values they take
 * softmmu.c    loads, stores, fetches: TLBs, PMP, bus
 * contexts.c   fast arrays and jump caches, which of them count now
 * quickwalk.h  the commonest page-table walk
 * slow.c       one instruction at a time              exec.c      threaded code
 * handlers.*   what its handlers are made of
 * blocks.c     the store of decoded code              fusion.c    several ops by one handler
 */
#ifndef EMU_HART_INTERNAL_H
#define EMU_HART_INTERNAL_H

#include "emu/decode.h"
#include "emu/hart.h"
#include "emu/quickwalk.h"

#define likely(x)   __builtin_expect(!!(x), 1)
#define unlikely(x) __builtin_expect(!!(x), 0)

#define PAGE_BYTES 4096ull
#define PAGE_MASK  (PAGE_BYTES - 1)

#define CACHE_BLOCK 64ull /* bytes that a cache-block instruction is about */

enum {
	CAUSE_FETCH_MISALIGNED = 0,
	CAUSE_FETCH_ACCESS = 1,
	CAUSE_ILLEGAL = 2,
	CAUSE_BREAKPOINT = 3,
	CAUSE_LOAD_MISALIGNED = 4,
	CAUSE_LOAD_ACCESS = 5,
	CAUSE_STORE_MISALIGNED = 6,
	CAUSE_STORE_ACCESS = 7,
	CAUSE_ECALL_U = 8,
	CAUSE_ECALL_S = 9,
	CAUSE_ECALL_M = 11,
	CAUSE_FETCH_PAGE = 12,
	CAUSE_LOAD_PAGE = 13,
	CAUSE_STORE_PAGE = 15
};
#define CAUSE_INTERRUPT (1ull << 63)

#define MSTATUS_SIE  (1ull << 1)
#define MSTATUS_MIE  (1ull << 3)
#define MSTATUS_SPIE (1ull << 5)
#define MSTATUS_MPIE (1ull << 7)
#define MSTATUS_SPP  (1ull << 8)
#define MSTATUS_MPP  (3ull << 11)
#define MSTATUS_FS   (3ull << 13)
#define MSTATUS_MPRV (1ull << 17)
#define MSTATUS_SUM  (1ull << 18)
#define MSTATUS_MXR  (1ull << 19)
#define MSTATUS_TVM  (1ull << 20)
#define MSTATUS_TW   (1ull << 21)
#define MSTATUS_TSR  (1ull << 22)
#define MSTATUS_UXL  (2ull << 32)
#define MSTATUS_SXL  (2ull << 34)
#define MSTATUS_SD   (1ull << 63)

#define MIP_SSIP   (1u << 1)
#define MIP_MSIP   (1u << 3)
#define MIP_STIP   (1u << 5)
#define MIP_MTIP   (1u << 7)
#define MIP_SEIP   (1u << 9)
#define MIP_MEIP   (1u << 11)
#define MIP_LCOFIP (1u << 13)

#define MENVCFG_FIOM  (1ull << 0)
#define MENVCFG_CBIE  (3ull << 4)
#define MENVCFG_CBCFE (1ull << 6)
#define MENVCFG_CBZE  (1ull << 7)
#define MENVCFG_ADUE  (1ull << 61)
#define MENVCFG_PBMTE (1ull << 62)
#define MENVCFG_STCE  (1ull << 63)

#define PHYS_BITS 56

/* Control and status registers that are plain storage. */
struct csrs {
	uint64_t mstatus, medeleg, mideleg, mie, mtvec, mcounteren, menvcfg, mcountinhibit;
	uint64_t mscratch, mepc, mcause, mtval;
	uint64_t stvec, scounteren, senvcfg, sscratch, sepc, scause, stval, satp, stimecmp;
	uint64_t mip;		 /* what software wrote */
	uint64_t lines;		 /* what set_irq last said */
	uint64_t frm, fflags;	 /* fflags: those folded so far */
	uint64_t cycle, instret; /* counter less its source; the counter itself while inhibited */
	uint64_t hpm[32], hpmevent[32]; /* numbered from 3 */
};

/*
 * Fast arrays.  An entry says where in the host a virtual page is that the TLB holds now, and that
 * the access it stands for is allowed.  `tag` is compared with the address masked so that a
 * misaligned one differs.
 */
#define FAST_ENTRIES 1024u
#define FAST_EMPTY   UINT64_MAX

struct fast_entry {
	uint64_t tag;
	uint64_t add; /* host address less virtual address */
};

enum { FAST_READ, FAST_WRITE, FAST_KINDS };

static inline unsigned fast_index(uint64_t va)
{
	return (unsigned)(va >> 12) & (FAST_ENTRIES - 1);
}

/* One pair of arrays for each way in which data addresses are translated and checked; a pool. */
struct data_context {
	struct fast_entry entry[FAST_KINDS][FAST_ENTRIES];
	uint16_t log[FAST_KINDS][FAST_ENTRIES]; /* which entries are not empty */
	unsigned nlog[FAST_KINDS];
};

/* The jump cache of one way in which fetches are translated: virtual pc to decoded code. */
#define JUMP_ENTRIES 2048u

struct op;
struct jump_entry {
	uint64_t va;
	struct op *op;
};

struct code_context {
	struct jump_entry entry[JUMP_ENTRIES];
	uint16_t log[JUMP_ENTRIES];
	unsigned nlog;
};

/* Two contexts for untranslated accesses (M-mode, others), the rest for what satp says. */
#define CONTEXTS	   16
#define CONTEXT_MACHINE	   0
#define CONTEXT_BARE	   1
#define CONTEXT_TRANSLATED 2

/* How addresses are translated and checked at the moment. */
struct view {
	struct sv_context sv; /* meaningful if translated */
	uint32_t key;	      /* of the context in the pool */
	uint16_t asid;
	uint8_t slot;	     /* of the context in the pool */
	uint8_t unused_bits; /* at the top of a virtual address, all alike */
	bool translated;
	bool machine;		    /* effective privilege M, for PMP */
	bool quick;		    /* quick_walk may be tried: Sv39, and not --slow */
	struct quick_rule plain[3]; /* by access: what of a leaf PTE allows it at a glance */
};

/* Views computed lately, by privilege, SUM and MXR, under one satp: traps and returns go back and
 * forth between the same few.  The last is that of M-mode under MPRV. */
#define VIEW_CACHE 17
#define VIEW_MPRV  16

struct view_cache {
	uint64_t satp, menvcfg;
	uint32_t valid; /* bit k: entry k */
	struct {
		struct view data, fetch;
	} entry[VIEW_CACHE];
};

/* What all harts of one machine share. */
struct hart_group {
	struct code_store *code;
	struct hart *hart[8];
	unsigned count;
};

#define FETCH_NONE  1ull /* no page's address */
#define QUICK_STEPS 64

struct hart {
	uint64_t x[33]; /* x[32] takes what is written to x0 */
	uint64_t f[32];

	/* The running engine's accounts: instructions that may still retire before the budget is
	 * used up, less one, in the upper half; data accesses since the last settling in the lower. */
	int64_t acc;
	struct fast_entry *fast;	/* arrays of the present data context */
	struct jump_entry *jump;	/* jump cache of the present code context */
	const struct op *op;		/* inside a block: the op that called out, else NULL */
	unsigned op_extra;		/* ... and which of its instructions, if it is several */
	uint64_t value;			/* what LR and SC bring, AMOs from a device */
	const struct hart_watch *watch; /* NULL: nobody */
	bool apart;    /* --slow, or somebody watches: fills of the fast arrays are not plain */
	bool fp_ready; /* FS is dirty, frm is a mode of the host's FPU */
	bool fetch_translated; /* as h->fetch says */

	uint64_t pc; /* next instruction; inside a block see hart_op_pc */
	enum priv priv;
	int32_t settled;  /* upper half of acc at the last settling */
	uint64_t reserve; /* budget kept back from acc */
	uint64_t instret; /* retired until the last settling */
	uint64_t slice_start;
	uint64_t fetch_page;   /* the page whose look-up stands; FETCH_NONE: next fetch looks up */
	volatile bool poll;    /* hart_run shall come back; set by signal handlers too */
	unsigned barren_traps; /* taken in a row since an instruction retired */
	uint64_t barren_instret;
	bool waiting, running;

	struct {
		uint64_t cause, tval;
		bool uncounted; /* refused before it was a data access */
	} exc;

	struct csrs csr;
	struct pmp pmp;
	bool pmp_open; /* everything is allowed to S and U */
	struct {
		bool valid;
		uint8_t bytes;
		uint64_t pa;
	} reservation;

	const struct view *data, *fetch; /* two of views */
	struct view_cache views;
	struct hart_counters counters;
	uint64_t drop_random;
	uint32_t hpm_active; /* counters that have an event */

	unsigned id;
	struct hart_config config;
	struct hart_env env;
	struct hart_group *group;
	struct tlb *itlb, *dtlb;
	struct data_context *data_context; /* CONTEXTS of them */
	struct code_context *code_context;
	uint32_t data_key[CONTEXTS], code_key[CONTEXTS];
	unsigned data_next, code_next;	       /* next to be reused */
	struct quick_steps steps[QUICK_STEPS]; /* by va */
};

/* hart.c */
void hart_settle(struct hart *h);
/* Make the engine come back at the next poll point. */
void hart_steal(struct hart *h);
void hart_irq_changed(struct hart *h);
unsigned hart_irq_ready(const struct hart *h); /* interrupt to take now, 0 if none */
void hart_emit(struct hart *h, struct event *event);

/* csr.c */
uint64_t csr_mip(const struct hart *h, uint64_t mask);	/* the bits of mip that mask asks about */
bool csr_access(struct hart *h, const struct insn *in); /* false: illegal */
/* The same in two parts: the row of a CSR that harts like this have (0: none), then an instruction
 * (its row, rd and the field rs1) on it. */
unsigned csr_row(uint64_t lacks, unsigned number);
bool csr_execute(struct hart *h, unsigned row, unsigned insn, unsigned rd, unsigned rs1);
bool csr_peek(const struct hart *h, unsigned number, uint64_t *value);
/* Is it storage that is read without conditions, where in struct csrs, which values does it take? */
enum csr_takes { CSR_TAKES_ANY, CSR_TAKES_EVEN, CSR_TAKES_SOME };
bool csr_is_plain(unsigned number, unsigned *offset, enum csr_takes *takes);
void csr_reset(struct hart *h);
void csr_hpm_changed(struct hart *h); /* hpmevent[] did, or all of h->csr */

/* What the hpm counters can count, as numbered in mhpmevent: those of TLB misses as SBI numbers
 * them and QEMU does, ours from 1. */
enum hpm_event {
	HPM_NONE = 0,
	HPM_PAGE_FAULT = 1, /* exceptions 12, 13 and 15, and each of them alone: */
	HPM_FETCH_PAGE_FAULT = 2,
	HPM_LOAD_PAGE_FAULT = 3,
	HPM_STORE_PAGE_FAULT = 4,
	HPM_WALK = 5,
	HPM_PTE_READ = 6,
	HPM_DTLB_LOAD_MISS = 0x10019,
	HPM_DTLB_STORE_MISS = 0x1001b,
	HPM_ITLB_MISS = 0x10021
};
void csr_hpm_count(struct hart *h, enum hpm_event event, uint64_t n);

/* Nothing is as rare as somebody who counts. */
static inline void hpm_count(struct hart *h, enum hpm_event event, uint64_t n)
{
	if (unlikely(h->hpm_active))
		csr_hpm_count(h, event, n);
}

static inline bool hart_has(const struct hart_config *config, enum isa_extension extension)
{
	return !(config->lacks >> extension & 1);
}
void csr_fp_changed(struct hart *h);

/* By the field of menvcfg and, in U-mode, of senvcfg that lets a cache-block instruction be. */
static inline bool hart_cbo_allowed(const struct hart *h, uint64_t field)
{
	if (h->priv < PRIV_M && !(h->csr.menvcfg & field))
		return false;
	return h->priv != PRIV_U || h->csr.senvcfg & field;
}

/* trap.c: the result of a SYSTEM instruction.  h->pc is its address on entry. */
enum sys_result {
	SYS_NEXT,   /* go on behind it */
	SYS_FENCED, /* go on behind it; what was known of translation or code may be different */
	SYS_JUMP,   /* h->pc is the next instruction */
	SYS_TRAP    /* did not retire: h->exc says why */
};
void hart_trap(struct hart *h, uint64_t cause, uint64_t tval);
enum sys_result sys_fence(struct hart *h, const struct insn *in);
enum sys_result sys_fence_i(struct hart *h, const struct insn *in);
enum sys_result sys_ecall(struct hart *h, const struct insn *in);
enum sys_result sys_ebreak(struct hart *h, const struct insn *in);
enum sys_result sys_sret(struct hart *h, const struct insn *in);
enum sys_result sys_mret(struct hart *h, const struct insn *in);
enum sys_result sys_wfi(struct hart *h, const struct insn *in);
enum sys_result sys_sfence_vma(struct hart *h, const struct insn *in);
enum sys_result sys_sfence_w_inval(struct hart *h, const struct insn *in);
enum sys_result sys_sfence_inval_ir(struct hart *h, const struct insn *in);
enum sys_result sys_csr(struct hart *h, const struct insn *in);
enum sys_result sys_cbo_inval(struct hart *h, const struct insn *in);
enum sys_result sys_cbo_clean(struct hart *h, const struct insn *in);
enum sys_result sys_cbo_zero(struct hart *h, const struct insn *in);
enum sys_result sys_wrs(struct hart *h, const struct insn *in);

static inline enum sys_result sys_illegal(struct hart *h, const struct insn *in)
{
	h->exc.cause = CAUSE_ILLEGAL;
	h->exc.tval = in->bits;
	return SYS_TRAP;
}

/* softmmu.c.  False: h->exc says why; nothing was changed. */
bool mem_read(struct hart *h, uint64_t va, unsigned bytes, uint64_t *value);
/* The same for the engine, in two registers of the host. */
struct mem_value {
	uint64_t value;
	bool ok;
};
struct mem_value mem_load(struct hart *h, uint64_t va, unsigned bytes);
bool mem_write(struct hart *h, uint64_t va, unsigned bytes, uint64_t value);
bool mem_load_reserved(struct hart *h, uint64_t va, unsigned bytes, uint64_t *value);
bool mem_store_conditional(struct hart *h, uint64_t va, unsigned bytes, uint64_t value,
			   uint64_t *failed);
/* The host's address of an operand to be written (of a device's: of a copy); mem_amo_done after. */
bool mem_amo(struct hart *h, uint64_t va, unsigned bytes, void **host, uint64_t *pa);
void mem_amo_done(struct hart *h, uint64_t pa, unsigned bytes);
/* Translate the page of a fetch, counting; then the instruction's bits, both halves. */
bool mem_fetch_pa(struct hart *h, uint64_t va, uint64_t *pa);
bool mem_fetch(struct hart *h, uint32_t *bits);

/* Cache blocks: may it be touched at all; zero one. */
bool mem_block_check(struct hart *h, uint64_t va);
bool mem_block_zero(struct hart *h, uint64_t va);

void mmu_init(struct hart *h);	      /* no contexts are in use */
void mmu_update_view(struct hart *h); /* privilege, mstatus, satp or menvcfg changed */
void mmu_pmp_changed(struct hart *h);
void mmu_drop_data(struct hart *h);  /* empty the fast arrays */
void mmu_drop_jumps(struct hart *h); /* empty the jump caches */
void mmu_empty_array(struct data_context *context, unsigned kind);
void mmu_drop_user(struct hart *h, bool jumps); /* ... of pages that user mode may use */
void mmu_drop_writable(struct hart *h, const void *host_page);
void mmu_fence(struct hart *h, bool has_va, uint64_t va, bool has_asid, uint16_t asid);
void mmu_tlb_dropped_data(void *ctx, const struct tlb_entry *entry);
void mmu_tlb_dropped_fetch(void *ctx, const struct tlb_entry *entry);

/* slow.c: one instruction. */
enum step { STEP_ON, STEP_POLL };
enum step slow_step(struct hart *h);

/* The operation of a floating-point instruction, its rounding mode obeyed, its rd written.  False:
 * there is no such rounding mode. */
bool slow_fp_execute(struct hart *h, const struct insn *in);

/* exec.c: run until a poll point at which the budget is used up. */
void exec_run(struct hart *h);

#endif
