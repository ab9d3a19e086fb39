/*
 * A load for the guest's file system that tells, on standard output, what must survive a power cut:
 *   S PATH VERSION PAGES   fsync has returned: so many pages of at least this version are at PATH
 *   M FROM TO              a rename begins: what was at FROM is there or at TO
 *   D PATH                 PATH may lose what it holds from here on
 * Arguments: seed, number of operations.
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/kernel/load_page.h"
#include "tests/random.h"

#define NDIRS  4
#define NFILES 6
#define PLACES (NDIRS * NFILES)

static uint64_t state;
static uint32_t version;
static uint32_t pages_at[PLACES]; /* 0: nothing there */

static uint32_t chance(uint32_t n)
{
	return xorshift(&state) % n;
}

static void tell(const char *format, ...)
{
	char line[160];
	va_list args;
	int n;

	va_start(args, format);
	n = vsnprintf(line, sizeof(line), format, args);
	va_end(args);
	if (write(1, line, n) != n)
		exit(9);
}

static void name(char *path, int place)
{
	if (place / NFILES == 0)
		sprintf(path, "f%d", place % NFILES);
	else
		sprintf(path, "d%d/f%d", place / NFILES, place % NFILES);
}

static void write_pages(int fd, uint32_t from, uint32_t count)
{
	unsigned char page[LOAD_PAGE];

	for (uint32_t i = from; i < from + count; i++) {
		load_page_fill(page, version, i);
		if (pwrite(fd, page, LOAD_PAGE, (off_t)i * LOAD_PAGE) != LOAD_PAGE)
			exit(8);
	}
}

static void synced(int fd, const char *path, uint32_t pages)
{
	if (fsync(fd))
		exit(7);
	tell("S %s %u %u\n", path, version, pages);
}

/* Writes over what is there, or makes it. */
static void rewrite(int place)
{
	uint32_t count = 1 + chance(chance(6) ? 8 : 40);
	char path[40];
	int fd;

	name(path, place);
	if (count < pages_at[place])
		count = pages_at[place];
	fd = open(path, O_RDWR | O_CREAT, 0644);
	if (fd < 0)
		exit(6);
	version++;
	write_pages(fd, 0, count);
	pages_at[place] = count;
	if (chance(3))
		synced(fd, path, count);
	close(fd);
}

/* The way careful programs replace a file. */
static void replace(int place)
{
	uint32_t count = pages_at[place] ? pages_at[place] : 1 + chance(6);
	char path[40], temporary[50];
	int fd;

	name(path, place);
	sprintf(temporary, "%s.new", path);
	fd = open(temporary, O_RDWR | O_CREAT | O_TRUNC, 0644);
	if (fd < 0)
		exit(5);
	version++;
	write_pages(fd, 0, count);
	if (fsync(fd))
		exit(7);
	if (rename(temporary, path))
		exit(4);
	if (chance(2))
		synced(fd, path, count);
	close(fd);
	pages_at[place] = count;
}

static void move(int from, int to)
{
	char old[40], new[40];

	if (!pages_at[from] || pages_at[to])
		return;
	name(old, from);
	name(new, to);
	tell("M %s %s\n", old, new);
	if (rename(old, new))
		exit(4);
	pages_at[to] = pages_at[from];
	pages_at[from] = 0;
}

static void shrink(int place)
{
	char path[40];

	if (!pages_at[place])
		return;
	name(path, place);
	tell("D %s\n", path);
	if (chance(2)) {
		pages_at[place] = 0;
		if (unlink(path))
			exit(3);
	} else {
		pages_at[place] = 1 + chance(pages_at[place]);
		if (truncate(path, (off_t)pages_at[place] * LOAD_PAGE - chance(100)))
			exit(3);
	}
}

static void map(int place)
{
	uint32_t count = pages_at[place];
	unsigned char *pages;
	char path[40];
	struct stat st;
	int fd;

	if (!count)
		return;
	name(path, place);
	fd = open(path, O_RDWR);
	if (fd < 0 || fstat(fd, &st))
		exit(2);
	if (st.st_size % LOAD_PAGE && ftruncate(fd, (off_t)count * LOAD_PAGE))
		exit(2);
	pages = mmap(NULL, (size_t)count * LOAD_PAGE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	if (pages == MAP_FAILED)
		exit(2);
	version++;
	for (uint32_t i = 0; i < count; i++)
		load_page_fill(pages + (size_t)i * LOAD_PAGE, version, i);
	if (chance(2))
		synced(fd, path, count);
	munmap(pages, (size_t)count * LOAD_PAGE);
	close(fd);
}

/* What nothing is promised about, but what frees and takes blocks and inodes. */
static void noise(void)
{
	char path[40], other[40];
	int fd, n = chance(4);

	sprintf(path, "n%d", n);
	sprintf(other, "d%d/n%d", 1 + chance(NDIRS - 1), n);
	switch (chance(6)) {
	case 0:
		fd = open(path, O_RDWR | O_CREAT, 0644);
		version++;
		write_pages(fd, chance(2) ? chance(30) : 1100 + chance(30), 1 + chance(12));
		close(fd);
		break;
	case 1:
		unlink(path);
		unlink(other);
		break;
	case 2:
		if (link(path, other))
			unlink(other);
		break;
	case 3:
		rename(path, other);
		break;
	case 4:
		sprintf(path, "dir%d", n);
		sprintf(other, "dir%d/sub", n);
		if (mkdir(path, 0755) || mkdir(other, 0755)) {
			rmdir(other);
			rmdir(path);
		}
		break;
	default:
		sprintf(other, "dir%d", (n + 1) % 4);
		sprintf(path, "dir%d", n);
		rename(path, other);
	}
}

int main(int argc, char **argv)
{
	int operations = argc > 2 ? atoi(argv[2]) : 200;
	char path[8];

	state = (argc > 1 ? strtoul(argv[1], NULL, 0) : 1) * 0x9e3779b97f4a7c15u + 1;
	for (int i = 1; i < NDIRS; i++) {
		sprintf(path, "d%d", i);
		if (mkdir(path, 0755))
			return 1;
	}
	for (int i = 0; i < operations; i++) {
		int place = chance(PLACES);

		switch (chance(12)) {
		case 0 ... 2:
			rewrite(place);
			break;
		case 3 ... 4:
			replace(place);
			break;
		case 5:
			move(place, chance(PLACES));
			break;
		case 6:
			shrink(place);
			break;
		case 7:
			map(place);
			break;
		default:
			noise();
		}
	}
	tell("E\n");
	return 0;
}
