/*
 * forkstorm [PROCESSES [PAGES]]: many processes at once. Starts PROCESSES children (default 20) that
 * are all alive together; each writes PAGES pages of its own (default 8) and tells their sum. Look at
 * the process table and at how the frames change owners.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096

static void child(int id, long pages, int sums, int hold)
{
	volatile int *p = mmap(NULL, (size_t)pages * PAGE, PROT_READ | PROT_WRITE,
			       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long sum = 0;
	char c;

	for (long i = 0; i < pages; i++)
		p[i * (PAGE / 4)] = (int)(id * pages + i);
	/* Everybody waits here with all pages written, then reads them back. */
	if (write(sums, &sum, sizeof(sum)) != sizeof(sum) || read(hold, &c, 1) != 0)
		_exit(1);
	for (long i = 0; i < pages; i++)
		sum += p[i * (PAGE / 4)];
	_exit(write(sums, &sum, sizeof(sum)) != sizeof(sum));
}

int main(int argc, char **argv)
{
	int processes = argc > 1 ? atoi(argv[1]) : 20, sums[2], hold[2], failures = 0, status;
	long pages = argc > 2 ? atol(argv[2]) : 8, total = 0, sum, n;

	if (processes < 1 || pages < 1 || pipe(sums) || pipe(hold)) {
		puts("usage: forkstorm [PROCESSES [PAGES]]");
		return 2;
	}
	for (int i = 0; i < processes; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			close(hold[1]);
			child(i, pages, sums[1], hold[0]);
		}
		if (pid < 0) {
			perror("fork");
			processes = i;
		}
	}
	close(hold[0]);
	for (int i = 0; i < processes; i++)
		failures += read(sums[0], &sum, sizeof(sum)) != sizeof(sum);
	close(hold[1]);
	for (int i = 0; i < processes; i++) {
		failures += read(sums[0], &sum, sizeof(sum)) != sizeof(sum);
		total += sum;
	}
	for (int i = 0; i < processes; i++)
		failures += wait(&status) < 0 || status;
	n = processes * pages;
	failures += total != n * (n - 1) / 2;
	printf("%d processes of %ld pages: total %ld, %d failures\n", processes, pages, total,
	       failures);
	return failures != 0;
}
