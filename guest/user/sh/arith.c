/* $((...)): C's integer expressions on 64 bits, by precedence climbing. */
#include "guest/user/sh/sh.h"

struct arith {
	const char *s;
	int skip; /* depth of operands that are not evaluated */
	bool failed;
};

// clang-format off
/* Longer spellings first. Level 1 binds least; `?:` and assignment are apart. */
static const struct {
	char text[3];
	char level;
	char op;
} operators[] = {
	{ "||", 1, 'o' }, { "&&", 2, 'a' }, { "==", 6, 'e' }, { "!=", 6, 'n' },
	{ "<<", 8, 'l' }, { ">>", 8, 'r' }, { "<=", 7, 'L' }, { ">=", 7, 'G' },
	{ "<", 7, '<' },  { ">", 7, '>' },  { "|", 3, '|' },  { "^", 4, '^' },
	{ "&", 5, '&' },  { "+", 9, '+' },  { "-", 9, '-' },  { "*", 10, '*' },
	{ "/", 10, '/' }, { "%", 10, '%' },
};
// clang-format on

static long comma(struct arith *a);
static long ternary(struct arith *a);

static long bad(struct arith *a, const char *why)
{
	if (!a->failed)
		shell_error("arithmetic", why);
	a->failed = true;
	a->s = "";
	return 0;
}

static void blanks(struct arith *a)
{
	while (is_space(*a->s))
		a->s++;
}

static long apply(struct arith *a, int op, long x, long y)
{
	unsigned long ux = (unsigned long)x, uy = (unsigned long)y;

	switch (op) {
	case 'e':
		return x == y;
	case 'n':
		return x != y;
	case '<':
		return x < y;
	case '>':
		return x > y;
	case 'L':
		return x <= y;
	case 'G':
		return x >= y;
	case 'l':
		return (long)(ux << (uy & 63));
	case 'r':
		return x >> (uy & 63);
	case '|':
		return x | y;
	case '^':
		return x ^ y;
	case '&':
		return x & y;
	case '+':
		return (long)(ux + uy);
	case '-':
		return (long)(ux - uy);
	case '*':
		return (long)(ux * uy);
	}
	if (a->skip)
		return 0;
	if (!y)
		return bad(a, "division by zero");
	if (y == -1)
		return op == '/' ? (long)-ux : 0;
	return op == '/' ? x / y : x % y;
}

static long variable_value(const char *name)
{
	const char *v = var_get(name);

	return v ? to_long(v, NULL, 0) : 0;
}

static void assign(struct arith *a, const char *name, long value)
{
	char number[24];

	if (a->skip)
		return;
	format_to(number, sizeof(number), "%ld", value);
	if (!var_set(name, number, 0))
		bad(a, "read-only variable");
}

/* The operator at s, its length in *n; *assigns if a '=' follows that makes it an assignment. */
static int find_operator(const char *s, size_t *n, bool *assigns)
{
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
		*n = strlen(operators[i].text);
		if (strncmp(s, operators[i].text, *n))
			continue;
		*assigns = operators[i].level != 6 && operators[i].level != 7 &&
			   operators[i].level > 2 && s[*n] == '=' && s[*n + 1] != '=';
		return (int)i;
	}
	return -1;
}

static long name_or_assignment(struct arith *a)
{
	const char *start = a->s;
	char *name;
	bool assigns;
	size_t n;
	long value;
	int i;

	while (is_name(*a->s))
		a->s++;
	name = arena_string(&sh.temp, start, (size_t)(a->s - start));
	blanks(a);
	if ((a->s[0] == '+' || a->s[0] == '-') && a->s[1] == a->s[0]) {
		value = variable_value(name);
		assign(a, name, value + (a->s[0] == '+' ? 1 : -1));
		a->s += 2;
		return value;
	}
	if (a->s[0] == '=' && a->s[1] != '=') {
		a->s++;
		value = ternary(a);
	} else {
		i = find_operator(a->s, &n, &assigns);
		if (i < 0 || !assigns)
			return variable_value(name);
		a->s += n + 1;
		value = ternary(a);
		value = apply(a, operators[i].op, variable_value(name), value);
	}
	assign(a, name, value);
	return value;
}

static long unary(struct arith *a)
{
	char *end;
	long v;
	int c;

	blanks(a);
	c = *a->s;
	if ((c == '+' || c == '-') && a->s[1] == c && is_name_start(a->s[2])) {
		const char *start = a->s + 2;
		char *name;

		for (a->s = start; is_name(*a->s); a->s++)
			;
		name = arena_string(&sh.temp, start, (size_t)(a->s - start));
		v = variable_value(name) + (c == '+' ? 1 : -1);
		assign(a, name, v);
		return v;
	}
	if (c == '-' || c == '+' || c == '!' || c == '~') {
		a->s++;
		v = unary(a);
		return c == '-' ? (long)-(unsigned long)v : c == '!' ? !v : c == '~' ? ~v : v;
	}
	if (c == '(') {
		a->s++;
		v = comma(a);
		blanks(a);
		if (*a->s != ')')
			return bad(a, "missing )");
		a->s++;
		return v;
	}
	if (is_name_start(c))
		return name_or_assignment(a);
	v = to_long(a->s, &end, 0);
	if (end == a->s || is_name(*end))
		return bad(a, "a number, a name or ( was expected");
	a->s = end;
	return v;
}

static long binary(struct arith *a, int level)
{
	long x = unary(a);

	for (;;) {
		bool assigns, skip;
		size_t n;
		long y;
		int i;

		blanks(a);
		i = find_operator(a->s, &n, &assigns);
		if (i < 0 || operators[i].level < level || a->failed)
			return x;
		a->s += n;
		skip = (operators[i].op == 'a' && !x) || (operators[i].op == 'o' && x);
		a->skip += skip;
		y = binary(a, operators[i].level + 1);
		a->skip -= skip;
		if (operators[i].op == 'a')
			x = x && y;
		else if (operators[i].op == 'o')
			x = x || y;
		else
			x = apply(a, operators[i].op, x, y);
	}
}

static long ternary(struct arith *a)
{
	long x = binary(a, 1), y, z;

	blanks(a);
	if (*a->s != '?')
		return x;
	a->s++;
	a->skip += !x;
	y = ternary(a);
	a->skip -= !x;
	blanks(a);
	if (*a->s != ':')
		return bad(a, "missing :");
	a->s++;
	a->skip += !!x;
	z = ternary(a);
	a->skip -= !!x;
	return x ? y : z;
}

static long comma(struct arith *a)
{
	long x = ternary(a);

	while (blanks(a), *a->s == ',') {
		a->s++;
		x = ternary(a);
	}
	return x;
}

bool arith_eval(const char *expression, long *value)
{
	struct arith a = { expression, 0, false };

	blanks(&a);
	*value = *a.s ? comma(&a) : 0;
	blanks(&a);
	if (*a.s)
		bad(&a, "syntax error");
	if (a.failed)
		shell_abort(2);
	return !a.failed;
}
