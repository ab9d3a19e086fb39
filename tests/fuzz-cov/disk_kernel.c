/*
 * The guest kernel's file system on a damaged disk, again and again in one process: all variables of the
 * kernel's objects lie in one section (rules.mk), which is put back as it was before each image.
 */
#include "tests/fuzz-cov/disk.h"
#include "tests/kernel/fs_shim.h"

int snprintf(char *to, size_t bytes, const char *format, ...);
void *malloc(size_t bytes);

extern char __start_kernel_data[], __stop_kernel_data[];

static const u8 *operation, *operations_end;

static u32 next(void)
{
	return operation < operations_end ? *operation++ : 0;
}

/* Byte by byte and uninstrumented: between the variables lie the sanitizer's own guards. */
__attribute__((no_sanitize("address", "undefined"))) static void copy(char *to, const char *from,
								      size_t bytes)
{
	for (size_t i = 0; i < bytes; i++)
		((volatile char *)to)[i] = from[i];
}

static void fresh_kernel(const void *image)
{
	static char *saved;
	size_t bytes = (size_t)(__stop_kernel_data - __start_kernel_data);

	if (!saved) {
		saved = malloc(bytes);
		shim_start();
		shim_disk(image, DISK_BLOCKS); /* the first gets the memory of all */
		copy(saved, __start_kernel_data, bytes);
	}
	shim_free_all();
	copy(__start_kernel_data, saved, bytes);
	shim_forget();
	shim_seed(1);
}

static s64 at_call(s64 (*call)(const u64 a[6]), const char *path, u64 x, u64 y)
{
	return call((u64[6]){ (u64)AT_FDCWD, (u64)path, x, y });
}

static const char *path(void)
{
	static const char *const names[] = { "/a",     "/b",	  "/d",	     "/d/e",
					     "/d/e/f", "/g",	  "/g/h",    "/s",
					     "/t",     "/d/e/..", "/n",	     "/g/m",
					     "/",      "/s/",	  "/d/./e/", "/lost+found" };

	return names[next() % 16];
}

struct counter {
	struct dir_sink sink;
	u32 left;
};

static bool count(struct dir_sink *sink, const char *name, u32 bytes, u64 ino, u32 type,
		  s64 next_pos)
{
	static volatile u8 sum;

	(void)ino, (void)type, (void)next_pos;
	for (u32 i = 0; i < bytes; i++) /* all of it can be read */
		sum = sum + (u8)name[i];
	return ((struct counter *)sink)->left-- > 0;
}

static void list(const char *name)
{
	struct counter counter = { { count }, 100 };
	struct inode *inode;
	s64 pos = 0;

	if (path_lookup(name, &inode))
		return;
	if (S_ISDIR(inode->mode) && inode->ops->iterate)
		inode->ops->iterate(inode, &pos, &counter.sink);
	inode_put(inode);
}

static void use_file(const char *name, u32 how)
{
	static u8 data[20000];
	struct file *file = NULL;
	struct iter iter = { .kernel = (char *)data };
	s64 pos = (s64)next() << (how & 15);

	if (file_open(name, O_RDWR | (how & 128 ? O_CREAT : 0), 0644, &file))
		return;
	iter.left = how & 16 ? 9000 : sizeof(data);
	if (how & 64 && file->ops->write)
		file->ops->write(file, &iter, &pos);
	else if (file->ops->read)
		file->ops->read(file, &iter, &pos);
	if (how & 32 && file->ops->fsync)
		file->ops->fsync(file, false);
	file_put(file);
}

static void operate(struct superblock *sb)
{
	static char buffer[300];
	u32 how = next();
	struct statfs st;
	const char *from;

	switch (how % 12) {
	case 0:
		at_call(sys_mkdirat, path(), 0755, 0);
		break;
	case 1:
		at_call(sys_unlinkat, path(), how & 16 ? AT_REMOVEDIR : 0, 0);
		break;
	case 2:
	case 3:
		from = path();
		sys_renameat2((u64[6]){ (u64)AT_FDCWD, (u64)from, (u64)AT_FDCWD, (u64)path(),
					how >> 4 & 3 });
		break;
	case 4:
		from = path();
		sys_linkat((u64[6]){ (u64)AT_FDCWD, (u64)from, (u64)AT_FDCWD, (u64)path(), 0 });
		break;
	case 5:
		memset(buffer, 'l', how);
		buffer[how] = 0;
		sys_symlinkat((u64[6]){ (u64)buffer, (u64)AT_FDCWD, (u64)path() });
		break;
	case 6:
		at_call(sys_readlinkat, path(), (u64)buffer, sizeof(buffer));
		break;
	case 7:
		sys_truncate((u64[6]){ (u64)path(), (u64)next() << (how >> 3) });
		break;
	case 8:
		list(path());
		break;
	case 9:
		vfs_sync();
		sb->ops->statfs(sb, &st);
		break;
	default:
		use_file(path(), how);
		break;
	}
}

void kernel_uses(void *image, const unsigned char *operations, unsigned long bytes)
{
	struct superblock *sb;
	const char *why;

	operation = operations;
	operations_end = operations + bytes;
	fresh_kernel(image);
	if (ext2_mount(shim_disk(image, DISK_BLOCKS), &sb, &why))
		return;
	mount_add("/", sb);
	current->fs->cwd = sb->root;
	list("/");
	for (u32 i = 0; operation < operations_end && i < 60; i++)
		operate(sb);
	vfs_sync();
	ext2_unmount(sb);
	if (shim_pins())
		panic("%u pages are left pinned", shim_pins());
}
