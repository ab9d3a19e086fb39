/* ext2: inodes, and the pages of files. */
#include "ext2.h"

#define NS	     1000000000ll
#define EXTRA_ISIZE  32
#define LEGACY_BYTES 128

/* The inode's place in its group's table. */
static struct page *table_page(struct ext2 *fs, u32 number, struct ext2_disk_inode **raw,
			       int *error)
{
	u64 at = (u64)((number - 1) % fs->inodes_per_group) * fs->inode_size;
	struct ext2_group *desc;
	struct page *page;
	u32 table;

	if (number == 0 || number > fs->inodes) {
		*error = -EIO;
		return NULL;
	}
	page = ext2_group_page(fs, (number - 1) / fs->inodes_per_group, &desc, error);
	if (!page)
		return NULL;
	table = desc->inode_table;
	page_put(page);
	page = ext2_meta(fs, table + at / PAGE_SIZE, error);
	if (page)
		*raw = (struct ext2_disk_inode *)((char *)page_data(page) + at % PAGE_SIZE);
	return page;
}

static bool has_extra(const struct ext2 *fs, const struct ext2_disk_inode *raw)
{
	return fs->inode_size >= LEGACY_BYTES + EXTRA_ISIZE && raw->extra_isize >= 16;
}

static s64 time_load(u32 seconds, u32 extra)
{
	s64 whole = (s64)(s32)seconds + ((s64)(extra & 3) << 32);

	return whole > INT64_MAX / NS - 1 ? INT64_MAX : whole * NS + (extra >> 2) % NS;
}

static void time_store(s64 ns, u32 *seconds, u32 *extra)
{
	s64 s = ns / NS, rest = ns % NS;

	if (rest < 0) {
		s--;
		rest += NS;
	}
	*seconds = s;
	if (extra)
		*extra = (u32)rest << 2 | (((s - (s32)s) >> 32) & 3);
}

static void load(struct inode *inode, const struct ext2_disk_inode *raw)
{
	struct ext2_inode *own = ext2_inode(inode);
	bool extra = has_extra(ext2_of(inode), raw);

	inode->mode = raw->mode;
	inode->uid = raw->uid | (u32)raw->uid_high << 16;
	inode->gid = raw->gid | (u32)raw->gid_high << 16;
	inode->nlink = raw->links_count;
	inode->size = raw->size;
	if (S_TYPE(raw->mode) == S_IFREG)
		inode->size |= (u64)raw->size_high << 32;
	inode->blocks = raw->blocks;
	inode->atime = time_load(raw->atime, extra ? raw->atime_extra : 0);
	inode->mtime = time_load(raw->mtime, extra ? raw->mtime_extra : 0);
	inode->ctime = time_load(raw->ctime, extra ? raw->ctime_extra : 0);
	own->flags = raw->flags;
	own->file_acl = raw->file_acl;
	memcpy(own->block, raw->block, sizeof(own->block));
	if (S_TYPE(raw->mode) == S_IFCHR || S_TYPE(raw->mode) == S_IFBLK) {
		u32 rdev = raw->block[0] ? raw->block[0] : raw->block[1];

		inode->rdev = raw->block[0] ? (rdev >> 8 & 0xff) << 8 | (rdev & 0xff) : rdev;
	}
}

static void store(const struct inode *inode, struct ext2_disk_inode *raw, bool extra)
{
	const struct ext2_inode *own = inode->fs;

	raw->mode = inode->mode;
	raw->uid = inode->uid;
	raw->uid_high = inode->uid >> 16;
	raw->gid = inode->gid;
	raw->gid_high = inode->gid >> 16;
	raw->links_count = inode->nlink;
	raw->size = inode->size;
	if (S_TYPE(inode->mode) == S_IFREG)
		raw->size_high = inode->size >> 32;
	raw->blocks = inode->blocks;
	time_store(inode->atime, &raw->atime, extra ? &raw->atime_extra : NULL);
	time_store(inode->mtime, &raw->mtime, extra ? &raw->mtime_extra : NULL);
	time_store(inode->ctime, &raw->ctime, extra ? &raw->ctime_extra : NULL);
	raw->flags = own->flags;
	raw->file_acl = own->file_acl;
	memcpy(raw->block, own->block, sizeof(own->block));
}

/* Copies the inode into its table's cached page. */
int ext2_update(struct inode *inode)
{
	struct ext2 *fs = ext2_of(inode);
	struct ext2_disk_inode *raw;
	struct page *page;
	int error = 0;

	if (fs->sb.read_only)
		return -EROFS;
	if (inode->size > 0x7fffffff && S_ISREG(inode->mode))
		ext2_need_large_file(fs);
	page = table_page(fs, inode->number, &raw, &error);
	if (!page)
		return error;
	store(inode, raw, has_extra(fs, raw));
	raw->dtime = inode->nlink ? 0 : time_realtime_ns() / NS;
	page_set_dirty(page);
	page_put(page);
	return 0;
}

