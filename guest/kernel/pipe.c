/*
 * Pipes and FIFOs: a ring of 64 KiB, or what F_SETPIPE_SZ asks for, in pages that are taken as they are
 * written to and given back as they are read.  All pipes together have a limit, for these pages cannot be
 * swapped out; a pipe that gets no further page is full for the moment, but an empty one always has one.
 */
#include "mm.h"
#include "vfs.h"

#define PIPE_PAGES 16u	/* unless asked for otherwise */
#define PIPE_MOST  256u /* Linux's limit as well: 1 MiB */
#define PIPE_BUF   4096u

struct pipe {
	char **page;	/* slots, a power of two: NULL where nothing is */
	u64 head, tail; /* bytes ever written and read */
	u32 slots, npages;
	u32 readers, writers;
	u32 reads, writes;   /* how often an end was opened */
	u32 filled, drained; /* how often something came and went */
	struct inode *inode; /* of a FIFO: whose inode->pipe this is */
};

static u32 pipe_pages; /* of all pipes */
static u32 last_number;

static u32 page_limit(void)
{
	return max_u64(nframes / 32, PIPE_PAGES);
}

static struct pipe *pipe_new(struct inode *inode)
{
	struct pipe *pipe = kmalloc(sizeof(*pipe));

	if (!pipe)
		return NULL;
	pipe->page = kmalloc(PIPE_PAGES * sizeof(*pipe->page));
	if (!pipe->page || !(pipe->page[0] = kpage_alloc())) {
		kfree(pipe->page);
		kfree(pipe);
		return NULL;
	}
	pipe->slots = PIPE_PAGES;
	pipe->npages = 1;
	pipe_pages++;
	pipe->inode = inode;
	inode->pipe = pipe;
	return pipe;
}

static void pipe_destroy(struct pipe *pipe)
{
	for (u32 i = 0; i < pipe->slots; i++)
		kpage_free(pipe->page[i]);
	kfree(pipe->page);
	pipe_pages -= pipe->npages;
	pipe->inode->pipe = NULL;
	kfree(pipe);
}

/* The page of this byte. */
static char **slot(const struct pipe *pipe, u64 at)
{
	return &pipe->page[at / PAGE_SIZE % pipe->slots];
}

/* The pages for `bytes` more at the head.  False: not now. */
static bool make_room(struct pipe *pipe, size_t bytes)
{
	if (pipe->head + bytes - ROUND_DOWN(pipe->tail, PAGE_SIZE) > pipe->slots * PAGE_SIZE)
		return false;
	for (u64 at = pipe->head; at < pipe->head + bytes;
	     at = ROUND_DOWN(at, PAGE_SIZE) + PAGE_SIZE) {
		if (*slot(pipe, at))
			continue;
		if (pipe_pages >= page_limit())
			return false;
		*slot(pipe, at) = kpage_alloc();
		if (!*slot(pipe, at))
			return false;
		pipe->npages++;
		pipe_pages++;
	}
	return true;
}

static void put(struct pipe *pipe, const char *data, size_t bytes)
{
	while (bytes) {
		u64 offset = pipe->head % PAGE_SIZE;
		size_t n = min_u64(bytes, PAGE_SIZE - offset);

		memcpy(*slot(pipe, pipe->head) + offset, data, n);
		pipe->head += n;
		data += n;
		bytes -= n;
	}
}

static void drop(struct pipe *pipe, char **page)
{
	if (!*page)
		return;
	kpage_free(*page);
	*page = NULL;
	pipe->npages--;
	pipe_pages--;
}

/* A page that has been read out goes back; an empty pipe begins anew with one. */
static void shrink(struct pipe *pipe, char **read)
{
	char *kept = *read;

	if (pipe->tail != pipe->head) {
		if (pipe->tail % PAGE_SIZE == 0)
			drop(pipe, read);
		return;
	}
	*read = NULL;
	for (u32 i = 0; pipe->npages > 1; i++)
		drop(pipe, &pipe->page[i]);
	pipe->page[0] = kept;
	pipe->tail = pipe->head = 0;
}

