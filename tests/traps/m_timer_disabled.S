/* In M-mode a trap switches interrupts off: the timer that was enabled before cannot come any more.
 * want 125 \(handler\) traps itself \(illegal instruction\) */
#include "traps.inc"
	la	t0, handler
	csrw	mtvec, t0
	m_timer_at 5000
	li	t0, 1 << 7
	csrw	mie, t0
	csrsi	mstatus, 8
	.word	0
	.balign	4
handler:
	.word	0
