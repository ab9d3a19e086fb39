/* An S-mode handler that faults at its own first instruction, until M's timer interrupt ends it. */
	.globl _start
_start:	la	t0, handler
	csrw	mtvec, t0
	li	t0, -1
	csrw	pmpaddr0, t0
	li	t0, 0x1f
	csrw	pmpcfg0, t0
	li	t0, 0xffff
	csrw	medeleg, t0
	li	t0, 0x02004000
	li	t1, 5000
	sd	t1, 0(t0)
	li	t0, 1 << 7
	csrw	mie, t0
	csrw	stvec, zero
	li	t0, 3 << 11
	csrc	mstatus, t0
	li	t0, 1 << 11
	csrs	mstatus, t0
	la	t0, supervisor
	csrw	mepc, t0
	mret
supervisor:
	ecall
	.balign 4
handler:
	li	t0, 0x100000
	li	t1, 0x93333
	sw	t1, 0(t0)
1:	j	1b
