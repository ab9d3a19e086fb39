/*
 * epoll: a list of files to look at.  Every look asks each of them; a file that was closed drops out.  An
 * edge is told from a level by the file's count of news; a file that has none (terminals) is served as
 * level-triggered, for which programs must allow.
 */
#include "poll.h"
#include "sys.h"

#define EPOLL_CTL_ADD 1
#define EPOLL_CTL_DEL 2
#define EPOLL_CTL_MOD 3
#define EPOLLONESHOT  (1u << 30)
#define EPOLLET	      (1u << 31)
#define EPOLL_CLOEXEC O_CLOEXEC
#define ALWAYS	      (POLL_ERR | POLL_HUP)
#define BATCH	      16u
#define NESTED_MAX    4

struct epoll_event {
	u32 events, pad;
	u64 data;
};

struct watch {
	struct watch *next;
	int fd;
	u32 serial; /* of the file that the descriptor named then */
	bool told;  /* the news in `seen` */
	u64 seen;
	struct epoll_event event;
};

struct epoll {
	struct watch *first;
};

static void drop(struct watch **link)
{
	struct watch *watch = *link;

	*link = watch->next;
	kfree(watch);
}

static void epoll_release(struct file *file)
{
	struct epoll *epoll = file->data;

	while (epoll->first)
		drop(&epoll->first);
	kfree(epoll);
}

/* Anything new since it was told last, of what it is interested in? */
static bool edge(struct watch *watch, struct file *file)
{
	u64 seen = watch->seen, news = file->ops->news ? file->ops->news(file) : 0;

	if (!(watch->event.events & EPOLLET) || !file->ops->news)
		return true;
	if (watch->told && ((u32)news == (u32)seen || !(watch->event.events & POLL_IN)) &&
	    (news >> 32 == seen >> 32 || !(watch->event.events & POLL_OUT)))
		return false;
	watch->told = true;
	watch->seen = news;
	return true;
}

static unsigned events_of(const struct watch *watch, struct file *file)
{
	return file->ops->poll(file) & watch->event.events;
}

/* One look at all, without sleeping: how many events.  Who was told of goes to the end of the list, so that
 * all get their turn. */
static u32 collect(struct epoll *epoll, struct epoll_event *events, u32 room)
{
	struct watch **link = &epoll->first, *told = NULL, **told_end = &told;
	u32 n = 0;

	while (*link && n < room) {
		struct watch *watch = *link;
		struct file *file = fd_file(watch->fd);
		unsigned mask;

		if (!file || file->serial != watch->serial) {
			drop(link);
			continue;
		}
		mask = events_of(watch, file);
		if (!mask || !edge(watch, file)) {
			link = &watch->next;
			continue;
		}
		events[n] = watch->event;
		events[n++].events = mask;
		if (watch->event.events & EPOLLONESHOT)
			watch->event.events = 0;
		*link = watch->next;
		watch->next = NULL;
		*told_end = watch;
		told_end = &watch->next;
	}
	while (*link)
		link = &(*link)->next;
	*link = told;
	return n;
}

/* The file that is watched, unless it was closed. */
static struct file *watched(const struct watch *watch)
{
	struct file *file = fd_file(watch->fd);

	return file && file->serial == watch->serial ? file : NULL;
}

static unsigned epoll_poll(struct file *file)
{
	struct epoll *epoll = file->data;

	for (struct watch *watch = epoll->first; watch; watch = watch->next) {
		struct file *other = watched(watch);

		if (other && (other->ops->poll(other) & watch->event.events))
			return POLL_IN;
	}
	return 0;
}

static const struct file_ops epoll_fops = { .poll = epoll_poll, .release = epoll_release };

/* Would watching `file` lead back to `from`, or too far? */
static bool in_circle(struct file *file, const struct file *from, u32 depth)
{
	struct epoll *epoll = file->data;

	if (file->ops != &epoll_fops)
		return false;
	if (file == from || depth > NESTED_MAX)
		return true;
	for (struct watch *watch = epoll->first; watch; watch = watch->next)
		if (watched(watch) && in_circle(watched(watch), from, depth + 1))
			return true;
	return false;
}

s64 sys_epoll_create1(const u64 a[6])
{
	if (a[0] & ~(u64)EPOLL_CLOEXEC)
		return -EINVAL;
	return anon_install(&epoll_fops, kmalloc(sizeof(struct epoll)), "[eventpoll]",
			    O_RDWR | (u32)a[0]);
}

static struct epoll *epoll_at(int fd)
{
	struct file *file = fd_file(fd);

	return file && file->ops == &epoll_fops ? file->data : NULL;
}

static int add(struct epoll *epoll, int fd, const struct epoll_event *event)
{
	struct watch *watch = kmalloc(sizeof(*watch));

	if (!watch)
		return -ENOMEM;
	*watch = (struct watch){ epoll->first, fd, fd_file(fd)->serial, false, 0, *event };
	epoll->first = watch;
	poll_wakeup();
	return 0;
}

s64 sys_epoll_ctl(const u64 a[6])
{
	struct epoll_event event = { 0 };
	struct watch **link;
	struct epoll *epoll;
	struct file *file;

	if (a[1] != EPOLL_CTL_DEL && copy_from_user(&event, a[3], sizeof(event)))
		return -EFAULT;
	event.events |= ALWAYS; /* none at all are left of one that was told, with EPOLLONESHOT */
	epoll = epoll_at(a[0]);
	file = fd_file(a[2]);
	if (!fd_file(a[0]) || !file)
		return -EBADF;
	if (!file->ops->poll)
		return -EPERM;
	if (!epoll || file->data == epoll)
		return -EINVAL;
	for (link = &epoll->first; *link; link = &(*link)->next)
		if ((*link)->fd == (int)a[2] && (*link)->serial == file->serial)
			break;
	switch (a[1]) {
	case EPOLL_CTL_ADD:
		if (*link)
			return -EEXIST;
		return in_circle(file, fd_file(a[0]), 0) ? -ELOOP : add(epoll, a[2], &event);
	case EPOLL_CTL_DEL:
		if (!*link)
			return -ENOENT;
		drop(link);
		return 0;
	case EPOLL_CTL_MOD:
		if (!*link)
			return -ENOENT;
		(*link)->event = event;
		(*link)->told = false;
		poll_wakeup();
		return 0;
	}
	return -EINVAL;
}

/* One look: how many events were stored. */
static s64 look(struct epoll *epoll, u64 user, u32 room)
{
	struct epoll_event events[BATCH];
	u32 n = collect(epoll, events, room < BATCH ? room : BATCH); /* the rest comes next time */

	if (n && copy_to_user(user, events, n * sizeof(events[0])))
		return -EFAULT;
	return n;
}

s64 sys_epoll_pwait(const u64 a[6])
{
	struct file *file = fd_file(a[0]);
	struct epoll *epoll = epoll_at(a[0]);
	struct wait wait = { .forever = (s32)a[3] < 0 };
	s64 result;
	int error;

	if (!file)
		return -EBADF;
	if (!epoll || (s32)a[2] <= 0)
		return -EINVAL;
	wait.deadline = time_now() + (u32)a[3] * (TICKS_PER_SECOND / 1000);
	error = poll_swap_mask(a[4], a[5]);
	if (error)
		return error;
	file_get(file);
	do
		result = look(epoll, a[1], a[2]);
	while (result == 0 && (result = poll_wait_more(&wait)) == 1);
	file_put(file);
	return poll_done(result);
}
