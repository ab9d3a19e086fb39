/* What programs expect of files, names and descriptors. Runs under qemu-riscv64 as well. */
#define _GNU_SOURCE
#include <dirent.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <sys/utsname.h>
#include <sys/wait.h>
#include <termios.h>
#include <unistd.h>

#include "tests/guest/check.h"

/* In the guest a file system of its own; where the witness runs it is everybody's. */
#define TMP(name) (getenv("WITNESS") ? "." name : "/tmp" name)

static char data[20000], back[20000];

static int create(const char *name)
{
	return open(name, O_RDWR | O_CREAT | O_TRUNC, 0644);
}

static int same(int fd, long offset, long n)
{
	return pread(fd, back, (size_t)n, offset) == n && !memcmp(back, data + offset, (size_t)n);
}

static void reading_and_writing(void)
{
	int fd = create("f"), other;
	struct stat st;
	struct iovec v[3] = { { data, 10 }, { data + 10, 0 }, { data + 10, 4090 } };

	check("a file is created", fd >= 0);
	check("it is written", write(fd, data, sizeof(data)) == (long)sizeof(data));
	check("the offset moved", lseek(fd, 0, SEEK_CUR) == (long)sizeof(data));
	check("what is read is what was written", same(fd, 0, sizeof(data)));
	check("across pages too", same(fd, 4000, 9000));
	check("reading at the end gives 0", read(fd, back, 10) == 0);
	check("reading past the end gives what there is",
	      pread(fd, back, 100, sizeof(data) - 7) == 7);
	check("fstat knows the size", fstat(fd, &st) == 0 && st.st_size == (long)sizeof(data));
	check("and the kind, mode and links",
	      S_ISREG(st.st_mode) && (st.st_mode & 0777) == 0644 && st.st_nlink == 1);
	check("and blocks of 512 bytes", st.st_blocks >= (long)sizeof(data) / 512);
	check("pwrite leaves the offset alone",
	      pwrite(fd, "xyz", 3, 5) == 3 && lseek(fd, 0, SEEK_CUR) == (long)sizeof(data));
	check("and writes in the middle",
	      pread(fd, back, 5, 4) == 5 && !memcmp(back + 1, "xyz", 3));
	memcpy(data + 5, "xyz", 3);
	check("lseek from the end", lseek(fd, -100, SEEK_END) == (long)sizeof(data) - 100);
	refused("lseek to before the beginning", lseek(fd, -1, SEEK_SET), EINVAL);
	check("a second descriptor has its own offset",
	      (other = open("f", O_RDONLY)) >= 0 && read(other, back, 3) == 3 &&
		      lseek(fd, 0, SEEK_CUR) == (long)sizeof(data) - 100);
	refused("a write to a descriptor for reading", write(other, "x", 1), EBADF);
	close(other);
	check("O_APPEND writes at the end",
	      (other = open("f", O_WRONLY | O_APPEND)) >= 0 && lseek(other, 0, SEEK_SET) == 0 &&
		      write(other, "end", 3) == 3 &&
		      lseek(fd, 0, SEEK_END) == (long)sizeof(data) + 3);
	refused("a read of a descriptor for writing", read(other, back, 1), EBADF);
	close(other);
	check("writev", lseek(fd, 0, SEEK_SET) == 0 && writev(fd, v, 3) == 4100);
	check("a hole reads as zeros", pwrite(fd, "z", 1, 60000) == 1 &&
					       pread(fd, back, 100, 50000) == 100 && back[0] == 0 &&
					       back[99] == 0);
	check("ftruncate cuts",
	      ftruncate(fd, 5000) == 0 && fstat(fd, &st) == 0 && st.st_size == 5000);
	check("ftruncate extends with zeros", ftruncate(fd, 9000) == 0 &&
						      pread(fd, back, 10, 5000) == 10 &&
						      !memcmp(back, "\0\0\0\0\0\0\0\0\0", 10));
	check("what was before the cut is still there", same(fd, 0, 5000));
	check("fsync and fdatasync", fsync(fd) == 0 && fdatasync(fd) == 0);
	close(fd);
	refused("a closed descriptor", write(fd, "x", 1), EBADF);
	check("O_TRUNC empties",
	      (fd = open("f", O_RDWR | O_TRUNC)) >= 0 && fstat(fd, &st) == 0 && st.st_size == 0);
	close(fd);
}

