/* Entry of init, sh and the utilities: the kernel leaves argc at sp, argv above it. */
	.text
	.globl	_start
	.type	_start, @function
_start:
	.option	push
	.option	norelax
	la	gp, __global_pointer$
	.option	pop
	li	fp, 0
	mv	a0, sp
	andi	sp, sp, -16
	call	tiny_start
	.size	_start, .-_start
	.section .note.GNU-stack,"",@progbits
