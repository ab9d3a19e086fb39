/* An ecall from M cannot be delegated: medeleg bit 11 reads 0 */
/* QEMU lets the bit be set */
#include "tests/isa/isa.h"

	.globl	main
main:
	li	a0, -1
	csrw	medeleg, a0
	csrr	a1, medeleg
	srli	a2, a1, 11
	andi	a2, a2, 1
	IS	a2, 0
	/* nor do causes that do not exist have bits */
	srli	a2, a1, 10
	andi	a2, a2, 1
	IS	a2, 0
	srli	a2, a1, 14
	andi	a2, a2, 1
	IS	a2, 0
	srli	a2, a1, 24
	IS	a2, 0
	PASS
