/*
 * Decoded code: blocks of ops made from guest instructions once and kept by physical address, so
 * that no change of translation loses any.
 *
 * What this knows: instructions and RAM.  What it does not know: how ops are executed (exec.c says
 * where its handlers are) and virtual addresses.  Blocks never leave their page.  The store is
 * bounded: when it is full, all of it goes.
 */
#ifndef EMU_BLOCKS_H
#define EMU_BLOCKS_H

#include <stddef.h>

#include "emu/hart_internal.h"

/*
 * One decoded operation.  Handlers step by a constant number of ops.  A control transfer takes
 * three: the op, its struct op_link, and the op that the link leads to until it is resolved.
 */
struct op {
	const void *target;   /* the handler */
	int32_t imm;	      /* of a fused multiply-add: the third source */
	uint8_t rd, rs1, rs2; /* rd of x0 is 32, the sink */
	uint8_t slot;	      /* ops since the block's first */
};

/* What only slow paths and other back ends want to know of an op. */
struct op_info {
	uint16_t row;  /* the instruction's row; a fusion's first */
	uint8_t index; /* instructions since the block's first */
	bool link;     /* no op at all: a link */
};

/* Behind an op that settles: what has retired since the last one that did. */
struct op_link {
	int64_t counts; /* data accesses less instructions << 32 */
	union {
		struct op *taken;
		struct {
			int32_t offset; /* of the instruction in its page */
			uint32_t bits;
		};
	};
};

_Static_assert(sizeof(struct op) == 16 && sizeof(struct op_link) == 16, "ops are dense");

#define BLOCK_MAX_INSNS 64
#define BLOCK_MAX_OPS	240

struct block {
	uint64_t pa;
	uint64_t long_mask;	       /* bit k: instruction k has 4 bytes */
	uint64_t access_mask;	       /* bit k: instruction k is a data access */
	uint64_t settle_mask;	       /* bit k: all up to instruction k is settled behind it */
	uint32_t hash_next, page_next; /* blocks are numbered by their place in the arena */
	uint16_t bytes;
	uint16_t room; /* what it was given, in ops */
	uint8_t nops;  /* what describes them follows them */
	bool dead;     /* overwritten; kept to be replaced in place */
	struct op op[];
};

/* Handlers beside those of the rows, which are numbered alike. */
// clang-format off
#define FORMS(X)                                                                                   \
	X(STALE)   /* first op of a dropped block: look up again */                                \
	X(LINK)    /* unresolved target within the page */                                         \
	X(FAR)     /* target in another page */                                                    \
	X(SEQ)     /* the block is full: go on in another */                                       \
	X(PAGE)    /* the last instruction of the page was before this */                          \
	X(CROSS)   /* the next instruction crosses into the next page */                           \
	X(INVALID) /* no instruction */                                                            \
	X(SYSTEM)  /* a SYSTEM or FENCE instruction */                                             \
	X(FP_ON)   /* before what only reads floating-point registers */                           \
	X(FP)      /* before what changes floating-point state */                                  \
	X(FP_SLOW) /* a floating-point instruction with a rounding mode of its own */              \
	X(CSR)     /* a CSR instruction whose register exists */                                   \
	X(CSR_READ) /* of a register that is plain storage */                                      \
	X(CSR_SWAP) /* ... that takes any value, or any even one */                                \
	X(LI) X(MV) X(ADDRESS) X(J) X(JR)                                                          \
	X(CVT_W_S_RTZ) X(CVT_WU_S_RTZ) X(CVT_L_S_RTZ) X(CVT_LU_S_RTZ)                              \
	X(CVT_W_D_RTZ) X(CVT_WU_D_RTZ) X(CVT_L_D_RTZ) X(CVT_LU_D_RTZ)

/* Runs: several loads or stores of one kind in a row, at rising or falling offsets from one base
 * register, as functions and traps save registers: one look-up for all if they lie in one page. */
