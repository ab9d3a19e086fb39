/*
 * Entry from the firmware, entry and exit of traps, switching, floating-point state, and the only
 * code that touches user addresses.
 */
#define FRAME_BYTES   288
#define FRAME_SSTATUS 256
#define FRAME_SCAUSE  264
#define FRAME_STVAL   272
#define SSTATUS_SUM   (1 << 18)
#define EFAULT	      14

	.macro	load_gp
	.option	push
	.option	norelax
	la	gp, __global_pointer$
	.option	pop
	.endm

	.section .text.start, "ax"
	.globl _start
	.option	push
	.option	norelax			/* gp is not yet set */
/*
 * S-mode, satp = 0, a0 = hart, a1 = device tree; at whatever physical page the loader chose.  Maps
 * the image at its link address by 4 KiB pages, the first 253 GiB of physical space at DIRECT_BASE by
 * gigapages, and for the moment the gigabyte that we run in at itself.
 */
_start:
	csrw	sie, zero
	la	t0, kernel_bss
	la	t1, kernel_end
1:	sd	zero, (t0)
	addi	t0, t0, 8
	bltu	t0, t1, 1b

	la	t0, kernel_root
	li	t1, 256			/* direct map: root entries 256 .. 508 */
	li	t2, 0xef		/* D A G X W R V */
	li	t4, 509
2:	slli	t3, t1, 3
	add	t3, t3, t0
	sd	t2, (t3)
	li	t5, 1 << 28		/* one gigabyte further, as a PPN in a PTE */
	add	t2, t2, t5
	addi	t1, t1, 1
	bltu	t1, t4, 2b

	la	t1, _start
	srli	t2, t1, 30		/* identity */
	slli	t3, t2, 3
	add	t3, t3, t0
	slli	t2, t2, 28
	ori	t2, t2, 0xcf
	sd	t2, (t3)

	la	t2, image_l1
	srli	t3, t2, 2
	ori	t3, t3, 1
	li	t4, 510 * 8
	add	t4, t4, t0
	sd	t3, (t4)
	la	t3, image_l0
	srli	t4, t3, 2
	ori	t4, t4, 1
	sd	t4, (t2)
	la	t1, _start
	la	t5, kernel_end
	srli	t2, t1, 2
	ori	t2, t2, 0xef
3:	sd	t2, (t3)
	addi	t3, t3, 8
	addi	t2, t2, 1 << 10
	li	t6, 4096
	add	t1, t1, t6
	bltu	t1, t5, 3b

	srli	t0, t0, 12
	li	t1, 8
	slli	t1, t1, 60
	or	t0, t0, t1
	la	a2, _start		/* where we are, for the C part */
	sfence.vma
	csrw	satp, t0
	sfence.vma
	la	t0, high_address
	ld	t0, (t0)
	jr	t0
	.balign	8
high_address:
	.dword	1f
boot_stack_address:
	.dword	boot_stack + 4096
1:	la	sp, boot_stack_address
	ld	sp, (sp)
	csrw	sscratch, zero
	la	t0, trap_vector
	csrw	stvec, t0
	.option	pop
	load_gp
	li	s0, 0
	call	kernel_main
4:	wfi
	j	4b

	.macro	each_register op	/* but sp, to or from the frame at sp */
	.irp n, 1,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\op	x\n, 8*\n(sp)
	.endr
	.endm
	.macro	save_csrs
	csrr	t0, sepc
	csrr	t1, sstatus
	csrr	t2, scause
	csrr	t3, stval
	sd	t0, 0(sp)
	sd	t1, FRAME_SSTATUS(sp)
	sd	t2, FRAME_SCAUSE(sp)
	sd	t3, FRAME_STVAL(sp)
	.endm
	.macro	restore_csrs
	ld	t0, 0(sp)
	ld	t1, FRAME_SSTATUS(sp)
	csrw	sepc, t0
	csrw	sstatus, t1
	.endm

	.text
/* Every trap.  sscratch: in user mode where to save the registers, in the kernel 0. */
	.balign	4
trap_vector:
	csrrw	sp, sscratch, sp
	bnez	sp, from_user
	csrr	sp, sscratch
	addi	sp, sp, -FRAME_BYTES
	csrw	sscratch, t0
	/*
	 * Kernel stacks lie in 0xffffffff40xxxxxx and are the upper halves of 16 KiB: an sp in a lower half has
	 * run into the guard, one elsewhere is no stack.  Either would fault again, for ever.
	 */
	srai	t0, sp, 24
	addi	t0, t0, 0xc0
	bnez	t0, 2f
	srli	t0, sp, 13
	andi	t0, t0, 1
	bnez	t0, 1f
2:	la	sp, boot_stack + 4096 - FRAME_BYTES
1:	csrr	t0, sscratch
	csrw	sscratch, zero
	each_register sd
	addi	t0, sp, FRAME_BYTES
	sd	t0, 16(sp)
	save_csrs
	li	t0, SSTATUS_SUM
	csrc	sstatus, t0
	load_gp				/* user_trap's entry may be what has failed */
	mv	a0, sp
	call	kernel_trap
	restore_csrs
	each_register ld
	ld	x2, 16(sp)
	sret

from_user:
	each_register sd
	csrr	t0, sscratch
	sd	t0, 16(sp)
	csrw	sscratch, zero
	save_csrs
	load_gp
	mv	a0, sp
	call	user_trap
user_return:
	restore_csrs
	csrw	sscratch, sp
	each_register ld
	ld	x2, 16(sp)
	sret

/* Where a new thread comes out of its first switch: s0 = function to call first, or 0. */
	.globl	thread_start
