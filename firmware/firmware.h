/*
 * The M-mode firmware: SBI 2.0 for one supervisor on the `virt` board, in about a dozen KiB.
 *
 * Life of a trap: entry.S saves the registers of S or U into a struct frame on the hart's own
 * stack and calls trap(); what trap() leaves in the frame is what S or U continues with.  While
 * M-mode runs, mtvec points at the panic vector, or at `expected_trap` for one instruction that
 * may trap.  M-mode never enables its interrupts.
 */
#ifndef FIRMWARE_H
#define FIRMWARE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "devices/memmap.h"
#include "firmware/layout.h"

#define MAX_HARTS MEMMAP_MAX_HARTS

/* Saved registers, in the order that entry.S stores them; x[0] holds nothing. */
struct frame {
	uint64_t x[32];
	uint64_t mepc, mstatus;
};

/* HSM states (SBI 2.0, chapter 9); HART_ABSENT is ours: it never came to us. */
enum hart_state {
	HART_STARTED = 0,
	HART_STOPPED = 1,
	HART_START_PENDING = 2,
	HART_STOP_PENDING = 3,
	HART_SUSPENDED = 4,
	HART_ABSENT = -1,
};

/* Requests to another hart, in hart.ipi */
enum { IPI_SOFT = 1, IPI_FENCE = 2, IPI_START = 4 };

/* tp points at the hart's own while in M-mode, mscratch while below.  entry.S knows the offsets
 * of the first two. */
struct __attribute__((aligned(64))) hart {
	uint64_t stack_top;
	uint64_t scratch;
	uint64_t id;
	uint32_t ipi;  /* atomic */
	int32_t state; /* atomic, enum hart_state */
	uint64_t start_pa, start_opaque;
};

/* What the device tree advertises and the probes found. */
struct features {
	bool sstc, svpbmt, svadu, svade, zicbom, zicboz, zihpm, sscofpmf, smstateen;
	bool emulate_time;	 /* reading `time` traps */
	bool emulate_misaligned; /* misaligned loads and stores trap */
};

struct trap_info {
	uint64_t cause, tval;
	uint64_t trapped; /* 1 if it did */
};

extern struct hart harts[MAX_HARTS];
extern struct features features;
extern uint32_t hart_mask; /* harts that the device tree names */

static inline struct hart *this_hart(void)
{
	struct hart *hart;

	__asm__("mv %0, tp" : "=r"(hart));
	return hart;
}

/* In loops that wait for another hart: `pause`, a hint that every hart may ignore. */
static inline void relax(void)
{
	__asm__ volatile(".word 0x0100000f" ::: "memory");
}

/* entry.S: one access that may trap.  bits: set in mstatus meanwhile (MSTATUS_MPRV, MSTATUS_MXR);
 * info->trapped says whether it did. */
uint64_t access_lbu(uint64_t address, uint64_t bits, uint64_t unused, struct trap_info *info);
uint64_t access_lhu(uint64_t address, uint64_t bits, uint64_t unused, struct trap_info *info);
uint64_t access_lw(uint64_t address, uint64_t bits, uint64_t unused, struct trap_info *info);
void access_sb(uint64_t address, uint64_t bits, uint64_t value, struct trap_info *info);
uint64_t fp_get(unsigned index);
void fp_set(unsigned index, uint64_t value);
void enter_supervisor(uint64_t hart_id, uint64_t opaque, struct hart *hart)
	__attribute__((noreturn));

/* main.c: a0, a1 and a2 as the loader gave them; dynamic is a struct fw_dynamic_info or NULL. */
void boot_main(uint64_t hart_id, void *fdt, const uint64_t *dynamic);
void hart_main(uint64_t hart_id) __attribute__((noreturn));
/* Until hart->state is HART_START_PENDING; then to hart->start_pa. */
void wait_for_start(struct hart *hart) __attribute__((noreturn));
void start_supervisor(struct hart *hart) __attribute__((noreturn));
/* The first address that is not ours. */
uint64_t firmware_end(void);

/* fdt.c: fills `features` and `hart_mask`; a tree that cannot be read leaves them as they are. */
void fdt_read(const uint8_t *fdt);
/* In place: behind the tree there must be 200 bytes of room, as QEMU and faultline leave. */
void fdt_reserve(uint8_t *fdt, uint64_t base, uint64_t bytes);

/* trap.c */
void trap(struct frame *frame);
/* Make the supervisor take this exception at frame->mepc, as if it had been delegated. */
void redirect(struct frame *frame, uint64_t cause, uint64_t tval);
void panic(uint64_t cause, uint64_t epc, uint64_t tval) __attribute__((noreturn));
/* Do what other harts asked of this one (hart->ipi). */
void take_ipi(struct hart *hart);
void timer_fired(void);

/* misaligned.c: carry out the access, or redirect the fault that it meets */
void misaligned(struct frame *frame, uint64_t cause, uint64_t va);

/* sbi.c: the call in a7 and a6 of the frame; its answer in a0 and a1 */
void sbi_call(struct frame *frame);
/* The remote fence that this hart was asked for. */
void do_fence(void);

/* console.c: the UART and the finisher */
void console_init(void);
void console_putchar(uint8_t byte);
int console_getchar(void); /* -1: nothing there */
void console_puts(const char *s);
void console_puthex(uint64_t value);
void finish(uint32_t command) __attribute__((noreturn));

#endif
