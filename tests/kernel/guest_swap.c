/*
 * What becomes of swap slots and page tables, seen from inside: /proc/self/pagemap names a page's slot,
 * /proc/meminfo counts what is free, /proc/vmstat what went to and fro, /proc/self/status the tables.
 * For plenty of frames: pages go only where MADV_PAGEOUT sends them.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/guest/check.h"

#define PAGE  4096ul
#define PAGES 64ul
#define ANON  (MAP_PRIVATE | MAP_ANONYMOUS)
#define RW    (PROT_READ | PROT_WRITE)

/* The number behind `name` in a file of /proc. */
static long number(const char *path, const char *name)
{
	char line[200];
	long value = -1;
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, name, strlen(name)))
			value = atol(line + strlen(name));
	fclose(f);
	return value;
}

static long slots_free(void)
{
	return number("/proc/meminfo", "SwapFree:") / 4;
}

static long written(void)
{
	return number("/proc/vmstat", "pswpout ");
}

static long tables(void)
{
	return number("/proc/self/status", "VmPTE:") / 4;
}

/* The slot of the page at p, or -1 if it is not in swap. */
static long slot(const char *p)
{
	static int fd = -1;
	uint64_t entry = 0;

	if (fd < 0)
		fd = open("/proc/self/pagemap", O_RDONLY);
	if (pread(fd, &entry, 8, (long)((uintptr_t)p / PAGE * 8)) != 8 || !(entry >> 62 & 1))
		return -1;
	return (long)(entry >> 5 & ((1ul << 50) - 1));
}

static void out(char *p, size_t pages)
{
	madvise(p, pages * PAGE, MADV_PAGEOUT);
}

/* Neighbours that go out together lie side by side. */
static long clustered(const char *p, size_t pages)
{
	long side_by_side = 0;

	for (size_t i = 0; i + 1 < pages; i++)
		side_by_side += slot(p + i * PAGE) >= 0 &&
				slot(p + (i + 1) * PAGE) == slot(p + i * PAGE) + 1;
	return side_by_side;
}

static void slots(void)
{
	char *p = mmap(NULL, PAGES * PAGE, RW, ANON, -1, 0);
	long before, writes, sum = 0;
	int status;

	slot(p);
	for (size_t i = 0; i < PAGES; i++)
		p[i * PAGE] = (char)(i + 1);
	before = slots_free();
	writes = written();
	out(p, PAGES);
	check("64 pages take 64 slots", slots_free() == before - (long)PAGES);
	check("with 64 writes", written() == writes + (long)PAGES);
	check("side by side", clustered(p, PAGES) == (long)PAGES - 1);
	for (size_t i = 0; i < PAGES; i++)
		sum += p[i * PAGE] == (char)(i + 1);
	check("read again they are as they were", sum == (long)PAGES);
	check("and keep their slots", slots_free() == before - (long)PAGES && slot(p) < 0);
	writes = written();
	out(p, PAGES);
	check("clean, they go out again without a write",
	      written() == writes && slot(p) >= 0 && slots_free() == before - (long)PAGES);
	for (size_t i = 0; i < PAGES / 2; i++)
		p[i * PAGE] = 9;
	check("what is stored to gives its slot back", slots_free() == before - (long)PAGES / 2);
	out(p, PAGES);
	check("and is written anew", written() == writes + (long)PAGES / 2);
	writes = written();
	if (fork() == 0) {
		sum = 0;
		for (size_t i = 0; i < PAGES; i++)
			sum += p[i * PAGE];
		for (size_t i = 0; i < 8; i++)
			p[i * PAGE] = 1;
		_exit(sum != 9 * 32 + (33 + 64) * 16);
	}
	wait(&status);
	check("a child reads them from its parent's slots", status == 0);
	check("its end leaves as many as before",
	      slots_free() == before - (long)PAGES && written() == writes && p[0] == 9);
	munmap(p + PAGE, PAGE);
	check("a page that is unmapped gives its slot back",
	      slots_free() == before - (long)PAGES + 1);
	madvise(p + 2 * PAGE, PAGE, MADV_DONTNEED);
	check("so does one that is forgotten", slots_free() == before - (long)PAGES + 2);
	munmap(p, PAGES * PAGE);
	check("and all the rest", slots_free() == before);
}

static void page_tables(void)
{
	long before = tables(), most;
	char *p = mmap(NULL, 1ul << 32, RW, ANON | MAP_NORESERVE, -1, 0);

	check("4 GiB reserved take no table", tables() == before);
	for (size_t i = 0; i < 10; i++)
		p[i * (2ul << 20) + (1ul << 30)] = 1;
	most = tables();
	check("ten pages 2 MiB apart take ten tables and at most two above",
	      most >= before + 10 && most <= before + 12);
	out(p + (1ul << 30), 20 * 512);
	check("tables of slots are kept", tables() == most);
	madvise(p + (1ul << 30), 2ul << 20, MADV_DONTNEED);
	check("one that is empty is not", tables() == most - 1);
	munmap(p, 1ul << 32);
	check("nor are the others", tables() == before);
}

int main(void)
{
	slots();
	page_tables();
	finish();
}
