/*
 * Every instruction of Zba, Zbb, Zbc, Zbs, Zfh over many operands, as one hash for each group.
 * What the hashes must be was taken from qemu-system-riscv64 7.2 (-cpu rv64,Zfh=on), which runs this
 * very file.
 */
#include "tests/bench/bench.h"

static uint64_t hash;

static void mix(uint64_t value)
{
	hash = (hash ^ value) * 0x9e3779b97f4a7c15ull;
	hash ^= hash >> 29;
}

#define OP2(name, a, b)                                                                            \
	{                                                                                          \
		uint64_t r;                                                                        \
		asm volatile(name " %0, %1, %2" : "=r"(r) : "r"(a), "r"(b));                       \
		mix(r);                                                                            \
	}
#define OP1(name, a)                                                                               \
	{                                                                                          \
		uint64_t r;                                                                        \
		asm volatile(name " %0, %1" : "=r"(r) : "r"(a));                                   \
		mix(r);                                                                            \
	}
#define OPI(name, a, i)                                                                            \
	{                                                                                          \
		uint64_t r;                                                                        \
		asm volatile(name " %0, %1, " #i : "=r"(r) : "r"(a));                              \
		mix(r);                                                                            \
	}

static uint64_t flags(void)
{
	uint64_t r;

	asm volatile("csrrwi %0, fflags, 0" : "=r"(r));
	return r;
}

#define HALF(text, a, b, c)                                                                        \
	{                                                                                          \
		uint64_t r;                                                                        \
		asm volatile("fmv.h.x ft0, %1\n fmv.h.x ft1, %2\n fmv.h.x ft2, %3\n" text          \
			     "\n fmv.x.d %0, ft3"                                                  \
			     : "=r"(r)                                                             \
			     : "r"(a), "r"(b), "r"(c)                                              \
			     : "ft0", "ft1", "ft2", "ft3");                                        \
		mix(r);                                                                            \
		mix(flags());                                                                      \
	}
#define HALF_X(text, a, b)                                                                         \
	{                                                                                          \
		uint64_t r;                                                                        \
		asm volatile("fmv.h.x ft0, %1\n fmv.h.x ft1, %2\n" text                            \
			     : "=r"(r)                                                             \
			     : "r"(a), "r"(b)                                                      \
			     : "ft0", "ft1");                                                      \
		mix(r);                                                                            \
		mix(flags());                                                                      \
	}

static uint64_t operand(uint64_t *seed)
{
	uint64_t v = bench_random(seed);

	return v & 1 ? v : v & 2 ? v >> (v >> 8 & 63) : (uint64_t)((int64_t)v >> (v >> 8 & 63));
}

static uint16_t half(uint64_t *seed)
{
	static const uint16_t edge[] = { 0,	 1,	 0x3ff,	 0x400,	 0x3c00, 0x3bff,
					 0x7bff, 0x7c00, 0x7c01, 0x7e00, 0x7fff, 0x5bff,
					 0x4000, 0x1400, 0x0001, 0x6400 };
	uint64_t v = bench_random(seed);

	if (v & 1)
		return (uint16_t)(v >> 16);
	return (uint16_t)(edge[v >> 4 & 15] ^ (v << 10 & 0x8000));
}

static void bits(void)
{
	uint64_t seed = 1;

	for (int k = 0; k < 3000; k++) {
		uint64_t a = operand(&seed), b = operand(&seed);

		OP2("add.uw", a, b)
		OP2("sh1add", a, b)
		OP2("sh2add", a, b)
		OP2("sh3add", a, b)
		OP2("sh1add.uw", a, b)
		OP2("sh2add.uw", a, b)
		OP2("sh3add.uw", a, b)
		OP2("andn", a, b)
		OP2("orn", a, b)
		OP2("xnor", a, b)
		OP2("max", a, b)
		OP2("maxu", a, b)
		OP2("min", a, b)
		OP2("minu", a, b)
		OP2("rol", a, b)
		OP2("ror", a, b)
		OP2("rolw", a, b)
		OP2("rorw", a, b)
		OP2("clmul", a, b)
		OP2("clmulh", a, b)
		OP2("clmulr", a, b)
		OP2("bclr", a, b)
		OP2("bext", a, b)
		OP2("binv", a, b)
		OP2("bset", a, b)
		OP1("clz", a)
		OP1("ctz", a)
		OP1("cpop", a)
		OP1("clzw", a)
		OP1("ctzw", a)
		OP1("cpopw", a)
		OP1("sext.b", a)
		OP1("sext.h", a)
		OP1("zext.h", a)
		OP1("orc.b", a)
		OP1("rev8", a)
		OPI("slli.uw", a, 13)
		OPI("rori", a, 17)
		OPI("roriw", a, 9)
		OPI("bclri", a, 44)
		OPI("bexti", a, 5)
		OPI("binvi", a, 63)
		OPI("bseti", a, 33)
	}
}

static void halves(void)
{
	uint64_t seed = 2;

	for (int k = 0; k < 6000; k++) {
		uint64_t a = half(&seed), b = half(&seed), c = half(&seed), i = operand(&seed);

		asm volatile("fsrm %0" ::"r"((uint64_t)k % 5));
		HALF("fadd.h ft3, ft0, ft1", a, b, c)
		HALF("fsub.h ft3, ft0, ft1", a, b, c)
		HALF("fmul.h ft3, ft0, ft1", a, b, c)
		HALF("fdiv.h ft3, ft0, ft1", a, b, c)
		HALF("fsgnj.h ft3, ft0, ft1", a, b, c)
		HALF("fsgnjn.h ft3, ft0, ft1", a, b, c)
		HALF("fsgnjx.h ft3, ft0, ft1", a, b, c)
		HALF("fmin.h ft3, ft0, ft1", a, b, c)
		HALF("fmax.h ft3, ft0, ft1", a, b, c)
		HALF("fmadd.h ft3, ft0, ft1, ft2", a, b, c)
		HALF("fmsub.h ft3, ft0, ft1, ft2", a, b, c)
		HALF("fnmadd.h ft3, ft0, ft1, ft2", a, b, c)
		HALF("fnmsub.h ft3, ft0, ft1, ft2", a, b, c)
		HALF("fsqrt.h ft3, ft0", a, b, c)
		HALF("fcvt.s.h ft3, ft0", a, b, c)
		HALF("fcvt.d.h ft3, ft0", a, b, c)
		HALF("fcvt.s.h ft3, ft0\n fcvt.h.s ft3, ft3", a, b, c)
		HALF_X("feq.h %0, ft0, ft1", a, b)
		HALF_X("flt.h %0, ft0, ft1", a, b)
		HALF_X("fle.h %0, ft0, ft1", a, b)
		HALF_X("fcvt.w.h %0, ft0", a, b)
		HALF_X("fcvt.wu.h %0, ft0", a, b)
		HALF_X("fcvt.l.h %0, ft0", a, b)
		HALF_X("fcvt.lu.h %0, ft0", a, b)
		HALF_X("fclass.h %0, ft0", a, b)
		HALF_X("fmv.x.h %0, ft0", a, b)
		HALF("mv t0, %3\n fcvt.h.w ft3, t0", a, b, i)
		HALF("mv t0, %3\n fcvt.h.wu ft3, t0", a, b, i)
		HALF("mv t0, %3\n fcvt.h.l ft3, t0", a, b, i)
		HALF("mv t0, %3\n fcvt.h.lu ft3, t0", a, b, i)
		HALF("fmv.d.x ft3, %3\n fcvt.h.d ft3, ft3", a, b, i)
		HALF("fmv.d.x ft3, %3\n fcvt.h.s ft3, ft3", a, b, i | 0xffffffff00000000)
		HALF("fmv.d.x ft3, %3\n fadd.h ft3, ft3, ft0", a, b, i)
	}
}

int main(void)
{
	bits();
	bench_report("bits", hash);
	halves();
	bench_report("halves", hash);
	return 0;
}
