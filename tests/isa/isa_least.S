/* What --isa does not name is illegal: instructions, registers, fields; misa says so */
/* faultline: --isa rv64imac */
/* QEMU 7 has no such option */
#include "tests/isa/isa.h"

	.globl	main
main:
	csrr	a0, misa
	li	a1, 2 << 62 | 1 << 20 | 1 << 18 | 1 << 12 | 1 << 8 | 1 << 2 | 1
	IS_REG	a0, a1
	csrr	a0, mstatus
	li	a1, MSTATUS_FS
	and	a0, a0, a1
	IS	a0, 0
	ILLEGAL_INSN fadd.d fa0, fa0, fa0
	ILLEGAL_INSN fmv.x.w a0, fa0
	ILLEGAL_INSN flw fa0, (sp)
	ILLEGAL_INSN csrr a0, fcsr
	ILLEGAL_INSN csrr a0, fflags
	ILLEGAL_INSN csrr a0, cycle
	ILLEGAL_INSN csrr a0, time
	ILLEGAL_INSN csrr a0, hpmcounter3
	ILLEGAL_INSN csrr a0, 0x14d /* stimecmp */
	ILLEGAL_INSN csrr a0, 0xda0 /* scountovf */
	ILLEGAL_INSN .word 0x08b5053b /* add.uw */
	ILLEGAL_INSN .word 0x60051513 /* clz */
	ILLEGAL_INSN .word 0x0ab51533 /* clmul */
	ILLEGAL_INSN .word 0x48b51533 /* bclr */
	ILLEGAL_INSN .word 0x0eb55533 /* czero.eqz */
	ILLEGAL_INSN .word 0x0005200f /* cbo.inval */
	ILLEGAL_INSN .word 0x0045200f /* cbo.zero */
	ILLEGAL_INSN .word 0x00d00073 /* wrs.nto */
	ILLEGAL_INSN .word 0x00051507 /* flh */
	ILLEGAL_INSN .word 0x16000073 /* sinval.vma */
	CASE
	la	s11, 1f
	.balign	4
	.half	0x9d61 /* c.zext.b */
	.half	1
	FAIL
1:	IS	s7, ILLEGAL
	IS	s9, 0x9d61
	li	a0, -1
	csrw	0x30a, a0
	csrr	a1, 0x30a
	li	a2, 1 << 61 | 1 /* ADUE is --ad's; FIOM */
	IS_REG	a1, a2
	csrw	mcountinhibit, a0
	csrr	a1, mcountinhibit
	IS	a1, 5
	csrw	mcountinhibit, zero
	csrw	mhpmevent3, a0
	csrr	a1, mhpmevent3
	IS	a1, 0
	csrw	mideleg, a0
	csrr	a1, mideleg
	IS	a1, 0x222
	csrw	mideleg, zero
	/* hints are hints all the same, and mul is there */
	.word	0x0100000f /* pause */
	.word	0x00056013 /* prefetch.i */
	li	a0, 6
	mul	a0, a0, a0
	IS	a0, 36
	PASS
