/* M's timer is enabled, but set to no time that comes.
 * want 125 \(handler\) traps itself \(illegal instruction\) */
#include "traps.inc"
	open_pmp
	delegate
	m_timer_at -1
	li	t0, 1 << 7
	csrw	mie, t0
	la	t0, handler
	csrw	stvec, t0
	to_supervisor supervisor
supervisor:
	.word	0
	.balign	4
handler:
	.word	0
