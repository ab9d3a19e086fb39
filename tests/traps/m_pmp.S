/* A locked PMP entry without X holds for M-mode too.
 * want 125 handler at 0x80000[0-9a-f]+ \(handler\) traps itself \(instruction access fault\) */
#include "traps.inc"
	la	t0, handler
	csrw	mtvec, t0
	srli	t0, t0, 2
	csrw	pmpaddr0, t0
	li	t0, 0x93		/* L, NA4, W, R */
	csrw	pmpcfg0, t0
	ecall
	.balign	4
handler:
	finish	3
