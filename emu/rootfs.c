#include "emu/rootfs_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "devices/page_store.h"
#include "emu/rootfs_check.h"

bool rootfs_broken(const struct rootfs *r, const char *what, errcode_t code, struct error *error)
{
	if (code == EXT2_ET_BLOCK_ALLOC_FAIL || code == EXT2_ET_INODE_ALLOC_FAIL ||
	    code == EXT2_ET_TOOSMALL)
		return refuse(error, "%s: no room in the root image%s", what,
			      r->persistent ? "" : " (--root-size)");
	return refuse(error, "%s: %s", what, error_message(code));
}

/* ---- Opening ---- */

static int nameless_file(void)
{
	static const char *const folders[] = { NULL, "/tmp", "/var/tmp" };

	for (size_t i = 0; i < 3; i++) {
		const char *folder = i ? folders[i] : getenv("TMPDIR");
		int fd = folder ? open(folder, O_TMPFILE | O_RDWR | O_CLOEXEC, 0600) : -1;

		if (fd >= 0)
			return fd;
	}
	return memfd_create("faultline-root", MFD_CLOEXEC);
}

static void fd_name(int fd, char buf[32])
{
	snprintf(buf, 32, "/proc/self/fd/%d", fd);
}

/* The library's own remarks about a damaged image: what matters of them comes back as an error. */
static void no_remark(const char *who, errcode_t code, const char *format, va_list args)
{
	(void)who, (void)code, (void)format, (void)args;
}

static struct rootfs *rootfs_new(int fd, struct error *error)
{
	struct rootfs *r = calloc(1, sizeof(*r));

	initialize_ext2_error_table();
	set_com_err_hook(no_remark);
	if (!r) {
		refuse(error, "out of memory");
		close(fd);
		return NULL;
	}
	r->fd = fd;
	return r;
}

void rootfs_abandon(struct rootfs *r)
{
	if (!r)
		return;
	/* What came into it before the refusal stays, but the image is a sound one. */
	if (r->fs && r->persistent && ext2fs_close2(r->fs, EXT2_FLAG_FLUSH_NO_SYNC) == 0)
		r->fs = NULL;
	if (r->fs)
		ext2fs_free(r->fs);
	if (r->fd >= 0)
		close(r->fd);
	free(r->twin);
	free(r);
}

/* All that mke2fs does beyond ext2fs_initialize. */
static errcode_t format(ext2_filsys fs)
{
	static const uint8_t uuid[16] = "faultline--root";
	errcode_t code;

	memcpy(fs->super->s_uuid, uuid, 16);
	memcpy(fs->super->s_hash_seed, uuid, 16);
	fs->now = (time_t)MACHINE_EPOCH_SECONDS;
	fs->super->s_mkfs_time = fs->super->s_lastcheck = fs->super->s_wtime = (__u32)fs->now;
	fs->super->s_checkinterval = 0;
	fs->super->s_max_mnt_count = -1;
	strncpy((char *)fs->super->s_volume_name, "faultline", sizeof(fs->super->s_volume_name));
	code = ext2fs_allocate_tables(fs);
	if (!code)
		code = ext2fs_mkdir(fs, EXT2_ROOT_INO, EXT2_ROOT_INO, NULL);
	for (ext2_ino_t i = EXT2_ROOT_INO + 1; !code && i < EXT2_FIRST_INODE(fs->super); i++)
		ext2fs_inode_alloc_stats2(fs, i, +1, 0);
	/* The first inode lists bad blocks, of which there are none. */
	ext2fs_mark_inode_bitmap2(fs->inode_map, EXT2_BAD_INO);
	ext2fs_inode_alloc_stats2(fs, EXT2_BAD_INO, +1, 0);
	if (!code)
		code = ext2fs_update_bb_inode(fs, NULL);
	if (!code)
		code = ext2fs_mkdir(fs, EXT2_ROOT_INO, 0, "lost+found");
	return code;
}

struct rootfs *rootfs_create(uint64_t bytes, uint64_t inodes, struct error *error)
{
	struct ext2_super_block param;
	struct rootfs *r;
	errcode_t code;
	char name[32];
	int fd = nameless_file();

	if (fd < 0 || ftruncate(fd, (off_t)bytes) < 0) {
		refuse(error, "a file for the root image: %s", strerror(errno));
		if (fd >= 0)
			close(fd);
		return NULL;
	}
	r = rootfs_new(fd, error);
	if (!r)
		return NULL;
	memset(&param, 0, sizeof(param));
	ext2fs_blocks_count_set(&param, bytes / ROOTFS_BLOCK);
	param.s_log_block_size = 2;
	param.s_log_cluster_size = 2;
	param.s_rev_level = EXT2_DYNAMIC_REV;
	param.s_inode_size = 256;
	param.s_inodes_count = (__u32)inodes;
	param.s_feature_incompat = EXT2_FEATURE_INCOMPAT_FILETYPE;
	fd_name(fd, name);
	code = ext2fs_initialize(name, EXT2_FLAG_RW, &param, unix_io_manager, &r->fs);
	if (!code)
		code = format(r->fs);
	if (!code)
		return r;
	rootfs_broken(r, "the root image", code, error);
	rootfs_abandon(r);
	return NULL;
}

