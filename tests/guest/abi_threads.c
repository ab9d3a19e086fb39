/* What the threads of one process may do at once, and what is theirs together.  Runs on this Linux as well. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/guest/check.h"

#define PAGE 4096ul

static pthread_barrier_t barrier;

/* The status of a child that should end within some seconds. */
static int status_of(pid_t pid)
{
	const struct timespec pause = { 0, 10000000 };
	int status;

	for (int i = 0; i < 500; i++) {
		if (waitpid(pid, &status, WNOHANG) == pid)
			return status;
		nanosleep(&pause, NULL);
	}
	return -1;
}

/* ---- two that exec ---- */

/* argv and its strings, in a page that exec must wait for. */
static char **paged_out(const char *word)
{
	char *page = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char **argv = (char **)page;

	argv[0] = argv[1] = strcpy(page + 100, word);
	madvise(page, PAGE, MADV_PAGEOUT);
	return argv;
}

static void *become(void *argv)
{
	pthread_barrier_wait(&barrier);
	execv("/proc/self/exe", argv);
	return NULL;
}

static void two_programs(void)
{
	char **first, **second;
	pthread_t thread;
	pid_t pid = fork();

	if (pid == 0) {
		first = paged_out("leave");
		second = paged_out("leave");
		pthread_barrier_init(&barrier, NULL, 2);
		pthread_create(&thread, NULL, become, first);
		become(second);
		_exit(1);
	}
	check("of two threads that exec at once one becomes the program", status_of(pid) == 7 << 8);
}

/* ---- a descriptor that is closed while a call waits ---- */

static int ends[2], other;

static void *close_it(void *argument)
{
	close(ends[0]);
	other = open("/dev/null", O_RDONLY);
	return argument;
}

static void closed_meanwhile(void)
{
	pthread_t thread;
	int *on = mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	*on = 1;
	check("a pipe", pipe(ends) == 0);
	madvise(on, PAGE, MADV_PAGEOUT);
	pthread_create(&thread, NULL, close_it, NULL);
	ioctl(ends[0], FIONBIO, on); /* waits for the page */
	pthread_join(thread, NULL);
	check("what a call changes is the file that it was called on",
	      other >= 0 && !(fcntl(other, F_GETFL) & O_NONBLOCK));
	close(ends[1]);
	close(other);
}

/* ---- what threads have used, once one of them is gone ---- */

static long clock_ms(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000 + t.tv_nsec / 1000000;
}

static long usage_ms(int who)
{
	struct rusage usage;

	getrusage(who, &usage);
	return (usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1000 +
	       (usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1000;
}

static void burn(long ms)
{
	while (clock_ms(CLOCK_THREAD_CPUTIME_ID) < ms)
		;
}

/* Fields 14 and 15 of /proc/PID/stat. */
static long stat_ms(pid_t pid)
{
	unsigned long user = 0, kernel = 0;
	char path[40], text[400] = "";
	FILE *file;

	snprintf(path, sizeof(path), "/proc/%d/stat", pid);
	file = fopen(path, "r");
	if (file) {
		text[fread(text, 1, sizeof(text) - 1, file)] = 0;
		fclose(file);
	}
	sscanf(text, "%*d (%*[^)]) %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user,
	       &kernel);
	return (long)(user + kernel) * 10;
}

static void *last_one(void *first)
{
	long clock, usage;

	pthread_join(*(pthread_t *)first, NULL);
	clock = clock_ms(CLOCK_PROCESS_CPUTIME_ID);
	usage = usage_ms(RUSAGE_SELF);
	_exit(clock >= 200 && clock < 390 && usage >= 190 && usage < 390 &&
	      stat_ms(getpid()) < 390 && usage_ms(RUSAGE_THREAD) < 150);
}

static void times_of_the_gone(void)
{
	pthread_t thread, first = pthread_self();
	siginfo_t info;
	pid_t pid = fork();
	long ms;

	if (pid == 0) {
		burn(200);
		pthread_create(&thread, NULL, last_one, &first);
		pthread_exit(NULL);
	}
	check("the first thread's time counts once when it is gone", status_of(pid) == 1 << 8);
	pid = fork();
	if (pid == 0) {
		burn(200);
		_exit(0);
	}
	waitid(P_PID, (id_t)pid, &info, WEXITED | WNOWAIT);
	ms = stat_ms(pid);
	check("and that of a process that nobody has waited for", ms >= 190 && ms < 390);
	waitpid(pid, NULL, 0);
}

/* ---- /proc/self/task ---- */

static int tasks(int *own)
{
	DIR *dir = opendir("/proc/self/task");
	struct dirent *entry;
	int n = 0;

	*own = 0;
	while (dir && (entry = readdir(dir))) {
		n += entry->d_name[0] != '.';
		*own += atoi(entry->d_name) == getpid();
	}
	if (dir)
		closedir(dir);
	return n;
}

static void *wait_for_all(void *argument)
{
	pthread_barrier_wait(&barrier);
	return argument;
}

/* The kernel may keep the younger thread before the older one: in the place of a process that is gone. */
static void listed_threads(void)
{
	pthread_t thread;
	pid_t gone = fork(), pid;
	int n, own;

	if (gone == 0)
		for (;;)
			pause();
	pid = fork();
	if (pid == 0) {
		while (kill(gone, 0) == 0)
			usleep(1000);
		pthread_barrier_init(&barrier, NULL, 2);
		pthread_create(&thread, NULL, wait_for_all, NULL);
		n = tasks(&own);
		pthread_barrier_wait(&barrier);
		_exit(n * 10 + own);
	}
	kill(gone, SIGKILL);
	waitpid(gone, NULL, 0);
	check("both threads are listed, the first one, too", status_of(pid) == 21 << 8);
}

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "leave"))
		return 7;
	two_programs();
	closed_meanwhile();
	times_of_the_gone();
	listed_threads();
	finish();
}
