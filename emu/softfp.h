/*
 * IEEE 754 arithmetic in integers: every rounding mode, flags included.
 *
 * For what the host's FPU does not do: rounding to nearest with ties away from zero (RMM), fused
 * multiply-add where the processor has none, conversions that saturate as RISC-V's do.  Pure: a
 * value and flags come out, nothing is touched.  Slow and plain.
 */
#ifndef EMU_SOFTFP_H
#define EMU_SOFTFP_H

#include <stdbool.h>
#include <stdint.h>

/* fflags */
#define FP_NX 1u
#define FP_UF 2u
#define FP_OF 4u
#define FP_DZ 8u
#define FP_NV 16u

/* frm */
enum fp_rounding { FP_RNE, FP_RTZ, FP_RDN, FP_RUP, FP_RMM };

enum fp_format { FP_SINGLE, FP_DOUBLE, FP_HALF };

#define CANONICAL_H 0x7e00u
#define CANONICAL_S 0x7fc00000u
#define CANONICAL_D 0x7ff8000000000000ull

uint64_t soft_fma(enum fp_format format, uint64_t a, uint64_t b, uint64_t c, unsigned rm,
		  unsigned *flags);
uint64_t soft_add(enum fp_format format, uint64_t a, uint64_t b, unsigned rm, unsigned *flags);
uint64_t soft_mul(enum fp_format format, uint64_t a, uint64_t b, unsigned rm, unsigned *flags);
uint64_t soft_div(enum fp_format format, uint64_t a, uint64_t b, unsigned rm, unsigned *flags);
uint64_t soft_sqrt(enum fp_format format, uint64_t a, unsigned rm, unsigned *flags);
uint64_t soft_convert(enum fp_format from, enum fp_format to, uint64_t a, unsigned rm,
		      unsigned *flags);
uint64_t soft_from_int(enum fp_format to, bool negative, uint64_t magnitude, unsigned rm,
		       unsigned *flags);
/* bits: 32 or 64.  Results of 32 bits are sign-extended, as registers hold them. */
uint64_t soft_to_int(enum fp_format from, uint64_t a, bool is_signed, unsigned bits, unsigned rm,
		     unsigned *flags);
uint64_t soft_classify(enum fp_format format, uint64_t a);

#endif
