/*
 * What a process may not do to itself: memory that is writable and executable only if it asks for that,
 * nothing at the null page, guards, and the limits of setrlimit.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/guest/check.h"

#define PAGE 4096ul
#define RW   (PROT_READ | PROT_WRITE)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

static const uint32_t code[] = { 0x00008067, 0x00008067 }; /* ret */

/* How a child ends that does this: 0, or the signal. */
static int ends(void (*action)(void))
{
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		action();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return WIFSIGNALED(status) ? WTERMSIG(status) : WEXITSTATUS(status);
}

static char *area;

static void run_area(void)
{
	__builtin___clear_cache(area, area + sizeof(code));
	((void (*)(void))(uintptr_t)area)();
}

static void run_stack(void)
{
	volatile uint32_t here[] = { code[0], code[1] };

	((void (*)(void))(uintptr_t)here)();
}

static void store_text(void)
{
	*(volatile char *)(uintptr_t)ends = 0;
}

static void load_null(void)
{
	volatile uintptr_t near = 8;

	(void)*(volatile char *)near;
}

static void run_null(void)
{
	((void (*)(void))(uintptr_t)4)();
}

/* Lines of /proc/self/maps that are writable and executable. */
static int both(void)
{
	FILE *maps = fopen("/proc/self/maps", "r");
	char line[256];
	int n = 0;

	while (fgets(line, sizeof(line), maps)) {
		const char *flags = strchr(line, ' ');

		n += flags && flags[2] == 'w' && flags[3] == 'x';
	}
	fclose(maps);
	return n;
}

static void write_or_execute(int stack_is_executable)
{
	check("no page is writable and executable from the start", both() == stack_is_executable);
	check("text cannot be written", ends(store_text) == SIGSEGV);
	check("the stack is executed as PT_GNU_STACK says",
	      ends(run_stack) == (stack_is_executable ? 0 : SIGSEGV));
	area = mmap(NULL, PAGE, RW, ANON, -1, 0);
	memcpy(area, code, sizeof(code));
	check("data is not executable", ends(run_area) == SIGSEGV);
	mprotect(area, PAGE, PROT_READ | PROT_EXEC);
	check("after mprotect it is", ends(run_area) == 0);
	mprotect(area, PAGE, RW | PROT_EXEC);
	check("both, if it is asked for", ends(run_area) == 0 && both() == 1 + stack_is_executable);
	munmap(area, PAGE);
}

static void null_page(void)
{
	check("nothing is mapped at 0", mmap(0, PAGE, RW, ANON | MAP_FIXED, -1, 0) == MAP_FAILED);
	check("a load near 0", ends(load_null) == SIGSEGV);
	check("a jump near 0", ends(run_null) == SIGSEGV);
}

static volatile char deep_byte;

static int recurse(int more)
{
	volatile char here[8192];

	here[0] = (char)more;
	deep_byte = here[0];
	return more ? recurse(more + 1) + here[1] : 0;
}

static void limit(int which, rlim_t soft)
{
	struct rlimit now;

	getrlimit(which, &now);
	now.rlim_cur = soft;
	setrlimit(which, &now);
}

static void deep(void)
{
	limit(RLIMIT_STACK, 256 << 10);
	recurse(1);
}

static void stack_at(size_t bytes)
{
	volatile char *low = (volatile char *)__builtin_frame_address(0) - bytes;

	*low = 1;
}

static void shallow(void)
{
	limit(RLIMIT_STACK, 1 << 20);
	stack_at(900 << 10);
}

static void too_deep(void)
{
	limit(RLIMIT_STACK, 1 << 20);
	stack_at(1200 << 10);
}

static void stack(void)
{
	check("a stack that grows without end is stopped by its limit", ends(deep) == SIGSEGV);
	check("below its limit it grows", ends(shallow) == 0);
	check("beyond it does not", ends(too_deep) == SIGSEGV);
}

