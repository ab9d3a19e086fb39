/* memfd_create: a file in memory that has no name. */
#include "sys.h"
#include "vfs.h"

#define MFD_CLOEXEC	  1
#define MFD_ALLOW_SEALING 2
#define MFD_NAME_MAX	  249

s64 sys_memfd_create(const u64 a[6])
{
	char path[8 + MFD_NAME_MAX + 1] = "/memfd:";
	long n = copy_string_from_user(path + 7, a[0], MFD_NAME_MAX + 1);
	struct inode *inode;
	struct file *file;
	int error, fd;

	if (n < 0)
		return n == -ENAMETOOLONG ? -EINVAL : n;
	if (a[1] & ~(u64)(MFD_CLOEXEC | MFD_ALLOW_SEALING | 0x18)) /* NOEXEC_SEAL, EXEC */
		return -EINVAL;
	error = memory_file(&inode);
	if (error)
		return error;
	error = inode_open(inode, O_RDWR, path, &file);
	inode_put(inode);
	if (error)
		return error;
	fd = fd_install(file, 0, a[1] & MFD_CLOEXEC);
	if (fd < 0)
		file_put(file);
	return fd;
}
