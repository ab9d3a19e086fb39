/* A request that is completed while its device still asks is pending again: the level counts */
/* QEMU looks at changes of the level */
#include "tests/isa/isa.h"
#include "tests/isa/plic.h"

	/* the UART hears itself, and says by interrupt that it did */
	.macro UART_ON
	li	t0, UART
	li	t1, 0x10
	sb	t1, 4(t0)
	li	t1, 1
	sb	t1, 1(t0)
	sb	t1, 0(t0)
	.endm

	.globl	main
main:
	PLIC_ON	0
	UART_ON
	li	t0, CLAIM(0)
	lw	a0, (t0)
	IS	a0, IRQ
	PENDING	11, 0
	sw	a0, (t0)
	PENDING	11, 1
	lw	a0, (t0)
	/* the byte is taken, the UART content: completed for good */
	li	t1, UART
	lbu	a1, 0(t1)
	sw	a0, (t0)
	PENDING	11, 0
	PASS
