/*
 * grep: a backtracking matcher over the pattern text. Basic expressions know . [] * ^ $ \+ \? \|;
 * extended ones (-E) + ? | without the backslash. Groups are not served, and refused by name.
 */
#include "guest/user/utils/utils.h"

static bool extended, fixed, fold, invert, numbered, counted, quiet, names_only, only_match;
static bool with_names, found_any;
static const char *pattern;
static struct reader in;
static char *line;
static size_t line_cap;

static int folded(int c)
{
	return fold ? to_lower(c) : c;
}

/* The length of the atom at p: one character, an escape or a bracket expression. */
static size_t atom_length(const char *p)
{
	size_t n = 1;

	if (*p == '\\' && p[1])
		return 2;
	if (*p != '[')
		return 1;
	n += p[n] == '^';
	n += p[n] == ']';
	while (p[n] && p[n] != ']') {
		if (p[n] == '[' && p[n + 1] == ':' && strstr(p + n, ":]"))
			n = (size_t)(strstr(p + n, ":]") - p) + 2;
		else
			n++;
	}
	return p[n] ? n + 1 : 1;
}

static bool class_has(const char *name, int c)
{
	if (!strncmp(name, "[:alpha:]", 9))
		return is_alpha(c);
	if (!strncmp(name, "[:digit:]", 9))
		return is_digit(c);
	if (!strncmp(name, "[:alnum:]", 9))
		return is_alpha(c) || is_digit(c);
	if (!strncmp(name, "[:space:]", 9))
		return is_space(c);
	if (!strncmp(name, "[:upper:]", 9))
		return c >= 'A' && c <= 'Z';
	return !strncmp(name, "[:lower:]", 9) && c >= 'a' && c <= 'z';
}

static bool bracket_has(const char *p, size_t n, int c)
{
	bool negate = p[1] == '^', hit = false;
	const char *end = p + n - 1;

	for (p += 1 + negate; p < end; p++) {
		int lo = folded((unsigned char)*p), hi = lo;

		if (*p == '[' && p[1] == ':') {
			hit |= class_has(p, c);
			p = strstr(p, ":]") + 1;
			continue;
		}
		if (p[1] == '-' && p + 2 < end) {
			p += 2;
			hi = folded((unsigned char)*p);
		}
		hit |= lo <= folded(c) && folded(c) <= hi;
	}
	return hit != negate;
}

static bool atom_has(const char *p, size_t n, int c)
{
	if (!c)
		return false;
	if (*p == '[' && n > 1)
		return bracket_has(p, n, c);
	if (*p == '\\' && n == 2)
		return folded((unsigned char)p[1]) == folded(c);
	return *p == '.' || folded((unsigned char)*p) == folded(c);
}

/* The repetition after an atom: '*', '+', '?' or 0; its length in *n. */
static int repetition(const char *p, size_t *n)
{
	*n = 1;
	if (*p == '*')
		return '*';
	if (extended && (*p == '+' || *p == '?'))
		return *p;
	*n = 2;
	if (!extended && *p == '\\' && (p[1] == '+' || p[1] == '?'))
		return p[1];
	*n = 0;
	return 0;
}

/* The end of the match of p (up to `end`) that begins at s; null if there is none. */
static const char *match_here(const char *p, const char *end, const char *s)
{
	while (p < end) {
		size_t n, r;
		int how;
		long count = 0;

		if (*p == '$' && p + 1 == end)
			return *s ? NULL : s;
		n = atom_length(p);
		how = repetition(p + n, &r);
		if (p + n >= end)
			how = 0;
		if (!how) {
			if (!atom_has(p, n, (unsigned char)*s))
				return NULL;
			p += n;
			s++;
			continue;
		}
		while (atom_has(p, n, (unsigned char)s[count]) && (how != '?' || count < 1))
			count++;
		for (; count >= (how == '+'); count--) {
			const char *after = match_here(p + n + r, end, s + count);

			if (after)
				return after;
		}
		return NULL;
	}
	return s;
}

/* The end of one alternative of the pattern. */
static const char *alternative_end(const char *p)
{
	while (*p) {
		if (extended ? *p == '|' : (*p == '\\' && p[1] == '|'))
			return p;
		p += atom_length(p);
	}
	return p;
}

/* The leftmost match in s from `from` on: its start, and its end in *end; null for none. */
static const char *search(const char *s, const char *from, const char **end)
{
	for (const char *at = from;; at++) {
		const char *best = NULL;

		for (const char *p = pattern;;) {
			const char *stop = fixed ? p + strlen(p) : alternative_end(p), *e = NULL;

			if (fixed) {
				size_t i = 0;

				while (p[i] &&
				       folded((unsigned char)p[i]) == folded((unsigned char)at[i]))
					i++;
				e = p[i] ? NULL : at + i;
			} else if (*p == '^' && p < stop) {
				e = at == s ? match_here(p + 1, stop, at) : NULL;
			} else {
				e = match_here(p, stop, at);
			}
			if (e && (!best || e > best))
				best = e;
			if (!*stop)
				break;
			p = stop + (extended ? 1 : 2);
		}
		if (best) {
			*end = best;
			return at;
		}
		if (!*at)
			return NULL;
	}
}

static void put_prefix(const char *name, long number)
{
	if (with_names)
		print("%s:", name);
	if (numbered)
		print("%ld:", number);
}

static void put_line(const char *name, long number)
{
	const char *end, *at;

	if (!only_match) {
		put_prefix(name, number);
		print("%s\n", line);
		return;
	}
	for (at = line; (at = search(line, at, &end)); at = end > at ? end : at + 1) {
		if (end > at) {
			put_prefix(name, number);
			put_bytes(at, (size_t)(end - at));
			put_char('\n');
		}
		if (!*end)
			break;
	}
}

static int grep_one(int fd, const char *name)
{
	long number = 0, count = 0;
	const char *end;

	if (!strcmp(name, "-"))
		name = "(standard input)";
	reader_init(&in, fd);
	while (reader_line(&in, &line, &line_cap, NULL) >= 0) {
		number++;
		if (!search(line, line, &end) != invert)
			continue;
		found_any = true;
		count++;
		if (quiet)
			leave(0);
		if (names_only)
			break;
		if (!counted)
			put_line(name, number);
	}
	if (names_only && count)
		print("%s\n", name);
	if (counted && !names_only) {
		if (with_names)
			print("%s:", name);
		print("%ld\n", count);
	}
	return in.error ? complain(name, in.error) * 2 : 0;
}

static bool has_group(const char *p)
{
	for (; *p; p += atom_length(p))
		if (extended ? *p == '(' || *p == '{' : *p == '\\' && (p[1] == '(' || p[1] == '{'))
			return true;
	return false;
}

int grep_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	int c, status;

	while ((c = option_next(&o, "EFGivncqlohHe:"))) {
		if (c == '?')
			return 2;
		extended |= c == 'E';
		fixed |= c == 'F';
		fold |= c == 'i';
		invert |= c == 'v';
		numbered |= c == 'n';
		counted |= c == 'c';
		quiet |= c == 'q';
		names_only |= c == 'l';
		only_match |= c == 'o';
		with_names |= c == 'H';
		if (c == 'e')
			pattern = o.value;
	}
	if (!pattern && o.at == argc)
		return usage("[-EFivncqlo] PATTERN [FILE...]");
	if (!pattern)
		pattern = argv[o.at++];
	if (!fixed && has_group(pattern))
		return complain("groups and intervals are not served", 0) * 2;
	with_names |= argc - o.at > 1;
	status = each_input(argc, argv, o.at, grep_one);
	return status ? 2 : !found_any;
}
