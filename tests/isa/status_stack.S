/* Traps push privilege and interrupt enable, mret and sret pop them */
#include "tests/isa/isa.h"

#define ENABLES (MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_SIE | MSTATUS_SPIE)

	.macro MSTATUS_IS mask, want
	csrr	a0, mstatus
	li	a1, \mask
	and	a0, a0, a1
	IS	a0, \want
	.endm

	.globl	main
main:
	/* a trap from M: MPP = M, MPIE = old MIE, MIE = 0 */
	csrsi	mstatus, MSTATUS_MIE
	TRAPS	ECALL_M, zero, ecall
	MSTATUS_IS MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP, MSTATUS_MPIE | MSTATUS_MPP
	TRAPS	ECALL_M, zero, ecall
	MSTATUS_IS MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP, MSTATUS_MPP

	/* mret: MIE = MPIE, MPIE = 1, MPP = U */
	la	a0, 1f
	csrw	mepc, a0
	mret
	FAIL
1:	MSTATUS_IS MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP, MSTATUS_MPIE
	li	a0, MSTATUS_MPP
	csrs	mstatus, a0
	la	a0, 1f
	csrw	mepc, a0
	mret
1:	MSTATUS_IS MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP, MSTATUS_MIE | MSTATUS_MPIE
	csrci	mstatus, MSTATUS_MIE

	/* sret in M: as in S, to SPP, and SPP = U, SPIE = 1 */
	li	a0, MSTATUS_SPP | MSTATUS_SIE
	csrs	mstatus, a0
	li	a0, MSTATUS_SPIE
	csrc	mstatus, a0
	la	a0, 1f
	csrw	sepc, a0
	sret
	FAIL
1:	csrr	a0, sstatus /* so this is S */
	li	a1, MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE
	and	a0, a0, a1
	IS	a0, MSTATUS_SPIE
	ILLEGAL_INSN csrr a0, mstatus
	MSTATUS_IS MSTATUS_MPP, PRIV_S << 11

	/* sret from S to U */
	ENTER_S
	la	a0, 1f
	csrw	sepc, a0
	sret
	FAIL
1:	ILLEGAL_INSN csrr a0, sstatus
	MSTATUS_IS MSTATUS_MPP, 0

	/* a trap into M leaves S's stack alone */
	li	a0, MSTATUS_SPP
	csrs	mstatus, a0
	ENTER_U
	ENTER_M
	MSTATUS_IS MSTATUS_SPP, MSTATUS_SPP

	PASS
