/*
 * What file systems and the path walk share: super blocks, directory operations, inode cache,
 * resolved paths.  Nothing here knows an on-disk format or a system call number.
 *
 * Locks, in the order in which they nest: superblock.names (every change of a directory) before
 * inode.lock (size and data of one file) before a file system's own.  None is held while user memory
 * is touched, and none is taken by the write-back of a page.
 */
#ifndef KERNEL_VFS_H
#define KERNEL_VFS_H

#include "abi.h"
#include "file.h"
#include "kernel.h"
#include "proc.h"

#define NAME_MAX_BYTES 255

void sleeplock_acquire(struct sleeplock *lock);
void sleeplock_release(struct sleeplock *lock);

/* A component of a path: not NUL-terminated. */
struct name {
	const char *text;
	u32 bytes;
};

/* Receives directory entries; false means "no more room": stop, and do not advance past it. */
struct dir_sink {
	bool (*emit)(struct dir_sink *sink, const char *name, u32 bytes, u64 ino, u32 type,
		     s64 next);
};

/*
 * Directory and inode operations; all sleep, all return 0 or -errno.  NULL means what Linux answers
 * for a file system without it (-EPERM, -EROFS, ...).  Those that change a directory are called with
 * superblock.names held and fail with -EEXIST or -ENOENT by looking themselves.
 */
struct inode_ops {
	int (*lookup)(struct inode *dir, struct name name, struct inode **found);
	int (*create)(struct inode *dir, struct name name, u32 mode, u32 rdev, struct inode **made);
	int (*nameless)(struct inode *dir, u32 mode, struct inode **made); /* O_TMPFILE */
	int (*symlink)(struct inode *dir, struct name name, const char *target,
		       struct inode **made);
	int (*link)(struct inode *dir, struct name name, struct inode *inode);
	int (*unlink)(struct inode *dir, struct name name, struct inode *inode);
	int (*rmdir)(struct inode *dir, struct name name, struct inode *inode);
	int (*rename)(struct inode *from_dir, struct name from, struct inode *inode,
		      struct inode *to_dir, struct name to, struct inode *replaced);
	int (*exchange)(struct inode *from_dir, struct name from, struct inode *a,
			struct inode *to_dir, struct name to, struct inode *b);
	int (*iterate)(struct inode *dir, s64 *pos, struct dir_sink *sink);
	long (*readlink)(struct inode *link, char *buffer, size_t bytes); /* length; no NUL */
	int (*follow)(struct inode *link, struct inode **target);	  /* magic links of /proc */
	int (*truncate)(struct inode *inode, u64 size);			  /* inode lock held */
	int (*update)(struct inode *inode); /* attributes or size changed */
	/* The block behind page `index`, 0 for a hole, or -errno.  NULL: not on a disk. */
	s64 (*block)(struct inode *inode, u64 index);
	int (*sync)(struct inode *inode, bool data_only);
	int (*allocate)(struct inode *inode, u64 from, u64 to); /* fallocate; inode lock held */
	s64 (*seek_data)(struct inode *inode, s64 from, bool hole);
};

struct super_ops {
	void (*evict)(struct inode *inode); /* last reference of an inode without a name: free it */
	void (*forget)(struct inode *inode); /* free inode->fs */
	int (*sync)(struct superblock *sb);
	void (*statfs)(struct superblock *sb, struct statfs *st);
};

struct superblock {
	const struct super_ops *ops;
	const char *type;
	u32 magic; /* what statfs says it is */
	u32 device;
	bool read_only;
	bool in_memory; /* its unused inodes are never recycled */
	bool transient; /* ... but go at once */
	struct inode *root;
	struct sleeplock names;
	void *fs;
};

/* Inode cache. */
struct inode *inode_find(struct superblock *sb, u32 number); /* referenced, or NULL; never sleeps */
struct inode *inode_new(struct superblock *sb, u32 number); /* refs 1; NULL when short; may sleep */
void inode_discard(struct inode *inode); /* give back one just made that came to nothing */
/* Calls each inode of sb that has cached pages once; it may sleep. */
int inode_each(struct superblock *sb, int (*call)(struct inode *inode));
u64 inodes_stored(const struct superblock *sb);	  /* pages of all that is in memory only */
void inode_touch(struct inode *inode, bool data); /* ctime, and mtime if data */
void inode_made(const struct inode *dir, struct inode *inode); /* a new one gets its owners */

/* Mounts. */
extern struct superblock *root_sb;
int vfs_sync(void); /* every mounted file system */
int mount_add(const char *path, struct superblock *sb);
/* ".." of a directory, which may have been removed, within its file system; referenced. */
int directory_above(struct inode *dir, struct inode **above);
const char *mount_row(unsigned i, struct superblock **sb); /* path, or NULL past the last */
u32 mount_above(unsigned i);				   /* mount_id of what holds its path */
u32 mount_id(const struct superblock *sb);		   /* 0: it is mounted nowhere */

int ext2_mount(struct disk *disk, struct superblock **sb, const char **why);
void ext2_unmount(struct superblock *sb);
struct superblock *tmpfs_mount(void);
struct superblock *devfs_mount(void);
struct superblock *procfs_mount(void);
struct superblock *devpts_mount(void);
struct superblock *memory_mount(const char *type, u32 device, u32 mode); /* an empty tmpfs */
int memory_file(struct inode **made); /* in one that is mounted nowhere */

/*
 * A resolved path.  `inode` is the object (NULL if it does not exist and WALK_MISSING was given),
 * `dir` its directory (NULL for a root, "." and ".."), `name` the last component.
 */
