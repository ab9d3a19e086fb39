/* Strings, characters and numbers. */
#include "guest/user/lib/sys.h"
#include "guest/user/lib/tiny.h"

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (unsigned char)*a - (unsigned char)*b;
}

int strncmp(const char *a, const char *b, size_t n)
{
	for (; n; a++, b++, n--)
		if (*a != *b || !*a)
			return (unsigned char)*a - (unsigned char)*b;
	return 0;
}

char *strchr(const char *s, int c)
{
	for (;; s++) {
		if (*s == (char)c)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int c)
{
	const char *last = NULL;

	for (;; s++) {
		if (*s == (char)c)
			last = s;
		if (!*s)
			return (char *)last;
	}
}

char *strstr(const char *s, const char *what)
{
	size_t n = strlen(what);

	for (; strlen(s) >= n; s++)
		if (!strncmp(s, what, n))
			return (char *)s;
	return NULL;
}

char *strcpy(char *to, const char *from)
{
	return memcpy(to, from, strlen(from) + 1);
}

char *strcat(char *to, const char *from)
{
	strcpy(to + strlen(to), from);
	return to;
}

void *memmove(void *to, const void *from, size_t n)
{
	char *t = to;
	const char *f = from;

	if (t > f && t < f + n) {
		while (n--)
			t[n] = f[n];
		return to;
	}
	/* Eight bytes at a time where both are aligned: cp and cat spend their time here. */
	if (!(((uintptr_t)t | (uintptr_t)f) & 7))
		for (; n >= 8; n -= 8, t += 8, f += 8)
			*(uint64_t *)t = *(const uint64_t *)f;
	while (n--)
		*t++ = *f++;
	return to;
}

void *memcpy(void *to, const void *from, size_t n)
{
	return memmove(to, from, n);
}

void *memset(void *to, int c, size_t n)
{
	char *t = to;

	while (n--)
		*t++ = (char)c;
	return to;
}

int memcmp(const void *a, const void *b, size_t n)
{
	const unsigned char *x = a, *y = b;

	for (; n; x++, y++, n--)
		if (*x != *y)
			return *x - *y;
	return 0;
}

void *memchr(const void *s, int c, size_t n)
{
	const char *p = s;

	for (; n; p++, n--)
		if (*p == (char)c)
			return (void *)p;
	return NULL;
}

bool is_digit(int c)
{
	return c >= '0' && c <= '9';
}

bool is_alpha(int c)
{
	c |= 32;
	return c >= 'a' && c <= 'z';
}

bool is_space(int c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

bool is_name_start(int c)
{
	return is_alpha(c) || c == '_';
}

bool is_name(int c)
{
	return is_name_start(c) || is_digit(c);
}

int to_lower(int c)
{
	return c >= 'A' && c <= 'Z' ? c + 32 : c;
}

static int digit_value(int c)
{
	if (is_digit(c))
		return c - '0';
	return is_alpha(c) ? to_lower(c) - 'a' + 10 : 99;
}

long to_long(const char *s, char **end, int base)
{
	const char *start = s;
	unsigned long v = 0;
	bool negative = false;

	while (is_space(*s))
		s++;
	if (*s == '-' || *s == '+')
		negative = *s++ == '-';
	if ((base == 0 || base == 16) && s[0] == '0' && to_lower(s[1]) == 'x' &&
	    digit_value(s[2]) < 16) {
		s += 2;
		base = 16;
	} else if (base == 0) {
		base = *s == '0' ? 8 : 10;
	}
	if (digit_value(*s) >= base)
		s = start;
	else
		for (; digit_value(*s) < base; s++)
			v = v * (unsigned long)base + (unsigned long)digit_value(*s);
	if (end)
		*end = (char *)s;
	return (long)(negative ? -v : v);
}

bool parse_size(const char *s, long *value)
{
	char *end;
	long v = to_long(s, &end, 10);
	int shift = 0;

	if (end == s)
		return false;
	switch (to_lower(*end)) {
	case 'g':
		shift += 10; /* fall through */
	case 'm':
		shift += 10; /* fall through */
	case 'k':
		shift += 10;
		end++;
	}
	*value = v << shift;
	return !*end;
}

const char *base_name(const char *path)
{
	const char *slash = strrchr(path, '/');

	return slash ? slash + 1 : path;
}

const char *error_name(long err)
{
	static const struct {
		unsigned char err;
		const char *text;
	} names[] = {
		{ EPERM, "Operation not permitted" },
		{ ENOENT, "No such file or directory" },
		{ ESRCH, "No such process" },
		{ EINTR, "Interrupted system call" },
		{ EIO, "Input/output error" },
		{ E2BIG, "Argument list too long" },
		{ ENOEXEC, "Exec format error" },
		{ EBADF, "Bad file descriptor" },
		{ ECHILD, "No child processes" },
		{ EAGAIN, "Resource temporarily unavailable" },
		{ ENOMEM, "Cannot allocate memory" },
		{ EACCES, "Permission denied" },
		{ EFAULT, "Bad address" },
		{ EBUSY, "Device or resource busy" },
		{ EEXIST, "File exists" },
		{ EXDEV, "Invalid cross-device link" },
		{ ENODEV, "No such device" },
		{ ENOTDIR, "Not a directory" },
		{ EISDIR, "Is a directory" },
		{ EINVAL, "Invalid argument" },
		{ ENFILE, "Too many open files in system" },
		{ EMFILE, "Too many open files" },
		{ ENOTTY, "Inappropriate ioctl for device" },
		{ ETXTBSY, "Text file busy" },
		{ EFBIG, "File too large" },
		{ ENOSPC, "No space left on device" },
		{ ESPIPE, "Illegal seek" },
		{ EROFS, "Read-only file system" },
		{ EMLINK, "Too many links" },
		{ EPIPE, "Broken pipe" },
		{ ENAMETOOLONG, "File name too long" },
		{ ENOSYS, "Function not implemented" },
		{ ENOTEMPTY, "Directory not empty" },
		{ ELOOP, "Too many levels of symbolic links" },
	};
	static char other[32];

	if (err < 0)
		err = -err;
	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (names[i].err == err)
			return names[i].text;
	format_to(other, sizeof(other), "error %ld", err);
	return other;
}
