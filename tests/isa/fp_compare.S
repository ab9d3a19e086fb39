/* Comparisons, min and max treat NaN and -0 as named, and only signal when they must */
#include "tests/isa/isa.h"

#define NV 16

	.macro CMP op, a, b, want, flags
	li	a0, \a
	li	a1, \b
	fmv.d.x	fa0, a0
	fmv.d.x	fa1, a1
	csrw	fflags, zero
	\op	a3, fa0, fa1
	csrr	a2, fflags
	IS	a3, \want
	IS	a2, \flags
	.endm

	.macro MM op, a, b, want, flags
	li	a0, \a
	li	a1, \b
	fmv.d.x	fa0, a0
	fmv.d.x	fa1, a1
	csrw	fflags, zero
	\op	fa2, fa0, fa1
	csrr	a2, fflags
	fmv.x.d	a3, fa2
	IS	a3, \want
	IS	a2, \flags
	.endm

#define ONE  0x3ff0000000000000
#define TWO  0x4000000000000000
#define NZERO 0x8000000000000000
#define QNAN 0x7ff8000000000000
#define SNAN 0x7ff0000000000001
#define INF  0x7ff0000000000000
#define S(x) (0xffffffff00000000 | (x))

	.globl	main
main:
	CMP	feq.d, ONE, ONE, 1, 0
	CMP	feq.d, ONE, TWO, 0, 0
	CMP	feq.d, 0, NZERO, 1, 0
	CMP	feq.d, QNAN, QNAN, 0, 0
	CMP	feq.d, SNAN, ONE, 0, NV
	CMP	feq.d, ONE, SNAN, 0, NV
	CMP	flt.d, ONE, TWO, 1, 0
	CMP	flt.d, TWO, ONE, 0, 0
	CMP	flt.d, NZERO, 0, 0, 0
	CMP	flt.d, QNAN, ONE, 0, NV
	CMP	flt.d, ONE, SNAN, 0, NV
	CMP	fle.d, ONE, ONE, 1, 0
	CMP	fle.d, 0, NZERO, 1, 0
	CMP	fle.d, TWO, ONE, 0, 0
	CMP	fle.d, ONE, QNAN, 0, NV
	CMP	fle.d, 0xfff0000000000000, INF, 1, 0
	CMP	feq.s, S(0x3f800000), S(0x3f800000), 1, 0
	CMP	feq.s, S(0x3f800000), 0x3f800000, 0, 0 /* not boxed: a quiet NaN */
	CMP	feq.s, S(0x7f800001), S(0), 0, NV
	CMP	flt.s, S(0x80000001), S(0), 1, 0
	CMP	flt.s, S(0), 0x3f800000, 0, NV
	CMP	fle.s, S(0x7fc00000), S(0x7fc00000), 0, NV
	MM	fmin.d, ONE, TWO, ONE, 0
	MM	fmax.d, ONE, TWO, TWO, 0
	MM	fmin.d, 0, NZERO, NZERO, 0
	MM	fmin.d, NZERO, 0, NZERO, 0
	MM	fmax.d, NZERO, 0, 0, 0
	MM	fmax.d, 0, NZERO, 0, 0
	MM	fmin.d, QNAN, ONE, ONE, 0
	MM	fmax.d, ONE, QNAN, ONE, 0
	MM	fmin.d, SNAN, ONE, ONE, NV
	MM	fmax.d, ONE, SNAN, ONE, NV
	MM	fmin.d, QNAN, 0xfff8000000000005, QNAN, 0
	MM	fmax.d, SNAN, QNAN, QNAN, NV
	MM	fmin.d, 0xfff0000000000000, ONE, 0xfff0000000000000, 0
	MM	fmin.s, S(0), S(0x80000000), S(0x80000000), 0
	MM	fmax.s, S(0x7f800001), S(0x40000000), S(0x40000000), NV
	MM	fmax.s, 0x40000000, S(0x3f800000), S(0x3f800000), 0
	MM	fmin.s, S(0xffc00001), S(0x7fc00001), S(0x7fc00000), 0
	PASS
