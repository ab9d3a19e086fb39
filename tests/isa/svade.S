/* Under Svade a page with A clear, or D clear for a store, page-faults and stays as it is */
/* faultline: --ad svade */
/* QEMU 7 always updates A and D */
#include "tests/isa/isa.h"

	.globl	main
main:
	VM_ON
	MAP	0, page_a, PTE_V | PTE_R | PTE_W | PTE_X
	li	a0, VM
	ENTER_S
	TRAPS	LOAD_PAGE, a0, ld a1, (a0)
	ENTER_S
	TRAPS	STORE_PAGE, a0, sd a1, (a0)
	ENTER_S
	TRAPS	LOAD_PAGE, a0, lr.d a1, (a0)
	ENTER_S
	TRAPS	STORE_PAGE, a0, amoadd.d a1, a1, (a0)
	CASE
	la	s11, 1f
	ENTER_S
	jr	a0
1:	IS	s7, FETCH_PAGE
	PTE_FLAGS a3, 0
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_X

	MAP	0, page_a, PTE_V | PTE_R | PTE_W | PTE_D
	ENTER_S
	TRAPS	LOAD_PAGE, a0, ld a1, (a0)
	ENTER_S
	TRAPS	STORE_PAGE, a0, sd a1, (a0)
	MAP	0, page_a, PTE_V | PTE_R | PTE_W | PTE_A
	ENTER_S
	ld	a1, (a0)
	TRAPS	STORE_PAGE, a0, sd a1, (a0)
	ENTER_S
	TRAPS	STORE_PAGE, a0, amoadd.d a1, a1, (a0)
	/* a load has filled the TLB: a store still looks at D */
	ENTER_S
	ld	a1, (a0)
	ld	a1, 8(a0)
	TRAPS	STORE_PAGE, a0, sb a1, (a0)
	PTE_FLAGS a3, 0
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_A
	MAP	0, page_a, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D
	ENTER_S
	ld	a1, (a0)
	sd	a1, (a0)
	ENTER_M
	/* no Svadu: ADUE cannot be set */
	li	a1, 1 << 61
	csrs	0x30a, a1
	csrr	a2, 0x30a
	and	a2, a2, a1
	IS	a2, 0
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
