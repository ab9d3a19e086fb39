/* The same, but nothing is behind the UART.
 * want 125 \(handler\) traps itself \(illegal instruction\) */
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
