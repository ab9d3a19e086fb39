/* What programs expect of names that end in a slash, of flags that do not exist, of places opened with O_PATH
 * and of directories that are gone.  Runs on this Linux as well. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/wait.h>
#include <signal.h>
#include <unistd.h>

#include "tests/guest/check.h"

static void slashes(void)
{
	struct stat st;

	mkdir("d", 0755);
	check("a link to a directory, one to nothing",
	      symlink("d", "to-d") == 0 && symlink("gone", "to-none") == 0);
	refused("rmdir of link/ does not reach the directory", rmdir("to-d/"), ENOTDIR);
	refused("nor unlink", unlink("to-d/"), ENOTDIR);
	refused("nor rename", rename("to-d/", "e"), ENOTDIR);
	check("which is still there", stat("d", &st) == 0);
	refused("mkdir of link/ makes no directory elsewhere", mkdir("to-none/", 0755), EEXIST);
	check("it did not", stat("gone", &st) == -1);
	refused("symlink(x, name/)", symlink("x", "s/"), ENOENT);
	check("no s", lstat("s", &st) == -1);
	check("mkdir(name/) and rmdir(name/)", mkdir("e/", 0755) == 0 && rmdir("e/") == 0);
	refused("O_CREAT with O_DIRECTORY", open("e", O_CREAT | O_DIRECTORY, 0755), EINVAL);
	unlink("to-d");
	unlink("to-none");
	rmdir("d");
}

static void unknown_flags(void)
{
	struct statx stx;
	struct stat st;

	close(open("f", O_CREAT | O_RDWR, 0644));
	refused("linkat", linkat(AT_FDCWD, "f", AT_FDCWD, "g", 1), EINVAL);
	refused("fchownat", fchownat(AT_FDCWD, "f", 0, 0, 1), EINVAL);
	refused("fstatat", fstatat(AT_FDCWD, "f", &st, 1), EINVAL);
	refused("utimensat", utimensat(AT_FDCWD, "f", NULL, 1), EINVAL);
	refused("statx", statx(AT_FDCWD, "f", 0x10000000, 0, &stx), EINVAL);
	refused("statx, synchronous and not", statx(AT_FDCWD, "f", 0x6000, 0, &stx), EINVAL);
	refused("statx, a mask of tomorrow", statx(AT_FDCWD, "f", 0, 0x80000000u, &stx), EINVAL);
	refused("readlink of nothing", readlink("", (char *)&st, sizeof(st)), ENOENT);
	check("posix_fadvise", posix_fadvise(0, 0, 0, 99) != 0);
	chmod("f", 06775);
	check("chown takes the privileges away",
	      chown("f", 0, 0) == 0 && stat("f", &st) == 0 && (st.st_mode & 07777) == 0775);
	unlink("f");
}

static void places(void)
{
	int fd = open(".", O_PATH), into = -1, other = -1;
	struct statfs fs;
	struct stat st;
	char byte;

	check("O_PATH of a directory: a place to start from",
	      fd >= 0 && (into = openat(fd, "f", O_CREAT | O_RDWR, 0644)) >= 0 && fchdir(fd) == 0);
	close(fd);
	close(into);
	fd = open("f", O_PATH);
	check("of a file: fstat, fstatfs, dup, F_GETFL",
	      fstat(fd, &st) == 0 && fstatfs(fd, &fs) == 0 && fcntl(fd, F_GETFL) == O_PATH &&
		      (other = dup(fd)) >= 0);
	check("and F_SETFD", fcntl(other, F_SETFD, FD_CLOEXEC) == 0 &&
				     fcntl(other, F_GETFD) == FD_CLOEXEC && close(other) == 0);
	refused("but no read", read(fd, &byte, 1), EBADF);
	refused("no lseek", lseek(fd, 0, SEEK_SET), EBADF);
	refused("no fchmod", fchmod(fd, 0600), EBADF);
	refused("no fchown", fchown(fd, 0, 0), EBADF);
	refused("no fsync", fsync(fd), EBADF);
	refused("no ftruncate", ftruncate(fd, 0), EBADF);
	refused("no ioctl", ioctl(fd, FIONREAD, &st), EBADF);
	refused("no flock", flock(fd, LOCK_SH), EBADF);
	refused("no F_SETFL", fcntl(fd, F_SETFL, 0), EBADF);
	check("no mmap",
	      mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0) == MAP_FAILED && errno == EBADF);
	close(fd);
	unlink("f");
}

/* The directory in which we are goes, and the one above it. */
static void removed_places(const char *where)
{
	char name[40], here[4096];
	struct stat st;
	DIR *dir;

	check(where, chdir(where) == 0 && mkdir("a", 0755) == 0 && mkdir("a/b", 0755) == 0 &&
			     mkdir("a/c", 0755) == 0 && chdir("a/b") == 0);
	check("what is removed under us still has its ..",
	      rmdir("../b") == 0 && stat("..", &st) == 0 && stat("../c", &st) == 0);
	check("which can go too", rmdir("../c") == 0 && rmdir("../../a") == 0);
	for (int i = 0; i < 40; i++) { /* others take the place that a dead one had in memory */
		snprintf(name, sizeof(name), "%s/abi-n%d", where, i);
		mkdir(name, 0755);
	}
	check("we are nowhere", stat(".", &st) == 0 && st.st_nlink == 0);
	refused("without a path", (long)getcwd(here, sizeof(here)) ? 0 : -1, ENOENT);
	refused("nothing can be made here", mkdir("x", 0755), ENOENT);
	check("nothing is listed", (dir = opendir(".")) != NULL && readdir(dir) == NULL);
	closedir(dir);
	check("up to the one that went last",
	      chdir("..") == 0 && stat(".", &st) == 0 && st.st_nlink == 0);
	check("and on to one that is there", chdir("..") == 0 && stat("abi-n1", &st) == 0);
	for (int i = 0; i < 40; i++) {
		snprintf(name, sizeof(name), "abi-n%d", i);
		rmdir(name);
	}
}

