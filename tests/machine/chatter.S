/* Sends a letter to the UART for ever. */
	.globl _start
_start:	li	a1, 0x10000000
	li	a2, 'a'
1:	sb	a2, 0(a1)
	j	1b
