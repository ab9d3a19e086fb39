/* System calls that ask for or set the attributes of files and file systems. */
#include "sys.h"
#include "vfs.h"

#define NS	   1000000000ll
#define UTIME_NOW  0x3fffffff
#define UTIME_OMIT 0x3ffffffe
#define TIME_MAX   (INT64_MAX / NS - 1) /* seconds that nanoseconds in 64 bits can count */

static int inode_of(const struct file *file, struct inode **inode)
{
	if (!file || !file->inode)
		return -EBADF;
	*inode = inode_get(file->inode);
	return 0;
}

int inode_at(int dirfd, u64 path, u64 flags, struct inode **inode)
{
	struct walk *walk;
	char first = 0;
	int error;

	if (flags & ~(u64)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH))
		return -EINVAL;
	if (flags & AT_EMPTY_PATH) {
		if (path && copy_from_user(&first, path, 1))
			return -EFAULT;
		if (!first && dirfd == AT_FDCWD) {
			*inode = inode_get(current->fs->cwd);
			return 0;
		}
		if (!first)
			return inode_of(fd_place(dirfd), inode);
	}
	error = walk_user(dirfd, path, flags & AT_SYMLINK_NOFOLLOW ? 0 : WALK_FOLLOW, &walk);
	if (error)
		return error;
	*inode = walk->inode;
	walk->inode = NULL;
	walk_done(walk);
	return 0;
}

/* Rounded down, so that the nanoseconds are never negative. */
static s64 whole_seconds(s64 ns)
{
	return ns >= 0 ? ns / NS : -((-ns + NS - 1) / NS);
}

static s64 rest_ns(s64 ns)
{
	return ns - whole_seconds(ns) * NS;
}

/* In memory: the pages that were stored to, wherever they are now. */
static u64 blocks_of(const struct inode *inode)
{
	return inode->mapping.swapped ? inode->mapping.stored * (PAGE_SIZE / 512) : inode->blocks;
}

static void fill_stat(const struct inode *inode, struct kstat *st)
{
	*st = (struct kstat){
		.st_dev = inode->device,
		.st_ino = inode->number,
		.st_mode = inode->mode,
		.st_nlink = inode->nlink,
		.st_uid = inode->uid,
		.st_gid = inode->gid,
		.st_rdev = inode->rdev,
		.st_size = inode->size,
		.st_blksize = PAGE_SIZE,
		.st_blocks = blocks_of(inode),
		.st_atime = whole_seconds(inode->atime),
		.st_atime_nsec = rest_ns(inode->atime),
		.st_mtime = whole_seconds(inode->mtime),
		.st_mtime_nsec = rest_ns(inode->mtime),
		.st_ctime = whole_seconds(inode->ctime),
		.st_ctime_nsec = rest_ns(inode->ctime),
	};
}

static s64 put_stat(struct inode *inode, u64 user)
{
	struct kstat st;

	fill_stat(inode, &st);
	inode_put(inode);
	return copy_to_user(user, &st, sizeof(st)) ? -EFAULT : 0;
}

s64 sys_fstat(const u64 a[6])
{
	struct inode *inode;
	int error = inode_of(fd_place(a[0]), &inode);

	return error ? error : put_stat(inode, a[1]);
}

s64 sys_newfstatat(const u64 a[6])
{
	struct inode *inode;
	int error = inode_at(a[0], a[1], a[3] & ~(u64)AT_NO_AUTOMOUNT, &inode);

	return error ? error : put_stat(inode, a[2]);
}

static u32 dev_major(u32 device)
{
	return device >> 8 & 0xfff;
}

static u32 dev_minor(u32 device)
{
	return (device & 0xff) | (device >> 12 & 0xfff00);
}

static struct statx_timestamp stamp(s64 ns)
{
	return (struct statx_timestamp){ .tv_sec = whole_seconds(ns), .tv_nsec = rest_ns(ns) };
}

s64 sys_statx(const u64 a[6])
{
	const u64 ignored = AT_NO_AUTOMOUNT | AT_STATX_SYNC_TYPE;
	struct inode *inode;
	struct statx st;
	int error = (a[2] & AT_STATX_SYNC_TYPE) == AT_STATX_SYNC_TYPE || (a[3] & STATX__RESERVED)
			    ? -EINVAL
			    : inode_at(a[0], a[1], a[2] & ~ignored, &inode);

	if (error)
		return error;
	st = (struct statx){
		.stx_mask = STATX_BASIC_STATS | STATX_MNT_ID,
		.stx_attributes = inode == inode->sb->root ? STATX_ATTR_MOUNT_ROOT : 0,
		.stx_attributes_mask = STATX_ATTR_MOUNT_ROOT,
		.stx_mnt_id = mount_id(inode->sb),
		.stx_blksize = PAGE_SIZE,
		.stx_nlink = inode->nlink,
		.stx_uid = inode->uid,
		.stx_gid = inode->gid,
		.stx_mode = inode->mode,
		.stx_ino = inode->number,
		.stx_size = inode->size,
		.stx_blocks = blocks_of(inode),
		.stx_atime = stamp(inode->atime),
		.stx_ctime = stamp(inode->ctime),
		.stx_mtime = stamp(inode->mtime),
		.stx_rdev_major = dev_major(inode->rdev),
		.stx_rdev_minor = dev_minor(inode->rdev),
		.stx_dev_major = dev_major(inode->device),
		.stx_dev_minor = dev_minor(inode->device),
	};
	inode_put(inode);
	return copy_to_user(a[4], &st, sizeof(st)) ? -EFAULT : 0;
}

