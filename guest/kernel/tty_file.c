/* Terminals as files: reading, writing, ioctl, job control. */
#include "mm.h"
#include "tty.h"

#define TCGETS	   0x5401
#define TCSETS	   0x5402
#define TCSETSW	   0x5403
#define TCSETSF	   0x5404
#define TCSBRK	   0x5409
#define TCXONC	   0x540a
#define TCFLSH	   0x540b
#define TIOCEXCL   0x540c
#define TIOCNXCL   0x540d
#define TIOCSCTTY  0x540e
#define TIOCGPGRP  0x540f
#define TIOCSPGRP  0x5410
#define TIOCOUTQ   0x5411
#define TIOCGWINSZ 0x5413
#define TIOCSWINSZ 0x5414
#define TIOCNOTTY  0x5422
#define TIOCGETD   0x5424
#define TIOCGSID   0x5429

/* 0 if current may do this to its terminal now; else it has been stopped or must fail. */
static int background(struct tty *tty, int signal)
{
	if (current->tty != tty || !tty->pgrp || current->pgid == tty->pgrp)
		return 0;
	if (signal_is_ignored(signal) || signal_is_blocked(signal))
		return signal == SIGTTIN ? -EIO : 0;
	if (pgrp_is_orphaned(current->pgid, 0))
		return -EIO;
	signal_send_group(current->pgid, signal);
	return -ERESTARTSYS;
}

/* Waits until a read can give something.  1: it can; 0: end of file or time is up; or -errno. */
static int wait_input(struct tty *tty, bool nonblock)
{
	const u8 *cc = tty->termios.cc;
	bool canonical = tty->termios.lflag & ICANON, timed_out = false;
	u64 start = time_now(), limit = canonical ? 0 : cc[VTIME] * (TICKS_PER_SECOND / 10);
	u32 least = canonical ? 1 : min_u64(cc[VMIN], 1024), before = 0;

	for (;;) {
		u32 have = tty_readable(tty);
		bool timed = limit && (cc[VMIN] == 0 || have);

		if (have && have >= least)
			return 1;
		if (tty->hung_up || (!canonical && cc[VMIN] == 0 && !limit))
			return have > 0;
		if (nonblock)
			return have ? 1 : -EAGAIN;
		if (timed_out)
			return have > 0;
		if (have != before)
			start = time_now();
		before = have;
		if (timed ? sleep_until(tty, true, start + limit, &timed_out) : sleep_on(tty, true))
			return have ? 1 : -ERESTARTSYS;
	}
}

static s64 tty_read(struct file *file, struct iter *to, s64 *pos)
{
	struct tty *tty = file->data;
	char bytes[256];
	bool ended = false;
	s64 done = 0, n;

	(void)pos;
	while (to->left && !ended) {
		n = done ? tty_readable(tty) > 0 : background(tty, SIGTTIN);
		if (n < 0)
			return n;
		if (!done)
			n = wait_input(tty, file->flags & O_NONBLOCK);
		if (n <= 0)
			return done ? done : n;
		n = tty_take(tty, bytes, min_u64(to->left, sizeof(bytes)), &ended);
		if (n && iter_put(to, bytes, n))
			return done ? done : -EFAULT;
		done += n;
	}
	return done;
}

static int hung_up(const void *device)
{
	return ((const struct tty *)device)->hung_up ? -EIO : 0;
}

static size_t send(void *device, const char *data, size_t bytes)
{
	return tty_send(device, data, bytes);
}

static s64 tty_write(struct file *file, struct iter *from, s64 *pos)
{
	struct tty *tty = file->data;
	int error = tty->termios.lflag & TOSTOP ? background(tty, SIGTTOU) : 0;

	(void)pos;
	return error ? error : device_write(file, from, &tty->line, send, hung_up);
}

static unsigned tty_poll(struct file *file)
{
	struct tty *tty = file->data;
	const u8 *cc = tty->termios.cc;
	bool whole =
		!(tty->termios.lflag & ICANON) && !cc[VTIME]; /* a read waits for all of VMIN */
	u32 least = whole && cc[VMIN] ? cc[VMIN] : 1;

	if (tty->hung_up)
		return POLL_IN | POLL_OUT | POLL_HUP;
	return (tty_readable(tty) >= least ? POLL_IN : 0) | (tty->stopped ? 0 : POLL_OUT);
}

static int get_u32(u64 user, u32 *value)
{
	return copy_from_user(value, user, sizeof(*value)) ? -EFAULT : 0;
}

static int put_u32(u64 user, u32 value)
{
	return copy_to_user(user, &value, sizeof(value)) ? -EFAULT : 0;
}

static int set_termios(struct tty *tty, u64 user, bool flush)
{
	struct termios termios;
	int error;

	if (copy_from_user(&termios, user, sizeof(termios)))
		return -EFAULT;
	error = background(tty, SIGTTOU);
	if (!error)
		tty_set(tty, &termios, flush);
	return error;
}

/* Becomes current's controlling terminal. */
static int take_session(struct tty *tty, bool steal)
{
	if (current->tty == tty && tty->session == current->sid)
		return 0;
	if (current->tgid != current->sid || current->tty || (tty->session && !steal))
		return -EPERM;
	tty->session = current->sid;
	tty->pgrp = current->pgid;
	current->tty = tty;
	return 0;
}

