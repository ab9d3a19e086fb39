/*
 * Advisory locks: records (fcntl), which belong to a descriptor table and go with the first close of the
 * file in it, and whole files (flock, and records of open files), which belong to a struct file.
 */
#include "vfs.h"

struct lock {
	struct lock *next;
	const void *owner;
	u32 pid;
	bool exclusive, whole; /* whole: by flock, which knows nothing of records */
	s64 start, end;	       /* inclusive */
};

static bool overlaps(const struct lock *lock, s64 start, s64 end)
{
	return lock->start <= end && start <= lock->end;
}

static struct lock *conflict(struct inode *inode, const struct lock *wanted)
{
	for (struct lock *lock = inode->locks; lock; lock = lock->next)
		if (lock->whole == wanted->whole && lock->owner != wanted->owner &&
		    (lock->exclusive || wanted->exclusive) &&
		    overlaps(lock, wanted->start, wanted->end))
			return lock;
	return NULL;
}

static void insert(struct inode *inode, struct lock *lock)
{
	lock->next = inode->locks;
	inode->locks = lock;
}

/* Takes the owner's hold on [start, end] away.  *spare is used if a lock falls into two. */
static void carve(struct inode *inode, const struct lock *range, struct lock **spare)
{
	struct lock **link = &inode->locks, *lock;

	while ((lock = *link)) {
		if (lock->owner != range->owner || lock->whole != range->whole ||
		    !overlaps(lock, range->start, range->end)) {
			link = &lock->next;
		} else if (lock->start < range->start && lock->end > range->end) {
			**spare = *lock;
			lock->end = range->start - 1;
			(*spare)->start = range->end + 1;
			insert(inode, *spare);
			*spare = NULL;
			return; /* nothing else of the owner's can lie there */
		} else if (lock->start < range->start) {
			lock->end = range->start - 1;
			link = &lock->next;
		} else if (lock->end > range->end) {
			lock->start = range->end + 1;
			link = &lock->next;
		} else {
			*link = lock->next;
			kfree(lock);
		}
	}
}

/* Locks (or unlocks) a range for its owner.  -EAGAIN if somebody else's is in the way. */
static int set_lock(struct inode *inode, const struct lock *wanted, bool unlock, bool wait)
{
	struct lock *made, *spare;

	while (!unlock && conflict(inode, wanted)) {
		if (!wait)
			return -EAGAIN;
		if (sleep_on(&inode->locks, true))
			return -ERESTARTSYS;
	}
	made = unlock ? NULL : kmalloc(sizeof(*made));
	spare = kmalloc(sizeof(*spare));
	if (!spare || (!made && !unlock)) {
		kfree(made);
		kfree(spare);
		return -ENOLCK;
	}
	carve(inode, wanted, &spare);
	if (made) {
		*made = *wanted;
		insert(inode, made);
	}
	kfree(spare);
	wakeup(&inode->locks);
	return 0;
}

void locks_release(struct inode *inode, const void *owner)
{
	struct lock **link = &inode->locks, *lock;

	while ((lock = *link)) {
		if (lock->owner == owner) {
			*link = lock->next;
			kfree(lock);
		} else {
			link = &lock->next;
		}
	}
	wakeup(&inode->locks);
}

/* Linux's struct flock. */
struct flock {
	s16 type, whence;
	s32 pad;
	s64 start, length;
	s32 pid, pad2;
};
#define F_RDLCK 0
#define F_WRLCK 1
#define F_UNLCK 2

/* The range that a struct flock means; end INT64_MAX: to the end of the file and beyond. */
static int load_range(struct file *file, const struct flock *flock, struct lock *lock)
{
	s64 base = flock->whence == SEEK_CUR   ? file->pos
		   : flock->whence == SEEK_END ? (s64)file->inode->size
					       : 0;
	s64 start = base + flock->start, end = start + flock->length - 1;

	if (flock->type < F_RDLCK || flock->type > F_UNLCK || flock->whence < SEEK_SET ||
	    flock->whence > SEEK_END)
		return -EINVAL;
	if (flock->length == 0)
		end = INT64_MAX;
	else if (flock->length < 0) {
		end = start - 1;
		start += flock->length;
	}
	if (start < 0 || end < start)
		return -EINVAL;
	lock->start = start;
	lock->end = end;
	lock->exclusive = flock->type == F_WRLCK;
	return 0;
}

static int tell(struct inode *inode, const struct lock *wanted, struct flock *flock)
{
	const struct lock *other = conflict(inode, wanted);

	flock->type = F_UNLCK;
	if (other) {
		flock->type = other->exclusive ? F_WRLCK : F_RDLCK;
		flock->whence = SEEK_SET;
		flock->start = other->start;
		flock->length = other->end == INT64_MAX ? 0 : other->end - other->start + 1;
		flock->pid = other->pid;
	}
	return 0;
}

int lock_record(struct file *file, u64 user, enum lock_request request, bool of_file)
{
	struct lock lock = { .owner = of_file ? (void *)file : (void *)current->files,
			     .pid = of_file ? UINT32_MAX : current->tgid };
	u32 access = file->flags & O_ACCMODE;
	struct flock flock;
	int error;

	if (copy_from_user(&flock, user, sizeof(flock)))
		return -EFAULT;
	if (!file->inode)
		return -EINVAL;
	error = load_range(file, &flock, &lock);
	if (error)
		return error;
	if (request == LOCK_ASK) {
		tell(file->inode, &lock, &flock);
		return copy_to_user(user, &flock, sizeof(flock)) ? -EFAULT : 0;
	}
	if ((flock.type == F_RDLCK && access == O_WRONLY) ||
	    (flock.type == F_WRLCK && access == O_RDONLY))
		return -EBADF;
	return set_lock(file->inode, &lock, flock.type == F_UNLCK, request == LOCK_WAIT);
}

#define LOCK_SH 1
#define LOCK_EX 2
#define LOCK_NB 4
#define LOCK_UN 8

int lock_file(struct file *file, u32 operation)
{
	struct lock lock = { .owner = file,
			     .pid = current->tgid,
			     .exclusive = operation & LOCK_EX,
			     .whole = true,
			     .end = INT64_MAX };
	u32 what = operation & ~LOCK_NB;

	if (what != LOCK_SH && what != LOCK_EX && what != LOCK_UN)
		return -EINVAL;
	if (!file->inode)
		return -EBADF;
	return set_lock(file->inode, &lock, what == LOCK_UN, !(operation & LOCK_NB));
}
