/* With --misaligned trap misaligned loads and stores trap before their pages are looked at */
/* faultline: --misaligned trap */
/* QEMU 7 has no such option */
#include "tests/isa/isa.h"

	.globl	main
main:
	la	a0, word + 1
	TRAPS	LOAD_MISALIGN, a0, lh a1, (a0)
	TRAPS	LOAD_MISALIGN, a0, lhu a1, (a0)
	TRAPS	LOAD_MISALIGN, a0, lw a1, (a0)
	TRAPS	LOAD_MISALIGN, a0, lwu a1, (a0)
	TRAPS	LOAD_MISALIGN, a0, ld a1, (a0)
	TRAPS	LOAD_MISALIGN, a0, flw fa0, (a0)
	TRAPS	LOAD_MISALIGN, a0, fld fa0, (a0)
	TRAPS	STORE_MISALIGN, a0, sh a1, (a0)
	TRAPS	STORE_MISALIGN, a0, sw a1, (a0)
	TRAPS	STORE_MISALIGN, a0, sd a1, (a0)
	TRAPS	STORE_MISALIGN, a0, fsw fa0, (a0)
	TRAPS	STORE_MISALIGN, a0, fsd fa0, (a0)
	addi	a0, a0, 3
	TRAPS	LOAD_MISALIGN, a0, ld a1, (a0)
	lw	a1, (a0)
	lb	a1, 1(a0)
	sb	a1, 1(a0)
	VM_ON
	li	a0, VM + 4096 * 7 + 3 /* not mapped */
	ENTER_S
	TRAPS	LOAD_MISALIGN, a0, lw a1, (a0)
	ENTER_S
	TRAPS	STORE_MISALIGN, a0, sd a1, (a0)
	PASS

	.data
	.balign	16
word:	.dword	1, 2
