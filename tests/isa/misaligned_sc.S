/* A misaligned SC traps as a store, reservation or not */
/* QEMU checks the reservation first */
#include "tests/isa/isa.h"

	.globl	main
main:
	la	a0, word + 4
	TRAPS	STORE_MISALIGN, a0, sc.d a1, a2, (a0)
	la	a0, word + 2
	TRAPS	STORE_MISALIGN, a0, sc.w a1, a2, (a0)
	la	a2, word
	lr.d	a1, (a2)
	TRAPS	STORE_MISALIGN, a0, sc.w a1, a2, (a0)
	ld	a3, word
	IS	a3, 0x1122334455667788
	PASS

	.data
	.balign	8
word:	.dword	0x1122334455667788, 0
