/* Paths in an image that the guest has written to: libext2fs's own way believes what a link says of its size. */
#include <limits.h>
#include <string.h>

#include "emu/rootfs_private.h"

#define LINKS_MOST 40 /* on the way to one file, as on Linux */

bool rootfs_read_link(ext2_filsys fs, const struct ext2_inode *inode, char target[PATH_MAX])
{
	uint32_t bytes = inode->i_size;

	if (bytes < sizeof(inode->i_block))
		memcpy(target, inode->i_block, bytes);
	else if (bytes >= fs->blocksize || bytes >= PATH_MAX ||
		 io_channel_read_blk64(fs->io, inode->i_block[0], -(int)bytes, target))
		return false;
	target[bytes] = 0;
	return true;
}

static errcode_t go(ext2_filsys fs, ext2_ino_t dir, const char *path, bool follow, unsigned *links,
		    ext2_ino_t *found)
{
	struct ext2_inode inode;
	char target[PATH_MAX];
	errcode_t code = 0;
	size_t n;

	if (*path == '/')
		dir = EXT2_ROOT_INO;
	for (*found = dir; !code; path += n, dir = *found) {
		path += strspn(path, "/");
		n = strcspn(path, "/");
		if (!n)
			return 0;
		if (n > EXT2_NAME_LEN)
			return EXT2_ET_FILE_NOT_FOUND;
		code = ext2fs_lookup(fs, dir, path, (int)n, NULL, found);
		if (!code)
			code = ext2fs_read_inode(fs, *found, &inode);
		if (code || !LINUX_S_ISLNK(inode.i_mode) || (!follow && !path[n]))
			continue;
		if (++*links > LINKS_MOST)
			return EXT2_ET_SYMLINK_LOOP;
		if (!rootfs_read_link(fs, &inode, target))
			return EXT2_ET_FILE_NOT_FOUND;
		code = go(fs, dir, target, true, links, found);
	}
	return code;
}

errcode_t rootfs_path(ext2_filsys fs, const char *path, bool follow, ext2_ino_t *found)
{
	unsigned links = 0;

	return go(fs, EXT2_ROOT_INO, path, follow, &links, found);
}
