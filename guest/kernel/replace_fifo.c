/*
 * First in, first out: the page that has been in its frame longest goes, used or not.
 */
#include "replace.h"

static struct page_list queue; /* oldest first */

static void fifo_enter(struct page *page)
{
	page_list_append(&queue, page);
}

static void fifo_leave(struct page *page)
{
	page_list_remove(&queue, page);
}

static struct page *fifo_victim(void)
{
	struct page *page = page_list_first(&queue);

	while (page && !page_evictable(page))
		page = page_list_next(page);
	return page;
}

static const struct replace_ops fifo = {
	.name = "fifo",
	.enter = fifo_enter,
	.leave = fifo_leave,
	.victim = fifo_victim,
};
REPLACE_POLICY(fifo);
