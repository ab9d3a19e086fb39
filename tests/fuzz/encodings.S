/*
 * entry, and run(state): the registers x1 to x31 and f0 to f31 from state, U-mode at mepc, and when
 * that has trapped the registers back to state and back to the caller.
 */
	.macro	EACH_X do
	.irp	n,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	\do	x\n, \n*8(x31)
	.endr
	.endm
	.macro	EACH_F do, base
	.irp	n,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\do	f\n, (32+\n)*8(\base)
	.endr
	.endm
	/* what a function must keep */
	.macro	KEPT do
	\do	ra, 0(sp)
	\do	gp, 8(sp)
	\do	tp, 16(sp)
	\do	s0, 24(sp)
	.set	at, 32
	.irp	n,9,18,19,20,21,22,23,24,25,26,27
	\do	x\n, at(sp)
	.set	at, at+8
	.endr
	.endm

	.section .text.start, "ax"
	.globl	_start
_start:	csrr	t0, mhartid
1:	bnez	t0, 1b
	la	sp, stack_top
	call	main
	j	.

	.text
	.globl	run
run:	addi	sp, sp, -128
	KEPT	sd
	sd	sp, 0(a0)		/* x0's place */
	la	t0, back
	csrw	mtvec, t0
	csrw	mscratch, a0
	EACH_F	fld, a0
	mv	x31, a0
	EACH_X	ld
	ld	x31, 31*8(x31)
	mret
	.balign	4
back:	csrrw	x31, mscratch, x31
	EACH_X	sd
	csrr	x1, mscratch
	sd	x1, 31*8(x31)
	EACH_F	fsd, x31
	ld	sp, 0(x31)
	KEPT	ld
	addi	sp, sp, 128
	ret

	.bss
	.balign	16
	.zero	8192
stack_top:
