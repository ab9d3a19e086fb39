/* Half precision: Zfhmin moves, loads and converts, Zfh computes; values are boxed in 64 bits */
/* QEMU 7 has Zfh only when asked */
#include "tests/isa/isa.h"
	.option	arch, +zfh

#define NX 1
#define UF 2
#define OF 4
#define DZ 8
#define NV 16
#define BOXED 0xffffffffffff0000

#define ONE   0x3c00
#define TWO   0x4000
#define THREE 0x4200
#define HALF  0x3800
#define MAXH  0x7bff
#define INF   0x7c00
#define NINF  0xfc00
#define QNAN  0x7e00
#define SNAN  0x7c01
#define NZERO 0x8000

	/* \op fa2, fa0, ... with the bits \a, \b, \c gives \want and raises \flags */
	.macro	BEGIN a=0, b=0, c=0
	li	a0, \a
	fmv.h.x	fa0, a0
	li	a0, \b
	fmv.h.x	fa1, a0
	li	a0, \c
	fmv.h.x	fa3, a0
	csrw	fflags, zero
	.endm
	.macro	GIVES want, flags
	csrr	a2, fflags
	fmv.x.d	a0, fa2
	IS	a0, BOXED | (\want)
	IS	a2, \flags
	.endm
	.macro	GIVES_X want, flags
	csrr	a2, fflags
	IS	a0, \want
	IS	a2, \flags
	.endm
	.macro	R2 op, rm, a, b, want, flags
	BEGIN	\a, \b
	\op	fa2, fa0, fa1, \rm
	GIVES	\want, \flags
	.endm
	.macro	N2 op, a, b, want, flags
	BEGIN	\a, \b
	\op	fa2, fa0, fa1
	GIVES	\want, \flags
	.endm
	.macro	R3 op, a, b, c, want, flags
	BEGIN	\a, \b, \c
	\op	fa2, fa0, fa1, fa3
	GIVES	\want, \flags
	.endm
	.macro	CMP op, a, b, want, flags
	BEGIN	\a, \b
	\op	a0, fa0, fa1
	GIVES_X	\want, \flags
	.endm
	.macro	TO_X op, rm, a, want, flags
	BEGIN	\a
	\op	a0, fa0, \rm
	GIVES_X	\want, \flags
	.endm
	.macro	FROM_X op, rm, a, want, flags
	BEGIN
	li	a0, \a
	\op	fa2, a0, \rm
	GIVES	\want, \flags
	.endm
	.macro	CLASS a, want
	BEGIN	\a
	fclass.h a0, fa0
	GIVES_X	\want, 0
	.endm

	.globl	main
