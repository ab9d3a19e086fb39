/* System calls on descriptors: opening, closing, duplicating, fcntl, and the working directory. */
#include "sys.h"
#include "vfs.h"

s64 sys_openat(const u64 a[6])
{
	int flags = (int)a[2] | O_LARGEFILE, error;
	struct file *file;
	struct walk *walk;

	if (flags & O_PATH)
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	if ((flags & (O_CREAT | O_DIRECTORY)) == (O_CREAT | O_DIRECTORY))
		return -EINVAL;
	if (!fd_room()) /* before anything is made or cut */
		return -EMFILE;
	error = walk_user(a[0], a[1], open_walk_flags(flags), &walk);
	if (error)
		return error;
	error = file_open_walked(walk, flags, a[3], &file);
	walk_done(walk);
	return error ? error : fd_install(file, 0, flags & O_CLOEXEC);
}

s64 sys_close(const u64 a[6])
{
	return fd_close(a[0]);
}

#define CLOSE_RANGE_UNSHARE 2
#define CLOSE_RANGE_CLOEXEC 4

s64 sys_close_range(const u64 a[6])
{
	if ((u32)a[0] > (u32)a[1] || (a[2] & ~(u64)(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC)))
		return -EINVAL;
	if ((a[2] & CLOSE_RANGE_UNSHARE) && fd_table_unshare())
		return -ENOMEM;
	for (u32 fd = a[0]; fd <= (u32)a[1] && fd < current->files->nfds; fd++) {
		if (!fd_place(fd))
			continue;
		if (a[2] & CLOSE_RANGE_CLOEXEC)
			fd_set_cloexec(fd, true);
		else
			fd_close(fd);
	}
	return 0;
}

static s64 duplicate(struct file *file, int from, bool cloexec)
{
	if (from < 0 || (u64)from >= rlimit(RLIMIT_NOFILE))
		return -EINVAL;
	return fd_install(file_get(file), from, cloexec);
}

s64 sys_dup(const u64 a[6])
{
	struct file *file = fd_place(a[0]);

	return file ? duplicate(file, 0, false) : -EBADF;
}

s64 sys_dup3(const u64 a[6])
{
	struct file *file = fd_place(a[0]);
	int fd;

	if ((u32)a[0] == (u32)a[1] || (a[2] & ~(u64)O_CLOEXEC))
		return -EINVAL;
	if (!file)
		return -EBADF;
	fd = fd_replace(file_get(file), a[1], a[2] & O_CLOEXEC);
	if (fd < 0)
		file_put(file);
	return fd;
}

#define F_OFD_GETLK  36
#define F_OFD_SETLK  37
#define F_OFD_SETLKW 38

static s64 fcntl_lock(struct file *file, u64 command, u64 user)
{
	bool of_file = command >= F_OFD_GETLK;
	u64 step = of_file ? command - F_OFD_GETLK : command - F_GETLK;
	s64 result;

	file_get(file); /* it may wait */
	result = lock_record(file, user,
			     step == 0	 ? LOCK_ASK
			     : step == 1 ? LOCK_TRY
					 : LOCK_WAIT,
			     of_file);
	file_put(file);
	return result;
}

#define F_GETOWN_EX 16
#define F_ADD_SEALS 1033
#define F_GET_SEALS 1034

/* What is asked of an open file, whichever descriptor names it. */
static s64 control(struct file *file, u64 command, u64 arg)
{
	const u32 settable = O_APPEND | O_NONBLOCK | O_DIRECT | O_NOATIME;
	const u64 nobody = 0;

	switch (command) {
	case F_SETFL:
		file->flags = (file->flags & ~settable) | (arg & settable);
		return 0;
	case F_GETLK:
	case F_SETLK:
	case F_SETLKW:
	case F_OFD_GETLK:
	case F_OFD_SETLK:
	case F_OFD_SETLKW:
		return fcntl_lock(file, command, arg);
	case F_GETPIPE_SZ:
		return pipe_size(file);
	case F_SETPIPE_SZ:
		return pipe_resize(file, arg);
	case F_GET_SEALS:
		return seals_of(file);
	case F_ADD_SEALS:
		return seals_add(file, (u32)arg);
	case F_GETOWN_EX: /* nobody is sent signals */
		return copy_to_user(arg, &nobody, sizeof(nobody)) ? -EFAULT : 0;
	case F_GETOWN:
	case F_SETOWN:
		return 0;
	default:
		return -EINVAL;
	}
}

