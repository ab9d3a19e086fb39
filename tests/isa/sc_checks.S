/* An SC that fails for want of a reservation still faults where a store would, and clears it */
/* QEMU looks at the reservation first, and knows it by virtual address */
#include "tests/isa/isa.h"

	.globl	main
main:
	VM_ON
	MAP	0, page_a, PTE_V | PTE_R | PTE_A | PTE_D
	MAP	1, page_a, PTE_RWXAD
	MAP	3, page_a, PTE_RWXAD
	li	a0, VM
	li	a4, VM + 2 * 4096
	ENTER_S
	TRAPS	STORE_PAGE, a0, sc.d a1, a2, (a0)
	ENTER_S
	TRAPS	STORE_PAGE, a4, sc.w a1, a2, (a4)
	/* LR of a readable page is no fault, the SC that follows is */
	li	a1, 44
	ENTER_S
	lr.d	a3, (a0)
	TRAPS	STORE_PAGE, a0, sc.d a1, a2, (a0)
	IS	a1, 44
	/* the reservation is one of physical memory: two addresses of one page */
	li	a0, VM + 4096
	li	a4, VM + 3 * 4096
	li	a2, 5
	ENTER_S
	lr.d	a1, (a0)
	sc.d	a1, a2, (a4)
	IS	a1, 0
	ld	a1, (a0)
	IS	a1, 5
	/* one that fails over D = 0 in between has no reservation left */
	sc.d	a1, a2, (a0)
	IS	a1, 1
	ENTER_M
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
