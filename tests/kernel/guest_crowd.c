/*
 * A crowd: N processes that are all ready to run, in fewer frames than processes.  What each does over and over
 * is one load that needs four pages at once: the instruction lies across two, what it loads across two more;
 * and a write() whose source lies across two pages.  Whoever takes a page from another before its instruction
 * has been through would keep all of them from ever getting on.
 *
 *   guest_crowd PROCESSES ROUNDS
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PAGE 4096ul
#define RWX  (PROT_READ | PROT_WRITE | PROT_EXEC)
#define ANON (MAP_PRIVATE | MAP_ANONYMOUS)

/* ld a0, 0(a0); ret: its first two bytes at the end of a page. */
static long (*make_load(char *code))(const void *)
{
	static const uint16_t load[] = { 0x3503, 0x0005, 0x8082 };
	char *at = code + PAGE - 2;

	memcpy(at, load, sizeof(load));
	__builtin___clear_cache(at, at + sizeof(load));
	return (long (*)(const void *))(void *)at;
}

static int run(int id, int rounds, int start)
{
	char *code = mmap(NULL, 2 * PAGE, RWX, ANON, -1, 0);
	char *data = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE, ANON, -1, 0);
	long (*load)(const void *), word, wrong = 0;
	int null = open("/tmp/crowd", O_WRONLY | O_CREAT, 0600);

	if (code == MAP_FAILED || data == MAP_FAILED || null < 0)
		return 1;
	load = make_load(code);
	if (read(start, code, 1) != 0) /* until everybody is there */
		return 1;
	for (int i = 0; i < rounds; i++) {
		word = id * 1000003l + i;
		memcpy(data + PAGE - 4, &word, sizeof(word));
		wrong += load(data + PAGE - 4) != word;
		wrong += pwrite(null, data + PAGE - 50, 100, id * 100) != 100;
	}
	return wrong != 0;
}

int main(int argc, char **argv)
{
	int n = argc > 2 ? atoi(argv[1]) : 4, rounds = argc > 2 ? atoi(argv[2]) : 4, good = 0,
	    status;
	int start[2];

	if (pipe(start))
		return 1;
	for (int i = 0; i < n; i++)
		if (fork() == 0) {
			close(start[1]);
			_exit(run(i, rounds, start[0]));
		}
	close(start[1]);
	while (wait(&status) > 0)
		good += status == 0;
	unlink("/tmp/crowd");
	printf("%d of %d went right\n", good, n);
	return good != n;
}
