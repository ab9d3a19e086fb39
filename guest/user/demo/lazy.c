/*
 * lazy [PAGES]: memory costs nothing until it is touched. Reserves 1 GiB, reads one byte of each of
 * PAGES pages spread over it (default 100), then writes every other one of them. Look at
 * faults.zero: one for each page that is touched, whatever was reserved.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#define PAGE	 4096ul
#define RESERVED (1ul << 30)

int main(int argc, char **argv)
{
	unsigned long pages = argc > 1 ? strtoul(argv[1], NULL, 0) : 100, stride, nonzero = 0;
	volatile unsigned char *p = malloc(RESERVED);

	if (!p) {
		puts("malloc of 1 GiB failed");
		return 1;
	}
	if (pages < 1 || pages > RESERVED / PAGE - 1) {
		puts("usage: lazy [PAGES], at most 262143");
		return 2;
	}
	p = (volatile unsigned char *)(((uintptr_t)p + PAGE) & -PAGE);
	stride = (RESERVED / PAGE - 1) / pages * PAGE;
	for (unsigned long i = 0; i < pages; i++)
		nonzero += p[i * stride] != 0;
	for (unsigned long i = 0; i < pages; i += 2)
		p[i * stride + i % PAGE] = 1;
	printf("reserved %lu pages, touched %lu, of which %lu were not zero\n", RESERVED / PAGE,
	       pages, nonzero);
	return nonzero != 0;
}
