/* What programs expect of mremap, madvise, mlock and the flags of mmap.  Runs on this Linux as well, but for
 * what depends on its swap and its limits.  The argument "tight" leaves out what needs more than 24 frames. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/guest/check.h"

#define PAGE  4096ul
#define ANON  (MAP_PRIVATE | MAP_ANONYMOUS)
#define SHARE (MAP_SHARED | MAP_ANONYMOUS)
#define RW    (PROT_READ | PROT_WRITE)
#ifndef MREMAP_DONTUNMAP
#define MREMAP_DONTUNMAP 4
#endif

static int witness, tight;
static sigjmp_buf back;

static void caught(int sig)
{
	siglongjmp(back, sig);
}

static int probe(volatile char *p)
{
	int sig = sigsetjmp(back, 1);

	if (sig == 0)
		*p;
	return sig;
}

static char *map(size_t pages, int flags)
{
	char *p = mmap(NULL, pages * PAGE, RW, flags, -1, 0);

	for (size_t i = 0; p != MAP_FAILED && i < pages; i++)
		p[i * PAGE] = (char)(i + 1);
	return p;
}

/* Pages i, i+1, ... from `first` of a mapping made by map(). */
static int holds(const char *p, size_t pages, int first)
{
	for (size_t i = 0; i < pages; i++)
		if (p[i * PAGE] != (char)(i + (size_t)first))
			return 0;
	return 1;
}

static size_t resident(char *p, size_t pages)
{
	unsigned char in[64];
	size_t n = 0;

	mincore(p, pages * PAGE, in);
	for (size_t i = 0; i < pages; i++)
		n += in[i] & 1;
	return n;
}

/* Lines of /proc/self/maps that lie within [p, p + pages). */
static int areas(const char *p, size_t pages)
{
	FILE *f = fopen("/proc/self/maps", "r");
	char line[200];
	int n = 0;

	while (fgets(line, sizeof(line), f)) {
		unsigned long low, high;

		if (sscanf(line, "%lx-%lx", &low, &high) == 2)
			n += low < (unsigned long)p + pages * PAGE && high > (unsigned long)p;
	}
	fclose(f);
	return n;
}

static void moving(void)
{
	char *p = map(8, ANON), *room = mmap(NULL, 64 * PAGE, PROT_NONE, ANON, -1, 0), *q;

	q = mremap(p, 8 * PAGE, 4 * PAGE, 0);
	check("mremap shrinks in place",
	      q == p && holds(p, 4, 1) && probe(p + 4 * PAGE) == SIGSEGV);
	q = mremap(p, 4 * PAGE, 6 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room + PAGE);
	check("moves to a place and grows there",
	      q == room + PAGE && holds(q, 4, 1) && !q[4 * PAGE] && probe(p) == SIGSEGV);
	p = mremap(q, 6 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, room + 20 * PAGE);
	check("moves and shrinks: the rest is gone", p == room + 20 * PAGE && holds(p, 2, 1) &&
							     probe(q) == SIGSEGV &&
							     probe(q + 5 * PAGE) == SIGSEGV);
	refused("onto itself",
		mremap(p, 2 * PAGE, 2 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + PAGE), EINVAL);
	refused("without MAYMOVE into what is taken", mremap(p, 2 * PAGE, 4 * PAGE, 0), ENOMEM);
	refused("what is not there", mremap(q, PAGE, 2 * PAGE, MREMAP_MAYMOVE), EFAULT);
	refused("to nothing", mremap(p, PAGE, 0, MREMAP_MAYMOVE), EINVAL);
	q = mremap(p + PAGE, PAGE, 3 * PAGE, MREMAP_MAYMOVE);
	check("a part of an area moves", q != MAP_FAILED && q[0] == 2 && !q[2 * PAGE] &&
						 p[0] == 1 && probe(p + PAGE) == SIGSEGV);
	munmap(q, 3 * PAGE);
	munmap(room, 64 * PAGE);
}

