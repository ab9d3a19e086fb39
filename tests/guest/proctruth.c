/*
 * Is what /proc says true?  Memory in a known state against maps, smaps, pagemap, mincore, stat, status,
 * statm and getrusage; the system's files against each other.  Last come the places of the pages, for whoever
 * knows them from outside.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/guest/check.h"

#define PAGE  4096ul
#define PAGES 20
#define RW    (PROT_READ | PROT_WRITE)
#define ANON  (MAP_PRIVATE | MAP_ANONYMOUS)

static char text[65536];

static char *slurp(const char *path)
{
	int fd = open(path, O_RDONLY);
	ssize_t n, used = 0;

	while (fd >= 0 && (n = read(fd, text + used, sizeof(text) - 1 - (size_t)used)) > 0)
		used += n;
	text[used] = 0;
	close(fd);
	return text;
}

/* The number after a name at the beginning of a line; -1: there is none. */
static long value(const char *path, const char *name)
{
	size_t n = strlen(name);

	for (char *line = slurp(path); line;
	     line = strchr(line, '\n'), line = line ? line + 1 : NULL)
		if (!strncmp(line, name, n))
			return strtol(line + n + strspn(line + n, ": \t"), NULL, 10);
	return -1;
}

/* Of the area that begins at `at` in smaps. */
static long smaps(const void *at, const char *name)
{
	char head[32], *line;
	size_t n = strlen(name);
	int inside = 0;

	snprintf(head, sizeof(head), "%lx-", (unsigned long)(uintptr_t)at);
	for (line = slurp("/proc/self/smaps"); line;
	     line = strchr(line, '\n'), line = line ? line + 1 : NULL) {
		if (strchr("0123456789abcdef", line[0]) && line[0])
			inside = !strncmp(line, head, strlen(head)) ||
				 strtoul(line, NULL, 16) == (uintptr_t)at;
		if (inside && !strncmp(line, name, n) && line[n] == ':')
			return strtol(line + n + 1, NULL, 10);
	}
	return -1;
}

static uint64_t pagemap(const void *at)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry = 0;

	if (pread(fd, &entry, 8, (off_t)((uintptr_t)at / PAGE * 8)) != 8)
		entry = 0;
	close(fd);
	return entry;
}

#define PRESENT (1ull << 63)
#define SWAPPED (1ull << 62)
#define FRAME	((1ull << 55) - 1)

static char *known;

static int is_touched(unsigned i)
{
	return i % 3 == 1;
}

static void residence(void)
{
	unsigned char there[PAGES];
	unsigned touched = 0, wrong = 0;
	struct rusage before, after;

	known = mmap(NULL, PAGES * PAGE, RW, ANON, -1, 0);
	getrusage(RUSAGE_SELF, &before);
	for (unsigned i = 0; i < PAGES; i++)
		if (is_touched(i)) {
			known[i * PAGE] = 1;
			touched++;
		}
	getrusage(RUSAGE_SELF, &after);
	check("getrusage counts each first touch, and nothing else",
	      after.ru_minflt + after.ru_majflt - before.ru_minflt - before.ru_majflt ==
		      (long)touched);
	mincore(known, PAGES * PAGE, there);
	for (unsigned i = 0; i < PAGES; i++)
		wrong += (there[i] & 1) != is_touched(i);
	check("mincore says which pages are there", !wrong);
	for (unsigned i = 0; i < PAGES; i++)
		wrong += !!(pagemap(known + i * PAGE) & PRESENT) != is_touched(i);
	check("so does pagemap", !wrong);
	check("smaps has the size", smaps(known, "Size") == PAGES * 4);
	check("Rss", smaps(known, "Rss") == (long)touched * 4);
	check("Pss, of what is nobody else's", smaps(known, "Pss") == (long)touched * 4);
	check("Private_Dirty", smaps(known, "Private_Dirty") == (long)touched * 4);
}

