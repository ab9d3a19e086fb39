/*
 * Floating point: the host's unit and the integer implementation, written apart, give the same bits
 * and flags for every operation and rounding mode that both know; and the cases that RISC-V defines
 * for itself have the values that the specification says.
 */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/event.h"
#include "emu/fp.h"
#include "tests/random.h"

static unsigned test_number;
static bool all_ok = true;

static void report(bool ok, const char *what)
{
	all_ok &= ok;
	printf("%sok %u - %s\n", ok ? "" : "not ", ++test_number, what);
}

static uint64_t random_state = 88172645463325252ull;

static uint64_t rnd(void)
{
	return xorshift(&random_state);
}

/* Numbers near each other and near every edge are more interesting than uniform bits. */
static uint64_t operand_d(void)
{
	static const uint64_t special[] = {
		0,
		1,
		0x000fffffffffffff,
		0x0010000000000000,
		0x0010000000000001,
		0x3ff0000000000000,
		0x3fefffffffffffff,
		0x4000000000000000,
		0x7fefffffffffffff,
		0x7ff0000000000000,
		0x7ff0000000000001,
		0x7ff8000000000000,
		0x7fffffffffffffff,
		0x41dfffffffc00000,
		0x41e0000000000000,
		0x43e0000000000000,
		0x43f0000000000000,
		0x3fe0000000000000,
		0x3ff8000000000000,
		0x36a0000000000000,
		0x380fffffe0000000,
		0x47efffffe0000000,
		0x47effffff0000000,
		0x3690000000000000,
	};
	uint64_t v = special[rnd() % (sizeof(special) / sizeof(special[0]))];

	switch (rnd() % 6) {
	case 0:
		break;
	case 1:
		v += rnd() % 9 - 4;
		break;
	case 2:
		v = rnd();
		break;
	case 3: /* few bits set */
		v = (rnd() & rnd() & rnd() & rnd() & 0x000fffffffffffff) | (rnd() % 40 + 1000)
										   << 52;
		break;
	case 4:
		v = (rnd() & 0x000fffffe0000000) | (rnd() % 300 + 870) << 52;
		break;
	default:
		v = (rnd() & 0x000fffffffffffff) | (rnd() % 4 + 1022) << 52;
	}
	return v ^ (rnd() & SIGN_D);
}

static uint32_t operand_s(void)
{
	uint64_t d = operand_d();
	unsigned flags = 0;

	if (rnd() % 3 == 0)
		return (uint32_t)rnd();
	if (rnd() % 8 == 0)
		return (uint32_t)(0x7f800001u | (rnd() & SIGN_S));
	if (rnd() % 8 == 0)
		return (uint32_t)(rnd() % 0x00800004u);
	return (uint32_t)soft_convert(FP_DOUBLE, FP_SINGLE, d, FP_RNE, &flags) +
	       (uint32_t)(rnd() % 3 - 1);
}

struct result {
	uint64_t value;
	unsigned flags;
};

enum operation { ADD, SUB, MUL, DIV, SQRT, FMA, OPERATIONS };

static uint64_t host_d(enum operation op, uint64_t a, uint64_t b, uint64_t c)
{
	switch (op) {
	case ADD:
		return fp_add_d(a, b);
	case SUB:
		return fp_sub_d(a, b);
	case MUL:
		return fp_mul_d(a, b);
	case DIV:
		return fp_div_d(a, b);
	case SQRT:
		return fp_sqrt_d(a);
	default:
		return fp_fma_d(a, b, c);
	}
}

static uint64_t host_s(enum operation op, uint32_t a, uint32_t b, uint32_t c)
{
	switch (op) {
	case ADD:
		return fp_add_s(a, b);
	case SUB:
		return fp_sub_s(a, b);
	case MUL:
		return fp_mul_s(a, b);
	case DIV:
		return fp_div_s(a, b);
	case SQRT:
		return fp_sqrt_s(a);
	default:
		return fp_fma_s(a, b, c);
	}
}

