/*
 * segv REASON: one access that must not succeed. `segv` alone lists the reasons; `segv handler` tries
 * them all under a handler on an alternate stack, which prints the signal, si_code and si_addr, and
 * goes on. Look at the line that Faultline prints when the program is killed: it names the reason.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define PAGE 4096

static volatile uintptr_t base; /* what si_addr is printed relative to; 0: absolute */
static const char *volatile base_name_;

static void note_base(volatile void *p, const char *name)
{
	base = (uintptr_t)p;
	base_name_ = name;
}

static void store(uintptr_t va)
{
	*(volatile char *)va = 1;
}

static void load(uintptr_t va)
{
	(void)*(volatile char *)va;
}

static void call(uintptr_t va)
{
	((void (*)(void))va)();
}

static char *map(int prot, int pages)
{
	char *p = mmap(NULL, (size_t)pages * PAGE, prot, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	note_base(p, "mapping");
	return p;
}

static void try_null(void)
{
	load(0);
}

static void try_wild(void)
{
	store(0x1234567000);
}

static void try_readonly(void)
{
	note_base((void *)(uintptr_t)try_readonly, "text");
	store((uintptr_t)try_readonly);
}

static void try_noexec(void)
{
	static uint32_t ret = 0x00008067;

	note_base(&ret, "data");
	call((uintptr_t)&ret);
}

static void try_stack_exec(void)
{
	volatile uint32_t ret = 0x00008067;

	note_base(&ret, "stack variable");
	call((uintptr_t)&ret);
}

static void try_guard(void)
{
	char *p = map(PROT_READ | PROT_WRITE, 2);

	mprotect(p + PAGE, PAGE, PROT_NONE);
	p[PAGE - 1] = 1;
	store((uintptr_t)p + PAGE);
}

static int descend(int n)
{
	volatile char frame[4000];

	frame[0] = (char)n;
	return n < 0 ? 0 : descend(n + 1) + frame[0];
}

static void try_stack_limit(void)
{
	note_base(NULL, "somewhere below the stack");
	base_name_ = "stack";
	base = 1;
	descend(1);
}

static void try_kernel(void)
{
	load(0xffffffc000000000);
}

static void try_non_canonical(void)
{
	load(0x0000800000000000);
}

static void try_sigbus(void)
{
	const char *name = "segv.tmp";
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);
	char *p;

	if (fd < 0 || write(fd, "x", 1) != 1)
		exit(1);
	p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	unlink(name);
	note_base(p, "mapping");
	load((uintptr_t)p + PAGE - 1); /* past the end of the file, but on its last page */
	load((uintptr_t)p + PAGE);
}

static void try_unmapped(void)
{
	char *p = map(PROT_READ | PROT_WRITE, 1);

	p[0] = 1;
	munmap(p, PAGE);
	load((uintptr_t)p);
}

static void try_prot_none(void)
{
	char *p = map(PROT_NONE, 1);

	load((uintptr_t)p);
}

static const struct {
	const char *name;
	void (*attempt)(void);
} reasons[] = {
	{ "null", try_null },
	{ "wild", try_wild },
	{ "readonly", try_readonly },
	{ "noexec", try_noexec },
	{ "stack-exec", try_stack_exec },
	{ "guard", try_guard },
	{ "stack-limit", try_stack_limit },
	{ "kernel", try_kernel },
	{ "non-canonical", try_non_canonical },
	{ "sigbus", try_sigbus },
	{ "unmapped", try_unmapped },
	{ "prot-none", try_prot_none },
};
#define REASONS (sizeof(reasons) / sizeof(*reasons))

static sigjmp_buf back;
static volatile int got_signal, got_code;
static volatile uintptr_t got_address;

static void handler(int sig, siginfo_t *info, void *context)
{
	(void)context;
	got_signal = sig;
	got_code = info->si_code;
	got_address = (uintptr_t)info->si_addr;
	siglongjmp(back, 1);
}

static void show(const char *name)
{
	printf("%-14s signal %2d code %d at ", name, got_signal, got_code);
	if (base == 1)
		printf("the end of the %s\n", base_name_);
	else if (base)
		printf("%s + 0x%lx\n", base_name_, (unsigned long)(got_address - base));
	else
		printf("0x%lx\n", (unsigned long)got_address);
}

static int try_all(void)
{
	struct sigaction act = { .sa_sigaction = handler, .sa_flags = SA_SIGINFO | SA_ONSTACK };
	stack_t stack = { .ss_sp = malloc(65536), .ss_size = 65536 };
	volatile int missed = 0;

	sigaltstack(&stack, NULL);
	sigaction(SIGSEGV, &act, NULL);
	sigaction(SIGBUS, &act, NULL);
	for (volatile unsigned i = 0; i < REASONS; i++) {
		base = 0;
		if (sigsetjmp(back, 1) == 0) {
			reasons[i].attempt();
			printf("%s: nothing happened\n", reasons[i].name);
			missed++;
		} else {
			show(reasons[i].name);
		}
	}
	return missed != 0;
}

int main(int argc, char **argv)
{
	if (argc == 2 && !strcmp(argv[1], "handler"))
		return try_all();
	for (unsigned i = 0; argc == 2 && i < REASONS; i++)
		if (!strcmp(argv[1], reasons[i].name)) {
			printf("trying %s\n", argv[1]);
			fflush(stdout);
			reasons[i].attempt();
			puts("nothing happened");
			return 1;
		}
	fputs("usage: segv handler", stdout);
	for (unsigned i = 0; i < REASONS; i++)
		printf(" | %s", reasons[i].name);
	puts("");
	return 2;
}
