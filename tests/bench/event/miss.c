/* A load whose translation no TLB holds: three levels are walked. */
#include "event.h"

#define PAGES  64
#define ROUNDS 20000

static uint8_t area[PAGES * PAGE] __attribute__((aligned(4096)));

int main(void)
{
	for (unsigned n = 0; n < ROUNDS; n++) {
		asm volatile("sfence.vma" ::: "memory");
		/* The same number of cache lines either way, on 64 pages or on one. */
		for (uint64_t k = 0; k < PAGES; k++)
			(void)*(volatile uint64_t *)(area + k * 64 + (WITH_EVENT ? k * PAGE : 0));
	}
	bench_report("miss", ROUNDS * (PAGES - 1));
	return 0;
}
