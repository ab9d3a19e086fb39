/*
 * What files, names, pipes and polling must do, as a guest program: one TAP line a rule.  The same
 * program passes on Linux, which keeps the rules honest.
 */
#define _GNU_SOURCE
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <sys/xattr.h>
#include <termios.h>
#include <unistd.h>

static void *volatile nowhere = (void *)8;
static int number, failed;
static const char *why;

static void report(int ok, const char *sentence)
{
	printf("%sok %d - %s\n", ok ? "" : "not ", ++number, sentence);
	if (!ok) {
		printf("# %s (errno %d)\n", why ? why : "", errno);
		failed++;
	}
	why = NULL;
}

/* Remembers the first thing that was not as it should be. */
#define MUST(condition)	   ((condition) || (why ? 0 : (why = #condition, 0)))
#define FAILS(call, error) MUST((errno = 0, (call)) == -1 && errno == (error))

static void put(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0644);

	MUST(fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text));
	close(fd);
}

static int holds(const char *path, const char *text)
{
	char buffer[256] = "";
	int fd = open(path, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read(fd, buffer, sizeof(buffer));

	if (fd >= 0)
		close(fd);
	return n == (ssize_t)strlen(text) && memcmp(buffer, text, n) == 0;
}

static ino_t ino(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? 0 : st.st_ino;
}

static int links(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? -1 : (int)st.st_nlink;
}

static void test_open(void)
{
	int fd, other;

	put("a", "alpha");
	FAILS(open("missing", O_RDONLY), ENOENT);
	FAILS(open("a", O_WRONLY | O_CREAT | O_EXCL, 0600), EEXIST);
	FAILS(open("a/b", O_RDONLY), ENOTDIR);
	FAILS(open("a/", O_RDONLY), ENOTDIR);
	FAILS(open("a", O_RDONLY | O_DIRECTORY), ENOTDIR);
	FAILS(open(".", O_WRONLY), EISDIR);
	FAILS(open("", O_RDONLY), ENOENT);
	FAILS(open("new/", O_WRONLY | O_CREAT, 0600), EISDIR);
	FAILS(open(nowhere, O_RDONLY), EFAULT);
	FAILS(close(99), EBADF);
	FAILS(open("/proc/self/exe", O_WRONLY), ETXTBSY);
	fd = open("a", O_RDWR | O_APPEND);
	MUST(write(fd, "bet", 3) == 3 && lseek(fd, 0, SEEK_CUR) == 8);
	MUST(lseek(fd, 2, SEEK_SET) == 2 && write(fd, "a", 1) == 1 && holds("a", "alphabeta"));
	other = dup(fd);
	MUST(lseek(other, 1, SEEK_SET) == 1 && lseek(fd, 0, SEEK_CUR) == 1);
	MUST(dup2(fd, 50) == 50 && fcntl(50, F_GETFD) == 0);
	MUST(fcntl(fd, F_DUPFD_CLOEXEC, 60) == 60 && fcntl(60, F_GETFD) == FD_CLOEXEC);
	MUST((fcntl(fd, F_GETFL) & (O_ACCMODE | O_APPEND)) == (O_RDWR | O_APPEND));
	MUST(fcntl(fd, F_SETFL, O_NONBLOCK) == 0 &&
	     (fcntl(fd, F_GETFL) & (O_APPEND | O_NONBLOCK)) == O_NONBLOCK);
	FAILS(read(open("a", O_WRONLY), &fd, 1), EBADF);
	FAILS(lseek(fd, -1, SEEK_SET), EINVAL);
	FAILS(ioctl(fd, TCGETS, &fd), ENOTTY);
	for (int i = 3; i < 64; i++)
		close(i);
	fd = open("a", O_RDWR | O_TRUNC);
	MUST(fd == 3 && holds("a", ""));
	close(fd);
	report(!why, "open, dup, append and seek, and their errors");
}

static void test_names(void)
{
	char path[600];

	put("f", "one");
	MUST(mkdir("d", 0755) == 0 && links("d") == 2);
	FAILS(mkdir("d", 0755), EEXIST);
	FAILS(mkdir("nowhere/d", 0755), ENOENT);
	MUST(mkdir("d/sub", 0755) == 0 && links("d") == 3);
	FAILS(rmdir("d"), ENOTEMPTY);
	FAILS(unlink("d"), EISDIR);
	FAILS(rmdir("f"), ENOTDIR);
	FAILS(rmdir("d/sub/."), EINVAL);
	FAILS(rmdir("d/sub/.."), ENOTEMPTY);
	MUST(rmdir("d/sub") == 0 && links("d") == 2);
	MUST(link("f", "g") == 0 && links("f") == 2 && ino("f") == ino("g"));
	FAILS(link("f", "g"), EEXIST);
	FAILS(link("d", "e"), EPERM);
	MUST(unlink("f") == 0 && holds("g", "one") && links("g") == 1);
	FAILS(unlink("f"), ENOENT);
	memset(path, 'n', sizeof(path));
	path[255] = 0;
	put(path, "long");
	MUST(holds(path, "long") && unlink(path) == 0);
	path[255] = 'n';
	path[256] = 0;
	FAILS(open(path, O_CREAT | O_WRONLY, 0600), ENAMETOOLONG);
	unlink("g");
	rmdir("d");
	report(!why, "mkdir, rmdir, link and unlink, and their errors");
}

static void test_rename(void)
{
	ino_t a, b;

	put("a", "aaa");
	put("b", "bbb");
	a = ino("a");
	MUST(rename("a", "b") == 0 && holds("b", "aaa") && ino("b") == a && !ino("a"));
	FAILS(rename("a", "c"), ENOENT);
	mkdir("x", 0755);
	mkdir("y", 0755);
	mkdir("x/in", 0755);
	FAILS(rename("b", "x"), EISDIR);
	FAILS(rename("x", "b"), ENOTDIR);
	FAILS(rename("x", "x/in/deep"), EINVAL);
	FAILS(rename("y", "x"), ENOTEMPTY);
	MUST(rename("x/in", "y/in") == 0 && links("x") == 2 && links("y") == 3);
	MUST(ino("y/in/..") == ino("y"));
	MUST(rename("y", "x") == 0 && !ino("y") && ino("x/in") != 0);
	link("b", "b2");
	MUST(rename("b", "b2") == 0 && ino("b") == ino("b2")); /* one file: nothing happens */
	put("c", "ccc");
	b = ino("c");
	FAILS(renameat2(AT_FDCWD, "b", AT_FDCWD, "c", RENAME_NOREPLACE), EEXIST);
	MUST(renameat2(AT_FDCWD, "b", AT_FDCWD, "c", RENAME_EXCHANGE) == 0 && ino("b") == b &&
	     ino("c") == a);
	MUST(rename("c", "x/in/c") == 0 && holds("x/in/c", "aaa"));
	FAILS(rename("/proc", "proc"), EBUSY);
	unlink("b");
	unlink("b2");
	unlink("x/in/c");
	rmdir("x/in");
	rmdir("x");
	report(!why,
	       "rename replaces, moves directories, exchanges, and refuses what POSIX forbids");
}

static void test_symlinks(void)
{
	char text[4100], big[300];

	put("t", "target");
	MUST(symlink("t", "l") == 0 && holds("l", "target"));
	MUST(readlink("l", text, sizeof(text)) == 1 && text[0] == 't');
	FAILS(readlink("t", text, sizeof(text)), EINVAL);
	FAILS(open("l", O_RDONLY | O_NOFOLLOW), ELOOP);
	MUST(symlink("loop", "loop") == 0);
	FAILS(open("loop", O_RDONLY), ELOOP);
	mkdir("dir", 0755);
	put("dir/file", "inside");
	MUST(symlink("dir", "dl") == 0 && holds("dl/file", "inside") && holds("dl/../t", "target"));
	FAILS(rmdir("dl"), ENOTDIR);
	memset(big, '/', 200);
	strcpy(big, "./");
	for (int i = 0; i < 60; i++)
		strcat(big, "././");
	strcat(big, "t");
	MUST(symlink(big, "slow") == 0 && holds("slow", "target"));
	MUST(readlink("slow", text, sizeof(text)) == (ssize_t)strlen(big));
	MUST(symlink("made", "dangling") == 0);
	put("dangling", "through");
	MUST(holds("made", "through"));
	FAILS(open("dangling2", O_RDONLY), ENOENT);
	unlink("l");
	MUST(holds("t", "target"));
	unlink("t");
	unlink("loop");
	unlink("dir/file");
	rmdir("dir");
	unlink("dl");
	unlink("slow");
	unlink("made");
	unlink("dangling");
	report(!why,
	       "symbolic links, short and long, are followed, read and refused as they should");
}

static void test_data(void)
{
	static char page[3 * 4096], back[3 * 4096];
	struct stat st;
	int fd = open("data", O_RDWR | O_CREAT, 0644), n;
	struct iovec iov[3] = { { page, 5 }, { page + 100, 0 }, { page + 4000, 200 } };
	char *map;

	for (unsigned i = 0; i < sizeof(page); i++)
		page[i] = i * 7 + i / 256;
	MUST(pwrite(fd, page, 6000, 5000000) == 6000 && fstat(fd, &st) == 0);
	MUST(st.st_size == 5006000 && st.st_blocks < 64);
	MUST(lseek(fd, 0, SEEK_DATA) >= 4997120 && lseek(fd, 0, SEEK_HOLE) == 0);
	MUST(pread(fd, back, 4096, 4096) == 4096 && back[0] == 0 && back[4095] == 0);
	MUST(pread(fd, back, 8000, 5000000) == 6000 && memcmp(page, back, 6000) == 0);
	MUST(ftruncate(fd, 5000003) == 0 && ftruncate(fd, 5001000) == 0);
	MUST(pread(fd, back, 8000, 5000000) == 1000 && memcmp(page, back, 3) == 0);
	for (int i = 3; i < 1000; i++)
		MUST(back[i] == 0);
	MUST(ftruncate(fd, 0) == 0 && fstat(fd, &st) == 0 && st.st_blocks == 0);
	MUST(writev(fd, iov, 3) == 205 && pread(fd, back, 300, 0) == 205);
	MUST(memcmp(back, page, 5) == 0 && memcmp(back + 5, page + 4000, 200) == 0);
	map = mmap(NULL, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	MUST(map != MAP_FAILED && memcmp(map, back, 205) == 0);
	map[1] = 'M';
	MUST(msync(map, 4096, MS_SYNC) == 0);
	MUST(pread(fd, back, 2, 0) == 2 && back[1] == 'M');
	MUST(pwrite(fd, "W", 1, 2) == 1 && map[2] == 'W');
	MUST(pwrite(fd, map, 200, 0) == 200 && map[1] == 'M'); /* from the very page */
	MUST(pread(fd, map + 100, 50, 0) == 50 && map[101] == 'M');
	munmap(map, 4096);
	MUST(fsync(fd) == 0 && fdatasync(fd) == 0);
	MUST(posix_fallocate(fd, 0, 20000) == 0 && fstat(fd, &st) == 0 && st.st_size == 20000 &&
	     st.st_blocks >= 40);
	n = open("copy", O_RDWR | O_CREAT, 0644);
	lseek(fd, 0, SEEK_SET);
	MUST(sendfile(n, fd, NULL, 100) == 100 && lseek(fd, 0, SEEK_CUR) == 100);
	MUST(copy_file_range(fd, NULL, n, NULL, 50, 0) == 50 && lseek(n, 0, SEEK_CUR) == 150);
	MUST(flock(fd, LOCK_EX) == 0);
	close(fd);
	close(n);
	FAILS(truncate("nothing", 0), ENOENT);
	MUST(truncate("copy", 10) == 0 && stat("copy", &st) == 0 && st.st_size == 10);
	unlink("copy");
	fd = open("data", O_RDONLY);
	FAILS(ftruncate(fd, 1), EINVAL);
	FAILS(write(fd, "x", 1), EBADF);
	unlink("data");
	MUST(read(fd, back, 3) == 3 && fstat(fd, &st) == 0 && st.st_nlink == 0);
	close(fd);
	report(!why,
	       "holes, truncation, vectors, mappings and unlinked files hold the right bytes");
}

static int try_lock(int fd, int command, short type, long start, long length)
{
	struct flock lock = { .l_type = type, .l_start = start, .l_len = length };
	int result = fcntl(fd, command, &lock);

	return command == F_GETLK ? (lock.l_type == F_UNLCK ? 0 : (int)lock.l_start + 1) : result;
}

static void test_locks(void)
{
	int fd, other, status, go[2];
	char byte;
	pid_t child;

	put("locked", "0123456789");
	fd = open("locked", O_RDWR);
	MUST(pipe(go) == 0);
	MUST(try_lock(fd, F_SETLK, F_WRLCK, 0, 100) == 0);
	MUST(try_lock(fd, F_SETLK, F_UNLCK, 40, 20) == 0); /* falls into two */
	MUST(try_lock(fd, F_GETLK, F_WRLCK, 0, 0) == 0);   /* not against oneself */
	child = fork();
	if (child == 0) {
		why = NULL;
		FAILS(try_lock(fd, F_SETLK, F_RDLCK, 10, 1), EAGAIN);
		MUST(try_lock(fd, F_SETLK, F_WRLCK, 40, 20) == 0);
		FAILS(try_lock(fd, F_SETLK, F_WRLCK, 59, 2), EAGAIN);
		MUST(try_lock(fd, F_GETLK, F_RDLCK, 45, 100) == 61);
		MUST(write(go[1], "x", 1) == 1);
		MUST(try_lock(fd, F_SETLKW, F_WRLCK, 0, 0) == 0);
		MUST(read(go[0], &byte, 1) == 1 && byte == 'y'); /* written before the unlocking */
		_exit(why != NULL);
	}
	MUST(read(go[0], &byte, 1) == 1);
	MUST(try_lock(fd, F_GETLK, F_RDLCK, 0, 0) == 41);
	usleep(20000);
	MUST(write(go[1], "y", 1) == 1);
	close(open("locked", O_RDONLY)); /* closing any descriptor of the file gives the locks up */
	MUST(waitpid(child, &status, 0) == child && status == 0);
	other = open("locked", O_RDWR);
	MUST(flock(fd, LOCK_EX) == 0);
	FAILS(flock(other, LOCK_SH | LOCK_NB), EWOULDBLOCK);
	MUST(flock(fd, LOCK_SH) == 0 && flock(other, LOCK_SH | LOCK_NB) == 0);
	close(fd);
	MUST(flock(other, LOCK_EX | LOCK_NB) == 0);
	close(other);
	close(go[0]);
	close(go[1]);
	unlink("locked");
	report(!why,
	       "record locks and whole-file locks conflict, split, wait and end with a close");
}

static void test_attributes(void)
{
	struct timespec times[2] = { { 1000000000, 123456789 }, { 1500000000, 987654321 } };
	struct stat st;
	struct statx stx;
	struct statfs fs;
	char value[8];

	umask(027);
	put("m", "x");
	MUST(stat("m", &st) == 0 && (st.st_mode & 07777) == 0640);
	umask(022);
	MUST(chmod("m", 04751) == 0 && stat("m", &st) == 0 && st.st_mode == (S_IFREG | 04751));
	MUST(utimensat(AT_FDCWD, "m", times, 0) == 0 && stat("m", &st) == 0);
	MUST(st.st_atim.tv_sec == 1000000000 && st.st_atim.tv_nsec == 123456789);
	MUST(st.st_mtim.tv_sec == 1500000000 && st.st_mtim.tv_nsec == 987654321);
	times[0].tv_sec = -100;
	MUST(utimensat(AT_FDCWD, "m", times, 0) == 0 && stat("m", &st) == 0);
	MUST(st.st_atim.tv_sec == -100 && st.st_atim.tv_nsec == 123456789);
	MUST(statx(AT_FDCWD, "m", 0, STATX_ALL, &stx) == 0 && stx.stx_size == 1 &&
	     stx.stx_mtime.tv_nsec == 987654321 && stx.stx_ino == st.st_ino);
	FAILS(access("missing", F_OK), ENOENT);
	chmod("m", 0644);
	MUST(access("m", R_OK | W_OK) == 0);
	FAILS(access("m", X_OK), EACCES);
	MUST(statfs(".", &fs) == 0 && fs.f_bsize >= 512 && fs.f_blocks > fs.f_bfree);
	FAILS(getxattr("m", "user.none", value, sizeof(value)), ENODATA);
	unlink("m");
	report(!why, "modes, times to the nanosecond, statx, statfs and access");
}

static void test_directories(void)
{
	char name[64], cwd[200];
	unsigned seen = 0, count = 0;
	struct dirent *entry;
	DIR *dir;

	MUST(mkdir("many", 0755) == 0 && chdir("many") == 0);
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "a-rather-long-name-for-a-file-%d", i);
		put(name, "");
	}
	dir = opendir(".");
	while ((entry = readdir(dir))) {
		count++;
		if (strncmp(entry->d_name, "a-rather", 8) == 0 && entry->d_type == DT_REG)
			seen += atoi(entry->d_name + 30);
	}
	MUST(count == 502 && seen == 499 * 500 / 2);
	rewinddir(dir);
	MUST(readdir(dir) != NULL);
	closedir(dir);
	for (int i = 0; i < 500; i++) {
		snprintf(name, sizeof(name), "a-rather-long-name-for-a-file-%d", i);
		MUST(unlink(name) == 0);
	}
	MUST(getcwd(cwd, sizeof(cwd)) && strcmp(strrchr(cwd, '/'), "/many") == 0);
	FAILS((long)getcwd(cwd, 3) ? 0 : -1, ERANGE);
	MUST(chdir("..") == 0 && rmdir("many") == 0);
	FAILS(chdir("many"), ENOENT);
	report(!why, "a directory of 500 names is listed whole, and getcwd follows chdir");
}

