/* One load a page along a random cycle over PAGES pages; FENCES: full fences spread among them. */
#include "bench.h"

#ifndef FENCES
#define FENCES 0
#endif

#define LOADS 24000000u

static uint8_t area[PAGES * PAGE] __attribute__((aligned(4096)));
static uint32_t order[PAGES];

static uint64_t *cell(uint32_t page)
{
	/* Another line in each page, or they would all compete for the same few cache sets. */
	return (uint64_t *)(area + page * PAGE + (page * 0x9e3779b1u >> 26) * 64);
}

int main(void)
{
	uint64_t seed = 4711, *p;

	for (uint32_t k = 0; k < PAGES; k++)
		order[k] = k;
	for (uint32_t k = PAGES - 1; k > 0; k--) {
		uint32_t n = (uint32_t)(bench_random(&seed) % (k + 1)), t = order[k];

		order[k] = order[n];
		order[n] = t;
	}
	for (uint32_t k = 0; k < PAGES; k++)
		*cell(order[k]) = (uint64_t)cell(order[(k + 1) % PAGES]);
	p = cell(order[0]);
	for (uint32_t part = 0; part < 64; part++) {
		for (uint32_t k = 0; k < LOADS / 64; k += 8)
			for (int n = 0; n < 8; n++)
				p = (uint64_t *)*(volatile uint64_t *)p;
		if (FENCES)
			asm volatile("sfence.vma" ::: "memory");
	}
	bench_report("chase", (uint64_t)p);
	return 0;
}
