/*
 * Where the parts of a program lie: text, data, bss, heap, mmap and stack, in decimal.
 *   layout stack BYTES   the same after execve under that RLIMIT_STACK
 *   layout fixed         the same after execve without randomness (personality)
 *   layout maps          /proc/self/maps
 */
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/resource.h>
#include <unistd.h>

static int in_data = 1, in_bss;

static void maps(void)
{
	int fd = open("/proc/self/maps", O_RDONLY);
	char buf[4096];
	ssize_t n;

	while ((n = read(fd, buf, sizeof(buf))) > 0)
		if (write(1, buf, (size_t)n) != n)
			exit(1);
}

int main(int argc, char **argv)
{
	char *again[] = { argv[0], NULL };
	uintptr_t place[6];

	if (argc > 1 && !strcmp(argv[1], "maps")) {
		maps();
		return 0;
	}
	if (argc > 1) {
		if (!strcmp(argv[1], "fixed")) {
			personality(ADDR_NO_RANDOMIZE);
		} else {
			struct rlimit limit = { strtoul(argv[2], NULL, 0), RLIM_INFINITY };

			if (setrlimit(RLIMIT_STACK, &limit))
				return 1;
		}
		execv("/proc/self/exe", again);
		return 1;
	}
	place[0] = (uintptr_t)main;
	place[1] = (uintptr_t)&in_data;
	place[2] = (uintptr_t)&in_bss;
	place[3] = (uintptr_t)sbrk(0);
	place[4] = (uintptr_t)mmap(NULL, 1 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	place[5] = (uintptr_t)&place;
	for (int i = 0; i < 6; i++)
		printf("%lu%c", (unsigned long)place[i], i < 5 ? ' ' : '\n');
	return 0;
}
