/*
 * Pairs of connected sockets within the guest, made of two pipes: streams, and datagrams of which each goes
 * through as one record.  There is no network: any other socket is refused as by a Linux kernel that was
 * built without its family.
 */
#include "sys.h"
#include "vfs.h"

#define AF_UNIX	       1
#define SOCK_STREAM    1
#define SOCK_DGRAM     2
#define SOCK_SEQPACKET 5
#define SOCK_TYPE      0xf

#define MSG_PEEK     0x02
#define MSG_TRUNC    0x20
#define MSG_DONTWAIT 0x40
#define MSG_WAITALL  0x100
#define MSG_NOSIGNAL 0x4000

/* A record is its length and its bytes, and a pipe takes so much at once or not at all. */
#define RECORD_MAX (4096 - sizeof(u32))

struct socket {
	struct file *in, *out; /* ends of pipes; NULL: shut down */
	u32 type;
	u32 pid; /* who made the pair */
};

static const struct file_ops socket_fops;

s64 sys_socket(const u64 a[6])
{
	(void)a;
	return -EAFNOSUPPORT;
}

/* The end for one call: the socket's own O_NONBLOCK, and what the call asks for. */
static struct file end_for(const struct file *end, const struct file *file, u32 flags)
{
	struct file own = *end;

	own.flags &= ~(O_NONBLOCK | FILE_PEEK | FILE_NO_SIGPIPE);
	own.flags |= file->flags & O_NONBLOCK;
	own.flags |= (flags & MSG_DONTWAIT ? O_NONBLOCK : 0) | (flags & MSG_PEEK ? FILE_PEEK : 0) |
		     (flags & MSG_NOSIGNAL ? FILE_NO_SIGPIPE : 0);
	return own;
}

/* ---- records ---- */

static s64 record_send(struct file *out, struct iter *from)
{
	u32 bytes = (u32)from->left;
	char *buffer;
	struct iter whole;
	s64 done;

	if (from->left > RECORD_MAX)
		return -EMSGSIZE;
	buffer = kpage_alloc();
	if (!buffer)
		return -ENOMEM;
	memcpy(buffer, &bytes, sizeof(bytes));
	whole = (struct iter){ .kernel = buffer, .left = bytes + sizeof(bytes) };
	done = iter_get(from, buffer + sizeof(bytes), bytes);
	if (!done)
		done = out->ops->write(out, &whole, NULL);
	kpage_free(buffer);
	return done < 0 ? done : (s64)bytes;
}

/* The next record into `buffer`, a page: its length, or what reading gave. */
static s64 record_next(struct file *in, char *buffer)
{
	bool peek = in->flags & FILE_PEEK;
	struct iter head = { .kernel = buffer, .left = peek ? PAGE_SIZE : sizeof(u32) }, body;
	s64 done = in->ops->read(in, &head, NULL);
	u32 bytes;

	if (done <= 0)
		return done;
	memcpy(&bytes, buffer, sizeof(bytes));
	body = (struct iter){ .kernel = buffer, .left = bytes };
	if (peek) /* it stays: what came is this one and perhaps of the next */
		memmove(buffer, buffer + sizeof(bytes), bytes);
	else if (bytes)
		in->ops->read(in, &body, NULL); /* it is all there: no sleep */
	return bytes;
}

/* What does not fit is lost; *flags says so. */
static s64 record_receive(struct file *in, struct iter *to, u32 *flags)
{
	char *buffer = kpage_alloc();
	bool whole_length = *flags & MSG_TRUNC;
	s64 bytes = buffer ? record_next(in, buffer) : -ENOMEM, n = bytes;

	*flags = 0;
	if (bytes > 0) {
		n = (s64)min_u64((u64)bytes, to->left);
		if (n < bytes)
			*flags = MSG_TRUNC;
		if (iter_put(to, buffer, (size_t)n))
			n = -EFAULT;
		else if (whole_length)
			n = bytes;
	}
	kpage_free(buffer);
	return n;
}

static s64 send(struct file *file, struct iter *from, u32 flags)
{
	struct socket *socket = file->data;
	struct file *end = socket->out, out;
	s64 done;

	if (!end) {
		if (!(flags & MSG_NOSIGNAL))
			signal_send(current, SIGPIPE);
		return -EPIPE;
	}
	file_get(end);
	out = end_for(end, file, flags);
	done = socket->type == SOCK_STREAM ? end->ops->write(&out, from, NULL)
					   : record_send(&out, from);
	file_put(end);
	return done;
}

static s64 receive(struct file *file, struct iter *to, u32 *flags)
{
	struct socket *socket = file->data;
	struct file *end = socket->in, in;
	u32 asked = *flags;
	s64 done, n;

	*flags &= MSG_TRUNC;
	if (!end)
		return 0;
	file_get(end);
	in = end_for(end, file, asked);
	if (socket->type != SOCK_STREAM) {
		done = record_receive(&in, to, flags);
	} else {
		*flags = 0;
		done = end->ops->read(&in, to, NULL);
		while (done > 0 && to->left && (asked & MSG_WAITALL) && !(asked & MSG_PEEK) &&
		       (n = end->ops->read(&in, to, NULL)) > 0)
			done += n;
	}
	file_put(end);
	return done;
}

