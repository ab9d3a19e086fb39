/*
 * Page replacement: mechanism (reclaim.c) apart from policy (replace_*.c).
 *
 * A policy is one file.  It fills in a struct replace_ops and ends with REPLACE_POLICY(name); nothing
 * else changes: the linker collects the policies and policy=NAME on the kernel command line picks one.
 *
 * Pages are known to the policy between enter() and leave(); it may link them through page lists
 * (each page is on at most one) and keep two words of its own in each.  No function may sleep or
 * allocate.
 */
#ifndef KERNEL_REPLACE_H
#define KERNEL_REPLACE_H

#include "types.h"

struct page;

struct replace_ops {
	const char *name;
	/* The page has come into a frame (zero-filled, read, copied). */
	void (*enter)(struct page *page);
	/* It is about to leave its frame, evicted or freed. */
	void (*leave)(struct page *page);
	/* The kernel has used it or a fault has mapped it (loads and stores only set A: see
	 * page_referenced_clear).  May be NULL. */
	void (*touched)(struct page *page);
	/* The page to evict next: one for which page_evictable() holds, NULL if there is none. */
	struct page *(*victim)(void);
	/* Whenever a time slice's length of time has passed, busy or idle.  May be NULL. */
	void (*tick)(void);
};

#define REPLACE_POLICY(ops)                                                                        \
	static const struct replace_ops *const ops##_entry                                         \
		__attribute__((used, section(".replace_policies"))) = &ops

extern const struct replace_ops *replace; /* the one in force */

/* What a policy may ask about a page. */
bool page_evictable(
	struct page *page); /* not pinned, not in transfer, not held for progress; it has a
					   place to go; true says nothing about being clean */
/* Was it used since the last call?  Collects and clears A of every PTE that names it (with the fence),
 * and the kernel's own referenced bit. */
bool page_referenced_clear(struct page *page);
bool page_looks_dirty(struct page *page); /* would eviction have to write it? */
u64 *page_policy_word(struct page *page); /* the policy's own, 0 at enter() */
/* Virtual time in ticks that the page's (first) owner has run: for working sets. */
u64 page_owner_time(struct page *page);
/* Ask for an early write of a dirty page; it stays.  Takes effect after victim() returns. */
void page_write_soon(struct page *page);

/* Every frame by number, 0 .. page_total() - 1; NULL: it holds no page that the policy knows. */
u32 page_total(void);
struct page *page_nth(u32 n);

/* Lists of pages in order. */
struct page_list {
	u32 first, last; /* frame numbers + 1; 0: none */
	u32 count;
};
void page_list_append(struct page_list *list, struct page *page);
void page_list_prepend(struct page_list *list, struct page *page);
void page_list_remove(struct page_list *list, struct page *page);
struct page *page_list_first(const struct page_list *list);
struct page *page_list_next(const struct page *page);

#endif
