/* Redirections. */
#include "guest/user/sh/sh.h"

#define SAVED_FD 10 /* the shell's own descriptors stand above those that scripts name */

static bool remember(struct saved_fd **saved, int fd)
{
	struct saved_fd *s;

	if (!saved)
		return true;
	s = xcalloc(1, sizeof(*s));
	s->fd = fd;
	s->copy = sys_fcntl(fd, F_DUPFD_CLOEXEC, SAVED_FD);
	s->next = *saved;
	*saved = s;
	return s->copy >= 0 || s->copy == -EBADF;
}

void redir_undo(struct saved_fd *saved)
{
	flush_out();
	while (saved) {
		struct saved_fd *next = saved->next;

		if (saved->copy >= 0) {
			sys_dup2(saved->copy, saved->fd);
			sys_close(saved->copy);
		} else {
			sys_close(saved->fd);
		}
		xfree(saved);
		saved = next;
	}
}

/* A descriptor from which `text` can be read: a pipe, filled by a child if it may not fit. */
static int here_fd(const char *text)
{
	size_t n = strlen(text);
	int fds[2], err, pid;

	err = sys_pipe(fds);
	if (err < 0)
		return err;
	if (n <= PAGE_BYTES) {
		write_all(fds[1], text, n);
	} else {
		pid = sys_fork();
		if (pid == 0) {
			sys_close(fds[0]);
			sys_exit(!write_all(fds[1], text, n));
		}
		if (pid < 0) {
			sys_close(fds[0]);
			fds[0] = pid;
		}
	}
	sys_close(fds[1]);
	return fds[0];
}

static int open_target(struct redir *r, const char *target)
{
	switch (r->type) {
	case R_IN:
		return sys_open(target, O_RDONLY, 0);
	case R_OUT:
		return sys_open(target, O_WRONLY | O_CREAT | O_TRUNC, 0666);
	case R_APPEND:
		return sys_open(target, O_WRONLY | O_CREAT | O_APPEND, 0666);
	case R_READ_WRITE:
		return sys_open(target, O_RDWR | O_CREAT, 0666);
	case R_HERE:
	case R_HERE_RAW:
		return here_fd(target);
	case R_DUP:
		break;
	}
	return -EBADF;
}

static bool apply_dup(struct redir *r, const char *target)
{
	char *end;
	int from = (int)to_long(target, &end, 10), err;

	if (!strcmp(target, "-")) {
		sys_close(r->fd);
		return true;
	}
	err = end == target || *end ? -EBADF : sys_fcntl(from, F_GETFD, 0);
	if (err >= 0)
		err = sys_dup2(from, r->fd);
	if (err < 0)
		shell_error(target, error_name(err));
	return err >= 0;
}

static bool apply_one(struct redir *r, struct saved_fd **saved)
{
	char *target = r->type == R_HERE       ? expand_here(r->word)
		       : r->type == R_HERE_RAW ? r->word
					       : expand_string(r->word);
	int fd;

	if (sh.unwind)
		return false;
	if (r->type == R_DUP)
		return remember(saved, r->fd) && apply_dup(r, target);
	fd = open_target(r, target);
	if (fd < 0) {
		shell_error(r->type == R_HERE || r->type == R_HERE_RAW ? "<<" : target,
			    error_name(fd));
		return false;
	}
	if (fd == r->fd) {
		/* It was closed, and the new file took its place: closing undoes that. */
		if (saved) {
			struct saved_fd *s = xcalloc(1, sizeof(*s));

			s->fd = fd;
			s->copy = -1;
			s->next = *saved;
			*saved = s;
		}
		return true;
	}
	if (!remember(saved, r->fd))
		return false;
	sys_dup2(fd, r->fd);
	sys_close(fd);
	return true;
}

bool redir_apply(struct redir *list, struct saved_fd **saved)
{
	if (list)
		flush_out();
	for (; list; list = list->next)
		if (!apply_one(list, saved))
			return false;
	return true;
}
