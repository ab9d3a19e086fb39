/* A handler that works, for a hundred thousand traps one behind another.
 * want 9 */
#include "traps.inc"
	open_pmp
	la	t0, handler
	csrw	mtvec, t0
	li	s0, 100000
1:	.word	0
	addi	s0, s0, -1
	bnez	s0, 1b
	finish	9
	.balign	4
handler:
	csrr	t0, mepc
	addi	t0, t0, 4
	csrw	mepc, t0
	mret
