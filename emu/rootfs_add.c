/* Host files, and bytes, into a root image. */
#include "emu/rootfs_private.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "emu/rootfs_host.h"

#define COPY_BYTES (256u << 10)
#define LARGE_FILE 0x7fffffffu /* beyond it the feature large_file is due */

/* ---- Hard links ---- */

static ext2_ino_t twin_find(const struct rootfs *r, const struct stat *st)
{
	for (size_t i = 0; i < r->ntwins; i++)
		if (r->twin[i].host == st->st_ino && r->twin[i].device == st->st_dev)
			return r->twin[i].guest;
	return 0;
}

/* Without memory for it the next name becomes a file of its own. */
static void twin_add(struct rootfs *r, const struct stat *st, ext2_ino_t ino)
{
	struct twin *more = realloc(r->twin, (r->ntwins + 1) * sizeof(*more));

	if (!more)
		return;
	r->twin = more;
	r->twin[r->ntwins++] = (struct twin){ st->st_dev, st->st_ino, ino };
}

static void twin_forget(struct rootfs *r, ext2_ino_t ino)
{
	for (size_t i = 0; i < r->ntwins; i++)
		if (r->twin[i].guest == ino)
			r->twin[i] = r->twin[--r->ntwins];
}

static errcode_t link_name(struct rootfs *r, ext2_ino_t folder, const char *name, ext2_ino_t ino,
			   int type)
{
	errcode_t code = ext2fs_link(r->fs, folder, name, ino, type);

	if (code != EXT2_ET_DIR_NO_SPACE)
		return code;
	code = ext2fs_expand_dir(r->fs, folder);
	return code ? code : ext2fs_link(r->fs, folder, name, ino, type);
}

static errcode_t link_again(struct rootfs *r, ext2_ino_t folder, const char *name, ext2_ino_t ino)
{
	struct ext2_inode inode;
	errcode_t code = ext2fs_read_inode(r->fs, ino, &inode);

	if (!code) {
		inode.i_links_count++;
		code = ext2fs_write_inode(r->fs, ino, &inode);
	}
	return code ? code : link_name(r, folder, name, ino, EXT2_FT_REG_FILE);
}

/* An inode without a name goes; the caller writes it. */
static void free_inode(struct rootfs *r, ext2_ino_t ino, struct ext2_inode *inode)
{
	twin_forget(r, ino);
	inode->i_dtime = (__u32)MACHINE_EPOCH_SECONDS;
	if (ext2fs_inode_has_valid_blocks2(r->fs, inode))
		ext2fs_punch(r->fs, ino, inode, NULL, 0, ~0ull);
	ext2fs_inode_alloc_stats2(r->fs, ino, -1, 0);
}

/* What could not be finished leaves no trace. */
static void undo_inode(struct rootfs *r, ext2_ino_t ino)
{
	struct ext2_inode inode;

	if (ext2fs_read_inode(r->fs, ino, &inode))
		return;
	inode.i_links_count = 0;
	free_inode(r, ino, &inode);
	ext2fs_write_inode(r->fs, ino, &inode);
}

/* Take a file or link away, so that another can have its name. */
static bool remove_old(struct rootfs *r, ext2_ino_t folder, const char *name, const char *path,
		       struct error *error)
{
	struct ext2_inode inode;
	ext2_ino_t ino;
	errcode_t code;

	if (!*name) /* the root itself */
		return refuse(error, "%s: a folder of that name is in the image", path);
	if (ext2fs_lookup(r->fs, folder, name, (int)strlen(name), NULL, &ino))
		return true;
	code = ext2fs_read_inode(r->fs, ino, &inode);
	if (!code && LINUX_S_ISDIR(inode.i_mode))
		return refuse(error, "%s: a folder of that name is in the image", path);
	if (!code)
		code = ext2fs_unlink(r->fs, folder, name, ino, 0);
	if (code)
		return rootfs_broken(r, path, code, error);
	if (--inode.i_links_count == 0)
		free_inode(r, ino, &inode);
	code = ext2fs_write_inode(r->fs, ino, &inode);
	return code == 0 || rootfs_broken(r, path, code, error);
}

/* ---- Files ---- */

struct source {
	int fd; /* or */
	const uint8_t *data;
	size_t left;
	uint64_t file_bytes; /* of fd */
};

/* Past a hole of the host's file; where it knows of none, `at`. */
static uint64_t skip_hole(const struct source *s, uint64_t at)
{
	off_t data = s->fd < 0 ? (off_t)at : lseek(s->fd, (off_t)at, SEEK_DATA);
	uint64_t next = data < 0 ? at : (uint64_t)data / ROOTFS_BLOCK * ROOTFS_BLOCK;

	if (data < 0 && errno == ENXIO)
		next = s->file_bytes;
	if (next <= at)
		next = at;
	if (s->fd >= 0 && lseek(s->fd, (off_t)next, SEEK_SET) < 0)
		return at;
	return next;
}

