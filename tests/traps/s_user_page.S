/* stvec names a page of U-mode, from which S-mode executes nothing.
 * want 125 handler at 0x40000000 traps itself \(instruction page fault\) */
#include "traps.inc"
	open_pmp
	delegate
	li	t0, 0x40000000
	csrw	stvec, t0
	translate
	to_supervisor supervisor
supervisor:
	.word	0
	tables 0x200000df
