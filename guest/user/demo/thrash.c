/*
 * thrash [MIB [ROUNDS [random | cyclic]]]: a working set larger than memory. Touches MIB mebibytes
 * (default 12) ROUNDS times (default 4), page after page or in a pseudo-random order. Look at the
 * fault rate (on standard error here, as getrusage counts it): with enough memory it is nothing
 * after the first round; a little below, nearly every touch is a fault.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

#define PAGE 4096

static long faults(long *major)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	*major = u.ru_majflt;
	return u.ru_minflt + u.ru_majflt;
}

int main(int argc, char **argv)
{
	size_t mib = argc > 1 ? strtoul(argv[1], NULL, 0) : 12, pages = (mib << 20) / PAGE;
	unsigned long rounds = argc > 2 ? strtoul(argv[2], NULL, 0) : 4;
	int random = argc > 3 && !strcmp(argv[3], "random");
	uint64_t state = 88172645463325252u, sum = 0;
	unsigned char *p = pages ? malloc(pages * PAGE) : NULL;

	if (!p) {
		puts("usage: thrash [MIB [ROUNDS [random | cyclic]]]");
		return 2;
	}
	for (unsigned long r = 0; r < rounds; r++) {
		long major_before, major, before = faults(&major_before), now;

		for (size_t i = 0; i < pages; i++) {
			size_t page = i;

			if (random) {
				state ^= state << 13;
				state ^= state >> 7;
				state ^= state << 17;
				page = state % pages;
			}
			p[page * PAGE + (page & 4095)] += (unsigned char)(r + 1);
			sum += p[page * PAGE + (page & 4095)];
		}
		now = faults(&major);
		fprintf(stderr,
			"round %lu: %zu touches, %ld faults, %ld of them waited for a disk\n",
			r + 1, pages, now - before, major - major_before);
	}
	printf("%lu rounds over %zu pages, sum %lu\n", rounds, pages, (unsigned long)sum);
	return 0;
}
