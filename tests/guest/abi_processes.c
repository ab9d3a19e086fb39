/* What programs expect of processes, signals and time. Runs under qemu-riscv64 as well. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <poll.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/prctl.h>
#include <sys/random.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysinfo.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/guest/check.h"

static volatile sig_atomic_t hits, last_signal, last_code, last_pid;

static void count(int sig)
{
	hits++;
	last_signal = sig;
}

static void inform(int sig, siginfo_t *info, void *context)
{
	(void)context;
	hits++;
	last_signal = sig;
	last_code = info->si_code;
	last_pid = info->si_pid;
}

static void catch (int sig, int flags)
{
	struct sigaction act = { .sa_handler = count, .sa_flags = flags };

	sigaction(sig, &act, NULL);
	hits = 0;
}

static pid_t child_that_sleeps(void)
{
	pid_t pid = fork();

	if (pid == 0)
		for (;;)
			pause();
	return pid;
}

static void waiting(void)
{
	struct rusage usage;
	siginfo_t info;
	int status;
	pid_t pid, other;

	refused("wait without children", wait(&status), ECHILD);
	pid = fork();
	if (pid == 0)
		_exit(42);
	check("the exit status of a child",
	      waitpid(pid, &status, 0) == pid && WIFEXITED(status) && WEXITSTATUS(status) == 42);
	pid = child_that_sleeps();
	check("WNOHANG finds nobody yet", waitpid(pid, &status, WNOHANG) == 0);
	check("kill", kill(pid, SIGTERM) == 0);
	check("the signal that ended a child", wait4(pid, &status, 0, &usage) == pid &&
						       WIFSIGNALED(status) &&
						       WTERMSIG(status) == SIGTERM);
	refused("it is gone", kill(pid, 0), ESRCH);
	pid = child_that_sleeps();
	check("kill 9",
	      kill(pid, SIGKILL) == 0 && wait(&status) == pid && WTERMSIG(status) == SIGKILL);
	pid = child_that_sleeps();
	check("a child is stopped", kill(pid, SIGSTOP) == 0 &&
					    waitpid(pid, &status, WUNTRACED) == pid &&
					    WIFSTOPPED(status) && WSTOPSIG(status) == SIGSTOP);
	check("and goes on", kill(pid, SIGCONT) == 0 && waitpid(pid, &status, WCONTINUED) == pid &&
				     WIFCONTINUED(status));
	kill(pid, SIGKILL);
	check("and ends", waitpid(pid, &status, 0) == pid);
	pid = child_that_sleeps();
	other = fork();
	if (other == 0)
		_exit(1);
	check("wait for one of two",
	      waitpid(other, &status, 0) == other && WEXITSTATUS(status) == 1);
	kill(pid, SIGKILL);
	check("wait for any", wait(&status) == pid);
	pid = fork();
	if (pid == 0)
		_exit(9);
	check("waitid leaves it there with WNOWAIT",
	      waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT) == 0 && info.si_status == 9);
	check("and takes it without", waitid(P_PID, (id_t)pid, &info, WEXITED) == 0 &&
					      info.si_pid == pid &&
					      waitpid(pid, &status, WNOHANG) == -1);
}

static void orphans(void)
{
	int fds[2], status, tries = 10000;
	pid_t parent_seen = 0, middle;

	check("pipe", pipe(fds) == 0);
	middle = fork();
	if (middle == 0) {
		middle = getpid();
		if (fork() == 0) {
			while (getppid() == middle && tries--)
				usleep(1000);
			parent_seen = getppid();
			_exit(write(fds[1], &parent_seen, sizeof(parent_seen)) !=
			      sizeof(parent_seen));
		}
		_exit(0);
	}
	wait(&status);
	check("an orphan has a new parent",
	      read(fds[0], &parent_seen, sizeof(parent_seen)) == (long)sizeof(parent_seen) &&
		      parent_seen != middle && parent_seen != getpid());
	close(fds[0]);
	close(fds[1]);
}

static void signals(void)
{
	struct sigaction act = { .sa_sigaction = inform, .sa_flags = SA_SIGINFO };
	struct timespec t = { 5, 0 }, left;
	/* On a busy host the alarm may come before the call that it is to interrupt: then the next one does. */
	useconds_t ticks = getenv("WITNESS") ? 20000 : 0;
	sigset_t set, old;
	int fds[2];
	char c;
	pid_t pid;

	sigaction(SIGUSR1, &act, NULL);
	hits = 0;
	check("kill to oneself is delivered before it returns",
	      kill(getpid(), SIGUSR1) == 0 && hits == 1 && last_signal == SIGUSR1);
	check("with si_code SI_USER and the sender", last_code == SI_USER && last_pid == getpid());
	check("tgkill says SI_TKILL", raise(SIGUSR1) == 0 && hits == 2 && last_code == SI_TKILL);
	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	check("a blocked signal waits",
	      sigprocmask(SIG_BLOCK, &set, &old) == 0 && kill(getpid(), SIGUSR1) == 0 && hits == 2);
	check("it is pending", sigpending(&set) == 0 && sigismember(&set, SIGUSR1) == 1);
	check("once, however often it is sent", kill(getpid(), SIGUSR1) == 0 &&
							sigprocmask(SIG_SETMASK, &old, NULL) == 0 &&
							hits == 3);
	act.sa_flags = (int)(SA_SIGINFO | SA_RESETHAND);
	sigaction(SIGUSR2, &act, NULL);
	check("SA_RESETHAND", raise(SIGUSR2) == 0 && sigaction(SIGUSR2, NULL, &act) == 0 &&
				      act.sa_handler == SIG_DFL);
	signal(SIGUSR2, SIG_IGN);
	check("an ignored signal", raise(SIGUSR2) == 0);
	refused("SIGKILL cannot be caught",
		sigaction(SIGKILL, &(struct sigaction){ .sa_handler = count }, NULL), EINVAL);
	check("pipe", pipe(fds) == 0);
	catch (SIGALRM, 0);
	ualarm(20000, ticks);
	refused("a signal interrupts a read", read(fds[0], &c, 1), EINTR);
	check("after its handler", ticks ? hits >= 1 : hits == 1);
	ualarm(0, 0);
	catch (SIGALRM, SA_RESTART);
	ualarm(20000, 0);
	pid = fork();
	if (pid == 0) {
		usleep(60000);
		_exit(write(fds[1], "r", 1) != 1);
	}
	check("unless SA_RESTART", read(fds[0], &c, 1) == 1 && c == 'r' && hits == 1);
	waitpid(pid, NULL, 0);
	catch (SIGALRM, 0);
	ualarm(20000, ticks);
	check("nanosleep is interrupted and tells what is left",
	      nanosleep(&t, &left) == -1 && errno == EINTR && left.tv_sec == 4);
	ualarm(0, 0);
	catch (SIGCHLD, 0);
	pid = fork();
	if (pid == 0)
		_exit(0);
	waitpid(pid, NULL, 0);
	check("SIGCHLD", hits == 1 && last_signal == SIGCHLD);
	signal(SIGCHLD, SIG_DFL);
	signal(SIGPIPE, SIG_DFL);
	close(fds[0]);
	pid = fork();
	if (pid == 0)
		_exit((int)write(fds[1], "x", 1));
	int status;
	check("SIGPIPE kills", waitpid(pid, &status, 0) == pid && WIFSIGNALED(status) &&
				       WTERMSIG(status) == SIGPIPE);
	close(fds[1]);
}

