/* A supervisor's handler begins with what is no instruction, and the trap is delegated.
 * want 125 \(handler\) traps itself \(illegal instruction\) */
#include "traps.inc"
	open_pmp
	delegate
	la	t0, handler
	csrw	stvec, t0
	to_supervisor supervisor
supervisor:
	.word	0
	.balign	4
handler:
	.word	0
