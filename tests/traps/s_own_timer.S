/* A supervisor's own timer is enabled and comes, but its trap has switched its interrupts off.
 * want 125 \(handler\) traps itself \(illegal instruction\) */
#include "traps.inc"
	open_pmp
	delegate 0x222
	li	t0, -1
	csrw	menvcfg, t0
	csrw	mcounteren, t0
	la	t0, handler
	csrw	stvec, t0
	to_supervisor supervisor
supervisor:
	csrr	t0, time
	addi	t0, t0, 1000
	csrw	0x14d, t0		/* stimecmp */
	li	t0, 1 << 5
	csrw	sie, t0
	csrsi	sstatus, 2
	.word	0
	.balign	4
handler:
	.word	0
