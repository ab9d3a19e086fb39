/*
 * Calls for --strace to decode: one or more of every kind of argument, results that are errors, calls
 * that do not exist, pointers that lead nowhere, signals with and without handlers, and children.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/un.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

static char buf[4096];
static volatile long sink; /* results that nobody looks at */

static void files(void)
{
	static const char bytes[] = "a\tb\n\"q\\\0011\377xyz 0123456789 0123456789 abc";
	struct iovec vector[2] = { { "one", 3 }, { "twotwo", 6 } };
	struct timespec times[2] = { { 1, 2 }, { 0, UTIME_NOW } };
	struct flock lock = { .l_type = F_WRLCK, .l_start = 1, .l_len = 2 };
	struct stat st;
	struct statx stx;
	int fd = open("file", O_RDWR | O_CREAT | O_TRUNC | O_APPEND, 0640);

	sink = write(fd, bytes, 40);
	sink = writev(fd, vector, 2);
	lseek(fd, 1, SEEK_SET);
	vector[0] = (struct iovec){ buf, 2 };
	vector[1] = (struct iovec){ buf + 10, 100 };
	sink = readv(fd, vector, 2);
	sink = read(fd, buf, 100);
	sink = pread(fd, buf, 100, 3);
	fstat(fd, &st);
	stat("/dev/null", &st);
	stat("nothing", &st);
	statx(AT_FDCWD, "file", AT_SYMLINK_NOFOLLOW, STATX_BASIC_STATS, &stx);
	fcntl(fd, F_GETFL);
	fcntl(fd, F_SETFL, O_NONBLOCK);
	fcntl(fd, F_SETFD, FD_CLOEXEC);
	fcntl(fd, F_GETFD);
	fcntl(fd, F_SETLK, &lock);
	fcntl(fd, F_DUPFD, 10);
	fallocate(fd, FALLOC_FL_KEEP_SIZE, 0, 100);
	utimensat(AT_FDCWD, "file", times, AT_SYMLINK_NOFOLLOW);
	mkdir("d", 0755);
	mknod("d/fifo", S_IFIFO | 0600, 0);
	sink = chown("d/fifo", (uid_t)-1, 5);
	chmod("d/fifo", 04755);
	sink = symlink("file", "d/link");
	sink = readlink("d/link", buf, sizeof(buf));
	rename("d/link", "d/other");
	access("d/other", R_OK | W_OK);
	syscall(SYS_getdents64, open("d", O_RDONLY | O_DIRECTORY), buf, sizeof(buf));
	unlink("d/other");
	sink = ioctl(fd, TCGETS, buf);
	sink = ioctl(fd, 0xc0125678, 3);
}

static void waiting(void)
{
	struct timespec one = { 1, 0 };
	struct epoll_event event = { EPOLLOUT | EPOLLET, { .u64 = 77 } };
	struct pollfd fds[3] = { { .events = POLLIN }, { .events = POLLOUT }, { .fd = -1 } };
	struct sockaddr_un name = { AF_UNIX, "/tmp/socket" };
	struct itimerspec at = { { 0, 0 }, { 1, 5 } };
	struct timeval zero = { 0, 0 };
	fd_set in, out;
	int ends[2], epoll = epoll_create1(EPOLL_CLOEXEC);

	sink = pipe2(ends, O_CLOEXEC);
	fds[0].fd = ends[0];
	fds[1].fd = ends[1];
	ppoll(fds, 3, &one, NULL);
	ppoll(fds, 1, &(struct timespec){ 0, 1000 }, NULL);
	FD_ZERO(&in);
	FD_SET(ends[0], &in);
	FD_ZERO(&out);
	FD_SET(ends[1], &out);
	select(ends[1] + 1, &in, &out, NULL, &zero);
	epoll_ctl(epoll, EPOLL_CTL_ADD, ends[1], &event);
	epoll_wait(epoll, &event, 1, 0);
	eventfd(3, EFD_NONBLOCK);
	timerfd_settime(timerfd_create(CLOCK_MONOTONIC, 0), TFD_TIMER_ABSTIME, &at, NULL);
	socketpair(AF_UNIX, SOCK_STREAM, 0, ends);
	send(ends[0], "hello", 5, MSG_NOSIGNAL);
	recv(ends[1], buf, 9, MSG_DONTWAIT);
	connect(socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0), (void *)&name, sizeof(name));
}

