/*
 * One RISC-V hart: RV64 with the extensions of isa.def, M, S and U privilege, its TLBs, and the
 * execution engine.
 *
 * The machine drives it through hart_run and the interrupt lines.  What a hart knows of the machine
 * is struct hart_env: RAM, the bus, the event hub, the clock.
 */
#ifndef EMU_HART_H
#define EMU_HART_H

#include <stdbool.h>
#include <stdint.h>

#include "devices/bus.h"
#include "emu/event.h"
#include "emu/isa.h"
#include "emu/ram.h"
#include "mmu/pmp.h"
#include "mmu/tlb.h"
#include "mmu/walk.h"

enum priv { PRIV_U = 0, PRIV_S = 1, PRIV_M = 3 };

enum ad_mode { AD_HW, AD_SVADE, AD_SVADU }; /* --ad */

struct hart_config {
	enum ad_mode ad;
	enum sv_mode max_mode; /* largest satp.MODE accepted */
	uint64_t lacks;	       /* extensions that it has not: EXT_BITs (isa.h); 0: has all */
	bool misaligned_traps; /* misaligned loads and stores trap */
	struct tlb_config itlb, dtlb;
	uint64_t code_cache_bytes; /* bound of the decoded store */
	bool slow;		   /* one instruction at a time, no decoded code, no fast arrays */
	uint64_t drop_seed;	   /* nonzero: drop decoded code, fast arrays and jump cache at
					pseudo-random instructions (a test: nothing may change) */
};

/* The clock shared by all harts.  Hart k of N, `progress` instructions into its slice, reads
 * round_start_ns + (k * slice_insns + progress) / N. */
struct clock {
	uint64_t round_start_ns;
	uint64_t slice_insns;
	unsigned nharts;
};

struct hart;

struct hart_env {
	struct ram *ram;
	struct bus *bus;
	struct event_hub *events;
	struct clock *clock;
	void *ctx; /* the machine, passed back below */
	/* A store touched tohost: called after the store with the 8 bytes at tohost. */
	void (*htif_store)(void *ctx, uint64_t pa);
	/* NULL, or: is the ebreak that stands at pc a call of semihosting?  If so, *a0 is its answer. */
	bool (*semihost)(void *ctx, const struct hart *hart, uint64_t *a0);
	/* Stores by this hart break other harts' reservations and decoded code (SMP, DMA). */
};

enum hart_exit {
	HART_BUDGET, /* the instructions asked for have retired (and it stands at a poll point) */
	HART_POLL,   /* hart_request_poll was called: stands at the next poll point */
	HART_WFI,    /* waits for an interrupt */
	HART_STUCK   /* HART_STUCK_TRAPS traps in a row and not one instruction retired between
			them: only an interrupt from outside can end that; run it again or give up */
};

#define HART_STUCK_TRAPS 10000

struct hart_counters {
	uint64_t traps[2][64];		       /* [interrupt][cause], all target privileges */
	uint64_t s_page_faults;		       /* causes 12, 13, 15 taken in S-mode */
	uint64_t insns_by_priv[4];	       /* retired in U, S, -, M */
	uint64_t itlb_accesses, dtlb_accesses; /* hits = accesses - misses */
	uint64_t walks, pte_reads;
};

/*
 * Somebody who wants to know the order in which pages are referenced.  While there is one, the fast
 * arrays hold the last page alone, so that every change of page comes by; nothing else is different,
 * and nothing is counted differently.  Only pages that user mode may use are told of.
 */
struct hart_watch {
	void *ctx;
	/* Return true if that was news: what the arrays remember of other pages is dropped. */
	bool (*data)(void *ctx, uint64_t va, uint64_t pa, bool store, enum priv priv);
	bool (*fetch)(void *ctx, uint64_t va, uint64_t pa);
	/* After a store by the guest to the 8 bytes at told_pa. */
	bool (*told)(void *ctx);
	uint64_t told_pa;
};

struct hart; /* the owner of hart.c defines it in hart_internal.h; accessors below */

struct hart *hart_create(unsigned id, const struct hart_config *config, const struct hart_env *env);
void hart_destroy(struct hart *hart);

