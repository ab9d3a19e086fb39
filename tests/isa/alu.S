/* RV64I arithmetic wraps, compares signed and unsigned, and masks shift amounts */
#include "tests/isa/isa.h"

	/* \op \a, \b gives \want */
	.macro RR op, a, b, want
	li	a0, \a
	li	a1, \b
	\op	a2, a0, a1
	IS	a2, \want
	\op	a0, a0, a1 /* rd = rs1 */
	IS	a0, \want
	li	a0, \a
	\op	a1, a0, a1 /* rd = rs2 */
	IS	a1, \want
	.endm

	.macro RI op, a, imm, want
	li	a0, \a
	\op	a2, a0, \imm
	IS	a2, \want
	\op	a0, a0, \imm
	IS	a0, \want
	.endm

	.globl	main
main:
	RR	add, 0x7fffffffffffffff, 1, 0x8000000000000000
	RR	add, -1, 1, 0
	RR	sub, 0x8000000000000000, 1, 0x7fffffffffffffff
	RR	sub, 0, 0x8000000000000000, 0x8000000000000000
	RR	sll, 1, 63, 0x8000000000000000
	RR	sll, 3, 64, 3
	RR	sll, 3, -1, 0x8000000000000000
	RR	srl, 0x8000000000000000, 63, 1
	RR	srl, 0x8000000000000000, 127, 1
	RR	sra, 0x8000000000000000, 63, -1
	RR	sra, 0x8000000000000000, 64, 0x8000000000000000
	RR	sra, 0x7fffffffffffffff, 62, 1
	RR	slt, 0x8000000000000000, 0x7fffffffffffffff, 1
	RR	slt, 5, 5, 0
	RR	slt, 0, -1, 0
	RR	sltu, 0, -1, 1
	RR	sltu, -1, 0, 0
	RR	sltu, 7, 7, 0
	RR	and, 0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0x0f000f000f000f00
	RR	or, 0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0xfff0fff0fff0fff0
	RR	xor, 0xff00ff00ff00ff00, 0x0ff00ff00ff00ff0, 0xf0f0f0f0f0f0f0f0
	RR	addw, 0x7fffffff, 1, 0xffffffff80000000
	RR	addw, 0x1234567800000000, 5, 5
	RR	subw, 0xffffffff80000000, 1, 0x7fffffff
	RR	sllw, 1, 31, 0xffffffff80000000
	RR	sllw, 0x100000003, 32, 3
	RR	srlw, 0xffffffff80000000, 31, 1
	RR	srlw, 0xffffffff80000000, 0, 0xffffffff80000000
	RR	srlw, 0x7ffffffff0000000, 36, 0x0f000000
	RR	sraw, 0x80000000, 31, -1
	RR	sraw, 0xffffffff7fffffff, 30, 1
	RR	sraw, 0x80000000, 32, 0xffffffff80000000

	RI	addi, 0x7fffffffffffffff, 1, 0x8000000000000000
	RI	addi, 0, -2048, -2048
	RI	addi, 0, 2047, 2047
	RI	slti, -2049, -2048, 1
	RI	slti, -2048, -2048, 0
	RI	sltiu, 5, -1, 1
	RI	sltiu, -1, -1, 0
	RI	sltiu, 0, 1, 1
	RI	xori, 0x55, -1, 0xffffffffffffffaa
	RI	ori, 0x55, -2048, 0xfffffffffffff855
	RI	andi, -1, -2048, -2048
	RI	slli, 1, 63, 0x8000000000000000
	RI	srli, -1, 63, 1
	RI	srai, 0x8000000000000000, 63, -1
	RI	srai, 0x4000000000000000, 62, 1
	RI	addiw, 0x7fffffff, 1, 0xffffffff80000000
	RI	addiw, 0xffffffff12345678, 0, 0x12345678
	RI	slliw, 0xffffffff00000001, 31, 0xffffffff80000000
	RI	srliw, 0xffffffff80000000, 31, 1
	RI	sraiw, 0x80000000, 31, -1

	lui	a0, 0x80000
	IS	a0, 0xffffffff80000000
	lui	a0, 0x7ffff
	IS	a0, 0x7ffff000
1:	auipc	a0, 0x80000
	la	a1, 1b
	sub	a0, a0, a1
	IS	a0, 0xffffffff80000000
2:	auipc	a0, 0x7ffff
	la	a1, 2b
	sub	a0, a0, a1
	IS	a0, 0x7ffff000

	/* x0 is 0 whatever is written to it */
	li	a0, 5
	addi	zero, a0, 7
	IS	zero, 0
	lui	zero, 0x12345
	add	a1, zero, zero
	IS	a1, 0
	la	a1, word
	ld	zero, (a1)
	mv	a1, zero
	IS	a1, 0
	PASS

	.data
	.balign	8
word:	.dword	-1
