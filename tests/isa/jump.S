/* Branches compare as named; jal and jalr link, and jalr drops bit 0 of the sum */
#include "tests/isa/isa.h"

	.macro BRANCH op, a, b, taken
	CASE
	li	a0, \a
	li	a1, \b
	\op	a0, a1, 1f
	.if	\taken
	FAIL
	.else
	j	2f
	.endif
1:
	.if	!\taken
	FAIL
	.endif
2:
	.endm

	.globl	main
main:
	BRANCH	beq, 5, 5, 1
	BRANCH	beq, 5, 0x100000005, 0
	BRANCH	bne, 5, 5, 0
	BRANCH	bne, 5, 0x100000005, 1
	BRANCH	blt, -1, 0, 1
	BRANCH	blt, 0, -1, 0
	BRANCH	blt, 3, 3, 0
	BRANCH	bge, -1, 0, 0
	BRANCH	bge, 3, 3, 1
	BRANCH	bge, 0x7fffffffffffffff, 0x8000000000000000, 1
	BRANCH	bltu, -1, 0, 0
	BRANCH	bltu, 0, -1, 1
	BRANCH	bltu, 3, 3, 0
	BRANCH	bgeu, -1, 0, 1
	BRANCH	bgeu, 3, 3, 1
	BRANCH	bgeu, 0, 0x8000000000000000, 0

	/* backward */
	CASE
	li	a0, 3
	li	a1, 0
1:	addi	a1, a1, 1
	bne	a0, a1, 1b
	IS	a1, 3

	jal	ra, 1f
0:	FAIL
1:	la	a0, 0b
	IS_REG	a0, ra
	jal	zero, 1f
	FAIL
1:	CASE
	la	a0, 1f
	jalr	a1, 0(a0)
0:	FAIL
1:	la	a2, 0b
	IS_REG	a1, a2
	la	a0, 1f
	jalr	a0, 0(a0) /* rd = rs1: the old value is the target */
0:	FAIL
1:	la	a2, 0b
	IS_REG	a0, a2
	la	a0, 1f
	jalr	ra, 1(a0) /* bit 0 is dropped */
	FAIL
1:	CASE
	la	a0, 1f + 16
	jalr	ra, -15(a0)
	FAIL
1:	CASE
	la	a0, 1f
	addi	a0, a0, -2047
	jalr	ra, 2047(a0)
	FAIL
1:	CASE
	PASS
