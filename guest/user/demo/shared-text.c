/*
 * shared-text [COPIES]: several runs of one program share its text. Starts itself COPIES times
 * (default 4); every copy reads all of a constant table of 128 KiB, and they wait for one another.
 * Look at the share count of the frames of this file, and at disk.root_reads: however many copies
 * there are, the table is read from the disk once; the others wait for it or find it there.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#define E4(n)	 (n), (n) + 1, (n) + 2, (n) + 3
#define E16(n)	 E4(n), E4((n) + 4), E4((n) + 8), E4((n) + 12)
#define E64(n)	 E16(n), E16((n) + 16), E16((n) + 32), E16((n) + 48)
#define E256(n)	 E64(n), E64((n) + 64), E64((n) + 128), E64((n) + 192)
#define E1024(n) E256(n), E256((n) + 256), E256((n) + 512), E256((n) + 768)
#define E4096(n) E1024(n), E1024((n) + 1024), E1024((n) + 2048), E1024((n) + 3072)

static const uint32_t table[32768] = { E4096(1u),     E4096(4097u),  E4096(8193u),  E4096(12289u),
				       E4096(16385u), E4096(20481u), E4096(24577u), E4096(28673u) };

/* A copy: its sum goes out by descriptor 3; it ends when descriptor 4 does. */
static int copy(void)
{
	uint64_t sum = 0;
	char c;

	for (unsigned i = 0; i < 32768; i++)
		sum += *(volatile const uint32_t *)&table[i];
	if (write(3, &sum, sizeof(sum)) != sizeof(sum))
		return 1;
	return read(4, &c, 1) != 0;
}

static void start(char *self, int out, int hold, int not_mine)
{
	char *argv[] = { self, "copy", NULL };

	if (fork())
		return;
	close(not_mine);
	/* Above the two places first, so that neither duplicate overwrites the other's source. */
	out = dup2(out, 20);
	hold = dup2(hold, 21);
	dup2(out, 3);
	dup2(hold, 4);
	close(out);
	close(hold);
	execv("/proc/self/exe", argv);
	/* An emulator of single programs cannot start a second one: the copy by fork has to do. */
	_exit(copy());
}

int main(int argc, char **argv)
{
	int copies, sums[2], hold[2], status, failures = 0;
	uint64_t sum, first = 0;

	if (argc > 1 && !strcmp(argv[1], "copy"))
		return copy();
	copies = argc > 1 ? atoi(argv[1]) : 4;
	if (copies < 1 || copies > 100 || pipe(sums) || pipe(hold)) {
		puts("usage: shared-text [COPIES], at most 100");
		return 2;
	}
	for (int i = 0; i < copies; i++)
		start(argv[0], sums[1], hold[0], hold[1]);
	close(hold[0]);
	for (int i = 0; i < copies; i++) {
		if (read(sums[0], &sum, sizeof(sum)) != sizeof(sum))
			return 1;
		first = i ? first : sum;
		failures += sum != first;
	}
	close(hold[1]); /* all have read the table and hold it mapped: now they may end */
	for (int i = 0; i < copies; i++)
		failures += wait(&status) < 0 || status;
	printf("%d copies read the table of %zu pages: sum %lu, %d failed\n", copies,
	       sizeof(table) / 4096, (unsigned long)first, failures);
	return failures != 0;
}
