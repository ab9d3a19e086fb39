/* The first instruction of the handler retires, the second traps: time passes, and it is the user's to end.
 * options --max-insns 1000000
 * want 124 */
#include "traps.inc"
	la	t0, handler
	csrw	mtvec, t0
	.word	0
	.balign	4
handler:
	addi	s0, s0, 1
	.word	0
