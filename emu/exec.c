/*
 * The fast engine: threaded code over the ops of blocks.c.
 *
 * One function holds a handler for each row of the instruction table and each form.  What is hot
 * lives in its locals: the op, the accounts, the fast arrays.  Everything that may call out of the
 * function or fault first notes where it stands (h->op, h->acc), so that the exact pc and instret
 * can be had at any time.
 */
#include <string.h>

#include "emu/bitmanip.h"
#include "emu/blocks.h"
#include "emu/fp.h"
#include "emu/muldiv.h"

#define RETIRE1 (1ll << 32)

/* ---- Out of line ---------------------------------------------------------------------------- */

/* Leave the middle of a block: account for all before instruction `index`, which comes next. */
static void leave_block(struct hart *h, const struct op *op, unsigned index)
{
	const struct block *block = op_block(op);

	h->acc += block_counts(block, index);
	h->pc = h->fetch_page + block_offset(block, index);
	h->op = NULL;
}

/* The instruction h->op, h->op_index faults as h->exc says. */
static __attribute__((noinline)) void take_fault(struct hart *h)
{
	leave_block(h, h->op, op_info(h->op)->index + h->op_extra);
	h->acc += !h->exc.uncounted;
	hart_trap(h, h->exc.cause, h->exc.tval);
}

/* A store may have hit the code around the op that did it. */
static inline bool is_dead(const struct op *op)
{
	return op_block(op)->dead;
}

static __attribute__((noinline)) bool slow_load(struct hart *h, uint64_t va, unsigned bytes)
{
	return mem_read(h, va, bytes, &h->value);
}

static bool may_decode(const struct hart *h, uint64_t pa)
{
	uint64_t page = pa & ~PAGE_MASK;
	bool uniform;

	if (!ram_holds(h->env.ram, page, PAGE_BYTES))
		return false;
	if (h->fetch->machine ? !h->pmp.any_locked : h->pmp_open)
		return true;
	return pmp_permissions(&h->pmp, page, PAGE_BYTES, h->fetch->machine, &uniform) & PMP_X &&
	       uniform;
}

static void remember_jump(struct hart *h, uint64_t va, struct op *op)
{
	struct code_context *context = &h->code_context[h->fetch->slot];
	unsigned index = (unsigned)(va >> 1) & (JUMP_ENTRIES - 1);
	struct jump_entry *entry = &context->entry[index];

	if (entry->va == FAST_EMPTY) {
		if (context->nlog == JUMP_ENTRIES)
			mmu_drop_jumps(h);
		context->log[context->nlog++] = (uint16_t)index;
	}
	entry->va = va;
	entry->op = op;
}

/*
 * The ops of the instruction at h->pc.  Code that may not be decoded is stepped through until a
 * poll point.  NULL: the budget is used up.
 */
static __attribute__((noinline)) struct op *find_code(struct hart *h)
{
	struct op *op;
	uint64_t pa;
	bool flushed;

	for (;;) {
		const struct jump_entry *entry = &h->jump[(h->pc >> 1) & (JUMP_ENTRIES - 1)];

		if (entry->va == h->pc && !is_dead(entry->op)) {
			uint64_t page = h->pc & ~PAGE_MASK;

			if (page != h->fetch_page && h->fetch_translated)
				h->counters.itlb_accesses++;
			h->fetch_page = page;
			return entry->op;
		}
		if (!mem_fetch_pa(h, h->pc, &pa)) {
			hart_trap(h, h->exc.cause, h->exc.tval);
		} else if (may_decode(h, pa)) {
			op = code_get(h->group->code, pa, &flushed);
			remember_jump(h, h->pc, op);
			return op;
		} else {
			while (slow_step(h) == STEP_ON)
				;
		}
		if (h->acc < 0)
			return NULL;
	}
}

/* `stub` stands behind the link that leads to it: let the link lead to the code itself. */
static __attribute__((noinline)) struct op *resolve_link(struct hart *h, struct op *stub)
{
	uint64_t pa = (op_block(stub)->pa & ~PAGE_MASK) + (uint32_t)stub->imm;
	struct op_link *link = (struct op_link *)(void *)(stub - 1);
	bool flushed;
	struct op *op = code_get(h->group->code, pa, &flushed);

	if (!flushed)
		link->taken = op;
	return op;
}

