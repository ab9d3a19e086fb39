/* Two address spaces with ASIDs of their own take turns, without fences; eight pages are touched each
 * time, and finding them again counts, for it is what a switch costs. */
#include "event.h"

#define AREA	 0x40000000ull
#define PAGES	 8
#define SWITCHES 400000

static uint64_t root[2][512] __attribute__((aligned(4096)));
static uint8_t frames[2][PAGES][PAGE] __attribute__((aligned(4096)));

int main(void)
{
	uint64_t satp[2];

	for (unsigned r = 0; r < 2; r++) {
		for (unsigned k = 0; k < 512; k++)
			root[r][k] = bench_root[k];
		for (unsigned k = 0; k < PAGES; k++)
			bench_map_page(root[r], AREA + k * PAGE, (uint64_t)frames[r][k], LEAF);
		satp[r] = 8ull << 60 | (uint64_t)(r + 1) << 44 | (uint64_t)root[r] >> 12;
	}
	asm volatile("csrw satp, %0" ::"r"(satp[0]) : "memory");
	for (unsigned n = 1; n <= SWITCHES; n++) {
		if (WITH_EVENT)
			asm volatile("csrw satp, %0" ::"r"(satp[n & 1]) : "memory");
		for (uint64_t k = 0; k < PAGES; k++)
			(void)*(volatile uint64_t *)(AREA + k * PAGE);
	}
	bench_report("satp", SWITCHES);
	return 0;
}
