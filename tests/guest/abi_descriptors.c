/* What programs expect of descriptors that are no files: eventfd, timerfd, signalfd, pidfd, memfd, pairs of
 * sockets, epoll, and of their number.  Runs under qemu-riscv64 as well. */
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
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/guest/check.h"

static short polled(int fd, short events)
{
	struct pollfd p = { fd, events, 0 };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

static void events(void)
{
	uint64_t value = 5;
	int fd = eventfd(3, EFD_NONBLOCK), status;
	struct stat st;

	check("an eventfd", fd >= 0 && fstat(fd, &st) == 0);
	check("is readable while it counts", polled(fd, POLLIN | POLLOUT) == (POLLIN | POLLOUT));
	check("writes add", write(fd, &value, 8) == 8 && read(fd, &value, 8) == 8 && value == 8);
	refused("reading takes all", read(fd, &value, 8), EAGAIN);
	value = UINT64_MAX;
	refused("the highest value cannot be written", write(fd, &value, 8), EINVAL);
	value = UINT64_MAX - 1;
	check("the next can", write(fd, &value, 8) == 8 && polled(fd, POLLOUT) == 0);
	value = 1;
	refused("and fills it", write(fd, &value, 8), EAGAIN);
	refused("less than 8 bytes", read(fd, &value, 4), EINVAL);
	close(fd);
	fd = eventfd(2, EFD_SEMAPHORE);
	check("a semaphore gives one at a time",
	      read(fd, &value, 8) == 8 && value == 1 && read(fd, &value, 8) == 8 && value == 1);
	if (fork() == 0) {
		value = 7;
		usleep(20000);
		_exit(write(fd, &value, 8) != 8);
	}
	check("a reader waits for a writer", read(fd, &value, 8) == 8 && value == 1);
	wait(&status);
	close(fd);
}

static void timers(void)
{
	struct itimerspec often = { { 0, 10000000 }, { 0, 10000000 } }, now, none = { 0 };
	struct itimerspec far = { { 0, 10000000 }, { 60, 0 } };
	int fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK);
	uint64_t expired = 0;

	check("a timerfd", fd >= 0);
	refused("that is not set", read(fd, &expired, 8), EAGAIN);
	check("is set", timerfd_settime(fd, 0, &far, NULL) == 0);
	check("tells its interval, and what is left of the first",
	      timerfd_gettime(fd, &now) == 0 && now.it_interval.tv_nsec == 10000000 &&
		      (now.it_value.tv_sec < 60 || now.it_value.tv_nsec == 0));
	check("is not yet due", polled(fd, POLLIN) == 0);
	check("is set anew", timerfd_settime(fd, 0, &often, NULL) == 0);
	check("tells its interval again", timerfd_gettime(fd, &now) == 0 &&
						  now.it_interval.tv_nsec == 10000000 &&
						  now.it_value.tv_nsec <= 10000000);
	check("wakes a poller",
	      poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, 2000) == 1 && read(fd, &expired, 8) == 8);
	usleep(45000);
	check("counts what was missed", read(fd, &expired, 8) == 8 && expired >= 3);
	check("is stopped", timerfd_settime(fd, 0, &none, &now) == 0 && now.it_value.tv_nsec > 0);
	usleep(20000);
	refused("for good", read(fd, &expired, 8), EAGAIN);
	refused("nanoseconds have a limit",
		timerfd_settime(fd, 0, &(struct itimerspec){ { 0, 0 }, { 0, 2000000000 } }, NULL),
		EINVAL);
	close(fd);
	fd = timerfd_create(CLOCK_REALTIME, 0);
	clock_gettime(CLOCK_REALTIME, &now.it_value);
	now.it_interval = (struct timespec){ 0, 0 };
	now.it_value.tv_sec -= 5;
	check("a time that has passed is due at once",
	      timerfd_settime(fd, TFD_TIMER_ABSTIME, &now, NULL) == 0 &&
		      read(fd, &expired, 8) == 8 && expired == 1);
	close(fd);
	refused("there is no such clock", timerfd_create(77, 0), EINVAL);
}

