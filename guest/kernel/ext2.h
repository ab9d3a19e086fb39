/*
 * The second extended file system, revision 0 and 1, 4 KiB blocks: on-disk structures (little-endian,
 * like the machine) and what the ext2_*.c files share.
 *
 * Inodes, bitmaps, indirect blocks and group descriptors live in the disk's metadata mapping and
 * are changed in their cached pages, at once; a directory's blocks live in its own mapping.  Thus
 * writing anything back needs only the page itself (and the block number that it carries), and reclaim
 * may do it in any order, because:
 *  - a fresh indirect or directory block is written, initialised, before anything points to it, and
 *    a metadata page goes out only after a flush has put such blocks on the disk;
 *  - a freed block or inode is not reused before a sync that began later has completed (data, then
 *    inodes and indirect blocks, flush, then directories, flush): whoever lost it has lost it on disk;
 *  - rename removes the old name (and the replaced inode) only after the new one is on the disk.
 * e2fsck repairs whatever else a power cut leaves.
 */
#ifndef KERNEL_EXT2_H
#define KERNEL_EXT2_H

#include "mm.h"
#include "vfs.h"

#define EXT2_MAGIC	    0xef53
#define EXT2_VALID_FS	    1
#define EXT2_ROOT_INO	    2
#define EXT2_DIRECT	    12
#define EXT2_POINTERS	    1024u /* in a block */
#define EXT2_FAST_LINK	    60
#define EXT2_INDEX_FL	    0x1000
#define EXT2_COMPAT_JOURNAL 0x4
#define EXT2_INCOMPAT_FTYPE 0x2
#define EXT2_RO_SPARSE	    0x1
#define EXT2_RO_LARGE_FILE  0x2
#define EXT2_MAX_LINKS	    32000
#define EXT2_MAX_BYTES	    (2ull << 40) /* i_blocks counts 512-byte units in 32 bits */

struct ext2_super {
	u32 inodes_count, blocks_count, r_blocks_count, free_blocks_count;
	u32 free_inodes_count, first_data_block, log_block_size, log_frag_size;
	u32 blocks_per_group, frags_per_group, inodes_per_group, mtime;
	u32 wtime;
	u16 mnt_count, max_mnt_count, magic, state;
	u16 errors, minor_rev_level;
	u32 lastcheck, checkinterval, creator_os, rev_level;
	u16 def_resuid, def_resgid;
	u32 first_ino;
	u16 inode_size, block_group_nr;
	u32 feature_compat, feature_incompat, feature_ro_compat;
	u8 uuid[16];
};

struct ext2_group {
	u32 block_bitmap, inode_bitmap, inode_table;
	u16 free_blocks_count, free_inodes_count, used_dirs_count, pad;
	u32 reserved[3];
};

struct ext2_disk_inode {
	u16 mode, uid;
	u32 size, atime, ctime, mtime, dtime;
	u16 gid, links_count;
	u32 blocks, flags, osd1;
	u32 block[15];
	u32 generation, file_acl, size_high, faddr;
	u16 osd2_frag, osd2_pad, uid_high, gid_high;
	u32 osd2_reserved;
	/* revision 1 with inodes of 256 bytes */
	u16 extra_isize, checksum_high;
	u32 ctime_extra, mtime_extra, atime_extra, crtime, crtime_extra;
};

struct ext2_dirent {
	u32 inode;
	u16 rec_len;
	u8 name_len, file_type;
	char name[];
};

/* The file system's part of struct inode. */
struct ext2_inode {
	u32 block[15];
	u32 flags, file_acl;
	u32 goal_index, goal_block; /* where the last block was allocated */
};

struct ext2_run {
	u32 start, count;
};
#define EXT2_FREED_RUNS	  384
#define EXT2_FREED_INODES 250
/* Freed since the last sync: still marked used in the bitmaps.  One page. */
struct ext2_freed {
	u32 nruns, closed_runs; /* a sync in progress will release the closed ones */
	u32 ninodes, closed_inodes;
	u64 blocks;
	struct ext2_run run[EXT2_FREED_RUNS];
	u32 inode[EXT2_FREED_INODES]; /* top bit: it was a directory */
};

