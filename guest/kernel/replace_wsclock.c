/*
 * WSClock (Carr and Hennessy 1981): the hand goes round; a page that was used has its owner's time
 * noted, one not used for longer than the window has left the working set: clean, it goes at once;
 * dirty, it is written ahead of need and the hand goes on.
 */
#include "replace.h"

#define WINDOW_TICKS 500000ul /* 50 ms of the owner's own time */

#define LOOK 128u /* pages looked at before the oldest of them is taken */

static struct page_list ring;

static void wsclock_enter(struct page *page)
{
	*page_policy_word(page) = page_owner_time(page);
	page_list_append(&ring, page);
}

static void wsclock_leave(struct page *page)
{
	page_list_remove(&ring, page);
}

static void advance(struct page *page)
{
	page_list_remove(&ring, page);
	page_list_append(&ring, page);
}

static struct page *wsclock_victim(void)
{
	struct page *oldest = (struct page *)0;
	bool asked = false;
	u64 oldest_age = 0;

	for (u32 looked = 0; looked < ring.count && !(oldest && looked > LOOK); looked++) {
		struct page *page = page_list_first(&ring);
		u64 now = page_owner_time(page), *used = page_policy_word(page);
		u64 age = now > *used ? now - *used : 0;

		advance(page);
		if (!page_evictable(page))
			continue;
		if (page_referenced_clear(page)) {
			*used = now;
			age = 0;
		}
		if (age > WINDOW_TICKS && !page_looks_dirty(page))
			return page;
		if (age > WINDOW_TICKS && !asked) {
			page_write_soon(page);
			asked = true;
		}
		if (!oldest || age > oldest_age) {
			oldest = page;
			oldest_age = age;
		}
	}
	return oldest; /* all of them are in use or dirty */
}

static const struct replace_ops wsclock = {
	.name = "wsclock",
	.enter = wsclock_enter,
	.leave = wsclock_leave,
	.victim = wsclock_victim,
};
REPLACE_POLICY(wsclock);
