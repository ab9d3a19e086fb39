/* Fused multiply-add rounds once, and infinity times zero is invalid even with a quiet NaN */
#include "tests/isa/isa.h"

#define NX 1
#define UF 2
#define OF 4
#define NV 16

	.macro D3 op, rm, a, b, c, want, flags
	li	a0, \a
	li	a1, \b
	li	a2, \c
	fmv.d.x	fa0, a0
	fmv.d.x	fa1, a1
	fmv.d.x	fa2, a2
	csrw	fflags, zero
	\op	fa3, fa0, fa1, fa2, \rm
	csrr	a2, fflags
	fmv.x.d	a0, fa3
	IS	a0, \want
	IS	a2, \flags
	.endm

	.macro S3 op, rm, a, b, c, want, flags
	li	a0, \a
	li	a1, \b
	li	a2, \c
	fmv.w.x	fa0, a0
	fmv.w.x	fa1, a1
	fmv.w.x	fa2, a2
	csrw	fflags, zero
	\op	fa3, fa0, fa1, fa2, \rm
	csrr	a2, fflags
	fmv.x.d	a0, fa3
	IS	a0, 0xffffffff00000000 | (\want)
	IS	a2, \flags
	.endm

#define ONE  0x3ff0000000000000
#define NONE 0xbff0000000000000
#define TWO  0x4000000000000000
#define INF  0x7ff0000000000000
#define NINF 0xfff0000000000000
#define QNAN 0x7ff8000000000000
#define SNAN 0x7ff0000000000001
#define NZERO 0x8000000000000000

	.globl	main
main:
	D3	fmadd.d, rne, TWO, TWO, ONE, 0x4014000000000000, 0
	D3	fmsub.d, rne, TWO, TWO, ONE, 0x4008000000000000, 0
	D3	fnmsub.d, rne, TWO, TWO, ONE, 0xc008000000000000, 0
	D3	fnmadd.d, rne, TWO, TWO, ONE, 0xc014000000000000, 0
	/* (1 + 2^-52)^2 - (1 + 2^-51) = 2^-104, lost if rounded in between */
	D3	fmsub.d, rne, 0x3ff0000000000001, 0x3ff0000000000001, 0x3ff0000000000002, 0x3970000000000000, 0
	D3	fmadd.d, rup, 0x3ff0000000000001, 0x3ff0000000000001, 0, 0x3ff0000000000003, NX
	D3	fmadd.d, rne, INF, 0, QNAN, QNAN, NV
	D3	fmadd.d, rne, 0, NINF, QNAN, QNAN, NV
	D3	fmadd.d, rne, INF, 0, ONE, QNAN, NV
	D3	fmadd.d, rne, INF, ONE, NINF, QNAN, NV
	D3	fmsub.d, rne, INF, ONE, INF, QNAN, NV
	D3	fmadd.d, rne, INF, ONE, INF, INF, 0
	D3	fmadd.d, rne, QNAN, INF, 0, QNAN, 0
	D3	fmadd.d, rne, ONE, ONE, SNAN, QNAN, NV
	D3	fnmadd.d, rne, ONE, 0x7ff8000000000055, ONE, QNAN, 0
	/* zeros and their signs */
	D3	fmadd.d, rne, ONE, 0, NZERO, 0, 0
	D3	fmadd.d, rdn, ONE, 0, NZERO, NZERO, 0
	D3	fnmadd.d, rne, ONE, 0, 0, NZERO, 0
	D3	fnmsub.d, rne, ONE, ONE, ONE, 0, 0
	D3	fnmsub.d, rdn, ONE, ONE, ONE, NZERO, 0
	D3	fmadd.d, rne, 0x7fefffffffffffff, TWO, 0xffefffffffffffff, 0x7fefffffffffffff, 0
	D3	fmadd.d, rne, 0x7fefffffffffffff, TWO, 0, INF, OF | NX
	D3	fmadd.d, rne, 1, 1, 0, 0, UF | NX
	D3	fmadd.d, rup, 1, 1, 0, 1, UF | NX
	D3	fmadd.d, rne, 1, 1, ONE, ONE, NX
	S3	fmadd.s, rne, 0x3f800001, 0x3f800001, 0xbf800002, 0x28800000, 0
	S3	fmadd.s, rne, 0x7f800000, 0, 0x7fc00000, 0x7fc00000, NV
	S3	fnmadd.s, rne, 0x40000000, 0x40000000, 0x3f800000, 0xc0a00000, 0
	S3	fnmsub.s, rne, 0x40000000, 0x40000000, 0x3f800000, 0xc0400000, 0
	S3	fmsub.s, rmm, 0x3f800001, 0x3f800001, 0, 0x3f800002, NX
	/* a product that is exact in double, a sum that is not: rounding twice would give ...00 */
	S3	fmadd.s, rne, 0x3f800001, 0x3f800000, 0x33800001, 0x3f800002, NX
	PASS