static void names(void)
{
	struct stat st, st2;
	char path[300];
	int fd;

	refused("open of what is not there", open("nothing", O_RDONLY), ENOENT);
	refused("O_EXCL of what is there", open("f", O_CREAT | O_EXCL | O_RDWR, 0600), EEXIST);
	refused("a file is no directory", open("f/x", O_RDONLY), ENOTDIR);
	refused("a directory cannot be written", open(".", O_WRONLY), EISDIR);
	refused("O_DIRECTORY of a file", open("f", O_RDONLY | O_DIRECTORY), ENOTDIR);
	check("mkdir", mkdir("d", 0755) == 0);
	refused("mkdir of what is there", mkdir("d", 0755), EEXIST);
	check("a new directory has two links",
	      stat("d", &st) == 0 && S_ISDIR(st.st_mode) && st.st_nlink == 2);
	check("link", link("f", "d/g") == 0 && stat("f", &st) == 0 && st.st_nlink == 2);
	check("both names are one file", stat("d/g", &st2) == 0 && st.st_ino == st2.st_ino);
	refused("link to what is there", link("f", "d/g"), EEXIST);
	refused("rmdir of a directory that is not empty", rmdir("d"), ENOTEMPTY);
	refused("unlink of a directory", unlink("d"), EISDIR);
	refused("rmdir of a file", rmdir("f"), ENOTDIR);
	check("rename",
	      rename("d/g", "d/h") == 0 && stat("d/g", &st) == -1 && stat("d/h", &st) == 0);
	check("rename over a file", (fd = create("other")) >= 0 && close(fd) == 0 &&
					    rename("other", "f") == 0 && stat("d/h", &st) == 0 &&
					    st.st_nlink == 1);
	refused("rename of what is not there", rename("nothing", "x"), ENOENT);
	check("mkdir for the next", mkdir("e", 0700) == 0 && mkdir("d/sub", 0700) == 0);
	check("rename of a directory over an empty one", rename("d/sub", "e") == 0);
	refused("rename of a directory over a full one", rename("e", "d"), ENOTEMPTY);
	refused("rename of a directory into itself", rename("d", "d/x"), EINVAL);
	refused("rename of a file over a directory", rename("f", "e"), EISDIR);
	check("symlink", symlink("d/h", "s") == 0);
	check("readlink", readlink("s", path, sizeof(path)) == 3 && !memcmp(path, "d/h", 3));
	check("stat follows, lstat does not", stat("s", &st) == 0 && S_ISREG(st.st_mode) &&
						      lstat("s", &st) == 0 && S_ISLNK(st.st_mode) &&
						      st.st_size == 3);
	refused("readlink of a file", readlink("f", path, sizeof(path)), EINVAL);
	refused("O_NOFOLLOW of a link", open("s", O_RDONLY | O_NOFOLLOW), ELOOP);
	check("a link to itself", symlink("loop", "loop") == 0);
	refused("is a loop", open("loop", O_RDONLY), ELOOP);
	memset(path, 'n', sizeof(path));
	path[299] = 0;
	refused("a name of 299 characters", open(path, O_RDONLY), ENAMETOOLONG);
	path[255] = 0;
	check("a name of 255 characters",
	      (fd = create(path)) >= 0 && close(fd) == 0 && unlink(path) == 0);
	refused("an empty name", open("", O_RDONLY), ENOENT);
	check("chmod",
	      chmod("f", 0600) == 0 && stat("f", &st) == 0 && (st.st_mode & 07777) == 0600);
	check("umask", umask(077) != 0777 && (fd = open("m", O_CREAT | O_RDWR, 0666)) >= 0 &&
			       fstat(fd, &st) == 0 && (st.st_mode & 0777) == 0600);
	close(fd);
	umask(022);
	check("access", access("f", R_OK | W_OK) == 0 && access("f", F_OK) == 0);
	refused("access of nothing", access("nothing", F_OK), ENOENT);
	check("an open file survives its name",
	      (fd = create("u")) >= 0 && write(fd, "abc", 3) == 3 && unlink("u") == 0 &&
		      pread(fd, back, 3, 0) == 3 && fstat(fd, &st) == 0 && st.st_nlink == 0);
	close(fd);
}

