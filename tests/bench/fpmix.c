/* Division, square roots, conversions, comparisons, singles and doubles. */
#include "bench.h"

int main(void)
{
	double x = 1.5, y = 0.25, sum = 0;
	float f = 3.0f;
	int64_t count = 0;
	union {
		double d;
		uint64_t u;
	} bits;

	for (int k = 1; k < 4000000; k++) {
		double t = x / (y + k);

		sum += __builtin_sqrt(t * t + k);
		if (sum > 1e9)
			sum *= 0.001;
		count += (int64_t)sum;
		f = f * 0.999f + (float)k;
		if (f < (float)x || x != y)
			x = x + 0.125 < 77.0 ? x + 0.125 : 77.0;
		y = (double)(count & 1023) + (double)f * 0.0001;
	}
	bits.d = sum + f;
	bench_report("fpmix", bits.u ^ (uint64_t)count);
	return 0;
}