static void changed(struct pipe *pipe, bool came, bool went)
{
	pipe->filled += came;
	pipe->drained += went;
	wakeup(pipe);
	poll_wakeup();
}

/* The next piece from `ahead` bytes behind the tail: how much that was. */
static s64 read_piece(struct pipe *pipe, struct iter *to, u64 ahead, bool peek)
{
	struct user_pin pin;
	u64 from, offset;
	char **page;
	s64 n = 0;
	int error = iter_pin(to, &pin, true);

	if (error)
		return error;
	from = pipe->tail + ahead; /* pinning may have slept, and another reader taken all */
	offset = from % PAGE_SIZE;
	page = slot(pipe, from);
	if (from < pipe->head)
		n = (s64)min_u64(min_u64(pin.bytes, pipe->head - from), PAGE_SIZE - offset);
	if (n)
		memcpy(pin.data, *page + offset, (size_t)n);
	if (n && !peek) {
		pipe->tail += (u64)n;
		shrink(pipe, page);
		changed(pipe, false, true);
	}
	iter_unpin(to, &pin, (size_t)n);
	return n;
}

static s64 pipe_read(struct file *file, struct iter *to, s64 *pos)
{
	struct pipe *pipe = file->data;
	bool peek = file->flags & FILE_PEEK;
	s64 done = 0, n;

	(void)pos;
	while (to->left) {
		if (pipe->head - pipe->tail > (peek ? (u64)done : 0)) {
			n = read_piece(pipe, to, peek ? (u64)done : 0, peek);
			done += n > 0 ? n : 0;
		} else if (done || !pipe->writers) {
			break;
		} else {
			n = wait_for_file(file, pipe);
		}
		if (n < 0)
			return done ? done : n;
	}
	return done;
}

static s64 write_gathered(struct file *file, struct iter *from);

static s64 broken(const struct file *file, s64 done)
{
	if (done)
		return done;
	if (!(file->flags & FILE_NO_SIGPIPE))
		signal_send(current, SIGPIPE);
	return -EPIPE;
}

/* Two pieces of user memory at most cover PIPE_BUF bytes, which go in at once or not at all. */
static int pin_both(struct iter *from, struct user_pin pin[2], size_t want)
{
	int error = iter_pin(from, &pin[0], false);
	struct iter rest = *from;

	pin[1].bytes = 0;
	want = min_u64(want, iter_here(from));
	if (error || pin[0].bytes >= want || from->kernel)
		return error;
	rest.user += pin[0].bytes;
	rest.left -= pin[0].bytes;
	error = iter_pin(&rest, &pin[1], false);
	if (error)
		iter_unpin(from, &pin[0], 0);
	return error;
}

/* As much of the source's next piece as fits: how much that was. */
static s64 write_piece(struct pipe *pipe, struct iter *from, bool atomic)
{
	size_t want = min_u64(from->left, PIPE_BUF), first, second;
	struct user_pin pin[2];
	s64 n = 0;
	int error = pin_both(from, pin, want);

	if (error)
		return error;
	first = min_u64(pin[0].bytes, want);
	second = min_u64(pin[1].bytes, want - first);
	/* Pinning may have slept: only now is it certain. */
	if (pipe->readers && make_room(pipe, first + second)) {
		put(pipe, pin[0].data, first);
		if (second)
			put(pipe, pin[1].data, second);
		n = first + second;
	} else if (pipe->readers && !atomic) {
		n = PAGE_SIZE - pipe->head % PAGE_SIZE; /* what is left of the last page */
		n = min_u64(n, first);
		if (make_room(pipe, n))
			put(pipe, pin[0].data, n);
		else
			n = 0;
	}
	if (pin[1].bytes)
		iter_unpin(from, &pin[1], 0);
	iter_unpin(from, &pin[0], n);
	return n;
}

