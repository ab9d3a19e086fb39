/*
 * The reverse map: every PTE that names a frame, exactly.  The first is in struct page; others, of
 * pages that are shared, in nodes.
 */
#include "mm.h"

bool rmap_add(struct page *page, struct mm *mm, u64 va)
{
	struct rmap_node *node;

	if (!page->rmap.mm) {
		page->rmap.mm = mm;
		page->rmap.va = va;
	} else {
		node = page->sharers < UINT16_MAX ? kmalloc(sizeof(*node)) : NULL;
		if (!node)
			return false;
		node->mm = mm;
		node->va = va;
		node->next = page->rmap.next;
		page->rmap.next = node;
	}
	if (page->sharers++ == 0 && ++COUNT.user_mapped > COUNT.user_peak)
		COUNT.user_peak = COUNT.user_mapped;
	return true;
}

void rmap_remove(struct page *page, struct mm *mm, u64 va)
{
	struct rmap_node *node = &page->rmap, *before = NULL, *next;

	while (node->mm != mm || node->va != va) {
		before = node;
		node = node->next;
		ASSERT(node);
	}
	next = node->next;
	if (before) {
		before->next = next;
		kfree(node);
	} else if (next) {
		*node = *next;
		kfree(next);
	} else {
		node->mm = NULL;
		node->va = 0;
	}
	if (--page->sharers == 0)
		COUNT.user_mapped--;
}

void rmap_move(struct page *page, struct mm *mm, u64 from, u64 to)
{
	struct rmap_node *node = &page->rmap;

	while (node->mm != mm || node->va != from) {
		node = node->next;
		ASSERT(node);
	}
	node->va = to;
	introspect_page(page);
}
