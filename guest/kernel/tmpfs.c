/*
 * A file system in memory: /tmp, and with device nodes /dev.  Names and inodes are kernel memory; the
 * pages of files are shared memory, which can be swapped out.  A name holds a reference to its inode.
 */
#include "device.h"
#include "mm.h"
#include "vfs.h"

struct entry {
	struct entry *next;
	struct inode *inode;
	s64 cookie; /* position in the directory, for getdents */
	u32 hash;   /* of the name: most that differ are told apart by it */
	u8 bytes;
	char name[];
};

struct node {
	struct entry *first, *last;
	s64 last_cookie;
	struct inode *parent;
	char *target; /* of a symbolic link */
	bool has_pages;
};

struct tmpfs {
	struct superblock sb;
	u32 last_number;
};

static const struct inode_ops tmpfs_ops;

static struct node *node_of(struct inode *inode)
{
	return inode->fs;
}

static u32 hash_of(struct name name)
{
	u32 hash = 2166136261u; /* FNV-1a */

	for (u32 i = 0; i < name.bytes; i++)
		hash = (hash ^ (u8)name.text[i]) * 16777619u;
	return hash;
}

static struct entry *find(struct inode *dir, struct name name)
{
	u32 hash = hash_of(name);

	for (struct entry *entry = node_of(dir)->first; entry; entry = entry->next)
		if (entry->hash == hash && entry->bytes == name.bytes &&
		    memcmp(entry->name, name.text, name.bytes) == 0)
			return entry;
	return NULL;
}

static int lookup(struct inode *dir, struct name name, struct inode **found)
{
	struct entry *entry;

	if (name_is(name, "..")) {
		*found = inode_get(node_of(dir)->parent);
		return 0;
	}
	entry = find(dir, name);
	if (!entry)
		return -ENOENT;
	*found = inode_get(entry->inode);
	return 0;
}

static int add_entry(struct inode *dir, struct name name, struct inode *inode)
{
	struct node *node = node_of(dir);
	struct entry *entry;

	if (name.bytes > NAME_MAX_BYTES)
		return -ENAMETOOLONG;
	if (find(dir, name))
		return -EEXIST;
	if (dir->nlink == 0)
		return -ENOENT;
	entry = kmalloc(sizeof(*entry) + name.bytes);
	if (!entry)
		return -ENOSPC;
	entry->inode = inode_get(inode);
	entry->cookie = ++node->last_cookie;
	entry->hash = hash_of(name);
	entry->bytes = name.bytes;
	entry->next = NULL;
	memcpy(entry->name, name.text, name.bytes);
	*(node->first ? &node->last->next : &node->first) = entry;
	node->last = entry;
	inode_touch(dir, true);
	return 0;
}

/* Takes the name away; the caller puts the inode. */
static struct inode *remove_entry(struct inode *dir, struct name name)
{
	struct node *node = node_of(dir);
	struct entry **link = &node->first, *entry = find(dir, name), *before = NULL;
	struct inode *inode;

	for (; *link != entry; link = &before->next)
		before = *link;
	*link = entry->next;
	if (node->last == entry)
		node->last = before;
	inode = entry->inode;
	kfree(entry);
	inode_touch(dir, true);
	return inode;
}

static struct inode *make_inode(struct tmpfs *fs, u32 mode, u32 rdev)
{
	struct inode *inode = inode_new(&fs->sb, ++fs->last_number);
	struct node *node = kmalloc(sizeof(*node));

	if (!inode || !node) {
		if (inode)
			inode_discard(inode);
		kfree(node);
		return NULL;
	}
	inode->fs = node;
	inode->ops = &tmpfs_ops;
	inode->fops = S_ISDIR(mode) ? &directory_fops : &regular_fops;
	inode->mode = mode;
	inode->rdev = rdev;
	inode->device = fs->sb.device;
	inode->nlink = S_ISDIR(mode) ? 2 : 1;
	inode->atime = inode->mtime = inode->ctime = time_realtime_ns();
	if (S_ISREG(mode)) {
		shm_init(&inode->mapping, inode->number, inode);
		node->has_pages = true;
	}
	return inode;
}

static void drop(struct inode *inode)
{
	inode->nlink = 0;
	inode_put(inode);
}

static int create(struct inode *dir, struct name name, u32 mode, u32 rdev, struct inode **made)
{
	struct inode *inode;
	int error;

	if (find(dir, name))
		return -EEXIST;
	inode = make_inode(dir->sb->fs, mode, rdev);
	if (!inode)
		return -ENOSPC;
	error = add_entry(dir, name, inode);
	if (error) {
		drop(inode);
		return error;
	}
	if (S_ISDIR(mode)) {
		node_of(inode)->parent = dir;
		dir->nlink++;
	}
	*made = inode;
	return 0;
}

static int nameless(struct inode *dir, u32 mode, struct inode **made)
{
	*made = make_inode(dir->sb->fs, mode, 0);
	if (!*made)
		return -ENOSPC;
	(*made)->nlink = 0;
	return 0;
}

