/* Conversions saturate, take NaN for the greatest, and raise NV instead of NX */
#include "tests/isa/isa.h"

#define NX 1
#define UF 2
#define OF 4
#define NV 16

	/* to an integer */
	.macro TO op, rm, a, want, flags
	li	a0, \a
	fmv.d.x	fa0, a0
	csrw	fflags, zero
	\op	a1, fa0, \rm
	csrr	a2, fflags
	IS	a1, \want
	IS	a2, \flags
	.endm

	.macro TO_S op, rm, a, want, flags
	li	a0, \a
	fmv.w.x	fa0, a0
	csrw	fflags, zero
	\op	a1, fa0, \rm
	csrr	a2, fflags
	IS	a1, \want
	IS	a2, \flags
	.endm

	/* from an integer, or from the other format in the bits \a */
	.macro FROM op, rm, a, want, flags
	li	a0, \a
	csrw	fflags, zero
	\op	fa0, a0, \rm
	csrr	a2, fflags
	fmv.x.d	a1, fa0
	IS	a1, \want
	IS	a2, \flags
	.endm

	.macro FF op, a, want, flags:vararg
	li	a0, \a
	fmv.d.x	fa0, a0
	csrw	fflags, zero
	\op	fa0, fa0
	csrr	a2, fflags
	fmv.x.d	a1, fa0
	IS	a1, \want
	IS	a2, \flags
	.endm

#define MIN32 0xffffffff80000000
#define MIN64 0x8000000000000000
#define MAX64 0x7fffffffffffffff

	.globl	main
