/*
 * Misaligned loads and stores, byte by byte with the translation and permissions of whoever made
 * them (mstatus.MPRV).  A fault of one of the bytes is the supervisor's, at the instruction and
 * with the address of that byte.
 */
#include "firmware/csr.h"
#include "firmware/firmware.h"

struct access {
	unsigned bytes; /* 0: not an instruction that is emulated */
	unsigned insn_bytes;
	unsigned reg;
	bool store, sign, fp;
};

/* funct3 of loads: bits 1:0 the logarithm of the width, bit 2 unsigned */
static struct access decode_full(uint32_t insn)
{
	unsigned funct3 = insn >> 12 & 7, rd = insn >> 7 & 31, rs2 = insn >> 20 & 31;
	struct access a = { .insn_bytes = 4, .reg = rd, .bytes = 1U << (funct3 & 3) };

	switch (insn & 0x7f) {
	case 0x03: /* LOAD */
		a.sign = !(funct3 & 4);
		return a;
	case 0x07: /* LOAD-FP: flh, flw, fld; the other widths are vector loads */
		a.fp = true;
		break;
	case 0x23: /* STORE */
		a.store = true;
		a.reg = rs2;
		break;
	case 0x27: /* STORE-FP */
		a.store = a.fp = true;
		a.reg = rs2;
		break;
	default: /* an AMO must not be taken apart */
		a.bytes = 0;
		return a;
	}
	if (funct3 == 0 || funct3 > 3)
		a.bytes = 0;
	return a;
}

/* Quadrants 0 and 2: funct3 1 fld, 2 lw, 3 ld, 5 fsd, 6 sw, 7 sd; quadrant 0's 4 is Zcb. */
static struct access decode_compressed(uint32_t insn)
{
	unsigned funct3 = insn >> 13 & 7, quadrant = insn & 3;
	struct access a = { .insn_bytes = 2 };

	if (quadrant == 1)
		return a;
	a.store = funct3 & 4;
	a.fp = (funct3 & 3) == 1;
	a.bytes = (funct3 & 3) == 2 ? 4 : 8;
	a.sign = true;
	if (quadrant == 0)
		a.reg = 8 + (insn >> 2 & 7);
	else
		a.reg = a.store ? insn >> 2 & 31 : insn >> 7 & 31;
	if ((funct3 & 3) == 0) {
		unsigned which = insn >> 10 & 7;
		bool half = quadrant == 0 && funct3 == 4 && (which == 1 || which == 3);
		a.bytes = half ? 2 : 0; /* c.lhu, c.lh and c.sh */
		a.store = which == 3;
		a.sign = insn >> 6 & 1;
	}
	return a;
}

/* The instruction itself, with execute permission counting as read. */
static bool fetch(struct frame *frame, uint32_t *insn)
{
	struct trap_info info;
	uint64_t va = frame->mepc;

	*insn = (uint32_t)access_lhu(va, MSTATUS_MPRV | MSTATUS_MXR, 0, &info);
	if (!info.trapped && (*insn & 3) == 3) {
		va += 2;
		*insn |= (uint32_t)access_lhu(va, MSTATUS_MPRV | MSTATUS_MXR, 0, &info) << 16;
	}
	if (info.trapped)
		redirect(frame,
			 info.cause == CAUSE_LOAD_PAGE ? CAUSE_FETCH_PAGE : CAUSE_FETCH_ACCESS, va);
	return !info.trapped;
}

static void load(struct frame *frame, const struct access *a, uint64_t va)
{
	struct trap_info info;
	uint64_t value = 0;

	for (unsigned i = 0; i < a->bytes; i++) {
		value |= access_lbu(va + i, MSTATUS_MPRV, 0, &info) << 8 * i;
		if (info.trapped) {
			redirect(frame, info.cause, info.tval);
			return;
		}
	}
	if (a->fp) {
		/* a narrower value is boxed in ones */
		fp_set(a->reg, a->bytes == 8 ? value : value | ~UINT64_C(0) << 8 * a->bytes);
		frame->mstatus |= MSTATUS_FS;
	} else if (a->reg) {
		unsigned shift = 64 - 8 * a->bytes;
		frame->x[a->reg] = a->sign ? (uint64_t)((int64_t)(value << shift) >> shift) : value;
	}
	frame->mepc += a->insn_bytes;
}

static void store(struct frame *frame, const struct access *a, uint64_t va)
{
	uint64_t value = a->fp ? fp_get(a->reg) : a->reg ? frame->x[a->reg] : 0;
	struct trap_info info;

	for (unsigned i = 0; i < a->bytes; i++) {
		access_sb(va + i, MSTATUS_MPRV, value >> 8 * i, &info);
		if (info.trapped) {
			redirect(frame, info.cause, info.tval);
			return;
		}
	}
	frame->mepc += a->insn_bytes;
}

void misaligned(struct frame *frame, uint64_t cause, uint64_t va)
{
	struct access a;
	uint32_t insn;

	if (!fetch(frame, &insn))
		return;
	a = (insn & 3) == 3 ? decode_full(insn) : decode_compressed(insn);
	if (!a.bytes || a.store != (cause == CAUSE_STORE_MISALIGNED))
		redirect(frame, cause, va);
	else if (a.store)
		store(frame, &a, va);
	else
		load(frame, &a, va);
}
