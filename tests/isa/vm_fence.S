/* After sfence.vma of all, an address, an ASID or both, the changed PTE is in force */
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
	li	a4, 7
	MAP	0, page_a, PTE_RWXAD
	READS	0xa
	PTE	0, page_b, PTE_RWXAD
	sfence.vma
	READS	0xb
	PTE	0, page_a, PTE_RWXAD
	sfence.vma a0
	READS	0xa
	PTE	0, page_b, PTE_RWXAD
	addi	a3, a0, 2047 /* any address of the page */
	sfence.vma a3, zero
	READS	0xb
	PTE	0, page_a, PTE_RWXAD
	li	a5, 0
	sfence.vma zero, a5
	READS	0xa
	PTE	0, page_b, PTE_RWXAD
	sfence.vma a0, a5
	READS	0xb

	/* ASIDs apart */
	ASID	7
	READS	0xb
	PTE	0, page_a, PTE_RWXAD
	sfence.vma a0, a4
	READS	0xa
	PTE	0, page_b, PTE_RWXAD
	sfence.vma zero, a4
	READS	0xb
	/* bits of rs2 above ASIDLEN are ignored */
	PTE	0, page_a, PTE_RWXAD
	li	a5, 0xffff0007
	sfence.vma a0, a5
	READS	0xa
	/* global ones go with a fence of all ASIDs */
	PTE	0, page_b, PTE_RWXAD | PTE_G
	sfence.vma
	READS	0xb
	PTE	0, page_a, PTE_RWXAD
	sfence.vma a0
	READS	0xa

	/* a pointer changed: a fence with rs1 = x0 */
	la	t0, vm_pte2
	la	t1, vm_pte
	ld	t2, (t1)
	sd	t2, (t0)
	la	a2, page_b
	srli	a2, a2, 2
	ori	a2, a2, 0xcf
	sd	a2, (t0)
	la	t1, vm_mid
	srli	t0, t0, 2
	ori	t0, t0, PTE_V
	ld	t3, (t1)
	sd	t0, (t1)
	sfence.vma
	READS	0xb
	sd	t3, (t1)
	sfence.vma zero, a4
	READS	0xa

	/* a superpage: any address in it */
	la	t1, vm_mid
	li	t0, 0x80000000 >> 2 | PTE_RWXAD
	sd	t0, (t1)
	sfence.vma
	li	a0, VM + 0x100000
	ENTER_S
	ld	a1, (a0)
	ENTER_M
	li	a0, VM
	ENTER_S
	ld	a1, (a0)
	ENTER_M
	la	a2, _start
	ld	a2, (a2)
	IS_REG	a1, a2
	sd	t3, (t1)
	li	a3, VM + 0x1ff000
	sfence.vma a3, zero
	READS	0xa

	/* a PTE made valid needs its fence too, and sfence.vma in S works as well */
	MAP	1, page_a, 0
	li	a0, VM + 4096
	ENTER_S
	TRAPS	LOAD_PAGE, a0, ld a1, (a0)
	PTE	1, page_b, PTE_RWXAD
	ENTER_S
	sfence.vma a0
	ld	a1, (a0)
	IS	a1, 0xb
	ENTER_M
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
page_b:	.skip	4096
vm_pte2: .skip	4096
