/*
 * One instruction at a time, by the same rows as the threaded code, from memory each time.  For
 * --slow, for instructions that cross a page, and wherever code is not in RAM.
 */
#include "emu/bitmanip.h"
#include "emu/fp.h"
#include "emu/hart_internal.h"
#include "emu/muldiv.h"

/* What the rows' meanings are written in. */
#define R1  (h->x[in.rs1])
#define R2  (h->x[in.rs2])
#define IMM ((uint64_t)(int64_t)in.imm)
#define PC  (h->pc)

static enum step fault(struct hart *h)
{
	hart_trap(h, h->exc.cause, h->exc.tval);
	return STEP_POLL;
}

/* The instruction retires; h->pc is its address still. */
static enum step retire(struct hart *h, uint64_t next)
{
	bool leaves_page = (h->pc ^ next) & ~PAGE_MASK;

	h->acc -= 1ll << 32;
	h->pc = next;
	return leaves_page ? STEP_POLL : STEP_ON;
}

static enum step finish_sys(struct hart *h, const struct insn *in, enum sys_result result)
{
	switch (result) {
	case SYS_TRAP:
		return fault(h);
	case SYS_JUMP: /* it has accounted for itself */
		return STEP_POLL;
	default:
		retire(h, h->pc + in->bytes);
		return STEP_POLL;
	}
}

static enum step jump(struct hart *h, const struct insn *in, uint64_t target)
{
	uint64_t link = h->pc + in->bytes;

	retire(h, target);
	if (in->rd)
		h->x[in->rd] = link;
	return STEP_POLL;
}

/* Counted already; a misaligned one was no access. */
static enum step access_refused(struct hart *h)
{
	if (h->exc.uncounted)
		h->acc--;
	return fault(h);
}

static enum step load(struct hart *h, const struct insn *in, unsigned bytes, bool is_signed)
{
	uint64_t value;

	h->acc++;
	if (!mem_read(h, h->x[in->rs1] + (uint64_t)(int64_t)in->imm, bytes, &value))
		return access_refused(h);
	if (is_signed)
		value = (uint64_t)((int64_t)(value << (64 - 8 * bytes)) >> (64 - 8 * bytes));
	if (in->rd)
		h->x[in->rd] = value;
	return retire(h, h->pc + in->bytes);
}

static enum step store(struct hart *h, const struct insn *in, unsigned bytes, uint64_t value)
{
	h->acc++;
	if (!mem_write(h, h->x[in->rs1] + (uint64_t)(int64_t)in->imm, bytes, value))
		return access_refused(h);
	return retire(h, h->pc + in->bytes);
}

#define IS_SIGNED(type) ((type)-1 < (type)1)

/* One statement for each class of meaning; each sets `step`. */
#define DO_ALU(...)                                                                                \
	{                                                                                          \
		uint64_t value = (uint64_t)(__VA_ARGS__);                                          \
		if (in.rd)                                                                         \
			h->x[in.rd] = value;                                                       \
		return retire(h, h->pc + in.bytes);                                                \
	}
#define DO_LOAD(type)  return load(h, &in, sizeof(type), IS_SIGNED(type));
#define DO_STORE(type) return store(h, &in, sizeof(type), R2);
#define DO_BRANCH(...)                                                                             \
	{                                                                                          \
		retire(h, h->pc + ((__VA_ARGS__) ? IMM : in.bytes));                               \
		return STEP_POLL;                                                                  \
	}
#define DO_JAL(...)  return jump(h, &in, h->pc + IMM);
#define DO_JALR(...) return jump(h, &in, (R1 + IMM) & ~1ull);
#define DO_SYS(function)                                                                           \
	{                                                                                          \
		return finish_sys(h, &in, function(h, &in));                                       \
	}
