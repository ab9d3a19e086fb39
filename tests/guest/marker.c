/*
 * Everything that a program can read without having written it, searched for what the machine's RAM held
 * before: the byte that --fill put there, and what an earlier process left in frames that are used again.
 * Each place prints a digest, so that runs over differently filled RAM can be compared: they must be the
 * same.  Addresses of the kernel have no place there either.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/auxv.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/times.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "tests/guest/check.h"

#define PAGE 4096ul
#define MINE 0x5c /* in what a call is to fill: it may leave that */
#define LEFT 0xc3 /* by a process that has ended */
#define FILL 0xa5 /* by --fill */

/* ---- Registers at the first instruction ---- */

uint64_t entry_x[32], entry_f[32];

__asm__(".text\n.globl entry\nentry:\n.option push\n.option norelax\n"
	"	addi sp, sp, -16\n	sd t0, 0(sp)\n	la t0, entry_x\n"
	"	.irp r,1,3,4,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
	"	sd x\\r, 8*\\r(t0)\n	.endr\n"
	"	ld t1, 0(sp)\n	sd t1, 40(t0)\n	la t1, entry_f\n"
	"	.irp r,0,1,2,3,4,5,6,7,8,9,10,11,12,13,14,15,16,17,18,19,20,21,22,23,24,25,26,27,28,29,30,31\n"
	"	fsd f\\r, 8*\\r(t1)\n	.endr\n"
	"	ld t1, 48(t0)\n	ld t0, 0(sp)\n	addi sp, sp, 16\n	tail _start\n.option pop\n");

/* ---- Looking ---- */

static int all_of(const unsigned char *at, unsigned char byte, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (at[i] != byte)
			return 0;
	return 1;
}

static int is_kernel_address(const unsigned char *at)
{
	uint64_t value;

	memcpy(&value, at, sizeof(value));
	return value >= 0xffffffc000000000 && value < 0xfffffffffffff000;
}

static void look(const char *what, const void *start, size_t bytes)
{
	const unsigned char *at = start;
	uint64_t digest = 0xcbf29ce484222325;
	int found = 0;

	for (size_t i = 0; i < bytes; i++) {
		digest = (digest ^ at[i]) * 0x100000001b3;
		if (i + 4 <= bytes && (all_of(at + i, FILL, 4) || all_of(at + i, LEFT, 4)))
			found |= 1;
		if (i % 8 == 0 && i + 8 <= bytes && is_kernel_address(at + i))
			found |= 2;
	}
	printf("%s: %zu bytes, %016llx\n", what, bytes, (unsigned long long)digest);
	check(what, !found);
}

static void zeros(const char *what, const void *start, size_t bytes)
{
	look(what, start, bytes);
	check(what, all_of(start, 0, bytes));
}

/* Of a structure that a call filled: bytes that belong to no field are zero, or as they were. */
static void padding(const char *what, const void *start, size_t from, size_t bytes)
{
	const unsigned char *at = (const unsigned char *)start + from;

	check(what, all_of(at, 0, bytes) || all_of(at, MINE, bytes));
}

static char buf[16384];

#define FRESH(object) memset(&(object), MINE, sizeof(object))

/* ---- Places ---- */

static void at_exec(char **argv)
{
	const char *sp = (char *)(argv - 1);
	char *top = (char *)(((uintptr_t)getauxval(AT_EXECFN) | (PAGE - 1)) + 1);

	look("registers", entry_x, sizeof(entry_x));
	for (unsigned i = 1; i < 32; i++)
		if (i != 2 && entry_x[i])
			printf("x%u is %llx at entry\n", i, (unsigned long long)entry_x[i]);
	check("registers other than sp are zero", all_of((void *)entry_x, 0, sizeof(entry_x)));
	zeros("floating-point registers", entry_f, sizeof(entry_f));
	look("arguments, environment and auxiliary vector", sp, (size_t)(top - sp));
}

static void below_stack(void)
{
	volatile char here;
	char *end = (char *)((uintptr_t)&here & ~(PAGE - 1)) - 64 * PAGE;

	zeros("the stack below", end - 64 * PAGE, 64 * PAGE);
}

