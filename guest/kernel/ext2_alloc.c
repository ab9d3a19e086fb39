/*
 * ext2: allocation of blocks and inodes in the bitmaps' cached pages.
 *
 * What is freed keeps its bit until a sync has put its loser on the disk (see ext2.h).
 */
#include "ext2.h"

/* First zero bit in [from, to), or `to`. */
static u32 find_zero(const u64 *map, u32 from, u32 to)
{
	while (from < to) {
		if (from % 64 == 0 && map[from / 64] == ~0ull)
			from += 64;
		else if (map[from / 64] >> (from % 64) & 1)
			from++;
		else
			return from;
	}
	return to;
}

static bool set_bit(u64 *map, u32 bit, bool value)
{
	bool old = map[bit / 64] >> (bit % 64) & 1;

	if (value)
		map[bit / 64] |= 1ull << (bit % 64);
	else
		map[bit / 64] &= ~(1ull << (bit % 64));
	return old;
}

/* Take a bit of one group's bitmap at or after `from`, else before.  Its number, `size` if full. */
static u32 take_bit(struct ext2 *fs, u32 bitmap_block, u32 from, u32 size, int *error)
{
	struct page *page = ext2_meta(fs, bitmap_block, error);
	u32 bit;

	if (!page)
		return size;
	bit = find_zero(page_data(page), from, size);
	if (bit == size && from > 0) {
		bit = find_zero(page_data(page), 0, from);
		if (bit == from)
			bit = size;
	}
	if (bit < size) {
		set_bit(page_data(page), bit, true);
		page_set_dirty(page);
	}
	page_put(page);
	return bit;
}

static u32 group_blocks(const struct ext2 *fs, u32 group)
{
	u32 left = fs->blocks - group * fs->blocks_per_group;

	return left < fs->blocks_per_group ? left : fs->blocks_per_group;
}

/* A block of `group`, or 0. */
static u32 block_in_group(struct ext2 *fs, u32 group, u32 from, int *error)
{
	u32 size = group_blocks(fs, group), bit;
	struct ext2_group *desc;
	struct page *page = ext2_group_page(fs, group, &desc, error);

	if (!page)
		return 0;
	bit = desc->free_blocks_count
		      ? take_bit(fs, desc->block_bitmap, from < size ? from : 0, size, error)
		      : size;
	if (bit < size) {
		desc->free_blocks_count--;
		fs->free_blocks--;
		page_set_dirty(page);
	}
	page_put(page);
	return bit < size ? group * fs->blocks_per_group + bit : 0;
}

static u32 search_blocks(struct ext2 *fs, u32 goal, int *error)
{
	u32 first = goal / fs->blocks_per_group;

	for (u32 i = 0; i < fs->groups && !*error; i++) {
		u32 from = i ? 0 : goal % fs->blocks_per_group;
		u32 block = block_in_group(fs, (first + i) % fs->groups, from, error);

		if (block)
			return block;
	}
	return 0;
}

/* fs->alloc is held.  The block's contents are whatever they were. */
int ext2_block_alloc(struct ext2 *fs, u32 goal, u32 *block)
{
	int error = 0;

	if (fs->sb.read_only)
		return -EROFS;
	if (goal >= fs->blocks)
		goal = 0;
	*block = search_blocks(fs, goal, &error);
	if (!*block && !error && fs->freed->blocks) {
		error = ext2_sync(fs, NULL);
		if (!error)
			*block = search_blocks(fs, goal, &error);
	}
	if (error)
		return error;
	return *block ? 0 : -ENOSPC;
}

/* Nothing in the cached metadata points to the block any more. */
void ext2_block_free(struct ext2 *fs, u32 block)
{
	struct ext2_freed *freed = fs->freed;
	struct ext2_run *last;

	if (block == 0 || block >= fs->blocks)
		return;
	while (freed->nruns == EXT2_FREED_RUNS && ext2_sync(fs, NULL) == 0)
		; /* others may have filled it again meanwhile */
	if (freed->nruns == EXT2_FREED_RUNS)
		return; /* the disk fails: the block stays marked used, which e2fsck repairs */
	last = freed->nruns > freed->closed_runs ? &freed->run[freed->nruns - 1] : NULL;
	freed->blocks++;
	if (last && last->start + last->count == block)
		last->count++;
	else
		freed->run[freed->nruns++] = (struct ext2_run){ block, 1 };
}

