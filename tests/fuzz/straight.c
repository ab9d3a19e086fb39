/*
 * Programs that compute: integer instructions with memory and atomics, compressed ones, floating
 * point.  One snippet, run three times over in M-, S- or U-mode, bare or translated, on a window of
 * four pages that lie apart in physical memory.
 *
 * x8 points into the window most of the time; any register may hold anything.
 */
#include <string.h>

#include "tests/fuzz/emit.h"

#define WINDOW	      0x18000000ull /* if translated: where Sv39's root[0] leads */
#define WINDOW_PAGES  4
#define WINDOW_MIDDLE 8192

static uint64_t window; /* address of the middle */
static bool code_writable;

static unsigned reg(void)
{
	return below(32);
}

/* A register that may be written without losing the window. */
static unsigned dest(void)
{
	unsigned r = below(32);

	return r == 8 ? 0 : r;
}

static int imm12(void)
{
	switch (below(4)) {
	case 0:
		return (int)below(4096) - 2048;
	case 1:
		return (int)below(64) - 32;
	default:
		return (int)PICK(0, 1, 2047, (uint64_t)-1, (uint64_t)-2048);
	}
}

/* Offsets from the middle of the window: pages end at both ends and at zero. */
static int near_offset(void)
{
	switch (below(4)) {
	case 0:
		return (int)below(16) - 8;
	case 1:
		return -2048 + (int)below(4089);
	default:
		return ((int)below(500) - 250) * 8;
	}
}

/* ---- Integer -------------------------------------------------------------------------------- */

static const uint32_t register_ops[] = {
	/* add sub sll slt sltu xor srl sra or and, the W's, M */
	0x00000033, 0x40000033, 0x00001033, 0x00002033, 0x00003033, 0x00004033, 0x00005033,
	0x40005033, 0x00006033, 0x00007033, 0x0000003b, 0x4000003b, 0x0000103b, 0x0000503b,
	0x4000503b, 0x02000033, 0x02001033, 0x02002033, 0x02003033, 0x02004033, 0x02005033,
	0x02006033, 0x02007033, 0x0200003b, 0x0200403b, 0x0200503b, 0x0200603b, 0x0200703b,
};
static const uint32_t zb_register_ops[] = {
	/* add.uw sh1add sh2add sh3add and their .uw; andn orn xnor max maxu min minu rol ror rolw
	 * rorw; bclr bext binv bset; clmul clmulh clmulr */
	0x0800003b, 0x20002033, 0x20004033, 0x20006033, 0x2000203b, 0x2000403b, 0x2000603b,
	0x40007033, 0x40006033, 0x40004033, 0x0a006033, 0x0a007033, 0x0a004033, 0x0a005033,
	0x60001033, 0x60005033, 0x6000103b, 0x6000503b, 0x48001033, 0x48005033, 0x68001033,
	0x28001033, 0x0a001033, 0x0a003033, 0x0a002033,
};
static const uint32_t zb_unary_ops[] = {
	/* clz ctz cpop, clzw cpopw (exceptions, ctzw), sext.b sext.h, zext.h, orc.b rev8 */
	0x60001013, 0x60101013, 0x60201013, 0x6000101b, 0x6020101b,
	0x60401013, 0x60501013, 0x0800403b, 0x28705013, 0x6b805013,
};
static const uint32_t zb_shift_ops[] = { 0x60005013, 0x48001013, 0x48005013,
					 0x68001013, 0x28001013, 0x0800101b };

#define ANY(array) (array)[below(sizeof(array) / sizeof((array)[0]))]

