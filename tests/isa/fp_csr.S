/* fflags, frm and fcsr are one register; flags accumulate; reserved rounding modes are illegal */
#include "tests/isa/isa.h"

	.globl	main
main:
	csrw	fcsr, zero
	li	a0, -1
	csrw	fcsr, a0
	csrr	a1, fcsr
	IS	a1, 0xff
	csrr	a1, fflags
	IS	a1, 0x1f
	csrr	a1, frm
	IS	a1, 7
	csrw	frm, zero
	csrr	a1, fcsr
	IS	a1, 0x1f
	csrw	fflags, zero
	csrwi	frm, 3
	csrr	a1, fcsr
	IS	a1, 0x60
	csrrsi	a1, fflags, 5
	IS	a1, 0
	csrr	a1, fcsr
	IS	a1, 0x65
	csrrci	a1, fflags, 1
	IS	a1, 5
	csrrw	a1, fcsr, zero
	IS	a1, 0x64

	/* flags add up */
	li	a0, 1
	fcvt.d.l fa0, a0
	fcvt.d.l fa1, zero
	fdiv.d	fa2, fa0, fa1 /* DZ */
	fsub.d	fa3, fa2, fa2 /* NV */
	csrr	a1, fflags
	IS	a1, 0x18
	fadd.d	fa3, fa0, fa0
	csrr	a1, fflags
	IS	a1, 0x18
	/* a write of fflags in between is seen, and cleared flags stay cleared */
	csrwi	fflags, 2
	fadd.d	fa3, fa0, fa0
	csrr	a1, fflags
	IS	a1, 2

	/* the dynamic mode is used by instructions that say so */
	li	a0, 0x3ca0000000000000 /* 2^-53 */
	fmv.d.x	fa1, a0
	csrwi	frm, 3 /* up */
	fadd.d	fa2, fa0, fa1
	fmv.x.d	a1, fa2
	IS	a1, 0x3ff0000000000001
	fadd.d	fa2, fa0, fa1, rdn
	fmv.x.d	a1, fa2
	IS	a1, 0x3ff0000000000000
	csrwi	frm, 2
	fadd.d	fa2, fa0, fa1
	fmv.x.d	a1, fa2
	IS	a1, 0x3ff0000000000000
	csrwi	frm, 4
	fadd.d	fa2, fa0, fa1
	fmv.x.d	a1, fa2
	IS	a1, 0x3ff0000000000001

	/* reserved: dynamic 5, 6, 7, static 5 and 6 */
	csrwi	frm, 5
	ILLEGAL_INSN fadd.d fa2, fa0, fa1, dyn
	ILLEGAL_INSN fsqrt.s fa2, fa0, dyn
	ILLEGAL_INSN fcvt.l.d a1, fa0, dyn
	fadd.d	fa2, fa0, fa1, rne /* static: does not care */
	fsgnj.d	fa2, fa0, fa1 /* has no rounding mode */
	feq.d	a1, fa0, fa0
	csrwi	frm, 7
	ILLEGAL_INSN fmadd.d fa2, fa0, fa1, fa1, dyn
	csrwi	frm, 0
	ILLEGAL_INSN .word 0x02b55653 /* fadd.d fa2, fa0, fa1 with rm = 5 */
	ILLEGAL_INSN .word 0x02b56653 /* rm = 6 */
	PASS
