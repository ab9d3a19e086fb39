/* What programs are told of their mistakes, in Linux's order where there are two, and what must not have
 * happened then.  Runs on this Linux as well. */
#define _GNU_SOURCE
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/select.h>
#include <sys/sendfile.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/statfs.h>
#include <sys/syscall.h>
#include <sys/time.h>
#include <sys/timerfd.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "tests/guest/check.h"

#define PAGE	  4096ul
#define NOWHERE	  ((void *)8)	    /* mapped by nobody */
#define KERNEL	  ((void *)-4096ul) /* no address of a program's */
#define IN(x)	  (x), O_RDWR | O_CREAT, 0644
#define call(...) syscall(__VA_ARGS__)

static char buffer[20000];
static int file, pipes[2];

/* A page of which the next one may not be touched: its end. */
static char *edge(void)
{
	char *page =
		mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	mprotect(page + PAGE, PAGE, PROT_NONE);
	memset(page, 'e', PAGE);
	return page + PAGE;
}

static void bad_memory(void)
{
	char *end = edge();
	struct iovec v[3] = { { buffer, 10 }, { end - 5, 10 }, { buffer, 10 } };

	check("a write stops before a bad page", write(file, end - 100, 200) == 100);
	refused("and fails at once behind it", write(file, end, 10), EFAULT);
	check("the file has what was good", lseek(file, 0, SEEK_END) == 100);
	check("5000 bytes", ftruncate(file, 0) == 0 && pwrite(file, buffer, 5000, 0) == 5000);
	check("a read stops before a bad page",
	      lseek(file, 0, SEEK_SET) == 0 && read(file, end - 100, 200) == 100);
	check("and the offset with it", lseek(file, 0, SEEK_CUR) == 100);
	check("of two pages of the file", pread(file, end - 50, 100, 4080) == 50);
	refused("nothing into a bad page", read(file, end, 10), EFAULT);
	check("in pieces as well", lseek(file, 0, SEEK_SET) == 0 && readv(file, v, 3) == 15 &&
					   lseek(file, 0, SEEK_CUR) == 15);
	v[1].iov_len = (size_t)-1;
	refused("a piece of less than nothing, before anything is moved", writev(file, v, 3),
		EINVAL);
	v[1] = (struct iovec){ KERNEL, 5 };
	refused("a piece of the kernel's", readv(file, v, 3), EFAULT);
	check("and nothing was", lseek(file, 0, SEEK_CUR) == 15);
	refused("too many pieces", call(SYS_readv, file, v, 1025), EINVAL);
	refused("pieces that stand nowhere", call(SYS_readv, file, NOWHERE, 1), EFAULT);
	check("none at all", call(SYS_readv, file, NOWHERE, 0) == 0);
	lseek(file, 0, SEEK_END);
	refused("the kernel's memory, even at the end of a file", read(file, KERNEL, 10), EFAULT);
	refused("more than there can be", call(SYS_read, file, buffer, -1l), EFAULT);
	check("the null device does not look",
	      call(SYS_write, open(IN("/dev/null")), NOWHERE, 10) == 10);
	check("nothing to /dev/zero's end",
	      read(open("/dev/zero", O_RDONLY), end - 300, 400) == 300);
}