uint32_t random_alu(void)
{
	static const uint32_t immediate[] = { 0x13, 0x2013, 0x3013, 0x4013, 0x6013, 0x7013, 0x1b };
	static const uint32_t shift[] = { 0x1013, 0x5013, 0x40005013 };
	static const uint32_t word_shift[] = { 0x101b, 0x501b, 0x4000501b };

	if (extensions && one_in(4)) { /* Zba, Zbb, Zbc, Zbs */
		if (one_in(3))
			return type_r(ANY(zb_unary_ops), dest(), reg(), 0);
		if (one_in(3))
			return type_i(ANY(zb_shift_ops), dest(), reg(), (int)below(64));
		return type_r(ANY(zb_register_ops), dest(), reg(), reg());
	}
	switch (below(10)) {
	case 0:
	case 1:
	case 2:
		return type_i(ANY(immediate), dest(), reg(), imm12());
	case 3:
		return type_i(ANY(shift), dest(), reg(), (int)below(64));
	case 4:
		return type_i(ANY(word_shift), dest(), reg(), (int)below(32));
	case 5: /* lui, auipc */
		return type_r(one_in(3) ? 0x17 : 0x37, dest(), 0, 0) | below(1 << 20) << 12;
	default:
		return type_r(ANY(register_ops), dest(), reg(), reg());
	}
}

static void emit_access(void)
{
	unsigned funct = below(7); /* lb lh lw ld lbu lhu lwu */

	if (one_in(2))
		emit(type_i(0x03 | funct << 12, dest(), 8, near_offset()));
	else
		emit(type_s(0x23 | (funct & 3) << 12, 8, reg(), near_offset()));
}

/* Loads of floating-point registers from memory give any bits. */
static void emit_fp_access(void)
{
	unsigned funct = extensions ? 1 + below(3) : 2 + below(2); /* half, single, double */

	if (one_in(2))
		emit(type_i(0x07 | funct << 12, reg(), 8, near_offset()));
	else
		emit(type_s(0x27 | funct << 12, 8, reg(), near_offset()));
}

static uint32_t random_amo(unsigned rs1)
{
	static const uint8_t funct5[] = { 0, 1, 4, 8, 12, 16, 20, 24, 28 };
	uint32_t insn = 0x202f | below(2) << 12;

	insn |= (uint32_t)ANY(funct5) << 27;
	insn |= below(4) << 25;
	return type_r(insn, dest(), rs1, reg());
}

static void emit_atomic(void)
{
	unsigned address = 9, size = below(2) << 12, order = below(4) << 25;
	int offset = ((int)below(500) - 250) * 8;

	if (one_in(12))
		offset += (int)below(8); /* misaligned: traps */
	emit(ADDI(address, 8, offset));
	if (one_in(3) && (offset & 7) == 0) {
		unsigned rd = dest();

		emit(type_r(0x1000202f | size | order, rd == 9 ? 0 : rd, address, 0)); /* lr */
		for (unsigned k = below(3); k; k--) {
			uint32_t insn = random_alu();

			/* it must not write the address */
			emit((insn >> 7 & 31) == address ? ADDI(0, 0, 0) : insn);
		}
		rd = dest();
		emit(type_r(0x1800202f | size | order, rd == 9 ? 0 : rd, address, reg())); /* sc */
		if (one_in(4)) /* there is no reservation any more */
			emit(type_r(0x1800202f | size, dest(), address, reg()));
		return;
	}
	emit(random_amo(address));
}

static void emit_plain(void)
{
	uint64_t value;

	switch (below(10)) {
	case 0:
	case 1:
		emit_access();
		break;
	case 2:
		emit_atomic();
		break;
	case 3:
		value = random_value();
		emit_constant(one_in(8) ? 0 : dest(), value);
		break;
	default:
		emit(random_alu());
		break;
	}
}

static void emit_forward(void)
{
	static const uint32_t branch[] = { 0x63, 0x1063, 0x4063, 0x5063, 0x6063, 0x7063 };
	uint64_t at = here();
	unsigned kind = below(6), a = reg(), b = reg(), rd = dest();
	uint32_t insn = ANY(branch);

	if (kind == 5) { /* by register: auipc, addi, jalr */
		emit(0x17 | 9 << 7);
		emit(ADDI(9, 9, 0));
	}
	at = here();
	emit(0);
	for (unsigned k = below(4); k; k--)
		emit_plain();
	if (kind == 5) {
		uint32_t jump = JALR(rd, 9, (int)(here() - at) + (int)below(2));
		uint32_t add = ADDI(9, 9, 8);

		memcpy(blob_at(at), &jump, 4);
		memcpy(blob_at(at - 4), &add, 4);
	} else if (kind == 4) {
		emit_patch_jal(at, rd);
	} else {
		emit_patch_branch(at, type_r(insn, 0, a, b));
	}
}

