/* Hart 1 traps for ever; hart 0 works on, and ends the run.
 * options -smp 3
 * want 7 */
#include "traps.inc"
	csrr	t0, mhartid
	bnez	t0, 2f
	li	t0, 3000000
1:	addi	t0, t0, -1
	bnez	t0, 1b
	finish	7
2:	csrw	mtvec, zero
	ecall
