#include "emu/softfp.h"

typedef unsigned __int128 u128;

struct shape {
	int fraction; /* bits of it */
	int bias;
	uint64_t sign;	    /* the sign bit */
	uint64_t infinity;  /* also the mask of the exponent field */
	uint64_t canonical; /* NaN */
};

static const struct shape shapes[] = {
	[FP_SINGLE] = { 23, 127, 1u << 31, 0x7f800000, CANONICAL_S },
	[FP_HALF] = { 10, 15, 1u << 15, 0x7c00, CANONICAL_H },
	[FP_DOUBLE] = { 52, 1023, 1ull << 63, 0x7ff0000000000000, CANONICAL_D },
};

enum kind { ZERO, FINITE, INFINITE, QUIET, SIGNALING };

struct number {
	enum kind kind;
	bool sign;
	int exp; /* value = sig * 2^exp */
	uint64_t sig;
};

static struct number unpack(const struct shape *s, uint64_t bits)
{
	uint64_t fraction = bits & ((1ull << s->fraction) - 1);
	int field = (int)((bits & s->infinity) >> s->fraction);
	struct number n = { .sign = bits & s->sign, .sig = fraction, .kind = FINITE };

	if ((bits & s->infinity) == s->infinity) {
		n.kind = INFINITE;
		if (fraction)
			n.kind = fraction >> (s->fraction - 1) ? QUIET : SIGNALING;
	} else if (field) {
		n.sig |= 1ull << s->fraction;
		n.exp = field - s->bias - s->fraction;
	} else {
		n.exp = 1 - s->bias - s->fraction;
		if (!fraction)
			n.kind = ZERO;
	}
	return n;
}

static uint64_t signed_zero(const struct shape *s, bool sign)
{
	return sign ? s->sign : 0;
}

static uint64_t infinity(const struct shape *s, bool sign)
{
	return s->infinity | signed_zero(s, sign);
}

static uint64_t invalid(const struct shape *s, unsigned *flags)
{
	*flags |= FP_NV;
	return s->canonical;
}

/* The NaN that comes of operands at least one of which is a NaN. */
static uint64_t any_nan(const struct shape *s, bool signaling, unsigned *flags)
{
	if (signaling)
		*flags |= FP_NV;
	return s->canonical;
}

static int top_bit(u128 v)
{
	uint64_t hi = (uint64_t)(v >> 64);

	return hi ? 127 - __builtin_clzll(hi) : 63 - __builtin_clzll((uint64_t)v);
}

/* sig >> shift, rounded; *inexact says whether bits were lost. */
static u128 round_shift(u128 sig, int shift, bool sign, unsigned rm, bool *inexact)
{
	u128 kept, lost, half;

	*inexact = false;
	if (shift <= 0)
		return sig << -shift;
	if (shift > 127) { /* less than half of the last place, whatever it is */
		lost = 1;
		half = 2;
		kept = 0;
	} else {
		kept = sig >> shift;
		half = (u128)1 << (shift - 1);
		lost = sig & (((u128)1 << shift) - 1);
	}
	*inexact = lost != 0;
	switch (rm) {
	case FP_RNE:
		return kept + (lost > half || (lost == half && (kept & 1)));
	case FP_RDN:
		return kept + (lost && sign);
	case FP_RUP:
		return kept + (lost && !sign);
	case FP_RMM:
		return kept + (lost >= half);
	default:
		return kept;
	}
}

static uint64_t overflow(const struct shape *s, bool sign, unsigned rm, unsigned *flags)
{
	bool to_infinity =
		rm == FP_RNE || rm == FP_RMM || (rm == FP_RDN && sign) || (rm == FP_RUP && !sign);

	*flags |= FP_OF | FP_NX;
	return infinity(s, sign) - !to_infinity;
}

/* Round sig * 2^exp, sig not zero and its lowest bit sticky, into the format. */
static uint64_t round_pack(const struct shape *s, bool sign, int exp, u128 sig, unsigned rm,
			   unsigned *flags)
{
	int top = top_bit(sig) + exp, lowest = 1 - s->bias;
	int unit = (top < lowest ? lowest : top) - s->fraction;
	bool inexact, tiny = top < lowest;
	u128 rounded = round_shift(sig, unit - exp, sign, rm, &inexact);

	/* Tininess is judged after rounding, as if the exponent had no bound. */
	if (top == lowest - 1) {
		bool ignored;
		u128 free = round_shift(sig, top - s->fraction - exp, sign, rm, &ignored);

		tiny = free >> (s->fraction + 1) == 0;
	}
	if (rounded >> (s->fraction + 1)) {
		rounded >>= 1;
		unit++;
	}
	if (unit + s->fraction > s->bias)
		return overflow(s, sign, rm, flags);
	if (inexact)
		*flags |= tiny ? FP_NX | FP_UF : FP_NX;
	/* The hidden bit, if there, adds one to the exponent field. */
	return signed_zero(s, sign) + (uint64_t)rounded +
	       ((uint64_t)(unit + s->fraction - lowest) << s->fraction);
}