static s64 pipe_write(struct file *file, struct iter *from, s64 *pos)
{
	struct pipe *pipe = file->data;
	bool atomic = from->left <= PIPE_BUF;
	s64 done = 0;

	if (atomic && from->later)
		return write_gathered(file, from);
	(void)pos;
	while (from->left && !current->killed) {
		s64 n;

		if (!pipe->readers)
			return broken(file, done);
		n = write_piece(pipe, from, atomic);
		if (n < 0)
			return done ? done : n;
		done += n;
		if (n)
			changed(pipe, true, false);
		else if (!pipe->readers)
			continue;
		else if (file->flags & O_NONBLOCK)
			return done ? done : -EAGAIN;
		else if (sleep_on(pipe, true))
			return done ? done : -ERESTARTSYS;
	}
	return done;
}

/* Several pieces that must go in at once are put together first. */
static s64 write_gathered(struct file *file, struct iter *from)
{
	char *buffer = kpage_alloc();
	struct iter whole = { .kernel = buffer, .left = from->left };
	s64 done = buffer ? iter_get(from, buffer, from->left) : -ENOMEM;

	if (!done)
		done = pipe_write(file, &whole, NULL);
	kpage_free(buffer);
	return done;
}

static int pipe_ioctl(struct file *file, unsigned request, u64 arg)
{
	struct pipe *pipe = file->data;
	u32 bytes = pipe->head - pipe->tail;

	if (request != FIONREAD)
		return -ENOTTY;
	return copy_to_user(arg, &bytes, sizeof(bytes)) ? -EFAULT : 0;
}

static unsigned pipe_poll(struct file *file)
{
	struct pipe *pipe = file->data;
	u32 access = file->flags & O_ACCMODE;
	unsigned mask = 0;

	if (access != O_WRONLY)
		mask |= (pipe->head != pipe->tail ? POLL_IN : 0) |
			(!pipe->writers && pipe->writes ? POLL_HUP : 0);
	if (access != O_RDONLY)
		mask |= (make_room(pipe, PIPE_BUF) ? POLL_OUT : 0) |
			(!pipe->readers ? POLL_ERR : 0);
	return mask;
}

static void count_ends(struct pipe *pipe, u32 access, int by)
{
	if (access != O_WRONLY)
		pipe->readers += by;
	if (access != O_RDONLY)
		pipe->writers += by;
	if (by > 0 && access != O_WRONLY)
		pipe->reads++;
	if (by > 0 && access != O_RDONLY)
		pipe->writes++;
	changed(pipe, access != O_RDONLY, access != O_WRONLY);
}

static u64 pipe_news(struct file *file)
{
	struct pipe *pipe = file->data;
	u32 access = file->flags & O_ACCMODE;

	return NEWS(access == O_WRONLY ? 0 : pipe->filled, access == O_RDONLY ? 0 : pipe->drained);
}

static void pipe_release(struct file *file)
{
	struct pipe *pipe = file->data;

	count_ends(pipe, file->flags & O_ACCMODE, -1);
	if (!pipe->readers && !pipe->writers)
		pipe_destroy(pipe);
}

static const struct file_ops pipe_fops = {
	.read = pipe_read,
	.write = pipe_write,
	.ioctl = pipe_ioctl,
	.poll = pipe_poll,
	.news = pipe_news,
	.release = pipe_release,
};

static struct file *open_end(struct pipe *pipe, struct inode *inode, u32 flags)
{
	struct file *file = file_new(&pipe_fops, inode, flags);

	if (file) {
		file->data = pipe;
		count_ends(pipe, flags & O_ACCMODE, 1);
	}
	return file;
}

/* ---- F_GETPIPE_SZ, F_SETPIPE_SZ ---- */

static struct pipe *pipe_of(struct file *file)
{
	return file->inode && S_ISFIFO(file->inode->mode) ? file->data : NULL;
}

s64 pipe_size(struct file *file)
{
	struct pipe *pipe = pipe_of(file);

	return pipe ? (s64)(pipe->slots * PAGE_SIZE) : -EBADF;
}

