/* A supervisor whose first instructions start every other hart, which may not even have come through
 * the firmware yet.  Its status is 0 when all seven have said that they run. */
#define EXT_HSM	 0x48534d
#define EXT_SRST 0x53525354

	.globl	_start
	.section .text.entry, "ax"
_start:
	li	s0, 1
1:	mv	a0, s0
	la	a1, second
	li	a6, 0
	li	a7, EXT_HSM
	ecall
	bnez	a0, failed
	addi	s0, s0, 1
	li	t0, 8
	bltu	s0, t0, 1b
2:	lw	t0, running
	li	t1, 7
	bne	t0, t1, 2b
	li	a1, 0
	j	3f
failed:	li	a1, 1
3:	li	a0, 0
	li	a6, 0
	li	a7, EXT_SRST
	ecall
second:
	la	t0, running
	li	t1, 1
	amoadd.w zero, t1, (t0)
4:	wfi
	j	4b

	.data
	.balign	4
running:
	.word	0