/* A loop of a few rounds; x31 counts. */
static void emit_loop(void)
{
	uint64_t top, end;
	uint32_t back;
	int distance;

	emit_constant(31, 1 + below(6));
	top = here();
	for (unsigned k = below(5); k; k--) {
		uint32_t insn = random_alu();

		emit((insn >> 7 & 31) == 31 ? ADDI(0, 0, 0) : insn);
	}
	emit(ADDI(31, 31, -1));
	end = here();
	distance = (int)(top - end);
	back = type_r(0x1063, 0, 31, 0); /* bnez */
	back |= ((uint32_t)distance >> 12 & 1) << 31 | ((uint32_t)distance >> 5 & 0x3f) << 25 |
		((uint32_t)distance >> 1 & 15) << 8 | ((uint32_t)distance >> 11 & 1) << 7;
	emit(back);
}

/* Encodings that are illegal in every version of everything compared; and ebreak. */
static void emit_illegal(void)
{
	uint32_t fields = (uint32_t)rnd() & 0x01ff8f80;

	emit((uint32_t)PICK(0x00007003 | fields, 0x00006023 | fields, 0x00002063 | fields,
			    0x00003063 | fields, 0x00001067 | fields, 0xffffffff,
			    0x0000006b | fields, 0x00000077 | fields, 0xfe002033 | fields,
			    0x0600003b | fields, 0xfe00702f | fields, EBREAK, 0x00300073,
			    0x0000707b | fields));
}

/* Code that is changed before it is executed: a nop becomes an addi.  Where code may be written. */
static void emit_self_change(void)
{
	uint64_t base = here();

	emit(0x17 | 9 << 7); /* auipc x9 */
	emit_constant(30, ADDI(dest(), reg(), imm12()));
	emit(type_s(0x2023, 9, 30, (int)(here() + 8 - base)));
	emit(FENCE_I);
	emit(ADDI(0, 0, 0));
}

static void emit_integer_unit(void)
{
	switch (below(24)) {
	case 0:
	case 1:
	case 2:
	case 3:
		emit_forward();
		break;
	case 4:
		emit_loop();
		break;
	case 5:
		emit_illegal();
		break;
	case 6:
		if (code_writable && one_in(2))
			emit_self_change();
		emit((uint32_t)PICK(FENCE_I, FENCE, 0x0330000f, 0x8330000f, 0x0100000f));
		break;
	default:
		for (unsigned k = 1 + below(4); k; k--)
			emit_plain();
		break;
	}
}

/* ---- Compressed ----------------------------------------------------------------------------- */

static void emit_compressed_jump(unsigned funct3, uint16_t insn)
{
	/* over two or four bytes */
	unsigned distance = 4 + 2 * below(2);

	if (funct3 == 5) /* c.j: imm[3:1] at 5:3 */
		emit16(0xa001 | (uint16_t)(distance >> 1 & 7) << 3);
	else /* c.beqz, c.bnez: imm[2:1] at 4:3 */
		emit16((insn & 0xe383) | (uint16_t)(distance >> 1 & 3) << 3);
	emit16(0x0001);
	if (distance == 6)
		emit16((uint16_t)(0x0405 + below(2) * 0x80)); /* c.addi x8 or x9, 1 */
}

static void point(unsigned base)
{
	int offset = near_offset();

	if (!one_in(8))
		offset &= ~7;
	emit_constant(base, window + (uint64_t)(int64_t)offset);
}

