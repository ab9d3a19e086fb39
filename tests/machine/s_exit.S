/* Started by firmware in S-mode with a0 = hartid and a1 = device tree: checks that, says hello on the
 * UART, and ends by the finisher with code 6. */
	.globl _start
_start:	lw	t0, 0(a1)		/* the tree's magic, big-endian */
	li	t1, 0xedfe0dd0
	slli	t0, t0, 32
	srli	t0, t0, 32
	bne	t0, t1, 2f
	csrr	t0, sstatus		/* legal here */
	csrr	t0, satp
	bnez	t0, 2f
	la	a0, text
	li	a1, 0x10000000
1:	lbu	a2, 0(a0)
	beqz	a2, 3f
	sb	a2, 0(a1)
	addi	a0, a0, 1
	j	1b
2:	li	t1, 0x13333
	j	4f
3:	li	t1, 0x63333
4:	li	t0, 0x100000
	sw	t1, 0(t0)
5:	wfi
	j	5b
text:	.asciz	"hello, supervisor\n"
