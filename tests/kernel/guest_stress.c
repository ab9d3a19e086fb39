/*
 * A random walk over what a process can do to its memory: map, unmap, protect, move, share, fork,
 * vfork, exec, exit, die. Every page's contents are known from its address, owner and version, and
 * checked at every visit; whatever is wrong ends the program with status 1 and a line that says what.
 *
 *   guest_stress SEED STEPS [PAGES]   one walk
 *   guest_stress SEED STEPS PAGES 0 N the same by N threads at once, each in areas of its own
 *   guest_stress fill MIB             stores to so much memory, for running out of it
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define AREAS 12
#define PAGE  4096ul

struct area {
	unsigned char *start;
	unsigned pages;
	int shared;
	int prot;
	uint32_t *tags; /* what each page holds; 0: fresh */
};

static __thread struct area areas[AREAS];
static __thread uint64_t state;
static unsigned max_pages = 24, threads;
static __thread unsigned depth;
static const char *self;

static uint32_t rnd(uint32_t n)
{
	state = state * 6364136223846793005ull + 1442695040888963407ull;
	return (uint32_t)(state >> 33) % n;
}

static void fail(const char *what, unsigned long a, unsigned long b, unsigned long c)
{
	printf("stress: %s: %lx %lx %lx (errno %d, depth %u)\n", what, a, b, c, errno, depth);
	fflush(stdout);
	_exit(1);
}

/* A page's contents: its tag in a few places, derived words elsewhere. */
static void fill(unsigned char *page, uint32_t tag)
{
	uint32_t *w = (uint32_t *)page;

	w[0] = tag;
	w[1 + tag % 1000] = ~tag;
	w[1023] = tag ^ 0x55555555;
}

static void verify(const struct area *a, unsigned i)
{
	const volatile uint32_t *w = (const uint32_t *)(a->start + i * PAGE);
	uint32_t tag = a->tags[i];

	if (tag == 0) {
		if (w[0] || w[512] || w[1023])
			fail("a fresh page is not zero", (unsigned long)w, w[0], w[1023]);
		return;
	}
	if (w[0] != tag || w[1 + tag % 1000] != ~tag || w[1023] != (tag ^ 0x55555555))
		fail("a page has lost its contents", (unsigned long)w, w[0], tag);
}

static struct area *pick(int want)
{
	for (int n = 0; n < 40; n++) {
		struct area *a = &areas[rnd(AREAS)];

		if ((a->start != NULL) == want)
			return a;
	}
	return NULL;
}

static void touch(struct area *a)
{
	unsigned i = rnd(a->pages), n = 1 + rnd(4);

	for (; n-- && i < a->pages; i++) {
		if (!(a->prot & PROT_READ))
			return;
		verify(a, i);
		if ((a->prot & PROT_WRITE) && rnd(2)) {
			uint32_t tag = (uint32_t)(state >> 20) | 1;

			a->tags[i] = tag;
			fill(a->start + i * PAGE, tag);
		}
	}
}

static void map(struct area *a)
{
	a->pages = 1 + rnd(max_pages);
	a->shared = rnd(5) == 0;
	a->prot = PROT_READ | PROT_WRITE;
	a->start = mmap(NULL, a->pages * PAGE, a->prot,
			(a->shared ? MAP_SHARED : MAP_PRIVATE) | MAP_ANONYMOUS, -1, 0);
	if (a->start == MAP_FAILED) {
		a->start = NULL;
		return;
	}
	a->tags = calloc(a->pages, sizeof(*a->tags));
}

static void unmap(struct area *a)
{
	munmap(a->start, a->pages * PAGE);
	free(a->tags);
	a->start = NULL;
}

static void protect(struct area *a)
{
	static const int prots[] = { PROT_READ | PROT_WRITE, PROT_READ, PROT_NONE,
				     PROT_READ | PROT_WRITE };
	int prot = prots[rnd(4)];

	if (mprotect(a->start, a->pages * PAGE, prot) == 0)
		a->prot = prot;
}

