/* MPRV lends M the privilege of MPP for loads and stores, not fetches */
#include "tests/isa/isa.h"

	.macro MPP priv
	li	t6, MSTATUS_MPP
	csrc	mstatus, t6
	li	t6, \priv << 11
	csrs	mstatus, t6
	.endm

	.macro MPRV_IS want
	csrr	a3, mstatus
	srli	a3, a3, 17
	andi	a3, a3, 1
	IS	a3, \want
	.endm

	.globl	main
main:
	VM_ON
	MAP	0, page_a, PTE_RWXAD
	MAP	1, page_a, PTE_RWXAD | PTE_U
	la	a0, page_a
	li	a1, 0x5678
	sd	a1, (a0)
	li	a4, VM
	li	a5, VM + 4096
	li	s0, MSTATUS_MPRV

	MPP	PRIV_S
	csrs	mstatus, s0
	ld	a1, (a4)
	csrc	mstatus, s0
	IS	a1, 0x5678
	csrs	mstatus, s0
	TRAPS	LOAD_PAGE, a5, ld a1, (a5)
	/* the trap set MPP = M: MPRV stands and means nothing */
	MPRV_IS	1
	ld	a1, (a0)
	IS	a1, 0x5678
	MPP	PRIV_U
	ld	a1, (a5)
	csrc	mstatus, s0
	IS	a1, 0x5678
	csrs	mstatus, s0
	TRAPS	STORE_PAGE, a4, sd a1, (a4)
	csrc	mstatus, s0
	/* SUM and MXR count as they do in S */
	MPP	PRIV_S
	li	a1, MSTATUS_SUM
	csrs	mstatus, a1
	csrs	mstatus, s0
	ld	a1, (a5)
	csrc	mstatus, s0
	IS	a1, 0x5678

	/* mret to M keeps MPRV */
	li	a1, MSTATUS_MPP
	csrs	mstatus, a1
	csrs	mstatus, s0
	la	a1, 1f
	csrw	mepc, a1
	mret
1:	MPRV_IS	1 /* MPP is U now, so no load before it is cleared */
	PASS

	.bss
	.balign	4096
page_a:	.skip	4096
