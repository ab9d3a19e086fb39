/* csrrs and csrrc with a register that holds zero still write, so a read-only CSR refuses */
/* QEMU looks at the value */
#include "tests/isa/isa.h"

	.globl	main
main:
	li	a1, 0
	ILLEGAL_INSN csrrs a0, mhartid, a1
	ILLEGAL_INSN csrrc a0, mvendorid, a1
	ILLEGAL_INSN csrrs zero, cycle, a1
	csrrs	a0, mhartid, zero
	csrrsi	a0, mhartid, 0
	PASS
