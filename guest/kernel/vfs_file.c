/* Open files: making and closing them; reading and writing regular files through the page cache. */
#include "mm.h"
#include "vfs.h"

struct file *file_new(const struct file_ops *ops, struct inode *inode, u32 flags)
{
	static u32 last_serial;
	struct file *file = kmalloc(sizeof(*file));

	if (!file)
		return NULL;
	file->serial = ++last_serial;
	file->ops = ops;
	file->inode = inode ? inode_get(inode) : NULL;
	file->refs = 1;
	file->flags = flags & ~(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC);
	if (inode && S_ISREG(inode->mode) && (flags & O_ACCMODE))
		inode->writers++;
	return file;
}

struct file *file_get(struct file *file)
{
	file->refs++;
	return file;
}

void file_execute(struct file *file)
{
	if (!file->executing)
		file->inode->executing++;
	file->executing = true;
}

void file_put(struct file *file)
{
	struct inode *inode;

	if (!file || --file->refs)
		return;
	inode = file->inode;
	if (inode && inode->locks)
		locks_release(inode, file);
	if (file->ops->release)
		file->ops->release(file);
	if (inode && S_ISREG(inode->mode) && (file->flags & O_ACCMODE))
		inode->writers--;
	if (file->executing)
		inode->executing--;
	kfree(file->path);
	kfree(file);
	inode_put(inode);
}

static s64 regular_read(struct file *file, struct iter *to, s64 *pos)
{
	struct inode *inode = file->inode;
	size_t left;
	s64 done = 0;
	int error = 0;

	pinning_begin();
	while (to->left && (u64)*pos < inode->size && !error) {
		struct page *page = page_get(&inode->mapping, *pos / PAGE_SIZE, &error, NULL);
		u64 offset = *pos % PAGE_SIZE, n = 0;

		if (!page)
			break;
		if ((u64)*pos < inode->size) /* it may have shrunk meanwhile */
			n = min_u64(min_u64(PAGE_SIZE - offset, to->left), inode->size - *pos);
		left = to->left;
		error = iter_put(to, (char *)page_data(page) + offset, n);
		page_put(page);
		*pos += left - to->left;
		done += left - to->left;
	}
	pinning_end();
	return done ? done : error;
}

/* The page to write `bytes` at `pos` into, pinned, with a block behind it. */
static struct page *page_for_write(struct inode *inode, u64 pos, size_t bytes, int *error)
{
	u64 index = pos / PAGE_SIZE;
	bool whole = pos % PAGE_SIZE == 0 && (bytes == PAGE_SIZE || pos + bytes >= inode->size);
	s64 block = whole && inode->ops->block ? inode->ops->block(inode, index) : 0;
	struct page *page;

	if (block < 0) {
		*error = block;
		return NULL;
	}
	/* A page that has a block is overwritten without being read; a hole's is zeros anyway, and must
	 * be in the cache before its block is reserved. */
	page = block ? page_make(&inode->mapping, index, error)
		     : page_get(&inode->mapping, index, error, NULL);
	if (!page)
		return NULL;
	if (block)
		page_set_block(page, block);
	else if (inode->mapping.ops->reserve_page)
		*error = inode->mapping.ops->reserve_page(&inode->mapping, page);
	if (*error) {
		page_put(page);
		return NULL;
	}
	return page;
}

/* At most up to the end of a page; the inode's lock is held and `data` is kernel memory. */
static s64 write_piece(struct inode *inode, u64 pos, const char *data, size_t bytes)
{
	struct page *page;
	u64 old_size = inode->size;
	int error = 0;

	bytes = min_u64(bytes, PAGE_SIZE - pos % PAGE_SIZE);
	/* Clears what a mapping left behind the end. */
	if (pos > old_size && old_size % PAGE_SIZE)
		error = inode->ops->truncate(inode, pos);
	if (error)
		return error;
	page = page_for_write(inode, pos, bytes, &error);
	if (!page) {
		if (inode->size > old_size)
			inode->ops->truncate(inode, old_size);
		return error;
	}
	memcpy((char *)page_data(page) + pos % PAGE_SIZE, data, bytes);
	page_set_dirty(page);
	page_touch(page);
	if (pos + bytes > inode->size)
		inode->size = pos + bytes;
	page_put(page);
	inode_touch(inode, true);
	inode->ops->update(inode);
	return bytes;
}

s64 file_too_big(void)
{
	signal_send(current, SIGXFSZ);
	return -EFBIG;
}

/* What goes past the limit is cut off, and nothing said; 0 bytes are left if all would. */
static s64 check_size_limit(const struct inode *inode, u64 pos, size_t *bytes, bool begun)
{
	bool sealed = inode->seals & F_SEAL_GROW;
	u64 most = sealed ? inode->size : rlimit(RLIMIT_FSIZE);

	if (inode->seals & (F_SEAL_WRITE | F_SEAL_FUTURE_WRITE))
		return -EPERM;
	if (pos >= most && !begun)
		return sealed ? -EPERM : file_too_big();
	*bytes = min_u64(*bytes, pos < most ? most - pos : 0);
	return 0;
}

