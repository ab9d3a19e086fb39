/*
 * Every pointer of every system call, leading into the kernel's half, into the hole below it, to the null
 * page and over the end of a page: each must give EFAULT.  The table of calls has to name each one that the
 * kernel has.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include "tests/guest/check.h"

enum {
#define SYSCALL(number, name, nargs) NR_##name = number,
#include "guest/kernel/syscalls.h"
#undef SYSCALL
};

/* Arguments that are made when the program runs. */
enum {
	PATH = 1000001,
	BUF,
	ONES,
	FD,
	PIPE,
	OUT,
	DIRFD,
	EPOLL,
	TIMERFD,
	SOCKET,
	VECTOR,
	MESSAGE,
	SELF,
	PTY,
	NAME
};
#define AT (-100)

struct row {
	int number;
	unsigned pointers; /* bit i: argument i is one */
	long a[6];
};

/* Calls without pointers stand in a list of their own. */
static const struct row table[] = {
	{ NR_setxattr, 1, { PATH, NAME, BUF, 4, 0 } },
	{ NR_lsetxattr, 1, { PATH, NAME, BUF, 4, 0 } },
	{ NR_getxattr, 1, { PATH, NAME, BUF, 4 } },
	{ NR_lgetxattr, 1, { PATH, NAME, BUF, 4 } },
	{ NR_listxattr, 1, { PATH, BUF, 64 } },
	{ NR_llistxattr, 1, { PATH, BUF, 64 } },
	{ NR_removexattr, 1, { PATH, NAME } },
	{ NR_lremovexattr, 1, { PATH, NAME } },
	{ NR_getcwd, 1, { BUF, 64 } },
	{ NR_epoll_ctl, 8, { EPOLL, EPOLL_CTL_ADD, PIPE, BUF } },
	{ NR_epoll_pwait, 2 | 16, { EPOLL, BUF, 1, 0, BUF, 8 } },
	{ NR_fcntl, 4, { FD, F_GETLK, BUF } },
	{ NR_ioctl, 4, { PTY, TCGETS, BUF } },
	{ NR_mknodat, 2, { AT, PATH, S_IFREG } },
	{ NR_mkdirat, 2, { AT, PATH, 0700 } },
	{ NR_unlinkat, 2, { AT, PATH } },
	{ NR_symlinkat, 1 | 4, { PATH, AT, PATH } },
	{ NR_linkat, 2 | 8, { AT, PATH, AT, PATH } },
	{ NR_statfs, 1 | 2, { PATH, BUF } },
	{ NR_fstatfs, 2, { FD, BUF } },
	{ NR_truncate, 1, { PATH, 100 } },
	{ NR_faccessat, 2, { AT, PATH, R_OK } },
	{ NR_chdir, 1, { PATH } },
	{ NR_fchmodat, 2, { AT, PATH, 0600 } },
	{ NR_fchownat, 2, { AT, PATH, 0, 0, 0 } },
	{ NR_openat, 2, { AT, PATH, O_RDONLY } },
	{ NR_pipe2, 1, { BUF, 0 } },
	{ NR_getdents64, 2, { DIRFD, BUF, 256 } },
	{ NR_read, 2, { FD, BUF, 64 } },
	{ NR_write, 2, { OUT, BUF, 64 } },
	{ NR_readv, 2, { FD, VECTOR, 2 } },
	{ NR_writev, 2, { OUT, VECTOR, 2 } },
	{ NR_pread64, 2, { FD, BUF, 64, 0 } },
	{ NR_pwrite64, 2, { FD, BUF, 64, 0 } },
	{ NR_preadv, 2, { FD, VECTOR, 2, 0 } },
	{ NR_pwritev, 2, { FD, VECTOR, 2, 0 } },
	{ NR_preadv2, 2, { FD, VECTOR, 2, 0 } },
	{ NR_pwritev2, 2, { FD, VECTOR, 2, 0 } },
	{ NR_sendfile, 4, { OUT, FD, BUF, 10 } },
	{ NR_pselect6, 2 | 4 | 8 | 16 | 32, { 3, BUF, BUF, BUF, BUF, VECTOR } },
	{ NR_ppoll, 1 | 4 | 8, { BUF, 1, BUF, BUF, 8 } },
	{ NR_signalfd4, 2, { -1, BUF, 8, 0 } },
	{ NR_splice, 2, { FD, BUF, OUT, 0, 10, 0 } },
	{ NR_readlinkat, 2 | 4, { AT, SELF, BUF, 64 } },
	{ NR_newfstatat, 2 | 4, { AT, PATH, BUF } },
	{ NR_fstat, 2, { FD, BUF } },
	{ NR_timerfd_settime, 4 | 8, { TIMERFD, 0, BUF, BUF } },
	{ NR_timerfd_gettime, 2, { TIMERFD, BUF } },
	{ NR_utimensat, 2 | 4, { AT, PATH, BUF } },
	{ NR_waitid, 4 | 16, { P_ALL, 0, BUF, WEXITED | WNOWAIT, BUF } },
	{ NR_futex, 1, { BUF, 0, 1, 0 } },
	{ NR_get_robust_list, 2 | 4, { 0, BUF, BUF } },
	{ NR_nanosleep, 1, { BUF, BUF } },
	{ NR_getitimer, 2, { 0, BUF } },
	{ NR_setitimer, 2 | 4, { 0, BUF, BUF } },
	{ NR_timer_create, 2, { 0, BUF, BUF } },
	{ NR_timer_create, 4, { 0, 0, BUF } },
	{ NR_timer_gettime, 0, { 0, BUF } }, /* wants a timer first */
	{ NR_timer_settime, 4, { 0, 0, BUF, BUF } },
	{ NR_clock_settime, 0, { CLOCK_REALTIME, BUF } }, /* nobody may */
	{ NR_clock_gettime, 2, { CLOCK_REALTIME, BUF } },
	{ NR_clock_getres, 2, { CLOCK_REALTIME, BUF } },
	{ NR_clock_nanosleep, 4, { CLOCK_REALTIME, 0, BUF, BUF } },
	{ NR_sched_setparam, 2, { 0, BUF } },
	{ NR_sched_setscheduler, 4, { 0, 0, BUF } },
	{ NR_sched_getparam, 2, { 0, BUF } },
	{ NR_sched_rr_get_interval, 2, { 0, BUF } },
	{ NR_sched_setaffinity, 4, { 0, 8, ONES } },
	{ NR_sched_getaffinity, 4, { 0, 8, BUF } },
	{ NR_sigaltstack, 1, { BUF, BUF } },
	{ NR_sigaltstack, 2, { 0, BUF } },
	{ NR_rt_sigsuspend, 1, { BUF, 8 } },
	{ NR_rt_sigaction, 2 | 4, { SIGUSR1, BUF, BUF, 8 } },
	{ NR_rt_sigprocmask, 2 | 4, { SIG_BLOCK, BUF, BUF, 8 } },
	{ NR_rt_sigpending, 1, { BUF, 8 } },
	{ NR_rt_sigtimedwait, 1 | 4, { BUF, BUF, BUF, 8 } },
	{ NR_rt_sigqueueinfo, 4, { 1, 0, BUF } },
	{ NR_getresuid, 1 | 2 | 4, { BUF, BUF, BUF } },
	{ NR_getresgid, 1 | 2 | 4, { BUF, BUF, BUF } },
	{ NR_times, 1, { BUF } },
	{ NR_getgroups, 0, { 8, BUF } }, /* it has none to write */
	{ NR_setgroups, 2, { 1, BUF } },
	{ NR_uname, 1, { BUF } },
	{ NR_getrlimit, 2, { 0, BUF } },
	{ NR_setrlimit, 2, { 0, ONES } },
	{ NR_getrusage, 2, { 0, BUF } },
	{ NR_prctl, 2, { 16, BUF } },
	{ NR_getcpu, 1 | 2, { BUF, BUF, 0 } },
	{ NR_gettimeofday, 1, { BUF, 0 } },
	{ NR_adjtimex, 1, { BUF } },
	{ NR_clock_adjtime, 2, { CLOCK_REALTIME, BUF } },
	{ NR_sysinfo, 1, { BUF } },
	{ NR_capget, 1, { BUF, BUF } },
	{ NR_capset, 1, { BUF, BUF } },
	{ NR_socketpair, 8, { AF_UNIX, SOCK_STREAM, 0, BUF } },
	{ NR_getsockname, 2 | 4, { SOCKET, BUF, ONES } },
	{ NR_getpeername, 2 | 4, { SOCKET, BUF, ONES } },
	{ NR_sendto, 2, { SOCKET, BUF, 10, 0, 0, 0 } },
	{ NR_recvfrom, 0, { SOCKET, BUF, 10, MSG_DONTWAIT, 0, 0 } }, /* see read */
	{ NR_getsockopt, 8 | 16, { SOCKET, SOL_SOCKET, SO_TYPE, BUF, ONES } },
	{ NR_setsockopt, 0, { SOCKET, SOL_SOCKET, SO_SNDBUF, BUF, 4 } }, /* takes no notice */
	{ NR_sendmsg, 2, { SOCKET, MESSAGE, 0 } },
	{ NR_recvmsg, 2, { SOCKET, MESSAGE, MSG_DONTWAIT } },
	{ NR_execve, 1 | 2 | 4, { SELF, BUF, BUF } },
	{ NR_execveat, 2 | 4 | 8, { AT, SELF, BUF, BUF, 0 } },
	{ NR_mincore, 4, { BUF, 4096, BUF } },
	{ NR_riscv_hwprobe, 1, { BUF, 1, 0, 0, 0 } },
	{ NR_prlimit64, 4 | 8, { 0, 7, ONES, BUF } },
	{ NR_renameat2, 2 | 8, { AT, PATH, AT, PATH } },
	{ NR_getrandom, 1, { BUF, 16, 0 } },
	{ NR_memfd_create, 1, { NAME, 0 } },
	{ NR_copy_file_range, 2 | 8, { FD, BUF, FD, BUF, 4, 0 } },
	{ NR_statx, 2 | 16, { AT, PATH, 0, 0x7ff, BUF } },
	{ NR_clone3, 1, { BUF, 88 } },
	{ NR_faccessat2, 2, { AT, PATH, R_OK, 0 } },
	{ NR_fchmodat2, 2, { AT, PATH, 0600, 0 } },
};

