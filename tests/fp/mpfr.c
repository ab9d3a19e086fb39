/*
 * Floating point against MPFR: every instruction of F, D and Zfh, as the emulator decodes and executes it
 * one at a time, in every rounding mode, static and dynamic, gives the bits and the flags that MPFR
 * says: on all pairs and triples of numbers at the edges, and on random ones made to be hard.
 *
 *   mpfr [long]
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/fp.h"
#include "emu/hart_internal.h"
#include "tests/fp/oracle.h"
#include "tests/random.h"

static struct hart *hart;
static unsigned test_number, failures;

/* ---- The instructions ----------------------------------------------------------------------- */

struct op {
	const char *name;
	enum operation operation;
	uint32_t bits; /* rd, rs1, the rounding mode zero; rs2 and rs3 too if they are operands */
	uint8_t operands;
	bool rounds, x_source, x_result;
};

/* The numbers are those of the unprivileged specification's table of instructions; those of the
 * doubles and halves are these with 1 and 2 in bits 26:25; conversions among formats have the source's
 * number in rs2's place. */
// clang-format off
static const struct op ops[] = {
	{ "fadd.?",   ADD,     0x00000053, 2, true,  false, false },
	{ "fsub.?",   SUB,     0x08000053, 2, true,  false, false },
	{ "fmul.?",   MUL,     0x10000053, 2, true,  false, false },
	{ "fdiv.?",   DIV,     0x18000053, 2, true,  false, false },
	{ "fsqrt.?",  SQRT,    0x58000053, 1, true,  false, false },
	{ "fmadd.?",  MADD,    0x00000043, 3, true,  false, false },
	{ "fmsub.?",  MSUB,    0x00000047, 3, true,  false, false },
	{ "fnmsub.?", NMSUB,   0x0000004b, 3, true,  false, false },
	{ "fnmadd.?", NMADD,   0x0000004f, 3, true,  false, false },
	{ "fsgnj.?",  SGNJ,    0x20000053, 2, false, false, false },
	{ "fsgnjn.?", SGNJN,   0x20001053, 2, false, false, false },
	{ "fsgnjx.?", SGNJX,   0x20002053, 2, false, false, false },
	{ "fmin.?",   MIN,     0x28000053, 2, false, false, false },
	{ "fmax.?",   MAX,     0x28001053, 2, false, false, false },
	{ "feq.?",    EQ,      0xa0002053, 2, false, false, true },
	{ "flt.?",    LT,      0xa0001053, 2, false, false, true },
	{ "fle.?",    LE,      0xa0000053, 2, false, false, true },
	{ "fclass.?", CLASS,   0xe0001053, 1, false, false, true },
	{ "fcvt.w.?", TO_W,    0xc0000053, 1, true,  false, true },
	{ "fcvt.wu.?",TO_WU,   0xc0100053, 1, true,  false, true },
	{ "fcvt.l.?", TO_L,    0xc0200053, 1, true,  false, true },
	{ "fcvt.lu.?",TO_LU,   0xc0300053, 1, true,  false, true },
	{ "fcvt.?.w",  FROM_W,  0xd0000053, 1, true,  true,  false },
	{ "fcvt.?.wu", FROM_WU, 0xd0100053, 1, true,  true,  false },
	{ "fcvt.?.l",  FROM_L,  0xd0200053, 1, true,  true,  false },
	{ "fcvt.?.lu", FROM_LU, 0xd0300053, 1, true,  true,  false },
	{ "fcvt.h.?", TO_HALF,   0x44000053, 1, true, false, false },
	{ "fcvt.s.?", TO_SINGLE, 0x40000053, 1, true, false, false },
	{ "fcvt.d.?", TO_DOUBLE, 0x42000053, 1, true, false, false },
	{ "fmv.x.?",     MOVE_TO_X,   0xe0000053, 1, false, false, true },
	{ "fmv.?.x",   MOVE_FROM_X, 0xf0000053, 1, false, true,  false },
};
// clang-format on

#define OPS (sizeof(ops) / sizeof(ops[0]))

