/* The file systems of a running system: mounted at boot, unmounted at the end; process 1's streams. */
#include "device.h"
#include "mm.h"

void vfs_init(void)
{
	struct superblock *sb = NULL;
	const char *why = "there is no disk";
	int error = -ENODEV;

	if (root_disk)
		error = ext2_mount(root_disk, &sb, &why);
	if (error)
		panic("cannot mount the root disk: %s", why);
	mount_add("/", sb);
	if (mount_add("/dev", devfs_mount()) || mount_add("/proc", procfs_mount()) ||
	    mount_add("/tmp", tmpfs_mount()) || mount_add("/dev/pts", devpts_mount()) ||
	    mount_add("/dev/shm", tmpfs_mount()))
		panic("no memory for the file systems");
	printk("root: ext2, %lu blocks%s", root_disk->blocks, sb->read_only ? ", read-only" : "");
}

struct inode *vfs_root(void)
{
	return root_sb->root;
}

void vfs_shutdown(void)
{
	vfs_sync();
	if (root_sb)
		ext2_unmount(root_sb);
	port_drain();
}

static int open_stream(struct fd_table *table, u32 fd, const char *path, int flags)
{
	struct file *file;
	int error = file_open(path, flags | O_NOCTTY, 0, &file);

	if (!error)
		table->block[0][fd] = (u64)file;
	return error;
}

/* Who is a terminal is said by stdio=; without it all three are the console's UART. */
int vfs_stdio(struct fd_table *table)
{
	const char *kinds = param_string(PARAM_stdio);
	bool ports = strlen(kinds) == 3 && port_exists(0);
	char path[] = "/dev/vport0p?";
	int error = 0;

	if (ports && strchr(kinds, 't'))
		port_make_tty(0, kinds[1] == 't' ? 1 : kinds[2] == 't' ? 2 : 0);
	for (u32 fd = 0; fd < 3 && !error; fd++) {
		path[sizeof(path) - 2] = '0' + fd;
		error = open_stream(table, fd,
				    !ports	       ? "/dev/ttyS0"
				    : kinds[fd] == 't' ? "/dev/hvc0"
						       : path,
				    ports && kinds[fd] != 't' ? fd ? O_WRONLY : O_RDONLY : O_RDWR);
	}
	return error;
}
