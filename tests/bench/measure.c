/*
 * measure [-m RAM_MIB] OUT COMMAND...: runs COMMAND with standard input from /dev/null, standard output
 * to the file OUT and standard error thrown away, and prints one line: CPU seconds (user and system, of
 * all its threads), seconds by the clock, its status (128 + N for a signal), and, with -m, the most KiB that
 * were resident beside the guest's RAM.
 *
 * That last figure: every few milliseconds /proc/PID/smaps is read; the guest's RAM is the mapping of
 * RAM_MIB (or a little more, if the host merged another into it); what is resident in all the others,
 * shared libraries included, is the emulator's own.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define SAMPLE_US 5000

static double seconds(struct timeval t)
{
	return (double)t.tv_sec + (double)t.tv_usec * 1e-6;
}

static double now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec * 1e-9;
}

static int open_or_die(const char *path, int flags)
{
	int fd = open(path, flags, 0644);

	if (fd < 0) {
		perror(path);
		_exit(127);
	}
	return fd;
}

static void child(const char *out, char **command)
{
	dup2(open_or_die("/dev/null", O_RDONLY), 0);
	dup2(open_or_die(out, O_WRONLY | O_CREAT | O_TRUNC), 1);
	dup2(open_or_die("/dev/null", O_WRONLY), 2);
	execvp(command[0], command);
	_exit(127);
}

/* KiB resident beside the RAM, or 0 while there is no such mapping yet. */
static unsigned long beside_ram(pid_t pid, unsigned long ram_kib)
{
	unsigned long size = 0, rss, total = 0, ram = 0;
	char path[64], line[512];
	FILE *f;

	snprintf(path, sizeof(path), "/proc/%d/smaps", (int)pid);
	f = fopen(path, "r");
	while (f && fgets(line, sizeof(line), f)) {
		if (sscanf(line, "Size: %lu", &size) == 1)
			continue;
		if (sscanf(line, "Rss: %lu", &rss) != 1)
			continue;
		total += rss;
		if (size >= ram_kib && size < ram_kib + ram_kib / 4)
			ram = rss;
	}
	if (f)
		fclose(f);
	return ram ? total - ram : 0;
}

int main(int argc, char **argv)
{
	unsigned long ram_kib = 0, most = 0, kib;
	struct rusage usage;
	double began = now();
	int at = 1, status;
	pid_t pid;

	if (argc > 3 && strcmp(argv[1], "-m") == 0) {
		ram_kib = strtoul(argv[2], NULL, 10) << 10;
		at = 3;
	}
	if (argc < at + 2) {
		fputs("usage: measure [-m RAM_MIB] OUT COMMAND...\n", stderr);
		return 2;
	}
	pid = fork();
	if (pid == 0)
		child(argv[at], argv + at + 1);
	if (pid < 0) {
		perror("fork");
		return 1;
	}
	while (wait4(pid, &status, ram_kib ? WNOHANG : 0, &usage) == 0) {
		kib = beside_ram(pid, ram_kib);
		most = kib > most ? kib : most;
		usleep(SAMPLE_US);
	}
	printf("%.6f %.6f %d %lu\n", seconds(usage.ru_utime) + seconds(usage.ru_stime),
	       now() - began, WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status),
	       most);
	return 0;
}