static void fresh_memory(void)
{
	char *brk_before, *m;

	m = mmap(NULL, 300 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (unsigned i = 0; i < 300; i += 2)
		m[i * PAGE + 100] = 0; /* half by a store, half by a load */
	zeros("private anonymous memory", m, 300 * PAGE);
	madvise(m, 100 * PAGE, MADV_DONTNEED);
	zeros("memory after MADV_DONTNEED", m, 100 * PAGE);
	m = mmap(NULL, 50 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	zeros("shared anonymous memory", m, 50 * PAGE);
	m = mmap(NULL, 4 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	m = mremap(m, 4 * PAGE, 40 * PAGE, MREMAP_MAYMOVE);
	zeros("memory that mremap added", m, 40 * PAGE);
	brk_before = sbrk(0);
	sbrk(50 * PAGE + 123);
	zeros("the heap", brk_before, 50 * PAGE + 123);
}

static void files(void)
{
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC, 0600), to;
	char *m;

	if (write(fd, "ten bytes.", 10) != 10)
		check("written", 0);
	m = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	zeros("the tail of a mapped file", m + 10, PAGE - 10);
	memset(m + 10, LEFT, PAGE - 10);
	check("ftruncate", ftruncate(fd, 3 * PAGE + 5) == 0);
	memset(buf, MINE, sizeof(buf));
	check("read back", pread(fd, buf, sizeof(buf), 0) == 3 * PAGE + 5);
	zeros("a file that was made longer", buf + 10, 3 * PAGE - 5);
	m = mmap(NULL, 4 * PAGE, PROT_READ, MAP_PRIVATE, fd, 0);
	zeros("its pages, mapped privately", m + PAGE, 3 * PAGE);
	lseek(fd, 9 * PAGE, SEEK_SET);
	check("written after a hole", write(fd, "x", 1) == 1);
	check("read", pread(fd, buf, 4 * PAGE, 5 * PAGE) == 4 * PAGE);
	zeros("a hole", buf, 4 * PAGE);
	if (fallocate(fd, 0, 10 * PAGE, 2 * PAGE) == 0) {
		check("read", pread(fd, buf, 2 * PAGE, 10 * PAGE) == 2 * PAGE);
		zeros("what fallocate added", buf, 2 * PAGE);
	}
	check("ftruncate", ftruncate(fd, 12 * PAGE + 7) == 0);
	check("ftruncate", ftruncate(fd, PAGE + 1) == 0);
	check("ftruncate", ftruncate(fd, 2 * PAGE) == 0);
	check("read", pread(fd, buf, 2 * PAGE, 0) == 2 * PAGE);
	zeros("a file that was made shorter and longer again", buf + PAGE + 1, PAGE - 1);
	to = open("/tmp/file", O_RDWR | O_CREAT, 0600);
	check("ftruncate", ftruncate(to, 3 * PAGE) == 0);
	check("read", read(to, buf, 3 * PAGE) == 3 * PAGE);
	zeros("a file of the tmpfs", buf, 3 * PAGE);
	to = (int)syscall(SYS_memfd_create, "m", 0);
	check("ftruncate", ftruncate(to, 2 * PAGE) == 0);
	check("read", to < 0 || read(to, buf, 2 * PAGE) == 2 * PAGE);
	zeros("a memfd", buf, to < 0 ? 0 : 2 * PAGE);
}

static void pipes(void)
{
	int ends[2];

	check("pipe", pipe(ends) == 0 && write(ends[1], "12345", 5) == 5);
	memset(buf, MINE, sizeof(buf));
	check("five bytes come", read(ends[0], buf, sizeof(buf)) == 5);
	check("and no more", all_of((void *)(buf + 5), MINE, sizeof(buf) - 5));
	check("splice", write(ends[1], "abc", 3) == 3);
	memset(buf, MINE, sizeof(buf));
	socketpair(AF_UNIX, SOCK_DGRAM, 0, ends);
	check("datagram", write(ends[0], "12345", 5) == 5 && read(ends[1], buf, sizeof(buf)) == 5);
	check("and no more", all_of((void *)(buf + 5), MINE, sizeof(buf) - 5));
}

static void about_files(void)
{
	static const char *const paths[] = { "file",	  "/",	       "/dev/null",
					     "/dev/zero", "/tmp/file", "/proc/self/maps",
					     "/proc",	  "/etc" };
	struct stat st;
	struct statx stx;
	struct statfs fs;

	for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		FRESH(st);
		check(paths[i], syscall(SYS_newfstatat, AT_FDCWD, paths[i], &st, 0) == 0);
		look("stat", &st, sizeof(st));
		padding("stat: __pad1", &st, 40, 8);
		padding("stat: __pad2", &st, 60, 4);
		padding("stat: __unused", &st, 120, 8);
		FRESH(stx);
		if (statx(AT_FDCWD, paths[i], 0, STATX_ALL, &stx) == 0) {
			look("statx", &stx, sizeof(stx));
			padding("statx: __spare0", &stx, 30, 2);
			padding("statx: of a time", &stx, 76, 4);
			padding("statx: __spare2", &stx, 152, sizeof(stx) - 152);
		}
		FRESH(fs);
		statfs(paths[i], &fs);
		look("statfs", &fs, sizeof(fs));
		padding("statfs: f_spare", &fs, 88, 32);
	}
}

/* Between a name's end and the next entry. */
static void directories(void)
{
	static const char *const paths[] = { "/bin", "/proc", "/dev", "/tmp", "/proc/self/fd" };

	for (unsigned i = 0; i < sizeof(paths) / sizeof(paths[0]); i++) {
		int fd = open(paths[i], O_RDONLY | O_DIRECTORY), rest_is_zero = 1;
		long got, at;

		memset(buf, MINE, sizeof(buf));
		got = syscall(SYS_getdents64, fd, buf, sizeof(buf));
		look("getdents64", buf, got < 0 ? 0 : (size_t)got);
		for (at = 0; at < got;) {
			const struct dirent64 *entry = (const void *)(buf + at);
			size_t used = offsetof(struct dirent64, d_name) + strlen(entry->d_name) + 1;

			rest_is_zero &=
				all_of((void *)(buf + at + used), 0, entry->d_reclen - used) ||
				all_of((void *)(buf + at + used), MINE, entry->d_reclen - used);
			at += entry->d_reclen;
		}
		check("getdents64: between entries", rest_is_zero && got > 0);
		check("getdents64: behind the last",
		      all_of((void *)(buf + got), MINE, sizeof(buf) - (size_t)got));
		close(fd);
	}
}

static void about_system(void)
{
	struct utsname name;
	struct sysinfo info;
	struct rusage usage;
	struct tms clocks;
	struct rlimit limit;
	struct timespec ts;
	struct itimerval interval;
	struct termios tio;
	struct winsize size;
	struct sigaction action;
	unsigned long cpus[16];
	stack_t stack;
	int pty = open("/dev/ptmx", O_RDWR | O_NOCTTY);

	FRESH(name);
	uname(&name);
	look("uname", &name, sizeof(name));
	padding("uname: behind the name", &name, 6, 65 - 6);
	FRESH(info);
	sysinfo(&info);
	look("sysinfo", &info, sizeof(info));
	padding("sysinfo: pad", (char *)&info, 82, 6);
	padding("sysinfo: at the end", (char *)&info, 108, 4);
	FRESH(usage);
	getrusage(RUSAGE_SELF, &usage);
	look("getrusage", &usage, sizeof(usage));
	FRESH(clocks);
	times(&clocks);
	look("times", &clocks, sizeof(clocks));
	FRESH(limit);
	getrlimit(RLIMIT_STACK, &limit);
	look("getrlimit", &limit, sizeof(limit));
	FRESH(ts);
	clock_getres(CLOCK_MONOTONIC, &ts);
	look("clock_getres", &ts, sizeof(ts));
	FRESH(interval);
	getitimer(ITIMER_REAL, &interval);
	look("getitimer", &interval, sizeof(interval));
	FRESH(tio);
	FRESH(size);
	if (pty >= 0) {
		check("TCGETS",
		      ioctl(pty, TCGETS, &tio) == 0 && ioctl(pty, TIOCGWINSZ, &size) == 0);
		look("termios", &tio, sizeof(tio));
		look("winsize", &size, sizeof(size));
	}
	FRESH(action);
	syscall(SYS_rt_sigaction, SIGUSR1, NULL, &action, 8);
	look("sigaction", &action, sizeof(action));
	FRESH(stack);
	sigaltstack(NULL, &stack);
	look("sigaltstack", &stack, sizeof(stack));
	padding("sigaltstack: pad", &stack, 12, 4);
	FRESH(cpus);
	syscall(SYS_sched_getaffinity, 0, sizeof(cpus), cpus);
	look("sched_getaffinity", cpus, sizeof(cpus));
	memset(buf, MINE, sizeof(buf));
	check("getcwd", syscall(SYS_getcwd, buf, sizeof(buf)) > 0);
	look("getcwd", buf, 200);
	memset(buf, MINE, sizeof(buf));
	check("readlink", readlink("/proc/self/exe", buf, 4000) > 0);
	look("readlink", buf, 200);
}

static void proc_files(void)
{
	static const char *const names[] = {
		"self/maps",	"self/smaps",  "self/stat",    "self/status", "self/cmdline",
		"self/environ", "self/auxv",   "meminfo",      "vmstat",      "stat",
		"swaps",	"mounts",      "cpuinfo",      "uptime",      "loadavg",
		"version",	"filesystems", "self/pagemap",
	};

	for (unsigned i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
		char path[64];
		long got;
		int fd;

		snprintf(path, sizeof(path), "/proc/%s", names[i]);
		fd = open(path, O_RDONLY);
		if (fd < 0)
			continue;
		memset(buf, MINE, sizeof(buf));
		got = read(fd, buf, sizeof(buf));
		look(path, buf, got > 0 ? (size_t)got : 0);
		check("and nothing behind",
		      got < 0 || all_of((void *)(buf + got), MINE, sizeof(buf) - (size_t)got));
		close(fd);
	}
}

/* ---- Signals ---- */

static volatile int handled;

static void handler(int number, siginfo_t *info, void *context)
{
	/* siginfo is 128 bytes, ucontext 960; the registers are the program's own. */
	look(number == SIGUSR1 ? "siginfo of kill" : "siginfo of a timer", info, 128);
	padding("siginfo: behind si_errno and si_code", info, 12, 4);
	padding("siginfo: its rest", info, 40, 88);
	padding("ucontext: uc_flags, uc_link", context, 0, 16);
	padding("ucontext: of the mask", context, 48, 120);
	padding("ucontext: before the registers", context, 168, 8);
	look("ucontext: floating-point registers", (char *)context + 432, 528);
	padding("ucontext: behind fcsr", context, 432 + 260, 528 - 260);
	handled++;
}

static void signals(void)
{
	struct sigaction action = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO };
	struct itimerval soon = { { 0, 0 }, { 0, 1000 } };
	siginfo_t info;
	sigset_t set;
	pid_t pid;

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	kill(getpid(), SIGUSR1);
	setitimer(ITIMER_REAL, &soon, NULL);
	while (handled < 2)
		;
	check("both handlers ran", handled == 2);
	sigemptyset(&set);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	pid = fork();
	if (!pid)
		_exit(3);
	FRESH(info);
	check("waitid", waitid(P_PID, (id_t)pid, &info, WEXITED) == 0);
	look("siginfo of waitid", &info, 32);
	FRESH(info);
	check("sigtimedwait", sigtimedwait(&set, &info, &(struct timespec){ 1, 0 }) == SIGCHLD);
	look("siginfo of sigtimedwait", &info, sizeof(info));
	padding("siginfo: its end", &info, 48, 80);
}

/* A process that fills all the memory it can have, and ends. */
static void leave_marks(unsigned pages)
{
	pid_t pid = fork();
	char *m;
	int fd;

	if (!pid) {
		m = mmap(NULL, pages * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
			 -1, 0);
		memset(m, LEFT, pages * PAGE);
		memset(sbrk(100 * PAGE), LEFT, 100 * PAGE);
		fd = open("marks", O_RDWR | O_CREAT, 0600);
		for (unsigned i = 0; i < 20; i++)
			if (write(fd, m, PAGE) != PAGE)
				_exit(1);
		unlink("marks");
		_exit(0);
	}
	waitpid(pid, NULL, 0);
}

int main(int argc, char **argv)
{
	if (argc == 2) { /* then all over again in frames that were used */
		leave_marks((unsigned)atoi(argv[1]));
		execl("/proc/self/exe", "marker", NULL);
		return 1;
	}
	at_exec(argv);
	below_stack();
	fresh_memory();
	files();
	pipes();
	about_files();
	directories();
	about_system();
	proc_files();
	signals();
	finish();
}
