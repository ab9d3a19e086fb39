/* A page fault: a load meets an invalid PTE; the handler writes it and fences the address; the load is
 * executed again.  What makes the PTE invalid for the next time, with its fence, counts too. */
#include "event.h"

#define AREA   0x40000000ull
#define FAULTS 400000

static uint8_t frame[PAGE] __attribute__((aligned(4096)));

/* s9: the address, s10: its PTE, s11: what belongs there */
NAKED void handler(void)
{
	asm("sd s11, 0(s10)\n\t"
	    "csrr t6, stval\n\t"
	    "sfence.vma t6, x0\n\t"
	    "sret");
}

int main(void)
{
	register uint64_t va asm("s9") = AREA;
	register uint64_t *pte asm("s10") = bench_pte(bench_root, AREA);
	register uint64_t valid asm("s11") = (uint64_t)frame >> 12 << 10 | LEAF;

	*pte = valid;
	asm volatile("sfence.vma" ::: "memory");
	event_trap_to(handler);
	for (unsigned n = 0; n < FAULTS; n++)
		asm volatile(EVENT("sd zero, 0(%1)\n\tsfence.vma %0, x0") "ld t5, 0(%0)" ::"r"(va),
			     "r"(pte), "r"(valid)
			     : "t5", "t6", "memory");
	bench_report("fault", FAULTS);
	return 0;
}
