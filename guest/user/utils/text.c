/* cat head tail wc uniq cut tr tee seq yes */
#include "guest/user/utils/utils.h"

static struct reader in;
static char *line;
static size_t line_cap;

static int cat_one(int fd, const char *name)
{
	return copy_fd(fd, 1, name);
}

int cat_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	int c;

	while ((c = option_next(&o, "u")))
		if (c == '?')
			return 2;
	return each_input(argc, argv, o.at, cat_one);
}

static long limit = 10;
static bool in_bytes, from_start;

static int head_one(int fd, const char *name)
{
	int c;

	reader_init(&in, fd);
	for (long left = limit; left > 0 && (c = reader_char(&in)) >= 0;) {
		put_char(c);
		left -= in_bytes || c == '\n';
	}
	return in.error ? complain(name, in.error) : 0;
}

/* -n N, -c N and the old -N; false after a message. */
static bool head_options(struct options *o)
{
	int c;

	while (o->at < o->argc && o->argv[o->at][0] == '-' && is_digit(o->argv[o->at][1]))
		limit = to_long(o->argv[o->at++] + 1, NULL, 10);
	while ((c = option_next(o, "n:c:"))) {
		if (c == '?')
			return false;
		in_bytes = c == 'c';
		from_start = o->value[0] == '+';
		if (!parse_size(o->value + from_start, &limit)) {
			complain(o->value, -EINVAL);
			return false;
		}
	}
	return true;
}

int head_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);

	return head_options(&o) ? each_input(argc, argv, o.at, head_one) : 2;
}

/* Keeps the last lines (or bytes) in a window that slides over the input. */
static int tail_one(int fd, const char *name)
{
	size_t n = 0, cap = 0, start = 0;
	long lines = 0, skipped = 1;
	char *kept = NULL;
	int c;

	/* Bytes are counted by the file, if it can; a pipe, or a file that is shorter, is read. */
	if (in_bytes && !from_start)
		sys_lseek(fd, -limit, 2);
	reader_init(&in, fd);
	while ((c = reader_char(&in)) >= 0) {
		if (from_start) {
			if (skipped >= limit)
				put_char(c);
			skipped += in_bytes || c == '\n';
			continue;
		}
		if (!limit)
			continue;
		if (n == cap) {
			if (start > cap / 2) {
				memmove(kept, kept + start, n - start);
				n -= start;
				start = 0;
			} else {
				cap = cap ? cap * 2 : PAGE_BYTES;
				kept = xrealloc(kept, cap);
			}
		}
		/* A line counts from its first character, so that the last may lack its newline. */
		if (in_bytes || n == start || kept[n - 1] == '\n')
			lines++;
		kept[n++] = (char)c;
		for (; lines > limit; lines--) {
			while (!in_bytes && kept[start] != '\n')
				start++;
			start++;
		}
	}
	put_bytes(kept + start, n - start);
	xfree(kept);
	return in.error ? complain(name, in.error) : 0;
}

int tail_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);

	return head_options(&o) ? each_input(argc, argv, o.at, tail_one) : 2;
}

static bool wc_lines, wc_words, wc_bytes;
static long wc_total[3];

static void put_counts(const long *counts, const char *name)
{
	bool wanted[3] = { wc_lines, wc_words, wc_bytes };
	bool first = true;

	for (int i = 0; i < 3; i++) {
		if (!wanted[i])
			continue;
		print(first ? "%ld" : " %ld", counts[i]);
		first = false;
	}
	print("%s%s\n", strcmp(name, "-") ? " " : "", strcmp(name, "-") ? name : "");
}

static int wc_one(int fd, const char *name)
{
	long counts[3] = { 0 };
	bool in_word = false;
	int c;

	reader_init(&in, fd);
	while ((c = reader_char(&in)) >= 0) {
		counts[0] += c == '\n';
		counts[1] += !in_word && !is_space(c);
		in_word = !is_space(c);
		counts[2]++;
	}
	put_counts(counts, name);
	for (int i = 0; i < 3; i++)
		wc_total[i] += counts[i];
	return in.error ? complain(name, in.error) : 0;
}

