/* Misaligned LR traps as a load, misaligned SC and AMO as stores, with the address in mtval */
/* QEMU performs misaligned AMOs */
#include "tests/isa/isa.h"

	/* LR that is misaligned is a misaligned load or a load access fault, AMO and SC likewise as
	 * stores: the specification lets a machine choose; this one chooses misaligned. */
	.macro MISALIGNED cause, insn:vararg
	TRAPS	\cause, a0, \insn
	.endm

	.globl	main
main:
	la	a0, word + 4
	MISALIGNED LOAD_MISALIGN, lr.d a1, (a0)
	MISALIGNED STORE_MISALIGN, amoadd.d a1, a2, (a0)
	MISALIGNED STORE_MISALIGN, amomaxu.d a1, a2, (a0)
	la	a0, word + 2
	MISALIGNED LOAD_MISALIGN, lr.w a1, (a0)
	MISALIGNED STORE_MISALIGN, amoswap.w a1, a2, (a0)
	la	a0, word + 1
	MISALIGNED STORE_MISALIGN, amoor.w a1, a2, (a0)
	ld	a3, word
	IS	a3, 0x1122334455667788
	PASS

	.data
	.balign	8
word:	.dword	0x1122334455667788, 0
