/*
 * Floating-point operations one at a time, in any rounding mode: RMM, which the host has not, in
 * integers.
 */
#include "emu/bitmanip.h"
#include "emu/fp.h"
#include "emu/hart_internal.h"
#include "emu/muldiv.h"

/* The same names as fp.h's, rounding to nearest with ties away from zero. */
#define SOFT(expression)                                                                           \
	unsigned flags = 0;                                                                        \
	uint64_t value = (expression);                                                             \
	fp_raise(flags);                                                                           \
	return value;

#define RMM_FORMAT(suffix, format, bits_type)                                                      \
	static bits_type rmm_add_##suffix(bits_type a, bits_type b)                                \
	{                                                                                          \
		SOFT((bits_type)soft_add(format, a, b, FP_RMM, &flags))                            \
	}                                                                                          \
	static bits_type rmm_sub_##suffix(bits_type a, bits_type b)                                \
	{                                                                                          \
		bool nan = fp_is_nan_##suffix(b);                                                  \
		SOFT((bits_type)soft_add(format, a, nan ? b : b ^ SIGN_OF_##suffix, FP_RMM,        \
					 &flags))                                                  \
	}                                                                                          \
	static bits_type rmm_mul_##suffix(bits_type a, bits_type b)                                \
	{                                                                                          \
		SOFT((bits_type)soft_mul(format, a, b, FP_RMM, &flags))                            \
	}                                                                                          \
	static bits_type rmm_div_##suffix(bits_type a, bits_type b)                                \
	{                                                                                          \
		SOFT((bits_type)soft_div(format, a, b, FP_RMM, &flags))                            \
	}                                                                                          \
	static bits_type rmm_sqrt_##suffix(bits_type a)                                            \
	{                                                                                          \
		SOFT((bits_type)soft_sqrt(format, a, FP_RMM, &flags))                              \
	}                                                                                          \
	static bits_type rmm_fma_##suffix(bits_type a, bits_type b, bits_type c)                   \
	{                                                                                          \
		SOFT((bits_type)soft_fma(format, a, b, c, FP_RMM, &flags))                         \
	}                                                                                          \
	static bits_type rmm_##suffix##_from_l(uint64_t a)                                         \
	{                                                                                          \
		bool negative = (int64_t)a < 0;                                                    \
		SOFT((bits_type)soft_from_int(format, negative, negative ? 0 - a : a, FP_RMM,      \
					      &flags))                                             \
	}                                                                                          \
	static bits_type rmm_##suffix##_from_lu(uint64_t a)                                        \
	{                                                                                          \
		SOFT((bits_type)soft_from_int(format, false, a, FP_RMM, &flags))                   \
	}                                                                                          \
	static uint64_t rmm_w_from_##suffix(bits_type a)                                           \
	{                                                                                          \
		SOFT(soft_to_int(format, a, true, 32, FP_RMM, &flags))                             \
	}                                                                                          \
	static uint64_t rmm_wu_from_##suffix(bits_type a)                                          \
	{                                                                                          \
		SOFT(soft_to_int(format, a, false, 32, FP_RMM, &flags))                            \
	}                                                                                          \
	static uint64_t rmm_l_from_##suffix(bits_type a)                                           \
	{                                                                                          \
		SOFT(soft_to_int(format, a, true, 64, FP_RMM, &flags))                             \
	}                                                                                          \
	static uint64_t rmm_lu_from_##suffix(bits_type a)                                          \
	{                                                                                          \
		SOFT(soft_to_int(format, a, false, 64, FP_RMM, &flags))                            \
	}

#define SIGN_OF_s SIGN_S
#define SIGN_OF_d SIGN_D

RMM_FORMAT(s, FP_SINGLE, uint32_t)
RMM_FORMAT(d, FP_DOUBLE, uint64_t)

static uint32_t rmm_s_from_d(uint64_t a)
{
	SOFT((uint32_t)soft_convert(FP_DOUBLE, FP_SINGLE, a, FP_RMM, &flags))
}

#define rmm_s_from_w(a)	 rmm_s_from_l((uint64_t)(int64_t)(int32_t)(a))
#define rmm_s_from_wu(a) rmm_s_from_l((uint32_t)(a))

/* In the rows below every operation asks which of the two it is. */
#define PICK(name, ...) (rmm ? rmm_##name(__VA_ARGS__) : fp_##name(__VA_ARGS__))