/* value >> shift with every lost bit gathered in the lowest. */
static u128 shift_sticky(u128 value, int shift)
{
	if (shift == 0)
		return value;
	if (shift > 127)
		return value != 0;
	return value >> shift | ((value & (((u128)1 << shift) - 1)) != 0);
}

static uint64_t add_magnitudes(const struct shape *s, bool sign_p, int exp_p, u128 p, bool sign_c,
			       int exp_c, u128 c, unsigned rm, unsigned *flags)
{
	/* Both with their top bit at 125: the sum has room, and where much cancels nothing is lost,
	 * for then the shift is at most one and the low bits are zero. */
	int up = 125 - top_bit(p), uc = 125 - top_bit(c);
	int exp;

	p <<= up;
	exp_p -= up;
	c <<= uc;
	exp_c -= uc;
	exp = exp_p > exp_c ? exp_p : exp_c;
	p = shift_sticky(p, exp - exp_p);
	c = shift_sticky(c, exp - exp_c);
	if (sign_p == sign_c)
		return round_pack(s, sign_p, exp, p + c, rm, flags);
	if (p == c)
		return signed_zero(s, rm == FP_RDN);
	if (p > c)
		return round_pack(s, sign_p, exp, p - c, rm, flags);
	return round_pack(s, sign_c, exp, c - p, rm, flags);
}

uint64_t soft_fma(enum fp_format format, uint64_t a, uint64_t b, uint64_t c, unsigned rm,
		  unsigned *flags)
{
	const struct shape *s = &shapes[format];
	struct number x = unpack(s, a), y = unpack(s, b), z = unpack(s, c);
	bool sign = x.sign ^ y.sign;

	if ((x.kind == INFINITE && y.kind == ZERO) || (x.kind == ZERO && y.kind == INFINITE))
		return invalid(s, flags); /* even if c is a quiet NaN */
	if (x.kind >= QUIET || y.kind >= QUIET || z.kind >= QUIET)
		return any_nan(s, x.kind == SIGNALING || y.kind == SIGNALING || z.kind == SIGNALING,
			       flags);
	if (x.kind == INFINITE || y.kind == INFINITE) {
		if (z.kind == INFINITE && z.sign != sign)
			return invalid(s, flags);
		return infinity(s, sign);
	}
	if (z.kind == INFINITE)
		return c;
	if (x.kind == ZERO || y.kind == ZERO) {
		if (z.kind != ZERO)
			return c;
		return signed_zero(s, z.sign == sign ? sign : rm == FP_RDN);
	}
	if (z.kind == ZERO)
		return round_pack(s, sign, x.exp + y.exp, (u128)x.sig * y.sig, rm, flags);
	return add_magnitudes(s, sign, x.exp + y.exp, (u128)x.sig * y.sig, z.sign, z.exp, z.sig, rm,
			      flags);
}

uint64_t soft_add(enum fp_format format, uint64_t a, uint64_t b, unsigned rm, unsigned *flags)
{
	const struct shape *s = &shapes[format];

	return soft_fma(format, a, (uint64_t)s->bias << s->fraction, b, rm, flags); /* a * 1 + b */
}

uint64_t soft_mul(enum fp_format format, uint64_t a, uint64_t b, unsigned rm, unsigned *flags)
{
	const struct shape *s = &shapes[format];

	/* a * b + 0 with the sign that a product of zero has */
	return soft_fma(format, a, b, (a ^ b) & s->sign, rm, flags);
}

uint64_t soft_div(enum fp_format format, uint64_t a, uint64_t b, unsigned rm, unsigned *flags)
{
	const struct shape *s = &shapes[format];
	struct number x = unpack(s, a), y = unpack(s, b);
	bool sign = x.sign ^ y.sign;
	int up, uq;
	u128 dividend, quotient;

	if (x.kind >= QUIET || y.kind >= QUIET)
		return any_nan(s, x.kind == SIGNALING || y.kind == SIGNALING, flags);
	if (x.kind == y.kind && (x.kind == ZERO || x.kind == INFINITE))
		return invalid(s, flags);
	if (x.kind == INFINITE || y.kind == ZERO) {
		if (x.kind != INFINITE)
			*flags |= FP_DZ;
		return infinity(s, sign);
	}
	if (x.kind == ZERO || y.kind == INFINITE)
		return signed_zero(s, sign);
	up = 126 - top_bit(x.sig);
	uq = 63 - top_bit(y.sig);
	dividend = (u128)x.sig << up;
	y.sig <<= uq;
	quotient = dividend / y.sig << 1 | (dividend % y.sig != 0);
	return round_pack(s, sign, x.exp - up - y.exp + uq - 1, quotient, rm, flags);
}

