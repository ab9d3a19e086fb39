/*
 * Pseudo-terminals: /dev/ptmx makes a pair, whose slave is a terminal at /dev/pts/N and whose master reads
 * what the slave writes and types what the slave reads.
 */
#include "mm.h"
#include "tty.h"

#define PTYS 16u
#define RING PAGE_SIZE

#define TIOCPKT	    0x5420
#define TIOCGPKT    0x80045438
#define TIOCGPTN    0x80045430
#define TIOCSPTLCK  0x40045431
#define TIOCGPTLCK  0x80045439
#define TIOCGPTPEER 0x5441

struct pty {
	struct tty tty; /* the slave */
	u32 index;
	bool master;   /* is open */
	bool was_open; /* the slave has been */
	bool locked;   /* it cannot yet be */
	bool packet; /* a read of the master begins with a byte: what `status` says, or 0 and data */
	u8 status;
	char *ring; /* what the slave wrote */
	u64 head, tail;
};

static struct pty *ptys[PTYS];
static struct superblock *pts_sb;

static struct pty *pty_of(struct tty *tty)
{
	return container_of(tty, struct pty, tty);
}

static size_t slave_send(struct tty *tty, const char *data, size_t bytes)
{
	struct pty *pty = pty_of(tty);
	size_t n = min_u64(bytes, RING - (pty->head - pty->tail));

	if (!pty->master)
		return bytes; /* nobody will ever read it */
	for (size_t i = 0; i < n; i++)
		pty->ring[pty->head++ % RING] = data[i];
	if (n) {
		wakeup(pty);
		poll_wakeup();
	}
	return n;
}

static void slave_receive(struct tty *tty)
{
	wakeup(pty_of(tty)); /* a master that waits to write */
	poll_wakeup();
}

static void slave_opened(struct tty *tty, int by)
{
	struct pty *pty = pty_of(tty);

	if (by > 0)
		pty->was_open = true;
	wakeup(pty);
	poll_wakeup();
	if (!tty->opens && !pty->master) {
		ptys[pty->index] = NULL;
		kpage_free(pty->ring);
		tty_free(tty);
		kfree(pty);
	}
}

static void slave_event(struct tty *tty, u8 event)
{
	struct pty *pty = pty_of(tty);

	if (!pty->packet)
		return;
	if (event & (TIOCPKT_STOP | TIOCPKT_START))
		pty->status &= ~(TIOCPKT_STOP | TIOCPKT_START);
	pty->status |= event;
	wakeup(pty);
	poll_wakeup();
}

static const struct line_ops pty_line = {
	.send = slave_send, .receive = slave_receive, .opened = slave_opened, .event = slave_event
};

static struct name slave_name(u32 index, char text[12])
{
	return (struct name){ text, format_to(text, 12, "%u", index) };
}

static bool slaves_gone(const struct pty *pty)
{
	return pty->was_open && !pty->tty.opens;
}

static s64 master_read(struct file *file, struct iter *to, s64 *pos)
{
	struct pty *pty = file->data;
	s64 done = 0;

	(void)pos;
	while (to->left && pty->head == pty->tail && !pty->status) {
		if (slaves_gone(pty))
			return -EIO;
		if (file->flags & O_NONBLOCK)
			return -EAGAIN;
		if (sleep_on(pty, true))
			return -ERESTARTSYS;
	}
	if (to->left && pty->packet) {
		u8 first = pty->status;

		pty->status = 0;
		if (iter_put(to, &first, 1))
			return -EFAULT;
		done = 1;
		if (first)
			return done;
	}
	while (to->left && pty->head != pty->tail) {
		struct user_pin pin;
		int error = iter_pin(to, &pin, true);
		size_t n;

		if (error)
			return done ? done : error;
		n = min_u64(pin.bytes, pty->head - pty->tail);
		for (size_t i = 0; i < n; i++)
			((char *)pin.data)[i] = pty->ring[pty->tail++ % RING];
		iter_unpin(to, &pin, n);
		done += n;
	}
	tty_writable(&pty->tty);
	return done;
}

static size_t type(void *device, const char *data, size_t bytes)
{
	return tty_input(&((struct pty *)device)->tty, data, bytes);
}

static s64 master_write(struct file *file, struct iter *from, s64 *pos)
{
	(void)pos;
	return device_write(file, from, file->data, type, NULL);
}

