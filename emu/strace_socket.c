/* Arguments of calls on sockets. */
#include <inttypes.h>
#include <string.h>

#include "emu/strace_private.h"

#define AF_UNIX	  1
#define AF_INET	  2
#define PATH_AT	  2
#define PATH_MOST 108

static void put_socket_address(struct text *text, const unsigned char *bytes, size_t count)
{
	uint16_t family = (uint16_t)(bytes[0] | bytes[1] << 8);
	const char *path = (const char *)bytes + PATH_AT;

	text_put(text, "{sa_family=");
	put_name(text, &af_flags, family);
	if (family == AF_UNIX && count > PATH_AT) {
		bool abstract = !path[0] && count > PATH_AT + 1;
		size_t skip = abstract, most = count - PATH_AT - skip;

		text_put(text, abstract ? ", sun_path=@" : ", sun_path=");
		put_quoted(text, path + skip, abstract ? most : strnlen(path, most), PATH_MOST);
	} else if (family == AF_INET && count >= 8) {
		text_printf(text, ", sin_port=htons(%u), sin_addr=inet_addr(\"%u.%u.%u.%u\")",
			    bytes[2] << 8 | bytes[3], bytes[4], bytes[5], bytes[6], bytes[7]);
	}
	text_put(text, "}");
}

static bool show_socket_address(struct printer *p, uint64_t va, uint64_t count)
{
	unsigned char bytes[PATH_AT + PATH_MOST] = { 0 };
	size_t n = count < sizeof(bytes) ? (size_t)count : sizeof(bytes);
	enum got got = n < PATH_AT ? NEVER : take_in(p, va, bytes, n);

	if (got != GOT)
		return instead(p, va, got);
	put_socket_address(&p->text, bytes, n);
	return true;
}

bool show_address_in(struct printer *p, unsigned i, const void *data)
{
	(void)data;
	return show_socket_address(p, p->a[i], (uint32_t)p->a[i + 1]);
}

/* Its length, which the next argument points to, is known when the call has returned. */
bool show_address_out(struct printer *p, unsigned i, const void *data)
{
	uint32_t count;
	enum got got = p->a[i] ? take_out(p, p->a[i + 1], &count, sizeof(count)) : NEVER;

	(void)data;
	if (got != GOT)
		return instead(p, p->a[i], got);
	return show_socket_address(p, p->a[i], count);
}

bool show_protocol(struct printer *p, unsigned i, const void *data)
{
	if (p->a[0] == AF_INET && !p->a[i])
		text_put(&p->text, "IPPROTO_IP");
	else
		show_int(p, i, data);
	return true;
}

#define SOL_SOCKET 1

bool show_option(struct printer *p, unsigned i, const void *data)
{
	if (p->a[i - 1] == SOL_SOCKET)
		put_name(&p->text, &socket_option_flags, (uint32_t)p->a[i]);
	else
		show_int(p, i, data);
	return true;
}

/* struct msghdr: msg_name, u32 msg_namelen, msg_iov, msg_iovlen, msg_control, msg_controllen, s32 msg_flags. */
static bool put_message(struct printer *p, unsigned i, uint64_t limit)
{
	uint64_t message[7];
	enum got got = take_in(p, p->a[i], message, sizeof(message));
	size_t begun = p->text.used;

	if (got != GOT)
		return instead(p, p->a[i], got);
	text_put(&p->text, "{msg_name=");
	if (!show_socket_address(p, message[0], (uint32_t)message[1]))
		goto later;
	text_printf(&p->text, ", msg_namelen=%" PRIu32 ", msg_iov=", (uint32_t)message[1]);
	if (!put_iovec(p, message[2], message[3], limit))
		goto later;
	text_printf(&p->text,
		    ", msg_iovlen=%" PRIu64 ", msg_controllen=%" PRIu64 ", msg_flags=", message[3],
		    message[5]);
	put_flags(&p->text, &message_flags, (uint32_t)message[6]);
	text_put(&p->text, "}");
	return true;
later:
	p->text.used = begun;
	return false;
}

bool show_message_in(struct printer *p, unsigned i, const void *data)
{
	(void)data;
	return put_message(p, i, UINT64_MAX);
}

bool show_message_out(struct printer *p, unsigned i, const void *data)
{
	if (p->done && p->result < 0)
		return show_address(p, i, data);
	return p->done && put_message(p, i, (uint64_t)p->result);
}