static ssize_t source_read(struct source *s, void *buf, size_t max)
{
	size_t got = 0;

	if (s->fd < 0) {
		got = s->left < max ? s->left : max;
		memcpy(buf, s->data, got);
		s->data += got;
		s->left -= got;
		return (ssize_t)got;
	}
	while (got < max) {
		ssize_t n = read(s->fd, (uint8_t *)buf + got, max - got);

		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return -1;
		if (n == 0)
			break;
		got += (size_t)n;
	}
	return (ssize_t)got;
}

static bool all_zero(const uint8_t *p, size_t n)
{
	static const uint8_t zeros[ROOTFS_BLOCK];

	return memcmp(p, zeros, n) == 0;
}

/* Blocks of zeros become holes. */
static errcode_t write_blocks(ext2_file_t file, const uint8_t *buf, size_t n, uint64_t at)
{
	for (size_t i = 0; i < n;) {
		size_t run = 0;
		unsigned wrote;
		errcode_t code;

		while (i + run < n) {
			size_t part = n - i - run < ROOTFS_BLOCK ? n - i - run : ROOTFS_BLOCK;

			if (all_zero(buf + i + run, part))
				break;
			run += part;
		}
		if (!run) {
			i += n - i < ROOTFS_BLOCK ? n - i : ROOTFS_BLOCK;
			continue;
		}
		code = ext2fs_file_llseek(file, at + i, EXT2_SEEK_SET, NULL);
		if (!code)
			code = ext2fs_file_write(file, buf + i, (unsigned)run, &wrote);
		if (code)
			return code;
		i += run;
	}
	return 0;
}

/* *host_errno: why the host file could not be read to its end, else 0. */
static errcode_t copy_in(struct rootfs *r, ext2_ino_t ino, struct source *source, int *host_errno)
{
	uint8_t *buf = malloc(COPY_BYTES);
	ext2_file_t file;
	uint64_t at = 0;
	ssize_t n;
	errcode_t code =
		buf ? ext2fs_file_open(r->fs, ino, EXT2_FILE_WRITE, &file) : EXT2_ET_NO_MEMORY;

	if (code) {
		free(buf);
		return code;
	}
	while (!code) {
		at = skip_hole(source, at);
		n = source_read(source, buf, COPY_BYTES);
		if (n == 0)
			break;
		if (n < 0) {
			*host_errno = errno;
			break;
		}
		code = write_blocks(file, buf, (size_t)n, at);
		at += (uint64_t)n;
	}
	if (!code)
		code = ext2fs_file_set_size2(file, (ext2_off64_t)at);
	if (!code && at > LARGE_FILE)
		ext2fs_set_feature_large_file(r->fs->super);
	if (code)
		ext2fs_file_close(file);
	else
		code = ext2fs_file_close(file);
	free(buf);
	return code;
}

/* `st` is that of a host file, else NULL. */
static bool add_file(struct rootfs *r, ext2_ino_t folder, const char *name, const char *path,
		     unsigned mode, struct source *source, const struct stat *st,
		     struct error *error)
{
	struct ext2_inode inode;
	int host_errno = 0;
	ext2_ino_t ino;
	errcode_t code;

	if (!remove_old(r, folder, name, path, error))
		return false;
	ino = st && st->st_nlink > 1 ? twin_find(r, st) : 0;
	if (ino) {
		code = link_again(r, folder, name, ino);
		return code == 0 || rootfs_broken(r, path, code, error);
	}
	code = ext2fs_new_inode(r->fs, folder, 0100644, NULL, &ino);
	if (code)
		return rootfs_broken(r, path, code, error);
	memset(&inode, 0, sizeof(inode));
	inode.i_mode = (__u16)(LINUX_S_IFREG | (mode & 07777));
	inode.i_links_count = 1;
	code = ext2fs_write_new_inode(r->fs, ino, &inode);
	if (code)
		return rootfs_broken(r, path, code, error);
	ext2fs_inode_alloc_stats2(r->fs, ino, +1, 0);
	code = copy_in(r, ino, source, &host_errno);
	if (host_errno)
		refuse(error, "%s: %s", path, strerror(host_errno));
	else if (!code)
		code = link_name(r, folder, name, ino, EXT2_FT_REG_FILE);
	if (code)
		rootfs_broken(r, path, code, error);
	if (code || host_errno) {
		undo_inode(r, ino);
		return false;
	}
	if (st && st->st_nlink > 1)
		twin_add(r, st, ino);
	return true;
}

