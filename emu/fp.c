#include "emu/fp.h"

bool fp_host_has_fma;

void fp_detect(void)
{
	__builtin_cpu_init();
	fp_host_has_fma = __builtin_cpu_supports("fma");
}

uint64_t fp_soft_fma(enum fp_format format, uint64_t a, uint64_t b, uint64_t c)
{
	unsigned flags = 0;
	uint64_t value = soft_fma(format, a, b, c, fp_rounding_now(), &flags);

	fp_raise(flags);
	return value;
}

uint64_t fp_soft_to_int(enum fp_format from, uint64_t a, bool is_signed, unsigned bits, unsigned rm)
{
	unsigned flags = 0;
	uint64_t value = soft_to_int(from, a, is_signed, bits, rm, &flags);

	fp_raise(flags);
	return value;
}

uint64_t fp_minmax_nan(enum fp_format format, uint64_t a, uint64_t b)
{
	const uint64_t nan = format == FP_SINGLE ? CANONICAL_S : CANONICAL_D;
	uint64_t class_a = soft_classify(format, a), class_b = soft_classify(format, b);

	if ((class_a | class_b) & 1 << 8)
		fp_raise(FP_NV);
	if (class_a >> 8)
		return class_b >> 8 ? nan : b;
	return a;
}

/* ---- Halves --------------------------------------------------------------------------------- */

#define SOFT(expression)                                                                           \
	unsigned flags = 0;                                                                        \
	uint64_t value = (expression);                                                             \
	fp_raise(flags);                                                                           \
	return (uint16_t)value;

uint64_t fp_half_to(enum fp_format to, uint16_t a)
{
	unsigned flags = 0;
	uint64_t value = soft_convert(FP_HALF, to, a, FP_RNE, &flags); /* exact */

	fp_raise(flags);
	return value;
}

uint16_t fp_half_from(enum fp_format from, uint64_t a,
		      unsigned rm){ SOFT(soft_convert(from, FP_HALF, a, rm, &flags)) }

uint16_t fp_half_from_int(uint64_t a, bool is_signed, unsigned rm)
{
	bool negative = is_signed && (int64_t)a < 0;

	SOFT(soft_from_int(FP_HALF, negative, negative ? 0 - a : a, rm, &flags))
}

uint16_t fp_half_fma(uint16_t a, uint16_t b, uint16_t c,
		     unsigned rm){ SOFT(soft_fma(FP_HALF, a, b, c, rm, &flags)) }

uint16_t fp_half_add(uint16_t a, uint16_t b,
		     unsigned rm){ SOFT(soft_add(FP_HALF, a, b, rm, &flags)) }

uint16_t fp_half_sub(uint16_t a, uint16_t b,
		     unsigned rm){ SOFT(soft_add(FP_HALF, a, NEG_H(b), rm, &flags)) }

uint16_t fp_half_mul(uint16_t a, uint16_t b,
		     unsigned rm){ SOFT(soft_mul(FP_HALF, a, b, rm, &flags)) }

uint16_t fp_half_div(uint16_t a, uint16_t b,
		     unsigned rm){ SOFT(soft_div(FP_HALF, a, b, rm, &flags)) }

uint16_t fp_half_sqrt(uint16_t a, unsigned rm)
{
	SOFT(soft_sqrt(FP_HALF, a, rm, &flags))
}

/* Singles hold every half, so that comparing them compares the halves, NaNs' flags included. */
static uint32_t single(uint16_t a)
{
	return (uint32_t)fp_half_to(FP_SINGLE, a);
}

uint16_t fp_half_min(uint16_t a, uint16_t b)
{
	return fp_half_from(FP_SINGLE, fp_min_s(single(a), single(b)), FP_RNE);
}

uint16_t fp_half_max(uint16_t a, uint16_t b)
{
	return fp_half_from(FP_SINGLE, fp_max_s(single(a), single(b)), FP_RNE);
}

uint64_t fp_half_eq(uint16_t a, uint16_t b)
{
	return fp_eq_s(single(a), single(b));
}

uint64_t fp_half_lt(uint16_t a, uint16_t b)
{
	return fp_lt_s(single(a), single(b));
}

uint64_t fp_half_le(uint16_t a, uint16_t b)
{
	return fp_le_s(single(a), single(b));
}
