/* mret and sret clear MPRV when they leave M; a trap does not */
/* QEMU 7 does not clear it */
#include "tests/isa/isa.h"

	.macro MPRV_IS want
	csrr	a3, mstatus
	srli	a3, a3, 17
	andi	a3, a3, 1
	IS	a3, \want
	.endm

	.globl	main
main:
	li	s0, MSTATUS_MPRV
	csrs	mstatus, s0
	ENTER_S
	ENTER_M
	MPRV_IS	0
	csrs	mstatus, s0
	ENTER_U
	ENTER_M
	MPRV_IS	0
	/* sret from M likewise */
	li	a1, MSTATUS_SPP
	csrs	mstatus, a1
	csrs	mstatus, s0
	la	a1, 1f
	csrw	sepc, a1
	sret
	FAIL
1:	ENTER_M
	MPRV_IS	0
	/* from M to M, and a trap from M to M, leave it */
	li	a1, MSTATUS_MPP | MSTATUS_MPRV
	csrs	mstatus, a1
	la	a1, 1f
	csrw	mepc, a1
	mret
	FAIL
1:	MPRV_IS	1
	TRAPS	ECALL_M, zero, ecall
	MPRV_IS	1
	PASS
