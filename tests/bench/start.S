# Entry in M-mode at 0x80000000: PMP opened, Sv39 tables of 4 KiB leaves with A and D preset built
# (mmu.c), everything delegated, then main in S-mode; its result goes to the finisher.
	.section .text.start, "ax"
	.globl _start
_start:
	csrr	t0, mhartid
1:	bnez	t0, 1b
	la	sp, boot_stack_top
	.option push
	.option norelax
	lla	gp, __global_pointer$
	.option pop
	li	t0, -1
	csrw	pmpaddr0, t0
	li	t0, 0x1f
	csrw	pmpcfg0, t0
	li	t0, 0xffff
	csrw	medeleg, t0
	csrw	mideleg, t0
	li	t0, -1
	csrw	mcounteren, t0
	csrw	scounteren, t0
	li	t0, 0x6000		# FS
	csrs	mstatus, t0
	call	bench_map		# returns satp
	csrw	satp, a0
	sfence.vma
	la	t0, 2f
	csrw	mepc, t0
	li	t0, 0x1800
	csrc	mstatus, t0
	li	t0, 0x0800
	csrs	mstatus, t0
	la	t0, bench_unexpected_trap
	csrw	stvec, t0
	mret
2:	call	main
	mv	s0, a0
	call	bench_finish
3:	j	3b

	.align	2
bench_unexpected_trap:
	li	a0, 99
	call	bench_finish
4:	j	4b

	.bss
	.align	12
	.space	65536
boot_stack_top:
