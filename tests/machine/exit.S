/* Says hello on the UART and ends by the finisher with code 5; harts other than 0 wait. */
	.globl _start
_start:	csrr	t0, mhartid
	bnez	t0, park
	la	a0, text
	li	a1, 0x10000000
1:	lbu	a2, 0(a0)
	beqz	a2, 2f
	sb	a2, 0(a1)
	addi	a0, a0, 1
	j	1b
2:	li	t0, 0x100000
	li	t1, 0x53333
	sw	t1, 0(t0)
park:	wfi
	j	park
text:	.asciz	"hello, bare\n"
