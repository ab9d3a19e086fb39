/* A storm of page faults: each touch of a page faults, is mapped and fenced by address. */
#include "bench.h"

#define AREA   0x40000000ull
#define PAGES  256
#define ROUNDS 1500

void bench_trap(uint64_t *frame, uint64_t cause, uint64_t tval);
void bench_trap_entry(void);

static uint8_t frames[PAGES][PAGE] __attribute__((aligned(4096)));
static uint64_t faults;
static uint8_t trap_stack[PAGE] __attribute__((aligned(16)));

void bench_trap(uint64_t *frame, uint64_t cause, uint64_t tval)
{
	uint64_t page = (tval - AREA) / PAGE;

	(void)frame;
	if ((cause != 13 && cause != 15) || page >= PAGES)
		bench_finish(2);
	*bench_pte(bench_root, tval) = (uint64_t)frames[page] >> 12 << 10 | 0xc7;
	asm volatile("sfence.vma %0, x0" ::"r"(tval) : "memory");
	faults++;
}

int main(void)
{
	uint64_t sum = 0;

	asm volatile("csrw stvec, %0" ::"r"(bench_trap_entry));
	asm volatile("csrw sscratch, %0" ::"r"(trap_stack + sizeof(trap_stack)));
	for (int round = 0; round < ROUNDS; round++) {
		for (uint64_t k = 0; k < PAGES; k++) {
			volatile uint64_t *p = (uint64_t *)(AREA + k * PAGE);

			if (k & 1)
				*p = k + *p;
			else
				sum += *p;
		}
		for (uint64_t k = 0; k < PAGES; k++)
			*bench_pte(bench_root, AREA + k * PAGE) = 0;
		asm volatile("sfence.vma" ::: "memory");
	}
	bench_report("fault", sum + faults);
	return 0;
}
