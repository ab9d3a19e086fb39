/*
 * Integer operations whose corner cases C leaves undefined or has no operator for ("M" extension).
 */
#ifndef EMU_MULDIV_H
#define EMU_MULDIV_H

#include <stdint.h>

#define SEXT32(value) ((uint64_t)(int64_t)(int32_t)(value))

static inline uint64_t mulh(uint64_t a, uint64_t b)
{
	return (uint64_t)(((__int128)(int64_t)a * (int64_t)b) >> 64);
}

static inline uint64_t mulhu(uint64_t a, uint64_t b)
{
	return (uint64_t)(((unsigned __int128)a * b) >> 64);
}

static inline uint64_t mulhsu(uint64_t a, uint64_t b)
{
	return mulhu(a, b) - ((int64_t)a < 0 ? b : 0);
}

/* Division by zero gives all ones and the dividend as remainder; overflow the dividend and 0. */
static inline uint64_t div64(uint64_t a, uint64_t b)
{
	if (b + 1 <= 1) /* 0 or -1 */
		return b ? 0 - a : UINT64_MAX;
	return (uint64_t)((int64_t)a / (int64_t)b);
}

static inline uint64_t divu64(uint64_t a, uint64_t b)
{
	return b ? a / b : UINT64_MAX;
}

static inline uint64_t rem64(uint64_t a, uint64_t b)
{
	if (b + 1 <= 1)
		return b ? 0 : a;
	return (uint64_t)((int64_t)a % (int64_t)b);
}

static inline uint64_t remu64(uint64_t a, uint64_t b)
{
	return b ? a % b : a;
}

static inline uint64_t div32(uint64_t a, uint64_t b)
{
	int32_t x = (int32_t)a, y = (int32_t)b;

	if ((uint32_t)y + 1 <= 1)
		return y ? SEXT32(0 - (uint32_t)x) : UINT64_MAX;
	return SEXT32(x / y);
}

static inline uint64_t divu32(uint64_t a, uint64_t b)
{
	return (uint32_t)b ? SEXT32((uint32_t)a / (uint32_t)b) : UINT64_MAX;
}

static inline uint64_t rem32(uint64_t a, uint64_t b)
{
	int32_t x = (int32_t)a, y = (int32_t)b;

	if ((uint32_t)y + 1 <= 1)
		return y ? 0 : SEXT32(x);
	return SEXT32(x % y);
}

static inline uint64_t remu32(uint64_t a, uint64_t b)
{
	return (uint32_t)b ? SEXT32((uint32_t)a % (uint32_t)b) : SEXT32(a);
}

#endif
