/* The table of calls, and arguments that are numbers, strings, buffers or plain structures. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "emu/strace_private.h"

enum {
#define KIND(name, fn, data) ARG_##name,
#include "emu/strace_kinds.def"
#undef KIND
	ARG_KINDS
};

static const struct {
	show_fn *show;
	const void *data;
} kinds[ARG_KINDS] = {
#define KIND(name, fn, data) [ARG_##name] = { fn, data },
#include "emu/strace_kinds.def"
#undef KIND
};

/* ---- The table ---- */

#define KINDS_0()
#define KINDS_1(a)			    ARG_##a
#define KINDS_2(a, b)			    ARG_##a, ARG_##b
#define KINDS_3(a, b, c)		    ARG_##a, ARG_##b, ARG_##c
#define KINDS_4(a, b, c, d)		    ARG_##a, ARG_##b, ARG_##c, ARG_##d
#define KINDS_5(a, b, c, d, e)		    ARG_##a, ARG_##b, ARG_##c, ARG_##d, ARG_##e
#define KINDS_6(a, b, c, d, e, f)	    ARG_##a, ARG_##b, ARG_##c, ARG_##d, ARG_##e, ARG_##f
#define COUNT(...)			    COUNT_(0, ##__VA_ARGS__, 6, 5, 4, 3, 2, 1, 0)
#define COUNT_(z, a, b, c, d, e, f, n, ...) n
#define JOIN(a, b)			    JOIN_(a, b)
#define JOIN_(a, b)			    a##b

static const struct strace_row rows[] = {
#define CALL(number, name, returns, ...)                                                           \
	[number] = { #name,                                                                        \
		     RETURNS_##returns,                                                            \
		     COUNT(__VA_ARGS__),                                                           \
		     { JOIN(KINDS_, COUNT(__VA_ARGS__))(__VA_ARGS__) } },
#include "emu/strace.def"
#undef CALL
};

const struct strace_row *strace_row(uint64_t number)
{
	return number < sizeof(rows) / sizeof(rows[0]) && rows[number].name ? &rows[number] : NULL;
}

/* ---- The printer ---- */

void printer_begin(struct printer *p)
{
	static const struct strace_row unknown = { NULL,
						   RETURNS_NUMBER,
						   STRACE_ARGS,
						   { ARG_HEX, ARG_HEX, ARG_HEX, ARG_HEX, ARG_HEX,
						     ARG_HEX } };
	p->row = strace_row(p->number);
	p->next = 0;
	p->over = p->done = false;
	text_clear(&p->text);
	if (p->row) {
		text_printf(&p->text, "%s(", p->row->name);
	} else {
		p->row = &unknown;
		text_printf(&p->text, "syscall_%#" PRIx64 "(", p->number);
	}
}

bool printer_go_on(struct printer *p)
{
	while (p->next < p->row->nargs && !p->over) {
		arg_kind kind = p->row->kind[p->next];

		if (!kinds[kind].show(p, p->next, kinds[kind].data))
			return false;
		if (++p->next < p->row->nargs && !p->over)
			text_put(&p->text, ", ");
	}
	return true;
}

/* ---- Numbers ---- */

bool show_int(struct printer *p, unsigned i, const void *data)
{
	(void)data;
	text_printf(&p->text, "%" PRId32, (int32_t)p->a[i]);
	return true;
}

bool show_unsigned(struct printer *p, unsigned i, const void *data)
{
	(void)data;
	text_printf(&p->text, "%" PRIu32, (uint32_t)p->a[i]);
	return true;
}

bool show_long(struct printer *p, unsigned i, const void *data)
{
	(void)data;
	text_printf(&p->text, "%" PRId64, (int64_t)p->a[i]);
	return true;
}

bool show_size(struct printer *p, unsigned i, const void *data)
{
	(void)data;
	text_printf(&p->text, "%" PRIu64, p->a[i]);
	return true;
}

bool show_hex(struct printer *p, unsigned i, const void *data)
{
	(void)data;
	text_printf(&p->text, "%#" PRIx64, p->a[i]);
	return true;
}

bool show_octal(struct printer *p, unsigned i, const void *data)
{
	(void)data;
	text_printf(&p->text, "%#03o", (unsigned)p->a[i]);
	return true;
}

bool show_address(struct printer *p, unsigned i, const void *data)
{
	(void)data;
	put_address(&p->text, p->a[i]);
	return true;
}

#define AT_FDCWD (-100)

bool show_fd(struct printer *p, unsigned i, const void *data)
{
	if ((int32_t)p->a[i] == AT_FDCWD)
		text_put(&p->text, "AT_FDCWD");
	else
		show_int(p, i, data);
	return true;
}

bool show_id(struct printer *p, unsigned i, const void *data)
{
	return (uint32_t)p->a[i] == UINT32_MAX ? show_int(p, i, data) : show_unsigned(p, i, data);
}

bool show_device(struct printer *p, unsigned i, const void *data)
{
	uint64_t device = p->a[i];

	(void)data;
	text_printf(&p->text, "makedev(%#x, %#x)",
		    (unsigned)((device >> 8 & 0xfff) | (device >> 32 & 0xfffff000)),
		    (unsigned)((device & 0xff) | (device >> 12 & 0xffffff00)));
	return true;
}

