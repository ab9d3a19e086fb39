/* Echoes the UART until a 'q', then passes; ends with status 3 on a 'f'. Waits by interrupt. */
	.globl _start
_start:	li	s0, 0x10000000
	li	t0, 1
	sb	t0, 1(s0)		/* receive interrupt */
	li	t0, 0x0c000000
	li	t1, 1
	sw	t1, 40(t0)		/* priority of source 10 */
	li	t0, 0x0c002000
	li	t1, 1 << 10
	sw	t1, 0(t0)		/* enabled for hart 0's M-mode */
	li	t0, 1 << 11
	csrw	mie, t0
1:	wfi
	li	t0, 0x0c200004
	lw	s1, 0(t0)		/* claim */
2:	lbu	t1, 5(s0)
	andi	t1, t1, 1
	beqz	t1, 3f
	lbu	a0, 0(s0)
	sb	a0, 0(s0)
	li	t1, 'q'
	beq	a0, t1, pass
	li	t1, 'f'
	beq	a0, t1, fail
	j	2b
3:	sw	s1, 0(t0)		/* complete */
	j	1b
pass:	li	t1, 0x5555
	j	end
fail:	li	t1, 0x33333
end:	li	t0, 0x100000
	sw	t1, 0(t0)
4:	j	4b
