/*
 * A program on the guest at a pseudo-terminal: we type, and look at what appears.  Each step waits for a
 * text, says that it has come, and then types.
 */
#include <poll.h>
#include <pty.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static char screen[65536];
static size_t have, seen;
static int master, number, failed;

/* Reads until `text` stands behind what was seen before; false after ten seconds or at the end. */
static int wait_for(const char *text)
{
	for (int tries = 0; tries < 100; tries++) {
		struct pollfd p = { master, POLLIN, 0 };
		char *at = strstr(screen + seen, text);
		ssize_t n;

		if (at) {
			seen = at + strlen(text) - screen;
			return 1;
		}
		if (poll(&p, 1, 100) <= 0)
			continue;
		n = read(master, screen + have, sizeof(screen) - have - 1);
		if (n <= 0)
			return strstr(screen + seen, text) != NULL;
		have += n;
		screen[have] = 0;
	}
	return 0;
}

/* Let the guest come to its read: it must not depend on this, but typing ahead hides what is tested. */
static void settle(void)
{
	nanosleep(&(struct timespec){ 0, 150000000 }, NULL);
}

static void step(const char *text, const char *keys, const char *sentence)
{
	int ok = wait_for(text);

	printf("%sok %d - %s\n", ok ? "" : "not ", ++number, sentence);
	if (!ok) {
		printf("# want %s, got %s\n", text, screen + seen);
		failed = 1;
	}
	if (keys) {
		settle();
		if (write(master, keys, strlen(keys)) < 0)
			failed = 1;
	}
}

static void resize(int columns, int rows)
{
	struct winsize size = { rows, columns, 0, 0 };

	ioctl(master, TIOCSWINSZ, &size);
}

static pid_t start(const char *program)
{
	struct winsize size = { 30, 100, 0, 0 };
	char faultline[300];
	pid_t pid = forkpty(&master, NULL, NULL, &size);

	if (pid == 0) {
		snprintf(faultline, sizeof(faultline), "%s/faultline",
			 getenv("B") ? getenv("B") : "build");
		execl(faultline, faultline, "run", program, NULL);
		_exit(127);
	}
	have = seen = 0;
	screen[0] = 0;
	return pid;
}

static void end(pid_t pid, int want, const char *sentence)
{
	int status = -1;

	for (int tries = 0; tries < 50 && waitpid(pid, &status, WNOHANG) == 0; tries++)
		nanosleep(&(struct timespec){ 0, 100000000 }, NULL);
	if (status == -1) {
		kill(pid, SIGKILL);
		waitpid(pid, &status, 0);
	}
	printf("%sok %d - %s\n", WIFEXITED(status) && WEXITSTATUS(status) == want ? "" : "not ",
	       ++number, sentence);
	failed |= !(WIFEXITED(status) && WEXITSTATUS(status) == want);
	close(master);
}

static void program(void)
{
	char path[300];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/tests/kernel/guest_terminal",
		 getenv("B") ? getenv("B") : "build");
	pid = start(path);
	step("isatty 111 leader 1 foreground 1", NULL,
	     "the program leads a session in the foreground of its terminal");
	step("size 100x30", NULL, "the window's size is the host's");
	step("resize", NULL, "it waits for a new size");
	settle();
	resize(120, 40);
	step("read -1 Interrupted system call signal 28", NULL, "a new size raises SIGWINCH");
	step("size 120x40", NULL, "and is seen");
	step("interrupt", "\003", "^C is typed");
	step("^C", NULL, "and echoed");
	step("signal 2", NULL, "and raises SIGINT");
	step("suspend", "\032", "^Z is typed");
	step("signal 20", NULL, "and raises SIGTSTP");
	step("raw", "\003", "in raw mode ^C");
	step("got 1: 03", NULL, "is a character like others");
	step("timed read 0", NULL, "VTIME ends a read without input");
	step("three", "a", "VMIN 3 waits");
	settle();
	if (write(master, "bc", 2) != 2)
		failed = 1;
	step("got 3", NULL, "for three characters");
	step("background read: stopped by 21", NULL, "a background read stops with SIGTTIN");
	step("by /dev/tty", NULL, "/dev/tty is the controlling terminal");
	step("ttyname /dev/hvc0", NULL, "which has a name");
	step("line", "abX\177cdef gh\027ij\n", "a line is typed with an erase and a word erase");
	step("first 3 abc", NULL, "a short read takes its beginning");
	step("rest 7 def ij", NULL, "the next read takes the rest, edited");
	step("eof", "xy\004", "^D behind text");
	step("part 2", "\004", "gives the text, and alone");
	step("end 0", NULL, "is the end of file");
	end(pid, 0, "the program ends with status 0");
}

static void shell(void)
{
	pid_t pid = start("sh");

	step("$ ", "sleep 1000\n", "the shell prompts");
	settle();
	settle();
	step("sleep 1000", "\003", "a program runs in the foreground");
	step("$ ", "exit 5\n", "^C ends it, not the shell");
	end(pid, 5, "the shell's status is the run's");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	program();
	shell();
	printf("1..%d\n", number);
	return failed;
}
