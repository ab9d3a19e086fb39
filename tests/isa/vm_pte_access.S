/* A PTE where no memory is, or that PMP hides, is an access fault of the original access */
/* QEMU makes a page fault of a PTE outside memory */
#include "tests/isa/isa.h"

	.globl	main
main:
	VM_ON
	la	s0, vm_mid
	li	s1, 0x1000000 >> 2 | PTE_V /* a hole of the memory map */
	sd	s1, (s0)
	li	a0, VM + 16
	ENTER_S
	TRAPS	LOAD_ACCESS, a0, ld a1, (a0)
	ENTER_S
	TRAPS	STORE_ACCESS, a0, sd a1, (a0)
	ENTER_S
	TRAPS	STORE_ACCESS, a0, amoadd.d a1, a1, (a0)
	CASE
	la	s11, 1f
	ENTER_S
	jr	a0
1:	IS	s7, FETCH_ACCESS
	IS_REG	s8, a0
	IS_REG	s9, a0
	/* above the machine's physical addresses */
	li	s1, 1 << 53 | PTE_V
	sd	s1, (s0)
	sfence.vma
	ENTER_S
	TRAPS	LOAD_ACCESS, a0, ld a1, (a0)
	/* a leaf there: the high bits are not dropped */
	li	s1, 1 << 53 | 0x80000000 >> 2 | PTE_RWXAD
	sd	s1, (s0)
	sfence.vma
	ENTER_S
	TRAPS	STORE_ACCESS, a0, sd a1, (a0)
	PASS