static void sharing(void)
{
	char *p = map(4, SHARE), *q, *r, c = 0;
	int fd = open("shared", O_RDWR | O_CREAT, 0600);

	q = mremap(p, 4 * PAGE, 8 * PAGE, MREMAP_MAYMOVE);
	check("shared memory moves", q != MAP_FAILED && holds(q, 4, 1));
	if (fork() == 0)
		_exit((q[PAGE] = 77) != 77);
	wait(NULL);
	check("and is still shared", q[PAGE] == 77);
	{
		r = mremap(q, 0, 4 * PAGE, MREMAP_MAYMOVE);
		check("mremap of 0 bytes shows it twice", r != MAP_FAILED && r[PAGE] == 77 &&
								  (r[2 * PAGE] = 5) == 5 &&
								  q[2 * PAGE] == 5);
		munmap(r, 4 * PAGE);
	}
	munmap(q, 4 * PAGE);
	check("a file of six pages", ftruncate(fd, 6 * PAGE) == 0 && pwrite(fd, "x", 1, PAGE) == 1);
	p = mmap(NULL, 2 * PAGE, RW, MAP_SHARED, fd, 0);
	q = mremap(p, 2 * PAGE, 6 * PAGE, MREMAP_MAYMOVE);
	check("a mapped file grows",
	      q != MAP_FAILED && q[PAGE] == 'x' && (q[5 * PAGE] = 'y') == 'y');
	check("over the file's own pages", pread(fd, &c, 1, 5 * PAGE) == 1 && c == 'y');
	munmap(q, 6 * PAGE);
	p = map(2, ANON);
	refused("private memory is not shown twice", mremap(p, 0, 2 * PAGE, MREMAP_MAYMOVE),
		EINVAL);
	munmap(p, 2 * PAGE);
	close(fd);
	unlink("shared");
	if (witness) /* which may be too old for it */
		return;
	p = map(4, ANON);
	q = mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_DONTUNMAP);
	check("DONTUNMAP moves the pages and leaves the place",
	      q != MAP_FAILED && q != p && holds(q, 4, 1) && !p[0] && !p[3 * PAGE]);
	munmap(q, 4 * PAGE);
	munmap(p, 4 * PAGE);
}

static void advising(void)
{
	char *p = map(16, ANON), *q = mmap(NULL, 16 * PAGE, RW, SHARE, -1, 0);

	check("FREE takes private memory",
	      madvise(p, 2 * PAGE, MADV_FREE) == 0 && (!p[0] || p[0] == 1) && p[2 * PAGE] == 3);
	refused("an advice that nobody knows", madvise(p, PAGE, 77), EINVAL);
	refused("advice for an odd place", madvise(p + 1, PAGE, MADV_DONTNEED), EINVAL);
	check("advice for nothing", madvise(p, 0, MADV_DONTNEED) == 0);
	munmap(p + 4 * PAGE, PAGE);
	refused("advice across a hole is followed and refused",
		madvise(p + 3 * PAGE, 4 * PAGE, MADV_DONTNEED), ENOMEM);
	check("on both sides of it", !p[3 * PAGE] && !p[6 * PAGE]);
	refused("FREE of shared memory", madvise(q, PAGE, MADV_FREE), EINVAL);
	check("COLD changes nothing to see",
	      madvise(p + 8 * PAGE, 4 * PAGE, MADV_COLD) == 0 && holds(p + 8 * PAGE, 4, 9));
	if (!witness)
		check("PAGEOUT takes them out",
		      madvise(p + 8 * PAGE, 8 * PAGE, MADV_PAGEOUT) == 0 &&
			      resident(p + 8 * PAGE, 8) == 0);
	if (!witness)
		check("WILLNEED brings them back",
		      madvise(p + 8 * PAGE, 4 * PAGE, MADV_WILLNEED) == 0 &&
			      resident(p + 8 * PAGE, 8) == 4);
	check("as they were", holds(p + 8 * PAGE, 8, 9));
	check("POPULATE_READ",
	      madvise(q, 4 * PAGE, MADV_POPULATE_READ) == 0 && resident(q, 8) == 4);
	check("POPULATE_WRITE", madvise(q + 4 * PAGE, 4 * PAGE, MADV_POPULATE_WRITE) == 0 &&
					resident(q + 4 * PAGE, 4) == 4);
	mprotect(q + 8 * PAGE, PAGE, PROT_READ);
	refused("which a read-only page refuses", madvise(q + 8 * PAGE, PAGE, MADV_POPULATE_WRITE),
		EINVAL);
	p = map(4, ANON);
	check("DONTFORK and WIPEONFORK", madvise(p, PAGE, MADV_DONTFORK) == 0 &&
						 madvise(p + PAGE, PAGE, MADV_WIPEONFORK) == 0);
	if (fork() == 0)
		_exit(!(probe(p) == SIGSEGV && !p[PAGE] && p[2 * PAGE] == 3));
	int status;
	check("hide pages from a child", wait(&status) > 0 && status == 0 && holds(p, 4, 1));
	check("and are undone", madvise(p, 2 * PAGE, MADV_DOFORK) == 0 &&
					madvise(p, 2 * PAGE, MADV_KEEPONFORK) == 0 &&
					areas(p, 4) == 1);
}

