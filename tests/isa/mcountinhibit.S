/* mcountinhibit stops cycle and instret, each by its bit, and time never */
#include "tests/isa/isa.h"

	.globl	main
main:
	csrwi	mcountinhibit, 5
	csrr	a0, mcountinhibit
	andi	a0, a0, 5
	IS	a0, 5
	csrr	a1, minstret
	csrr	a2, mcycle
	nop
	nop
	csrr	a3, minstret
	csrr	a4, mcycle
	IS_REG	a1, a3
	IS_REG	a2, a4
	csrwi	mcountinhibit, 0
	csrr	a1, minstret
	csrr	a2, mcycle
	nop
	csrr	a3, minstret
	csrr	a4, mcycle
	CASE
	bltu	a1, a3, 1f
	FAIL
1:	CASE
	bltu	a2, a4, 1f
	FAIL
1:	PASS
