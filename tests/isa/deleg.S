/* A delegated exception below M goes to S with its own registers; in M nothing is delegated */
#include "tests/isa/isa.h"

	.globl	main
main:
	/* what can be delegated */
	li	a0, -1
	csrw	medeleg, a0
	csrr	a1, medeleg
	srli	a2, a1, 9
	andi	a2, a2, 1
	IS	a2, 1
	li	a3, 0xb100 /* page faults and ecall from U */
	and	a2, a1, a3
	IS	a2, 0xb100
	li	a0, -1
	csrw	mideleg, a0
	csrr	a1, mideleg
	li	a3, 0xaaa
	and	a2, a1, a3
	IS	a2, 0x222
	csrw	mideleg, zero

	la	a0, s_handler
	csrw	stvec, a0
	csrr	a1, stvec
	IS_REG	a1, a0
	li	a0, 1 << ILLEGAL | 1 << ECALL_U | 1 << LOAD_ACCESS | 1 << BREAKPOINT
	csrw	medeleg, a0
	csrw	mcause, zero
	csrw	mepc, zero
	csrw	mtval, zero

	/* from S, interrupts on: SPP = S, SPIE = 1, SIE = 0 */
	li	a0, MSTATUS_SIE
	csrs	mstatus, a0
	ENTER_S
	CASE
	la	a5, 1f
0:	.word	0xffffffff
	FAIL
1:	IS	a0, ILLEGAL
	la	t5, 0b
	IS_REG	a1, t5
	IS	a2, 0xffffffff
	andi	a4, a3, MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE
	IS	a4, MSTATUS_SPP | MSTATUS_SPIE

	/* from U, interrupts off: SPP = U, SPIE = 0 */
	csrci	sstatus, MSTATUS_SIE
	li	t5, MSTATUS_SPP
	csrc	sstatus, t5
	la	t5, 1f
	csrw	sepc, t5
	li	t5, MSTATUS_SPIE
	csrc	sstatus, t5
	sret
1:	CASE
	la	a5, 1f
0:	ecall
	FAIL
1:	IS	a0, ECALL_U
	la	t5, 0b
	IS_REG	a1, t5
	IS	a2, 0
	andi	a4, a3, MSTATUS_SPP | MSTATUS_SPIE | MSTATUS_SIE
	IS	a4, 0
	CASE
	la	a5, 1f
	li	t5, 0x40
0:	ld	t4, (t5)
	FAIL
1:	IS	a0, LOAD_ACCESS
	IS	a2, 0x40
	andi	a4, a3, MSTATUS_SPP
	IS	a4, MSTATUS_SPP

	/* not delegated: to M, and S's registers stay */
	TRAPS	ECALL_S, zero, ecall
	csrr	a0, scause
	IS	a0, LOAD_ACCESS
	/* MPP said where it came from */
	srli	a0, s10, 11
	andi	a0, a0, 3
	IS	a0, PRIV_S

	/* M's own exceptions stay in M whatever medeleg says */
	ILLEGAL_INSN .word 0xffffffff
	csrr	a0, scause
	IS	a0, LOAD_ACCESS
	PASS

	.balign	4
s_handler:
	csrr	a0, scause
	csrr	a1, sepc
	csrr	a2, stval
	csrr	a3, sstatus
	jr	a5
