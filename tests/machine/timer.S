/* Hart 0 sleeps five times for a millisecond by mtimecmp and stores `time` each time; ends with
 * HTIF. The others count. */
	.globl _start
_start:	csrr	t0, mhartid
	bnez	t0, count
	li	s0, 0x02000000
	li	s1, 5
	la	s2, times
	li	t0, 1 << 7
	csrw	mie, t0
1:	li	t1, 0x0200bff8
	ld	t2, 0(t1)
	li	t3, 10000
	add	t2, t2, t3
	li	t1, 0x02004000
	sd	t2, 0(t1)
	wfi
	li	t1, 0x0200bff8
	ld	t2, 0(t1)
	sd	t2, 0(s2)
	addi	s2, s2, 8
	addi	s1, s1, -1
	bnez	s1, 1b
	li	t1, -1
	li	t2, 0x02004000
	sd	t1, 0(t2)
	la	t0, tohost
	li	t1, 1
	sw	zero, 4(t0)
	sw	t1, 0(t0)
2:	j	2b
count:	la	t1, counters
	slli	t0, t0, 3
	add	t1, t1, t0
3:	ld	t2, 0(t1)
	addi	t2, t2, 1
	sd	t2, 0(t1)
	j	3b
	.data
	.balign	64
	.globl	tohost, fromhost, times, counters, begin_signature, end_signature
tohost:	.dword	0
fromhost: .dword 0
begin_signature:
times:	.fill	5, 8, 0
	.balign 16
end_signature:
counters: .fill	8, 8, 0
