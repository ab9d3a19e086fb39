/*
 * read-into-untouched: the kernel stores into memory that the program never touched. read(2) fills
 * four such pages; a buffer that leaves its region ends the read there (short, or EFAULT); one that
 * is nowhere is EFAULT. Look at faults.kernel: these faults are taken in the kernel's own copies.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

static int failures;

static void check(const char *what, int ok)
{
	printf("%-60s %s\n", what, ok ? "yes" : "NO");
	failures += !ok;
}

/* A mapping of n pages with nothing mapped after it. */
static char *region(int n)
{
	char *p = mmap(NULL, (size_t)(n + 1) * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	munmap(p + n * PAGE, PAGE);
	return p;
}

int main(void)
{
	static char data[4 * PAGE];
	const char *name = "read-into-untouched.tmp";
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600), pipes[2];
	char *p, *q;
	long n;

	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 31 + i / 256);
	if (fd < 0 || write(fd, data, sizeof(data)) != sizeof(data) || pipe(pipes))
		return 1;
	p = region(4);
	check("a file of four pages is read into untouched memory",
	      pread(fd, p, sizeof(data), 0) == sizeof(data) && !memcmp(p, data, sizeof(data)));
	q = region(2);
	check("so are bytes of a pipe, across a page boundary",
	      write(pipes[1], data, 200) == 200 && read(pipes[0], q + PAGE - 100, 200) == 200 &&
		      !memcmp(q + PAGE - 100, data, 200));
	q = region(1);
	n = pread(fd, q + PAGE - 100, 300, 0);
	check("a read stops where the region ends",
	      (n == 100 && !memcmp(q + PAGE - 100, data, 100)) || (n == -1 && errno == EFAULT));
	check("a read to nowhere is EFAULT", pread(fd, q + PAGE, 10, 0) == -1 && errno == EFAULT);
	check("a write from nowhere is EFAULT",
	      write(pipes[1], q + PAGE, 10) == -1 && errno == EFAULT);
	q = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check("a read into read-only memory is EFAULT",
	      pread(fd, q, 10, 0) == -1 && errno == EFAULT);
	check("a write from an untouched page writes zeros",
	      write(pipes[1], q, 8) == 8 && read(pipes[0], p, 8) == 8 &&
		      !memcmp(p, "\0\0\0\0\0\0\0", 8));
	unlink(name);
	return failures != 0;
}
