/* timer_create: by signal, by thread, never; absolute times, intervals, overruns, and their ends. */
#define _GNU_SOURCE
#include <errno.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/time.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

static volatile sig_atomic_t count, value, code;

static void handle(int signal, siginfo_t *info, void *context)
{
	(void)signal;
	(void)context;
	count++;
	value = info->si_value.sival_int;
	code = info->si_code;
}

static volatile int by_thread;

static void in_thread(union sigval v)
{
	by_thread = v.sival_int;
}

static struct itimerspec every(long first_ms, long then_ms)
{
	return (struct itimerspec){ { then_ms / 1000, then_ms % 1000 * 1000000 },
				    { first_ms / 1000, first_ms % 1000 * 1000000 } };
}

static void pass(long ms)
{
	struct timespec t = { ms / 1000, ms % 1000 * 1000000 };

	while (nanosleep(&t, &t) < 0 && errno == EINTR)
		;
}

int main(void)
{
	struct sigaction action = { .sa_sigaction = handle, .sa_flags = SA_SIGINFO };
	struct sigevent event = { .sigev_notify = SIGEV_SIGNAL, .sigev_signo = SIGRTMIN + 1 };
	struct itimerspec set, got;
	struct timespec now;
	siginfo_t info;
	sigset_t blocked;
	timer_t timer, silent, threaded;
	int status = 0;

	event.sigev_value.sival_int = 1234;
	sigaction(SIGRTMIN + 1, &action, NULL);
	if (timer_create(CLOCK_MONOTONIC, &event, &timer))
		perror("timer_create");
	set = every(20, 0);
	timer_settime(timer, 0, &set, NULL);
	timer_gettime(timer, &got);
	printf("runs: %d\n", got.it_value.tv_nsec > 0 && got.it_value.tv_nsec <= 20000000);
	pass(100);
	timer_gettime(timer, &got);
	printf("once: %d, value %d, by a timer: %d, over: %d\n", count, value, code == SI_TIMER,
	       got.it_value.tv_nsec == 0);

	count = 0;
	set = every(30, 30);
	timer_settime(timer, 0, &set, NULL);
	while (count < 5)
		pass(10);
	set = every(0, 0);
	timer_settime(timer, 0, &set, &got);
	printf("often: %d, interval %ld\n", count, got.it_interval.tv_nsec);

	sigemptyset(&blocked);
	sigaddset(&blocked, SIGRTMIN + 1);
	sigprocmask(SIG_BLOCK, &blocked, NULL);
	count = 0;
	set = every(10, 10);
	timer_settime(timer, 0, &set, NULL);
	pass(205);
	printf("blocked: %d", sigwaitinfo(&blocked, &info) == SIGRTMIN + 1);
	printf(", missed meanwhile: %s\n", info.si_overrun >= 15 ? "many" : "few");
	set = every(0, 0);
	timer_settime(timer, 0, &set, NULL);
	while (sigtimedwait(&blocked, &info, &(struct timespec){ 0, 0 }) > 0)
		;
	sigprocmask(SIG_UNBLOCK, &blocked, NULL);

	count = 0;
	clock_gettime(CLOCK_MONOTONIC, &now);
	set = every(0, 0);
	set.it_value = now; /* has passed */
	timer_settime(timer, TIMER_ABSTIME, &set, NULL);
	pass(20);
	printf("absolute: %d\n", count);

	event.sigev_notify = SIGEV_NONE;
	timer_create(CLOCK_REALTIME, &event, &silent);
	set = every(500, 0);
	timer_settime(silent, 0, &set, NULL);
	pass(10);
	timer_gettime(silent, &got);
	printf("silent: %d\n", got.it_value.tv_nsec > 0 && got.it_value.tv_nsec < 495000000);

	event.sigev_notify = SIGEV_THREAD;
	event.sigev_notify_function = in_thread;
	event.sigev_value.sival_int = 77;
	timer_create(CLOCK_MONOTONIC, &event, &threaded);
	set = every(10, 0);
	timer_settime(threaded, 0, &set, NULL);
	while (!by_thread)
		pass(10);
	printf("by a thread: %d\n", by_thread);
	fflush(stdout);

	/* By the time that the process has used. */
	for (int kind = ITIMER_VIRTUAL; kind <= ITIMER_PROF; kind++) {
		struct itimerval cpu = { { 0, 20000 }, { 0, 20000 } }, left;
		volatile unsigned long work = 0;

		action.sa_sigaction = handle;
		sigaction(kind == ITIMER_VIRTUAL ? SIGVTALRM : SIGPROF, &action, NULL);
		count = 0;
		setitimer(kind, &cpu, NULL);
		pass(100);
		printf("asleep: %d, ", count);
		while (count < 3)
			work++;
		getitimer(kind, &left);
		memset(&cpu, 0, sizeof(cpu));
		setitimer(kind, &cpu, NULL);
		printf("at work: %d, interval %ld\n", count, left.it_interval.tv_usec);
	}
	fflush(stdout);

	/* The limit of the time that it may use: soft, and hard a second later. */
	fflush(stdout);
	if (fork() == 0) {
		struct rlimit limit = { 1, 2 };

		action.sa_sigaction = handle;
		sigaction(SIGXCPU, &action, NULL);
		setrlimit(RLIMIT_CPU, &limit);
		for (count = 0;;)
			if (count == 1) {
				count = 10;
				write(1, "SIGXCPU\n", 8);
			}
	}
	wait(&status);
	printf("out of time: %s\n", strsignal(WTERMSIG(status)));

	/* A child has none of them. */
	if (fork() == 0)
		_exit(timer_delete(timer) == 0);
	wait(&status);
	printf("a child's: %d\n", WEXITSTATUS(status));
	printf("deleted: %d\n", timer_delete(timer));
	return 0;
}
