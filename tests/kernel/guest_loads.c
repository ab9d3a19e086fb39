/*
 * Loads that show what a parameter of the kernel does; each prints one figure or what was refused.
 *
 *   guest_loads quiet              a process with few pages beside one with many: the first one's major faults
 *   guest_loads cycle N PAGES R    N processes that go round so many pages R times: their major faults
 *   guest_loads read FILE [ADVICE] every page of a mapped file: major faults; with ADVICE after MADV_SEQUENTIAL
 *   guest_loads more MIB           maps so much, never touches it
 *   guest_loads limit MIB          what RLIMIT_AS of so much refuses
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW   (PROT_READ | PROT_WRITE)

static void work(int steps)
{
	for (volatile int i = 0; i < steps; i++)
		;
}

static void go_round(size_t pages, int rounds, int steps)
{
	volatile char *p = mmap(NULL, pages * PAGE, RW, ANON, -1, 0);

	for (int r = 0; r < rounds; r++)
		for (size_t i = 0; i < pages; i++) {
			p[i * PAGE]++;
			work(steps);
		}
}

static long major(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return usage.ru_majflt;
}

static void quiet(void)
{
	pid_t hog = fork(), small;
	int status;

	if (hog == 0)
		go_round(400, 1 << 30, 300);
	small = fork();
	if (small == 0) {
		go_round(24, 12, 200000);
		printf("%ld\n", major(RUSAGE_SELF));
		fflush(stdout);
		_exit(0);
	}
	waitpid(small, &status, 0);
	kill(hog, SIGKILL);
	waitpid(hog, &status, 0);
}

static void cycle(int n, size_t pages, int rounds)
{
	for (int i = 0; i < n; i++)
		if (fork() == 0) {
			go_round(pages, rounds, 300);
			_exit(0);
		}
	while (wait(NULL) > 0)
		;
	printf("%ld\n", major(RUSAGE_CHILDREN));
}

static void read_all(const char *name, int advise)
{
	int fd = open(name, O_RDONLY);
	size_t bytes = (size_t)lseek(fd, 0, SEEK_END);
	volatile char *p = mmap(NULL, bytes, PROT_READ, MAP_PRIVATE, fd, 0);
	long before = major(RUSAGE_SELF), sum = 0;

	if (advise)
		madvise((void *)p, bytes, MADV_SEQUENTIAL);
	for (size_t at = 0; at < bytes; at += PAGE) {
		sum += p[at];
		work(20000);
	}
	before = major(RUSAGE_SELF) - before;
	fprintf(stderr, "sum %ld\n", sum);
	printf("%ld\n", before);
}

static void more(size_t mib)
{
	void *p = mmap(NULL, mib << 20, RW, ANON, -1, 0);

	printf("%s\n", p != MAP_FAILED ? "granted" : strerror(errno));
}

static long deep(long n)
{
	volatile char room[8192];

	room[n % 8192] = (char)n;
	return n ? deep(n - 1) + room[n % 8192] : 0;
}

static void limit(size_t mib)
{
	struct rlimit as = { mib << 20, mib << 20 };
	int status;
	void *p;

	setrlimit(RLIMIT_AS, &as);
	p = mmap(NULL, mib << 19, RW, ANON, -1, 0);
	printf("half of it %s, ", p != MAP_FAILED ? "granted" : "refused");
	p = mmap(NULL, mib << 20, RW, ANON, -1, 0);
	printf("as much again %s, ", p == MAP_FAILED && errno == ENOMEM ? "refused" : "granted");
	printf("brk %s, ", sbrk((long)mib << 20) == (void *)-1 ? "refused" : "granted");
	fflush(stdout);
	mmap(NULL, (mib << 19) - (3 << 20), RW, ANON, -1,
	     0); /* what is left is less than the stack may take */
	if (fork() == 0)
		_exit(deep(700) == 1);
	wait(&status);
	printf("the stack %s\n",
	       WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV ? "refused" : "granted");
}

int main(int argc, char **argv)
{
	const char *what = argc > 1 ? argv[1] : "";
	size_t number = argc > 2 ? strtoul(argv[2], NULL, 0) : 0;

	if (!strcmp(what, "quiet"))
		quiet();
	else if (!strcmp(what, "cycle") && argc > 4)
		cycle(atoi(argv[2]), strtoul(argv[3], NULL, 0), atoi(argv[4]));
	else if (!strcmp(what, "read") && argc > 2)
		read_all(argv[2], argc > 3);
	else if (!strcmp(what, "more"))
		more(number);
	else if (!strcmp(what, "limit"))
		limit(number);
	else
		return 2;
	return 0;
}
