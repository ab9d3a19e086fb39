/* M-mode: what has to be done before S-mode, on every hart. */
#include "tests/xv6/xv6.h"

void start(void);
void main(void);

__attribute__((aligned(16))) char stack0[PGSIZE * NCPU];

#ifdef OLD
void timervec(void);

static uint64 timer_scratch[NCPU][5];

static void timerinit(uint64 id)
{
	volatile uint64 *cmp = (uint64 *)(CLINT + 0x4000 + 8 * id);
	uint64 *scratch = timer_scratch[id];

	*cmp = *(volatile uint64 *)CLINT_MTIME + TICK;
	scratch[3] = (uint64)cmp;
	scratch[4] = TICK;
	WRITE_CSR(mscratch, scratch);
	WRITE_CSR(mtvec, timervec);
	WRITE_CSR(mstatus, READ_CSR(mstatus) | 1L << 3);
	WRITE_CSR(mie, READ_CSR(mie) | 1L << 7);
}
#else
static void timerinit(uint64 id)
{
	(void)id;
	WRITE_CSR(mie, READ_CSR(mie) | 1L << 5);
	WRITE_CSR(0x30a, READ_CSR(0x30a) | 1L << 63); /* menvcfg.STCE */
	WRITE_CSR(mcounteren, READ_CSR(mcounteren) | 2);
	WRITE_CSR(0x14d, READ_CSR(time) + TICK); /* stimecmp */
}
#endif

void start(void)
{
	uint64 status = READ_CSR(mstatus);

	status = (status & ~(3L << 11)) | 1L << 11;
	WRITE_CSR(mstatus, status);
	WRITE_CSR(mepc, main);
	WRITE_CSR(satp, 0);
	WRITE_CSR(medeleg, 0xffff);
	WRITE_CSR(mideleg, 0xffff);
	WRITE_CSR(sie, READ_CSR(sie) | 1L << 9 | 1L << 5 | 1L << 1);
	WRITE_CSR(pmpaddr0, 0x3fffffffffffffL);
	WRITE_CSR(pmpcfg0, 0xf);
	timerinit(READ_CSR(mhartid));
	__asm__ volatile("mv tp, %0; mret" ::"r"(READ_CSR(mhartid)));
}