static void space(void)
{
	struct rlimit before;
	void *m, *old = sbrk(0);

	getrlimit(RLIMIT_AS, &before);
	limit(RLIMIT_AS, 64 << 20);
	refused("RLIMIT_AS: mmap", mmap(NULL, 128 << 20, RW, ANON, -1, 0), ENOMEM);
	m = mmap(NULL, 1 << 20, RW, ANON, -1, 0);
	check("RLIMIT_AS: within it", m != MAP_FAILED);
	refused("RLIMIT_AS: mremap", mremap(m, 1 << 20, 128 << 20, MREMAP_MAYMOVE), ENOMEM);
	refused("RLIMIT_AS: brk", sbrk(128 << 20), ENOMEM);
	setrlimit(RLIMIT_AS, &before);
	getrlimit(RLIMIT_DATA, &before);
	limit(RLIMIT_DATA, 1 << 20);
	refused("RLIMIT_DATA: brk", sbrk(4 << 20), ENOMEM);
	setrlimit(RLIMIT_DATA, &before);
	check("without it", sbrk(4 << 20) == old && brk(old) == 0);
}

static int fsize_signals;

static void on_fsize(int number)
{
	(void)number;
	fsize_signals++;
}

static void write_big(void)
{
	int fd = open("big", O_RDWR | O_CREAT | O_TRUNC, 0600);
	static char page[PAGE];

	limit(RLIMIT_FSIZE, 3 * PAGE + 100);
	for (int i = 0; i < 10; i++)
		if (write(fd, page, PAGE) < 0)
			_exit(99);
}

static void files(void)
{
	int fd = open("big", O_RDWR | O_CREAT | O_TRUNC, 0600), fds[64], n = 0;
	static char page[PAGE];
	struct rlimit before;

	check("RLIMIT_FSIZE ends who exceeds it", ends(write_big) == SIGXFSZ);
	signal(SIGXFSZ, on_fsize);
	getrlimit(RLIMIT_FSIZE, &before);
	limit(RLIMIT_FSIZE, PAGE + 10);
	check("up to the limit it is written",
	      pwrite(fd, page, PAGE, 0) == (ssize_t)PAGE && pwrite(fd, page, PAGE, PAGE) == 10);
	refused("then EFBIG", pwrite(fd, page, PAGE, PAGE + 10), EFBIG);
	refused("and ftruncate", ftruncate(fd, 5 * PAGE), EFBIG);
	check("with SIGXFSZ each time", fsize_signals == 2);
	setrlimit(RLIMIT_FSIZE, &before);
	close(fd);
	getrlimit(RLIMIT_NOFILE, &before);
	limit(RLIMIT_NOFILE, 20);
	while (n < 64 && (fds[n] = dup(0)) >= 0)
		n++;
	check("RLIMIT_NOFILE: EMFILE", n < 20 && errno == EMFILE);
	refused("and no descriptor above it", fcntl(0, F_DUPFD, 30), EINVAL);
	while (n--)
		close(fds[n]);
	setrlimit(RLIMIT_NOFILE, &before);
}

static void many(void)
{
	int n = 0;
	pid_t pid;

	limit(RLIMIT_NPROC, 10);
	if (setuid(1000))
		_exit(1);
	while ((pid = fork()) > 0 && n < 50)
		n++;
	if (!pid) {
		pause();
		_exit(0);
	}
	kill(0, SIGCONT);
	_exit(pid < 0 && errno == EAGAIN && n < 10 ? 7 : 8);
}

static void abort_now(void)
{
	abort();
}

static void spin(void)
{
	struct rlimit one = { 1, 3 };

	setrlimit(RLIMIT_CPU, &one);
	for (;;)
		;
}

static void processes(void)
{
	struct rlimit core;
	int status = -1;
	pid_t pid = fork();

	if (!pid) {
		setpgid(0, 0);
		many();
	}
	waitpid(pid, &status, 0);
	kill(-pid, SIGKILL);
	check("RLIMIT_NPROC: EAGAIN for a user who has so many",
	      WIFEXITED(status) && WEXITSTATUS(status) == 7);
	getrlimit(RLIMIT_CORE, &core);
	pid = fork();
	if (!pid)
		abort_now();
	waitpid(pid, &status, 0);
	check("RLIMIT_CORE is 0, and nothing is dumped",
	      core.rlim_cur == 0 && WIFSIGNALED(status) && !WCOREDUMP(status) &&
		      access("core", F_OK));
	check("RLIMIT_CPU: SIGXCPU", ends(spin) == SIGXCPU);
}

int main(int argc, char **argv)
{
	write_or_execute(argc > 1 && !strcmp(argv[1], "executable-stack"));
	null_page();
	stack();
	space();
	files();
	processes();
	finish();
}