static void memory(void)
{
	unsigned char there[2];
	char *m = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	struct rlimit limit = { 100, 200 };

	m[0] = 1;
	mincore(m, 8192, there);
	madvise(m, 4096, MADV_DONTNEED);
	sink = write(-1, m + 4096, 9); /* never touched, nor will be for this */
	m = mremap(m, 8192, 4096, MREMAP_MAYMOVE);
	mprotect(m, 4096, PROT_NONE);
	msync(m, 4096, MS_SYNC);
	munmap(m, 4096);
	setrlimit(RLIMIT_NOFILE, &limit);
}

static void handler(int number)
{
	(void)number;
}

static void signals(void)
{
	struct sigaction action = { .sa_handler = handler, .sa_flags = SA_RESTART };
	struct itimerval soon = { { 0, 0 }, { 0, 10000 } };
	struct timespec second = { 1, 0 };
	siginfo_t info;
	sigset_t set, before;

	sigaddset(&action.sa_mask, SIGINT);
	sigaction(SIGUSR1, &action, NULL);
	raise(SIGUSR1);
	sigfillset(&set);
	sigprocmask(SIG_BLOCK, &set, &before);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = 5 });
	sigtimedwait(&set, &info, &second);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
	sigaction(SIGALRM, &action, NULL);
	setitimer(ITIMER_REAL, &soon, NULL);
	sigsuspend(&set);
	sigaltstack(&(stack_t){ .ss_sp = buf, .ss_size = sizeof(buf) }, NULL);
	prctl(PR_SET_NAME, "renamed");
	prctl(PR_GET_NAME, buf);
}

static void *thread(void *arg)
{
	sink = write(1, "thread\n", 7);
	return arg;
}

static void processes(void)
{
	char *words[] = { "/bin/true", "x", NULL };
	struct rusage usage;
	sigset_t none;
	pthread_t other;
	pid_t pid;
	int status;

	sigemptyset(&none);
	pthread_create(&other, NULL, thread, NULL);
	pthread_join(other, NULL);
	if (!fork())
		_exit(3);
	wait(&status);
	if (!(pid = fork()))
		for (;;)
			sigsuspend(&none);
	sched_yield();
	kill(pid, SIGKILL);
	wait4(pid, &status, 0, &usage);
	if (!(pid = fork())) {
		kill(getpid(), SIGSTOP);
		execve("/none", words, environ);
		execve(words[0], words, NULL);
	}
	waitpid(pid, &status, WUNTRACED);
	kill(pid, SIGCONT);
	waitpid(pid, &status, 0);
}

static void wild(void)
{
	syscall(1000, 1, 2, 3, 4, 5, 6);
	syscall(SYS_bpf, 0, 16, 0);
	syscall(SYS_openat, AT_FDCWD, 16L, O_RDONLY);
	syscall(SYS_openat, AT_FDCWD, NULL, O_RDONLY);
	syscall(SYS_openat, AT_FDCWD, -4096L, O_WRONLY | O_CREAT, 0);
	syscall(SYS_write, 1, 0xffffffc000000000, 5);
	syscall(SYS_writev, 1, 16L, 2);
	syscall(SYS_execve, 16L, 16L, 16L);
	syscall(SYS_rt_sigaction, SIGINT, 16L, 16L, 8);
	syscall(SYS_clock_gettime, 99, 16L);
	syscall(SYS_uname, 16L);
	*(volatile int *)0x1230 = 1;
}

int main(void)
{
	files();
	waiting();
	memory();
	signals();
	processes();
	wild();
}
