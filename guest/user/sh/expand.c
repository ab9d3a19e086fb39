/*
 * Expansion of words. Each character of a word's expansion carries flags that say whether it was
 * quoted (then no pattern and not split) or came out of a parameter or command (then split); fields
 * and patterns are made of the flagged characters afterwards.
 */
#include "guest/user/sh/sh.h"

#define X_QUOTED 1
#define X_SPLIT	 2
#define X_BREAK	 4 /* the end of one parameter of $@; no character */
#define X_MARK	 8 /* here stood quotation marks, perhaps around nothing; no character */

#define M_DOUBLE 1 /* inside double quotes */
#define M_HERE	 2 /* inside a here-document: as double quotes, but " is itself */

struct flagged {
	char *s;
	unsigned char *flags;
	size_t n, cap;
};

static void expand_part(struct flagged *x, const char *s, const char *end, int mode);

static void put(struct flagged *x, int c, int flags)
{
	if (x->n == x->cap) {
		x->cap = x->cap ? x->cap * 2 : 64;
		x->s = xrealloc(x->s, x->cap);
		x->flags = xrealloc(x->flags, x->cap);
	}
	x->s[x->n] = (char)c;
	x->flags[x->n++] = (unsigned char)flags;
}

static void put_value(struct flagged *x, const char *s, int mode)
{
	while (s && *s)
		put(x, *s++, mode ? X_QUOTED : X_SPLIT);
}

static void flagged_free(struct flagged *x)
{
	xfree(x->s);
	xfree(x->flags);
}

/* The characters alone; with `pattern`, quoted ones that a pattern would notice are escaped. */
static char *flagged_string(struct flagged *x, bool pattern)
{
	char *out = arena_alloc(&sh.temp, 2 * x->n + 1), *to = out;

	for (size_t i = 0; i < x->n; i++) {
		if (x->flags[i] & X_BREAK)
			*to++ = ' ';
		if (x->flags[i] & (X_MARK | X_BREAK))
			continue;
		if (pattern && (x->flags[i] & X_QUOTED) && strchr("*?[]\\-!", x->s[i]))
			*to++ = '\\';
		*to++ = x->s[i];
	}
	return out;
}

static char *expand_range(const char *s, const char *end, int mode, bool pattern)
{
	struct flagged x = { 0 };
	char *out;

	expand_part(&x, s, end, mode);
	out = flagged_string(&x, pattern);
	flagged_free(&x);
	return out;
}

static void put_all_args(struct flagged *x, int mode, bool joined)
{
	const char *ifs = var_get("IFS");

	for (int i = 0; i < sh.nargs; i++) {
		if (mode && !joined)
			put(x, 0, X_MARK);
		put_value(x, sh.args[i], mode);
		if (i + 1 == sh.nargs)
			break;
		if (!joined || !mode)
			put(x, 0, X_BREAK);
		else if (!ifs || *ifs)
			put(x, ifs ? *ifs : ' ', X_QUOTED);
	}
}

/* The value of a parameter other than $@ and $*; null if unset. */
static const char *parameter(const char *name)
{
	char number[24];
	long n = 0;

	switch (name[0]) {
	case '?':
		n = sh.status;
		break;
	case '$':
		n = sh.pid;
		break;
	case '#':
		n = sh.nargs;
		break;
	case '!':
		if (!sh.last_background)
			return NULL;
		n = sh.last_background;
		break;
	case '-':
		format_to(number, sizeof(number), "%s%s%s%s%s", sh.errexit ? "e" : "",
			  sh.noglob ? "f" : "", sh.interactive ? "i" : "", sh.nounset ? "u" : "",
			  sh.xtrace ? "x" : "");
		return arena_string(&sh.temp, number, strlen(number));
	default:
		if (!is_digit(name[0]))
			return var_get(name);
		n = to_long(name, NULL, 10);
		return n == 0 ? sh.name : n <= sh.nargs ? sh.args[n - 1] : NULL;
	}
	format_to(number, sizeof(number), "%ld", n);
	return arena_string(&sh.temp, number, strlen(number));
}

/* The length of the parameter name at s (0: none, so the $ is itself). */
static size_t parameter_length(const char *s, const char *end, bool braces)
{
	size_t n = 0;

	if (s >= end)
		return 0;
	if (is_name_start(*s)) {
		while (s + n < end && is_name(s[n]))
			n++;
	} else if (is_digit(*s)) {
		do
			n++;
		while (braces && s + n < end && is_digit(s[n]));
	} else if (strchr("?$#!-@*", *s)) {
		n = 1;
	}
	return n;
}

/* ${x#pattern} and its three kin: the value without its shortest or longest matching end. */
static char *trim(const char *value, const char *pattern, bool prefix, bool longest)
{
	size_t n = strlen(value);
	char *s = arena_string(&sh.temp, value, n);

	for (size_t k = 0; k <= n; k++) {
		size_t cut = longest ? n - k : k;

		if (prefix) {
			char kept = s[cut];

			s[cut] = 0;
			if (pattern_match(pattern, s))
				return arena_string(&sh.temp, value + cut, n - cut);
			s[cut] = kept; /* the next try may be longer */
		} else if (pattern_match(pattern, s + n - cut)) {
			s[n - cut] = 0;
			return s;
		}
	}
	return s;
}