static void times_and_places(void)
{
	struct timespec times[2] = { { 1000000000, 5 }, { 1234567890, 7 } };
	struct stat st;
	struct statfs fs;
	struct statx sx;
	char cwd[200], here[200], far[1000];
	int deep;

	check("utimensat", utimensat(AT_FDCWD, "f", times, 0) == 0 && stat("f", &st) == 0 &&
				   st.st_mtime == 1234567890 && st.st_atime == 1000000000);
	check("statfs", statfs(".", &fs) == 0 && fs.f_bsize >= 512 && fs.f_blocks >= fs.f_bfree);
	check("statx",
	      statx(AT_FDCWD, "f", 0, STATX_BASIC_STATS, &sx) == 0 && S_ISREG(sx.stx_mode));
	check("getcwd", getcwd(here, sizeof(here)) == here && here[0] == '/');
	check("chdir", chdir("d") == 0 && getcwd(cwd, sizeof(cwd)) == cwd &&
			       !strcmp(cwd + strlen(here), "/d"));
	check("and back by ..", chdir("..") == 0 && getcwd(cwd, sizeof(cwd)) && !strcmp(cwd, here));
	refused("getcwd into too little", syscall(SYS_getcwd, cwd, 2), ERANGE);
	for (deep = 0; deep < 30; deep++)
		if (mkdir("a-directory-among-many", 0700) != 0 ||
		    chdir("a-directory-among-many") != 0)
			break;
	check("a working directory of 690 characters",
	      deep == 30 && getcwd(far, sizeof(far)) == far &&
		      strlen(far) == strlen(here) - (here[1] == 0) + (size_t)30 * 23);
	for (; deep > 0; deep--)
		if (chdir("..") != 0 || rmdir("a-directory-among-many") != 0)
			break;
	check("left again step by step",
	      deep == 0 && getcwd(cwd, sizeof(cwd)) && !strcmp(cwd, here));
	refused("chdir to a file", chdir("f"), ENOTDIR);
	check("openat of a directory's descriptor",
	      (chdir("/"), 1) && open(here, O_RDONLY) >= 0 && chdir(here) == 0);
}

static void directories(void)
{
	char name[40];
	struct dirent *e;
	int seen[300] = { 0 }, extra = 0, missing = 0, fd;
	DIR *dir;

	check("a directory for 300 files", mkdir("many", 0755) == 0);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "many/file-number-%d", i);
		fd = create(name);
		if (fd < 0)
			missing++;
		close(fd);
	}
	for (int i = 0; i < 300; i += 3) {
		snprintf(name, sizeof(name), "many/file-number-%d", i);
		missing += unlink(name) != 0;
	}
	check("were made, and every third removed", missing == 0);
	dir = opendir("many");
	while (dir && (e = readdir(dir))) {
		int n;

		if (sscanf(e->d_name, "file-number-%d", &n) == 1 && n >= 0 && n < 300)
			seen[n]++;
		else
			extra += strcmp(e->d_name, ".") && strcmp(e->d_name, "..");
	}
	for (int i = 0; i < 300; i++)
		missing += seen[i] != (i % 3 != 0);
	check("getdents64 lists each once, and no other", dir && missing == 0 && extra == 0);
	if (dir)
		rewinddir(dir);
	check("and again after a rewind", dir && readdir(dir) != NULL);
	if (dir)
		closedir(dir);
	for (int i = 0; i < 300; i++) {
		snprintf(name, sizeof(name), "many/file-number-%d", i);
		unlink(name);
	}
	check("it can be removed when empty", rmdir("many") == 0);
}

