/* Without a fence the old translation is still used, under its own ASID and no other */
/* QEMU drops translations more often than it must */
#include "tests/isa/isa.h"

	.macro PTE page, at, flags
	la	t6, \at
	srli	t6, t6, 12
	slli	t6, t6, 10
	ori	t6, t6, (\flags) & 0x7ff
	la	s6, vm_pte + 8 * \page
	sd	t6, (s6)
	.endm

	.macro READS want
	ENTER_S
	ld	a1, (a0)
	ENTER_M
	IS	a1, \want
	.endm

	.macro ASID n
	csrr	t6, satp
	li	s6, 0xffff << 44
	not	s6, s6
	and	t6, t6, s6
	li	s6, \n << 44
	or	t6, t6, s6
	csrw	satp, t6
	.endm

	.globl	main
main:
	VM_ON
	la	a2, page_a
	li	a1, 0xa
	sd	a1, (a2)
	la	a2, page_b
	li	a1, 0xb
	sd	a1, (a2)
	li	a0, VM
	MAP	0, page_a, PTE_RWXAD
	READS	0xa
	PTE	0, page_b, PTE_RWXAD
	READS	0xa
	/* another ASID has its own; going back finds the old one still */
	ASID	1
	READS	0xb
	ASID	0
	READS	0xa
	/* a new root under the same ASID drops nothing */
	csrr	a5, satp
	la	t0, root2
	srli	t0, t0, 12
	li	t1, 8 << 60
	or	t0, t0, t1
	la	t1, vm_root
	la	t2, root2
	ld	t3, 16(t1) /* S-mode's code, but nothing at VM */
	sd	t3, 16(t2)
	csrw	satp, t0
	READS	0xa
	csrw	satp, a5
	/* a fence of another address, of another ASID, of a non-canonical address: the same */
	li	a2, VM + 4096
	sfence.vma a2
	li	a3, 1
	sfence.vma zero, a3
	sfence.vma a0, a3
	li	a2, VM + 0x4000000000
	sfence.vma a2
	READS	0xa
	/* a fence with an ASID keeps a global translation */
	PTE	0, page_a, PTE_RWXAD | PTE_G
	sfence.vma
	READS	0xa
	PTE	0, page_b, PTE_RWXAD | PTE_G
	li	a3, 0
	sfence.vma zero, a3
	sfence.vma a0, a3
	READS	0xa
	ASID	5
	READS	0xa
	sfence.vma a0
	READS	0xb
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
page_b:	.skip	4096
root2:	.skip	4096
