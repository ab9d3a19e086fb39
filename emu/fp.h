/*
 * Floating point on the host's SSE unit (x86-64).
 *
 * While a hart runs, MXCSR is the guest's: its rounding mode is frm (unless that is RMM, which the
 * host has not), its sticky flags collect what the guest will see in fflags.  Operations are
 * volatile assembly, so that the compiler neither moves them over accesses to MXCSR nor folds them.
 * Values are passed as bits; results that are NaN are canonical.
 */
#ifndef EMU_FP_H
#define EMU_FP_H

#include "emu/softfp.h"

#define FP_UNLIKELY(x) __builtin_expect(!!(x), 0)

#define MXCSR_MASKED 0x1f80u /* all exceptions masked, round to nearest */

extern bool fp_host_has_fma;
void fp_detect(void);

/* NaN results of a fused multiply-add, and all of it where the host has none. */
uint64_t fp_soft_fma(enum fp_format format, uint64_t a, uint64_t b, uint64_t c);
/* Conversions to integers outside the range that the host converts as RISC-V does. */
uint64_t fp_soft_to_int(enum fp_format from, uint64_t a, bool is_signed, unsigned bits,
			unsigned rm);
uint64_t fp_minmax_nan(enum fp_format format, uint64_t a, uint64_t b);

static inline uint32_t fp_mxcsr(void)
{
	uint32_t mxcsr;

	__asm__ volatile("stmxcsr %0" : "=m"(mxcsr));
	return mxcsr;
}

static inline void fp_set_mxcsr(uint32_t mxcsr)
{
	__asm__ volatile("ldmxcsr %0" : : "m"(mxcsr));
}

/* fflags of an MXCSR: IE, ZE, OE, UE, PE are bits 0, 2, 3, 4, 5. */
static inline unsigned fp_flags_of(uint32_t mxcsr)
{
	return (mxcsr & 1) << 4 | (mxcsr & 4) << 1 | (mxcsr & 8) >> 1 | (mxcsr & 16) >> 3 |
	       (mxcsr & 32) >> 5;
}

static inline uint32_t fp_rounding_bits(unsigned frm)
{
	static const uint8_t mode[8] = { 0, 3, 1, 2 };

	return (uint32_t)mode[frm & 7] << 13;
}

/* The host's rounding mode as frm. */
static inline unsigned fp_rounding_now(void)
{
	static const uint8_t frm[4] = { FP_RNE, FP_RDN, FP_RUP, FP_RTZ };

	return frm[fp_mxcsr() >> 13 & 3];
}

static inline void fp_set_rounding(unsigned frm)
{
	fp_set_mxcsr((fp_mxcsr() & ~0x6000u) | fp_rounding_bits(frm));
}

static inline void fp_raise(unsigned flags)
{
	uint32_t bits = (flags & FP_NV) >> 4 | (flags & FP_DZ) >> 1 | (flags & FP_OF) << 1 |
			(flags & FP_UF) << 3 | (flags & FP_NX) << 5;

	fp_set_mxcsr(fp_mxcsr() | bits);
}

/* Around code that is not the guest's: its floating point must neither see nor touch MXCSR. */
static inline uint32_t fp_suspend(void)
{
	uint32_t mxcsr = fp_mxcsr();

	fp_set_mxcsr(MXCSR_MASKED);
	return mxcsr;
}

/* ---- Values --------------------------------------------------------------------------------- */

#define SIGN_S	 0x80000000u
#define SIGN_D	 (1ull << 63)
#define NEG_S(x) ((x) ^ SIGN_S)
#define NEG_D(x) ((x) ^ SIGN_D)
#define BOX(x)	 ((uint64_t)(uint32_t)(x) | 0xffffffff00000000ull)

static inline uint32_t fp_unbox(uint64_t f)
{
	return f >> 32 == 0xffffffff ? (uint32_t)f : CANONICAL_S;
}

static inline float fp_float(uint32_t bits)
{
	union {
		uint32_t bits;
		float value;
	} u = { bits };

	return u.value;
}

static inline double fp_double(uint64_t bits)
{
	union {
		uint64_t bits;
		double value;
	} u = { bits };

	return u.value;
}

