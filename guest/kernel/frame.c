/*
 * Physical frames: what RAM there is, the free list, the reserve, and the cap of frames=.
 */
#include "arch.h"
#include "boot.h"
#include "fdt.h"
#include "mm.h"

struct page *frames;
u64 ram_base, nframes;
u64 frames_free, frames_reserve, frames_capped, frames_cap;

static u32 free_first, free_last; /* frame numbers + 1 */

#define RANGE_MAX 24
struct range {
	u64 start, end;
};
static struct range ram[RANGE_MAX], reserved[RANGE_MAX];
static struct range hidden[RANGE_MAX]; /* what /reserved-memory calls no-map: the firmware */
static int nram, nreserved, nhidden;
static u64 early_cursor;

static void add_range(struct range *list, int *n, u64 start, u64 bytes)
{
	if (bytes && *n < RANGE_MAX)
		list[(*n)++] = (struct range){ start, start + bytes };
}

/* Is [start, end) RAM that nobody has reserved?  If not, *next is where to try again. */
static bool range_free(u64 start, u64 end, u64 *next)
{
	bool in_ram = false;

	*next = end;
	for (int i = 0; i < nram; i++)
		in_ram |= start >= ram[i].start && end <= ram[i].end;
	for (int i = 0; i < nreserved; i++) {
		if (start < reserved[i].end && end > reserved[i].start) {
			*next = PAGE_UP(reserved[i].end);
			return false;
		}
	}
	return in_ram;
}

bool frame_is_ram(u64 pa)
{
	for (int i = 0; i < nram; i++)
		if (pa >= ram[i].start && pa + PAGE_SIZE <= ram[i].end)
			return true;
	return false;
}

bool frame_is_mappable(u64 pa, u64 bytes)
{
	for (int i = 0; i < nhidden; i++)
		if (pa < hidden[i].end && pa + bytes > hidden[i].start)
			return false;
	return true;
}

void *early_alloc(u64 bytes)
{
	u64 next;

	bytes = PAGE_UP(bytes);
	while (!range_free(early_cursor, early_cursor + bytes, &next)) {
		early_cursor = next;
		if (early_cursor > ram[nram - 1].end)
			panic("not enough memory for the kernel's tables (%lu KiB wanted)",
			      bytes >> 10);
	}
	early_cursor += bytes;
	memset(pa_va(early_cursor - bytes), 0, bytes);
	return pa_va(early_cursor - bytes);
}

static void find_memory(u64 dtb_pa)
{
	u64 start, bytes;

	for (int node = fdt_next(-1); node >= 0; node = fdt_next(node)) {
		const char *type = fdt_property(node, "device_type", NULL);
		int parent = fdt_parent(node);

		if (type && !strcmp(type, "memory"))
			for (u32 i = 0; fdt_reg(node, i, &start, &bytes); i++)
				add_range(ram, &nram, start, bytes);
		if (parent < 0 || strcmp(fdt_name(parent), "reserved-memory"))
			continue;
		for (u32 i = 0; fdt_reg(node, i, &start, &bytes); i++) {
			add_range(reserved, &nreserved, start, bytes);
			if (fdt_property(node, "no-map", NULL))
				add_range(hidden, &nhidden, start, bytes);
		}
	}
	for (u32 i = 0; fdt_reservation(i, &start, &bytes); i++)
		add_range(reserved, &nreserved, start, bytes);
	add_range(reserved, &nreserved, dtb_pa, fdt_bytes());
	add_range(reserved, &nreserved, kernel_pa, (u64)(kernel_end - kernel_start));
	if (!nram)
		panic("no memory in the device tree");
}

/* Which of the counts has the frames of a class. */
static u64 *const count_of[] = {
	[FRAME_FREE] = &COUNT.frames_free,	  [FRAME_RESERVED] = &COUNT.frames_kernel,
	[FRAME_KERNEL] = &COUNT.frames_kernel,	  [FRAME_PAGE_TABLE] = &COUNT.frames_page_table,
	[FRAME_ANON] = &COUNT.frames_anon,	  [FRAME_STACK] = &COUNT.frames_anon,
	[FRAME_SHM] = &COUNT.frames_anon,	  [FRAME_TEXT] = &COUNT.frames_file_mapped,
	[FRAME_FILE] = &COUNT.frames_file_mapped, [FRAME_CACHE] = &COUNT.frames_cache,
};

void frame_set_class(struct page *page, u8 frame_class)
{
	--*count_of[page->frame_class];
	++*count_of[frame_class];
	page->frame_class = frame_class;
	introspect_class(page);
}

static void free_append(struct page *page)
{
	page->next = 0;
	if (free_last)
		number_page(free_last)->next = page_number(page);
	else
		free_first = page_number(page);
	free_last = page_number(page);
	frames_free++;
}

u64 frames_on_free_list(void)
{
	u64 n = 0;

	for (u32 number = free_first; number && n <= nframes; number = number_page(number)->next)
		n++;
	return n;
}

