/* TVM traps satp and sfence.vma, TW wfi, TSR sret: in S only */
#include "tests/isa/isa.h"

	.globl	main
main:
	li	a0, MSTATUS_TVM
	csrs	mstatus, a0
	csrr	a1, satp
	sfence.vma
	ENTER_S
	ILLEGAL_INSN csrr a0, satp
	ENTER_S
	ILLEGAL_INSN csrw satp, zero
	ENTER_S
	ILLEGAL_INSN sfence.vma
	ENTER_S
	ILLEGAL_INSN sfence.vma a0, a1
	li	a0, MSTATUS_TVM
	csrc	mstatus, a0
	ENTER_S
	csrr	a0, satp
	sfence.vma a0, a1
	ENTER_M

	li	a0, MSTATUS_TSR
	csrs	mstatus, a0
	la	a0, 1f
	csrw	sepc, a0
	csrr	a1, mstatus
	li	a0, MSTATUS_SPP
	csrs	mstatus, a0
	ENTER_S
	ILLEGAL_INSN sret
	sret /* in M it is legal */
	FAIL
1:	ENTER_M
	li	a0, MSTATUS_TSR
	csrc	mstatus, a0
	la	a0, 1f
	csrw	sepc, a0
	li	a0, MSTATUS_SPP
	csrs	mstatus, a0
	ENTER_S
	sret
	FAIL
1:	ENTER_M

	/* wfi: something is pending, so that none waits */
	csrwi	mie, 2
	csrsi	mip, 2
	csrci	mstatus, MSTATUS_MIE
	wfi
	li	a0, MSTATUS_TW
	csrs	mstatus, a0
	wfi
	csrw	mip, zero
	csrwi	mideleg, 2 /* in S: a pending interrupt that is not taken */
	li	a0, MSTATUS_SIE
	csrc	mstatus, a0
	ENTER_S
	ILLEGAL_INSN wfi
	li	a0, MSTATUS_TW
	csrc	mstatus, a0
	csrsi	mip, 2
	ENTER_S
	wfi
	ENTER_M
	PASS
