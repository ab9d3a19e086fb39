/* An update of A or D where PMP forbids writing is an access fault of the original access */
/* QEMU 7 does not ask PMP for the update */
#include "tests/isa/isa.h"

	.globl	main
main:
	VM_ON
	MAP	0, page_a, PTE_V | PTE_R | PTE_W | PTE_X
	MAP	1, page_a, PTE_V | PTE_R | PTE_W | PTE_X | PTE_A
	li	a0, VM
	la	t6, vm_pte
	srli	t6, t6, 2
	csrw	pmpaddr0, t6
	la	t6, vm_pte + 4096
	srli	t6, t6, 2
	csrw	pmpaddr1, t6
	li	t6, 0x0900 /* TOR, read-only */
	csrw	pmpcfg0, t6
	sfence.vma
	ENTER_S
	TRAPS	LOAD_ACCESS, a0, ld a1, (a0)
	ENTER_S
	TRAPS	STORE_ACCESS, a0, sd a1, (a0)
	CASE
	la	s11, 1f
	ENTER_S
	jr	a0
1:	IS	s7, FETCH_ACCESS
	IS_REG	s9, a0
	li	a0, VM + 4096
	ENTER_S
	ld	a1, (a0)
	TRAPS	STORE_ACCESS, a0, sd a1, (a0)
	PTE_FLAGS a3, 0
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_X
	PTE_FLAGS a3, 1
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_X | PTE_A
	/* and an access that PMP refuses sets neither, whichever of its bytes are refused */
	csrw	pmpcfg0, zero
	MAP	0, page_a, PTE_V | PTE_R | PTE_W
	la	t6, page_a + 0x808
	srli	t6, t6, 2
	csrw	pmpaddr0, t6
	la	t6, page_a + 0x810
	srli	t6, t6, 2
	csrw	pmpaddr1, t6
	li	t6, 0x0800 /* TOR, closed */
	csrw	pmpcfg0, t6
	sfence.vma
	li	a0, VM + 0x804
	li	a1, VM + 0x80c
	li	a2, VM + 0x80f
	ENTER_S
	TRAPS	STORE_ACCESS, a0, sd zero, (a0)
	ENTER_S
	TRAPS	STORE_ACCESS, a1, sd zero, (a1)
	ENTER_S
	TRAPS	STORE_ACCESS, a2, sh zero, (a2)
	ENTER_S
	TRAPS	LOAD_ACCESS, a0, ld a3, (a0)
	PTE_FLAGS a3, 0
	IS	a3, PTE_V | PTE_R | PTE_W
	ENTER_S
	lw	a3, (a0) /* which has no byte there */
	TRAPS	STORE_ACCESS, a2, sh zero, (a2)
	PTE_FLAGS a3, 0
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_A
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
