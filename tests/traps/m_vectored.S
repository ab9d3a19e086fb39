/* A vectored mtvec: exceptions go to its base, where there is no instruction.
 * want 125 \(handler\) traps itself \(illegal instruction\) */
#include "traps.inc"
	la	t0, handler
	ori	t0, t0, 1
	csrw	mtvec, t0
	ecall
	.balign	256
handler:
	.word	0