static void signals(void)
{
	struct signalfd_siginfo info[2];
	sigset_t set;
	int fd, status;
	pid_t child;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigaddset(&set, SIGCHLD);
	sigprocmask(SIG_BLOCK, &set, NULL);
	fd = signalfd(-1, &set, SFD_NONBLOCK | SFD_CLOEXEC);
	check("a signalfd", fd >= 0);
	refused("nothing is pending", read(fd, info, sizeof(info)), EAGAIN);
	kill(getpid(), SIGUSR1);
	check("a pending signal makes it readable", polled(fd, POLLIN) == POLLIN);
	check("and is read", read(fd, info, sizeof(info)) == sizeof(info[0]) &&
				     info[0].ssi_signo == SIGUSR1 &&
				     info[0].ssi_pid == (unsigned)getpid());
	child = fork();
	if (child == 0)
		_exit(9);
	check("a poller wakes for a child's end",
	      poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, 5000) == 1 &&
		      read(fd, info, sizeof(info)) == sizeof(info[0]) &&
		      info[0].ssi_signo == SIGCHLD && info[0].ssi_pid == (unsigned)child &&
		      info[0].ssi_status == 9);
	waitpid(child, &status, 0);
	sigdelset(&set, SIGUSR1);
	check("its set can be changed", signalfd(fd, &set, 0) == fd);
	kill(getpid(), SIGUSR1);
	check("and what is not in it stays pending", polled(fd, POLLIN) == 0);
	close(fd);
	signal(SIGUSR1, SIG_IGN);
	signal(SIGUSR1, SIG_DFL);
	sigemptyset(&set);
	sigprocmask(SIG_SETMASK, &set, NULL);
}

static void processes(void)
{
	siginfo_t info = { 0 };
	pid_t child = fork();
	int fd;

	if (child == 0)
		for (;;)
			pause();
	fd = (int)syscall(SYS_pidfd_open, child, 0);
	check("a pidfd", fd >= 0 && (fcntl(fd, F_GETFD) & FD_CLOEXEC));
	check("of a process that lives", polled(fd, POLLIN) == 0);
	check("carries a signal", syscall(SYS_pidfd_send_signal, fd, SIGTERM, NULL, 0) == 0);
	check("tells of the end", poll(&(struct pollfd){ fd, POLLIN, 0 }, 1, 5000) == 1);
	if (!getenv("WITNESS"))
		check("and is waited for", waitid((idtype_t)3, (id_t)fd, &info, WEXITED) == 0 &&
						   info.si_pid == child &&
						   info.si_status == SIGTERM);
	else
		waitpid(child, NULL, 0);
	refused("then it is gone", syscall(SYS_pidfd_send_signal, fd, 0, NULL, 0), ESRCH);
	close(fd);
	refused("of nobody", syscall(SYS_pidfd_open, 99999, 0), ESRCH);
	refused("a file is no pidfd", syscall(SYS_pidfd_send_signal, 1, 0, NULL, 0), EBADF);
}

