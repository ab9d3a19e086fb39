/* sstatus, sie and sip are views of mstatus, mie and mip; UXL and SXL are 64 bits */
#include "tests/isa/isa.h"

	.globl	main
main:
	csrr	a0, mstatus
	srli	a1, a0, 32
	andi	a1, a1, 15
	IS	a1, 0xa
	csrr	a0, sstatus
	srli	a1, a0, 32
	andi	a1, a1, 15
	IS	a1, 2

	/* sstatus shows and writes S's bits only */
	li	a0, MSTATUS_MIE | MSTATUS_MPIE | MSTATUS_MPP | MSTATUS_MPRV | MSTATUS_TVM | MSTATUS_TW | MSTATUS_TSR
	li	a1, MSTATUS_MPRV
	xor	a2, a0, a1 /* MPRV would act on our own loads */
	csrs	mstatus, a2
	csrr	a1, sstatus
	and	a1, a1, a0
	IS	a1, 0
	csrc	mstatus, a2
	csrs	sstatus, a0
	csrr	a1, mstatus
	and	a1, a1, a0
	IS	a1, 0
	li	a0, MSTATUS_SUM | MSTATUS_MXR | MSTATUS_SPP | MSTATUS_SPIE
	csrs	sstatus, a0
	csrr	a1, mstatus
	and	a1, a1, a0
	IS_REG	a1, a0
	csrc	mstatus, a0
	csrr	a1, sstatus
	and	a1, a1, a0
	IS	a1, 0

	/* sie shows the delegated interrupts */
	csrw	mideleg, zero
	li	a0, 0xaaa
	csrw	mie, a0
	csrr	a1, mie
	IS	a1, 0xaaa
	csrr	a1, sie
	IS	a1, 0
	csrw	sie, zero
	csrr	a1, mie
	IS	a1, 0xaaa
	li	a0, 0x222
	csrw	mideleg, a0
	csrr	a1, sie
	IS	a1, 0x222
	csrw	sie, zero
	csrr	a1, mie
	IS	a1, 0x888
	csrw	mie, zero

	/* sip: SSIP is written there, STIP and SEIP are not; mip writes all three */
	li	a0, -1
	csrw	sip, a0
	csrr	a1, mip
	andi	a1, a1, 0x222
	IS	a1, 2
	csrw	sip, zero
	li	a0, 0x222
	csrs	mip, a0
	csrr	a1, sip
	andi	a1, a1, 0x222
	IS	a1, 0x222
	csrw	sip, zero
	csrr	a1, sip
	andi	a1, a1, 0x222
	IS	a1, 0x220
	csrc	mip, a0
	csrr	a1, mip
	andi	a1, a1, 0x222
	IS	a1, 0
	/* MSIP, MTIP and MEIP belong to devices */
	li	a0, 0x888
	csrw	mip, a0
	csrr	a1, mip
	andi	a1, a1, 0x088
	andi	a1, a1, 0x8
	IS	a1, 0

	csrr	a0, misa
	li	a1, 2 << 62 | 1 << 0 | 1 << 2 | 1 << 3 | 1 << 5 | 1 << 8 | 1 << 12 | 1 << 18 | 1 << 20
	and	a0, a0, a1
	IS_REG	a0, a1
	PASS
