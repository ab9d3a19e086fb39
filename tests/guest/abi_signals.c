/* What programs expect of signals that wait, of the stacks that handlers run on, of timers, of children,
 * process groups and what they become by exec.  Runs on this Linux as well. */
#define _GNU_SOURCE
#include <alloca.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timex.h>
#include <sys/wait.h>
#include <time.h>
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

static char *deep;

/* Leaves less of its stack than the next one needs. */
static void fill_up(int sig)
{
	char here, *rest;

	if (&here < deep)
		_exit(9);
	rest = alloca((size_t)(&here - deep - 700));
	rest[0] = 1;
	raise(sig);
	_exit(rest[0]);
}

static void full_stack(void)
{
	struct sigaction act = { .sa_handler = fill_up, .sa_flags = SA_ONSTACK | SA_NODEFER };
	stack_t stack = { .ss_size = 65536 };
	pid_t pid = fork();
	int status;

	if (pid == 0) {
		deep = mmap(NULL, 131072, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
			    0);
		deep += 65536;
		stack.ss_sp = deep;
		sigaltstack(&stack, NULL);
		sigaction(SIGUSR2, &act, NULL);
		raise(SIGUSR2);
		_exit(8);
	}
	check("a handler that does not fit on its stack any more is a segmentation fault",
	      waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
		      WTERMSIG(status) == SIGSEGV);
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

static int end_at_once(void *status)
{
	_exit(*(int *)status);
}

/* A child that ends with no signal, or with another than SIGCHLD. */
static void clones(void)
{
	static char stack[16384] __attribute__((aligned(16)));
	int code = 5, status;
	pid_t pid = clone(end_at_once, stack + sizeof(stack), 0, &code);

	usleep(20000);
	refused("wait does not see a clone", waitpid(-1, &status, WNOHANG), ECHILD);
	check("with __WCLONE it does", waitpid(-1, &status, __WCLONE) == pid && WIFEXITED(status) &&
					       WEXITSTATUS(status) == 5);
	pid = clone(end_at_once, stack + sizeof(stack), SIGURG, &code);
	refused("nor one that sends SIGURG", waitpid(pid, &status, 0), ECHILD);
	check("with __WALL it does", waitpid(pid, &status, __WALL) == pid);
	pid = clone(end_at_once, stack + sizeof(stack), SIGCHLD, &code);
	refused("a child is no clone", waitpid(pid, &status, __WCLONE), ECHILD);
	check("it is waited for as ever", waitpid(pid, &status, 0) == pid);
}

/* It comes by work, not by sleep. */
static void cpu_timer(const char *what, clockid_t clock)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGUSR1 };
	struct itimerspec set = { .it_value = { 0, 20000000 } }, now;
	struct timespec start, used;
	timer_t timer;

	catch (SIGUSR1, SA_RESTART);
	if (timer_create(clock, &event, &timer) || timer_settime(timer, 0, &set, NULL)) {
		check(what, 0);
		return;
	}
	usleep(60000);
	check(what, hits == 0 && timer_gettime(timer, &now) == 0 && now.it_value.tv_nsec > 0);
	clock_gettime(clock, &start);
	do
		clock_gettime(clock, &used);
	while (!hits &&
	       (used.tv_sec - start.tv_sec) * 1000 + (used.tv_nsec - start.tv_nsec) / 1000000 <
		       2000);
	check("which comes, once",
	      hits == 1 && timer_gettime(timer, &now) == 0 && now.it_value.tv_nsec == 0);
	timer_delete(timer);
}

static void timers(void)
{
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGURG };
	struct itimerspec set = { { 3, 0 }, { 5, 0 } }, now;
	struct timeval left;
	timer_t timer;

	check("a timer", timer_create(CLOCK_MONOTONIC, &event, &timer) == 0 &&
				 timer_settime(timer, 0, &set, NULL) == 0 &&
				 timer_gettime(timer, &now) == 0 && now.it_interval.tv_sec == 3);
	set.it_value.tv_sec = 0;
	check("disarmed it has no interval either",
	      timer_settime(timer, 0, &set, NULL) == 0 && timer_gettime(timer, &now) == 0 &&
		      !now.it_interval.tv_sec && !now.it_value.tv_sec);
	timer_delete(timer);
	cpu_timer("of the process's CPU time", CLOCK_PROCESS_CPUTIME_ID);
	cpu_timer("of the thread's CPU time", CLOCK_THREAD_CPUTIME_ID);
	check("adjtime that only asks", adjtime(NULL, &left) == 0);
}