static s64 regular_write(struct file *file, struct iter *from, s64 *pos)
{
	struct inode *inode = file->inode;
	s64 done = 0, n = 0;

	while (from->left && !current->killed) {
		struct user_pin pin;

		if (throttle_needed())
			throttle_writers();
		n = iter_pin(from, &pin, false);
		if (n < 0)
			break;
		inode_lock(inode);
		if (file->flags & O_APPEND)
			*pos = inode->size;
		n = check_size_limit(inode, *pos, &pin.bytes, done);
		if (!n && pin.bytes)
			n = write_piece(inode, *pos, pin.data, pin.bytes);
		inode_unlock(inode);
		iter_unpin(from, &pin, n > 0 ? n : 0);
		if (n <= 0)
			break;
		*pos += n;
		done += n;
	}
	if (done && (file->flags & O_DSYNC) && inode->ops->sync)
		inode->ops->sync(inode, true);
	return done ? done : n;
}

s64 seek_regular(struct file *file, s64 offset, int whence)
{
	struct inode *inode = file->inode;

	switch (whence) {
	case SEEK_SET:
		break;
	case SEEK_CUR:
		offset += file->pos;
		break;
	case SEEK_END:
		offset += inode->size;
		break;
	case SEEK_DATA:
	case SEEK_HOLE:
		if (offset < 0 || (u64)offset >= inode->size)
			return -ENXIO;
		if (inode->ops->seek_data)
			offset = inode->ops->seek_data(inode, offset, whence == SEEK_HOLE);
		else if (whence == SEEK_HOLE)
			offset = inode->size;
		if (offset < 0)
			return offset;
		break;
	default:
		return -EINVAL;
	}
	if (offset < 0)
		return -EINVAL;
	return file->pos = offset;
}

static int inode_fsync(struct file *file, bool data_only)
{
	struct inode *inode = file->inode;

	return inode->ops->sync ? inode->ops->sync(inode, data_only) : 0;
}

const struct file_ops regular_fops = {
	.read = regular_read,
	.write = regular_write,
	.seek = seek_regular,
	.fsync = inode_fsync,
};

/* Linux's struct linux_dirent64. */
struct dirent64 {
	u64 ino;
	s64 next;
	u16 bytes;
	u8 type;
	char name[NAME_MAX_BYTES + 6];
} __attribute__((packed));
#define DIRENT_HEADER 19

struct user_sink {
	struct dir_sink sink;
	u64 user;
	size_t left, done;
	int error;
};

static bool emit_to_user(struct dir_sink *sink, const char *name, u32 bytes, u64 ino, u32 type,
			 s64 next)
{
	struct user_sink *user = container_of(sink, struct user_sink, sink);
	struct dirent64 entry;
	size_t size = ROUND_UP(DIRENT_HEADER + bytes + 1, 8);

	if (size > user->left) {
		user->error = user->done ? 0 : -EINVAL;
		return false;
	}
	memset(&entry, 0, size);
	entry.ino = ino;
	entry.next = next;
	entry.bytes = size;
	entry.type = type;
	memcpy(entry.name, name, bytes);
	if (copy_to_user(user->user + user->done, &entry, size)) {
		user->error = -EFAULT;
		return false;
	}
	user->left -= size;
	user->done += size;
	return true;
}

static int directory_read(struct file *file, u64 user, size_t bytes)
{
	struct user_sink sink = { { emit_to_user }, user, bytes, 0, 0 };
	int error;

	if (file->inode->nlink == 0)
		return -ENOENT;
	pinning_begin();
	error = file->inode->ops->iterate(file->inode, &file->pos, &sink.sink);
	pinning_end();
	if (sink.done)
		return sink.done;
	return error ? error : sink.error;
}

static s64 directory_no_read(struct file *file, struct iter *to, s64 *pos)
{
	(void)file;
	(void)to;
	(void)pos;
	return -EISDIR;
}

const struct file_ops directory_fops = {
	.read = directory_no_read,
	.seek = seek_regular,
	.readdir = directory_read,
	.fsync = inode_fsync,
};

static const struct file_ops path_fops; /* O_PATH: a place, not contents */

int inode_resize(struct inode *inode, u64 size)
{
	bool shorter;
	int error;

	if (S_ISDIR(inode->mode))
		return -EISDIR;
	if (!S_ISREG(inode->mode) || !inode->ops->truncate)
		return -EINVAL;
	if (inode->executing)
		return -ETXTBSY;
	if ((s64)size < 0)
		return -EINVAL;
	if ((inode->seals & F_SEAL_SHRINK && size < inode->size) ||
	    (inode->seals & F_SEAL_GROW && size > inode->size))
		return -EPERM;
	if (size > inode->size && size > rlimit(RLIMIT_FSIZE))
		return file_too_big();
	inode_lock(inode);
	shorter = size < inode->size;
	error = inode->ops->truncate(inode, size);
	if (shorter)
		mapping_forget_copies(&inode->mapping, (size + PAGE_SIZE - 1) / PAGE_SIZE);
	if (!error) {
		inode_touch(inode, true);
		error = inode->ops->update(inode);
	}
	inode_unlock(inode);
	return error;
}

