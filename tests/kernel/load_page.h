/* The pages that guest_load.c writes and load_check.c recognises. */
#ifndef TESTS_LOAD_PAGE_H
#define TESTS_LOAD_PAGE_H

#include <stdint.h>
#include <string.h>

#define LOAD_PAGE 4096

/* Page `index` of a file as version `version` of it: both can be told from the bytes. */
static inline void load_page_fill(unsigned char *page, uint32_t version, uint32_t index)
{
	uint32_t state = version * 2654435761u ^ index * 40503u ^ 0x5bd1e995u;

	memcpy(page, &version, 4);
	memcpy(page + 4, &index, 4);
	for (int i = 8; i < LOAD_PAGE; i++) {
		state = state * 1664525u + 1013904223u;
		page[i] = state >> 24;
	}
}

#endif
