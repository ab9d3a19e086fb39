/*
 * Random: any page, from the kernel's seeded generator.  The measure of what a policy is worth.
 */
#include "kernel.h"
#include "replace.h"

#define DRAWS 64 /* where pages are few among the frames, a list is asked after so many */

static struct page_list pages;

static void random_enter(struct page *page)
{
	page_list_append(&pages, page);
}

static void random_leave(struct page *page)
{
	page_list_remove(&pages, page);
}

static struct page *random_victim(void)
{
	struct page *page;
	u64 at;

	for (int n = 0; n < DRAWS; n++) {
		page = page_nth((u32)(random_u64() % page_total()));
		if (page && page_evictable(page))
			return page;
	}
	if (!pages.count)
		return NULL;
	page = page_list_first(&pages);
	for (at = random_u64() % pages.count; at; at--)
		page = page_list_next(page);
	for (u32 n = 0; n < pages.count; n++) {
		if (page_evictable(page))
			return page;
		page = page_list_next(page) ? page_list_next(page) : page_list_first(&pages);
	}
	return NULL;
}

static const struct replace_ops random_policy = {
	.name = "random",
	.enter = random_enter,
	.leave = random_leave,
	.victim = random_victim,
};
REPLACE_POLICY(random_policy);