static void emit_compressed(void)
{
	uint16_t insn =
		(uint16_t)(one_in(12) ? (rnd() & 0x1f80) | 0x8002 : rnd()); /* c.jr, c.jalr */
	unsigned quadrant = insn & 3, funct3 = insn >> 13, rd = insn >> 7 & 31;

	if (quadrant == 3) {
		emit(random_alu());
		return;
	}
	if (quadrant == 0 && funct3 == 4) /* where Zcb is */
		return;
	if (quadrant == 1 && funct3 == 4 && (insn >> 10 & 7) == 7 && (insn >> 5 & 3) >= 2)
		return; /* likewise */
	if (quadrant == 0 && funct3 != 0) {
		point(8 + (insn >> 7 & 7));
		emit16(insn);
		emit_constant(8, window);
		return;
	}
	if (quadrant == 1 && funct3 >= 5) {
		emit_compressed_jump(funct3, insn);
		return;
	}
	if (quadrant == 2 && (funct3 & 3) != 0 && funct3 != 4) { /* by sp */
		point(2);
		emit16(insn);
		return;
	}
	if (quadrant == 2 && funct3 == 4 && !(insn & 0x7c)) { /* c.jr, c.jalr, c.ebreak */
		if (rd == 0) {
			emit16(insn);
		} else { /* auipc rd; c.addi rd, 10; c.j[al]r; a nop or not */
			emit(0x17 | rd << 7);
			emit16((uint16_t)(0x0029 | rd << 7));
			emit16(insn);
			emit16(0x0001);
			emit_constant(8, window);
		}
		return;
	}
	emit16(insn);
	if (rd == 8 || one_in(4))
		emit_constant(8, window);
}

static void emit_compressed_unit(void)
{
	for (unsigned k = 1 + below(5); k; k--)
		emit_compressed();
	if (one_in(6)) {
		emit_constant(8, window);
		emit_plain();
	}
}

/* ---- Floating point ------------------------------------------------------------------------- */

static uint64_t random_double(void)
{
	uint64_t sign = rnd() << 63, fraction = rnd() >> 12, field;

	if (one_in(3))
		return sign | PICK(0, 1, 0x000fffffffffffff, 0x0010000000000000, 0x7ff0000000000000,
				   0x7ff0000000000001, 0x7ff8000000000000, 0x7ff8000000000123,
				   0x3ff0000000000000, 0x3ff0000000000001, 0x3fefffffffffffff,
				   0x7fefffffffffffff, 0x43e0000000000000, 0x43f0000000000000,
				   0x41e0000000000000, 0x41dfffffffc00000, 0x3fe0000000000000,
				   0x36a0000000000000, 0x380fffffffffffff, 0x47efffffefffffff,
				   0x4008000000000000, 0x41efffffffe00000, 0x3ca0000000000000);
	if (one_in(2))
		fraction &= ~0ull << below(52);
	field = one_in(3)   ? below(2048)
		: one_in(4) ? PICK(0, 1, 2, 2045, 2046)
			    : 1023 - 30 + below(90);
	return sign | field << 52 | fraction;
}

static uint64_t random_single(void)
{
	uint64_t sign = rnd() << 63 >> 32, fraction = rnd() >> 41, field;

	if (one_in(3))
		return sign | PICK(0, 1, 0x007fffff, 0x00800000, 0x7f800000, 0x7f800001, 0x7fc00000,
				   0x7fc00123, 0x3f800000, 0x3f800001, 0x3f7fffff, 0x7f7fffff,
				   0x5f000000, 0x5f800000, 0x4f000000, 0x4f800000, 0x4effffff,
				   0x3f000000, 0x33800000, 0x40400000);
	if (one_in(2))
		fraction &= 0x7fffffull << below(23) & 0x7fffff;
	field = one_in(3) ? below(256) : one_in(4) ? PICK(0, 1, 2, 253, 254) : 127 - 20 + below(60);
	return sign | field << 23 | fraction;
}

static uint64_t random_half(void)
{
	if (one_in(3))
		return PICK(0, 0x8000, 1, 0x8001, 0x03ff, 0x0400, 0x8400, 0x7bff, 0x7c00, 0xfc00,
			    0x7c01, 0x7e00, 0xfe12, 0x3c00, 0x3c01, 0x3bff, 0xbc00, 0x7800, 0x1400);
	return rnd() & 0xffff;
}

