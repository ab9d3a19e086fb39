#include "bench.h"

#define N 200000

static uint32_t a[N];

static void sort(uint32_t *lo, uint32_t *hi)
{
	while (lo < hi) {
		uint32_t pivot = lo[(hi - lo) / 2], *i = lo, *j = hi;

		while (i <= j) {
			while (*i < pivot)
				i++;
			while (*j > pivot)
				j--;
			if (i <= j) {
				uint32_t t = *i;

				*i++ = *j;
				*j-- = t;
			}
		}
		if (j - lo < hi - i) {
			sort(lo, j);
			lo = i;
		} else {
			sort(i, hi);
			hi = j;
		}
	}
}

int main(void)
{
	uint64_t seed = 88172645463325252ull, sum = 0;

	for (int round = 0; round < 12; round++) {
		for (int k = 0; k < N; k++)
			a[k] = (uint32_t)bench_random(&seed);
		sort(a, a + N - 1);
		for (int k = 1; k < N; k++) {
			if (a[k - 1] > a[k])
				return 1;
			sum = sum * 31 + a[k];
		}
	}
	bench_report("quicksort", sum);
	return 0;
}