main:
	R2	fadd.h, rne, ONE, ONE, TWO, 0
	R2	fadd.h, rne, ONE, 0x1000, ONE, NX /* 2^-11: a tie, to even */
	R2	fadd.h, rmm, ONE, 0x1000, 0x3c01, NX
	R2	fadd.h, rup, ONE, 0x1000, 0x3c01, NX
	R2	fadd.h, rtz, ONE, 0x1000, ONE, NX
	R2	fadd.h, rdn, ONE, 0x1000, ONE, NX
	R2	fadd.h, rne, MAXH, MAXH, INF, OF | NX
	R2	fadd.h, rtz, MAXH, MAXH, MAXH, OF | NX
	R2	fadd.h, rne, INF, NINF, QNAN, NV
	R2	fadd.h, rne, SNAN, ONE, QNAN, NV
	R2	fadd.h, rne, 0xffff, ONE, QNAN, 0
	R2	fsub.h, rne, ONE, ONE, 0, 0
	R2	fsub.h, rdn, ONE, ONE, NZERO, 0
	R2	fsub.h, rne, ONE, THREE, 0xc000, 0
	R2	fmul.h, rne, 0x0400, HALF, 0x0200, 0 /* an exact subnormal raises nothing */
	R2	fmul.h, rne, 0x0001, HALF, 0, UF | NX
	R2	fmul.h, rup, 0x0001, HALF, 0x0001, UF | NX
	R2	fmul.h, rne, INF, 0, QNAN, NV
	R2	fdiv.h, rne, ONE, THREE, 0x3555, NX
	R2	fdiv.h, rup, ONE, THREE, 0x3556, NX
	R2	fdiv.h, rne, ONE, NZERO, NINF, DZ
	R2	fdiv.h, rne, 0, 0, QNAN, NV
	BEGIN	0x4400
	fsqrt.h	fa2, fa0
	GIVES	TWO, 0
	BEGIN	TWO
	fsqrt.h	fa2, fa0
	GIVES	0x3da8, NX
	BEGIN	0xbc00
	fsqrt.h	fa2, fa0
	GIVES	QNAN, NV
	BEGIN	NZERO
	fsqrt.h	fa2, fa0
	GIVES	NZERO, 0

	R3	fmadd.h, TWO, THREE, ONE, 0x4700, 0
	R3	fmsub.h, TWO, THREE, ONE, 0x4500, 0
	R3	fnmsub.h, TWO, THREE, ONE, 0xc500, 0
	R3	fnmadd.h, TWO, THREE, ONE, 0xc700, 0
	R3	fmsub.h, 0x3c01, 0x3c01, 0x3c02, 0x0010, 0 /* one rounding only */
	R3	fmadd.h, INF, 0, QNAN, QNAN, NV

	N2	fsgnj.h, ONE, NZERO, 0xbc00, 0
	N2	fsgnjn.h, ONE, NZERO, ONE, 0
	N2	fsgnjx.h, 0xbc00, NZERO, ONE, 0
	N2	fmin.h, NZERO, 0, NZERO, 0
	N2	fmax.h, NZERO, 0, 0, 0
	N2	fmin.h, QNAN, ONE, ONE, 0
	N2	fmax.h, SNAN, ONE, ONE, NV
	N2	fmin.h, QNAN, 0xffff, QNAN, 0
	CMP	feq.h, 0, NZERO, 1, 0
	CMP	feq.h, QNAN, ONE, 0, 0
	CMP	feq.h, SNAN, ONE, 0, NV
	CMP	flt.h, ONE, TWO, 1, 0
	CMP	flt.h, NZERO, 0, 0, 0
	CMP	flt.h, QNAN, ONE, 0, NV
	CMP	fle.h, ONE, ONE, 1, 0
	CMP	fle.h, ONE, QNAN, 0, NV

	CLASS	NINF, 1
	CLASS	0xbc00, 2
	CLASS	0x8001, 4
	CLASS	NZERO, 8
	CLASS	0, 16
	CLASS	0x0001, 32
	CLASS	ONE, 64
	CLASS	INF, 128
	CLASS	SNAN, 256
	CLASS	QNAN, 512

	TO_X	fcvt.w.h, rne, 0x4100, 2, NX /* 2.5 */
	TO_X	fcvt.w.h, rup, 0x4100, 3, NX
	TO_X	fcvt.w.h, rne, NINF, 0xffffffff80000000, NV
	TO_X	fcvt.w.h, rne, QNAN, 0x7fffffff, NV
	TO_X	fcvt.wu.h, rne, 0xbc00, 0, NV
	TO_X	fcvt.wu.h, rne, INF, -1, NV
	TO_X	fcvt.l.h, rne, 0xfbff, -65504, 0
	TO_X	fcvt.l.h, rne, QNAN, 0x7fffffffffffffff, NV
	TO_X	fcvt.lu.h, rtz, 0xb800, 0, NX /* -0.5 */
	TO_X	fcvt.lu.h, rne, INF, -1, NV
	FROM_X	fcvt.h.w, rne, 65519, MAXH, NX
	FROM_X	fcvt.h.w, rne, 65520, INF, OF | NX
	FROM_X	fcvt.h.w, rtz, 65520, MAXH, NX
	FROM_X	fcvt.h.w, rne, 0x1ffffffff, 0xbc00, 0
	FROM_X	fcvt.h.wu, rne, 0x100000001, ONE, 0
	FROM_X	fcvt.h.wu, rne, 0xffffffff, INF, OF | NX
	FROM_X	fcvt.h.l, rne, -2, 0xc000, 0
	FROM_X	fcvt.h.lu, rne, -1, INF, OF | NX

	/* to and from the wider formats */
	BEGIN	0x0001
	fcvt.s.h fa2, fa0
	csrr	a2, fflags
	fmv.x.d	a0, fa2
	IS	a0, 0xffffffff33800000
	IS	a2, 0
	BEGIN	SNAN
	fcvt.s.h fa2, fa0
	csrr	a2, fflags
	fmv.x.w	a0, fa2
	IS	a0, 0x7fc00000
	IS	a2, NV
	BEGIN	0x3555
	fcvt.d.h fa2, fa0
	fmv.x.d	a0, fa2
	IS	a0, 0x3fd5540000000000
	li	a0, 0x477ff000 /* 65520 */
	fmv.w.x	fa0, a0
	csrw	fflags, zero
	fcvt.h.s fa2, fa0
	GIVES	INF, OF | NX
	li	a0, 0x3e60000000000000 /* 2^-25 */
	fmv.d.x	fa0, a0
	csrw	fflags, zero
	fcvt.h.d fa2, fa0, rne
	GIVES	0, UF | NX
	csrw	fflags, zero
	fcvt.h.d fa2, fa0, rup
	GIVES	0x0001, UF | NX

	/* moves, loads and stores take bits; what computes takes an unboxed value for the NaN */
	li	a0, NZERO
	fmv.h.x	fa0, a0
	fmv.x.h	a0, fa0
	IS	a0, 0xffffffffffff8000
	li	a0, ONE
	fmv.d.x	fa0, a0
	fmv.x.h	a1, fa0
	IS	a1, ONE
	csrw	fflags, zero
	fadd.h	fa2, fa0, fa0
	GIVES	QNAN, 0
	la	a1, halves
	flh	fa2, 2(a1)
	GIVES	SNAN, 0
	li	a0, 0x1234
	fmv.h.x	fa2, a0
	fsh	fa2, 4(a1)
	ld	a0, (a1)
	IS	a0, 0x5a5a12347c015a5a

	/* with FS off all of it is illegal */
	li	t0, MSTATUS_FS
	csrc	mstatus, t0
	ILLEGAL_INSN flh fa2, (a1)
	ILLEGAL_INSN fadd.h fa2, fa0, fa1
	ILLEGAL_INSN fmv.h.x fa2, a0
	PASS

	.data
	.balign	8
halves:
	.half	0x5a5a, SNAN, 0x5a5a, 0x5a5a
