/* Says on the UART whether it was started at its first instruction or at its ELF entry. */
	la	a0, first
	j	say
	.globl _start
_start:	la	a0, entry
say:	li	a1, 0x10000000
1:	lbu	a2, 0(a0)
	beqz	a2, 2f
	sb	a2, 0(a1)
	addi	a0, a0, 1
	j	1b
2:	li	t0, 0x100000
	li	t1, 0x5555
	sw	t1, 0(t0)
3:	j	3b
first:	.asciz	"first\n"
entry:	.asciz	"entry\n"
