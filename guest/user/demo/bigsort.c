/*
 * bigsort [MIB [PASSES [SEED]]]: more data than memory. Fills MIB mebibytes (default 24) with distinct
 * pseudo-random keys, sorts them in place, checks order and sum, then only reads them PASSES times
 * (default 1). Look at evictions and swap: in a machine with less memory than data, pages travel to
 * the swap disk and back, and the result is the same. A pass that only reads, over data that is on
 * the swap disk already, adds reads and not one write.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

/* splitmix64 is a bijection of its counter, so the keys are distinct. */
static uint64_t key(uint64_t n)
{
	n = n * 0x9e3779b97f4a7c15u;
	n = (n ^ n >> 30) * 0xbf58476d1ce4e5b9u;
	n = (n ^ n >> 27) * 0x94d049bb133111ebu;
	return n ^ n >> 31;
}

static void insertion_sort(uint64_t *a, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		uint64_t v = a[i];
		size_t k = i;

		for (; k > 0 && a[k - 1] > v; k--)
			a[k] = a[k - 1];
		a[k] = v;
	}
}

/* Quicksort with the median of three; the smaller part by recursion, so the stack stays small. */
static void sort(uint64_t *a, size_t n)
{
	while (n > 16) {
		uint64_t x = a[0], y = a[n / 2], z = a[n - 1], t;
		uint64_t pivot = x < y ? (y < z ? y : x < z ? z : x) : (x < z ? x : y < z ? z : y);
		size_t i = 0, k = n - 1;

		for (;;) {
			while (a[i] < pivot)
				i++;
			while (a[k] > pivot)
				k--;
			if (i >= k)
				break;
			t = a[i];
			a[i++] = a[k];
			a[k--] = t;
		}
		/* a[0..i) <= pivot <= a[i..n) */
		if (i < n - i) {
			sort(a, i);
			a += i;
			n -= i;
		} else {
			sort(a + i, n - i);
			n = i;
		}
	}
	insertion_sort(a, n);
}

int main(int argc, char **argv)
{
	size_t mib = argc > 1 ? strtoul(argv[1], NULL, 0) : 24, n = (mib << 20) / 8;
	unsigned long passes = argc > 2 ? strtoul(argv[2], NULL, 0) : 1;
	uint64_t seed = argc > 3 ? strtoul(argv[3], NULL, 0) : 1, want = 0, got = 0, mixed = 0;
	uint64_t *a = n ? malloc(n * sizeof(*a)) : NULL;
	size_t unordered = 0;

	if (!a) {
		puts("usage: bigsort [MIB [PASSES [SEED]]]");
		return 2;
	}
	for (size_t i = 0; i < n; i++)
		want += a[i] = key(seed * 0x100000000u + i);
	sort(a, n);
	for (size_t i = 0; i < n; i++) {
		got += a[i];
		unordered += i && a[i - 1] >= a[i];
	}
	for (unsigned long p = 0; p < passes; p++)
		for (size_t i = 0; i < n; i++)
			mixed = (mixed ^ a[i]) * 0x100000001b3u;
	printf("%zu keys in %zu MiB: first %016lx, last %016lx\n", n, mib, (unsigned long)a[0],
	       (unsigned long)a[n - 1]);
	printf("sum %016lx, %s; %zu out of order; %lu passes give %016lx\n", (unsigned long)got,
	       got == want ? "as before" : "NOT AS BEFORE", unordered, passes,
	       (unsigned long)mixed);
	return got != want || unordered;
}