static void pieces_of_pipes(void)
{
	char *end = edge(), text[200];
	struct iovec v[2] = { { text, 4 }, { text + 50, 100 } };
	struct iovec bad[2] = { { buffer, 10 }, { end, 10 } };

	alarm(10); /* a read that waits for its second piece never returns */
	check("a read into two pieces takes what there is", write(pipes[1], "abcdef", 6) == 6 &&
								    readv(pipes[0], v, 2) == 6 &&
								    !memcmp(text + 50, "ef", 2));
	check("and does not wait for the second",
	      write(pipes[1], "abcd", 4) == 4 && readv(pipes[0], v, 2) == 4);
	alarm(0);
	refused("a write of which a piece is bad", writev(pipes[1], bad, 2), EFAULT);
	refused("or half of it", write(pipes[1], end - 100, 200), EFAULT);
	check("puts nothing in", poll(&(struct pollfd){ pipes[0], POLLIN, 0 }, 1, 0) == 0);
	check("a pipe of 64 KiB", fcntl(pipes[0], F_GETPIPE_SZ) == 65536);
	check("made small", fcntl(pipes[0], F_SETPIPE_SZ, 100) == 4096);
	fcntl(pipes[1], F_SETFL, O_NONBLOCK);
	check("is full soon", write(pipes[1], buffer, 5000) == 4096);
	refused("and says so", write(pipes[1], buffer, 1), EAGAIN);
	check("made larger it takes more",
	      fcntl(pipes[1], F_SETPIPE_SZ, 100000) == 131072 && write(pipes[1], "last", 4) == 4);
	refused("but not smaller than what it holds", fcntl(pipes[1], F_SETPIPE_SZ, 4096), EBUSY);
	refused("nor so large", fcntl(pipes[1], F_SETPIPE_SZ, 0x80000001), EINVAL);
	refused("a file is no pipe", fcntl(file, F_GETPIPE_SZ), EBADF);
	check("all of it comes out",
	      read(pipes[0], buffer, 5000) == 4100 && !memcmp(buffer + 4096, "last", 4));
	check("its flags are its own", fcntl(pipes[0], F_GETFL) == O_RDONLY &&
					       fcntl(pipes[1], F_GETFL) == (O_WRONLY | O_NONBLOCK));
	fcntl(pipes[1], F_SETFL, 0);
}

static void places_in_files(void)
{
	refused("a place in a pipe", pread(pipes[0], buffer, 1, 0), ESPIPE);
	refused("in its other end, too", pread(pipes[1], buffer, 1, 0), ESPIPE);
	refused("before the beginning, of no file at all", pread(99, buffer, 1, -1), EINVAL);
	refused("an unknown way to seek, even a pipe", lseek(pipes[0], 0, 99), EINVAL);
	check("an unknown advice", posix_fadvise(file, 0, 0, 99) == EINVAL);
	refused("a size below 0", ftruncate(pipes[1], -1), EINVAL);
	refused("the end that is written is not read", read(pipes[1], buffer, 1), EBADF);
}

static void opening(void)
{
	struct rlimit limit, few;
	struct stat st;
	int fd, status;

	refused("a directory is not made by opening",
		open("new", O_RDONLY | O_CREAT | O_DIRECTORY, 0600), EINVAL);
	refused("nor anything else", access("new", F_OK), ENOENT);
	refused("a slash behind a file to be made", open("file/", O_RDWR | O_CREAT, 0600), EISDIR);
	check("opened for neither reading nor writing", (fd = open("file", 3)) >= 0);
	refused("it is not read", read(fd, buffer, 1), EBADF);
	refused("nor written", write(fd, buffer, 1), EBADF);
	close(fd);
	getrlimit(RLIMIT_NOFILE, &limit);
	few = (struct rlimit){ 0, limit.rlim_max };
	setrlimit(RLIMIT_NOFILE, &few);
	refused("without descriptors no file", open("file", O_RDWR | O_CREAT | O_TRUNC, 0600),
		EMFILE);
	check("is cut", fstat(file, &st) == 0 && st.st_size == 5000);
	refused("nor made", open("made", O_RDWR | O_CREAT, 0600), EMFILE);
	setrlimit(RLIMIT_NOFILE, &limit);
	if (fork() == 0)
		_exit(setuid(1000) || prlimit(getppid(), RLIMIT_CORE, NULL, &few) != -1 ||
		      errno != EPERM || prlimit(0, RLIMIT_CORE, NULL, &few));
	check("another user's limits are not one's own", wait(&status) > 0 && status == 0);
	refused("it is not there", access("made", F_OK), ENOENT);
}