static void *alt_base;
static volatile int on_alt;
static volatile double kept;

static void on_stack(int sig)
{
	char here;

	(void)sig;
	on_alt = &here >= (char *)alt_base && &here < (char *)alt_base + 65536;
	kept = 3.25; /* the handler's use of floating point must not show outside */
}

static void frames(void)
{
	struct sigaction act = { .sa_handler = on_stack, .sa_flags = SA_ONSTACK };
	stack_t stack = { .ss_size = 65536 }, now;
	register double f __asm__("fs0") = 1.5;
	sigjmp_buf env;
	sigset_t set;

	alt_base = stack.ss_sp = malloc(65536);
	check("sigaltstack", sigaltstack(&stack, NULL) == 0 && sigaltstack(NULL, &now) == 0 &&
				     now.ss_sp == stack.ss_sp && now.ss_flags == 0);
	sigaction(SIGUSR1, &act, NULL);
	__asm__ volatile("" : "+f"(f));
	raise(SIGUSR1);
	__asm__ volatile("" : "+f"(f));
	check("a handler runs on it", on_alt == 1);
	check("floating-point registers come back", f == 1.5 && kept == 3.25);
	if (sigsetjmp(env, 1) == 0) {
		sigemptyset(&set);
		sigaddset(&set, SIGUSR2);
		sigprocmask(SIG_BLOCK, &set, NULL);
		siglongjmp(env, 1);
	}
	sigprocmask(SIG_BLOCK, NULL, &set);
	check("siglongjmp restores the mask", !sigismember(&set, SIGUSR2));
}

