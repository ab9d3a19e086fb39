/*
 * straddle: a buffer of one page and one byte lies on two pages. Its two ends are touched, and then
 * a store and a load of eight bytes cross from one page into the other. Look at the faults: two
 * pages, two faults, however the bytes fall.
 */
#include <stdint.h>
#include <stdio.h>
#include <sys/mman.h>

#define PAGE 4096

static void store8(void *p, uint64_t v)
{
	__asm__ volatile("sd %0, 0(%1)" : : "r"(v), "r"(p) : "memory");
}

static uint64_t load8(const void *p)
{
	uint64_t v;

	__asm__ volatile("ld %0, 0(%1)" : "=r"(v) : "r"(p) : "memory");
	return v;
}

int main(void)
{
	volatile unsigned char *p =
		mmap(NULL, PAGE + 1, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		return 1;
	p[0] = 0x11;
	p[PAGE] = 0x99;
	printf("ends: %02x %02x\n", p[0], p[PAGE]);
	for (int i = 1; i < 8; i++) {
		store8((void *)(p + PAGE - i), 0x8877665544332211u + (unsigned)i);
		printf("eight bytes at page end - %d: %016lx, first page ends %02x, second begins %02x\n",
		       i, (unsigned long)load8((void *)(p + PAGE - i)), p[PAGE - 1], p[PAGE]);
	}
	return 0;
}