/* Attributes were changed: write them back; consumes the reference. */
static s64 changed(struct inode *inode)
{
	int error = 0;

	inode_touch(inode, false);
	if (inode->ops->update)
		error = inode->ops->update(inode);
	inode_put(inode);
	return error;
}

static s64 read_only(struct inode *inode)
{
	inode_put(inode);
	return -EROFS;
}

static s64 change_mode(struct inode *inode, u32 mode)
{
	if (inode->sb->read_only)
		return read_only(inode);
	inode->mode = (inode->mode & S_IFMT) | (mode & 07777);
	return changed(inode);
}

s64 sys_fchmod(const u64 a[6])
{
	struct inode *inode;
	int error = inode_of(fd_file(a[0]), &inode);

	return error ? error : change_mode(inode, a[1]);
}

s64 sys_fchmodat(const u64 a[6])
{
	struct inode *inode;
	int error = inode_at(a[0], a[1], 0, &inode);

	return error ? error : change_mode(inode, a[2]);
}

s64 sys_fchmodat2(const u64 a[6])
{
	struct inode *inode;
	int error = a[3] & ~(u64)(AT_SYMLINK_NOFOLLOW | AT_EMPTY_PATH)
			    ? -EINVAL
			    : inode_at(a[0], a[1], a[3], &inode);

	if (error)
		return error;
	if (S_ISLNK(inode->mode)) { /* as on Linux: a link has no mode of its own */
		inode_put(inode);
		return -EOPNOTSUPP;
	}
	return change_mode(inode, a[2]);
}

static s64 change_owner(struct inode *inode, u32 uid, u32 gid)
{
	if (inode->sb->read_only)
		return read_only(inode);
	if (uid != UINT32_MAX)
		inode->uid = uid;
	if (gid != UINT32_MAX)
		inode->gid = gid;
	if (!S_ISDIR(inode->mode))
		inode->mode &= ~(S_ISUID | (inode->mode & S_IXGRP ? S_ISGID : 0));
	return changed(inode);
}

s64 sys_fchown(const u64 a[6])
{
	struct inode *inode;
	int error = inode_of(fd_file(a[0]), &inode);

	return error ? error : change_owner(inode, a[1], a[2]);
}

s64 sys_fchownat(const u64 a[6])
{
	struct inode *inode;
	int error = inode_at(a[0], a[1], a[4], &inode);

	return error ? error : change_owner(inode, a[2], a[3]);
}

static bool time_valid(const struct timespec *wanted)
{
	return (u64)wanted->tv_nsec < NS || wanted->tv_nsec == UTIME_NOW ||
	       wanted->tv_nsec == UTIME_OMIT;
}

static void set_time(s64 *time, const struct timespec *wanted)
{
	s64 seconds = wanted->tv_sec;

	if (wanted->tv_nsec == UTIME_NOW)
		*time = time_realtime_ns();
	else if (wanted->tv_nsec != UTIME_OMIT)
		*time = (seconds > TIME_MAX    ? TIME_MAX
			 : seconds < -TIME_MAX ? -TIME_MAX
					       : seconds) *
				NS +
			wanted->tv_nsec;
}

s64 sys_utimensat(const u64 a[6])
{
	struct timespec times[2] = { { 0, UTIME_NOW }, { 0, UTIME_NOW } };
	struct inode *inode;
	int error;

	if (a[2] && copy_from_user(times, a[2], sizeof(times)))
		return -EFAULT;
	if (times[0].tv_nsec == UTIME_OMIT && times[1].tv_nsec == UTIME_OMIT)
		return 0;
	if (a[1] || (s32)a[0] == AT_FDCWD)
		error = inode_at(a[0], a[1], a[3], &inode);
	else
		error = a[3] ? -EINVAL : inode_of(fd_file(a[0]), &inode);
	if (error)
		return error;
	if (!time_valid(&times[0]) || !time_valid(&times[1])) {
		inode_put(inode);
		return -EINVAL;
	}
	if (inode->sb->read_only)
		return read_only(inode);
	set_time(&inode->atime, &times[0]);
	set_time(&inode->mtime, &times[1]);
	return changed(inode);
}