static void descriptors(void)
{
	int fds[2], fd, fd2;
	struct pollfd p;
	char c;

	signal(SIGPIPE, SIG_IGN);
	check("pipe",
	      pipe(fds) == 0 && write(fds[1], "hello", 5) == 5 && read(fds[0], back, 100) == 5);
	p = (struct pollfd){ fds[0], POLLIN, 0 };
	check("poll of an empty pipe times out", poll(&p, 1, 0) == 0);
	check("poll of a full one does not",
	      write(fds[1], "x", 1) == 1 && poll(&p, 1, 1000) == 1 && p.revents == POLLIN);
	check("the byte is there", read(fds[0], &c, 1) == 1 && c == 'x');
	check("O_NONBLOCK by fcntl",
	      fcntl(fds[0], F_SETFL, O_NONBLOCK) == 0 && (fcntl(fds[0], F_GETFL) & O_NONBLOCK));
	refused("an empty pipe would block", read(fds[0], &c, 1), EAGAIN);
	fcntl(fds[1], F_SETFL, O_NONBLOCK);
	for (fd = 0; write(fds[1], data, 4096) > 0; fd++)
		;
	check("a pipe has an end to its room", errno == EAGAIN && fd >= 1);
	close(fds[1]);
	for (; read(fds[0], back, 4096) > 0; fd--)
		;
	check("all of it comes out, then the end of the file", fd == 0 && read(fds[0], &c, 1) == 0);
	close(fds[0]);
	check("another pipe", pipe(fds) == 0 && close(fds[0]) == 0);
	refused("nobody reads it", write(fds[1], "x", 1), EPIPE);
	refused("a pipe cannot seek", lseek(fds[1], 0, SEEK_SET), ESPIPE);
	close(fds[1]);
	fd = open("f", O_RDWR);
	fd2 = dup(fd);
	check("dup shares the offset", lseek(fd, 3, SEEK_SET) == 3 && lseek(fd2, 0, SEEK_CUR) == 3);
	check("dup2 to a number", dup2(fd, 40) == 40 && lseek(40, 0, SEEK_CUR) == 3);
	check("dup2 to itself", dup2(fd, fd) == fd);
	refused("dup3 to itself", dup3(fd, fd, 0), EINVAL);
	refused("dup of nothing", dup(99), EBADF);
	check("F_DUPFD finds a number from 20 on", fcntl(fd, F_DUPFD, 20) == 20);
	check("close-on-exec", fcntl(fd, F_GETFD) == 0 && fcntl(fd, F_SETFD, FD_CLOEXEC) == 0 &&
				       fcntl(fd, F_GETFD) == FD_CLOEXEC &&
				       fcntl(fd2, F_GETFD) == 0);
	check("the lowest free number is taken",
	      close(20) == 0 && close(fd2) == 0 && dup(fd) == fd2);
	close(40);
	close(fd2);
	check("sendfile", write(fd, data, 10000) == 10000 && lseek(fd, 0, SEEK_SET) == 0 &&
				  (fd2 = create("t")) >= 0 &&
				  sendfile(fd2, fd, NULL, 9000) == 9000 &&
				  lseek(fd2, 0, SEEK_END) == 9000);
	close(fd);
	close(fd2);
	refused("no terminal is asked for its settings",
		tcgetattr(open("f", O_RDONLY), &(struct termios){ 0 }), ENOTTY);
}

