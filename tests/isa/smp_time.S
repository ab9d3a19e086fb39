/* One clock for all harts: what one read, another never reads less of later, in time or mtime */
/* faultline: -smp 2 */
#include "tests/isa/isa.h"

#define TIMES 600

	/* Under the lock, read the time in both ways; it may not be before what was read last. */
	.macro READ_TIME bad
1:	li	t0, 1
	amoswap.w.aq t0, t0, (a0)
	bnez	t0, 1b
	ld	t0, 8(a0)
	rdtime	t1
	bltu	t1, t0, \bad
	ld	t2, (a1)
	bltu	t2, t1, \bad
	rdtime	t1
	bltu	t1, t2, \bad
	sd	t1, 8(a0)
	amoswap.w.rl zero, zero, (a0)
	.endm

	/* The second hart sleeps for a while before every other reading. */
	.globl	secondary
secondary:
	la	a0, lock
	li	a1, CLINT_MTIME
	li	a2, TIMES
	li	a4, CLINT_MTIMECMP
	csrr	t0, mhartid
	slli	t0, t0, 3
	add	a4, a4, t0
	li	t0, 128
	csrw	mie, t0
5:	andi	t0, a2, 1
	beqz	t0, 6f
	rdtime	t0
	addi	t0, t0, 7
	sd	t0, (a4)
	wfi
	li	t0, -1
	sd	t0, (a4)
6:	READ_TIME 9f
	addi	a2, a2, -1
	bnez	a2, 5b
	li	t0, 1
	j	8f
9:	amoswap.w.rl zero, zero, (a0)
	li	t0, 2 /* the time ran backwards */
8:	addi	a0, a0, 64
	amoadd.w.rl zero, t0, (a0)
7:	wfi
	j	7b

	.globl	main
main:
	la	a0, lock
	li	a1, CLINT_MTIME
	addi	a5, a0, 64
5:	READ_TIME 9f
	fence
	lw	t0, (a5)
	beqz	t0, 5b
	IS	t0, 1
	PASS
9:	CASE
	IS	zero, 1

	.data
	.balign	64
lock:	.word	0, 0
last:	.dword	0
	.balign	64
done:	.word	0