/* 0 single, 1 double, 2 half: as the instructions number them. */
static unsigned number_of(const struct shape *format)
{
	return format == &half ? 2 : format == &dbl;
}

static unsigned width_of(const struct shape *format)
{
	return format == &half ? 16 : format == &single ? 32 : 64;
}

static bool is_among_formats(const struct op *op)
{
	return op->operation >= TO_HALF && op->operation <= TO_DOUBLE;
}

static const struct shape *result_format(const struct op *op, const struct shape *format)
{
	switch (op->operation) {
	case TO_HALF:
		return &half;
	case TO_SINGLE:
		return &single;
	case TO_DOUBLE:
		return &dbl;
	default:
		return format;
	}
}

static uint32_t encode(const struct op *op, const struct shape *format, unsigned rm)
{
	uint32_t bits = op->bits | 3 << 7 | 4 << 15;

	bits |= number_of(format) << (is_among_formats(op) ? 20 : 25);
	if (op->operands >= 2)
		bits |= 5 << 20;
	if (op->operands >= 3)
		bits |= 6u << 27;
	return op->rounds ? bits | rm << 12 : bits;
}

/* ---- The emulator --------------------------------------------------------------------------- */

struct got {
	uint64_t value;
	unsigned flags;
	bool legal;
};

static uint64_t boxed(const struct shape *format, uint64_t bits)
{
	return format == &dbl ? bits : bits | ~0ull << width_of(format);
}

static struct got execute(const struct insn *in, unsigned frm)
{
	bool x_result = insn_info[in->row].class == CLASS_FX ||
			insn_info[in->row].class == CLASS_FXR ||
			insn_info[in->row].class == CLASS_FMX;
	struct got got;

	hart->csr.frm = frm;
	fp_set_mxcsr(MXCSR_MASKED | (frm < RMM ? fp_rounding_bits(frm) : 0));
	got.legal = slow_fp_execute(hart, in);
	got.flags = fp_flags_of(fp_mxcsr());
	fp_set_mxcsr(MXCSR_MASKED);
	got.value = x_result ? hart->x[3] : hart->f[3];
	return got;
}

/* ---- Checking ------------------------------------------------------------------------------- */

struct check {
	const struct op *op;
	const struct shape *format;
	struct insn insn[ROUNDING_MODES], dynamic;
	uint64_t tried, failed;
};

static void begin(struct check *check, const struct op *op, const struct shape *format)
{
	*check = (struct check){ .op = op, .format = format };
	for (unsigned rm = 0; rm < ROUNDING_MODES; rm++)
		insn_decode(encode(op, format, rm), &check->insn[rm]);
	insn_decode(encode(op, format, 7), &check->dynamic);
}

/* The name with ? replaced by the format. */
static const char *full_name(const struct check *check)
{
	static char name[32];

	snprintf(name, sizeof(name), "%s", check->op->name);
	for (char *c = name; *c; c++)
		if (*c == '?')
			*c = "sdh"[number_of(check->format)];
	return name;
}

static void report_wrong(struct check *check, const uint64_t *operand, unsigned rm, struct got got,
			 uint64_t want, unsigned want_flags)
{
	if (check->failed++ >= 3)
		return;
	printf("# %s %016" PRIx64 " %016" PRIx64 " %016" PRIx64 " rm %u: got %016" PRIx64
	       " flags %02x, want %016" PRIx64 " flags %02x\n",
	       full_name(check), operand[0], operand[1], operand[2], rm, got.value, got.flags, want,
	       want_flags);
}

