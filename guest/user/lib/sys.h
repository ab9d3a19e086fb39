/*
 * The system calls of Linux's riscv64 ABI that init, the shell and the utilities use, one inline
 * function each. Every one returns what the kernel returns: a value, or a negated error number.
 * Nothing here knows of errno, buffers or the C library.
 */
#ifndef GUEST_USER_SYS_H
#define GUEST_USER_SYS_H

#include <stddef.h>
#include <stdint.h>
#include <asm/errno.h>
#include <asm/signal.h>
#include <asm/stat.h>
#include <asm/statfs.h>
#include <asm/unistd.h>
#include <linux/fcntl.h>
#include <linux/mman.h>
#include <linux/reboot.h>
#include <linux/time_types.h>
#include <linux/utsname.h>
#include <linux/wait.h>
#include <asm/ioctls.h>

#define S_IFMT	 0170000
#define S_IFSOCK 0140000
#define S_IFLNK	 0120000
#define S_IFREG	 0100000
#define S_IFBLK	 0060000
#define S_IFDIR	 0040000
#define S_IFCHR	 0020000
#define S_IFIFO	 0010000

/* The status word of wait4. */
#define WTERMSIG(s)    ((s)&0x7f)
#define WEXITSTATUS(s) (((s) >> 8) & 0xff)
#define WSTOPSIG(s)    WEXITSTATUS(s)
#define WIFEXITED(s)   (WTERMSIG(s) == 0)
#define WIFSTOPPED(s)  (((s)&0xff) == 0x7f)
#define WIFSIGNALED(s) (!WIFEXITED(s) && !WIFSTOPPED(s))

/* One entry of getdents64; the name runs to its NUL, the next entry starts at d_reclen. */
struct dirent64 {
	uint64_t d_ino;
	int64_t d_off;
	uint16_t d_reclen;
	uint8_t d_type;
	char d_name[];
};

static inline long syscall6(long nr, long a, long b, long c, long d, long e, long f)
{
	register long a7 __asm__("a7") = nr;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;
	register long a4 __asm__("a4") = e;
	register long a5 __asm__("a5") = f;

	__asm__ volatile("ecall"
			 : "+r"(a0)
			 : "r"(a7), "r"(a1), "r"(a2), "r"(a3), "r"(a4), "r"(a5)
			 : "memory");
	return a0;
}

static inline long syscall3(long nr, long a, long b, long c)
{
	register long a7 __asm__("a7") = nr;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
	return a0;
}

static inline long syscall4(long nr, long a, long b, long c, long d)
{
	register long a7 __asm__("a7") = nr;
	register long a0 __asm__("a0") = a;
	register long a1 __asm__("a1") = b;
	register long a2 __asm__("a2") = c;
	register long a3 __asm__("a3") = d;

	__asm__ volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2), "r"(a3) : "memory");
	return a0;
}

static inline long sys_read(int fd, void *buf, size_t n)
{
	return syscall3(__NR_read, fd, (long)buf, (long)n);
}

static inline long sys_write(int fd, const void *buf, size_t n)
{
	return syscall3(__NR_write, fd, (long)buf, (long)n);
}

static inline int sys_open(const char *path, int flags, int mode)
{
	return (int)syscall4(__NR_openat, AT_FDCWD, (long)path, flags, mode);
}

static inline int sys_close(int fd)
{
	return (int)syscall3(__NR_close, fd, 0, 0);
}

static inline long sys_lseek(int fd, long offset, int whence)
{
	return syscall3(__NR_lseek, fd, offset, whence);
}

static inline int sys_stat(const char *path, struct stat *st)
{
	return (int)syscall4(__NR_newfstatat, AT_FDCWD, (long)path, (long)st, 0);
}

static inline int sys_lstat(const char *path, struct stat *st)
{
	return (int)syscall4(__NR_newfstatat, AT_FDCWD, (long)path, (long)st, AT_SYMLINK_NOFOLLOW);
}

static inline int sys_fstat(int fd, struct stat *st)
{
	return (int)syscall3(__NR_fstat, fd, (long)st, 0);
}

static inline int sys_access(const char *path, int mode)
{
	return (int)syscall3(__NR_faccessat, AT_FDCWD, (long)path, mode);
}

static inline int sys_unlink(const char *path, int flags)
{
	return (int)syscall3(__NR_unlinkat, AT_FDCWD, (long)path, flags);
}

static inline int sys_mkdir(const char *path, int mode)
{
	return (int)syscall3(__NR_mkdirat, AT_FDCWD, (long)path, mode);
}

static inline int sys_rename(const char *from, const char *to)
{
	return (int)syscall6(__NR_renameat2, AT_FDCWD, (long)from, AT_FDCWD, (long)to, 0, 0);
}

static inline int sys_link(const char *from, const char *to)
{
	return (int)syscall6(__NR_linkat, AT_FDCWD, (long)from, AT_FDCWD, (long)to, 0, 0);
}

static inline int sys_symlink(const char *target, const char *path)
{
	return (int)syscall3(__NR_symlinkat, (long)target, AT_FDCWD, (long)path);
}

