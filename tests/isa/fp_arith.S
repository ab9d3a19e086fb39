/* Floating-point arithmetic rounds as asked and raises exactly the flags of IEEE 754 */
#include "tests/isa/isa.h"

#define NX 1
#define UF 2
#define OF 4
#define DZ 8
#define NV 16

	/* double: \insn on the bits \a, \b gives \want and raises \flags */
	.macro D2 op, rm, a, b, want, flags
	li	a0, \a
	li	a1, \b
	fmv.d.x	fa0, a0
	fmv.d.x	fa1, a1
	csrw	fflags, zero
	\op	fa2, fa0, fa1, \rm
	csrr	a2, fflags
	fmv.x.d	a0, fa2
	IS	a0, \want
	IS	a2, \flags
	.endm

	.macro S2 op, rm, a, b, want, flags
	li	a0, \a
	li	a1, \b
	fmv.w.x	fa0, a0
	fmv.w.x	fa1, a1
	csrw	fflags, zero
	\op	fa2, fa0, fa1, \rm
	csrr	a2, fflags
	fmv.x.d	a0, fa2 /* boxed */
	IS	a0, 0xffffffff00000000 | (\want)
	IS	a2, \flags
	.endm

	.macro D1 op, rm, a, want, flags
	li	a0, \a
	fmv.d.x	fa0, a0
	csrw	fflags, zero
	\op	fa2, fa0, \rm
	csrr	a2, fflags
	fmv.x.d	a0, fa2
	IS	a0, \want
	IS	a2, \flags
	.endm

#define D_ONE   0x3ff0000000000000
#define D_TINY  0x3ca0000000000000 /* 2^-53 */
#define D_MAX   0x7fefffffffffffff
#define D_INF   0x7ff0000000000000
#define D_NINF  0xfff0000000000000
#define D_QNAN  0x7ff8000000000000
#define D_SNAN  0x7ff0000000000001
#define D_MINN  0x0010000000000000 /* least normal */
#define D_SUB1  0x0000000000000001
#define D_NZERO 0x8000000000000000

	.globl	main
