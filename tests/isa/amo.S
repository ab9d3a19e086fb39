/* Each AMO returns the old value, sign-extended, and stores the operation's result */
#include "tests/isa/isa.h"

	.macro AMO op, old, operand, stored
	la	a0, word
	li	a1, \old
	sd	a1, (a0)
	li	a2, \operand
	\op	a3, a2, (a0)
	IS	a3, \old
	ld	a3, (a0)
	IS	a3, \stored
	.endm

	/* \insn.w on the low word: the upper one must stay */
	.macro AMOW op, old, operand, stored
	la	a0, word
	li	a1, 0x5a5a5a5a00000000
	sd	a1, (a0)
	li	a1, \old
	sw	a1, (a0)
	li	a2, \operand
	\op	a3, a2, (a0)
	sext.w	a1, a1
	IS_REG	a3, a1
	ld	a3, (a0)
	IS	a3, 0x5a5a5a5a00000000 | (\stored)
	.endm

	.globl	main
main:
	AMO	amoswap.d, 0x8000000000000000, 5, 5
	AMO	amoadd.d, -1, 1, 0
	AMO	amoxor.d, 0xff00, 0x0ff0, 0xf0f0
	AMO	amoand.d, 0xff00, 0x0ff0, 0x0f00
	AMO	amoor.d, 0xff00, 0x0ff0, 0xfff0
	AMO	amomin.d, -1, 1, -1
	AMO	amomin.d, 1, -1, -1
	AMO	amomax.d, -1, 1, 1
	AMO	amomax.d, 1, -1, 1
	AMO	amominu.d, -1, 1, 1
	AMO	amominu.d, 1, -1, 1
	AMO	amomaxu.d, -1, 1, -1
	AMO	amomaxu.d, 1, -1, -1
	AMOW	amoswap.w, 0x80000000, 5, 5
	AMOW	amoadd.w, 0xffffffff, 1, 0
	AMOW	amoadd.w, 0x7fffffff, 1, 0x80000000
	AMOW	amoxor.w, 0x80000000, 0xffffffff, 0x7fffffff
	AMOW	amoand.w, 0xff00, 0x0ff0, 0x0f00
	AMOW	amoor.w, 0xff00, 0x80000ff0, 0x8000fff0
	AMOW	amomin.w, 0xffffffff, 1, 0xffffffff
	AMOW	amomin.w, 1, 0x1ffffffff, 0xffffffff
	AMOW	amomax.w, 0xffffffff, 1, 1
	AMOW	amomax.w, 0x7fffffff, 0x80000000, 0x7fffffff
	AMOW	amominu.w, 0xffffffff, 1, 1
	AMOW	amominu.w, 5, 0x700000004, 4
	AMOW	amomaxu.w, 0xffffffff, 1, 0xffffffff
	AMOW	amomaxu.w, 1, 0x80000000, 0x80000000

	/* rd = rs1, rd = rs2, rd = x0 */
	la	a0, word
	li	a2, 3
	sd	a2, (a0)
	amoadd.d a2, a2, (a0)
	IS	a2, 3
	ld	a2, word
	IS	a2, 6
	amoadd.d zero, a2, (a0)
	ld	a2, word
	IS	a2, 12
	amoswap.d.aqrl a0, a0, (a0)
	IS	a0, 12
	la	a1, word
	ld	a2, word
	IS_REG	a1, a2
	PASS

	.data
	.balign	8
word:	.dword	0
