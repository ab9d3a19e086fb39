/*
 * On the guest: executes wild files. Those of a folder first, then copies of a program of which a few
 * bytes, mostly of its headers, are others. Each runs in a child under a short alarm; whatever it
 * does, the kernel must go on. Arguments: a folder, a program, a seed, how many copies.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/random.h"

#define MOST	    (64 << 10)
#define PATIENCE_US 3000

static uint64_t state;

static uint64_t chance(uint64_t n)
{
	return (xorshift(&state) >> 11) % n;
}

static unsigned refused, died, ended;

static void execute(const char *path)
{
	char *argv[] = { (char *)path, NULL };
	struct itimerval alarm_in = { .it_value = { 0, PATIENCE_US } };
	int status, null;
	pid_t pid = fork();

	if (pid == 0) {
		null = open("/dev/null", O_RDWR);
		for (int fd = 0; fd < 3; fd++)
			dup2(null, fd);
		setitimer(ITIMER_REAL, &alarm_in, NULL);
		execv(path, argv);
		_exit(127);
	}
	if (pid < 0 || waitpid(pid, &status, 0) != pid)
		exit(1);
	if (WIFSIGNALED(status))
		died++;
	else if (WEXITSTATUS(status) == 127)
		refused++;
	else
		ended++;
}

static void folder(const char *name)
{
	char path[512];
	DIR *dir = opendir(name);

	for (struct dirent *entry; dir && (entry = readdir(dir));) {
		snprintf(path, sizeof(path), "%s/%s", name, entry->d_name);
		if (entry->d_name[0] == '.' || chmod(path, 0755))
			continue;
		execute(path);
	}
	if (!dir)
		exit(1);
	closedir(dir);
}

static void copies(const char *program, unsigned count)
{
	static uint8_t clean[MOST], mad[MOST];
	int fd = open(program, O_RDONLY);
	ssize_t n = read(fd, clean, MOST);

	close(fd);
	if (n < 64)
		exit(1);
	while (count--) {
		memcpy(mad, clean, (size_t)n);
		for (uint64_t edits = 1 + chance(6); edits; edits--) {
			uint64_t at = chance(chance(4) ? 64 + 56 * 4 : (uint64_t)n);

			mad[at] = chance(3) ? (uint8_t)chance(256) : chance(2) ? 0xff : 0;
		}
		fd = open("/tmp/mad", O_WRONLY | O_CREAT | O_TRUNC, 0755);
		if (fd < 0 || write(fd, mad, (size_t)n) != n)
			exit(1);
		close(fd);
		execute("/tmp/mad");
		unlink("/tmp/mad");
	}
}

int main(int argc, char **argv)
{
	if (argc != 5)
		return 2;
	state = strtoull(argv[3], NULL, 0) * 0x9e3779b97f4a7c15u + 1;
	folder(argv[1]);
	copies(argv[2], (unsigned)atoi(argv[4]));
	printf("%u refused, %u died, %u ended\n", refused, died, ended);
	return 0;
}
