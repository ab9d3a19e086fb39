/* An empty transmitter interrupts once, answered or not; an edge during the handling waits for its end */
#include "tests/isa/isa.h"
#include "tests/isa/plic.h"

	/* in loop-back, so that nothing is said */
	.macro SEND
	li	t1, UART
	sb	zero, 0(t1)
	lbu	zero, 0(t1)
	.endm

	.globl	main
main:
	PLIC_ON	0
	li	t0, UART
	li	t1, 0x10
	sb	t1, 4(t0)
	li	t1, 2
	sb	t1, 1(t0)
	li	t0, CLAIM(0)
	lw	a0, (t0)
	IS	a0, IRQ
	/* completed without a look at IIR */
	sw	a0, (t0)
	PENDING	11, 0
	/* which still tells the cause */
	li	t1, UART
	lbu	a1, 2(t1)
	andi	a1, a1, 15
	IS	a1, 2
	lbu	a1, 2(t1)
	andi	a1, a1, 15
	IS	a1, 1
	/* empty again, and a second time while the first is handled */
	SEND
	PENDING	11, 1
	lw	a0, (t0)
	IS	a0, IRQ
	SEND
	PENDING	11, 0
	sw	a0, (t0)
	PENDING	11, 1
	lw	a0, (t0)
	IS	a0, IRQ
	sw	a0, (t0)
	PENDING	11, 0
	PASS