/* ${name-word}, ${name=word}, ${name?word}, ${name+word}, with or without the colon. */
static void expand_default(struct flagged *x, const char *name, const char *value, int op,
			   const char *word, const char *end, int mode)
{
	char *text;

	switch (op) {
	case '+':
		if (value)
			expand_part(x, word, end, mode);
		return;
	case '-':
		if (value)
			put_value(x, value, mode);
		else
			expand_part(x, word, end, mode);
		return;
	case '=':
		if (!value) {
			value = expand_range(word, end, mode, false);
			var_set(name, value, 0);
		}
		put_value(x, value, mode);
		return;
	case '?':
		if (value) {
			put_value(x, value, mode);
			return;
		}
		text = expand_range(word, end, mode, false);
		shell_error(name, *text ? text : "parameter not set");
		shell_abort(1);
	}
}

static bool check_set(const char *name, const char *value)
{
	if (value || !sh.nounset)
		return true;
	shell_error(name, "parameter not set");
	shell_abort(1);
	return false;
}

/* ${...}: s is after the brace, end at the closing one. */
static void expand_braces(struct flagged *x, const char *s, const char *end, int mode)
{
	bool length = *s == '#' && s + 1 < end && parameter_length(s + 1, end, true) > 0;
	const char *op, *value;
	char *name, number[24];
	size_t n;

	s += length;
	n = parameter_length(s, end, true);
	name = arena_string(&sh.temp, s, n);
	op = s + n;
	if (!n || (length && op < end)) {
		shell_error(arena_string(&sh.temp, s, (size_t)(end - s)), "bad substitution");
		shell_abort(2);
		return;
	}
	if ((*name == '@' || *name == '*') && op == end && !length) {
		put_all_args(x, mode, *name == '*');
		return;
	}
	value = *name == '@' || *name == '*' ? (sh.nargs ? "1" : NULL) : parameter(name);
	if (length) {
		if (check_set(name, value)) {
			format_to(number, sizeof(number), "%lu", value ? strlen(value) : 0ul);
			put_value(x, number, mode);
		}
	} else if (op == end) {
		if (check_set(name, value))
			put_value(x, value, mode);
	} else if (*op == '#' || *op == '%') {
		bool longest = op + 1 < end && op[1] == *op;
		char *pattern = expand_range(op + 1 + longest, end, 0, true);

		if (check_set(name, value))
			put_value(x, trim(value ? value : "", pattern, *op == '#', longest), mode);
	} else {
		if (*op == ':') {
			op++;
			if (value && !*value)
				value = NULL;
		}
		if (op < end && strchr("-=?+", *op)) {
			expand_default(x, name, value, *op, op + 1, end, mode);
		} else {
			shell_error(name, "bad substitution");
			shell_abort(2);
		}
	}
}

static void expand_arith(struct flagged *x, const char *s, const char *end, int mode)
{
	char *expression = expand_range(s, end, M_HERE, false);
	char number[24];
	long value;

	if (arith_eval(expression, &value)) {
		format_to(number, sizeof(number), "%ld", value);
		put_value(x, number, mode);
	}
}

/* At a $; returns where to go on. */
static const char *expand_dollar(struct flagged *x, const char *s, const char *end, int mode)
{
	const char *after = s + parse_skip_quoted(s, 0, mode != 0);
	size_t n;

	if (s[1] == '(' && s[2] == '(' && after[-2] == ')' && after - s >= 5) {
		expand_arith(x, s + 3, after - 2, mode);
		return after;
	}
	if (s[1] == '(') {
		put_value(x, exec_output(arena_string(&sh.temp, s + 2, (size_t)(after - s) - 3)),
			  mode);
		return after;
	}
	if (s[1] == '{') {
		expand_braces(x, s + 2, after - 1, mode);
		return after;
	}
	n = parameter_length(s + 1, end, false);
	if (!n) {
		put(x, '$', mode ? X_QUOTED : 0);
		return s + 1;
	}
	if (s[1] == '@' || s[1] == '*') {
		put_all_args(x, mode, s[1] == '*');
	} else {
		char *name = arena_string(&sh.temp, s + 1, n);
		const char *value = parameter(name);

		if (check_set(name, value))
			put_value(x, value, mode);
	}
	return s + 1 + n;
}

/* At a `; returns where to go on. */
static const char *expand_backquote(struct flagged *x, const char *s, int mode)
{
	const char *after = s + parse_skip_quoted(s, 0, mode != 0);
	char *text = arena_alloc(&sh.temp, (size_t)(after - s)), *to = text;

	for (s++; s < after - 1; s++) {
		if (*s == '\\' && (strchr("`$\\", s[1]) || (mode && s[1] == '"')))
			s++;
		*to++ = *s;
	}
	put_value(x, exec_output(text), mode);
	return after;
}