/*
 * No pointer that is followed at once: descriptors, numbers, areas of the caller's own, what is looked at
 * when a thread ends or starts (set_tid_address, set_robust_list, rseq, clone), and calls whose first error
 * is another one (sockets without a name, what the kernel does not keep).
 */
static const int plain[] = {
	NR_fsetxattr,
	NR_fgetxattr,
	NR_flistxattr,
	NR_fremovexattr,
	NR_eventfd2,
	NR_epoll_create1,
	NR_dup,
	NR_dup3,
	NR_ioprio_set,
	NR_ioprio_get,
	NR_flock,
	NR_ftruncate,
	NR_fallocate,
	NR_fchdir,
	NR_fchmod,
	NR_fchown,
	NR_close,
	NR_lseek,
	NR_sync,
	NR_fsync,
	NR_fdatasync,
	NR_timerfd_create,
	NR_personality,
	NR_exit,
	NR_exit_group,
	NR_set_tid_address,
	NR_set_robust_list,
	NR_timer_getoverrun,
	NR_timer_delete,
	NR_sched_getscheduler,
	NR_sched_yield,
	NR_sched_get_priority_max,
	NR_sched_get_priority_min,
	NR_restart_syscall,
	NR_kill,
	NR_tkill,
	NR_tgkill,
	NR_rt_sigreturn,
	NR_setpriority,
	NR_getpriority,
	NR_reboot,
	NR_setregid,
	NR_setgid,
	NR_setreuid,
	NR_setuid,
	NR_setresuid,
	NR_setresgid,
	NR_setfsuid,
	NR_setfsgid,
	NR_setpgid,
	NR_getpgid,
	NR_getsid,
	NR_setsid,
	NR_umask,
	NR_getpid,
	NR_getppid,
	NR_getuid,
	NR_geteuid,
	NR_getgid,
	NR_getegid,
	NR_gettid,
	NR_socket,
	NR_bind,
	NR_listen,
	NR_accept,
	NR_connect,
	NR_shutdown,
	NR_readahead,
	NR_brk,
	NR_munmap,
	NR_mremap,
	NR_clone,
	NR_mmap,
	NR_fadvise64,
	NR_mprotect,
	NR_msync,
	NR_mlock,
	NR_munlock,
	NR_mlockall,
	NR_munlockall,
	NR_madvise,
	NR_accept4,
	NR_riscv_flush_icache,
	NR_wait4,
	NR_syncfs,
	NR_sync_file_range,
	NR_membarrier,
	NR_mlock2,
	NR_rseq,
	NR_pidfd_send_signal,
	NR_pidfd_open,
	NR_close_range,
};

