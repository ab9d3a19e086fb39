/* Two processes read one stream of counters: one of them into a page that the copy must wait for. */
#include <sched.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/guest/check.h"

#define PAGE 4096ul
#define FEW  25

static uint32_t words[1024];

/* Are these counters from `first` on? */
static int in_order(const uint32_t *word, size_t n, uint32_t first)
{
	for (size_t i = 0; i < n; i++)
		if (word[i] != first + i)
			return 0;
	return 1;
}

int main(void)
{
	uint32_t *slow =
		mmap(NULL, PAGE, PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	uint32_t next = 0;
	int wrong = 0;
	pid_t pid;
	long n;

	memset(slow, 0xff, PAGE);
	madvise(slow, PAGE, MADV_PAGEOUT);
	pid = fork();
	if (pid == 0) /* reads, and waits for the page */
		_exit(read(0, slow, FEW * 4) != FEW * 4);
	sched_yield(); /* it is the first, and has begun to copy */
	while ((n = read(0, words, sizeof(words))) > 0) {
		if (!next)
			next = words[0];
		wrong += n % 4 != 0 || !in_order(words, (size_t)n / 4, next);
		next += (uint32_t)n / 4;
	}
	waitpid(pid, NULL, 0);
	check("who waits gets what it has taken", in_order(slow, FEW, slow[0]));
	check("and the other one all else, in order and once", !wrong && next > 5000);
	finish();
}