static void memory(void)
{
	int fd = memfd_create("store", MFD_CLOEXEC);
	char path[64], name[80] = "";
	struct stat st;
	char *map;

	check("a memfd", fd >= 0 && fstat(fd, &st) == 0 && st.st_nlink == 0 && S_ISREG(st.st_mode));
	check("has a size",
	      ftruncate(fd, 10000) == 0 && fstat(fd, &st) == 0 && st.st_size == 10000);
	map = mmap(NULL, 10000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check("is mapped", map != MAP_FAILED);
	strcpy(map + 5000, "shared");
	check("and read", pread(fd, path, 7, 5000) == 7 && !strcmp(path, "shared"));
	check("and written",
	      pwrite(fd, "other", 6, 9000) == 6 && !strcmp(map + 9000, "other") && !map[9999]);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check("its name", readlink(path, name, sizeof(name) - 1) > 0 &&
				  !strcmp(name, "/memfd:store (deleted)"));
	munmap(map, 10000);
	close(fd);
	refused("a name that is too long", memfd_create(memset(calloc(1, 300), 'n', 290), 0),
		EINVAL);
	fd = open("/dev/zero", O_RDWR);
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	check("/dev/zero is mapped privately", map != MAP_FAILED && !map[0] && (map[1] = 1) == 1);
	munmap(map, 8192);
	map = mmap(NULL, 8192, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (map != MAP_FAILED && fork() == 0)
		_exit((map[4096] = 42) != 42);
	wait(NULL);
	check("and shared with a child", map != MAP_FAILED && map[4096] == 42);
	munmap(map, 8192);
	close(fd);
}

static void seals(void)
{
	int fd = memfd_create("sealed", MFD_ALLOW_SEALING | MFD_CLOEXEC);
	char *map;

	refused("without asking for it no seals",
		fcntl(memfd_create("plain", 0), F_ADD_SEALS, F_SEAL_GROW), EPERM);
	check("a memfd that can be sealed", fcntl(fd, F_GET_SEALS) == 0 &&
						    ftruncate(fd, 8192) == 0 &&
						    fcntl(fd, F_ADD_SEALS, F_SEAL_SHRINK) == 0);
	refused("does not shrink", ftruncate(fd, 4096), EPERM);
	check("but grows", ftruncate(fd, 12288) == 0 && fcntl(fd, F_ADD_SEALS, F_SEAL_GROW) == 0);
	refused("and then no more", ftruncate(fd, 16384), EPERM);
	check("a write ends at its end", pwrite(fd, "0123456789", 10, 12285) == 3);
	refused("none begins behind it", pwrite(fd, "x", 1, 20000), EPERM);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	refused("what is mapped for writing is written", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE),
		EBUSY);
	munmap(map, 4096);
	check("no more", fcntl(fd, F_ADD_SEALS, F_SEAL_WRITE) == 0);
	refused("not by write", write(fd, "x", 1), EPERM);
	refused("nor through memory",
		(long)mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0), EPERM);
	check("reading goes on", mmap(NULL, 4096, PROT_READ, MAP_SHARED, fd, 0) != MAP_FAILED);
	check("the seals are sealed",
	      fcntl(fd, F_ADD_SEALS, F_SEAL_SEAL) == 0 && fcntl(fd, F_GET_SEALS) == 15);
	refused("for good", fcntl(fd, F_ADD_SEALS, 0), EPERM);
	close(fd);
}

static volatile sig_atomic_t caught;

static void catch (int signal)
{
	(void)signal;
	caught++;
}

