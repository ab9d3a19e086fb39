# A trap handler that saves and restores everything around bench_trap(frame); U-mode entry.
	.text
	.globl bench_trap_entry, bench_enter_user
	.align 2
bench_trap_entry:
	csrrw	sp, sscratch, sp
	addi	sp, sp, -272
	.irp	r, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	sd	x\r, 8*\r(sp)
	.endr
	csrr	t0, sscratch
	sd	t0, 16(sp)
	csrr	t1, sepc
	sd	t1, 0(sp)
	csrr	t2, sstatus
	sd	t2, 256(sp)
	addi	t0, sp, 272
	csrw	sscratch, t0
	mv	a0, sp
	csrr	a1, scause
	csrr	a2, stval
	call	bench_trap
	ld	t0, 0(sp)
	csrw	sepc, t0
	ld	t1, 256(sp)
	csrw	sstatus, t1
	.irp	r, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	ld	x\r, 8*\r(sp)
	.endr
	ld	sp, 16(sp)
	sret

# bench_enter_user(pc, sp): never comes back but through a trap
bench_enter_user:
	la	t0, bench_trap_entry
	csrw	stvec, t0
	la	t0, trap_stack_top
	csrw	sscratch, t0
	csrw	sepc, a0
	li	t0, 0x100
	csrc	sstatus, t0
	mv	sp, a1
	sret

	.bss
	.align 12
	.space	16384
trap_stack_top:
