/*
 * /proc: the tree of names.  Nothing is stored: an inode is made when it is looked up and goes with its last
 * reference; its number says what it is.
 */
#include "procfs.h"

#define ROOT_INO       1u
#define SYSTEM_INO     2u /* + row of proc_system */
#define PID_SHIFT      14 /* pid << PID_SHIFT, + 1 + row of proc_process, or: */
#define INO_FDINFO_DIR 253u
#define INO_TASK       254u
#define INO_FD_DIR     255u
#define INO_FD	       4096u /* + descriptor */
#define INO_FDINFO     8192u /* + descriptor */
#define INO_IN_PID     16383u

static struct superblock proc_sb;
static const struct inode_ops directory_ops, link_ops, text_link_ops, text_ops;
static const struct file_ops text_fops;

static struct proc *proc_of(const struct inode *inode)
{
	return proc_find(inode->number >> PID_SHIFT);
}

static const struct proc_entry descriptor = { .show = proc_show_descriptor };

static const struct proc_entry *entry_of(const struct inode *inode)
{
	u32 in_pid = inode->number & INO_IN_PID;

	if (inode->number >> PID_SHIFT == 0)
		return &proc_system[inode->number - SYSTEM_INO];
	if (in_pid >= INO_FDINFO)
		return &descriptor;
	return in_pid && in_pid <= proc_process_count ? &proc_process[in_pid - 1] : NULL;
}

static int make(u32 number, u32 mode, struct inode **made)
{
	struct inode *inode = inode_new(&proc_sb, number);

	if (!inode)
		return -ENOMEM;
	if (!inode->ops) {
		inode->mode = mode;
		inode->nlink = S_ISDIR(mode) ? 2 : 1;
		inode->device = proc_sb.device;
		inode->atime = inode->mtime = inode->ctime = time_realtime_ns();
		inode->ops = S_ISDIR(mode)	   ? &directory_ops
			     : !S_ISLNK(mode)	   ? &text_ops
			     : number >> PID_SHIFT ? &link_ops
						   : &text_link_ops;
		inode->fops = S_ISDIR(mode) ? &directory_fops : &text_fops;
	}
	*made = inode;
	return 0;
}

/* ---- look-up ---- */

static int number_of(struct name name)
{
	u32 number = 0;

	if (!name.bytes || name.bytes > 6 || (name.text[0] == '0' && name.bytes > 1))
		return -1;
	for (u32 i = 0; i < name.bytes; i++) {
		if (name.text[i] < '0' || name.text[i] > '9')
			return -1;
		number = number * 10 + (name.text[i] - '0');
	}
	return number;
}

/* The directory of this number, as its entries name it. */
static const char *directory_name(u32 number)
{
	return number == ROOT_INO ? NULL : proc_system[number - SYSTEM_INO].name;
}

static bool is_in(const struct proc_entry *entry, const char *directory)
{
	return directory && entry->within ? strcmp(entry->within, directory) == 0
					  : directory == entry->within;
}

static int lookup_system(struct inode *dir, struct name name, struct inode **found)
{
	const char *directory = directory_name(dir->number);
	int pid = directory ? -1 : number_of(name);

	if (name_is(name, "..")) {
		const char *above = directory ? entry_of(dir)->within : NULL;

		for (u32 i = 0; above && i < proc_system_count; i++)
			if (strcmp(proc_system[i].name, above) == 0)
				return make(SYSTEM_INO + i, proc_system[i].mode, found);
		return make(ROOT_INO, S_IFDIR | 0555, found);
	}
	if (pid > 0)
		return proc_find(pid) ? make((u32)pid << PID_SHIFT, S_IFDIR | 0555, found)
				      : -ENOENT;
	for (u32 i = 0; i < proc_system_count; i++)
		if (is_in(&proc_system[i], directory) && name_is(name, proc_system[i].name))
			return make(SYSTEM_INO + i, proc_system[i].mode, found);
	return -ENOENT;
}

