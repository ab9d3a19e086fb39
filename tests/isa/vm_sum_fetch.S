/* S may not execute a user page that it has just read under SUM */
/* QEMU lets the translation of the load serve the fetch */
#include "tests/isa/isa.h"

	.globl	main
main:
	VM_ON
	MAP	1, page_a, PTE_RWXAD | PTE_U
	li	t6, MSTATUS_SUM
	csrs	mstatus, t6
	li	a0, VM + 4096
	ENTER_S
	ld	a1, (a0)
	CASE
	la	s11, 1f
	jr	a0
	FAIL
1:	IS	s7, FETCH_PAGE
	IS_REG	s8, a0
	IS_REG	s9, a0
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
