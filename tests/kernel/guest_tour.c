/*
 * A tour of the system calls that allocate kernel memory, for a kernel that refuses some of it: whatever
 * fails must fail whole and say so, and what has succeeded must be right.  A child takes each station, for
 * it may be killed; how many ended well is told, and is nobody's fault if not all.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define PAGE 4096ul
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW   (PROT_READ | PROT_WRITE)

static const char *self;
static int wrong;

#define right(condition)                                                                           \
	do {                                                                                       \
		if (!(condition)) {                                                                \
			printf("tour: line %d: %s\n", __LINE__, #condition);                       \
			fflush(stdout);                                                            \
			wrong = 1;                                                                 \
		}                                                                                  \
	} while (0)

static void mapping(void)
{
	char *p = mmap(NULL, 40 * PAGE, RW, ANON, -1, 0), *q;

	if (p == MAP_FAILED)
		return;
	for (size_t i = 0; i < 40; i++)
		p[i * PAGE] = (char)i;
	for (size_t i = 1; i < 40; i += 3)
		mprotect(p + i * PAGE, PAGE, PROT_READ);
	munmap(p + 20 * PAGE, PAGE);
	q = mremap(p, 10 * PAGE, 20 * PAGE, MREMAP_MAYMOVE);
	for (size_t i = 0; i < 10 && q != MAP_FAILED; i++)
		right(q[i * PAGE] == (char)i);
	madvise(p + 30 * PAGE, 10 * PAGE, MADV_DONTNEED);
	mlock(p + 22 * PAGE, 2 * PAGE);
	q = mmap(NULL, 4 * PAGE, RW, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (q != MAP_FAILED)
		q[PAGE] = 7;
	q = mmap((void *)0x2000000000, PAGE, RW, ANON | MAP_FIXED, -1, 0);
	if (q != MAP_FAILED)
		*q = 3; /* tables of its own */
	sbrk(100 * PAGE);
}

static void files(void)
{
	char name[40], text[200];
	int fd, dir;

	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "%s/tour%d", i ? "/tmp" : ".", i);
		if (mkdir(name, 0700) || chdir(name))
			continue;
		fd = open("file", O_RDWR | O_CREAT, 0600);
		if (fd >= 0 && write(fd, "some text", 9) == 9)
			right(pread(fd, text, 9, 0) == 9 && !memcmp(text, "some text", 9));
		flock(fd, LOCK_SH);
		fcntl(fd, F_SETLK, &(struct flock){ .l_type = F_WRLCK, .l_len = 100 });
		fcntl(fd, F_SETLK, &(struct flock){ .l_type = F_UNLCK, .l_start = 10, .l_len = 5 });
		symlink("file", "link");
		link("file", "other");
		rename("other", "third");
		if (stat("link", &(struct stat){ 0 }) == 0 && readlink("link", text, 100) > 0)
			right(!memcmp(text, "file", 4));
		dir = open(".", O_RDONLY | O_DIRECTORY);
		syscall(SYS_getdents64, dir, text, sizeof(text));
		getcwd(text, sizeof(text));
		ftruncate(fd, 100000);
		lseek(fd, 50000, SEEK_SET);
		write(fd, text, 100);
		copy_file_range(fd, &(loff_t){ 0 }, fd, &(loff_t){ 200000 }, 5000, 0);
		fsync(fd);
		close(fd);
		close(dir);
		unlink("file");
		unlink("link");
		unlink("third");
		unlink("other");
		chdir("/home");
		rmdir(name);
	}
}

static void descriptors(void)
{
	int p[2] = { -1, -1 }, s[2] = { -1, -1 }, ep = epoll_create1(0), i;
	struct epoll_event event = { .events = EPOLLIN };
	struct pollfd fds[2];
	char text[5000] = "", back[5000];
	struct iovec v = { text, 10 };
	struct msghdr message = { .msg_iov = &v, .msg_iovlen = 1 };
	fd_set set;
	sigset_t signals;

	pipe2(p, O_NONBLOCK);
	if (write(p[1], "pipe", 4) == 4)
		right(read(p[0], back, 9) == 4 && !memcmp(back, "pipe", 4));
	for (i = 0; i < 12; i++)
		write(p[1], text, sizeof(text));
	epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &event);
	epoll_wait(ep, &event, 1, 0);
	socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, s);
	if (sendmsg(s[0], &message, 0) == 10)
		right(recv(s[1], back, 100, 0) == 10 || errno == ENOMEM);
	sigemptyset(&signals);
	sigaddset(&signals, SIGUSR2);
	signalfd(-1, &signals, 0);
	eventfd(1, 0);
	timerfd_create(CLOCK_MONOTONIC, 0);
	syscall(SYS_memfd_create, "tour", 0);
	syscall(SYS_pidfd_open, getpid(), 0);
	fds[0] = (struct pollfd){ p[0], POLLIN, 0 };
	fds[1] = (struct pollfd){ s[1], POLLIN, 0 };
	poll(fds, 2, 0);
	FD_ZERO(&set);
	if (p[0] >= 0)
		FD_SET(p[0], &set);
	select(p[0] + 1, &set, NULL, NULL, &(struct timeval){ 0, 0 });
	for (i = 0; i < 40; i++)
		dup(0);
	dup2(0, 900);
	open("/proc/self/maps", O_RDONLY);
	i = open("/proc/self/status", O_RDONLY);
	read(i, back, sizeof(back));
	i = open("/dev/ptmx", O_RDWR);
	write(i, "x", 1);
}

