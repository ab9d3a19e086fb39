/* After fence.i stored code is what runs, through whatever address it was stored */
#include "tests/isa/isa.h"

	/* li a0, \n; ret */
	.macro CODE at, n
	li	t0, 0x00000513 | (\n) << 20
	sw	t0, (\at)
	li	t0, 0x00008067
	sw	t0, 4(\at)
	.endm

	.globl	main
main:
	la	a5, code
	li	a4, 1
	.irp	n, 1, 2, 3
	CODE	a5, \n
	fence.i
	jalr	ra, (a5)
	IS	a0, \n
	.endr

	/* many times over, as a compiler does */
	li	a4, 1000
1:	slli	t0, a4, 20
	ori	t0, t0, 0x513
	sw	t0, (a5)
	fence.i
	jalr	ra, (a5)
	CASE
	li	gp, 50
	bne	a0, a4, 2f
	addi	a4, a4, -1
	bnez	a4, 1b
	j	3f
2:	FAIL
3:
	/* half of an instruction, one byte, the other word of a double word */
	CODE	a5, 0x123
	fence.i
	jalr	ra, (a5)
	IS	a0, 0x123
	li	t0, 0x456
	slli	t0, t0, 4
	sh	t0, 2(a5)
	fence.i
	jalr	ra, (a5)
	IS	a0, 0x456
	li	t0, 0x7f
	sb	t0, 3(a5)
	fence.i
	jalr	ra, (a5)
	IS	a0, 0x7f6
	/* by an AMO, an SC and a floating-point store */
	li	t0, 0x00100513
	amoswap.w zero, t0, (a5)
	fence.i
	jalr	ra, (a5)
	IS	a0, 1
	li	t0, 0x00200513
4:	lr.w	t1, (a5)
	sc.w	t1, t0, (a5)
	bnez	t1, 4b
	fence.i
	jalr	ra, (a5)
	IS	a0, 2
	li	t0, 0x0000806700300513
	fmv.d.x	fa0, t0
	fsd	fa0, (a5)
	fence.i
	jalr	ra, (a5)
	IS	a0, 3

	/* the very next instruction */
	la	a5, 1f
	li	t0, 0x00900513 /* li a0, 9 */
	sw	t0, (a5)
	fence.i
1:	li	a0, 1
	IS	a0, 9

	/* stored through another address of the page than it runs at */
	VM_ON
	MAP	0, code, PTE_RWXAD
	MAP	1, code, PTE_V | PTE_R | PTE_W | PTE_A | PTE_D
	li	a5, VM
	li	a4, VM + 4096
	ENTER_S
	CODE	a4, 71
	fence.i
	jalr	ra, (a5)
	IS	a0, 71
	CODE	a4, 72
	fence.i
	jalr	ra, (a5)
	IS	a0, 72
	ENTER_M
	/* by M, past translation */
	la	a4, code
	CODE	a4, 73
	fence.i
	ENTER_S
	jalr	ra, (a5)
	IS	a0, 73
	ENTER_M
	PASS

	.bss
	.balign	4096
code:	.skip	4096
