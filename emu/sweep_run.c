/* Many runs at once: each a child that executes this same program. */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emu/session.h"
#include "emu/sweep.h"

#define CHILDREN_MOST 256

/* Seen by the signal handler, which passes every request to end on to the children. */
static volatile sig_atomic_t asked;
static volatile pid_t child[CHILDREN_MOST];

static void on_end(int number)
{
	asked = number;
	for (int i = 0; i < CHILDREN_MOST; i++)
		if (child[i] > 0)
			kill(child[i], SIGTERM);
}

static void put_at(int fd, int want)
{
	if (fd < 0 || dup2(fd, want) < 0)
		_exit(STATUS_FAILED);
	if (fd != want)
		close(fd);
}

/* A regular file as standard input is read from its beginning by each of them. */
static int open_input(void)
{
	struct stat st;

	if (fstat(0, &st) == 0 && S_ISREG(st.st_mode))
		return open("/proc/self/fd/0", O_RDONLY | O_CLOEXEC);
	return open("/dev/null", O_RDONLY | O_CLOEXEC);
}

static void become_run(char **argv, const char *log, pid_t parent)
{
	int in = open_input(), out = open("/dev/null", O_WRONLY | O_CLOEXEC);
	int err = open(log, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0666);

	put_at(in, 0);
	put_at(out, 1);
	put_at(err, 2);
	/* Nothing is left behind, even if we are killed without a chance to tell. */
	prctl(PR_SET_PDEATHSIG, SIGTERM);
	if (getppid() != parent)
		_exit(STATUS_FAILED);
	execv("/proc/self/exe", argv);
	_exit(STATUS_FAILED);
}

/* With signals held, so that the handler knows every child there is. */
static pid_t start(char **argv, const char *log, int slot)
{
	pid_t parent = getpid(), pid;
	sigset_t all, before;

	sigfillset(&all);
	sigprocmask(SIG_SETMASK, &all, &before);
	pid = asked ? -1 : fork();
	if (pid == 0) {
		signal(SIGINT, SIG_DFL);
		signal(SIGTERM, SIG_DFL);
		signal(SIGHUP, SIG_DFL);
		signal(SIGPIPE, SIG_DFL);
		sigprocmask(SIG_SETMASK, &before, NULL);
		become_run(argv, log, parent);
	}
	child[slot] = pid;
	sigprocmask(SIG_SETMASK, &before, NULL);
	return pid;
}

static void catch (struct sigaction old[3], bool restore)
{
	static const int numbers[3] = { SIGINT, SIGTERM, SIGHUP };
	struct sigaction action;

	memset(&action, 0, sizeof(action));
	action.sa_handler = on_end;
	for (int i = 0; i < 3; i++)
		sigaction(numbers[i], restore ? &old[i] : &action, restore ? NULL : &old[i]);
}

static void progress(size_t done, size_t count)
{
	if (!isatty(2))
		return;
	fprintf(stderr, "\rfaultline: %zu of %zu runs%s", done, count, done == count ? "\n" : "");
	fflush(stderr);
}

/* One of them has ended: note it and free its place. */
static bool reap(const struct sweep_jobs *jobs, size_t *running_run, unsigned places)
{
	int status;
	pid_t pid = waitpid(-1, &status, 0);

	if (pid < 0)
		return errno == EINTR;
	for (unsigned i = 0; i < places; i++) {
		if (child[i] == pid) {
			jobs->status[running_run[i]] = status;
			child[i] = 0;
			return true;
		}
	}
	return true;
}

int sweep_run_jobs(const struct sweep_jobs *jobs)
{
	unsigned places = jobs->jobs < CHILDREN_MOST ? jobs->jobs : CHILDREN_MOST;
	size_t next = 0, done = 0, run_of[CHILDREN_MOST];
	struct sigaction old[3];

	asked = 0;
	catch (old, false);
	for (;;) {
		unsigned busy = 0;

		for (unsigned i = 0; i < places; i++) {
			if (!child[i] && next < jobs->count && !asked) {
				run_of[i] = next;
				jobs->status[next] = -1;
				if (start(jobs->argv[next], jobs->log[next], (int)i) < 0)
					child[i] = 0;
				next++;
			}
			busy += child[i] != 0;
		}
		done = next - busy;
		progress(done, jobs->count);
		if (!busy || !reap(jobs, run_of, places))
			break;
	}
	catch (old, true);
	return asked;
}
