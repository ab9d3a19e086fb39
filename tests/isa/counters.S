/* cycle, time and instret are read below M only if mcounteren, in U scounteren too, say so */
#include "tests/isa/isa.h"

	.globl	main
main:
	csrr	a0, mcycle
	csrr	a0, minstret
	csrr	a0, cycle
	csrr	a0, instret
	csrr	a0, time

	csrw	mcounteren, zero
	csrw	scounteren, zero
	ENTER_S
	ILLEGAL_INSN csrr a0, cycle
	ENTER_S
	ILLEGAL_INSN csrr a0, time
	ENTER_S
	ILLEGAL_INSN csrr a0, instret
	csrwi	mcounteren, 2
	ENTER_S
	csrr	a0, time
	ILLEGAL_INSN csrr a0, cycle
	csrwi	mcounteren, 7
	csrwi	scounteren, 4
	ENTER_S
	csrr	a0, time
	csrr	a0, cycle
	csrr	a0, instret
	ENTER_M
	csrwi	scounteren, 7
	ENTER_U
	csrr	a0, time
	csrr	a0, cycle
	ENTER_M

	/* they count, and are what mtime is */
	csrr	a0, cycle
	csrr	a1, instret
	csrr	a2, cycle
	csrr	a3, instret
	CASE
	bgtu	a2, a0, 1f
	FAIL
1:	CASE
	bgtu	a3, a1, 1f
	FAIL
1:	li	a0, 0x200bff8
	ld	a1, (a0)
	csrr	a2, time
	ld	a3, (a0)
	CASE
	bltu	a2, a1, 2f
	bgeu	a3, a2, 1f
2:	FAIL
1:	PASS
