/* A device may be mapped for S or U like memory, and answers with its own width */
#include "tests/isa/isa.h"

	.globl	main
main:
	VM_ON
	li	t0, 0x10000000 >> 2 | PTE_V | PTE_R | PTE_W | PTE_A | PTE_D
	la	t1, vm_pte
	sd	t0, (t1)
	li	t0, CLINT_MTIME >> 12 << 10 | PTE_V | PTE_R | PTE_U | PTE_A
	sd	t0, 8(t1)
	sfence.vma
	li	a0, VM
	ENTER_S
	lbu	a1, 5(a0) /* the UART's line status: ready to send */
	andi	a1, a1, 0x60
	IS	a1, 0x60
	li	a1, 0x5a
	sb	a1, 7(a0) /* its scratch register */
	lbu	a2, 7(a0)
	IS	a2, 0x5a
	lb	a2, 7(a0)
	IS	a2, 0x5a
	ENTER_M
	li	a0, VM + 4096 + (CLINT_MTIME & 0xfff)
	li	a3, CLINT_MTIME
	ENTER_U
	ld	a1, (a0)
	lwu	a2, (a0)
	TRAPS	STORE_PAGE, a0, sd a1, (a0)
	ld	a4, (a3)
	CASE
	bgeu	a4, a1, 1f
	FAIL
1:	PASS
