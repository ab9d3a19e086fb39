/*
 * A program of threads: mutexes, condition variables, barriers, thread-local storage, cancellation,
 * robust mutexes, signals to one thread, and an exit of them all.  What it prints depends on no
 * schedule.
 */
#include <errno.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define THREADS 8
#define ROUNDS	2000

static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t cond = PTHREAD_COND_INITIALIZER;
static pthread_barrier_t barrier;
static long total;
static __thread long mine = 7;

static void *add(void *arg)
{
	long n = (long)arg;

	for (int i = 0; i < ROUNDS; i++) {
		pthread_mutex_lock(&mutex);
		total += n;
		mine++;
		pthread_mutex_unlock(&mutex);
		if (i % 500 == 0)
			sched_yield();
	}
	pthread_barrier_wait(&barrier);
	return (void *)mine;
}

static void adding(void)
{
	pthread_t thread[THREADS];
	long sum = 0;
	void *result;

	pthread_barrier_init(&barrier, NULL, THREADS);
	for (long i = 0; i < THREADS; i++)
		if (pthread_create(&thread[i], NULL, add, (void *)(i + 1)))
			abort();
	for (int i = 0; i < THREADS; i++) {
		pthread_join(thread[i], &result);
		sum += (long)result;
	}
	printf("mutex: total %ld, own %ld, main's %ld\n", total, sum, mine);
}

/* ---- A queue of one ---- */

static long slot, produced, consumed;

static void *produce(void *arg)
{
	(void)arg;
	for (long i = 1; i <= 1000; i++) {
		pthread_mutex_lock(&mutex);
		while (slot)
			pthread_cond_wait(&cond, &mutex);
		slot = i;
		produced += i;
		pthread_cond_broadcast(&cond);
		pthread_mutex_unlock(&mutex);
	}
	return NULL;
}

static void queueing(void)
{
	pthread_t thread;

	pthread_create(&thread, NULL, produce, NULL);
	for (int i = 0; i < 1000; i++) {
		pthread_mutex_lock(&mutex);
		while (!slot)
			pthread_cond_wait(&cond, &mutex);
		consumed += slot;
		slot = 0;
		pthread_cond_broadcast(&cond);
		pthread_mutex_unlock(&mutex);
	}
	pthread_join(thread, NULL);
	printf("condition: produced %ld consumed %ld\n", produced, consumed);
}

/* ---- Time ---- */

static void waiting(void)
{
	struct timespec until;
	sem_t sem;
	int result;

	sem_init(&sem, 0, 0);
	clock_gettime(CLOCK_REALTIME, &until);
	until.tv_nsec += 20000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	result = sem_timedwait(&sem, &until);
	printf("semaphore: %s", result ? strerror(errno) : "taken");
	sem_post(&sem);
	printf(", then %d\n", sem_wait(&sem));
	pthread_mutex_lock(&mutex);
	until.tv_nsec = (until.tv_nsec + 1000000) % 1000000000;
	printf("condition in time: %s\n", strerror(pthread_cond_timedwait(&cond, &mutex, &until)));
	pthread_mutex_unlock(&mutex);
}

/* ---- Cancellation ---- */

static int cleaned;

static void clean(void *arg)
{
	(void)arg;
	cleaned++;
}

static void *sleeper(void *arg)
{
	(void)arg;
	pthread_cleanup_push(clean, NULL);
	for (;;)
		pause();
	pthread_cleanup_pop(0);
	return NULL;
}

static void cancelling(void)
{
	pthread_t thread;
	void *result = NULL;

	pthread_create(&thread, NULL, sleeper, NULL);
	usleep(1000);
	pthread_cancel(thread);
	pthread_join(thread, &result);
	printf("cancelled: %s, cleaned %d\n", result == PTHREAD_CANCELED ? "yes" : "no", cleaned);
}

/* ---- Robust mutexes ---- */

static pthread_mutex_t *robust;

static void *die_holding(void *arg)
{
	(void)arg;
	pthread_mutex_lock(robust);
	return NULL;
}

static void robust_init(int shared)
{
	pthread_mutexattr_t attr;

	pthread_mutexattr_init(&attr);
	pthread_mutexattr_setrobust(&attr, PTHREAD_MUTEX_ROBUST);
	pthread_mutexattr_setpshared(&attr, shared);
	pthread_mutex_init(robust, &attr);
}

static void dying(void)
{
	pthread_t thread;
	int result;

	robust = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	robust_init(PTHREAD_PROCESS_PRIVATE);
	pthread_create(&thread, NULL, die_holding, NULL);
	pthread_join(thread, NULL);
	result = pthread_mutex_lock(robust);
	printf("robust, a thread: %s", strerror(result));
	pthread_mutex_consistent(robust);
	pthread_mutex_unlock(robust);
	printf(", then %s\n", strerror(pthread_mutex_lock(robust)));
	pthread_mutex_unlock(robust);
	robust_init(PTHREAD_PROCESS_SHARED);
	fflush(stdout);
	if (fork() == 0) {
		pthread_mutex_lock(robust);
		_exit(0);
	}
	wait(NULL);
	printf("robust, a process: %s\n", strerror(pthread_mutex_lock(robust)));
	pthread_mutex_consistent(robust);
	pthread_mutex_unlock(robust);
}

