/* mstatus.MPP never holds the reserved privilege 2 */
/* QEMU 7 lets it be written */
#include "tests/isa/isa.h"

	.globl	main
main:
	li	a0, MSTATUS_MPP
	csrc	mstatus, a0
	li	a1, 2 << 11
	csrs	mstatus, a1
	csrr	a2, mstatus
	and	a2, a2, a0
	CASE
	bne	a2, a1, 1f
	FAIL
1:	csrs	mstatus, a0
	csrr	a2, mstatus
	and	a2, a2, a0
	IS_REG	a2, a0
	PASS
