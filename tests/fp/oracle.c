#include "tests/fp/oracle.h"

#include <assert.h>
#include <mpfr.h>

const struct shape half = { 11, -14, 15, 0x7e00 };
const struct shape single = { 24, -126, 127, 0x7fc00000 };
const struct shape dbl = { 53, -1022, 1023, 0x7ff8000000000000 };

#define WIDE 200 /* bits: more than twice a double's; what lies beyond is one sticky bit */

static struct {
	enum { BITS, EXACT_ZERO, TO_FLOAT, TO_INTEGER } kind;
	const struct shape *to;
	uint64_t bits;	/* BITS */
	unsigned flags; /* raised whatever the rounding */
	bool is_signed; /* TO_INTEGER */
	unsigned width;
} outcome;

static mpfr_t value, x, y, z, t, u; /* value: TO_FLOAT, TO_INTEGER */

static void init(void)
{
	static bool done;

	if (done)
		return;
	mpfr_inits2(WIDE, value, x, y, z, t, u, (mpfr_ptr)0);
	done = true;
}

/* ---- Operands ------------------------------------------------------------------------------- */

static uint64_t sign_bit(const struct shape *s)
{
	return s == &half ? 1ull << 15 : s == &single ? 1ull << 31 : 1ull << 63;
}

static uint64_t infinity(const struct shape *s)
{
	return (uint64_t)(2 * s->emax + 1) << (s->precision - 1);
}

static uint64_t magnitude(const struct shape *s, uint64_t bits)
{
	return bits & (sign_bit(s) - 1);
}

static bool is_nan(const struct shape *s, uint64_t bits)
{
	return magnitude(s, bits) > infinity(s);
}

static bool is_signaling(const struct shape *s, uint64_t bits)
{
	return is_nan(s, bits) && !(bits >> (s->precision - 2) & 1);
}

static bool is_infinite(const struct shape *s, uint64_t bits)
{
	return magnitude(s, bits) == infinity(s);
}

static bool is_zero(const struct shape *s, uint64_t bits)
{
	return magnitude(s, bits) == 0;
}

static bool is_negative(const struct shape *s, uint64_t bits)
{
	return bits & sign_bit(s);
}

static void load(mpfr_t to, const struct shape *s, uint64_t bits)
{
	uint64_t fraction = bits & ((1ull << (s->precision - 1)) - 1);
	int field = (int)(magnitude(s, bits) >> (s->precision - 1));

	mpfr_set_prec(to, 64);
	if (field)
		fraction |= 1ull << (s->precision - 1);
	mpfr_set_uj_2exp(to, fraction, (field ? field : 1) - 1 + s->emin - (s->precision - 1),
			 MPFR_RNDN);
	if (is_negative(s, bits))
		mpfr_neg(to, to, MPFR_RNDN);
}

/* ---- Outcomes ------------------------------------------------------------------------------- */

static void gives(uint64_t bits, unsigned flags)
{
	outcome.kind = BITS;
	outcome.bits = bits;
	outcome.flags = flags;
}

static void gives_nan(const struct shape *s, unsigned flags)
{
	gives(s->nan, flags);
}

/* `value` holds the result cut off at WIDE bits; `ternary` says whether anything was lost. */
static void gives_value(int ternary)
{
	outcome.kind = TO_FLOAT;
	outcome.flags = 0;
	if (ternary) {
		mpfr_prec_round(value, WIDE + 8, MPFR_RNDZ);
		if (mpfr_signbit(value))
			mpfr_nextbelow(value);
		else
			mpfr_nextabove(value);
	}
}

/* A sum: zero if it cancels, -0 only when rounding down, or if both parts are. */
static void gives_sum(int ternary)
{
	if (mpfr_zero_p(value))
		outcome.kind = EXACT_ZERO, outcome.flags = 0;
	else
		gives_value(ternary);
}

static bool any_nan(const struct shape *s, uint64_t a, uint64_t b, uint64_t c)
{
	if (!is_nan(s, a) && !is_nan(s, b) && !is_nan(s, c))
		return false;
	gives_nan(s, is_signaling(s, a) || is_signaling(s, b) || is_signaling(s, c) ? NV : 0);
	return true;
}

