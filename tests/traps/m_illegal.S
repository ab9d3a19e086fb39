/* The handler begins with what is no instruction.
 * want 125 \(handler\) traps itself \(illegal instruction\) */
#include "traps.inc"
	la	t0, handler
	csrw	mtvec, t0
	ecall
	.balign	4
handler:
	.word	0
