/* Asks for a reset once; passes on the second start, which finds memory as the first did: the RTC
 * tells them apart. */
	.globl _start
_start:	la	t0, mark
	ld	t1, 0(t0)
	bnez	t1, fail
	li	t1, 1
	sd	t1, 0(t0)
	li	t0, 0x0200bff8
	ld	t1, 0(t0)
	li	t2, 20000
	bgtu	t1, t2, pass
1:	ld	t1, 0(t0)		/* two milliseconds go by */
	bleu	t1, t2, 1b
	li	t1, 0x7777
	j	end
pass:	li	t1, 0x5555
	j	end
fail:	li	t1, 0x13333
end:	li	t0, 0x100000
	sw	t1, 0(t0)
2:	j	2b
	.data
	.balign	8
mark:	.dword	0
