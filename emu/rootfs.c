#include "emu/rootfs.h"

#include <errno.h>
#include <ext2fs/ext2fs.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "emu/rootfs_check.h"
#include "emu/rootfs_host.h"

#define BLOCK	   4096u
#define COPY_BYTES (256u << 10)
#define LARGE_FILE 0x7fffffffu /* beyond it the feature large_file is due */

/* A host file with several names, once it is in the image. */
struct twin {
	dev_t device;
	ino_t host;
	ext2_ino_t guest;
};

struct rootfs {
	ext2_filsys fs;
	int fd;
	struct twin *twin;
	size_t ntwins;
};

static bool broken(struct error *error, const char *what, errcode_t code)
{
	if (code == EXT2_ET_BLOCK_ALLOC_FAIL || code == EXT2_ET_INODE_ALLOC_FAIL ||
	    code == EXT2_ET_TOOSMALL)
		return refuse(error, "%s: no room in the root image (--root-size)", what);
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
	ext2fs_blocks_count_set(&param, bytes / BLOCK);
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
	broken(error, "the root image", code);
	rootfs_abandon(r);
	return NULL;
}

/* ---- An existing image ---- */

struct rootfs *rootfs_open(const char *path, struct error *error)
{
	struct ext2_super_block super;
	struct rootfs *r;
	struct stat st;
	errcode_t code;
	char name[32];
	int fd = open(path, O_RDWR | O_CLOEXEC);

	if (fd < 0) {
		refuse(error, "%s: %s", path,
		       errno == EACCES || errno == EROFS ? "the image cannot be written"
							 : strerror(errno));
		return NULL;
	}
	memset(&super, 0, sizeof(super));
	/* The superuser may write what nobody is meant to write. */
	if (fstat(fd, &st) == 0 && !(st.st_mode & 0222)) {
		refuse(error, "%s: a read-only image: it cannot be written", path);
		close(fd);
		return NULL;
	}
	if (fstat(fd, &st) < 0 || !S_ISREG(st.st_mode) ||
	    pread(fd, &super, sizeof(super), SUPERBLOCK_OFFSET) < 0) {
		refuse(error, "%s: not a regular file", path);
		close(fd);
		return NULL;
	}
	if (!rootfs_check_super(path, &super, error)) {
		close(fd);
		return NULL;
	}
	r = rootfs_new(fd, error);
	if (!r)
		return NULL;
	fd_name(fd, name);
	code = ext2fs_open(name, EXT2_FLAG_RW, 0, 0, unix_io_manager, &r->fs);
	if (!code)
		code = ext2fs_read_bitmaps(r->fs);
	if (!code) {
		/* The guest's clock starts there: nothing is to be newer. */
		r->fs->now = (time_t)MACHINE_EPOCH_SECONDS;
		return r;
	}
	broken(error, path, code);
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
		broken(error, "the root image", code);
		rootfs_abandon(r);
		return -1;
	}
	fd = r->fd;
	free(r->twin);
	free(r);
	return fd;
}

/* ---- Names ---- */

/* Symbolic links on the way are followed, the last one not. */
static bool find(struct rootfs *r, const char *path, ext2_ino_t *ino)
{
	return ext2fs_namei(r->fs, EXT2_ROOT_INO, EXT2_ROOT_INO, path, ino) == 0;
}

bool rootfs_exists(struct rootfs *r, const char *guest_path)
{
	ext2_ino_t ino;

	return find(r, guest_path, &ino);
}