s64 sys_fcntl(const u64 a[6])
{
	struct file *file = fd_place(a[0]);

	if (!file)
		return -EBADF;
	switch (a[1]) {
	case F_DUPFD:
		return duplicate(file, a[2], false);
	case F_DUPFD_CLOEXEC:
		return duplicate(file, a[2], true);
	case F_GETFD:
		return fd_table_cloexec(current->files, a[0]) ? FD_CLOEXEC : 0;
	case F_SETFD:
		fd_set_cloexec(a[0], a[2] & FD_CLOEXEC);
		return 0;
	case F_GETFL:
		return file->flags;
	}
	return file->flags & O_PATH ? -EBADF : control(file, a[1], a[2]);
}

s64 sys_flock(const u64 a[6])
{
	struct file *file = fd_file(a[0]);
	s64 result;

	if (!file)
		return -EBADF;
	file_get(file); /* it may wait */
	result = lock_file(file, a[1]);
	file_put(file);
	return result;
}

/* What any file takes; all else is its own. */
static int common_ioctl(struct file *file, u32 request, u64 arg)
{
	u32 value;

	if (request == FIONBIO) {
		if (copy_from_user(&value, arg, sizeof(value)))
			return -EFAULT;
		file->flags = (file->flags & ~O_NONBLOCK) | (value ? O_NONBLOCK : 0);
		return 0;
	}
	if (request == FIONREAD && file->inode && S_ISREG(file->inode->mode)) {
		value = file->inode->size - file->pos;
		return copy_to_user(arg, &value, sizeof(value)) ? -EFAULT : 0;
	}
	return file->ops->ioctl ? file->ops->ioctl(file, request, arg) : -ENOTTY;
}

s64 sys_ioctl(const u64 a[6])
{
	struct file *file = fd_file(a[0]);
	u32 request = a[1];
	int result;

	if (!file)
		return -EBADF;
	if (request == FIOCLEX || request == FIONCLEX) {
		fd_set_cloexec(a[0], request == FIOCLEX);
		return 0;
	}
	file_get(file);
	result = common_ioctl(file, request, a[2]);
	file_put(file);
	return result;
}

s64 sys_umask(const u64 a[6])
{
	u32 old = current->fs->umask;

	current->fs->umask = a[0] & 0777;
	return old;
}

static int set_cwd(struct inode *inode, const char *path)
{
	struct fs_context *fs = current->fs;
	struct inode *old = fs->cwd;
	size_t bytes = strlen(path) + 1;
	char *copy;

	if (!S_ISDIR(inode->mode))
		return -ENOTDIR;
	copy = kmalloc(bytes);
	if (!copy)
		return -ENOMEM;
	strlcpy(copy, path, bytes);
	kfree(fs->cwd_path);
	fs->cwd_path = copy;
	fs->cwd = inode_get(inode);
	inode_put(old);
	return 0;
}

s64 sys_chdir(const u64 a[6])
{
	struct walk *walk;
	int error = walk_user(AT_FDCWD, a[0], WALK_FOLLOW, &walk);

	if (error)
		return error;
	error = set_cwd(walk->inode, walk->canon);
	walk_done(walk);
	return error;
}

s64 sys_fchdir(const u64 a[6])
{
	struct file *file = fd_place(a[0]);

	if (!file)
		return -EBADF;
	return file->inode ? set_cwd(file->inode, file->path ? file->path : "/") : -ENOTDIR;
}

s64 sys_getcwd(const u64 a[6])
{
	size_t bytes = strlen(fs_cwd_path(current->fs)) + 1;
	char *path;
	int error;

	if (current->fs->cwd->nlink == 0)
		return -ENOENT;
	if (bytes > a[1])
		return -ERANGE;
	path = kmalloc(bytes); /* copying out may sleep, and the directory be renamed */
	if (!path)
		return -ENOMEM;
	memcpy(path, fs_cwd_path(current->fs), bytes);
	error = copy_to_user(a[0], path, bytes);
	kfree(path);
	return error ? error : (s64)bytes;
}

s64 sys_pipe2(const u64 a[6])
{
	struct file *ends[2];
	int fd[2], error;

	if (a[1] & ~(u64)(O_CLOEXEC | O_NONBLOCK)) /* no packets, O_DIRECT */
		return -EINVAL;
	error = pipe_create(a[1], ends);
	if (error)
		return error;
	fd[0] = fd_install(ends[0], 0, a[1] & O_CLOEXEC);
	fd[1] = fd_install(ends[1], 0, a[1] & O_CLOEXEC);
	return fd_pair(fd, a[0]);
}
