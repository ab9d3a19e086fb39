/* Mounts, and the walk from a path to an inode. */
#include "mm.h"
#include "vfs.h"

#define MOUNTS	  8
#define MAX_LINKS 40

struct superblock *root_sb;

static struct mount {
	const char *path;
	struct superblock *sb;
	struct inode *above; /* what ".." of its root is */
} mounts[MOUNTS];

/* The root of what is mounted at this path, referenced, or NULL. */
static struct inode *mounted_at(const char *canon)
{
	for (u32 i = 0; i < MOUNTS && mounts[i].path; i++)
		if (strcmp(mounts[i].path, canon) == 0)
			return inode_get(mounts[i].sb->root);
	return NULL;
}

int mount_add(const char *path, struct superblock *sb)
{
	struct inode *above = sb ? sb->root : NULL;

	if (!sb)
		return -ENOMEM;
	if (strcmp(path, "/") == 0)
		root_sb = sb;
	for (u32 i = 0; i < MOUNTS; i++) {
		size_t bytes = mounts[i].path ? strlen(mounts[i].path) : 0;

		/* It lies within an earlier one, the root at least. */
		if (bytes && strncmp(path, mounts[i].path, bytes) == 0 && strlen(path) > bytes)
			above = mounts[i].sb->root;
		if (!bytes) {
			mounts[i] = (struct mount){ path, sb, above };
			return 0;
		}
	}
	return -ENOMEM;
}

const char *mount_row(unsigned i, struct superblock **sb)
{
	if (i >= MOUNTS || !mounts[i].path)
		return NULL;
	*sb = mounts[i].sb;
	return mounts[i].path;
}

u32 mount_id(const struct superblock *sb)
{
	for (u32 i = 0; i < MOUNTS && mounts[i].path; i++)
		if (mounts[i].sb == sb)
			return i + 1;
	return 0;
}

u32 mount_above(unsigned i)
{
	return mounts[i].above == mounts[i].sb->root ? 0 : mount_id(mounts[i].above->sb);
}

int directory_above(struct inode *dir, struct inode **above)
{
	if (!dir->above)
		return dir->ops->lookup(dir, (struct name){ "..", 2 }, above);
	*above = inode_get(dir->above);
	return 0;
}

/* The same across mounts. */
static int step_up(struct inode *dir, struct inode **above)
{
	for (u32 i = 0; i < MOUNTS && mounts[i].path; i++) {
		if (mounts[i].sb->root == dir) {
			*above = inode_get(mounts[i].above);
			return 0;
		}
	}
	return directory_above(dir, above);
}

static void canon_pop(struct walk *walk)
{
	while (walk->canon_bytes > 1 && walk->canon[walk->canon_bytes - 1] != '/')
		walk->canon_bytes--;
	if (walk->canon_bytes > 1)
		walk->canon_bytes--;
	walk->canon[walk->canon_bytes] = 0;
}

static int canon_push(struct walk *walk, struct name name)
{
	u32 at = walk->canon_bytes;

	if (at + name.bytes + 2 > sizeof(walk->canon))
		return -ENAMETOOLONG;
	if (at > 1)
		walk->canon[at++] = '/';
	memcpy(walk->canon + at, name.text, name.bytes);
	walk->canon_bytes = at + name.bytes;
	walk->canon[walk->canon_bytes] = 0;
	return 0;
}

static void canon_set(struct walk *walk, const char *path)
{
	walk->canon_bytes = strlcpy(walk->canon, path, sizeof(walk->canon));
	if (walk->canon_bytes >= sizeof(walk->canon))
		walk->canon_bytes = sizeof(walk->canon) - 1;
}

/* Where a relative path starts. */
static int start_at(struct walk *walk, int dirfd)
{
	struct file *file;

	if (walk->rest[0] == '/') {
		canon_set(walk, "/");
		walk->inode = inode_get(root_sb->root);
		return 0;
	}
	if (dirfd == AT_FDCWD) {
		canon_set(walk, fs_cwd_path(current->fs));
		walk->inode = inode_get(current->fs->cwd);
		return 0;
	}
	file = fd_place(dirfd);
	if (!file)
		return -EBADF;
	if (!file->inode || !S_ISDIR(file->inode->mode))
		return -ENOTDIR;
	canon_set(walk, file->path ? file->path : "/");
	walk->inode = inode_get(file->inode);
	return 0;
}

static int lookup(struct walk *walk, struct inode *dir, struct name name, struct inode **found)
{
	int error = canon_push(walk, name);

	if (error)
		return error;
	*found = mounted_at(walk->canon);
	return *found ? 0 : dir->ops->lookup(dir, name, found);
}

/* Puts a link's target in front of what is left of the path, which begins at `tail`, behind any
 * slashes. */
static int expand(struct walk *walk, struct inode *link, const char *tail, u32 *links)
{
	bool slash = tail[-1] == '/';
	size_t left = strlen(tail) + 1, room = PATH_MAX - left;
	char *moved = walk->rest + room;
	long bytes;

	if (++*links > MAX_LINKS)
		return -ELOOP;
	memmove(moved, tail, left);
	bytes = link->ops->readlink ? link->ops->readlink(link, walk->rest, room) : -EINVAL;
	if (bytes <= 0)
		return bytes ? bytes : -ENOENT;
	if ((size_t)bytes + slash >= room)
		return -ENAMETOOLONG;
	if (slash)
		walk->rest[bytes++] = '/';
	memmove(walk->rest + bytes, moved, left);
	return 0;
}

