/* ext2: mounting, the metadata mapping, and the order in which things reach the disk. */
#include "ext2.h"

#define SUPER_OFFSET 1024
#define DESCS	     (PAGE_SIZE / sizeof(struct ext2_group)) /* in a block */

struct page *ext2_meta(struct ext2 *fs, u64 block, int *error)
{
	if (block >= fs->blocks) {
		*error = -EIO; /* a damaged file system points outside itself */
		return NULL;
	}
	return page_get(&fs->meta, block, error, NULL);
}

struct page *ext2_group_page(struct ext2 *fs, u32 group, struct ext2_group **desc, int *error)
{
	struct page *page = ext2_meta(fs, fs->first_block + 1 + group / DESCS, error);

	if (page)
		*desc = (struct ext2_group *)page_data(page) + group % DESCS;
	return page;
}

static int meta_read(struct mapping *mapping, struct page *page)
{
	struct ext2 *fs = mapping->owner;

	return blk_rw(fs->disk, page_index(page), page_pa(page), false);
}

/* Puts the fresh blocks written so far on the disk for good. */
int ext2_barrier(struct ext2 *fs)
{
	u64 fresh = fs->fresh;
	int error = 0;

	if (fs->flushed < fresh) {
		error = blk_flush(fs->disk);
		if (!error && fs->flushed < fresh)
			fs->flushed = fresh;
	}
	return error;
}

static int meta_write(struct mapping *mapping, struct page *page)
{
	struct ext2 *fs = mapping->owner;
	int error = 0;

	if (page_index(page) != fs->writing_fresh)
		error = ext2_barrier(fs);
	return error ? error : blk_rw(fs->disk, page_index(page), page_pa(page), true);
}

static const struct mapping_ops meta_ops = { .read_page = meta_read, .write_page = meta_write };

static struct page *super_page(struct ext2 *fs, struct ext2_super **super, int *error)
{
	struct page *page = page_get(&fs->meta, 0, error, NULL);

	if (page)
		*super = (struct ext2_super *)((char *)page_data(page) + SUPER_OFFSET);
	return page;
}

static int super_write(struct ext2 *fs, bool clean)
{
	struct ext2_super *super;
	int error = 0;
	struct page *page = super_page(fs, &super, &error);

	if (!page)
		return error;
	super->free_blocks_count = fs->free_blocks;
	super->free_inodes_count = fs->free_inodes;
	super->wtime = time_realtime_ns() / 1000000000;
	if (fs->large_file)
		super->feature_ro_compat |= EXT2_RO_LARGE_FILE;
	super->state = clean ? super->state | EXT2_VALID_FS : super->state & ~EXT2_VALID_FS;
	page_set_dirty(page);
	page_put(page);
	return 0;
}

void ext2_need_large_file(struct ext2 *fs)
{
	if (!fs->large_file) {
		fs->large_file = true;
		super_write(fs, false);
	}
}

static int sync_data(struct inode *inode)
{
	return S_TYPE(inode->mode) == S_IFDIR ? 0 : mapping_sync(&inode->mapping);
}

static int sync_directory(struct inode *inode)
{
	return S_TYPE(inode->mode) == S_IFDIR ? mapping_sync(&inode->mapping) : 0;
}

static int sync_ordered(struct ext2 *fs, struct inode *only)
{
	u64 fresh = fs->fresh;
	int error = only ? mapping_sync(&only->mapping) : inode_each(&fs->sb, sync_data);

	if (!error)
		error = super_write(fs, false);
	if (!error)
		error = mapping_sync(&fs->meta);
	if (!error)
		error = blk_flush(fs->disk);
	if (!error && fs->flushed < fresh)
		fs->flushed = fresh;
	if (error || !fs->names_changed)
		return error;
	fs->names_changed = false;
	error = inode_each(&fs->sb, sync_directory);
	if (!error)
		error = blk_flush(fs->disk);
	if (error)
		fs->names_changed = true;
	return error;
}

/*
 * Everything, or one file's data and all metadata, in order: data, inodes and indirect blocks, flush,
 * directories, flush.  What was freed before it began may then be reused.
 */
int ext2_sync(struct ext2 *fs, struct inode *only)
{
	int error;

	if (fs->sb.read_only)
		return 0;
	sleeplock_acquire(&fs->syncing);
	fs->freed->closed_runs = fs->freed->nruns;
	fs->freed->closed_inodes = fs->freed->ninodes;
	error = sync_ordered(fs, only);
	if (!error)
		ext2_release_freed(fs);
	fs->freed->closed_runs = fs->freed->closed_inodes = 0;
	sleeplock_release(&fs->syncing);
	return error;
}

static int sync_super(struct superblock *sb)
{
	return ext2_sync(sb->fs, NULL);
}

static void ext2_statfs(struct superblock *sb, struct statfs *st)
{
	struct ext2 *fs = sb->fs;

	st->f_bsize = st->f_frsize = PAGE_SIZE;
	st->f_blocks = fs->blocks;
	st->f_bfree = fs->free_blocks + fs->freed->blocks;
	st->f_bavail = st->f_bfree > fs->reserved_blocks ? st->f_bfree - fs->reserved_blocks : 0;
	st->f_files = fs->inodes;
	st->f_ffree = fs->free_inodes + fs->freed->ninodes;
	st->f_namelen = NAME_MAX_BYTES;
}

