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

static struct rmap_node *find(struct page *page, struct mm *mm, u64 va)
{
	struct rmap_node *node = &page->rmap;

	while (node && (node->mm != mm || node->va != va))
		node = node->next;
	ASSERT(node);
	return node;
}

void rmap_remove(struct page *page, struct mm *mm, u64 va)
{
	struct rmap_node *node = find(page, mm, va), *next;

	if (node == &page->rmap) {
		next = node->next;
		if (next) {
			*node = *next;
			kfree(next);
		} else {
			node->mm = NULL;
			node->va = 0;
		}
	} else {
		struct rmap_node *before = &page->rmap;

		while (before->next != node)
			before = before->next;
		before->next = node->next;
		kfree(node);
	}
	if (--page->sharers == 0)
		COUNT.user_mapped--;
}

void rmap_move(struct page *page, struct mm *mm, u64 from, u64 to)
{
	find(page, mm, from)->va = to;
	introspect_page(page);
}