static uint64_t soft(enum fp_format f, enum operation op, uint64_t a, uint64_t b, uint64_t c,
		     unsigned rm, unsigned *flags)
{
	uint64_t sign = f == FP_SINGLE ? SIGN_S : SIGN_D;
	bool b_is_nan = f == FP_SINGLE ? fp_is_nan_s((uint32_t)b) : fp_is_nan_d(b);

	switch (op) {
	case ADD:
		return soft_add(f, a, b, rm, flags);
	case SUB:
		return soft_add(f, a, b_is_nan ? b : b ^ sign, rm, flags);
	case MUL:
		return soft_mul(f, a, b, rm, flags);
	case DIV:
		return soft_div(f, a, b, rm, flags);
	case SQRT:
		return soft_sqrt(f, a, rm, flags);
	default:
		return soft_fma(f, a, b, c, rm, flags);
	}
}

static const char *const op_name[] = { "add", "sub", "mul", "div", "sqrt", "fma" };

static unsigned bad;

static void compare(const char *name, unsigned rm, uint64_t a, uint64_t b, uint64_t c,
		    struct result want, struct result got)
{
	if (want.value == got.value && want.flags == got.flags)
		return;
	if (bad++ < 10)
		printf("# %s rm %u of %#" PRIx64 " %#" PRIx64 " %#" PRIx64 ": want %#" PRIx64
		       " flags %#x, got %#" PRIx64 " flags %#x\n",
		       name, rm, a, b, c, want.value, want.flags, got.value, got.flags);
}

static void begin(unsigned rm)
{
	fp_set_mxcsr(MXCSR_MASKED | fp_rounding_bits(rm));
}

static unsigned end(void)
{
	unsigned flags = fp_flags_of(fp_mxcsr());

	fp_set_mxcsr(MXCSR_MASKED);
	return flags;
}

static void test_arithmetic(void)
{
	bad = 0;
	for (unsigned n = 0; n < 400000; n++) {
		enum operation op = (enum operation)(rnd() % OPERATIONS);
		unsigned rm = rnd() % 4;
		struct result want = { 0 }, got;

		if (rnd() % 2) {
			uint64_t a = operand_d(), b = operand_d(), c = operand_d();

			if (rnd() % 4 == 0) { /* near cancellation */
				unsigned ignored = 0;

				c = soft_mul(FP_DOUBLE, a, b, FP_RNE, &ignored) ^ SIGN_D;
				c += rnd() % 3 - 1;
			}
			begin(rm);
			got.value = host_d(op, a, b, c);
			got.flags = end();
			want.value = soft(FP_DOUBLE, op, a, b, c, rm, &want.flags);
			compare(op_name[op], rm, a, b, c, want, got);
		} else {
			uint32_t a = operand_s(), b = operand_s(), c = operand_s();

			begin(rm);
			got.value = host_s(op, a, b, c);
			got.flags = end();
			want.value = soft(FP_SINGLE, op, a, b, c, rm, &want.flags);
			compare(op_name[op], rm, a, b, c, want, got);
		}
	}
	report(bad == 0, "arithmetic on the host's unit equals arithmetic in integers, with flags");
}

