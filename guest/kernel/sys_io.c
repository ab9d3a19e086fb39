/* System calls that read and write, and those on the size and the durability of files. */
#include "mm.h"
#include "sys.h"
#include "vfs.h"

/* How a call moves data, beside reading one piece where the file stands. */
#define IO_WRITE  1
#define IO_VECTOR 2 /* from or into a struct iovec[] */
#define IO_AT	  4 /* at a place that it names */

static struct file *io_get(struct file *file, bool write, int *error)
{
	u32 access = file ? file->flags & O_ACCMODE : 0;

	*error = -EBADF;
	if (!file || (access != O_RDWR && access != (write ? O_WRONLY : O_RDONLY)))
		return NULL;
	*error = -EINVAL;
	if (write ? !file->ops->write : !file->ops->read)
		return NULL;
	return file_get(file);
}

struct file *io_file(int fd, bool write, int *error)
{
	return io_get(fd_file(fd), write, error);
}

/* In Linux's order, so that of two mistakes the same one is told. */
static s64 rw(const u64 a[6], s64 pos, u32 how)
{
	struct file *file = fd_file(a[0]);
	struct iter iter = { .user = a[1], .left = min_u64(a[2], MAX_IO) };
	s64 done;
	int error;

	if ((how & IO_AT) && pos < 0)
		return -EINVAL;
	if ((how & IO_AT) && file && !file->ops->seek)
		return -ESPIPE;
	file = io_get(file, how & IO_WRITE, &error);
	if (!file)
		return error;
	if (how & IO_VECTOR)
		done = iter_vector(&iter, a[1], a[2]);
	else
		done = user_range_ok(a[1], a[2]) ? 0 : -EFAULT;
	if (!done)
		done = (how & IO_WRITE ? file->ops->write : file->ops->read)(
			file, &iter, how & IO_AT ? &pos : &file->pos);
	file_put(file);
	return done;
}

s64 sys_read(const u64 a[6])
{
	return rw(a, 0, 0);
}

s64 sys_write(const u64 a[6])
{
	return rw(a, 0, IO_WRITE);
}

s64 sys_pread64(const u64 a[6])
{
	return rw(a, a[3], IO_AT);
}

s64 sys_pwrite64(const u64 a[6])
{
	return rw(a, a[3], IO_AT | IO_WRITE);
}

s64 sys_readv(const u64 a[6])
{
	return rw(a, 0, IO_VECTOR);
}

s64 sys_writev(const u64 a[6])
{
	return rw(a, 0, IO_VECTOR | IO_WRITE);
}

s64 sys_preadv(const u64 a[6])
{
	return rw(a, a[3], IO_VECTOR | IO_AT);
}

s64 sys_pwritev(const u64 a[6])
{
	return rw(a, a[3], IO_VECTOR | IO_AT | IO_WRITE);
}

static s64 sync_fd(int fd, bool data_only)
{
	struct file *file = fd_file(fd);
	s64 result;

	if (!file)
		return -EBADF;
	if (!file->ops->fsync)
		return -EINVAL;
	file_get(file);
	result = file->ops->fsync(file, data_only);
	file_put(file);
	return result;
}

/* RWF_*: hints that change nothing, and what would. */
#define RWF_HIPRI 0x01
#define RWF_DSYNC 0x02
#define RWF_SYNC  0x04

static s64 rwv2(const u64 a[6], u32 how)
{
	s64 done;

	if (a[5] & ~(u64)(RWF_HIPRI | RWF_DSYNC | RWF_SYNC))
		return -EOPNOTSUPP;
	done = rw(a, a[3], how | IO_VECTOR | ((s64)a[3] == -1 ? 0 : IO_AT));
	if (done > 0 && (how & IO_WRITE) && (a[5] & (RWF_DSYNC | RWF_SYNC)))
		sync_fd((int)a[0], !(a[5] & RWF_SYNC));
	return done;
}

s64 sys_preadv2(const u64 a[6])
{
	return rwv2(a, 0);
}

s64 sys_pwritev2(const u64 a[6])
{
	return rwv2(a, IO_WRITE);
}

s64 sys_lseek(const u64 a[6])
{
	struct file *file = fd_file(a[0]);
	s64 result;

	if (!file)
		return -EBADF;
	if ((u32)a[2] > SEEK_HOLE)
		return -EINVAL;
	if (!file->ops->seek)
		return -ESPIPE;
	file_get(file);
	result = file->ops->seek(file, a[1], a[2]);
	file_put(file);
	return result;
}

s64 sys_getdents64(const u64 a[6])
{
	struct file *file = fd_file(a[0]);
	s64 result;

	if (!file)
		return -EBADF;
	if (!file->ops->readdir)
		return -ENOTDIR;
	file_get(file);
	result = file->ops->readdir(file, a[1], min_u64(a[2], MAX_IO));
	file_put(file);
	return result;
}

