/* Multiplication's high halves, and division by zero and of the most negative number */
#include "tests/isa/isa.h"

#define MIN64 0x8000000000000000
#define MIN32 0xffffffff80000000

	.macro RR op, a, b, want
	li	a0, \a
	li	a1, \b
	\op	a2, a0, a1
	IS	a2, \want
	.endm

	.globl	main
main:
	RR	mul, 0x100000001, 0x100000001, 0x200000001
	RR	mul, MIN64, -1, MIN64
	RR	mul, -1, -1, 1
	RR	mulh, -1, -1, 0
	RR	mulh, MIN64, MIN64, 0x4000000000000000
	RR	mulh, MIN64, 2, -1
	RR	mulh, 0x7fffffffffffffff, 0x7fffffffffffffff, 0x3fffffffffffffff
	RR	mulhu, -1, -1, -2
	RR	mulhu, MIN64, 2, 1
	RR	mulhu, -1, 1, 0
	RR	mulhsu, -1, -1, -1
	RR	mulhsu, -1, 1, -1
	RR	mulhsu, 1, -1, 0
	RR	mulhsu, MIN64, -1, MIN64
	RR	mulhsu, 2, MIN64, 1
	RR	mulw, 0x10000, 0x10000, 0
	RR	mulw, 0x7fffffff, 2, -2
	RR	mulw, 0xffffffff00000003, 5, 15

	RR	div, 20, -6, -3
	RR	div, -20, 6, -3
	RR	div, 7, 0, -1
	RR	div, 0, 0, -1
	RR	div, MIN64, -1, MIN64
	RR	div, MIN64, 0, -1
	RR	divu, 7, 0, -1
	RR	divu, -1, 2, 0x7fffffffffffffff
	RR	divu, MIN64, -1, 0
	RR	rem, 20, -6, 2
	RR	rem, -20, 6, -2
	RR	rem, 7, 0, 7
	RR	rem, MIN64, -1, 0
	RR	rem, MIN64, 0, MIN64
	RR	remu, 7, 0, 7
	RR	remu, MIN64, -1, MIN64
	RR	remu, -1, 10, 5

	RR	divw, 20, -6, -3
	RR	divw, 7, 0, -1
	RR	divw, 0x80000000, -1, MIN32
	RR	divw, 0x100000008, 0x200000002, 4
	RR	divuw, 7, 0x100000000, -1
	RR	divuw, -1, 2, 0x7fffffff
	RR	divuw, 0x80000000, 1, MIN32
	RR	remw, -20, 6, -2
	RR	remw, 0x180000000, 0, MIN32
	RR	remw, 0x80000000, -1, 0
	RR	remuw, 7, 0, 7
	RR	remuw, 0x80000000, 0x100000000, MIN32
	RR	remuw, 0x80000000, -1, MIN32
	RR	remuw, -1, 10, 5
	PASS
