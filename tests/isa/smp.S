/* Harts share memory: AMOs and LR/SC loops lose no addition, and software interrupts arrive */
/* faultline: -smp 2 */
#include "tests/isa/isa.h"

#define TIMES 2000

	.macro ADD_UP
	la	a0, sum
	la	a1, sum2
	li	a2, TIMES
	li	a3, 1
1:	amoadd.d zero, a3, (a0)
2:	lr.d	t0, (a1)
	addi	t0, t0, 1
	sc.d	t1, t0, (a1)
	bnez	t1, 2b
	addi	a2, a2, -1
	bnez	a2, 1b
	.endm

	.globl	secondary
secondary:
	csrr	t0, mhartid
	li	t1, 1
	bne	t0, t1, 9f
	csrwi	mie, 8
	csrci	mstatus, MSTATUS_MIE
1:	wfi /* until hart 0 sends an interrupt */
	csrr	t0, mip
	andi	t0, t0, 8
	beqz	t0, 1b
	li	t0, CLINT_MSIP + 4
	sw	zero, (t0)
	ADD_UP
	fence
	li	t0, CLINT_MSIP
	li	t1, 1
	sw	t1, (t0)
9:	wfi
	j	9b

	.globl	main
main:
	csrwi	mie, 8
	li	t0, CLINT_MSIP + 4
	li	t1, 1
	sw	t1, (t0)
	ADD_UP
	/* hart 1 has ended when its interrupt comes */
	CASE
	la	s11, 2f
	csrsi	mstatus, MSTATUS_MIE
1:	wfi
	j	1b
2:	IS	s7, 1 << 63 | 3
	li	t0, CLINT_MSIP
	lw	t1, (t0)
	IS	t1, 1
	sw	zero, (t0)
	csrr	t1, mip
	andi	t1, t1, 8
	IS	t1, 0
	fence
	ld	a0, sum
	IS	a0, 2 * TIMES
	ld	a0, sum2
	IS	a0, 2 * TIMES
	PASS

	.data
	.balign	64
sum:	.dword	0
	.balign	64
sum2:	.dword	0
