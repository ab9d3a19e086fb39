/* SC succeeds once after LR of the same address, and never without */
#include "tests/isa/isa.h"

	.globl	main
main:
	la	a0, word
	la	a4, other
	li	a1, 0xffffffff80000001
	sd	a1, (a0)

	lr.w	a2, (a0)
	IS	a2, 0xffffffff80000001
	li	a3, 7
	sc.w	a2, a3, (a0)
	IS	a2, 0
	ld	a2, (a0)
	IS	a2, 0xffffffff00000007 /* the word only */

	/* every SC clears the reservation, a successful one too */
	li	a3, 9
	sc.w	a2, a3, (a0)
	IS	a2, 1
	ld	a2, (a0)
	IS	a2, 0xffffffff00000007

	/* another address, however near the value */
	sd	zero, (a4)
	lr.d	a2, (a0)
	sc.d	a2, a3, (a4)
	IS	a2, 1
	ld	a2, (a4)
	IS	a2, 0
	/* that failure cleared it */
	sc.d	a2, a3, (a0)
	IS	a2, 1

	lr.d.aqrl a2, (a0)
	sc.d.aqrl a2, a3, (a0)
	IS	a2, 0
	ld	a2, (a0)
	IS	a2, 9

	/* a second LR moves the reservation */
	lr.d	a2, (a0)
	lr.d	a2, (a4)
	sc.d	a2, a3, (a0)
	IS	a2, 1
	lr.d	a2, (a0)
	lr.d	a2, (a4)
	IS	a2, 0
	sc.d	a2, a3, (a4)
	IS	a2, 0

	/* rd = x0: done all the same; rd = rs2 */
	li	a3, 11
	lr.d	a2, (a0)
	sc.d	zero, a3, (a0)
	ld	a2, (a0)
	IS	a2, 11
	li	a3, 12
	lr.d	a2, (a0)
	sc.d	a3, a3, (a0)
	IS	a3, 0
	ld	a2, (a0)
	IS	a2, 12

	/* the loop that everybody writes */
	li	a5, 100
1:	lr.d	a2, (a0)
	addi	a2, a2, 1
	sc.d	a3, a2, (a0)
	bnez	a3, 1b
	addi	a5, a5, -1
	bnez	a5, 1b
	ld	a2, (a0)
	IS	a2, 112

	/* LR has rs2 = 0; other values are reserved */
	ILLEGAL_INSN .word 0x1015352f /* lr.d with rs2 = 1 */
	PASS

	.data
	.balign	64
word:	.dword	0
	.balign	64
	.skip	64
other:	.dword	0
