/* System calls that make, remove and rename names. */
#include "sys.h"
#include "vfs.h"

/* The directory in which something shall be made under a name that does not exist. */
static int walk_to_make(int dirfd, u64 path, struct walk **walk)
{
	int error = walk_user(dirfd, path, WALK_MISSING | WALK_NAME, walk);

	if (error)
		return error;
	if ((*walk)->inode)
		error = -EEXIST;
	else if ((*walk)->dir->nlink == 0)
		error = -ENOENT;
	if (error)
		walk_done(*walk);
	return error;
}

static s64 make_node(int dirfd, u64 path, u32 mode, u32 rdev)
{
	struct walk *walk;
	struct inode *dir;
	int error = walk_to_make(dirfd, path, &walk);

	if (error)
		return error;
	dir = walk->dir;
	if (walk->trailing_slash && !S_ISDIR(mode))
		error = -ENOENT;
	else if (!dir->ops->create)
		error = dir->sb->read_only ? -EROFS : -EPERM;
	if (!error) {
		sleeplock_acquire(&dir->sb->names);
		error = dir->ops->create(dir, walk->name, mode & ~current->fs->umask, rdev,
					 &walk->inode);
		if (!error)
			inode_made(dir, walk->inode);
		sleeplock_release(&dir->sb->names);
	}
	walk_done(walk);
	return error;
}

s64 sys_mkdirat(const u64 a[6])
{
	return make_node(a[0], a[1], S_IFDIR | (a[2] & 01777), 0);
}

s64 sys_mknodat(const u64 a[6])
{
	u32 type = a[2] & S_IFMT;

	if (type == S_IFDIR)
		return -EPERM;
	if (type != 0 && type != S_IFREG && type != S_IFCHR && type != S_IFBLK && type != S_IFIFO &&
	    type != S_IFSOCK)
		return -EINVAL;
	return make_node(a[0], a[1], (type ? type : S_IFREG) | (a[2] & 07777), a[3]);
}

s64 sys_symlinkat(const u64 a[6])
{
	struct walk *walk;
	struct inode *dir;
	char *target = kpage_alloc();
	long bytes = target ? copy_string_from_user(target, a[0], PAGE_SIZE) : -ENOMEM;
	int error = bytes < 0 ? bytes : bytes == 0 ? -ENOENT : walk_to_make(a[1], a[2], &walk);

	if (error)
		goto out;
	dir = walk->dir;
	error = walk->trailing_slash ? -ENOENT : dir->sb->read_only ? -EROFS : -EPERM;
	if (!walk->trailing_slash && dir->ops->symlink) {
		sleeplock_acquire(&dir->sb->names);
		error = dir->ops->symlink(dir, walk->name, target, &walk->inode);
		if (!error)
			inode_made(dir, walk->inode);
		sleeplock_release(&dir->sb->names);
	}
	walk_done(walk);
out:
	if (target)
		kpage_free(target);
	return error;
}

static int make_link(struct inode *inode, struct walk *to)
{
	struct inode *dir = to->dir;
	int error;

	if (dir->sb != inode->sb)
		return -EXDEV;
	if (S_ISDIR(inode->mode) || !dir->ops->link)
		return -EPERM;
	if (to->trailing_slash)
		return -ENOENT;
	sleeplock_acquire(&dir->sb->names);
	error = dir->ops->link(dir, to->name, inode);
	sleeplock_release(&dir->sb->names);
	return error;
}

s64 sys_linkat(const u64 a[6])
{
	u64 how = (a[4] & AT_EMPTY_PATH) | (a[4] & AT_SYMLINK_FOLLOW ? 0 : AT_SYMLINK_NOFOLLOW);
	struct inode *inode;
	struct walk *to;
	int error = a[4] & ~(u64)(AT_SYMLINK_FOLLOW | AT_EMPTY_PATH)
			    ? -EINVAL
			    : inode_at(a[0], a[1], how, &inode);

	if (error)
		return error;
	error = walk_to_make(a[2], a[3], &to);
	if (!error) {
		error = make_link(inode, to);
		walk_done(to);
	}
	inode_put(inode);
	return error;
}

