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