static uint64_t integer_root(u128 v)
{
	uint64_t root = 0;

	for (int k = 63; k >= 0; k--) {
		uint64_t candidate = root | 1ull << k;

		if ((u128)candidate * candidate <= v)
			root = candidate;
	}
	return root;
}

uint64_t soft_sqrt(enum fp_format format, uint64_t a, unsigned rm, unsigned *flags)
{
	const struct shape *s = &shapes[format];
	struct number x = unpack(s, a);
	uint64_t root;
	u128 v;
	int up;

	if (x.kind >= QUIET)
		return any_nan(s, x.kind == SIGNALING, flags);
	if (x.kind == ZERO || (x.kind == INFINITE && !x.sign))
		return a;
	if (x.sign)
		return invalid(s, flags);
	up = 126 - top_bit(x.sig);
	if ((x.exp - up) & 1)
		up++;
	v = (u128)x.sig << up;
	root = integer_root(v);
	return round_pack(s, false, (x.exp - up) / 2 - 1,
			  (u128)root << 1 | ((u128)root * root != v), rm, flags);
}

uint64_t soft_convert(enum fp_format from, enum fp_format to, uint64_t a, unsigned rm,
		      unsigned *flags)
{
	struct number x = unpack(&shapes[from], a);
	const struct shape *s = &shapes[to];

	if (x.kind >= QUIET)
		return any_nan(s, x.kind == SIGNALING, flags);
	if (x.kind == ZERO)
		return signed_zero(s, x.sign);
	if (x.kind == INFINITE)
		return infinity(s, x.sign);
	return round_pack(s, x.sign, x.exp, x.sig, rm, flags);
}

uint64_t soft_from_int(enum fp_format to, bool negative, uint64_t magnitude, unsigned rm,
		       unsigned *flags)
{
	if (magnitude == 0)
		return 0;
	return round_pack(&shapes[to], negative, 0, magnitude, rm, flags);
}

/* Least and greatest results, as registers hold them. */
static uint64_t saturate(bool negative, bool is_signed, unsigned bits, unsigned *flags)
{
	*flags |= FP_NV;
	if (is_signed)
		return negative ? ~0ull << (bits - 1) : (1ull << (bits - 1)) - 1;
	return negative ? 0 : UINT64_MAX;
}

uint64_t soft_to_int(enum fp_format from, uint64_t a, bool is_signed, unsigned bits, unsigned rm,
		     unsigned *flags)
{
	struct number x = unpack(&shapes[from], a);
	u128 magnitude, limit = (u128)1 << (is_signed ? bits - 1 : bits);
	bool inexact;

	if (x.kind >= QUIET)
		return saturate(false, is_signed, bits, flags);
	if (x.kind == INFINITE)
		return saturate(x.sign, is_signed, bits, flags);
	if (x.kind == ZERO)
		return 0;
	if (x.exp > 64)
		return saturate(x.sign, is_signed, bits, flags);
	magnitude = round_shift(x.sig, -x.exp, x.sign, rm, &inexact);
	if (x.sign ? magnitude > (is_signed ? limit : 0) : magnitude >= limit)
		return saturate(x.sign, is_signed, bits, flags);
	if (inexact)
		*flags |= FP_NX;
	magnitude = x.sign ? -magnitude : magnitude;
	return bits == 32 ? (uint64_t)(int64_t)(int32_t)magnitude : (uint64_t)magnitude;
}

uint64_t soft_classify(enum fp_format format, uint64_t a)
{
	const struct shape *s = &shapes[format];
	struct number x = unpack(s, a);

	switch (x.kind) {
	case SIGNALING:
		return 1 << 8;
	case QUIET:
		return 1 << 9;
	case INFINITE:
		return x.sign ? 1 << 0 : 1 << 7;
	case ZERO:
		return x.sign ? 1 << 3 : 1 << 4;
	default:
		if (x.sig >> s->fraction)
			return x.sign ? 1 << 1 : 1 << 6;
		return x.sign ? 1 << 2 : 1 << 5;
	}
}