static void locking(void)
{
	char *p = map(8, ANON), *q;
	struct rlimit limit = { 4 * PAGE, 4 * PAGE };

	check("mlock and munlock", mlock(p, 4 * PAGE) == 0 && munlock(p, 4 * PAGE) == 0);
	munmap(p + 7 * PAGE, PAGE);
	refused("of what is not mapped", mlock(p + 6 * PAGE, 2 * PAGE), ENOMEM);
	p = map(8, ANON);
	madvise(p, 8 * PAGE, MADV_DONTNEED);
	check("mlock brings pages in", mlock(p, 4 * PAGE) == 0 && resident(p, 8) == 4);
	refused("DONTNEED of locked pages", madvise(p, PAGE, MADV_DONTNEED), EINVAL);
	refused("FREE of them", madvise(p, PAGE, MADV_FREE), EINVAL);
	refused("and PAGEOUT", madvise(p, 4 * PAGE, MADV_PAGEOUT), EINVAL);
	check("they stay", resident(p, 8) == 4);
	check("a locked area moves and stays locked",
	      (q = mremap(p, 4 * PAGE, 4 * PAGE, MREMAP_MAYMOVE | MREMAP_FIXED, p + 100 * PAGE)) !=
			      MAP_FAILED &&
		      (errno = 0, madvise(q, PAGE, MADV_DONTNEED) == -1 && errno == EINVAL));
	munmap(q, 4 * PAGE);
	q = mmap(NULL, 4 * PAGE, RW, ANON | MAP_POPULATE, -1, 0);
	check("MAP_POPULATE", resident(q, 4) == 4);
	munmap(q, 4 * PAGE);
	q = mmap(NULL, 4 * PAGE, RW, ANON | MAP_LOCKED, -1, 0);
	check("MAP_LOCKED", resident(q, 4) == 4 && madvise(q, PAGE, MADV_DONTNEED) == -1);
	munmap(q, 4 * PAGE);
	check("mlock2 on fault", syscall(SYS_mlock2, p + 4 * PAGE, 2 * PAGE, 1) == 0 &&
					 resident(p + 4 * PAGE, 2) == 0 && (p[4 * PAGE] = 1) == 1);
	madvise(p + 4 * PAGE, 2 * PAGE, MADV_PAGEOUT);
	check("locks what comes later", resident(p + 4 * PAGE, 2) == 1);
	if (tight)
		return;
	check("mlockall of the future", mlockall(MCL_FUTURE) == 0);
	q = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);
	check("brings in what is mapped", q != MAP_FAILED && resident(q, 4) == 4);
	setrlimit(RLIMIT_MEMLOCK, &limit);
	if (witness) {	      /* whose superuser has no limit */
		munlockall(); /* else the 4 GiB to come would be brought in */
		return;
	}
	refused("within its limit", mmap(NULL, 64 * PAGE, RW, ANON, -1, 0), EAGAIN);
	refused("which mlock keeps too", mlock(p + 6 * PAGE, 2 * PAGE), ENOMEM);
	refused("and what is locked while it grows",
		(long)mremap(q, 4 * PAGE, 64 * PAGE, MREMAP_MAYMOVE), EAGAIN);
	check("munlockall", munlockall() == 0 && madvise(q, PAGE, MADV_DONTNEED) == 0);
	munmap(q, 4 * PAGE);
	munmap(p + 4 * PAGE, 4 * PAGE);
}