/* Is anything mounted on this directory? */
static bool is_mount(const struct inode *inode)
{
	struct superblock *sb;

	for (unsigned i = 0; mount_row(i, &sb); i++)
		if (sb->root == inode)
			return true;
	return false;
}

/* Who still works in a directory that has lost its name may leave it by "..". */
static void removed(struct inode *inode, struct inode *dir)
{
	if (S_ISDIR(inode->mode))
		inode->above = inode_get(dir);
}

/* What was looked up before the lock was ours may no longer be what the name means: -ESTALE, look again, though
 * not for ever, for a directory may be damaged. */
#define LOOKS 16

static int stale(int error)
{
	return error == -ENOENT ? -ESTALE : error;
}

static int remove_name(struct walk *walk, bool directory)
{
	struct inode *dir = walk->dir, *inode = walk->inode;
	int error;

	if (!dir || is_mount(inode))
		return directory ? -EBUSY : -EISDIR;
	if (!directory && S_ISDIR(inode->mode))
		return -EISDIR;
	if (!S_ISDIR(inode->mode) && (directory || walk->trailing_slash))
		return -ENOTDIR;
	if (!dir->ops->unlink || !dir->ops->rmdir)
		return dir->sb->read_only ? -EROFS : -EPERM;
	sleeplock_acquire(&dir->sb->names);
	error = stale((directory ? dir->ops->rmdir : dir->ops->unlink)(dir, walk->name, inode));
	if (!error)
		removed(inode, dir);
	sleeplock_release(&dir->sb->names);
	return error;
}

/* rmdir("x/.") is EINVAL, of ".." ENOTEMPTY. */
static int removal_of_dots(const struct walk *walk)
{
	size_t n = strlen(walk->rest);

	if (n >= 2 && walk->rest[n - 1] == '.' && walk->rest[n - 2] == '.')
		return -ENOTEMPTY;
	return n >= 1 && walk->rest[n - 1] == '.' ? -EINVAL : -EBUSY;
}

static int unlink_once(int dirfd, u64 path, bool directory)
{
	struct walk *walk;
	int error = walk_user(dirfd, path, WALK_NAME, &walk);

	if (error)
		return error;
	if (!walk->dir && directory)
		error = removal_of_dots(walk);
	else
		error = remove_name(walk, directory);
	walk_done(walk);
	return error;
}

s64 sys_unlinkat(const u64 a[6])
{
	int error = a[2] & ~(u64)AT_REMOVEDIR ? -EINVAL : -ESTALE;

	for (int i = 0; i < LOOKS && error == -ESTALE; i++)
		error = unlink_once(a[0], a[1], a[2] & AT_REMOVEDIR);
	return error;
}

#define RENAME_NOREPLACE 1
#define RENAME_EXCHANGE	 2

/* Is `dir` the directory `above`, or below it? */
static int is_below(struct inode *dir, struct inode *above, bool *below)
{
	struct inode *at = inode_get(dir), *next;
	int error = 0;

	*below = false;
	for (u32 depth = 0; depth < 2048; depth++) { /* a damaged disk may hold a circle */
		if (at == above)
			*below = true;
		if (*below || at == at->sb->root)
			break;
		error = directory_above(at, &next);
		if (error)
			break;
		inode_put(at);
		at = next;
	}
	inode_put(at);
	return error;
}