/* O_PATH: a place in the tree, not contents. */
static void places(void)
{
	int fd = open("file", O_PATH | O_CREAT | O_TRUNC, 0600), dir = open("dir", O_PATH);
	struct pollfd p = { fd, POLLIN, 0 };
	struct statfs fs;
	struct stat st;

	check("a place", fd >= 0 && dir >= 0 && fcntl(fd, F_GETFL) == O_PATH);
	refused("makes nothing", open("made", O_PATH | O_CREAT, 0600), ENOENT);
	refused("of a file is no directory", open("file", O_PATH | O_DIRECTORY), ENOTDIR);
	check("can be asked about",
	      fstat(fd, &st) == 0 && st.st_size == 5000 && fstatfs(fd, &fs) == 0);
	refused("is not read", read(fd, buffer, 1), EBADF);
	refused("not listed", call(SYS_getdents64, dir, buffer, 1000), EBADF);
	refused("not mapped", (long)mmap(NULL, PAGE, PROT_READ, MAP_PRIVATE, fd, 0), EBADF);
	refused("not changed", fchmod(fd, 0600), EBADF);
	refused("not cut", ftruncate(fd, 0), EBADF);
	refused("not touched", futimens(fd, NULL), EBADF);
	refused("not locked", flock(fd, LOCK_SH), EBADF);
	refused("not synced", fsync(fd), EBADF);
	refused("not told flags", fcntl(fd, F_SETFL, O_APPEND), EBADF);
	check("not waited for", poll(&p, 1, 0) == 1 && p.revents == POLLNVAL);
	check("but walked from", openat(dir, "below", O_CREAT | O_RDWR, 0600) >= 0 &&
					 unlinkat(dir, "below", 0) == 0 && fchdir(dir) == 0 &&
					 chdir("..") == 0);
	close(fd);
	close(dir);
}

static void slashes(void)
{
	char text[100];

	symlink("nothing", "dangling");
	symlink("dir", "to-dir");
	refused("mkdir does not go through a link", mkdir("dangling/", 0700), EEXIST);
	refused("rmdir neither", rmdir("to-dir/"), ENOTDIR);
	refused("nor unlink", unlink("to-dir/"), ENOTDIR);
	refused("nor rename", rename("to-dir/", "moved"), ENOTDIR);
	check("the directory is where it was", access("dir", F_OK) == 0);
	refused("a symbolic link is no directory to be made", symlink("x", "new/"), ENOENT);
	refused("link knows two flags", linkat(AT_FDCWD, "file", AT_FDCWD, "new", 0x800), EINVAL);
	refused("no link, and no path", readlinkat(file, "", text, 10), ENOENT);
	refused("nothing is made below what is gone",
		(mkdir("gone", 0700), chdir("gone"), rmdir("../gone"), mkdir("x", 0700)), ENOENT);
	refused("which is not listed", call(SYS_getdents64, open(".", O_RDONLY), buffer, 1000),
		ENOENT);
	check("but left upwards", chdir("..") == 0 && access("file", F_OK) == 0);
	unlink("dangling");
	unlink("to-dir");
}

