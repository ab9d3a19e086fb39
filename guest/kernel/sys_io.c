/* System calls that move data, and those on the size and the durability of files. */
#include "mm.h"
#include "sys.h"
#include "vfs.h"

#define MAX_IO	  0x7ffff000ul
#define IOV_MAX	  1024
#define IOV_CHUNK 16

/* The file behind a descriptor opened for reading (or writing), referenced. */
static struct file *io_file(int fd, bool write, int *error)
{
	struct file *file = fd_file(fd);
	u32 access = file ? file->flags & O_ACCMODE : 0;

	*error = -EBADF;
	if (!file || (file->flags & O_PATH) || access == (write ? O_RDONLY : O_WRONLY))
		return NULL;
	*error = -EINVAL;
	if (write ? !file->ops->write : !file->ops->read)
		return NULL;
	return file_get(file);
}

static s64 transfer(struct file *file, struct iter *iter, s64 *pos, bool write)
{
	if (iter->left > MAX_IO)
		iter->left = MAX_IO;
	return write ? file->ops->write(file, iter, pos) : file->ops->read(file, iter, pos);
}

static s64 rw(int fd, u64 user, u64 bytes, bool write)
{
	struct iter iter = { .user = user, .left = bytes };
	int error;
	struct file *file = io_file(fd, write, &error);
	s64 done;

	if (!file)
		return error;
	done = (s64)bytes < 0 ? -EINVAL : transfer(file, &iter, &file->pos, write);
	file_put(file);
	return done;
}

s64 sys_read(const u64 a[6])
{
	return rw(a[0], a[1], a[2], false);
}

s64 sys_write(const u64 a[6])
{
	return rw(a[0], a[1], a[2], true);
}

static s64 rw_at(int fd, u64 user, u64 bytes, s64 pos, bool write)
{
	struct iter iter = { .user = user, .left = bytes };
	int error;
	struct file *file = io_file(fd, write, &error);
	s64 done;

	if (!file)
		return error;
	if (pos < 0 || (s64)bytes < 0)
		done = -EINVAL;
	else if (!file->ops->seek)
		done = -ESPIPE;
	else
		done = transfer(file, &iter, &pos, write);
	file_put(file);
	return done;
}

s64 sys_pread64(const u64 a[6])
{
	return rw_at(a[0], a[1], a[2], a[3], false);
}

s64 sys_pwrite64(const u64 a[6])
{
	return rw_at(a[0], a[1], a[2], a[3], true);
}

/* One after the other; the first short one ends it. */
static s64 rw_vector(struct file *file, u64 user, u64 count, s64 *pos, bool write)
{
	struct iovec vector[IOV_CHUNK];
	s64 total = 0;

	for (u64 i = 0; i < count; i++) {
		struct iovec *iov = &vector[i % IOV_CHUNK];
		struct iter iter;
		s64 done;

		if (i % IOV_CHUNK == 0 &&
		    copy_from_user(vector, user + i * sizeof(*iov),
				   min_u64(count - i, IOV_CHUNK) * sizeof(*iov)))
			return total ? total : -EFAULT;
		if ((s64)iov->iov_len < 0)
			return total ? total : -EINVAL;
		if (!iov->iov_len)
			continue;
		iter = (struct iter){ .user = iov->iov_base, .left = iov->iov_len };
		done = transfer(file, &iter, pos, write);
		if (done < 0)
			return total ? total : done;
		total += done;
		if ((u64)done < iov->iov_len)
			break;
	}
	return total;
}

static s64 rwv(const u64 a[6], bool write)
{
	int error;
	struct file *file = io_file(a[0], write, &error);
	s64 done;

	if (!file)
		return error;
	done = a[2] > IOV_MAX ? -EINVAL : rw_vector(file, a[1], a[2], &file->pos, write);
	file_put(file);
	return done;
}

s64 sys_readv(const u64 a[6])
{
	return rwv(a, false);
}

s64 sys_writev(const u64 a[6])
{
	return rwv(a, true);
}

static s64 rwv_at(const u64 a[6], bool write)
{
	int error;
	struct file *file = io_file(a[0], write, &error);
	s64 pos = a[3], done;

	if (!file)
		return error;
	if (a[2] > IOV_MAX || pos < 0)
		done = -EINVAL;
	else if (!file->ops->seek)
		done = -ESPIPE;
	else
		done = rw_vector(file, a[1], a[2], &pos, write);
	file_put(file);
	return done;
}

s64 sys_preadv(const u64 a[6])
{
	return rwv_at(a, false);
}

