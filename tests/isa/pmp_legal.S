/* pmpaddr has 54 bits, pmpcfg no bits 6:5, and W without R is not taken */
/* QEMU keeps what is written */
#include "tests/isa/isa.h"

	.globl	main
main:
	li	a1, -1
	csrw	pmpaddr5, a1
	csrr	a1, pmpaddr5
	IS	a1, 0x003fffffffffffff
	li	a1, 0x6300 /* byte 1: bits 6:5, R, W */
	csrs	pmpcfg0, a1
	csrr	a1, pmpcfg0
	srli	a1, a1, 8
	andi	a1, a1, 0xff
	IS	a1, 3
	li	a1, 0x0200 /* W alone: the byte keeps its value */
	csrw	pmpcfg0, a1
	csrr	a1, pmpcfg0
	IS	a1, 0x300
	PASS
