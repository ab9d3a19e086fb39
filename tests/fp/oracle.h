/*
 * What a floating-point instruction of Zfh, F or D gives, worked out with MPFR from the text of IEEE 754
 * and of the unprivileged specification.  Knows nothing of the emulator.
 *
 * An operation on given operands is worked out once, to a value with a sticky last bit, and then
 * rounded as often as one likes.
 */
#ifndef TESTS_FP_ORACLE_H
#define TESTS_FP_ORACLE_H

#include <stdbool.h>
#include <stdint.h>

#define NX 1u
#define UF 2u
#define OF 4u
#define DZ 8u
#define NV 16u

enum { RNE, RTZ, RDN, RUP, RMM, ROUNDING_MODES };

struct shape {
	int precision;	/* bits of the significand, the hidden one included */
	int emin, emax; /* exponents of the least normal and the greatest binade, as 1.f * 2^e */
	uint64_t nan;	/* canonical */
};

extern const struct shape half, single, dbl;

enum operation {
	ADD,
	SUB,
	MUL,
	DIV,
	SQRT,
	MADD,
	MSUB,
	NMSUB,
	NMADD,
	SGNJ,
	SGNJN,
	SGNJX,
	MIN,
	MAX,
	EQ,
	LT,
	LE,
	CLASS,
	TO_W,
	TO_WU,
	TO_L,
	TO_LU,
	FROM_W,
	FROM_WU,
	FROM_L,
	FROM_LU,
	TO_HALF,
	TO_SINGLE,
	TO_DOUBLE,
	MOVE_TO_X,
	MOVE_FROM_X
};

/* The operands are bits of the format; of an integer register for FROM_*.  Singles and halves come unboxed. */
void oracle_operate(enum operation op, const struct shape *format, uint64_t a, uint64_t b,
		    uint64_t c);

/* The result of the last oracle_operate in this rounding mode: bits of the format, or an integer
 * register.  *flags is set. */
uint64_t oracle_round(unsigned rm, unsigned *flags);

/* For making operands: the number of the format nearest to a op b, whatever the flags. */
uint64_t oracle_nearest(enum operation op, const struct shape *format, uint64_t a, uint64_t b);

#endif
