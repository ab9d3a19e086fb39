/*
 * hello: the least that a program costs. Look at the number of faults: each is one page of a static
 * program of half a megabyte that was really touched; the rest of the file is never read.
 */
#include <stdio.h>

int main(void)
{
	puts("hello, world");
	return 0;
}
