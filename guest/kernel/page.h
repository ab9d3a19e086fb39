/*
 * Frames, the one page cache, and block I/O: the seam between memory management (frame.c,
 * pagecache.c, reclaim.c, swap.c, fault.c) and files (ext2*.c, vfs*.c, ...).
 *
 * One hart, kernel code is never preempted: only a call that may sleep (marked "sleeps") lets
 * others run, and afterwards everything must be looked at again.
 */
#ifndef KERNEL_PAGE_H
#define KERNEL_PAGE_H

#include "types.h"

struct mapping;

/* What stands behind cached pages: an inode's data, or a disk's blocks (file-system metadata). */
struct mapping_ops {
	/* Fill the page's frame from disk: sleeps.  Zeroes what lies past the end.  0 or -errno. */
	int (*read_page)(struct mapping *mapping, struct page *page);
	/* Write it back: sleeps.  Called for eviction in any process's context, whatever locks that holds:
	 * takes no inode lock, allocates no blocks and no frames, does not call page_get: the disk block
	 * was remembered by page_set_block when the page was read or reserved.  0 or -errno. */
	int (*write_page)(struct mapping *mapping, struct page *page);
	/* Before the first store to a page of a shared mapping or of write(): make sure that a block
	 * stands behind it: sleeps.  0, -ENOSPC, ... */
	int (*reserve_page)(struct mapping *mapping, struct page *page);
};

struct mapping {
	const struct mapping_ops *ops;
	u32 inode;	    /* inode number for display; 0: a disk's metadata */
	u32 id;		    /* unique while alive; key of the page hash */
	u64 npages;	    /* cached now */
	struct page *pages; /* all its cached pages */
	void *owner;	    /* struct inode or struct disk */
	u64 last;	    /* highest index ever cached */
	int error;	    /* of a write-back that failed, until reported by fsync */
	bool swapped; /* no file behind it: pages live in swap (shared anonymous memory, tmpfs) */
	u32 **slots;  /* ... in these slots, by index (shm.c) */
	u64 stored;   /* ... and so many of them were ever stored to */
};

/* A mapping whose pages live in RAM and swap only (tmpfs, shared anonymous memory): reads of what was
 * never written give zeros.  shm_destroy after mapping_truncate(mapping, 0). */
void shm_init(struct mapping *mapping, u32 inode, void *owner);
void shm_destroy(struct mapping *mapping);
void shm_truncate(struct mapping *mapping, u64 from); /* slots too: instead of mapping_truncate */

/*
 * The page cache.  A page returned is pinned (cannot be evicted or freed) until page_put.
 * page_get:  finds, or reads from disk: sleeps.  NULL with *error set on I/O error or no memory.
 *            *from_disk (may be NULL) tells whether this call waited for the disk.
 * page_make: finds, or enters a zero-filled page without reading (for whole-page overwrite, fresh blocks).
 */
struct page *page_get(struct mapping *mapping, u64 index, int *error, bool *from_disk);
struct page *page_make(struct mapping *mapping, u64 index, int *error);
void page_put(struct page *page);

void *page_data(struct page *page); /* kernel virtual address of its 4096 bytes */
u64 page_index(const struct page *page);
void page_set_dirty(struct page *page); /* after a store by the kernel */
void page_touch(struct page *page);	/* software referenced bit */
bool page_is_dirty(struct page *page);	/* by the kernel or through any mapping */
/* A word for the mapping's owner: which disk block stands behind the page (0: none yet). */
u32 page_block(const struct page *page);
void page_set_block(struct page *page, u32 block);

/* Write one page (if dirty) and wait: sleeps.  0 or -errno. */
int page_sync(struct page *page);
/* Write every dirty page of a mapping, in index order, and wait: sleeps. */
int mapping_sync(struct mapping *mapping);
/* Forget pages from index `from` on: unmap them everywhere, drop them, dirty or not: sleeps if
 * one is under I/O. */
void mapping_truncate(struct mapping *mapping, u64 from);
void mapping_forget_copies(struct mapping *mapping, u64 from); /* private ones, in all processes */
void mapping_init(struct mapping *mapping, const struct mapping_ops *ops, u32 inode, void *owner);

/* Kernel memory of its own, unevictable, whole frames: never sleeps, may dip into nothing below the
 * reserve.  NULL when short.  Zeroed.  (May reclaim clean pages, so not under assumptions.) */
void *kpage_alloc(void);
void kpage_free(void *page);
/* Small objects (<= 2048 bytes) from slabs of frames; zeroed.  NULL when short. */
void *kmalloc(size_t bytes);
void kfree(void *p);

/* Disks.  blk_rw transfers whole 4 KiB blocks between a frame and the disk: sleeps (uninterruptible).
 * 0 or -EIO.  Physical address of the frame, page-aligned. */
struct disk {
	u64 blocks; /* of 4 KiB */
	u64 bytes;  /* capacity */
	bool read_only;
	int index;
	struct mapping metadata; /* for file systems */
	void *driver;
};
extern struct disk *root_disk, *swap_disk; /* NULL when absent */
int blk_rw(struct disk *disk, u64 block, u64 pa, bool write);
/* Neighbouring blocks in one request; of one process at a time. */
#define CLUSTER_MAX 8
int blk_read_cluster(struct disk *disk, u64 block, const u64 *pa, u32 count);
int blk_flush(struct disk *disk); /* sleeps */

#endif
