/*
 * Ctrl-A x, SIGINT and SIGTERM end the emulator whatever it is doing, and the terminal is as it was.
 * Each case runs on a terminal of its own; what it does is waited for, not slept for.
 */
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <termios.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

/* A second is promised; what only guards against hanging waits longer. */
#define PATIENCE_S 100

enum how { CTRL_A_X, BY_SIGINT, BY_SIGTERM };

struct doing {
	const char *name;
	const char *command; /* behind "faultline "; %G is the folder of the bare-metal guests */
	const char *text;    /* said when it is doing it; NULL: Ctrl-A s tells that it runs */
	const char *keys;    /* typed then; NULL: none */
	bool pipe;  /* standard output is a pipe that nobody reads: wait until it is full */
	bool flood; /* keys come without end */
};

static const struct doing all[] = {
	{ "spins", "boot -bios none -kernel %G/spin.elf", NULL, NULL, false, false },
	{ "spins slowly", "boot --slow -bios none -kernel %G/spin.elf", NULL, NULL, false, false },
	{ "spins, 4 harts", "boot -smp 4 -bios none -kernel %G/spin.elf", NULL, NULL, false,
	  false },
	{ "waits for keys", "boot -bios none -kernel %G/echo.elf", NULL, NULL, false, false },
	{ "waits for nothing", "boot -bios none -kernel %G/stuck.elf", NULL, NULL, false, false },
	{ "writes", "boot -bios none -kernel %G/chatter.elf", "aaaa", NULL, false, false },
	{ "writes to a full pipe", "boot -bios none -kernel %G/chatter.elf", NULL, NULL, true,
	  false },
	{ "spins while keys come", "boot -bios none -kernel %G/spin.elf", NULL, NULL, false, true },
	{ "echoes keys without end", "boot -bios none -kernel %G/echo.elf", NULL, NULL, false,
	  true },
	{ "runs a shell", "run sh", "$ ", NULL, false, false },
	{ "runs a loop", "run sh -c 'echo begun; while :; do :; done'", "begun", NULL, false,
	  false },
	{ "runs yes into a full pipe", "run sh -c yes", NULL, NULL, true, false },
	{ "is paused", "run --view tty sh", "home", "\001 ", false, false },
	{ "replays", "run --replay %T sh -c 'echo begun; while :; do :; done'", "begun", NULL,
	  false, false },
};

struct session {
	pid_t pid;
	int master, slave, out; /* out: the pipe's end that nobody reads, or -1 */
	struct termios before;
	char heard[4096]; /* the last of what it said */
	size_t n;
	time_t began;
};

static char replay_file[] = "/tmp/faultline-ends-XXXXXX";

static bool late(const struct session *s)
{
	const char *b = getenv("B");
	time_t patience = b && strstr(b, "san") ? 5 * PATIENCE_S : PATIENCE_S;

	return time(NULL) - s->began > patience;
}

/* Hear what it says, for up to 20 ms; type what it takes of n keys: returns how many. */
static size_t talk(struct session *s, const char *keys, size_t n)
{
	struct pollfd pfd = { .fd = s->master, .events = n ? POLLIN | POLLOUT : POLLIN };
	char buf[1024];
	ssize_t got = 0, typed = 0;

	if (poll(&pfd, 1, 20) <= 0)
		return 0;
	if (pfd.revents & POLLIN)
		got = read(s->master, buf, sizeof(buf));
	if (got > 0 && s->n + (size_t)got > sizeof(s->heard) - 1)
		s->n = 0;
	if (got > 0) {
		memcpy(s->heard + s->n, buf, (size_t)got);
		s->n += (size_t)got;
		s->heard[s->n] = 0;
	}
	if (pfd.revents & POLLOUT)
		typed = write(s->master, keys, n);
	return typed > 0 ? (size_t)typed : 0;
}

static void type(struct session *s, const char *keys)
{
	while (*keys && !late(s))
		keys += talk(s, keys, strlen(keys));
}

/* More than the host's terminal and the emulator together keep. */
static void flood(struct session *s)
{
	static char keys[1024];
	size_t typed = 0;

	memset(keys, 'a', sizeof(keys));
	while (typed < 100000 && !late(s))
		typed += talk(s, keys, sizeof(keys));
}

static void wait_for(struct session *s, const char *text)
{
	while (!strstr(s->heard, text) && !late(s))
		talk(s, NULL, 0);
	if (!strstr(s->heard, text))
		fail_msg("'%s' never came; last: %s", text, s->heard);
	s->n = 0;
	s->heard[0] = 0;
}

static void make_command(const struct doing *doing, char *buf, size_t size)
{
	const char *b = getenv("B") ? getenv("B") : "build";
	size_t n = (size_t)snprintf(buf, size, "exec %s/faultline ", b);

	for (const char *c = doing->command; *c; c++) {
		if (c[0] == '%' && c[1] == 'G')
			n += (size_t)snprintf(buf + n, size - n, "%s/tests/machine", b);
		else if (c[0] == '%' && c[1] == 'T')
			n += (size_t)snprintf(buf + n, size - n, "%s", replay_file);
		else
			n += (size_t)snprintf(buf + n, size - n, "%c", *c);
		c += *c == '%';
	}
}

