#include "emu/blocks.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define UNIT	   sizeof(struct op)
#define HASH_SLOTS 16384u
#define MAX_BYTES                                                                                  \
	(sizeof(struct block) + (BLOCK_MAX_OPS + 16) * (sizeof(struct op) + sizeof(struct op_info)))
#define GRANULE 64 /* bytes of a page that one bit of `granules` stands for */

/* What instructions decoded to lately: most code is made of few different ones. */
#define MEMO_SLOTS 2048u

struct memo {
	uint32_t bits;
	struct insn insn;
};

struct code_store {
	struct hart_group *group;
	const struct ram *ram;
	uint64_t lacks; /* extensions */
	uint8_t *arena;
	uint64_t bytes, used;
	const void *const *targets;
	struct memo memo[MEMO_SLOTS];
	uint32_t hash[HASH_SLOTS]; /* first block of each chain */
	uint32_t *page_first;	   /* of each frame: its first block */
	uint64_t *granules;	   /* of each frame: which of its granules blocks were made from */
};

static struct block *block_at(const struct code_store *store, uint32_t number)
{
	return (struct block *)(void *)(store->arena + (uint64_t)number * UNIT);
}

static uint32_t hash_slot(uint64_t pa)
{
	return (uint32_t)((pa >> 1) ^ (pa >> 13)) & (HASH_SLOTS - 1);
}

