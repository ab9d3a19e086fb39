/* Which existing images the guest serves. */
#include "emu/rootfs_check.h"

struct feature {
	uint32_t bit;
	const char *name;
};

// clang-format off
static const struct feature compat_refused[] = {
	{ 0x0001, "dir_prealloc" }, { 0x0002, "imagic_inodes" }, { 0x0004, "has_journal" },
	{ 0x0200, "sparse_super2" }, { 0x0400, "fast_commit" },	 { 0x1000, "orphan_file" },
	{ 0, NULL },
};

static const struct feature incompat_refused[] = {
	{ 0x0001, "compression" }, { 0x0004, "needs_recovery" }, { 0x0008, "journal_dev" },
	{ 0x0010, "meta_bg" },	   { 0x0040, "extent" },	 { 0x0080, "64bit" },
	{ 0x0100, "mmp" },	   { 0x0200, "flex_bg" },	 { 0x0400, "ea_inode" },
	{ 0x1000, "dirdata" },	   { 0x2000, "metadata_csum_seed" }, { 0x4000, "large_dir" },
	{ 0x8000, "inline_data" }, { 0x10000, "encrypt" },	 { 0x20000, "casefold" },
	{ 0, NULL },
};

static const struct feature ro_compat_refused[] = {
	{ 0x0004, "btree_dir" },   { 0x0008, "huge_file" }, { 0x0010, "uninit_bg" },
	{ 0x0020, "dir_nlink" },   { 0x0040, "extra_isize" }, { 0x0100, "quota" },
	{ 0x0200, "bigalloc" },	   { 0x0400, "metadata_csum" }, { 0x1000, "read-only" },
	{ 0x2000, "project" },	   { 0x4000, "shared_blocks" }, { 0x8000, "verity" },
	{ 0x10000, "orphan_present" }, { 0, NULL },
};
// clang-format on

#define COMPAT_SERVED	 0x0038u /* ext_attr, resize_inode, dir_index */
#define INCOMPAT_SERVED	 0x0002u /* filetype */
#define RO_COMPAT_SERVED 0x0003u /* sparse_super, large_file */

static const char *refused_feature(const struct feature *table, uint32_t have, uint32_t served)
{
	have &= ~served;
	for (; table->name; table++)
		if (have & table->bit)
			return table->name;
	return have ? "an unknown feature" : NULL;
}

bool rootfs_check_super(const char *path, const struct ext2_super_block *super, uint64_t file_bytes,
			struct error *error)
{
	static const char hint[] =
		"make one with: mke2fs -t ext2 -b 4096 -I 256 -O none,filetype IMAGE SIZE";
	const char *name;

	if (super->s_magic != EXT2_SUPER_MAGIC)
		return refuse(error, "%s: not an ext2 image; %s", path, hint);
	name = refused_feature(incompat_refused, super->s_feature_incompat, INCOMPAT_SERVED);
	if (!name)
		name = refused_feature(ro_compat_refused, super->s_feature_ro_compat,
				       RO_COMPAT_SERVED);
	if (!name)
		name = refused_feature(compat_refused, super->s_feature_compat, COMPAT_SERVED);
	if (name)
		return refuse(error, "%s: the image's feature %s is not served; %s", path, name,
			      hint);
	if (super->s_log_block_size != 2)
		return refuse(error, "%s: the image's blocks are not 4 KiB; %s", path, hint);
	if (super->s_blocks_count > file_bytes / 4096)
		return refuse(error, "%s: the image is truncated: its file system has %u KiB", path,
			      super->s_blocks_count * 4);
	if (!(super->s_state & EXT2_VALID_FS) || (super->s_state & EXT2_ERROR_FS))
		return refuse(error, "%s: the image was not unmounted cleanly; e2fsck -fy %s first",
			      path, path);
	return true;
}
