/* Hart 1's handler lies on a page that is not mapped, until hart 0 maps it.
 * options -smp 2
 * want 9 */
#include "traps.inc"
	csrr	t0, mhartid
	bnez	t0, 2f
	li	t0, 1000000
1:	addi	t0, t0, -1
	bnez	t0, 1b
	la	t0, hole
	li	t1, (0x80000000 >> 2) | 0xcf
	sd	t1, 0(t0)
3:	wfi
	j	3b
2:	open_pmp
	delegate
	la	t0, handler
	li	t1, 0x40000000
	sub	t0, t0, t1
	csrw	stvec, t0
	translate
	to_supervisor supervisor
supervisor:
	.word	0
	.balign	4
handler:
	finish	9
	tables 0