/* What is left of the time, and signals that are let in only to end the wait. */
static void waits(void)
{
	struct timespec limit = { 0, 20000000 }, now = { 0, 0 };
	struct timeval span = { 0, 20000 }, long_span = { 50, 0 };
	sigset_t none, set;
	fd_set read_set;
	struct pollfd p;
	char byte;
	int fds[2], ep = epoll_create1(0), outer = epoll_create1(0);
	struct epoll_event in = { .events = EPOLLIN };

	check("a pipe to wait for", pipe(fds) == 0);
	p = (struct pollfd){ fds[0], POLLIN, 0 };
	FD_ZERO(&read_set);
	FD_SET(fds[0], &read_set);
	check("of what was waited nothing is left",
	      select(fds[0] + 1, &read_set, NULL, NULL, &span) == 0 && !span.tv_sec &&
		      !span.tv_usec);
	if (!getenv("WITNESS"))
		check("nor in ppoll", syscall(SYS_ppoll, &p, 1, &limit, NULL, 0) == 0 &&
					      !limit.tv_sec && !limit.tv_nsec);
	FD_SET(fds[0], &read_set);
	check("of what was not waited most is",
	      write(fds[1], "x", 1) == 1 &&
		      select(fds[0] + 1, &read_set, NULL, NULL, &long_span) == 1 &&
		      (long_span.tv_sec == 49 || long_span.tv_sec == 50));
	signal(SIGUSR1, catch);
	sigemptyset(&none);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	sigprocmask(SIG_BLOCK, &set, NULL);
	raise(SIGUSR1);
	check("what is ready counts more than a signal", ppoll(&p, 1, &now, &none) == 1 && !caught);
	check("without it", read(fds[0], &byte, 1) == 1);
	refused("the signal ends even no wait at all", ppoll(&p, 1, &now, &none), EINTR);
	check("and is caught", caught == 1);
	sigprocmask(SIG_UNBLOCK, &set, NULL);
	if (!getenv("WITNESS"))
		refused("a set of another size", syscall(SYS_ppoll, &p, 1, &now, &none, 4), EINVAL);
	if (!getenv("WITNESS"))
		refused("more files than may be open",
			syscall(SYS_ppoll, &p, 1000000, &now, NULL, 0), EINVAL);
	refused("the null device is always ready",
		epoll_ctl(ep, EPOLL_CTL_ADD, open("/dev/null", O_RDWR), &in), EPERM);
	check("an epoll within an epoll",
	      epoll_ctl(ep, EPOLL_CTL_ADD, fds[0], &in) == 0 &&
		      epoll_ctl(outer, EPOLL_CTL_ADD, ep, &in) == 0 && !polled(outer, POLLIN) &&
		      write(fds[1], "y", 1) == 1 && polled(outer, POLLIN) == POLLIN);
	refused("not in a circle", epoll_ctl(ep, EPOLL_CTL_ADD, outer, &in), ELOOP);
	close(ep);
	close(outer);
	close(fds[0]);
	close(fds[1]);
}

static void pseudo_terminals(void)
{
	int master = posix_openpt(O_RDWR | O_NOCTTY), slave = -1, on = 1, number;
	struct winsize size = { 1, 1, 1, 1 };
	struct termios termios;
	char name[32], text[100];

	check("a pseudo-terminal", master >= 0 && ioctl(master, TIOCGPTN, &number) == 0);
	snprintf(name, sizeof(name), "/dev/pts/%d", number);
	refused("is locked at first", open(name, O_RDWR | O_NOCTTY), EIO);
	check("then open", unlockpt(master) == 0 && (slave = open(name, O_RDWR | O_NOCTTY)) >= 0);
	check("has no size", ioctl(slave, TIOCGWINSZ, &size) == 0 && !size.ws_row && !size.ws_col);
	refused("is nobody's controlling terminal", tcgetpgrp(slave), ENOTTY);
	refused("an unknown queue", tcflush(slave, 99), EINVAL);
	tcgetattr(slave, &termios);
	termios.c_lflag &= ~(unsigned)(ICANON | ECHO);
	termios.c_cc[VMIN] = 3;
	termios.c_cc[VTIME] = 0;
	tcsetattr(slave, TCSANOW, &termios);
	check("two of three characters are not enough",
	      write(master, "12", 2) == 2 && usleep(1000) == 0 && polled(slave, POLLIN) == 0);
	check("three are", write(master, "3", 1) == 1 &&
				   poll(&(struct pollfd){ slave, POLLIN, 0 }, 1, 1000) == 1 &&
				   read(slave, text, 10) == 3);
	check("in packet mode", ioctl(master, TIOCPKT, &on) == 0);
	check("a 0 stands before what was written", write(slave, "data", 4) == 4 &&
							    read(master, text, 100) == 5 &&
							    !memcmp(text, "\0data", 5));
	check("and what happened is told by itself",
	      tcflush(slave, TCIFLUSH) == 0 &&
		      polled(master, POLLIN | POLLPRI) == (POLLIN | POLLPRI) &&
		      read(master, text, 100) == 1 && text[0] == TIOCPKT_FLUSHREAD);
	close(slave);
	check("without a slave it is hung up", polled(master, POLLIN) & POLLHUP);
	close(master);
}

