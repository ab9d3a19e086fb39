/* Ten dependent and independent ALU operations a turn. */
#include "bench.h"

int main(void)
{
	uint64_t a = 1, b = 2, c = 3;

	for (uint64_t k = 0; k < 60000000; k++) {
		a += k;
		b ^= a;
		c -= b;
		a = (a << 1) | (c >> 63);
		b += c & 0xff;
		asm volatile("" : "+r"(a), "+r"(b), "+r"(c));
	}
	bench_report("loop", a ^ b ^ c);
	return 0;
}