static volatile int signals;
static void on_signal(int signal)
{
	signals += signal;
}

static void test_pipes(void)
{
	static char big[70000];
	int fd[2], status, n, total = 0;
	struct pollfd p;
	fd_set set;
	struct timeval zero = { 0, 0 };
	pid_t child;

	MUST(pipe2(fd, O_CLOEXEC) == 0);
	FAILS(lseek(fd[0], 0, SEEK_CUR), ESPIPE);
	MUST(write(fd[1], "hello", 5) == 5 && ioctl(fd[0], FIONREAD, &n) == 0 && n == 5);
	p = (struct pollfd){ fd[0], POLLIN, 0 };
	MUST(poll(&p, 1, 0) == 1 && p.revents == POLLIN);
	FD_ZERO(&set);
	FD_SET(fd[0], &set);
	MUST(select(fd[0] + 1, &set, NULL, NULL, &zero) == 1 && FD_ISSET(fd[0], &set));
	MUST(read(fd[0], big, 100) == 5);
	MUST(poll(&p, 1, 20) == 0 && p.revents == 0);
	fcntl(fd[0], F_SETFL, O_NONBLOCK);
	FAILS(read(fd[0], big, 1), EAGAIN);
	fcntl(fd[0], F_SETFL, 0);
	fcntl(fd[1], F_SETFL, O_NONBLOCK);
	while ((n = write(fd[1], big, 4096)) > 0)
		total += n;
	MUST(total >= 4096 && total <= 65536 && errno == EAGAIN);
	fcntl(fd[1], F_SETFL, 0);
	child = fork();
	if (child == 0) {
		close(fd[0]);
		for (unsigned i = 0; i < sizeof(big); i++)
			big[i] = i;
		_exit(write(fd[1], big, sizeof(big)) != sizeof(big));
	}
	close(fd[1]);
	for (int got = 0; got < total; got += n)
		n = read(fd[0], big, total - got);
	for (n = 0; (status = read(fd[0], big, 3001)) > 0; n += status)
		for (int i = 0; i < status; i++)
			MUST(big[i] == (char)(n + i));
	MUST(n == sizeof(big) && status == 0);
	MUST(waitpid(child, &status, 0) == child && status == 0);
	p.events = POLLIN;
	MUST(poll(&p, 1, 0) == 1 && (p.revents & POLLHUP));
	close(fd[0]);
	signal(SIGPIPE, on_signal);
	MUST(pipe(fd) == 0 && close(fd[0]) == 0);
	FAILS(write(fd[1], "x", 1), EPIPE);
	MUST(signals == SIGPIPE);
	signal(SIGPIPE, SIG_DFL);
	close(fd[1]);
	MUST(mkfifo("fifo", 0600) == 0);
	FAILS(open("fifo", O_WRONLY | O_NONBLOCK), ENXIO);
	child = fork();
	if (child == 0) {
		n = open("fifo", O_WRONLY);
		_exit(write(n, "named", 5) != 5);
	}
	n = open("fifo", O_RDONLY);
	MUST(read(n, big, 10) == 5 && memcmp(big, "named", 5) == 0 && read(n, big, 10) == 0);
	waitpid(child, &status, 0);
	close(n);
	unlink("fifo");
	FAILS(pipe(nowhere), EFAULT);
	report(!why, "pipes are bounded, ordered, end, poll, and raise SIGPIPE");
}

