/*
 * Damaged disk images: the input is a list of edits to a small ext2 image, and then operations.  The
 * emulator gets files out of the image, finds symbols in it, and adds to it as `run --disk` does; the
 * guest kernel's own ext2, compiled for the host, mounts it and works in it.
 */
#include <ext2fs/ext2fs.h>
#include <unistd.h>

#include "emu/loader.h"
#include "emu/machine.h"
#include "emu/rootfs.h"
#include "tests/fuzz-cov/disk.h"
#include "tests/fuzz-cov/input.h"
#include "tests/fuzz-cov/sandbox.h"

#define BYTES (DISK_BLOCKS * DISK_PAGE)

static uint8_t clean[BYTES];

/* What rootfs.h cannot add: a short link, a long one, a file with an indirect block, and a second name. */
static void add_rest(const char *path)
{
	static char text[DISK_PAGE];
	ext2_filsys fs;
	ext2_file_t file;
	ext2_ino_t ino;
	unsigned wrote;

	memset(text, 'l', 100);
	MUST(ext2fs_open(path, EXT2_FLAG_RW, 0, 0, unix_io_manager, &fs) == 0);
	MUST(ext2fs_read_bitmaps(fs) == 0);
	fs->now = (time_t)MACHINE_EPOCH_SECONDS;
	MUST(ext2fs_symlink(fs, EXT2_ROOT_INO, 0, "s", "/d/e/f") == 0);
	MUST(ext2fs_symlink(fs, EXT2_ROOT_INO, 0, "t", text) == 0);
	MUST(ext2fs_namei(fs, EXT2_ROOT_INO, EXT2_ROOT_INO, "/a", &ino) == 0);
	MUST(ext2fs_file_open(fs, ino, EXT2_FILE_WRITE, &file) == 0);
	MUST(ext2fs_file_llseek(file, 13 * DISK_PAGE, EXT2_SEEK_SET, NULL) == 0);
	MUST(ext2fs_file_write(file, text, DISK_PAGE, &wrote) == 0);
	MUST(ext2fs_file_close(file) == 0);
	MUST(ext2fs_link(fs, EXT2_ROOT_INO, "b", ino, EXT2_FT_REG_FILE) == 0);
	MUST(ext2fs_close(fs) == 0);
}

static void make_clean(void)
{
	static char text[2 * DISK_PAGE];
	struct error error = { "" };
	struct rootfs *fs = rootfs_create(BYTES, 32, &error);
	char path[32];
	int fd;

	memset(text, 'x', sizeof(text));
	MUST(fs);
	MUST(rootfs_mkdir(fs, "/d/e", 0755, &error) && rootfs_mkdir(fs, "/g", 0755, &error));
	MUST(rootfs_add_bytes(fs, "/a", text, sizeof(text), 0644, &error));
	MUST(rootfs_add_bytes(fs, "/d/e/f", text, 10, 0755, &error));
	fd = rootfs_finish(fs, &error);
	MUST(fd >= 0);
	snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
	add_rest(path);
	MUST(pread(fd, clean, BYTES, 0) == BYTES);
	close(fd);
}

/* Edits: how many, then for each the block, the place in it, a length and the bytes. */
static void edit(struct input *in, uint8_t *image)
{
	for (unsigned n = input_u8(in); n && input_left(in); n--) {
		uint32_t at = input_u8(in) % DISK_BLOCKS * DISK_PAGE;
		unsigned bytes;

		at += input_u16(in) % DISK_PAGE;
		for (bytes = 1 + input_u8(in) % 16; bytes && at < BYTES; bytes--)
			image[at++] = input_u8(in);
	}
}

/* As --get, --profile and the fault log read it. */
static void read_it(int fd)
{
	struct error error = { "" };
	struct blob blob;
	char name[256];

	for (uint32_t inode = 0; inode < 20; inode++) {
		if (!rootfs_read(fd, inode, name, sizeof(name), &blob))
			continue;
		MUST(strlen(name) < sizeof(name) && blob.bytes);
		symbols_free(symbols_of(&blob));
	}
	MUST(rootfs_get(fd, "/", "out", &error) || error.text[0]);
	MUST(rootfs_get(fd, "/s", "out", &error) || error.text[0]);
	MUST(!rootfs_get(fd, "/none", "out", &error) && error.text[0]);
}

/* As --disk with PROGRAM and files that are added to it. */
static void add_to_it(void)
{
	struct error error = { "" };
	struct rootfs *fs = rootfs_open("disk", &error);
	bool ok;
	int fd;

	if (!fs) {
		MUST(error.text[0]);
		return;
	}
	rootfs_exists(fs, "/d/e/f");
	ok = rootfs_mkdir(fs, "/home/x", 0755, &error) &&
	     rootfs_add_bytes(fs, "/a", "text", 4, 0644, &error) &&
	     rootfs_add_bytes(fs, "/d/new", clean, 6 * DISK_PAGE, 0644, &error) &&
	     rootfs_add_bytes(fs, "/s", "text", 4, 0644, &error);
	MUST(ok || error.text[0]);
	if (!ok) {
		rootfs_abandon(fs);
		return;
	}
	fd = rootfs_finish(fs, &error);
	MUST(fd >= 0 || error.text[0]);
	if (fd >= 0)
		close(fd);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static uint8_t image[BYTES] __attribute__((aligned(DISK_PAGE)));
	struct input in = { data, data + size };

	sandbox_enter();
	if (!clean[1080])
		make_clean();
	memcpy(image, clean, BYTES);
	edit(&in, image);
	sandbox_file("disk", image, BYTES);
	/* Sizes in inodes are whatever they are: the host is full early. */
	sandbox_room(256 << 10);
	read_it(sandbox_fd("disk"));
	add_to_it();
	kernel_uses(image, in.at, input_left(&in));
	sandbox_leave();
	return 0;
}
