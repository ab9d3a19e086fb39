/*
 * matrix [rows | columns [N]]: the same data in two orders. Fills a matrix of N x N numbers (default
 * 1500) and adds it up four times by rows or by columns. Look at the faults (on standard error here):
 * by columns every step is on another page, and where the matrix does not fit, nearly every one faults.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>

int main(int argc, char **argv)
{
	size_t n = argc > 2 ? strtoul(argv[2], NULL, 0) : 1500;
	int columns = argc > 1 && !strcmp(argv[1], "columns");
	uint64_t *a = n ? malloc(n * n * sizeof(*a)) : NULL, sum = 0;
	struct rusage u;

	if (!a || (argc > 1 && !columns && strcmp(argv[1], "rows"))) {
		puts("usage: matrix [rows | columns [N]]");
		return 2;
	}
	for (size_t i = 0; i < n * n; i++)
		a[i] = i * 2654435761u >> 3;
	for (int round = 0; round < 4; round++)
		for (size_t i = 0; i < n; i++)
			for (size_t k = 0; k < n; k++)
				sum += columns ? a[k * n + i] : a[i * n + k];
	getrusage(RUSAGE_SELF, &u);
	fprintf(stderr, "%ld faults, %ld of them waited for a disk\n", u.ru_minflt + u.ru_majflt,
		u.ru_majflt);
	printf("%zu x %zu, sum %016lx\n", n, n, (unsigned long)sum);
	return 0;
}