static void move(struct area *a)
{
	unsigned pages = 1 + rnd(max_pages);
	void *to;

	if (a->shared)
		return;
	to = mremap(a->start, a->pages * PAGE, pages * PAGE, MREMAP_MAYMOVE);
	if (to == MAP_FAILED)
		return;
	a->start = to;
	a->tags = realloc(a->tags, pages * sizeof(*a->tags));
	for (unsigned i = a->pages; i < pages; i++)
		a->tags[i] = 0;
	a->pages = pages;
}

static void forget(struct area *a)
{
	unsigned from = rnd(a->pages), n = 1 + rnd(a->pages - from);

	if (a->shared)
		return;
	if (madvise(a->start + from * PAGE, n * PAGE, MADV_DONTNEED))
		fail("madvise", 0, 0, 0);
	memset(a->tags + from, 0, n * sizeof(*a->tags));
}

static void walk(unsigned steps);

static void reap(pid_t pid)
{
	int status = -1;

	while (waitpid(pid, &status, 0) < 0)
		if (errno != EINTR)
			fail("waitpid", (unsigned long)pid, 0, 0);
	if (!(WIFEXITED(status) && WEXITSTATUS(status) == 0) &&
	    !(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL) &&
	    !(WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV))
		fail("a child ended badly", (unsigned long)pid, (unsigned long)status, 0);
}

static void fork_one(void)
{
	pid_t pid;

	if (depth >= 3)
		return;
	fflush(stdout);
	pid = fork();
	if (pid < 0)
		return;
	if (pid == 0) {
		depth++;
		state ^= (uint64_t)getpid() << 32;
		for (int i = 0; i < AREAS; i++) /* the parent goes on storing there */
			if (areas[i].start && areas[i].shared)
				unmap(&areas[i]);
		walk(10 + rnd(60));
		if (rnd(8) == 0)
			raise(SIGSEGV);
		_exit(0);
	}
	if (rnd(3) == 0) {
		walk(rnd(20));
		kill(pid, SIGKILL);
	} else if (rnd(2)) {
		walk(rnd(30));
	}
	reap(pid);
}

static void exec_one(void)
{
	char seed[24], steps[12], pages[12];
	pid_t pid;

	if (depth >= 2)
		return;
	snprintf(seed, sizeof(seed), "%llu", (unsigned long long)(state >> 8));
	snprintf(steps, sizeof(steps), "%u", 20 + rnd(60));
	snprintf(pages, sizeof(pages), "%u", max_pages);
	pid = vfork();
	if (pid < 0)
		return;
	if (pid == 0) {
		execl(self, self, seed, steps, pages, "2", (char *)NULL);
		_exit(77);
	}
	reap(pid);
}

static void pipe_one(void)
{
	struct area *a = pick(1);
	int fd[2];
	unsigned i;

	if (!a || !(a->prot & PROT_READ) || !(a->prot & PROT_WRITE) || pipe(fd))
		return;
	i = rnd(a->pages);
	if (write(fd[1], a->start + i * PAGE, PAGE) != (ssize_t)PAGE)
		fail("pipe write", 0, 0, 0);
	memset(a->start + i * PAGE, 0xee, PAGE);
	if (read(fd[0], a->start + i * PAGE, PAGE) != (ssize_t)PAGE)
		fail("pipe read", 0, 0, 0);
	verify(a, i);
	close(fd[0]);
	close(fd[1]);
}