thread_start:
	call	switch_finish
	beqz	s0, 1f
	mv	a0, s1
	jalr	s0
1:	call	user_prepare
	j	user_return

/* void switch_to(struct context *from, struct context *to) */
	.globl	switch_to
switch_to:
	sc.d	zero, zero, (a0)	/* no reservation survives a switch */
	sd	ra, 0(a0)
	sd	sp, 8(a0)
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11
	sd	s\n, 16+8*\n(a0)
	.endr
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11
	ld	s\n, 16+8*\n(a1)
	.endr
	ld	ra, 0(a1)
	ld	sp, 8(a1)
	ret

	.altmacro
	.macro	fp_each op
	.irp n, 0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31
	\op	f\n, 8*\n(a0)
	.endr
	.endm
	.globl	fp_save, fp_restore
fp_save:
	fp_each	fsd
	frcsr	t0
	sd	t0, 256(a0)
	ret
fp_restore:
	fp_each	fld
	ld	t0, 256(a0)
	fscsr	t0
	ret

/*
 * The copy routines: what faults under SUM is the user's, and if it cannot be served control goes on at
 * user_access_fault.
 */
	.globl	user_copy, user_string, user_touch_read, user_touch_write, user_access_fault
/* long user_copy(void *to, const void *from, size_t bytes): 0 or -EFAULT */
user_copy:
	li	t6, SSTATUS_SUM
	csrs	sstatus, t6
	jal	a3, copy
	csrc	sstatus, t6
	li	a0, 0
	ret

/* void *memcpy(void *to, const void *from, size_t bytes); forward, as memmove wants it */
	.globl	memcpy
memcpy:
	mv	a4, a0
	jal	a3, copy
	mv	a0, a4
	ret

	.macro	eight op, at		/* words from `at` on, to or from registers */
	\op	t0, 0(\at)
	\op	t1, 8(\at)
	\op	t2, 16(\at)
	\op	t3, 24(\at)
	\op	t4, 32(\at)
	\op	a5, 40(\at)
	\op	a6, 48(\at)
	\op	a7, 56(\at)
	.endm

/* a2 bytes from a1 to a0; returns to a3, keeps a4 and t6 */
copy:
	andi	t0, a0, 7		/* the target to a multiple of 8 */
	beqz	t0, 1f
	beqz	a2, 9f
	lbu	t0, (a1)
	sb	t0, (a0)
	addi	a0, a0, 1
	addi	a1, a1, 1
	addi	a2, a2, -1
	j	copy
1:	li	t5, 8
	andi	t0, a1, 7
	bnez	t0, 5f
	li	t1, 64
	bltu	a2, t1, 3f
2:	eight	ld, a1
	eight	sd, a0
	addi	a1, a1, 64
	addi	a0, a0, 64
	addi	a2, a2, -64
	li	t1, 64
	bgeu	a2, t1, 2b
3:	bltu	a2, t5, 7f
4:	ld	t0, (a1)
	sd	t0, (a0)
	addi	a1, a1, 8
	addi	a0, a0, 8
	addi	a2, a2, -8
	bgeu	a2, t5, 4b
	j	7f
5:	bltu	a2, t5, 7f		/* the source lies otherwise: each word is made of two */
	slli	t1, t0, 3
	neg	t2, t1
	sub	a1, a1, t0
	ld	t3, (a1)
6:	ld	t4, 8(a1)
	srl	t3, t3, t1
	sll	a5, t4, t2
	or	t3, t3, a5
	sd	t3, (a0)
	mv	t3, t4
	addi	a1, a1, 8
	addi	a0, a0, 8
	addi	a2, a2, -8
	bgeu	a2, t5, 6b
	add	a1, a1, t0
7:	beqz	a2, 9f
8:	lbu	t0, (a1)
	sb	t0, (a0)
	addi	a0, a0, 1
	addi	a1, a1, 1
	addi	a2, a2, -1
	bnez	a2, 8b
9:	jr	a3

/* long user_string(char *to, const char *from, size_t max): length, max if unterminated, -EFAULT */
user_string:
	li	t6, SSTATUS_SUM
	csrs	sstatus, t6
	mv	t0, a0
	add	t2, a0, a2
1:	beq	a0, t2, 2f
	lbu	t1, (a1)
	sb	t1, (a0)
	beqz	t1, 2f
	addi	a0, a0, 1
	addi	a1, a1, 1
	j	1b
2:	csrc	sstatus, t6
	sub	a0, a0, t0
	ret

/* long user_touch_read(const void *va), user_touch_write(void *va): fault the page in, change nothing */
user_touch_read:
	li	t6, SSTATUS_SUM
	csrs	sstatus, t6
	lb	zero, (a0)
	csrc	sstatus, t6
	li	a0, 0
	ret
user_touch_write:
	li	t6, SSTATUS_SUM
	csrs	sstatus, t6
	andi	a0, a0, -4
	amoor.w	zero, zero, (a0)
	csrc	sstatus, t6
	li	a0, 0
	ret

user_access_fault:
	li	t6, SSTATUS_SUM
	csrc	sstatus, t6
	li	a0, -EFAULT
	ret

/* The signal trampoline: copied to a page that user mode may execute. */
	.globl	sigreturn_code, sigreturn_code_end
	.balign	8
	.option push
	.option norvc
sigreturn_code:
	li	a7, 139
	ecall
sigreturn_code_end:
	.option pop

	.bss
	.balign	4096
	.globl	kernel_root, image_l1, image_l0, vmap_l1, boot_stack
kernel_root:	.skip 4096
image_l1:	.skip 4096
image_l0:	.skip 4096
vmap_l1:	.skip 4096
boot_stack:	.skip 4096