static char *buffer, *edge; /* a page, and the end of one with nothing behind */
static uint64_t vector[4], message[7], ones[16];
static int fds[16];

static long value_of(long word)
{
	switch (word) {
	case PATH:
		return (long)"file";
	case SELF:
		return (long)"/proc/self/exe";
	case NAME:
		return (long)"user.name";
	case BUF:
		return (long)buffer;
	case ONES:
		return (long)ones;
	case VECTOR:
		return (long)vector;
	case MESSAGE:
		return (long)message;
	case FD:
	case PIPE:
	case OUT:
	case DIRFD:
	case EPOLL:
	case TIMERFD:
	case SOCKET:
	case PTY:
		return fds[word - FD];
	}
	return word;
}

static void prepare(void)
{
	int ends[2];

	buffer = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	munmap(buffer + 4096, 4096);
	edge = buffer + 4096;
	fds[FD - FD] = open("file", O_RDWR | O_CREAT, 0600);
	check("a file", write(fds[0], buffer, 4096) == 4096);
	if (!fork())
		_exit(0); /* for waitid */
	check("a pipe", pipe(ends) == 0);
	fds[PIPE - FD] = ends[0];
	fds[OUT - FD] = ends[1];
	fds[DIRFD - FD] = open("/dev", O_RDONLY | O_DIRECTORY);
	fds[EPOLL - FD] = epoll_create1(0);
	epoll_ctl(fds[EPOLL - FD], EPOLL_CTL_ADD, ends[1],
		  &(struct epoll_event){ .events = EPOLLOUT });
	fds[TIMERFD - FD] = timerfd_create(CLOCK_MONOTONIC, 0);
	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	fds[SOCKET - FD] = ends[0];
	fds[PTY - FD] = open("/dev/ptmx", O_RDWR | O_NOCTTY);
}

