/* ecall, ebreak and access faults give their cause, the pc and the address or 0 */
#include "tests/isa/isa.h"

	.globl	main
main:
	TRAPS	ECALL_M, zero, ecall
	ENTER_S
	TRAPS	ECALL_S, zero, ecall
	ENTER_U
	TRAPS	ECALL_U, zero, ecall

	/* ebreak's mtval is 0 or its own pc */
	CASE
	la	s11, 2f
1:	ebreak
	FAIL
2:	la	a0, 1b
	IS_REG	s8, a0
	IS	s7, BREAKPOINT
	beqz	s9, 3f
	IS_REG	s9, a0
3:
	/* addresses where nothing is */
	li	a0, 0x40
	TRAPS	LOAD_ACCESS, a0, ld a1, (a0)
	TRAPS	LOAD_ACCESS, a0, lbu a1, (a0)
	TRAPS	STORE_ACCESS, a0, sd a1, (a0)
	TRAPS	LOAD_ACCESS, a0, lr.w a1, (a0)
	TRAPS	LOAD_ACCESS, a0, fld fa0, (a0)
	TRAPS	STORE_ACCESS, a0, fsw fa0, (a0)
	li	a0, 0x0000004000000000
	TRAPS	LOAD_ACCESS, a0, lw a1, (a0)
	/* a faulting load writes no register */
	li	a1, 55
	TRAPS	LOAD_ACCESS, a0, ld a1, (a0)
	IS	a1, 55
	mv	a1, a0
	TRAPS	LOAD_ACCESS, a1, ld a0, (a0) /* not even its own base */
	IS_REG	a0, a1
	fmv.d.x	fa0, a1
	TRAPS	LOAD_ACCESS, a0, fld fa0, (a0)
	fmv.x.d	a2, fa0
	IS_REG	a2, a1

	/* a fetch: the pc is the address itself */
	CASE
	li	a0, 0x40
	la	s11, 1f
	jalr	ra, (a0)
0:	FAIL
1:	IS	s7, FETCH_ACCESS
	IS	s8, 0x40
	IS	s9, 0x40
	la	a0, 0b
	IS_REG	ra, a0 /* the jump itself was done */

	/* mcause keeps any cause that exists, mtval any address */
	li	a0, -1
	csrw	mtval, a0
	csrr	a1, mtval
	IS	a1, -1
	li	a0, 0x8000000000000007
	csrw	mcause, a0
	csrr	a1, mcause
	IS_REG	a1, a0
	csrw	mscratch, a0
	csrrw	a1, mscratch, zero
	IS_REG	a1, a0
	PASS
