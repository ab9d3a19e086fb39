/* Bit 0 of mepc and sepc reads as zero */
/* QEMU keeps it */
#include "tests/isa/isa.h"

	.globl	main
main:
	li	a0, -1
	csrw	mepc, a0
	csrr	a1, mepc
	IS	a1, -2
	csrw	sepc, a0
	csrr	a1, sepc
	IS	a1, -2
	PASS
