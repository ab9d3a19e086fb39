# What --profile is to find: of each round 309 instructions in middle, 300 of them in one piece, 101 in
# leaf, 3 in main; other harts spend all their time in other.  Frames are chained by s0.
	.globl _start
_start:
	csrr t0, mhartid
	bnez t0, other
	la sp, top
	li s0, 0
	call main
	li t0, 0x100000
	li t1, 0x5555
	sw t1, 0(t0)
1:	j 1b

	.type main, @function
main:
	addi sp, sp, -16
	sd ra, 8(sp)
	sd s0, 0(sp)
	addi s0, sp, 16
	li s1, 4000
1:	call middle
	addi s1, s1, -1
	bnez s1, 1b
	ld ra, 8(sp)
	ld s0, 0(sp)
	addi sp, sp, 16
	ret
	.size main, . - main

	.type middle, @function
middle:
	addi sp, sp, -16
	sd ra, 8(sp)
	sd s0, 0(sp)
	addi s0, sp, 16
	.rept 300
	nop
	.endr
	call leaf
	ld ra, 8(sp)
	ld s0, 0(sp)
	addi sp, sp, 16
	ret
	.size middle, . - middle

	.type leaf, @function
leaf:
	.rept 100
	nop
	.endr
	ret
	.size leaf, . - leaf

	.type other, @function
other:
	addi t0, t0, 1
	j other
	.size other, . - other

	.bss
	.balign 16
	.skip 4096
top:
