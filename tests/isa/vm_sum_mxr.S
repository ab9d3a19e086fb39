/* SUM opens user data to S but never user code; MXR makes executable pages readable; both at once */
#include "tests/isa/isa.h"

	.macro FAULT mode, cause, va, insn:vararg
	li	a0, \va
	\mode
	TRAPS	\cause, a0, \insn
	.endm

	.macro SET bits
	li	t6, \bits
	csrs	mstatus, t6
	.endm

	.macro CLEAR bits
	li	t6, \bits
	csrc	mstatus, t6
	.endm

	.globl	main
main:
	VM_ON
	MAP	1, page_a, PTE_RWXAD | PTE_U
	MAP	2, page_a, PTE_V | PTE_X | PTE_A | PTE_D
	MAP	3, page_a, PTE_V | PTE_X | PTE_A | PTE_D | PTE_U
	MAP	4, page_a, PTE_V | PTE_R | PTE_A | PTE_D

	FAULT	ENTER_S, LOAD_PAGE, VM + 4096, ld a1, (a0)
	SET	MSTATUS_SUM
	ENTER_S
	li	a0, VM + 4096
	ld	a1, (a0)
	sd	a1, (a0)
	/* cleared by S itself, it counts at once */
	li	a1, MSTATUS_SUM
	csrc	sstatus, a1
	TRAPS	LOAD_PAGE, a0, ld a1, (a0)
	SET	MSTATUS_SUM
	ENTER_S
	ld	a1, (a0)
	sfence.vma
	CASE
	la	s11, 1f
	jr	a0
	FAIL
1:	IS	s7, FETCH_PAGE
	IS_REG	s9, a0
	/* SUM means nothing to U */
	ENTER_U
	ld	a1, (a0)
	ENTER_M
	FAULT	ENTER_U, LOAD_PAGE, VM + 4 * 4096, ld a1, (a0)
	CLEAR	MSTATUS_SUM

	FAULT	ENTER_S, LOAD_PAGE, VM + 2 * 4096, ld a1, (a0)
	SET	MSTATUS_MXR
	ENTER_S
	ld	a1, (a0)
	lr.d	a1, (a0)
	TRAPS	STORE_PAGE, a0, sd a1, (a0)
	ENTER_S
	li	a1, MSTATUS_MXR
	csrc	sstatus, a1
	TRAPS	LOAD_PAGE, a0, ld a1, (a0)
	SET	MSTATUS_MXR
	/* MXR makes nothing executable, and does not stand for SUM */
	li	a0, VM + 4 * 4096
	ENTER_S
	CASE
	la	s11, 1f
	jr	a0
	FAIL
1:	IS	s7, FETCH_PAGE
	FAULT	ENTER_S, LOAD_PAGE, VM + 3 * 4096, ld a1, (a0)
	ENTER_U
	ld	a1, (a0)
	ENTER_M
	SET	MSTATUS_SUM
	ENTER_S
	ld	a1, (a0)
	ENTER_M
	CLEAR	MSTATUS_MXR
	FAULT	ENTER_S, LOAD_PAGE, VM + 3 * 4096, ld a1, (a0)
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