/* `operand`: 64 bits, which for singles and halves may not be boxed. */
static void try(struct check *check, const uint64_t operand[3])
{
	const struct op *op = check->op;
	const struct shape *format = check->format, *to;
	uint64_t in[3];

	for (unsigned k = 0; k < 3; k++) {
		in[k] = operand[k];
		hart->f[4 + k] = operand[k];
		hart->x[4 + k] = operand[k];
		/* A narrower number that is not boxed is the canonical NaN; fmv only moves. */
		if (format != &dbl && !op->x_source) {
			unsigned width = width_of(format);
			bool is_boxed = operand[k] >> width == ~0ull >> width;

			in[k] = is_boxed || op->operation == MOVE_TO_X
					? operand[k] & ((1ull << width) - 1)
					: format->nan;
		}
	}
	oracle_operate(op->operation, format, in[0], in[1], in[2]);
	to = result_format(op, format);
	for (unsigned rm = 0; rm < ROUNDING_MODES; rm++) {
		unsigned flags;
		uint64_t want = oracle_round(rm, &flags);
		/* frm is another one, then the same, and the mode comes from there */
		struct got got = execute(&check->insn[rm], (rm + 1 + check->tried % 4) % 5);

		if (!op->x_result)
			want = boxed(to, want);
		check->tried++;
		if (!got.legal || got.value != want || got.flags != flags)
			report_wrong(check, operand, rm, got, want, flags);
		if (!op->rounds)
			return;
		got = execute(&check->dynamic, rm);
		if (!got.legal || got.value != want || got.flags != flags)
			report_wrong(check, operand, rm, got, want, flags);
	}
}

/* ---- Operands at the edges ------------------------------------------------------------------ */

// clang-format off
static const uint64_t edges_d[] = {
	0, 1, 2, 0x000fffffffffffff, 0x000ffffffffffffe, 0x0008000000000000, 0x0010000000000000,
	0x0010000000000001, 0x001fffffffffffff, 0x0020000000000000,
	0x3ff0000000000000, 0x3ff0000000000001, 0x3fefffffffffffff, 0x3ff8000000000000,
	0x4000000000000000, 0x3fe0000000000000, 0x3fdfffffffffffff, 0x3cb0000000000000,
	0x3ca0000000000000, 0x3ca0000000000001, 0x4008000000000000,
	0x7fefffffffffffff, 0x7feffffffffffffe, 0x7fe0000000000000, 0x5fe0000000000000,
	0x7ff0000000000000, 0x7ff0000000000001, 0x7ff7ffffffffffff, 0x7ff8000000000000,
	0x7ff8000000000001, 0x7fffffffffffffff,
};
static const uint64_t edges_s[] = {
	0, 1, 2, 0x007fffff, 0x007ffffe, 0x00400000, 0x00800000, 0x00800001, 0x00ffffff, 0x01000000,
	0x3f800000, 0x3f800001, 0x3f7fffff, 0x3fc00000, 0x40000000, 0x3f000000, 0x3effffff,
	0x34000000, 0x33800000, 0x33800001, 0x40400000,
	0x7f7fffff, 0x7f7ffffe, 0x7f000000, 0x5f000000,
	0x7f800000, 0x7f800001, 0x7fbfffff, 0x7fc00000, 0x7fc00001, 0x7fffffff,
};
static const uint64_t edges_h[] = {
	0, 1, 2, 0x03ff, 0x03fe, 0x0200, 0x0400, 0x0401, 0x07ff, 0x0800, 0x3c00, 0x3c01, 0x3bff, 0x3e00,
	0x4000, 0x3800, 0x37ff, 0x1400, 0x1000, 0x1001, 0x4200, 0x7bff, 0x7bfe, 0x7800, 0x5c00,
	0x7c00, 0x7c01, 0x7dff, 0x7e00, 0x7e01, 0x7fff,
};
/* At the bounds of integers and of the narrower format; for one operand only. */
static const uint64_t more_d[] = {
	0x41dfffffffc00000, 0x41dfffffffe00000, 0x41dfffffffdfffff, 0x41e0000000000000,
	0x41e0000000100000, 0x41e00000001fffff, 0x41e0000000200000, 0x41efffffffe00000,
	0x41effffffff00000, 0x41efffffffefffff, 0x41f0000000000000, 0x43dfffffffffffff,
	0x43e0000000000000, 0x43e0000000000001, 0x43efffffffffffff, 0x43f0000000000000,
	0x4330000000000000, 0x4330000000000001, 0x4320000000000001, 0x4340000000000001,
	0x3fd0000000000000, 0x3feccccccccccccd, 0x4004000000000000, 0x400c000000000000,
	0x36a0000000000000, 0x3690000000000000, 0x3690000000000001, 0x368fffffffffffff,
	0x380fffffe0000000, 0x380fffffefffffff, 0x380ffffff0000000, 0x380ffffff0000001,
	0x380fffffffffffff, 0x3810000000000000, 0x380fffffc0000000, 0x47efffffe0000000,
	0x47efffffefffffff, 0x47effffff0000000, 0x47f0000000000000, 0x7ff0000020000000,
};
static const uint64_t more_s[] = {
	0x4effffff, 0x4f000000, 0x4f000001, 0x4f7fffff, 0x4f800000, 0x5effffff, 0x5f000000,
	0x5f000001, 0x5f7fffff, 0x5f800000, 0x4b000000, 0x4b000001, 0x4a800001, 0x4afffffe,
	0x3e800000, 0x3f666666, 0x40200000, 0x40600000, 0x1a800000, 0x20000000, 0x60000000,
};
static const uint64_t edges_x[] = {
	0, 1, 2, 3, 0x7fffffff, 0x80000000, 0x80000001, 0xffffffff, 0x100000000, 0x7fffff80,
	0x7fffffc0, 0x7fffffbf, 0x7fffffc1, 0x01000000, 0x01000001, 0x01000003, 0x02000002,
	0x0020000000000001, 0x0020000000000003, 0x0040000000000002, 0x7fffffffffffffff,
	0x7ffffffffffffdff, 0x7ffffffffffffe00, 0x7ffffffffffffc00, 0x7fffff8000000000,
	0x7fffffc000000000, 0x7fffffbfffffffff, 0x8000000000000000, 0x8000000000000001,
	0x8000000000000400, 0x8000000000000401, 0x8000008000000000, 0x8000008000000001,
	0xfffffffffffffbff, 0xfffffffffffffc00, 0xffffff7fffffffff, 0xffffff8000000000,
	0xffffffffffffffff, 0xffffffff80000000, 0xffffffff00000000,
};
// clang-format on

