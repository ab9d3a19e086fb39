/* signalfd: signals that are read. */
#include "signal.h"
#include "sys.h"
#include "vfs.h"

struct signalfd_siginfo {
	u32 signo;
	s32 error, code;
	u32 pid, uid;
	s32 fd;
	u32 tid, band, overrun, trapno;
	s32 status, value;
	u64 pointer, utime, stime, address;
	u16 address_lsb, pad;
	s32 syscall;
	u64 call_address;
	u32 arch;
	u8 rest[28];
};
_Static_assert(sizeof(struct signalfd_siginfo) == 128, "Linux's signalfd_siginfo");

struct signalfd {
	u64 mask;
};

u32 signalfds;

static int store(struct iter *to, const struct siginfo *info)
{
	struct signalfd_siginfo out = {
		.signo = (u32)info->si_signo,
		.error = info->si_errno,
		.code = info->si_code,
		.pid = (u32)info->si_pid,
		.uid = info->si_uid,
	};

	if (info->si_signo == SIGCHLD)
		out.status = info->si_status;
	else
		out.pointer = info->si_value;
	out.value = (s32)out.pointer;
	if (info->si_code == SI_TIMER) {
		out.tid = out.pid;
		out.overrun = out.uid;
		out.pid = out.uid = 0;
	}
	return iter_put(to, &out, sizeof(out));
}

static s64 signalfd_read(struct file *file, struct iter *to, s64 *pos)
{
	struct signalfd *fd = file->data;
	struct siginfo info;
	s64 done = 0;

	(void)pos;
	if (to->left < sizeof(struct signalfd_siginfo))
		return -EINVAL;
	while (to->left >= sizeof(struct signalfd_siginfo)) {
		if (signal_take(current, fd->mask, &info)) {
			if (store(to, &info))
				return done ? done : -EFAULT;
			done += (s64)sizeof(struct signalfd_siginfo);
		} else {
			int error;

			if (done)
				break;
			current->waiting_for = fd->mask;
			error = wait_for_file(file, current);
			current->waiting_for = 0;
			if (error)
				return error;
		}
	}
	return done;
}

static unsigned signalfd_poll(struct file *file)
{
	struct signalfd *fd = file->data;

	return (current->signals.pending | current->group->signals.pending) & fd->mask ? POLL_IN
										       : 0;
}

static void signalfd_release(struct file *file)
{
	signalfds--;
	kfree(file->data);
}

static const struct file_ops signalfd_fops = {
	.read = signalfd_read,
	.poll = signalfd_poll,
	.release = signalfd_release,
};

s64 sys_signalfd4(const u64 a[6])
{
	struct signalfd *signalfd;
	u64 mask;
	int error;

	if (a[2] != sizeof(mask) || (a[3] & ~(u64)(O_NONBLOCK | O_CLOEXEC)))
		return -EINVAL;
	if (copy_from_user(&mask, a[1], sizeof(mask)))
		return -EFAULT;
	mask &= ~(SIGBIT(SIGKILL) | SIGBIT(SIGSTOP));
	if ((int)a[0] != -1) {
		signalfd = anon_data((int)a[0], &signalfd_fops, &error);
		if (signalfd)
			signalfd->mask = mask;
		return error ? error : (s64)(int)a[0];
	}
	signalfd = kmalloc(sizeof(*signalfd));
	if (!signalfd)
		return -ENOMEM;
	signalfd->mask = mask;
	signalfds++;
	return anon_install(&signalfd_fops, signalfd, "[signalfd]", O_RDWR | (u32)a[3]);
}
