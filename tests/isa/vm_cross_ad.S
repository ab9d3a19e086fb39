/* An access over two pages of which one is refused changes neither PTE: D is exact */
/* QEMU 7 is not asked: it sets A and D of the first page before it looks at the second */
#include "tests/isa/isa.h"

	.globl	main
main:
	VM_ON
	MAP	5, page_a, PTE_V | PTE_R | PTE_W
	MAP	6, page_b, 0
	li	a0, VM + 6 * 4096 - 3
	li	a2, VM + 6 * 4096
	ENTER_S
	TRAPS	STORE_PAGE, a2, sd a1, (a0)
	PTE_FLAGS a3, 5
	IS	a3, PTE_V | PTE_R | PTE_W
	ENTER_S
	TRAPS	LOAD_PAGE, a2, ld a1, (a0)
	PTE_FLAGS a3, 5
	IS	a3, PTE_V | PTE_R | PTE_W
	/* with A set and in the TLB: no D */
	ENTER_S
	lb	a1, (a0)
	TRAPS	STORE_PAGE, a2, sw a1, (a0)
	PTE_FLAGS a3, 5
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_A
	/* the second leads to no memory */
	li	a3, 0x40000000 >> 2 | PTE_V | PTE_R | PTE_W
	la	a4, vm_pte
	sd	a3, 6 * 8(a4)
	ENTER_S
	sfence.vma
	TRAPS	STORE_ACCESS, a2, sw a1, (a0)
	PTE_FLAGS a3, 5
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_A
	PTE_FLAGS a3, 6
	IS	a3, PTE_V | PTE_R | PTE_W
	/* both are there: both are set */
	MAP	6, page_b, PTE_V | PTE_R | PTE_W
	ENTER_S
	sw	a1, (a0)
	ENTER_M
	PTE_FLAGS a3, 5
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D
	PTE_FLAGS a3, 6
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D

	/* the first is absent: nobody comes to the second */
	MAP	1, page_a, 0
	MAP	2, page_b, PTE_V | PTE_R | PTE_W
	li	a0, VM + 2 * 4096 - 4
	ENTER_S
	TRAPS	LOAD_PAGE, a0, ld a2, (a0)
	ENTER_S
	TRAPS	STORE_PAGE, a0, sd a0, (a0)
	PTE_FLAGS a3, 2
	IS	a3, PTE_V | PTE_R | PTE_W
	/* PMP refuses the second */
	la	t6, page_b
	srli	t6, t6, 2
	csrw	pmpaddr0, t6
	la	t6, page_b + 4096
	srli	t6, t6, 2
	csrw	pmpaddr1, t6
	li	t6, 0x0800 /* TOR, closed */
	csrw	pmpcfg0, t6
	MAP	1, page_a, PTE_V | PTE_R | PTE_W
	sfence.vma
	li	a2, VM + 2 * 4096
	ENTER_S
	TRAPS	STORE_ACCESS, a2, sd a0, (a0)
	PTE_FLAGS a3, 1
	IS	a3, PTE_V | PTE_R | PTE_W
	PTE_FLAGS a3, 2
	IS	a3, PTE_V | PTE_R | PTE_W

	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
page_b:	.skip	4096
