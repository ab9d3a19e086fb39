/*
 * The root image of `faultline run`, by libext2fs: a fresh one in a file without a name, or an
 * existing one that is added to.  It knows ext2 and host files, and no machine.
 *
 * A fresh image depends only on what is put into it: fixed identity and dates, names in order,
 * everything owned by root.
 */
#ifndef EMU_ROOTFS_H
#define EMU_ROOTFS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "emu/options.h"

struct rootfs;

/* A fresh, sparse image of this size in an unlinked file.  NULL with a line in *error. */
struct rootfs *rootfs_create(uint64_t bytes, uint64_t inodes, struct error *error);

/* An existing image: refused by name when it is something that the guest does not serve. */
struct rootfs *rootfs_open(const char *path, struct error *error);

/* A folder, owned by root, and those above it, if it is not there. */
bool rootfs_mkdir(struct rootfs *fs, const char *guest_path, unsigned mode, struct error *error);
/* A host file of any kind, or a folder with all in it.  What is there already is replaced, or,
 * if `missing_only`, left alone. */
bool rootfs_add(struct rootfs *fs, const char *host_path, const char *guest_path, bool missing_only,
		struct error *error);
/* A file with these bytes, replacing what is there. */
bool rootfs_add_bytes(struct rootfs *fs, const char *guest_path, const void *data, size_t bytes,
		      unsigned mode, struct error *error);
bool rootfs_exists(struct rootfs *fs, const char *guest_path);

/* Write everything and give the image away as an open file; frees fs.  -1 with a line in *error. */
int rootfs_finish(struct rootfs *fs, struct error *error);
void rootfs_abandon(struct rootfs *fs); /* NULL allowed */

/* Copy a file, folder or link out of the image behind fd, which nobody else is changing. */
bool rootfs_get(int fd, const char *guest_path, const char *host_path, struct error *error);

/* A file of the image behind fd, by its inode: its contents, and the name in its folder.  False: no
 * regular file, or not readable now, for the guest is free to change the image meanwhile. */
struct blob;
bool rootfs_read(int fd, uint32_t inode, char *name, size_t name_bytes, struct blob *blob);

/* What rootfs_add would need: bytes of blocks, and inodes. */
bool rootfs_measure(const char *host_path, uint64_t *bytes, uint64_t *inodes, struct error *error);

#endif
