/* An AMO on a register of the PLIC or the CLINT reads and writes it */
#include "tests/isa/isa.h"

#define ENABLE 0xc002000
#define MSIP   0x2000000

	.globl	main
main:
	li	a0, ENABLE
	li	a1, 1 << 10
	amoor.w	a2, a1, (a0)
	IS	a2, 0
	li	a1, 1 << 3
	amoor.w	a2, a1, (a0)
	IS	a2, 1 << 10
	li	a1, ~(1 << 10)
	amoand.w a2, a1, (a0)
	IS	a2, 1 << 10 | 1 << 3
	lw	a2, 0(a0)
	IS	a2, 1 << 3
	amoswap.w x0, x0, (a0)
	lw	a2, 0(a0)
	IS	a2, 0
	li	a0, MSIP
	li	a1, 1
	amoswap.w a2, a1, (a0)
	IS	a2, 0
	csrr	a2, mip
	andi	a2, a2, 8
	IS	a2, 8
	amoswap.w a2, x0, (a0)
	IS	a2, 1
	csrr	a2, mip
	andi	a2, a2, 8
	IS	a2, 0
	/* mtimecmp of hart 0: 64 bits */
	li	a0, 0x2004000
	li	a1, 1 << 40
	sd	a1, 0(a0)
	li	a3, 1 << 33 | 5
	amoadd.d a2, a3, (a0)
	IS	a2, 1 << 40
	ld	a2, 0(a0)
	IS	a2, 1 << 40 | 1 << 33 | 5
	PASS