static void streams(void)
{
	char text[100], *big = calloc(1, 300000);
	struct iovec v[2] = { { text, 3 }, { text + 10, 20 } };
	struct msghdr message = { .msg_iov = v, .msg_iovlen = 2 };
	int s[2], type = 0, n = 0;
	socklen_t bytes = sizeof(type);
	struct sockaddr_storage name;
	struct stat st;
	long got, all = 0;

	check("a pair of stream sockets", socketpair(AF_UNIX, SOCK_STREAM, 0, s) == 0);
	check("that are sockets", fstat(s[0], &st) == 0 && S_ISSOCK(st.st_mode));
	check("of that type",
	      getsockopt(s[0], SOL_SOCKET, SO_TYPE, &type, &bytes) == 0 && type == SOCK_STREAM);
	bytes = sizeof(name);
	check("without a name", getsockname(s[0], (struct sockaddr *)&name, &bytes) == 0 &&
					name.ss_family == AF_UNIX && bytes == 2);
	check("carry bytes both ways", write(s[0], "one", 3) == 3 && write(s[1], "two!", 4) == 4 &&
					       read(s[1], text, 10) == 3 &&
					       read(s[0], text, 10) == 4 &&
					       !memcmp(text, "two!", 4));
	refused("an empty one need not wait", recv(s[0], text, 1, MSG_DONTWAIT), EAGAIN);
	check("peeking takes nothing",
	      send(s[0], "abcdef", 6, 0) == 6 && recv(s[1], text, 3, MSG_PEEK) == 3 &&
		      recv(s[1], text, 10, MSG_PEEK) == 6 && !memcmp(text, "abcdef", 6));
	check("a message into two pieces", recvmsg(s[1], &message, 0) == 6 &&
						   !memcmp(text + 10, "def", 3) &&
						   message.msg_namelen == 0);
	message.msg_iovlen = 2;
	v[1].iov_len = 5;
	check("and out of two", sendmsg(s[1], &message, 0) == 8 && recv(s[0], text, 100, 0) == 8);
	check("writable, not readable", polled(s[0], POLLIN | POLLOUT) == POLLOUT);
	if (fork() == 0) {
		for (long at = 0; at < 300000; at += n)
			if ((n = (int)write(s[1], big + at, (size_t)(300000 - at))) <= 0)
				_exit(1);
		_exit(0);
	}
	while (all < 300000 && (got = recv(s[0], big, 70000, 0)) > 0)
		all += got;
	check("more than it holds goes through", all == 300000);
	wait(NULL);
	check("shut down for writing", shutdown(s[1], SHUT_WR) == 0);
	check("is the end of the other's file", read(s[0], text, 1) == 0);
	check("which poll tells",
	      polled(s[0], POLLIN | POLLRDHUP | POLLOUT) == (POLLIN | POLLRDHUP | POLLOUT));
	check("the other way goes on", write(s[0], "x", 1) == 1 && read(s[1], text, 9) == 1);
	signal(SIGPIPE, SIG_IGN);
	refused("no more from here", write(s[1], "x", 1), EPIPE);
	close(s[1]);
	refused("nor to nobody", send(s[0], "x", 1, MSG_NOSIGNAL), EPIPE);
	check("which is a hang-up", polled(s[0], 0) == POLLHUP);
	close(s[0]);
	signal(SIGPIPE, SIG_DFL);
	refused("a file is no socket", send(1, "x", 1, 0), ENOTSOCK);
	refused("there is no such family", socketpair(AF_INET6, SOCK_STREAM, 0, s),
		getenv("WITNESS") ? EOPNOTSUPP : EAFNOSUPPORT);
	free(big);
}

