/*
 * Byte strings, as in <string.h>.  memcpy is in entry.S.
 */
#include "kernel.h"

void *memmove(void *to, const void *from, size_t bytes)
{
	u8 *d = to;
	const u8 *s = from;

	if (d <= s || d >= s + bytes)
		return memcpy(to, from, bytes);
	while (bytes--)
		d[bytes] = s[bytes];
	return to;
}

void *memset(void *to, int byte, size_t bytes)
{
	u8 *d = to;
	u64 word = 0x0101010101010101ul * (u8)byte;

	for (; bytes && ((u64)d & 7); bytes--)
		*d++ = (u8)byte;
	for (; bytes >= 32; bytes -= 32, d += 32) {
		((u64 *)d)[0] = word;
		((u64 *)d)[1] = word;
		((u64 *)d)[2] = word;
		((u64 *)d)[3] = word;
	}
	while (bytes--)
		*d++ = (u8)byte;
	return to;
}

int memcmp(const void *a, const void *b, size_t bytes)
{
	const u8 *p = a, *q = b;

	if ((((u64)p | (u64)q) & 7) == 0)
		for (; bytes >= 8 && *(const u64 *)p == *(const u64 *)q; bytes -= 8, p += 8, q += 8)
			;
	for (; bytes; bytes--, p++, q++)
		if (*p != *q)
			return *p - *q;
	return 0;
}

size_t strlen(const char *s)
{
	size_t n = 0;

	while (s[n])
		n++;
	return n;
}

size_t strnlen(const char *s, size_t max)
{
	size_t n = 0;

	while (n < max && s[n])
		n++;
	return n;
}

int strcmp(const char *a, const char *b)
{
	while (*a && *a == *b)
		a++, b++;
	return (u8)*a - (u8)*b;
}

int strncmp(const char *a, const char *b, size_t max)
{
	for (; max; max--, a++, b++)
		if (*a != *b || !*a)
			return (u8)*a - (u8)*b;
	return 0;
}

char *strchr(const char *s, int byte)
{
	for (;; s++) {
		if (*s == (char)byte)
			return (char *)s;
		if (!*s)
			return NULL;
	}
}

char *strrchr(const char *s, int byte)
{
	char *found = NULL;

	for (;; s++) {
		if (*s == (char)byte)
			found = (char *)s;
		if (!*s)
			return found;
	}
}

size_t strlcpy(char *to, const char *from, size_t bytes)
{
	size_t n = strlen(from);

	if (bytes) {
		size_t fits = n < bytes ? n : bytes - 1;

		memcpy(to, from, fits);
		to[fits] = 0;
	}
	return n;
}
