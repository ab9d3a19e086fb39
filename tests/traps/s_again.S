/* The timer breaks the loop once, and M-mode goes back into it without another: then it is endless.
 * want 125 \(handler\) traps itself \(illegal instruction\) */
#include "traps.inc"
	open_pmp
	delegate
	m_timer_at 5000
	li	t0, 1 << 7
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
	m_timer_at -1
	mret
