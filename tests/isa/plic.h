/*
 * What the tests of external interrupts share: the UART's way through the PLIC, priority 1, to hart 0.
 * Context 0 is its M-mode, 1 its S-mode.
 */
#ifndef TESTS_ISA_PLIC_H
#define TESTS_ISA_PLIC_H

/* clang-format off */
#define UART		   0x10000000
#define IRQ		   10
#define PLIC		   0xc000000
#define ENABLE(context)	   (PLIC + 0x2000 + 0x80 * (context))
#define THRESHOLD(context) (PLIC + 0x200000 + 0x1000 * (context))
#define CLAIM(context)	   (THRESHOLD(context) + 4)

	/* what mip says: 11 is MEIP, 9 SEIP */
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

	.macro PLIC_ON context
	PUT	PLIC + 4 * IRQ, 1
	PUT	ENABLE(\context), 1 << IRQ
	PUT	THRESHOLD(\context), 0
	.endm
/* clang-format on */

#endif