/* The answer of one run of ourselves: its status. */
static int run_self(const char *how, char *const extra[], char *const env[])
{
	char *argv[40] = { "/proc/self/exe", (char *)how };
	int n = 2, status;
	pid_t pid;

	for (; extra && *extra; extra++)
		argv[n++] = *extra;
	argv[n] = NULL;
	pid = fork();
	if (pid == 0) {
		execve("/proc/self/exe", argv, env);
		_exit(100 + (errno == ENOEXEC));
	}
	return waitpid(pid, &status, 0) == pid && WIFEXITED(status) ? WEXITSTATUS(status) : -1;
}

static void execs(void)
{
	char *empty[] = { NULL }, *args[] = { "", "two words", NULL },
	     *env[] = { "A=1", "B=2", NULL };
	char *huge = malloc(200000), *many[] = { huge, NULL };
	char *argv[] = { "x", NULL };
	int fd, status;
	pid_t pid;

	refused("exec of what is not there", execve("/nothing", argv, empty), ENOENT);
	refused("exec of a directory", execve("/tmp", argv, empty), EACCES);
	fd = open("x.tmp", O_RDWR | O_CREAT | O_TRUNC, 0644);
	check("a file of words", write(fd, "some words\n", 11) == 11 && close(fd) == 0);
	refused("exec of what is not executable", execve("x.tmp", argv, empty), EACCES);
	check("chmod", chmod("x.tmp", 0755) == 0);
	refused("exec of what is no program", execve("x.tmp", argv, empty), ENOEXEC);
	unlink("x.tmp");
	check("posix_spawn of what is not there says so",
	      getenv("WITNESS") ||
		      posix_spawn(&pid, "/nothing", NULL, NULL, argv, empty) == ENOENT);
	if (getenv("WITNESS"))
		return; /* qemu-riscv64 cannot execute a program for another machine than the host */
	check("arguments arrive", run_self("args", args, empty) == 2);
	check("the environment arrives", run_self("env", NULL, env) == 12);
	memset(huge, 'h', 199999);
	huge[199999] = 0;
	check("an argument over 128 KiB is too big", run_self("args", many, empty) == 100);
	huge[120000] = 0;
	check("one of 120000 bytes is not", run_self("long", many, empty) == 20);
	fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	dup2(fd, 50);
	fcntl(51, F_SETFD, 0);
	dup3(fd, 51, O_CLOEXEC);
	check("descriptors pass, those to be closed do not", run_self("fds", NULL, empty) == 1);
	close(50);
	signal(SIGUSR1, SIG_IGN);
	catch (SIGUSR2, 0);
	check("ignored signals stay ignored, handlers are gone",
	      run_self("signals", NULL, empty) == 1);
	fd = open("s.tmp", O_RDWR | O_CREAT | O_TRUNC, 0755);
	dprintf(fd, "#!/bin/sh -f\nexit $(($# + 5))\n");
	close(fd);
	pid = fork();
	if (pid == 0) {
		char *script[] = { "s.tmp", "a", "b", NULL };

		execve("s.tmp", script, empty);
		_exit(99);
	}
	check("#! starts the interpreter",
	      waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 7);
	unlink("s.tmp");
	argv[0] = "true";
	fd = open("/bin/true", O_RDONLY | O_CLOEXEC);
	pid = fork();
	if (pid == 0) {
		execveat(fd, "", argv, empty, AT_EMPTY_PATH);
		_exit(99);
	}
	check("a descriptor is executed", waitpid(pid, &status, 0) == pid && status == 0);
	fd = open("/bin", O_PATH);
	refused("what is not below it", execveat(fd, "nothing", argv, empty, 0), ENOENT);
	refused("a link that shall not be one",
		execveat(AT_FDCWD, "/proc/self/exe", argv, empty, AT_SYMLINK_NOFOLLOW), ELOOP);
	refused("an unknown flag", execveat(fd, "true", argv, empty, 0x800), EINVAL);
	check("posix_spawn", posix_spawn(&pid, "/bin/true", NULL, NULL, argv, empty) == 0 &&
				     waitpid(pid, &status, 0) == pid && status == 0);
}

