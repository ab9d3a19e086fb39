/*
 * Files that stand nowhere: epoll, eventfd, timerfd, signalfd, pidfd and sockets.  They share two inodes,
 * which nobody can change, so that fstat has an answer.
 */
#include "vfs.h"

static void forget(struct inode *inode)
{
	(void)inode;
}

static const struct super_ops anonfs_ops = { .forget = forget };
static const struct inode_ops no_ops;
static struct superblock anonfs = { .ops = &anonfs_ops,
				    .type = "anon_inodefs",
				    .magic = 0x09041934,
				    .device = 0xe,
				    .in_memory = true,
				    .read_only = true };

static struct inode *anon_inode(u32 number, u32 mode)
{
	struct inode *inode = inode_new(&anonfs, number);

	if (inode && !inode->ops) {
		inode->ops = &no_ops;
		inode->mode = mode;
		inode->nlink = 1;
		inode->device = anonfs.device;
	}
	return inode;
}

static struct file *anon_file(const struct file_ops *ops, void *data, const char *name, u32 flags)
{
	bool socket = !name;
	struct inode *inode = socket ? anon_inode(2, S_IFSOCK | 0777) : anon_inode(1, 0600);
	struct file *file = inode ? file_new(ops, inode, flags) : NULL;

	inode_put(inode);
	if (!file)
		return NULL;
	file->data = data;
	file->anon = name;
	return file;
}

int anon_install(const struct file_ops *ops, void *data, const char *name, u32 flags)
{
	struct file *file = data ? anon_file(ops, data, name, flags) : NULL;
	struct file unborn = { .data = data };

	if (file)
		return fd_install(file, 0, flags & O_CLOEXEC);
	if (data)
		ops->release(&unborn);
	return -ENOMEM;
}

void *anon_data(int fd, const struct file_ops *ops, int *error)
{
	struct file *file = fd_file(fd);

	*error = !file ? -EBADF : file->ops != ops ? -EINVAL : 0;
	return *error ? NULL : file->data;
}

/* Waits for `channel` unless the file does not: 0 look again, or -errno. */
int wait_for_file(const struct file *file, const void *channel)
{
	if (file->flags & O_NONBLOCK)
		return -EAGAIN;
	return sleep_on(channel, true) ? -ERESTARTSYS : 0;
}
