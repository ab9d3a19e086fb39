#include "emu/decode.h"

#include <stddef.h>

const struct insn_info insn_info[ROW_COUNT] = {
	[ROW_ILLEGAL] = { "illegal", 0, 0, FMT_N, EXT_I, CLASS_NONE },
#define INSN(id, name, format, match, mask, extension, class, ...)                                 \
	[ROW_##id] = { name, match, mask, FMT_##format, EXT_##extension, CLASS_##class },
#include "emu/insn.def"
};

static uint32_t field(uint32_t bits, unsigned hi, unsigned lo)
{
	return bits >> lo & ((2u << (hi - lo)) - 1);
}

static int32_t sign_extend(uint32_t value, unsigned bits)
{
	return (int32_t)(value << (32 - bits)) >> (32 - bits);
}

static int32_t imm_i(uint32_t b)
{
	return (int32_t)b >> 20;
}

static int32_t imm_s(uint32_t b)
{
	return (int32_t)(b & 0xfe000000) >> 20 | (int32_t)field(b, 11, 7);
}

static int32_t imm_b(uint32_t b)
{
	return sign_extend(field(b, 31, 31) << 12 | field(b, 7, 7) << 11 | field(b, 30, 25) << 5 |
				   field(b, 11, 8) << 1,
			   13);
}

static int32_t imm_j(uint32_t b)
{
	return sign_extend(field(b, 31, 31) << 20 | field(b, 19, 12) << 12 |
				   field(b, 20, 20) << 11 | field(b, 30, 21) << 1,
			   21);
}

static int32_t immediate(unsigned format, uint32_t b)
{
	switch (format) {
	case FMT_I:
	case FMT_L:
	case FMT_JR:
	case FMT_FL:
	case FMT_FN:
		return imm_i(b);
	case FMT_SH6:
		return (int32_t)field(b, 25, 20);
	case FMT_SH5:
		return (int32_t)field(b, 24, 20);
	case FMT_S:
	case FMT_FST:
		return imm_s(b);
	case FMT_B:
		return imm_b(b);
	case FMT_U:
		return (int32_t)(b & 0xfffff000);
	case FMT_J:
		return imm_j(b);
	case FMT_CSR:
	case FMT_CSRI:
		return (int32_t)field(b, 31, 20);
	default:
		return 0;
	}
}

/*
 * Rows by opcode (bits 6:2) and funct3 (bits 14:12): what is left to compare is a short list.
 * Built at first use from the table; the result is always the same.
 */
#define BUCKETS 256

static struct {
	uint16_t first[BUCKETS + 1];
	uint16_t row[ROW_COUNT * 8];
	bool built;
} buckets;

static void build_buckets(void)
{
	unsigned n = 0;

	for (unsigned k = 0; k < BUCKETS; k++) {
		uint32_t bits = (k >> 3) << 2 | 3 | (k & 7) << 12;

		buckets.first[k] = (uint16_t)n;
		for (unsigned row = 1; row < ROW_COUNT; row++)
			if (((bits ^ insn_info[row].match) & insn_info[row].mask & 0x707f) == 0)
				buckets.row[n++] = (uint16_t)row;
	}
	buckets.first[BUCKETS] = (uint16_t)n;
	buckets.built = true;
}

static unsigned find_row(uint32_t bits)
{
	unsigned k = field(bits, 6, 2) << 3 | field(bits, 14, 12);

	if (!buckets.built)
		build_buckets();
	for (unsigned n = buckets.first[k]; n < buckets.first[k + 1]; n++) {
		unsigned row = buckets.row[n];

		if ((bits & insn_info[row].mask) == insn_info[row].match)
			return row;
	}
	return ROW_ILLEGAL;
}

void insn_decode(uint32_t bits, struct insn *insn)
{
	uint32_t b = bits;

	insn->bytes = 4;
	insn->zcb = false;
	if ((bits & 3) != 3) {
		insn->bytes = 2;
		bits &= 0xffff;
		b = insn_expand((uint16_t)bits, &insn->zcb);
	}
	insn->bits = bits;
	insn->row = (uint16_t)(b ? find_row(b) : ROW_ILLEGAL);
	insn->rd = (uint8_t)field(b, 11, 7);
	insn->rs1 = (uint8_t)field(b, 19, 15);
	insn->rs2 = (uint8_t)field(b, 24, 20);
	insn->rs3 = (uint8_t)field(b, 31, 27);
	insn->rm = (uint8_t)field(b, 14, 12);
	insn->imm = immediate(insn_info[insn->row].format, b);
	/* Rounding modes 5 and 6 are reserved. */
	if ((insn->rm == 5 || insn->rm == 6) &&
	    (insn_info[insn->row].class == CLASS_FFR || insn_info[insn->row].class == CLASS_FXR))
		insn->row = ROW_ILLEGAL;
}

uint64_t insn_extensions(const struct insn *insn)
{
	uint64_t set = EXT_BIT(insn_info[insn->row].extension);

	if (insn->bytes == 2)
		set |= EXT_BIT(EXT_C);
	if (insn->zcb)
		set |= EXT_BIT(EXT_ZCB);
	if (insn->row == ROW_FCVT_D_H || insn->row == ROW_FCVT_H_D)
		set |= EXT_BIT(EXT_D);
	return set;
}

/* Encoders of the uncompressed formats. */
static uint32_t enc_r(uint32_t base, uint32_t rd, uint32_t rs1, uint32_t rs2)
{
	return base | rd << 7 | rs1 << 15 | rs2 << 20;
}

static uint32_t enc_i(uint32_t base, uint32_t rd, uint32_t rs1, uint32_t imm)
{
	return base | rd << 7 | rs1 << 15 | imm << 20;
}

static uint32_t enc_s(uint32_t base, uint32_t rs1, uint32_t rs2, uint32_t imm)
{
	return base | field(imm, 4, 0) << 7 | rs1 << 15 | rs2 << 20 | field(imm, 11, 5) << 25;
}

static uint32_t enc_b(uint32_t base, uint32_t rs1, uint32_t imm)
{
	return base | field(imm, 11, 11) << 7 | field(imm, 4, 1) << 8 | rs1 << 15 |
	       field(imm, 10, 5) << 25 | field(imm, 12, 12) << 31;
}

static uint32_t enc_j(uint32_t base, uint32_t rd, uint32_t imm)
{
	return base | rd << 7 | field(imm, 19, 12) << 12 | field(imm, 11, 11) << 20 |
	       field(imm, 10, 1) << 21 | field(imm, 20, 20) << 31;
}

/* Base encodings that the expansions need. */
enum {
	B_LW = 0x2003,
	B_LD = 0x3003,
	B_FLD = 0x3007,
	B_SW = 0x2023,
	B_SD = 0x3023,
	B_FSD = 0x3027,
	B_ADDI = 0x13,
	B_ADDIW = 0x1b,
	B_SLLI = 0x1013,
	B_SRLI = 0x5013,
	B_ANDI = 0x7013,
	B_LUI = 0x37,
	B_JAL = 0x6f,
	B_JALR = 0x67,
	B_BEQ = 0x63,
	B_BNE = 0x1063,
	B_ADD = 0x33,
	B_EBREAK = 0x100073
};

/* Immediates of the compressed formats, by the names of the RVC chapter. */
static uint32_t ci_imm(uint32_t c)
{
	return (uint32_t)sign_extend(field(c, 12, 12) << 5 | field(c, 6, 2), 6);
}

static uint32_t cl_w(uint32_t c)
{
	return field(c, 6, 6) << 2 | field(c, 12, 10) << 3 | field(c, 5, 5) << 6;
}

static uint32_t cl_d(uint32_t c)
{
	return field(c, 12, 10) << 3 | field(c, 6, 5) << 6;
}

static uint32_t cj_imm(uint32_t c)
{
	return (uint32_t)sign_extend(field(c, 12, 12) << 11 | field(c, 11, 11) << 4 |
					     field(c, 10, 9) << 8 | field(c, 8, 8) << 10 |
					     field(c, 7, 7) << 6 | field(c, 6, 6) << 7 |
					     field(c, 5, 3) << 1 | field(c, 2, 2) << 5,
				     12);
}

static uint32_t cb_imm(uint32_t c)
{
	return (uint32_t)sign_extend(field(c, 12, 12) << 8 | field(c, 11, 10) << 3 |
					     field(c, 6, 5) << 6 | field(c, 4, 3) << 1 |
					     field(c, 2, 2) << 5,
				     9);
}

/* Zcb: loads and stores of bytes and halves, funct3 = 100 of quadrant 0. */
static uint32_t expand_zcb_memory(uint32_t c)
{
	uint32_t rd = 8 + field(c, 4, 2), rs1 = 8 + field(c, 9, 7);
	uint32_t byte = field(c, 6, 6) | field(c, 5, 5) << 1, half = field(c, 5, 5) << 1;

	switch (field(c, 12, 10)) {
	case 0:
		return enc_i(0x4003, rd, rs1, byte); /* lbu */
	case 1:					     /* lh, lhu */
		return enc_i(field(c, 6, 6) ? 0x1003 : 0x5003, rd, rs1, half);
	case 2:
		return enc_s(0x0023, rs1, rd, byte); /* sb */
	case 3:
		return field(c, 6, 6) ? 0 : enc_s(0x1023, rs1, rd, half); /* sh */
	default:
		return 0;
	}
}

static uint32_t expand_quadrant_0(uint32_t c, bool *zcb)
{
	uint32_t rd = 8 + field(c, 4, 2), rs1 = 8 + field(c, 9, 7);
	uint32_t imm;

	switch (field(c, 15, 13)) {
	case 0: /* c.addi4spn */
		imm = field(c, 12, 11) << 4 | field(c, 10, 7) << 6 | field(c, 6, 6) << 2 |
		      field(c, 5, 5) << 3;
		return imm ? enc_i(B_ADDI, rd, 2, imm) : 0;
	case 1:
		return enc_i(B_FLD, rd, rs1, cl_d(c));
	case 2:
		return enc_i(B_LW, rd, rs1, cl_w(c));
	case 3:
		return enc_i(B_LD, rd, rs1, cl_d(c));
	case 4:
		*zcb = true;
		return expand_zcb_memory(c);
	case 5:
		return enc_s(B_FSD, rs1, rd, cl_d(c));
	case 6:
		return enc_s(B_SW, rs1, rd, cl_w(c));
	case 7:
		return enc_s(B_SD, rs1, rd, cl_d(c));
	default:
		return 0;
	}
}

/* Zcb: what takes one register, and c.mul. */
static uint32_t expand_zcb_alu(uint32_t c)
{
	static const uint32_t base[8] = { 0x0ff07013, /* zext.b: andi 255 */
					  0x60401013, /* sext.b */
					  0x0800403b, /* zext.h */
					  0x60501013, /* sext.h */
					  0x0800003b, /* zext.w: add.uw with x0 */
					  0xfff04013, /* not: xori -1 */
					  0,	      0 };
	uint32_t rd = 8 + field(c, 9, 7), op = base[field(c, 4, 2)];

	if (field(c, 6, 5) == 2)
		return enc_r(0x02000033, rd, rd, 8 + field(c, 4, 2)); /* mul */
	return op ? enc_r(op, rd, rd, 0) : 0;
}

/* funct3 = 100 of quadrant 1: c.srli, c.srai, c.andi and the register-register ones */
static uint32_t expand_misc_alu(uint32_t c, bool *zcb)
{
	static const uint32_t base[8] = {
		0x40000033, 0x4033, 0x6033, 0x7033, 0x4000003b, 0x3b, 0, 0
	}; /* sub xor or and subw addw */
	uint32_t rd = 8 + field(c, 9, 7), rs2 = 8 + field(c, 4, 2);
	uint32_t shamt = field(c, 12, 12) << 5 | field(c, 6, 2), op;

	switch (field(c, 11, 10)) {
	case 0:
		return enc_i(B_SRLI, rd, rd, shamt);
	case 1:
		return enc_i(B_SRLI, rd, rd, shamt | 0x400);
	case 2:
		return enc_i(B_ANDI, rd, rd, ci_imm(c));
	default:
		op = field(c, 12, 12) << 2 | field(c, 6, 5);
		if (op >= 6) {
			*zcb = true;
			return expand_zcb_alu(c);
		}
		return enc_r(base[op], rd, rd, rs2);
	}
}

static uint32_t expand_quadrant_1(uint32_t c, bool *zcb)
{
	uint32_t rd = field(c, 11, 7), imm = ci_imm(c);

	switch (field(c, 15, 13)) {
	case 0:
		return enc_i(B_ADDI, rd, rd, imm);
	case 1:
		return rd ? enc_i(B_ADDIW, rd, rd, imm) : 0;
	case 2:
		return enc_i(B_ADDI, rd, 0, imm);
	case 3:
		if (rd != 2) /* c.lui */
			return imm ? B_LUI | rd << 7 | imm << 12 : 0;
		imm = (uint32_t)sign_extend(field(c, 12, 12) << 9 | field(c, 6, 6) << 4 |
						    field(c, 5, 5) << 6 | field(c, 4, 3) << 7 |
						    field(c, 2, 2) << 5,
					    10);
		return imm ? enc_i(B_ADDI, 2, 2, imm) : 0; /* c.addi16sp */
	case 4:
		return expand_misc_alu(c, zcb);
	case 5:
		return enc_j(B_JAL, 0, cj_imm(c));
	case 6:
		return enc_b(B_BEQ, 8 + field(c, 9, 7), cb_imm(c));
	default:
		return enc_b(B_BNE, 8 + field(c, 9, 7), cb_imm(c));
	}
}

static uint32_t expand_quadrant_2(uint32_t c)
{
	uint32_t rd = field(c, 11, 7), rs2 = field(c, 6, 2);
	uint32_t ld_imm = field(c, 12, 12) << 5 | field(c, 6, 5) << 3 | field(c, 4, 2) << 6;
	uint32_t lw_imm = field(c, 12, 12) << 5 | field(c, 6, 4) << 2 | field(c, 3, 2) << 6;
	uint32_t sd_imm = field(c, 12, 10) << 3 | field(c, 9, 7) << 6;
	uint32_t sw_imm = field(c, 12, 9) << 2 | field(c, 8, 7) << 6;

	switch (field(c, 15, 13)) {
	case 0:
		return enc_i(B_SLLI, rd, rd, field(c, 12, 12) << 5 | rs2);
	case 1:
		return enc_i(B_FLD, rd, 2, ld_imm);
	case 2:
		return rd ? enc_i(B_LW, rd, 2, lw_imm) : 0;
	case 3:
		return rd ? enc_i(B_LD, rd, 2, ld_imm) : 0;
	case 4:
		if (rs2) /* c.add, c.mv */
			return enc_r(B_ADD, rd, field(c, 12, 12) ? rd : 0, rs2);
		if (!field(c, 12, 12))
			return rd ? enc_i(B_JALR, 0, rd, 0) : 0;
		return rd ? enc_i(B_JALR, 1, rd, 0) : B_EBREAK;
	case 5:
		return enc_s(B_FSD, 2, rs2, sd_imm);
	case 6:
		return enc_s(B_SW, 2, rs2, sw_imm);
	default:
		return enc_s(B_SD, 2, rs2, sd_imm);
	}
}

uint32_t insn_expand(uint16_t c, bool *zcb)
{
	*zcb = false;
	switch (c & 3) {
	case 0:
		return expand_quadrant_0(c, zcb);
	case 1:
		return expand_quadrant_1(c, zcb);
	case 2:
		return expand_quadrant_2(c);
	default:
		return 0;
	}
}