#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

/* All edge values with both signs; returns how many.  `more` adds those for single operands. */
static size_t make_edges(const struct shape *format, bool more, uint64_t *list)
{
	static const struct {
		const uint64_t *list[2];
		size_t n[2];
	} of[] = { { { edges_s, more_s }, { COUNT(edges_s), COUNT(more_s) } },
		   { { edges_d, more_d }, { COUNT(edges_d), COUNT(more_d) } },
		   { { edges_h, NULL }, { COUNT(edges_h), 0 } } };
	uint64_t sign = 1ull << (width_of(format) - 1);
	size_t count = 0;

	for (int round = 0; round < 1 + more; round++) {
		const uint64_t *from = of[number_of(format)].list[round];

		for (size_t k = 0; k < of[number_of(format)].n[round]; k++) {
			list[count++] = boxed(format, from[k]);
			list[count++] = boxed(format, from[k] | sign);
		}
	}
	if (format == &half) {
		list[count++] = 0x3c00; /* not boxed */
		list[count++] = 0xfffffffffffe3c00;
		list[count++] = 0x7fffffffffff7c01;
	}
	if (format == &single) {
		list[count++] = 0x000000003f800000; /* not boxed */
		list[count++] = 0xfffffffe3f800000;
		list[count++] = 0x7fffffff7f800001;
	}
	return count;
}

static void try_edges(struct check *check)
{
	uint64_t list[256], operand[3] = { 0 };
	size_t count = make_edges(check->format, check->op->operands == 1, list);
	unsigned operands = check->op->operands;

	if (check->op->x_source) {
		memcpy(list, edges_x, sizeof(edges_x));
		count = COUNT(edges_x);
	}
	for (size_t a = 0; a < count; a++) {
		operand[0] = list[a];
		for (size_t b = 0; b < (operands >= 2 ? count : 1); b++) {
			operand[1] = list[b];
			/* Triples: the first two in every combination, the third every so often,
			 * shifting, so that in the long run all meet. */
			for (size_t c = operands >= 3 ? (a * 7 + b) % 5 : 0;
			     c < (operands >= 3 ? count : 1); c += 5) {
				operand[2] = list[c];
				try(check, operand);
			}
		}
	}
}

