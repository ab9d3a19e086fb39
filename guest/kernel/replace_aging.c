/*
 * Aging, an approximation of least recently used: every tick each page's history moves right by one
 * bit and its A bit comes in at the top.  The page with the smallest history goes: pages are kept in one
 * list for each position of the history's highest bit, so that the choice needs no search.
 */
#include "replace.h"

#define BITS 32

static struct page_list ages[BITS + 1]; /* 0: not used for BITS ticks */

static u32 age_of(struct page *page)
{
	u64 history = *page_policy_word(page);
	u32 bits = 0;

	for (; history; history >>= 1)
		bits++;
	return bits;
}

static void aging_enter(struct page *page)
{
	*page_policy_word(page) = 1ul << (BITS - 1);
	page_list_append(&ages[BITS], page);
}

static void aging_leave(struct page *page)
{
	page_list_remove(&ages[age_of(page)], page);
}

static void aging_tick(void)
{
	u32 count[BITS + 1];

	for (u32 i = 0; i <= BITS; i++)
		count[i] = ages[i].count;
	for (u32 i = 0; i <= BITS; i++) {
		while (count[i]--) { /* those that other lists append here are behind */
			struct page *page = page_list_first(&ages[i]);
			u64 used = page_referenced_clear(page) ? 1ul << (BITS - 1) : 0;

			page_list_remove(&ages[i], page);
			*page_policy_word(page) = *page_policy_word(page) >> 1 | used;
			page_list_append(&ages[age_of(page)], page);
		}
	}
}

static struct page *aging_victim(void)
{
	for (u32 i = 0; i <= BITS; i++)
		for (struct page *page = page_list_first(&ages[i]); page;
		     page = page_list_next(page))
			if (page_evictable(page))
				return page;
	return (struct page *)0;
}

static const struct replace_ops aging = {
	.name = "aging",
	.enter = aging_enter,
	.leave = aging_leave,
	.victim = aging_victim,
	.tick = aging_tick,
};
REPLACE_POLICY(aging);
