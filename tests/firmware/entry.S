/* S-mode test payload: entry of the first hart and of started ones, and a trap vector that notes
 * the trap in the hart's struct (sscratch) and skips the instruction or leaves a waiting loop. */
	.section .text.entry, "ax"
	.globl	_start
_start:
	la	sp, boot_stack_end
	call	set_vector
	j	payload_main

	.text
	/* a0 = hart id, a1 = opaque: top of a stack */
	.globl	secondary_entry
secondary_entry:
	mv	sp, a1
	call	set_vector
	csrr	a2, satp
	csrr	a3, sstatus
	j	secondary_main

	/* suspended without retention: a0 = hart id, a1 = opaque */
	.globl	resume_entry
resume_entry:
	mv	sp, a1
	call	set_vector
	j	resumed_main

set_vector:
	la	t0, harts
	slli	t1, a0, 7
	add	t0, t0, t1
	mv	tp, t0
	csrw	sscratch, t0
	la	t0, vector
	csrw	stvec, t0
	ret

	/* struct hart: 0 cause, 8 epc, 16 tval, 24 count, 32 t0, 40 t1, 48 resume pc (0 = skip) */
	.balign	4
vector:
	csrrw	tp, sscratch, tp
	sd	t0, 32(tp)
	sd	t1, 40(tp)
	csrr	t0, scause
	sd	t0, 0(tp)
	csrr	t1, sepc
	sd	t1, 8(tp)
	csrr	t1, stval
	sd	t1, 16(tp)
	ld	t1, 24(tp)
	addi	t1, t1, 1
	sd	t1, 24(tp)
	bltz	t0, 1f
	ld	t1, 48(tp)
	sd	zero, 48(tp)
	bnez	t1, 3f
	csrr	t1, sepc
	lhu	t0, 0(t1)
	andi	t0, t0, 3
	addi	t0, t0, -3
	seqz	t0, t0
	slli	t0, t0, 1
	addi	t0, t0, 2
	add	t1, t1, t0
	csrw	sepc, t1
	j	2f
	/* continue where the test said, in S-mode wherever the trap came from */
3:	csrw	sepc, t1
	li	t0, 0x100
	csrs	sstatus, t0
	j	2f
	/* interrupts: clear SSIP, silence the timer by disabling it */
1:	csrci	sip, 2
	li	t1, 32
	slli	t0, t0, 1
	srli	t0, t0, 1
	addi	t0, t0, -5
	bnez	t0, 2f
	csrc	sie, t1
2:	ld	t0, 32(tp)
	ld	t1, 40(tp)
	csrrw	tp, sscratch, tp
	sret

	/* a0 = where to go in U-mode; comes back when that code makes a call */
	.globl	run_user
run_user:
	addi	sp, sp, -16
	sd	ra, 8(sp)
	la	t0, user_back
	sd	t0, 48(tp)
	csrw	sepc, a0
	li	t0, 0x100
	csrc	sstatus, t0
	sret
	.globl	user_back
user_back:
	ld	ra, 8(sp)
	addi	sp, sp, 16
	ret

	.globl	user_rdtime
user_rdtime:
	rdtime	a0
	ecall

	.bss
	.balign	16
	.space	4096
boot_stack_end:
