/* What a program sees of its terminal; tests/kernel/terminal.c types. */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

static volatile int last_signal;

static void on_signal(int signal)
{
	last_signal = signal;
}

static void size(void)
{
	struct winsize size;

	ioctl(1, TIOCGWINSZ, &size);
	printf("size %dx%d\n", size.ws_col, size.ws_row);
}

static void background(void)
{
	int status = 0;
	pid_t child = fork();

	if (child == 0) {
		char byte;

		setpgid(0, 0);
		read(0, &byte, 1);
		_exit(0);
	}
	setpgid(child, child);
	waitpid(child, &status, WUNTRACED);
	printf("background read: %s %d\n", WIFSTOPPED(status) ? "stopped by" : "?",
	       WIFSTOPPED(status) ? WSTOPSIG(status) : status);
	kill(child, SIGKILL);
	waitpid(child, &status, 0);
}

static void raw(void)
{
	struct termios cooked, mode;
	char bytes[64];
	int n;

	tcgetattr(0, &cooked);
	mode = cooked;
	cfmakeraw(&mode);
	tcsetattr(0, TCSANOW, &mode);
	printf("raw\r\n");
	n = read(0, bytes, sizeof(bytes));
	printf("got %d: %02x\r\n", n, bytes[0]);
	mode.c_cc[VMIN] = 0;
	mode.c_cc[VTIME] = 2;
	tcsetattr(0, TCSANOW, &mode);
	printf("timed read %d\r\n", (int)read(0, bytes, sizeof(bytes)));
	mode.c_cc[VMIN] = 3;
	mode.c_cc[VTIME] = 0;
	tcsetattr(0, TCSANOW, &mode);
	printf("three\r\n");
	printf("got %d\r\n", (int)read(0, bytes, sizeof(bytes)));
	tcsetattr(0, TCSANOW, &cooked);
}

int main(void)
{
	struct sigaction action = { .sa_handler = on_signal };
	struct pollfd poll_in = { 0, POLLIN, 0 };
	char bytes[64], name[64] = "";
	int n, fd;

	setvbuf(stdout, NULL, _IONBF, 0);
	printf("isatty %d%d%d leader %d foreground %d\n", isatty(0), isatty(1), isatty(2),
	       getsid(0) == getpid(), tcgetpgrp(0) == getpgrp());
	size();
	sigaction(SIGWINCH, &action, NULL);
	sigaction(SIGINT, &action, NULL);
	sigaction(SIGTSTP, &action, NULL);
	printf("resize\n");
	n = read(0, bytes, 1);
	printf("read %d %s signal %d\n", n, strerror(errno), last_signal);
	size();
	printf("interrupt\n");
	n = read(0, bytes, 1);
	printf("read %d signal %d\n", n, last_signal);
	printf("suspend\n");
	n = read(0, bytes, 1);
	printf("read %d signal %d\n", n, last_signal);
	raw();
	background();
	fd = open("/dev/tty", O_RDWR);
	dprintf(fd, "by /dev/tty\n");
	ttyname_r(0, name, sizeof(name));
	printf("ttyname %s\n", name);
	printf("line\n");
	poll(&poll_in, 1, -1);
	n = read(0, bytes, 3);
	printf("first %d %.*s\n", n, n, bytes);
	n = read(0, bytes, sizeof(bytes));
	printf("rest %d %.*s", n, n, bytes);
	printf("eof\n");
	n = read(0, bytes, sizeof(bytes));
	printf("part %d\n", n);
	n = read(0, bytes, sizeof(bytes));
	printf("end %d\n", n);
	return 0;
}