#define RUN_MIN 3
#define RUN_MAX 8
#define RUNS_OF(X, row) X(row, 3) X(row, 4) X(row, 5) X(row, 6) X(row, 7) X(row, 8)
#define RUNS(X)	 RUNS_OF(X, LD) RUNS_OF(X, SD) RUNS_OF(X, LW) RUNS_OF(X, SW)
// clang-format on

enum form {
	FORM_ROWS = ROW_COUNT - 1,
#define X(name) FORM_##name,
	FORMS(X)
#undef X
#define X(row, n) FORM_RUN_##row##_##n,
		RUNS(X)
#undef X
#define PAIR(kind_a, a, kind_b, b)			      FORM_PAIR_##a##_##b,
#define CHAIN(kind_a, a, kind_b, b)			      FORM_CHAIN_##a##_##b,
#define TRIPLE(how_b, how_c, kind_a, a, kind_b, b, kind_c, c) FORM_##how_b##how_c##_##a##_##b##_##c,
#define QUAD(how_b, how_c, how_d, kind_a, a, kind_b, b, kind_c, c, kind_d, d)                      \
	FORM_##how_b##how_c##how_d##_##a##_##b##_##c##_##d,
#include "emu/fusion.def"
			FORM_COUNT
};

/* exec.c: where the handler of each row and form is; FORM_COUNT further on, that of the same op with
 * its first source taken from the op before (TRAIT_CHAINS says of which). */
const void *const *exec_targets(void);

/* fusion.c: give the first op of each sequence that has one the handler for all of it. */
void fusion_apply(struct op *op, const uint16_t *form, unsigned nops, const void *const *targets);

/* NULL when memory is short.  bytes: bound of the arena; lacks: extensions. */
struct code_store *code_create(struct hart_group *group, const struct ram *ram, uint64_t bytes,
			       uint64_t lacks);
void code_destroy(struct code_store *store);

/* The ops of the block at `pa`, which is in RAM; made if need be.  May drop everything else:
 * *flushed says so, and no op got earlier may then be used. */
struct op *code_get(struct code_store *store, uint64_t pa, bool *flushed);

/* RAM was written: drop what was decoded from it. */
void code_written(struct hart_group *group, uint64_t pa, uint64_t bytes);
void code_drop_all(struct code_store *store);

_Static_assert(sizeof(struct block) == offsetof(struct block, op), "op_block relies on it");

static inline const struct block *op_block(const struct op *op)
{
	return (const struct block *)(const void *)(op - op->slot) - 1;
}

static inline const struct op_info *op_info(const struct op *op)
{
	const struct block *block = op_block(op);

	return (const struct op_info *)(const void *)(block->op + block->nops) + op->slot;
}

/* Not every x86-64 host counts bits by itself, and libgcc's function is slower than this. */
static inline unsigned count_bits(uint64_t bits)
{
	bits -= bits >> 1 & 0x5555555555555555;
	bits = (bits & 0x3333333333333333) + (bits >> 2 & 0x3333333333333333);
	bits = (bits + (bits >> 4)) & 0x0f0f0f0f0f0f0f0f;
	return (unsigned)(bits * 0x0101010101010101 >> 56);
}

/* Address in its page of the instruction number `index` of a block. */
static inline unsigned block_offset(const struct block *block, unsigned index)
{
	uint64_t before = block->long_mask & ((1ull << index) - 1);

	return (unsigned)(block->pa & PAGE_MASK) + 2 * (index + count_bits(before));
}

/* Instructions and data accesses between the last settling and instruction `index`, as counts. */
static inline int64_t block_counts(const struct block *block, unsigned index)
{
	uint64_t below = (1ull << index) - 1;
	uint64_t settled = block->settle_mask & below;
	unsigned from = settled ? 64 - (unsigned)__builtin_clzll(settled) : 0;
	int64_t accesses = count_bits(block->access_mask & below & ~0ull << from);

	return accesses - ((int64_t)(index - from) << 32);
}

#endif
