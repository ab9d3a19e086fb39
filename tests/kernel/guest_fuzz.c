/*
 * Random system calls with arguments that are often nearly right.  Children make them, in a directory of
 * their own and under an alarm; the parent only counts.  Whatever they get, the kernel must go on.
 * Arguments: seed, children, calls of each.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/random.h"

static uint64_t state;

static uint64_t chance(uint64_t n)
{
	return (xorshift(&state) >> 11) % n;
}

static char *buffers; /* pages: writable, read-only, none */

static const char *const names[] = { "a",
				     "b",
				     "c",
				     "d",
				     "d/e",
				     "d/f",
				     "d/../a",
				     "l",
				     "/tmp/x",
				     "/tmp/y/z",
				     "/proc/self/maps",
				     "/proc/self/fd/3",
				     "/proc/self/stat",
				     "/proc/1/status",
				     "/dev/null",
				     "/dev/zero",
				     "/dev/tty",
				     "/dev/full",
				     ".",
				     "..",
				     "",
				     "a/",
				     "/",
				     "/proc",
				     "/proc/self/fd",
				     "/proc/self/exe",
				     "d/e/../../b" };

static uint64_t argument(void)
{
	static const uint64_t odd[] = { 0,
					1,
					2,
					7,
					8,
					255,
					256,
					4095,
					4096,
					4097,
					65536,
					1u << 20,
					1ull << 31,
					1ull << 32,
					1ull << 38,
					1ull << 39,
					1ull << 62,
					1ull << 63,
					-1ull,
					-2ull,
					-4096ull,
					-100ull,
					0xffffffff80000000,
					0xffffffc080200000,
					0x100,
					0x200,
					0x400,
					0x1000,
					0100,
					0200,
					02000,
					04000,
					0200000 };
	char *name;

	switch (chance(8)) {
	case 0:
		return odd[chance(sizeof(odd) / sizeof(*odd))];
	case 1:
		return chance(16);
	case 2:
		return (uint64_t)buffers + chance(3 * 4096 + 64);
	case 3:
		return (uint64_t)buffers + chance(64) * 8;
	case 4:
	case 5:
		name = buffers + 2048 + chance(8) * 64;
		strcpy(name, names[chance(sizeof(names) / sizeof(*names))]);
		return (uint64_t)name;
	case 6:
		return (uint64_t)AT_FDCWD;
	default:
		return chance(2) ? chance(100000) : state;
	}
}

/* Those that would end the test itself, or stop it for good. */
static int excluded(long number)
{
	switch (number) {
	case SYS_exit:
	case SYS_exit_group:
	case SYS_reboot:
	case SYS_kill:
	case SYS_tkill:
	case SYS_tgkill:
	case SYS_rt_sigqueueinfo:
	case SYS_clone:
	case SYS_setitimer:
	case SYS_rt_sigaction:
	case SYS_rt_sigprocmask:
	case SYS_rt_sigreturn:
	case SYS_execve:
	case SYS_munmap:
	case SYS_mprotect:
	case SYS_mremap:
	case SYS_mmap:
	case SYS_madvise:
	case SYS_brk:
	case SYS_setpgid:
	case SYS_setsid:
	case SYS_prlimit64:
	case SYS_sync:
	case SYS_syncfs:
		return chance(50) != 0 || number == SYS_exit || number == SYS_exit_group ||
		       number == SYS_reboot || number == SYS_kill || number == SYS_setsid ||
		       number == SYS_rt_sigaction || number == SYS_rt_sigprocmask ||
		       number == SYS_clone || number == SYS_setitimer || number == SYS_setpgid;
	}
	return number == SYS_clone3 || number == SYS_prctl || number == SYS_rt_sigsuspend ||
	       number == SYS_epoll_pwait2;
}

static void call(long number)
{
	uint64_t a[6] = { chance(2) ? argument() : chance(8),
			  argument(),
			  argument(),
			  argument(),
			  argument(),
			  argument() };

	/* A wait whose signal mask blocks the alarm would never end. */
	if (number == SYS_ppoll)
		a[3] = 0;
	if (number == SYS_pselect6)
		a[5] = 0;
	if (number == SYS_epoll_pwait)
		a[4] = 0;
	syscall(number, a[0], a[1], a[2], a[3], a[4], a[5]);
}

static void fuzz(uint64_t seed, int calls)
{
	struct itimerval limit = { { 0, 20000 }, { 0, 20000 } };
	char dir[32];

	state = seed * 0x9e3779b97f4a7c15u + 1;
	snprintf(dir, sizeof(dir), "fuzz%d", (int)(seed % 5));
	mkdir(dir, 0755);
	if (chdir(dir))
		_exit(1);
	for (int fd = 0; fd < 3; fd++)
		close(fd);
	signal(SIGALRM, SIG_DFL);
	signal(SIGXFSZ, SIG_IGN);
	signal(SIGPIPE, SIG_IGN);
	buffers = mmap(NULL, 4 * 4096, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	mprotect(buffers + 2 * 4096, 4096, PROT_READ);
	mprotect(buffers + 3 * 4096, 4096, PROT_NONE);
	limit.it_interval.tv_usec = 0;
	limit.it_value.tv_usec = 300000;
	setitimer(ITIMER_REAL, &limit, NULL);
	for (int i = 0; i < calls; i++) {
		long number = chance(6) ? 17 + chance(75) : chance(450);

		if (!excluded(number))
			call(number);
	}
	_exit(0);
}

int main(int argc, char **argv)
{
	uint64_t seed = argc > 1 ? strtoul(argv[1], NULL, 0) : 1;
	int children = argc > 2 ? atoi(argv[2]) : 50, calls = argc > 3 ? atoi(argv[3]) : 400;
	int done = 0, signalled = 0, status;

	for (int i = 0; i < children; i++) {
		pid_t child = fork();

		if (child == 0)
			fuzz(seed + i, calls);
		if (child < 0 || waitpid(child, &status, 0) != child)
			break;
		done++;
		signalled += WIFSIGNALED(status);
	}
	printf("%d children, %d of them ended by a signal\n", done, signalled);
	return done != children;
}
