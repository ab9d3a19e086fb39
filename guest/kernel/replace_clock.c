/*
 * Clock, or second chance: the hand goes round the pages in the order in which they came; one that was
 * used since the hand last passed is spared once.
 */
#include "replace.h"

static struct page_list ring; /* the hand points between last and first */

/* A new page goes just behind the hand, so that it is looked at last. */
static void clock_enter(struct page *page)
{
	page_list_append(&ring, page);
}

static void clock_leave(struct page *page)
{
	page_list_remove(&ring, page);
}

static struct page *clock_victim(void)
{
	/* Twice round: the first pass may only clear marks. */
	for (u32 left = 2 * ring.count; left; left--) {
		struct page *page = page_list_first(&ring);

		if (page_evictable(page) && !page_referenced_clear(page))
			return page;
		page_list_remove(&ring, page);
		page_list_append(&ring, page);
	}
	return (struct page *)0;
}

static const struct replace_ops clock = {
	.name = "clock",
	.enter = clock_enter,
	.leave = clock_leave,
	.victim = clock_victim,
};
REPLACE_POLICY(clock);