struct code_store *code_create(struct hart_group *group, const struct ram *ram, uint64_t bytes,
			       uint64_t lacks)
{
	struct code_store *store = calloc(1, sizeof(*store));
	uint64_t frames = ram->bytes >> 12;

	if (!store)
		return NULL;
	store->group = group;
	store->ram = ram;
	store->lacks = lacks;
	store->bytes = bytes < 16 * MAX_BYTES ? 16 * MAX_BYTES : bytes;
	store->used = UNIT; /* number 0 is no block */
	store->targets = exec_targets();
	store->page_first = calloc(frames, sizeof(*store->page_first));
	store->granules = calloc(frames, sizeof(*store->granules));
	store->arena = mmap(NULL, store->bytes, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (store->arena == MAP_FAILED)
		store->arena = NULL;
	if (!store->page_first || !store->granules || !store->arena) {
		code_destroy(store);
		return NULL;
	}
	return store;
}

void code_destroy(struct code_store *store)
{
	if (!store)
		return;
	if (store->arena)
		munmap(store->arena, store->bytes);
	free(store->page_first);
	free(store->granules);
	free(store);
}

void code_drop_all(struct code_store *store)
{
	uint64_t frames = store->ram->bytes >> 12;

	for (uint64_t frame = 0; frame < frames; frame++)
		if (store->page_first[frame]) {
			store->page_first[frame] = 0;
			store->granules[frame] = 0;
			store->ram->frame_flags[frame] &= (uint8_t)~FRAME_FLAG_CODE;
		}
	memset(store->hash, 0, sizeof(store->hash));
	store->used = UNIT;
	for (unsigned k = 0; k < store->group->count; k++)
		mmu_drop_jumps(store->group->hart[k]);
}

/* ---- Dropping what was overwritten ---------------------------------------------------------- */

static uint64_t granule_mask(uint64_t first, uint64_t bytes)
{
	uint64_t lo = (first & PAGE_MASK) / GRANULE,
		 hi = ((first & PAGE_MASK) + bytes - 1) / GRANULE;

	return (hi >= 63 ? ~0ull : (2ull << hi) - 1) & ~((1ull << lo) - 1);
}

static void unhash(struct code_store *store, uint32_t number)
{
	struct block *block = block_at(store, number);
	uint32_t *at = &store->hash[hash_slot(block->pa)];

	while (*at != number)
		at = &block_at(store, *at)->hash_next;
	*at = block->hash_next;
}

/* All within one page. */
static void page_written(struct code_store *store, uint64_t pa, uint64_t bytes)
{
	uint64_t frame = ram_frame(store->ram, pa), granules = 0;
	uint32_t *at = &store->page_first[frame];

	if (!(store->granules[frame] & granule_mask(pa, bytes)))
		return;
	while (*at) {
		struct block *block = block_at(store, *at);

		if (block->pa < pa + bytes && pa < block->pa + block->bytes) {
			block->dead = true;
			block->op[0].target = store->targets[FORM_STALE];
			*at = block->page_next;
		} else {
			granules |= granule_mask(block->pa, block->bytes);
			at = &block->page_next;
		}
	}
	store->granules[frame] = granules;
	if (!store->page_first[frame])
		store->ram->frame_flags[frame] &= (uint8_t)~FRAME_FLAG_CODE;
}

void code_written(struct hart_group *group, uint64_t pa, uint64_t bytes)
{
	struct code_store *store = group->code;

	while (store && bytes) {
		uint64_t part = PAGE_BYTES - (pa & PAGE_MASK);

		if (part > bytes)
			part = bytes;
		page_written(store, pa, part);
		pa += part;
		bytes -= part;
	}
}

/* ---- Making blocks -------------------------------------------------------------------------- */

struct maker {
	struct code_store *store;
	struct block *block;
	const uint8_t *page; /* in the host */
	unsigned offset;     /* of the next instruction in its page */
	unsigned nops;
	unsigned index; /* of the present instruction */
	int64_t counts; /* since the last settling, the present instruction included */
	enum { FP_UNKNOWN, FP_READABLE, FP_WRITABLE } fp;
	bool done;
	struct op_info info[BLOCK_MAX_OPS + 16];
	uint16_t form[BLOCK_MAX_OPS + 16];
};

static struct op *emit(struct maker *m, unsigned form, const struct insn *in)
{
	struct op *op = &m->block->op[m->nops];

	m->form[m->nops] = (uint16_t)form;
	*op = (struct op){ .target = m->store->targets[form],
			   .imm = in->imm,
			   .rd = in->rd ? in->rd : 32,
			   .rs1 = in->rs1,
			   .rs2 = in->rs2,
			   .slot = (uint8_t)m->nops };
	m->info[m->nops] = (struct op_info){ .row = in->row, .index = (uint8_t)m->index };
	m->nops++;
	return op;
}

static struct op_link *emit_link(struct maker *m)
{
	struct op_link *link = (struct op_link *)(void *)&m->block->op[m->nops];

	m->form[m->nops] = 0;
	m->info[m->nops++] = (struct op_info){ .link = true };
	*link = (struct op_link){ .counts = m->counts };
	return link;
}

static void settled(struct maker *m)
{
	m->block->settle_mask |= 1ull << m->index;
	m->counts = 0;
}

/* An op that may go to `target` (an offset from the page): it, its link and what resolves that. */
static struct op *emit_transfer(struct maker *m, unsigned form, const struct insn *in,
				int32_t target)
{
	struct op *op = emit(m, form, in);
	struct op_link *link = emit_link(m);
	bool inside = (uint32_t)target < PAGE_BYTES;
	struct op *stub = emit(m, inside ? FORM_LINK : FORM_FAR, in);

	stub->imm = target;
	link->taken = stub;
	m->info[op + 1 - m->block->op].row = 1; /* a link that leads somewhere */
	return op;
}

static void make_branch(struct maker *m, const struct insn *in)
{
	struct op *op = emit_transfer(m, in->row, in, (int32_t)m->offset + in->imm);

	op->imm = (int32_t)m->offset + in->bytes;
	settled(m);
}

static void make_jal(struct maker *m, const struct insn *in)
{
	struct op *op =
		emit_transfer(m, in->rd ? ROW_JAL : FORM_J, in, (int32_t)m->offset + in->imm);

	op->imm = (int32_t)m->offset + in->bytes;
	settled(m);
	m->done = true;
}

static void make_jalr(struct maker *m, const struct insn *in)
{
	emit(m, in->rd ? ROW_JALR : FORM_JR, in);
	emit_link(m)->offset = (int32_t)m->offset + in->bytes;
	settled(m);
	m->done = true;
}

/*
 * Plain registers are read and swapped in place: what a trap handler does most.  The privilege is
 * compared at run time, for code is shared by all privileges.
 */
static bool make_plain_csr(struct maker *m, const struct insn *in)
{
	unsigned number = (unsigned)in->imm & 4095, offset;
	bool reads = in->row == ROW_CSRRS && in->rs1 == 0;
	enum csr_takes takes;
	struct op *op;

	if (!reads && in->row != ROW_CSRRW)
		return false;
	if (!csr_is_plain(number, &offset, &takes) || !(reads || takes != CSR_TAKES_SOME))
		return false;
	op = emit(m, reads ? FORM_CSR_READ : FORM_CSR_SWAP, in);
	op->imm = (int32_t)(offset << 1 | (takes == CSR_TAKES_EVEN));
	op->rs2 = number >> 8 & 3;
	emit_link(m)->offset = (int32_t)m->offset;
	((struct op_link *)(void *)(op + 1))->bits = in->bits;
	settled(m);
	return true;
}

/* SYSTEM instructions settle what was before them; they account for themselves. */
static void make_system(struct maker *m, const struct insn *in)
{
	bool is_csr = in->row >= ROW_CSRRW && in->row <= ROW_CSRRCI;
	/* xRET, ecall and fences of translation always leave; CSR instructions may not. */
	bool goes_on = is_csr || in->row == ROW_FENCE || in->row == ROW_CBO_ZERO;
	unsigned csr = is_csr ? csr_row(m->store->lacks, (unsigned)in->imm) : 0;
	struct op *op;
	struct op_link *link;

	if (csr && make_plain_csr(m, in))
		return;
	op = emit(m, csr ? FORM_CSR : FORM_SYSTEM, in);
	op->rd = in->rd;
	if (csr) {
		op->rs2 = (uint8_t)csr;
		op->imm = in->row;
	}
	m->counts += 1ll << 32;
	link = emit_link(m);
	link->offset = (int32_t)m->offset;
	link->bits = in->bits;
	settled(m);
	m->fp = FP_UNKNOWN;
	m->done = !goes_on;
}

static void make_alu(struct maker *m, const struct insn *in)
{
	if (in->rd == 0)
		return; /* no effect: it only counts */
	if (in->row == ROW_LUI || (in->row == ROW_ADDI && in->rs1 == 0))
		emit(m, FORM_LI, in);
	else if (in->row == ROW_AUIPC)
		emit(m, FORM_ADDRESS, in)->imm = (int32_t)m->offset + in->imm;
	else if (in->row == ROW_ADDI && in->imm == 0)
		emit(m, FORM_MV, in);
	else if (in->row == ROW_ADD && in->rs1 == 0)
		emit(m, FORM_MV, in)->rs1 = in->rs2;
	else
		emit(m, in->row, in);
}

static void check_fp(struct maker *m, const struct insn *in)
{
	unsigned class = insn_info[in->row].class;

	if (class == CLASS_FSTORE || class == CLASS_FMX) {
		if (m->fp == FP_UNKNOWN) {
			emit(m, FORM_FP_ON, in);
			m->fp = FP_READABLE;
		}
	} else if (m->fp != FP_WRITABLE) {
		emit(m, FORM_FP, in);
		m->fp = FP_WRITABLE;
	}
}

static void make_fp(struct maker *m, const struct insn *in)
{
	unsigned class = insn_info[in->row].class, form = in->row;
	bool exact = in->row == ROW_FCVT_D_W || in->row == ROW_FCVT_D_WU ||
		     in->row == ROW_FCVT_D_S || in->row == ROW_FCVT_S_H || in->row == ROW_FCVT_D_H;
	struct op *op;

	check_fp(m, in);
	if ((class == CLASS_FFR || class == CLASS_FXR) && in->rm != 7 && !exact) {
		form = FORM_FP_SLOW;
		if (class == CLASS_FXR && in->rm == 1 && insn_info[in->row].extension != EXT_ZFH)
			form = in->row >= ROW_FCVT_W_D
				       ? FORM_CVT_W_D_RTZ + (in->row - ROW_FCVT_W_D)
				       : FORM_CVT_W_S_RTZ + (in->row - ROW_FCVT_W_S);
	}
	op = emit(m, form, in);
	if (class != CLASS_FX && class != CLASS_FXR && class != CLASS_FMX)
		op->rd = in->rd; /* f0 is a register like the others */
	if (insn_info[in->row].format == FMT_F4)
		op->imm = in->rs3;
	if (class == CLASS_FSTORE || class == CLASS_FLOAD)
		m->block->access_mask |= 1ull << m->index;
}

static void make_invalid(struct maker *m, const struct insn *in)
{
	struct op_link *link;

	emit(m, FORM_INVALID, in);
	m->counts += 1ll << 32;
	link = emit_link(m);
	link->offset = (int32_t)m->offset;
	link->bits = in->bits;
	m->done = true;
}

static void make_one(struct maker *m, const struct insn *in)
{
	unsigned class = insn_info[in->row].class;

	m->counts -= 1ll << 32;
	switch (class) {
	case CLASS_NONE:
		make_invalid(m, in);
		break;
	case CLASS_ALU:
		make_alu(m, in);
		break;
	case CLASS_LOAD:
	case CLASS_STORE:
	case CLASS_LR:
	case CLASS_SC:
	case CLASS_AMO:
		m->counts++;
		m->block->access_mask |= 1ull << m->index;
		emit(m, in->row, in);
		break;
	case CLASS_BRANCH:
		make_branch(m, in);
		break;
	case CLASS_JAL:
		make_jal(m, in);
		break;
	case CLASS_JALR:
		make_jalr(m, in);
		break;
	case CLASS_SYS:
		make_system(m, in);
		break;
	case CLASS_FLOAD:
	case CLASS_FSTORE:
		m->counts++;
		make_fp(m, in);
		break;
	default:
		make_fp(m, in);
	}
}

/* Where the page or the block ends before an instruction that would: true, and the block is. */
static bool make_end(struct maker *m)
{
	const struct insn none = { .imm = (int32_t)m->offset };

	if (m->offset == PAGE_BYTES) {
		emit(m, FORM_PAGE, &none);
		emit_link(m);
	} else if (m->offset == PAGE_BYTES - 2 && (m->page[m->offset] & 3) == 3) {
		emit(m, FORM_CROSS, &none);
		emit_link(m);
	} else if (m->index == BLOCK_MAX_INSNS || m->nops > BLOCK_MAX_OPS) {
		emit_transfer(m, FORM_SEQ, &none, none.imm);
	} else {
		return false;
	}
	return true;
}

/* Whatever follows it, an instruction does not cross the page here. */
static const struct insn *decode_at(struct code_store *store, const uint8_t *host)
{
	uint16_t half[2] = { 0, 0 };
	struct memo *memo;
	uint32_t bits;

	memcpy(&half[0], host, 2);
	if ((half[0] & 3) == 3)
		memcpy(&half[1], host + 2, 2);
	bits = half[0] | (uint32_t)half[1] << 16;
	memo = &store->memo[(bits * 0x9e3779b1u) >> 21];
	if (memo->bits != bits || !memo->insn.bytes) {
		memo->bits = bits;
		insn_decode(bits, &memo->insn);
		if (!insn_enabled(&memo->insn, store->lacks))
			memo->insn.row = ROW_ILLEGAL;
	}
	return &memo->insn;
}

static void make_block(struct code_store *store, struct block *block, uint64_t pa)
{
	unsigned start = (unsigned)(pa & PAGE_MASK);
	struct maker m;

	m.store = store; /* not all of it: info[] is filled as ops are */
	m.block = block;
	m.page = ram_at(store->ram, pa - start);
	m.offset = start;
	m.nops = m.index = 0;
	m.counts = 0;
	m.fp = FP_UNKNOWN;
	m.done = false;

	*block = (struct block){ .pa = pa };
	while (!m.done && !make_end(&m)) {
		const struct insn *in = decode_at(store, m.page + m.offset);

		make_one(&m, in);
		if (in->bytes == 4)
			block->long_mask |= 1ull << m.index;
		m.offset += in->bytes;
		m.index++;
	}
	/* A block made of the first half of a crossing instruction depends on that half. */
	block->bytes = (uint16_t)(m.offset > start ? m.offset - start : 2);
	fusion_apply(block->op, m.form, m.nops, store->targets);
	block->nops = (uint8_t)m.nops;
	memcpy(block->op + m.nops, m.info, m.nops * sizeof(m.info[0]));
}

static uint64_t block_bytes(const struct block *block)
{
	uint64_t info = block->nops * sizeof(struct op_info);

	return sizeof(*block) + block->nops * sizeof(struct op) + (info + UNIT - 1) / UNIT * UNIT;
}

/*
 * Code was rewritten in place: put the new block where the dead one was, so that whatever led there
 * leads to it again and rewriting takes no more room.  Nobody is inside a dead block when this
 * happens: a store that kills the block around it leaves it at once.
 */
static bool replace_dead(struct block *dead, const struct block *fresh)
{
	const struct op_info *info =
		(const struct op_info *)(const void *)(fresh->op + fresh->nops);
	ptrdiff_t moved = (const char *)dead - (const char *)fresh;
	uint16_t room = dead->room;

	if (block_bytes(fresh) > room * UNIT)
		return false;
	memcpy(dead, fresh, block_bytes(fresh));
	dead->room = room;
	for (unsigned k = 0; k < dead->nops; k++) {
		struct op_link *link = (struct op_link *)(void *)&dead->op[k];

		if (info[k].link && info[k].row)
			link->taken = (struct op *)(void *)((char *)link->taken + moved);
	}
	return true;
}

static void enter_block(struct code_store *store, uint32_t number)
{
	struct block *block = block_at(store, number);
	uint64_t frame = ram_frame(store->ram, block->pa);

	block->page_next = store->page_first[frame];
	store->page_first[frame] = number;
	store->granules[frame] |= granule_mask(block->pa, block->bytes);
	if (store->ram->frame_flags[frame] & FRAME_FLAG_CODE)
		return;
	store->ram->frame_flags[frame] |= FRAME_FLAG_CODE;
	for (unsigned k = 0; k < store->group->count; k++)
		mmu_drop_writable(store->group->hart[k],
				  ram_at(store->ram, block->pa & ~PAGE_MASK));
}

struct op *code_get(struct code_store *store, uint64_t pa, bool *flushed)
{
	uint32_t *chain = &store->hash[hash_slot(pa)], number, next;
	struct block *fresh;

	*flushed = false;
	for (number = *chain; number; number = block_at(store, number)->hash_next)
		if (block_at(store, number)->pa == pa)
			break;
	if (number && !block_at(store, number)->dead)
		return block_at(store, number)->op;
	if (store->used + MAX_BYTES > store->bytes) {
		code_drop_all(store);
		*flushed = true;
		number = 0;
	}
	next = (uint32_t)(store->used / UNIT);
	fresh = block_at(store, next);
	make_block(store, fresh, pa);
	if (number) {
		struct block *dead = block_at(store, number);
		uint32_t hash_next = dead->hash_next;

		if (replace_dead(dead, fresh)) {
			dead->hash_next = hash_next;
			enter_block(store, number);
			return dead->op;
		}
		unhash(store, number);
	}
	fresh->room = (uint16_t)(block_bytes(fresh) / UNIT);
	fresh->hash_next = *chain;
	*chain = next;
	store->used += block_bytes(fresh);
	enter_block(store, next);
	return fresh->op;
}
