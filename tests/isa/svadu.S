/* With Svadu menvcfg.ADUE resets to 0, which is Svade, and 1 makes hardware update A and D */
/* faultline: --ad svadu */
/* QEMU 7 has no ADUE */
#include "tests/isa/isa.h"

	.globl	main
main:
	VM_ON
	li	s0, 1 << 61
	csrr	a1, 0x30a
	and	a1, a1, s0
	IS	a1, 0
	MAP	0, page_a, PTE_V | PTE_R | PTE_W
	li	a0, VM
	ENTER_S
	TRAPS	LOAD_PAGE, a0, ld a1, (a0)
	csrs	0x30a, s0
	csrr	a1, 0x30a
	and	a1, a1, s0
	IS_REG	a1, s0
	sfence.vma
	ENTER_S
	ld	a1, (a0)
	ENTER_M
	PTE_FLAGS a3, 0
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_A
	csrc	0x30a, s0
	sfence.vma
	ENTER_S
	ld	a1, (a0)
	TRAPS	STORE_PAGE, a0, sd a1, (a0)
	PTE_FLAGS a3, 0
	IS	a3, PTE_V | PTE_R | PTE_W | PTE_A
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