#define R1   (h->x[in->rs1])
#define F1   (h->f[in->rs1])
#define F2   (h->f[in->rs2])
#define F3   (h->f[in->rs3])
#define S1   fp_unbox(h->f[in->rs1])
#define S2   fp_unbox(h->f[in->rs2])
#define S3   fp_unbox(h->f[in->rs3])
#define RAW1 (h->f[in->rs1])
#define H1   fp_unbox_half(h->f[in->rs1])
#define H2   fp_unbox_half(h->f[in->rs2])
#define H3   fp_unbox_half(h->f[in->rs3])
#define RM   (rmm ? FP_RMM : fp_rounding_now())

/* Separate functions, so that the inline operations above keep their names in this one. */
static uint64_t operate(const struct hart *h, const struct insn *in, bool rmm)
{
#define fp_add_s(a, b)	  PICK(add_s, a, b)
#define fp_add_d(a, b)	  PICK(add_d, a, b)
#define fp_sub_s(a, b)	  PICK(sub_s, a, b)
#define fp_sub_d(a, b)	  PICK(sub_d, a, b)
#define fp_mul_s(a, b)	  PICK(mul_s, a, b)
#define fp_mul_d(a, b)	  PICK(mul_d, a, b)
#define fp_div_s(a, b)	  PICK(div_s, a, b)
#define fp_div_d(a, b)	  PICK(div_d, a, b)
#define fp_sqrt_s(a)	  PICK(sqrt_s, a)
#define fp_sqrt_d(a)	  PICK(sqrt_d, a)
#define fp_fma_s(a, b, c) PICK(fma_s, a, b, c)
#define fp_fma_d(a, b, c) PICK(fma_d, a, b, c)
#define fp_s_from_d(a)	  PICK(s_from_d, a)
#undef fp_s_from_w
#undef fp_s_from_wu
#define fp_s_from_w(a)	(rmm ? rmm_s_from_w(a) : (fp_s_from_l)((uint64_t)(int64_t)(int32_t)(a)))
#define fp_s_from_wu(a) (rmm ? rmm_s_from_wu(a) : (fp_s_from_l)((uint32_t)(a)))
#define fp_s_from_l(a)	PICK(s_from_l, a)
#define fp_s_from_lu(a) PICK(s_from_lu, a)
#define fp_d_from_l(a)	PICK(d_from_l, a)
#define fp_d_from_lu(a) PICK(d_from_lu, a)
#define fp_w_from_s(a)	PICK(w_from_s, a)
#define fp_wu_from_s(a) PICK(wu_from_s, a)
#define fp_l_from_s(a)	PICK(l_from_s, a)
#define fp_lu_from_s(a) PICK(lu_from_s, a)
#define fp_w_from_d(a)	PICK(w_from_d, a)
#define fp_wu_from_d(a) PICK(wu_from_d, a)
#define fp_l_from_d(a)	PICK(l_from_d, a)
#define fp_lu_from_d(a) PICK(lu_from_d, a)

#define DO_ALU(...)    break;
#define DO_LOAD(...)   break;
#define DO_STORE(...)  break;
#define DO_BRANCH(...) break;
#define DO_JAL(...)    break;
#define DO_JALR(...)   break;
#define DO_SYS(...)    break;
#define DO_LR(...)     break;
#define DO_SC(...)     break;
#define DO_AMO(...)    break;
#define DO_FLOAD(...)  break;
#define DO_FSTORE(...) break;
#define DO_FF(...)     return (__VA_ARGS__);
#define DO_FFR(...)    return (__VA_ARGS__);
#define DO_FM(...)     return (__VA_ARGS__);
#define DO_FX(...)     return (__VA_ARGS__);
#define DO_FXR(...)    return (__VA_ARGS__);
#define DO_FMX(...)    return (__VA_ARGS__);

	switch (in->row) {
#define INSN(id, name, format, match, mask, extension, class, ...)                                 \
	case ROW_##id:                                                                             \
		DO_##class(__VA_ARGS__)
#include "emu/insn.def"
	}
	return 0;
}

bool slow_fp_execute(struct hart *h, const struct insn *in)
{
	unsigned class = insn_info[in->row].class, rm = (unsigned)h->csr.frm;
	bool rounds = class == CLASS_FFR || class == CLASS_FXR;
	uint64_t value;

	if (rounds) {
		if (in->rm != 7)
			rm = in->rm;
		if (rm > FP_RMM)
			return false;
		fp_set_rounding(rm);
	}
	value = operate(h, in, rounds && rm == FP_RMM);
	if (rounds)
		fp_set_rounding((unsigned)h->csr.frm);
	if (class == CLASS_FX || class == CLASS_FXR || class == CLASS_FMX) {
		if (in->rd)
			h->x[in->rd] = value;
	} else {
		h->f[in->rd] = value;
	}
	return true;
}
