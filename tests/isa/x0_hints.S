/* fence in all its encodings, hints and reserved fields of FENCE do nothing */
#include "tests/isa/isa.h"

	.globl	main
main:
	li	a0, 5
	fence
	fence	rw, rw
	fence	i, o
	.word	0x8330000f /* fence.tso */
	.word	0x0100000f /* pause */
	.word	0x0000000f /* fence 0, 0 */
	.word	0xfff5858f /* reserved fm, rs1 and rd: treated as a fence */
	fence.i
	.word	0x0005100f /* fence.i with rs1 = a0, rd = 0 */
	.word	0x0005158f /* fence.i with rd = a1 */
	slti	zero, zero, 5
	add	zero, a0, a0
	IS	a0, 5
	IS	zero, 0
	PASS
