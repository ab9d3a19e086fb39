/*
 * A program that tries to get at memory and privileges that are not its own. Every attempt is made
 * in a child; it must end by the signal named, or the system call must return the error named.
 * Prints one line an attempt, and ends with status 0 if all went as they must.
 */
#define _GNU_SOURCE
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul

static int failures;

static void report(const char *what, uint64_t at, int ok)
{
	printf("%s %s %#lx\n", ok ? "ok" : "NOT OK", what, (unsigned long)at);
	failures += !ok;
}

/* Addresses that no program has: both ends of the kernel half, its middle, and the hole. */
static const uint64_t foreign[] = {
	0xffffffc000000000, 0xffffffc000001000, 0xffffffd600000000, 0xffffffe000000000,
	0xffffffff80000000, 0xfffffffffffff000, 0xfffffffffffffff8, 0x0000004000000000,
	0x0000008000000000, 0x8000000000000000, 0x7ffffffffffff000, 0,
};
#define FOREIGN (sizeof(foreign) / sizeof(*foreign))

static void load(uint64_t va)
{
	(void)*(volatile char *)va;
}

static void store(uint64_t va)
{
	*(volatile char *)va = 1;
}

static void jump(uint64_t va)
{
	((void (*)(void))va)();
}

static void stack_code(uint64_t va)
{
	volatile uint32_t code[] = { 0x00008067, 0x00008067 };

	(void)va;
	jump((uint64_t)(uintptr_t)code);
}

static void sp_in_kernel(uint64_t va)
{
	__asm__ volatile("mv sp, %0; sd ra, -8(sp)" : : "r"(va) : "memory");
}

/* A system call and an interrupt's worth of instructions with a stack pointer that is nonsense. */
static void sp_nonsense(uint64_t va)
{
	__asm__ volatile(
		"mv s1, sp; mv sp, %0; li a7, 172; ecall; li t0, 30000000; 1: addi t0, t0, -1;"
		"bnez t0, 1b; mv sp, s1"
		:
		: "r"(va)
		: "memory", "a0", "a7", "t0", "s1");
	_exit(77);
}

static void privileged_csr(uint64_t va)
{
	(void)va;
	__asm__ volatile("csrr t0, sstatus" : : : "t0");
}

static void privileged_satp(uint64_t va)
{
	(void)va;
	__asm__ volatile("csrw satp, zero");
}

static void privileged_sret(uint64_t va)
{
	(void)va;
	__asm__ volatile("sret");
}

static void privileged_fence(uint64_t va)
{
	(void)va;
	__asm__ volatile("sfence.vma");
}

static void illegal(uint64_t va)
{
	(void)va;
	__asm__ volatile(".word 0");
}

static void breakpoint(uint64_t va)
{
	(void)va;
	__asm__ volatile("ebreak");
}

/* Returns from a signal that was never delivered, with a frame that names a kernel address. */
static void forged_sigreturn(uint64_t va)
{
	static uint64_t frame[512];

	for (unsigned i = 0; i < 512; i++)
		frame[i] = va;
	__asm__ volatile("mv sp, %0; li a7, 139; ecall" : : "r"(frame) : "memory");
}

