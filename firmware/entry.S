/* Reset, trap entry and exit, and single accesses that may trap. */
#include "devices/memmap.h"
#include "firmware/layout.h"

	.section .text.entry, "ax"
	.globl	_start
	/* a0 = hart id, a1 = device tree, a2 = struct fw_dynamic_info or anything */
_start:
	csrw	mie, zero
	li	t0, MEMMAP_MAX_HARTS
	bgeu	a0, t0, park

	/* A preferred hart boots if a2 names one; reading a2 may trap when it means nothing. */
	la	t0, no_dynamic
	csrw	mtvec, t0
	li	t2, -1
	beqz	a2, no_dynamic_known
	andi	t0, a2, 7
	bnez	t0, no_dynamic_known
	ld	t0, (8 * DYNAMIC_WORD_MAGIC)(a2)
	li	t1, DYNAMIC_MAGIC
	bne	t0, t1, no_dynamic_known
	ld	t2, (8 * DYNAMIC_WORD_BOOT)(a2)
	j	dynamic_known
	.balign	4
no_dynamic:
	li	t2, -1
no_dynamic_known:
	li	a2, 0
dynamic_known:
	la	t0, panic_vector
	csrw	mtvec, t0
	li	t0, MEMMAP_MAX_HARTS
	bltu	t2, t0, 1f
	la	t0, lottery
	li	t1, 1
	amoswap.w.aq t1, t1, (t0)
	bnez	t1, wait_ready
	j	boot
1:	bne	a0, t2, wait_ready

boot:
	la	t0, _bss_start
	la	t1, _bss_end
1:	bgeu	t0, t1, 2f
	sd	zero, 0(t0)
	addi	t0, t0, 8
	j	1b
2:	call	set_stack
	mv	s0, a0
	call	boot_main
	mv	a0, s0
	la	t0, ready
	li	t1, 1
	fence	rw, w
	sw	t1, 0(t0)
	j	hart_main

wait_ready:
	la	t0, ready
1:	lw	t1, 0(t0)
	beqz	t1, 1b
	fence	r, rw
	call	set_stack
	j	hart_main

	/* sp and tp of hart a0; changes t0 and t1 only */
set_stack:
	la	sp, _firmware_stacks
	addi	t0, a0, 1
	slli	t0, t0, STACK_SHIFT
	add	sp, sp, t0
	la	tp, harts
	slli	t1, a0, HART_SHIFT
	add	tp, tp, t1
	sd	sp, HART_STACK_TOP(tp)
	ret

park:
	wfi
	j	park

/* From S or U.  mscratch holds the struct hart. */
	.text
	.balign	4
	.globl	trap_vector
trap_vector:
	csrrw	tp, mscratch, tp
	sd	sp, HART_SCRATCH(tp)
	ld	sp, HART_STACK_TOP(tp)
	addi	sp, sp, -FRAME_BYTES
	sd	x1, 8(sp)
	sd	x3, 24(sp)
	.irp	n, 5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	sd	x\n, (8 * \n)(sp)
	.endr
	la	t0, panic_vector
	csrw	mtvec, t0
	ld	t0, HART_SCRATCH(tp)
	sd	t0, 16(sp)
	csrr	t0, mscratch
	sd	t0, 32(sp)
	csrr	t0, mepc
	sd	t0, 256(sp)
	csrr	t0, mstatus
	sd	t0, 264(sp)
	mv	a0, sp
	call	trap

	ld	t0, 256(sp)
	csrw	mepc, t0
	ld	t0, 264(sp)
	csrw	mstatus, t0
	la	t0, trap_vector
	csrw	mtvec, t0
	csrw	mscratch, tp
	ld	x1, 8(sp)
	ld	x3, 24(sp)
	ld	x4, 32(sp)
	.irp	n, 5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	ld	x\n, (8 * \n)(sp)
	.endr
	ld	x2, 16(sp)
	mret

/* Into S for the first time: a0 and a1 as given, all else zero; mepc and mstatus are set. */
	.globl	enter_supervisor
enter_supervisor:
	csrw	mscratch, a2
	la	t0, trap_vector
	csrw	mtvec, t0
	.irp	n, 1,2,3,4,5,6,7,8,9,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	li	x\n, 0
	.endr
	mret

/* M-mode itself trapped: nothing can be trusted; say so and end the run. */
	.balign	4
panic_vector:
	la	t0, halt
	csrw	mtvec, t0
	csrr	a0, mcause
	csrr	a1, mepc
	csrr	a2, mtval
	call	panic
	.balign	4
halt:
	wfi
	j	halt

/* One instruction was expected to trap: note it and go on behind it.  a3 = struct trap_info. */
	.balign	4
	.globl	expected_trap
expected_trap:
	csrr	a4, mcause
	sd	a4, 0(a3)
	csrr	a4, mtval
	sd	a4, 8(a3)
	li	a4, 1
	sd	a4, 16(a3)
	csrr	a4, mepc
	addi	a4, a4, 4
	csrw	mepc, a4
	mret

/* a0 = address, a1 = bits to set in mstatus, a2 = value, a3 = struct trap_info.  mstatus is put
 * back whole: a trap would leave another MPP. */
	.macro	access name, instruction:vararg
	.globl	\name
\name:
	la	t0, expected_trap
	csrrw	t0, mtvec, t0
	csrr	t1, mstatus
	sd	zero, 16(a3)
	csrs	mstatus, a1
	.option	push
	.option	norvc
	\instruction
	.option	pop
	csrw	mstatus, t1
	csrw	mtvec, t0
	ret
	.endm

	access	access_lbu, lbu a0, 0(a0)
	access	access_lhu, lhu a0, 0(a0)
	access	access_lw, lw a0, 0(a0)
	access	access_sb, sb a2, 0(a0)

/* Floating-point registers by number, for emulated loads and stores. */
	.option	push
	.option	norvc
	.option	arch, +d
	.globl	fp_get
fp_get:
	la	t0, 1f
	slli	a0, a0, 3
	add	t0, t0, a0
	jr	t0
1:
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	fmv.x.d	a0, f\n
	ret
	.endr
	.globl	fp_set
fp_set:
	la	t0, 1f
	slli	a0, a0, 3
	add	t0, t0, a0
	jr	t0
1:
	.irp	n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	fmv.d.x	f\n, a1
	ret
	.endr
	.option	pop

/* Not in .bss: harts look at them while the first one clears it. */
	.data
	.balign	4
lottery:
	.word	0
ready:
	.word	0
