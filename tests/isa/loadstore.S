/* Loads extend by sign or zero, stores write their bytes only */
#include "tests/isa/isa.h"

	.macro LOAD op, offset, want
	\op	a1, \offset(a0)
	IS	a1, \want
	.endm

	.macro STORE op, offset, want
	la	a0, out
	sd	zero, (a0)
	li	a1, 0x8877665544332211
	\op	a1, \offset(a0)
	ld	a2, (a0)
	IS	a2, \want
	.endm

	.globl	main
main:
	la	a0, in
	LOAD	lb, 0, 0x11
	LOAD	lb, 7, 0xffffffffffffff98
	LOAD	lbu, 7, 0x98
	LOAD	lh, 0, 0x2211
	LOAD	lh, 6, 0xffffffffffff9877
	LOAD	lhu, 6, 0x9877
	LOAD	lw, 0, 0x44332211
	LOAD	lw, 4, 0xffffffff98776655
	LOAD	lwu, 4, 0x98776655
	LOAD	ld, 0, 0x9877665544332211
	/* misaligned, within a page */
	LOAD	lh, 1, 0x3322
	LOAD	lhu, 3, 0x5544
	LOAD	lw, 1, 0x55443322
	LOAD	lwu, 3, 0x77665544
	LOAD	ld, 1, 0xa098776655443322
	la	a0, in + 2047
	LOAD	lb, -2047, 0x11
	la	a0, in - 2047
	LOAD	lbu, 2047, 0x11

	STORE	sb, 3, 0x11000000
	STORE	sh, 6, 0x2211000000000000
	STORE	sw, 4, 0x4433221100000000
	STORE	sd, 0, 0x8877665544332211
	STORE	sh, 1, 0x221100
	STORE	sw, 3, 0x44332211000000
	STORE	sd, 1, 0x7766554433221100
	lbu	a2, 8(a0)
	IS	a2, 0x88
	/* the base may be the data */
	la	a0, out
	sd	a0, (a0)
	ld	a1, (a0)
	IS_REG	a0, a1
	ld	a0, (a0)
	IS_REG	a0, a1
	PASS

	.data
	.balign	4096
	.skip	2048
in:	.dword	0x9877665544332211, 0xa0
	.balign	16
out:	.skip	16