static int child_status(void (*attempt)(uint64_t), uint64_t va)
{
	int status = 0;
	pid_t pid;

	fflush(stdout);
	pid = fork();
	if (pid == 0) {
		attempt(va);
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return status;
}

static void must_die(const char *what, void (*attempt)(uint64_t), uint64_t va, int sig)
{
	int status = child_status(attempt, va);

	report(what, va, WIFSIGNALED(status) && WTERMSIG(status) == sig);
}

static void memory(void)
{
	for (unsigned i = 0; i < FOREIGN; i++) {
		must_die("load from", load, foreign[i], SIGSEGV);
		must_die("store to", store, foreign[i], SIGSEGV);
		must_die("jump to", jump, foreign[i], SIGSEGV);
		must_die("push onto a stack at", sp_in_kernel, foreign[i], SIGSEGV);
	}
	must_die("store to text at", store, (uint64_t)(uintptr_t)memory, SIGSEGV);
	must_die("run code on the stack", stack_code, 0, SIGSEGV);
	must_die("sigreturn to", forged_sigreturn, 0xffffffc000000000, SIGSEGV);
}

static void privileges(void)
{
	must_die("read sstatus", privileged_csr, 0, SIGILL);
	must_die("write satp", privileged_satp, 0, SIGILL);
	must_die("sret", privileged_sret, 0, SIGILL);
	must_die("sfence.vma", privileged_fence, 0, SIGILL);
	must_die("an illegal instruction", illegal, 0, SIGILL);
	must_die("a breakpoint", breakpoint, 0, SIGTRAP);
	for (unsigned i = 0; i < FOREIGN; i++)
		report("a system call and a wait with sp", foreign[i],
		       WEXITSTATUS(child_status(sp_nonsense, foreign[i])) == 77);
}

static void must_fault(const char *what, uint64_t va, long got)
{
	report(what, va, got == -1 && errno == EFAULT);
}

static void pointers(uint64_t va, int file, const int *pipes)
{
	void *p = (void *)va;
	struct iovec iov = { p, 16 };
	char *argv[] = { p, NULL };

	must_fault("read into", va, syscall(SYS_read, file, p, 16));
	lseek(file, 0, SEEK_SET);
	must_fault("write from", va, syscall(SYS_write, pipes[1], p, 16));
	must_fault("write to a file from", va, syscall(SYS_pwrite64, file, p, 16, 0));
	must_fault("writev from", va, syscall(SYS_writev, pipes[1], &iov, 1));
	must_fault("writev of a list at", va, syscall(SYS_writev, pipes[1], p, 1));
	must_fault("fstat into", va, syscall(SYS_fstat, file, p));
	must_fault("newfstatat of the path at", va, syscall(SYS_newfstatat, AT_FDCWD, p, p, 0));
	must_fault("openat of the path at", va, syscall(SYS_openat, AT_FDCWD, p, O_RDONLY));
	must_fault("uname into", va, syscall(SYS_uname, p));
	must_fault("pipe2 into", va, syscall(SYS_pipe2, p, 0));
	must_fault("clock_gettime into", va, syscall(SYS_clock_gettime, 0, p));
	must_fault("getcwd into", va, syscall(SYS_getcwd, p, 100));
	must_fault("getrandom into", va, syscall(SYS_getrandom, p, 16, 0));
	must_fault("execve of the path at", va, syscall(SYS_execve, p, argv, NULL));
	if (va) {
		/* A null pointer means "none" to these. */
		must_fault("execve with an argument at", va,
			   syscall(SYS_execve, "/bin/utils", argv, NULL));
		must_fault("execve with arguments at", va,
			   syscall(SYS_execve, "/bin/utils", p, NULL));
		must_fault("sigaction from", va, syscall(SYS_rt_sigaction, SIGUSR1, p, NULL, 8));
		must_fault("sigprocmask into", va, syscall(SYS_rt_sigprocmask, 0, NULL, p, 8));
		must_fault("sigaltstack from", va, syscall(SYS_sigaltstack, p, NULL));
	}
	must_fault("nanosleep for the time at", va, syscall(SYS_nanosleep, p, NULL));
}

static void must_refuse(const char *what, uint64_t va, long got)
{
	report(what, va, got == -1 && (errno == EINVAL || errno == ENOMEM || errno == EEXIST));
}

static void mappings(void)
{
	long brk_before = syscall(SYS_brk, 0);

	for (unsigned i = 0; i < FOREIGN; i++) {
		uint64_t va = foreign[i] & -PAGE;

		if (!va)
			continue;
		must_refuse("mmap fixed at", va,
			    (long)mmap((void *)va, PAGE, PROT_READ | PROT_WRITE,
				       MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) == -1
				    ? -1
				    : 0);
		must_refuse("mprotect at", va, mprotect((void *)va, PAGE, PROT_READ | PROT_WRITE));
		report("brk to", va, syscall(SYS_brk, va) == brk_before);
	}
	must_refuse("mmap of everything", 0,
		    mmap(NULL, ~0ul & -PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0) ==
				    MAP_FAILED
			    ? -1
			    : 0);
	must_refuse("munmap across the end", foreign[0],
		    munmap((void *)(0x4000000000 - PAGE), 1ul << 40));
}

int main(void)
{
	int file = open("hostile.tmp", O_RDWR | O_CREAT | O_TRUNC, 0600), pipes[2];
	static char buf[64];

	if (file < 0 || write(file, buf, sizeof(buf)) != sizeof(buf) || pipe(pipes))
		return 1;
	lseek(file, 0, SEEK_SET);
	memory();
	privileges();
	for (unsigned i = 0; i < FOREIGN; i++)
		pointers(foreign[i], file, pipes);
	report("the file is unharmed", 0, lseek(file, 0, SEEK_END) == sizeof(buf));
	mappings();
	/* A length that wraps: what lies before the end of the region may be filled. */
	lseek(file, 0, SEEK_SET);
	report("a read of everything", 0,
	       syscall(SYS_read, file, buf, ~0ul >> 1) == sizeof(buf) || errno == EFAULT);
	unlink("hostile.tmp");
	printf("%d failures\n", failures);
	return failures != 0;
}
