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

#define NOBODY                                                                                     \
	UINT32_MAX /* the pid of records that belong to an open file: any process may let go of them */

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

/* In the order of their beginnings. */
static void insert(struct inode *inode, struct lock *lock)
{
	struct lock **link = &inode->locks;

	while (*link && (*link)->start < lock->start)
		link = &(*link)->next;
	lock->next = *link;
	*link = lock;
}

static bool same_kind(const struct lock *lock, const struct lock *other)
{
	return lock->owner == other->owner && lock->whole == other->whole;
}

/* The owner's locks of the same strength that touch this one become part of it. */
static void extend(struct inode *inode, struct lock *made)
{
	for (struct lock *lock = inode->locks; lock; lock = lock->next) {
		if (!same_kind(lock, made) || lock->exclusive != made->exclusive ||
		    (lock->end != INT64_MAX && lock->end + 1 < made->start) ||
		    (made->end != INT64_MAX && made->end + 1 < lock->start))
			continue;
		made->start = lock->start < made->start ? lock->start : made->start;
		made->end = lock->end > made->end ? lock->end : made->end;
	}
}

/* Takes the owner's hold on [start, end] away.  *spare is used if a lock falls into two. */
static void carve(struct inode *inode, const struct lock *range, struct lock **spare)
{
	struct lock **link = &inode->locks, *lock;

	while ((lock = *link)) {
		if (!same_kind(lock, range) || !overlaps(lock, range->start, range->end)) {
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

/* Who waits for a lock: on the waiter's stack. */
static struct waiter {
	struct waiter *next;
	struct inode *inode;
	const struct lock *wanted;
} * waiters;

/* Would the owner of `wanted`, by waiting for it, in the end wait for itself? */
static bool deadlock(struct inode *inode, const struct lock *wanted)
{
	const void *owner = wanted->owner;

	for (u32 depth = 0; depth < 10; depth++) {
		const struct lock *lock = conflict(inode, wanted);
		const struct waiter *waiter = waiters;

		if (!lock || lock->owner == owner)
			return lock != NULL;
		while (waiter && waiter->wanted->owner != lock->owner)
			waiter = waiter->next;
		if (!waiter)
			return false;
		inode = waiter->inode;
		wanted = waiter->wanted;
	}
	return false;
}

static int wait_for_lock(struct inode *inode, const struct lock *wanted)
{
	struct waiter self = { waiters, inode, wanted }, **link = &waiters;
	bool interrupted;

	if (!wanted->whole && wanted->pid != NOBODY && deadlock(inode, wanted))
		return -EDEADLK;
	waiters = &self;
	interrupted = sleep_on(&inode->locks, true);
	while (*link != &self)
		link = &(*link)->next;
	*link = self.next;
	return interrupted ? -ERESTARTSYS : 0;
}

/* Locks (or unlocks) a range for its owner.  -EAGAIN if somebody else's is in the way. */
static int set_lock(struct inode *inode, const struct lock *wanted, bool unlock, bool wait)
{
	struct lock *made, *spare;

	while (!unlock && conflict(inode, wanted)) {
		int error = wait ? wait_for_lock(inode, wanted) : -EAGAIN;

		if (error)
			return error;
	}
	made = unlock ? NULL : kmalloc(sizeof(*made));
	spare = kmalloc(sizeof(*spare));
	if (!spare || (!made && !unlock)) {
		kfree(made);
		kfree(spare);
		return -ENOLCK;
	}
	if (made) {
		*made = *wanted;
		extend(inode, made);
	}
	carve(inode, made ? made : wanted, &spare);
	if (made)
		insert(inode, made);
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
	s64 start, end = INT64_MAX;

	if (flock->type < F_RDLCK || flock->type > F_UNLCK || flock->whence < SEEK_SET ||
	    flock->whence > SEEK_END)
		return -EINVAL;
	if (__builtin_add_overflow(base, flock->start, &start))
		return -EOVERFLOW;
	if (start < 0)
		return -EINVAL;
	if (flock->length > 0 && __builtin_add_overflow(start, flock->length - 1, &end))
		return -EOVERFLOW;
	if (flock->length < 0) { /* what lies before it */
		end = start - 1;
		start += flock->length;
		if (start < 0)
			return -EINVAL;
	}
	lock->start = start;
	lock->end = end;
	lock->exclusive = flock->type == F_WRLCK;
	return 0;
}

static void tell(struct inode *inode, const struct lock *wanted, struct flock *flock)
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
}

int lock_record(struct file *file, u64 user, enum lock_request request, bool of_file)
{
	struct lock lock = { .owner = of_file ? (void *)file : (void *)current->files,
			     .pid = of_file ? NOBODY : current->tgid };
	u32 access = file->flags & O_ACCMODE;
	struct flock flock;
	int error;

	if (copy_from_user(&flock, user, sizeof(flock)))
		return -EFAULT;
	if (!file->inode || (of_file && flock.pid) ||
	    (request == LOCK_ASK && flock.type == F_UNLCK && !of_file))
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
