/* Buffered input. */
#include "guest/user/lib/sys.h"
#include "guest/user/lib/tiny.h"

void reader_init(struct reader *r, int fd)
{
	r->fd = fd;
	r->error = 0;
	r->pos = r->len = 0;
}

int reader_char(struct reader *r)
{
	if (r->pos == r->len) {
		long n;

		do
			n = sys_read(r->fd, r->buf, sizeof(r->buf));
		while (n == -EINTR);
		r->pos = 0;
		r->len = n > 0 ? (size_t)n : 0;
		if (n < 0)
			r->error = (int)n;
		if (n <= 0)
			return -1;
	}
	return (unsigned char)r->buf[r->pos++];
}

long reader_line(struct reader *r, char **line, size_t *cap, bool *newline)
{
	size_t n = 0;
	int c;

	while ((c = reader_char(r)) >= 0) {
		if (n + 1 >= *cap) {
			*cap = *cap ? *cap * 2 : 128;
			*line = xrealloc(*line, *cap);
		}
		if (c == '\n')
			break;
		(*line)[n++] = (char)c;
	}
	if (newline)
		*newline = c == '\n';
	if (c < 0 && n == 0)
		return -1;
	(*line)[n] = 0;
	return (long)n;
}

char *read_file(int fd, size_t *len, long *err)
{
	size_t n = 0, cap = PAGE_BYTES;
	char *text = xmalloc(cap);
	long k;

	for (;;) {
		if (n + 1 >= cap) {
			cap *= 2;
			text = xrealloc(text, cap);
		}
		k = sys_read(fd, text + n, cap - n - 1);
		if (k == -EINTR)
			continue;
		if (k <= 0)
			break;
		n += (size_t)k;
	}
	if (k < 0) {
		*err = k;
		xfree(text);
		return NULL;
	}
	text[n] = 0;
	if (len)
		*len = n;
	return text;
}
