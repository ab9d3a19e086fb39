/* CSRs that are absent, read-only or above one's privilege are illegal */
#include "tests/isa/isa.h"

	.macro FROM_U insn:vararg
	ENTER_U
	ILLEGAL_INSN \insn
	.endm

	.macro FROM_S insn:vararg
	ENTER_S
	ILLEGAL_INSN \insn
	.endm

	.globl	main
main:
	/* absent */
	ILLEGAL_INSN csrr a0, 0x8ff
	ILLEGAL_INSN csrw 0x5c0, zero
	ILLEGAL_INSN csrr a0, 0x003 + 0x100
	ILLEGAL_INSN csrr a0, 0x7c0
	/* read-only ones may be read in any way that writes nothing */
	csrr	a0, mhartid
	IS	a0, 0
	csrrs	a0, mvendorid, zero
	csrrsi	a0, marchid, 0
	csrrci	a0, mimpid, 0
	csrr	a0, mconfigptr
	IS	a0, 0
	li	a1, 1
	ILLEGAL_INSN csrrw a0, mhartid, zero
	ILLEGAL_INSN csrrs a0, mhartid, a1
	ILLEGAL_INSN csrrc a0, mvendorid, a1
	ILLEGAL_INSN csrrwi zero, mhartid, 0
	ILLEGAL_INSN csrrsi a0, marchid, 1
	ILLEGAL_INSN csrw cycle, zero
	ILLEGAL_INSN csrrw zero, time, a0
	/* an illegal access writes neither register */
	li	a0, 77
	ILLEGAL_INSN csrrw a0, mhartid, a0
	IS	a0, 77

	FROM_S	csrr a0, mstatus
	FROM_S	csrr a0, mhartid
	FROM_S	csrw mscratch, zero
	FROM_S	csrr a0, pmpaddr0
	FROM_S	mret
	FROM_U	csrr a0, sstatus
	FROM_U	csrr a0, satp
	FROM_U	csrw sscratch, zero
	FROM_U	csrr a0, mstatus
	FROM_U	sret
	FROM_U	mret
	FROM_U	wfi
	FROM_U	sfence.vma
	ENTER_S
	csrw	sscratch, s0
	csrr	a0, sstatus
	csrr	a0, satp
	ENTER_M

	/* read-modify-write returns the old value, and rs1 = x0 writes nothing */
	li	a0, 0xff
	csrw	mscratch, a0
	li	a1, 0x0f
	csrrc	a2, mscratch, a1
	IS	a2, 0xff
	csrrs	a2, mscratch, zero
	IS	a2, 0xf0
	li	a1, 0x105
	csrrs	a2, mscratch, a1
	csrrwi	a2, mscratch, 31
	IS	a2, 0x1f5
	csrrci	a2, mscratch, 1
	IS	a2, 31
	csrrsi	a2, mscratch, 0
	IS	a2, 30
	csrrw	a2, mscratch, a2 /* rd = rs1 */
	IS	a2, 30
	csrrw	zero, mscratch, a1
	csrr	a2, mscratch
	IS	a2, 0x105
	PASS
