#include "tests/xv6/xv6.h"

	.section .text.start, "ax"
	.globl	user_start
user_start:
	.option push
	.option norvc
	j	1f
	nop
	.option pop
	.dword	user_data
	.dword	user_end
1:	call	user_main
	.text
	.globl	call_system
call_system:
	mv	a7, a2
	ecall
	ret