/* ---- Arithmetic ----------------------------------------------------------------------------- */

static void add(const struct shape *s, uint64_t a, uint64_t b)
{
	if (any_nan(s, a, b, 0))
		return;
	if (is_infinite(s, a) && is_infinite(s, b) && is_negative(s, a) != is_negative(s, b)) {
		gives_nan(s, NV);
	} else if (is_infinite(s, a) || is_infinite(s, b)) {
		gives(is_infinite(s, a) ? a : b, 0);
	} else if (is_zero(s, a) && is_zero(s, b) && is_negative(s, a) == is_negative(s, b)) {
		gives(a, 0);
	} else {
		load(x, s, a);
		load(y, s, b);
		mpfr_set_prec(value, WIDE);
		gives_sum(mpfr_add(value, x, y, MPFR_RNDZ));
	}
}

static void multiply(const struct shape *s, uint64_t a, uint64_t b)
{
	uint64_t sign = (a ^ b) & sign_bit(s);

	if (any_nan(s, a, b, 0))
		return;
	if ((is_infinite(s, a) && is_zero(s, b)) || (is_zero(s, a) && is_infinite(s, b))) {
		gives_nan(s, NV);
	} else if (is_infinite(s, a) || is_infinite(s, b)) {
		gives(sign | infinity(s), 0);
	} else if (is_zero(s, a) || is_zero(s, b)) {
		gives(sign, 0);
	} else {
		load(x, s, a);
		load(y, s, b);
		mpfr_set_prec(value, WIDE);
		gives_value(mpfr_mul(value, x, y, MPFR_RNDZ));
	}
}

static void divide(const struct shape *s, uint64_t a, uint64_t b)
{
	uint64_t sign = (a ^ b) & sign_bit(s);

	if (any_nan(s, a, b, 0))
		return;
	if ((is_infinite(s, a) && is_infinite(s, b)) || (is_zero(s, a) && is_zero(s, b))) {
		gives_nan(s, NV);
	} else if (is_infinite(s, a)) {
		gives(sign | infinity(s), 0);
	} else if (is_zero(s, b)) {
		gives(sign | infinity(s), DZ);
	} else if (is_zero(s, a) || is_infinite(s, b)) {
		gives(sign, 0);
	} else {
		load(x, s, a);
		load(y, s, b);
		mpfr_set_prec(value, WIDE);
		gives_value(mpfr_div(value, x, y, MPFR_RNDZ));
	}
}

static void square_root(const struct shape *s, uint64_t a)
{
	if (any_nan(s, a, 0, 0))
		return;
	if (is_zero(s, a)) {
		gives(a, 0);
	} else if (is_negative(s, a)) {
		gives_nan(s, NV);
	} else if (is_infinite(s, a)) {
		gives(a, 0);
	} else {
		load(x, s, a);
		mpfr_set_prec(value, WIDE);
		gives_value(mpfr_sqrt(value, x, MPFR_RNDZ));
	}
}

/* "the fused multiply-add instructions must set NV when the multiplicands are infinity and zero, even
 * when the addend is a quiet NaN" */
static void fused(const struct shape *s, uint64_t a, uint64_t b, uint64_t c)
{
	bool negative = is_negative(s, a) != is_negative(s, b);
	uint64_t product_sign = negative ? sign_bit(s) : 0;

	if ((is_infinite(s, a) && is_zero(s, b)) || (is_zero(s, a) && is_infinite(s, b))) {
		gives_nan(s, NV);
		return;
	}
	if (any_nan(s, a, b, c))
		return;
	if (is_infinite(s, a) || is_infinite(s, b)) {
		if (is_infinite(s, c) && is_negative(s, c) != negative)
			gives_nan(s, NV);
		else
			gives(product_sign | infinity(s), 0);
	} else if (is_infinite(s, c)) {
		gives(c, 0);
	} else if ((is_zero(s, a) || is_zero(s, b)) && is_zero(s, c) &&
		   is_negative(s, c) == negative) {
		gives(c, 0);
	} else {
		load(x, s, a);
		load(y, s, b);
		load(z, s, c);
		mpfr_set_prec(value, WIDE);
		gives_sum(mpfr_fma(value, x, y, z, MPFR_RNDZ));
	}
}

