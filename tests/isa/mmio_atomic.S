/* LR, SC and fetches where a device is are access faults */
/* QEMU carries them out */
#include "tests/isa/isa.h"

	.globl	main
main:
	li	a0, 0x10000000
	TRAPS	LOAD_ACCESS, a0, lr.w a1, (a0)
	TRAPS	STORE_ACCESS, a0, sc.w a1, a2, (a0)
	CASE
	la	s11, 1f
	jr	a0
1:	IS	s7, FETCH_ACCESS
	IS_REG	s8, a0
	IS_REG	s9, a0
	/* whatever widths the device serves: the finisher's 2, a virtio slot's all */
	li	a0, 0x100000
	CASE
	la	s11, 1f
	jr	a0
1:	IS	s7, FETCH_ACCESS
	li	a0, 0x10001100
	CASE
	la	s11, 1f
	jr	a0
1:	IS	s7, FETCH_ACCESS
	PASS
