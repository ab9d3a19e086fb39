/*
 * What the bit-manipulation extensions compute (Zbb, Zbc) where C has no operator for it.
 */
#ifndef EMU_BITMANIP_H
#define EMU_BITMANIP_H

#include <stdint.h>

static inline uint64_t clz64(uint64_t a)
{
	return a ? (uint64_t)__builtin_clzll(a) : 64;
}

static inline uint64_t ctz64(uint64_t a)
{
	return a ? (uint64_t)__builtin_ctzll(a) : 64;
}

static inline uint64_t clz32(uint64_t a)
{
	return (uint32_t)a ? (uint64_t)__builtin_clz((uint32_t)a) : 32;
}

static inline uint64_t ctz32(uint64_t a)
{
	return (uint32_t)a ? (uint64_t)__builtin_ctz((uint32_t)a) : 32;
}

static inline uint64_t cpop64(uint64_t a)
{
	return (uint64_t)__builtin_popcountll(a);
}

static inline uint64_t ror64(uint64_t a, uint64_t n)
{
	return a >> (n & 63) | a << (-n & 63);
}

static inline uint64_t ror32(uint64_t a, uint64_t n)
{
	uint32_t w = (uint32_t)a;

	return (uint64_t)(int64_t)(int32_t)(w >> (n & 31) | w << (-n & 31));
}

/* Each byte that is not zero becomes all ones. */
static inline uint64_t orc_b(uint64_t a)
{
	const uint64_t low7 = 0x7f7f7f7f7f7f7f7full;
	uint64_t top = (((a & low7) + low7) | a) & ~low7;

	return (top >> 7) * 0xff;
}

/* Products without carries: lower half, upper half, and bits 126:63. */
static inline uint64_t clmul(uint64_t a, uint64_t b)
{
	uint64_t product = 0;

	for (; b; b &= b - 1)
		product ^= a << __builtin_ctzll(b);
	return product;
}

static inline uint64_t clmulr(uint64_t a, uint64_t b)
{
	uint64_t product = 0;

	for (; b; b &= b - 1)
		product ^= a >> (63 - __builtin_ctzll(b));
	return product;
}

static inline uint64_t clmulh(uint64_t a, uint64_t b)
{
	return clmulr(a, b) >> 1;
}

#endif
