/* U may use no fence of translations; TVM traps sinval.vma but not its two companions */
/* QEMU 7 has Svinval only when asked */
#include "tests/isa/isa.h"

#define SINVAL_VMA      .word 0x16000073
#define SFENCE_W_INVAL  .word 0x18000073
#define SFENCE_INVAL_IR .word 0x18100073

	.globl	main
main:
	SINVAL_VMA
	SFENCE_W_INVAL
	SFENCE_INVAL_IR
	ENTER_S
	SFENCE_W_INVAL
	SINVAL_VMA
	SFENCE_INVAL_IR
	ENTER_M
	ENTER_U
	ILLEGAL_INSN SINVAL_VMA
	ENTER_U
	ILLEGAL_INSN SFENCE_W_INVAL
	ENTER_U
	ILLEGAL_INSN SFENCE_INVAL_IR
	ENTER_U
	ILLEGAL_INSN sfence.vma
	li	a0, MSTATUS_TVM
	csrs	mstatus, a0
	ENTER_S
	SFENCE_W_INVAL
	SFENCE_INVAL_IR
	ILLEGAL_INSN SINVAL_VMA
	PASS
