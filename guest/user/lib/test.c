/* test and [: conditions by recursive descent over the arguments. */
#include "guest/user/lib/sys.h"
#include "guest/user/lib/tiny.h"

struct cursor {
	char **at, **end;
	bool bad;
};

static bool or_expression(struct cursor *c);

static bool fail(struct cursor *c, const char *what, const char *why)
{
	if (!c->bad)
		eprint("%s: test: %s: %s\n", prog, what, why);
	c->bad = true;
	c->at = c->end;
	return false;
}

static bool file_condition(int op, const char *path)
{
	struct stat st;
	static const char kinds[] = "fdpcbS";
	static const unsigned modes[] = { S_IFREG, S_IFDIR, S_IFIFO, S_IFCHR, S_IFBLK, S_IFSOCK };
	const char *kind = strchr(kinds, op);

	switch (op) {
	case 'r':
		return sys_access(path, 4) >= 0;
	case 'w':
		return sys_access(path, 2) >= 0;
	case 'x':
		return sys_access(path, 1) >= 0;
	case 'L':
	case 'h':
		return sys_lstat(path, &st) >= 0 && (st.st_mode & S_IFMT) == S_IFLNK;
	}
	if (sys_stat(path, &st) < 0)
		return false;
	if (op == 's')
		return st.st_size > 0;
	return op == 'e' || (kind && (st.st_mode & S_IFMT) == modes[kind - kinds]);
}

static bool unary(int op, const char *arg)
{
	char termios[64];

	if (op == 'z' || op == 'n')
		return !*arg == (op == 'z');
	if (op == 't')
		return sys_ioctl((int)to_long(arg, NULL, 10), TCGETS, termios) >= 0;
	return file_condition(op, arg);
}

static long number(struct cursor *c, const char *s)
{
	char *end;
	long v = to_long(s, &end, 10);

	while (is_space(*end))
		end++;
	if (end == s || *end)
		fail(c, s, "not a number");
	return v;
}

static bool newer(const char *a, const char *b)
{
	struct stat x, y;

	if (sys_stat(a, &x) < 0)
		return false;
	if (sys_stat(b, &y) < 0)
		return true;
	return x.st_mtime > y.st_mtime ||
	       (x.st_mtime == y.st_mtime && x.st_mtime_nsec > y.st_mtime_nsec);
}

static int binary_operator(const char *s)
{
	static const char names[][4] = { "=",	"==",  "!=",  "-eq", "-ne", "-lt", "-le",
					 "-gt", "-ge", "-nt", "-ot", "<",   ">" };

	for (size_t i = 0; i < ARRAY_SIZE(names); i++)
		if (!strcmp(names[i], s))
			return (int)i;
	return -1;
}

static bool binary(struct cursor *c, int op, const char *a, const char *b)
{
	int order;
	long x, y;

	if (op < 3 || op > 10) {
		order = strcmp(a, b);
		return op == 2	  ? order != 0
		       : op == 11 ? order < 0
		       : op == 12 ? order > 0
				  : order == 0;
	}
	if (op >= 9)
		return op == 9 ? newer(a, b) : newer(b, a);
	x = number(c, a);
	y = number(c, b);
	switch (op) {
	case 3:
		return x == y;
	case 4:
		return x != y;
	case 5:
		return x < y;
	case 6:
		return x <= y;
	case 7:
		return x > y;
	}
	return x >= y;
}

static bool primary(struct cursor *c)
{
	long left = c->end - c->at;
	char *s = left > 0 ? *c->at : NULL;
	int op;

	if (!s)
		return fail(c, "argument", "missing");
	if (left >= 3 && (op = binary_operator(c->at[1])) >= 0) {
		c->at += 3;
		return binary(c, op, s, c->at[-1]);
	}
	if (!strcmp(s, "!") && left > 1) {
		c->at++;
		return !primary(c);
	}
	if (!strcmp(s, "(") && left > 1) {
		bool v;

		c->at++;
		v = or_expression(c);
		if (c->at == c->end || strcmp(*c->at, ")"))
			return fail(c, ")", "missing");
		c->at++;
		return v;
	}
	if (s[0] == '-' && s[1] && !s[2] && left >= 2 && strchr("bcdefhLnprsStwxz", s[1])) {
		c->at += 2;
		return unary(s[1], c->at[-1]);
	}
	c->at++;
	return *s;
}

static bool and_expression(struct cursor *c)
{
	bool v = primary(c);

	while (c->at < c->end && !strcmp(*c->at, "-a")) {
		c->at++;
		v &= primary(c);
	}
	return v;
}

static bool or_expression(struct cursor *c)
{
	bool v = and_expression(c);

	while (c->at < c->end && !strcmp(*c->at, "-o")) {
		c->at++;
		v |= and_expression(c);
	}
	return v;
}

int test_main(int argc, char **argv)
{
	struct cursor c = { argv + 1, argv + argc, false };
	bool v;

	if (!strcmp(base_name(argv[0]), "[")) {
		if (strcmp(argv[argc - 1], "]")) {
			eprint("%s: [: missing ]\n", prog);
			return 2;
		}
		c.end--;
	}
	if (c.at == c.end)
		return 1;
	v = or_expression(&c);
	if (!c.bad && c.at != c.end)
		fail(&c, *c.at, "unexpected");
	return c.bad ? 2 : !v;
}