/* A child that holds the same pages for a while. */
static void sharing(void)
{
	long rss = smaps(known, "Rss");
	int up[2], down[2];
	uint64_t mine, its = 0;
	char byte;

	if (pipe(up) || pipe(down))
		exit(1);
	mine = pagemap(known + PAGE);
	if (!fork()) {
		its = pagemap(known + PAGE);
		close(down[1]);
		if (write(up[1], &its, 8) != 8 || read(down[0], &byte, 1))
			_exit(1);
		_exit(0);
	}
	check("after fork the child has the same frames",
	      read(up[0], &its, 8) == 8 && (its & FRAME) == (mine & FRAME));
	check("and each has half of them by Pss", smaps(known, "Pss") == rss / 2);
	check("of as many by Rss",
	      smaps(known, "Rss") == rss && smaps(known, "Shared_Dirty") == rss);
	known[PAGE] = 2;
	check("a store makes one private", (pagemap(known + PAGE) & FRAME) != (mine & FRAME));
	check("and smaps says so", smaps(known, "Private_Dirty") == 4);
	close(down[1]);
	wait(NULL);
	check("when the child has ended all are private again", smaps(known, "Pss") == rss);
}

static void swapping(unsigned pages)
{
	char *m = mmap(NULL, pages * PAGE, RW, ANON, -1, 0);
	long present = 0, swapped = 0, used, first, last;

	for (unsigned i = 0; i < pages; i++)
		m[i * PAGE] = 1;
	smaps(m, "Swap"); /* what this test itself needs is there now */
	first = smaps(m, "Swap");
	for (unsigned i = 0; i < pages; i++) {
		uint64_t entry = pagemap(m + i * PAGE);

		present += !!(entry & PRESENT);
		swapped += !!(entry & SWAPPED);
	}
	last = smaps(m, "Swap");
	printf("Swap %ld and %ld kB, %ld pages by pagemap\n", first, last, swapped);
	check("each page is present or in swap", present + swapped == (long)pages);
	check("some were swapped out", swapped > 0);
	check("smaps knows how many", swapped * 4 >= (first < last ? first : last) - 16 &&
					      swapped * 4 <= (first > last ? first : last) + 16);
	check("and status", value("/proc/self/status", "VmSwap") >= swapped * 4 - 32);
	used = value("/proc/meminfo", "SwapTotal") - value("/proc/meminfo", "SwapFree");
	check("the system's count covers them", used >= swapped * 4 - 32);
	check("vmstat counted the writes", value("/proc/vmstat", "pswpout") > 0);
	munmap(m, pages * PAGE);
}

static void process(char **argv)
{
	char link[100] = "", stat[512], *after;
	long rss, statm_rss, field = 3, n = 0;
	DIR *fds = opendir("/proc/self/fd");

	check("cmdline is argv", !strcmp(slurp("/proc/self/cmdline"), argv[0]));
	check("exe is this program",
	      readlink("/proc/self/exe", link, 99) > 0 && strstr(link, "proctruth"));
	check("status has the name",
	      strstr(slurp("/proc/self/status"), "Name:\tproctruth\n") != NULL);
	check("the pid", value("/proc/self/status", "Pid") == getpid());
	check("the parent's", value("/proc/self/status", "PPid") == getppid());
	check("the state", strstr(slurp("/proc/self/status"), "State:\tR") != NULL);
	strncpy(stat, slurp("/proc/self/stat"), sizeof(stat) - 1);
	check("stat begins with pid and name",
	      atoi(stat) == getpid() && strstr(stat, "(proctruth) R "));
	after = strrchr(stat, ')') + 2;
	while (field < 24 && (after = strchr(after, ' ')))
		after++, field++;
	rss = after ? atol(after) : -1;
	statm_rss = atol(strchr(slurp("/proc/self/statm"), ' '));
	check("rss in stat, statm and status agree",
	      labs(rss - statm_rss) <= 2 &&
		      labs(value("/proc/self/status", "VmRSS") / 4 - rss) <= 2);
	while (fds && readdir(fds))
		n++;
	check("fd has the open ones: three, three of pipes, and its own", n == 2 + 3 + 3 + 1);
	closedir(fds);
}

