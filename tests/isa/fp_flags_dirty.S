/* An instruction that only raises flags makes FS dirty too */
/* QEMU forgets that flags are state */
#include "tests/isa/isa.h"

	.globl	main
main:
	li	a0, 0x3fe0000000000000 /* 0.5 */
	fmv.d.x	fa0, a0
	csrw	fflags, zero
	li	a0, MSTATUS_FS
	csrc	mstatus, a0
	li	a0, 2 << 13
	csrs	mstatus, a0
	fcvt.l.d a3, fa0 /* raises NX */
	csrr	a0, mstatus
	srli	a0, a0, 13
	andi	a0, a0, 3
	IS	a0, 3
	PASS
