/* pidfd: a process that is waited for and signalled through a descriptor, whoever has its number later. */
#include "signal.h"
#include "sys.h"
#include "task.h"
#include "vfs.h"

struct pidfd {
	u32 pid;
	u64 start; /* of the process: its number may be given again */
};

static struct proc *process_of(const struct pidfd *pidfd)
{
	struct proc *proc = proc_find(pidfd->pid);

	return proc && proc_is_leader(proc) && proc->group->start_ticks == pidfd->start ? proc
											: NULL;
}

static unsigned pidfd_poll(struct file *file)
{
	struct proc *proc = process_of(file->data);

	return proc && proc->group->live ? 0 : POLL_IN;
}

static void pidfd_release(struct file *file)
{
	kfree(file->data);
}

static const struct file_ops pidfd_fops = { .poll = pidfd_poll, .release = pidfd_release };

int pidfd_create(u32 pid, u32 flags)
{
	struct proc *proc = proc_find(pid);
	struct pidfd *pidfd = kmalloc(sizeof(*pidfd));

	if (pidfd) {
		pidfd->pid = pid;
		pidfd->start = proc ? proc->group->start_ticks : 0; /* 0: gone already */
	}
	return anon_install(&pidfd_fops, pidfd, "[pidfd]", O_RDWR | flags);
}

/* The number of the process: 0 if it is gone, -errno if the descriptor is something else. */
s32 pidfd_process(int fd)
{
	int error;
	struct pidfd *pidfd = anon_data(fd, &pidfd_fops, &error);

	if (!pidfd)
		return error == -EINVAL ? -EBADF : error;
	return process_of(pidfd) ? (s32)pidfd->pid : 0;
}

s64 sys_pidfd_open(const u64 a[6])
{
	struct proc *proc = proc_find((u32)a[0]);

	if ((s32)a[0] <= 0 || (a[1] & ~(u64)O_NONBLOCK))
		return -EINVAL;
	if (!proc)
		return -ESRCH;
	return proc_is_leader(proc) ? pidfd_create(proc->pid, O_CLOEXEC | (u32)a[1]) : -EINVAL;
}

s64 sys_pidfd_send_signal(const u64 a[6])
{
	s32 pid = pidfd_process((int)a[0]);
	const u64 kill[6] = { (u64)pid, a[1] }, queue[6] = { (u64)pid, a[1], a[2] };

	if (a[3])
		return -EINVAL;
	if (pid <= 0)
		return pid ? pid : -ESRCH;
	return a[2] ? sys_rt_sigqueueinfo(queue) : sys_kill(kill);
}
