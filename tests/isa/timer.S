/* mtimecmp and stimecmp interrupt when the time has come, in a loop and in wfi */
#include "tests/isa/isa.h"

#define STIMECMP 0x14d
#define MENVCFG  0x30a

	.globl	main
main:
	li	a5, CLINT_MTIMECMP
	li	a4, CLINT_MTIME
	li	a0, -1
	sd	a0, (a5)
	li	a0, 1 << 7
	csrw	mie, a0
	csrr	a0, mip
	andi	a0, a0, 0x80
	IS	a0, 0

	/* breaks an endless loop */
	ld	a0, (a4)
	addi	a0, a0, 1000
	sd	a0, (a5)
	CASE
	la	s11, 2f
	csrsi	mstatus, MSTATUS_MIE
1:	j	1b
2:	IS	s7, 1 << 63 | 7
	la	a1, 1b
	IS_REG	s8, a1
	ld	a1, (a4)
	CASE
	bgeu	a1, a0, 1f
	FAIL
1:
	/* wakes wfi; the interrupted pc is after it */
	ld	a0, (a4)
	li	a1, 10000
	add	a0, a0, a1
	sd	a0, (a5)
	CASE
	la	s11, 3f
	csrsi	mstatus, MSTATUS_MIE
1:	wfi
2:	j	2b
3:	IS	s7, 1 << 63 | 7
	la	a1, 2b
	IS_REG	s8, a1
	ld	a1, (a4)
	CASE
	bgeu	a1, a0, 1f
	FAIL
1:
	/* wakes wfi with interrupts off: it just goes on */
	ld	a0, (a4)
	li	a1, 10000
	add	a0, a0, a1
	sd	a0, (a5)
	wfi
	csrr	a1, mip
	andi	a1, a1, 0x80
	IS	a1, 0x80
	li	a0, -1
	sd	a0, (a5)
	csrr	a1, mip
	andi	a1, a1, 0x80
	IS	a1, 0

	/* Sstc: S's own, if STCE and TM allow */
	csrwi	mcounteren, 2
	ENTER_S
	ILLEGAL_INSN csrr a0, STIMECMP
	li	a0, 1 << 63
	csrs	MENVCFG, a0
	li	a0, -1
	csrw	STIMECMP, a0
	csrwi	mcounteren, 0
	ENTER_S
	ILLEGAL_INSN csrw STIMECMP, zero
	csrwi	mcounteren, 2
	li	a0, 1 << 5
	csrw	mideleg, a0
	csrw	mie, a0
	la	a0, s_handler
	csrw	stvec, a0
	li	a0, MSTATUS_SIE
	csrc	mstatus, a0
	ENTER_S
	csrr	a0, time
	li	a1, 5000
	add	a0, a0, a1
	csrw	STIMECMP, a0
	csrr	a1, STIMECMP
	IS_REG	a1, a0
	CASE
	la	s2, 2f
	csrsi	sstatus, MSTATUS_SIE
1:	j	1b
2:	IS	a1, 1 << 63 | 5
	csrr	a1, time
	CASE
	bgeu	a1, a0, 1f
	FAIL
1:	csrr	a1, sip
	andi	a1, a1, 0x20
	IS	a1, 0x20
	/* a later time takes the request back; sip does not write it */
	csrw	sip, zero
	csrr	a1, sip
	andi	a1, a1, 0x20
	IS	a1, 0x20
	li	a0, -1
	csrw	STIMECMP, a0
	csrr	a1, sip
	andi	a1, a1, 0x20
	IS	a1, 0
	csrr	a0, time
	li	a1, 5000
	add	a0, a0, a1
	csrw	STIMECMP, a0
	wfi
	csrr	a1, sip
	andi	a1, a1, 0x20
	IS	a1, 0x20
	ENTER_M
	PASS

	.balign	4
s_handler:
	csrr	a1, scause
	jr	s2