static void test_devices(void)
{
	char bytes[64] = "";
	int fd = open("/dev/null", O_RDWR);

	MUST(write(fd, bytes, 64) == 64 && read(fd, bytes, 64) == 0);
	close(fd);
	fd = open("/dev/zero", O_RDONLY);
	memset(bytes, 1, sizeof(bytes));
	MUST(read(fd, bytes, 64) == 64 && bytes[0] == 0 && bytes[63] == 0);
	close(fd);
	fd = open("/dev/full", O_WRONLY);
	FAILS(write(fd, bytes, 1), ENOSPC);
	close(fd);
	fd = open("/dev/urandom", O_RDONLY);
	MUST(read(fd, bytes, 64) == 64 && memcmp(bytes, bytes + 32, 32) != 0);
	FAILS(read(fd, nowhere, 64), EFAULT);
	close(fd);
	report(!why, "null, zero, full and urandom");
}

static void test_tmp(void)
{
	static char page[4096], back[4096];
	char dir[32], name[40], link[40], other[40];
	int fd;

	snprintf(dir, sizeof(dir), "/tmp/t%d", getpid());
	snprintf(name, sizeof(name), "%s/file", dir);
	snprintf(link, sizeof(link), "%s/link", dir);
	snprintf(other, sizeof(other), "%s/other", dir);
	MUST(mkdir(dir, 0755) == 0);
	fd = open(name, O_RDWR | O_CREAT, 0644);
	memset(page, 'p', sizeof(page));
	for (int i = 0; i < 40; i++) {
		page[0] = i;
		MUST(pwrite(fd, page, 4096, i * 4096) == 4096);
	}
	for (int i = 0; i < 40; i++)
		MUST(pread(fd, back, 4096, i * 4096) == 4096 && back[0] == i && back[4095] == 'p');
	MUST(ftruncate(fd, 10) == 0 && ftruncate(fd, 100) == 0);
	MUST(pread(fd, back, 100, 0) == 100 && back[9] == 'p' && back[10] == 0);
	close(fd);
	MUST(symlink("file", link) == 0 && access(link, R_OK) == 0);
	MUST(rename(name, other) == 0);
	FAILS(access(link, R_OK), ENOENT);
	FAILS(rmdir(dir), ENOTEMPTY);
	unlink(link);
	unlink(other);
	MUST(rmdir(dir) == 0);
	report(!why, "/tmp holds files, links and directories in memory");
}

