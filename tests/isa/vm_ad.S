/* A and D are set by hardware when an access succeeds, D by stores alone, by none that faults */
#include "tests/isa/isa.h"

	.macro AD page, want
	PTE_FLAGS a3, \page
	andi	a3, a3, PTE_A | PTE_D
	IS	a3, \want
	.endm

	.globl	main
main:
	VM_ON
	MAP	0, page_a, PTE_V | PTE_R | PTE_W
	MAP	1, page_a, PTE_V | PTE_R | PTE_W | PTE_X
	MAP	2, page_a, PTE_V | PTE_R | PTE_X
	MAP	3, page_a, PTE_V | PTE_R | PTE_W | PTE_U
	MAP	4, page_a, PTE_V | PTE_R | PTE_W
	MAP	5, page_a, PTE_V | PTE_R | PTE_W
	MAP	6, page_a, PTE_V | PTE_R | PTE_W
	MAP	7, page_a, PTE_V | PTE_R | PTE_W
	la	a0, page_a
	li	a1, 0x8082 /* ret */
	sh	a1, (a0)
	fence.i

	/* a load sets A; a store to the same page, without a fence, D */
	li	a0, VM
	ENTER_S
	ld	a1, (a0)
	ENTER_M
	AD	0, PTE_A
	ENTER_S
	sd	a1, (a0)
	ENTER_M
	AD	0, PTE_A | PTE_D

	/* a fetch sets A */
	li	a0, VM + 4096
	ENTER_S
	jalr	ra, (a0)
	ENTER_M
	AD	1, PTE_A

	/* accesses that fault set neither */
	li	a0, VM + 2 * 4096
	ENTER_S
	TRAPS	STORE_PAGE, a0, sd a1, (a0)
	AD	2, 0
	li	a0, VM + 3 * 4096
	ENTER_S
	TRAPS	LOAD_PAGE, a0, ld a1, (a0)
	AD	3, 0

	/* an AMO is a store; SC too */
	li	a0, VM + 4 * 4096
	li	a1, 0
	ENTER_S
	amoadd.d a2, a1, (a0)
	ENTER_M
	AD	4, PTE_A | PTE_D
	li	a0, VM + 5 * 4096
	ENTER_S
	lr.d	a1, (a0)
	ENTER_M
	AD	5, PTE_A
	ENTER_S
1:	lr.d	a1, (a0)
	sc.d	a2, a1, (a0)
	bnez	a2, 1b
	ENTER_M
	AD	5, PTE_A | PTE_D

	/* over two pages, both */
	li	a0, VM + 7 * 4096 - 4
	ENTER_S
	sd	a1, (a0)
	ENTER_M
	AD	6, PTE_A | PTE_D
	AD	7, PTE_A | PTE_D
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