/* Reset: M-mode at pc, everything else as the specification's reset state. */
void hart_reset(struct hart *hart, uint64_t pc, uint64_t a0, uint64_t a1, uint64_t a2);

/*
 * Run until `insns` more instructions have retired and a poll point is reached, or until one of the
 * other reasons.  Poll points: after a control transfer, a SYSTEM or FENCE instruction, a trap, or
 * the last instruction of a page.  Pending, enabled interrupts are taken at poll points.
 */
enum hart_exit hart_run(struct hart *hart, uint64_t insns);

/* Come back from hart_run at the next poll point (a deadline changed, a device wants service, the
 * host wants to stop).  Callable from device callbacks and event consumers during hart_run. */
void hart_request_poll(struct hart *hart);

/* The same from a signal handler, which may not touch the accounts: seen when the budget of hart_run
 * is used up, and at traps (so that a loop of traps, which retires nothing, can be ended). */
void hart_request_poll_async(struct hart *hart);

/* Level of an interrupt pending bit driven from outside: 1 SSIP.. 3 MSIP, 7 MTIP, 9 SEIP, 11 MEIP. */
void hart_set_irq(struct hart *hart, unsigned bit, bool level);
bool hart_wfi_ended(const struct hart *hart); /* an interrupt enabled in mie is pending */

/* Virtual time of this hart's present instruction; instructions retired, exact. */
uint64_t hart_now_ns(const struct hart *hart);
uint64_t hart_instret(const struct hart *hart);
/* The machine starts a slice: progress counts from here. */
void hart_begin_slice(struct hart *hart);
uint64_t hart_slice_progress(const struct hart *hart);
/* Next time at which the hart itself wants an interrupt (stimecmp); UINT64_MAX when none. */
uint64_t hart_deadline_ns(const struct hart *hart);

/* Registers and CSRs from outside: debugger, tests, trace.  regno 0..31.  No side effects. */
uint64_t hart_reg(const struct hart *hart, unsigned regno);
void hart_set_reg(struct hart *hart, unsigned regno, uint64_t value);
uint64_t hart_freg(const struct hart *hart, unsigned regno);
uint64_t hart_pc(const struct hart *hart);
void hart_set_pc(struct hart *hart, uint64_t pc);
enum priv hart_priv(const struct hart *hart);
bool hart_csr_peek(const struct hart *hart, unsigned number, uint64_t *value);
uint64_t hart_satp(const struct hart *hart);

/* Translate as this hart would right now, with no effect on anything (no A/D, no TLB, no count). */
struct sv_walk hart_translate(const struct hart *hart, uint64_t va, enum sv_access access);

const struct hart_counters *hart_counters(const struct hart *hart); /* settled */
struct tlb *hart_itlb(struct hart *hart);
struct tlb *hart_dtlb(struct hart *hart);

/* DMA or another hart wrote [pa, pa+bytes) of frames flagged FRAME_FLAG_CODE. */
void hart_code_written(struct hart *hart, uint64_t pa, uint64_t bytes);
/* Somebody else stored to memory: break a reservation that covers it. */
void hart_break_reservation(struct hart *hart, uint64_t pa, uint64_t bytes);
/* Empty the fast arrays (never the TLBs): the next touch of each page marks ram->touched. */
void hart_drop_fast(struct hart *hart);

/* Before the run; NULL: nobody.  *watch is borrowed. */
void hart_set_watch(struct hart *hart, const struct hart_watch *watch);
/* Let the next data access and fetch in user pages be told, whatever they are. */
void hart_watch_again(struct hart *hart);

void hart_save(const struct hart *hart, struct state_out *out);
bool hart_load(struct hart *hart, struct state_in *in);

/* Disassemble one instruction as text; returns its length in bytes (2 or 4).  buf holds >= 64. */
unsigned hart_disassemble(uint32_t bits, uint64_t pc, char *buf, unsigned size);

/* One line for traces: "hart 0 pc ... U" and so on; and what each cause is called. */
const char *trap_cause_name(uint64_t cause);

#endif