static const struct super_ops ext2_super_ops = {
	.evict = ext2_evict,
	.forget = ext2_forget,
	.sync = sync_super,
	.statfs = ext2_statfs,
};

/* Takes over what the super block says; the reason if it is not served. */
static const char *read_super(struct ext2 *fs, const struct ext2_super *super)
{
	if (super->magic != EXT2_MAGIC)
		return "not an ext2 file system";
	if (super->log_block_size != 2)
		return "its blocks are not 4 KiB (mke2fs -b 4096)";
	if (super->rev_level > 1 || (super->feature_incompat & ~EXT2_INCOMPAT_FTYPE))
		return "it has an incompatible feature (mke2fs -O none,filetype)";
	fs->inodes = super->inodes_count;
	fs->blocks = super->blocks_count;
	fs->reserved_blocks = super->r_blocks_count;
	fs->free_blocks = super->free_blocks_count;
	fs->free_inodes = super->free_inodes_count;
	fs->first_block = super->first_data_block;
	fs->blocks_per_group = super->blocks_per_group;
	fs->inodes_per_group = super->inodes_per_group;
	fs->inode_size = super->rev_level ? super->inode_size : 128;
	fs->first_ino = super->rev_level ? super->first_ino : 11;
	fs->filetype = super->rev_level && (super->feature_incompat & EXT2_INCOMPAT_FTYPE);
	fs->large_file = super->rev_level && (super->feature_ro_compat & EXT2_RO_LARGE_FILE);
	fs->was_clean = super->state & EXT2_VALID_FS;
	if (super->rev_level && (super->feature_ro_compat & ~(EXT2_RO_SPARSE | EXT2_RO_LARGE_FILE)))
		fs->sb.read_only = true;
	if (!fs->blocks_per_group || fs->blocks_per_group > 8 * PAGE_SIZE || fs->first_block ||
	    !fs->inodes_per_group || fs->inodes_per_group > 8 * PAGE_SIZE ||
	    fs->blocks > fs->disk->blocks || fs->inode_size < 128 || fs->inode_size > PAGE_SIZE ||
	    (fs->inode_size & (fs->inode_size - 1)) || fs->blocks < 8 || fs->inodes < fs->first_ino)
		return "its super block makes no sense";
	fs->groups = (fs->blocks + fs->blocks_per_group - 1) / fs->blocks_per_group;
	if (fs->inodes > (u64)fs->groups * fs->inodes_per_group)
		return "its super block makes no sense";
	return NULL;
}

/* Marks the file system as in use, on the disk. */
static int open_super(struct ext2 *fs)
{
	struct ext2_super *super;
	int error = 0;
	struct page *page;

	if (fs->sb.read_only)
		return 0;
	page = super_page(fs, &super, &error);
	if (!page)
		return error;
	super->mnt_count++;
	super->mtime = time_realtime_ns() / 1000000000;
	page_put(page);
	error = super_write(fs, false);
	if (!error)
		error = mapping_sync(&fs->meta);
	return error ? error : blk_flush(fs->disk);
}

static int mount_read(struct ext2 *fs, const char **why)
{
	struct ext2_super *super;
	int error = 0;
	struct page *page = super_page(fs, &super, &error);

	*why = "its super block cannot be read";
	if (!page)
		return error;
	*why = read_super(fs, super);
	page_put(page);
	if (*why)
		return -EINVAL;
	*why = "its root directory cannot be read";
	error = ext2_iget(fs, EXT2_ROOT_INO, &fs->sb.root);
	if (error)
		return error;
	if (S_TYPE(fs->sb.root->mode) != S_IFDIR)
		return -EINVAL;
	*why = "its super block cannot be written";
	return open_super(fs);
}

int ext2_mount(struct disk *disk, struct superblock **sb, const char **why)
{
	struct ext2 *fs = kmalloc(sizeof(*fs));
	int error;

	*why = "no memory";
	if (!fs)
		return -ENOMEM;
	fs->freed = kpage_alloc();
	if (!fs->freed)
		return -ENOMEM;
	fs->disk = disk;
	fs->blocks = disk->blocks;
	fs->sb.ops = &ext2_super_ops;
	fs->sb.type = "ext2";
	fs->sb.magic = EXT2_MAGIC;
	fs->sb.device = 0xfe00; /* 254:0, as Linux's vda */
	fs->sb.read_only = disk->read_only;
	fs->sb.fs = fs;
	mapping_init(&fs->meta, &meta_ops, 0, fs);
	error = mount_read(fs, why);
	*sb = error ? NULL : &fs->sb;
	return error;
}

void ext2_unmount(struct superblock *sb)
{
	struct ext2 *fs = sb->fs;

	if (sb->read_only)
		return;
	ext2_sync(fs, NULL);
	/* Releasing what was freed has changed the bitmaps; inodes without a name are gone by now. */
	if (ext2_sync(fs, NULL) == 0 && super_write(fs, fs->was_clean) == 0 &&
	    mapping_sync(&fs->meta) == 0)
		blk_flush(fs->disk);
	sb->read_only = true;
}
