/* HTIF: a line by the proxied write, a character by putchar, a character by getchar echoed, exit
 * with what is in the last argument word. */
	.globl _start
_start:	la	s0, tohost
	la	a0, words
	la	t0, line
	sd	t0, 16(a0)
	sd	a0, 0(s0)		/* write(1, line, 5) */
1:	ld	t0, 8(s0)		/* fromhost: served */
	beqz	t0, 1b
	sd	zero, 8(s0)
	la	t1, words
	ld	t2, 0(t1)		/* the result: 5 */
	li	t3, 5
	bne	t2, t3, bad
	li	t0, (1 << 56) | (1 << 48) | '!'
	sd	t0, 0(s0)
2:	ld	t0, 0(s0)		/* acknowledged by a zero */
	bnez	t0, 2b
	li	t0, 1 << 56
	sd	t0, 0(s0)		/* getchar */
3:	ld	t0, 8(s0)
	beqz	t0, 3b
	sd	zero, 8(s0)
	andi	t0, t0, 0xff
	li	t1, (1 << 56) | (1 << 48)
	or	t0, t0, t1
	sd	t0, 0(s0)
4:	ld	t0, 0(s0)
	bnez	t0, 4b
	li	t0, 7 << 1 | 1
	sd	t0, 0(s0)
5:	j	5b
bad:	li	t0, 9 << 1 | 1
	sd	t0, 0(s0)
	j	5b
	.data
	.balign	64
	.globl	tohost, fromhost
tohost:	.dword	0
fromhost: .dword 0
	.balign	64
words:	.dword	64, 1, 0, 5, 0, 0, 0, 0
line:	.ascii	"line\n"
