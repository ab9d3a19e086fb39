/*
 * The fast engine: threaded code over the ops of blocks.c.
 *
 * One function holds a handler for each row of the instruction table and each form.  What is hot
 * lives in its locals: the op, the accounts, the fast arrays.  Everything that may call out of the
 * function or fault first notes where it stands (h->op, h->acc), so that the exact pc and instret
 * can be had at any time.
 */
#include <string.h>

#include "emu/blocks.h"
#include "emu/handlers.h"

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

/* cbo.zero on a page that may be stored to: false if it is not known to be such. */
static inline bool zero_quickly(struct hart *h, const struct op *op)
{
	uint64_t va = h->x[op->rs1] & ~(CACHE_BLOCK - 1);
	const struct fast_entry *entry = &h->fast[FAST_WRITE * FAST_ENTRIES + fast_index(va)];

	if (entry->tag != (va & ~PAGE_MASK) || !hart_cbo_allowed(h, MENVCFG_CBZE))
		return false;
	memset((void *)(uintptr_t)(va + entry->add), 0, CACHE_BLOCK);
	h->acc -= RETIRE1 - 1; /* one instruction, one data access */
	h->pc += 4;
	return true;
}

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

	if (in.row == ROW_CBO_ZERO && zero_quickly(h, op))
		return true;
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
		return in.row == ROW_FENCE;
	}
}

/* The same for a CSR instruction whose register was looked up when it was decoded. */
static __attribute__((noinline)) bool do_csr(struct hart *h, const struct op *op)
{
	if (unlikely(!csr_execute(h, op->rs2, (unsigned)op->imm, op->rd, op->rs1))) {
		const struct op_link *link = (const struct op_link *)(const void *)(op + 1);

		hart_trap(h, CAUSE_ILLEGAL, link->bits);
		return false;
	}
	h->acc -= RETIRE1;
	h->pc += 4;
	return h->fetch_page != FETCH_NONE;
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

/* ---- The engine ----------------------------------------------------------------------------- */

/* Returns the table of handlers if h is NULL: the plain ones by form, then the chained ones. */
static const void *const *engine(struct hart *h)
{
	static const void *const targets[2 * FORM_COUNT] = {
#define AT(form, label) [form] = &&label, [FORM_COUNT + (form)] = &&chained_##label,
#define INSN(id, ...)	AT(ROW_##id, row_##id)
#include "emu/insn.def"
#define X(name) [FORM_##name] = &&form_##name,
		FORMS(X)
#undef X
			[FORM_COUNT + FORM_MV] = &&chained_form_MV,
		[FORM_COUNT + FORM_JR] = &&chained_form_JR,
#define X(row, n) AT(FORM_RUN_##row##_##n, run_##row##_##n)
		RUNS(X)
#undef X
#define PAIR(kind_a, a, kind_b, b)  AT(FORM_PAIR_##a##_##b, pair_##a##_##b)
#define CHAIN(kind_a, a, kind_b, b) AT(FORM_CHAIN_##a##_##b, chain_##a##_##b)
#define TRIPLE(how_b, how_c, kind_a, a, kind_b, b, kind_c, c)                                      \
	AT(FORM_##how_b##how_c##_##a##_##b##_##c, triple_##how_b##how_c##_##a##_##b##_##c)
#define QUAD(how_b, how_c, how_d, kind_a, a, kind_b, b, kind_c, c, kind_d, d)                      \
	AT(FORM_##how_b##how_c##how_d##_##a##_##b##_##c##_##d,                                     \
	   quad_##how_b##how_c##how_d##_##a##_##b##_##c##_##d)
#include "emu/fusion.def"
	};
	struct op *o;
	struct fast_entry *fast;
	int64_t acc;
	uint64_t pc, last = 0;

	if (!h)
		return targets;
	acc = h->acc;
	fast = h->fast;
	pc = h->pc;
	GO_TO(pc);

#define HANDLER(label)                                                                             \
	label:
#define ROW_DO(class) DO_##class
#define R1	      X1
#include "emu/handlers.def"

#define HANDLER(label) chained_##label:
#define ROW_DO(class)  CHAINED_##class
#define R1	       last
#include "emu/handlers.def"

form_LI:
	SET_X(IMM);
	STEP(1);
form_ADDRESS:
	SET_X(h->fetch_page + IMM);
	STEP(1);
form_J:
	DO_J()
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
form_CSR:
	h->acc = acc + LINK()->counts;
	h->pc = h->fetch_page + (uint64_t)LINK()->offset;
	if (!do_csr(h, o))
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
	RD = *(uint64_t *)((char *)&h->csr + (o->imm >> 1));
	if (unlikely(acc < 0))
		goto out_after;
	STEP(2);
form_CSR_SWAP:
	if (unlikely(h->priv < o->rs2))
		goto no_access;
	acc += LINK()->counts;
	{
		uint64_t *at = (uint64_t *)((char *)&h->csr + (o->imm >> 1));
		uint64_t old = *at;

		*at = X1 & ~(uint64_t)(o->imm & 1);
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
