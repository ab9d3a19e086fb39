/* Hart 1 traps for ever, and the others wait for what cannot come.
 * options -smp 3
 * want 125 hart 1's handler at 0x0 traps itself */
#include "traps.inc"
	csrr	t0, mhartid
	li	t1, 1
	beq	t0, t1, 2f
1:	wfi
	j	1b
2:	csrw	mtvec, zero
	ecall
