/* ext2: making, removing and renaming names.  Every change is made with superblock.names held. */
#include "ext2.h"

int ext2_lookup(struct inode *dir, struct name name, struct inode **found)
{
	struct ext2_slot slot;
	int error = ext2_find(dir, name, &slot);
	u32 number;

	if (error)
		return error;
	number = slot.entry->inode;
	page_put(slot.page);
	return ext2_iget(ext2_of(dir), number, found);
}

/* A new inode that could not be entered: it goes with its last reference. */
static void drop(struct inode *inode)
{
	inode->nlink = 0;
	inode_put(inode);
}

static void change_links(struct inode *inode, int by)
{
	inode->nlink += by;
	inode->ctime = time_realtime_ns();
	ext2_update(inode);
}

static int exists(struct inode *dir, struct name name)
{
	struct ext2_slot slot;
	int error = ext2_find(dir, name, &slot);

	if (error == 0) {
		page_put(slot.page);
		return -EEXIST;
	}
	return error == -ENOENT ? 0 : error;
}

static int may_create(struct inode *dir, struct name name)
{
	if (dir->sb->read_only)
		return -EROFS;
	if (name.bytes > NAME_MAX_BYTES)
		return -ENAMETOOLONG;
	return exists(dir, name);
}

int ext2_create(struct inode *dir, struct name name, u32 mode, u32 rdev, struct inode **made)
{
	bool directory = S_TYPE(mode) == S_IFDIR;
	struct inode *inode;
	int error = may_create(dir, name);

	if (!error && directory && dir->nlink >= EXT2_MAX_LINKS)
		error = -EMLINK;
	if (!error)
		error = ext2_inode_make(dir, mode, rdev, &inode);
	if (error)
		return error;
	if (directory)
		error = ext2_dir_init(inode, dir->number);
	if (!error)
		error = ext2_insert(dir, name, inode->number, mode);
	if (error) {
		drop(inode);
		return error;
	}
	if (directory)
		change_links(dir, 1);
	*made = inode;
	return 0;
}

int ext2_nameless(struct inode *dir, u32 mode, struct inode **made)
{
	int error = dir->sb->read_only ? -EROFS : ext2_inode_make(dir, mode, 0, made);

	if (!error)
		change_links(*made, -1);
	return error;
}

static int store_target(struct inode *link, const char *target, size_t bytes)
{
	struct page *page;
	int error = 0;

	if (bytes < EXT2_FAST_LINK) {
		memcpy(ext2_inode(link)->block, target, bytes);
		link->size = bytes;
		return ext2_update(link);
	}
	page = page_get(&link->mapping, 0, &error, NULL);
	if (!page)
		return error;
	error = link->mapping.ops->reserve_page(&link->mapping, page);
	if (!error) {
		memcpy(page_data(page), target, bytes);
		link->size = bytes;
		page_set_dirty(page);
	}
	page_put(page);
	return error ? error : ext2_update(link);
}

int ext2_symlink(struct inode *dir, struct name name, const char *target, struct inode **made)
{
	size_t bytes = strlen(target);
	struct inode *inode;
	int error = may_create(dir, name);

	if (!error && bytes >= PAGE_SIZE)
		error = -ENAMETOOLONG;
	if (!error)
		error = ext2_inode_make(dir, S_IFLNK | 0777, 0, &inode);
	if (error)
		return error;
	error = store_target(inode, target, bytes);
	if (!error)
		error = ext2_insert(dir, name, inode->number, S_IFLNK);
	if (error) {
		drop(inode);
		return error;
	}
	*made = inode;
	return 0;
}

int ext2_link(struct inode *dir, struct name name, struct inode *inode)
{
	int error = may_create(dir, name);

	if (!error && inode->nlink >= EXT2_MAX_LINKS)
		error = -EMLINK;
	if (!error && inode->nlink == 0 && !inode->linkable)
		error = -ENOENT;
	if (error)
		return error;
	change_links(inode, 1);
	error = ext2_insert(dir, name, inode->number, inode->mode);
	if (error)
		change_links(inode, -1);
	else
		inode->linkable = false;
	return error;
}

/* Finds the name, which must still mean this inode. */
static int find_same(struct inode *dir, struct name name, struct inode *inode,
		     struct ext2_slot *slot)
{
	int error;

	if (dir->sb->read_only)
		return -EROFS;
	error = ext2_find(dir, name, slot);
	if (!error && slot->entry->inode != inode->number) {
		page_put(slot->page);
		error = -ENOENT;
	}
	return error;
}