/* What is said of descriptors, limits and names, and of names that are written. */
static void details(void)
{
	struct rlimit limit = { 10, 4000 };
	char path[64], line[100];
	int fd = open("details", O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);

	check("a file of 100 bytes", fd >= 0 && write(fd, text, 100) == 100);
	snprintf(path, sizeof(path), "/proc/self/fdinfo/%d", fd);
	check("fdinfo knows where it stands", value(path, "pos") == 100);
	check("and how it is open, in octal", strtol(strstr(slurp(path), "flags:") + 6, NULL, 8) ==
						      (fcntl(fd, F_GETFL) | O_CLOEXEC));
	setrlimit(RLIMIT_CORE, &limit);
	check("limits", sscanf(strstr(slurp("/proc/self/limits"), "Max core"),
			       "Max core file size %99s", line) == 1 &&
				!strcmp(line, "10"));
	check("a name that is written",
	      (fd = open("/proc/self/comm", O_WRONLY)) >= 0 && write(fd, "another\n", 8) == 8 &&
		      !strcmp(slurp("/proc/thread-self/comm"), "another\n"));
	setpriority(PRIO_PROCESS, 0, 7);
	check("niceness",
	      sscanf(strrchr(slurp("/proc/self/stat"), ')'),
		     ") %*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %*u %*u %*d %*d %*d %99s",
		     line) == 1 &&
		      !strcmp(line, "7"));
	check("the limits of the system", value("/proc/sys/kernel/pid_max", "") == 32768 &&
						  value("/proc/sys/fs/nr_open", "") == 4096);
	check("a fresh identifier each time",
	      strlen(strcpy(line, slurp("/proc/sys/kernel/random/uuid"))) == 37 &&
		      strcmp(line, slurp("/proc/sys/kernel/random/uuid")));
	check("and one for this boot",
	      strlen(strcpy(line, slurp("/proc/sys/kernel/random/boot_id"))) &&
		      !strcmp(line, slurp("/proc/sys/kernel/random/boot_id")));
	unlink("details");
}

static void whole_system(void)
{
	long total = value("/proc/meminfo", "MemTotal"), left = value("/proc/meminfo", "MemFree");
	long faults = value("/proc/vmstat", "pgfault"), i;
	double first, second, up, idle;
	char *m = mmap(NULL, 50 * PAGE, RW, ANON, -1, 0);

	check("meminfo", total > left && left > 0 && value("/proc/meminfo", "MemAvailable") >= 0);
	for (i = 0; i < 50; i++)
		m[i * (long)PAGE] = 1;
	check("vmstat counts every fault", value("/proc/vmstat", "pgfault") - faults >= 50);
	check("and none twice", value("/proc/vmstat", "pgfault") - faults < 100);
	check("/proc/stat", value("/proc/stat", "processes") >= 2 &&
				    value("/proc/stat", "ctxt") > 0 &&
				    value("/proc/stat", "btime") > 1700000000);
	check("/proc/loadavg", sscanf(slurp("/proc/loadavg"), "%lf %lf", &first, &second) == 2);
	check("/proc/uptime", sscanf(slurp("/proc/uptime"), "%lf %lf", &up, &idle) == 2 && up >= 0);
	check("/proc/mounts", strstr(slurp("/proc/mounts"), " / ext2 ") != NULL);
	check("/proc/swaps and meminfo agree",
	      strstr(slurp("/proc/swaps"), "Filename") && value("/proc/meminfo", "SwapTotal") > 0);
	munmap(m, 50 * PAGE);
}

int main(int argc, char **argv)
{
	if (argc > 1) {
		swapping((unsigned)atoi(argv[1]));
		finish();
	}
	residence();
	sharing();
	process(argv);
	whole_system();
	details();
	for (unsigned i = 0; i < PAGES; i++)
		if (is_touched(i))
			printf("place %lu %lu\n",
			       (unsigned long)(uintptr_t)(known + i * PAGE) / PAGE,
			       (unsigned long)((pagemap(known + i * PAGE) & FRAME) - 0x80000));
	finish();
}