/* What lies behind the end of the file in its last page is zeros, on the disk as in the cache. */
static void zero_past_end(struct inode *inode, struct page *page)
{
	u64 start = page_index(page) * PAGE_SIZE;

	if (start < inode->size && inode->size - start < PAGE_SIZE)
		memset((char *)page_data(page) + (inode->size - start), 0,
		       PAGE_SIZE - (inode->size - start));
}

static int read_page(struct mapping *mapping, struct page *page)
{
	struct inode *inode = mapping->owner;
	u32 block = 0;
	int error = 0;

	if (page_index(page) * PAGE_SIZE < inode->size)
		error = ext2_map_read(inode, page_index(page), &block);
	page_set_block(page, block);
	if (!error && block)
		error = blk_rw(ext2_of(inode)->disk, block, page_pa(page), false);
	else
		memset(page_data(page), 0, PAGE_SIZE);
	zero_past_end(inode, page);
	return error;
}

static int write_page(struct mapping *mapping, struct page *page)
{
	struct inode *inode = mapping->owner;

	if (!page_block(page))
		return 0; /* never reserved: nothing may be stored in it */
	zero_past_end(inode, page);
	return blk_rw(ext2_of(inode)->disk, page_block(page), page_pa(page), true);
}

static int reserve_page(struct mapping *mapping, struct page *page)
{
	struct inode *inode = mapping->owner;
	bool fresh;
	u32 block;
	int error;

	if (inode->sb->read_only)
		return -EROFS;
	if (page_block(page))
		return 0;
	error = ext2_map_alloc(inode, page_index(page), &block, &fresh);
	if (error)
		return error;
	page_set_block(page, block);
	if (fresh)
		page_set_dirty(page); /* the new block holds somebody's old bytes */
	return 0;
}

static const struct mapping_ops file_mapping_ops = {
	.read_page = read_page,
	.write_page = write_page,
	.reserve_page = reserve_page,
};

static struct inode *new_inode(struct ext2 *fs, u32 number)
{
	struct inode *inode = inode_new(&fs->sb, number);

	if (!inode || inode->fs)
		return inode; /* none, or somebody else was first */
	inode->fs = kmalloc(sizeof(struct ext2_inode));
	if (!inode->fs) {
		inode_discard(inode);
		return NULL;
	}
	inode->ops = &ext2_inode_ops;
	inode->device = fs->sb.device;
	mapping_init(&inode->mapping, &file_mapping_ops, number, inode);
	return inode;
}

static void set_fops(struct inode *inode)
{
	inode->fops = S_TYPE(inode->mode) == S_IFDIR ? &directory_fops : &regular_fops;
}

/* Freed, though a name leads there; or a directory of more blocks than there are: it has no holes. */
static bool damaged(const struct ext2 *fs, const struct ext2_disk_inode *raw)
{
	u64 size = raw->size | (u64)raw->size_high << 32;

	if (raw->mode == 0 || raw->links_count == 0)
		return true;
	return S_TYPE(raw->mode) == S_IFDIR && size > (u64)fs->blocks * PAGE_SIZE;
}

int ext2_iget(struct ext2 *fs, u32 number, struct inode **found)
{
	struct ext2_disk_inode *raw;
	struct inode *inode = inode_find(&fs->sb, number);
	struct page *page;
	int error = 0;

	if (!inode) {
		page = table_page(fs, number, &raw, &error);
		if (!page)
			return error;
		if (damaged(fs, raw))
			error = -EIO;
		else
			inode = new_inode(fs, number);
		if (inode && inode->mode == 0) {
			load(inode, raw);
			set_fops(inode);
		}
		page_put(page);
	}
	if (!inode)
		return error ? error : -ENOMEM;
	*found = inode;
	return 0;
}

/* A new inode with one link (a directory: two, and no block yet), not yet in `dir`. */
int ext2_inode_make(struct inode *dir, u32 mode, u32 rdev, struct inode **made)
{
	struct ext2 *fs = ext2_of(dir);
	bool directory = S_TYPE(mode) == S_IFDIR;
	struct ext2_disk_inode *raw;
	struct inode *inode;
	struct page *page;
	u32 number;
	int error = ext2_inode_alloc(fs, dir->number, directory, &number);

	if (error)
		return error;
	page = table_page(fs, number, &raw, &error);
	inode = page ? new_inode(fs, number) : NULL;
	if (!inode) {
		if (page)
			page_put(page);
		ext2_inode_free(fs, number, directory);
		return error ? error : -ENOMEM;
	}
	if (inode->nlink) { /* damaged: in use, whatever the bitmap says, and from now on it says so too */
		page_put(page);
		inode_put(inode);
		return -EIO;
	}
	memset(raw, 0, fs->inode_size);
	if (fs->inode_size >= LEGACY_BYTES + EXTRA_ISIZE)
		raw->extra_isize = EXTRA_ISIZE;
	page_put(page);
	inode->mode = mode;
	inode->nlink = directory ? 2 : 1;
	inode->atime = inode->mtime = inode->ctime = time_realtime_ns();
	inode->rdev = rdev;
	if (S_TYPE(mode) == S_IFCHR || S_TYPE(mode) == S_IFBLK)
		ext2_inode(inode)->block[rdev >> 16 || rdev >> 8 == 0 ? 1 : 0] = rdev;
	set_fops(inode);
	*made = inode;
	return ext2_update(inode);
}

