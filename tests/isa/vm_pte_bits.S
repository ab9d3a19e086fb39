/* Reserved bits, bad pointers and misaligned superpages page-fault; RSW is free for software */
#include "tests/isa/isa.h"

	/* page 0's PTE is that of page_a xor \bits */
	.macro FLIP bits
	la	t6, page_a
	srli	t6, t6, 2
	ori	t6, t6, PTE_RWXAD
	li	s6, \bits
	xor	t6, t6, s6
	la	s6, vm_pte
	sd	t6, (s6)
	sfence.vma
	.endm

	.macro FAULTS bits
	FLIP	\bits
	ENTER_S
	TRAPS	LOAD_PAGE, a0, ld a1, (a0)
	.endm

	/* the pointer to vm_pte xor \bits */
	.macro POINTER_FAULTS bits
	ld	t6, (s0)
	li	s6, \bits
	xor	t6, t6, s6
	sd	t6, (s0)
	sfence.vma
	ENTER_S
	TRAPS	LOAD_PAGE, a0, ld a1, (a0)
	ld	t6, (s0)
	li	s6, \bits
	xor	t6, t6, s6
	sd	t6, (s0)
	sfence.vma
	.endm

	.globl	main
main:
	VM_ON
	la	a2, page_a
	li	a1, 0x77
	sd	a1, 8(a2)
	la	s0, vm_mid
	li	a0, VM + 8
	FAULTS	PTE_V
	FAULTS	PTE_R /* W and X without R */
	FAULTS	PTE_R | PTE_X /* W alone */
	FAULTS	PTE_R | PTE_W | PTE_X /* a pointer at level 0 */
	FAULTS	PTE_R | PTE_W | PTE_X | PTE_A | PTE_D
	FAULTS	1 << 54
	FAULTS	1 << 57
	FAULTS	1 << 60
	FAULTS	3 << 61
	FLIP	3 << 8
	ENTER_S
	ld	a1, (a0)
	IS	a1, 0x77
	ENTER_M
	POINTER_FAULTS PTE_V
	POINTER_FAULTS PTE_A
	POINTER_FAULTS PTE_D
	POINTER_FAULTS PTE_U
	POINTER_FAULTS 1 << 54
	POINTER_FAULTS 1 << 61
	ENTER_S
	ld	a1, (a0)
	IS	a1, 0x77
	ENTER_M

	/* a superpage of 2 MiB with any low PPN bit set */
	ld	s1, (s0)
	li	s2, 0x80000000 >> 2 | PTE_RWXAD
	sd	s2, (s0)
	sfence.vma
	ENTER_S
	ld	a1, (a0)
	ENTER_M
	.irp	bit, 10, 14, 18
	li	s2, 0x80000000 >> 2 | PTE_RWXAD | 1 << \bit
	sd	s2, (s0)
	sfence.vma
	ENTER_S
	TRAPS	LOAD_PAGE, a0, ld a1, (a0)
	.endr
	/* a gigapage */
	la	s0, vm_root
	.irp	bit, 10, 19, 27
	li	s2, 0x80000000 >> 2 | PTE_RWXAD | 1 << \bit
	sd	s2, 8(s0)
	sfence.vma
	ENTER_S
	TRAPS	LOAD_PAGE, a0, ld a1, (a0)
	.endr
	li	s2, 0x80000000 >> 2 | PTE_RWXAD
	sd	s2, 8(s0)
	sfence.vma
	la	a0, page_a + 8
	li	a1, 0x40000000
	sub	a0, a0, a1
	ENTER_S
	ld	a1, (a0)
	IS	a1, 0x77
	ENTER_M
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