/* ---- as files ---- */

static s64 socket_read(struct file *file, struct iter *to, s64 *pos)
{
	u32 flags = 0;

	(void)pos;
	return receive(file, to, &flags);
}

static s64 socket_write(struct file *file, struct iter *from, s64 *pos)
{
	(void)pos;
	return send(file, from, 0);
}

static unsigned socket_poll(struct file *file)
{
	struct socket *socket = file->data;
	unsigned in = socket->in ? socket->in->ops->poll(socket->in) : POLL_HUP;
	unsigned out = socket->out ? socket->out->ops->poll(socket->out) : POLL_ERR;
	unsigned mask = in & POLL_IN;

	if (in & POLL_HUP)
		mask |= POLL_IN | POLL_RDHUP;
	if (out & (POLL_OUT | POLL_ERR))
		mask |= POLL_OUT;
	return mask | ((in & POLL_HUP) && (out & POLL_ERR) ? POLL_HUP : 0);
}

static u64 socket_news(struct file *file)
{
	struct socket *socket = file->data;
	u64 in = socket->in ? socket->in->ops->news(socket->in) : 0;
	u64 out = socket->out ? socket->out->ops->news(socket->out) : 0;

	return NEWS((u32)in, out >> 32);
}

static int socket_ioctl(struct file *file, unsigned request, u64 arg)
{
	struct socket *socket = file->data;

	return socket->in ? socket->in->ops->ioctl(socket->in, request, arg) : -ENOTTY;
}

static void socket_release(struct file *file)
{
	struct socket *socket = file->data;

	file_put(socket->in);
	file_put(socket->out);
	kfree(socket);
}

static const struct file_ops socket_fops = {
	.read = socket_read,
	.write = socket_write,
	.ioctl = socket_ioctl,
	.poll = socket_poll,
	.news = socket_news,
	.release = socket_release,
};

/* ---- making a pair ---- */

/* Takes the two ends over, whatever happens. */
static int install(u32 type, struct file *in, struct file *out, u32 flags)
{
	struct socket *socket = kmalloc(sizeof(*socket));

	if (!socket) {
		file_put(in);
		file_put(out);
		return -ENOMEM;
	}
	*socket = (struct socket){ in, out, type, current->tgid };
	return anon_install(&socket_fops, socket, NULL, O_RDWR | flags);
}

s64 sys_socketpair(const u64 a[6])
{
	u32 type = (u32)a[1] & SOCK_TYPE, flags = (u32)a[1] & (O_NONBLOCK | O_CLOEXEC);
	struct file *there[2], *back[2];
	int fd[2], error;

	if (a[0] != AF_UNIX)
		return -EAFNOSUPPORT;
	if (type != SOCK_STREAM && type != SOCK_DGRAM && type != SOCK_SEQPACKET)
		return -ESOCKTNOSUPPORT;
	if (a[2] && a[2] != AF_UNIX)
		return -EPROTONOSUPPORT;
	error = pipe_create(0, there);
	if (error)
		return error;
	error = pipe_create(0, back);
	if (error) {
		file_put(there[0]);
		file_put(there[1]);
		return error;
	}
	fd[0] = install(type, back[0], there[1], flags);
	fd[1] = install(type, there[0], back[1], flags);
	return fd_pair(fd, a[3]);
}

/* ---- the calls on one ---- */

/* Referenced. */
static struct file *socket_file(u64 fd, int *error)
{
	struct file *file = fd_file((int)fd);

	*error = !file ? -EBADF : file->ops != &socket_fops ? -ENOTSOCK : 0;
	return *error ? NULL : file_get(file);
}

s64 sys_sendto(const u64 a[6])
{
	struct iter from = { .user = a[1], .left = min_u64(a[2], MAX_IO) };
	int error;
	struct file *file = socket_file(a[0], &error);
	s64 done;

	if (!file)
		return error;
	done = a[4] ? -EISCONN : send(file, &from, (u32)a[3]);
	file_put(file);
	return done;
}

s64 sys_recvfrom(const u64 a[6])
{
	struct iter to = { .user = a[1], .left = min_u64(a[2], MAX_IO) };
	u32 flags = (u32)a[3], none = 0;
	int error;
	struct file *file = socket_file(a[0], &error);
	s64 done;

	if (!file)
		return error;
	done = receive(file, &to, &flags);
	file_put(file);
	if (done >= 0 && a[4] && a[5] && copy_to_user(a[5], &none, sizeof(none)))
		return -EFAULT;
	return done;
}

/* ---- sendmsg and recvmsg ---- */

struct msghdr {
	u64 name;
	u32 name_bytes, pad;
	u64 iov, iov_count, control, control_bytes;
	u32 flags, pad2;
};