static void records(void)
{
	char text[100];
	struct iovec v[2] = { { text, 3 }, { text + 10, 3 } };
	struct msghdr message = { .msg_iov = v, .msg_iovlen = 2 };
	int s[2];

	check("a pair of datagram sockets",
	      socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, s) == 0);
	check("keeps records apart",
	      send(s[0], "one", 3, 0) == 3 && send(s[0], "three", 5, 0) == 5 &&
		      send(s[0], "", 0, 0) == 0 && recv(s[1], text, 100, 0) == 3 &&
		      recv(s[1], text, 100, MSG_PEEK) == 5 && recv(s[1], text, 100, 0) == 5 &&
		      recv(s[1], text, 100, 0) == 0);
	check("cuts what does not fit",
	      send(s[0], "abcdefghij", 10, 0) == 10 && send(s[0], "next", 4, 0) == 4 &&
		      recv(s[1], text, 4, MSG_TRUNC) == 10 && recv(s[1], text, 100, 0) == 4);
	check("into two pieces, and says so",
	      send(s[0], "abcdefghij", 10, 0) == 10 && recvmsg(s[1], &message, 0) == 6 &&
		      (message.msg_flags & MSG_TRUNC) && !memcmp(text + 10, "def", 3));
	message.msg_flags = 0;
	check("out of two pieces", sendmsg(s[0], &message, 0) == 6 &&
					   recv(s[1], text + 20, 50, 0) == 6 &&
					   !memcmp(text + 20, "abcdef", 6));
	refused("nothing left", recv(s[1], text, 100, 0), EAGAIN);
	close(s[0]);
	close(s[1]);
}

static int ready(int ep)
{
	struct epoll_event event[4];

	return epoll_wait(ep, event, 4, 0);
}

/* Who asks for nothing is still told of the end; who was told once is not. */
static void ends(void)
{
	struct epoll_event event = { 0 }, got;
	int p[2], e = epoll_create1(0);

	check("watched for nothing",
	      pipe(p) == 0 && epoll_ctl(e, EPOLL_CTL_ADD, p[0], &event) == 0 &&
		      write(p[1], "x", 1) == 1 && epoll_wait(e, &got, 1, 0) == 0);
	close(p[1]);
	check("the end is told", epoll_wait(e, &got, 1, 0) == 1 && got.events == EPOLLHUP);
	event.events = EPOLLONESHOT;
	check("once, if once was asked for", epoll_ctl(e, EPOLL_CTL_MOD, p[0], &event) == 0 &&
						     epoll_wait(e, &got, 1, 0) == 1 &&
						     epoll_wait(e, &got, 1, 0) == 0);
	close(p[0]);
	close(e);
}

