#include "tests/fuzz-cov/sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#define FILES 8

static bool inside;
static size_t room;

static struct {
	char name[32], path[32];
	int fd;
} files[FILES];

/* Every call that is sent here. */
int __real_open(const char *path, int flags, ...);
int __wrap_open(const char *path, int flags, ...);
FILE *__real_fopen(const char *path, const char *mode);
FILE *__wrap_fopen(const char *path, const char *mode);
void *__real_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t bytes);
int __wrap_munmap(void *at, size_t bytes);
ssize_t __real_write(int fd, const void *bytes, size_t n);
ssize_t __wrap_write(int fd, const void *bytes, size_t n);
int __real_mkdir(const char *path, mode_t mode);
int __wrap_mkdir(const char *path, mode_t mode);
int __wrap_symlink(const char *target, const char *path);
int __real_unlink(const char *path);
int __wrap_unlink(const char *path);
void __wrap_say(const char *format, ...);

static int find(const char *name)
{
	for (int i = 0; i < FILES; i++)
		if (files[i].name[0] &&
		    (strcmp(files[i].name, name) == 0 || strcmp(files[i].path, name) == 0))
			return i;
	return -1;
}

const char *sandbox_file(const char *name, const void *data, size_t bytes)
{
	int i = find(name);

	for (int j = 0; i < 0 && j < FILES; j++)
		if (!files[j].name[0])
			i = j;
	if (i < 0)
		abort();
	if (!files[i].name[0]) {
		snprintf(files[i].name, sizeof(files[i].name), "%s", name);
		files[i].fd = memfd_create(name, MFD_CLOEXEC);
		snprintf(files[i].path, sizeof(files[i].path), "/proc/self/fd/%d", files[i].fd);
	}
	if (ftruncate(files[i].fd, (off_t)bytes) < 0 ||
	    pwrite(files[i].fd, data, bytes, 0) != (ssize_t)bytes)
		abort();
	return files[i].path;
}

int sandbox_fd(const char *name)
{
	return files[find(name)].fd;
}

void sandbox_enter(void)
{
	static int quiet;

	if (!quiet++ && !freopen("/dev/null", "w", stdout))
		abort();
	inside = true;
	room = SIZE_MAX;
}

void sandbox_leave(void)
{
	inside = false;
}

/* The input's files; the guest system that was built; nothing to write but what is forgotten. */
int __wrap_open(const char *path, int flags, ...)
{
	int i = find(path), mode;
	va_list args;

	va_start(args, flags);
	mode = va_arg(args, int);
	va_end(args);
	if (!inside)
		return __real_open(path, flags, mode);
	if (i >= 0)
		return __real_open(files[i].path, flags & ~(O_CREAT | O_TRUNC), 0);
	if (flags & O_CREAT)
		return __real_open("/dev/null", O_WRONLY | O_CLOEXEC);
	if ((flags & O_ACCMODE) == O_RDONLY && (strstr(path, "/build/") || strstr(path, "/san/")) &&
	    !strstr(path, ".."))
		return __real_open(path, flags);
	errno = ENOENT;
	return -1;
}

FILE *__wrap_fopen(const char *path, const char *mode)
{
	static const char *const findings[] = { "-crash-", "-timeout-", "-leak-", "-oom-",
						"-slow-" };
	int i = inside ? find(path) : -1;

	/* The fuzzer writes down what broke while it was tried. */
	for (size_t k = 0; k < sizeof(findings) / sizeof(findings[0]); k++)
		if (strstr(path, findings[k]))
			return __real_fopen(path, mode);
	if (i >= 0)
		return __real_fopen(files[i].path, mode);
	return __real_fopen(inside ? "/dev/null" : path, mode);
}

void sandbox_room(size_t bytes)
{
	room = bytes;
}

ssize_t __wrap_write(int fd, const void *bytes, size_t n)
{
	if (inside && n > room) {
		errno = ENOSPC;
		return -1;
	}
	room -= inside && room != SIZE_MAX ? n : 0;
	return __real_write(fd, bytes, n);
}

int __wrap_mkdir(const char *path, mode_t mode)
{
	return inside ? 0 : __real_mkdir(path, mode);
}

int __wrap_symlink(const char *target, const char *path)
{
	(void)target, (void)path;
	return 0;
}

int __wrap_unlink(const char *path)
{
	return inside ? 0 : __real_unlink(path);
}

/* A line for the user: made, so that all in it is looked at, and not printed. */
void __wrap_say(const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	vsnprintf(line, sizeof(line), format, args);
	va_end(args);
}

/* Files are mapped as blocks of their exact size from the heap, past whose ends the sanitizer sees. */
#define MAPS 16
static void *maps[MAPS];

void *__wrap_mmap(void *at, size_t bytes, int prot, int flags, int fd, off_t offset)
{
	int free_map = -1;
	void *block;

	for (int i = 0; i < MAPS; i++)
		if (!maps[i])
			free_map = i;
	if (inside && fd < 0 && bytes > room) {
		errno = ENOMEM;
		return MAP_FAILED;
	}
	if (!inside || fd < 0 || free_map < 0)
		return __real_mmap(at, bytes, prot, flags, fd, offset);
	block = malloc(bytes);
	if (!block || pread(fd, block, bytes, offset) != (ssize_t)bytes)
		abort();
	return maps[free_map] = block;
}

int __wrap_munmap(void *at, size_t bytes)
{
	for (int i = 0; i < MAPS; i++) {
		if (maps[i] == at) {
			maps[i] = NULL;
			free(at);
			return 0;
		}
	}
	return __real_munmap(at, bytes);
}
