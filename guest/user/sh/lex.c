/*
 * Tokens. The end of $(...) inside a word is found by parsing what stands in it, so that quotes and
 * `case` patterns in there do not confuse it.
 */
#include "guest/user/sh/parser.h"

static void fail(struct parser *p, const char *why, bool incomplete)
{
	if (!p->error) {
		p->error = why;
		p->incomplete = incomplete;
	}
	p->token = T_END;
}

/* The token is not what the grammar wants here. */
void parser_unexpected(struct parser *p)
{
	static char text[64];

	if (p->token == T_END) {
		fail(p, "unexpected end of file", true);
		return;
	}
	format_to(text, sizeof(text), "unexpected %.40s",
		  p->token == T_NEWLINE ? "newline"
		  : p->token == T_WORD	? p->word
					: arena_string(p->a, p->s + p->start, p->pos - p->start));
	fail(p, text, false);
}

/* The position after the `)` that ends the commands at s[i]. */
static long skip_commands(const char *s, size_t i)
{
	struct arena a = { 0 };
	struct parser p = { .a = &a, .s = s, .pos = i };
	long after;

	parser_next(&p);
	parser_list(&p, false);
	after = !p.error && p.token == T_CLOSE ? (long)p.pos
		: p.token == T_END && !p.error ? -1
		: p.incomplete		       ? -1
					       : -2;
	arena_release(&a, (struct arena_mark){ 0 });
	return after;
}

/* The position after the `))` that ends the expression at s[i]. */
static long skip_arith(const char *s, size_t i)
{
	int depth = 2;

	while (s[i]) {
		if (s[i] == '\'' || s[i] == '"' || s[i] == '`' ||
		    (s[i] == '$' && s[i + 1] == '(')) {
			long next = parse_skip_quoted(s, i, true);

			if (next < 0)
				return next;
			i = (size_t)next;
			continue;
		}
		depth += s[i] == '(';
		depth -= s[i] == ')';
		i++;
		if (!depth)
			return (long)i;
	}
	return -1;
}

/*
 * Past the text at s[i] up to `end` (a quotation mark or a brace), with what is quoted in it.
 * `in_double`: it stands between double quotes, where ' is itself.
 */
static long skip_until(const char *s, size_t i, char end, bool in_double)
{
	while (s[i] && s[i] != end) {
		if (s[i] == '\\') {
			if (!s[i + 1])
				return -1;
			i += 2;
		} else if (s[i] == '`' || s[i] == '$' || s[i] == '"' ||
			   (s[i] == '\'' && !in_double)) {
			long next = parse_skip_quoted(s, i, in_double);

			if (next < 0)
				return next;
			i = (size_t)next;
		} else {
			i++;
		}
	}
	return s[i] ? (long)i + 1 : -1;
}

long parse_skip_quoted(const char *s, size_t i, bool in_double)
{
	const char *end;

	switch (s[i]) {
	case '\'':
		end = strchr(s + i + 1, '\'');
		return end ? end - s + 1 : -1;
	case '"':
		return skip_until(s, i + 1, '"', true);
	case '`':
		for (i++; s[i] != '`'; i++) {
			if (s[i] == '\\')
				i++;
			if (!s[i])
				return -1;
		}
		return (long)i + 1;
	case '$':
		if (s[i + 1] == '(' && s[i + 2] == '(') {
			long after = skip_arith(s, i + 3);

			/* "$((" may also begin a command that begins with a subshell. */
			if (after > 0 && s[after - 2] == ')')
				return after;
		}
		if (s[i + 1] == '(')
			return skip_commands(s, i + 2);
		if (s[i + 1] == '{')
			return skip_until(s, i + 2, '}', in_double);
		return (long)i + 1;
	}
	return (long)i + 1;
}

size_t parse_assignment(const char *s)
{
	size_t i = 0;

	if (!is_name_start(s[0]))
		return 0;
	while (is_name(s[i]))
		i++;
	return s[i] == '=' ? i : 0;
}

