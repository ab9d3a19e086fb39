/* Every hart traps for ever.
 * options -smp 8
 * want 125 hart [0-7]'s handler at 0x0 traps itself */
#include "traps.inc"
	csrw	mtvec, zero
	ecall