static const char *expand_backslash(struct flagged *x, const char *s, const char *end, int mode)
{
	if (s + 1 >= end) {
		put(x, '\\', X_QUOTED);
		return s + 1;
	}
	if (s[1] == '\n')
		return s + 2;
	if (mode && !(strchr("$`\\", s[1]) || (s[1] == '"' && mode == M_DOUBLE))) {
		put(x, '\\', X_QUOTED);
		return s + 1;
	}
	put(x, s[1], X_QUOTED);
	return s + 2;
}

static const char *expand_double(struct flagged *x, const char *s)
{
	const char *after = s + parse_skip_quoted(s, 0, false);
	bool only_args = after - s == 4 && s[1] == '$' && s[2] == '@';

	if (!only_args || sh.nargs)
		put(x, 0, X_MARK);
	expand_part(x, s + 1, after - 1, M_DOUBLE);
	return after;
}

static void expand_part(struct flagged *x, const char *s, const char *end, int mode)
{
	while (s < end && !sh.unwind) {
		if (*s == '\\') {
			s = expand_backslash(x, s, end, mode);
		} else if (*s == '$') {
			s = expand_dollar(x, s, end, mode);
		} else if (*s == '`') {
			s = expand_backquote(x, s, mode);
		} else if (*s == '\'' && !mode) {
			put(x, 0, X_MARK);
			for (s++; *s != '\''; s++)
				put(x, *s, X_QUOTED);
			s++;
		} else if (*s == '"' && mode == M_DOUBLE) {
			s++; /* the quotes of "${x:-"y"}" */
		} else if (*s == '"' && !mode) {
			s = expand_double(x, s);
		} else {
			put(x, *s++, mode ? X_QUOTED : 0);
		}
	}
}

/* A word from its beginning, where a ~ stands for $HOME. */
static void expand_word(struct flagged *x, const char *s)
{
	const char *home = var_get("HOME");

	if (s[0] == '~' && (!s[1] || s[1] == '/') && home) {
		put_value(x, home, M_DOUBLE);
		s++;
	}
	expand_part(x, s, s + strlen(s), 0);
}

char *expand_string(const char *raw)
{
	struct flagged x = { 0 };
	char *out;

	expand_word(&x, raw);
	out = flagged_string(&x, false);
	flagged_free(&x);
	return out;
}

char *expand_pattern(const char *raw)
{
	return expand_range(raw, raw + strlen(raw), 0, true);
}

char *expand_here(const char *raw)
{
	return expand_range(raw, raw + strlen(raw), M_HERE, false);
}

/* The list of fields being made. */
struct fields {
	char **list;
	int n, cap;
	struct flagged now;
	bool have;
};

static void add_field(void *to, const char *s)
{
	struct fields *f = to;

	if (f->n + 1 >= f->cap) {
		f->cap = f->cap ? f->cap * 2 : 16;
		f->list = xrealloc(f->list, sizeof(char *) * (size_t)f->cap);
	}
	f->list[f->n++] = arena_string(&sh.temp, s, strlen(s));
}

static void end_field(struct fields *f, bool even_empty)
{
	bool magic = false;

	if (f->have || even_empty) {
		for (size_t i = 0; i < f->now.n; i++)
			magic |= !(f->now.flags[i] & X_QUOTED) && strchr("*?[", f->now.s[i]);
		if (!magic || sh.noglob ||
		    !glob_expand(flagged_string(&f->now, true), add_field, f))
			add_field(f, flagged_string(&f->now, false));
	}
	f->now.n = 0;
	f->have = false;
}

static void split(struct fields *f, struct flagged *x)
{
	const char *ifs = var_get("IFS");
	bool after_blank = false; /* a blank ended a field: the next delimiter belongs to it */

	if (!ifs)
		ifs = " \t\n";
	for (size_t i = 0; i < x->n; i++) {
		int c = x->s[i], flags = x->flags[i];

		if (flags & X_BREAK) {
			end_field(f, false);
		} else if (flags & X_MARK) {
			f->have = true;
		} else if ((flags & X_SPLIT) && strchr(ifs, c)) {
			if (is_space(c)) {
				after_blank |= f->have;
				end_field(f, false);
			} else {
				end_field(f, !after_blank);
				after_blank = false;
			}
			continue;
		} else {
			put(&f->now, c, flags);
			f->have = true;
		}
		after_blank = false;
	}
	end_field(f, false);
}

char **expand_words(struct word *words, int *count)
{
	struct fields f = { 0 };
	char **out;

	for (; words && !sh.unwind; words = words->next) {
		struct flagged x = { 0 };

		expand_word(&x, words->text);
		split(&f, &x);
		flagged_free(&x);
	}
	out = arena_alloc(&sh.temp, sizeof(char *) * (size_t)(f.n + 1));
	if (f.n)
		memcpy(out, f.list, sizeof(char *) * (size_t)f.n);
	flagged_free(&f.now);
	xfree(f.list);
	*count = f.n;
	return out;
}
