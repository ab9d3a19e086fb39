/* Interrupts are taken by privilege, enable and delegation */
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
	csrw	mie, zero
	li	a5, CLINT_MTIMECMP
	li	a0, -1
	sd	a0, (a5)
	/* SSIP, STIP and SEIP are set by M itself; MSIP by the CLINT */
	li	a0, 0x222
	csrs	mip, a0
	li	a5, CLINT_MSIP
	li	a1, 1
	sw	a1, (a5)
	csrr	a1, mip
	andi	a1, a1, 0x22a
	IS	a1, 0x22a

	/* not enabled, or enabled with MIE = 0: not taken */
	csrsi	mstatus, MSTATUS_MIE
	nop
	csrci	mstatus, MSTATUS_MIE
	li	a0, 0xaaa
	csrw	mie, a0
	nop

	/* enabled: taken */
	sw	zero, (a5)
	li	a0, 0x220
	csrc	mip, a0
	TAKEN	1
	li	a0, 0x222
	csrs	mip, a0

	/* the trap clears MIE and keeps it in MPIE; mepc is where it was */
	srli	a0, s10, 3
	andi	a0, a0, 0x11
	IS	a0, 0x10

	/* delegated: M does not take it even with MIE set */
	li	a0, 0x222
	csrw	mideleg, a0
	csrsi	mstatus, MSTATUS_MIE
	nop
	csrci	mstatus, MSTATUS_MIE
	/* S takes it with SIE set */
	la	a0, s_handler
	csrw	stvec, a0
	li	a0, 0x222
	csrc	mip, a0
	.irp	cause, 1, 5, 9
	li	a0, 1 << \cause
	csrs	mip, a0
	li	a0, MSTATUS_SIE
	csrc	mstatus, a0
	ENTER_S
	nop
	CASE
	la	a5, 99f
	csrsi	sstatus, MSTATUS_SIE
98:	nop
	j	test_failed
99:	IS	a0, 1 << 63 | \cause
	la	t5, 98b
	IS_REG	a1, t5
	ENTER_M
	li	a0, 1 << \cause
	csrc	mip, a0
	.endr
	/* from U at once, whatever SIE says */
	li	a0, MSTATUS_SIE
	csrc	mstatus, a0
	csrsi	mip, 2
	CASE
	la	a5, 99f
	ENTER_U
98:	nop
	j	test_failed
99:	IS	a0, 1 << 63 | 1
	andi	a3, a2, MSTATUS_SPP
	IS	a3, 0
	ENTER_M
	csrci	mip, 2

	/* one that M keeps interrupts S and U whatever MIE says, and before delegated ones */
	csrwi	mideleg, 2
	csrsi	mip, 2
	li	a0, 1 << 5
	csrs	mip, a0
	csrci	mstatus, MSTATUS_MIE
	li	a0, MSTATUS_SIE | MSTATUS_MPIE
	csrs	mstatus, a0
	li	a0, MSTATUS_MPIE
	csrc	mstatus, a0
	CASE
	la	s11, 99f
	ENTER_S
98:	nop
	j	test_failed
99:	IS	s7, 1 << 63 | 5
	csrci	mip, 2
	CASE
	la	s11, 99f
	ENTER_U
98:	nop
	j	test_failed
99:	IS	s7, 1 << 63 | 5
	li	a0, 1 << 5
	csrc	mip, a0

	/* S enables its own in sie only */
	csrw	mie, zero
	csrsi	mip, 2
	li	a0, MSTATUS_SIE
	csrs	mstatus, a0
	ENTER_S
	nop
	CASE
	la	a5, 99f
	csrsi	sie, 2
98:	nop
	j	test_failed
99:	IS	a0, 1 << 63 | 1
	csrci	sip, 2 /* and takes SSIP back */
	csrr	a0, sip
	andi	a0, a0, 2
	IS	a0, 0
	ENTER_M
	PASS

	.balign	4
s_handler:
	csrr	a0, scause
	csrr	a1, sepc
	csrr	a2, sstatus
	jr	a5
