/* With no PMP entry active S and U may touch nothing, and M all */
/* QEMU 7 makes the mret itself illegal */
#include "tests/isa/isa.h"

	.globl	main
main:
	csrw	pmpcfg2, zero
	la	a0, main
	lw	a1, (a0)
	CASE
	la	s11, 1f
	ENTER_S
0:	FAIL
1:	IS	s7, FETCH_ACCESS
	CASE
	la	s11, 1f
	ENTER_U
	FAIL
1:	IS	s7, FETCH_ACCESS
	li	t6, MSTATUS_MPP
	csrc	mstatus, t6
	li	t6, MSTATUS_MPRV
	csrs	mstatus, t6
	TRAPS	LOAD_ACCESS, a0, lw a1, (a0)
	PASS