static inline uint32_t fp_bits_s(float value)
{
	union {
		float value;
		uint32_t bits;
	} u = { value };

	return FP_UNLIKELY(value != value) ? CANONICAL_S : u.bits;
}

static inline uint64_t fp_bits_d(double value)
{
	union {
		double value;
		uint64_t bits;
	} u = { value };

	return FP_UNLIKELY(value != value) ? CANONICAL_D : u.bits;
}

static inline bool fp_is_nan_s(uint32_t a)
{
	return (a & ~SIGN_S) > 0x7f800000u;
}

static inline bool fp_is_nan_d(uint64_t a)
{
	return (a & ~SIGN_D) > 0x7ff0000000000000ull;
}

/* ---- Halves, in integers --------------------------------------------------------------------- */

#define SIGN_H	 0x8000u
#define NEG_H(x) ((x) ^ SIGN_H)
#define BOXH(x)	 ((uint64_t)(uint16_t)(x) | 0xffffffffffff0000ull)

static inline uint16_t fp_unbox_half(uint64_t f)
{
	return f >> 16 == 0xffffffffffff ? (uint16_t)f : CANONICAL_H;
}

uint64_t fp_half_to(enum fp_format to, uint16_t a);
uint16_t fp_half_from(enum fp_format from, uint64_t a, unsigned rm);
uint16_t fp_half_from_int(uint64_t a, bool is_signed, unsigned rm);
uint16_t fp_half_fma(uint16_t a, uint16_t b, uint16_t c, unsigned rm);
uint16_t fp_half_add(uint16_t a, uint16_t b, unsigned rm);
uint16_t fp_half_sub(uint16_t a, uint16_t b, unsigned rm);
uint16_t fp_half_mul(uint16_t a, uint16_t b, unsigned rm);
uint16_t fp_half_div(uint16_t a, uint16_t b, unsigned rm);
uint16_t fp_half_sqrt(uint16_t a, unsigned rm);
uint16_t fp_half_min(uint16_t a, uint16_t b);
uint16_t fp_half_max(uint16_t a, uint16_t b);
uint64_t fp_half_eq(uint16_t a, uint16_t b);
uint64_t fp_half_lt(uint16_t a, uint16_t b);
uint64_t fp_half_le(uint16_t a, uint16_t b);

/* ---- Arithmetic ----------------------------------------------------------------------------- */

#define FP_BINARY(name, insn)                                                                      \
	static inline uint32_t fp_##name##_s(uint32_t a, uint32_t b)                               \
	{                                                                                          \
		float x = fp_float(a);                                                             \
		__asm__ volatile(insn "ss %1, %0" : "+x"(x) : "x"(fp_float(b)));                   \
		return fp_bits_s(x);                                                               \
	}                                                                                          \
	static inline uint64_t fp_##name##_d(uint64_t a, uint64_t b)                               \
	{                                                                                          \
		double x = fp_double(a);                                                           \
		__asm__ volatile(insn "sd %1, %0" : "+x"(x) : "x"(fp_double(b)));                  \
		return fp_bits_d(x);                                                               \
	}

FP_BINARY(add, "add")
FP_BINARY(sub, "sub")
FP_BINARY(mul, "mul")
FP_BINARY(div, "div")

static inline uint32_t fp_sqrt_s(uint32_t a)
{
	float x;

	__asm__ volatile("sqrtss %1, %0" : "=x"(x) : "x"(fp_float(a)));
	return fp_bits_s(x);
}

static inline uint64_t fp_sqrt_d(uint64_t a)
{
	double x;

	__asm__ volatile("sqrtsd %1, %0" : "=x"(x) : "x"(fp_double(a)));
	return fp_bits_d(x);
}

/* The host is silent where RISC-V raises NV: infinity times zero plus a quiet NaN. */
static inline uint32_t fp_fma_s(uint32_t a, uint32_t b, uint32_t c)
{
	float x = fp_float(a);

	if (FP_UNLIKELY(!fp_host_has_fma))
		return (uint32_t)fp_soft_fma(FP_SINGLE, a, b, c);
	__asm__ volatile("vfmadd213ss %2, %1, %0" : "+x"(x) : "x"(fp_float(b)), "x"(fp_float(c)));
	if (FP_UNLIKELY(x != x))
		return (uint32_t)fp_soft_fma(FP_SINGLE, a, b, c);
	return fp_bits_s(x);
}

