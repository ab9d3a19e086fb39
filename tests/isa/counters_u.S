/* U needs mcounteren as well as scounteren to read a counter */
/* QEMU 7 checks neither as it should in U */
#include "tests/isa/isa.h"

	.globl	main
main:
	csrw	mcounteren, zero
	li	a0, -1
	csrw	scounteren, a0
	ENTER_U
	ILLEGAL_INSN csrr a0, time
	csrwi	mcounteren, 2
	ENTER_U
	csrr	a0, time
	ILLEGAL_INSN csrr a0, instret
	ENTER_U
	ILLEGAL_INSN csrr a0, cycle
	csrwi	mcounteren, 7
	csrwi	scounteren, 4
	ENTER_U
	csrr	a0, instret
	ILLEGAL_INSN csrr a0, time
	ENTER_U
	ILLEGAL_INSN csrr a0, cycle
	PASS
