/* Of several interrupts MEI comes first, then MSI, MTI, SEI, SSI, STI */
/* QEMU without AIA takes the lowest number */
#include "tests/isa/isa.h"

	/* In M with MIE set: the pending, enabled interrupt \cause is taken, before the nop after. */
	.macro TAKEN cause
	CASE
	la	s11, 99f
	csrsi	mstatus, MSTATUS_MIE
98:	nop
	nop
	j	test_failed
99:	IS	s7, 1 << 63 | \cause
	la	t5, 98b
	IS_REG	s8, t5
	.endm

	.globl	main
main:
	li	a0, 0x222
	csrs	mip, a0
	li	a5, CLINT_MSIP
	li	a1, 1
	sw	a1, (a5)
	li	a0, 0xaaa
	csrw	mie, a0
	/* order in M: MEI, MSI, MTI, SEI, SSI, STI */
	TAKEN	3
	sw	zero, (a5)
	TAKEN	9
	li	a0, 1 << 9
	csrc	mip, a0
	TAKEN	1
	csrci	mip, 2
	TAKEN	5
	li	a0, 1 << 5
	csrc	mip, a0
	li	a5, CLINT_MTIMECMP
	sd	zero, (a5) /* MTIP: the time is past */
	li	a0, 0x222
	csrs	mip, a0
	TAKEN	7
	li	a0, -1
	sd	a0, (a5)
	TAKEN	9
	csrr	a0, mip
	andi	a0, a0, 0x80
	IS	a0, 0

	/* in S: SEI, SSI, STI */
	li	a0, 0x222
	csrw	mideleg, a0
	la	a0, s_handler
	csrw	stvec, a0
	li	a0, 0x222
	csrs	mip, a0
	.irp	cause, 9, 1, 5
	li	a0, MSTATUS_SIE
	csrc	mstatus, a0
	ENTER_S
	CASE
	la	a5, 99f
	csrsi	sstatus, MSTATUS_SIE
	nop
	j	test_failed
99:	IS	a0, 1 << 63 | \cause
	ENTER_M
	li	a0, 1 << \cause
	csrc	mip, a0
	.endr
	PASS

	.balign	4
s_handler:
	csrr	a0, scause
	jr	a5
