/* A request that is completed while its device still asks is pending again: the level counts */
/* QEMU looks at changes of the level */
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

	/* the UART hears itself, and says by interrupt that it did */
	.macro UART_ON
	li	t0, UART
	li	t1, 0x10
	sb	t1, 4(t0)
	li	t1, 1
	sb	t1, 1(t0)
	sb	t1, 0(t0)
	.endm

	.macro PUT at, value
	li	t0, \at
	li	t1, \value
	sw	t1, (t0)
	.endm

	.globl	main
main:
	PUT	PLIC + 4 * IRQ, 1
	PUT	ENABLE(0), 1 << IRQ
	PUT	THRESHOLD(0), 0
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
