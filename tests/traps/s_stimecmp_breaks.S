/* The supervisor's timer, but not delegated: M-mode takes it.
 * want 9 */
#include "traps.inc"
	open_pmp
	delegate
	li	t0, -1
	csrw	menvcfg, t0
	li	t0, 20000
	csrw	0x14d, t0		/* stimecmp */
	li	t0, 1 << 5
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
