/* M's external interrupt is enabled, and a byte may yet come through a pipe to the UART: it does.
 * options input
 * want 9 */
#include "traps.inc"
	open_pmp
	delegate
	li	t0, 0x0c000000		/* PLIC: irq 10 to hart 0's M-mode */
	li	t1, 1
	sw	t1, 40(t0)
	li	t1, 1 << 10
	li	t2, 0x2000
	add	t0, t0, t2
	sw	t1, 0(t0)
	li	t0, 0x10000000		/* UART: interrupt on received data */
	li	t1, 1
	sb	t1, 1(t0)
	li	t0, 1 << 11
	csrw	mie, t0
	la	t0, interrupted
	csrw	mtvec, t0
	la	t0, handler
	csrw	stvec, t0
	to_supervisor supervisor
supervisor:
	.word	0
	.balign	4
handler:
	.word	0
	.balign	4
interrupted:
	finish	9
