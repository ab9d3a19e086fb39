/* With FS off every floating-point instruction and CSR is illegal; a write makes FS dirty */
#include "tests/isa/isa.h"

	.globl	main
main:
	li	a0, MSTATUS_FS
	csrc	mstatus, a0
	la	a2, area
	csrr	a1, mstatus
	srli	a1, a1, 63
	IS	a1, 0
	ILLEGAL_INSN fadd.d fa0, fa0, fa0
	ILLEGAL_INSN fld fa0, (a2)
	ILLEGAL_INSN fsd fa0, (a2)
	ILLEGAL_INSN flw fa0, (a2)
	ILLEGAL_INSN fsw fa0, (a2)
	ILLEGAL_INSN fmv.x.d a0, fa0
	ILLEGAL_INSN fclass.s a0, fa0
	ILLEGAL_INSN fmadd.s fa0, fa0, fa0, fa0
	ILLEGAL_INSN feq.d a0, fa0, fa0
	ILLEGAL_INSN csrr a0, fcsr
	ILLEGAL_INSN csrr a0, frm
	ILLEGAL_INSN csrw fflags, zero
	ILLEGAL_INSN csrrsi a0, fflags, 0
	CASE
	la	s11, 2f
	.half	0x2208 /* c.fld fa0, 0(a2) */
	.half	1
	FAIL
2:	IS	s7, ILLEGAL
	IS	s9, 0x2208

	/* initial, clean: dirty after a write of a register or of fcsr, not after a read */
	.macro FS state
	li	a0, MSTATUS_FS
	csrc	mstatus, a0
	li	a0, \state << 13
	csrs	mstatus, a0
	.endm
	.macro IS_FS state
	csrr	a0, mstatus
	srli	a1, a0, 63
	srli	a0, a0, 13
	andi	a0, a0, 3
	IS	a0, \state
	IS	a1, (\state) / 3 /* SD */
	.endm
	FS	2
	IS_FS	2
	fld	fa0, (a2)
	IS_FS	3
	FS	1
	fmv.w.x	fa0, zero
	IS_FS	3
	FS	2
	csrw	fcsr, zero
	IS_FS	3
	FS	2
	fadd.d	fa1, fa0, fa0
	IS_FS	3
	PASS

	.data
	.balign	8
area:	.dword	0
