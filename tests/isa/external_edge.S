/* An empty transmitter interrupts once, answered or not; an edge during the handling waits for its end */
#include "tests/isa/isa.h"

#define UART   0x10000000
#define IRQ    10
#define PLIC   0xc000000
#define ENABLE(context)    (PLIC + 0x2000 + 0x80 * (context))
#define THRESHOLD(context) (PLIC + 0x200000 + 0x1000 * (context))
#define CLAIM(context)     (THRESHOLD(context) + 4)

	.macro PENDING bit, want
	csrr	a3, mip
	srli	a3, a3, \bit
	andi	a3, a3, 1
	IS	a3, \want
	.endm

	.macro PUT at, value
	li	t0, \at
	li	t1, \value
	sw	t1, (t0)
	.endm

	/* in loop-back, so that nothing is said */
	.macro SEND
	li	t1, UART
	sb	zero, 0(t1)
	lbu	zero, 0(t1)
	.endm

	.globl	main
main:
	PUT	PLIC + 4 * IRQ, 1
	PUT	ENABLE(0), 1 << IRQ
	PUT	THRESHOLD(0), 0
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
