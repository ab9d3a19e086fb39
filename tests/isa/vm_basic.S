/* Under Sv39 loads, stores and fetches go where the PTEs say, or page-fault with their address */
#include "tests/isa/isa.h"

	/* the same from U- or S-mode; \mode is ENTER_U or ENTER_S */
	.macro FAULT mode, cause, va, insn:vararg
	li	a0, \va
	\mode
	TRAPS	\cause, a0, \insn
	.endm

	/* a jump to \va faults there with \cause */
	.macro FETCH_FAULT mode, cause, va
	CASE
	li	a0, \va
	\mode
	la	s11, 98f
	jr	a0
98:	IS	s7, \cause
	IS_REG	s8, a0
	IS_REG	s9, a0
	.endm

	.globl	main
main:
	VM_ON
	MAP	0, page_a, PTE_RWXAD
	MAP	1, page_b, PTE_RWXAD | PTE_U
	MAP	2, page_a, PTE_V | PTE_R | PTE_A | PTE_D
	MAP	3, page_a, PTE_V | PTE_X | PTE_A | PTE_D
	MAP	4, page_a, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D | PTE_U

	/* page 2 is the page of page 0, and of RAM */
	ENTER_S
	li	a0, VM
	li	a1, 0x1234
	sd	a1, 8(a0)
	li	a2, VM + 2 * 4096
	ld	a3, 8(a2)
	IS	a3, 0x1234
	la	a2, page_a
	ld	a3, 8(a2)
	IS	a3, 0x1234
	ENTER_M
	ENTER_U
	li	a2, VM + 4 * 4096
	ld	a3, 8(a2)
	IS	a3, 0x1234
	ENTER_M

	FAULT	ENTER_S, LOAD_PAGE, VM + 5 * 4096 + 16, ld a1, (a0)
	FAULT	ENTER_S, STORE_PAGE, VM + 5 * 4096 + 16, sd a1, (a0)
	FAULT	ENTER_S, STORE_PAGE, VM + 2 * 4096 + 24, sb a1, (a0)
	FAULT	ENTER_S, LOAD_PAGE, VM + 3 * 4096 + 7, lb a1, (a0)
	FAULT	ENTER_S, STORE_PAGE, VM + 3 * 4096, fsd fa0, (a0)
	FAULT	ENTER_S, LOAD_PAGE, VM + 3 * 4096, flw fa0, (a0)
	FAULT	ENTER_S, LOAD_PAGE, VM + 1 * 4096, ld a1, (a0)
	FAULT	ENTER_S, STORE_PAGE, VM + 1 * 4096, sd a1, (a0)
	FAULT	ENTER_U, LOAD_PAGE, VM, ld a1, (a0)
	FAULT	ENTER_U, STORE_PAGE, VM, sd a1, (a0)
	FAULT	ENTER_U, LOAD_PAGE, VM + 2 * 4096, lw a1, (a0)
	FAULT	ENTER_U, LOAD_PAGE, 0x80000000, lw a1, (a0)
	/* atomics: LR is a load, SC and AMO are stores, also of pages that cannot be read */
	FAULT	ENTER_S, LOAD_PAGE, VM + 5 * 4096, lr.d a1, (a0)
	FAULT	ENTER_S, STORE_PAGE, VM + 5 * 4096, amoadd.d a1, a1, (a0)
	FAULT	ENTER_S, STORE_PAGE, VM + 2 * 4096, amoadd.d a1, a1, (a0)
	FAULT	ENTER_S, STORE_PAGE, VM + 2 * 4096, amomin.w a1, a1, (a0)
	FAULT	ENTER_S, STORE_PAGE, VM + 3 * 4096, amoswap.d a1, a1, (a0)

	/* non-canonical addresses */
	FAULT	ENTER_S, LOAD_PAGE, 0x0000004000000000, ld a1, (a0)
	FAULT	ENTER_S, STORE_PAGE, 0xffffffbffffffff8, sd a1, (a0)
	FAULT	ENTER_S, LOAD_PAGE, 0x8000000040000000, ld a1, (a0)
	FAULT	ENTER_S, LOAD_PAGE, 0x0100000080000000, ld a1, (a0)
	FETCH_FAULT ENTER_S, FETCH_PAGE, 0x0000004000000000
	FETCH_FAULT ENTER_S, FETCH_PAGE, 0x0000008080000000

	/* fetches */
	FETCH_FAULT ENTER_S, FETCH_PAGE, VM + 5 * 4096 + 2
	FETCH_FAULT ENTER_S, FETCH_PAGE, VM + 2 * 4096
	FETCH_FAULT ENTER_S, FETCH_PAGE, VM + 1 * 4096
	FETCH_FAULT ENTER_U, FETCH_PAGE, VM + 3 * 4096
	FETCH_FAULT ENTER_U, FETCH_PAGE, VM + 4 * 4096
	/* code in an execute-only page runs */
	la	a0, page_a
	li	a1, 0x00008067 /* ret */
	sw	a1, (a0)
	fence.i
	ENTER_S
	CASE
	li	a0, VM + 3 * 4096
	jalr	ra, (a0)
	ENTER_M
	/* M-mode is not translated */
	la	a0, page_a
	lw	a1, (a0)
	IS	a1, 0x00008067
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
page_b:	.skip	4096