static unsigned master_poll(struct file *file)
{
	struct pty *pty = file->data;
	bool data = pty->head != pty->tail;

	return POLL_OUT | (data || pty->status ? POLL_IN : 0) | (pty->status ? POLL_PRI : 0) |
	       (slaves_gone(pty) ? POLL_HUP : 0);
}

static int open_peer(struct pty *pty, int flags)
{
	char text[12];
	struct inode *inode;
	struct file *file;
	int error;

	error = pts_sb->root->ops->lookup(pts_sb->root, slave_name(pty->index, text), &inode);
	if (error)
		return error;
	error = inode_open(inode, flags, NULL, &file);
	inode_put(inode);
	return error ? error : fd_install(file, 0, flags & O_CLOEXEC);
}

static int master_ioctl(struct file *file, unsigned request, u64 arg)
{
	struct pty *pty = file->data;
	u32 value = request == TIOCGPKT ? pty->packet : pty->locked;

	switch (request) {
	case TIOCGPTN:
		return copy_to_user(arg, &pty->index, sizeof(pty->index)) ? -EFAULT : 0;
	case TIOCSPTLCK:
	case TIOCPKT:
		if (copy_from_user(&value, arg, sizeof(value)))
			return -EFAULT;
		*(request == TIOCPKT ? &pty->packet : &pty->locked) = value != 0;
		pty->status = 0;
		return 0;
	case TIOCGPTLCK:
	case TIOCGPKT:
		return copy_to_user(arg, &value, sizeof(value)) ? -EFAULT : 0;
	case TIOCGPTPEER:
		return open_peer(pty, arg);
	default:
		return tty_control(&pty->tty, request, arg, true);
	}
}

static void master_release(struct file *file)
{
	struct pty *pty = file->data;
	struct inode *root = pts_sb->root, *inode;
	char text[12];
	struct name name = slave_name(pty->index, text);

	sleeplock_acquire(&pts_sb->names);
	if (root->ops->lookup(root, name, &inode) == 0) {
		root->ops->unlink(root, name, inode);
		inode_put(inode);
	}
	sleeplock_release(&pts_sb->names);
	pty->master = false;
	tty_hangup(&pty->tty);
	slave_opened(&pty->tty, 0);
}

static const struct file_ops master_fops = {
	.read = master_read,
	.write = master_write,
	.ioctl = master_ioctl,
	.poll = master_poll,
	.release = master_release,
};

static struct pty *pty_new(void)
{
	struct pty *pty;
	u32 index = 0;

	while (index < PTYS && ptys[index])
		index++;
	if (index == PTYS || !pts_sb)
		return NULL;
	pty = kmalloc(sizeof(*pty));
	if (!pty)
		return NULL;
	pty->ring = kpage_alloc();
	if (!pty->ring) {
		kfree(pty);
		return NULL;
	}
	pty->index = index;
	pty->master = pty->locked = true;
	tty_attach(&pty->tty, &pty_line, DEV_PTS(index));
	tty_resize(&pty->tty, 0, 0);
	pty->tty.termios.iflag &= ~IUTF8;
	pty->tty.termios.cflag &= ~(HUPCL | CLOCAL);
	ptys[index] = pty;
	return pty;
}

int ptmx_open(struct inode *inode, int flags, struct file **file)
{
	struct pty *pty = pty_new();
	struct inode *slave;
	char text[12];
	int error;

	if (!pty)
		return -ENOSPC;
	*file = file_new(&master_fops, inode, flags);
	if (!*file) {
		pty->master = false;
		slave_opened(&pty->tty, 0);
		return -ENOMEM;
	}
	(*file)->data = pty;
	sleeplock_acquire(&pts_sb->names);
	error = pts_sb->root->ops->create(pts_sb->root, slave_name(pty->index, text),
					  S_IFCHR | 0620, DEV_PTS(pty->index), &slave);
	sleeplock_release(&pts_sb->names);
	if (error)
		file_put(*file);
	else
		inode_put(slave);
	return error;
}

int pts_open(u32 index, struct inode *inode, int flags, struct file **file)
{
	if (index >= PTYS || !ptys[index] || !ptys[index]->master || ptys[index]->locked)
		return -EIO;
	return tty_open(&ptys[index]->tty, inode, flags, file);
}

struct superblock *devpts_mount(void)
{
	return pts_sb = memory_mount("devpts", 0x17, 0755);
}
