/* The handler begins with a breakpoint, which does not retire.
 * want 125 \(handler\) traps itself \(breakpoint\) */
#include "traps.inc"
	la	t0, handler
	csrw	mtvec, t0
	ecall
	.balign	4
handler:
	ebreak