static s64 message_call(const u64 a[6], bool out)
{
	struct msghdr message;
	struct iter iter;
	u32 flags = (u32)a[2];
	int error;
	struct file *file = socket_file(a[0], &error);
	s64 done;

	if (!file)
		return error;
	if (copy_from_user(&message, a[1], sizeof(message)))
		done = -EFAULT;
	else if (message.iov_count > IOV_MAX)
		done = -EMSGSIZE;
	else if (out && message.control_bytes)
		done = -EOPNOTSUPP; /* no descriptors or credentials travel */
	else
		done = iter_vector(&iter, message.iov, message.iov_count);
	if (!done)
		done = out ? send(file, &iter, flags) : receive(file, &iter, &flags);
	file_put(file);
	if (out || done < 0)
		return done;
	message.name_bytes = 0;
	message.control_bytes = 0;
	message.flags = flags & MSG_TRUNC;
	return copy_to_user(a[1], &message, sizeof(message)) ? -EFAULT : done;
}

s64 sys_sendmsg(const u64 a[6])
{
	return message_call(a, true);
}

s64 sys_recvmsg(const u64 a[6])
{
	return message_call(a, false);
}

/* ---- shutdown, names, options ---- */

s64 sys_shutdown(const u64 a[6])
{
	int error;
	struct file *file = socket_file(a[0], &error), *in = NULL, *out = NULL;
	struct socket *socket;

	if (!file)
		return error;
	socket = file->data;
	if (a[1] == 0 || a[1] == 2) {
		in = socket->in;
		socket->in = NULL;
	}
	if (a[1] == 1 || a[1] == 2) {
		out = socket->out;
		socket->out = NULL;
	}
	file_put(in);
	file_put(out);
	file_put(file);
	return a[1] > 2 ? -EINVAL : 0;
}

/* Both ends are without a name. */
static s64 name_of(const u64 a[6])
{
	u16 family = AF_UNIX;
	u32 room, bytes = sizeof(family);
	int error;
	struct file *file = socket_file(a[0], &error);

	if (!file)
		return error;
	file_put(file);
	if (copy_from_user(&room, a[2], sizeof(room)) ||
	    copy_to_user(a[1], &family, min_u64(room, bytes)) ||
	    copy_to_user(a[2], &bytes, sizeof(bytes)))
		return -EFAULT;
	return 0;
}

s64 sys_getsockname(const u64 a[6])
{
	return name_of(a);
}

s64 sys_getpeername(const u64 a[6])
{
	return name_of(a);
}

static s64 refuse(u64 fd, int answer)
{
	int error;
	struct file *file = socket_file(fd, &error);

	file_put(file);
	return file ? answer : error;
}

s64 sys_connect(const u64 a[6])
{
	return refuse(a[0], -EISCONN);
}

s64 sys_bind(const u64 a[6])
{
	return refuse(a[0], -EINVAL);
}

s64 sys_listen(const u64 a[6])
{
	return refuse(a[0], -EINVAL);
}

s64 sys_accept(const u64 a[6])
{
	return refuse(a[0], -EINVAL);
}

s64 sys_accept4(const u64 a[6])
{
	return refuse(a[0], -EINVAL);
}

#define SOL_SOCKET    1
#define SO_TYPE	      3
#define SO_ERROR      4
#define SO_SNDBUF     7
#define SO_RCVBUF     8
#define SO_PEERCRED   17
#define SO_ACCEPTCONN 30
#define SO_PROTOCOL   38
#define SO_DOMAIN     39

s64 sys_getsockopt(const u64 a[6])
{
	u32 value[3] = { 0, 0, 0 }, room, bytes = sizeof(u32);
	int error;
	struct file *file = socket_file(a[0], &error);
	struct socket *socket;

	if (!file)
		return error;
	socket = file->data;
	switch (a[1] == SOL_SOCKET ? a[2] : 0) {
	case SO_TYPE:
		value[0] = socket->type;
		break;
	case SO_DOMAIN:
		value[0] = AF_UNIX;
		break;
	case SO_SNDBUF:
	case SO_RCVBUF:
		value[0] = 65536;
		break;
	case SO_PEERCRED:
		value[0] = socket->pid;
		bytes = sizeof(value);
		break;
	case SO_ERROR:
	case SO_ACCEPTCONN:
	case SO_PROTOCOL:
		break;
	default:
		error = -ENOPROTOOPT;
	}
	file_put(file);
	if (error)
		return error;
	if (copy_from_user(&room, a[4], sizeof(room)))
		return -EFAULT;
	bytes = (u32)min_u64(bytes, room);
	return copy_to_user(a[3], value, bytes) || copy_to_user(a[4], &bytes, sizeof(bytes))
		       ? -EFAULT
		       : 0;
}

/* Buffer sizes, time-outs and the like have no effect. */
s64 sys_setsockopt(const u64 a[6])
{
	return refuse(a[0], a[1] == SOL_SOCKET ? 0 : -ENOPROTOOPT);
}