#define W_OK 2
#define X_OK 1

/* There is one user, the superuser: only a program that nobody may execute is out of reach. */
static s64 access_at(int dirfd, u64 path, u32 mode, u64 flags)
{
	struct inode *inode;
	s64 error;

	if (mode & ~7u)
		return -EINVAL;
	error = inode_at(dirfd, path, flags, &inode);
	if (error)
		return error;
	if ((mode & W_OK) && inode->sb->read_only && !S_ISCHR(inode->mode))
		error = -EROFS;
	else if ((mode & X_OK) && S_ISREG(inode->mode) && !(inode->mode & 0111))
		error = -EACCES;
	inode_put(inode);
	return error;
}

s64 sys_faccessat(const u64 a[6])
{
	return access_at(a[0], a[1], a[2], 0);
}

s64 sys_faccessat2(const u64 a[6])
{
	return access_at(a[0], a[1], a[2], a[3] & ~(u64)AT_EACCESS);
}

static s64 put_statfs(struct inode *inode, u64 user)
{
	struct statfs st = { .f_bsize = PAGE_SIZE,
			     .f_frsize = PAGE_SIZE,
			     .f_namelen = NAME_MAX_BYTES };

	st.f_type = inode->sb->magic;
	st.f_flags = ST_VALID | ST_NOATIME | (inode->sb->read_only ? ST_RDONLY : 0);
	st.f_fsid[0] = inode->device;
	if (inode->sb->ops->statfs)
		inode->sb->ops->statfs(inode->sb, &st);
	inode_put(inode);
	return copy_to_user(user, &st, sizeof(st)) ? -EFAULT : 0;
}

s64 sys_statfs(const u64 a[6])
{
	struct inode *inode;
	int error = inode_at(AT_FDCWD, a[0], 0, &inode);

	return error ? error : put_statfs(inode, a[1]);
}

s64 sys_fstatfs(const u64 a[6])
{
	struct inode *inode;
	int error = inode_of(fd_place(a[0]), &inode);

	return error ? error : put_statfs(inode, a[1]);
}

/* Extended attributes: none exist, none can be made.  The object must, though, and the name make sense. */
static s64 check_name(u64 user)
{
	static const char *const spaces[] = { "user.", "trusted.", "security.", "system." };
	char name[256];
	long n = copy_string_from_user(name, user, sizeof(name));

	if (n <= 0)
		return n == -EFAULT ? n : -ERANGE;
	for (u32 i = 0; i < ARRAY_SIZE(spaces); i++)
		if (strncmp(name, spaces[i], strlen(spaces[i])) == 0)
			return -ENODATA;
	return -EOPNOTSUPP;
}

static s64 no_attribute(struct inode *inode, int error, s64 answer)
{
	if (error)
		return error;
	inode_put(inode);
	return answer;
}

static s64 attribute_at(u64 path, u64 flags, s64 answer)
{
	struct inode *inode = NULL;
	int error = inode_at(AT_FDCWD, path, flags, &inode);

	return no_attribute(inode, error, answer);
}

static s64 attribute_of(int fd, s64 answer)
{
	struct inode *inode = NULL;
	int error = inode_of(fd_file(fd), &inode);

	return no_attribute(inode, error, answer);
}

s64 sys_setxattr(const u64 a[6])
{
	return attribute_at(a[0], 0, -EOPNOTSUPP);
}

s64 sys_lsetxattr(const u64 a[6])
{
	return attribute_at(a[0], AT_SYMLINK_NOFOLLOW, -EOPNOTSUPP);
}

s64 sys_fsetxattr(const u64 a[6])
{
	return attribute_of(a[0], -EOPNOTSUPP);
}

s64 sys_removexattr(const u64 a[6])
{
	return attribute_at(a[0], 0, check_name(a[1]));
}

s64 sys_lremovexattr(const u64 a[6])
{
	return attribute_at(a[0], AT_SYMLINK_NOFOLLOW, check_name(a[1]));
}

s64 sys_fremovexattr(const u64 a[6])
{
	return attribute_of(a[0], check_name(a[1]));
}

s64 sys_getxattr(const u64 a[6])
{
	return attribute_at(a[0], 0, check_name(a[1]));
}

s64 sys_lgetxattr(const u64 a[6])
{
	return attribute_at(a[0], AT_SYMLINK_NOFOLLOW, check_name(a[1]));
}

s64 sys_fgetxattr(const u64 a[6])
{
	return attribute_of(a[0], check_name(a[1]));
}

s64 sys_listxattr(const u64 a[6])
{
	return attribute_at(a[0], 0, 0);
}

s64 sys_llistxattr(const u64 a[6])
{
	return attribute_at(a[0], AT_SYMLINK_NOFOLLOW, 0);
}

s64 sys_flistxattr(const u64 a[6])
{
	return attribute_of(a[0], 0);
}
