/* Character devices by number: the memory devices, and the way to the others. */
#include "device.h"
#include "mm.h"

static s64 null_read(struct file *file, struct iter *to, s64 *pos)
{
	(void)file;
	(void)to;
	(void)pos;
	return 0;
}

static s64 null_write(struct file *file, struct iter *from, s64 *pos)
{
	s64 bytes = from->left;

	(void)file;
	(void)pos;
	from->left = 0;
	return bytes;
}

static s64 full_write(struct file *file, struct iter *from, s64 *pos)
{
	(void)file;
	(void)pos;
	return from->left ? -ENOSPC : 0;
}

static s64 zero_read(struct file *file, struct iter *to, s64 *pos)
{
	static const char zeros[256];
	size_t wanted = to->left;
	int error = 0;

	(void)file;
	(void)pos;
	while (to->left && !error && !current->killed)
		error = iter_put(to, zeros, min_u64(to->left, sizeof(zeros)));
	return wanted > to->left ? (s64)(wanted - to->left) : error;
}

static s64 random_read(struct file *file, struct iter *to, s64 *pos)
{
	size_t wanted = to->left;
	char bytes[64];
	int error = 0;

	(void)file;
	(void)pos;
	while (to->left && !error && !current->killed) {
		size_t n = min_u64(to->left, sizeof(bytes));

		random_bytes(bytes, n);
		error = iter_put(to, bytes, n);
	}
	return wanted > to->left ? (s64)(wanted - to->left) : error;
}

static s64 no_seek(struct file *file, s64 offset, int whence)
{
	(void)offset;
	(void)whence;
	return file->pos = 0;
}

static const struct file_ops null_fops = { .read = null_read,
					   .write = null_write,
					   .seek = no_seek };
static const struct file_ops zero_fops = { .read = zero_read,
					   .write = null_write,
					   .seek = no_seek };
static const struct file_ops full_fops = { .read = zero_read,
					   .write = full_write,
					   .seek = no_seek };
static const struct file_ops random_fops = { .read = random_read,
					     .write = null_write,
					     .seek = no_seek };

s64 device_write(struct file *file, struct iter *from, const void *channel,
		 size_t (*take)(void *device, const char *data, size_t bytes),
		 int (*refused)(const void *device))
{
	s64 done = 0;
	int error = 0;

	while (from->left && !error && !current->killed) {
		struct user_pin pin;
		size_t n = 0;

		error = refused ? refused(file->data) : 0;
		if (!error)
			error = iter_pin(from, &pin, false);
		if (error)
			break;
		n = take(file->data, pin.data, pin.bytes);
		iter_unpin(from, &pin, n);
		done += n;
		if (!n)
			error = wait_for_file(file, channel);
	}
	return done ? done : error;
}

static int plain(const struct file_ops *ops, struct inode *inode, int flags, struct file **file)
{
	*file = file_new(ops, inode, flags);
	return *file ? 0 : -ENOMEM;
}

int device_open(struct inode *inode, int flags, struct file **file)
{
	switch (inode->rdev) {
	case DEV_NULL:
		return plain(&null_fops, inode, flags, file);
	case DEV_ZERO:
		return plain(&zero_fops, inode, flags, file);
	case DEV_FULL:
		return plain(&full_fops, inode, flags, file);
	case DEV_RANDOM:
	case DEV_URANDOM:
		return plain(&random_fops, inode, flags, file);
	case DEV_TTY:
		return current->tty ? tty_open(current->tty, inode, flags, file) : -ENXIO;
	case DEV_CONSOLE:
		return tty_open(tty_attached(&port_tty) ? &port_tty : &uart_tty, inode, flags,
				file);
	case DEV_TTYS0:
		return tty_open(&uart_tty, inode, flags, file);
	case DEV_PTMX:
		return ptmx_open(inode, flags, file);
	case DEV_HVC0:
		return tty_open(&port_tty, inode, flags, file);
	}
	if (inode->rdev >> 8 == DEV_PTS(0) >> 8)
		return pts_open(inode->rdev & 0xff, inode, flags, file);
	if (inode->rdev >> 8 == DEV_VPORT(0) >> 8)
		return port_open(inode->rdev & 0xff, inode, flags, file);
	return -ENXIO;
}
