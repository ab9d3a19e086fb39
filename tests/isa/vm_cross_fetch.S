/* An instruction over two pages: epc is its start, tval the page that faulted */
#include "tests/isa/isa.h"

	.globl	main
main:
	VM_ON
	/* addi a0, a0, 1 over the end of page_a, then ret in page_c */
	la	a0, page_a + 4092
	li	a1, 0x0505
	sh	a1, (a0) /* c.addi a0, 1 */
	li	a1, 0x0513
	sh	a1, 2(a0)
	la	a0, page_c
	li	a1, 0x0015
	sh	a1, (a0)
	li	a1, 0x8082 /* ret */
	sh	a1, 2(a0)
	la	a0, page_b
	li	a1, 0x0105 /* as if it were addi a0, a0, 16 */
	sh	a1, (a0)
	li	a1, 0x8082
	sh	a1, 2(a0)
	fence.i
	MAP	0, page_a, PTE_RWXAD
	MAP	1, page_c, PTE_RWXAD
	ENTER_S
	li	a1, VM + 4092
	li	a0, 10
	jalr	ra, (a1)
	IS	a0, 12
	jalr	ra, (a1)
	IS	a0, 14
	ENTER_M

	/* another second half under the same first one */
	MAP	1, page_b, PTE_RWXAD
	li	a0, 10
	ENTER_S
	jalr	ra, (a1)
	ENTER_M
	IS	a0, 27

	/* no second half; one that may not be executed */
	MAP	1, page_b, 0
	li	a0, 10
	li	a2, VM + 4094
	li	a3, VM + 4096
	ENTER_S
	CASE
	la	s11, 1f
	jalr	ra, (a1)
	FAIL
1:	IS	s7, FETCH_PAGE
	IS_REG	s8, a2
	IS_REG	s9, a3
	IS	a0, 11 /* the one before was done */
	MAP	1, page_c, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D
	ENTER_S
	CASE
	la	s11, 1f
	jr	a2
	FAIL
1:	IS	s7, FETCH_PAGE
	IS_REG	s8, a2
	IS_REG	s9, a3
	/* no first half: both are its own address */
	MAP	0, page_a, 0
	ENTER_S
	CASE
	la	s11, 1f
	jr	a2
	FAIL
1:	IS	s7, FETCH_PAGE
	IS_REG	s8, a2
	IS_REG	s9, a2
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
page_b:	.skip	4096
page_c:	.skip	4096
