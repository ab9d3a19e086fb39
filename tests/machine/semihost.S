/* Semihosting: text, a character, the console's handles, input, the clocks, the command line; then
 * an ebreak that is none, from which the handler goes on; from S-mode, translated, the exit. */
	.option	norvc
	.macro	CALL op
	li	a0, \op
	.balign	16 /* the three stay in one page */
	slli	x0, x0, 0x1f
	ebreak
	srai	x0, x0, 7
	.endm
	.macro	IS value
	li	t0, \value
	bne	a0, t0, bad
	.endm

	.globl	_start
_start:	lla	t0, handler
	csrw	mtvec, t0
	lla	a1, text
	CALL	0x04			/* WRITE0 */
	lla	a1, text + 1
	CALL	0x03			/* WRITEC */
	lla	a1, open_out
	CALL	0x01
	mv	s1, a0			/* a handle */
	lla	a1, write
	sd	s1, 0(a1)
	CALL	0x05
	IS	0			/* nothing is left unwritten */
	sd	s1, 0(a1)
	CALL	0x09			/* ISTTY */
	IS	1
	lla	a1, open_file
	CALL	0x01
	IS	-1			/* there are no files */
	lla	a1, open_in
	CALL	0x01
	lla	a1, read
	sd	a0, 0(a1)
	CALL	0x06
	IS	3			/* of 8 bytes 5 came */
	CALL	0x07
	IS	-1
	lla	a1, write_input
	sd	s1, 0(a1)
	CALL	0x05
	lla	a1, command
	CALL	0x15
	IS	0
	lla	t1, command
	ld	t1, 8(t1)
	li	t0, 5
	bne	t1, t0, bad
	lla	a1, line
	CALL	0x04
	CALL	0x31			/* TICKFREQ */
	IS	1000000000
	lla	a1, now
	CALL	0x30			/* ELAPSED */
	IS	0
	CALL	0x11			/* TIME: the first second of 2025 */
	IS	1735689600
	CALL	0x77			/* nothing */
	IS	-1
	/* an ebreak without its neighbours traps */
	slli	x0, x0, 0x1f
	ebreak
	nop
	li	a0, 1
	bne	s2, a0, bad
	/* and so does U-mode's: there semihosting is not */
	li	t0, -1
	csrw	pmpaddr0, t0
	li	t0, 0x1f
	csrw	pmpcfg0, t0
	lla	t0, user
	csrw	mepc, t0
	li	t0, 0x1800
	csrc	mstatus, t0
	mret
user:	CALL	0x18
	/* S-mode, Sv39: gigapage 2 at 0 */
	li	a0, 2
	bne	s2, a0, bad
	lla	t0, table
	li	t1, (0x80000000 >> 2) | 0xcf
	sd	t1, 0(t0)
	srli	t0, t0, 12
	li	t1, 8 << 60
	or	t0, t0, t1
	csrw	satp, t0
	sfence.vma
	lla	t0, super
	li	t1, 0x80000000
	sub	t0, t0, t1
	csrw	mepc, t0
	li	t0, 0x800
	csrs	mstatus, t0
	mret
super:	lla	a1, over		/* relative to the pc: virtual; over two pages */
	CALL	0x04
	lla	a1, end
	CALL	0x18
bad:	lla	a1, failed
	CALL	0x18
	j	bad
	.balign	4
handler:
	addi	s2, s2, 1
	csrr	t0, mepc
	addi	t0, t0, 4
	csrw	mepc, t0
	li	t0, 0x1800
	csrs	mstatus, t0
	mret

	.data
text:	.asciz	"one\n"
tt:	.asciz	":tt"
name:	.asciz	"/etc/passwd"
	.balign	8
open_out: .dword tt, 4, 3
open_in: .dword	tt, 0, 3
open_file: .dword name, 0, 11
write:	.dword	0, two, 4
two:	.ascii	"two\n"
	.balign	8
read:	.dword	0, input, 8
write_input: .dword 0, input, 5
input:	.zero	8
command: .dword	line, 16
line:	.zero	16
now:	.dword	0
end:	.dword	0x20026, 23
failed:	.dword	0x20026, 99
	.balign	4096
table:	.zero	4096
	.zero	4094
over:	.asciz	"over\n"
