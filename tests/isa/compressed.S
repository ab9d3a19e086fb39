/* Each compressed instruction does what the one it stands for does */
#include "tests/isa/isa.h"
	.option	rvc

	.macro C insn:vararg
	\insn
	.endm

	.globl	main
main:
	c.li	a0, -32
	IS	a0, -32
	c.li	a0, 31
	IS	a0, 31
	c.lui	a0, 1
	IS	a0, 0x1000
	c.lui	a0, 0xfffe0
	IS	a0, 0xfffffffffffe0000
	c.lui	a0, 31
	IS	a0, 0x1f000
	li	a0, 0x7fffffff
	c.addi	a0, 1
	IS	a0, 0x80000000
	c.addi	a0, -32
	IS	a0, 0x7fffffe0
	li	a0, 0x7fffffff
	c.addiw	a0, 1
	IS	a0, 0xffffffff80000000
	c.addiw	a0, 0
	IS	a0, 0xffffffff80000000
	li	a0, 0x100000003
	c.addiw	a0, 0
	IS	a0, 3
	c.nop
	.half	0x0005 /* c.nop with an immediate: a hint */
	.half	0x4005 /* c.li x0: a hint */
	.half	0x6005 /* c.lui x0: a hint */

	la	sp, stack_top - 512
	mv	a1, sp
	c.addi16sp sp, 496
	sub	a0, sp, a1
	IS	a0, 496
	c.addi16sp sp, -512
	sub	a0, sp, a1
	IS	a0, -16
	c.addi16sp sp, 16
	c.addi4spn a0, sp, 1020
	sub	a0, a0, sp
	IS	a0, 1020
	c.addi4spn s1, sp, 4
	sub	s1, s1, sp
	IS	s1, 4

	c.li	a0, 1
	c.slli	a0, 63
	IS	a0, 0x8000000000000000
	c.srai	a0, 63
	IS	a0, -1
	c.srli	a0, 60
	IS	a0, 15
	c.andi	a0, -16
	IS	a0, 0
	li	s0, 0xff
	c.andi	s0, 31
	IS	s0, 31

	li	a0, 0xff00ff00ff00ff00
	li	a1, 0x0ff00ff00ff00ff0
	mv	a5, a0
	c.and	a5, a1
	IS	a5, 0x0f000f000f000f00
	mv	a5, a0
	c.or	a5, a1
	IS	a5, 0xfff0fff0fff0fff0
	mv	a5, a0
	c.xor	a5, a1
	IS	a5, 0xf0f0f0f0f0f0f0f0
	mv	a5, a0
	c.sub	a5, a1
	IS	a5, 0xef10ef10ef10ef10
	li	a0, 0x7fffffff
	li	a1, 1
	mv	a5, a0
	c.addw	a5, a1
	IS	a5, 0xffffffff80000000
	c.subw	a5, a1
	IS	a5, 0x7fffffff
	c.mv	s2, a0
	IS	s2, 0x7fffffff
	c.add	s2, a1
	IS	s2, 0x80000000

	la	a0, area
	li	a1, 0x8877665544332211
	c.sd	a1, 248(a0)
	c.ld	a2, 248(a0)
	IS	a2, 0x8877665544332211
	c.lw	a2, 124(a0)
	IS	a2, 0
	c.sw	a1, 124(a0)
	c.lw	a2, 124(a0)
	IS	a2, 0x44332211
	lw	a3, 252(a0)
	IS	a3, 0xffffffff88776655
	c.sdsp	a1, 504(sp)
	ld	a2, 504(sp)
	IS	a2, 0x8877665544332211
	c.ldsp	s3, 504(sp)
	IS	s3, 0x8877665544332211
	c.swsp	a1, 252(sp)
	c.lwsp	s3, 252(sp)
	IS	s3, 0x44332211
	lw	s3, 508(sp)
	IS	s3, 0xffffffff88776655

	fmv.d.x	fa0, a1
	c.fsd	fa0, 240(a0)
	c.fld	fa1, 240(a0)
	fmv.x.d	a2, fa1
	IS	a2, 0x8877665544332211
	c.fsdsp	fa0, 488(sp)
	c.fldsp	fs2, 488(sp)
	fmv.x.d	a2, fs2
	IS	a2, 0x8877665544332211

	CASE
	c.j	1f
	FAIL
1:	c.li	a0, 0
	c.beqz	a0, 1f
	FAIL
1:	CASE
	c.bnez	a0, 2f
	c.li	a0, 1
	c.bnez	a0, 1f
2:	FAIL
1:	CASE
	c.beqz	a0, 2b
	la	a0, 1f
	c.jr	a0
0:	FAIL
1:	CASE
	la	a0, 1f
	c.jalr	a0
0:	FAIL
1:	la	a1, 0b
	IS_REG	ra, a1
	la	ra, 1f
	c.jalr	ra
0:	FAIL
1:	la	a1, 0b
	IS_REG	ra, a1
	/* jal and jalr link to pc + 4 also from an address that is 2 modulo 4 */
	.balign	4
	c.nop
	.option	norvc
	jal	a0, 1f
0:	FAIL
1:	la	a1, 0b
	IS_REG	a0, a1

	CASE
	la	s11, 2f
1:	.half	0x9002 /* c.ebreak */
	FAIL
2:	IS	s7, BREAKPOINT
	la	a0, 1b
	IS_REG	s8, a0
	PASS

	.bss
	.balign	8
area:	.skip	256