int ext2_unlink(struct inode *dir, struct name name, struct inode *inode)
{
	struct ext2_slot slot;
	int error = find_same(dir, name, inode, &slot);

	if (error)
		return error;
	ext2_remove(dir, &slot);
	change_links(inode, -1);
	return 0;
}

int ext2_rmdir(struct inode *dir, struct name name, struct inode *inode)
{
	struct ext2_slot slot;
	int empty = ext2_dir_empty(inode), error;

	if (empty != 1)
		return empty ? empty : -ENOTEMPTY;
	error = find_same(dir, name, inode, &slot);
	if (error)
		return error;
	ext2_remove(dir, &slot);
	inode->size = 0;
	change_links(inode, -2);
	change_links(dir, -1);
	return 0;
}

/* Point a moved directory's ".." at its new parent. */
static int reparent(struct inode *inode, struct inode *from_dir, struct inode *to_dir)
{
	struct ext2_slot slot;
	int error = ext2_find(inode, (struct name){ "..", 2 }, &slot);

	if (error)
		return error;
	ext2_retarget(inode, &slot, to_dir->number, S_IFDIR);
	change_links(to_dir, 1);
	change_links(from_dir, -1);
	return 0;
}

/* Enters the new name, or turns the existing one over, in *block. */
static int enter_new(struct inode *inode, struct inode *to_dir, struct name to,
		     struct inode *replaced, u32 *block)
{
	struct ext2_slot slot;
	int error;

	if (!replaced) {
		error = may_create(to_dir, to);
		if (!error)
			error = ext2_insert(to_dir, to, inode->number, inode->mode);
		if (!error)
			error = ext2_find(to_dir, to, &slot);
		if (!error) {
			*block = page_block(slot.page);
			page_put(slot.page);
		}
		return error;
	}
	error = find_same(to_dir, to, replaced, &slot);
	if (error)
		return error;
	*block = page_block(slot.page);
	ext2_retarget(to_dir, &slot, inode->number, inode->mode);
	return 0;
}

/*
 * The new name is on the disk before the old one goes, and a replaced inode loses its name there before
 * it loses its link: a power cut leaves the file under at least one of its names.  Both names in one
 * block change together.
 */
int ext2_rename(struct inode *from_dir, struct name from, struct inode *inode, struct inode *to_dir,
		struct name to, struct inode *replaced)
{
	bool directory = S_TYPE(inode->mode) == S_IFDIR;
	struct ext2_slot old;
	u32 old_block, new_block = 0;
	int error;

	if (replaced && directory) {
		int empty = ext2_dir_empty(replaced);

		if (empty != 1)
			return empty ? empty : -ENOTEMPTY;
	}
	if (directory && from_dir != to_dir && !replaced && to_dir->nlink >= EXT2_MAX_LINKS)
		return -EMLINK;
	error = find_same(from_dir, from, inode, &old);
	if (error)
		return error;
	old_block = page_block(old.page);
	page_put(old.page);
	change_links(inode, 1); /* while it has two names */
	error = enter_new(inode, to_dir, to, replaced, &new_block);
	if (!error && new_block != old_block)
		error = ext2_sync(ext2_of(inode), NULL);
	if (!error)
		error = find_same(from_dir, from, inode, &old);
	if (error) {
		change_links(inode, -1);
		return error;
	}
	ext2_remove(from_dir, &old);
	change_links(inode, -1);
	if (directory && from_dir != to_dir)
		error = reparent(inode, from_dir, to_dir);
	if (replaced) {
		ext2_sync(ext2_of(inode), NULL);
		if (directory) {
			replaced->size = 0;
			change_links(to_dir, -1);
		}
		change_links(replaced, directory ? -2 : -1);
	}
	return error;
}

int ext2_exchange(struct inode *from_dir, struct name from, struct inode *a, struct inode *to_dir,
		  struct name to, struct inode *b)
{
	bool a_moves = S_TYPE(a->mode) == S_IFDIR && from_dir != to_dir;
	bool b_moves = S_TYPE(b->mode) == S_IFDIR && from_dir != to_dir;
	struct ext2_slot first, second;
	int error = find_same(from_dir, from, a, &first);

	if (error)
		return error;
	error = find_same(to_dir, to, b, &second);
	if (error) {
		page_put(first.page);
		return error;
	}
	ext2_retarget(from_dir, &first, b->number, b->mode);
	ext2_retarget(to_dir, &second, a->number, a->mode);
	if (a_moves)
		error = reparent(a, from_dir, to_dir);
	if (b_moves && !error)
		error = reparent(b, to_dir, from_dir);
	return error;
}
