/* eventfd: a counter that is waited for. */
#include "sys.h"
#include "vfs.h"

#define EFD_SEMAPHORE 1
#define COUNT_MAX     (UINT64_MAX - 1)

struct eventfd {
	u64 count;
	bool semaphore;
	u32 writes, reads; /* for edge-triggered watching */
};

static s64 eventfd_read(struct file *file, struct iter *to, s64 *pos)
{
	struct eventfd *event = file->data;
	u64 value;
	int error = 0;

	(void)pos;
	if (to->left < sizeof(value))
		return -EINVAL;
	while (!event->count && !error)
		error = wait_for_file(file, event);
	if (error)
		return error;
	value = event->semaphore ? 1 : event->count;
	event->count -= value;
	event->reads++;
	wakeup(event);
	poll_wakeup();
	return iter_put(to, &value, sizeof(value)) ? -EFAULT : (s64)sizeof(value);
}

static s64 eventfd_write(struct file *file, struct iter *from, s64 *pos)
{
	struct eventfd *event = file->data;
	u64 value;
	int error = 0;

	(void)pos;
	if (from->left < sizeof(value))
		return -EINVAL;
	if (iter_get(from, &value, sizeof(value)))
		return -EFAULT;
	if (value == UINT64_MAX)
		return -EINVAL;
	while (value > COUNT_MAX - event->count && !error)
		error = wait_for_file(file, event);
	if (error)
		return error;
	event->count += value;
	event->writes++;
	wakeup(event);
	poll_wakeup();
	return sizeof(value);
}

static unsigned eventfd_poll(struct file *file)
{
	struct eventfd *event = file->data;

	return (event->count ? POLL_IN : 0) | (event->count < COUNT_MAX ? POLL_OUT : 0);
}

static u64 eventfd_news(struct file *file)
{
	struct eventfd *event = file->data;

	return NEWS(event->writes, event->reads);
}

static void eventfd_release(struct file *file)
{
	kfree(file->data);
}

static const struct file_ops eventfd_fops = {
	.read = eventfd_read,
	.write = eventfd_write,
	.poll = eventfd_poll,
	.news = eventfd_news,
	.release = eventfd_release,
};

s64 sys_eventfd2(const u64 a[6])
{
	struct eventfd *event;

	if (a[1] & ~(u64)(EFD_SEMAPHORE | O_NONBLOCK | O_CLOEXEC))
		return -EINVAL;
	event = kmalloc(sizeof(*event));
	if (event) {
		event->count = (u32)a[0];
		event->semaphore = a[1] & EFD_SEMAPHORE;
	}
	return anon_install(&eventfd_fops, event, "[eventfd]",
			    O_RDWR | (u32)(a[1] & ~(u64)EFD_SEMAPHORE));
}
