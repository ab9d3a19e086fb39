/*
 * Pages that cannot be had: SIGBUS with its address and code, and the process goes on.
 *
 *   buserror file PATH   each page of the file, through a mapping and by read()
 *   buserror swap PAGES  stores to so many pages, and reads them
 *   buserror cut         a file that is cut while it is mapped
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/guest/check.h"

#define PAGE 4096ul

static sigjmp_buf back;
static siginfo_t got;

static void on_bus(int number, siginfo_t *info, void *context)
{
	(void)number;
	(void)context;
	got = *info;
	siglongjmp(back, 1);
}

/* 0, or the code of the bus error that the access is; -1 if its address is told wrong. */
static int touch(volatile char *at, int store)
{
	if (sigsetjmp(back, 1))
		return got.si_addr == (void *)at ? got.si_code : -1;
	if (store)
		*at = 1;
	else
		(void)*at;
	return 0;
}

static int file(const char *path)
{
	int fd = open(path, O_RDONLY);
	struct stat st;
	char byte, *m;

	if (fd < 0 || fstat(fd, &st)) {
		printf("cannot be opened: errno %d\n", errno);
		return 1;
	}
	m = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_PRIVATE, fd, 0);
	for (off_t at = 0; at < st.st_size; at += PAGE) {
		int code = touch(m + at, 0);
		long n = pread(fd, &byte, 1, at);

		printf("page %ld: code %d, read() %ld%s\n", (long)(at / (long)PAGE), code, n,
		       n < 0 && errno == EIO ? " EIO" : "");
	}
	return 0;
}

static int swap(unsigned pages)
{
	char *m = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);
	unsigned lost = 0, wrong = 0;

	for (unsigned i = 0; i < pages; i++)
		memset(m + i * PAGE, (int)(i % 255 + 1), PAGE);
	for (unsigned i = 0; i < pages; i++) {
		int code = touch(m + i * PAGE, 0);

		if (code)
			lost++;
		else
			wrong += m[i * PAGE + 7] != (char)(i % 255 + 1);
		wrong += code && code != BUS_OBJERR;
	}
	printf("%u pages, %s lost, %u wrong\n", pages, lost ? "some" : "none", wrong);
	return wrong != 0;
}

static int cut(void)
{
	int fd = open("cut", O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *shared, *private;

	check("a file of three pages", ftruncate(fd, 3 * PAGE) == 0);
	shared = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	private = mmap(NULL, 3 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	check("all of it is there", !touch(shared, 1) && !touch(shared + 2 * PAGE, 1));
	check("privately too", !touch(private + PAGE, 1) && !touch(private + 2 * PAGE, 0));
	check("past its end: BUS_ADRERR", touch(shared + 3 * PAGE, 0) == BUS_ADRERR);
	check("cut to a page and a half", ftruncate(fd, PAGE + PAGE / 2) == 0);
	check("its first pages are there", !touch(shared, 0) && !touch(shared + PAGE, 1));
	check("the tail of the last too", !touch(shared + 2 * PAGE - 1, 1));
	check("a load behind", touch(shared + 2 * PAGE, 0) == BUS_ADRERR);
	check("a store behind", touch(shared + 2 * PAGE + 8, 1) == BUS_ADRERR);
	check("of a private mapping", touch(private + 2 * PAGE, 0) == BUS_ADRERR);
	check("made longer again", ftruncate(fd, 3 * PAGE) == 0);
	check("it is there, and zero", !touch(shared + 2 * PAGE, 0) && shared[2 * PAGE] == 0);
	if (!getenv("WITNESS")) /* the host's tmpfs leaves it */
		check("with a tail that the cut cleared", shared[2 * PAGE - 1] == 0);
	finish();
}

int main(int argc, char **argv)
{
	struct sigaction action = { .sa_sigaction = on_bus, .sa_flags = SA_SIGINFO };

	if (argc < 2)
		return 2;
	if (argc < 4) /* a fourth word: without a handler */
		sigaction(SIGBUS, &action, NULL);
	if (!strcmp(argv[1], "file"))
		return file(argv[2]);
	if (!strcmp(argv[1], "swap"))
		return swap((unsigned)atoi(argv[2]));
	return cut();
}
