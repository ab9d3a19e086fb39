/* Zicond chooses or clears; Zcb's instructions do what those they stand for do; wrs only waits */
/* QEMU 7 has none of them */
#include "tests/isa/isa.h"

	/* czero.eqz and czero.nez */
	.macro CZERO eqz, a, b, want
	li	a0, \a
	li	a1, \b
	.word	0x0e005033 | (2 * (1 - \eqz)) << 12 | 12 << 7 | 10 << 15 | 11 << 20
	IS	a2, \want
	.endm

	/* a0 = \a, then 16 bits on a0 (and a1), then a0 = \want */
	.macro ON_A0 bits, a, want
	li	a0, \a
	li	a1, 7
	.balign	4
	.half	\bits
	.half	0x0001
	IS	a0, \want
	.endm

	.globl	main
main:
	CZERO	1, 5, 0, 0
	CZERO	1, 5, 9, 5
	CZERO	1, -1, 0x8000000000000000, -1
	CZERO	0, 5, 0, 5
	CZERO	0, 5, 9, 0

	ON_A0	0x9d61, 0x123456789abcdef0, 0xf0 /* c.zext.b */
	ON_A0	0x9d65, 0x180, 0xffffffffffffff80 /* c.sext.b */
	ON_A0	0x9d69, -1, 0xffff /* c.zext.h */
	ON_A0	0x9d6d, 0x18000, 0xffffffffffff8000 /* c.sext.h */
	ON_A0	0x9d71, -1, 0xffffffff /* c.zext.w */
	ON_A0	0x9d75, 5, -6 /* c.not */
	ON_A0	0x9d4d, 6, 42 /* c.mul a0, a1 */

	/* memory: a0 is the address, a1 the register */
	.macro MEMORY bits, value, offset, want
	la	a0, word
	li	a1, \value
	.balign	4
	.half	\bits
	.half	0x0001
	IS	a1, \want
	.endm
	MEMORY	0x810c, 0, 0, 0x88 /* c.lbu a1, 0(a0) */
	MEMORY	0x814c, 0, 1, 0x99 /* c.lbu a1, 1(a0) */
	MEMORY	0x812c, 0, 2, 0xaa
	MEMORY	0x816c, 0, 3, 0xbb
	MEMORY	0x850c, 0, 0, 0x9988 /* c.lhu */
	MEMORY	0x852c, 0, 2, 0xbbaa
	MEMORY	0x854c, 0, 0, 0xffffffffffff9988 /* c.lh */
	MEMORY	0x856c, 0, 2, 0xffffffffffffbbaa
	MEMORY	0x896c, 0x11, 3, 0x11 /* c.sb a1, 3(a0) */
	lwu	a1, word
	IS	a1, 0x11aa9988
	MEMORY	0x8d0c, 0x2233, 0, 0x2233 /* c.sh a1, 0(a0) */
	lwu	a1, word
	IS	a1, 0x11aa2233

	.word	0x00d00073 /* wrs.nto */
	.word	0x01d00073 /* wrs.sto */
	li	a0, MSTATUS_TW
	csrs	mstatus, a0
	ENTER_S
	.word	0x01d00073
	ENTER_M
	csrc	mstatus, a0
	/* hints change nothing */
	li	a0, 5
	.word	0x0100000f /* pause */
	add	zero, zero, sp /* ntl.p1 */
	add	zero, zero, t0 /* ntl.all */
	.word	0x00056013 /* prefetch.i 0(a0) */
	.word	0x00156013 /* prefetch.r */
	.word	0x00356013 /* prefetch.w: a0 is no address at all */
	IS	a0, 5
	PASS

	.data
	.balign	8
word:	.dword	0x00000000bbaa9988
