/* A UART interrupt reaches M and S through the PLIC, is claimed, and goes when it is completed */
#include "tests/isa/isa.h"
#include "tests/isa/plic.h"

	/* the UART says that it can send, by interrupt */
	.macro UART_ON
	li	t0, UART
	li	t1, 2
	sb	zero, 1(t0)
	sb	t1, 1(t0)
	.endm

	.globl	main
main:
	PLIC_ON	0
	PENDING	11, 0
	UART_ON
	PENDING	11, 1
	PENDING	9, 0
	/* a threshold at its priority masks it */
	PUT	THRESHOLD(0), 1
	PENDING	11, 0
	PUT	THRESHOLD(0), 0
	li	t0, 1 << 11
	csrw	mie, t0
	CASE
	la	s11, 2f
	csrsi	mstatus, MSTATUS_MIE
1:	j	1b
2:	IS	s7, 1 << 63 | 11
	/* claiming it takes the request back, a second claim finds none */
	li	t0, CLAIM(0)
	lw	a0, (t0)
	IS	a0, IRQ
	PENDING	11, 0
	lw	a0, (t0)
	IS	a0, 0
	/* reading IIR satisfies the UART; then it is completed */
	li	t1, UART
	lbu	a1, 2(t1)
	andi	a1, a1, 15
	IS	a1, 2
	li	a0, IRQ
	sw	a0, (t0)
	PENDING	11, 0

	/* to S, in its own context */
	PUT	ENABLE(0), 0
	PLIC_ON	1
	li	t0, 1 << 9
	csrw	mideleg, t0
	csrw	mie, t0
	la	t0, s_handler
	csrw	stvec, t0
	UART_ON
	PENDING	9, 1
	PENDING	11, 0
	csrr	a0, sip
	srli	a0, a0, 9
	andi	a0, a0, 1
	IS	a0, 1
	CASE
	la	a5, 2f
	ENTER_U
1:	j	1b
2:	IS	a0, 1 << 63 | 9
	ENTER_M
	li	t0, CLAIM(1)
	lw	a0, (t0)
	IS	a0, IRQ
	PENDING	9, 0
	PASS

	.balign	4
s_handler:
	csrr	a0, scause
	jr	a5