void frame_init(u64 dtb_pa)
{
	u64 end = 0;

	find_memory(dtb_pa);
	ram_base = UINT64_MAX;
	for (int i = 0; i < nram; i++) {
		ram_base = min_u64(ram_base, ram[i].start);
		end = max_u64(end, ram[i].end);
	}
	nframes = (end - ram_base) / PAGE_SIZE;
	early_cursor = PAGE_UP(kernel_pa + (u64)(kernel_end - kernel_start));
	frames = early_alloc(nframes * sizeof(struct page));
	introspect_init();
	kernel_map_init();
	cache_init();
}

void frame_start(void)
{
	u64 next;

	COUNT.frames_total = nframes;
	COUNT.frames_kernel = nframes;
	for (u64 i = 0; i < nframes; i++) {
		struct page *page = &frames[i];
		u64 pa = page_pa(page);

		page->frame_class = FRAME_RESERVED;
		if (pa >= kernel_pa && pa < early_cursor)
			page->frame_class = FRAME_KERNEL;
		if ((pa < kernel_pa || pa >= early_cursor) &&
		    range_free(pa, pa + PAGE_SIZE, &next)) {
			frame_set_class(page, FRAME_FREE);
			free_append(page);
		} else {
			introspect_class(page);
		}
	}
	faultline_introspect.fixed_bytes = (nframes - frames_free) * PAGE_SIZE;
	frames_reserve = min_u64(64, max_u64(10, nframes / 128));
	frames_cap = param_number(PARAM_frames);
	COUNT.frames_cap = frames_cap;
}

struct page *frame_take(u8 frame_class)
{
	struct page *page = number_page(free_first);

	if (!page)
		return NULL;
	free_first = page->next;
	if (!free_first)
		free_last = 0;
	frames_free--;
	ASSERT(page->frame_class == FRAME_FREE && !page->sharers && !page->pins);
	page->flags = 0;
	page->next = page->prev = 0;
	page->block = 0;
	page->mapping = NULL;
	page->index = 0;
	page->policy_word = 0;
	page->holds = 0;
	frame_set_class(page, frame_class);
	return page;
}

void frame_release(struct page *page)
{
	ASSERT(page->frame_class != FRAME_FREE && !page->sharers && !page->pins && !page->mapping);
	ASSERT(!(page->flags & (PAGE_IO | PAGE_POLICY)));
	if (page->holds)
		hold_forget(page);
	if (page->flags & PAGE_CAPPED)
		COUNT.frames_capped = --frames_capped;
	if (check_enabled)
		memset(page_data(page), 0x5a, PAGE_SIZE); /* so that a dangling use shows */
	page->flags = 0;
	frame_set_class(page, FRAME_FREE);
	introspect_page(page);
	free_append(page);
}

/* The contents' frames leave the reserve to the kernel, and keep within frames=. */
static bool may_take(void)
{
	return frames_free > frames_reserve && (!frames_cap || frames_capped < frames_cap);
}

struct page *frame_get(u8 frame_class)
{
	struct page *page;

	while (!may_take()) {
		if (reclaim_one() != RECLAIM_NOTHING)
			continue;
		if (!starving())
			return NULL;
		if (current->in_fault) { /* with nothing pinned: others may wait for what we pin */
			current->fault_again = true;
			return NULL;
		}
		reclaim_pause();
	}
	frames_given++;
	current->given++;
	if (!current->in_fault) /* a fault may have to let go of it and begin anew */
		current->starved = 0;
	if (!current->nheld) /* no instruction waits for it: the token, if we had it, goes on */
		hold_release(current);
	page = frame_take(frame_class);
	if (page) {
		page->flags |= PAGE_CAPPED;
		page->pins = 1;
		COUNT.frames_capped = ++frames_capped;
		COUNT.frames_capped_peak = max_u64(COUNT.frames_capped_peak, frames_capped);
	}
	return page;
}

#define ZERO_BLOCK 64 /* the size of cache block that everybody builds */

static bool zero_by_blocks;

void frame_zero_init(u32 block_bytes)
{
	zero_by_blocks = block_bytes == ZERO_BLOCK;
}

static inline void zero_block(void *at)
{
	asm volatile(".insn i 0x0f, 2, x0, %0, 4" : : "r"(at) : "memory"); /* cbo.zero */
}

void frame_zero(struct page *page)
{
	u64 *words = pa_va(page_pa(page));

	if (zero_by_blocks) {
#pragma GCC unroll 8
		for (u32 i = 0; i < PAGE_SIZE / ZERO_BLOCK; i++)
			zero_block(words + i * (ZERO_BLOCK / sizeof(u64)));
		return;
	}
#pragma GCC unroll 16
	for (u32 i = 0; i < PAGE_SIZE / sizeof(u64); i++)
		words[i] = 0;
}

void frame_copy(struct page *to, const struct page *from)
{
	memcpy(page_data(to), pa_va(page_pa(from)), PAGE_SIZE);
}