static void attributes(void)
{
	struct timespec times[2] = { { 1000, 0 }, { 2000, 0 } };
	struct statx sx;
	struct stat st;
	struct statfs fs;
	int fd = open("file", O_RDWR);

	refused("stat has flags", fstatat(AT_FDCWD, "file", &st, 0x8000), EINVAL);
	refused("so has statx", statx(AT_FDCWD, "file", AT_STATX_SYNC_TYPE, 0, &sx), EINVAL);
	refused("and fields to come", statx(AT_FDCWD, "file", 0, STATX__RESERVED, &sx), EINVAL);
	check("the root of a mount says so",
	      statx(AT_FDCWD, "/proc", 0, STATX_BASIC_STATS | STATX_MNT_ID, &sx) == 0 &&
		      (sx.stx_attributes & STATX_ATTR_MOUNT_ROOT) && (sx.stx_mask & STATX_MNT_ID) &&
		      sx.stx_mnt_id);
	check("two times", utimensat(AT_FDCWD, "file", times, 0) == 0);
	times[0].tv_sec = 7000;
	times[1].tv_nsec = 1000000000;
	refused("of which one is bad", utimensat(AT_FDCWD, "file", times, 0), EINVAL);
	check("change neither", stat("file", &st) == 0 && st.st_atime == 1000);
	times[0].tv_nsec = times[1].tv_nsec = UTIME_OMIT;
	check("nothing is set without a look", utimensat(AT_FDCWD, "nothing", times, 0) == 0);
	refused("no path, and no descriptor", call(SYS_utimensat, AT_FDCWD, NULL, NULL, 0), EFAULT);
	refused("a descriptor has no flags", call(SYS_utimensat, fd, NULL, NULL, 0x100), EINVAL);
	check("a new owner takes the set-user bit",
	      fchmod(fd, 07777) == 0 && fchown(fd, 1, 2) == 0 && fstat(fd, &st) == 0 &&
		      (st.st_mode & 07777) == 01777 && fchmod(fd, 0644) == 0);
	check("below a set-group directory",
	      mkdir("group", 0755) == 0 && chown("group", 0, 7) == 0 && chmod("group", 02755) == 0);
	check("a directory is of its group and passes it on",
	      mkdir("group/d", 0755) == 0 && stat("group/d", &st) == 0 && st.st_gid == 7 &&
		      (st.st_mode & 07777) == 02755);
	check("a file is of it", close(open(IN("group/f"))) == 0 && stat("group/f", &st) == 0 &&
					 st.st_gid == 7 && (st.st_mode & 07777) == 0644);
	check("statfs tells how it is mounted", fstatfs(fd, &fs) == 0 && (fs.f_flags & 0x20));
	check("and of a pipe what it is", fstatfs(pipes[0], &fs) == 0 && fs.f_type == 0x50495045);
	unlink("group/f");
	rmdir("group/d");
	rmdir("group");
	close(fd);
}

static int lock_as(int fd, int command, int type, long start, long length)
{
	struct flock lock = { .l_type = (short)type, .l_start = start, .l_len = length };

	return fcntl(fd, command, &lock);
}

/* Type, start and length of the first lock in another process's way, as one number: 0 none. */
static long in_the_way(int fd, int type, long start, long length)
{
	struct flock lock = { .l_type = (short)type, .l_start = start, .l_len = length };
	long answer = 0;
	int p[2];

	if (pipe(p) || fork() == 0) {
		if (fcntl(fd, F_GETLK, &lock) == 0 && lock.l_type != F_UNLCK)
			answer = (lock.l_type == F_WRLCK) * 1000000 + lock.l_start * 1000 +
				 lock.l_len;
		_exit(write(p[1], &answer, sizeof(answer)) < 0);
	}
	wait(NULL);
	if (read(p[0], &answer, sizeof(answer)) < 0)
		answer = -1;
	close(p[0]);
	close(p[1]);
	return answer;
}