/* ---- Comparison and moves ------------------------------------------------------------------- */

/* minimumNumber and maximumNumber of IEEE 754-2019 with -0 < +0; a signaling NaN raises NV. */
static void min_max(const struct shape *s, uint64_t a, uint64_t b, bool max)
{
	unsigned flags = is_signaling(s, a) || is_signaling(s, b) ? NV : 0;
	int order;

	if (is_nan(s, a) || is_nan(s, b)) {
		gives(!is_nan(s, a) ? a : !is_nan(s, b) ? b : s->nan, flags);
		return;
	}
	order = (int)is_negative(s, b) - (int)is_negative(s, a);
	if (order == 0)
		order = (magnitude(s, a) > magnitude(s, b)) - (magnitude(s, a) < magnitude(s, b));
	else
		order = is_negative(s, a) ? -1 : 1;
	if (is_negative(s, a) && is_negative(s, b))
		order = -order;
	gives((order > 0) == max ? a : b, 0);
}

static void compare(const struct shape *s, enum operation op, uint64_t a, uint64_t b)
{
	bool signaling = is_signaling(s, a) || is_signaling(s, b);
	int order;

	if (is_nan(s, a) || is_nan(s, b)) {
		gives(0, op != EQ || signaling ? NV : 0);
		return;
	}
	if (is_infinite(s, a) || is_infinite(s, b)) {
		mpfr_set_inf(x, is_negative(s, a) ? -1 : 1);
		mpfr_set_inf(y, is_negative(s, b) ? -1 : 1);
		if (!is_infinite(s, a))
			load(x, s, a);
		if (!is_infinite(s, b))
			load(y, s, b);
	} else {
		load(x, s, a);
		load(y, s, b);
	}
	order = mpfr_cmp(x, y);
	gives(op == EQ ? order == 0 : op == LT ? order < 0 : order <= 0, 0);
}

static void classify(const struct shape *s, uint64_t a)
{
	bool negative = is_negative(s, a);
	unsigned bit;

	if (is_nan(s, a))
		bit = is_signaling(s, a) ? 8 : 9;
	else if (is_infinite(s, a))
		bit = negative ? 0 : 7;
	else if (is_zero(s, a))
		bit = negative ? 3 : 4;
	else if (magnitude(s, a) >> (s->precision - 1))
		bit = negative ? 1 : 6;
	else
		bit = negative ? 2 : 5;
	gives(1ull << bit, 0);
}

/* ---- Conversions ---------------------------------------------------------------------------- */

static void to_format(const struct shape *s, const struct shape *to, uint64_t a)
{
	outcome.to = to;
	if (is_nan(s, a)) {
		gives_nan(to, is_signaling(s, a) ? NV : 0);
	} else if (is_infinite(s, a) || is_zero(s, a)) {
		gives((is_negative(s, a) ? sign_bit(to) : 0) |
			      (is_infinite(s, a) ? infinity(to) : 0),
		      0);
	} else {
		load(value, s, a);
		gives_value(0);
	}
}

/* The most and the least that fit, as a register of 64 bits holds them. */
static uint64_t greatest(void)
{
	if (outcome.is_signed)
		return outcome.width == 32 ? INT32_MAX : INT64_MAX;
	return UINT64_MAX; /* 2^32 - 1 is sign-extended too */
}

static uint64_t least(void)
{
	if (!outcome.is_signed)
		return 0;
	return outcome.width == 32 ? (uint64_t)INT32_MIN : (uint64_t)INT64_MIN;
}

static void to_integer(const struct shape *s, uint64_t a, bool is_signed, unsigned width)
{
	outcome.is_signed = is_signed;
	outcome.width = width;
	if (is_nan(s, a)) {
		gives(greatest(), NV);
	} else if (is_infinite(s, a)) {
		gives(is_negative(s, a) ? least() : greatest(), NV);
	} else if (is_zero(s, a)) {
		gives(0, 0);
	} else {
		load(value, s, a);
		outcome.kind = TO_INTEGER;
		outcome.flags = 0;
	}
}