main:
	TO	fcvt.w.d, rtz, 0x3ff8000000000000, 1, NX /* 1.5 */
	TO	fcvt.w.d, rne, 0x3ff8000000000000, 2, NX
	TO	fcvt.w.d, rne, 0x4004000000000000, 2, NX /* 2.5 */
	TO	fcvt.w.d, rmm, 0x4004000000000000, 3, NX
	TO	fcvt.w.d, rup, 0x4004000000000000, 3, NX
	TO	fcvt.w.d, rdn, 0xc004000000000000, -3, NX
	TO	fcvt.w.d, rmm, 0xc004000000000000, -3, NX
	TO	fcvt.w.d, rtz, 0xc004000000000000, -2, NX
	TO	fcvt.w.d, rtz, 0x41dfffffffc00000, 0x7fffffff, 0
	TO	fcvt.w.d, rtz, 0x41dfffffffe00000, 0x7fffffff, NX
	TO	fcvt.w.d, rup, 0x41dfffffffe00000, 0x7fffffff, NV
	TO	fcvt.w.d, rtz, 0x41e0000000000000, 0x7fffffff, NV
	TO	fcvt.w.d, rtz, 0xc1e0000000000000, MIN32, 0
	TO	fcvt.w.d, rtz, 0xc1e0000000200000, MIN32, NV
	TO	fcvt.w.d, rtz, 0x7ff0000000000000, 0x7fffffff, NV
	TO	fcvt.w.d, rtz, 0xfff0000000000000, MIN32, NV
	TO	fcvt.w.d, rtz, 0x7ff8000000000000, 0x7fffffff, NV
	TO	fcvt.w.d, rtz, 0xfff8000000000000, 0x7fffffff, NV
	TO	fcvt.wu.d, rtz, 0xbfe0000000000000, 0, NX /* -0.5 */
	TO	fcvt.wu.d, rdn, 0xbfe0000000000000, 0, NV
	TO	fcvt.wu.d, rtz, 0xbff0000000000000, 0, NV
	TO	fcvt.wu.d, rtz, 0x41efffffffe00000, -1, 0
	TO	fcvt.wu.d, rtz, 0x41e0000000000000, MIN32, 0
	TO	fcvt.wu.d, rtz, 0x41f0000000000000, -1, NV
	TO	fcvt.wu.d, rtz, 0x7ff8000000000000, -1, NV
	TO	fcvt.wu.d, rtz, 0xfff0000000000000, 0, NV
	TO	fcvt.l.d, rtz, 0x43e0000000000000, MAX64, NV
	TO	fcvt.l.d, rtz, 0x43dfffffffffffff, 0x7ffffffffffffc00, 0
	TO	fcvt.l.d, rtz, 0xc3e0000000000000, MIN64, 0
	TO	fcvt.l.d, rtz, 0xc3e0000000000001, MIN64, NV
	TO	fcvt.l.d, rtz, 0xfff8000000000000, MAX64, NV
	TO	fcvt.l.d, rne, 0x3fe0000000000000, 0, NX
	TO	fcvt.lu.d, rtz, 0x43e0000000000000, MIN64, 0
	TO	fcvt.lu.d, rtz, 0x43efffffffffffff, 0xfffffffffffff800, 0
	TO	fcvt.lu.d, rtz, 0x43f0000000000000, -1, NV
	TO	fcvt.lu.d, rtz, 0xbff0000000000000, 0, NV
	TO	fcvt.lu.d, rtz, 0x8000000000000000, 0, 0
	TO	fcvt.lu.d, rtz, 0x7ff0000000000001, -1, NV
	TO_S	fcvt.w.s, rtz, 0x4f000000, 0x7fffffff, NV
	TO_S	fcvt.w.s, rtz, 0xcf000000, MIN32, 0
	TO_S	fcvt.w.s, rne, 0x3f000000, 0, NX
	TO_S	fcvt.wu.s, rtz, 0x4f800000, -1, NV
	TO_S	fcvt.wu.s, rtz, 0x7fc00000, -1, NV
	TO_S	fcvt.l.s, rtz, 0x5f000000, MAX64, NV
	TO_S	fcvt.l.s, rtz, 0xdf000000, MIN64, 0
	TO_S	fcvt.lu.s, rtz, 0x5f000000, MIN64, 0
	TO_S	fcvt.lu.s, rtz, 0x5f800000, -1, NV

	FROM	fcvt.d.l, rne, 0x7fffffffffffffff, 0x43e0000000000000, NX
	FROM	fcvt.d.l, rtz, 0x7fffffffffffffff, 0x43dfffffffffffff, NX
	FROM	fcvt.d.l, rne, 0x8000000000000000, 0xc3e0000000000000, 0
	FROM	fcvt.d.lu, rne, 0x8000000000000000, 0x43e0000000000000, 0
	FROM	fcvt.d.lu, rne, -1, 0x43f0000000000000, NX
	FROM	fcvt.d.lu, rdn, -1, 0x43efffffffffffff, NX
	FROM	fcvt.d.l, rne, 0x0020000000000001, 0x4340000000000000, NX
	FROM	fcvt.d.l, rmm, 0x0020000000000001, 0x4340000000000001, NX
	FROM	fcvt.s.l, rne, 0x0000000001000001, 0xffffffff4b800000, NX
	FROM	fcvt.s.l, rmm, 0x0000000001000001, 0xffffffff4b800001, NX
	FROM	fcvt.s.w, rne, 0xffffffff00000001, 0xffffffff3f800000, 0
	FROM	fcvt.s.wu, rne, 0xffffffffffffffff, 0xffffffff4f800000, NX
	FROM	fcvt.s.lu, rne, -1, 0xffffffff5f800000, NX
	FROM	fcvt.s.lu, rtz, -1, 0xffffffff5f7fffff, NX
	/* rounding once: through double this would give ...00 */
	FROM	fcvt.s.l, rne, 0x4000004000000001, 0xffffffff5e800001, NX
	.macro	FROM_EXACT op, a, want
	li	a0, \a
	csrw	fflags, zero
	\op	fa0, a0
	csrr	a2, fflags
	fmv.x.d	a1, fa0
	IS	a1, \want
	IS	a2, 0
	.endm
	FROM_EXACT fcvt.d.w, 0x80000000, 0xc1e0000000000000
	FROM_EXACT fcvt.d.wu, 0xffffffff80000000, 0x41e0000000000000
	FROM_EXACT fcvt.d.w, 0x123456789, 0x41c1a2b3c4800000

	/* between formats */
	FF	fcvt.s.d, 0x3ff0000000000001, 0xffffffff3f800000, NX
	FF	fcvt.s.d, 0x47f0000000000000, 0xffffffff7f800000, OF | NX
	FF	fcvt.s.d, 0x0000000000000001, 0xffffffff00000000, UF | NX
	FF	fcvt.s.d, 0x36a0000000000000, 0xffffffff00000001, 0
	FF	fcvt.s.d, 0xfff8000000000123, 0xffffffff7fc00000, 0
	FF	fcvt.s.d, 0x7ff0000000000001, 0xffffffff7fc00000, NV
	FF	fcvt.s.d, 0x8000000000000000, 0xffffffff80000000, 0
	FF	fcvt.d.s, 0xffffffff3f800001, 0x3ff0000020000000, 0
	FF	fcvt.d.s, 0xffffffff00000001, 0x36a0000000000000, 0
	FF	fcvt.d.s, 0xffffffff7fffffff, 0x7ff8000000000000, 0
	FF	fcvt.d.s, 0xffffffff7f800001, 0x7ff8000000000000, NV
	FF	fcvt.d.s, 0x000000003f800000, 0x7ff8000000000000, 0 /* not boxed */
	PASS
