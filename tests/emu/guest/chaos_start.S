# M-mode set-up and trap entry of chaos.c.
	.section .text.start, "ax"
	.globl _start
_start:
	la	sp, stack_top
	mv	s0, a0			# seed
	li	t0, -1
	csrw	pmpaddr0, t0
	li	t0, 0x1f
	csrw	pmpcfg0, t0
	li	t0, 0xb1ff		# all but ecall from S
	csrw	medeleg, t0
	li	t0, 0x222
	csrw	mideleg, t0
	li	t0, -1
	csrw	mcounteren, t0
	csrw	scounteren, t0
	csrr	t0, 0x30a		# menvcfg.STCE
	li	t1, 1 << 63
	or	t0, t0, t1
	csrw	0x30a, t0
	la	t0, m_trap
	csrw	mtvec, t0
	li	t0, 0x7800		# FS, MPP
	csrc	mstatus, t0
	li	t0, 0x2800
	csrs	mstatus, t0
	la	t0, chaos_main
	csrw	mepc, t0
	la	t0, s_trap
	csrw	stvec, t0
	la	t0, stack_top
	csrw	sscratch, t0
	li	t0, 0x20
	csrw	sie, t0
	mv	a0, s0
	mret

	.align	2
m_trap:					# ecall from S: goes on behind it, with MPRV tried
	csrw	mscratch, t0
	csrr	t0, mepc
	addi	t0, t0, 4
	csrw	mepc, t0
	li	t0, 1 << 17
	csrs	mstatus, t0
	.option push
	.option norvc
	lw	zero, -8(sp)		# may fault into this handler once more
	.option pop
	li	t0, 1 << 17
	csrc	mstatus, t0
	csrr	t0, mscratch
	mret

	.align	2
s_trap:
	csrrw	sp, sscratch, sp
	addi	sp, sp, -272
	.irp	r, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	sd	x\r, 8*\r(sp)
	.endr
	csrr	t0, sscratch
	sd	t0, 16(sp)
	csrr	t0, sepc
	sd	t0, 0(sp)
	csrr	t0, sstatus
	sd	t0, 256(sp)
	addi	t0, sp, 272
	csrw	sscratch, t0
	mv	a0, sp
	call	chaos_trap
	.globl	chaos_resume
chaos_resume:				# a0: frame
	mv	sp, a0
	ld	t0, 256(sp)
	csrw	sstatus, t0
	ld	t0, 0(sp)
	csrw	sepc, t0
	.irp	r, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	ld	x\r, 8*\r(sp)
	.endr
	ld	sp, 16(sp)
	sret

	.bss
	.align	12
	.space	32768
stack_top:
