/* What the threads of one process may do at once, and what is theirs together.  Runs on this Linux as well. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <pthread.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
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

int main(int argc, char **argv)
{
	if (argc > 1 && !strcmp(argv[1], "leave"))
		return 7;
	two_programs();
	closed_meanwhile();
	finish();
}