#define WALK_FOLLOW  1 /* follow a symbolic link in the last component */
#define WALK_MISSING 2 /* the last component need not exist */
#define WALK_NAME    4 /* the name is meant: not even a slash behind it makes a link be followed */
struct walk {
	struct inode *dir, *inode;
	struct name name;
	bool trailing_slash;
	u32 canon_bytes;
	char *rest;	  /* the path as given (a page); links are expanded in place */
	char canon[4000]; /* absolute path without links, NUL-terminated */
};
#define PATH_MAX PAGE_SIZE
_Static_assert(sizeof(struct walk) <= PAGE_SIZE, "struct walk lives in a page");
/* Path in kernel or user memory, relative to fd `dirfd` (AT_FDCWD: the working directory). */
int walk_path(int dirfd, const char *path, unsigned flags, struct walk **walk);
int walk_user(int dirfd, u64 path, unsigned flags, struct walk **walk);
void walk_done(struct walk *walk);
/* The inode of an *at call, referenced: by path, or with AT_EMPTY_PATH and no path that of the descriptor
 * itself.  AT_SYMLINK_NOFOLLOW counts, other flags are -EINVAL. */
int inode_at(int dirfd, u64 path, u64 flags, struct inode **inode);
/* What stood at `from` stands at `to`: for working directories and open files. */
void paths_moved(const struct inode *moved, const char *from, const char *to);

/* Seals: of files in memory. */
#define F_SEAL_SEAL	    0x01
#define F_SEAL_SHRINK	    0x02
#define F_SEAL_GROW	    0x04
#define F_SEAL_WRITE	    0x08
#define F_SEAL_FUTURE_WRITE 0x10
#define F_SEAL_EXEC	    0x20
s64 seals_of(const struct file *file); /* or -EINVAL */
s64 seals_add(struct file *file, u32 seals);

/* Open files. */
struct file *file_new(const struct file_ops *ops, struct inode *inode, u32 flags);
int file_open_walked(struct walk *walk, int flags, unsigned mode, struct file **file);
unsigned open_walk_flags(int flags);
int inode_open(struct inode *inode, int flags, const char *path, struct file **file);
int inode_resize(struct inode *inode, u64 size);
s64 file_too_big(void); /* RLIMIT_FSIZE: the signal and -EFBIG */
extern const struct file_ops regular_fops, directory_fops;
/* The next piece within one page, pinned (to be stored to if `write`), so that copying cannot sleep. */
int iter_pin(struct iter *iter, struct user_pin *pin, bool write);
void iter_unpin(struct iter *iter, struct user_pin *pin, size_t used);
s64 seek_regular(struct file *file, s64 offset, int whence);

/* Advisory locks. */
enum lock_request { LOCK_ASK, LOCK_TRY, LOCK_WAIT };
int lock_record(struct file *file, u64 user, enum lock_request request, bool of_file);
int lock_file(struct file *file, u32 operation); /* flock */
void locks_release(struct inode *inode, const void *owner);

/* Files that stand nowhere; without a name a socket.  `data` is released with the file, and if none can
 * be made.  The descriptor or -errno. */
int anon_install(const struct file_ops *ops, void *data, const char *name, u32 flags);
void *anon_data(int fd, const struct file_ops *ops, int *error);
int wait_for_file(const struct file *file, const void *channel);

/* Descriptors. */
struct file *fd_file(int fd);  /* borrowed: valid until the next sleep unless file_get; NULL */
struct file *fd_place(int fd); /* the same, but it may be one of O_PATH: a place, not contents */
/* That may be read (or written), referenced; NULL: *error. */
struct file *io_file(int fd, bool write, int *error);
/* The new descriptor, or -errno.  The reference is taken over in any case. */
int fd_install(struct file *file, int from, bool cloexec);
bool fd_room(void);					 /* is there a descriptor to be had? */
int fd_replace(struct file *file, u32 fd, bool cloexec); /* dup3; sleeps */
int fd_close(u32 fd);
/* Two that were installed, or what became of it, go to user memory; if anything failed neither stays open. */
int fd_pair(const int fd[2], u64 user);
void fd_set_cloexec(u32 fd, bool on);

/* Character devices and FIFOs. */
int device_open(struct inode *inode, int flags, struct file **file);
int fifo_open(struct inode *inode, int flags, struct file **file);
int pipe_create(int flags, struct file *ends[2]); /* ends[0] is read */
s64 pipe_size(struct file *file);		  /* in bytes; -EBADF: it is none */
s64 pipe_resize(struct file *file, u64 bytes);
/* Beside O_*, for one call (socket.c): read without taking; no SIGPIPE. */
#define FILE_PEEK	0x80000000u
#define FILE_NO_SIGPIPE 0x40000000u

/* Text that is made as it is read (/proc). */
struct text {
	char *window; /* bytes [from, from + room) of the text are kept */
	u64 from, at;
	size_t room;
	struct text_place *place; /* where the reader came to, kept from read to read */
	u32 fd;			  /* in a file about a descriptor */
};
/* A listing by address may be long: the next read goes on at the region in which the last one ended. */
struct text_place {
	u64 va, at; /* the region from va stands at byte `at` */
};
void text_bytes(struct text *text, const char *bytes, size_t n);
#define text_printf(text, ...)                                                                     \
	do {                                                                                       \
		char text_line[160];                                                               \
		text_bytes(text, text_line, format_to(text_line, sizeof(text_line), __VA_ARGS__)); \
	} while (0)

static inline bool name_is(struct name name, const char *text)
{
	return strlen(text) == name.bytes && memcmp(text, name.text, name.bytes) == 0;
}

#define S_TYPE(mode) ((mode)&S_IFMT)

#endif