struct ext2 {
	struct superblock sb;
	struct disk *disk;
	struct mapping meta;
	u32 blocks, inodes, groups, first_block, blocks_per_group, inodes_per_group, inode_size;
	u32 first_ino, reserved_blocks;
	u32 free_blocks, free_inodes;
	bool filetype, large_file, was_clean, names_changed;
	struct sleeplock alloc;	  /* bitmaps and block maps */
	struct sleeplock syncing; /* one sync at a time */
	u64 fresh, flushed;	  /* fresh blocks written; how many of them are surely on disk */
	u64 writing_fresh;	  /* the block being written so */
	struct ext2_freed *freed;
};

static inline struct ext2 *ext2_of(struct inode *inode)
{
	return inode->sb->fs;
}

static inline struct ext2_inode *ext2_inode(struct inode *inode)
{
	return inode->fs;
}

/* ext2_super.c */
struct page *ext2_meta(struct ext2 *fs, u64 block, int *error);
struct page *ext2_group_page(struct ext2 *fs, u32 group, struct ext2_group **desc, int *error);
int ext2_sync(struct ext2 *fs, struct inode *only); /* only: this file's data, and all metadata */
int ext2_barrier(struct ext2 *fs);
void ext2_need_large_file(struct ext2 *fs);

/* ext2_alloc.c */
int ext2_block_alloc(struct ext2 *fs, u32 goal, u32 *block);
void ext2_block_free(struct ext2 *fs, u32 block);
int ext2_inode_alloc(struct ext2 *fs, u32 parent, bool directory, u32 *number);
void ext2_inode_free(struct ext2 *fs, u32 number, bool directory);
void ext2_release_freed(struct ext2 *fs);

/* ext2_map.c */
int ext2_map_read(struct inode *inode, u64 index, u32 *block);
int ext2_map_alloc(struct inode *inode, u64 index, u32 *block, bool *fresh);
int ext2_map_cut(struct inode *inode, u64 from);
int ext2_fresh_written(struct ext2 *fs, struct page *page, u64 block);

/* ext2_inode.c */
int ext2_iget(struct ext2 *fs, u32 number, struct inode **inode);
int ext2_inode_make(struct inode *dir, u32 mode, u32 rdev, struct inode **made);
int ext2_update(struct inode *inode);
void ext2_evict(struct inode *inode);
void ext2_forget(struct inode *inode);
int ext2_truncate(struct inode *inode, u64 size);
int ext2_fsync(struct inode *inode, bool data_only);
s64 ext2_block(struct inode *inode, u64 index);
s64 ext2_seek_data(struct inode *inode, s64 from, bool hole);
int ext2_allocate(struct inode *inode, u64 from, u64 to);
long ext2_readlink(struct inode *inode, char *buffer, size_t bytes);
extern const struct inode_ops ext2_inode_ops;

/* ext2_dir.c: entries of one directory */
struct ext2_slot {
	struct page *page;		      /* pinned */
	struct ext2_dirent *entry, *previous; /* previous in the same block, or NULL */
};
int ext2_find(struct inode *dir, struct name name, struct ext2_slot *slot);
int ext2_insert(struct inode *dir, struct name name, u32 number, u32 mode);
void ext2_remove(struct inode *dir, struct ext2_slot *slot);
void ext2_retarget(struct inode *dir, struct ext2_slot *slot, u32 number, u32 mode);
int ext2_dir_init(struct inode *dir, u32 parent);
int ext2_dir_empty(struct inode *dir);
int ext2_iterate(struct inode *dir, s64 *pos, struct dir_sink *sink);

/* ext2_namei.c */
int ext2_lookup(struct inode *dir, struct name name, struct inode **found);
int ext2_create(struct inode *dir, struct name name, u32 mode, u32 rdev, struct inode **made);
int ext2_nameless(struct inode *dir, u32 mode, struct inode **made);
int ext2_symlink(struct inode *dir, struct name name, const char *target, struct inode **made);
int ext2_link(struct inode *dir, struct name name, struct inode *inode);
int ext2_unlink(struct inode *dir, struct name name, struct inode *inode);
int ext2_rmdir(struct inode *dir, struct name name, struct inode *inode);
int ext2_rename(struct inode *from_dir, struct name from, struct inode *inode, struct inode *to_dir,
		struct name to, struct inode *replaced);
int ext2_exchange(struct inode *from_dir, struct name from, struct inode *a, struct inode *to_dir,
		  struct name to, struct inode *b);

#endif
