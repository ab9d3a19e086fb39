/*
 * Process 1: starts the program that /etc/run names, reaps whatever ends, and when the program has
 * ended kills the rest, syncs and powers off, handing the program's wait status to the kernel.
 *
 * /etc/run is a sequence of NUL-terminated strings: the number of arguments, the arguments (the
 * first is the absolute path of the program), the number of environment strings, those strings,
 * and the working directory. Without the file the shell is started on the console.
 *
 * No C library: this stays resident beside every program, so it is a page of text and one of stack.
 */
#include "guest/user/lib/sys.h"

void __attribute__((noreturn)) tiny_start(long *sp);

static size_t length(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

static void say(const char *s)
{
	sys_write(2, s, length(s));
}

static const char *reason(int err)
{
	switch (err) {
	case -ENOENT:
		return "no such file";
	case -EACCES:
		return "permission denied";
	case -ENOEXEC:
		return "not a program that this system runs";
	case -ENOMEM:
		return "not enough memory";
	case -E2BIG:
		return "argument list too long";
	case -ENOTDIR:
		return "not a directory";
	case -EISDIR:
		return "is a directory";
	case -EIO:
		return "input/output error";
	}
	return "cannot be run";
}

static void __attribute__((noreturn)) refuse(const char *path, int err, int status)
{
	say("init: ");
	say(path);
	say(": ");
	say(reason(err));
	say("\n");
	sys_exit(status);
}

static long number(const char *s)
{
	long n = 0;

	while (*s >= '0' && *s <= '9')
		n = n * 10 + *s++ - '0';
	return n;
}

/*
 * Takes a counted list of strings from *at (not past `end`): sets `list`, which has room for
 * `room` pointers and is ended by a null one. Returns how many it took, or -1.
 */
static long take_list(char **at, const char *end, char **list, long room)
{
	long n;

	if (*at >= end)
		return -1;
	n = number(*at);
	if (n >= room)
		return -1;
	*at += length(*at) + 1;
	for (long i = 0; i < n; i++) {
		if (*at >= end)
			return -1;
		list[i] = *at;
		*at += length(*at) + 1;
	}
	list[n] = NULL;
	return n;
}

static void __attribute__((noreturn)) exec_or_refuse(char **argv, char **envp)
{
	int err = sys_execve(argv[0], argv, envp);

	refuse(argv[0], err, err == -ENOENT ? 127 : 126);
}

static void __attribute__((noreturn)) run_shell(void)
{
	static char *argv[] = { "/bin/sh", NULL };
	static char *envp[] = { "HOME=/home", "PATH=/bin:/sbin", "TERM=linux", NULL };

	sys_chdir("/home");
	exec_or_refuse(argv, envp);
}

/* Reads the file behind the break: the text, then room for as many pointers as it has strings. */
static void __attribute__((noreturn)) run_file(int fd)
{
	struct stat st;
	char *text, *at, **argv, **envp;
	long size, room, n, got = 0;
	int err;

	if (sys_fstat(fd, &st) < 0)
		refuse("/etc/run", -EIO, 126);
	size = st.st_size;
	text = (char *)((sys_brk(0) + 15) & -16l);
	/* No string is shorter than its NUL, so there are at most `size`; count them exactly. */
	if (sys_brk((unsigned long)text + (unsigned long)size + 1) < (long)text + size)
		refuse("/etc/run", -ENOMEM, 126);
	while (got < size && (n = sys_read(fd, text + got, (size_t)(size - got))) > 0)
		got += n;
	sys_close(fd);
	text[got] = 0;
	room = 4;
	for (long i = 0; i < got; i++)
		room += !text[i];
	argv = (char **)(((long)text + got + 16) & -16l);
	if (sys_brk((unsigned long)(argv + 2 * room)) < (long)(argv + 2 * room))
		refuse("/etc/run", -ENOMEM, 126);
	envp = argv + room;
	at = text;
	if (take_list(&at, text + got, argv, room) < 1 ||
	    take_list(&at, text + got, envp, room) < 0)
		refuse("/etc/run", -ENOEXEC, 126);
	if (at < text + got && (err = sys_chdir(at)) < 0)
		refuse(at, err, 126);
	exec_or_refuse(argv, envp);
}

/* The child: a session of its own, with the terminal if standard input is one. */
static void __attribute__((noreturn)) start_program(void)
{
	char termios[64];
	int fd;

	sys_setsid();
	if (sys_ioctl(0, TCGETS, termios) == 0)
		sys_ioctl(0, TIOCSCTTY, NULL);
	fd = sys_open("/etc/run", O_RDONLY | O_CLOEXEC, 0);
	if (fd < 0)
		run_shell();
	run_file(fd);
}

void tiny_start(long *sp)
{
	struct stat st;
	int pid, got, status, last = 0;

	(void)sp;
	if (sys_fstat(0, &st) < 0 && sys_open("/dev/console", O_RDWR, 0) == 0) {
		sys_dup2(0, 1);
		sys_dup2(0, 2);
	}
	pid = sys_fork();
	if (pid == 0)
		start_program();
	if (pid < 0) {
		say("init: cannot start a process\n");
		last = 126 << 8;
	}
	while (pid > 0) {
		got = sys_wait4(-1, &status, 0);
		if (got == pid) {
			last = status;
			break;
		}
		if (got == -ECHILD)
			break;
	}
	sys_kill(-1, SIGKILL);
	do
		got = sys_wait4(-1, &status, 0);
	while (got > 0 || got == -EINTR);
	sys_sync();
	sys_reboot((long)LINUX_REBOOT_MAGIC1, LINUX_REBOOT_MAGIC2, LINUX_REBOOT_CMD_POWER_OFF,
		   last);
	say("init: the system does not power off\n");
	sys_exit(1);
}
