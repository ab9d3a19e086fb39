/* An AMO or SC where no memory is faults as a store, an LR as a load */
/* QEMU reports another cause for AMOs on what is not RAM */
#include "tests/isa/isa.h"

	.globl	main
main:
	li	a0, 0x40
	TRAPS	STORE_ACCESS, a0, amoadd.w a1, a1, (a0)
	TRAPS	STORE_ACCESS, a0, amoswap.d a1, a1, (a0)
	TRAPS	STORE_ACCESS, a0, sc.w a1, a1, (a0)
	TRAPS	LOAD_ACCESS, a0, lr.d a1, (a0)
	li	a1, 9
	TRAPS	STORE_ACCESS, a0, amomax.d a1, a2, (a0)
	IS	a1, 9
	PASS
