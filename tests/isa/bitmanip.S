/* Zba, Zbb, Zbs and Zbc compute what the manual says, at the edges too */
#include "tests/isa/isa.h"

	.option	arch, +zba, +zbb, +zbc, +zbs

	.macro RR op, a, b, want
	li	a0, \a
	li	a1, \b
	\op	a2, a0, a1
	IS	a2, \want
	\op	a1, a0, a1
	IS	a1, \want
	.endm

	.macro RI op, a, imm, want
	li	a0, \a
	\op	a0, a0, \imm
	IS	a0, \want
	.endm

	.macro R1 op, a, want
	li	a0, \a
	\op	a0, a0
	IS	a0, \want
	.endm

	.globl	main
main:
	RR	add.uw, -1, 1, 0x100000000
	RR	sh1add, 0x8000000000000001, 1, 3
	RR	sh2add, -1, 4, 0
	RR	sh3add, 3, -24, 0
	RR	sh1add.uw, -1, 1, 0x1ffffffff
	RR	sh2add.uw, 0xfffffffff0000001, 0, 0x3c0000004
	RR	sh3add.uw, -1, 8, 0x800000000
	RI	slli.uw, -1, 1, 0x1fffffffe
	RI	slli.uw, -1, 63, 0x8000000000000000

	RR	andn, -1, 0xf0, 0xffffffffffffff0f
	RR	orn, 0, 0xf0, 0xffffffffffffff0f
	RR	xnor, 0xff, 0x0f, 0xffffffffffffff0f
	R1	clz, 0, 64
	R1	clz, 1, 63
	R1	clz, -1, 0
	R1	ctz, 0, 64
	R1	ctz, 0x8000000000000000, 63
	R1	cpop, -1, 64
	R1	cpop, 0, 0
	R1	clzw, 0xffffffff00000000, 32
	R1	clzw, 0x00000001, 31
	R1	ctzw, 0xffffffff00000000, 32
	R1	ctzw, 0x80000000, 31
	R1	cpopw, 0xffffffff0000ffff, 16
	RR	max, -1, 1, 1
	RR	maxu, -1, 1, -1
	RR	min, -1, 1, -1
	RR	minu, -1, 1, 1
	R1	sext.b, 0x180, 0xffffffffffffff80
	R1	sext.h, 0x18000, 0xffffffffffff8000
	R1	zext.h, -1, 0xffff
	RR	rol, 0x8000000000000001, 1, 3
	RR	rol, 5, 64, 5
	RR	rolw, 0x80000001, 1, 3
	RR	rolw, 0x40000000, 33, 0xffffffff80000000
	RR	ror, 3, 1, 0x8000000000000001
	RR	ror, 3, -64, 3
	RR	rorw, 1, 1, 0xffffffff80000000
	RI	rori, 1, 63, 2
	RI	roriw, 0xffffffff00000001, 1, 0xffffffff80000000
	RI	roriw, 0xff00000000000001, 0, 1
	R1	orc.b, 0x0001800000ff1000, 0x00ffff0000ffff00
	R1	orc.b, 0, 0
	R1	rev8, 0x0102030405060708, 0x0807060504030201

	RR	clmul, -1, -1, 0x5555555555555555
	RR	clmulh, -1, -1, 0x5555555555555555
	RR	clmulr, -1, -1, 0xaaaaaaaaaaaaaaaa
	RR	clmul, 7, 5, 27
	RR	clmulh, 0x8000000000000000, 2, 1
	RR	clmulr, 0x8000000000000000, 1, 1
	RR	clmul, 5, 0, 0

	RR	bclr, -1, 63, 0x7fffffffffffffff
	RR	bclr, -1, 64, -2
	RR	bext, 0x8000000000000000, 63, 1
	RR	bext, 0x8000000000000000, 127, 1
	RR	binv, 0, 65, 2
	RR	bset, 0, -1, 0x8000000000000000
	RI	bclri, -1, 63, 0x7fffffffffffffff
	RI	bexti, 0x8000000000000000, 63, 1
	RI	binvi, 1, 0, 0
	RI	bseti, 0, 63, 0x8000000000000000
	PASS