static int be_executed(int argc, char **argv, char **envp)
{
	struct sigaction one, two;

	if (!strcmp(argv[1], "args"))
		return argc == 4 && !strcmp(argv[2], "") && !strcmp(argv[3], "two words") ? 2 : 0;
	if (!strcmp(argv[1], "env"))
		return envp[0] && envp[1] && !envp[2] ? atoi(envp[0] + 2) * 10 + atoi(envp[1] + 2)
						      : 0;
	if (!strcmp(argv[1], "long"))
		return strlen(argv[2]) == 120000 ? 20 : 0;
	if (!strcmp(argv[1], "fds"))
		return fcntl(50, F_GETFD) == 0 && fcntl(51, F_GETFD) == -1;
	sigaction(SIGUSR1, NULL, &one);
	sigaction(SIGUSR2, NULL, &two);
	return one.sa_handler == SIG_IGN && two.sa_handler == SIG_DFL;
}

static void identity_and_time(void)
{
	struct timespec a, b, t = { 0, 30000000 };
	struct rusage usage;
	struct sysinfo info;
	struct rlimit limit;
	unsigned char bytes[64] = { 0 };
	int zeros = 0;
	pid_t pid, group = getpgrp();

	check("getpid and gettid agree", getpid() == (pid_t)syscall(SYS_gettid));
	check("getpgid of oneself", getpgid(0) == group);
	pid = child_that_sleeps();
	check("a child can be given a group", setpgid(pid, pid) == 0 && getpgid(pid) == pid);
	check("kill of a group", kill(-pid, SIGKILL) == 0 && waitpid(-pid, NULL, 0) == pid);
	clock_gettime(CLOCK_MONOTONIC, &a);
	nanosleep(&t, NULL);
	clock_gettime(CLOCK_MONOTONIC, &b);
	check("sleeping takes its time",
	      (b.tv_sec - a.tv_sec) * 1000000000l + b.tv_nsec - a.tv_nsec >= 30000000);
	clock_gettime(CLOCK_REALTIME, &a);
	check("the date is of this century", a.tv_sec > 946684800);
	check("poll waits without descriptors", poll(NULL, 0, 10) == 0);
	check("getrusage",
	      getrusage(RUSAGE_SELF, &usage) == 0 && usage.ru_minflt + usage.ru_majflt > 0);
	check("sysinfo", sysinfo(&info) == 0 && info.totalram > 0 && info.mem_unit > 0);
	check("getrlimit", getrlimit(RLIMIT_STACK, &limit) == 0 && limit.rlim_cur >= 65536);
	check("getrandom", getrandom(bytes, sizeof(bytes), 0) == (long)sizeof(bytes));
	for (unsigned i = 0; i < sizeof(bytes); i++)
		zeros += bytes[i] == 0;
	check("is random", zeros < 10);
	check("sched_yield", sched_yield() == 0);
}

