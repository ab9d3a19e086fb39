/* Twenty thousand times LR and SC with a branch between, until SC succeeds: nobody is there to make it fail. */
	.globl _start
_start:	la	a0, word
	li	a1, 20000
1:	lr.d	a2, (a0)
	bltz	a2, 2f
	addi	a2, a2, 1
	sc.d	a3, a2, (a0)
	bnez	a3, 1b
	addi	a1, a1, -1
	bnez	a1, 1b
	li	t0, 0x100000
	li	t1, 0x5555
	sw	t1, 0(t0)
2:	j	2b
	.balign 8
word:	.dword	0
