/* Where the runs of a sweep leave their statistics and what they say. */
#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "emu/sweep_private.h"

/* Waits until nobody has the other end of the pipe, and removes the folder. */
static _Noreturn void tidy_up(const char *folder, int pipe)
{
	static const int ends[] = { SIGHUP, SIGINT, SIGQUIT, SIGPIPE, SIGTERM };
	struct dirent *entry;
	char byte;
	DIR *dir;

	setsid(); /* what is sent to a terminal's or a job's processes is not for this one */
	for (size_t i = 0; i < sizeof(ends) / sizeof(ends[0]); i++)
		signal(ends[i], SIG_IGN);
	while (read(pipe, &byte, 1) < 0 && errno == EINTR)
		;
	dir = opendir(folder);
	while (dir && (entry = readdir(dir)))
		unlinkat(dirfd(dir), entry->d_name, 0);
	rmdir(folder);
	_exit(0);
}

/*
 * One that keeps nothing is tidied up by a process of its own.  We have the end of the pipe that it
 * waits for, and so has every run: it comes when all are gone, and even where SIGKILL left nobody
 * the time to see to it.
 */
static bool make_temporary(struct sweep *s, struct error *error)
{
	const char *base = getenv("TMPDIR");
	int ends[2];

	snprintf(s->folder, sizeof(s->folder), "%s/faultline-sweep-XXXXXX",
		 base && strlen(base) < 1000 ? base : "/tmp");
	if (!mkdtemp(s->folder))
		return refuse(error, "%s: %s", s->folder, strerror(errno));
	if (pipe(ends) < 0 || (s->tidier = fork()) < 0) {
		refuse(error, "sweep: %s", strerror(errno));
		rmdir(s->folder);
		return false;
	}
	if (s->tidier == 0) {
		close(ends[1]);
		tidy_up(s->folder, ends[0]);
	}
	close(ends[0]);
	s->tidier_pipe = ends[1];
	return true;
}

bool sweep_folder_make(struct sweep *s, struct error *error)
{
	if (!s->keep && !s->dry_run)
		return make_temporary(s, error);
	if (strlen(s->keep ? s->keep : ".") >= sizeof(s->folder) - 64)
		return refuse(error, "--keep: the name is too long");
	strcpy(s->folder, s->keep ? s->keep : ".");
	if (s->keep && mkdir(s->folder, 0777) < 0 && errno != EEXIST)
		return refuse(error, "--keep: %s: %s", s->keep, strerror(errno));
	return true;
}

void sweep_folder_leave(struct sweep *s)
{
	if (!s->tidier)
		return;
	close(s->tidier_pipe);
	while (waitpid(s->tidier, NULL, 0) < 0 && errno == EINTR)
		;
}
