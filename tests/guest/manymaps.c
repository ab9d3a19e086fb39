/*
 * Thousands of mappings of a page, no two neighbours alike: made, split, faulted in and taken away in every order.
 * What each of them costs must not depend on how many there are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>

#define COUNT 8000
#define PAGE  4096ul

static char *map[COUNT];

static char *get(char *where, size_t bytes, int prot)
{
	char *at = mmap(where, bytes, prot, MAP_PRIVATE | MAP_ANONYMOUS | (where ? MAP_FIXED : 0),
			-1, 0);

	if (at == MAP_FAILED) {
		perror("mmap");
		exit(1);
	}
	return at;
}

static void make(void)
{
	for (int i = 0; i < COUNT; i++)
		map[i] = get(NULL, PAGE, i % 2 ? PROT_READ : PROT_READ | PROT_WRITE);
}

int main(void)
{
	char *whole;

	make();
	for (int i = 0; i < COUNT; i++)
		munmap(map[i], PAGE);
	make();
	for (int i = COUNT; i-- > 0;)
		munmap(map[i], PAGE);
	make();
	for (int i = 0; i < COUNT; i += 2)
		munmap(map[i], PAGE);
	for (int i = 0; i < COUNT; i++) /* larger than every hole */
		munmap(get(NULL, 2 * PAGE, PROT_READ), 2 * PAGE);
	for (int i = 0; i < COUNT; i += 2) /* the highest hole is filled first */
		if (get(NULL, PAGE, PROT_READ | PROT_WRITE) != map[i])
			return 2;
	for (int i = 0; i < COUNT; i++)
		munmap(map[i], PAGE);
	whole = get(NULL, COUNT * PAGE, PROT_READ | PROT_WRITE);
	for (int i = 0; i < COUNT; i += 2)
		if (mprotect(whole + i * PAGE, PAGE, PROT_READ))
			return 3;
	for (int i = 1; i < COUNT; i += 200)
		whole[i * PAGE] = 1;
	return munmap(whole, COUNT * PAGE) ? 4 : 0;
}