/* Split off the last name; the folder is "" for one in the root. */
static const char *split(const char *path, char folder[PATH_MAX])
{
	const char *slash = strrchr(path, '/');
	size_t n = slash ? (size_t)(slash - path) : 0;

	if (n >= PATH_MAX)
		n = PATH_MAX - 1;
	memcpy(folder, path, n);
	folder[n] = 0;
	return slash ? slash + 1 : path;
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

static bool set_mode(struct rootfs *r, ext2_ino_t ino, unsigned mode)
{
	struct ext2_inode inode;

	if (ext2fs_read_inode(r->fs, ino, &inode))
		return false;
	inode.i_mode = (__u16)((inode.i_mode & LINUX_S_IFMT) | (mode & 07777));
	return ext2fs_write_inode(r->fs, ino, &inode) == 0;
}

/* The inode of a folder, made with all above it if need be. */
static bool folder_ino(struct rootfs *r, const char *path, unsigned mode, ext2_ino_t *ino,
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
	if (ext2fs_namei_follow(r->fs, EXT2_ROOT_INO, EXT2_ROOT_INO, path, ino) == 0) {
		code = ext2fs_check_directory(r->fs, *ino);
		return code == 0 || refuse(error, "%s: not a folder in the image", path);
	}
	name = split(path, above);
	if (!folder_ino(r, above, 0755, &parent, error))
		return false;
	code = ext2fs_mkdir(r->fs, parent, 0, name);
	if (code == EXT2_ET_DIR_NO_SPACE) {
		code = ext2fs_expand_dir(r->fs, parent);
		if (!code)
			code = ext2fs_mkdir(r->fs, parent, 0, name);
	}
	if (code)
		return broken(error, path, code);
	return (find(r, path, ino) && set_mode(r, *ino, mode)) ||
	       refuse(error, "%s: cannot be made in the image", path);
}

bool rootfs_mkdir(struct rootfs *r, const char *guest_path, unsigned mode, struct error *error)
{
	ext2_ino_t ino;

	return folder_ino(r, guest_path, mode, &ino, error);
}

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

/* Take a file or link away, so that another can have its name. */
static bool remove_old(struct rootfs *r, ext2_ino_t folder, const char *name, const char *path,
		       struct error *error)
{
	struct ext2_inode inode;
	ext2_ino_t ino;
	errcode_t code;

	if (ext2fs_lookup(r->fs, folder, name, (int)strlen(name), NULL, &ino))
		return true;
	code = ext2fs_read_inode(r->fs, ino, &inode);
	if (!code && LINUX_S_ISDIR(inode.i_mode))
		return refuse(error, "%s: a folder of that name is in the image", path);
	if (!code)
		code = ext2fs_unlink(r->fs, folder, name, ino, 0);
	if (code)
		return broken(error, path, code);
	if (--inode.i_links_count == 0) {
		twin_forget(r, ino);
		inode.i_dtime = (__u32)MACHINE_EPOCH_SECONDS;
		if (ext2fs_inode_has_valid_blocks2(r->fs, &inode))
			ext2fs_punch(r->fs, ino, &inode, NULL, 0, ~0ull);
		ext2fs_inode_alloc_stats2(r->fs, ino, -1, 0);
	}
	code = ext2fs_write_inode(r->fs, ino, &inode);
	return code == 0 || broken(error, path, code);
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
	uint64_t next = data < 0 ? at : (uint64_t)data / BLOCK * BLOCK;

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
	static const uint8_t zeros[BLOCK];

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
			size_t part = n - i - run < BLOCK ? n - i - run : BLOCK;

			if (all_zero(buf + i + run, part))
				break;
			run += part;
		}
		if (!run) {
			i += n - i < BLOCK ? n - i : BLOCK;
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

static errcode_t copy_in(struct rootfs *r, ext2_ino_t ino, struct source *source, bool *host_failed)
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
			*host_failed = true;
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
	bool host_failed = false;
	ext2_ino_t ino;
	errcode_t code;

	if (!remove_old(r, folder, name, path, error))
		return false;
	ino = st && st->st_nlink > 1 ? twin_find(r, st) : 0;
	if (ino) {
		code = link_again(r, folder, name, ino);
		return code == 0 || broken(error, path, code);
	}
	code = ext2fs_new_inode(r->fs, folder, 0100644, NULL, &ino);
	if (code)
		return broken(error, path, code);
	memset(&inode, 0, sizeof(inode));
	inode.i_mode = (__u16)(LINUX_S_IFREG | (mode & 07777));
	inode.i_links_count = 1;
	code = ext2fs_write_new_inode(r->fs, ino, &inode);
	if (!code) {
		ext2fs_inode_alloc_stats2(r->fs, ino, +1, 0);
		code = copy_in(r, ino, source, &host_failed);
	}
	if (!code)
		code = link_name(r, folder, name, ino, EXT2_FT_REG_FILE);
	if (!code && !host_failed && st && st->st_nlink > 1)
		twin_add(r, st, ino);
	if (host_failed)
		return refuse(error, "%s: %s", path, strerror(errno));
	return code == 0 || broken(error, path, code);
}

bool rootfs_add_bytes(struct rootfs *r, const char *guest_path, const void *data, size_t bytes,
		      unsigned mode, struct error *error)
{
	struct source source = { .fd = -1, .data = data, .left = bytes };
	char above[PATH_MAX];
	const char *name = split(guest_path, above);
	ext2_ino_t folder;

	return folder_ino(r, above, 0755, &folder, error) &&
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
	return code == 0 || broken(error, host, code);
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
	}
	return code == 0 || broken(error, host, code);
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
	const char *name = split(guest, above);
	ext2_ino_t folder, ino;
	struct stat st;

	if (lstat(host, &st) < 0)
		return refuse(error, "%s: %s", host, strerror(errno));
	if (S_ISDIR(st.st_mode))
		return folder_ino(r, guest, st.st_mode & 07777, &ino, error) &&
		       host_each(host, add_entry, &adding, error);
	if (missing_only && find(r, guest, &ino))
		return true;
	if (!folder_ino(r, above, 0755, &folder, error))
		return false;
	if (S_ISLNK(st.st_mode))
		return add_link(r, folder, name, host, error);
	if (S_ISREG(st.st_mode))
		return add_host_file(r, folder, name, host, &st, error);
	return add_special(r, folder, name, host, &st, error);
}
