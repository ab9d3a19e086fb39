/* ext2: from a page of a file to its block: direct, indirect, double and triple. */
#include "ext2.h"

/* The chain of slots that leads to page `index`: its length (1 to 4), or 0 if it is too far. */
static int chain(u64 index, u32 slot[4])
{
	u64 span = 1;

	if (index < EXT2_DIRECT) {
		slot[0] = index;
		return 1;
	}
	index -= EXT2_DIRECT;
	for (int levels = 1; levels <= 3; levels++) {
		span *= EXT2_POINTERS;
		if (index < span) {
			slot[0] = EXT2_DIRECT + levels - 1;
			for (int i = levels; i > 0; i--) {
				slot[i] = index % EXT2_POINTERS;
				index /= EXT2_POINTERS;
			}
			return levels + 1;
		}
		index -= span;
	}
	return 0;
}

/* *block = 0 for a hole. */
int ext2_map_read(struct inode *inode, u64 index, u32 *block)
{
	struct ext2 *fs = ext2_of(inode);
	u32 slot[4];
	int length = chain(index, slot), error = 0;

	*block = length ? ext2_inode(inode)->block[slot[0]] : 0;
	for (int i = 1; i < length && *block; i++) {
		struct page *page = ext2_meta(fs, *block, &error);

		if (!page)
			return error;
		*block = ((u32 *)page_data(page))[slot[i]];
		page_put(page);
	}
	return *block >= fs->blocks ? -EIO : 0;
}

/* Writes a block that nothing points to yet, so that whoever will finds it initialised. */
int ext2_fresh_written(struct ext2 *fs, struct page *page, u64 block)
{
	int error;

	page_set_dirty(page);
	fs->writing_fresh = block;
	error = page_sync(page);
	fs->writing_fresh = 0;
	if (!error)
		fs->fresh++;
	return error;
}

static int make_indirect(struct ext2 *fs, u32 block)
{
	int error = 0;
	struct page *page = page_make(&fs->meta, block, &error);

	if (!page)
		return error;
	memset(page_data(page), 0, PAGE_SIZE);
	error = ext2_fresh_written(fs, page, block);
	page_put(page);
	return error;
}

static u32 goal_for(struct inode *inode, u64 index)
{
	struct ext2 *fs = ext2_of(inode);
	struct ext2_inode *own = ext2_inode(inode);

	if (own->goal_block)
		return own->goal_block + (index > own->goal_index ? 1 : 0);
	return (inode->number - 1) / fs->inodes_per_group * fs->blocks_per_group;
}

/* A new block for `inode`; an indirect one is on the disk as zeros. */
static int new_block(struct inode *inode, u64 index, bool indirect, u32 *block)
{
	struct ext2 *fs = ext2_of(inode);
	int error = ext2_block_alloc(fs, goal_for(inode, index), block);

	if (!error && indirect) {
		error = make_indirect(fs, *block);
		if (error)
			ext2_block_free(fs, *block);
	}
	if (!error) {
		ext2_inode(inode)->goal_index = index;
		ext2_inode(inode)->goal_block = *block;
		inode->blocks += PAGE_SIZE / 512;
	}
	return error;
}

/* The pointer `slot` of the indirect block `parent`, allocated if it is 0. */
static int step(struct inode *inode, u32 parent, u32 slot, u64 index, bool leaf, u32 *block,
		bool *fresh)
{
	struct ext2 *fs = ext2_of(inode);
	int error = 0;
	struct page *page = ext2_meta(fs, parent, &error);

	if (!page)
		return error;
	*block = ((u32 *)page_data(page))[slot];
	if (!*block) {
		error = new_block(inode, index, !leaf, block);
		if (!error) {
			((u32 *)page_data(page))[slot] = *block;
			page_set_dirty(page);
			*fresh = true;
		}
	}
	page_put(page);
	return error;
}

/* The block of page `index`, allocated with its indirect blocks if it is a hole (*fresh). */
int ext2_map_alloc(struct inode *inode, u64 index, u32 *block, bool *fresh)
{
	struct ext2 *fs = ext2_of(inode);
	u32 slot[4], next;
	int length = chain(index, slot), error = 0;

	*fresh = false;
	if (!length || index >= EXT2_MAX_BYTES / PAGE_SIZE)
		return -EFBIG;
	sleeplock_acquire(&fs->alloc);
	*block = ext2_inode(inode)->block[slot[0]];
	if (!*block) {
		error = new_block(inode, index, length > 1, block);
		if (!error) {
			ext2_inode(inode)->block[slot[0]] = *block;
			*fresh = true;
		}
	}
	for (int i = 1; i < length && !error; i++) {
		next = 0;
		error = step(inode, *block, slot[i], index, i == length - 1, &next, fresh);
		*block = next;
	}
	if (*fresh) {
		int update_error = ext2_update(inode);

		error = error ? error : update_error;
	}
	sleeplock_release(&fs->alloc);
	return error;
}

/* Frees a detached tree: level 0 is a data block. */
static int free_tree(struct inode *inode, u32 block, int level)
{
	struct ext2 *fs = ext2_of(inode);
	int error = 0;

	if (level > 0) {
		struct page *page = ext2_meta(fs, block, &error);

		if (!page)
			return error;
		page_sync(page); /* never dirty again: the block may come to hold data */
		for (u32 i = 0; i < EXT2_POINTERS; i++) {
			u32 *slot = (u32 *)page_data(page) + i, child = *slot;

			*slot = 0; /* a damaged tree that holds itself comes to an end so */
			if (child)
				free_tree(inode, child, level - 1);
		}
		page_put(page);
	}
	inode->blocks -= PAGE_SIZE / 512;
	ext2_block_free(fs, block);
	return error;
}

/*
 * Cut from page `from` on out of the tree at *slot, whose first page is `base`.  True if *slot or
 * something below has changed.  A pointer is cleared before what it names is freed.
 */
static int cut(struct inode *inode, u32 *slot, struct page *holder, int level, u64 base, u64 from)
{
	struct ext2 *fs = ext2_of(inode);
	u64 span = 1ull << (10 * level);
	u32 block = *slot;
	struct page *page;
	int error = 0;

	if (!block || from >= base + span)
		return 0;
	if (from <= base) {
		*slot = 0;
		if (holder)
			page_set_dirty(holder);
		else
			error = ext2_update(inode);
		return error ? error : free_tree(inode, block, level);
	}
	page = ext2_meta(fs, block, &error);
	if (!page)
		return error;
	for (u32 i = 0; i < EXT2_POINTERS && !error; i++)
		error = cut(inode, (u32 *)page_data(page) + i, page, level - 1,
			    base + i * (span / EXT2_POINTERS), from);
	page_put(page);
	return error;
}

/* Free all blocks from page `from` on. */
int ext2_map_cut(struct inode *inode, u64 from)
{
	struct ext2 *fs = ext2_of(inode);
	struct ext2_inode *own = ext2_inode(inode);
	u64 base = EXT2_DIRECT;
	int error = 0, update_error;

	sleeplock_acquire(&fs->alloc);
	own->goal_block = 0;
	for (u32 i = 0; i < EXT2_DIRECT && !error; i++)
		error = cut(inode, &own->block[i], NULL, 0, i, from);
	for (int level = 1; level <= 3 && !error; level++) {
		error = cut(inode, &own->block[EXT2_DIRECT + level - 1], NULL, level, base, from);
		base += 1ull << (10 * level);
	}
	update_error = ext2_update(inode);
	sleeplock_release(&fs->alloc);
	return error ? error : update_error;
}