/* One call with argument i replaced: -errno. */
static long attempt(const struct row *row, unsigned i, uint64_t bad)
{
	long a[6];

	memset(buffer, 0, 4096);
	memset(ones, 0xff, sizeof(ones));
	ones[0] = row->number == NR_prlimit64 ? 200 : row->number == NR_sched_setaffinity ? 1 : 64;
	vector[0] = vector[2] = (uint64_t)buffer;
	vector[1] = vector[3] = 8;
	memset(message, 0, sizeof(message));
	lseek(fds[0], 0, SEEK_SET);
	lseek(fds[DIRFD - FD], 0, SEEK_SET);
	for (unsigned k = 0; k < 6; k++)
		a[k] = value_of(row->a[k]);
	a[i] = (long)bad;
	return syscall(row->number, a[0], a[1], a[2], a[3], a[4], a[5]) < 0 ? -errno : 0;
}

static const char *name_of(int number)
{
	switch (number) {
#define SYSCALL(number, name, nargs)                                                               \
	case number:                                                                               \
		return #name;
#include "guest/kernel/syscalls.h"
#undef SYSCALL
	}
	return "?";
}

static unsigned tried;

static void try_row(const struct row *row)
{
	const uint64_t bad[] = { 0xffffffc000000000, 0xffffffff80000000, 0xfffffffffffffff8,
				 0x4000000000,	     0x8000000000000000, 16,
				 (uint64_t)edge };

	for (unsigned i = 0; i < 6; i++) {
		if (!(row->pointers >> i & 1))
			continue;
		for (unsigned k = 0; k < sizeof(bad) / sizeof(bad[0]); k++) {
			long got = attempt(row, i, bad[k]);

			tried++;
			checks++;
			if (got == -EFAULT)
				continue;
			failures++;
			printf("NOT OK %s: argument %u is %#llx: errno %ld\n", name_of(row->number),
			       i, (unsigned long long)bad[k], -got);
		}
	}
}

static int is_known(int number)
{
	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		if (table[i].number == number)
			return 1;
	for (unsigned i = 0; i < sizeof(plain) / sizeof(plain[0]); i++)
		if (plain[i] == number)
			return 1;
	return 0;
}

int main(void)
{
	static const int all[] = {
#define SYSCALL(number, name, nargs) number,
#include "guest/kernel/syscalls.h"
#undef SYSCALL
	};

	signal(SIGPIPE, SIG_IGN);
	prepare();
	for (unsigned i = 0; i < sizeof(table) / sizeof(table[0]); i++)
		try_row(&table[i]);
	for (unsigned i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		checks++;
		failures += !is_known(all[i]);
		if (!is_known(all[i]))
			printf("NOT OK %s stands in no table of this test\n", name_of(all[i]));
	}
	printf("%u pointers tried\n", tried);
	finish();
}
