/* M's timer is enabled and comes, a second later: no endless loop.
 * want 9 */
#include "traps.inc"
	open_pmp
	delegate
	m_timer_at 10000000
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
	finish	9