static inline uint64_t fp_fma_d(uint64_t a, uint64_t b, uint64_t c)
{
	double x = fp_double(a);

	if (FP_UNLIKELY(!fp_host_has_fma))
		return fp_soft_fma(FP_DOUBLE, a, b, c);
	__asm__ volatile("vfmadd213sd %2, %1, %0" : "+x"(x) : "x"(fp_double(b)), "x"(fp_double(c)));
	if (FP_UNLIKELY(x != x))
		return fp_soft_fma(FP_DOUBLE, a, b, c);
	return fp_bits_d(x);
}

/* ---- Comparison ----------------------------------------------------------------------------- */

/* feq is quiet, flt and fle signal: as ucomis and comis. */
#define FP_COMPARE(suffix, type, bits_type, value)                                                 \
	static inline uint64_t fp_eq_##suffix(bits_type a, bits_type b)                            \
	{                                                                                          \
		bool above_or_equal, below_or_equal;                                               \
		__asm__ volatile("ucomis" #suffix " %3, %2"                                        \
				 : "=@ccae"(above_or_equal), "=@cce"(below_or_equal)               \
				 : "x"(value(a)), "x"(value(b)));                                  \
		return above_or_equal & below_or_equal;                                            \
	}                                                                                          \
	static inline uint64_t fp_lt_##suffix(bits_type a, bits_type b)                            \
	{                                                                                          \
		bool above;                                                                        \
		__asm__ volatile("comis" #suffix " %2, %1"                                         \
				 : "=@cca"(above)                                                  \
				 : "x"(value(b)), "x"(value(a)));                                  \
		return above;                                                                      \
	}                                                                                          \
	static inline uint64_t fp_le_##suffix(bits_type a, bits_type b)                            \
	{                                                                                          \
		bool above_or_equal;                                                               \
		__asm__ volatile("comis" #suffix " %2, %1"                                         \
				 : "=@ccae"(above_or_equal)                                        \
				 : "x"(value(b)), "x"(value(a)));                                  \
		return above_or_equal;                                                             \
	}

FP_COMPARE(s, float, uint32_t, fp_float)
FP_COMPARE(d, double, uint64_t, fp_double)