main:
	D2	fadd.d, rne, D_ONE, D_ONE, 0x4000000000000000, 0
	D2	fadd.d, rne, D_ONE, D_TINY, D_ONE, NX /* tie to even */
	D2	fadd.d, rmm, D_ONE, D_TINY, 0x3ff0000000000001, NX
	D2	fadd.d, rup, D_ONE, D_TINY, 0x3ff0000000000001, NX
	D2	fadd.d, rdn, D_ONE, D_TINY, D_ONE, NX
	D2	fadd.d, rtz, D_ONE, D_TINY, D_ONE, NX
	D2	fadd.d, rup, 0xbff0000000000000, 0xbca0000000000000, 0xbff0000000000000, NX
	D2	fadd.d, rdn, 0xbff0000000000000, 0xbca0000000000000, 0xbff0000000000001, NX
	D2	fadd.d, rmm, 0xbff0000000000000, 0xbca0000000000000, 0xbff0000000000001, NX
	D2	fsub.d, rne, D_ONE, D_ONE, 0, 0
	D2	fsub.d, rdn, D_ONE, D_ONE, D_NZERO, 0
	D2	fadd.d, rne, 0, D_NZERO, 0, 0
	D2	fadd.d, rdn, 0, D_NZERO, D_NZERO, 0
	D2	fadd.d, rne, D_NZERO, D_NZERO, D_NZERO, 0
	D2	fadd.d, rne, D_MAX, D_MAX, D_INF, OF | NX
	D2	fadd.d, rtz, D_MAX, D_MAX, D_MAX, OF | NX
	D2	fadd.d, rdn, D_MAX, D_MAX, D_MAX, OF | NX
	D2	fadd.d, rup, 0xffefffffffffffff, 0xffefffffffffffff, 0xffefffffffffffff, OF | NX
	D2	fadd.d, rmm, D_MAX, D_MAX, D_INF, OF | NX
	D2	fsub.d, rne, D_INF, D_INF, D_QNAN, NV
	D2	fadd.d, rne, D_INF, D_NINF, D_QNAN, NV
	D2	fadd.d, rne, D_INF, D_INF, D_INF, 0
	D2	fadd.d, rne, 0x7ff8000000000123, D_ONE, D_QNAN, 0 /* canonical */
	D2	fadd.d, rne, 0xfff8000000000000, D_ONE, D_QNAN, 0
	D2	fadd.d, rne, D_SNAN, D_ONE, D_QNAN, NV
	D2	fadd.d, rne, D_ONE, 0xfff0000000000001, D_QNAN, NV
	D2	fmul.d, rne, D_INF, 0, D_QNAN, NV
	D2	fmul.d, rne, D_NINF, D_ONE, D_NINF, 0
	D2	fmul.d, rne, D_MINN, 0x3fe0000000000000, 0x0008000000000000, 0 /* exact: no UF */
	D2	fmul.d, rne, D_SUB1, 0x3fe0000000000000, 0, UF | NX
	D2	fmul.d, rup, D_SUB1, 0x3fe0000000000000, D_SUB1, UF | NX
	D2	fmul.d, rmm, D_SUB1, 0x3fe0000000000000, D_SUB1, UF | NX
	/* tininess is detected after rounding to 53 bits: the first is none, the second is */
	D2	fmul.d, rne, 0x000fffffffffffff, 0x3ff0000000000001, D_MINN, NX
	D2	fmul.d, rne, 0x001fffffffffffff, 0x3fe0000000000000, D_MINN, UF | NX
	D2	fmul.d, rne, D_MAX, 0xc000000000000000, D_NINF, OF | NX
	D2	fdiv.d, rne, D_ONE, 0, D_INF, DZ
	D2	fdiv.d, rne, D_ONE, D_NZERO, D_NINF, DZ
	D2	fdiv.d, rne, 0, 0, D_QNAN, NV
	D2	fdiv.d, rne, D_INF, D_INF, D_QNAN, NV
	D2	fdiv.d, rne, D_INF, 0, D_INF, 0
	D2	fdiv.d, rne, D_ONE, D_INF, 0, 0
	D2	fdiv.d, rne, D_ONE, 0x4008000000000000, 0x3fd5555555555555, NX
	D2	fdiv.d, rup, D_ONE, 0x4008000000000000, 0x3fd5555555555556, NX
	D2	fdiv.d, rne, D_SNAN, 0, D_QNAN, NV
	D2	fdiv.d, rne, D_QNAN, 0, D_QNAN, 0
	D1	fsqrt.d, rne, 0x4010000000000000, 0x4000000000000000, 0
	D1	fsqrt.d, rne, 0x4000000000000000, 0x3ff6a09e667f3bcd, NX
	D1	fsqrt.d, rdn, 0x4000000000000000, 0x3ff6a09e667f3bcc, NX
	D1	fsqrt.d, rne, D_NZERO, D_NZERO, 0
	D1	fsqrt.d, rne, 0xbff0000000000000, D_QNAN, NV
	D1	fsqrt.d, rne, D_NINF, D_QNAN, NV
	D1	fsqrt.d, rne, D_INF, D_INF, 0
	D1	fsqrt.d, rne, D_SNAN, D_QNAN, NV
	D1	fsqrt.d, rne, D_SUB1, 0x1e60000000000000, 0

	S2	fadd.s, rne, 0x3f800000, 0x33800000, 0x3f800000, NX
	S2	fadd.s, rmm, 0x3f800000, 0x33800000, 0x3f800001, NX
	S2	fadd.s, rup, 0x3f800000, 0x33800000, 0x3f800001, NX
	S2	fadd.s, rne, 0x7f7fffff, 0x7f7fffff, 0x7f800000, OF | NX
	S2	fadd.s, rtz, 0x7f7fffff, 0x7f7fffff, 0x7f7fffff, OF | NX
	S2	fsub.s, rne, 0x7f800000, 0x7f800000, 0x7fc00000, NV
	S2	fsub.s, rne, 0x7f800001, 0x3f800000, 0x7fc00000, NV
	S2	fmul.s, rne, 0xffc12345, 0x3f800000, 0x7fc00000, 0
	S2	fmul.s, rne, 0x00000001, 0x3f000000, 0, UF | NX
	S2	fmul.s, rne, 0x00ffffff, 0x3f000000, 0x00800000, UF | NX
	S2	fdiv.s, rne, 0x3f800000, 0x40400000, 0x3eaaaaab, NX
	S2	fdiv.s, rtz, 0x3f800000, 0x40400000, 0x3eaaaaaa, NX
	S2	fdiv.s, rne, 0xbf800000, 0, 0xff800000, DZ
	PASS
