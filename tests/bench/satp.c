/* Two address spaces with their own ASIDs take turns, touching 32 pages each time; no fences. */
#include "bench.h"

#define AREA	 0x40000000ull
#define PAGES	 32
#define SWITCHES 400000

static uint64_t root[2][512] __attribute__((aligned(4096)));
static uint8_t frames[2][PAGES][PAGE] __attribute__((aligned(4096)));

int main(void)
{
	uint64_t sum = 0;

	for (unsigned r = 0; r < 2; r++) {
		for (unsigned k = 0; k < 512; k++)
			root[r][k] = bench_root[k];
		for (unsigned k = 0; k < PAGES; k++)
			bench_map_page(root[r], AREA + k * PAGE, (uint64_t)frames[r][k], 0xc7);
	}
	for (unsigned n = 0; n < SWITCHES; n++) {
		asm volatile("csrw satp, %0" ::"r"(8ull << 60 | (uint64_t)((n & 1) + 1) << 44 |
						   (uint64_t)root[n & 1] >> 12)
			     : "memory");
		for (uint64_t k = 0; k < PAGES; k++)
			sum += (*(volatile uint64_t *)(AREA + k * PAGE))++;
	}
	bench_report("satp", sum);
	return 0;
}
