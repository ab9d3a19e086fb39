/* What the benchmark programs share.  They need nothing but a 16550 and the finisher. */
#ifndef BENCH_H
#define BENCH_H

#include <stdint.h>
#include <stddef.h>

#define PAGE 4096ull

/* Print `name`, a checksum, and stop through the value main returns. */
void bench_report(const char *name, uint64_t checksum);
void bench_finish(int status);
void bench_puts(const char *text);

/* Page tables of its own: map one page of the root table that the program runs on. */
extern uint64_t bench_root[512];
void bench_map_page(uint64_t *root, uint64_t va, uint64_t pa, uint64_t flags);
uint64_t *bench_pte(uint64_t *root, uint64_t va);
void *bench_page(void); /* a zeroed page, for tables */
void bench_map_all(uint64_t *root);

static inline uint64_t bench_random(uint64_t *state)
{
	uint64_t x = *state;

	x ^= x << 13;
	x ^= x >> 7;
	x ^= x << 17;
	return *state = x;
}

#endif