static int lookup_process(struct inode *dir, struct name name, struct inode **found)
{
	if (name_is(name, ".."))
		return make(ROOT_INO, S_IFDIR | 0555, found);
	if (!proc_of(dir))
		return -ENOENT;
	if (name_is(name, "fd"))
		return make(dir->number | INO_FD_DIR, S_IFDIR | 0500, found);
	if (name_is(name, "fdinfo"))
		return make(dir->number | INO_FDINFO_DIR, S_IFDIR | 0500, found);
	if (name_is(name, "task"))
		return make(dir->number | INO_TASK, S_IFDIR | 0555, found);
	for (u32 i = 0; i < proc_process_count; i++)
		if (name_is(name, proc_process[i].name))
			return make(dir->number + 1 + i, proc_process[i].mode, found);
	return -ENOENT;
}

static struct file *open_file(struct proc *proc, u32 fd)
{
	return proc && proc->files ? fd_table_file(proc->files, fd) : NULL;
}

static int lookup_below(struct inode *dir, struct name name, struct inode **found)
{
	struct proc *proc = proc_of(dir), *thread;
	u32 own = dir->number & ~INO_IN_PID, access;
	int number = number_of(name);
	struct file *file;

	if (name_is(name, ".."))
		return make(own, S_IFDIR | 0555, found);
	if (number < 0)
		return -ENOENT;
	if ((dir->number & INO_IN_PID) == INO_TASK) {
		thread = proc_find(number);
		return proc && thread && thread->tgid == proc->tgid
			       ? make((u32)number << PID_SHIFT, S_IFDIR | 0555, found)
			       : -ENOENT;
	}
	file = open_file(proc, number);
	if (!file)
		return -ENOENT;
	if ((dir->number & INO_IN_PID) == INO_FDINFO_DIR)
		return make(own | INO_FDINFO | number, S_IFREG | 0400, found);
	access = file->flags & O_ACCMODE; /* r and w say how it is open */
	return make(own | INO_FD | number,
		    S_IFLNK | 0100 | (access != O_WRONLY ? 0400 : 0) |
			    (access != O_RDONLY ? 0200 : 0),
		    found);
}

static int lookup(struct inode *dir, struct name name, struct inode **found)
{
	if (dir->number >> PID_SHIFT == 0)
		return lookup_system(dir, name, found);
	return dir->number & INO_IN_PID ? lookup_below(dir, name, found)
					: lookup_process(dir, name, found);
}

/* ---- listing ---- */

static bool emit(struct dir_sink *sink, s64 *pos, const char *name, u64 ino, u32 mode)
{
	if (!sink->emit(sink, name, strlen(name), ino, S_TYPE(mode) >> 12, *pos + 1))
		return false;
	++*pos;
	return true;
}

static bool emit_number(struct dir_sink *sink, s64 *pos, s64 next, u32 number, u64 ino, u32 mode)
{
	char name[12];

	*pos = next;
	format_to(name, sizeof(name), "%u", number);
	return emit(sink, pos, name, ino, mode);
}

static bool emit_entries(struct dir_sink *sink, s64 *pos, s64 base,
			 const struct proc_entry *entries, u32 count, u64 ino,
			 const char *directory)
{
	while (*pos >= base && *pos < base + count) {
		u32 i = *pos - base;

		if (!is_in(&entries[i], directory))
			++*pos;
		else if (!emit(sink, pos, entries[i].name, ino + i, entries[i].mode))
			return false;
	}
	return true;
}

/* Of those with this number or a higher one the one with the least: a thread of the process `tgid`, or, if that
 * is 0, any process.  Emitting may sleep, and the table of processes is in no order. */
static const struct proc *next_by_pid(u32 least, u32 tgid)
{
	const struct proc *best = NULL;

	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc))
		if ((tgid ? proc->tgid == tgid : proc_is_leader(proc)) && proc->pid >= least &&
		    (!best || proc->pid < best->pid))
			best = proc;
	return best;
}

