/* Sdtrig without a trigger: what looks for one finds that there is none, and does not trap */
/* QEMU has two triggers */
#include "tests/isa/isa.h"

	.globl	main
main:
	li	a1, -1
	csrrw	zero, tselect, a1
	csrrs	a0, tselect, zero
	IS	a0, 0
	csrrw	zero, tdata1, a1
	csrrs	a0, tdata1, zero
	IS	a0, 0
	csrrw	zero, tdata2, a1
	csrrs	a0, tdata2, zero
	IS	a0, 0
	csrrw	zero, tdata3, a1
	csrrs	a0, tdata3, zero
	IS	a0, 0
	/* version 1.0, and of types none but that of what is not there */
	csrrs	a0, tinfo, zero
	li	a1, 0x01000001
	IS_REG	a0, a1
	/* optional, and Debug Mode's own */
	ILLEGAL_INSN csrr a0, tcontrol
	ILLEGAL_INSN csrr a0, dcsr
	ENTER_S
	ILLEGAL_INSN csrr a0, tselect
	ENTER_U
	ILLEGAL_INSN csrw tdata1, zero
	PASS