/* mknodat's mode: without a device number for what is no device. */
bool show_open_mode(struct printer *p, unsigned i, const void *data)
{
	uint32_t type = (uint32_t)p->a[i] & 0170000;

	(void)data;
	put_mode(&p->text, (uint32_t)p->a[i]);
	p->over = type != 0020000 && type != 0060000;
	return true;
}

bool show_flags(struct printer *p, unsigned i, const void *data)
{
	put_flags(&p->text, data, (uint32_t)p->a[i]);
	return true;
}

bool show_name(struct printer *p, unsigned i, const void *data)
{
	put_name(&p->text, data, (uint32_t)p->a[i]);
	return true;
}

bool show_signal(struct printer *p, unsigned i, const void *data)
{
	(void)data;
	put_signal(&p->text, (uint32_t)p->a[i]);
	return true;
}

/* ---- Strings and buffers ---- */

bool show_path(struct printer *p, unsigned i, const void *data)
{
	enum got got = put_string(p, p->a[i], SIZE_MAX);

	(void)data;
	return got == GOT || instead(p, p->a[i], got);
}

bool show_string(struct printer *p, unsigned i, const void *data)
{
	enum got got = put_string(p, p->a[i], STRING_MOST);

	(void)data;
	return got == GOT || instead(p, p->a[i], got);
}

bool show_string_out(struct printer *p, unsigned i, const void *data)
{
	if (p->done && p->result < 0)
		return show_address(p, i, data);
	return p->done && show_path(p, i, data);
}

/* `count` bytes at va, shown as far as strings are; false: nothing printed, not yet. */
static bool put_buffer(struct printer *p, uint64_t va, uint64_t count)
{
	char bytes[STRING_MOST] = { 0 };
	size_t n = count < sizeof(bytes) ? (size_t)count : sizeof(bytes);
	enum got got = n ? take_in(p, va, bytes, n) : va ? GOT : NEVER;

	if (got != GOT)
		return instead(p, va, got);
	put_quoted(&p->text, bytes, n, STRING_MOST);
	if (n < count)
		text_put(&p->text, "...");
	return true;
}

bool show_buffer_in(struct printer *p, unsigned i, const void *data)
{
	(void)data;
	return put_buffer(p, p->a[i], p->a[i + 1]);
}

/* What was read is as long as the result says. */
bool show_buffer_out(struct printer *p, unsigned i, const void *data)
{
	if (p->done && (p->result < 0 || (uint64_t)p->result > p->a[i + 1]))
		return show_address(p, i, data);
	return p->done && put_buffer(p, p->a[i], (uint64_t)p->result);
}

bool show_bytes_out(struct printer *p, unsigned i, const void *data)
{
	unsigned char bytes[STRING_MOST];
	size_t n = (size_t)p->result < sizeof(bytes) ? (size_t)p->result : sizeof(bytes);

	if (!p->done)
		return false;
	if (p->result < 0 || !guest_read(p, p->a[i], bytes, n))
		return show_address(p, i, data);
	text_put(&p->text, "\"");
	for (size_t k = 0; k < n; k++)
		text_printf(&p->text, "\\x%02x", bytes[k]);
	text_put(&p->text, n < (size_t)p->result ? "\"..." : "\"");
	return true;
}

#define LIST_MOST 32

bool put_iovec(struct printer *p, uint64_t va, uint64_t count, uint64_t limit)
{
	uint64_t vector[LIST_MOST][2];
	size_t n = count < LIST_MOST ? (size_t)count : LIST_MOST, begun = p->text.used;
	enum got got = take_in(p, va, vector, n * sizeof(vector[0]));

	if (got != GOT)
		return instead(p, va, got);
	text_put(&p->text, "[");
	for (size_t k = 0; k < n; k++) {
		uint64_t bytes = vector[k][1] < limit ? vector[k][1] : limit;

		limit -= bytes;
		text_put(&p->text, k ? ", {iov_base=" : "{iov_base=");
		if (!put_buffer(p, vector[k][0], bytes)) {
			p->text.used = begun;
			return false;
		}
		text_printf(&p->text, ", iov_len=%" PRIu64 "}", vector[k][1]);
	}
	text_put(&p->text, n < count ? ", ...]" : "]");
	return true;
}

bool show_iovec_in(struct printer *p, unsigned i, const void *data)
{
	(void)data;
	return put_iovec(p, p->a[i], (uint32_t)p->a[i + 1], UINT64_MAX);
}

bool show_iovec_out(struct printer *p, unsigned i, const void *data)
{
	if (p->done && p->result < 0)
		return show_address(p, i, data);
	return p->done && put_iovec(p, p->a[i], (uint32_t)p->a[i + 1], (uint64_t)p->result);
}

/* ---- Arguments and environment of execve ---- */

