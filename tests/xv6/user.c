/*
 * The first process, which tests what processes see of the machine.  It asks for the number of harts on
 * the console, prints TAP lines, and halts the machine with the number of failures.
 */
#include "tests/xv6/xv6.h"

void user_main(void);
long call_system(uint64 a, uint64 b, uint64 number);

#define PROCESSES 12
#define BLOCKS	  48 /* of the disk, each process its share */

static int number, failures;
static char line[128];
static uint64 block[BSIZE / 8];
static volatile uint64 in_data = 1;

static long sys(uint64 which, uint64 a, uint64 b)
{
	return call_system(a, b, which);
}

static void say(const char *text)
{
	uint64 n = 0;

	while (text[n])
		n++;
	sys(SYS_write, (uint64)text, n);
}

static void say_number(uint64 value)
{
	char digits[21];
	int at = 20;

	digits[at] = 0;
	do
		digits[--at] = (char)('0' + value % 10);
	while (value /= 10);
	say(digits + at);
}

static void ok(int good, const char *what)
{
	failures += !good;
	say(good ? "ok " : "not ok ");
	say_number((uint64)++number);
	say(" - ");
	say(what);
	say("\n");
}

static int count(uint64 mask)
{
	int n = 0;

	for (; mask; mask &= mask - 1)
		n++;
	return n;
}

/* How many harts there are, from the console; empty lines are none. */
static int ask(void)
{
	for (;;) {
		long n = sys(SYS_read, (uint64)line, sizeof(line));

		if (n >= 2 && line[0] >= '1' && line[0] <= '8')
			return line[0] - '0';
	}
}

static void test_harts(int harts)
{
	long until = sys(SYS_uptime, 0, 0) + 600;
	int status, good = 1, pid;

	while (count((uint64)sys(SYS_harts, 0, 0)) < harts && sys(SYS_uptime, 0, 0) < until)
		sys(SYS_sleep, 1, 0);
	ok(count((uint64)sys(SYS_harts, 0, 0)) == harts, "every hart starts, and no other");
	for (int i = 0; i < PROCESSES; i++)
		if (sys(SYS_fork, 0, 0) == 0) {
			/* Busy, so that the harts which wake at their next tick find others to run. */
			while (count((uint64)sys(SYS_ran, 0, 0)) < harts &&
			       sys(SYS_uptime, 0, 0) < until)
				for (volatile int busy = 0; busy < 100000; busy++)
					;
			sys(SYS_exit, (uint64)i, 0);
		}
	for (int i = 0; i < PROCESSES; i++) {
		pid = (int)sys(SYS_wait, (uint64)&status, 0);
		good &= pid > 1 && status >= 0 && status < PROCESSES;
	}
	ok(good && sys(SYS_wait, 0, 0) == -1, "each child is waited for once, with its status");
	ok(count((uint64)sys(SYS_ran, 0, 0)) == harts, "processes run on every hart");
}

/* Run each in a process of its own; they exit with 0. */
static int together(void (*what)(int))
{
	int status, good = 1;

	for (int i = 0; i < PROCESSES; i++)
		if (sys(SYS_fork, 0, 0) == 0) {
			what(i);
			sys(SYS_exit, 1, 0);
		}
	for (int i = 0; i < PROCESSES; i++) {
		sys(SYS_wait, (uint64)&status, 0);
		good &= status == 0;
	}
	return good;
}

static void lock_often(int i)
{
	(void)i;
	sys(SYS_locked, 500, 0);
	sys(SYS_exit, 0, 0);
}

/* Block b of the image holds its own number and the index of each word. */
static int holds(uint64 b, uint64 mask)
{
	for (uint64 i = 0; i < BSIZE / 8; i++)
		if (block[i] != ((b << 32 | i) ^ mask))
			return 0;
	return 1;
}

/* Odd blocks are written back with every bit turned. */
static void use_disk(int i)
{
	int good = 1;

	for (uint64 b = (uint64)i; b < BLOCKS; b += PROCESSES) {
		good &= sys(SYS_bread, b, (uint64)block) == 0 && holds(b, 0);
		if (b % 2 == 0)
			continue;
		for (uint64 word = 0; word < BSIZE / 8; word++)
			block[word] = ~block[word];
		good &= sys(SYS_bwrite, b, (uint64)block) == 0;
		memset(block, 0, BSIZE);
		good &= sys(SYS_bread, b, (uint64)block) == 0 && holds(b, ~0UL);
	}
	sys(SYS_exit, !good, 0);
}

static void grow(int i)
{
	uint64 *page = (uint64 *)sys(SYS_sbrk, 16 * PGSIZE, 0);
	int good = 1;

	for (uint64 at = 0; at < 16 * PGSIZE / 8; at += 64) {
		good &= page[at] == 0;
		page[at] = at * (uint64)(i + 1);
	}
	sys(SYS_sleep, 1, 0);
	for (uint64 at = 0; at < 16 * PGSIZE / 8; at += 64)
		good &= page[at] == at * (uint64)(i + 1);
	sys(SYS_exit, !good, 0);
}