#define DO_LR(type)                                                                                \
	{                                                                                          \
		uint64_t value;                                                                    \
		h->acc++;                                                                          \
		if (!mem_load_reserved(h, R1, sizeof(type), &value))                               \
			return access_refused(h);                                                  \
		if (in.rd)                                                                         \
			h->x[in.rd] = (uint64_t)(int64_t)(type)value;                              \
		return retire(h, h->pc + in.bytes);                                                \
	}
#define DO_SC(type)                                                                                \
	{                                                                                          \
		uint64_t failed;                                                                   \
		h->acc++;                                                                          \
		if (!mem_store_conditional(h, R1, sizeof(type), R2, &failed))                      \
			return access_refused(h);                                                  \
		if (in.rd)                                                                         \
			h->x[in.rd] = failed;                                                      \
		return retire(h, h->pc + in.bytes);                                                \
	}
#define DO_AMO(type, ...)                                                                          \
	{                                                                                          \
		void *host;                                                                        \
		uint64_t pa;                                                                       \
		uint64_t OLD;                                                                      \
		h->acc++;                                                                          \
		if (!mem_amo(h, R1, sizeof(type), &host, &pa))                                     \
			return access_refused(h);                                                  \
		OLD = (uint64_t)(int64_t) * (type *)host;                                          \
		*(type *)host = (type)(__VA_ARGS__);                                               \
		mem_amo_done(h, pa, sizeof(type));                                                 \
		if (in.rd)                                                                         \
			h->x[in.rd] = OLD;                                                         \
		return retire(h, h->pc + in.bytes);                                                \
	}

/* What may have changed floating-point state has; what trapped has not. */
static void set_fp_dirty(struct hart *h)
{
	h->csr.mstatus |= MSTATUS_FS;
	csr_fp_changed(h);
}

#define DO_FLOAD(type)                                                                             \
	{                                                                                          \
		uint64_t value;                                                                    \
		h->acc++;                                                                          \
		if (!mem_read(h, R1 + IMM, sizeof(type), &value))                                  \
			return access_refused(h);                                                  \
		set_fp_dirty(h);                                                                   \
		h->f[in.rd] = sizeof(type) == 4	  ? BOX(value)                                     \
			      : sizeof(type) == 2 ? BOXH(value)                                    \
						  : value;                                         \
		return retire(h, h->pc + in.bytes);                                                \
	}
#define DO_FSTORE(type) return store(h, &in, sizeof(type), (type)h->f[in.rs2]);
#define DO_FF(...)	break;
#define DO_FFR(...)	break;
#define DO_FX(...)	break;
#define DO_FXR(...)	break;
#define DO_FM(...)	break;
#define DO_FMX(...)	break;

static enum step execute(struct hart *h, struct insn in)
{
	if (insn_is_fp(in.row)) {
		unsigned class = insn_info[in.row].class;
		bool memory = class <= CLASS_FSTORE;

		if (!(h->csr.mstatus & MSTATUS_FS) || (!memory && !slow_fp_execute(h, &in))) {
			sys_illegal(h, &in);
			return fault(h);
		}
		if (!memory) {
			if (class != CLASS_FMX)
				set_fp_dirty(h);
			return retire(h, h->pc + in.bytes);
		}
	}
	switch (in.row) {
#define INSN(id, name, format, match, mask, extension, class, ...)                                 \
	case ROW_##id:                                                                             \
		DO_##class(__VA_ARGS__)
#include "emu/insn.def"
	}
	sys_illegal(h, &in);
	return fault(h);
}

enum step slow_step(struct hart *h)
{
	struct insn in;
	uint32_t bits;

	if (!mem_fetch(h, &bits))
		return fault(h);
	insn_decode(bits, &in);
	if (!insn_enabled(&in, h->config.lacks))
		in.row = ROW_ILLEGAL;
	if (event_wanted(h->env.events, EVENT_INSN)) {
		struct event event = { .kind = EVENT_INSN };

		event.insn.pc = h->pc;
		event.insn.bits = in.bits;
		event.insn.bytes = in.bytes;
		hart_emit(h, &event);
	}
	return execute(h, in);
}