/* Positions: the entries, then 1000 + pid. */
static int iterate_system(struct inode *dir, s64 *pos, struct dir_sink *sink)
{
	const char *directory = directory_name(dir->number);
	const struct proc *next;

	if (!emit_entries(sink, pos, 2, proc_system, proc_system_count, SYSTEM_INO, directory) ||
	    directory)
		return 0;
	for (;;) {
		next = next_by_pid(*pos > 1000 ? *pos - 1000 : 0, 0);
		if (!next || !emit_number(sink, pos, 1000 + next->pid, next->pid,
					  (u64)next->pid << PID_SHIFT, S_IFDIR))
			return 0;
	}
}

static int iterate_process(struct inode *dir, s64 *pos, struct dir_sink *sink)
{
	if (*pos == 2 && !emit(sink, pos, "fd", dir->number | INO_FD_DIR, S_IFDIR))
		return 0;
	if (*pos == 3 && !emit(sink, pos, "task", dir->number | INO_TASK, S_IFDIR))
		return 0;
	if (*pos == 4 && !emit(sink, pos, "fdinfo", dir->number | INO_FDINFO_DIR, S_IFDIR))
		return 0;
	emit_entries(sink, pos, 5, proc_process, proc_process_count, dir->number + 1, NULL);
	return 0;
}

static int iterate_below(struct inode *dir, s64 *pos, struct dir_sink *sink)
{
	u32 own = dir->number & ~INO_IN_PID;
	struct proc *proc;

	while ((proc = proc_of(dir))) {
		bool tasks = (dir->number & INO_IN_PID) == INO_TASK;
		bool links = (dir->number & INO_IN_PID) == INO_FD_DIR;
		u32 n = *pos - 2;

		if (tasks) {
			const struct proc *thread = next_by_pid(n, proc->tgid);

			if (!thread || !emit_number(sink, pos, 2 + (s64)thread->pid, thread->pid,
						    (u64)thread->pid << PID_SHIFT, S_IFDIR))
				return 0;
			continue;
		}
		while (proc->files && n < proc->files->nfds && !open_file(proc, n))
			n++;
		if (!open_file(proc, n) ||
		    !emit_number(sink, pos, 2 + (s64)n, n, own | (links ? INO_FD : INO_FDINFO) | n,
				 links ? S_IFLNK : S_IFREG))
			return 0;
	}
	return 0;
}

static int iterate(struct inode *dir, s64 *pos, struct dir_sink *sink)
{
	if (*pos == 0 && !emit(sink, pos, ".", dir->number, S_IFDIR))
		return 0;
	if (*pos == 1 && !emit(sink, pos, "..", ROOT_INO, S_IFDIR))
		return 0;
	if (dir->number >> PID_SHIFT == 0)
		return iterate_system(dir, pos, sink);
	return dir->number & INO_IN_PID ? iterate_below(dir, pos, sink)
					: iterate_process(dir, pos, sink);
}

static const struct inode_ops directory_ops = { .lookup = lookup, .iterate = iterate };

/* ---- links ---- */

/* What a descriptor's link says: the path, or the kind of object. */
static void describe(const struct file *file, char path[256])
{
	const struct inode *inode = file->inode;

	if (file->path)
		strlcpy(path, file->path, 256);
	else if (inode && S_ISFIFO(inode->mode))
		format_to(path, 256, "pipe:[%u]", inode->number);
	else if (inode && S_TYPE(inode->mode) == S_IFSOCK)
		format_to(path, 256, "socket:[%u]", file->serial);
	else
		format_to(path, 256, "anon_inode:%s", file->anon ? file->anon : "[file]");
	if (file->path && inode && inode->nlink == 0 && strlen(path) < 240)
		strlcpy(path + strlen(path), " (deleted)", 16);
}

/* The object of a magic link; NULL where only the text counts. */
static int link_target(struct inode *link, struct inode **inode, char path[256])
{
	u32 in_pid = link->number & INO_IN_PID;
	struct proc *proc = proc_of(link);

	*inode = NULL;
	if (in_pid >= INO_FD && link->number >> PID_SHIFT) {
		struct file *file = open_file(proc, in_pid - INO_FD);

		if (!file)
			return -ENOENT;
		describe(file, path);
		*inode = file->inode;
		return 0;
	}
	if (link->number >> PID_SHIFT && !proc)
		return -ENOENT;
	return entry_of(link)->target(proc ? proc : current, inode, path);
}

