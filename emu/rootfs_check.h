/* Is an existing image one that the guest serves?  Told from its super block. */
#ifndef EMU_ROOTFS_CHECK_H
#define EMU_ROOTFS_CHECK_H

#include <ext2fs/ext2fs.h>

#include "emu/options.h"

/* False with a line that names what is not served, and how to make an image that is. */
bool rootfs_check_super(const char *path, const struct ext2_super_block *super, uint64_t file_bytes,
			struct error *error);

#endif
