/* memfd_create: a file in memory that has no name; and its seals. */
#include "mm.h"
#include "sys.h"
#include "vfs.h"

#define MFD_CLOEXEC	  1
#define MFD_ALLOW_SEALING 2
#define MFD_NOEXEC_SEAL	  8
#define MFD_EXEC	  16
#define MFD_NAME_MAX	  249

s64 sys_memfd_create(const u64 a[6])
{
	char path[8 + MFD_NAME_MAX + 1] = "/memfd:";
	long n = copy_string_from_user(path + 7, a[0], MFD_NAME_MAX + 1);
	const u64 exec = MFD_NOEXEC_SEAL | MFD_EXEC;
	struct inode *inode;
	struct file *file;
	int error;

	if (n < 0)
		return n == -ENAMETOOLONG ? -EINVAL : n;
	if ((a[1] & ~(u64)(MFD_CLOEXEC | MFD_ALLOW_SEALING | exec)) || (a[1] & exec) == exec)
		return -EINVAL;
	error = memory_file(&inode);
	if (error)
		return error;
	inode->seals = a[1] & MFD_NOEXEC_SEAL	  ? F_SEAL_EXEC
		       : a[1] & MFD_ALLOW_SEALING ? 0
						  : F_SEAL_SEAL;
	if (a[1] & MFD_NOEXEC_SEAL)
		inode->mode &= ~0111u;
	error = inode_open(inode, O_RDWR | O_LARGEFILE, path, &file);
	inode_put(inode);
	return error ? error : fd_install(file, 0, a[1] & MFD_CLOEXEC);
}

static bool is_writable(const struct region *region, const struct inode *inode)
{
	return region->file && region->file->inode == inode && (region->flags & RF_SHARED) &&
	       (region->max_prot & PROT_WRITE);
}

/* May anybody still store to it through memory? */
static bool mapped_writable(const struct inode *inode)
{
	for (struct mm *mm = mm_next(NULL); mm; mm = mm_next(mm))
		for (struct region *region = mm->regions; region; region = region->next)
			if (is_writable(region, inode))
				return true;
	return false;
}

s64 seals_of(const struct file *file)
{
	const struct inode *inode = file->inode;

	if (!inode || !S_ISREG(inode->mode) || !inode->mapping.swapped)
		return -EINVAL;
	return inode->nlink ? F_SEAL_SEAL : inode->seals; /* what has a name is never sealed */
}

s64 seals_add(struct file *file, u32 seals)
{
	s64 now = seals_of(file);

	if (now < 0)
		return now;
	if (!(file->flags & O_ACCMODE))
		return -EPERM;
	if (seals & ~(u32)(2 * F_SEAL_EXEC - 1))
		return -EINVAL;
	if (now & F_SEAL_SEAL)
		return -EPERM;
	if ((seals & F_SEAL_WRITE) && mapped_writable(file->inode))
		return -EBUSY;
	file->inode->seals |= seals;
	return 0;
}