static long readlink(struct inode *link, char *buffer, size_t bytes)
{
	struct inode *inode;
	char path[256];
	int error = link_target(link, &inode, path);

	if (error)
		return error;
	bytes = min_u64(bytes, strlen(path));
	memcpy(buffer, path, bytes);
	return bytes;
}

static int follow(struct inode *link, struct inode **target)
{
	struct inode *inode;
	char path[256];
	int error = link_target(link, &inode, path);

	if (error)
		return error;
	if (!inode)
		return -ENXIO; /* epoll and the like stand nowhere */
	*target = inode_get(inode);
	return 0;
}

static const struct inode_ops link_ops = { .readlink = readlink, .follow = follow };
static const struct inode_ops text_link_ops = { .readlink = readlink };

/* ---- files ---- */

void text_bytes(struct text *text, const char *bytes, size_t n)
{
	size_t skip = text->at < text->from ? min_u64(n, text->from - text->at) : 0;
	size_t used = text->at + skip - text->from;

	if (skip < n && used < text->room)
		memcpy(text->window + used, bytes + skip, min_u64(n - skip, text->room - used));
	text->at += n;
}

/* The part of a file of numbers that the window shows: how many bytes. */
static size_t show_values(const struct proc_entry *entry, struct proc *proc, struct text *text)
{
	size_t n = 0;

	while (n < text->room && text->from + n < entry->values * sizeof(u64)) {
		u64 value = entry->value(proc, (text->from + n) / sizeof(u64));
		u64 offset = (text->from + n) % sizeof(u64);
		size_t part = min_u64(sizeof(u64) - offset, text->room - n);

		memcpy(text->window + n, (char *)&value + offset, part);
		n += part;
	}
	return n;
}

static s64 text_read(struct file *file, struct iter *to, s64 *pos)
{
	const struct proc_entry *entry = entry_of(file->inode);
	struct proc *proc = proc_of(file->inode);
	struct text text = { .from = *pos, .room = min_u64(to->left, PAGE_SIZE) };
	s64 done = 0;

	if (file->inode->number >> PID_SHIFT && !proc)
		return -ESRCH;
	if (!file->data && !(file->data = kmalloc(sizeof(*text.place))))
		return -ENOMEM;
	text.place = file->data;
	text.window = kpage_alloc();
	if (!text.window)
		return -ENOMEM;
	text.fd = file->inode->number & (INO_FD - 1);
	if (entry->value)
		done = show_values(entry, proc, &text);
	else if (entry->line)
		text_printf(&text, "%s\n", entry->line);
	else
		entry->show(&text, proc);
	if (text.at > text.from)
		done = min_u64(text.at - text.from, text.room);
	if (done && iter_put(to, text.window, done))
		done = -EFAULT;
	kpage_free(text.window);
	if (done > 0)
		*pos += done;
	return done;
}

static s64 text_write(struct file *file, struct iter *from, s64 *pos)
{
	const struct proc_entry *entry = entry_of(file->inode);
	s64 bytes = from->left;
	char line[64] = "";

	(void)pos;
	if (iter_get(from, line, min_u64(bytes, sizeof(line) - 1)))
		return -EFAULT;
	from->left = 0;
	if (entry->store && proc_of(file->inode))
		entry->store(proc_of(file->inode), line);
	return bytes;
}

static void text_release(struct file *file)
{
	kfree(file->data);
}

static const struct file_ops text_fops = {
	.read = text_read, .write = text_write, .seek = seek_regular, .release = text_release
};
static const struct inode_ops text_ops;

static void forget(struct inode *inode)
{
	(void)inode;
}

static const struct super_ops proc_super_ops = { .forget = forget };
static struct superblock proc_sb = { .ops = &proc_super_ops,
				     .type = "proc",
				     .magic = 0x9fa0,
				     .device = 0x16,
				     .in_memory = true,
				     .transient = true };

struct superblock *procfs_mount(void)
{
	return make(ROOT_INO, S_IFDIR | 0555, &proc_sb.root) ? NULL : &proc_sb;
}
