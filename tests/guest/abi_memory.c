/* What programs expect of memory: regions, files in memory, copies. Runs under qemu-riscv64 as well. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/guest/check.h"

#define PAGE 4096
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW   (PROT_READ | PROT_WRITE)

static sigjmp_buf back;

static void caught(int sig)
{
	siglongjmp(back, sig);
}

/* The signal that a load (or a store) at p raises; 0 for none. */
static int probe(volatile char *p, int store)
{
	int sig = sigsetjmp(back, 1);

	if (sig == 0) {
		char c = *p;

		if (store)
			*p = c;
	}
	return sig;
}

static char *map(size_t pages, int prot)
{
	return mmap(NULL, pages * PAGE, prot, ANON, -1, 0);
}

static int all(const char *p, size_t n, char c)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != c)
			return 0;
	return 1;
}

static void regions(void)
{
	char *p = map(10, RW), *q;

	check("fresh memory is zero", all(p, 10 * PAGE, 0));
	memset(p, 'x', 10 * PAGE);
	check("a hole is cut", munmap(p + 3 * PAGE, 2 * PAGE) == 0);
	check("it is gone",
	      probe(p + 3 * PAGE, 0) == SIGSEGV && probe(p + 5 * PAGE - 1, 0) == SIGSEGV);
	check("its neighbours are not", p[3 * PAGE - 1] == 'x' && p[5 * PAGE] == 'x');
	q = mmap(p + 3 * PAGE, 2 * PAGE, RW, ANON | MAP_FIXED, -1, 0);
	check("it is filled again, with zeros", q == p + 3 * PAGE && all(q, 2 * PAGE, 0));
	check("MAP_FIXED replaces what is there",
	      mmap(p, PAGE, PROT_READ, ANON | MAP_FIXED, -1, 0) == p && p[0] == 0 &&
		      p[PAGE] == 'x');
	check("a read-only page refuses stores", probe(p, 0) == 0 && probe(p, 1) == SIGSEGV);
	check("mprotect in the middle",
	      mprotect(p + 6 * PAGE, PAGE, PROT_READ) == 0 && probe(p + 6 * PAGE, 1) == SIGSEGV &&
		      probe(p + 7 * PAGE, 1) == 0 && probe(p + 6 * PAGE - 1, 1) == 0);
	check("and back", mprotect(p + 6 * PAGE, PAGE, RW) == 0 && probe(p + 6 * PAGE, 1) == 0 &&
				  p[6 * PAGE] == 'x');
	check("PROT_NONE keeps what is there",
	      mprotect(p + 8 * PAGE, PAGE, PROT_NONE) == 0 && probe(p + 8 * PAGE, 0) == SIGSEGV &&
		      mprotect(p + 8 * PAGE, PAGE, RW) == 0 && p[8 * PAGE] == 'x');
	refused("mprotect of nothing", mprotect(p + 100 * PAGE, PAGE, RW), ENOMEM);
	check("madvise DONTNEED gives zeros",
	      madvise(p + 9 * PAGE, PAGE, MADV_DONTNEED) == 0 && all(p + 9 * PAGE, PAGE, 0));
	for (int i = 0; i < 10; i += 2)
		mprotect(p + i * PAGE, PAGE, PROT_READ);
	for (int i = 0; i < 10; i += 2)
		mprotect(p + i * PAGE, PAGE, RW);
	p[PAGE] = 'y';
	q = mremap(p, 10 * PAGE, 20 * PAGE, MREMAP_MAYMOVE);
	check("areas made alike again are one, and move as one",
	      q != MAP_FAILED && q[PAGE] == 'y' && q[7 * PAGE] == 'x' && q[19 * PAGE] == 0);
	p = mremap(q, 20 * PAGE, 10 * PAGE, 0);
	check("munmap of all", munmap(p, 10 * PAGE) == 0 && probe(p + 9 * PAGE, 0) == SIGSEGV);
	refused("mmap of no bytes", mmap(NULL, 0, RW, ANON, -1, 0), EINVAL);
	refused("munmap of part of a page's address", munmap((char *)1, PAGE), EINVAL);
	refused("mmap of a bad descriptor", mmap(NULL, PAGE, RW, MAP_PRIVATE, 99, 0), EBADF);
}

