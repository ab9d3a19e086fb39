/* Descriptor tables. */
#include "vfs.h"

#define FD_START 16u

#define CLOEXEC 1ul

static u64 *word_of(const struct fd_table *table, u32 fd)
{
	return &table->block[fd / FD_BLOCK][fd % FD_BLOCK];
}

static struct file *file_of(u64 word)
{
	return (struct file *)(word & ~CLOEXEC);
}

struct file *fd_table_file(const struct fd_table *table, u32 fd)
{
	return fd < table->nfds ? file_of(*word_of(table, fd)) : NULL;
}

struct fd_table *fd_table_create(void)
{
	struct fd_table *table = kmalloc(sizeof(*table));

	if (!table)
		return NULL;
	table->block[0] = kmalloc(FD_START * sizeof(u64));
	if (!table->block[0]) {
		kfree(table);
		return NULL;
	}
	table->nfds = FD_START;
	table->refs = 1;
	return table;
}

/* Twice as many, or from a whole block on a block more. */
static int grow(struct fd_table *table, u32 nfds)
{
	while (table->nfds < nfds) {
		bool first = table->nfds < FD_BLOCK;
		u64 *block = kmalloc(first ? 2 * table->nfds * sizeof(u64) : PAGE_SIZE);

		if (!block)
			return -ENOMEM;
		if (first) {
			memcpy(block, table->block[0], table->nfds * sizeof(u64));
			kfree(table->block[0]);
			table->block[0] = block;
			table->nfds *= 2;
		} else {
			table->block[table->nfds / FD_BLOCK] = block;
			table->nfds += FD_BLOCK;
		}
	}
	return 0;
}

static void table_free(struct fd_table *table)
{
	for (u32 i = 0; i < ARRAY_SIZE(table->block); i++)
		kfree(table->block[i]);
	kfree(table);
}

struct fd_table *fd_table_copy(struct fd_table *from)
{
	struct fd_table *table = fd_table_create();

	if (!table)
		return NULL;
	if (grow(table, from->nfds)) {
		table_free(table);
		return NULL;
	}
	for (u32 fd = 0; fd < from->nfds; fd++) {
		*word_of(table, fd) = *word_of(from, fd);
		if (fd_table_file(from, fd))
			file_get(fd_table_file(from, fd));
	}
	return table;
}

/* A table that other processes share becomes current's own. */
int fd_table_unshare(void)
{
	struct fd_table *own;

	if (current->files->refs == 1)
		return 0;
	own = fd_table_copy(current->files);
	if (!own)
		return -ENOMEM;
	fd_table_put(current->files);
	current->files = own;
	return 0;
}

static void close_slot(struct fd_table *table, u32 fd)
{
	struct file *file = fd_table_file(table, fd);

	if (file->inode && file->inode->locks)
		locks_release(file->inode, table);
	*word_of(table, fd) = 0;
	table->full = min_u64(table->full, fd);
	file_put(file);
}

void fd_table_put(struct fd_table *table)
{
	if (!table || --table->refs)
		return;
	for (u32 fd = 0; fd < table->nfds; fd++)
		if (fd_table_file(table, fd))
			close_slot(table, fd);
	table_free(table);
}

void fd_table_exec(struct fd_table *table)
{
	for (u32 fd = 0; fd < table->nfds; fd++)
		if (*word_of(table, fd) & CLOEXEC)
			close_slot(table, fd);
}

struct file *fd_place(int fd)
{
	return fd >= 0 ? fd_table_file(current->files, fd) : NULL;
}

struct file *fd_file(int fd)
{
	struct file *file = fd_place(fd);

	return file && !(file->flags & O_PATH) ? file : NULL;
}

static u64 fd_limit(void)
{
	return min_u64(rlimit(RLIMIT_NOFILE), FD_MAX);
}

static void set_slot(struct fd_table *table, u32 fd, struct file *file, bool cloexec)
{
	*word_of(table, fd) = (u64)file | (cloexec ? CLOEXEC : 0);
}

bool fd_room(void)
{
	const struct fd_table *table = current->files;
	u32 fd = table->full;

	while (fd_table_file(table, fd))
		fd++;
	return fd < fd_limit();
}

int fd_install(struct file *file, int from, bool cloexec)
{
	struct fd_table *table = current->files;
	u32 first = max_u64(from, table->full), fd = first;

	while (fd_table_file(table, fd))
		fd++;
	if (fd >= fd_limit() || (fd >= table->nfds && grow(table, fd + 1))) {
		file_put(file);
		return fd >= fd_limit() ? -EMFILE : -ENOMEM;
	}
	set_slot(table, fd, file, cloexec);
	if (first == table->full)
		table->full = fd + 1;
	return fd;
}

int fd_replace(struct file *file, u32 fd, bool cloexec)
{
	struct fd_table *table = current->files;
	struct file *old;

	if (fd >= fd_limit())
		return -EBADF;
	if (fd >= table->nfds && grow(table, fd + 1))
		return -ENOMEM;
	old = fd_table_file(table, fd);
	if (old && old->inode && old->inode->locks)
		locks_release(old->inode, table);
	set_slot(table, fd, file, cloexec);
	file_put(old);
	return fd;
}

int fd_close(u32 fd)
{
	struct fd_table *table = current->files;

	if (!fd_table_file(table, fd))
		return -EBADF;
	close_slot(table, fd);
	return 0;
}

int fd_pair(const int fd[2], u64 user)
{
	int error = fd[0] < 0 ? fd[0] : fd[1] < 0 ? fd[1] : 0;

	if (!error && copy_to_user(user, fd, 2 * sizeof(fd[0])))
		error = -EFAULT;
	for (int i = 0; error && i < 2; i++)
		if (fd[i] >= 0)
			fd_close((u32)fd[i]);
	return error;
}

bool fd_table_cloexec(const struct fd_table *table, u32 fd)
{
	return *word_of(table, fd) & CLOEXEC;
}

void fd_set_cloexec(u32 fd, bool on)
{
	set_slot(current->files, fd, fd_place(fd), on);
}