int wc_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	int c, status;

	while ((c = option_next(&o, "lwc"))) {
		if (c == '?')
			return 2;
		wc_lines |= c == 'l';
		wc_words |= c == 'w';
		wc_bytes |= c == 'c';
	}
	if (!wc_lines && !wc_words && !wc_bytes)
		wc_lines = wc_words = wc_bytes = true;
	status = each_input(argc, argv, o.at, wc_one);
	if (argc - o.at > 1)
		put_counts(wc_total, "total");
	return status;
}

static void put_group(const char *text, long count, bool counted, int only)
{
	if (!text || (only == 'd' && count < 2) || (only == 'u' && count > 1))
		return;
	if (counted)
		print("%7ld ", count);
	print("%s\n", text);
}

int uniq_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	bool counted = false;
	char *last = NULL;
	int c, only = 0;
	long count = 0;

	while ((c = option_next(&o, "cdu"))) {
		if (c == '?')
			return 2;
		if (c == 'c')
			counted = true;
		else
			only = c;
	}
	reader_init(&in, o.at < argc ? open_input(argv[o.at]) : 0);
	if (in.fd < 0)
		return 1;
	while (reader_line(&in, &line, &line_cap, NULL) >= 0) {
		if (last && !strcmp(last, line)) {
			count++;
			continue;
		}
		put_group(last, count, counted, only);
		xfree(last);
		last = xstrdup(line);
		count = 1;
	}
	put_group(last, count, counted, only);
	return in.error ? complain("read error", in.error) : 0;
}

static const char *cut_list;
static int cut_delimiter = '\t';
static bool cut_fields, cut_only;

/* Is the n-th wanted? The list is N, N-, -M, N-M with commas between. */
static bool cut_wants(long n)
{
	for (const char *s = cut_list; *s; s += *s == ',') {
		long from = 1, to;
		char *end = (char *)s;

		if (is_digit(*s))
			from = to_long(s, &end, 10);
		to = from;
		if (*end == '-') {
			end++;
			to = is_digit(*end) ? to_long(end, &end, 10) : 1l << 62;
		}
		if (from <= n && n <= to)
			return true;
		if (end == s)
			break;
		s = end;
	}
	return false;
}

static void cut_line(void)
{
	bool any = false;
	char *s = line;

	if (!cut_fields) {
		for (long n = 1; *s; s++, n++)
			if (cut_wants(n))
				put_char(*s);
		put_char('\n');
		return;
	}
	if (!strchr(line, cut_delimiter)) {
		if (!cut_only)
			print("%s\n", line);
		return;
	}
	for (long n = 1; s; n++) {
		char *end = strchr(s, cut_delimiter);

		if (cut_wants(n)) {
			if (any)
				put_char(cut_delimiter);
			any = true;
			put_bytes(s, end ? (size_t)(end - s) : strlen(s));
		}
		s = end ? end + 1 : NULL;
	}
	put_char('\n');
}

static int cut_one(int fd, const char *name)
{
	reader_init(&in, fd);
	while (reader_line(&in, &line, &line_cap, NULL) >= 0)
		cut_line();
	return in.error ? complain(name, in.error) : 0;
}

int cut_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	int c;

	while ((c = option_next(&o, "b:c:f:d:s"))) {
		if (c == '?')
			return 2;
		if (c == 'd')
			cut_delimiter = o.value[0];
		else if (c == 's')
			cut_only = true;
		else {
			cut_list = o.value;
			cut_fields = c == 'f';
		}
	}
	return cut_list ? each_input(argc, argv, o.at, cut_one)
			: usage("-c LIST | -f LIST [-d C] [FILE...]");
}

static bool in_class(const char *name, size_t n, int c)
{
	static const char names[][6] = { "alpha", "digit", "alnum", "space",
					 "upper", "lower", "punct", "print" };
	bool is[] = { is_alpha(c),
		      is_digit(c),
		      is_alpha(c) || is_digit(c),
		      is_space(c),
		      c >= 'A' && c <= 'Z',
		      c >= 'a' && c <= 'z',
		      c > 32 && c < 127 && !is_alpha(c) && !is_digit(c),
		      c >= 32 && c < 127 };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (n == 5 && !strncmp(names[i], name, 5))
			return is[i];
	return false;
}

