/*
 * Kernel threads, made only when a parameter asks for them: a reader that fetches the neighbours of a
 * page that was missed (readahead=N), and a writer that cleans pages before their frames are wanted
 * (writer=MS).
 */
#include "background.h"
#include "mm.h"
#include "task.h"
#include "vfs.h"

#define QUEUE		 64
#define WRITE_BATCH	 16
#define SEQUENTIAL_PAGES 16

static struct {
	struct mapping *mapping;
	struct inode *inode; /* referenced; NULL: swap */
	u64 index;
} queue[QUEUE];
static u32 head, tail; /* taken at head, put at tail */
static u64 ahead, interval;
static struct proc *reader;

static void queue_put(struct mapping *mapping, struct inode *inode, u64 index)
{
	if (tail - head == QUEUE)
		return;
	queue[tail % QUEUE].mapping = mapping;
	queue[tail % QUEUE].inode = inode ? inode_get(inode) : NULL;
	queue[tail % QUEUE].index = index;
	tail++;
	wakeup(queue);
}

static void read_behind(struct mapping *mapping, u64 index, u64 wanted)
{
	bool swap = mapping == &swap_mapping;
	struct inode *inode = swap ? NULL : mapping->owner;
	u64 last = swap ? swap_pages_total() : 0;
	/* In very few frames what is read ahead only drives out what is used now. */
	u64 count = min_u64(wanted, (frames_cap ? min_u64(frames_cap, nframes) : nframes) / 32);

	if (!count || current == reader || (!swap && (!mapping->inode || mapping->swapped)))
		return;
	if (!swap)
		last = PAGE_UP(inode->size) / PAGE_SIZE;
	for (u64 i = index + 1; i <= index + count && i < last; i++)
		if (!cache_lookup(mapping, i) && (!swap || slot_refs((u32)i)))
			queue_put(mapping, inode, i);
}

static void reader_main(void);

/* The page at `index` has been read from disk because somebody missed it. */
void readahead_after(struct mapping *mapping, u64 index)
{
	read_behind(mapping, index, ahead);
}

/* The same where the program has said that it goes on so. */
void readahead_sequential(struct mapping *mapping, u64 index)
{
	if (!reader)
		reader = proc_kernel_thread(reader_main, "kread");
	if (reader)
		read_behind(mapping, index, SEQUENTIAL_PAGES);
}

static void reader_main(void)
{
	for (;;) {
		while (head != tail) {
			u32 n = head++ % QUEUE;
			struct inode *inode = queue[n].inode;
			int error;
			struct page *page =
				page_get(queue[n].mapping, queue[n].index, &error, NULL);

			if (page) {
				page->flags &= (u8)~PAGE_REFERENCED; /* nobody has used it yet */
				page_put(page);
			}
			if (inode)
				inode_put(inode);
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
	if (ahead)
		reader = proc_kernel_thread(reader_main, "kread");
	if ((ahead && !reader) || (interval && !proc_kernel_thread(writer_main, "kwrite")))
		panic("no memory for the kernel's threads");
}
