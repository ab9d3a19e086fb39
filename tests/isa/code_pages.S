/* Code runs at the virtual address of its page, whatever ran there or of it before */
#include "tests/isa/isa.h"

	/* at page_a: the own pc, and ret; at page_b another */
	.globl	main
main:
	VM_ON
	/* auipc a0, 0; ret */
	la	a5, page_a
	li	t0, 0x00000517
	sw	t0, (a5)
	li	t0, 0x00008067
	sw	t0, 4(a5)
	/* li a0, 5; ret */
	la	a4, page_b
	li	t0, 0x00500513
	sw	t0, (a4)
	li	t0, 0x00008067
	sw	t0, 4(a4)
	/* the last halfword of page_a is a c.nop that flows into the next page */
	la	a3, page_a + 4094
	li	t0, 1
	sh	t0, (a3)
	fence.i

	/* one page at two addresses */
	MAP	0, page_a, PTE_RWXAD
	MAP	1, page_b, PTE_RWXAD
	MAP	2, page_a, PTE_RWXAD
	MAP	3, page_a, PTE_RWXAD
	li	a5, VM
	li	a4, VM + 2 * 4096
	ENTER_S
	jalr	ra, (a5)
	IS_REG	a0, a5
	jalr	ra, (a4)
	IS_REG	a0, a4
	jalr	ra, (a5)
	IS_REG	a0, a5
	ENTER_M
	la	a3, page_a
	jalr	ra, (a3)
	IS_REG	a0, a3

	/* over the end of page 0 into page 1, of page 2 into page 3 */
	li	a1, 4094
	add	a2, a5, a1
	add	a3, a4, a1
	ENTER_S
	jalr	ra, (a2)
	IS	a0, 5
	jalr	ra, (a3)
	li	a1, VM + 3 * 4096
	IS_REG	a0, a1
	ENTER_M

	/* two pages at one address, one after the other, many times */
	li	a2, 20
1:	MAP	0, page_b, PTE_RWXAD
	ENTER_S
	jalr	ra, (a5)
	ENTER_M
	li	t0, 5
	bne	a0, t0, 2f
	MAP	0, page_a, PTE_RWXAD
	ENTER_S
	jalr	ra, (a5)
	ENTER_M
	bne	a0, a5, 2f
	addi	a2, a2, -1
	bnez	a2, 1b
	CASE
	j	3f
2:	FAIL
3:
	/* by ASIDs, without a fence: root2 has page_b at VM */
	la	t0, root2
	la	t1, vm_root
	la	t2, mid2
	la	t3, pte2
	ld	t4, 16(t1)
	sd	t4, 16(t0)
	ld	t4, 24(t1)
	sd	t4, 24(t0)
	srli	t4, t2, 2
	ori	t4, t4, PTE_V
	sd	t4, 8(t0)
	srli	t4, t3, 2
	ori	t4, t4, PTE_V
	sd	t4, (t2)
	la	t4, page_b
	srli	t4, t4, 2
	ori	t4, t4, PTE_RWXAD
	sd	t4, (t3)
	csrr	a2, satp
	srli	t0, t0, 12
	li	a3, 8 << 60 | 3 << 44
	or	a3, a3, t0
	li	a1, 20
1:	csrw	satp, a3
	ENTER_S
	jalr	ra, (a5)
	ENTER_M
	li	t0, 5
	bne	a0, t0, 2b
	csrw	satp, a2
	ENTER_S
	jalr	ra, (a5)
	ENTER_M
	bne	a0, a5, 2b
	addi	a1, a1, -1
	bnez	a1, 1b
	CASE

	/* a page that may no longer be executed, after its fence, is not */
	MAP	0, page_a, PTE_V | PTE_R | PTE_A | PTE_D
	ENTER_S
	CASE
	la	s11, 1f
	jalr	ra, (a5)
	FAIL
1:	IS	s7, FETCH_PAGE
	IS_REG	s8, a5
	/* U's page is not S's */
	MAP	0, page_b, PTE_RWXAD | PTE_U
	ENTER_U
	jalr	ra, (a5)
	IS	a0, 5
	ENTER_M
	ENTER_S
	CASE
	la	s11, 1f
	jalr	ra, (a5)
	FAIL
1:	IS	s7, FETCH_PAGE
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
page_b:	.skip	4096
root2:	.skip	4096
mid2:	.skip	4096
pte2:	.skip	4096