static void replaced_place(void)
{
	struct stat st;

	check("a directory over an empty one in which we are",
	      mkdir("/tmp/abi-r", 0755) == 0 && mkdir("/tmp/abi-s", 0755) == 0 &&
		      chdir("/tmp/abi-r") == 0 && rename("/tmp/abi-s", "/tmp/abi-r") == 0);
	check("we still come out", stat(".", &st) == 0 && st.st_nlink == 0 &&
					   stat("../abi-r", &st) == 0 && chdir("..") == 0);
	rmdir("/tmp/abi-r");
}

static void ranges(void)
{
	struct rlimit limit = { 5000, RLIM_INFINITY };
	loff_t from = 0, to = 50;
	int fd = open("f", O_CREAT | O_TRUNC | O_RDWR, 0644), end, status;

	check("a file", ftruncate(fd, 1000) == 0);
	refused("copy_file_range onto itself", copy_file_range(fd, &from, fd, &to, 100, 0), EINVAL);
	check("beside itself", copy_file_range(fd, &from, fd, &to, 50, 0) == 50 && to == 100);
	end = open("f", O_RDWR | O_APPEND);
	refused("to where everything is appended", copy_file_range(fd, NULL, end, NULL, 1, 0),
		EBADF);
	fflush(stdout);
	if (fork() == 0) {
		signal(SIGXFSZ, SIG_IGN);
		setrlimit(RLIMIT_FSIZE, &limit);
		_exit(!(fallocate(fd, 0, 0, 6000) == -1 && errno == EFBIG));
	}
	check("sync_file_range", sync_file_range(fd, 0, 0, SYNC_FILE_RANGE_WRITE) == 0);
	refused("of what never was", sync_file_range(fd, -1, 0, 0), EINVAL);
	check("fallocate keeps to the size limit", wait(&status) > 0 && status == 0);
	close(fd);
	close(end);
	unlink("f");
}

/* A name that is always there: several turn it over at once, and none of them may fail. */
static void turned_over(void)
{
	int status, bad = 0, gate[2];
	char own[20];

	check("a name", pipe(gate) == 0 && close(open("name", O_WRONLY | O_CREAT, 0644)) == 0);
	for (int i = 0; i < 4; i++) {
		if (fork())
			continue;
		for (int k = 0; k < 6; k++) {
			snprintf(own, sizeof(own), "name%d.%d", i, k);
			bad += close(open(own, O_WRONLY | O_CREAT, 0644)) != 0;
		}
		close(gate[1]);
		bad += read(gate[0], own, 1) != 0; /* all begin together */
		for (int k = 0; k < 6; k++) {
			snprintf(own, sizeof(own), "name%d.%d", i, k);
			bad += rename(own, "name") != 0;
			bad += access("name", F_OK) != 0;
		}
		_exit(bad);
	}
	usleep(300000);
	close(gate[0]);
	close(gate[1]);
	while (wait(&status) > 0)
		bad += status != 0;
	check("is turned over by four at once", !bad && unlink("name") == 0);
}

int main(void)
{
	char here[4096];

	umask(022);
	if (!getcwd(here, sizeof(here)))
		return 1;
	slashes();
	unknown_flags();
	places();
	removed_places(here);
	removed_places("/tmp");
	replaced_place();
	if (chdir(here))
		return 1;
	ranges();
	turned_over();
	finish();
}
