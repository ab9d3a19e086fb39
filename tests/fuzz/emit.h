/*
 * Random numbers, and machine code as it is made: a program's steps, snippets and constants, at
 * addresses that are known while it is made.  The encodings are those of the specification's tables;
 * nothing here comes from the emulator.
 */
#ifndef TESTS_FUZZ_EMIT_H
#define TESTS_FUZZ_EMIT_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "tests/fuzz/image.h"

enum kind { KIND_INT, KIND_COMPRESSED, KIND_FP, KIND_MMU, KIND_PTE, KINDS };

/* Zba, Zbb, Zbc, Zbs, Zfh, Svnapot and Svpbmt are there. */
extern bool extensions;
/* PTEs may have bits set that are reserved if neither Svnapot nor Svpbmt is there (kind pte; it is as
 * kind mmu otherwise). */
extern bool reserved_bits;

/* ---- Random numbers: the same for the same seed everywhere --------------------------------- */

void rnd_seed(uint64_t kind, uint64_t seed, uint64_t unit);
uint64_t rnd(void);
unsigned below(unsigned n);
static inline bool one_in(unsigned n)
{
	return below(n) == 0;
}
/* One of them; they hold nothing random themselves. */
#define PICK(...)                                                                                  \
	({                                                                                         \
		const uint64_t list_[] = { __VA_ARGS__ };                                          \
		list_[below(sizeof(list_) / sizeof(list_[0]))];                                    \
	})
uint64_t random_value(void); /* often at an edge */

/* ---- The image ------------------------------------------------------------------------------ */

void blob_reset(void);
void *blob_at(uint64_t pa);
const void *blob_bytes(size_t *bytes);
uint64_t blob_here(void);
uint64_t blob_put(const void *bytes, size_t n); /* returns its address */
void blob_align(unsigned to);

/* ---- Code ----------------------------------------------------------------------------------- */

void code_begin(void); /* a program */
void code_end(void);   /* its constants follow here */
void emit16(uint16_t insn);
void emit(uint32_t insn);
uint64_t here(void);
/* x[rd] = value, by a load relative to pc: works under every view of RAM, not under MPRV. */
void emit_constant(unsigned rd, uint64_t value);
/* The same for f[rd]; single: 32 bits, boxed. */
void emit_fp_constant(unsigned rd, uint64_t value, bool is_single, unsigned scratch);
/* The last constant of value HERE_AFTER is this address plus `more`. */
#define HERE_AFTER 0x7ffffffffffffffeull
void emit_is_here(uint64_t more);
/* The instruction at `at` becomes a jump or branch to here. */
void emit_patch_jal(uint64_t at, unsigned rd);
void emit_patch_branch(uint64_t at, uint32_t insn);

/* Operands may be picked at random where they stand: these take them from left to right, as a
 * function's arguments need not be. */
#define type_r(base, rd, rs1, rs2)                                                                 \
	({                                                                                         \
		uint32_t base_ = (base);                                                           \
		unsigned rd_ = (rd), rs1_ = (rs1), rs2_ = (rs2);                                   \
		base_ | rd_ << 7 | rs1_ << 15 | rs2_ << 20;                                        \
	})

#define type_i(base, rd, rs1, imm)                                                                 \
	({                                                                                         \
		uint32_t base_ = (base);                                                           \
		unsigned rd_ = (rd), rs1_ = (rs1);                                                 \
		uint32_t imm_ = (uint32_t)(imm);                                                   \
		base_ | rd_ << 7 | rs1_ << 15 | imm_ << 20;                                        \
	})

#define type_s(base, rs1, rs2, imm)                                                                \
	({                                                                                         \
		uint32_t base_ = (base);                                                           \
		unsigned rs1_ = (rs1), rs2_ = (rs2);                                               \
		uint32_t imm_ = (uint32_t)(imm);                                                   \
		base_ | rs1_ << 15 | rs2_ << 20 | (imm_ & 31) << 7 | (imm_ >> 5 & 127) << 25;      \
	})

#define ADDI(rd, rs1, imm)   type_i(0x13, rd, rs1, imm)
#define LD(rd, rs1, imm)     type_i(0x3003, rd, rs1, imm)
#define SD(rs2, rs1, imm)    type_s(0x3023, rs1, rs2, imm)
#define JALR(rd, rs1, imm)   type_i(0x67, rd, rs1, imm)
#define CSRRW(rd, csr, rs1)  type_i(0x1073, rd, rs1, csr)
#define CSRRS(rd, csr, rs1)  type_i(0x2073, rd, rs1, csr)
#define CSRRC(rd, csr, rs1)  type_i(0x3073, rd, rs1, csr)
#define LUI(rd, imm20)	     (0x37u | (rd) << 7 | (uint32_t)(imm20) << 12)
#define ECALL		     0x00000073u
#define EBREAK		     0x00100073u
#define SRET		     0x10200073u
#define MRET		     0x30200073u
#define WFI		     0x10500073u
#define FENCE_I		     0x0000100fu
#define FENCE		     0x0ff0000fu
#define SFENCE_VMA(va, asid) type_r(0x12000073, 0, va, asid)
#define SINVAL_VMA(va, asid) type_r(0x16000073, 0, va, asid)
#define SFENCE_W_INVAL	     0x18000073u
#define SFENCE_INVAL_IR	     0x18100073u

/* ---- Programs ------------------------------------------------------------------------------- */

#define MAX_STEPS 256
#define MAX_POKES 512

/* What a kind makes. */
struct draft {
	enum kind kind;
	uint64_t seed;
	const bool *left_out; /* of each unit, while shrinking; NULL: none */
	unsigned units;	      /* set by the kind: how many there are */
	uint64_t steps[MAX_STEPS];
	unsigned nsteps;
	struct poke pokes[MAX_POKES];
	unsigned npokes;
	uint8_t pads[PADS_END];
	uint64_t registers[63];
	unsigned data_pages, tables;
};

static inline bool is_left_out(const struct draft *d, unsigned unit)
{
	return d->left_out && d->left_out[unit];
}

void make_straight(struct draft *d); /* integer, compressed, floating point */
void make_mmu(struct draft *d);
void begin_unit(struct draft *d, unsigned unit);
void add_poke(struct draft *d, uint64_t pa, uint64_t value);

/* A step's last instructions: from M-mode to `priv` at `target`. */
void emit_enter(unsigned priv, uint64_t target, unsigned scratch);
/* One random integer instruction that computes; any registers. */
uint32_t random_alu(void);

#define PRIV_U 0u
#define PRIV_S 1u
#define PRIV_M 3u

#define PTE_V 0x01ull
#define PTE_R 0x02ull
#define PTE_W 0x04ull
#define PTE_X 0x08ull
#define PTE_U 0x10ull
#define PTE_G 0x20ull
#define PTE_A 0x40ull
#define PTE_D 0x80ull

static inline uint64_t pte_of(uint64_t pa, uint64_t flags)
{
	return pa >> 12 << 10 | flags;
}

static inline uint64_t table_pa(unsigned table)
{
	return TABLES_PA + 4096ull * table;
}

#endif