/* The here-documents announced on the line that has just ended. */
static void read_here_documents(struct parser *p)
{
	for (; p->pending; p->pending = p->pending->next) {
		struct redir *r = p->pending->redir;
		struct text body = { 0 };
		bool found = false;

		while (!found && p->s[p->pos]) {
			size_t n;

			while (p->pending->strip_tabs && p->s[p->pos] == '\t')
				p->pos++;
			for (n = 0; p->s[p->pos + n] && p->s[p->pos + n] != '\n'; n++)
				;
			found = n == strlen(r->word) && !strncmp(p->s + p->pos, r->word, n);
			if (p->s[p->pos + n])
				n++;
			for (size_t i = 0; !found && i < n; i++)
				text_put(&body, p->s[p->pos + i]);
			p->pos += n;
		}
		r->word = arena_string(p->a, text_end(&body), body.n);
		xfree(body.s);
		if (!found)
			fail(p, "here-document does not end", true);
	}
}

static void lex_word(struct parser *p)
{
	size_t i = p->pos;

	while (p->s[i] && !strchr(" \t\n;&|<>()", p->s[i])) {
		if (p->s[i] == '\\') {
			if (!p->s[i + 1]) {
				fail(p, "unexpected end of file", true);
				return;
			}
			i += 2;
		} else if (strchr("'\"`$", p->s[i])) {
			long next = parse_skip_quoted(p->s, i, false);

			if (next < 0) {
				fail(p, next == -1 ? "a quotation does not end" : "in $( )",
				     next == -1);
				return;
			}
			i = (size_t)next;
		} else {
			i++;
		}
	}
	p->token = T_WORD;
	p->word = arena_string(p->a, p->s + p->pos, i - p->pos);
	p->pos = i;
}

static void lex_redirection(struct parser *p, int fd)
{
	const char *s = p->s + p->pos;

	p->token = T_REDIR;
	p->here = p->strip_tabs = false;
	p->redir_fd = fd >= 0 ? fd : *s == '>';
	p->pos += 2;
	if (s[0] == '<' && s[1] == '<') {
		p->redir = R_HERE;
		p->here = true;
		p->strip_tabs = s[2] == '-';
		p->pos += p->strip_tabs;
	} else if (s[1] == '&') {
		p->redir = R_DUP;
	} else if (s[0] == '<' && s[1] == '>') {
		p->redir = R_READ_WRITE;
	} else if (s[0] == '>' && s[1] == '>') {
		p->redir = R_APPEND;
	} else {
		p->redir = s[0] == '<' ? R_IN : R_OUT;
		p->pos -= !(s[0] == '>' && s[1] == '|');
	}
}

void parser_next(struct parser *p)
{
	static const struct {
		char text[3];
		enum token token;
	} operators[] = {
		{ "&&", T_AND }, { "||", T_OR },  { ";;", T_DSEMI }, { "&", T_AMP },
		{ "|", T_PIPE }, { ";", T_SEMI }, { "(", T_OPEN },   { ")", T_CLOSE },
	};
	size_t digits;

	if (p->error)
		return;
	for (;;) {
		if (p->s[p->pos] == ' ' || p->s[p->pos] == '\t')
			p->pos++;
		else if (p->s[p->pos] == '\\' && p->s[p->pos + 1] == '\n')
			p->pos += 2;
		else
			break;
	}
	if (p->s[p->pos] == '#')
		while (p->s[p->pos] && p->s[p->pos] != '\n')
			p->pos++;
	p->start = p->pos;
	if (!p->s[p->pos]) {
		p->token = T_END;
		if (p->pending)
			fail(p, "here-document does not end", true);
		return;
	}
	if (p->s[p->pos] == '\n') {
		p->pos++;
		p->token = T_NEWLINE;
		read_here_documents(p);
		return;
	}
	for (digits = 0; is_digit(p->s[p->pos + digits]); digits++)
		;
	if (digits < 4 && (p->s[p->pos + digits] == '<' || p->s[p->pos + digits] == '>')) {
		int fd = digits ? (int)to_long(p->s + p->pos, NULL, 10) : -1;

		p->pos += digits;
		lex_redirection(p, fd);
		return;
	}
	for (size_t i = 0; i < ARRAY_SIZE(operators); i++) {
		size_t n = strlen(operators[i].text);

		if (!strncmp(p->s + p->pos, operators[i].text, n)) {
			p->token = operators[i].token;
			p->pos += n;
			return;
		}
	}
	lex_word(p);
}
