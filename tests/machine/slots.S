/* Prints version and device id of the virtio slots 0 to 7, a digit each, on the UART. */
	.globl _start
_start:	li	a0, 0x10001000
	li	a1, 0x10000000
	li	a3, 8
	li	a4, 0x1000
1:	lw	a2, 4(a0)
	addi	a2, a2, '0'
	sb	a2, 0(a1)
	lw	a2, 8(a0)
	addi	a2, a2, '0'
	sb	a2, 0(a1)
	li	a2, ' '
	sb	a2, 0(a1)
	add	a0, a0, a4
	addi	a3, a3, -1
	bnez	a3, 1b
	li	t0, 0x100000
	li	t1, 0x5555
	sw	t1, 0(t0)
2:	j	2b