static void locks(void)
{
	struct flock lock = { .l_type = F_UNLCK };
	int status, p[2];
	pid_t child;
	char c;

	refused("what an unlock would meet", fcntl(file, F_GETLK, &lock), EINVAL);
	lock.l_pid = 5;
	refused("whose lock of an open file", fcntl(file, F_OFD_SETLK, &lock), EINVAL);
	refused("a lock that ends beyond all files",
		lock_as(file, F_SETLK, F_WRLCK, LONG_MAX - 1, 3), EOVERFLOW);
	check("one that ends with them", lock_as(file, F_SETLK, F_WRLCK, LONG_MAX - 1, 2) == 0 &&
						 lock_as(file, F_SETLK, F_UNLCK, 0, 0) == 0);
	refused("one that begins before them", lock_as(file, F_SETLK, F_WRLCK, 5, -6), EINVAL);
	check("two neighbours become one", lock_as(file, F_SETLK, F_WRLCK, 0, 10) == 0 &&
						   lock_as(file, F_SETLK, F_WRLCK, 10, 10) == 0 &&
						   in_the_way(file, F_WRLCK, 0, 0) == 1000020);
	check("a weaker middle is apart", lock_as(file, F_SETLK, F_RDLCK, 5, 5) == 0 &&
						  in_the_way(file, F_WRLCK, 7, 0) == 5005 &&
						  in_the_way(file, F_RDLCK, 7, 0) == 1010010);
	check("the first is told", in_the_way(file, F_WRLCK, 0, 0) == 1000005);
	lock_as(file, F_SETLK, F_UNLCK, 0, 0);
	check("a lock", pipe(p) == 0 && lock_as(file, F_SETLK, F_WRLCK, 0, 1) == 0);
	child = fork();
	if (child == 0) {
		lock_as(file, F_SETLK, F_WRLCK, 1, 1);
		if (write(p[1], "x", 1) != 1)
			_exit(1);
		_exit(lock_as(file, F_SETLKW, F_WRLCK, 0, 1) != 0);
	}
	check("another's", read(p[0], &c, 1) == 1);
	usleep(50000);
	refused("is not waited for by whom it waits for", lock_as(file, F_SETLKW, F_WRLCK, 1, 1),
		EDEADLK);
	lock_as(file, F_SETLK, F_UNLCK, 0, 0);
	check("who then gets on", waitpid(child, &status, 0) == child && status == 0);
	close(p[0]);
	close(p[1]);
}

static void wake(int sig)
{
	(void)sig;
}

/* Records of open files belong to no process: anybody may let go of them, so nobody waits for himself. */
static void waiting_files(void)
{
	const struct itimerval soon = { .it_value = { 0, 50000 } };
	struct sigaction act = { .sa_handler = wake };
	int p[2], status;
	pid_t child;
	char c;

	sigaction(SIGALRM, &act, NULL);
	check("an open file's lock",
	      pipe(p) == 0 && lock_as(file, F_OFD_SETLK, F_WRLCK, 0, 1) == 0);
	child = fork();
	if (child == 0) {
		int other = open("file", O_RDWR);

		lock_as(other, F_OFD_SETLK, F_WRLCK, 1, 1);
		if (write(p[1], "x", 1) != 1)
			_exit(1);
		_exit(lock_as(other, F_OFD_SETLKW, F_WRLCK, 0, 1) != 0);
	}
	check("and another's", read(p[0], &c, 1) == 1);
	usleep(50000);
	setitimer(ITIMER_REAL, &soon, NULL);
	refused("are waited for until a signal comes", lock_as(file, F_OFD_SETLKW, F_WRLCK, 1, 1),
		EINTR);
	lock_as(file, F_OFD_SETLK, F_UNLCK, 0, 0);
	check("and then had", waitpid(child, &status, 0) == child && status == 0);
	close(p[0]);
	close(p[1]);
}

static void copies(void)
{
	int append = open("file", O_WRONLY | O_APPEND), other = open(IN("other")),
	    dir = open(".", O_RDONLY);
	loff_t from = 0, to = 50;
	int full[2];

	check("5000 bytes again", pwrite(file, buffer, 5000, 0) == 5000);
	refused("sendfile does not append", sendfile(append, file, NULL, 10), EINVAL);
	refused("nor take from a pipe", sendfile(other, pipes[0], NULL, 10), EINVAL);
	refused("nor from a directory", sendfile(other, dir, NULL, 10), EINVAL);
	refused("copy_file_range does not append",
		copy_file_range(other, NULL, append, NULL, 10, 0), EBADF);
	refused("of a directory", copy_file_range(dir, NULL, other, NULL, 10, 0), EISDIR);
	refused("onto itself", copy_file_range(file, &from, file, &to, 100, 0), EINVAL);
	to = 200;
	check("beside itself it copies", copy_file_range(file, &from, file, &to, 100, 0) == 100);
	refused("from a pipe into itself", splice(pipes[0], NULL, pipes[1], NULL, 1, 0), EINVAL);
	refused("a place in the pipe", splice(pipes[0], &from, other, NULL, 1, 0), ESPIPE);
	refused("nothing there, and no wish to wait",
		splice(pipes[0], NULL, other, NULL, 1, SPLICE_F_NONBLOCK), EAGAIN);
	check("a pipe that is full", pipe2(full, O_NONBLOCK) == 0 &&
					     fcntl(full[1], F_SETPIPE_SZ, 4096) == 4096 &&
					     write(full[1], buffer, 5000) == 4096);
	check("and one with a word", write(pipes[1], "word", 4) == 4);
	refused("which finds no room",
		splice(pipes[0], NULL, full[1], NULL, 4096, SPLICE_F_NONBLOCK), EAGAIN);
	check("stays where it was", read(pipes[0], buffer, 20) == 4 && !memcmp(buffer, "word", 4));
	close(full[0]);
	close(full[1]);
	check("nothing is asked for", splice(99, NULL, 99, NULL, 0, 0) == 0);
	close(append);
	close(other);
	close(dir);
	unlink("other");
}

