/* Reading a root image: copying out of it for --get, and single files by their inodes. */
#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "emu/loader.h"
#include "emu/rootfs_private.h"

/* A damaged image may hold a folder inside itself. */
#define DEPTH_MOST 40
#define BLOCK	   4096u

static bool get_inode(ext2_filsys fs, ext2_ino_t ino, const char *guest, const char *host,
		      unsigned depth, struct error *error);

static bool write_all(int fd, const uint8_t *p, size_t n)
{
	while (n) {
		ssize_t wrote = write(fd, p, n);

		if (wrote < 0 && errno != EINTR)
			return false;
		if (wrote > 0) {
			p += wrote;
			n -= (size_t)wrote;
		}
	}
	return true;
}

/* Into a regular file, blocks of zeros go as holes; its size is set in the end. */
static bool write_sparse(int fd, bool regular, const uint8_t *p, size_t n)
{
	static const uint8_t zeros[BLOCK];

	for (size_t part; n; p += part, n -= part) {
		part = n < BLOCK ? n : BLOCK;
		if (regular && memcmp(p, zeros, part) == 0 ? lseek(fd, (off_t)part, SEEK_CUR) < 0
							   : !write_all(fd, p, part))
			return false;
	}
	return true;
}

static bool get_file(ext2_filsys fs, ext2_ino_t ino, unsigned mode, const char *host,
		     struct error *error)
{
	static uint8_t buf[64 << 10];
	ext2_file_t file;
	unsigned n = 0;
	errcode_t code;
	struct stat st;
	off_t at = 0;
	bool ok = true, opened, regular;
	int fd = open(host, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, mode & 0777);

	if (fd < 0)
		return refuse(error, "%s: %s", host, strerror(errno));
	code = ext2fs_file_open(fs, ino, 0, &file);
	opened = code == 0;
	regular = fstat(fd, &st) == 0 && S_ISREG(st.st_mode);
	for (; !code && ok && !(code = ext2fs_file_read(file, buf, sizeof(buf), &n)) && n; at += n)
		ok = write_sparse(fd, regular, buf, n);
	if (ok && !code && regular)
		ok = ftruncate(fd, at) == 0;
	if (!ok)
		refuse(error, "%s: %s", host, strerror(errno));
	if (code)
		ok = refuse(error, "%s: %s", host, error_message(code));
	if (opened)
		ext2fs_file_close(file);
	if (close(fd) < 0 && ok)
		ok = refuse(error, "%s: %s", host, strerror(errno));
	return ok;
}

static bool get_link(ext2_filsys fs, struct ext2_inode *inode, const char *host,
		     struct error *error)
{
	char target[PATH_MAX] = "";

	if (!rootfs_read_link(fs, inode, target))
		return refuse(error, "%s: a broken symbolic link", host);
	unlink(host);
	return symlink(target, host) == 0 || refuse(error, "%s: %s", host, strerror(errno));
}

struct getting {
	ext2_filsys fs;
	const char *guest, *host;
	unsigned depth;
	struct error *error;
	bool ok;
};

/* Names come from the guest: one with a slash would leave the folder. */
static int get_entry(ext2_ino_t dir, int entry, struct ext2_dir_entry *d, int offset, int blocksize,
		     char *buf, void *ctx)
{
	struct getting *g = ctx;
	char guest[PATH_MAX], host[PATH_MAX], name[EXT2_NAME_LEN + 1];
	int n = ext2fs_dirent_name_len(d);

	(void)dir, (void)offset, (void)blocksize, (void)buf;
	if (entry != DIRENT_OTHER_FILE)
		return 0;
	memcpy(name, d->name, (size_t)n);
	name[n] = 0;
	if (!n || strchr(name, '/') || (size_t)n != strlen(name))
		return 0;
	if (snprintf(guest, sizeof(guest), "%s/%s", g->guest, name) >= PATH_MAX ||
	    snprintf(host, sizeof(host), "%s/%s", g->host, name) >= PATH_MAX)
		g->ok = refuse(g->error, "%s: the name is too long", g->guest);
	else
		g->ok = get_inode(g->fs, d->inode, guest, host, g->depth + 1, g->error);
	return g->ok ? 0 : DIRENT_ABORT;
}

static bool get_inode(ext2_filsys fs, ext2_ino_t ino, const char *guest, const char *host,
		      unsigned depth, struct error *error)
{
	struct getting g = {
		.fs = fs, .guest = guest, .host = host, .depth = depth, .error = error, .ok = true
	};
	struct ext2_inode inode;
	struct stat st;
	bool made;
	errcode_t code = ext2fs_read_inode(fs, ino, &inode);

	if (code)
		return refuse(error, "%s: %s", guest, error_message(code));
	if (LINUX_S_ISREG(inode.i_mode))
		return get_file(fs, ino, inode.i_mode, host, error);
	if (LINUX_S_ISLNK(inode.i_mode))
		return get_link(fs, &inode, host, error);
	if (!LINUX_S_ISDIR(inode.i_mode)) /* within a folder it is passed over */
		return depth || refuse(error, "--get %s: neither a file nor a folder", guest);
	if (depth > DEPTH_MOST)
		return refuse(error, "%s: the folders are too deep", guest);
	made = mkdir(host, 0777) == 0;
	if (!made && errno != EEXIST)
		return refuse(error, "%s: %s", host, strerror(errno));
	code = ext2fs_dir_iterate2(fs, ino, 0, NULL, get_entry, &g);
	/* Last: it may forbid to write here. */
	if (made && stat(host, &st) == 0)
		(void)!chmod(host, st.st_mode & inode.i_mode & 0777);
	if (code && g.ok)
		return refuse(error, "%s: %s", guest, error_message(code));
	return g.ok;
}

