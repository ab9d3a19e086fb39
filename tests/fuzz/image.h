/*
 * What the generator (host) and the harness (guest) agree on: the memory map of an image and the
 * description of a program.  Preprocessor only, but for the structures that both compile.
 */
#ifndef TESTS_FUZZ_IMAGE_H
#define TESTS_FUZZ_IMAGE_H

#define HARNESS_PA  0x80000000ull
#define PROGRAMS_PA 0x80100000ull /* struct image */
#define POOL_PA	    0x84000000ull /* what programs read, write, map and execute */
#define DATA_PAGES  16		  /* the first 64 KiB of it */
#define RICH_PAGES  8		  /* of these hold random words, the others zeros */
#define TABLES_PA   (POOL_PA + DATA_PAGES * 4096)
#define TABLES	    16 /* pages of page tables, behind them */
#define POOL_PAGES  (DATA_PAGES + TABLES)

#define USER_ALIAS 0x40000000ull /* U-mode sees RAM this much higher, S-mode where it is */

/* Each data page begins with code that programs jump to: PADS pads of 64 bytes from 64 on. */
#define PAD_BYTES 64
#define PADS	  7
#define PADS_END  512

#define MAX_TRAPS 12 /* of one step; then the next begins */

#define IMAGE_DUMP 1 /* flags: print all, not a hash alone */

#ifndef __ASSEMBLER__
#include <stdint.h>

struct poke {
	uint64_t pa, value;
};

/* All addresses are physical. */
struct program {
	uint64_t number;
	uint64_t steps, nsteps; /* uint64_t[]: where each begins, in M-mode */
	uint64_t pokes, npokes; /* struct poke[]: what is in memory at the beginning */
	uint64_t registers;	/* uint64_t[63]: x1 to x31, f0 to f31 */
	uint64_t pads;		/* PADS_END bytes */
	uint64_t fill;		/* seed of the random words */
	uint64_t data_pages;	/* how many of them are used; */
	uint64_t tables;	/* and of tables */
};

struct image {
	uint64_t count, flags;
	uint64_t programs; /* struct program[] */
};
#endif

#endif
