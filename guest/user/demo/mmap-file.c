/*
 * mmap-file: one page of a file is one frame, whoever looks at it. Maps a file of 5 pages and a bit
 * twice. A store through the private mapping stays there (look at faults.cow); one through the
 * shared mapping is what read() returns at once, and on the disk after msync().
 */
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096
#define SIZE (5 * PAGE + 100)

static int failures;

static void check(const char *what, int ok)
{
	printf("%-60s %s\n", what, ok ? "yes" : "NO");
	failures += !ok;
}

static int byte_at(int fd, long offset)
{
	unsigned char c = 0;

	return pread(fd, &c, 1, offset) == 1 ? c : -1;
}

int main(void)
{
	const char *name = "mmap-file.tmp";
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600), zeros = 1;
	char *shared, *private, buf[SIZE];

	for (int i = 0; i < SIZE; i++)
		buf[i] = (char)('a' + i / PAGE);
	if (fd < 0 || write(fd, buf, SIZE) != SIZE) {
		perror(name);
		return 1;
	}
	shared = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	private = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	if (shared == MAP_FAILED || private == MAP_FAILED) {
		perror("mmap");
		return 1;
	}
	check("both mappings show the file",
	      !memcmp(shared, buf, SIZE) && !memcmp(private, buf, SIZE));
	for (int i = SIZE; i < 6 * PAGE; i++)
		zeros &= shared[i] == 0;
	check("the last page is zero past the end of the file", zeros);
	private[PAGE] = 'P';
	check("a private store is not in the file", byte_at(fd, PAGE) == 'b');
	check("nor in the shared mapping", shared[PAGE] == 'b');
	shared[2 * PAGE] = 'S';
	check("a shared store is read back at once", byte_at(fd, 2 * PAGE) == 'S');
	check("and seen by the private mapping, which did not write there",
	      private[2 * PAGE] == 'S');
	check("a write() is seen by the shared mapping",
	      pwrite(fd, "W", 1, 3 * PAGE) == 1 && shared[3 * PAGE] == 'W');
	check("the private page keeps its own", private[PAGE] == 'P');
	check("msync reports success", msync(shared, SIZE, MS_SYNC) == 0);
	check("munmap reports success", munmap(shared, SIZE) == 0 && munmap(private, SIZE) == 0);
	check("the file has the shared store after that", byte_at(fd, 2 * PAGE) == 'S');
	check("and its old size", lseek(fd, 0, SEEK_END) == SIZE);
	close(fd);
	unlink(name);
	return failures != 0;
}