/* What POSIX forbids; everything is looked up and superblock.names is held. */
static int may_rename(struct walk *from, struct walk *to, u32 flags)
{
	struct inode *inode = from->inode, *replaced = to->inode;
	bool below;
	int error;

	if ((from->trailing_slash || to->trailing_slash) && !S_ISDIR(inode->mode))
		return -ENOTDIR;
	if (replaced && (flags & RENAME_NOREPLACE))
		return -EEXIST;
	if (!replaced && (flags & RENAME_EXCHANGE))
		return -ENOENT;
	if (is_mount(inode) || (replaced && is_mount(replaced)))
		return -EBUSY;
	if (S_ISDIR(inode->mode)) {
		error = is_below(to->dir, inode, &below);
		if (error || below)
			return error ? error : -EINVAL;
	}
	if (!replaced)
		return 0;
	if (S_ISDIR(replaced->mode)) {
		error = is_below(from->dir, replaced, &below);
		if (error || below)
			return error ? error : flags & RENAME_EXCHANGE ? -EINVAL : -ENOTEMPTY;
	}
	if (flags & RENAME_EXCHANGE)
		return 0;
	if (S_ISDIR(inode->mode) != S_ISDIR(replaced->mode))
		return S_ISDIR(inode->mode) ? -ENOTDIR : -EISDIR;
	return 0;
}

static int rename_walked(struct walk *from, struct walk *to, u32 flags)
{
	const struct inode_ops *ops;
	int error;

	if (!from->dir || !to->dir)
		return -EBUSY;
	if (from->dir->sb != to->dir->sb)
		return -EXDEV;
	if (to->dir->nlink == 0)
		return -ENOENT;
	ops = from->dir->ops;
	if (!ops->rename)
		return from->dir->sb->read_only ? -EROFS : -EPERM;
	if (flags & RENAME_EXCHANGE && !ops->exchange)
		return -EINVAL;
	sleeplock_acquire(&from->dir->sb->names);
	error = may_rename(from, to, flags);
	if (!error && from->inode != to->inode) { /* two names of one inode: nothing to do */
		if (flags & RENAME_EXCHANGE)
			error = ops->exchange(from->dir, from->name, from->inode, to->dir, to->name,
					      to->inode);
		else
			error = ops->rename(from->dir, from->name, from->inode, to->dir, to->name,
					    to->inode);
		error = stale(error == -EEXIST && !(flags & RENAME_NOREPLACE) ? -ENOENT : error);
		if (!error && to->inode && !(flags & RENAME_EXCHANGE))
			removed(to->inode, to->dir);
	}
	sleeplock_release(&from->dir->sb->names);
	if (!error && from->inode != to->inode && !(flags & RENAME_EXCHANGE))
		paths_moved(from->inode, from->canon, to->canon);
	return error;
}

static int rename_once(const u64 a[6])
{
	struct walk *from, *to;
	int error = walk_user(a[0], a[1], WALK_NAME, &from);

	if (error)
		return error;
	error = walk_user(a[2], a[3], WALK_MISSING | WALK_NAME, &to);
	if (!error) {
		error = rename_walked(from, to, a[4]);
		walk_done(to);
	}
	walk_done(from);
	return error;
}

s64 sys_renameat2(const u64 a[6])
{
	int error = -ESTALE;

	if (a[4] & ~(u64)(RENAME_NOREPLACE | RENAME_EXCHANGE) ||
	    a[4] == (RENAME_NOREPLACE | RENAME_EXCHANGE))
		return -EINVAL;
	for (int i = 0; i < LOOKS && error == -ESTALE; i++)
		error = rename_once(a);
	return error;
}

s64 sys_readlinkat(const u64 a[6])
{
	struct inode *inode;
	char *buffer, first;
	long bytes;

	if ((s32)a[3] <= 0)
		return -EINVAL;
	if (!a[1])
		return -EFAULT;
	bytes = inode_at(a[0], a[1], AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH, &inode);
	if (bytes)
		return bytes;
	buffer = kpage_alloc();
	if (!buffer)
		bytes = -ENOMEM;
	else if (!S_ISLNK(inode->mode) || !inode->ops->readlink)
		bytes = copy_from_user(&first, a[1], 1) || first ? -EINVAL : -ENOENT;
	else
		bytes = inode->ops->readlink(inode, buffer, min_u64(a[3], PAGE_SIZE));
	inode_put(inode);
	if (bytes > 0 && copy_to_user(a[2], buffer, bytes))
		bytes = -EFAULT;
	kpage_free(buffer);
	return bytes;
}
