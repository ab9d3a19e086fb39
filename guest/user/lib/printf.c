/* echo and printf. */
#include "guest/user/lib/sys.h"
#include "guest/user/lib/tiny.h"

/* Writes what the escape after a backslash at *s means and advances *s; false for \c. */
static bool put_escape(const char **s, bool octal_wants_zero)
{
	static const char letters[] = "abefnrtv\\", values[] = "\a\b\033\f\n\r\t\v\\";
	const char *p = *s, *letter = *p ? strchr(letters, *p) : NULL;
	int v = 0;

	if (*p == 'c')
		return false;
	if (letter) {
		put_char(values[letter - letters]);
		*s = p + 1;
	} else if (*p >= '0' && *p <= '7' && (!octal_wants_zero || *p == '0')) {
		p += octal_wants_zero;
		for (int i = 0; i < 3 && *p >= '0' && *p <= '7'; i++)
			v = v * 8 + *p++ - '0';
		put_char(v);
		*s = p;
	} else {
		put_char('\\');
	}
	return true;
}

static bool put_escaped(const char *s)
{
	while (*s) {
		if (*s != '\\') {
			put_char(*s++);
			continue;
		}
		s++;
		if (!put_escape(&s, true))
			return false;
	}
	return true;
}

int echo_main(int argc, char **argv)
{
	bool newline = true, escapes = false;
	int i = 1;

	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		const char *p = argv[i] + 1;

		while (*p == 'n' || *p == 'e' || *p == 'E')
			p++;
		if (*p)
			break;
		for (p = argv[i] + 1; *p; p++) {
			newline &= *p != 'n';
			escapes = *p == 'e' || (*p != 'E' && escapes);
		}
	}
	for (; i < argc; i++) {
		if (!escapes)
			put_str(argv[i]);
		else if (!put_escaped(argv[i]))
			return 0;
		if (i + 1 < argc)
			put_char(' ');
	}
	if (newline)
		put_char('\n');
	return 0;
}

struct arguments {
	char **at;
	bool bad;
};

static const char *next_string(struct arguments *a)
{
	return *a->at ? *a->at++ : "";
}

static long next_number(struct arguments *a)
{
	const char *s = next_string(a);
	char *end;
	long v;

	if (*s == '\'' || *s == '"')
		return (unsigned char)s[1];
	v = to_long(s, &end, 0);
	if (*s && (end == s || *end)) {
		eprint("%s: printf: %s: not a number\n", prog, s);
		a->bad = true;
	}
	return v;
}

/* One conversion, whose % is at f; returns the position after it, null to stop all output. */
static const char *put_conversion(const char *f, struct arguments *a)
{
	char spec[32];
	size_t n = 0;
	int width = -1, precision = -1;

	spec[n++] = *f++;
	while (*f && strchr("-+ 0#", *f) && n < 8)
		spec[n++] = *f++;
	if (*f == '*') {
		width = (int)next_number(a);
		f++;
	} else if (is_digit(*f)) {
		width = (int)to_long(f, (char **)&f, 10);
	}
	if (*f == '.') {
		f++;
		precision =
			*f == '*' ? (f++, (int)next_number(a)) : (int)to_long(f, (char **)&f, 10);
	}
	if (width < 0 && width != -1) {
		spec[n++] = '-';
		width = -width;
	}
	if (width >= 0)
		n += (size_t)format_to(spec + n, 12, "%d", width);
	if (precision >= 0)
		n += (size_t)format_to(spec + n, 12, ".%d", precision);
	switch (*f) {
	case '%':
		put_char('%');
		break;
	case 'b':
		if (!put_escaped(next_string(a)))
			return NULL;
		break;
	case 'c':
		put_bytes(next_string(a), 1);
		break;
	case 's':
		strcpy(spec + n, "s");
		print(spec, next_string(a)); // NOLINT: the format is built from checked pieces
		break;
	case 'd':
	case 'i':
	case 'u':
	case 'x':
	case 'X':
	case 'o':
		spec[n++] = 'l';
		spec[n++] = *f == 'i' ? 'd' : *f;
		spec[n] = 0;
		print(spec, next_number(a));
		break;
	default:
		eprint("%s: printf: bad conversion %%%c\n", prog, *f);
		a->bad = true;
		return NULL;
	}
	return f + 1;
}

int printf_main(int argc, char **argv)
{
	struct arguments a = { argv + 2, false };

	if (argc < 2) {
		eprint("usage: printf FORMAT [ARGUMENT...]\n");
		return 2;
	}
	for (;;) {
		char **before = a.at;

		for (const char *f = argv[1]; *f;) {
			if (*f == '\\') {
				f++;
				if (!put_escape(&f, false))
					return a.bad;
			} else if (*f == '%') {
				f = put_conversion(f, &a);
				if (!f)
					return a.bad;
			} else {
				put_char(*f++);
			}
		}
		/* The format serves again while it uses arguments up. */
		if (!*a.at || a.at == before)
			return a.bad;
	}
}