bool rootfs_add_bytes(struct rootfs *r, const char *guest_path, const void *data, size_t bytes,
		      unsigned mode, struct error *error)
{
	struct source source = { .fd = -1, .data = data, .left = bytes };
	char above[PATH_MAX];
	const char *name = rootfs_split(guest_path, above);
	ext2_ino_t folder;

	return rootfs_folder(r, above, 0755, &folder, error) &&
	       add_file(r, folder, name, guest_path, mode, &source, NULL, error);
}

static bool add_host_file(struct rootfs *r, ext2_ino_t folder, const char *name, const char *host,
			  const struct stat *st, struct error *error)
{
	struct source source = { .fd = open(host, O_RDONLY | O_CLOEXEC),
				 .file_bytes = (uint64_t)st->st_size };
	bool ok;

	if (source.fd < 0)
		return refuse(error, "%s: %s", host, strerror(errno));
	ok = add_file(r, folder, name, host, st->st_mode, &source, st, error);
	close(source.fd);
	return ok;
}

static bool add_link(struct rootfs *r, ext2_ino_t folder, const char *name, const char *host,
		     struct error *error)
{
	char target[PATH_MAX];
	ssize_t n = readlink(host, target, sizeof(target) - 1);
	errcode_t code;

	if (n < 0)
		return refuse(error, "%s: %s", host, strerror(errno));
	target[n] = 0;
	if (!remove_old(r, folder, name, host, error))
		return false;
	code = ext2fs_symlink(r->fs, folder, 0, name, target);
	if (code == EXT2_ET_DIR_NO_SPACE) {
		code = ext2fs_expand_dir(r->fs, folder);
		if (!code)
			code = ext2fs_symlink(r->fs, folder, 0, name, target);
	}
	return code == 0 || rootfs_broken(r, host, code, error);
}

/* A named pipe, a socket's name, or a device node. */
static bool add_special(struct rootfs *r, ext2_ino_t folder, const char *name, const char *host,
			const struct stat *st, struct error *error)
{
	unsigned major_number = major(st->st_rdev), minor_number = minor(st->st_rdev);
	struct ext2_inode inode;
	ext2_ino_t ino;
	errcode_t code;
	int type = S_ISFIFO(st->st_mode)  ? EXT2_FT_FIFO
		   : S_ISCHR(st->st_mode) ? EXT2_FT_CHRDEV
		   : S_ISBLK(st->st_mode) ? EXT2_FT_BLKDEV
					  : EXT2_FT_SOCK;

	if (!remove_old(r, folder, name, host, error))
		return false;
	memset(&inode, 0, sizeof(inode));
	inode.i_mode = (__u16)st->st_mode;
	inode.i_links_count = 1;
	/* The first word holds numbers of eight bits, the second wider ones. */
	if (type == EXT2_FT_CHRDEV || type == EXT2_FT_BLKDEV) {
		if (major_number < 256 && minor_number < 256)
			inode.i_block[0] = major_number << 8 | minor_number;
		else
			inode.i_block[1] = (minor_number & 0xff) | major_number << 8 |
					   (minor_number & ~0xffu) << 12;
	}
	code = ext2fs_new_inode(r->fs, folder, inode.i_mode, NULL, &ino);
	if (!code)
		code = ext2fs_write_new_inode(r->fs, ino, &inode);
	if (!code) {
		ext2fs_inode_alloc_stats2(r->fs, ino, +1, 0);
		code = link_name(r, folder, name, ino, type);
		if (code)
			undo_inode(r, ino);
	}
	return code == 0 || rootfs_broken(r, host, code, error);
}

struct adding {
	struct rootfs *r;
	const char *guest;
	bool missing_only;
};

static bool add_entry(void *ctx, const char *host, const char *name, struct error *error)
{
	const struct adding *a = ctx;
	char guest[PATH_MAX];

	return host_join(guest, a->guest, name, error) &&
	       rootfs_add(a->r, host, guest, a->missing_only, error);
}

bool rootfs_add(struct rootfs *r, const char *host, const char *guest, bool missing_only,
		struct error *error)
{
	struct adding adding = { r, guest, missing_only };
	char above[PATH_MAX];
	const char *name = rootfs_split(guest, above);
	ext2_ino_t folder, ino;
	struct stat st;

	if (lstat(host, &st) < 0)
		return refuse(error, "%s: %s", host, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return rootfs_folder(r, guest, st.st_mode & 07777, &ino, error) &&
		       host_each(host, add_entry, &adding, error);
	if (missing_only && rootfs_find(r, guest, &ino))
		return true;
	if (!rootfs_folder(r, above, 0755, &folder, error))
		return false;
	if (S_ISLNK(st.st_mode))
		return add_link(r, folder, name, host, error);
	if (S_ISREG(st.st_mode))
		return add_host_file(r, folder, name, host, &st, error);
	return add_special(r, folder, name, host, &st, error);
}