/* Clears a run's bits within the first group it touches; how many blocks that were, 0 on error. */
static u32 release_part(struct ext2 *fs, u32 start, u32 count)
{
	u32 group = start / fs->blocks_per_group, bit = start % fs->blocks_per_group;
	struct ext2_group *desc;
	int error = 0;
	struct page *page = ext2_group_page(fs, group, &desc, &error), *map;

	if (!page)
		return 0;
	if (count > fs->blocks_per_group - bit)
		count = fs->blocks_per_group - bit;
	map = ext2_meta(fs, desc->block_bitmap, &error);
	for (u32 i = 0; map && i < count; i++) {
		if (set_bit(page_data(map), bit + i, false)) {
			desc->free_blocks_count++;
			fs->free_blocks++;
		}
	}
	if (map) {
		page_set_dirty(map);
		page_set_dirty(page);
		page_put(map);
	}
	page_put(page);
	return map ? count : 0;
}

static void release_inode(struct ext2 *fs, u32 number, bool directory)
{
	u32 group = (number - 1) / fs->inodes_per_group;
	struct ext2_group *desc;
	int error = 0;
	struct page *page = ext2_group_page(fs, group, &desc, &error), *map;

	if (!page)
		return;
	map = ext2_meta(fs, desc->inode_bitmap, &error);
	if (map && set_bit(page_data(map), (number - 1) % fs->inodes_per_group, false)) {
		desc->free_inodes_count++;
		desc->used_dirs_count -= directory;
		fs->free_inodes++;
		page_set_dirty(map);
		page_set_dirty(page);
	}
	if (map)
		page_put(map);
	page_put(page);
}

/* A sync has completed: what was freed before it began may be reused. */
void ext2_release_freed(struct ext2 *fs)
{
	struct ext2_freed *freed = fs->freed;
	u32 runs = freed->closed_runs, inodes = freed->closed_inodes;

	for (u32 i = 0; i < runs; i++) {
		struct ext2_run *run = &freed->run[i];

		while (run->count) {
			u32 done = release_part(fs, run->start, run->count);

			if (!done)
				break; /* unreadable bitmap: they stay marked used */
			run->start += done;
			run->count -= done;
			freed->blocks -= done;
		}
		freed->blocks -= run->count;
	}
	for (u32 i = 0; i < inodes; i++)
		release_inode(fs, freed->inode[i] & 0x7fffffff, freed->inode[i] >> 31);
	freed->nruns -= runs;
	memmove(freed->run, freed->run + runs, freed->nruns * sizeof(freed->run[0]));
	freed->ninodes -= inodes;
	memmove(freed->inode, freed->inode + inodes, freed->ninodes * sizeof(freed->inode[0]));
}

/* An inode of `group`, or 0. */
static u32 inode_in_group(struct ext2 *fs, u32 group, bool directory, int *error)
{
	u32 size = fs->inodes_per_group, bit = size, from = group ? 0 : fs->first_ino - 1;
	struct ext2_group *desc;
	struct page *page = ext2_group_page(fs, group, &desc, error);

	if (!page)
		return 0;
	if (desc->free_inodes_count)
		bit = take_bit(fs, desc->inode_bitmap, from, size, error);
	if (bit < size) {
		desc->free_inodes_count--;
		desc->used_dirs_count += directory;
		fs->free_inodes--;
		page_set_dirty(page);
	}
	page_put(page);
	return bit < size ? group * fs->inodes_per_group + bit + 1 : 0;
}

static u32 search_inodes(struct ext2 *fs, u32 first, bool directory, int *error)
{
	for (u32 i = 0; i < fs->groups && !*error; i++) {
		u32 number = inode_in_group(fs, (first + i) % fs->groups, directory, error);

		if (number)
			return number;
	}
	return 0;
}

/* In the parent's group if it has room. */
int ext2_inode_alloc(struct ext2 *fs, u32 parent, bool directory, u32 *number)
{
	u32 first = (parent - 1) / fs->inodes_per_group;
	int error = 0;

	sleeplock_acquire(&fs->alloc);
	*number = search_inodes(fs, first, directory, &error);
	if (!*number && !error && fs->freed->ninodes) {
		error = ext2_sync(fs, NULL);
		if (!error)
			*number = search_inodes(fs, first, directory, &error);
	}
	sleeplock_release(&fs->alloc);
	if (error)
		return error;
	return *number ? 0 : -ENOSPC;
}

void ext2_inode_free(struct ext2 *fs, u32 number, bool directory)
{
	struct ext2_freed *freed = fs->freed;

	while (freed->ninodes == EXT2_FREED_INODES && ext2_sync(fs, NULL) == 0)
		;
	if (freed->ninodes < EXT2_FREED_INODES)
		freed->inode[freed->ninodes++] = number | (u32)directory << 31;
}
