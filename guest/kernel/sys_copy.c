/* System calls that copy from one file to another: sendfile, copy_file_range, splice. */
#include "sys.h"
#include "vfs.h"

/* Through a page of the kernel's: from one file to another. */
static s64 copy_between(struct file *in, s64 *in_pos, struct file *out, s64 *out_pos, u64 bytes)
{
	char *buffer = kpage_alloc();
	s64 total = 0, n = 0, written = 0;

	if (!buffer)
		return -ENOMEM;
	while ((u64)total < bytes) {
		size_t asked = min_u64(PAGE_SIZE, bytes - total);
		struct iter to = { .kernel = buffer, .left = asked };
		struct iter from = { .kernel = buffer };
		s64 before = *in_pos;

		n = in->ops->read(in, &to, in_pos);
		if (n <= 0)
			break;
		from.left = n;
		written = out->ops->write(out, &from, out_pos);
		if (written > 0)
			total += written;
		if (written != n) { /* what was not taken stays to be read */
			if (in->ops->seek)
				*in_pos = before + (written > 0 ? written : 0);
			n = written;
			break;
		}
		if ((size_t)n < asked) /* the end, or a pipe with nothing more for the moment */
			break;
	}
	kpage_free(buffer);
	return total ? total : n;
}

/* Offsets in user memory, where NULL means the file's own. */
static int load_offset(u64 user, struct file *file, s64 *offset)
{
	*offset = file->pos;
	if (!user)
		return 0;
	if (!file->ops->seek)
		return -ESPIPE;
	if (copy_from_user(offset, user, sizeof(*offset)))
		return -EFAULT;
	return *offset < 0 ? -EINVAL : 0;
}

static int store_offset(u64 user, struct file *file, s64 offset)
{
	if (!user) {
		file->pos = offset;
		return 0;
	}
	return copy_to_user(user, &offset, sizeof(offset)) ? -EFAULT : 0;
}

static bool is_type(const struct file *file, u32 type)
{
	return file->inode && S_TYPE(file->inode->mode) == type;
}

/* What one of these calls refuses, of files that are open as they must be.  0 or -errno. */
typedef int check(const struct file *in, const struct file *out);

static int check_sendfile(const struct file *in, const struct file *out)
{
	return in->ops->seek && !is_type(in, S_IFDIR) && !(out->flags & O_APPEND) ? 0 : -EINVAL;
}

static int check_copy(const struct file *in, const struct file *out)
{
	if (!is_type(in, S_IFREG) || !is_type(out, S_IFREG))
		return -EINVAL;
	return out->flags & O_APPEND ? -EBADF : 0;
}

static int check_splice(const struct file *in, const struct file *out)
{
	if (!is_type(in, S_IFIFO) && !is_type(out, S_IFIFO))
		return -EINVAL;
	if (is_type(in, S_IFIFO) && in->inode == out->inode)
		return -EINVAL;
	return is_type(in, S_IFDIR) || (out->flags & O_APPEND) ? -EINVAL : 0;
}

/* Within one file the two places must not overlap. */
static bool overlap(const struct file *in, s64 from, const struct file *out, s64 to, u64 bytes)
{
	u64 size = in->inode ? in->inode->size : 0;
	s64 n = (s64)min_u64(bytes, (u64)from < size ? size - from : 0);

	return in->inode == out->inode && from < to + n && to < from + n;
}

/* Whatever is no pipe is ready.  0 if it is, without having slept; 1 to look again at both ends; or -errno. */
static int wait_for_end(struct file *file, unsigned events)
{
	int error;

	if (!is_type(file, S_IFIFO) || (file->ops->poll(file) & (events | POLL_ERR | POLL_HUP)))
		return 0;
	error = wait_for_file(file, file->data);
	return error ? error : 1;
}

/* What is taken out of a pipe cannot be put back: it must find room at once. */
static int wait_for_both(struct file *in, struct file *out)
{
	int again = is_type(in, S_IFIFO);

	while (again > 0) {
		again = wait_for_end(in, POLL_IN);
		if (!again)
			again = wait_for_end(out, POLL_OUT);
	}
	return again;
}

/* A pipe with more flags for the time of this call. */
static struct file *for_now(struct file *file, u32 flags, struct file *now)
{
	if (!flags || !is_type(file, S_IFIFO))
		return file;
	*now = *file;
	now->flags |= flags;
	return now;
}

/* The arguments of copy_file_range and splice; `more` are flags of pipes for this call. */
static s64 copy_files(const u64 a[6], u64 bytes, check *refused, u32 more)
{
	struct file *in, *out = NULL, *source, *target, in_now, out_now;
	s64 in_pos, out_pos, done = 0;
	int error, store_error;

	in = io_file(a[0], false, &error);
	if (in)
		out = io_file(a[2], true, &error);
	if (!out)
		goto out;
	error = refused(in, out);
	if (!error)
		error = load_offset(a[1], in, &in_pos);
	if (!error)
		error = load_offset(a[3], out, &out_pos);
	if (!error && refused == check_copy && overlap(in, in_pos, out, out_pos, bytes))
		error = -EINVAL;
	source = for_now(in, more, &in_now);
	target = for_now(out, more, &out_now);
	if (!error)
		error = wait_for_both(source, target);
	if (error)
		goto out;
	done = copy_between(source, &in_pos, target, &out_pos, min_u64(bytes, MAX_IO));
	error = store_offset(a[1], in, in_pos);
	store_error = store_offset(a[3], out, out_pos);
	error = error ? error : store_error;
out:
	file_put(in);
	file_put(out);
	return error ? error : done;
}

s64 sys_sendfile(const u64 a[6])
{
	const u64 args[6] = { a[1], a[2], a[0], 0, 0, 0 };

	return (s64)a[3] < 0 ? -EINVAL : copy_files(args, a[3], check_sendfile, 0);
}

s64 sys_copy_file_range(const u64 a[6])
{
	const struct file *in = fd_file(a[0]), *out = fd_file(a[2]);

	if (!in || !out)
		return -EBADF;
	if (a[5])
		return -EINVAL;
	if (is_type(in, S_IFDIR) || is_type(out, S_IFDIR))
		return -EISDIR;
	return copy_files(a, a[4], check_copy, 0);
}

#define SPLICE_F_NONBLOCK 2

/* By copying: no page changes hands.  A page at a time, so that no more is taken out of a pipe than is there
 * without waiting again. */
s64 sys_splice(const u64 a[6])
{
	if (a[5] & ~15ul)
		return -EINVAL;
	return a[4] ? copy_files(a, min_u64(a[4], PAGE_SIZE), check_splice,
				 a[5] & SPLICE_F_NONBLOCK ? O_NONBLOCK : 0)
		    : 0;
}
