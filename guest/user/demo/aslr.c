/*
 * aslr [RUNS]: where things lie, run by run. Starts itself RUNS times (default 3) and prints the
 * addresses of stack, heap, mapping and text. They differ between runs in one boot, and are the same
 * again under the same --seed.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

static void show(void)
{
	int here;
	void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	printf("stack %p  heap %p  mapping %p  text %p\n", (void *)&here, sbrk(0), map,
	       (void *)show);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	int runs = argc > 1 ? atoi(argv[1]) : 3;
	char *again[] = { argv[0], "once", NULL };

	if (argc > 1 && !strcmp(argv[1], "once")) {
		show();
		return 0;
	}
	for (int i = 0; i < runs; i++) {
		if (fork() == 0) {
			execv("/proc/self/exe", again);
			show(); /* an emulator of single programs cannot start another */
			_exit(0);
		}
		wait(NULL);
	}
	return 0;
}
