/*
 * Kernel threads, made only when a parameter asks for them: a reader that fetches the neighbours of a
 * page that was missed (readahead=N), and a writer that cleans pages before their frames are wanted
 * (writer=MS).
 */
#include "arch.h"
#include "background.h"
#include "mm.h"
#include "task.h"
#include "vfs.h"

#define QUEUE		 64
#define WRITE_BATCH	 16
#define SEQUENTIAL_PAGES 16

static struct {
	struct inode *inode; /* referenced; NULL: swap */
	u64 index, count;
} queue[QUEUE];
static u32 head, tail; /* taken at head, put at tail */
static u64 ahead, interval;
static bool reader; /* there is one */

static void queue_put(struct inode *inode, u64 index, u64 count)
{
	if (tail - head == QUEUE)
		return;
	queue[tail % QUEUE].inode = inode ? inode_get(inode) : NULL;
	queue[tail % QUEUE].index = index;
	queue[tail % QUEUE].count = count;
	tail++;
	wakeup(queue);
	need_resched = true; /* before the process that missed the page goes on to the next */
}

static void read_behind(struct mapping *mapping, u64 index, u64 wanted)
{
	struct inode *inode = mapping->owner;
	/* In very few frames what is read ahead only drives out what is used now. */
	u64 count = min_u64(wanted, (frames_cap ? min_u64(frames_cap, nframes) : nframes) / 32);

	if (!count || current->kernel)
		return;
	if (mapping == &swap_mapping)
		inode = NULL;
	else if (!mapping->inode || mapping->swapped)
		return;
	for (u64 i = 0; i < count; i += CLUSTER_MAX)
		queue_put(inode, index + 1 + i, min_u64(count - i, CLUSTER_MAX));
}

static void reader_main(void);

/* The page at `index` has been read from disk because somebody missed it. */
void readahead_after(struct mapping *mapping, u64 index)
{
	read_behind(mapping, index, ahead);
}

static bool reader_start(void)
{
	if (!reader)
		reader = proc_kernel_thread(reader_main, "kread") != NULL;
	return reader;
}

/* The same where the program has said that it goes on so. */
void readahead_sequential(struct mapping *mapping, u64 index)
{
	if (reader_start())
		read_behind(mapping, index, SEQUENTIAL_PAGES);
}

static void read_slots(u64 first, u32 count)
{
	struct page *pages[CLUSTER_MAX];
	u64 pa[CLUSTER_MAX];
	u64 left = first < swap_pages_total() ? swap_pages_total() - first : 0;
	u32 n = cache_claim(&swap_mapping, first, pages, (u32)min_u64(count, left));
	int error;

	for (u32 i = 0; i < n; i++)
		pa[i] = page_pa(pages[i]);
	error = n ? swap_read_cluster((u32)pages[0]->index, pa, n) : 0;
	for (u32 i = 0; i < n; i++) {
		page_filled(pages[i], error);
		page_put(pages[i]);
	}
}

/* Pages that lie side by side on the disk: how many of them, from `first` on.  Those that are no such run are
 * left to the mapping. */
static u32 read_run(struct inode *inode, struct page **pages, u32 count)
{
	u64 pa[CLUSTER_MAX];
	s64 first = 0, block;
	u32 n = 0;
	int error;

	for (; n < count; n++) {
		block = inode->ops->block ? inode->ops->block(inode, pages[n]->index) : 0;
		if (block <= 0 || (n && block != first + n))
			break;
		first = n ? first : block;
		page_set_block(pages[n], (u32)block);
		pa[n] = page_pa(pages[n]);
	}
	if (n < 2) {
		page_filled(pages[0], inode->mapping.ops->read_page(&inode->mapping, pages[0]));
		return 1;
	}
	error = blk_read_cluster(root_disk, (u64)first, pa, n);
	for (u32 i = 0; i < n; i++) {
		u64 start = pages[i]->index * PAGE_SIZE;

		if (start + PAGE_SIZE > inode->size) /* zeros behind the end */
			memset((char *)page_data(pages[i]) +
				       (inode->size > start ? inode->size - start : 0),
			       0, PAGE_SIZE - (inode->size > start ? inode->size - start : 0));
		page_filled(pages[i], error);
	}
	return n;
}

static void read_file(struct inode *inode, u64 index, u32 count)
{
	u64 last = PAGE_UP(inode->size) / PAGE_SIZE;
	struct page *pages[CLUSTER_MAX];
	u32 n, done = 0;

	if (index >= last)
		return;
	n = cache_claim(&inode->mapping, index, pages, (u32)min_u64(count, last - index));
	while (done < n)
		done += read_run(inode, pages + done, n - done);
	for (u32 i = 0; i < n; i++)
		page_put(pages[i]);
}

static void reader_main(void)
{
	for (;;) {
		while (head != tail) {
			u32 n = head % QUEUE;
			struct inode *inode = queue[n].inode;
			u32 count = (u32)min_u64(queue[n].count, CLUSTER_MAX);

			if (inode) {
				read_file(inode, queue[n].index, count);
				inode_put(inode);
			} else {
				read_slots(queue[n].index, count);
			}
			head++;
		}
		sleep_on(queue, false);
	}
}

/* Cleans pages that are dirty and have not been used lately, going round the frames. */
static void writer_main(void)
{
	u64 cursor = 0;

	for (;;) {
		bool timed_out;
		u32 written = 0;

		sleep_until(&interval, false, time_now() + interval, &timed_out);
		if (frames_free > nframes / 8 && !frames_cap)
			continue;
		for (u64 n = 0; n < nframes && written < WRITE_BATCH; n++) {
			struct page *page = &frames[cursor];

			cursor = cursor + 1 < nframes ? cursor + 1 : 0;
			if ((page->flags & PAGE_POLICY) && page_evictable(page) &&
			    page_looks_dirty(page) && !page_was_used(page))
				written += page_write_early(page);
		}
	}
}

void background_init(void)
{
	ahead = param_number(PARAM_readahead);
	interval = param_number(PARAM_writer) * (TICKS_PER_SECOND / 1000);
	if ((ahead && !reader_start()) || (interval && !proc_kernel_thread(writer_main, "kwrite")))
		panic("no memory for the kernel's threads");
}
