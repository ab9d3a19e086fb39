/*
 * A program on the guest at a pseudo-terminal of the host's: its size, its signals.  Each step waits for
 * a text, says that it has come, and then types.  What a terminal is to the guest tests/kernel/typed
 * looks at.
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

#define PATIENCE 1200 /* tenths of a second: what only guards against hanging */

/* Reads until `text` stands behind what was seen before; false if it does not come, or at the end. */
static int wait_for(const char *text)
{
	for (int tries = 0; tries < PATIENCE; tries++) {
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

static void step(const char *text, const char *keys, const char *sentence)
{
	int ok = wait_for(text);

	printf("%sok %d - %s\n", ok ? "" : "not ", ++number, sentence);
	if (!ok) {
		printf("# want %s, got %s\n", text, screen + seen);
		failed = 1;
	}
	if (keys && write(master, keys, strlen(keys)) < 0)
		failed = 1;
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

	for (int tries = 0; tries < PATIENCE && waitpid(pid, &status, WNOHANG) == 0; tries++)
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

/* It may not wait yet: the size changes until it has heard of it. */
static void resize_until(const char *text)
{
	for (int tries = 0; tries < PATIENCE && !strstr(screen + seen, text); tries++) {
		struct pollfd p = { master, POLLIN, 0 };
		ssize_t n;

		resize(120 + tries % 2, 40);
		if (poll(&p, 1, 100) <= 0)
			continue;
		n = read(master, screen + have, sizeof(screen) - have - 1);
		have += n > 0 ? n : 0;
		screen[have] = 0;
	}
}

static void program(void)
{
	char path[300];
	pid_t pid;

	snprintf(path, sizeof(path), "%s/tests/kernel/guest_terminal",
		 getenv("B") ? getenv("B") : "build");
	pid = start(path);
	step("size 100x30", NULL, "the window's size is the host's");
	step("resize", NULL, "it waits for a new size");
	resize_until("signal 28");
	step("read -1 Interrupted system call signal 28", NULL, "a new size raises SIGWINCH");
	step("size 12", NULL, "and is seen");
	step("interrupt", "\003", "^C is typed");
	step("^C", NULL, "and echoed");
	step("signal 2", NULL, "and raises SIGINT");
	step("suspend", "\001x", "Ctrl-A x is typed");
	end(pid, 0, "and ends the run");
}

int main(void)
{
	setvbuf(stdout, NULL, _IOLBF, 0);
	program();
	printf("1..%d\n", number);
	return failed;
}