/* ---- Random operands ------------------------------------------------------------------------ */

static uint64_t random_state;

static uint64_t rnd(void)
{
	return xorshift(&random_state) * 0x2545f4914f6cdd1d;
}

static unsigned below(unsigned n)
{
	return (unsigned)((rnd() >> 32) * n >> 32);
}

static uint64_t random_fraction(int bits)
{
	uint64_t mask = (1ull << bits) - 1;

	switch (below(5)) {
	case 0: /* a few ones */
		return (1ull << below((unsigned)bits) | 1ull << below((unsigned)bits)) & mask;
	case 1: /* a few zeros */
		return mask & ~(1ull << below((unsigned)bits));
	case 2: /* ones down to somewhere */
		return mask & ~((1ull << below((unsigned)bits)) - 1);
	default:
		return rnd() & mask;
	}
}

static uint64_t random_float(const struct shape *s)
{
	int bits = s->precision - 1, fields = 2 * s->emax + 2;
	int field;

	switch (below(8)) {
	case 0:
		field = below(3);
		break;
	case 1:
		field = fields - 1 - (int)below(3);
		break;
	case 2:
		field = (int)below((unsigned)fields);
		break;
	case 3: /* where squares and products leave the range */
		field = s->emax / 2 - 4 + (int)below(8) + (below(2) ? s->emax : 0);
		break;
	default:
		field = s->emax - (s->precision + 4) + (int)below(2 * (unsigned)s->precision + 20);
		break;
	}
	if (field < 0)
		field = 0;
	return (rnd() & 1) << (width_of(s) - 1) | (uint64_t)field << bits | random_fraction(bits);
}

static uint64_t near(uint64_t bits)
{
	return bits + below(5) - 2;
}

/* A number that is near the least normal of a narrower format, or has few bits more than that. */
static void narrow(const struct shape *from, const struct shape *to, uint64_t *operand)
{
	int drop = from->precision - to->precision, field;

	if (drop <= 0)
		return;
	field = from->emax + to->emin - to->precision - 4 + (int)below(2 * (unsigned)to->precision);
	if (below(2))
		*operand =
			(*operand & ~((2ull * (unsigned)from->emax + 1) << (from->precision - 1))) |
			(uint64_t)field << (from->precision - 1);
	if (below(2))
		*operand = (*operand >> (drop - 2) << (drop - 2));
}

/* Operands whose result lies near a tie, near nothing, or near the end of the range. */
static void random_operands(const struct check *check, uint64_t *operand)
{
	const struct shape *s = check->format;
	uint64_t least = 1ull << (s->precision - 1), sign = 1ull << (width_of(s) - 1);

	for (unsigned k = 0; k < 3; k++)
		operand[k] = random_float(s);
	if (below(2)) {
		switch (check->op->operation) {
		case ADD:
		case SUB:
			operand[1] = near(operand[0]) ^ (below(2) ? sign : 0);
			break;
		case MUL: /* the product near the least normal, or a power of two */
			operand[1] = near(oracle_nearest(DIV, s, near(least), operand[0]));
			break;
		case DIV: /* the quotient near what fits */
			operand[0] = near(oracle_nearest(MUL, s, operand[0], operand[1]));
			break;
		case SQRT:
			operand[0] = near(oracle_nearest(MUL, s, operand[0], operand[0]));
			break;
		case MADD:
		case MSUB:
		case NMSUB:
		case NMADD: /* cancellation; or a product far below the sum's last place */
			operand[2] = oracle_nearest(MUL, s, operand[0], operand[1]);
			operand[2] = near(operand[2]) ^ (below(2) ? sign : 0);
			if (below(3) == 0)
				operand[2] ^= (uint64_t)(1 + below(60)) << (s->precision - 1);
			break;
		case TO_HALF: /* near the least normal number of it and its subnormals, and ties */
		case TO_SINGLE:
		case TO_DOUBLE:
			narrow(s, result_format(check->op, s), &operand[0]);
			break;
		default: /* to integers: halves */
			operand[0] = near(oracle_nearest(ADD, s, operand[0] & ~sign,
							 s == &half	? 0x3800
							 : s == &single ? 0x3f000000
									: 0x3fe0000000000000)) ^
				     (below(2) ? sign : 0);
			break;
		}
	}
	for (unsigned k = 0; k < 3; k++) {
		operand[k] = boxed(s, operand[k]);
		if (s != &dbl && below(50) == 0)
			operand[k] ^= 1ull << (width_of(s) + below(64 - width_of(s)));
	}
	if (check->op->x_source)
		operand[0] = (rnd() >> below(64)) * (below(2) ? 1 : -1ull) + below(3);
}