bool rootfs_get(int fd, const char *guest_path, const char *host_path, struct error *error)
{
	char name[32], path[PATH_MAX];
	const char *slash = strrchr(guest_path, '/');
	struct stat st;
	ext2_filsys fs;
	ext2_ino_t ino;
	errcode_t code;
	bool ok;

	/* Into a folder that is there: under the guest's own name. */
	if (stat(host_path, &st) == 0 && S_ISDIR(st.st_mode)) {
		snprintf(path, sizeof(path), "%s/%s", host_path, slash ? slash + 1 : guest_path);
		host_path = path;
	}
	snprintf(name, sizeof(name), "/proc/self/fd/%d", fd);
	code = ext2fs_open(name, 0, 0, 0, unix_io_manager, &fs);
	if (code)
		return refuse(error, "--get: the root image: %s", error_message(code));
	code = rootfs_path(fs, guest_path, true, &ino);
	ok = code ? refuse(error, "--get %s: %s", guest_path,
			   code == EXT2_ET_FILE_NOT_FOUND ? "no such file in the guest"
							  : error_message(code))
		  : get_inode(fs, ino, guest_path, host_path, 0, error);
	ext2fs_free(fs);
	return ok;
}

/* ---- By inode ---- */

#define READ_MOST (256u << 20)

struct search {
	ext2_filsys fs;
	ext2fs_inode_bitmap
		seen; /* folders, each looked into once: a damaged one may hold itself */
	ext2_ino_t wanted;
	unsigned depth;
	char *name;
	size_t name_bytes;
	bool found;
};

static int search_entry(ext2_ino_t dir, int entry, struct ext2_dir_entry *d, int offset,
			int blocksize, char *buf, void *ctx)
{
	struct search *s = ctx;
	struct ext2_inode inode;

	(void)dir, (void)offset, (void)blocksize, (void)buf;
	if (entry != DIRENT_OTHER_FILE)
		return 0;
	if (d->inode == s->wanted) {
		snprintf(s->name, s->name_bytes, "%.*s", ext2fs_dirent_name_len(d), d->name);
		s->found = true;
	} else if (d->inode <= s->fs->super->s_inodes_count && s->depth < DEPTH_MOST &&
		   !ext2fs_test_inode_bitmap2(s->seen, d->inode) &&
		   !ext2fs_read_inode(s->fs, d->inode, &inode) && LINUX_S_ISDIR(inode.i_mode)) {
		ext2fs_mark_inode_bitmap2(s->seen, d->inode);
		s->depth++;
		ext2fs_dir_iterate2(s->fs, d->inode, 0, NULL, search_entry, s);
		s->depth--;
	}
	return s->found ? DIRENT_ABORT : 0;
}

static bool read_inode(ext2_filsys fs, ext2_ino_t ino, struct blob *blob)
{
	struct ext2_inode inode;
	ext2_file_t file;
	unsigned n = 0, at = 0;
	uint8_t *data;

	if (ext2fs_read_inode(fs, ino, &inode) || !LINUX_S_ISREG(inode.i_mode) || !inode.i_size ||
	    inode.i_size > READ_MOST || ext2fs_file_open(fs, ino, 0, &file))
		return false;
	/* As blob_open has it, so that blob_close fits. */
	data = mmap(NULL, inode.i_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	while (data != MAP_FAILED && at < inode.i_size &&
	       !ext2fs_file_read(file, data + at, inode.i_size - at, &n) && n)
		at += n;
	ext2fs_file_close(file);
	if (data == MAP_FAILED)
		return false;
	*blob = (struct blob){ .data = data, .bytes = inode.i_size, .mapped = true };
	return true;
}

bool rootfs_read(int fd, uint32_t inode, char *name, size_t name_bytes, struct blob *blob)
{
	struct search search = { .wanted = inode, .name = name, .name_bytes = name_bytes };
	char path[32];
	ext2_filsys fs;
	bool ok;

	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	if (ext2fs_open(path, 0, 0, 0, unix_io_manager, &fs))
		return false;
	search.fs = fs;
	if (!ext2fs_allocate_inode_bitmap(fs, NULL, &search.seen)) {
		ext2fs_dir_iterate2(fs, EXT2_ROOT_INO, 0, NULL, search_entry, &search);
		ext2fs_free_inode_bitmap(search.seen);
	}
	ok = search.found && read_inode(fs, inode, blob);
	ext2fs_free(fs);
	return ok;
}
