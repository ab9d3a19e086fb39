/*
 * What the rootfs_*.c share: an image while it is being filled, and its names.
 */
#ifndef EMU_ROOTFS_PRIVATE_H
#define EMU_ROOTFS_PRIVATE_H

#include <ext2fs/ext2fs.h>
#include <limits.h>
#include <sys/types.h>

#include "emu/rootfs.h"

#define ROOTFS_BLOCK 4096u

/* A host file with several names, once it is in the image. */
struct twin {
	dev_t device;
	ino_t host;
	ext2_ino_t guest;
};

struct rootfs {
	ext2_filsys fs;
	int fd;
	bool persistent; /* the user's own image: whatever happens, it stays a sound one */
	struct twin *twin;
	size_t ntwins;
};

/* A line about what the library says; always false. */
bool rootfs_broken(const struct rootfs *r, const char *what, errcode_t code, struct error *error);

/* Symbolic links on the way are followed, the last one not. */
bool rootfs_find(struct rootfs *r, const char *path, ext2_ino_t *ino);

/* The inode that an absolute path leads to, in an image that may be damaged; the last link is followed if `follow`. */
errcode_t rootfs_path(ext2_filsys fs, const char *path, bool follow, ext2_ino_t *found);

/* Where a symbolic link leads; false if it is broken, whatever it says of its size. */
bool rootfs_read_link(ext2_filsys fs, const struct ext2_inode *inode, char target[PATH_MAX]);

/* Split off the last name; the folder is "" for one in the root. */
const char *rootfs_split(const char *path, char folder[PATH_MAX]);

/* The inode of a folder, made with all above it if need be. */
bool rootfs_folder(struct rootfs *r, const char *path, unsigned mode, ext2_ino_t *ino,
		   struct error *error);

#endif
