/* Hart 1 traps for ever, hart 0 waits for its timer, and ends the run.
 * options -smp 2
 * want 7 */
#include "traps.inc"
	csrr	t0, mhartid
	bnez	t0, 2f
	m_timer_at 20000
	li	t0, 1 << 7
	csrw	mie, t0
	wfi
	finish	7
2:	csrw	mtvec, zero
	ecall