static unsigned random_rm(void)
{
	return one_in(24) ? 5 + below(2) : one_in(3) ? 7 : below(5);
}

static uint32_t random_fp(void)
{
	static const uint32_t binary[] = { 0x00000053, 0x08000053, 0x10000053, 0x18000053 };
	static const uint32_t fused[] = { 0x43, 0x47, 0x4b, 0x4f };
	static const uint32_t plain[] = { 0x20000053, 0x20001053, 0x20002053, 0x28000053,
					  0x28001053 };
	static const uint32_t compare[] = { 0xa0002053, 0xa0001053, 0xa0000053 };
	static const uint32_t convert[] = { /* between formats: rd's, rs1's */
					    0x40100053, 0x42000053, 0x40200053,
					    0x44000053, 0x42200053, 0x44100053
	};
	uint32_t d = below(extensions ? 3 : 2) << 25, rm = random_rm() << 12,
		 insn; /* single, double, half */

	switch (below(16)) {
	case 0:
	case 1:
	case 2:
	case 3:
		return type_r(ANY(binary) | d | rm, reg(), reg(), reg());
	case 4:
	case 5:
	case 6:
		insn = ANY(fused) | d | rm;
		insn |= reg() << 27;
		return type_r(insn, reg(), reg(), reg());
	case 7:
		return type_r(0x58000053 | d | rm, reg(), reg(), 0);
	case 8:
		return type_r(ANY(plain) | d, reg(), reg(), reg());
	case 9:
		return type_r(ANY(compare) | d, dest(), reg(), reg());
	case 10:
		return type_r(0xc0000053 | d | rm, dest(), reg(), below(4)); /* to integers */
	case 11:
		return type_r(0xd0000053 | d | rm, reg(), reg(), below(4)); /* from them */
	case 12:
		insn = convert[below(extensions ? 6 : 2)];
		return type_r(insn | rm, reg(), reg(), 0);
	case 13:
		return type_r(0xe0001053 | d, dest(), reg(), 0); /* fclass */
	case 14:
		return type_r(0xe0000053 | d, dest(), reg(), 0); /* fmv.x */
	default:
		return type_r(0xf0000053 | d, reg(), reg(), 0); /* fmv from x */
	}
}

static void emit_fp_unit(void)
{
	uint64_t value;

	if (one_in(6)) { /* csrrwi fcsr */
		value = below(32);
		emit(type_i(0x5073, dest(), (unsigned)value, 3));
	}
	if (one_in(6)) { /* csrrwi frm */
		value = one_in(40) ? below(8) : below(5);
		emit(type_i(0x5073, dest(), (unsigned)value, 2));
	}
	for (unsigned k = 1 + below(3); k; k--) {
		unsigned rd = reg();

		if (extensions && one_in(3)) { /* boxed, but now and then */
			value = random_half();
			emit_fp_constant(rd, value | (one_in(16) ? 0 : ~0ull << 16), false, 9);
		} else if (one_in(2))
			emit_fp_constant(rd, random_double(), false, 9);
		else
			emit_fp_constant(rd, random_single(), true, 9);
	}
	for (unsigned k = 1 + below(4); k; k--)
		emit(random_fp());
	if (one_in(3))
		emit(CSRRS(dest(), (int)PICK(1, 3), 0)); /* read fflags, fcsr */
	if (one_in(6))
		emit(CSRRW(dest(), 1, 0));
	if (one_in(4))
		emit_fp_access();
	if (one_in(8))
		emit_plain();
}

/* ---- The whole ------------------------------------------------------------------------------ */

