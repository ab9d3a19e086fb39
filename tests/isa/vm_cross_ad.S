/* An access over two pages is one after the other: A and D of the first are set, though the second faults */
#include "tests/isa/isa.h"

	.globl	main
main:
	VM_ON
	MAP	0, page_a, PTE_V | PTE_R | PTE_W
	MAP	2, page_a, PTE_V | PTE_R | PTE_W
	MAP	3, page_b, PTE_V | PTE_R
	MAP	4, page_a, PTE_V | PTE_R | PTE_W
	MAP	5, page_b, PTE_V | PTE_R | PTE_W
	MAP	6, page_a, PTE_V | PTE_R | PTE_W
	MAP	7, page_b, PTE_V | PTE_R | PTE_W
	/* the second page is absent */
	li	a0, VM + 4096 - 4
	li	a1, VM + 4096
	ENTER_S
	TRAPS	LOAD_PAGE, a1, ld a2, (a0)
	PTE_FLAGS a3, 0
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_A
	ENTER_S
	TRAPS	STORE_PAGE, a1, sd a0, (a0)
	PTE_FLAGS a3, 0
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D
	/* it may not be written: its A stays as it is, too */
	li	a0, VM + 3 * 4096 - 4
	li	a1, VM + 3 * 4096
	ENTER_S
	TRAPS	STORE_PAGE, a1, sd a0, (a0)
	PTE_FLAGS a3, 2
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D
	PTE_FLAGS a3, 3
	IS	a3, PTE_V | PTE_R
	/* the first is absent: nobody comes to the second */
	li	a0, VM + 2 * 4096 - 4
	ENTER_S
	TRAPS	LOAD_PAGE, a0, ld a2, (a0)
	ENTER_S
	TRAPS	STORE_PAGE, a0, sd a0, (a0)
	PTE_FLAGS a3, 2
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D
	/* both are there */
	li	a0, VM + 5 * 4096 - 4
	li	a1, VM + 8 * 4096
	ENTER_S
	sd	zero, (a0)
	TRAPS	LOAD_PAGE, a1, lb a2, (a1)
	PTE_FLAGS a3, 4
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D
	PTE_FLAGS a3, 5
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D
	/* PMP refuses the second */
	la	t6, page_b
	srli	t6, t6, 2
	csrw	pmpaddr0, t6
	la	t6, page_b + 4096
	srli	t6, t6, 2
	csrw	pmpaddr1, t6
	li	t6, 0x0800 /* TOR, closed */
	csrw	pmpcfg0, t6
	sfence.vma
	li	a0, VM + 7 * 4096 - 4
	li	a1, VM + 7 * 4096
	ENTER_S
	TRAPS	STORE_ACCESS, a1, sd a0, (a0)
	PTE_FLAGS a3, 6
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D
	la	a0, page_a + 4092
	lw	a1, (a0)
	IS	a1, 0
	PASS

	.bss
	.balign	4096
page_a:	.skip	2 * 4096 /* page_b is not adjacent */
page_b:	.skip	4096