/* ---- An existing image ---- */

/* The file, locked, with a super block of an image that the guest serves; or -1. */
static int open_image(const char *path, struct error *error)
{
	struct ext2_super_block super;
	struct stat st;
	int fd = open(path, O_RDWR | O_CLOEXEC | O_NONBLOCK);

	if (fd < 0) {
		int why = errno;
		bool read_only = why == EROFS || (why == EACCES && access(path, R_OK) == 0);

		refuse(error, "%s: %s", path,
		       read_only ? "a read-only image: it cannot be written" : strerror(why));
		return -1;
	}
	memset(&super, 0, sizeof(super));
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode))
		refuse(error, "%s: not a regular file", path);
	/* The superuser may write what nobody is meant to write. */
	else if (!(st.st_mode & 0222))
		refuse(error, "%s: a read-only image: it cannot be written", path);
	else if (!page_store_lock(fd))
		refuse(error, "%s: the image is in use already", path);
	else if (pread(fd, &super, sizeof(super), SUPERBLOCK_OFFSET) < 0)
		refuse(error, "%s: %s", path, strerror(errno));
	else if (rootfs_check_super(path, &super, (uint64_t)st.st_size, error))
		return fd;
	close(fd);
	return -1;
}

struct rootfs *rootfs_open(const char *path, struct error *error)
{
	struct rootfs *r;
	errcode_t code;
	char name[32];
	int fd = open_image(path, error);

	r = fd < 0 ? NULL : rootfs_new(fd, error);
	if (!r)
		return NULL;
	fd_name(fd, name);
	code = ext2fs_open(name, EXT2_FLAG_RW, 0, 0, unix_io_manager, &r->fs);
	if (!code)
		code = ext2fs_read_bitmaps(r->fs);
	if (!code) {
		r->persistent = true;
		/* The guest's clock starts there: nothing is to be newer. */
		r->fs->now = (time_t)MACHINE_EPOCH_SECONDS;
		return r;
	}
	rootfs_broken(r, path, code, error);
	rootfs_abandon(r);
	return NULL;
}

int rootfs_finish(struct rootfs *r, struct error *error)
{
	errcode_t code;
	int fd;

	r->fs->super->s_state |= EXT2_VALID_FS;
	/* The file need not reach the host's disk before the guest starts. */
	code = ext2fs_close2(r->fs, EXT2_FLAG_FLUSH_NO_SYNC);
	if (code) { /* then it is not freed */
		rootfs_broken(r, "the root image", code, error);
		r->persistent = false;
		rootfs_abandon(r);
		return -1;
	}
	fd = r->fd;
	free(r->twin);
	free(r);
	return fd;
}

/* ---- Names ---- */

bool rootfs_find(struct rootfs *r, const char *path, ext2_ino_t *ino)
{
	return rootfs_path(r->fs, path, false, ino) == 0;
}

bool rootfs_exists(struct rootfs *r, const char *guest_path)
{
	ext2_ino_t ino;

	return rootfs_find(r, guest_path, &ino);
}

const char *rootfs_split(const char *path, char folder[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	if (n >= PATH_MAX)
		n = PATH_MAX - 1;
	memcpy(folder, path, n);
	folder[n] = 0;
	return slash ? slash + 1 : path;
}

static bool set_mode(struct rootfs *r, ext2_ino_t ino, unsigned mode)
{
	struct ext2_inode inode;

	if (ext2fs_read_inode(r->fs, ino, &inode))
		return false;
	inode.i_mode = (__u16)((inode.i_mode & LINUX_S_IFMT) | (mode & 07777));
	return ext2fs_write_inode(r->fs, ino, &inode) == 0;
}

bool rootfs_folder(struct rootfs *r, const char *path, unsigned mode, ext2_ino_t *ino,
		   struct error *error)
{
	char above[PATH_MAX];
	const char *name;
	ext2_ino_t parent;
	errcode_t code;

	if (!*path || strcmp(path, "/") == 0) {
		*ino = EXT2_ROOT_INO;
		return true;
	}
	if (rootfs_path(r->fs, path, true, ino) == 0) {
		code = ext2fs_check_directory(r->fs, *ino);
		return code == 0 || refuse(error, "%s: not a folder in the image", path);
	}
	name = rootfs_split(path, above);
	if (!rootfs_folder(r, above, 0755, &parent, error))
		return false;
	code = ext2fs_mkdir(r->fs, parent, 0, name);
	if (code == EXT2_ET_DIR_NO_SPACE) {
		code = ext2fs_expand_dir(r->fs, parent);
		if (!code)
			code = ext2fs_mkdir(r->fs, parent, 0, name);
	}
	if (code)
		return rootfs_broken(r, path, code, error);
	return (rootfs_find(r, path, ino) && set_mode(r, *ino, mode)) ||
	       refuse(error, "%s: cannot be made in the image", path);
}

bool rootfs_mkdir(struct rootfs *r, const char *guest_path, unsigned mode, struct error *error)
{
	ext2_ino_t ino;

	return rootfs_folder(r, guest_path, mode, &ino, error);
}
