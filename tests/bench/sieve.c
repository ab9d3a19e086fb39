#include "bench.h"

#define N 2000000

static uint8_t composite[N];

int main(void)
{
	uint64_t sum = 0;

	for (int round = 0; round < 8; round++) {
		for (int k = 0; k < N; k++)
			composite[k] = 0;
		for (uint64_t k = 2; k < N; k++) {
			if (composite[k])
				continue;
			sum += k;
			for (uint64_t n = k * k; n < N; n += k)
				composite[n] = 1;
		}
	}
	bench_report("sieve", sum);
	return 0;
}