s64 sys_pwritev(const u64 a[6])
{
	return rwv_at(a, true);
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

static s64 rwv2(const u64 a[6], bool write)
{
	s64 done;

	if (a[5] & ~(u64)(RWF_HIPRI | RWF_DSYNC | RWF_SYNC))
		return -EOPNOTSUPP;
	done = (s64)a[3] == -1 ? rwv(a, write) : rwv_at(a, write);
	if (done > 0 && write && (a[5] & (RWF_DSYNC | RWF_SYNC)))
		sync_fd((int)a[0], !(a[5] & RWF_SYNC));
	return done;
}

s64 sys_preadv2(const u64 a[6])
{
	return rwv2(a, false);
}

s64 sys_pwritev2(const u64 a[6])
{
	return rwv2(a, true);
}

s64 sys_lseek(const u64 a[6])
{
	struct file *file = fd_file(a[0]);
	s64 result;

	if (!file || (file->flags & O_PATH))
		return -EBADF;
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

/* Through a page of the kernel's: from one file to another. */
static s64 copy_between(struct file *in, s64 *in_pos, struct file *out, s64 *out_pos, u64 bytes)
{
	char *buffer = kpage_alloc();
	s64 total = 0, n = 0, written = 0;

	if (!buffer)
		return -ENOMEM;
	while ((u64)total < bytes) {
		size_t asked = min_u64(PAGE_SIZE, bytes - total);
		struct iter to = { .kernel = buffer, .left = asked };
		struct iter from = { .kernel = buffer };
		s64 before = *in_pos;

		n = in->ops->read(in, &to, in_pos);
		if (n <= 0)
			break;
		from.left = n;
		written = out->ops->write(out, &from, out_pos);
		if (written > 0)
			total += written;
		if (written != n) { /* what was not taken stays to be read */
			if (in->ops->seek)
				*in_pos = before + (written > 0 ? written : 0);
			n = written;
			break;
		}
		if ((size_t)n < asked) /* the end, or a pipe with nothing more for the moment */
			break;
	}
	kpage_free(buffer);
	return total ? total : n;
}

/* Offsets in user memory, where NULL means the file's own. */
static int load_offset(u64 user, struct file *file, s64 *offset)
{
	*offset = file->pos;
	if (!user)
		return 0;
	if (!file->ops->seek)
		return -ESPIPE;
	if (copy_from_user(offset, user, sizeof(*offset)))
		return -EFAULT;
	return *offset < 0 ? -EINVAL : 0;
}

static int store_offset(u64 user, struct file *file, s64 offset)
{
	if (!user) {
		file->pos = offset;
		return 0;
	}
	return copy_to_user(user, &offset, sizeof(offset)) ? -EFAULT : 0;
}

enum copying { COPY_ANY, COPY_REGULAR, COPY_PIPE };

static bool is_type(const struct file *file, u32 type)
{
	return file->inode && S_TYPE(file->inode->mode) == type;
}

/* May this call copy between them? */
static bool may_copy(const struct file *in, const struct file *out, enum copying how)
{
	if (how == COPY_REGULAR)
		return is_type(in, S_IFREG) && is_type(out, S_IFREG);
	return how == COPY_ANY || is_type(in, S_IFIFO) || is_type(out, S_IFIFO);
}

static s64 copy_files(int in_fd, u64 in_user, int out_fd, u64 out_user, u64 bytes, enum copying how)
{
	struct file *in, *out = NULL;
	s64 in_pos, out_pos, done = 0;
	int error, store_error;

	in = io_file(in_fd, false, &error);
	if (in)
		out = io_file(out_fd, true, &error);
	if (!out)
		goto out;
	error = load_offset(in_user, in, &in_pos);
	if (!error)
		error = load_offset(out_user, out, &out_pos);
	if (!error && !may_copy(in, out, how))
		error = -EINVAL;
	if (error)
		goto out;
	done = copy_between(in, &in_pos, out, &out_pos, min_u64(bytes, MAX_IO));
	error = store_offset(in_user, in, in_pos);
	store_error = store_offset(out_user, out, out_pos);
	error = error ? error : store_error;
out:
	file_put(in);
	file_put(out);
	return error ? error : done;
}

s64 sys_sendfile(const u64 a[6])
{
	return copy_files(a[1], a[2], a[0], 0, a[3], COPY_ANY);
}

s64 sys_copy_file_range(const u64 a[6])
{
	return a[5] ? -EINVAL : copy_files(a[0], a[1], a[2], a[3], a[4], COPY_REGULAR);
}

/* By copying: no page changes hands.  A page at a time, so that no more is taken out of a pipe than is there
 * without waiting again. */
s64 sys_splice(const u64 a[6])
{
	return a[5] & ~15ul
		       ? -EINVAL
		       : copy_files(a[0], a[1], a[2], a[3], min_u64(a[4], PAGE_SIZE), COPY_PIPE);
}

s64 sys_fsync(const u64 a[6])
{
	return sync_fd(a[0], false);
}

s64 sys_fdatasync(const u64 a[6])
{
	return sync_fd(a[0], true);
}

int vfs_sync(void)
{
	struct superblock *sb;
	int error = 0;

	for (unsigned i = 0; mount_row(i, &sb); i++)
		if (sb->ops->sync && !sb->read_only)
			error = sb->ops->sync(sb);
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
	if (!(file->flags & O_ACCMODE) || !file->inode)
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
	if (to > old_size && keep_size)
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

s64 sys_fadvise64(const u64 a[6])
{
	struct file *file = fd_file(a[0]);

	if (!file)
		return -EBADF;
	return file->ops->seek ? 0 : -ESPIPE;
}