void ext2_forget(struct inode *inode)
{
	kfree(inode->fs);
}

static bool is_fast_link(const struct inode *inode)
{
	const struct ext2_inode *own = inode->fs;

	return S_TYPE(inode->mode) == S_IFLNK && inode->size < EXT2_FAST_LINK &&
	       inode->blocks <= (own->file_acl ? PAGE_SIZE / 512 : 0u);
}

static bool has_blocks(const struct inode *inode)
{
	u32 type = S_TYPE(inode->mode);

	return type == S_IFREG || type == S_IFDIR || (type == S_IFLNK && !is_fast_link(inode));
}

/* The last reference to an inode without a name. */
void ext2_evict(struct inode *inode)
{
	bool directory = S_TYPE(inode->mode) == S_IFDIR;

	mapping_truncate(&inode->mapping, 0); /* a link that got no block has a page as well */
	if (inode->sb->read_only)
		return;
	if (has_blocks(inode)) {
		inode->size = 0;
		ext2_map_cut(inode, 0);
	}
	ext2_update(inode);
	ext2_inode_free(ext2_of(inode), inode->number, directory);
}

/* Clear what lies behind the end in the last page, so that growth shows zeros. */
static int clear_tail(struct inode *inode, u64 size)
{
	u32 offset = size % PAGE_SIZE;
	struct page *page;
	int error = 0;

	if (offset == 0)
		return 0;
	page = page_get(&inode->mapping, size / PAGE_SIZE, &error, NULL);
	if (!page)
		return error;
	memset((char *)page_data(page) + offset, 0, PAGE_SIZE - offset);
	if (page_block(page))
		page_set_dirty(page);
	page_put(page);
	return 0;
}

/* The inode's lock is held. */
int ext2_truncate(struct inode *inode, u64 size)
{
	u64 old = inode->size;
	int error;

	if (inode->sb->read_only)
		return -EROFS;
	if (size > EXT2_MAX_BYTES)
		return -EFBIG;
	error = clear_tail(inode, size < old ? size : old);
	if (error)
		return error;
	inode->size = size;
	if (size < old) {
		mapping_truncate(&inode->mapping, (size + PAGE_SIZE - 1) / PAGE_SIZE);
		return ext2_map_cut(inode, (size + PAGE_SIZE - 1) / PAGE_SIZE);
	}
	return ext2_update(inode);
}

s64 ext2_block(struct inode *inode, u64 index)
{
	u32 block;
	int error = ext2_map_read(inode, index, &block);

	return error ? error : (s64)block;
}

/* The next offset at or after `from` that is data (or a hole). */
s64 ext2_seek_data(struct inode *inode, s64 from, bool hole)
{
	for (u64 at = from; at < inode->size; at = (at / PAGE_SIZE + 1) * PAGE_SIZE) {
		s64 block = ext2_block(inode, at / PAGE_SIZE);

		if (block < 0)
			return block;
		if (!block == hole)
			return at;
	}
	return hole ? (s64)inode->size : -ENXIO;
}

/* Blocks of zeros for the holes of [from, to); the inode's lock is held. */
int ext2_allocate(struct inode *inode, u64 from, u64 to)
{
	int error = 0;

	for (u64 index = from / PAGE_SIZE; index * PAGE_SIZE < to && !error; index++) {
		s64 block = ext2_block(inode, index);
		struct page *page;

		if (block < 0)
			return block;
		if (block)
			continue;
		page = page_get(&inode->mapping, index, &error, NULL);
		if (!page)
			return error;
		error = reserve_page(&inode->mapping, page);
		page_put(page);
	}
	return error;
}

int ext2_fsync(struct inode *inode, bool data_only)
{
	(void)data_only; /* sizes and block maps are needed to find the data */
	return ext2_sync(ext2_of(inode), inode);
}

long ext2_readlink(struct inode *inode, char *buffer, size_t bytes)
{
	size_t n = inode->size < bytes ? inode->size : bytes;
	struct page *page;
	int error = 0;

	if (is_fast_link(inode)) {
		memcpy(buffer, ext2_inode(inode)->block, n);
		return n;
	}
	page = page_get(&inode->mapping, 0, &error, NULL);
	if (!page)
		return error;
	n = n < PAGE_SIZE ? n : PAGE_SIZE;
	memcpy(buffer, page_data(page), n);
	page_put(page);
	return n;
}

const struct inode_ops ext2_inode_ops = {
	.lookup = ext2_lookup,
	.create = ext2_create,
	.nameless = ext2_nameless,
	.symlink = ext2_symlink,
	.link = ext2_link,
	.unlink = ext2_unlink,
	.rmdir = ext2_rmdir,
	.rename = ext2_rename,
	.exchange = ext2_exchange,
	.iterate = ext2_iterate,
	.readlink = ext2_readlink,
	.truncate = ext2_truncate,
	.update = ext2_update,
	.block = ext2_block,
	.sync = ext2_fsync,
	.allocate = ext2_allocate,
	.seek_data = ext2_seek_data,
};
