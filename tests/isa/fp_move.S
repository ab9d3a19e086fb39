/* Moves keep bits, narrow values are NaN-boxed, and an unboxed one reads as the canonical NaN */
#include "tests/isa/isa.h"

	.macro SGN op, a, b, want
	li	a0, \a
	li	a1, \b
	fmv.d.x	fa0, a0
	fmv.d.x	fa1, a1
	csrw	fflags, zero
	\op	fa2, fa0, fa1
	fmv.x.d	a3, fa2
	IS	a3, \want
	csrr	a3, fflags
	IS	a3, 0
	.endm

	.macro CLASS op, a, want
	li	a0, \a
	fmv.d.x	fa0, a0
	csrw	fflags, zero
	\op	a1, fa0
	IS	a1, 1 << \want
	csrr	a3, fflags
	IS	a3, 0
	.endm

#define S(x) (0xffffffff00000000 | (x))

	.globl	main
main:
	li	a0, 0x1234567887654321
	fmv.d.x	fa0, a0
	fmv.x.d	a1, fa0
	IS	a1, 0x1234567887654321
	fmv.x.w	a1, fa0 /* the low bits as they are, sign-extended, boxed or not */
	IS	a1, 0xffffffff87654321
	fmv.w.x	fa1, a0
	fmv.x.d	a1, fa1
	IS	a1, 0xffffffff87654321
	la	a2, area
	fsw	fa0, 4(a2) /* likewise */
	lwu	a1, 4(a2)
	IS	a1, 0x87654321
	lwu	a1, 8(a2)
	IS	a1, 0x22222222
	flw	fa3, 4(a2)
	fmv.x.d	a1, fa3
	IS	a1, 0xffffffff87654321
	fld	fa3, 8(a2)
	fsd	fa3, (a2)
	ld	a1, (a2)
	IS	a1, 0x3333333322222222
	/* misaligned */
	fld	fa3, 1(a2)
	fmv.x.d	a1, fa3
	IS	a1, 0x2233333333222222
	fsw	fa0, 3(a2)
	lwu	a1, 3(a2)
	IS	a1, 0x87654321

	SGN	fsgnj.d, 0x3ff0000000000000, 0x8000000000000000, 0xbff0000000000000
	SGN	fsgnjn.d, 0x3ff0000000000000, 0x8000000000000000, 0x3ff0000000000000
	SGN	fsgnjx.d, 0xbff0000000000000, 0x8000000000000000, 0x3ff0000000000000
	SGN	fsgnj.d, 0x7ff0000000000001, 0x8000000000000000, 0xfff0000000000001
	SGN	fsgnj.s, S(0x3f800000), S(0x80000000), S(0xbf800000)
	SGN	fsgnjn.s, S(0x7f800001), S(0x00000000), S(0xff800001)
	SGN	fsgnjx.s, S(0xbf800000), S(0x80000000), S(0x3f800000)
	SGN	fsgnj.s, 0x3f800000, S(0x80000000), S(0xffc00000) /* unboxed value */
	SGN	fsgnj.s, S(0x3f800000), 0x80000000, S(0x3f800000) /* unboxed sign */

	CLASS	fclass.d, 0xfff0000000000000, 0
	CLASS	fclass.d, 0xbff0000000000000, 1
	CLASS	fclass.d, 0x8000000000000001, 2
	CLASS	fclass.d, 0x8000000000000000, 3
	CLASS	fclass.d, 0x0000000000000000, 4
	CLASS	fclass.d, 0x000fffffffffffff, 5
	CLASS	fclass.d, 0x0010000000000000, 6
	CLASS	fclass.d, 0x7ff0000000000000, 7
	CLASS	fclass.d, 0x7ff0000000000001, 8
	CLASS	fclass.d, 0xfff8000000000000, 9
	CLASS	fclass.s, S(0xff800000), 0
	CLASS	fclass.s, S(0xbf800000), 1
	CLASS	fclass.s, S(0x80000001), 2
	CLASS	fclass.s, S(0x80000000), 3
	CLASS	fclass.s, S(0x00000000), 4
	CLASS	fclass.s, S(0x007fffff), 5
	CLASS	fclass.s, S(0x00800000), 6
	CLASS	fclass.s, S(0x7f800000), 7
	CLASS	fclass.s, S(0xff800001), 8
	CLASS	fclass.s, S(0x7fc00000), 9
	CLASS	fclass.s, 0xff800000, 9 /* unboxed */
	CLASS	fclass.s, 0xfffffffeff800000, 9
	PASS

	.data
	.balign	16
area:	.word	0x11111111, 0x11111111, 0x22222222, 0x33333333