bool show_vector(struct printer *p, unsigned i, const void *data)
{
	size_t begun = p->text.used;
	uint64_t at = p->a[i], va;

	(void)data;
	for (unsigned k = 0; k <= LIST_MOST; k++, at += 8) {
		enum got got = take_in(p, at, &va, sizeof(va));

		if (got == GOT && !va) {
			text_put(&p->text, k ? "]" : "[]");
			return true;
		}
		if (got == GOT)
			text_put(&p->text, !k ? "[" : k < LIST_MOST ? ", " : ", ...]");
		if (got == GOT && k < LIST_MOST) {
			got = put_string(p, va, STRING_MOST);
			if (got == NEVER)
				put_address(&p->text, va);
			if (got == NEVER)
				got = GOT;
		}
		if (got != GOT) {
			p->text.used = begun;
			return instead(p, p->a[i], got);
		}
	}
	return true;
}

bool show_environment(struct printer *p, unsigned i, const void *data)
{
	uint64_t va = 1;
	unsigned count = 0;

	(void)data;
	while (p->a[i] && count < 100000) {
		enum got got = take_in(p, p->a[i] + 8ull * count, &va, sizeof(va));

		if (got != GOT)
			return instead(p, p->a[i], got);
		if (!va)
			break;
		count++;
	}
	put_address(&p->text, p->a[i]);
	if (p->a[i])
		text_printf(&p->text, " /* %u var%s */", count, count == 1 ? "" : "s");
	return true;
}

/* ---- Structures by their layout ---- */

static size_t layout_bytes(const char *layout)
{
	size_t bytes = 0;

	while ((layout = strchr(layout, '%'))) {
		layout++;
		if (*layout >= '0' && *layout <= '9')
			bytes += strtoul(layout, (char **)(uintptr_t)&layout, 10);
		else if (strchr("duoS", *layout))
			bytes += 4;
		else
			bytes += *layout == 'h' ? 2 : 8;
	}
	return bytes;
}

#define LAYOUT_MOST 256

bool show_layout_in(struct printer *p, unsigned i, const void *data)
{
	unsigned char bytes[LAYOUT_MOST];
	enum got got = take_in(p, p->a[i], bytes, layout_bytes(data));

	if (got != GOT)
		return instead(p, p->a[i], got);
	put_layout(&p->text, data, bytes);
	return true;
}

bool show_layout_out(struct printer *p, unsigned i, const void *data)
{
	unsigned char bytes[LAYOUT_MOST];
	enum got got = take_out(p, p->a[i], bytes, layout_bytes(data));

	if (got != GOT)
		return instead(p, p->a[i], got);
	put_layout(&p->text, data, bytes);
	return true;
}

/* Read and then written: "[0] => [20]" needs both, so what it was is left out. */
bool show_layout_both(struct printer *p, unsigned i, const void *data)
{
	return p->a[i] ? show_layout_out(p, i, data) : show_address(p, i, data);
}

#define EINTR	       4
#define ERESTART_FIRST 512

/* What is left of a sleep is written only when a signal ends it. */
bool show_left(struct printer *p, unsigned i, const void *data)
{
	bool interrupted = p->result == -EINTR || p->result <= -ERESTART_FIRST;

	if (!p->done && p->a[i])
		return false;
	return interrupted ? show_layout_in(p, i, data) : show_address(p, i, data);
}

/* ---- Results ---- */

static bool put_restart(struct text *to, int64_t result)
{
	static const struct {
		int64_t number;
		const char *text;
	} restarts[] = {
		{ -512, "? ERESTARTSYS (To be restarted if SA_RESTART is set)" },
		{ -513, "? ERESTARTNOINTR (To be restarted)" },
		{ -514, "? ERESTARTNOHAND (To be restarted if no handler)" },
		{ -516, "? ERESTART_RESTARTBLOCK (Interrupted by signal)" },
	};

	for (size_t i = 0; i < sizeof(restarts) / sizeof(restarts[0]); i++) {
		if (restarts[i].number == result) {
			text_put(to, restarts[i].text);
			return true;
		}
	}
	return false;
}

static void put_error(struct text *to, int64_t result)
{
	const char *name = strerrorname_np((int)-result), *text = strerrordesc_np((int)-result);

	if (name && text)
		text_printf(to, "-1 %s (%s)", name, text);
	else
		text_printf(to, "-1 (errno %" PRId64 ")", -result);
}

void printer_result(struct printer *p, struct text *to)
{
	int64_t result = p->result;

	if (p->row->returns == RETURNS_NOTHING) {
		text_put(to, "?");
		return;
	}
	if (put_restart(to, result))
		return;
	if (result < 0 && result > -4096) {
		put_error(to, result);
		return;
	}
	switch (p->row->returns) {
	case RETURNS_ADDRESS:
		text_printf(to, "%#" PRIx64, (uint64_t)result);
		break;
	case RETURNS_OCTAL:
		text_printf(to, "%#03o", (unsigned)result);
		break;
	case RETURNS_SIGNAL:
		text_printf(to, "%" PRId64 " (", result);
		put_signal(to, (uint64_t)result);
		text_put(to, ")");
		break;
	default:
		put_number_result(p, to);
	}
}