/* A child that ends while it is waited for is found, handler or not. */
static void told_twice(void)
{
	int status;
	pid_t pid;

	catch (SIGCHLD, 0);
	pid = fork();
	if (pid == 0) {
		usleep(20000);
		_exit(6);
	}
	check("a handler for SIGCHLD does not interrupt the wait for it",
	      wait(&status) == pid && WEXITSTATUS(status) == 6 && hits == 1);
	if (getenv("WITNESS"))
		return; /* qemu-riscv64 lets the signal through first */
	sigaction(SIGCHLD, &(struct sigaction){ .sa_handler = count, .sa_flags = SA_NOCLDWAIT },
		  NULL);
	pid = fork();
	if (pid == 0) {
		usleep(20000);
		_exit(0);
	}
	refused("a child that is not kept leaves nobody to wait for", waitpid(pid, &status, 0),
		ECHILD);
	signal(SIGCHLD, SIG_DFL);
	refused("of the lowest number there is no opposite", waitpid(INT32_MIN, &status, 0), ESRCH);
	refused("an unknown way to wait", waitid(P_ALL, 0, NULL, WEXITED | 0x100), EINVAL);
}

/* Who asks for it becomes the parent of its descendants' orphans. */
static void subreaper(void)
{
	int status, is = 0;
	pid_t child;

	if (getenv("WITNESS"))
		return; /* qemu-riscv64 does not know it */
	check("PR_SET_CHILD_SUBREAPER", prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0) == 0 &&
						prctl(PR_GET_CHILD_SUBREAPER, &is, 0, 0, 0) == 0 &&
						is == 1);
	child = fork();
	if (child == 0) {
		if (fork() == 0) {
			usleep(30000);
			_exit(77);
		}
		_exit(0);
	}
	check("the child", waitpid(child, &status, 0) == child && status == 0);
	check("and its orphan", wait(&status) > 0 && WEXITSTATUS(status) == 77);
	prctl(PR_SET_CHILD_SUBREAPER, 0, 0, 0, 0);
}

/* What is remembered for others to ask. */
static void attributes(void)
{
	struct sched_param param = { 0 };
	int signal = 0, old, status;
	unsigned cpu = 7;
	cpu_set_t set;
	pid_t pid;

	check("nice", setpriority(PRIO_PROCESS, 0, 5) == 0 && getpriority(PRIO_PROCESS, 0) == 5);
	pid = fork();
	if (pid == 0)
		_exit(getpriority(PRIO_PROCESS, 0));
	check("is inherited", waitpid(pid, &status, 0) == pid && WEXITSTATUS(status) == 5);
	refused("of nobody", setpriority(PRIO_PROCESS, 99999, 5), ESRCH);
	check("the usual scheduling", sched_getscheduler(0) == SCHED_OTHER &&
					      sched_getparam(0, &param) == 0 &&
					      !param.sched_priority);
	check("others have priorities", sched_get_priority_max(SCHED_FIFO) == 99 &&
						sched_get_priority_min(SCHED_RR) == 1 &&
						sched_get_priority_max(SCHED_OTHER) == 0);
	param.sched_priority = 5;
	refused("the usual has none", sched_setscheduler(0, SCHED_OTHER, &param), EINVAL);
	check("getcpu", syscall(SYS_getcpu, &cpu, NULL, NULL) == 0 && cpu < 1024);
	CPU_ZERO(&set);
	check("there is a processor",
	      sched_getaffinity(0, sizeof(set), &set) == 0 && CPU_COUNT(&set) >= 1);
	check("no_new_privs stays", prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
					    prctl(PR_GET_NO_NEW_PRIVS, 0, 0, 0, 0) == 1);
	check("a signal at the parent's end",
	      prctl(PR_SET_PDEATHSIG, SIGTERM, 0, 0, 0) == 0 &&
		      prctl(PR_GET_PDEATHSIG, &signal, 0, 0, 0) == 0 && signal == SIGTERM);
	old = personality(0xffffffff);
	check("personality", old >= 0 &&
				     personality((unsigned long)old | ADDR_NO_RANDOMIZE) == old &&
				     personality(0xffffffff) == (old | ADDR_NO_RANDOMIZE));
	personality((unsigned long)old);
	refused("of another system", getenv("WITNESS") ? (errno = EINVAL, -1) : personality(4),
		EINVAL);
}