static void devices(void)
{
	int fd = open("/dev/null", O_RDWR), zero = open("/dev/zero", O_RDONLY);
	int full = open("/dev/full", O_WRONLY), random = open("/dev/urandom", O_RDONLY);
	struct utsname u;

	memset(back, 1, 100);
	check("/dev/null swallows and gives nothing",
	      write(fd, data, 5000) == 5000 && read(fd, back, 10) == 0);
	check("/dev/zero gives zeros",
	      read(zero, back, 5000) == 5000 && back[0] == 0 && back[4999] == 0);
	refused("/dev/full is full", write(full, "x", 1), ENOSPC);
	check("/dev/urandom differs from itself", read(random, back, 32) == 32 &&
							  read(random, back + 32, 32) == 32 &&
							  memcmp(back, back + 32, 32));
	check("uname", uname(&u) == 0 && !strcmp(u.sysname, "Linux") &&
			       !strcmp(u.machine, "riscv64") && atoi(u.release) >= 5);
	check("/proc/self/exe", readlink("/proc/self/exe", back, 100) > 0 && back[0] == '/');
	check("/proc/self/maps", (fd = open("/proc/self/maps", O_RDONLY)) >= 0 &&
					 read(fd, back, 4000) > 100 && strchr(back, '-'));
	check("/proc/meminfo", (fd = open("/proc/meminfo", O_RDONLY)) >= 0 &&
				       read(fd, back, 4000) > 50 && !strncmp(back, "MemTotal:", 9));
	check("/proc/self/stat", (fd = open("/proc/self/stat", O_RDONLY)) >= 0 &&
					 read(fd, back, 4000) > 20 && atoi(back) == getpid());
	check("/tmp holds files", (fd = create(TMP("/abi"))) >= 0 &&
					  write(fd, data, 9000) == 9000 && same(fd, 0, 9000) &&
					  unlink(TMP("/abi")) == 0);
}

static volatile sig_atomic_t too_big;

static void on_size(int signal)
{
	too_big += signal == SIGXFSZ;
}

/* In a child, whose limit it stays: one bit for each rule that holds. */
static int at_the_limit(void)
{
	struct rlimit limit = { 3000000, 4000000 };
	int fd = create("l"), held = 0;

	signal(SIGXFSZ, on_size);
	setrlimit(RLIMIT_FSIZE, &limit);
	lseek(fd, 2999950, SEEK_SET);
	held |= (write(fd, data, 100) == 50 && !too_big) << 0;
	held |= (write(fd, data, 1) == -1 && errno == EFBIG && too_big == 1) << 1;
	held |= (ftruncate(fd, 3000001) == -1 && errno == EFBIG && too_big == 2) << 2;
	held |= (ftruncate(fd, 10) == 0 && pwrite(fd, data, 5, 5) == 5 && too_big == 2) << 3;
	unlink("l");
	return held;
}

static void size_limit(void)
{
	int status, held;

	if (fork() == 0)
		_exit(at_the_limit());
	wait(&status);
	held = WIFEXITED(status) ? WEXITSTATUS(status) : 0;
	check("a write across the file size limit is cut, without a signal", held & 1);
	check("one behind it fails with EFBIG, after SIGXFSZ", held & 2);
	check("and so does stretching a file", held & 4);
	check("what is below the limit is written", held & 8);
}

static long blocks_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? -1 : st.st_blocks;
}

