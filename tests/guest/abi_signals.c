/* What programs expect of signals that wait, of the stacks that handlers run on, and of children and
 * process groups.  Runs on this Linux as well. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/guest/check.h"

static volatile sig_atomic_t hits, order[8];

static void count(int sig)
{
	if (hits < 8)
		order[hits] = sig;
	hits++;
}

static void catch (int sig, int flags)
{
	struct sigaction act = { .sa_handler = count, .sa_flags = flags };

	sigaction(sig, &act, NULL);
	hits = 0;
}

/* Closes the pipe's writing end in the parent once the child has it. */
static int read_byte(int p[2])
{
	char byte = 0;

	close(p[1]);
	if (read(p[0], &byte, 1) != 1)
		byte = 0;
	close(p[0]);
	return byte;
}

static int queue_until_full(void)
{
	struct rlimit limit = { 3, 3 };
	sigset_t all;
	int n = 0;

	sigfillset(&all);
	sigprocmask(SIG_BLOCK, &all, NULL);
	if (setrlimit(RLIMIT_SIGPENDING, &limit) || setuid(12345)) /* of a user with none waiting */
		return 255;
	while (n < 50 && sigqueue(getpid(), SIGRTMIN, (union sigval){ n }) == 0)
		n++;
	if (errno != EAGAIN || kill(getpid(), SIGUSR1))
		return 254;
	sigpending(&all);
	return sigismember(&all, SIGUSR1) ? n : 253;
}

static void queues(void)
{
	siginfo_t info = { .si_signo = SIGUSR1, .si_code = SI_TKILL };
	struct sigaction act = { .sa_handler = count, .sa_flags = 0x400 | SA_NODEFER };
	int status;

	refused("a signal cannot pretend to another to be tgkill's",
		syscall(SYS_rt_sigqueueinfo, getppid(), SIGUSR1, &info), EPERM);
	catch (SIGUSR1, 0);
	check("but to oneself", syscall(SYS_rt_sigqueueinfo, getpid(), SIGUSR1, &info) == 0);
	check("and it comes", hits == 1);
	check("a flag that nobody knows", sigaction(SIGUSR1, &act, NULL) == 0);
	sigaction(SIGUSR1, NULL, &act);
	check("reads back as 0", !(act.sa_flags & 0x400) && (act.sa_flags & SA_NODEFER));
	fflush(stdout);
	if (fork() == 0)
		_exit(queue_until_full());
	check("RLIMIT_SIGPENDING bounds what sigqueue queues, not kill",
	      wait(&status) > 0 && WIFEXITED(status) && WEXITSTATUS(status) == 3);
}

#define SS_AUTODISARM_ (1u << 31)

static volatile int inside_flags;
static volatile uintptr_t inside_at;

static void look_inside(int sig)
{
	stack_t now;

	(void)sig;
	inside_at = (uintptr_t)&now;
	sigaltstack(NULL, &now);
	inside_flags = now.ss_flags;
}

static void stacks(void)
{
	stack_t stack = { .ss_size = 65536, .ss_flags = (int)SS_AUTODISARM_ }, now;
	struct sigaction act = { .sa_handler = look_inside, .sa_flags = SA_ONSTACK };
	uintptr_t at;

	stack.ss_sp = mmap(NULL, 65536, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	at = (uintptr_t)stack.ss_sp;
	check("a stack that is disarmed while it is used", sigaltstack(&stack, NULL) == 0);
	sigaction(SIGUSR2, &act, NULL);
	raise(SIGUSR2);
	check("the handler runs on it", inside_at > at && inside_at < at + 65536);
	check("and finds none", inside_flags == SS_DISABLE);
	check("afterwards it is there again",
	      sigaltstack(NULL, &now) == 0 && now.ss_sp == stack.ss_sp && now.ss_size == 65536);
	check("with its flag", now.ss_flags == (int)SS_AUTODISARM_);
	stack.ss_flags = SS_DISABLE | SS_ONSTACK;
	refused("neither and both", sigaltstack(&stack, NULL), EINVAL);
	stack.ss_flags = SS_DISABLE;
	sigaltstack(&stack, NULL);
}

static void children(void)
{
	int status;
	pid_t pid;

	catch (SIGCHLD, SA_NOCLDWAIT);
	pid = fork();
	if (pid == 0) {
		usleep(20000);
		_exit(3);
	}
	refused("SA_NOCLDWAIT: the wait lasts, and finds nobody, whatever the handler says",
		waitpid(pid, &status, 0), ECHILD);
	check("which has run", hits == 1);
	signal(SIGCHLD, SIG_DFL);
}

static void alarmed_after(long microseconds)
{
	struct itimerval timer = { .it_value = { 0, microseconds } };

	catch (SIGALRM, SA_RESTART);
	setitimer(ITIMER_REAL, &timer, NULL);
}

static void time_left(void)
{
	struct timeval left = { 5, 0 };
	struct timespec spec = { 5, 0 };
	struct pollfd none = { -1, 0, 0 };

	alarmed_after(20000);
	refused("select is not restarted", select(0, NULL, NULL, NULL, &left), EINTR);
	check("and says what was left", hits == 1 && left.tv_sec == 4 && left.tv_usec > 0);
	alarmed_after(20000);
	refused("nor ppoll", syscall(SYS_ppoll, &none, 1, &spec, NULL, 8), EINTR);
	check("which says it too", spec.tv_sec == 4 && spec.tv_nsec > 0);
	left = (struct timeval){ 0, 1000 };
	check("nothing is left at the end",
	      select(0, NULL, NULL, NULL, &left) == 0 && !left.tv_sec && !left.tv_usec);
}

/* A child, in a group of its own, stops; its parent ends. */
static void leave_one_stopped(int fd)
{
	pid_t pid = fork();
	int status;

	if (pid) {
		waitpid(pid, &status, WUNTRACED);
		_exit(0);
	}
	setpgid(0, 0);
	catch (SIGCONT, 0);
	catch (SIGHUP, 0);
	raise(SIGSTOP);
	_exit(write(fd, hits == 2 && (order[0] == SIGHUP || order[1] == SIGHUP) ? "y" : "n", 1) !=
	      1);
}

static void orphaned_groups(void)
{
	struct pollfd until = { .events = POLLIN };
	int p[2], status;
	pid_t pid;

	if (pipe(p))
		return;
	until.fd = p[0];
	pid = fork();
	if (pid == 0)
		leave_one_stopped(p[1]);
	waitpid(pid, &status, 0);
	check("a stopped group that is orphaned goes on", poll(&until, 1, 5000) == 1);
	check("after SIGHUP and SIGCONT", read_byte(p) == 'y');
}

int main(void)
{
	queues();
	stacks();
	children();
	time_left();
	orphaned_groups();
	finish();
}