static volatile int hits;

static void handler(int sig)
{
	hits += sig != 0;
}

static void signals(void)
{
	struct sigaction action = { .sa_handler = handler };
	timer_t timer;
	sigset_t set;

	sigaction(SIGUSR1, &action, NULL);
	sigaction(SIGRTMIN, &action, NULL);
	sigaction(SIGALRM, &action, NULL);
	kill(getpid(), SIGUSR1);
	sigemptyset(&set);
	sigaddset(&set, SIGRTMIN);
	sigprocmask(SIG_BLOCK, &set, NULL);
	for (int i = 0; i < 5; i++)
		sigqueue(getpid(), SIGRTMIN, (union sigval){ .sival_int = i });
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	if (timer_create(CLOCK_MONOTONIC, NULL, &timer) == 0) {
		timer_settime(timer, 0, &(struct itimerspec){ { 0, 0 }, { 0, 1000000 } }, NULL);
		usleep(3000);
	}
	right(hits >= 1);
}

static void *worker(void *arg)
{
	char *p = mmap(NULL, 4 * PAGE, RW, ANON, -1, 0);

	if (p != MAP_FAILED)
		p[PAGE] = 1;
	return arg;
}

static void processes(void)
{
	char *args[] = { (char *)self, (char *)"executed", NULL }, *env[] = { NULL };
	pthread_t threads[3];
	int made[3], status, *shared;
	pid_t pid;

	for (int i = 0; i < 3; i++)
		made[i] = pthread_create(&threads[i], NULL, worker, &made[i]) == 0;
	for (int i = 0; i < 3; i++)
		if (made[i])
			pthread_join(threads[i], NULL);
	if (posix_spawn(&pid, self, NULL, NULL, args, env) == 0)
		waitpid(pid, &status, 0);
	shared = malloc(20 * PAGE);
	if (shared)
		memset(shared, 5, 20 * PAGE);
	for (int i = 0; i < 3; i++) {
		pid = fork();
		if (pid == 0) {
			if (shared)
				shared[i * 1000] = i;
			execve(self, args, env);
			_exit(3);
		}
		if (pid > 0 && waitpid(pid, &status, 0) == pid && WIFEXITED(status))
			right(WEXITSTATUS(status) == 77 || WEXITSTATUS(status) == 3 ||
			      WEXITSTATUS(status) == 127);
	}
	right(!shared || shared[1000] == 0x05050505);
}

/* What a station that was cut short has left, so that the kernel can be asked what it still holds. */
static void clean_up(void)
{
	static const char *const names[] = { "file", "link", "other", "third" };
	char path[60];

	for (int i = 0; i < 12; i++) {
		snprintf(path, sizeof(path), "%s/tour%d/%s", i % 3 ? "/tmp" : ".", i % 3,
			 names[i / 3]);
		unlink(path);
	}
	for (int i = 0; i < 3; i++) {
		snprintf(path, sizeof(path), "%s/tour%d", i ? "/tmp" : ".", i);
		rmdir(path);
	}
}

/* Descriptors come in pairs, or not at all: in each child the table must grow for them. */
static int pairs(void)
{
	int status, made = 0, refused = 0, bad = 0;

	for (int i = 0; i < 120; i++) {
		pid_t pid = fork();

		if (pid == 0) {
			int fd[2] = { -7, -7 }, error;

			for (int k = 0; k < i / 2; k++) /* another allocation fails each time */
				close(eventfd(0, 0));
			while (dup(0) >= 0 && fcntl(15, F_GETFD) < 0)
				;
			error = i % 2 ? pipe(fd) : socketpair(AF_UNIX, SOCK_STREAM, 0, fd);
			if (error)
				_exit(fd[0] != -7 || fcntl(16, F_GETFD) >= 0 ? 3 : 1);
			_exit(fd[0] == 16 && fd[1] == 17 ? 2 : 3);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
			continue;
		refused += WEXITSTATUS(status) == 1;
		made += WEXITSTATUS(status) == 2;
		bad += WEXITSTATUS(status) == 3;
	}
	printf("pairs: %d made, %d refused, %d wrong\n", made, refused, bad);
	return bad != 0 || !made || !refused;
}

int main(int argc, char **argv)
{
	static void (*const stations[])(void) = { mapping, files, descriptors, signals, processes };
	int status, well = 0, bad = 0;

	if (argc > 1 && !strcmp(argv[1], "executed"))
		return 77;
	if (argc > 1 && !strcmp(argv[1], "pairs"))
		return pairs();
	self = argv[0];
	for (size_t i = 0; i < sizeof(stations) / sizeof(stations[0]); i++) {
		pid_t pid = fork();

		if (pid == 0) {
			alarm(20);
			stations[i]();
			_exit(wrong);
		}
		if (pid < 0 || waitpid(pid, &status, 0) != pid)
			continue;
		well += status == 0;
		bad += WIFEXITED(status) && WEXITSTATUS(status) != 0;
		bad += WIFSIGNALED(status) && WTERMSIG(status) == SIGALRM;
	}
	clean_up();
	printf("tour: %d stations well, %d wrong\n", well, bad);
	return bad != 0;
}
