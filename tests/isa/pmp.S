/* PMP: the lowest match decides, a partial match fails, and a page's walk is checked as reads */
#include "tests/isa/isa.h"

#define A_OFF	0x00
#define A_TOR	0x08
#define A_NA4	0x10
#define A_NAPOT	0x18
#define LOCK	0x80

	.macro PMP n, cfg, addr
	la	t6, \addr
	srli	t6, t6, 2
	csrw	pmpaddr\n, t6
	li	t6, 0xff << (8 * \n)
	csrc	pmpcfg0, t6
	li	t6, (\cfg) << (8 * \n)
	csrs	pmpcfg0, t6
	sfence.vma
	.endm

	.macro FAULT mode, cause, insn:vararg
	\mode
	TRAPS	\cause, a0, \insn
	.endm

	.globl	main
main:
	la	a0, area
	/* NA4 without permissions at area; S and U are bound, M is not */
	PMP	0, A_NA4, area
	FAULT	ENTER_S, LOAD_ACCESS, lw a1, (a0)
	FAULT	ENTER_U, STORE_ACCESS, sb a1, (a0)
	lw	a1, (a0)
	ENTER_S
	lw	a1, 4(a0)
	lw	a1, -4(a0)
	ENTER_M
	/* an access that it matches in part */
	FAULT	ENTER_S, LOAD_ACCESS, ld a1, (a0)
	/* read-only, TOR */
	PMP	1, A_OFF, area
	PMP	2, A_TOR | 1, area + 64
	PMP	0, A_OFF, area
	ENTER_S
	ld	a1, (a0)
	ld	a1, 56(a0)
	sd	a1, 64(a0)
	sd	a1, -8(a0)
	TRAPS	STORE_ACCESS, a0, sd a1, (a0)
	FAULT	ENTER_U, STORE_ACCESS, amoadd.d a1, a1, (a0)
	/* a lower number that permits more wins */
	PMP	0, A_NA4 | 3, area
	ENTER_S
	sw	a1, (a0)
	ENTER_M
	addi	a0, a0, 4
	FAULT	ENTER_S, STORE_ACCESS, sw a1, (a0)
	addi	a0, a0, -4
	/* no execution */
	CASE
	la	s11, 1f
	ENTER_S
	jr	a0
1:	IS	s7, FETCH_ACCESS
	IS_REG	s9, a0
	PMP	0, A_OFF, area
	PMP	2, A_OFF, area

	/* NAPOT of 8 bytes in the middle of a page, under translation */
	VM_ON
	MAP	0, page, PTE_RWXAD
	la	t6, page + 0x800
	srli	t6, t6, 2
	csrw	pmpaddr0, t6 /* its bit 0 is 0: 8 bytes */
	li	t6, 0xff
	csrc	pmpcfg0, t6
	li	t6, A_NAPOT
	csrs	pmpcfg0, t6
	sfence.vma
	li	a0, VM + 0x7f8
	ENTER_S
	ld	a1, (a0)
	ld	a1, 16(a0)
	sd	a1, (a0)
	sd	a1, 16(a0)
	addi	a0, a0, 8
	TRAPS	LOAD_ACCESS, a0, ld a1, (a0)
	addi	a0, a0, 4
	FAULT	ENTER_S, STORE_ACCESS, sw a1, (a0)
	ENTER_S
	ld	a1, 4(a0)
	ENTER_M
	csrwi	pmpcfg0, 0
	sfence.vma

	/* page tables that may not be read: every walk through them is an access fault */
	MAP	0, page, PTE_RWXAD
	li	a0, VM
	PMP	0, A_OFF, vm_pte
	PMP	1, A_TOR, vm_pte + 4096
	FAULT	ENTER_S, LOAD_ACCESS, ld a1, (a0)
	FAULT	ENTER_S, STORE_ACCESS, sd a1, (a0)
	/* read-only: a walk is a read even for a store, while A and D stand */
	PMP	1, A_TOR | 1, vm_pte + 4096
	ENTER_S
	sd	a1, (a0)
	ENTER_M
	csrwi	pmpcfg0, 0
	sfence.vma

	/* MPRV: checked as S */
	csrw	satp, zero
	la	a0, area
	PMP	0, A_NA4, area
	li	t6, MSTATUS_MPP
	csrc	mstatus, t6
	li	t6, PRIV_S << 11 | MSTATUS_MPRV
	csrs	mstatus, t6
	TRAPS	LOAD_ACCESS, a0, lw a1, (a0)
	li	t6, MSTATUS_MPRV
	csrc	mstatus, t6

	/* locked: binds M, and cannot be written */
	PMP	0, A_NA4 | LOCK | 1, area
	lw	a1, (a0)
	TRAPS	STORE_ACCESS, a0, sw a1, (a0)
	TRAPS	STORE_ACCESS, a0, sd a1, (a0)
	csrwi	pmpcfg0, 0
	csrr	a1, pmpcfg0
	andi	a1, a1, 0xff
	IS	a1, A_NA4 | LOCK | 1
	csrw	pmpaddr0, zero
	csrr	a1, pmpaddr0
	srli	a2, a0, 2
	IS_REG	a1, a2
	/* pmpcfg1 and 3 are not there in RV64 */
	ILLEGAL_INSN csrr a0, 0x3a1
	PASS

	.bss
	.balign	4096
	.skip	64
area:	.skip	4032
page:	.skip	4096