static void file_one(void)
{
	char name[64];
	unsigned pages = 1 + rnd(6);
	uint32_t tag = (uint32_t)(state >> 16) | 1, *w;
	int fd;
	unsigned char *p;

	snprintf(name, sizeof(name), "%s/stress.%d", rnd(2) ? "/tmp" : "/home", (int)gettid());
	fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return;
	if (ftruncate(fd, pages * PAGE))
		fail("ftruncate", 0, 0, 0);
	p = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (p == MAP_FAILED)
		fail("mmap file", 0, 0, 0);
	for (unsigned i = 0; i < pages; i++) {
		uint32_t back[2];

		w = (uint32_t *)(p + i * PAGE);
		if (w[5])
			fail("a hole is not zero", i, w[5], 0);
		w[5] = tag + i;
		if (pread(fd, back, 8, (off_t)(i * PAGE + 16)) != 8 || back[1] != tag + i)
			fail("read() does not see a mapped store", i, back[1], tag);
		back[0] = ~tag;
		if (pwrite(fd, back, 4, (off_t)(i * PAGE + 100)) != 4 || w[25] != ~tag)
			fail("a mapping does not see write()", i, w[25], tag);
	}
	if (rnd(2))
		msync(p, pages * PAGE, MS_SYNC);
	if (rnd(2)) {
		struct area *a = pick(1);

		if (a)
			touch(a);
	}
	for (unsigned i = 0; i < pages; i++) {
		w = (uint32_t *)(p + i * PAGE);
		if (w[5] != tag + i || w[25] != ~tag)
			fail("a mapped page has lost its contents", i, w[5], tag + i);
	}
	munmap(p, pages * PAGE);
	close(fd);
	unlink(name);
}

static void stack_one(unsigned pages)
{
	volatile char frame[4096];

	frame[rnd(4096)] = (char)pages;
	if (pages)
		stack_one(pages - 1);
	frame[0] = frame[4095] = 0;
}

static void walk(unsigned steps)
{
	while (steps--) {
		struct area *a = pick(1);

		switch (rnd(24)) {
		case 0:
		case 1:
			if ((a = pick(0)) != NULL)
				map(a);
			break;
		case 2:
			if (a)
				unmap(a);
			break;
		case 3:
			if (a)
				protect(a);
			break;
		case 4:
			if (a)
				move(a);
			break;
		case 5:
			if (a)
				forget(a);
			break;
		case 6:
			fork_one();
			break;
		case 7:
			if (rnd(4) == 0)
				exec_one();
			break;
		case 8:
			pipe_one();
			break;
		case 9:
			if (rnd(3) == 0)
				file_one();
			break;
		case 10:
			stack_one(rnd(20));
			break;
		case 11: {
			char *p = sbrk((long)rnd(8) * 4096);

			if (p != (char *)-1 && rnd(2))
				sbrk(0);
			break;
		}
		default:
			if (a)
				touch(a);
		}
	}
}

static void verify_all(void)
{
	for (unsigned n = 0; n < AREAS; n++)
		for (unsigned i = 0;
		     areas[n].start && (areas[n].prot & PROT_READ) && i < areas[n].pages; i++)
			verify(&areas[n], i);
}

static void *thread_main(void *arg)
{
	state = (uint64_t)(uintptr_t)arg * 0x9e3779b97f4a7c15u;
	walk(threads);
	verify_all();
	return NULL;
}

static void run_threads(unsigned count, uint64_t seed, unsigned steps)
{
	pthread_t thread[32];

	threads = steps;
	for (unsigned i = 0; i < count && i < 32; i++)
		if (pthread_create(&thread[i], NULL, thread_main,
				   (void *)(uintptr_t)(seed * 100 + i + 1)))
			fail("pthread_create", i, 0, 0);
	for (unsigned i = 0; i < count && i < 32; i++)
		pthread_join(thread[i], NULL);
}

int main(int argc, char **argv)
{
	self = "/proc/self/exe";
	if (argc < 3)
		return 2;
	if (!strcmp(argv[1], "fill")) {
		size_t bytes = (size_t)atoi(argv[2]) << 20;
		char *p = malloc(bytes);

		memset(p, 1, bytes);
		printf("filled %p\n", (void *)p);
		return 0;
	}
	state = strtoull(argv[1], NULL, 0) * 2654435761u + 12345;
	if (argc > 3)
		max_pages = (unsigned)atoi(argv[3]);
	if (argc > 4)
		depth = (unsigned)atoi(argv[4]);
	if (argc > 5)
		run_threads((unsigned)atoi(argv[5]), state, (unsigned)atoi(argv[2]));
	else
		walk((unsigned)atoi(argv[2]));
	verify_all();
	if (argc != 5)
		printf("stress: done\n");
	return 0;
}