static void from_integer(bool is_signed, unsigned width, uint64_t a)
{
	if (width == 32)
		a = is_signed ? (uint64_t)(int32_t)a : (uint32_t)a;
	if (a == 0) {
		gives(0, 0);
		return;
	}
	mpfr_set_prec(value, 64);
	if (is_signed)
		mpfr_set_sj(value, (int64_t)a, MPFR_RNDN);
	else
		mpfr_set_uj(value, a, MPFR_RNDN);
	gives_value(0);
}

void oracle_operate(enum operation op, const struct shape *s, uint64_t a, uint64_t b, uint64_t c)
{
	uint64_t sign = sign_bit(s);

	init();
	outcome.to = s;
	switch (op) {
	case ADD:
		add(s, a, b);
		break;
	case SUB:
		add(s, a, b ^ sign);
		break;
	case MUL:
		multiply(s, a, b);
		break;
	case DIV:
		divide(s, a, b);
		break;
	case SQRT:
		square_root(s, a);
		break;
	case MADD:
		fused(s, a, b, c);
		break;
	case MSUB:
		fused(s, a, b, c ^ sign);
		break;
	case NMSUB:
		fused(s, a ^ sign, b, c);
		break;
	case NMADD:
		fused(s, a ^ sign, b, c ^ sign);
		break;
	case SGNJ:
		gives(magnitude(s, a) | (b & sign), 0);
		break;
	case SGNJN:
		gives(magnitude(s, a) | (~b & sign), 0);
		break;
	case SGNJX:
		gives(a ^ (b & sign), 0);
		break;
	case MIN:
	case MAX:
		min_max(s, a, b, op == MAX);
		break;
	case EQ:
	case LT:
	case LE:
		compare(s, op, a, b);
		break;
	case CLASS:
		classify(s, a);
		break;
	case TO_W:
	case TO_WU:
		to_integer(s, a, op == TO_W, 32);
		break;
	case TO_L:
	case TO_LU:
		to_integer(s, a, op == TO_L, 64);
		break;
	case FROM_W:
	case FROM_WU:
		from_integer(op == FROM_W, 32, a);
		break;
	case FROM_L:
	case FROM_LU:
		from_integer(op == FROM_L, 64, a);
		break;
	case TO_HALF:
		to_format(s, &half, a);
		break;
	case TO_SINGLE:
		to_format(s, &single, a);
		break;
	case TO_DOUBLE:
		to_format(s, &dbl, a);
		break;
	case MOVE_TO_X:
		gives(s == &half     ? (uint64_t)(int16_t)a
		      : s == &single ? (uint64_t)(int32_t)a
				     : a,
		      0);
		break;
	case MOVE_FROM_X:
		gives(s == &half ? (uint16_t)a : s == &single ? (uint32_t)a : a, 0);
		break;
	}
}

/* ---- Rounding ------------------------------------------------------------------------------- */

static mpfr_rnd_t direction(unsigned rm)
{
	static const mpfr_rnd_t rnd[] = { MPFR_RNDN, MPFR_RNDZ, MPFR_RNDD, MPFR_RNDU };

	return rnd[rm];
}

/* r = value in `bits` bits. */
static void round_bits(mpfr_t r, int bits, unsigned rm)
{
	mpfr_set_prec(r, bits);
	if (rm != RMM) {
		mpfr_set(r, value, direction(rm));
		return;
	}
	/* Ties away: the bit below the last says it. */
	mpfr_set(r, value, MPFR_RNDZ);
	mpfr_set_prec(u, bits + 1);
	mpfr_set(u, value, MPFR_RNDZ);
	if (mpfr_cmp(u, r) != 0)
		mpfr_set(r, value, MPFR_RNDA);
}

static uint64_t overflowed(const struct shape *s, bool negative, unsigned rm, unsigned *flags)
{
	bool to_infinity = rm == RNE || rm == RMM || rm == (negative ? RDN : RUP);

	*flags |= OF | NX;
	return (negative ? sign_bit(s) : 0) | (infinity(s) - !to_infinity);
}

