/* Standard output through one buffer, standard error without, and formatting. */
#include "guest/user/lib/sys.h"
#include "guest/user/lib/tiny.h"

bool out_failed, out_failure_noted;

static char out_buf[PAGE_BYTES];
static size_t out_len;

bool write_all(int fd, const void *p, size_t n)
{
	const char *at = p;

	while (n) {
		long k = sys_write(fd, at, n);

		if (k == -EINTR)
			continue;
		if (k <= 0) {
			if (fd != 2)
				complain("write error", k ? k : -EIO);
			return false;
		}
		at += k;
		n -= (size_t)k;
	}
	return true;
}

void flush_out(void)
{
	size_t n = out_len;

	out_len = 0;
	if (n && !write_all(1, out_buf, n)) {
		if (!out_failure_noted)
			sys_exit(1);
		out_failed = true;
	}
}

void put_char(int c)
{
	if (out_len == sizeof(out_buf))
		flush_out();
	out_buf[out_len++] = (char)c;
}

void put_bytes(const void *p, size_t n)
{
	const char *at = p;

	while (n--)
		put_char(*at++);
}

void put_str(const char *s)
{
	put_bytes(s, strlen(s));
}

/* Where formatted characters go: a string of `size` bytes, counted even where it is full. */
struct sink {
	char *buf;
	size_t size, len;
	void (*flush)(struct sink *s);
};

static void emit(struct sink *s, int c)
{
	if (s->flush && s->len == s->size)
		s->flush(s);
	if (s->len < s->size)
		s->buf[s->len] = (char)c;
	s->len++;
}

static void emit_padded(struct sink *s, const char *text, int n, int width, bool left, bool zero)
{
	int pad = width - n;

	if (zero && (*text == '-' || *text == '+') && pad > 0) {
		emit(s, *text++);
		n--;
	}
	for (; !left && pad > 0; pad--)
		emit(s, zero ? '0' : ' ');
	for (; n > 0; n--)
		emit(s, *text++);
	for (; pad > 0; pad--)
		emit(s, ' ');
}

/* The digits of v before `end`, at least `min` of them; returns the first. */
static char *digits(char *end, unsigned long v, unsigned base, bool upper, int min)
{
	const char *set = upper ? "0123456789ABCDEF" : "0123456789abcdef";

	for (; v || min > 0; v /= base, min--)
		*--end = set[v % base];
	return end;
}

static void vformat(struct sink *s, const char *f, va_list ap)
{
	for (; *f; f++) {
		char tmp[72], *text, *end = tmp + sizeof(tmp);
		bool left = false, zero = false, plus = false, is_long = false;
		int width = 0, precision = -1;
		unsigned base = 10;
		unsigned long u;
		long d;

		if (*f != '%') {
			emit(s, *f);
			continue;
		}
		for (f++; strchr("-0+", *f) && *f; f++) {
			left |= *f == '-';
			zero |= *f == '0';
			plus |= *f == '+';
		}
		if (*f == '*') {
			width = va_arg(ap, int);
			f++;
		} else {
			width = (int)to_long(f, (char **)&f, 10);
		}
		if (*f == '.') {
			f++;
			if (*f == '*') {
				precision = va_arg(ap, int);
				f++;
			} else {
				precision = (int)to_long(f, (char **)&f, 10);
			}
		}
		for (; *f == 'l' || *f == 'z'; f++)
			is_long = true;
		switch (*f) {
		case 'd':
			d = is_long ? va_arg(ap, long) : va_arg(ap, int);
			u = d < 0 ? -(unsigned long)d : (unsigned long)d;
			text = digits(end, u, 10, false, precision < 0 ? 1 : precision);
			if (d < 0 || plus)
				*--text = d < 0 ? '-' : '+';
			break;
		case 'x':
		case 'X':
			base = 16; /* fall through */
		case 'o':
			base = base == 16 ? 16 : 8; /* fall through */
		case 'u':
			u = is_long ? va_arg(ap, unsigned long) : va_arg(ap, unsigned);
			text = digits(end, u, base, *f == 'X', precision < 0 ? 1 : precision);
			break;
		case 'c':
			text = end - 1;
			*text = (char)va_arg(ap, int);
			break;
		case 's':
			text = va_arg(ap, char *);
			if (!text)
				text = "(null)";
			for (end = text; *end && precision; end++)
				precision--;
			zero = false;
			break;
		default:
			text = end - 1;
			*text = *f;
		}
		emit_padded(s, text, (int)(end - text), width, left, zero && !left);
	}
}

static void flush_stdout(struct sink *s)
{
	put_bytes(s->buf, s->len);
	s->len = 0;
}

static void flush_stderr(struct sink *s)
{
	write_all(2, s->buf, s->len);
	s->len = 0;
}

void print(const char *format, ...)
{
	char buf[128];
	struct sink s = { buf, sizeof(buf), 0, flush_stdout };
	va_list ap;

	va_start(ap, format);
	vformat(&s, format, ap);
	va_end(ap);
	flush_stdout(&s);
}

void eprint(const char *format, ...)
{
	char buf[256];
	struct sink s = { buf, sizeof(buf), 0, flush_stderr };
	va_list ap;

	flush_out();
	va_start(ap, format);
	vformat(&s, format, ap);
	va_end(ap);
	flush_stderr(&s);
}

int format_to(char *buf, size_t size, const char *format, ...)
{
	struct sink s = { buf, size ? size - 1 : 0, 0, NULL };
	va_list ap;

	va_start(ap, format);
	vformat(&s, format, ap);
	va_end(ap);
	if (size)
		buf[s.len < size ? s.len : size - 1] = 0;
	return (int)s.len;
}

int complain(const char *what, long err)
{
	if (err)
		eprint("%s: %s: %s\n", prog, what, error_name(err));
	else
		eprint("%s: %s\n", prog, what);
	return 1;
}

void die(const char *what, long err)
{
	complain(what, err);
	leave(1);
}

void leave(int status)
{
	flush_out();
	sys_exit(status);
}