static int set_pgrp(struct tty *tty, u64 user)
{
	struct proc *proc = NULL;
	u32 pgrp;
	int error = background(tty, SIGTTOU);

	if (error)
		return error;
	if (current->tty != tty || tty->session != current->sid)
		return -ENOTTY;
	if (get_u32(user, &pgrp))
		return -EFAULT;
	while ((proc = proc_next(proc)) && proc->pgid != pgrp)
		;
	if (!proc)
		return -ESRCH;
	if (proc->sid != current->sid)
		return -EPERM;
	tty->pgrp = pgrp;
	return 0;
}

struct winsize {
	u16 rows, columns, xpixels, ypixels;
};

static int window_size(struct tty *tty, u64 user, bool set)
{
	struct winsize size = { tty->rows, tty->columns, tty->xpixels, tty->ypixels };

	if (!set)
		return copy_to_user(user, &size, sizeof(size)) ? -EFAULT : 0;
	if (copy_from_user(&size, user, sizeof(size)))
		return -EFAULT;
	tty->xpixels = size.xpixels;
	tty->ypixels = size.ypixels;
	tty_resize(tty, size.columns, size.rows);
	return 0;
}

static int detach(struct tty *tty)
{
	if (current->tty != tty)
		return -ENOTTY;
	if (tty->session == current->tgid) {
		signal_send_group(tty->pgrp, SIGHUP);
		signal_send_group(tty->pgrp, SIGCONT);
		tty->session = tty->pgrp = 0;
	}
	current->tty = NULL;
	return 0;
}

/* TCXONC: output stops or goes on, or the other side is asked to. */
static int flow(struct tty *tty, u64 action)
{
	const u8 *cc = tty->termios.cc;

	if (action > 3)
		return -EINVAL;
	if (action < 2)
		tty_stop(tty, action == 0);
	else
		tty->line->send(tty, (const char *)&cc[action == 2 ? VSTOP : VSTART], 1);
	return 0;
}

int tty_control(struct tty *tty, unsigned request, u64 arg, bool master)
{
	bool own = current->tty == tty || master;

	switch (request) {
	case TCGETS:
		return copy_to_user(arg, &tty->termios, sizeof(tty->termios)) ? -EFAULT : 0;
	case TCSETS:
	case TCSETSW:
	case TCSETSF:
		return set_termios(tty, arg, request == TCSETSF);
	case TCFLSH:
		if (arg > 2)
			return -EINVAL;
		if (arg != 1)
			tty_flush(tty);
		return 0;
	case TCXONC:
		return flow(tty, arg);
	case TCSBRK:
	case TIOCEXCL: /* the superuser opens it all the same */
	case TIOCNXCL:
		return 0;
	case TIOCSCTTY:
		return take_session(tty, arg == 1);
	case TIOCNOTTY:
		return detach(tty);
	case TIOCGPGRP:
		return own ? put_u32(arg, tty->pgrp) : -ENOTTY;
	case TIOCSPGRP:
		return set_pgrp(tty, arg);
	case TIOCGSID:
		return own && tty->session ? put_u32(arg, tty->session) : -ENOTTY;
	case TIOCGWINSZ:
	case TIOCSWINSZ:
		return window_size(tty, arg, request == TIOCSWINSZ);
	case FIONREAD:
		return put_u32(arg, tty_readable(tty));
	case TIOCOUTQ:
	case TIOCGETD: /* the line discipline: N_TTY */
		return put_u32(arg, 0);
	default:
		return -ENOTTY;
	}
}

static int tty_ioctl(struct file *file, unsigned request, u64 arg)
{
	return tty_control(file->data, request, arg, false);
}

static void tty_release(struct file *file)
{
	struct tty *tty = file->data;

	tty->opens--;
	if (tty->line->opened)
		tty->line->opened(tty, -1);
}

void tty_free(struct tty *tty)
{
	struct proc *proc = NULL;

	while ((proc = proc_next(proc)))
		if (proc->tty == tty)
			proc->tty = NULL;
	if (tty->buffer)
		kpage_free(tty->buffer);
}

static const struct file_ops tty_fops = {
	.read = tty_read,
	.write = tty_write,
	.ioctl = tty_ioctl,
	.poll = tty_poll,
	.release = tty_release,
};

int tty_open(struct tty *tty, struct inode *inode, int flags, struct file **file)
{
	if (!tty_attached(tty))
		return -ENXIO;
	if (!tty->buffer)
		tty->buffer = kpage_alloc();
	if (!tty->buffer)
		return -ENOMEM;
	*file = file_new(&tty_fops, inode, flags);
	if (!*file)
		return -ENOMEM;
	(*file)->data = tty;
	tty->opens++;
	if (tty->line->opened)
		tty->line->opened(tty, 1);
	if (!(flags & O_NOCTTY) && !tty->session)
		take_session(tty, false);
	return 0;
}

/* A session leader has died: its terminal is free again. */
void tty_session_end(struct proc *leader)
{
	struct tty *tty = leader->tty;
	struct proc *proc = NULL;

	if (!tty || tty->session != leader->sid || leader->tgid != leader->sid)
		return;
	if (tty->pgrp) {
		signal_send_group(tty->pgrp, SIGHUP);
		signal_send_group(tty->pgrp, SIGCONT);
	}
	tty->session = tty->pgrp = 0;
	while ((proc = proc_next(proc)))
		if (proc->sid == leader->sid)
			proc->tty = NULL;
}

/* For /proc/PID/stat. */
void tty_numbers(const struct tty *tty, u32 *rdev, s32 *pgrp)
{
	*rdev = tty ? tty->rdev : 0;
	*pgrp = tty ? (s32)tty->pgrp : -1;
}