static int symlink(struct inode *dir, struct name name, const char *target, struct inode **made)
{
	size_t bytes = strlen(target);
	char *copy;
	int error;

	if (bytes >= 2048)
		return -ENAMETOOLONG;
	copy = kmalloc(bytes + 1);
	if (!copy)
		return -ENOSPC;
	memcpy(copy, target, bytes + 1);
	error = create(dir, name, S_IFLNK | 0777, 0, made);
	if (error) {
		kfree(copy);
		return error;
	}
	node_of(*made)->target = copy;
	(*made)->size = bytes;
	return 0;
}

static int make_link(struct inode *dir, struct name name, struct inode *inode)
{
	int error = inode->nlink || inode->linkable ? add_entry(dir, name, inode) : -ENOENT;

	if (!error) {
		inode->nlink++;
		inode->linkable = false;
		inode_touch(inode, false);
	}
	return error;
}

static bool still_means(struct inode *dir, struct name name, struct inode *inode)
{
	struct entry *entry = find(dir, name);

	return entry && entry->inode == inode;
}

static int unlink(struct inode *dir, struct name name, struct inode *inode)
{
	if (!still_means(dir, name, inode))
		return -ENOENT;
	inode->nlink--;
	inode_touch(inode, false);
	inode_put(remove_entry(dir, name));
	return 0;
}

static int rmdir(struct inode *dir, struct name name, struct inode *inode)
{
	if (!still_means(dir, name, inode))
		return -ENOENT;
	if (node_of(inode)->first)
		return -ENOTEMPTY;
	inode->nlink = 0;
	dir->nlink--;
	inode_put(remove_entry(dir, name));
	return 0;
}

static void moved(struct inode *inode, struct inode *from_dir, struct inode *to_dir)
{
	if (!S_ISDIR(inode->mode))
		return;
	node_of(inode)->parent = to_dir;
	from_dir->nlink--;
	to_dir->nlink++;
}

static int rename(struct inode *from_dir, struct name from, struct inode *inode,
		  struct inode *to_dir, struct name to, struct inode *replaced)
{
	int error;

	if (!still_means(from_dir, from, inode) || (replaced && !still_means(to_dir, to, replaced)))
		return -ENOENT;
	if (replaced) {
		error = (S_ISDIR(replaced->mode) ? rmdir : unlink)(to_dir, to, replaced);
		if (error)
			return error;
	}
	error = add_entry(to_dir, to, inode);
	if (error)
		return error;
	inode_put(remove_entry(from_dir, from));
	moved(inode, from_dir, to_dir);
	inode_touch(inode, false);
	return 0;
}

static int exchange(struct inode *from_dir, struct name from, struct inode *a, struct inode *to_dir,
		    struct name to, struct inode *b)
{
	if (!still_means(from_dir, from, a) || !still_means(to_dir, to, b))
		return -ENOENT;
	find(from_dir, from)->inode = b;
	find(to_dir, to)->inode = a;
	moved(a, from_dir, to_dir);
	moved(b, to_dir, from_dir);
	return 0;
}

static u32 entry_type(const struct inode *inode)
{
	return S_TYPE(inode->mode) >> 12; /* DT_* is the type of the mode */
}

/* Positions 0 and 1 are "." and "..", those of the names their cookies + 1. */
static int iterate(struct inode *dir, s64 *pos, struct dir_sink *sink)
{
	struct node *node = node_of(dir);

	if (*pos == 0) {
		if (!sink->emit(sink, ".", 1, dir->number, 4, 1))
			return 0;
		*pos = 1;
	}
	if (*pos == 1) {
		if (!sink->emit(sink, "..", 2, node->parent->number, 4, 2))
			return 0;
		*pos = 2;
	}
	for (;;) {
		struct entry *entry = node->first; /* copying out may sleep: look from the start */
		s64 next;

		while (entry && entry->cookie + 1 < *pos)
			entry = entry->next;
		if (!entry)
			return 0;
		next = entry->cookie + 2;
		if (!sink->emit(sink, entry->name, entry->bytes, entry->inode->number,
				entry_type(entry->inode), next))
			return 0;
		*pos = next;
	}
}

static long readlink(struct inode *link, char *buffer, size_t bytes)
{
	size_t n = min_u64(bytes, link->size);

	memcpy(buffer, node_of(link)->target, n);
	return n;
}

static int truncate(struct inode *inode, u64 size)
{
	u64 old = inode->size, least = min_u64(size, old);
	int error = 0;

	if (least % PAGE_SIZE && least < max_u64(size, old)) {
		struct page *page = page_get(&inode->mapping, least / PAGE_SIZE, &error, NULL);

		if (!page)
			return error;
		error = inode->mapping.ops->reserve_page(&inode->mapping, page);
		memset((char *)page_data(page) + least % PAGE_SIZE, 0,
		       PAGE_SIZE - least % PAGE_SIZE);
		page_set_dirty(page);
		page_put(page);
		if (error)
			return error;
	}
	inode->size = size;
	if (size < old)
		shm_truncate(&inode->mapping, (size + PAGE_SIZE - 1) / PAGE_SIZE);
	return 0;
}

