/* Hart 1's supervisor traps for ever, until hart 0 sends it the interrupt that it has enabled.
 * options -smp 2
 * want 9 */
#include "traps.inc"
	csrr	t0, mhartid
	bnez	t0, 2f
	li	t0, 1000000
1:	addi	t0, t0, -1
	bnez	t0, 1b
	li	t0, 0x02000004
	li	t1, 1
	sw	t1, 0(t0)
3:	wfi
	j	3b
2:	open_pmp
	delegate
	li	t0, 1 << 3
	csrw	mie, t0
	la	t0, interrupted
	csrw	mtvec, t0
	la	t0, handler
	csrw	stvec, t0
	to_supervisor supervisor
supervisor:
	.word	0
	.balign	4
handler:
	.word	0
	.balign	4
interrupted:
	finish	9