/* Numbers that a sum or a product of would not fit. */
static void extremes(void)
{
	struct itimerval far = { { 0, 0 }, { 1l << 60, 0 } }, got = { 0 };
	struct itimerval before = { { -1, 0 }, { 1, 0 } }, none = { 0 };
	long huge = (1ul << 63) - 1;
	struct timespec bad = { -1, 0 }, odd = { 0, 1000000000 };
	char page[4096];
	sigset_t set;
	int fd = open("extreme", O_RDWR | O_CREAT, 0600);
	struct flock lock = { .l_type = F_WRLCK, .l_start = huge - 1, .l_len = huge };

	sigemptyset(&set);
	sigaddset(&set, SIGUSR1);
	if (!getenv("WITNESS")) {
		refused("waiting for a signal until before now", sigtimedwait(&set, NULL, &bad),
			EINVAL);
		refused("a second of nanoseconds", sigtimedwait(&set, NULL, &odd), EINVAL);
		refused("an interval before it", setitimer(ITIMER_REAL, &before, NULL), EINVAL);
		check("an alarm in the far future", setitimer(ITIMER_REAL, &far, NULL) == 0 &&
							    getitimer(ITIMER_REAL, &got) == 0 &&
							    got.it_value.tv_sec > 1000000);
		setitimer(ITIMER_REAL, &none, NULL);
		refused("a lock beyond all files", fcntl(fd, F_SETLK, &lock), EOVERFLOW);
		refused("mincore of everything", mincore((void *)4096, ~0ul, (void *)page), ENOMEM);
		refused("msync of everything", msync((void *)4096, ~0ul, MS_ASYNC), ENOMEM);
		refused("munmap of everything", munmap((void *)4096, ~0ul), EINVAL);
		refused("mremap of everything", mremap((void *)4096, ~0ul, 4096, 0), EINVAL);
	}
	refused("fallocate beyond all files", fallocate(fd, 0, huge, huge), EFBIG);
	refused("lseek beyond all files", (lseek(fd, 10, SEEK_SET), lseek(fd, huge, SEEK_CUR)),
		EINVAL);
	refused("pread before the beginning", pread(fd, page, 1, -5), EINVAL);
	close(fd);
	unlink("extreme");
}

/* The grandchild is told when the child ends. */
static void parents_end(void)
{
	char byte = 0;
	int p[2], status;

	if (pipe(p) || fork() == 0) {
		close(p[0]);
		if (fork() == 0) {
			prctl(PR_SET_PDEATHSIG, SIGKILL, 0, 0, 0);
			for (;;)
				pause();
		}
		usleep(20000);
		_exit(0);
	}
	close(p[1]);
	wait(&status);
	check("PR_SET_PDEATHSIG", read(p[0], &byte, 1) == 0);
	close(p[0]);
}

int main(int argc, char **argv, char **envp)
{
	if (argc > 1)
		return be_executed(argc, argv, envp);
	waiting();
	orphans();
	signals();
	frames();
	execs();
	identity_and_time();
	told_twice();
	subreaper();
	attributes();
	extremes();
	parents_end();
	finish();
}