/* ---- Signals ---- */

static atomic_int caught_by;
static atomic_int ready;

static void catch (int signal)
{
	(void)signal;
	caught_by = (int)syscall(SYS_gettid);
}

static void *catcher(void *arg)
{
	struct timespec a_bit = { 0, 1000000 };

	*(int *)arg = (int)syscall(SYS_gettid);
	ready = 1;
	while (!caught_by)
		nanosleep(&a_bit, NULL);
	return NULL;
}

static void *waiter(void *arg)
{
	sigset_t set;
	int signal = 0;

	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	sigwait(&set, &signal);
	*(int *)arg = signal;
	return NULL;
}

static void signalling(void)
{
	struct sigaction action = { .sa_handler = catch };
	pthread_t thread;
	sigset_t set;
	int tid = 0, got = 0;

	sigaction(SIGUSR1, &action, NULL);
	pthread_create(&thread, NULL, catcher, &tid);
	while (!ready)
		sched_yield();
	pthread_kill(thread, SIGUSR1);
	pthread_join(thread, NULL);
	printf("signal: by the thread it was for: %s\n", caught_by == tid ? "yes" : "no");
	sigemptyset(&set);
	sigaddset(&set, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &set, NULL);
	pthread_create(&thread, NULL, waiter, &got);
	kill(getpid(), SIGUSR2);
	pthread_join(thread, NULL);
	printf("sigwait: %d\n", got == SIGUSR2);
}

/* ---- The ends ---- */

static void *thread_fork(void *arg)
{
	pid_t pid = fork();
	int status = 0;

	if (pid == 0)
		_exit(42);
	waitpid(pid, &status, 0);
	*(int *)arg = WEXITSTATUS(status);
	return NULL;
}

static void *thread_exec(void *arg)
{
	execl(arg, arg, "exec", (char *)NULL);
	_exit(99);
}

static void forking(char *self)
{
	pthread_t thread;
	int status = 0;

	pthread_create(&thread, NULL, thread_fork, &status);
	pthread_join(thread, NULL);
	printf("fork in a thread: %d\n", status);
	fflush(stdout);
	if (fork() == 0) {
		/* exec from one that is not the first: the others go, the process id stays. */
		pthread_create(&thread, NULL, thread_exec, self);
		for (;;)
			pause();
	}
	wait(&status);
	printf("exec in a thread: %d\n", WEXITSTATUS(status));
}

static sem_t let_go;

static void *hold(void *arg)
{
	pthread_mutex_lock(arg);
	sem_wait(&let_go);
	return NULL; /* without letting go */
}

static void inheriting(void)
{
	struct timespec past = { 1, 0 };
	pthread_mutexattr_t attributes;
	pthread_t thread[THREADS];
	int result[3];

	pthread_mutexattr_init(&attributes);
	pthread_mutexattr_settype(&attributes, PTHREAD_MUTEX_ERRORCHECK);
	pthread_mutexattr_setprotocol(&attributes, PTHREAD_PRIO_INHERIT);
	result[0] = pthread_mutex_init(&mutex, &attributes);
	total = 0;
	for (long i = 0; i < THREADS; i++)
		pthread_create(&thread[i], NULL, add, (void *)i);
	for (int i = 0; i < THREADS; i++)
		pthread_join(thread[i], NULL);
	printf("priority inheritance: %d, %ld\n", result[0], total);
	pthread_mutex_lock(&mutex);
	result[0] = pthread_mutex_lock(&mutex);
	pthread_mutex_unlock(&mutex);
	result[1] = pthread_mutex_unlock(&mutex);
	printf("owned already: %d, by nobody: %d\n", result[0] == EDEADLK, result[1] == EPERM);
	pthread_mutexattr_setrobust(&attributes, PTHREAD_MUTEX_ROBUST);
	pthread_mutex_init(&mutex, &attributes);
	sem_init(&let_go, 0, 0);
	pthread_create(&thread[0], NULL, hold, &mutex);
	do
		result[0] = pthread_mutex_trylock(&mutex);
	while (result[0] == 0 && pthread_mutex_unlock(&mutex) == 0 && sched_yield() == 0);
	result[1] = pthread_mutex_timedlock(&mutex, &past);
	sem_post(&let_go);
	result[2] = pthread_mutex_lock(&mutex);
	pthread_join(thread[0], NULL);
	printf("held: %d %d, its owner dies: %d\n", result[0] == EBUSY, result[1] == ETIMEDOUT,
	       result[2] == EOWNERDEAD);
}

static void *last(void *arg)
{
	pthread_join(*(pthread_t *)arg, NULL);
	printf("the first thread has gone\n");
	exit(5);
}

int main(int argc, char **argv)
{
	static pthread_t main_thread, thread;

	if (argc > 1) {
		/* A process that exec made: its only thread carries its number. */
		return getpid() == (pid_t)syscall(SYS_gettid) ? 17 : 18;
	}
	adding();
	queueing();
	waiting();
	cancelling();
	dying();
	signalling();
	inheriting();
	forking(argv[0]);
	fflush(stdout);
	main_thread = pthread_self();
	pthread_create(&thread, NULL, last, &main_thread);
	pthread_exit(NULL);
}