static void test_accessed(void)
{
	volatile uint64 *page = (uint64 *)sys(SYS_sbrk, PGSIZE, 0);
	uint64 ad = 0xc0, before = (uint64)sys(SYS_pte, (uint64)page, 0), loaded, stored;

	(void)*page;
	loaded = (uint64)sys(SYS_pte, (uint64)page, 0);
	*page = 1;
	stored = (uint64)sys(SYS_pte, (uint64)page, 0);
	ok((before & ad) == 0 && (loaded & ad) == 0x40 && (stored & ad) == 0xc0 &&
		   (before | ad) == stored,
	   "a PTE without A and D: a load sets A, a store D, and nothing else");
	ok(((uint64)sys(SYS_pte, (uint64)test_accessed & ~4095UL, 0) & ad) == 0x40,
	   "the page that runs has A but not D");
}

static void load_from_nowhere(int i)
{
	in_data = *(volatile uint64 *)(0x3000000000UL + (uint64)i * 8);
}

static void load_of_the_kernel(int i)
{
	in_data = *(volatile uint64 *)((uint64)KERNBASE + (uint64)i * 8);
}

static void load_beyond_sv39(int i)
{
	in_data = *(volatile uint64 *)(1UL << 38 | (uint64)i * 8);
}

static void store_to_text(int i)
{
	*(volatile uint64 *)(((uint64)user_main & ~7UL) + (uint64)i * 8) = 0;
}

static void run_data(int i)
{
	(void)i;
	((void (*)(void)) & in_data)();
}

static void run_trampoline(int i)
{
	(void)i;
	((void (*)(void))TRAMPOLINE)();
}

static void use_a_csr(int i)
{
	(void)i;
	in_data = READ_CSR(sstatus);
}

static int ends_with(void (*what)(int), int cause)
{
	int status = 0;

	if (sys(SYS_fork, 0, 0) == 0) {
		what(1);
		sys(SYS_exit, 1, 0);
	}
	sys(SYS_wait, (uint64)&status, 0);
	return status == -cause;
}

static void test_refused(void)
{
	ok(ends_with(load_from_nowhere, 13),
	   "a load from where nothing is mapped ends the process with cause 13");
	ok(ends_with(load_of_the_kernel, 13), "so does a load of the kernel");
	ok(ends_with(load_beyond_sv39, 13), "and one of an address that is no Sv39 address");
	ok(ends_with(store_to_text, 15), "a store to text: cause 15");
	ok(ends_with(run_data, 12), "a jump into data: cause 12");
	ok(ends_with(run_trampoline, 12), "a jump into the trampoline, which is not U: cause 12");
	ok(ends_with(use_a_csr, 2), "a CSR of the supervisor: cause 2");
	ok(sys(99, 0, 0) == -1, "an unknown system call is refused");
}

static void test_time(void)
{
	long from = sys(SYS_uptime, 0, 0), slept;

	sys(SYS_sleep, 3, 0);
	slept = sys(SYS_uptime, 0, 0) - from;
	ok(slept >= 3 && slept <= 30, "a process sleeps for three ticks");
}

/* What is typed is in upper case when it comes back. */
static void test_console(void)
{
	long n;

	say("say something\n");
	do
		n = sys(SYS_read, (uint64)line, sizeof(line) - 1);
	while (n <= 1);
	for (long i = 0; i < n; i++)
		if (line[i] >= 'a' && line[i] <= 'z')
			line[i] -= 'a' - 'A';
	line[n] = 0;
	say("heard ");
	say(line);
	ok(n > 1, "a line comes from the console");
}

void user_main(void)
{
	int harts;

	say("how many harts?\n");
	harts = ask();
	ok(sys(SYS_getpid, 0, 0) == 1, "the first process has number 1");
	test_harts(harts);
	ok(together(lock_often) && sys(SYS_locked, 0, 0) == 500 * PROCESSES,
	   "no addition under a spinlock is lost");
	ok(together(use_disk), "processes read and write blocks of 1 KiB at the same time");
	ok(together(grow), "each process has memory of its own");
	test_accessed();
	test_refused();
	test_time();
	test_console();
	ok(sys(SYS_irqs, 0, 0) > 10 && sys(SYS_irqs, 1, 0) > 10 && sys(SYS_irqs, 2, 0) > 3,
	   "UART, disk and timer interrupted");
	say("1..");
	say_number((uint64)number);
	say("\n");
	sys(SYS_halt, (uint64)failures, 0);
}

/* The compiler may call it. */
void *memset(void *to, int c, uint64 n)
{
	uint8 *at = to;

	while (n--)
		*at++ = (uint8)c;
	return to;
}
