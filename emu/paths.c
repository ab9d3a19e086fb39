#include "emu/paths.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* `make install PREFIX=` puts the program into PREFIX/bin and its files into here. */
#define INSTALLED "/../share/faultline/"

static bool program_folder(char *buf, size_t size)
{
	ssize_t n = readlink("/proc/self/exe", buf, size - 1);
	char *slash;

	if (n <= 0)
		return false;
	buf[n] = 0;
	slash = strrchr(buf, '/');
	if (!slash)
		return false;
	*slash = 0;
	return true;
}

bool paths_find(const char *name, char *path, size_t size)
{
	static const char *const places[] = { "/", INSTALLED };
	char folder[PATH_MAX];

	if (!program_folder(folder, sizeof(folder)))
		return false;
	for (size_t i = 0; i < sizeof(places) / sizeof(places[0]); i++) {
		int n = snprintf(path, size, "%s%s%s", folder, places[i], name);

		if (n > 0 && (size_t)n < size && access(path, R_OK) == 0)
			return true;
	}
	return false;
}

bool paths_writable(const char *path)
{
	struct stat st;
	int fd;

	if (stat(path, &st) == 0) {
		if (S_ISDIR(st.st_mode))
			errno = EISDIR;
		return !S_ISDIR(st.st_mode) && access(path, W_OK) == 0;
	}
	fd = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
	if (fd < 0)
		return errno == EEXIST; /* a link to what is not there yet */
	close(fd);
	unlink(path);
	return true;
}
