/*
 * What the handlers of exec.c are made of, as macros: loads and stores by way of the fast arrays,
 * control transfers, the parts of fused ops.  They are written for the locals of engine(): h, o (the
 * op), acc (the accounts), fast (the arrays), last (what the op before computed).
 */
#ifndef EMU_HANDLERS_H
#define EMU_HANDLERS_H

#include "emu/bitmanip.h"
#include "emu/blocks.h"
#include "emu/fp.h"
#include "emu/muldiv.h"

/* The meanings of rows as functions, for fused ops. */

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

/* ---- What handlers are made of ---------------------------------------------------------------- */

/*
 * What the rows' meanings are written in.  R1, the first source, is defined around handlers.def: the
 * register file's (X1), or `last`, what the op before computed.
 */
#define X1     (h->x[o->rs1])
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

/* Write rd, and keep the value at hand for the next op. */
#define SET_X(value)                                                                               \
	do {                                                                                       \
		last = (value);                                                                    \
		RD = last;                                                                         \
	} while (0)

#define LOAD_TO(set, type, va_)                                                                    \
	do {                                                                                       \
		uint64_t va = (va_);                                                               \
		struct fast_entry *entry = FAST(FAST_READ, va);                                    \
		if (HIT(entry, va, sizeof(type))) {                                                \
			set((uint64_t)(int64_t) * (type *)(uintptr_t)(va + entry->add));           \
		} else {                                                                           \
			struct mem_value loaded;                                                   \
			NOTE(0);                                                                   \
			loaded = mem_load(h, va, sizeof(type));                                    \
			if (unlikely(!loaded.ok))                                                  \
				goto fault;                                                        \
			acc = h->acc;                                                              \
			set((uint64_t)(int64_t)(type)loaded.value);                                \
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
	SET_X((uint64_t)(__VA_ARGS__));                                                            \
	STEP(1);
#define DO_LOAD(type)                                                                              \
	LOAD_TO(SET_X, type, R1 + IMM);                                                            \
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
#define DO_JALR(...) DO_JALR_TO(R1)
#define DO_JALR_TO(first)                                                                          \
	pc = ((first) + IMM) & ~1ull;                                                              \
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

#define SET_F_uint16_t(value) FRD = BOXH(value)
#define SET_F_uint32_t(value) FRD = BOX(value)
#define SET_F_uint64_t(value) FRD = (value)

#define DO_FLOAD(type)                                                                             \
	LOAD_TO(SET_F_##type, type, R1 + IMM);                                                     \
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
	SET_X(alu_value(ROW_##row, first, R2, IMM));                                               \
	o++;
#define PART_L(row, first)                                                                         \
	LOAD_TO(SET_X, type_##row, (first) + IMM);                                                 \
	o++;
#define PART_S(row, first)                                                                         \
	STORE_FROM(R2, type_##row, (first) + IMM);                                                 \
	o++;
#define PART_M(form, first)                                                                        \
	SET_X(first);                                                                              \
	o++;
#define PART_I(form, first)                                                                        \
	SET_X(IMM);                                                                                \
	o++;
#define PART_D(form, first)                                                                        \
	SET_X(h->fetch_page + IMM);                                                                \
	o++;
#define PART_FL(row, first)                                                                        \
	LOAD_TO(SET_F_uint64_t, type_##row, (first) + IMM);                                        \
	o++;
#define PART_FA(row, first)                                                                        \
	FRD = FA_##row;                                                                            \
	o++;
#define FA_FMADD_D fp_fma_d(F1, F2, F3)
#define FA_FMUL_D  fp_mul_d(F1, F2)
#define FA_FADD_D  fp_add_d(F1, F2)

/* Where the first source of a further part comes from: the register file, or the part before. */
#define FROM_P X1
#define FROM_C last

/* The last part. */
#define LAST_A(row, first)                                                                         \
	SET_X(alu_value(ROW_##row, first, R2, IMM));                                               \
	STEP(1);
#define LAST_L(row, first)                                                                         \
	LOAD_TO(SET_X, type_##row, (first) + IMM);                                                 \
	STEP(1);
#define LAST_S(row, first)                                                                         \
	STORE_FROM(R2, type_##row, (first) + IMM);                                                 \
	STEP(1);
#define LAST_B(row, first) DO_BRANCH(branch_taken(ROW_##row, first, R2))
#define LAST_M(form, first)                                                                        \
	SET_X(first);                                                                              \
	STEP(1);
#define LAST_I(form, first)                                                                        \
	SET_X(IMM);                                                                                \
	STEP(1);
#define LAST_D(form, first)                                                                        \
	SET_X(h->fetch_page + IMM);                                                                \
	STEP(1);
#define LAST_K(row, first)  DO_JALR_TO(first)
#define LAST_J(form, first) DO_##form()
#define LAST_R(form, first) DO_JR(first)
#define LAST_FL(row, first)                                                                        \
	LOAD_TO(SET_F_uint64_t, type_##row, (first) + IMM);                                        \
	STEP(1);
#define LAST_FA(row, first)                                                                        \
	FRD = FA_##row;                                                                            \
	STEP(1);

/* A run, if its first and last access and so all between are in one page of the fast array; else
 * its first op alone. */
#define DO_RUN(row, n, kind, access)                                                               \
	{                                                                                          \
		uint64_t base = R1, va = base + IMM, end = base + (uint64_t)(int64_t)o[(n)-1].imm; \
		struct fast_entry *entry = FAST(kind, va);                                         \
		char *host = (char *)(uintptr_t)(base + entry->add);                               \
		if (unlikely(!HIT(entry, va, sizeof(type_##row)) || (va ^ end) & ~PAGE_MASK))      \
			goto row_##row;                                                            \
		_Pragma("GCC unroll 8") for (unsigned k = 0; k < (n);                              \
					     k++){ access(type_##row) } STEP(n);                   \
	}
#define RUN_LOAD(type)                                                                             \
	last = (uint64_t)(int64_t) * (type *)(void *)(host + o[k].imm);                            \
	h->x[o[k].rd] = last;
#define RUN_STORE(type) *(type *)(void *)(host + o[k].imm) = (type)h->x[o[k].rs2];
#define DO_RUN_LD(n)	DO_RUN(LD, n, FAST_READ, RUN_LOAD)
#define DO_RUN_LW(n)	DO_RUN(LW, n, FAST_READ, RUN_LOAD)
#define DO_RUN_SD(n)	DO_RUN(SD, n, FAST_WRITE, RUN_STORE)
#define DO_RUN_SW(n)	DO_RUN(SW, n, FAST_WRITE, RUN_STORE)

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

/* What becomes of a row whose first source is `last`: of most classes nothing, for they read no such
 * source, or seldom. */
#define CHAINED_ALU(...)    DO_ALU(__VA_ARGS__)
#define CHAINED_LOAD(type)  DO_LOAD(type)
#define CHAINED_STORE(type) DO_STORE(type)
#define CHAINED_BRANCH(...) DO_BRANCH(__VA_ARGS__)
#define CHAINED_JALR(...)   DO_JALR()
#define CHAINED_JAL(...)    goto fault;
#define CHAINED_LR(...)	    goto fault;
#define CHAINED_SC(...)	    goto fault;
#define CHAINED_AMO(...)    goto fault;
#define CHAINED_SYS(...)    goto fault;
#define CHAINED_FLOAD(...)  goto fault;
#define CHAINED_FSTORE(...) goto fault;
#define CHAINED_FF(...)	    goto fault;
#define CHAINED_FX(...)	    goto fault;
#define CHAINED_FM(...)	    goto fault;
#define CHAINED_FMX(...)    goto fault;
#define CHAINED_FFR(...)    goto fault;
#define CHAINED_FXR(...)    goto fault;

#endif
