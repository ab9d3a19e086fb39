/*
 * Random: any page, from the kernel's seeded generator.  The measure of what a policy is worth.
 */
#include "kernel.h"
#include "replace.h"

static void random_nothing(struct page *page)
{
	(void)page;
}

static struct page *random_victim(void)
{
	u32 total = page_total(), at = (u32)(random_u64() % total);

	for (u32 n = 0; n < total / 2; n++, at = (u32)(random_u64() % total)) {
		struct page *page = page_nth(at);

		if (page && page_evictable(page))
			return page;
	}
	for (u32 n = 0; n < total; n++) { /* few may go: look at all */
		struct page *page = page_nth((at + n) % total);

		if (page && page_evictable(page))
			return page;
	}
	return NULL;
}

static const struct replace_ops random_policy = {
	.name = "random",
	.enter = random_nothing,
	.leave = random_nothing,
	.victim = random_victim,
};
REPLACE_POLICY(random_policy);
