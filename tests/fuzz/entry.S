/* Entry, traps and the way back of the harness. */
	.option	norvc
	.section .text.start, "ax"
	.globl	_start
_start:
	csrr	t0, mhartid
	beqz	t0, 2f
1:	wfi
	j	1b
2:	la	sp, stack_end
	li	t0, 0x2000		/* FS: Initial, for the loads below */
	csrs	mstatus, t0
	call	harness_main
1:	j	1b

	/* Every trap to M-mode.  The frame holds x1 to x31. */
	.balign	4
	.globl	trap_entry
trap_entry:
	csrrw	x31, mscratch, x31
	.irp	r, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30
	sd	x\r, 8*(\r)(x31)
	.endr
	csrr	t0, mscratch
	sd	t0, 8*31(x31)
	csrw	mscratch, x31
	la	sp, stack_end
	call	harness_trap
	/* falls through */
	.globl	resume
resume:
	csrr	x31, mscratch
	.irp	r, 1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	ld	x\r, 8*(\r)(x31)
	.endr
	mret

	/* Delegated traps: M-mode looks at them and returns here, or does not. */
	.balign	4
	.globl	s_trap_entry, s_trap_return
s_trap_entry:
	ecall
s_trap_return:
	sret

	/* void load_fp(const uint64_t *f), save_fp(uint64_t *f) */
	.globl	load_fp, save_fp
load_fp:
	.irp	r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	fld	f\r, 8*(\r)(a0)
	.endr
	ret
save_fp:
	.irp	r, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	fsd	f\r, 8*(\r)(a0)
	.endr
	ret

	.bss
	.balign	16
	.skip	8192
stack_end:
