/*
 * cow [PAGES [WRITTEN]]: a fork copies no page; a store copies the one that it hits. Fills PAGES
 * pages (default 64), forks, and lets the child write WRITTEN of them (default 10). Look at
 * faults.cow: WRITTEN, and the few pages of stack and C library that both processes write.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096l

static long mismatches(volatile const long *p, long pages, long written, long add)
{
	long wrong = 0;

	for (long i = 0; i < pages; i++)
		wrong += p[i * (PAGE / 8)] != i + 1 + (i < written ? add : 0);
	return wrong;
}

int main(int argc, char **argv)
{
	long pages = argc > 1 ? atol(argv[1]) : 64, written = argc > 2 ? atol(argv[2]) : 10;
	volatile long *p;
	int status;
	pid_t child;

	if (pages < 1 || written < 0 || written > pages) {
		puts("usage: cow [PAGES [WRITTEN]]");
		return 2;
	}
	p = mmap(NULL, (size_t)(pages * PAGE), PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		 -1, 0);
	if (p == MAP_FAILED)
		return 1;
	for (long i = 0; i < pages; i++)
		p[i * (PAGE / 8)] = i + 1;
	child = fork();
	if (child == 0) {
		for (long i = 0; i < written; i++)
			p[i * (PAGE / 8)] += 1000;
		_exit(mismatches(p, pages, written, 1000) != 0);
	}
	if (child < 0 || waitpid(child, &status, 0) != child)
		return 1;
	printf("%ld pages, the child wrote %ld: the child saw %s, the parent %s\n", pages, written,
	       status ? "something else" : "its own stores",
	       mismatches(p, pages, 0, 0) ? "them too" : "none of them");
	return status || mismatches(p, pages, 0, 0);
}