static void map_window(struct draft *d, unsigned priv)
{
	unsigned shuffled[WINDOW_PAGES] = { 0, 1, 2, 3 };
	const uint64_t all = PTE_V | PTE_R | PTE_X | PTE_A | PTE_D;

	for (unsigned k = WINDOW_PAGES - 1; k; k--) {
		unsigned other = below(k + 1), t = shuffled[k];

		shuffled[k] = shuffled[other];
		shuffled[other] = t;
	}
	/* Sv39, under Sv48, under Sv57; the identity for S, the alias for U */
	add_poke(d, table_pa(1), pte_of(table_pa(0), PTE_V));
	add_poke(d, table_pa(2), pte_of(table_pa(1), PTE_V));
	add_poke(d, table_pa(0) + 8 * 2, pte_of(HARNESS_PA, all));
	add_poke(d, table_pa(0) + 8 * 3, pte_of(HARNESS_PA, all | PTE_U));
	add_poke(d, table_pa(0), pte_of(table_pa(3), PTE_V));
	add_poke(d, table_pa(3) + 8 * (WINDOW >> 21 & 511), pte_of(table_pa(4), PTE_V));
	for (unsigned k = 0; k < WINDOW_PAGES; k++)
		add_poke(d, table_pa(4) + 8 * ((WINDOW >> 12 & 511) + k),
			 pte_of(POOL_PA + 4096ull * shuffled[k],
				all | PTE_W | (priv == PRIV_U || one_in(2) ? PTE_U : 0)));
}

/* What is in two registers now, kept in memory: later instructions will overwrite them. */
static void emit_witness(const struct draft *d, unsigned unit)
{
	int offset = -2048 + 16 * (int)unit;

	emit_constant(8, window);
	emit(type_s(0x3023, 8, reg(), offset));
	if (d->kind == KIND_FP)
		emit(type_s(0x3027, 8, reg(), offset + 8));
	else
		emit(type_s(0x3023, 8, one_in(4) ? 1 : reg(), offset + 8));
}

void make_straight(struct draft *d)
{
	unsigned priv = (unsigned)PICK(PRIV_M, PRIV_S, PRIV_S, PRIV_U, PRIV_U), mode = 0;
	uint64_t snippet, again;
	uint32_t set;

	if (priv != PRIV_M)
		mode = (unsigned)PICK(0, 8, 8, 8, 9, 10);
	code_writable = mode == 0;
	d->units = 100;
	d->data_pages = WINDOW_PAGES;
	d->tables = mode ? 5 : 0;
	window = (mode ? WINDOW : POOL_PA) + WINDOW_MIDDLE;
	for (unsigned k = 0; k < 63; k++)
		d->registers[k] = k < 31      ? random_value()
				  : one_in(2) ? random_double()
					      : random_single() | ~0ull << 32;
	d->registers[7] = window;
	if (mode)
		map_window(d, priv);
	for (unsigned k = 0; k < PADS_END; k++)
		d->pads[k] = (uint8_t)rnd();

	/* S-mode's pages are of both kinds: it needs SUM. */
	d->steps[d->nsteps++] = here();
	emit_constant(5, (uint64_t)mode << 60 | table_pa(mode > 8 ? mode - 8 : 0) >> 12);
	emit(CSRRW(0, 0x180, 5));
	emit(SFENCE_VMA(0, 0));
	set = 1u << 18 | below(2) << 19;
	emit_constant(5, set);
	emit(CSRRS(0, 0x300, 5));
	emit(ECALL);

	again = here();
	emit_constant(8, window);
	snippet = here() + 64; /* the entry is short */
	emit_enter(priv, snippet + (mode && priv == PRIV_U ? USER_ALIAS : 0), 5);
	while (here() < snippet)
		emit16(0x0001);
	for (unsigned unit = 0; unit < d->units; unit++) {
		if (is_left_out(d, unit))
			continue;
		begin_unit(d, unit);
		if (d->kind == KIND_INT)
			emit_integer_unit();
		else if (d->kind == KIND_COMPRESSED)
			emit_compressed_unit();
		else
			emit_fp_unit();
		emit_witness(d, unit);
	}
	emit(ECALL);
	for (unsigned k = 0; k < 3; k++)
		d->steps[d->nsteps++] = again;
}
