/* Arenas and growing strings. */
#include "guest/user/sh/sh.h"

struct arena_block {
	struct arena_block *before;
	size_t used, size;
	char bytes[];
};

void *arena_alloc(struct arena *a, size_t n)
{
	struct arena_block *b = a->head;
	void *p;

	n = (n + 7) & -8ul;
	if (!b || b->size - b->used < n) {
		size_t size = n > 1000 ? n : 1000;

		b = xmalloc(sizeof(*b) + size);
		b->before = a->head;
		b->used = 0;
		b->size = size;
		a->head = b;
	}
	p = b->bytes + b->used;
	b->used += n;
	return memset(p, 0, n);
}

char *arena_string(struct arena *a, const char *s, size_t n)
{
	return memcpy(arena_alloc(a, n + 1), s, n);
}

struct arena_mark arena_mark(struct arena *a)
{
	return (struct arena_mark){ a->head, a->head ? a->head->used : 0 };
}

void arena_release(struct arena *a, struct arena_mark m)
{
	while (a->head != m.block) {
		struct arena_block *before = a->head->before;

		xfree(a->head);
		a->head = before;
	}
	if (a->head)
		a->head->used = m.used;
}

void text_put(struct text *t, int c)
{
	if (t->n + 1 >= t->cap) {
		t->cap = t->cap ? t->cap * 2 : 64;
		t->s = xrealloc(t->s, t->cap);
	}
	t->s[t->n++] = (char)c;
}

void text_add(struct text *t, const char *s)
{
	while (*s)
		text_put(t, *s++);
}

char *text_end(struct text *t)
{
	text_put(t, 0);
	t->n--;
	return t->s;
}
