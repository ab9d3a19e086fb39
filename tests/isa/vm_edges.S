/* An access that runs from the last canonical page into the hole page-faults with the hole's address */
#include "tests/isa/isa.h"

	.globl	main
main:
	VM_ON
	/* the last page of the lower half, the first and last of the upper one */
	la	t0, vm_root
	la	t1, mid2
	srli	t2, t1, 2
	ori	t2, t2, PTE_V
	sd	t2, 8 * 255(t0)
	li	t3, 8 * 256
	add	t3, t3, t0
	sd	t2, (t3)
	li	t3, 8 * 511
	add	t3, t3, t0
	sd	t2, (t3)
	la	t0, pte2
	srli	t2, t0, 2
	ori	t2, t2, PTE_V
	sd	t2, (t1)
	li	t3, 8 * 511
	add	t1, t1, t3
	sd	t2, (t1)
	la	t2, page_a
	srli	t2, t2, 2
	ori	t2, t2, PTE_RWXAD
	sd	t2, (t0)
	add	t0, t0, t3
	sd	t2, (t0)
	sfence.vma

	li	a0, 0x0000003ffffffff8
	li	a1, 0x1234
	ENTER_S
	sd	a1, (a0)
	ld	a2, (a0)
	IS	a2, 0x1234
	li	a3, 0x0000004000000000
	addi	a0, a0, 4
	TRAPS	LOAD_PAGE, a3, ld a2, (a0)
	ENTER_S
	TRAPS	STORE_PAGE, a3, sd a2, (a0)
	/* the upper half begins */
	li	a0, 0xffffffc000000000
	ENTER_S
	ld	a2, (a0)
	addi	a0, a0, -4
	TRAPS	LOAD_PAGE, a0, ld a2, (a0)
	/* and ends: the address wraps to 0, where nothing is mapped */
	li	a0, -8
	ENTER_S
	ld	a2, (a0)
	IS	a2, 0x1234
	li	a0, -4
	TRAPS	LOAD_PAGE, zero, ld a2, (a0)
	/* an instruction over the edge: epc its start, tval the hole */
	la	t0, page_a + 4094
	li	t1, 0x0013 /* half of a nop */
	sh	t1, (t0)
	fence.i
	li	a0, 0x0000003ffffffffe
	li	a3, 0x0000004000000000
	ENTER_S
	CASE
	la	s11, 1f
	jr	a0
	FAIL
1:	IS	s7, FETCH_PAGE
	IS_REG	s8, a0
	IS_REG	s9, a3
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
mid2:	.skip	4096
pte2:	.skip	4096
