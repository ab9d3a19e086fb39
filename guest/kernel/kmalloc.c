/*
 * Kernel memory: whole frames, and small objects from slabs of one frame each.  Never sleeps.
 */
#include "mm.h"

#define SMALLEST 32
#define CLASSES	 7 /* 32 .. 2048 */

/* In a slab's struct page: mapping = free objects, index = size class, sharers stays 0, pins = used. */
static struct page_list partial[CLASSES];

u64 kmalloc_objects;			    /* in use, whole frames too */
static u64 until_failure, failure_interval; /* of fail_alloc= and fail_every= */

void kmalloc_init(void)
{
	until_failure = param_number(PARAM_fail_alloc);
	failure_interval = param_number(PARAM_fail_every);
}

bool alloc_fails(void)
{
	if (!until_failure || !faultline_introspect.program_pid || --until_failure)
		return false;
	until_failure = failure_interval;
	return true;
}

static struct page *kernel_frame(void)
{
	struct page *page = frame_take(FRAME_KERNEL);

	if (!page && reclaim_clean_one())
		page = frame_take(FRAME_KERNEL);
	return page;
}

void *kpage_alloc(void)
{
	struct page *page = alloc_fails() ? NULL : kernel_frame();

	if (!page)
		return NULL;
	page->index = CLASSES;
	kmalloc_objects++;
	frame_zero(page);
	return page_data(page);
}

void kpage_free(void *p)
{
	if (!p)
		return;
	kmalloc_objects--;
	frame_release(pa_page(va_pa(p)));
}

static u32 size_class(size_t bytes)
{
	u32 c = 0;

	while ((size_t)SMALLEST << c < bytes)
		c++;
	return c;
}

static struct page *slab_make(u32 c)
{
	struct page *page = kernel_frame();
	size_t bytes = (size_t)SMALLEST << c;
	void *first = NULL;

	if (!page)
		return NULL;
	for (size_t at = PAGE_SIZE; at >= bytes; at -= bytes) {
		void **object = (void **)((char *)page_data(page) + at - bytes);

		*object = first;
		first = object;
	}
	page->mapping = first;
	page->index = c;
	page_list_append(&partial[c], page);
	return page;
}

void *kmalloc(size_t bytes)
{
	u32 c = size_class(bytes);
	struct page *page;
	void **object;

	if (bytes > PAGE_SIZE)
		return NULL;
	if (c >= CLASSES)
		return kpage_alloc();
	if (alloc_fails())
		return NULL;
	page = page_list_first(&partial[c]);
	if (!page)
		page = slab_make(c);
	if (!page)
		return NULL;
	object = (void **)page->mapping;
	page->mapping = *object;
	page->pins++;
	kmalloc_objects++;
	if (!page->mapping)
		page_list_remove(&partial[c], page);
	memset(object, 0, (size_t)SMALLEST << c);
	return object;
}

void kfree(void *p)
{
	struct page *page;
	u32 c;

	if (!p)
		return;
	page = pa_page(va_pa(p));
	c = (u32)page->index;
	ASSERT(page->frame_class == FRAME_KERNEL);
	if (c >= CLASSES) {
		kpage_free(p);
		return;
	}
	kmalloc_objects--;
	ASSERT(page->pins && !(va_pa(p) & (((u64)SMALLEST << c) - 1)));
	if (check_enabled)
		memset(p, 0x5a, (size_t)SMALLEST << c);
	if (!page->mapping)
		page_list_append(&partial[c], page);
	*(void **)p = page->mapping;
	page->mapping = p;
	if (--page->pins == 0) {
		page_list_remove(&partial[c], page);
		page->mapping = NULL;
		frame_release(page);
	}
}