static void mappings(void)
{
	char *p = mmap(NULL, 8 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0),
	     *q;
	int kind = MAP_PRIVATE | MAP_ANONYMOUS, status;

#define mapped(flags, fd) (long)mmap(NULL, PAGE, PROT_READ, flags, fd, 0)
	refused("shared and private at once", mapped(MAP_SHARED | kind, -1), EINVAL);
	refused("unknown flags, where they are minded", mapped(MAP_SHARED_VALIDATE | 1 << 24, file),
		EOPNOTSUPP);
	refused("a file that grows down", mapped(MAP_PRIVATE | MAP_GROWSDOWN, file), EINVAL);
	refused("a huge page", mapped(kind | MAP_HUGETLB, -1), ENOMEM);
	refused("beyond the top", (long)mmap(KERNEL, PAGE, PROT_READ, kind | MAP_FIXED, -1, 0),
		ENOMEM);
	munmap(p + 4 * PAGE, PAGE);
	refused("a change across a hole", mprotect(p, 8 * PAGE, PROT_READ), ENOMEM);
	if (fork() == 0) {
		signal(SIGSEGV, SIG_DFL);
		_exit((p[0] = 1) != 1);
	}
	check("was made up to it",
	      wait(&status) > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGSEGV);
	refused("what is no stack has no lower end", mprotect(p, PAGE, PROT_READ | 0x01000000),
		EINVAL);
	refused("an advice that nobody knows about nothing", madvise(p, 0, 999), EINVAL);
	check("merging is no more than an advice", madvise(p, PAGE, MADV_MERGEABLE) == 0);
	q = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_PRIVATE, file, 0);
	q[10] = q[PAGE + 10] = 'p';
	check("a file is cut in its first page", ftruncate(file, 100) == 0 && q[10] == 'p');
	if (fork() == 0) {
		signal(SIGBUS, SIG_DFL);
		_exit((q[PAGE + 10] = 1) != 1);
	}
	check("of the second one's private copy nothing is left",
	      wait(&status) > 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS);
	check("nor when it is long again", ftruncate(file, 2 * PAGE) == 0 && !q[PAGE + 10]);
	munmap(q, 2 * PAGE);
	check("a mapping of several kinds is cut short",
	      mprotect(p, 3 * PAGE, PROT_READ | PROT_WRITE) == 0 &&
		      mremap(p, 4 * PAGE, 2 * PAGE, 0) == p);
	munmap(p, 8 * PAGE);
}

int main(void)
{
	umask(022);
	signal(SIGPIPE, SIG_IGN);
	file = open("file", O_RDWR | O_CREAT | O_TRUNC, 0644);
	mkdir("dir", 0755);
	check("a file and a pipe", file >= 0 && pipe(pipes) == 0);
	bad_memory();
	pieces_of_pipes();
	places_in_files();
	opening();
	places();
	slashes();
	attributes();
	locks();
	waiting_files();
	copies();
	mappings();
	unlink("file");
	rmdir("dir");
	finish();
}