static int update(struct inode *inode)
{
	(void)inode;
	return 0;
}

static int allocate(struct inode *inode, u64 from, u64 to)
{
	(void)inode;
	(void)from;
	(void)to;
	return 0; /* pages are found when they are stored to */
}

static const struct inode_ops tmpfs_ops = {
	.lookup = lookup,
	.create = create,
	.nameless = nameless,
	.symlink = symlink,
	.link = make_link,
	.unlink = unlink,
	.rmdir = rmdir,
	.rename = rename,
	.exchange = exchange,
	.iterate = iterate,
	.readlink = readlink,
	.truncate = truncate,
	.update = update,
	.allocate = allocate,
};

static void evict(struct inode *inode)
{
	if (node_of(inode)->has_pages) {
		shm_truncate(&inode->mapping, 0);
		shm_destroy(&inode->mapping);
	}
}

static void forget(struct inode *inode)
{
	kfree(node_of(inode)->target);
	kfree(inode->fs);
}

static void tmpfs_statfs(struct superblock *sb, struct statfs *st)
{
	st->f_bfree = st->f_bavail = frames_free + swap_pages_total() - swap_pages_used();
	st->f_blocks = st->f_bfree + inodes_stored(sb);
	st->f_files = st->f_ffree = nframes;
}

static const struct super_ops tmpfs_super_ops = {
	.evict = evict,
	.forget = forget,
	.statfs = tmpfs_statfs,
};

struct superblock *memory_mount(const char *type, u32 device, u32 mode)
{
	struct tmpfs *fs = kmalloc(sizeof(*fs));

	if (!fs)
		return NULL;
	fs->sb = (struct superblock){
		.ops = &tmpfs_super_ops,
		.type = type,
		.magic = strcmp(type, "devpts") ? 0x01021994 : 0x1cd1,
		.device = device,
		.in_memory = true,
		.fs = fs,
	};
	fs->sb.root = make_inode(fs, S_IFDIR | mode, 0);
	if (!fs->sb.root)
		return NULL;
	node_of(fs->sb.root)->parent = fs->sb.root;
	return &fs->sb;
}

struct superblock *tmpfs_mount(void)
{
	static u32 device = 0x1c;

	return memory_mount("tmpfs", device++, 01777);
}

/* A file without a name, for memfd_create. */
int memory_file(struct inode **made)
{
	static struct superblock *sb;

	if (!sb)
		sb = memory_mount("memfd", 0x1b, 0700);
	return sb ? nameless(sb->root, S_IFREG | 0777, made) : -ENOMEM;
}

/* ---- /dev ---- */

static const struct {
	const char *name;
	u32 mode, rdev;
} nodes[] = {
	{ "null", S_IFCHR | 0666, DEV_NULL },
	{ "zero", S_IFCHR | 0666, DEV_ZERO },
	{ "full", S_IFCHR | 0666, DEV_FULL },
	{ "random", S_IFCHR | 0666, DEV_RANDOM },
	{ "urandom", S_IFCHR | 0666, DEV_URANDOM },
	{ "tty", S_IFCHR | 0666, DEV_TTY },
	{ "ptmx", S_IFCHR | 0666, DEV_PTMX },
	{ "pts", S_IFDIR | 0755, 0 },
	{ "shm", S_IFDIR | 01777, 0 },
	{ "console", S_IFCHR | 0600, DEV_CONSOLE },
	{ "ttyS0", S_IFCHR | 0620, DEV_TTYS0 },
	{ "hvc0", S_IFCHR | 0620, DEV_HVC0 },
	{ "vport0p0", S_IFCHR | 0600, DEV_VPORT(0) },
	{ "vport0p1", S_IFCHR | 0600, DEV_VPORT(1) },
	{ "vport0p2", S_IFCHR | 0600, DEV_VPORT(2) },
};

static const struct {
	const char *name, *target;
} links[] = {
	{ "fd", "/proc/self/fd" },
	{ "stdin", "/proc/self/fd/0" },
	{ "stdout", "/proc/self/fd/1" },
	{ "stderr", "/proc/self/fd/2" },
};

struct superblock *devfs_mount(void)
{
	struct superblock *sb = memory_mount("devtmpfs", 5, 0755);
	struct inode *made;

	if (!sb)
		return NULL;
	for (u32 i = 0; i < ARRAY_SIZE(nodes); i++) {
		struct name name = { nodes[i].name, strlen(nodes[i].name) };

		if (create(sb->root, name, nodes[i].mode, nodes[i].rdev, &made) == 0)
			inode_put(made);
	}
	for (u32 i = 0; i < ARRAY_SIZE(links); i++) {
		struct name name = { links[i].name, strlen(links[i].name) };

		if (symlink(sb->root, name, links[i].target, &made) == 0)
			inode_put(made);
	}
	return sb;
}
