/* A satp write with a MODE that is not there changes nothing; Bare counts at once */
#include "tests/isa/isa.h"

	.globl	main
main:
	VM_ON
	csrr	a0, satp
	li	a1, 1 << 60
	csrw	satp, a1
	csrr	a2, satp
	IS_REG	a2, a0
	li	a1, 7 << 60 | 0x1234
	csrw	satp, a1
	csrr	a2, satp
	IS_REG	a2, a0
	li	a1, 11 << 60 | 5 << 44
	csrw	satp, a1
	csrr	a2, satp
	IS_REG	a2, a0
	li	a1, 15 << 60
	csrs	satp, a1
	csrr	a2, satp
	IS_REG	a2, a0

	/* ASIDLEN is read back by writing ones: a run of ones from the bottom */
	li	a1, 0xffff << 44
	csrs	satp, a1
	csrr	a2, satp
	srli	a2, a2, 44
	slli	a2, a2, 48
	srli	a2, a2, 48
	addi	a3, a2, 1
	and	a3, a3, a2
	IS	a3, 0
	csrw	satp, a0

	/* to Bare and back without a fence */
	MAP	0, page_a, PTE_RWXAD
	la	a4, page_a
	li	a1, 0x99
	sd	a1, (a4)
	li	a5, VM
	ENTER_S
	ld	a1, (a5)
	IS	a1, 0x99
	csrw	satp, zero
	ld	a1, (a4)
	IS	a1, 0x99
	li	a1, 0x40
	TRAPS	LOAD_ACCESS, a1, ld a2, (a1)
	csrw	satp, a0
	ENTER_S
	ld	a1, (a5)
	IS	a1, 0x99
	ENTER_M
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