s64 pipe_resize(struct file *file, u64 bytes)
{
	struct pipe *pipe = pipe_of(file);
	u64 first, used;
	u32 slots = 1, old;
	char **page, **old_page;

	if (!pipe)
		return -EBADF;
	while (slots * PAGE_SIZE < bytes && slots <= PIPE_MOST)
		slots *= 2;
	if (slots > PIPE_MOST)
		return bytes >> 31 ? -EINVAL : -EPERM;
	first = ROUND_DOWN(pipe->tail, PAGE_SIZE);
	used = pipe->head - first; /* both are 0 in an empty one */
	if (used > slots * PAGE_SIZE)
		return -EBUSY;
	page = kmalloc(slots * sizeof(*page));
	if (!page)
		return -ENOMEM;
	old = pipe->slots;
	old_page = pipe->page;
	for (u32 i = 0; i < slots && i < old; i++) { /* what lies behind is not there */
		u64 at = first / PAGE_SIZE + i;

		page[at % slots] = old_page[at % old];
		old_page[at % old] = NULL;
	}
	for (u32 i = 0; i < old; i++)
		drop(pipe, &old_page[i]);
	kfree(old_page);
	pipe->page = page;
	pipe->slots = slots;
	changed(pipe, false, true);
	return slots * PAGE_SIZE;
}

/* ---- opening ---- */

static void forget(struct inode *inode)
{
	(void)inode;
}

static const struct super_ops pipefs_ops = { .forget = forget };
static struct superblock pipefs = { .ops = &pipefs_ops,
				    .type = "pipefs",
				    .magic = 0x50495045,
				    .device = 0xd,
				    .in_memory = true,
				    .transient = true };
static const struct inode_ops no_ops;

static struct inode *pipe_inode(void)
{
	struct inode *inode = inode_new(&pipefs, ++last_number);

	if (!inode)
		return NULL;
	inode->ops = &no_ops;
	inode->mode = S_IFIFO | 0600;
	inode->nlink = 1;
	inode->device = pipefs.device;
	inode->atime = inode->mtime = inode->ctime = time_realtime_ns();
	return inode;
}

/* A named pipe: each end waits for the other, except that O_RDWR and O_NONBLOCK do not.  A pipe
 * without a name, opened anew through /proc, waits for nobody: its writers may long be gone. */
int fifo_open(struct inode *inode, int flags, struct file **file)
{
	struct pipe *pipe = inode->pipe ? inode->pipe : pipe_new(inode);
	u32 access = flags & O_ACCMODE, seen;
	bool named = inode->sb != &pipefs;

	if (!pipe)
		return -ENOMEM;
	if (named && access == O_WRONLY && (flags & O_NONBLOCK) && !pipe->readers) {
		if (!pipe->writers)
			pipe_destroy(pipe);
		return -ENXIO;
	}
	*file = open_end(pipe, inode, flags);
	if (!*file) {
		if (!pipe->readers && !pipe->writers)
			pipe_destroy(pipe);
		return -ENOMEM;
	}
	if (!named || access == O_RDWR || (flags & O_NONBLOCK))
		return 0;
	seen = access == O_RDONLY ? pipe->writes : pipe->reads;
	while (!(access == O_RDONLY ? pipe->writers : pipe->readers) &&
	       seen == (access == O_RDONLY ? pipe->writes : pipe->reads)) {
		if (sleep_on(pipe, true)) {
			file_put(*file);
			return -ERESTARTSYS;
		}
	}
	return 0;
}

int pipe_create(int flags, struct file *ends[2])
{
	struct inode *inode = pipe_inode();
	struct pipe *pipe = inode ? pipe_new(inode) : NULL;

	ends[0] = pipe ? open_end(pipe, inode, (flags & O_NONBLOCK) | O_RDONLY) : NULL;
	ends[1] = ends[0] ? open_end(pipe, inode, (flags & O_NONBLOCK) | O_WRONLY) : NULL;
	if (!ends[0] && pipe)
		pipe_destroy(pipe);
	else if (!ends[1])
		file_put(ends[0]);
	inode_put(inode);
	return ends[1] ? 0 : -ENFILE;
}
