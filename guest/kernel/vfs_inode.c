/*
 * The inode cache.  An inode that nobody uses stays while it holds cached pages (a second start of a
 * program reads nothing from disk), up to a limit, for inodes cannot be paged out.
 */
#include "mm.h"
#include "vfs.h"

#define BUCKETS 64u

static struct inode *buckets[BUCKETS];
static u32 ninodes;
static u64 clock_hand, sync_number;

void sleeplock_acquire(struct sleeplock *lock)
{
	while (lock->held) {
		lock->wanted = true;
		sleep_on(lock, false);
	}
	lock->held = true;
}

void sleeplock_release(struct sleeplock *lock)
{
	lock->held = false;
	if (lock->wanted)
		wakeup(lock);
	lock->wanted = false;
}

void inode_lock(struct inode *inode)
{
	sleeplock_acquire(&inode->lock);
}

void inode_unlock(struct inode *inode)
{
	sleeplock_release(&inode->lock);
}

static u32 bucket(u32 number)
{
	return number % BUCKETS;
}

/* A sixteenth of the frames' number of inodes, within reason. */
static u32 limit(void)
{
	return nframes / 16 < 64 ? 64 : nframes / 16 > 2048 ? 2048 : nframes / 16;
}

u32 inodes_cached(void)
{
	return ninodes;
}

struct inode *inode_find(struct superblock *sb, u32 number)
{
	for (struct inode *inode = buckets[bucket(number)]; inode; inode = inode->next)
		if (inode->sb == sb && inode->number == number)
			return inode_get(inode);
	return NULL;
}

static void unhash(struct inode *inode)
{
	struct inode **link = &buckets[bucket(inode->number)];

	while (*link && *link != inode)
		link = &(*link)->next;
	if (*link) {
		*link = inode->next;
		ninodes--;
	}
}

static void destroy(struct inode *inode)
{
	while (inode->busy)
		sleep_on(inode, false);
	unhash(inode);
	inode->sb->ops->forget(inode);
	kfree(inode);
}

/* The unused inode that was put longest ago; one without cached pages if there is one. */
static struct inode *oldest_unused(void)
{
	struct inode *best = NULL;

	for (u32 i = 0; i < BUCKETS; i++) {
		for (struct inode *inode = buckets[i]; inode; inode = inode->next) {
			bool empty = inode->mapping.npages == 0;

			if (inode->refs || inode->busy || inode->sb->in_memory)
				continue;
			if (!best || empty > (best->mapping.npages == 0) ||
			    (empty == (best->mapping.npages == 0) && inode->used < best->used))
				best = inode;
		}
	}
	return best;
}

/* Write an unused inode's pages, forget them, and free it.  False if there is none. */
static bool recycle_one(void)
{
	struct inode *inode = oldest_unused();
	int error;

	if (!inode)
		return false;
	inode->busy++;
	error = mapping_sync(&inode->mapping);
	inode->busy--;
	wakeup(inode);
	if (inode->refs || inode->busy)
		return true; /* somebody has found it meanwhile */
	if (error) {
		inode->used = ++clock_hand; /* cannot be written: try another next time */
		return false;
	}
	inode->busy++;
	inode->refs++; /* truncation may sleep: whoever finds it now shares it */
	mapping_truncate(&inode->mapping, 0);
	inode->refs--;
	inode->busy--;
	wakeup(inode);
	if (!inode->refs && !inode->busy)
		destroy(inode);
	return true;
}

struct inode *inode_new(struct superblock *sb, u32 number)
{
	struct inode *inode;

	for (int tries = 0; ninodes >= limit() && tries < 4 && recycle_one();)
		tries++;
	inode = inode_find(sb, number); /* that may have slept */
	if (inode)
		return inode;
	inode = kmalloc(sizeof(*inode));
	if (!inode)
		return NULL;
	inode->sb = sb;
	inode->number = number;
	inode->refs = 1;
	inode->next = buckets[bucket(number)];
	buckets[bucket(number)] = inode;
	ninodes++;
	return inode;
}

void inode_discard(struct inode *inode)
{
	unhash(inode);
	if (inode->fs)
		inode->sb->ops->forget(inode);
	kfree(inode);
}

struct inode *inode_get(struct inode *inode)
{
	inode->refs++;
	return inode;
}

void inode_put(struct inode *inode)
{
	while (inode && inode->refs-- == 1) {
		struct inode *above = inode->above;

		inode->used = ++clock_hand;
		if (inode->nlink && !inode->sb->transient)
			return;
		inode->refs = 1; /* nobody can find it any more; eviction sleeps */
		if (inode->sb->ops->evict)
			inode->sb->ops->evict(inode);
		destroy(inode);
		inode = above; /* not by recursion: a path may be long */
	}
}

/* An inode of sb that this round has not seen yet. */
static struct inode *unseen(struct superblock *sb, u64 round)
{
	for (u32 i = 0; i < BUCKETS; i++)
		for (struct inode *inode = buckets[i]; inode; inode = inode->next)
			if (inode->sb == sb && inode->synced < round && inode->mapping.npages)
				return inode;
	return NULL;
}

int inode_each(struct superblock *sb, int (*call)(struct inode *inode))
{
	u64 round = ++sync_number;
	struct inode *inode;
	int error = 0;

	while ((inode = unseen(sb, round))) {
		int result;

		inode->synced = round;
		inode->busy++;
		result = call(inode);
		inode->busy--;
		wakeup(inode);
		error = error ? error : result;
	}
	return error;
}

u64 inodes_stored(const struct superblock *sb)
{
	u64 pages = 0;

	for (u32 i = 0; i < BUCKETS; i++)
		for (const struct inode *inode = buckets[i]; inode; inode = inode->next)
			pages += inode->sb == sb ? inode->mapping.stored : 0;
	return pages;
}

/* Below a directory with S_ISGID everything is of that directory's group. */
void inode_made(const struct inode *dir, struct inode *inode)
{
	bool inherits = dir->mode & S_ISGID;

	inode->uid = current->uid;
	inode->gid = inherits ? dir->gid : current->gid;
	if (inherits && S_ISDIR(inode->mode))
		inode->mode |= S_ISGID;
	if ((inode->uid || inode->gid || inherits) && inode->ops->update)
		inode->ops->update(inode);
}

void inode_touch(struct inode *inode, bool data)
{
	inode->ctime = time_realtime_ns();
	if (data)
		inode->mtime = inode->ctime;
}
