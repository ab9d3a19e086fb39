/* instret counts each instruction that retires, and no ecall, ebreak or faulting one */
/* QEMU counts otherwise without -icount */
#include "tests/isa/isa.h"

	.globl	main
main:
	csrr	a0, minstret
	nop
	nop
	csrr	a1, minstret
	sub	a1, a1, a0
	IS	a1, 3
	csrr	a0, instret
	j	1f
	nop
1:	beqz	a0, 1f
	csrr	a1, instret
	sub	a1, a1, a0
	IS	a1, 3
1:
	/* a trap: from here to the handler's read, the trapping instruction does not count */
	.macro COUNT insn:vararg
	la	t0, 1f
	csrw	mtvec, t0
	csrr	a0, minstret
	\insn
	.balign	4
1:	csrr	a1, minstret
	sub	a1, a1, a0
	IS	a1, 1
	.endm
	COUNT	ecall
	COUNT	ebreak
	COUNT	.word 0xffffffff
	COUNT	ld a2, (zero)
	la	t0, trap_to_m
	csrw	mtvec, t0

	/* a written counter counts on from there, and the write itself does not count */
	csrw	minstret, zero
	csrr	a1, minstret
	IS	a1, 0
	li	a0, 1000
	csrw	minstret, a0
	nop
	csrr	a1, minstret
	IS	a1, 1001
	/* mret retires */
	la	a0, 1f
	csrw	mepc, a0
	li	a0, MSTATUS_MPP
	csrs	mstatus, a0
	csrr	a0, minstret
	mret
	nop
1:	csrr	a1, minstret
	sub	a1, a1, a0
	IS	a1, 2
	PASS
