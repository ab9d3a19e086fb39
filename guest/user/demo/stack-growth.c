/*
 * stack-growth [KIB | limit]: the stack grows page by page as it is used. Recurses until KIB
 * kibibytes (default 1024) are used and comes back; with `limit` it never stops, and the guard below
 * the limit ends it with a segmentation fault. Look at faults.zero: a page for each 4 KiB.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static unsigned long descend(unsigned long left)
{
	volatile unsigned char frame[1024];
	unsigned long below;

	frame[0] = (unsigned char)left;
	frame[1023] = (unsigned char)(left >> 8);
	if (!left)
		return 0;
	below = descend(left - 1);
	return below + frame[0] + frame[1023];
}

int main(int argc, char **argv)
{
	unsigned long kib = 1024;

	if (argc > 1)
		kib = strcmp(argv[1], "limit") ? strtoul(argv[1], NULL, 0) : ~0ul;
	printf("going down\n");
	fflush(stdout);
	printf("came back from %lu KiB, sum %lu\n", kib, descend(kib));
	return 0;
}