s64 sys_fsync(const u64 a[6])
{
	return sync_fd(a[0], false);
}

s64 sys_fdatasync(const u64 a[6])
{
	return sync_fd(a[0], true);
}

/* All of it, which is more than was asked for. */
s64 sys_sync_file_range(const u64 a[6])
{
	struct file *file = fd_file(a[0]);

	if (!file)
		return -EBADF;
	if ((s64)a[1] < 0 || (s64)a[2] < 0 || (a[3] & ~7ul))
		return -EINVAL;
	if (!file->inode || S_ISFIFO(file->inode->mode) || S_ISCHR(file->inode->mode))
		return -ESPIPE;
	return a[3] ? sync_fd(a[0], true) : 0;
}

int vfs_sync(void)
{
	struct superblock *sb;
	int error = 0, result;

	for (unsigned i = 0; mount_row(i, &sb); i++) {
		result = sb->ops->sync && !sb->read_only ? sb->ops->sync(sb) : 0;
		error = error ? error : result;
	}
	return error;
}

s64 sys_sync(const u64 a[6])
{
	(void)a;
	vfs_sync();
	return 0;
}

s64 sys_syncfs(const u64 a[6])
{
	return fd_file(a[0]) ? vfs_sync() : -EBADF;
}

s64 sys_ftruncate(const u64 a[6])
{
	struct file *file = fd_file(a[0]);
	s64 result;

	if (!file)
		return -EBADF;
	if ((s64)a[1] < 0 || !(file->flags & O_ACCMODE) || !file->inode)
		return -EINVAL;
	file_get(file);
	result = inode_resize(file->inode, a[1]);
	file_put(file);
	return result;
}

s64 sys_truncate(const u64 a[6])
{
	struct walk *walk;
	int error = walk_user(AT_FDCWD, a[0], WALK_FOLLOW, &walk);

	if (error)
		return error;
	error = walk->inode->sb->read_only ? -EROFS : inode_resize(walk->inode, a[1]);
	walk_done(walk);
	return error;
}

#define FALLOC_KEEP_SIZE 1

/* ext2 has no place for blocks behind the end: with keep_size only what lies before it. */
static int allocate(struct inode *inode, u64 from, u64 to, bool keep_size)
{
	u64 old_size;
	int error = 0;

	inode_lock(inode);
	old_size = inode->size;
	if (to > old_size && !keep_size && (inode->seals & F_SEAL_GROW))
		error = -EPERM;
	else if (to > old_size && keep_size)
		to = old_size;
	else if (to > old_size)
		error = inode->ops->truncate(inode, to);
	if (!error)
		error = inode->ops->allocate(inode, from, to);
	if (error && inode->size > old_size)
		inode->ops->truncate(inode, old_size);
	inode_unlock(inode);
	return error;
}

s64 sys_fallocate(const u64 a[6])
{
	struct file *file = fd_file(a[0]);
	s64 from = a[2], bytes = a[3];
	struct inode *inode;
	s64 error = 0;

	if (!file || !(file->flags & O_ACCMODE))
		return -EBADF;
	inode = file->inode;
	if (!inode || !S_ISREG(inode->mode))
		return inode && S_ISFIFO(inode->mode) ? -ESPIPE : -ENODEV;
	if (from < 0 || bytes <= 0)
		return -EINVAL;
	if (from + bytes < 0)
		return -EFBIG;
	if ((a[1] & ~(u64)FALLOC_KEEP_SIZE) || !inode->ops->allocate)
		return -EOPNOTSUPP;
	if ((u64)(from + bytes) > inode->size && (u64)(from + bytes) > rlimit(RLIMIT_FSIZE) &&
	    !(a[1] & FALLOC_KEEP_SIZE))
		return file_too_big();
	file_get(file);
	error = allocate(inode, from, from + bytes, a[1] & FALLOC_KEEP_SIZE);
	file_put(file);
	return error;
}

/* Pages come when they are asked for: the kernel parameter readahead says how many at once. */
s64 sys_readahead(const u64 a[6])
{
	struct file *file = fd_file(a[0]);

	if (!file || (file->flags & O_ACCMODE) == O_WRONLY)
		return -EBADF;
	return file->inode && S_ISREG(file->inode->mode) ? 0 : -EINVAL;
}

#define FADV_NOREUSE 5

s64 sys_fadvise64(const u64 a[6])
{
	struct file *file = fd_file(a[0]);

	if (!file)
		return -EBADF;
	if (!file->ops->seek)
		return -ESPIPE;
	return (s64)a[2] < 0 || (u32)a[3] > FADV_NOREUSE ? -EINVAL : 0;
}
