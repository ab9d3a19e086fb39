/* PMP: an access that an entry matches only in part fails, in M-mode as well */
#include "tests/isa/isa.h"

	.globl	main
main:
	la	a0, words
	ld	a2, (a0)
	addi	t0, a0, 4
	srli	t0, t0, 2
	csrw	pmpaddr0, t0
	li	t0, 0x17	/* NA4, RWX, not locked */
	csrw	pmpcfg0, t0
	TRAPS	LOAD_ACCESS, a0, ld a1, (a0)
	TRAPS	STORE_ACCESS, a0, sd a1, (a0)
	TRAPS	STORE_ACCESS, a0, amoadd.d a1, a1, (a0)
	/* either half alone is whole */
	lw	a1, (a0)
	IS	a1, 0x55667788
	lw	a1, 4(a0)
	IS	a1, 0x11223344
	sw	zero, 4(a0)
	csrw	pmpcfg0, zero
	ld	a1, (a0)
	IS	a1, 0x55667788
	PASS

	.data
	.balign	8
words:	.dword	0x1122334455667788