static void moving(void)
{
	char *p = map(4, RW), *q, *limit;

	memset(p, 'm', 4 * PAGE);
	q = mremap(p, 4 * PAGE, 64 * PAGE, MREMAP_MAYMOVE);
	check("mremap grows, moving if it must",
	      q != MAP_FAILED && all(q, 4 * PAGE, 'm') && all(q + 4 * PAGE, 60 * PAGE, 0));
	check("mremap shrinks in place", mremap(q, 64 * PAGE, 2 * PAGE, 0) == q &&
						 q[2 * PAGE - 1] == 'm' &&
						 probe(q + 2 * PAGE, 0) == SIGSEGV);
	limit = mmap(q + 2 * PAGE, PAGE, RW, ANON | MAP_FIXED, -1, 0);
	check("a neighbour is in the way", limit == q + 2 * PAGE);
	refused("so it cannot grow in place", mremap(q, 2 * PAGE, 8 * PAGE, 0), ENOMEM);
	munmap(q, 3 * PAGE);
	p = sbrk(0);
	check("brk grows", sbrk(5 * PAGE) == p && all(p, 5 * PAGE, 0));
	memset(p, 'b', 5 * PAGE);
	check("brk shrinks", sbrk(-4 * PAGE) != (void *)-1 && (char *)sbrk(0) == p + PAGE);
	check("and grows again, with zeros",
	      sbrk(4 * PAGE) != (void *)-1 && p[0] == 'b' && all(p + 2 * PAGE, 3 * PAGE, 0));
	p = mmap(NULL, 1ul << 34, RW, ANON | MAP_NORESERVE, -1, 0);
	check("16 GiB are reserved for nothing", p != MAP_FAILED);
	p[1ul << 33] = 1;
	check("and used anywhere", p[(1ul << 33) + 1] == 0 && munmap(p, 1ul << 34) == 0);
}

static void files(void)
{
	char buf[3 * PAGE], *shared, *private;
	int fd = open("m.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600);
	struct stat st;

	memset(buf, 'f', sizeof(buf));
	check("a file of two pages and ten bytes", write(fd, buf, 2 * PAGE + 10) == 2 * PAGE + 10);
	shared = mmap(NULL, 3 * PAGE, RW, MAP_SHARED, fd, 0);
	private = mmap(NULL, 3 * PAGE, RW, MAP_PRIVATE, fd, 0);
	check("is mapped twice", shared != MAP_FAILED && private != MAP_FAILED);
	check("its tail is zero", all(shared + 2 * PAGE + 10, PAGE - 10, 0));
	check("write of a page from its own mapping",
	      pwrite(fd, shared + 100, PAGE, 0) == PAGE && all(shared, PAGE, 'f'));
	check("read of a page into its own mapping",
	      pread(fd, shared + PAGE, PAGE, 100) == PAGE && all(shared + PAGE, PAGE, 'f'));
	shared[5] = 's';
	check("a shared store is read", pread(fd, buf, 10, 0) == 10 && buf[5] == 's');
	check("and seen by the private mapping before it wrote there", private[5] == 's');
	private[6] = 'p';
	shared[7] = 'S';
	check("but not after", private[7] == 'f' && private[6] == 'p' && shared[6] == 'f');
	check("an offset of a page",
	      (munmap(private, 3 * PAGE),
	       1) && (private = mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, PAGE)) != MAP_FAILED &&
		      private[0] == 'f');
	refused("an offset within a page", mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 100),
		EINVAL);
	check("the file shrinks under its mapping", ftruncate(fd, PAGE) == 0);
	check("what is past its end is a bus error", probe(shared + PAGE, 0) == SIGBUS);
	check("what is before is not", probe(shared + PAGE - 1, 1) == 0);
	check("it grows again, with zeros",
	      ftruncate(fd, 2 * PAGE) == 0 && all(shared + PAGE, PAGE, 0));
	shared[PAGE + 1] = 'g';
	check("msync", msync(shared, 2 * PAGE, MS_SYNC) == 0 && fsync(fd) == 0);
	shared[PAGE + 2] = 'h';
	close(fd);
	check("a mapping outlives its descriptor", munmap(shared, 3 * PAGE) == 0);
	fd = open("m.tmp", O_RDONLY);
	check("and its stores are in the file",
	      pread(fd, buf, 4, PAGE) == 4 && !memcmp(buf, "\0gh\0", 4));
	check("a store does not change the size", fstat(fd, &st) == 0 && st.st_size == 2 * PAGE);
	refused("a shared mapping for stores wants a descriptor for writing",
		mmap(NULL, PAGE, RW, MAP_SHARED, fd, 0), EACCES);
	shared = mmap(NULL, PAGE, PROT_READ, MAP_SHARED, fd, 0);
	refused("nor may mprotect make it so", mprotect(shared, PAGE, RW), EACCES);
	close(fd);
	unlink("m.tmp");
}