/* What the child says that runs `how`. */
static int executed(void (*how)(int fd), int fd)
{
	int status;

	fflush(stdout);
	if (fork() == 0) {
		how(fd);
		_exit(errno);
	}
	wait(&status);
	return WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static char *const name_only[] = { "called", "again", NULL }, *const nothing[] = { NULL };

static void by_descriptor(int fd)
{
	fexecve(fd, name_only, nothing);
}

static void by_place(int fd)
{
	syscall(SYS_execveat, fd, "abi-program", name_only, nothing, 0);
}

static void by_link(int fd)
{
	syscall(SYS_execveat, fd, "abi-link", name_only, nothing, AT_SYMLINK_NOFOLLOW);
}

static void without_arguments(int fd)
{
	(void)fd;
	execve("/proc/self/exe", nothing, nothing);
}

static void undumpable(int fd)
{
	prctl(PR_SET_DUMPABLE, 0);
	by_descriptor(fd);
}

static void by_script(int fd)
{
	(void)fd;
	execve("/tmp/abi-script", nothing, nothing);
}

/* A script of this first line, which may end with the file. */
static int script(const char *line, size_t spaces)
{
	int fd = open("/tmp/abi-script", O_WRONLY | O_CREAT | O_TRUNC, 0755);
	char text[400];
	int status;

	snprintf(text, sizeof(text), "#!%*s%s", (int)spaces, "", line);
	if (fd < 0 || write(fd, text, strlen(text)) != (ssize_t)strlen(text) || close(fd))
		return -1;
	status = executed(by_script, 0);
	unlink("/tmp/abi-script");
	return status;
}

#define AGAIN 77

static void execs(void)
{
	int self = open("/proc/self/exe", O_RDONLY | O_CLOEXEC), here = open("/tmp", O_PATH);
	char path[4096] = "";

	check("fexecve", executed(by_descriptor, self) == AGAIN);
	check("fexecve of a directory", executed(by_descriptor, here) == EACCES);
	check("of nothing", executed(by_descriptor, 999) == EBADF);
	check("two links to the program", readlink("/proc/self/exe", path, sizeof(path) - 1) > 0 &&
						  symlink(path, "/tmp/abi-program") == 0 &&
						  symlink(path, "/tmp/abi-link") == 0);
	check("execveat from a place", executed(by_place, here) == AGAIN);
	check("of no link", executed(by_link, here) == ELOOP);
	check("a program always has a name", executed(without_arguments, 0) == AGAIN);
	check("and may be dumped", executed(undumpable, self) == AGAIN);
	check("a script", script("/tmp/abi-program again\n", 0) == AGAIN);
	check("of a line that nothing ends", script("/tmp/abi-program again", 0) == AGAIN);
	check("of one that is longer than what is read",
	      script("/tmp/abi-program", 247) == ENOEXEC);
	unlink("/tmp/abi-program");
	unlink("/tmp/abi-link");
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

	check("a pipe", pipe(p) == 0);
	until.fd = p[0];
	pid = fork();
	if (pid == 0)
		leave_one_stopped(p[1]);
	waitpid(pid, &status, 0);
	check("a stopped group that is orphaned goes on", poll(&until, 1, 5000) == 1);
	check("after SIGHUP and SIGCONT", read_byte(p) == 'y');
}

static void *nicer(void *result)
{
	setpriority(PRIO_PROCESS, 0, 7);
	*(int *)result = getpriority(PRIO_PROCESS, 0);
	return NULL;
}

static void niceness(void)
{
	pthread_t thread;
	int other = 0;

	if (pthread_create(&thread, NULL, nicer, &other) == 0)
		pthread_join(thread, NULL);
	check("a thread is nice", other == 7);
	check("for itself only", getpriority(PRIO_PROCESS, 0) == 0);
}

int main(int argc, char **argv)
{
	if (!argv[0][0] || (argc >= 2 && !strcmp(argv[1], "again")))
		return prctl(PR_GET_DUMPABLE) == 1 && argc ? AGAIN : 1;
	queues();
	stacks();
	full_stack();
	children();
	time_left();
	orphaned_groups();
	clones();
	timers();
	execs();
	niceness();
	finish();
}
