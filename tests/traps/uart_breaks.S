/* M's external interrupt is enabled, and a byte may yet come through a pipe to the UART: it does.
 * options input
 * want 9 */
#include "traps.inc"
	open_pmp
	delegate
	uart_interrupts_m
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
