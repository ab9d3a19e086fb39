/* 64 MiB copied, eight times, by the usual unrolled loop. */
#include "bench.h"

#define BYTES (32u << 20)

static uint64_t from[BYTES / 8], to[BYTES / 8];

static void copy(uint64_t *t, const uint64_t *f, size_t n)
{
	for (size_t k = 0; k < n; k += 8) {
		uint64_t a = f[k], b = f[k + 1], c = f[k + 2], d = f[k + 3];
		uint64_t e = f[k + 4], g = f[k + 5], h = f[k + 6], i = f[k + 7];

		t[k] = a;
		t[k + 1] = b;
		t[k + 2] = c;
		t[k + 3] = d;
		t[k + 4] = e;
		t[k + 5] = g;
		t[k + 6] = h;
		t[k + 7] = i;
	}
}

int main(void)
{
	uint64_t sum = 0;

	for (size_t k = 0; k < BYTES / 8; k += 64)
		from[k] = k;
	for (int round = 0; round < 16; round++)
		copy(to, from, BYTES / 8);
	for (size_t k = 0; k < BYTES / 8; k += 64)
		sum += to[k];
	bench_report("copy", sum);
	return 0;
}
