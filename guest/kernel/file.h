/*
 * Inodes and open files: the seam between files, processes and memory.
 */
#ifndef KERNEL_FILE_H
#define KERNEL_FILE_H

#include "page.h"

struct inode;
struct file;
struct superblock;
struct pipe;
struct lock;
struct fd_table;
struct kstat; /* Linux's struct stat for riscv64, in abi.h */

/*
 * Copying to and from user memory.  Both may fault pages in and so sleep: hold no inode, page or pipe
 * lock across them.  0 or -EFAULT.  To copy into or out of a locked or pinned page use the
 * fault-in-then-pin helper: user_pin makes one user page resident and pinned (writable if asked) and
 * yields its kernel address; user_unpin releases it (and marks it dirty if it was for writing).
 */
int copy_from_user(void *to, u64 user, size_t bytes);
int copy_to_user(u64 user, const void *from, size_t bytes);
/* Copies a NUL-terminated string; its length, or -EFAULT, or -ENAMETOOLONG if it does not fit. */
long copy_string_from_user(char *to, u64 user, size_t max);
bool user_range_ok(u64 user, u64 bytes); /* it may be the user's, mapped or not */

struct user_pin {
	struct page *page;
	void *data;   /* kernel address of the byte at `user` */
	size_t bytes; /* how many bytes from there to the end of the page */
	bool write;
};
int user_pin(struct user_pin *pin, u64 user, bool write);
void user_unpin(struct user_pin *pin);

/*
 * Around whatever keeps a page pinned and then asks for another (reading and writing files, pipes): so few
 * processes at a time that their pins can never be all the frames there are, each waiting for the others.
 * Nests; pinning_begin sleeps, so hold no lock and no pin of one's own.
 */
void pinning_begin(void);
void pinning_end(void);

/*
 * Where read and write move data to and from: user memory, in one piece or in several, or the kernel's own.
 * A file operation takes it with iter_get/iter_put in pieces of its own; each may sleep.
 */
struct iter {
	u64 user; /* next user address, when kernel == NULL */
	char *kernel;
	size_t left;
	size_t later; /* of these, what lies in pieces that are yet to come, ... */
	u64 vector;   /* ... said by the struct iovec there */
	u32 pieces;
};
#define MAX_IO	0x7ffff000ul /* what one call moves at most */
#define IOV_MAX 1024
/* From a struct iovec[count] in user memory: 0, -EINVAL or -EFAULT. */
int iter_vector(struct iter *iter, u64 user, u64 count);
size_t iter_here(const struct iter *iter); /* bytes left of the piece that it is at */
/* Copy up to `bytes` out of (get) or into (put) the iterator and advance.  0 or -EFAULT: then it has
 * advanced over what could be copied, in whole pages. */
int iter_get(struct iter *from, void *to, size_t bytes);
int iter_put(struct iter *to, const void *from, size_t bytes);

#define POLL_IN	   0x001
#define POLL_PRI   0x002
#define POLL_OUT   0x004
#define POLL_ERR   0x008
#define POLL_HUP   0x010
#define POLL_RDHUP 0x2000

/* Offsets are updated by the callee when pos != NULL points at the file's own; all may sleep. */
struct file_ops {
	s64 (*read)(struct file *file, struct iter *to, s64 *pos);
	s64 (*write)(struct file *file, struct iter *from, s64 *pos);
	s64 (*seek)(struct file *file, s64 offset, int whence);	    /* NULL: -ESPIPE */
	int (*ioctl)(struct file *file, unsigned request, u64 arg); /* NULL: -ENOTTY */
	int (*readdir)(struct file *file, u64 user, size_t bytes);  /* getdents64 */
	unsigned (*poll)(struct file *file); /* POLL_*; wait channel: poll_wakeup() wakes pollers */
	/* How often it has become readable and writable anew, for edge-triggered watching: NEWS(in, out).
	 * NULL: nobody counts, and an edge cannot be told from a level. */
	u64 (*news)(struct file *file);
	int (*fsync)(struct file *file, bool data_only);
	void (*release)(struct file *file); /* last close */
};

struct file {
	const struct file_ops *ops;
	struct inode *inode; /* NULL for pipes and the like */
	u32 refs;
	u32 flags; /* O_* */
	s64 pos;
	void *data;
	u32 serial;	  /* never given to another file */
	bool executing;	  /* somebody's program: counted in the inode */
	char *path;	  /* absolute path as opened, for maps and /proc; kmalloc'ed, may be NULL */
	const char *anon; /* "[eventfd]" and the like, which stand nowhere */
};
#define NEWS(in, out) ((u64)(out) << 32 | (in))

/* Sleeping mutual exclusion. */
struct sleeplock {
	bool held, wanted;
};

struct inode {
	struct mapping mapping; /* data pages (regular files; directories too) */
	const struct inode_ops *ops;
	const struct file_ops *fops;
	u32 number;
	u32 mode; /* S_IF* | permissions */
	u32 uid, gid, nlink;
	u64 size;
	u32 refs;
	u32 device; /* st_dev */
	u32 rdev;
	s64 atime, mtime, ctime; /* nanoseconds since 1970 */
	u32 writers;		 /* open for writing: exec answers -ETXTBSY */
	u32 executing;		 /* running images: opening for writing answers -ETXTBSY */
	struct sleeplock lock;	 /* inode_lock/inode_unlock; never held over user memory */
	u32 busy;		 /* a sync walks its pages: do not free */
	u64 used;		 /* when it was last put, for recycling unused inodes */
	u64 synced;		 /* the last sync that has written its pages */
	u64 blocks;		 /* 512-byte units, for stat */
	struct superblock *sb;
	struct inode *next;  /* in the hash chain */
	struct inode *above; /* of a removed directory: where it was, referenced */
	struct pipe *pipe;   /* of an open FIFO */
	struct lock *locks;  /* lock.c */
	u8 seals;	     /* F_SEAL_*: what can no longer be done to it */
	bool linkable;	     /* it never had a name (O_TMPFILE), but may be given one */
	void *fs;	     /* file system's own part */
};

u32 inodes_cached(void);	      /* in use or not */
void inode_lock(struct inode *inode); /* sleeps */
void inode_unlock(struct inode *inode);
struct inode *inode_get(struct inode *inode);
void inode_put(struct inode *inode); /* sleeps (may free an orphan) */
struct file *file_get(struct file *file);
void file_put(struct file *file);     /* sleeps (last close) */
void file_execute(struct file *file); /* until its last reference goes nobody may write to it */

/* Resolve an absolute or cwd-relative path (kernel string), following symlinks: sleeps.
 * Returns 0 with a referenced inode, or -errno. */
int path_lookup(const char *path, struct inode **inode);
int file_open(const char *path, int flags, unsigned mode, struct file **file);

/* Boot and shutdown.  vfs_init mounts (panics if the root cannot be); current must have a fs_context
 * whose cwd is NULL: vfs_root gives the root.  vfs_stdio opens 0, 1 and 2 for process 1. */
void vfs_init(void);
void vfs_shutdown(void); /* syncs and unmounts: sleeps */
int vfs_stdio(struct fd_table *table);
struct inode *vfs_root(void); /* borrowed */

/* exec and the fault handler read file pages through page_get(&inode->mapping, index, ...). */

#endif