static void try_random(struct check *check, unsigned long count)
{
	uint64_t operand[3];

	for (unsigned long k = 0; k < count; k++) {
		random_operands(check, operand);
		try(check, operand);
	}
}

/* ---- All of it ------------------------------------------------------------------------------ */

static void report(const struct check *check, const char *how)
{
	failures += check->failed != 0;
	printf("%sok %u - floating point: %s%s is what MPFR says, bits and flags, %" PRIu64
	       " times\n",
	       check->failed ? "not " : "", ++test_number, full_name(check), how, check->tried);
	fflush(stdout);
}

static void try_all_halves(struct check *check)
{
	for (uint64_t bits = 0; bits < 0x10000; bits++) {
		uint64_t operand[3] = { boxed(&half, bits) };

		try(check, operand);
	}
}

static void test_op(const struct op *op, const struct shape *format, unsigned long count,
		    const char *how)
{
	struct check check;

	if (is_among_formats(op) && result_format(op, format) == format)
		return; /* there is no such instruction */
	begin(&check, op, format);
	if (format == &half && op->operands == 1 && !op->x_source)
		try_all_halves(&check);
	try_edges(&check);
	try_random(&check, count);
	report(&check, how);
}

/* Rounding modes 5 and 6, and a dynamic one of 5, 6 or 7 in frm, are illegal. */
static void test_reserved_modes(void)
{
	bool ok = true;

	for (size_t k = 0; k < OPS; k++) {
		for (unsigned rm = 5; rm < 8; rm++) {
			struct insn in;

			if (!ops[k].rounds || is_among_formats(&ops[k]))
				continue;
			insn_decode(encode(&ops[k], &dbl, 7), &in);
			ok &= !execute(&in, rm).legal;
			insn_decode(encode(&ops[k], &single, rm), &in);
			ok &= rm == 7 || in.row == ROW_ILLEGAL || !execute(&in, 0).legal;
		}
	}
	failures += !ok;
	printf("%sok %u - floating point: reserved rounding modes are illegal\n", ok ? "" : "not ",
	       ++test_number);
}

int main(int argc, char **argv)
{
	bool is_long = argc > 1 && strcmp(argv[1], "long") == 0;
	unsigned long count = is_long ? 3000000 : 10000;

	random_state = argc > 2 ? strtoull(argv[2], NULL, 0) | 1 : 88172645463325252;
	hart = calloc(1, sizeof(*hart));
	if (!hart)
		return 2;
	fp_detect();
	for (size_t k = 0; k < OPS; k++) {
		test_op(&ops[k], &half, count, "");
		test_op(&ops[k], &single, count, "");
		test_op(&ops[k], &dbl, count, "");
	}
	if (fp_host_has_fma) {
		fp_host_has_fma = false;
		for (size_t k = 0; k < OPS; k++) {
			if (ops[k].operands != 3)
				continue;
			test_op(&ops[k], &single, count, ", without the host's,");
			test_op(&ops[k], &dbl, count, ", without the host's,");
		}
	}
	test_reserved_modes();
	free(hart);
	printf("1..%u\n", test_number);
	return failures != 0;
}