#define TO_INT(name, format, is_signed, bits, operand)                                             \
	{                                                                                          \
		uint64_t a = operand();                                                            \
		struct result want = { 0 }, got;                                                   \
		unsigned rm = rnd() % 4;                                                           \
		begin(rm);                                                                         \
		got.value = fp_##name(a);                                                          \
		got.flags = end();                                                                 \
		want.value = soft_to_int(format, a, is_signed, bits, rm, &want.flags);             \
		compare(#name, rm, a, 0, 0, want, got);                                            \
		begin(rm);                                                                         \
		got.value = fp_##name##_rtz(a);                                                    \
		got.flags = end();                                                                 \
		want.flags = 0;                                                                    \
		want.value = soft_to_int(format, a, is_signed, bits, FP_RTZ, &want.flags);         \
		compare(#name "_rtz", rm, a, 0, 0, want, got);                                     \
	}

#define FROM_INT(name, format, negative, magnitude)                                                \
	{                                                                                          \
		struct result want = { 0 }, got;                                                   \
		unsigned rm = rnd() % 4;                                                           \
		begin(rm);                                                                         \
		got.value = fp_##name(i);                                                          \
		got.flags = end();                                                                 \
		want.value = soft_from_int(format, negative, magnitude, rm, &want.flags);          \
		compare(#name, rm, i, 0, 0, want, got);                                            \
	}

#define FORMATS(name, from, to, operand)                                                           \
	{                                                                                          \
		uint64_t a = operand();                                                            \
		struct result want = { 0 }, got;                                                   \
		unsigned rm = rnd() % 4;                                                           \
		begin(rm);                                                                         \
		got.value = fp_##name(a);                                                          \
		got.flags = end();                                                                 \
		want.value = soft_convert(from, to, a, rm, &want.flags);                           \
		compare(#name, rm, a, 0, 0, want, got);                                            \
	}

static void test_conversions(void)
{
	bad = 0;
	for (unsigned n = 0; n < 60000; n++) {
		uint64_t i = rnd() >> rnd() % 64;
		int32_t w;

		if (rnd() % 2)
			i = 0 - i;
		w = (int32_t)i;
		TO_INT(w_from_d, FP_DOUBLE, true, 32, operand_d)
		TO_INT(wu_from_d, FP_DOUBLE, false, 32, operand_d)
		TO_INT(l_from_d, FP_DOUBLE, true, 64, operand_d)
		TO_INT(lu_from_d, FP_DOUBLE, false, 64, operand_d)
		TO_INT(w_from_s, FP_SINGLE, true, 32, operand_s)
		TO_INT(wu_from_s, FP_SINGLE, false, 32, operand_s)
		TO_INT(l_from_s, FP_SINGLE, true, 64, operand_s)
		TO_INT(lu_from_s, FP_SINGLE, false, 64, operand_s)
		FROM_INT(d_from_w, FP_DOUBLE, w < 0, w < 0 ? 0 - (uint64_t)(int64_t)w : (uint64_t)w)
		FROM_INT(d_from_wu, FP_DOUBLE, false, (uint32_t)i)
		FROM_INT(d_from_l, FP_DOUBLE, (int64_t)i < 0, (int64_t)i < 0 ? 0 - i : i)
		FROM_INT(d_from_lu, FP_DOUBLE, false, i)
		FROM_INT(s_from_w, FP_SINGLE, w < 0, w < 0 ? 0 - (uint64_t)(int64_t)w : (uint64_t)w)
		FROM_INT(s_from_wu, FP_SINGLE, false, (uint32_t)i)
		FROM_INT(s_from_l, FP_SINGLE, (int64_t)i < 0, (int64_t)i < 0 ? 0 - i : i)
		FROM_INT(s_from_lu, FP_SINGLE, false, i)
		FORMATS(s_from_d, FP_DOUBLE, FP_SINGLE, operand_d)
		FORMATS(d_from_s, FP_SINGLE, FP_DOUBLE, operand_s)
	}
	report(bad == 0,
	       "conversions on the host's unit equal conversions in integers, with flags");
}

#define EXPECT(expression, value_, flags_)                                                         \
	{                                                                                          \
		struct result got;                                                                 \
		begin(FP_RNE);                                                                     \
		got.value = (expression);                                                          \
		got.flags = end();                                                                 \
		compare(#expression, 0, 0, 0, 0, (struct result){ value_, flags_ }, got);          \
	}

#define QNAN_D 0x7ff8000000000123ull
#define SNAN_D 0x7ff0000000000123ull
#define QNAN_S 0x7fc00123u
#define SNAN_S 0x7f800123u
#define INF_D  0x7ff0000000000000ull
#define ONE_D  0x3ff0000000000000ull

static void test_defined(void)
{
	bad = 0;
	/* "if the result is NaN, it is the canonical NaN" */
	EXPECT(fp_add_d(QNAN_D, ONE_D), CANONICAL_D, 0)
	EXPECT(fp_add_d(ONE_D, SNAN_D), CANONICAL_D, FP_NV)
	EXPECT(fp_mul_d(0, INF_D), CANONICAL_D, FP_NV)
	EXPECT(fp_sqrt_d(0xbff0000000000000), CANONICAL_D, FP_NV)
	EXPECT(fp_sqrt_d(SIGN_D), SIGN_D, 0)
	EXPECT(fp_div_d(ONE_D, 0), INF_D, FP_DZ)
	EXPECT(fp_div_d(0, 0), CANONICAL_D, FP_NV)
	/* "the invalid exception even when the addend is a quiet NaN" */
	EXPECT(fp_fma_d(INF_D, 0, QNAN_D), CANONICAL_D, FP_NV)
	EXPECT(fp_fma_s(0, 0x7f800000, QNAN_S), CANONICAL_S, FP_NV)
	EXPECT(fp_fma_d(ONE_D, ONE_D, QNAN_D), CANONICAL_D, 0)
	/* minimumNumber and maximumNumber */
	EXPECT(fp_min_d(0, SIGN_D), SIGN_D, 0)
	EXPECT(fp_min_d(SIGN_D, 0), SIGN_D, 0)
	EXPECT(fp_max_d(0, SIGN_D), 0, 0)
	EXPECT(fp_max_d(SIGN_D, 0), 0, 0)
	EXPECT(fp_min_d(QNAN_D, ONE_D), ONE_D, 0)
	EXPECT(fp_max_d(ONE_D, SNAN_D), ONE_D, FP_NV)
	EXPECT(fp_min_d(QNAN_D, SNAN_D), CANONICAL_D, FP_NV)
	EXPECT(fp_max_s(QNAN_S, QNAN_S), CANONICAL_S, 0)
	EXPECT(fp_min_s(0xbf800000, 0x3f800000), 0xbf800000, 0)
	EXPECT(fp_max_s(0xbf800000, 0x3f800000), 0x3f800000, 0)
	/* feq is quiet, flt and fle signal */
	EXPECT(fp_eq_d(QNAN_D, ONE_D), 0, 0)
	EXPECT(fp_eq_d(SNAN_D, ONE_D), 0, FP_NV)
	EXPECT(fp_lt_d(QNAN_D, ONE_D), 0, FP_NV)
	EXPECT(fp_le_d(ONE_D, QNAN_D), 0, FP_NV)
	EXPECT(fp_eq_d(0, SIGN_D), 1, 0)
	EXPECT(fp_lt_d(SIGN_D, 0), 0, 0)
	EXPECT(fp_le_d(0, SIGN_D), 1, 0)
	EXPECT(fp_lt_d(ONE_D, INF_D), 1, 0)
	EXPECT(fp_lt_d(INF_D, ONE_D), 0, 0)
	EXPECT(fp_le_d(INF_D, ONE_D), 0, 0)
	EXPECT(fp_eq_s(0x3f800000, 0x3f800000), 1, 0)
	EXPECT(fp_lt_s(0xbf800000, 0x3f800000), 1, 0)
	/* Conversions saturate and set NV, not NX. */
	EXPECT(fp_w_from_d(0x41e0000000000000), 0x7fffffff, FP_NV)
	EXPECT(fp_w_from_d(0xc1e0000000000000), 0xffffffff80000000, 0)
	EXPECT(fp_w_from_d(0xc1e0000000200000), 0xffffffff80000000, FP_NV)
	EXPECT(fp_wu_from_d(0xbff0000000000000), 0, FP_NV)
	EXPECT(fp_wu_from_d_rtz(0xbfe8000000000000), 0, FP_NX)
	EXPECT(fp_wu_from_d(0x41efffffffe00000), 0xffffffffffffffff, 0)
	EXPECT(fp_lu_from_d(0x43f0000000000000), 0xffffffffffffffff, FP_NV)
	EXPECT(fp_l_from_s(QNAN_S), 0x7fffffffffffffff, FP_NV)
	EXPECT(fp_l_from_s(0xff800000), 0x8000000000000000, FP_NV)
	EXPECT(fp_w_from_d(0x4004000000000000), 2, FP_NX) /* 2.5 to even */
	EXPECT(fp_w_from_d_rtz(0xc004000000000000), -2ull, FP_NX)
	/* Tininess is detected after rounding: this one rounds up to the least normal number. */
	EXPECT(fp_mul_d(0x3fefffffffffffff, 0x0010000000000000), 0x0010000000000000, FP_NX | FP_UF)
	EXPECT(fp_s_from_d(0x380fffffffffffff), 0x00800000, FP_NX)
	/* A single that is not NaN-boxed is the canonical NaN. */
	EXPECT(fp_unbox(0x000000003f800000), CANONICAL_S, 0)
	EXPECT(fp_unbox(0xffffffff3f800000), 0x3f800000, 0)
	EXPECT(fp_class_d(SIGN_D | INF_D), 1 << 0, 0)
	EXPECT(fp_class_d(0xbff0000000000000), 1 << 1, 0)
	EXPECT(fp_class_d(SIGN_D | 1), 1 << 2, 0)
	EXPECT(fp_class_d(SIGN_D), 1 << 3, 0)
	EXPECT(fp_class_d(0), 1 << 4, 0)
	EXPECT(fp_class_d(1), 1 << 5, 0)
	EXPECT(fp_class_d(ONE_D), 1 << 6, 0)
	EXPECT(fp_class_d(INF_D), 1 << 7, 0)
	EXPECT(fp_class_s(SNAN_S), 1 << 8, 0)
	EXPECT(fp_class_s(QNAN_S), 1 << 9, 0)
	report(bad == 0, "what RISC-V defines for itself: NaNs, min, max, comparisons, saturation");
}

/* Ties go away from zero; else as to nearest. */
static void test_rmm(void)
{
	unsigned flags = 0;

	bad = 0;
	EXPECT(soft_to_int(FP_DOUBLE, 0x4004000000000000, true, 32, FP_RMM, &flags), 3, 0)
	EXPECT(soft_to_int(FP_DOUBLE, 0xc004000000000000, true, 32, FP_RMM, &flags), -3ull, 0)
	EXPECT(soft_to_int(FP_DOUBLE, 0x3fdfffffffffffff, true, 32, FP_RMM, &flags), 0, 0)
	/* 1 + 2^-53 is halfway between 1 and the next double */
	EXPECT(soft_add(FP_DOUBLE, ONE_D, 0x3ca0000000000000, FP_RMM, &flags), ONE_D + 1, 0)
	EXPECT(soft_add(FP_DOUBLE, ONE_D, 0x3ca0000000000000, FP_RNE, &flags), ONE_D, 0)
	EXPECT(soft_from_int(FP_SINGLE, false, 0x1000001, FP_RMM, &flags), 0x4b800001, 0)
	report(bad == 0 && flags == FP_NX, "RMM rounds ties away from zero");
}

static void computes(void *ctx, const struct event *event)
{
	volatile double third = 1;

	(void)event;
	third /= 3;
	*(bool *)ctx = third == 0x1.5555555555555p-2;
}

/* A disk's come out of the middle of a store of the guest's. */
static void test_consumers(void)
{
	const struct event event = { .kind = EVENT_DISK };
	const uint32_t upward = MXCSR_MASKED | fp_rounding_bits(FP_RUP);
	struct event_hub hub = { .count = 0 };
	bool as_nearest = false, kept;

	event_subscribe(&hub, EVENT_BIT(EVENT_DISK), computes, &as_nearest);
	fp_set_mxcsr(upward);
	event_emit(&hub, &event);
	kept = fp_mxcsr() == upward;
	fp_set_mxcsr(MXCSR_MASKED);
	report(as_nearest && kept,
	       "who consumes events computes apart from the guest's modes and flags");
}

int main(void)
{
	fp_detect();
	printf("1..6\n");
	test_arithmetic();
	fp_host_has_fma = false;
	test_arithmetic();
	fp_detect();
	test_conversions();
	test_defined();
	test_rmm();
	test_consumers();
	return !all_ok;
}
