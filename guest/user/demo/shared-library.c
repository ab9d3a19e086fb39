/*
 * shared-library [N]: N processes (4) run this program, which is position-independent and linked with
 * libc.so.6. Look at Pss, the share of each: the library's text is in memory once, whoever maps it and
 * wherever, for nothing in it was changed to put it there (Private_Dirty 0).
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

struct area {
	const char *name;
	unsigned long start, rss, pss, dirty;
};

/* The executable area of a file in /proc/self/smaps. */
static void find(struct area *area)
{
	FILE *smaps = fopen("/proc/self/smaps", "r");
	char line[256], flags[8], name[128];
	unsigned long start, value;
	int inside = 0;

	while (smaps && fgets(line, sizeof(line), smaps)) {
		name[0] = 0;
		if (sscanf(line, "%lx-%*x %7s %*x %*s %*u %127s", &start, flags, name) >= 2) {
			inside = flags[2] == 'x' && strstr(name, area->name);
			if (inside)
				area->start = start;
		}
		if (!inside)
			continue;
		if (sscanf(line, "Rss: %lu", &value) == 1)
			area->rss = value;
		if (sscanf(line, "Pss: %lu", &value) == 1)
			area->pss = value;
		if (sscanf(line, "Private_Dirty: %lu", &value) == 1)
			area->dirty = value;
	}
	if (smaps)
		fclose(smaps);
}

static void show(const char *what, struct area area)
{
	find(&area);
	printf("%s at 0x%010lx: Rss %4lu kB, Pss %4lu kB, Private_Dirty %lu kB\n", what, area.start,
	       area.rss, area.pss, area.dirty);
}

int main(int argc, char **argv)
{
	int n = argc > 1 ? atoi(argv[1]) : 4, up[2], down[2];
	char byte = 0;

	if (argc > 2) { /* one of the others: it reads what the first reads, says so, and waits */
		struct area area = { "libc.so", 0, 0, 0, 0 };

		find(&area);
		if (write(atoi(argv[2]), &byte, 1) == 1)
			while (read(atoi(argv[3]), &byte, 1) > 0)
				;
		return 0;
	}
	if (pipe(up) || pipe(down))
		return 1;
	for (int i = 1; i < n; i++) {
		char ready[12], wait_for[12];

		snprintf(ready, sizeof(ready), "%d", up[1]);
		snprintf(wait_for, sizeof(wait_for), "%d", down[0]);
		if (fork() == 0) {
			close(down[1]);
			execl("/proc/self/exe", argv[0], "1", ready, wait_for, (char *)NULL);
			_exit(1);
		}
	}
	for (int i = 1; i < n; i++)
		if (read(up[0], &byte, 1) != 1)
			return 1;
	printf("%d processes\n", n);
	show("libc.so.6's text", (struct area){ "libc.so", 0, 0, 0, 0 });
	show("the program's   ", (struct area){ "shared-library", 0, 0, 0, 0 });
	close(down[1]);
	while (wait(NULL) > 0)
		;
	return 0;
}