static int in_child(int (*test)(char *), char *p)
{
	int status;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0)
		_exit(test(p));
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : 99;
}

static int child_writes(char *p)
{
	for (int i = 0; i < 8; i++) {
		if (p[i * PAGE] != 'o')
			return 1;
		p[i * PAGE] = 'c';
	}
	return !all(p + 1, PAGE - 1, 'o') || p[7 * PAGE] != 'c';
}

/* read(2) must break sharing as a store does. */
static int child_reads(char *p)
{
	int fd = open("/dev/zero", O_RDONLY);

	return read(fd, p, 2 * PAGE) != 2 * PAGE || p[0] != 0 || p[2 * PAGE] == 0;
}

static int grandchild(char *p)
{
	if (in_child(child_writes, p))
		return 1;
	return !all(p, 8 * PAGE, 'o') || child_writes(p);
}

static void forks(void)
{
	char *p = map(8, RW), *s = mmap(NULL, 2 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	memset(p, 'o', 8 * PAGE);
	check("a child's stores are its own",
	      in_child(child_writes, p) == 0 && all(p, 8 * PAGE, 'o'));
	check("so are what the kernel stores for it",
	      in_child(child_reads, p) == 0 && all(p, 8 * PAGE, 'o'));
	check("and a grandchild's", in_child(grandchild, p) == 0 && all(p, 8 * PAGE, 'o'));
	for (int round = 0; round < 5; round++) {
		p[0] = 'o';
		if (in_child(child_writes, p))
			break;
	}
	check("after many forks too", all(p, 8 * PAGE, 'o'));
	memset(s, 'o', 2 * PAGE);
	if (fork() == 0) {
		s[0] = 'c';
		s[PAGE] = 'd';
		_exit(0);
	}
	wait(NULL);
	check("shared anonymous memory is shared", s[0] == 'c' && s[PAGE] == 'd' && s[1] == 'o');
	munmap(p, 8 * PAGE);
	p = map(2, RW);
	if (fork() == 0) {
		p[0] = 1;
		_exit(p[1]);
	}
	wait(NULL);
	check("a page that only the child touched stays zero for the parent", p[0] == 0);
}

static int vfork_value;

static void vforks(void)
{
	volatile int *v = &vfork_value;
	pid_t pid = vfork();

	if (pid == 0) {
		*v = 5;
		_exit(3);
	}
	int status;
	check("vfork: the parent waits",
	      waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 3);
	/* qemu-riscv64 makes a plain fork of it: there is nothing to see under it. */
	if (!getenv("WITNESS"))
		check("vfork: the memory is one", *v == 5);
}

static void code(void)
{
	uint32_t *p = (uint32_t *)map(1, RW);
	int (*f)(void) = (int (*)(void))(uintptr_t)p;

	p[0] = 0x02a00513; /* li a0, 42 */
	p[1] = 0x00008067; /* ret */
	check("what was written becomes code", mprotect(p, PAGE, PROT_READ | PROT_EXEC) == 0);
	syscall(259, p, p + 2, 0); /* riscv_flush_icache */
	check("and runs", f() == 42);
	mprotect(p, PAGE, RW);
	p[0] = 0x02b00513;
	mprotect(p, PAGE, PROT_READ | PROT_EXEC);
	syscall(259, p, p + 2, 0);
	check("and is changed", f() == 43);
}

int main(void)
{
	stack_t stack = { .ss_sp = malloc(65536), .ss_size = 65536 };
	struct sigaction act = { .sa_handler = caught, .sa_flags = SA_ONSTACK };

	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &act, NULL);
	sigaction(SIGBUS, &act, NULL);
	regions();
	moving();
	files();
	forks();
	vforks();
	code();
	finish();
}
