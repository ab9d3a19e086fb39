/* The handler begins with a load from nowhere.
 * want 125 \(handler\) traps itself \(load access fault\) */
#include "traps.inc"
	la	t0, handler
	csrw	mtvec, t0
	ecall
	.balign	4
handler:
	ld	t0, 0(x0)
