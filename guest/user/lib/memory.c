/*
 * A heap on brk: blocks in address order with a size before each, free ones in a list in address
 * order, first fit, neighbours merged. The header is 16 bytes, so blocks are 16-byte aligned.
 */
#include "guest/user/lib/sys.h"
#include "guest/user/lib/tiny.h"

struct block {
	size_t size; /* with this header, a multiple of 16 */
	struct block *next;
};

static struct block *free_list;
static uintptr_t heap_end;

static void insert(struct block *b)
{
	struct block **at = &free_list, *before = NULL;

	while (*at && *at < b) {
		before = *at;
		at = &(*at)->next;
	}
	b->next = *at;
	*at = b;
	if (b->next && (char *)b + b->size == (char *)b->next) {
		b->size += b->next->size;
		b->next = b->next->next;
	}
	if (before && (char *)before + before->size == (char *)b) {
		before->size += b->size;
		before->next = b->next;
	}
}

static void grow(size_t n)
{
	uintptr_t start;
	struct block *b;

	if (!heap_end)
		heap_end = ((uintptr_t)sys_brk(0) + 15) & -16ul;
	start = heap_end;
	n = (n + PAGE_BYTES - 1) & -(size_t)PAGE_BYTES;
	if ((uintptr_t)sys_brk(start + n) < start + n)
		die("out of memory", 0);
	heap_end = start + n;
	b = (struct block *)start;
	b->size = n;
	insert(b);
}

void *xmalloc(size_t n)
{
	if (n > (size_t)1 << 46)
		die("out of memory", 0);
	n = (n + sizeof(struct block) + 15) & -16ul;
	for (;;) {
		for (struct block **at = &free_list; *at; at = &(*at)->next) {
			struct block *b = *at;

			if (b->size < n)
				continue;
			if (b->size - n >= 2 * sizeof(struct block)) {
				struct block *rest = (struct block *)((char *)b + n);

				rest->size = b->size - n;
				rest->next = b->next;
				b->size = n;
				*at = rest;
			} else {
				*at = b->next;
			}
			return b + 1;
		}
		grow(n);
	}
}

void xfree(void *p)
{
	if (p)
		insert((struct block *)p - 1);
}

void *xrealloc(void *p, size_t n)
{
	size_t old = p ? ((struct block *)p - 1)->size - sizeof(struct block) : 0;
	void *q;

	if (p && n <= old)
		return p;
	q = xmalloc(n);
	if (p)
		memcpy(q, p, old);
	xfree(p);
	return q;
}

void *xcalloc(size_t n, size_t size)
{
	return memset(xmalloc(n * size), 0, n * size);
}

char *xstrdup(const char *s)
{
	return strcpy(xmalloc(strlen(s) + 1), s);
}
