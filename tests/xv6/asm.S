#include "tests/xv6/xv6.h"

	/* Every hart, in M-mode, at 0x80000000 */
	.section .text.entry, "ax"
	.globl	_entry
_entry:
	la	sp, stack0
	li	a0, PGSIZE
	csrr	a1, mhartid
	addi	a1, a1, 1
	mul	a0, a0, a1
	add	sp, sp, a0
	call	start
1:	j	1b

	.text
	.globl	swtch
swtch:
	sd	ra, 0(a0)
	sd	sp, 8(a0)
	ld	ra, 0(a1)
	ld	sp, 8(a1)
	.irp	n, 0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11
	sd	s\n, 16 + 8 * \n(a0)
	ld	s\n, 16 + 8 * \n(a1)
	.endr
	ret

	/* A trap in S-mode, on the kernel's stack.  tp stays: the process may go on at another hart. */
	.globl	kernelvec
	.balign	4
kernelvec:
	addi	sp, sp, -256
	.irp	n, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	sd	x\n, 8 * \n(sp)
	.endr
	call	kerneltrap
	.irp	n, 1, 5, 6, 7, 10, 11, 12, 13, 14, 15, 16, 17, 28, 29, 30, 31
	ld	x\n, 8 * \n(sp)
	.endr
	addi	sp, sp, 256
	sret

#ifdef OLD
	/* The timer in M-mode: mscratch has room for three registers, mtimecmp's address, the interval. */
	.globl	timervec
	.balign	4
timervec:
	csrrw	a0, mscratch, a0
	sd	a1, 0(a0)
	sd	a2, 8(a0)
	sd	a3, 16(a0)
	ld	a1, 24(a0)
	ld	a2, 32(a0)
	ld	a3, 0(a1)
	add	a3, a3, a2
	sd	a3, 0(a1)
	li	a1, 2
	csrw	sip, a1
	ld	a3, 16(a0)
	ld	a2, 8(a0)
	ld	a1, 0(a0)
	csrrw	a0, mscratch, a0
	mret
#endif

	/* At the same address in every page table; no U. */
	.section .trampoline, "ax"
	.balign	PGSIZE
	.globl	trampoline, uservec, userret
trampoline:
uservec:
	csrw	sscratch, a0
	li	a0, TRAPFRAME
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	sd	x\n, 32 + 8 * \n(a0)
	.endr
	csrr	t0, sscratch
	sd	t0, 32 + 8 * 10(a0)
	ld	sp, 8(a0)
	ld	tp, 32(a0)
	ld	t0, 16(a0)
	ld	t1, 0(a0)
	sfence.vma
	csrw	satp, t1
	sfence.vma
	jr	t0

userret: /* a0: the process's satp */
	sfence.vma
	csrw	satp, a0
	sfence.vma
	li	a0, TRAPFRAME
	.irp	n, 1, 2, 3, 4, 5, 6, 7, 8, 9, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31
	ld	x\n, 32 + 8 * \n(a0)
	.endr
	ld	a0, 32 + 8 * 10(a0)
	sret

	.section .rodata
	.globl	user_image, user_image_end
	.balign	8
user_image:
	.incbin	USER_BIN
	.balign	8
user_image_end:
