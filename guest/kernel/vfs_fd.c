/* Descriptor tables. */
#include "vfs.h"

#define FD_START 16u

struct fd_table *fd_table_create(void)
{
	struct fd_table *table = kmalloc(sizeof(*table));

	if (!table)
		return NULL;
	table->file = kmalloc(FD_START * sizeof(table->file[0]));
	if (!table->file) {
		kfree(table);
		return NULL;
	}
	table->nfds = FD_START;
	table->refs = 1;
	return table;
}

static int grow(struct fd_table *table, u32 nfds)
{
	struct file **file;
	u32 size = table->nfds;

	while (size < nfds)
		size *= 2;
	file = kmalloc(size * sizeof(file[0]));
	if (!file)
		return -ENOMEM;
	memcpy(file, table->file, table->nfds * sizeof(file[0]));
	kfree(table->file);
	table->file = file;
	table->nfds = size;
	return 0;
}

struct fd_table *fd_table_copy(struct fd_table *from)
{
	struct fd_table *table = fd_table_create();

	if (!table)
		return NULL;
	if (table->nfds < from->nfds && grow(table, from->nfds)) {
		fd_table_put(table);
		return NULL;
	}
	for (u32 fd = 0; fd < from->nfds; fd++)
		if (from->file[fd])
			table->file[fd] = file_get(from->file[fd]);
	memcpy(table->cloexec, from->cloexec, sizeof(table->cloexec));
	return table;
}

static void close_slot(struct fd_table *table, u32 fd)
{
	struct file *file = table->file[fd];

	if (file->inode && file->inode->locks)
		locks_release(file->inode, table);
	table->file[fd] = NULL;
	table->cloexec[fd / 64] &= ~(1ull << (fd % 64));
	file_put(file);
}

void fd_table_put(struct fd_table *table)
{
	if (!table || --table->refs)
		return;
	for (u32 fd = 0; fd < table->nfds; fd++)
		if (table->file[fd])
			close_slot(table, fd);
	kfree(table->file);
	kfree(table);
}

void fd_table_exec(struct fd_table *table)
{
	for (u32 fd = 0; fd < table->nfds; fd++)
		if (table->file[fd] && (table->cloexec[fd / 64] >> (fd % 64) & 1))
			close_slot(table, fd);
}

struct file *fd_file(int fd)
{
	struct fd_table *table = current->files;

	return fd >= 0 && (u32)fd < table->nfds ? table->file[fd] : NULL;
}

static u64 fd_limit(void)
{
	return min_u64(rlimit(RLIMIT_NOFILE), FD_MAX);
}

static void set_slot(struct fd_table *table, u32 fd, struct file *file, bool cloexec)
{
	u64 bit = 1ull << (fd % 64);

	table->file[fd] = file;
	table->cloexec[fd / 64] = (table->cloexec[fd / 64] & ~bit) | (cloexec ? bit : 0);
}

int fd_install(struct file *file, int from, bool cloexec)
{
	struct fd_table *table = current->files;
	u32 fd = from;

	while (fd < table->nfds && table->file[fd])
		fd++;
	if (fd >= fd_limit())
		return -EMFILE;
	if (fd >= table->nfds && grow(table, fd + 1))
		return -ENOMEM;
	set_slot(table, fd, file, cloexec);
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
	old = table->file[fd];
	if (old && old->inode && old->inode->locks)
		locks_release(old->inode, table);
	set_slot(table, fd, file, cloexec);
	file_put(old);
	return fd;
}

int fd_close(u32 fd)
{
	struct fd_table *table = current->files;

	if (fd >= table->nfds || !table->file[fd])
		return -EBADF;
	close_slot(table, fd);
	return 0;
}

bool fd_cloexec(u32 fd)
{
	return current->files->cloexec[fd / 64] >> (fd % 64) & 1;
}

void fd_set_cloexec(u32 fd, bool on)
{
	set_slot(current->files, fd, current->files->file[fd], on);
}