static void test_proc(void)
{
	char text[4096], path[64];
	int fd = open("/proc/self/stat", O_RDONLY), fields = 0, pid = 0, comma = 0;
	ssize_t n = read(fd, text, sizeof(text) - 1);
	unsigned long start, end;
	int stack = 0, exe = 0, here = 0;
	FILE *f;

	text[n > 0 ? n : 0] = 0;
	for (char *p = strrchr(text, ')'); p && *p; p++)
		fields += *p == ' ';
	MUST(fields == 50 && sscanf(text, "%d (%*[^)]) %c", &pid, (char *)&comma) == 2);
	MUST(pid == getpid() && comma == 'R');
	close(fd);
	f = fopen("/proc/self/maps", "r");
	while (f && fgets(text, sizeof(text), f)) {
		char perms[8], rest[300] = "";

		MUST(sscanf(text, "%lx-%lx %7s %*x %*x:%*x %*u %299s", &start, &end, perms, rest) >=
		     3);
		stack |= !strcmp(rest, "[stack]") && start <= (unsigned long)&n &&
			 (unsigned long)&n < end;
		exe |= strchr(perms, 'x') && strstr(rest, "files") &&
		       strchr(text, '/') == text + 73;
		here |= start <= (unsigned long)test_proc && (unsigned long)test_proc < end;
	}
	MUST(f && stack && exe && here);
	if (f)
		fclose(f);
	snprintf(path, sizeof(path), "/proc/%d/exe", getpid());
	n = readlink(path, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	MUST(n > 0 && strstr(text, "files"));
	put("known", "by number");
	fd = open("known", O_RDONLY);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	MUST(n > 0 && strstr(text, "/known") && holds(path, "by number"));
	unlink("known");
	MUST(holds(path, "by number"));
	close(fd);
	report(!why,
	       "/proc/self: stat has 52 fields, maps names exe and stack, exe and fd are links");
}

int main(void)
{
	char dir[] = "scratch.XXXXXX";

	setvbuf(stdout, NULL, _IOLBF, 0);
	if (!mkdtemp(dir) || chdir(dir)) {
		perror(dir);
		return 1;
	}
	test_open();
	test_names();
	test_rename();
	test_symlinks();
	test_data();
	test_locks();
	test_attributes();
	test_directories();
	test_pipes();
	test_devices();
	test_tmp();
	test_proc();
	MUST(chdir("..") == 0);
	unlink("a");
	chdir(dir);
	unlink("a");
	MUST(chdir("..") == 0 && rmdir(dir) == 0);
	report(!why, "nothing is left behind");
	printf("1..%d\n", number);
	return failed != 0;
}