static void fetch_insn(const struct hart *h, const struct op *op, struct insn *in)
{
	const struct block *block = op_block(op);
	uint64_t pa = (block->pa & ~PAGE_MASK) + block_offset(block, op_info(op)->index);
	uint32_t bits = 0;

	memcpy(&bits, ram_at(h->env.ram, pa), block->long_mask >> op_info(op)->index & 1 ? 4 : 2);
	insn_decode(bits, in);
}

typedef enum sys_result sys_fn(struct hart *h, const struct insn *in);

#define FN_SYS(function) function
#define FN_ALU(...)	 NULL
#define FN_LOAD(...)	 NULL
#define FN_STORE(...)	 NULL
#define FN_BRANCH(...)	 NULL
#define FN_JAL(...)	 NULL
#define FN_JALR(...)	 NULL
#define FN_LR(...)	 NULL
#define FN_SC(...)	 NULL
#define FN_AMO(...)	 NULL
#define FN_FLOAD(...)	 NULL
#define FN_FSTORE(...)	 NULL
#define FN_FF(...)	 NULL
#define FN_FX(...)	 NULL
#define FN_FM(...)	 NULL
#define FN_FMX(...)	 NULL
#define FN_FFR(...)	 NULL
#define FN_FXR(...)	 NULL

static sys_fn *const system_function[ROW_COUNT] = {
#define INSN(id, name, format, match, mask, extension, class, ...)                                 \
	[ROW_##id] = FN_##class(__VA_ARGS__),
#include "emu/insn.def"
};

/* h->pc and the accounts stand at the instruction; afterwards at what comes next. */
static __attribute__((noinline)) bool do_system(struct hart *h, const struct op *op)
{
	const struct op_link *link = (const struct op_link *)(const void *)(op + 1);
	struct insn in = { .row = op_info(op)->row,
			   .bytes = (link->bits & 3) == 3 ? 4 : 2,
			   .rd = op->rd,
			   .rs1 = op->rs1,
			   .rs2 = op->rs2,
			   .imm = op->imm,
			   .bits = link->bits };
	enum sys_result result;

	result = system_function[op_info(op)->row](h, &in);
	switch (result) {
	case SYS_TRAP:
		hart_trap(h, h->exc.cause, h->exc.tval);
		return false;
	case SYS_JUMP:
		return false;
	case SYS_FENCED:
		h->acc -= RETIRE1;
		h->pc += in.bytes;
		return false;
	default:
		h->acc -= RETIRE1;
		h->pc += in.bytes;
		return (in.row >= ROW_CSRRW && in.row <= ROW_CSRRCI) || in.row == ROW_FENCE;
	}
}

/* An operation with a rounding mode of its own. */
static __attribute__((noinline)) void slow_fp(struct hart *h, const struct op *op)
{
	struct insn in;

	fetch_insn(h, op, &in);
	slow_fp_execute(h, &in);
}

/* FS is off, or clean, or the rounding mode is none of the host's. */
static __attribute__((noinline)) void prepare_fp(struct hart *h, const struct op *op)
{
	h->op = op;
	h->op_extra = 0;
	if (!(h->csr.mstatus & MSTATUS_FS)) {
		struct insn in;

		fetch_insn(h, op, &in);
		sys_illegal(h, &in);
		h->exc.uncounted = true;
		take_fault(h);
		return;
	}
	/* A load that faults and a rounding mode that does not exist leave FS alone. */
	leave_block(h, op, op_info(op)->index);
	while (slow_step(h) == STEP_ON)
		;
}

/* ---- Meanings by row, for fused pairs -------------------------------------------------------- */

#define ALU_ALU(id, ...)                                                                           \
	case ROW_##id:                                                                             \
		return (uint64_t)(__VA_ARGS__);
#define ALU_LOAD(...)
#define ALU_STORE(...)
#define ALU_BRANCH(...)
#define ALU_JAL(...)
#define ALU_JALR(...)
#define ALU_LR(...)
#define ALU_SC(...)
#define ALU_AMO(...)
#define ALU_SYS(...)
#define ALU_FLOAD(...)
#define ALU_FSTORE(...)
#define ALU_FF(...)
#define ALU_FX(...)
#define ALU_FM(...)
#define ALU_FMX(...)
#define ALU_FFR(...)
#define ALU_FXR(...)

#define R1  r1
#define R2  r2
#define IMM imm
#define PC  0

static inline __attribute__((always_inline)) uint64_t alu_value(unsigned row, uint64_t r1,
								uint64_t r2, uint64_t imm)
{
	switch (row) {
#define INSN(id, name, format, match, mask, extension, class, ...) ALU_##class(id, __VA_ARGS__)
#include "emu/insn.def"
	}
	return 0;
}

#undef ALU_ALU
#undef ALU_BRANCH
#define ALU_ALU(...)
#define ALU_BRANCH(id, ...)                                                                        \
	case ROW_##id:                                                                             \
		return (__VA_ARGS__);

static inline __attribute__((always_inline)) bool branch_taken(unsigned row, uint64_t r1,
							       uint64_t r2)
{
	switch (row) {
#define INSN(id, name, format, match, mask, extension, class, ...) ALU_##class(id, __VA_ARGS__)
#include "emu/insn.def"
	}
	return false;
}

#undef R1
#undef R2
#undef IMM
#undef PC

#undef ALU_BRANCH
#undef ALU_LOAD
#undef ALU_STORE
#undef ALU_FLOAD
#define ALU_BRANCH(...)
#define ALU_LOAD(id, type)					   typedef type type_##id;
#define ALU_STORE(id, type)					   typedef type type_##id;
#define ALU_FLOAD(id, type)					   typedef type type_##id;
#define INSN(id, name, format, match, mask, extension, class, ...) ALU_##class(id, __VA_ARGS__)
#include "emu/insn.def"

/* ---- The engine ----------------------------------------------------------------------------- */

/* What the rows' meanings are written in. */
#define R1     (h->x[o->rs1])
#define R2     (h->x[o->rs2])
#define RD     (h->x[o->rd])
#define IMM    ((uint64_t)(int64_t)o->imm)
#define PC     (h->fetch_page) /* auipc has a form of its own */
#define LINK() ((struct op_link *)(void *)(o + 1))

#define DISPATCH() goto * o->target
#define STEP(n)                                                                                    \
	do {                                                                                       \
		o += (n);                                                                          \
		DISPATCH();                                                                        \
	} while (0)

/* Go to a virtual address: the jump cache knows what the TLB vouches for. */
#define GO_TO(to)                                                                                  \
	do {                                                                                       \
		struct jump_entry *jump_entry;                                                     \
		pc = (to);                                                                         \
		jump_entry = &h->jump[(pc >> 1) & (JUMP_ENTRIES - 1)];                             \
		if (unlikely(jump_entry->va != pc))                                                \
			goto miss;                                                                 \
		if ((pc ^ h->fetch_page) & ~PAGE_MASK) {                                           \
			h->fetch_page = pc & ~PAGE_MASK;                                           \
			h->counters.itlb_accesses += h->fetch_translated;                          \
		}                                                                                  \
		o = jump_entry->op;                                                                \
		DISPATCH();                                                                        \
	} while (0)

#define NOTE(n)                                                                                    \
	do {                                                                                       \
		h->op = o;                                                                         \
		h->op_extra = (n);                                                                 \
		h->acc = acc;                                                                      \
	} while (0)

#define FAST(kind, va)                                                                             \
	((struct fast_entry *)(void *)((char *)fast +                                              \
				       ((kind) == FAST_WRITE ? FAST_ENTRIES * 16 : 0) +            \
				       (((va) >> 8) & ((FAST_ENTRIES - 1) << 4))))

#define HIT(entry, va, bytes) likely((entry)->tag == ((va) & (~PAGE_MASK | ((bytes)-1))))

#define LOAD_TO(dest, type, va_, wrap)                                                             \
	do {                                                                                       \
		uint64_t va = (va_);                                                               \
		struct fast_entry *entry = FAST(FAST_READ, va);                                    \
		if (HIT(entry, va, sizeof(type))) {                                                \
			(dest) = wrap((uint64_t)(int64_t) * (type *)(uintptr_t)(va + entry->add)); \
		} else {                                                                           \
			NOTE(0);                                                                   \
			if (unlikely(!slow_load(h, va, sizeof(type))))                             \
				goto fault;                                                        \
			acc = h->acc;                                                              \
			(dest) = wrap((uint64_t)(int64_t)(type)h->value);                          \
			if (unlikely(is_dead(o))) /* an A bit was set in it */                     \
				goto overwritten;                                                  \
			h->op = NULL;                                                              \
		}                                                                                  \
	} while (0)

#define STORE_FROM(source, type, va_)                                                              \
	do {                                                                                       \
		uint64_t va = (va_);                                                               \
		struct fast_entry *entry = FAST(FAST_WRITE, va);                                   \
		if (HIT(entry, va, sizeof(type))) {                                                \
			*(type *)(uintptr_t)(va + entry->add) = (type)(source);                    \
		} else {                                                                           \
			NOTE(0);                                                                   \
			if (unlikely(!mem_write(h, va, sizeof(type), (type)(source))))             \
				goto fault;                                                        \
			acc = h->acc;                                                              \
			if (unlikely(is_dead(o)))                                                  \
				goto overwritten;                                                  \
			h->op = NULL;                                                              \
		}                                                                                  \
	} while (0)

#define DO_ALU(...)                                                                                \
	RD = (uint64_t)(__VA_ARGS__);                                                              \
	STEP(1);
#define DO_LOAD(type)                                                                              \
	LOAD_TO(RD, type, R1 + IMM, );                                                             \
	STEP(1);
#define DO_STORE(type)                                                                             \
	STORE_FROM(R2, type, R1 + IMM);                                                            \
	STEP(1);
#define DO_BRANCH(...)                                                                             \
	acc += LINK()->counts;                                                                     \
	if (__VA_ARGS__) {                                                                         \
		if (unlikely(acc < 0))                                                             \
			goto out_taken;                                                            \
		o = LINK()->taken;                                                                 \
		DISPATCH();                                                                        \
	}                                                                                          \
	if (unlikely(acc < 0))                                                                     \
		goto out_next;                                                                     \
	STEP(3);
#define DO_JAL(...)                                                                                \
	RD = h->fetch_page + IMM;                                                                  \
	acc += LINK()->counts;                                                                     \
	if (unlikely(acc < 0))                                                                     \
		goto out_taken;                                                                    \
	o = LINK()->taken;                                                                         \
	DISPATCH();
#define DO_JALR(...)                                                                               \
	pc = (R1 + IMM) & ~1ull;                                                                   \
	RD = h->fetch_page + (uint64_t)LINK()->offset;                                             \
	acc += LINK()->counts;                                                                     \
	if (unlikely(acc < 0))                                                                     \
		goto out;                                                                          \
	GO_TO(pc);
#define DO_LR(type)                                                                                \
	NOTE(0);                                                                                   \
	if (unlikely(!mem_load_reserved(h, R1, sizeof(type), &h->value)))                          \
		goto fault;                                                                        \
	acc = h->acc;                                                                              \
	h->op = NULL;                                                                              \
	RD = (uint64_t)(int64_t)(type)h->value;                                                    \
	STEP(1);
#define DO_SC(type)                                                                                \
	NOTE(0);                                                                                   \
	if (unlikely(!mem_store_conditional(h, R1, sizeof(type), R2, &h->value)))                  \
		goto fault;                                                                        \
	acc = h->acc;                                                                              \
	RD = h->value;                                                                             \
	if (unlikely(is_dead(o)))                                                                  \
		goto overwritten;                                                                  \
	h->op = NULL;                                                                              \
	STEP(1);
#define DO_AMO(type, ...)                                                                          \
	{                                                                                          \
		uint64_t va = R1, OLD;                                                             \
		struct fast_entry *entry = FAST(FAST_WRITE, va);                                   \
		if (HIT(entry, va, sizeof(type))) {                                                \
			type *at = (type *)(uintptr_t)(va + entry->add);                           \
			OLD = (uint64_t)(int64_t)*at;                                              \
			*at = (type)(__VA_ARGS__);                                                 \
			RD = OLD;                                                                  \
		} else {                                                                           \
			void *host;                                                                \
			uint64_t pa;                                                               \
			NOTE(0);                                                                   \
			if (unlikely(!mem_amo(h, va, sizeof(type), &host, &pa)))                   \
				goto fault;                                                        \
			OLD = (uint64_t)(int64_t) * (type *)host;                                  \
			*(type *)host = (type)(__VA_ARGS__);                                       \
			mem_amo_done(h, pa, sizeof(type));                                         \
			acc = h->acc;                                                              \
			RD = OLD;                                                                  \
			if (unlikely(is_dead(o)))                                                  \
				goto overwritten;                                                  \
			h->op = NULL;                                                              \
		}                                                                                  \
	}                                                                                          \
	STEP(1);
#define DO_SYS(function) goto fault; /* has a form of its own */
#define F1		 (h->f[o->rs1])
#define F2		 (h->f[o->rs2])
#define F3		 (h->f[o->imm])
#define S1		 fp_unbox(h->f[o->rs1])
#define S2		 fp_unbox(h->f[o->rs2])
#define S3		 fp_unbox(h->f[o->imm])
#define RAW1		 (h->f[o->rs1])
#define H1		 fp_unbox_half(h->f[o->rs1])
#define H2		 fp_unbox_half(h->f[o->rs2])
#define H3		 fp_unbox_half(h->f[o->imm])
#define RM		 fp_rounding_now()
#define FRD		 (h->f[o->rd])

#define BOX_uint16_t(value) BOXH(value)
#define BOX_uint32_t(value) BOX(value)
#define BOX_uint64_t(value) (value)

#define DO_FLOAD(type)                                                                             \
	LOAD_TO(FRD, type, R1 + IMM, BOX_##type);                                                  \
	STEP(1);
#define DO_FSTORE(type)                                                                            \
	STORE_FROM(F2, type, R1 + IMM);                                                            \
	STEP(1);
#define DO_FF(...)                                                                                 \
	FRD = (__VA_ARGS__);                                                                       \
	STEP(1);
#define DO_FFR(...) DO_FF(__VA_ARGS__)
#define DO_FM(...)  DO_FF(__VA_ARGS__)
#define DO_FX(...)  DO_ALU(__VA_ARGS__)
#define DO_FXR(...) DO_ALU(__VA_ARGS__)
#define DO_FMX(...) DO_ALU(__VA_ARGS__)

/* The parts of fusions, their first source given: all but the last go on to the next op. */
#define PART_A(row, first)                                                                         \
	RD = alu_value(ROW_##row, first, R2, IMM);                                                 \
	o++;
#define PART_L(row, first)                                                                         \
	LOAD_TO(RD, type_##row, (first) + IMM, );                                                  \
	o++;
#define PART_S(row, first)                                                                         \
	STORE_FROM(R2, type_##row, (first) + IMM);                                                 \
	o++;
#define PART_M(form, first)                                                                        \
	RD = (first);                                                                              \
	o++;
#define PART_I(form, first)                                                                        \
	RD = IMM;                                                                                  \
	o++;
#define PART_FL(row, first)                                                                        \
	LOAD_TO(FRD, type_##row, (first) + IMM, );                                                 \
	o++;
#define PART_FA(row, first)                                                                        \
	FRD = FA_##row;                                                                            \
	o++;
#define FA_FMADD_D fp_fma_d(F1, F2, F3)
#define FA_FMUL_D  fp_mul_d(F1, F2)
#define FA_FADD_D  fp_add_d(F1, F2)

/* Where the first source comes from: the register file, or what the op before wrote. */
#define FROM_P(result) R1
#define FROM_C(result) (h->x[result])

/* The last part. */
#define LAST_A(row, first)                                                                         \
	RD = alu_value(ROW_##row, first, R2, IMM);                                                 \
	STEP(1);
#define LAST_L(row, first)                                                                         \
	LOAD_TO(RD, type_##row, (first) + IMM, );                                                  \
	STEP(1);
#define LAST_S(row, first)                                                                         \
	STORE_FROM(R2, type_##row, (first) + IMM);                                                 \
	STEP(1);
#define LAST_B(row, first) DO_BRANCH(branch_taken(ROW_##row, first, R2))
#define LAST_M(form, first)                                                                        \
	RD = (first);                                                                              \
	STEP(1);
#define LAST_I(form, first)                                                                        \
	RD = IMM;                                                                                  \
	STEP(1);
#define LAST_J(form, first) DO_##form()
#define LAST_R(form, first) DO_JR(first)
#define LAST_FL(row, first)                                                                        \
	LOAD_TO(FRD, type_##row, (first) + IMM, );                                                 \
	STEP(1);
#define LAST_FA(row, first)                                                                        \
	FRD = FA_##row;                                                                            \
	STEP(1);

#define DO_J()                                                                                     \
	acc += LINK()->counts;                                                                     \
	if (unlikely(acc < 0))                                                                     \
		goto out_taken;                                                                    \
	o = LINK()->taken;                                                                         \
	DISPATCH();
#define DO_JR(first)                                                                               \
	pc = ((first) + IMM) & ~1ull;                                                              \
	acc += LINK()->counts;                                                                     \
	if (unlikely(acc < 0))                                                                     \
		goto out;                                                                          \
	GO_TO(pc);

/* Returns the table of handlers if h is NULL. */
static const void *const *engine(struct hart *h)
{
	static const void *const targets[FORM_COUNT] = {
#define INSN(id, ...) [ROW_##id] = &&row_##id,
#include "emu/insn.def"
#define X(name) [FORM_##name] = &&form_##name,
		FORMS(X)
#undef X
#define PAIR(kind_a, a, kind_b, b)  [FORM_PAIR_##a##_##b] = &&pair_##a##_##b,
#define CHAIN(kind_a, a, kind_b, b) [FORM_CHAIN_##a##_##b] = &&chain_##a##_##b,
#define TRIPLE(how_b, how_c, kind_a, a, kind_b, b, kind_c, c)                                      \
	[FORM_##how_b##how_c##_##a##_##b##_##c] = &&triple_##how_b##how_c##_##a##_##b##_##c,
#define QUAD(how_b, how_c, how_d, kind_a, a, kind_b, b, kind_c, c, kind_d, d)                      \
	[FORM_##how_b##how_c##how_d##_##a##_##b##_##c##_##d] =                                     \
		&&quad_##how_b##how_c##how_d##_##a##_##b##_##c##_##d,
#include "emu/fusion.def"
	};
	struct op *o;
	struct fast_entry *fast;
	int64_t acc;
	uint64_t pc;

	if (!h)
		return targets;
	acc = h->acc;
	fast = h->fast;
	pc = h->pc;
	GO_TO(pc);

#define INSN(id, name, format, match, mask, extension, class, ...)                                 \
	row_##id : DO_##class(__VA_ARGS__)
#include "emu/insn.def"

form_LI:
	RD = IMM;
	STEP(1);
form_MV:
	RD = R1;
	STEP(1);
form_ADDRESS:
	RD = h->fetch_page + IMM;
	STEP(1);
form_J:
	DO_J()
form_JR:
	DO_JR(R1)

#define PAIR(kind_a, a, kind_b, b) pair_##a##_##b : { PART_##kind_a(a, R1) LAST_##kind_b(b, R1) }
#define CHAIN(kind_a, a, kind_b, b)                                                                \
	chain_##a##_##b:                                                                           \
	{                                                                                          \
		const uint8_t one = o->rd;                                                         \
		PART_##kind_a(a, R1) LAST_##kind_b(b, h->x[one])                                   \
	}
#define TRIPLE(how_b, how_c, kind_a, a, kind_b, b, kind_c, c)                                      \
	triple_##how_b##how_c##_##a##_##b##_##c:                                                   \
	{                                                                                          \
		const uint8_t one = o->rd, two = o[1].rd;                                          \
		(void)one, (void)two;                                                              \
		PART_##kind_a(a, R1) PART_##kind_b(b, FROM_##how_b(one))                           \
			LAST_##kind_c(c, FROM_##how_c(two))                                        \
	}
#define QUAD(how_b, how_c, how_d, kind_a, a, kind_b, b, kind_c, c, kind_d, d)                      \
	quad_##how_b##how_c##how_d##_##a##_##b##_##c##_##d:                                        \
	{                                                                                          \
		const uint8_t one = o->rd, two = o[1].rd, three = o[2].rd;                         \
		(void)one, (void)two, (void)three;                                                 \
		PART_##kind_a(a, R1) PART_##kind_b(b, FROM_##how_b(one))                           \
			PART_##kind_c(c, FROM_##how_c(two)) LAST_##kind_d(d, FROM_##how_d(three))  \
	}
#include "emu/fusion.def"

form_SEQ:
	acc += LINK()->counts;
	o = LINK()->taken;
	DISPATCH();
form_LINK:
	h->acc = acc;
	o = resolve_link(h, o);
	DISPATCH();
form_FAR:
	GO_TO(h->fetch_page + IMM);
form_PAGE:
	acc += LINK()->counts;
	pc = h->fetch_page + IMM;
	if (unlikely(acc < 0))
		goto out;
	GO_TO(pc);
form_STALE:
	pc = h->fetch_page + (op_block(o)->pa & PAGE_MASK);
	goto miss;
form_CROSS:
	h->acc = acc + LINK()->counts;
	h->pc = h->fetch_page + IMM;
	while (slow_step(h) == STEP_ON)
		;
	goto look_again;
form_INVALID:
	h->acc = acc + LINK()->counts;
	h->pc = h->fetch_page + (uint64_t)LINK()->offset;
	hart_trap(h, CAUSE_ILLEGAL, LINK()->bits);
	goto look_again;
form_SYSTEM:
	h->acc = acc + LINK()->counts;
	h->pc = h->fetch_page + (uint64_t)LINK()->offset;
	if (!do_system(h, o))
		goto look_again;
	acc = h->acc;
	if (unlikely(acc < 0))
		return NULL;
	fast = h->fast;
	STEP(2);
form_CSR_READ:
	if (unlikely(h->priv < o->rs2))
		goto no_access;
	acc += LINK()->counts;
	RD = *(uint64_t *)((char *)&h->csr + o->imm);
	if (unlikely(acc < 0))
		goto out_after;
	STEP(2);
form_CSR_SWAP:
	if (unlikely(h->priv < o->rs2))
		goto no_access;
	acc += LINK()->counts;
	{
		uint64_t *at = (uint64_t *)((char *)&h->csr + o->imm);
		uint64_t old = *at;

		*at = R1;
		RD = old;
	}
	if (unlikely(acc < 0))
		goto out_after;
	STEP(2);
no_access:
	h->acc = acc + LINK()->counts + RETIRE1;
	h->pc = h->fetch_page + (uint64_t)LINK()->offset;
	hart_trap(h, CAUSE_ILLEGAL, LINK()->bits);
	goto look_again;
form_FP_ON:
	if (likely(h->csr.mstatus & MSTATUS_FS))
		STEP(1);
	h->acc = acc;
	prepare_fp(h, o);
	goto look_again;
form_FP:
	if (likely(h->fp_ready))
		STEP(1);
	h->acc = acc;
	prepare_fp(h, o);
	goto look_again;
form_FP_SLOW:
	slow_fp(h, o);
	STEP(1);
form_CVT_W_S_RTZ:
	DO_ALU(fp_w_from_s_rtz(S1))
form_CVT_WU_S_RTZ:
	DO_ALU(fp_wu_from_s_rtz(S1))
form_CVT_L_S_RTZ:
	DO_ALU(fp_l_from_s_rtz(S1))
form_CVT_LU_S_RTZ:
	DO_ALU(fp_lu_from_s_rtz(S1))
form_CVT_W_D_RTZ:
	DO_ALU(fp_w_from_d_rtz(F1))
form_CVT_WU_D_RTZ:
	DO_ALU(fp_wu_from_d_rtz(F1))
form_CVT_L_D_RTZ:
	DO_ALU(fp_l_from_d_rtz(F1))
form_CVT_LU_D_RTZ:
	DO_ALU(fp_lu_from_d_rtz(F1))

fault:
	take_fault(h);
look_again: /* h->pc and h->acc are right, translation may have changed */
	acc = h->acc;
	pc = h->pc;
	fast = h->fast;
	if (unlikely(acc < 0))
		return NULL;
	GO_TO(pc);
overwritten: /* the store at o changed code of this block */
	leave_block(h, o, op_info(o)->index + 1u);
	acc = h->acc;
	pc = h->pc;
	GO_TO(pc);
miss:
	h->acc = acc;
	h->pc = pc;
	o = find_code(h);
	if (!o)
		return NULL;
	acc = h->acc;
	fast = h->fast;
	DISPATCH();
out_taken:
	pc = h->fetch_page + (uint64_t)(int64_t)o[2].imm;
	goto out;
out_after:
	pc = h->fetch_page + (uint64_t)LINK()->offset + ((LINK()->bits & 3) == 3 ? 4 : 2);
	goto out;
out_next:
	pc = h->fetch_page + IMM;
out:
	h->acc = acc;
	h->pc = pc;
	return NULL;
}

const void *const *exec_targets(void)
{
	return engine(NULL);
}

void exec_run(struct hart *h)
{
	engine(h);
}
