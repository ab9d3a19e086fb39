/* sort: the whole input in memory, a stable merge sort on pointers to its lines. */
#include "guest/user/utils/utils.h"

static bool numeric, reverse, unique, fold;
static int key_from, key_to, separator = -1;

static char *text;
static size_t text_len, text_cap;

static int read_one(int fd, const char *name)
{
	long n;

	for (;;) {
		if (text_cap - text_len < PAGE_BYTES) {
			text_cap = text_cap ? text_cap * 2 : 4 * PAGE_BYTES;
			text = xrealloc(text, text_cap);
		}
		n = sys_read(fd, text + text_len, text_cap - text_len - 1);
		if (n == -EINTR)
			continue;
		if (n <= 0)
			break;
		text_len += (size_t)n;
	}
	if (text_len && text[text_len - 1] != '\n')
		text[text_len++] = '\n';
	return n < 0 ? complain(name, n) : 0;
}

/* The start of field `n` (from 1) of a line. */
static const char *field(const char *s, int n)
{
	while (--n > 0 && *s) {
		if (separator >= 0) {
			while (*s && *s != separator)
				s++;
			s += *s != 0;
		} else {
			while (*s == ' ' || *s == '\t')
				s++;
			while (*s && *s != ' ' && *s != '\t')
				s++;
		}
	}
	return s;
}

static size_t key_length(const char *line, const char *key)
{
	const char *end;

	if (!key_to)
		return strlen(key);
	end = field(line, key_to + 1);
	if (separator >= 0 && end > key && end[-1] == separator)
		end--;
	return (size_t)(end - key);
}

static int compare_bytes(const char *a, size_t n, const char *b, size_t m)
{
	for (size_t i = 0; i < n && i < m; i++) {
		int x = (unsigned char)a[i], y = (unsigned char)b[i];

		if (fold) {
			x = to_lower(x);
			y = to_lower(y);
		}
		if (x != y)
			return x - y;
	}
	return n < m ? -1 : n > m;
}

static int compare_numbers(const char *a, const char *b)
{
	char *ea, *eb;
	long x = to_long(a, &ea, 10), y = to_long(b, &eb, 10);

	if (x != y)
		return x < y ? -1 : 1;
	/* Decimals digit by digit; a sign would turn their order, which nobody has missed yet. */
	if (*ea != '.' && *eb != '.')
		return 0;
	ea += *ea == '.';
	eb += *eb == '.';
	while (is_digit(*ea) || is_digit(*eb)) {
		int p = is_digit(*ea) ? *ea++ : '0', q = is_digit(*eb) ? *eb++ : '0';

		if (p != q)
			return p - q;
	}
	return 0;
}

static int compare_keys(const char *a, const char *b)
{
	const char *x = key_from ? field(a, key_from) : a, *y = key_from ? field(b, key_from) : b;

	if (numeric)
		return compare_numbers(x, y);
	return compare_bytes(x, key_length(a, x), y, key_length(b, y));
}

static int compare(const char *a, const char *b)
{
	int order = compare_keys(a, b);

	if (!order && !unique)
		order = strcmp(a, b);
	return reverse ? -order : order;
}

static void merge_sort(char **lines, char **scratch, size_t n)
{
	size_t half = n / 2, i = 0, j = half, k = 0;

	if (n < 2)
		return;
	merge_sort(lines, scratch, half);
	merge_sort(lines + half, scratch, n - half);
	if (compare(lines[half - 1], lines[half]) <= 0)
		return;
	memcpy(scratch, lines, half * sizeof(*lines));
	while (i < half)
		lines[k++] = j < n && compare(scratch[i], lines[j]) > 0 ? lines[j++] : scratch[i++];
}

static bool sort_options(struct options *o, const char **output)
{
	char *end;
	int c;

	while ((c = option_next(o, "nrufk:t:o:"))) {
		switch (c) {
		case 'n':
			numeric = true;
			break;
		case 'r':
			reverse = true;
			break;
		case 'u':
			unique = true;
			break;
		case 'f':
			fold = true;
			break;
		case 't':
			separator = o->value[0];
			break;
		case 'o':
			*output = o->value;
			break;
		case 'k':
			key_from = (int)to_long(o->value, &end, 10);
			key_to = *end == ',' ? (int)to_long(end + 1, &end, 10) : 0;
			for (; *end; end++) {
				numeric |= *end == 'n';
				reverse |= *end == 'r';
			}
			break;
		default:
			return false;
		}
	}
	return true;
}

int sort_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	const char *output = NULL;
	char **lines, **scratch;
	size_t n = 0, i = 0;
	int status;

	if (!sort_options(&o, &output))
		return 2;
	status = each_input(argc, argv, o.at, read_one);
	if (status)
		return 2;
	for (size_t k = 0; k < text_len; k++)
		n += text[k] == '\n';
	lines = xmalloc(n * sizeof(*lines) + 1);
	scratch = xmalloc((n / 2) * sizeof(*lines) + 1);
	for (size_t k = 0; k < text_len; k++) {
		lines[i++] = text + k;
		while (text[k] != '\n')
			k++;
		text[k] = 0;
	}
	merge_sort(lines, scratch, n);
	if (output) {
		int fd = sys_open(output, O_WRONLY | O_CREAT | O_TRUNC, 0666);

		if (fd < 0)
			return complain(output, fd) * 2;
		sys_dup2(fd, 1);
	}
	for (i = 0; i < n; i++) {
		if (unique && i && !compare_keys(lines[i - 1], lines[i]))
			continue;
		put_str(lines[i]);
		put_char('\n');
	}
	return 0;
}