static int may_open(struct inode *inode, int flags)
{
	bool writes = (flags & O_ACCMODE) != O_RDONLY || (flags & O_TRUNC);

	if ((flags & O_DIRECTORY) && !S_ISDIR(inode->mode))
		return -ENOTDIR;
	if (flags & O_PATH)
		return 0;
	if (S_ISLNK(inode->mode))
		return -ELOOP;
	if (S_ISDIR(inode->mode) && (writes || (flags & O_CREAT)))
		return -EISDIR;
	if (S_ISREG(inode->mode) && writes) {
		if (inode->sb->read_only)
			return -EROFS;
		if (inode->executing)
			return -ETXTBSY;
	}
	return 0;
}

int inode_open(struct inode *inode, int flags, const char *path, struct file **file)
{
	int error = may_open(inode, flags);

	*file = NULL;
	if (!error && (flags & O_PATH))
		*file = file_new(&path_fops, inode, flags & ~O_ACCMODE);
	else if (!error && S_ISCHR(inode->mode))
		error = device_open(inode, flags, file);
	else if (!error && S_ISFIFO(inode->mode))
		error = fifo_open(inode, flags, file);
	else if (!error && (S_ISREG(inode->mode) || S_ISDIR(inode->mode)))
		*file = file_new(inode->fops, inode, flags);
	else if (!error)
		error = -ENXIO;
	if (error)
		return error;
	if (!*file)
		return -ENOMEM;
	if ((flags & O_TRUNC) && S_ISREG(inode->mode) && inode->fops == &regular_fops) {
		error = inode_resize(inode, 0);
		if (error) {
			file_put(*file);
			return error;
		}
	}
	if (path && !(*file)->path) {
		size_t bytes = strlen(path) + 1;

		(*file)->path = kmalloc(bytes);
		if ((*file)->path)
			memcpy((*file)->path, path, bytes);
	}
	return 0;
}

unsigned open_walk_flags(int flags)
{
	bool exclusive = (flags & (O_CREAT | O_EXCL)) == (O_CREAT | O_EXCL);

	return (flags & O_CREAT ? WALK_MISSING : 0) |
	       (exclusive || (flags & O_NOFOLLOW) ? 0 : WALK_FOLLOW);
}

/* The file that O_CREAT makes; somebody else may have been first. */
static int create_file(struct walk *walk, int flags, unsigned mode)
{
	struct inode *dir = walk->dir;
	int error;

	if (!dir->ops->create)
		return dir->sb->read_only ? -EROFS : -EACCES;
	mode = S_IFREG | (mode & 07777 & ~current->fs->umask);
	sleeplock_acquire(&dir->sb->names);
	error = dir->ops->create(dir, walk->name, mode, 0, &walk->inode);
	if (!error)
		inode_made(dir, walk->inode);
	if (error == -EEXIST && !(flags & O_EXCL))
		error = dir->ops->lookup(dir, walk->name, &walk->inode);
	sleeplock_release(&dir->sb->names);
	return error;
}

/* A file in this directory that has no name, and may be given one unless it is O_EXCL. */
static int open_nameless(struct walk *walk, int flags, unsigned mode, struct file **file)
{
	struct inode *dir = walk->inode, *inode;
	size_t n = strlen(walk->canon);
	int error;

	if (!(flags & O_ACCMODE))
		return -EINVAL;
	if (!S_ISDIR(dir->mode))
		return -ENOTDIR;
	if (!dir->ops->nameless)
		return -EOPNOTSUPP;
	sleeplock_acquire(&dir->sb->names);
	error = dir->ops->nameless(dir, S_IFREG | (mode & 07777 & ~current->fs->umask), &inode);
	if (!error)
		inode_made(dir, inode);
	sleeplock_release(&dir->sb->names);
	if (error)
		return error;
	inode->linkable = !(flags & O_EXCL);
	format_to(walk->canon + n, sizeof(walk->canon) - n, "/#%u", inode->number);
	error = inode_open(inode, flags & ~O_TMPFILE, walk->canon, file);
	inode_put(inode);
	return error;
}

int file_open_walked(struct walk *walk, int flags, unsigned mode, struct file **file)
{
	int error = 0;

	if ((flags & O_TMPFILE) == O_TMPFILE)
		return open_nameless(walk, flags, mode, file);
	if ((flags & O_CREAT) && walk->trailing_slash)
		error = -EISDIR;
	else if (!walk->inode)
		error = create_file(walk, flags, mode);
	else if ((flags & O_CREAT) && (flags & O_EXCL))
		error = -EEXIST;
	return error ? error : inode_open(walk->inode, flags, walk->canon, file);
}

int file_open(const char *path, int flags, unsigned mode, struct file **file)
{
	struct walk *walk;
	int error = walk_path(AT_FDCWD, path, open_walk_flags(flags), &walk);

	if (error)
		return error;
	error = file_open_walked(walk, flags, mode, file);
	walk_done(walk);
	return error;
}
