/* Encodings that mean nothing are illegal, and mtval holds their bits */
#include "tests/isa/isa.h"

	.globl	main
main:
	ILLEGAL_INSN .word 0xffffffff
	ILLEGAL_INSN .word 0x0000007f
	ILLEGAL_INSN .word 0x00007003 /* load, funct3 7 */
	ILLEGAL_INSN .word 0x00004023 /* store, funct3 4 */
	ILLEGAL_INSN .word 0x00002063 /* branch, funct3 2 */
	ILLEGAL_INSN .word 0x00003063 /* branch, funct3 3 */
	ILLEGAL_INSN .word 0x00001067 /* jalr, funct3 1 */
	ILLEGAL_INSN .word 0x04001013 /* slli, bit 26 */
	ILLEGAL_INSN .word 0x0200101b /* slliw, shamt 32 */
	ILLEGAL_INSN .word 0x4200501b /* sraiw, shamt 32 */
	ILLEGAL_INSN .word 0x0000201b /* op-imm-32, funct3 2 */
	ILLEGAL_INSN .word 0x40001033 /* sll with bit 30 */
	ILLEGAL_INSN .word 0x0400003b /* addw with bit 26 */
	ILLEGAL_INSN .word 0x0200103b /* mulhw */
	ILLEGAL_INSN .word 0x0000102f /* amo, funct3 1 */
	ILLEGAL_INSN .word 0x2800302f | 1 << 31 | 1 << 28 /* amo, funct5 reserved */
	ILLEGAL_INSN .word 0x0000400f /* misc-mem, funct3 4 */
	ILLEGAL_INSN .word 0x00004073 /* system, funct3 4 */
	ILLEGAL_INSN .word 0x00200073 /* uret */
	ILLEGAL_INSN .word 0x00000173 /* ecall with rd */
	ILLEGAL_INSN .word 0x00008073 /* ecall with rs1 */
	ILLEGAL_INSN .word 0x7b200073 /* dret outside debug mode */
	ILLEGAL_INSN .word 0x0000000b /* custom-0 */
	/* the 16-bit ones: mtval holds 16 bits */
	.macro ILLEGAL16 bits
	CASE
	la	s11, 2f
	.balign	4
1:	.half	\bits
	.half	0x0001
	FAIL
2:	IS	s7, ILLEGAL
	IS	s9, \bits
	la	a0, 1b
	IS_REG	s8, a0
	.endm
	ILLEGAL16 0x0000 /* all zero */
	ILLEGAL16 0x0004 /* c.addi4spn with no immediate */
	ILLEGAL16 0x2001 /* c.addiw, rd = 0 */
	ILLEGAL16 0x6101 /* c.addi16sp 0 */
	ILLEGAL16 0x6281 /* c.lui, no immediate */
	ILLEGAL16 0x9c79 /* behind c.not */
	ILLEGAL16 0x9c7d
	ILLEGAL16 0x8002 /* c.jr x0 */
	ILLEGAL16 0x4002 /* c.lwsp, rd = 0 */
	ILLEGAL16 0x6002 /* c.ldsp, rd = 0 */
	ILLEGAL16 0x9000 /* quadrant 0, funct3 4, behind c.sh */
	ILLEGAL16 0x8c40 /* beside c.sh */
	PASS
