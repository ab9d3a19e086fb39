/* stvec names an address that Sv39 does not have.
 * want 125 handler at 0x[0-9a-f]+ traps itself \(instruction page fault\) */
#include "traps.inc"
	open_pmp
	delegate
	translate
	li	t0, 1 << 40
	csrw	stvec, t0
	to_supervisor supervisor
supervisor:
	.word	0
	tables 0
