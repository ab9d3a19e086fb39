/* A vectored xtvec sends interrupts to base + 4 * cause, exceptions to base */
#include "tests/isa/isa.h"

	.globl	main
main:
	la	a0, table + 1
	csrw	mtvec, a0
	csrr	a1, mtvec
	IS_REG	a1, a0
	li	a5, 0
	ecall
	IS	a5, 100
	csrsi	mip, 2
	csrwi	mie, 2
	csrsi	mstatus, MSTATUS_MIE
	nop
	IS	a5, 101
	li	a0, 1 << 9
	csrs	mip, a0
	csrs	mie, a0
	csrsi	mstatus, MSTATUS_MIE
	nop
	IS	a5, 109
	/* S's likewise */
	li	a0, 0x222
	csrc	mip, a0
	csrw	mie, zero
	la	a0, trap_to_m
	csrw	mtvec, a0
	la	a0, s_table + 1
	csrw	stvec, a0
	csrwi	mideleg, 2
	li	a0, 1 << BREAKPOINT
	csrw	medeleg, a0
	csrsi	mip, 2
	csrwi	mie, 2
	li	a0, MSTATUS_SIE
	csrs	mstatus, a0
	la	a4, 1f
	ENTER_S
	nop
1:	IS	a5, 201
	la	a4, 1f
	ebreak
1:	IS	a5, 200
	ENTER_M
	PASS

	/* Each entry clears all enables and returns to after the next instruction. */
	.balign	256
table:	j	mexc
	j	mssi
	.rept	7
	j	test_failed
	.endr
	j	msei
	.rept	8
	j	test_failed
	.endr
mexc:	li	a5, 100
	csrr	t0, mepc
	addi	t0, t0, 4
	csrw	mepc, t0
	mret
mssi:	li	a5, 101
	j	1f
msei:	li	a5, 109
1:	li	t0, 0x222
	csrc	mip, t0
	csrw	mie, zero
	mret

	.balign	256
s_table:
	j	sexc
	j	sssi
	.rept	8
	j	test_failed
	.endr
sexc:	li	a5, 200
	jr	a4
sssi:	li	a5, 201
	csrci	sip, 2
	jr	a4