static void holes(const char *name)
{
	int fd = create(name);
	char *p;

	check("a file that is all hole takes no blocks",
	      fd >= 0 && ftruncate(fd, 100000) == 0 && blocks_of(fd) == 0);
	check("bytes written in its middle take some",
	      pwrite(fd, data, 9000, 40000) == 9000 && fsync(fd) == 0 && blocks_of(fd) >= 18 &&
		      blocks_of(fd) < 100);
	p = mmap(NULL, 100000, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check("one byte stored through memory, too",
	      p != MAP_FAILED && p[80000] == 0 && (p[80000] = 1) && munmap(p, 100000) == 0 &&
		      fsync(fd) == 0 && blocks_of(fd) >= 19 && blocks_of(fd) < 100);
	check("cut off they are given back", ftruncate(fd, 0) == 0 && blocks_of(fd) == 0);
	check("all gone", unlink(name) == 0 && close(fd) == 0);
}

/* All of a file, read in pieces of this many bytes. */
static char *in_pieces(int fd, size_t piece, size_t *bytes)
{
	static char text[2][1 << 18];
	static int turn;
	char *to = text[turn++ % 2];
	ssize_t n;

	*bytes = 0;
	while (*bytes + piece <= sizeof(text[0]) && (n = read(fd, to + *bytes, piece)) > 0)
		*bytes += (size_t)n;
	return to;
}

static void long_listings(void)
{
	size_t whole_bytes, bytes, size = 400 * 4096;
	char *whole, *text, *p = mmap(NULL, size, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char address[64];
	int fd;

	for (size_t at = 0; p != MAP_FAILED && at < size; at += 8192)
		mprotect(p + at, 4096, PROT_READ);
	fd = open("/proc/self/maps", O_RDONLY);
	whole = in_pieces(fd, 4096, &whole_bytes);
	snprintf(address, sizeof(address), "%lx-%lx r--p", (long)p, (long)p + 4096);
	check("maps of 400 regions has the first", whole_bytes && strstr(whole, address));
	snprintf(address, sizeof(address), "%lx-%lx r--p", (long)p + 398 * 4096,
		 (long)p + 399 * 4096);
	check("and the last", whole_bytes && strstr(whole, address));
	lseek(fd, 0, SEEK_SET);
	text = in_pieces(fd, 97, &bytes);
	check("read again in small pieces it is the same",
	      bytes == whole_bytes && memcmp(text, whole, bytes) == 0);
	check("and from the middle",
	      pread(fd, back, 1000, 5000) == 1000 && memcmp(back, whole + 5000, 1000) == 0);
	munmap(p, size);
}

/* PATH_MAX counts the NUL. */
static void long_paths(void)
{
	char name[201], path[4200] = "", cwd[5000];
	int depth = 0, fd;

	memset(name, 'p', 200);
	name[200] = 0;
	while (strlen(path) + 202 < 4096 - 300) {
		strcat(path, name);
		if (mkdir(path, 0700))
			break;
		strcat(path, "/");
		depth++;
	}
	check("directories 18 deep by their full path", depth == 18);
	strcat(path, "file");
	check("a path of 3622 characters", (fd = create(path)) >= 0 && write(fd, "x", 1) == 1);
	close(fd);
	while (strlen(path) < 4095)
		memmove(path + 2, path, strlen(path) + 1), memcpy(path, "./", 2);
	path[4095] = 0;
	check("one of 4095",
	      strlen(path) == 4095 && access(path, F_OK) == -1 && errno != ENAMETOOLONG);
	memmove(path + 1, path, 4096);
	path[0] = '.';
	refused("none of 4096", access(path, F_OK), ENAMETOOLONG);
	for (int i = 0; i < depth; i++)
		fd = chdir(name);
	check("getcwd says all of it", getcwd(cwd, sizeof(cwd)) && strlen(cwd) >= 18 * 201);
	unlink("file");
	for (int i = 0; i < depth; i++)
		if (chdir("..") || rmdir(name))
			fd = -1;
	check("and all goes again", fd == 0);
}

/* O_TMPFILE, and a link to what a descriptor names. */
static void nameless(const char *dir, const char *name)
{
	char path[64];
	struct stat st;
	int fd = open(dir, O_TMPFILE | O_RDWR, 0640);

	check("a file without a name",
	      fd >= 0 && write(fd, "abc", 3) == 3 && fstat(fd, &st) == 0 && st.st_nlink == 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	check("is given one", linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW) == 0 &&
				      stat(name, &st) == 0 && st.st_nlink == 1 && st.st_size == 3 &&
				      (st.st_mode & 0777) == 0640 && unlink(name) == 0);
	close(fd);
	refused("but not for reading", open(dir, O_TMPFILE | O_RDONLY, 0600), EINVAL);
	refused("nor in a file", open("f", O_TMPFILE | O_RDWR, 0600), ENOTDIR);
	fd = open(dir, O_TMPFILE | O_RDWR | O_EXCL, 0600);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	refused("one that shall never have a name",
		linkat(AT_FDCWD, path, AT_FDCWD, name, AT_SYMLINK_FOLLOW), ENOENT);
	close(fd);
}

/* What is open, or stood in, goes by its new name. */
static void renamed(void)
{
	char path[64], text[300], cwd[300];
	ssize_t n;
	int fd = -1;

	check("in a directory that is renamed above",
	      mkdir("r1", 0755) == 0 && mkdir("r1/in", 0755) == 0 && chdir("r1/in") == 0 &&
		      (fd = create("f")) >= 0 && rename("../../r1", "../../r2") == 0);
	check("getcwd has the new name", getcwd(cwd, sizeof(cwd)) && strstr(cwd, "/r2/in"));
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	n = readlink(path, text, sizeof(text) - 1);
	text[n > 0 ? n : 0] = 0;
	check("and so has an open file", strstr(text, "/r2/in/f") != NULL);
	check("until it has none", unlink("f") == 0 && (n = readlink(path, text, 299)) > 10 &&
					   !memcmp(text + n - 10, " (deleted)", 10));
	close(fd);
	check("all gone", chdir("../..") == 0 && rmdir("r2/in") == 0 && rmdir("r2") == 0);
}

static void between_files(void)
{
	struct iovec v[2] = { { back, 3 }, { back + 100, 5 } };
	int fd = create("f"), p[2];
	loff_t from = 2, to = 7;

	check("ten bytes", write(fd, "0123456789", 10) == 10 && pipe(p) == 0);
	check("splice into a pipe", splice(fd, &from, p[1], NULL, 5, 0) == 5 && from == 7 &&
					    read(p[0], back, 9) == 5 && !memcmp(back, "23456", 5));
	check("splice out of a pipe",
	      write(p[1], "abc", 3) == 3 && splice(p[0], NULL, fd, &to, 100, 0) == 3 && to == 10 &&
		      pread(fd, back, 10, 0) == 10 && !memcmp(back, "0123456abc", 10));
	refused("splice wants a pipe", splice(fd, &from, fd, &to, 1, 0), EINVAL);
	to = 20;
	from = 0;
	check("copy_file_range", copy_file_range(fd, &from, fd, &to, 10, 0) == 10 &&
					 pread(fd, back, 30, 0) == 30 &&
					 !memcmp(back + 20, "0123456abc", 10));
	check("preadv2", preadv2(fd, v, 2, 4, 0) == 8 && !memcmp(back, "456", 3) &&
				 !memcmp(back + 100, "abc\0\0", 5));
	check("preadv2 where the file stands",
	      lseek(fd, 1, SEEK_SET) == 1 && preadv2(fd, v, 1, -1, 0) == 3 &&
		      !memcmp(back, "123", 3) && lseek(fd, 0, SEEK_CUR) == 4);
	check("pwritev2 that is synced",
	      pwritev2(fd, v, 1, 0, getenv("WITNESS") ? 0 : RWF_DSYNC) == 3 &&
		      pread(fd, back, 3, 0) == 3 && !memcmp(back, "123", 3));
	refused("a flag that nobody knows", preadv2(fd, v, 2, 4, 0x4000), EOPNOTSUPP);
	close(p[0]);
	close(p[1]);
	close(fd);
}

static void clean_up(void)
{
	unlink("f");
	unlink("s");
	unlink("m");
	unlink("t");
	unlink("loop");
	unlink("d/h");
	rmdir("d");
	rmdir("e");
}

int main(void)
{
	umask(022);
	for (unsigned i = 0; i < sizeof(data); i++)
		data[i] = (char)(i * 7 + i / 253);
	clean_up();
	reading_and_writing();
	names();
	times_and_places();
	directories();
	descriptors();
	devices();
	holes("h");
	holes(TMP("/abi-holes"));
	long_listings();
	size_limit();
	long_paths();
	between_files();
	nameless(".", "named");
	nameless(TMP(""), TMP("/abi-named"));
	renamed();
	clean_up();
	finish();
}