static int tr_char(const char **s)
{
	static const char letters[] = "abfnrtv\\", values[] = "\a\b\f\n\r\t\v\\";
	int c = (unsigned char)*(*s)++;
	const char *letter;

	if (c != '\\' || !**s)
		return c;
	if (**s >= '0' && **s <= '7') {
		for (c = 0; **s >= '0' && **s <= '7'; (*s)++)
			c = c * 8 + **s - '0';
		return c & 255;
	}
	c = (unsigned char)*(*s)++;
	letter = strchr(letters, c);
	return letter ? (unsigned char)values[letter - letters] : c;
}

/* The characters that a set of tr names, in order; how many (at most 512). */
static int tr_set(const char *s, unsigned char *set)
{
	int n = 0;

	while (*s && n < 256) {
		int from, to;

		if (s[0] == '[' && s[1] == ':' && strstr(s, ":]")) {
			const char *end = strstr(s, ":]");

			for (int c = 0; c < 256 && n < 256; c++)
				if (in_class(s + 2, (size_t)(end - s) - 2, c))
					set[n++] = (unsigned char)c;
			s = end + 2;
			continue;
		}
		from = to = tr_char(&s);
		if (s[0] == '-' && s[1]) {
			s++;
			to = tr_char(&s);
		}
		for (; from <= to && n < 512; from++)
			set[n++] = (unsigned char)from;
	}
	return n;
}

int tr_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	bool delete = false, squeeze = false, complement = false;
	static unsigned char from[512], to[512];
	short map[256];
	bool squeezed[256] = { false };
	int c, n, m, last = -1;

	while ((c = option_next(&o, "cds"))) {
		if (c == '?')
			return 2;
		delete |= c == 'd';
		squeeze |= c == 's';
		complement |= c == 'c';
	}
	if (o.at == argc)
		return usage("[-cds] SET1 [SET2]");
	n = tr_set(argv[o.at], from);
	if (complement) {
		bool in_set[256] = { false };

		for (int i = 0; i < n; i++)
			in_set[from[i]] = true;
		n = 0;
		for (int i = 0; i < 256; i++)
			if (!in_set[i])
				from[n++] = (unsigned char)i;
	}
	m = o.at + 1 < argc ? tr_set(argv[o.at + 1], to) : 0;
	for (int i = 0; i < 256; i++)
		map[i] = (short)i;
	for (int i = n - 1; i >= 0; i--)
		map[from[i]] = delete ? -1 : m ? to[i < m ? i : m - 1] : from[i];
	for (int i = 0; squeeze && i < (m ? m : n); i++)
		squeezed[m ? to[i] : from[i]] = true;
	reader_init(&in, 0);
	while ((c = reader_char(&in)) >= 0) {
		c = map[c];
		if (c < 0 || (c == last && squeezed[c]))
			continue;
		put_char(c);
		last = c;
	}
	return 0;
}

int tee_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	static char buf[PAGE_BYTES];
	int c, flags = O_WRONLY | O_CREAT | O_TRUNC, n, status = 0;
	int *fds = xmalloc(sizeof(int) * (size_t)argc);
	long got;

	while ((c = option_next(&o, "a"))) {
		if (c == '?')
			return 2;
		flags = O_WRONLY | O_CREAT | O_APPEND;
	}
	for (n = 0; o.at < argc; o.at++) {
		fds[n] = sys_open(argv[o.at], flags, 0666);
		if (fds[n] < 0)
			status = complain(argv[o.at], fds[n]);
		else
			n++;
	}
	fds[n++] = 1;
	while ((got = sys_read(0, buf, sizeof(buf))) > 0 || got == -EINTR)
		for (int i = 0; i < n && got > 0; i++)
			if (!write_all(fds[i], buf, (size_t)got))
				status = 1;
	return status;
}

int seq_main(int argc, char **argv)
{
	long from = 1, step = 1, to;

	if (argc < 2 || argc > 4)
		return usage("[FROM [STEP]] TO");
	to = to_long(argv[argc - 1], NULL, 10);
	if (argc > 2)
		from = to_long(argv[1], NULL, 10);
	if (argc > 3)
		step = to_long(argv[2], NULL, 10);
	if (!step)
		return complain("the step is 0", 0);
	for (; step > 0 ? from <= to : from >= to; from += step)
		print("%ld\n", from);
	return 0;
}

int yes_main(int argc, char **argv)
{
	for (;;) {
		if (argc < 2)
			put_char('y');
		for (int i = 1; i < argc; i++)
			print(i > 1 ? " %s" : "%s", argv[i]);
		put_char('\n');
	}
}