static void edges(void)
{
	struct epoll_event in = { .events = EPOLLIN | EPOLLET }, level = { .events = EPOLLIN },
			   once = { .events = EPOLLIN | EPOLLONESHOT };
	int ep = epoll_create1(EPOLL_CLOEXEC), p[2], event = eventfd(0, 0), fds[8][2];
	uint64_t value = 1;
	char text[100];
	unsigned seen = 0;

	check("pipes for epoll", ep >= 0 && pipe(p) == 0);
	check("level", epoll_ctl(ep, EPOLL_CTL_ADD, p[0], &level) == 0 && ready(ep) == 0);
	check("is told again and again",
	      write(p[1], "ab", 2) == 2 && ready(ep) == 1 && ready(ep) == 1);
	check("edge", epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &in) == 0);
	check("is told once", ready(ep) == 1 && ready(ep) == 0);
	check("not when something is read", read(p[0], text, 1) == 1 && ready(ep) == 0);
	check("but when something more comes", write(p[1], "c", 1) == 1 && ready(ep) == 1);
	check("also if it was emptied in between", read(p[0], text, 9) == 2 &&
							   write(p[1], "d", 1) == 1 &&
							   ready(ep) == 1 && ready(ep) == 0);
	check("one shot", epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &once) == 0 && ready(ep) == 1 &&
				  write(p[1], "e", 1) == 1 && ready(ep) == 0);
	check("the end of file is an edge", epoll_ctl(ep, EPOLL_CTL_MOD, p[0], &in) == 0 &&
						    ready(ep) == 1 && close(p[1]) == 0 &&
						    ready(ep) == 1);
	close(p[0]);
	check("an eventfd", epoll_ctl(ep, EPOLL_CTL_ADD, event, &in) == 0 && ready(ep) == 0 &&
				    write(event, &value, 8) == 8 && ready(ep) == 1 &&
				    ready(ep) == 0 && write(event, &value, 8) == 8 &&
				    ready(ep) == 1);
	close(event);
	check("a closed file drops out", ready(ep) == 0);
	for (int i = 0; i < 8; i++) {
		level.data.u32 = (unsigned)i;
		if (pipe(fds[i]) || epoll_ctl(ep, EPOLL_CTL_ADD, fds[i][0], &level) ||
		    write(fds[i][1], "x", 1) != 1)
			check("eight pipes", 0);
	}
	for (int i = 0; i < 4; i++) {
		struct epoll_event two[2];
		int n = epoll_wait(ep, two, 2, 0);

		while (n-- > 0)
			seen |= 1u << two[n].data.u32;
	}
	check("with room for two everybody gets a turn", seen == 0xff);
	for (int i = 0; i < 8; i++) {
		close(fds[i][0]);
		close(fds[i][1]);
	}
	close(ep);
}

/* More descriptors than a page of words holds. */
static void many(void)
{
	struct rlimit limit;
	fd_set set;
	int p[2], fd, high;

	getrlimit(RLIMIT_NOFILE, &limit);
	if (!getenv("WITNESS"))
		check("1024 descriptors, or 4096 if asked for",
		      limit.rlim_cur == 1024 && limit.rlim_max == 4096);
	limit.rlim_cur = limit.rlim_max < 4096 ? limit.rlim_max : 4096;
	setrlimit(RLIMIT_NOFILE, &limit);
	check("a pipe", pipe(p) == 0 && write(p[1], "x", 1) == 1);
	check("a descriptor of 1000", (fd = fcntl(p[0], F_DUPFD, 1000)) == 1000);
	FD_ZERO(&set);
	FD_SET(1000, &set);
	check("is selected", select(1001, &set, NULL, NULL, &(struct timeval){ 0, 0 }) == 1 &&
				     FD_ISSET(1000, &set));
	if (limit.rlim_cur >= 4096) {
		check("one of 4000",
		      (high = dup2(p[0], 4000)) == 4000 && polled(high, POLLIN) == POLLIN);
		if (fork() == 0)
			_exit(read(4000, &high, 1) != 1);
		check("is inherited", wait(&fd) > 0 && fd == 0);
		refused("none of 4096", dup2(p[0], 4096), EBADF);
		refused("nor from there on", fcntl(p[0], F_DUPFD, 4096), EINVAL);
	}
	fcntl(p[1], F_SETFD, FD_CLOEXEC);
	check("close_range", syscall(SYS_close_range, p[0], 5000, getenv("WITNESS") ? 0 : 2) == 0 &&
				     fcntl(1000, F_GETFD) == -1 && fcntl(p[0], F_GETFD) == -1);
	limit.rlim_cur = 20;
	setrlimit(RLIMIT_NOFILE, &limit);
	while ((fd = dup(1)) >= 0)
		high = fd;
	check("the soft limit holds", errno == EMFILE && high == 19);
}

int main(void)
{
	events();
	timers();
	signals();
	processes();
	memory();
	seals();
	waits();
	pseudo_terminals();
	streams();
	records();
	edges();
	ends();
	many();
	finish();
}