/* A magic link of /proc names an object, not a path. */
static int follow_magic(struct walk *walk, struct inode *link, const char *tail)
{
	struct inode *target;
	int error = link->ops->follow(link, &target);
	long bytes;

	if (error)
		return error;
	bytes = link->ops->readlink(link, walk->canon, sizeof(walk->canon) - 1);
	walk->canon_bytes = bytes > 0 ? bytes : 0;
	walk->canon[walk->canon_bytes] = 0;
	inode_put(walk->inode);
	walk->inode = target;
	memmove(walk->rest, tail, strlen(tail) + 1);
	return 0;
}

/* A component that is a symbolic link, whose reference is consumed.  The walk goes on at walk->rest. */
static int follow(struct walk *walk, struct inode *link, const char *tail, u32 *links)
{
	int error;

	canon_pop(walk);
	if (link->ops->follow)
		error = follow_magic(walk, link, tail);
	else
		error = expand(walk, link, tail, links);
	if (!error && !link->ops->follow && walk->rest[0] == '/') {
		canon_set(walk, "/");
		inode_put(walk->inode);
		walk->inode = inode_get(root_sb->root);
	}
	inode_put(link);
	return error;
}

/* The next component at *at, which moves behind it and its slashes. */
static struct name next_component(const char **at)
{
	struct name name;

	while (**at == '/')
		(*at)++;
	name.text = *at;
	while (**at && **at != '/')
		(*at)++;
	name.bytes = *at - name.text;
	while (**at == '/')
		(*at)++;
	return name;
}

/* The last component has been looked up. */
static int arrive(struct walk *walk, struct name name, struct inode *found, const char *end,
		  unsigned flags)
{
	walk->dir = walk->inode;
	walk->inode = found;
	walk->name = name;
	walk->trailing_slash = end[-1] == '/';
	if (found && walk->trailing_slash && !S_ISDIR(found->mode) &&
	    !(flags & (WALK_MISSING | WALK_NAME)))
		return -ENOTDIR; /* of a name that is made or removed the caller says what is wrong */
	return 0;
}

/* ".", ".." and the empty component at the end of "/" or "a/": no look-up by name. */
static int step_dots(struct walk *walk, struct name name)
{
	struct inode *above;
	int error;

	if (name.bytes && !S_ISDIR(walk->inode->mode))
		return -ENOTDIR;
	if (name.bytes < 2)
		return 0;
	error = step_up(walk->inode, &above);
	if (error)
		return error;
	canon_pop(walk);
	inode_put(walk->inode);
	walk->inode = above;
	return 0;
}

/* One component by name; *done when it was the last. */
static int step_name(struct walk *walk, struct name name, const char **at, unsigned flags,
		     u32 *links, bool *done)
{
	struct inode *found = NULL;
	int error;

	if (!S_ISDIR(walk->inode->mode))
		return -ENOTDIR;
	if (name.bytes > NAME_MAX_BYTES)
		return -ENAMETOOLONG;
	error = lookup(walk, walk->inode, name, &found);
	*done = **at == 0;
	if (error == -ENOENT && *done && (flags & WALK_MISSING))
		return arrive(walk, name, NULL, *at, flags);
	if (error)
		return error;
	if (S_ISLNK(found->mode) &&
	    (!*done || (flags & WALK_FOLLOW) || ((*at)[-1] == '/' && !(flags & WALK_NAME)))) {
		*done = false;
		error = follow(walk, found, *at, links);
		*at = walk->rest;
		return error;
	}
	if (*done)
		return arrive(walk, name, found, *at, flags);
	inode_put(walk->inode);
	walk->inode = found;
	return 0;
}

static int follow_path(struct walk *walk, unsigned flags)
{
	const char *at = walk->rest;
	bool done = false;
	u32 links = 0;

	while (!done) {
		struct name name = next_component(&at);
		int error;

		if (name.bytes == 0 || name_is(name, ".") || name_is(name, "..")) {
			error = step_dots(walk, name);
			done = *at == 0;
		} else {
			error = step_name(walk, name, &at, flags, &links, &done);
		}
		if (error)
			return error;
	}
	return 0;
}

/* Two pages: what a path of PATH_MAX bytes needs. */
static struct walk *walk_new(void)
{
	struct walk *walk = kpage_alloc();

	if (walk)
		walk->rest = kpage_alloc();
	if (walk && !walk->rest) {
		kpage_free(walk);
		walk = NULL;
	}
	return walk;
}

void walk_done(struct walk *walk)
{
	inode_put(walk->dir);
	inode_put(walk->inode);
	kpage_free(walk->rest);
	kpage_free(walk);
}

static int walk_from(struct walk *walk, int dirfd, unsigned flags)
{
	int error;

	if (!walk->rest[0])
		return -ENOENT;
	error = start_at(walk, dirfd);
	return error ? error : follow_path(walk, flags);
}

int walk_path(int dirfd, const char *path, unsigned flags, struct walk **result)
{
	struct walk *walk = walk_new();
	int error = -ENAMETOOLONG;

	if (!walk)
		return -ENOMEM;
	if (strlcpy(walk->rest, path, PATH_MAX) < PATH_MAX)
		error = walk_from(walk, dirfd, flags);
	if (error)
		walk_done(walk);
	else
		*result = walk;
	return error;
}

int walk_user(int dirfd, u64 path, unsigned flags, struct walk **result)
{
	struct walk *walk = walk_new();
	long bytes;
	int error;

	if (!walk)
		return -ENOMEM;
	bytes = copy_string_from_user(walk->rest, path, PATH_MAX);
	error = bytes < 0 ? bytes : walk_from(walk, dirfd, flags);
	if (error)
		walk_done(walk);
	else
		*result = walk;
	return error;
}

int path_lookup(const char *path, struct inode **inode)
{
	struct walk *walk;
	int error = walk_path(AT_FDCWD, path, WALK_FOLLOW, &walk);

	if (error)
		return error;
	*inode = inode_get(walk->inode);
	walk_done(walk);
	return 0;
}