static void placing(void)
{
	char *p = map(6, ANON), *q;
	int fd = open("/proc/self/exe", O_RDONLY);

	refused("MAP_FIXED_NOREPLACE onto something",
		mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0), EEXIST);
	munmap(p + PAGE, PAGE);
	check("and into a hole",
	      mmap(p + PAGE, PAGE, RW, ANON | MAP_FIXED_NOREPLACE, -1, 0) == p + PAGE);
	check("MAP_NORESERVE of more than there is",
	      (q = mmap(NULL, 1ul << 32, RW, ANON | MAP_NORESERVE, -1, 0)) != MAP_FAILED);
	munmap(q, 1ul << 32);
	munmap(p, 6 * PAGE);
	q = mmap(NULL, 8 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	mprotect(q + 2 * PAGE, PAGE, PROT_NONE);
	mprotect(q + 5 * PAGE, PAGE, PROT_READ | PROT_EXEC);
	check("mprotect splits an area of a file", areas(q, 8) == 5);
	mprotect(q, 8 * PAGE, PROT_READ);
	check("and joins it again", areas(q, 8) == 1);
	munmap(q, 8 * PAGE);
	p = mmap(NULL, 64 * PAGE, PROT_NONE, ANON, -1, 0);
	munmap(p, 63 * PAGE);
	p = mmap(p + 60 * PAGE, 2 * PAGE, RW, ANON | MAP_GROWSDOWN | MAP_FIXED, -1, 0);
	check("MAP_GROWSDOWN grows down", probe(p - PAGE) == 0 && probe(p - 20 * PAGE) == 0);
	check("and does not grow up", probe(p + 2 * PAGE) == SIGSEGV);
	close(fd);
}

/* In a process of its own, which has little left of it. */
static int data_limit(void)
{
	struct rlimit limit = { 1 << 20, 1 << 20 };
	char *p = mmap(NULL, 4 << 20, RW, ANON, -1, 0);

	if (p == MAP_FAILED || setrlimit(RLIMIT_DATA, &limit))
		return 1;
	munmap(p, 4 << 20);
	if (mmap(NULL, 4 << 20, RW, ANON, -1, 0) != MAP_FAILED || errno != ENOMEM)
		return 2;
	if (mmap(NULL, 4 << 20, PROT_READ, ANON, -1, 0) == MAP_FAILED)
		return 3;
	return mmap(NULL, PAGE, RW, ANON, -1, 0) == MAP_FAILED ? 4 : 0;
}

static void limiting(void)
{
	int status;

	fflush(stdout);
	if (fork() == 0)
		_exit(data_limit());
	check("RLIMIT_DATA bounds private memory that may be written to",
	      wait(&status) > 0 && status == 0);
}

int main(int argc, char **argv)
{
	tight = argc > 1 && !strcmp(argv[1], "tight");
	witness = getenv("WITNESS") != NULL;
	signal(SIGSEGV, caught);
	signal(SIGBUS, caught);
	moving();
	sharing();
	advising();
	locking();
	placing();
	limiting();
	finish();
}