static inline long sys_readlink(const char *path, char *buf, size_t n)
{
	return syscall4(__NR_readlinkat, AT_FDCWD, (long)path, (long)buf, (long)n);
}

static inline int sys_chmod(const char *path, int mode)
{
	return (int)syscall3(__NR_fchmodat, AT_FDCWD, (long)path, mode);
}

static inline int sys_utimens(const char *path, const struct __kernel_timespec *two)
{
	return (int)syscall4(__NR_utimensat, AT_FDCWD, (long)path, (long)two, 0);
}

static inline int sys_ftruncate(int fd, long size)
{
	return (int)syscall3(__NR_ftruncate, fd, size, 0);
}

static inline long sys_getdents(int fd, void *buf, size_t n)
{
	return syscall3(__NR_getdents64, fd, (long)buf, (long)n);
}

static inline int sys_chdir(const char *path)
{
	return (int)syscall3(__NR_chdir, (long)path, 0, 0);
}

static inline int sys_getcwd(char *buf, size_t n)
{
	return (int)syscall3(__NR_getcwd, (long)buf, (long)n, 0);
}

static inline int sys_statfs(const char *path, struct statfs *st)
{
	return (int)syscall3(__NR_statfs, (long)path, (long)st, 0);
}

static inline int sys_pipe(int fds[2])
{
	return (int)syscall3(__NR_pipe2, (long)fds, 0, 0);
}

static inline int sys_dup2(int from, int to)
{
	return from == to ? to : (int)syscall3(__NR_dup3, from, to, 0);
}

static inline int sys_fcntl(int fd, int cmd, long arg)
{
	return (int)syscall3(__NR_fcntl, fd, cmd, arg);
}

static inline int sys_ioctl(int fd, unsigned long request, void *arg)
{
	return (int)syscall3(__NR_ioctl, fd, (long)request, (long)arg);
}

/* fork as Linux spells it: clone with nothing but the signal to send at the end. */
static inline int sys_fork(void)
{
	return (int)syscall6(__NR_clone, SIGCHLD, 0, 0, 0, 0, 0);
}

static inline int sys_execve(const char *path, char *const argv[], char *const envp[])
{
	return (int)syscall3(__NR_execve, (long)path, (long)argv, (long)envp);
}

static inline void __attribute__((noreturn)) sys_exit(int status)
{
	for (;;)
		syscall3(__NR_exit_group, status, 0, 0);
}

static inline int sys_wait4(int pid, int *status, int options)
{
	return (int)syscall4(__NR_wait4, pid, (long)status, options, 0);
}

static inline int sys_kill(int pid, int sig)
{
	return (int)syscall3(__NR_kill, pid, sig, 0);
}

static inline int sys_getpid(void)
{
	return (int)syscall3(__NR_getpid, 0, 0, 0);
}

static inline int sys_getppid(void)
{
	return (int)syscall3(__NR_getppid, 0, 0, 0);
}

static inline int sys_setpgid(int pid, int pgid)
{
	return (int)syscall3(__NR_setpgid, pid, pgid, 0);
}

static inline int sys_getpgid(int pid)
{
	return (int)syscall3(__NR_getpgid, pid, 0, 0);
}

static inline int sys_setsid(void)
{
	return (int)syscall3(__NR_setsid, 0, 0, 0);
}

static inline int sys_umask(int mask)
{
	return (int)syscall3(__NR_umask, mask, 0, 0);
}

static inline int sys_uname(struct new_utsname *uts)
{
	return (int)syscall3(__NR_uname, (long)uts, 0, 0);
}

static inline int sys_sync(void)
{
	return (int)syscall3(__NR_sync, 0, 0, 0);
}

static inline int sys_reboot(long magic, long magic2, long cmd, long arg)
{
	return (int)syscall4(__NR_reboot, magic, magic2, cmd, arg);
}

static inline int sys_nanosleep(const struct __kernel_timespec *want,
				struct __kernel_timespec *left)
{
	return (int)syscall3(__NR_nanosleep, (long)want, (long)left, 0);
}

static inline int sys_clock_gettime(int clock, struct __kernel_timespec *now)
{
	return (int)syscall3(__NR_clock_gettime, clock, (long)now, 0);
}

static inline long sys_brk(unsigned long end)
{
	return syscall3(__NR_brk, (long)end, 0, 0);
}

static inline int sys_sigaction(int sig, const struct sigaction *act, struct sigaction *old)
{
	return (int)syscall4(__NR_rt_sigaction, sig, (long)act, (long)old, sizeof(sigset_t));
}

static inline int sys_sigprocmask(int how, const sigset_t *set, sigset_t *old)
{
	return (int)syscall4(__NR_rt_sigprocmask, how, (long)set, (long)old, sizeof(sigset_t));
}

static inline int sys_getuid(void)
{
	return (int)syscall3(__NR_getuid, 0, 0, 0);
}

static inline int sys_getgid(void)
{
	return (int)syscall3(__NR_getgid, 0, 0, 0);
}

#endif