/* -0 is less than +0; a NaN gives the other operand. */
#define FP_MINMAX(suffix, bits_type, format)                                                       \
	static inline bits_type fp_min_##suffix(bits_type a, bits_type b)                          \
	{                                                                                          \
		if (FP_UNLIKELY(fp_is_nan_##suffix(a) || fp_is_nan_##suffix(b)))                   \
			return (bits_type)fp_minmax_nan(format, a, b);                             \
		if (fp_eq_##suffix(a, b))                                                          \
			return a | b;                                                              \
		return fp_lt_##suffix(a, b) ? a : b;                                               \
	}                                                                                          \
	static inline bits_type fp_max_##suffix(bits_type a, bits_type b)                          \
	{                                                                                          \
		if (FP_UNLIKELY(fp_is_nan_##suffix(a) || fp_is_nan_##suffix(b)))                   \
			return (bits_type)fp_minmax_nan(format, a, b);                             \
		if (fp_eq_##suffix(a, b))                                                          \
			return a & b;                                                              \
		return fp_lt_##suffix(a, b) ? b : a;                                               \
	}

FP_MINMAX(s, uint32_t, FP_SINGLE)
FP_MINMAX(d, uint64_t, FP_DOUBLE)

static inline uint64_t fp_class_s(uint32_t a)
{
	return soft_classify(FP_SINGLE, a);
}

static inline uint64_t fp_class_d(uint64_t a)
{
	return soft_classify(FP_DOUBLE, a);
}

/* ---- Conversion ----------------------------------------------------------------------------- */

static inline uint64_t fp_d_from_s(uint32_t a)
{
	double x;

	__asm__ volatile("cvtss2sd %1, %0" : "=x"(x) : "x"(fp_float(a)));
	return fp_bits_d(x);
}

static inline uint32_t fp_s_from_d(uint64_t a)
{
	float x;

	__asm__ volatile("cvtsd2ss %1, %0" : "=x"(x) : "x"(fp_double(a)));
	return fp_bits_s(x);
}

static inline uint32_t fp_s_from_l(uint64_t a)
{
	float x;

	__asm__ volatile("pxor %0, %0\n\tcvtsi2ssq %1, %0" : "=&x"(x) : "r"(a));
	return fp_bits_s(x);
}

static inline uint64_t fp_d_from_l(uint64_t a)
{
	double x;

	__asm__ volatile("pxor %0, %0\n\tcvtsi2sdq %1, %0" : "=&x"(x) : "r"(a));
	return fp_bits_d(x);
}

/* Beyond the signed range: half of it, the lost bit sticky, and twice the result. */
static inline uint32_t fp_s_from_lu(uint64_t a)
{
	uint32_t half;

	if ((int64_t)a >= 0)
		return fp_s_from_l(a);
	half = fp_s_from_l(a >> 1 | (a & 1));
	return half + (1u << 23);
}

static inline uint64_t fp_d_from_lu(uint64_t a)
{
	uint64_t half;

	if ((int64_t)a >= 0)
		return fp_d_from_l(a);
	half = fp_d_from_l(a >> 1 | (a & 1));
	return half + (1ull << 52);
}

#define fp_s_from_w(a)	fp_s_from_l((uint64_t)(int64_t)(int32_t)(a))
#define fp_s_from_wu(a) fp_s_from_l((uint32_t)(a))
#define fp_d_from_w(a)	fp_d_from_l((uint64_t)(int64_t)(int32_t)(a))
#define fp_d_from_wu(a) fp_d_from_l((uint32_t)(a))

/*
 * To integers: the host's conversion serves where the exponent says that the result fits; unsigned
 * ones only for positive numbers.  rounding: "" by MXCSR, "t" towards zero.
 */
#define FP_TO_INT(name, host_insn, suffix, format, bits_type, value, exponent_bias, fraction,      \
		  is_signed, width, rm)                                                            \
	static inline uint64_t fp_##name(bits_type a)                                              \
	{                                                                                          \
		bits_type limit = (bits_type)((exponent_bias) + (width)-2) << (fraction);          \
		int64_t result;                                                                    \
		if (FP_UNLIKELY(((is_signed) ? a & (bits_type)~SIGN_##suffix : a) >= limit))       \
			return fp_soft_to_int(format, a, is_signed, width, rm);                    \
		__asm__ volatile(host_insn " %1, %0" : "=r"(result) : "x"(value(a)));              \
		return (width) == 32 ? (uint64_t)(int64_t)(int32_t)result : (uint64_t)result;      \
	}

#define FP_TO_INTS(host, suffix, lower, format, bits_type, value, bias, fraction, tail, rm)        \
	FP_TO_INT(w_from_##lower##tail, host, suffix, format, bits_type, value, bias, fraction,    \
		  true, 32, rm)                                                                    \
	FP_TO_INT(wu_from_##lower##tail, host, suffix, format, bits_type, value, bias, fraction,   \
		  false, 32, rm)                                                                   \
	FP_TO_INT(l_from_##lower##tail, host, suffix, format, bits_type, value, bias, fraction,    \
		  true, 64, rm)                                                                    \
	FP_TO_INT(lu_from_##lower##tail, host, suffix, format, bits_type, value, bias, fraction,   \
		  false, 64, rm)

FP_TO_INTS("cvtss2siq", S, s, FP_SINGLE, uint32_t, fp_float, 127, 23, , fp_rounding_now())
FP_TO_INTS("cvtsd2siq", D, d, FP_DOUBLE, uint64_t, fp_double, 1023, 52, , fp_rounding_now())
FP_TO_INTS("cvttss2siq", S, s, FP_SINGLE, uint32_t, fp_float, 127, 23, _rtz, FP_RTZ)
FP_TO_INTS("cvttsd2siq", D, d, FP_DOUBLE, uint64_t, fp_double, 1023, 52, _rtz, FP_RTZ)

#endif