static struct session start(const struct doing *doing)
{
	struct session s = { .master = posix_openpt(O_RDWR | O_NOCTTY),
			     .out = -1,
			     .began = time(NULL) };
	struct winsize size = { .ws_row = 40, .ws_col = 120 };
	int ends[2] = { -1, -1 };
	char command[1024];

	assert_true(s.master >= 0 && grantpt(s.master) == 0 && unlockpt(s.master) == 0);
	s.slave = open(ptsname(s.master), O_RDWR | O_NOCTTY);
	assert_true(s.slave >= 0);
	ioctl(s.slave, TIOCSWINSZ, &size);
	tcgetattr(s.slave, &s.before);
	fcntl(s.master, F_SETFL, O_NONBLOCK);
	if (doing->pipe)
		assert_int_equal(pipe(ends), 0);
	make_command(doing, command, sizeof(command));
	s.pid = fork();
	if (s.pid == 0) {
		setsid();
		ioctl(s.slave, TIOCSCTTY, 0);
		dup2(s.slave, 0);
		dup2(doing->pipe ? ends[1] : s.slave, 1);
		dup2(s.slave, 2);
		setenv("TERM", "xterm-256color", 1);
		for (int fd = 3; fd < 64; fd++)
			close(fd);
		execl("/bin/sh", "sh", "-c", command, NULL);
		_exit(127);
	}
	if (doing->pipe)
		close(ends[1]);
	s.out = ends[0];
	return s;
}

/* Until it does what it is to be interrupted in. */
static void settle(struct session *s, const struct doing *doing)
{
	int filled = 0;

	if (doing->text)
		wait_for(s, doing->text);
	/* Of 64 KiB the last page may not be full. */
	while (doing->pipe && filled <= 57344 && !late(s)) {
		talk(s, NULL, 0);
		ioctl(s->out, FIONREAD, &filled);
	}
	if (!doing->text && !doing->pipe) {
		/* Raw when it answers. */
		type(s, "\001s");
		wait_for(s, "instructions");
	}
	if (doing->keys)
		type(s, doing->keys);
	if (doing->flood)
		flood(s);
}

static void end(struct session *s, enum how how, int want)
{
	int status = -1;

	s->began = time(NULL);
	if (how == CTRL_A_X)
		type(s, "\001x");
	else
		kill(s->pid, how == BY_SIGINT ? SIGINT : SIGTERM);
	while (waitpid(s->pid, &status, WNOHANG) == 0) {
		talk(s, NULL, 0);
		if (late(s)) {
			kill(s->pid, SIGKILL);
			waitpid(s->pid, &status, 0);
			fail_msg("it went on");
		}
	}
	if (!WIFEXITED(status) || WEXITSTATUS(status) != want)
		fail_msg("want status %d, got 0x%x", want, (unsigned)status);
}

static void ends(enum how how, int status)
{
	for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++) {
		struct session s = start(&all[i]);
		struct termios after;

		print_message("# %s\n", all[i].name);
		settle(&s, &all[i]);
		end(&s, how, status);
		tcgetattr(s.slave, &after);
		assert_int_equal(s.before.c_lflag, after.c_lflag);
		assert_int_equal(s.before.c_iflag, after.c_iflag);
		assert_int_equal(s.before.c_oflag, after.c_oflag);
		assert_int_equal(s.before.c_cflag, after.c_cflag);
		close(s.master);
		close(s.slave);
		if (s.out >= 0)
			close(s.out);
	}
}

static void by_keys(void **state)
{
	(void)state;
	ends(CTRL_A_X, 0);
}

static void by_sigint(void **state)
{
	(void)state;
	ends(BY_SIGINT, 130);
}

static void by_sigterm(void **state)
{
	(void)state;
	ends(BY_SIGTERM, 143);
}

static int set_up(void **state)
{
	static const char script[] = "faultline input 1\nat 100000s eof\n";
	int fd = mkstemp(replay_file);

	(void)state;
	if (fd < 0 || write(fd, script, sizeof(script) - 1) < 0)
		return -1;
	return close(fd);
}

static int tear_down(void **state)
{
	(void)state;
	return unlink(replay_file);
}

int main(void)
{
#define TEST(fn, sentence)                                                                         \
	{                                                                                          \
		sentence, fn, NULL, NULL, NULL                                                     \
	}
	const struct CMUnitTest tests[] = {
		TEST(by_keys, "ends: Ctrl-A x ends it whatever it does, the terminal as it was"),
		TEST(by_sigint, "ends: SIGINT does, with status 130"),
		TEST(by_sigterm, "ends: SIGTERM does, with status 143"),
	};

	cmocka_set_message_output(CM_OUTPUT_TAP);
	return cmocka_run_group_tests(tests, set_up, tear_down);
}