static uint64_t round_to_float(const struct shape *s, unsigned rm, unsigned *flags)
{
	bool negative = mpfr_signbit(value), tiny;
	int exponent = (int)mpfr_get_exp(value) - 1; /* of 1.f */
	int bits = s->precision - (exponent < s->emin ? s->emin - exponent : 0);
	int unit = (exponent < s->emin ? s->emin : exponent) - (s->precision - 1);
	uint64_t sign = negative ? sign_bit(s) : 0, result;

	round_bits(t, s->precision, rm);
	if ((int)mpfr_get_exp(t) - 1 > s->emax)
		return overflowed(s, negative, rm, flags);
	/* "tininess is detected after rounding": of a result whose exponent were unbounded */
	tiny = (int)mpfr_get_exp(t) - 1 < s->emin;

	if (bits >= 1) {
		round_bits(t, bits, rm);
	} else { /* between zero and the least subnormal */
		bool up = rm == (negative ? RDN : RUP);

		if (bits == 0 && (rm == RNE || rm == RMM)) {
			mpfr_set_prec(u, 2);
			mpfr_set_ui_2exp(u, 1, unit - 1, MPFR_RNDN);
			up = mpfr_cmpabs(value, u) > 0 || rm == RMM;
		}
		mpfr_set_prec(t, 2);
		mpfr_set_ui_2exp(t, up, unit, MPFR_RNDN);
		if (negative)
			mpfr_neg(t, t, MPFR_RNDN);
	}
	if (mpfr_cmp(t, value) != 0)
		*flags |= tiny ? NX | UF : NX;
	if (mpfr_zero_p(t))
		return sign;
	exponent = (int)mpfr_get_exp(t) - 1;
	mpfr_mul_2si(t, t, -unit, MPFR_RNDN);
	result = mpfr_get_uj(mpfr_signbit(t) ? (mpfr_neg(t, t, MPFR_RNDN), t) : t, MPFR_RNDZ);
	if (result >> s->precision) { /* carried into the next binade */
		result >>= 1;
		unit++;
	}
	if (result >> (s->precision - 1)) {
		result &= (1ull << (s->precision - 1)) - 1;
		result |= (uint64_t)(unit + s->precision - 1 - s->emin + 1) << (s->precision - 1);
	}
	return sign | result;
}

static uint64_t round_to_integer(unsigned rm, unsigned *flags)
{
	mpfr_set_prec(t, 2200);
	if (rm == RMM)
		mpfr_round(t, value);
	else
		mpfr_rint(t, value, direction(rm));
	mpfr_set_prec(u, 64);
	mpfr_set_ui_2exp(u, 1, outcome.width - outcome.is_signed,
			 MPFR_RNDN); /* the first too many */
	if (mpfr_cmp(t, u) >= 0) {
		*flags |= NV;
		return greatest();
	}
	if (outcome.is_signed)
		mpfr_neg(u, u, MPFR_RNDN);
	else
		mpfr_set_zero(u, 1);
	if (mpfr_cmp(t, u) < 0) {
		*flags |= NV;
		return least();
	}
	if (mpfr_cmp(t, value) != 0)
		*flags |= NX;
	if (outcome.is_signed)
		return (uint64_t)mpfr_get_sj(t, MPFR_RNDZ);
	return outcome.width == 32 ? (uint64_t)(int32_t)mpfr_get_uj(t, MPFR_RNDZ)
				   : mpfr_get_uj(t, MPFR_RNDZ);
}

uint64_t oracle_round(unsigned rm, unsigned *flags)
{
	assert(rm < ROUNDING_MODES);
	*flags = outcome.flags;
	switch (outcome.kind) {
	case BITS:
		return outcome.bits;
	case EXACT_ZERO: /* "the sign of an exact zero sum is - only when rounding down" */
		return rm == RDN ? sign_bit(outcome.to) : 0;
	case TO_FLOAT:
		return round_to_float(outcome.to, rm, flags);
	default:
		return round_to_integer(rm, flags);
	}
}

uint64_t oracle_nearest(enum operation op, const struct shape *format, uint64_t a, uint64_t b)
{
	unsigned flags;

	oracle_operate(op, format, a, b, 0);
	return oracle_round(RNE, &flags);
}
