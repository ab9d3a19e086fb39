/* Another hart's store between LR and SC makes the SC fail, even if it restores the value */
/* faultline: -smp 2 */
/* QEMU compares values */
#include "tests/isa/isa.h"

	/* hart 1 waits for a turn, stores what was there already, and says so */
	.globl	secondary
secondary:
	csrr	t0, mhartid
	li	t1, 1
	bne	t0, t1, 3f
	la	a0, turn
	la	a1, word
1:	lw	t1, (a0)
	fence
	li	t2, 1
	bne	t1, t2, 1b
	ld	t1, (a1)
	sd	t1, (a1)
	fence
	li	t2, 2
	sw	t2, (a0)
	j	1b
3:	wfi
	j	3b

	.globl	main
main:
	la	a0, turn
	la	a1, word
	li	a2, 7
	li	t1, 1
	li	t2, 2
	lr.d	a3, (a1)
	sw	t1, (a0)
1:	lw	t0, (a0)
	bne	t0, t2, 1b
	sc.d	a3, a2, (a1)
	IS	a3, 1
	ld	a3, (a1)
	IS	a3, 0
	/* alone it succeeds */
	lr.d	a3, (a1)
	sc.d	a3, a2, (a1)
	IS	a3, 0
	PASS

	.data
	.balign	64
turn:	.word	0
	.balign	64
word:	.dword	0
