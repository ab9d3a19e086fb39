/*
 * The grammar of the shell by recursive descent, one token ahead. The end of $(...) inside a word is
 * found by parsing what stands in it, so quotes and `case` patterns in there do not confuse it.
 */
#include "guest/user/sh/sh.h"

enum token {
	T_END,
	T_NEWLINE,
	T_WORD,
	T_REDIR, /* value: fd and type */
	T_AND,
	T_OR,
	T_PIPE,
	T_AMP,
	T_SEMI,
	T_DSEMI,
	T_OPEN,
	T_CLOSE
};

struct pending_here {
	struct pending_here *next;
	struct redir *redir;
	bool strip_tabs;
};

struct parser {
	struct arena *a;
	const char *s;
	size_t pos;   /* after the token */
	size_t start; /* of the token */
	enum token token;
	char *word; /* T_WORD: its raw text */
	enum redir_type redir;
	int redir_fd;
	bool here, strip_tabs; /* T_REDIR: << or <<- */
	struct pending_here *pending;
	const char *error; /* set once; the token is T_END from then on */
	bool incomplete;
};

static void next_token(struct parser *p);
static struct node *parse_list(struct parser *p, bool line);

static void fail(struct parser *p, const char *why, bool incomplete)
{
	if (!p->error) {
		p->error = why;
		p->incomplete = incomplete;
	}
	p->token = T_END;
}

/* The token is not what the grammar wants here. */
static void unexpected(struct parser *p)
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
	bool ok;

	next_token(&p);
	parse_list(&p, false);
	ok = !p.error && p.token == T_CLOSE;
	arena_release(&a, (struct arena_mark){ 0 });
	return ok ? (long)p.pos : -1;
}

/* The position after the `))` that ends the expression at s[i]. */
static long skip_arith(const char *s, size_t i)
{
	int depth = 2;

	while (s[i]) {
		if (s[i] == '\'' || s[i] == '"' || s[i] == '`' ||
		    (s[i] == '$' && s[i + 1] == '(')) {
			long next = parse_skip_quoted(s, i);

			if (next < 0)
				return -1;
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

/* Past the text at s[i] up to `end` (a quotation mark or a brace), with what is quoted in it. */
static long skip_until(const char *s, size_t i, char end)
{
	bool in_double = end == '"';

	while (s[i] && s[i] != end) {
		if (s[i] == '\\') {
			if (!s[i + 1])
				return -1;
			i += 2;
		} else if (s[i] == '`' || s[i] == '$' || (s[i] == '"' && !in_double) ||
			   (s[i] == '\'' && !in_double)) {
			long next = parse_skip_quoted(s, i);

			if (next < 0)
				return -1;
			i = (size_t)next;
		} else {
			i++;
		}
	}
	return s[i] ? (long)i + 1 : -1;
}

long parse_skip_quoted(const char *s, size_t i)
{
	const char *end;

	switch (s[i]) {
	case '\'':
		end = strchr(s + i + 1, '\'');
		return end ? end - s + 1 : -1;
	case '"':
		return skip_until(s, i + 1, '"');
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
			return skip_until(s, i + 2, '}');
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
			long next = parse_skip_quoted(p->s, i);

			if (next < 0) {
				fail(p, "a quotation does not end", true);
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

static void next_token(struct parser *p)
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

static bool at_word(struct parser *p, const char *w)
{
	return p->token == T_WORD && !strcmp(p->word, w);
}

static void expect_word(struct parser *p, const char *w)
{
	if (!at_word(p, w))
		unexpected(p);
	next_token(p);
}

static void skip_newlines(struct parser *p)
{
	while (p->token == T_NEWLINE)
		next_token(p);
}

static struct node *new_node(struct parser *p, enum node_type type, struct node *a, struct node *b)
{
	struct node *n = arena_alloc(p->a, sizeof(*n));

	n->type = type;
	n->a = a;
	n->b = b;
	return n;
}

static struct word **add_word(struct parser *p, struct word **at, char *text)
{
	*at = arena_alloc(p->a, sizeof(**at));
	(*at)->text = text;
	return &(*at)->next;
}

/* The delimiter of a here-document without its quotes; true if it had some. */
static bool unquote_delimiter(char *word)
{
	char *to = word;
	bool quoted = false;

	for (; *word; word++) {
		if (*word == '\'' || *word == '"' || *word == '\\')
			quoted = true;
		else
			*to++ = *word;
	}
	*to = 0;
	return quoted;
}

static void parse_redirection(struct parser *p, struct redir **list)
{
	struct redir *r = arena_alloc(p->a, sizeof(*r));
	bool here = p->here, strip_tabs = p->strip_tabs;

	while (*list)
		list = &(*list)->next;
	r->type = p->redir;
	r->fd = p->redir_fd;
	next_token(p);
	if (p->error)
		return;
	if (p->token != T_WORD) {
		unexpected(p);
		return;
	}
	r->word = p->word;
	*list = r;
	if (here) {
		struct pending_here *h = arena_alloc(p->a, sizeof(*h)), **at = &p->pending;

		if (unquote_delimiter(r->word))
			r->type = R_HERE_RAW;
		h->redir = r;
		h->strip_tabs = strip_tabs;
		while (*at)
			at = &(*at)->next;
		*at = h;
	}
	next_token(p);
}

static bool ends_list(struct parser *p)
{
	static const char *const words[] = {
		"then", "else", "elif", "fi", "do", "done", "esac", "}"
	};

	if (p->token == T_END || p->token == T_CLOSE || p->token == T_DSEMI)
		return true;
	for (size_t i = 0; i < ARRAY_SIZE(words); i++)
		if (at_word(p, words[i]))
			return true;
	return false;
}

/* A list that must have a command in it. */
static struct node *parse_body(struct parser *p)
{
	struct node *n = parse_list(p, false);

	if (!n)
		unexpected(p);
	return n;
}

static struct node *parse_if(struct parser *p)
{
	struct node *n;

	next_token(p);
	n = new_node(p, N_IF, parse_body(p), NULL);
	expect_word(p, "then");
	n->b = parse_body(p);
	if (at_word(p, "elif")) {
		n->c = parse_if(p);
		return n;
	}
	if (at_word(p, "else")) {
		next_token(p);
		n->c = parse_body(p);
	}
	expect_word(p, "fi");
	return n;
}

static struct node *parse_do(struct parser *p)
{
	struct node *n;

	expect_word(p, "do");
	n = parse_body(p);
	expect_word(p, "done");
	return n;
}

static struct node *parse_for(struct parser *p)
{
	struct node *n = new_node(p, N_FOR, NULL, NULL);
	struct word **at = &n->words;

	next_token(p);
	if (p->token != T_WORD) {
		unexpected(p);
		return n;
	}
	n->name = p->word;
	next_token(p);
	skip_newlines(p);
	if (at_word(p, "in")) {
		n->has_list = true;
		for (next_token(p); p->token == T_WORD; next_token(p))
			at = add_word(p, at, p->word);
	}
	if (p->token == T_SEMI)
		next_token(p);
	skip_newlines(p);
	n->a = parse_do(p);
	return n;
}

static struct node *parse_case(struct parser *p)
{
	struct node *n = new_node(p, N_CASE, NULL, NULL);
	struct case_item **item = &n->items;

	next_token(p);
	if (p->token != T_WORD) {
		unexpected(p);
		return n;
	}
	n->name = p->word;
	next_token(p);
	skip_newlines(p);
	expect_word(p, "in");
	skip_newlines(p);
	while (!p->error && !at_word(p, "esac")) {
		struct word **at;

		*item = arena_alloc(p->a, sizeof(**item));
		at = &(*item)->patterns;
		if (p->token == T_OPEN)
			next_token(p);
		while (p->token == T_WORD) {
			at = add_word(p, at, p->word);
			next_token(p);
			if (p->token == T_PIPE)
				next_token(p);
			else
				break;
		}
		if (p->token != T_CLOSE)
			unexpected(p);
		next_token(p);
		(*item)->body = parse_list(p, false);
		item = &(*item)->next;
		if (p->token == T_DSEMI)
			next_token(p);
		else if (!at_word(p, "esac"))
			unexpected(p);
		skip_newlines(p);
	}
	expect_word(p, "esac");
	return n;
}

static struct node *parse_compound(struct parser *p)
{
	struct node *n;

	if (p->token == T_OPEN) {
		next_token(p);
		n = new_node(p, N_SUBSHELL, parse_body(p), NULL);
		if (p->token != T_CLOSE)
			unexpected(p);
		next_token(p);
	} else if (at_word(p, "{")) {
		next_token(p);
		n = new_node(p, N_GROUP, parse_body(p), NULL);
		expect_word(p, "}");
	} else if (at_word(p, "if")) {
		n = parse_if(p);
	} else if (at_word(p, "while") || at_word(p, "until")) {
		n = new_node(p, at_word(p, "while") ? N_WHILE : N_UNTIL, NULL, NULL);
		next_token(p);
		n->a = parse_body(p);
		n->b = parse_do(p);
	} else if (at_word(p, "for")) {
		n = parse_for(p);
	} else if (at_word(p, "case")) {
		n = parse_case(p);
	} else {
		return NULL;
	}
	while (p->token == T_REDIR)
		parse_redirection(p, &n->redirs);
	return n;
}

static struct node *parse_function(struct parser *p, char *name)
{
	struct node *n = new_node(p, N_FUNCTION, NULL, NULL);

	n->name = name;
	next_token(p);
	if (p->token != T_CLOSE)
		unexpected(p);
	next_token(p);
	skip_newlines(p);
	n->a = parse_compound(p);
	if (!n->a)
		unexpected(p);
	return n;
}

static struct node *parse_simple(struct parser *p)
{
	struct node *n = parse_compound(p);
	struct word **assign, **word;

	if (n)
		return n;
	n = new_node(p, N_SIMPLE, NULL, NULL);
	assign = &n->assigns;
	word = &n->words;
	for (;;) {
		if (p->token == T_REDIR) {
			parse_redirection(p, &n->redirs);
		} else if (p->token == T_WORD) {
			if (!n->words && parse_assignment(p->word))
				assign = add_word(p, assign, p->word);
			else
				word = add_word(p, word, p->word);
			next_token(p);
			if (p->token == T_OPEN && n->words && !n->words->next && !n->assigns)
				return parse_function(p, n->words->text);
		} else {
			break;
		}
	}
	if (!n->words && !n->assigns && !n->redirs)
		unexpected(p);
	return n;
}

static struct node *parse_pipeline(struct parser *p)
{
	struct node *first, *n, **at;
	bool negate = false;

	while (at_word(p, "!")) {
		negate = !negate;
		next_token(p);
	}
	n = first = parse_simple(p);
	if (p->token == T_PIPE) {
		n = new_node(p, N_PIPE, first, NULL);
		for (at = &first->next; p->token == T_PIPE; at = &(*at)->next) {
			next_token(p);
			skip_newlines(p);
			*at = parse_simple(p);
		}
	}
	return negate ? new_node(p, N_NOT, n, NULL) : n;
}

static struct node *parse_and_or(struct parser *p)
{
	struct node *n = parse_pipeline(p);

	while (p->token == T_AND || p->token == T_OR) {
		enum node_type type = p->token == T_AND ? N_AND : N_OR;

		next_token(p);
		skip_newlines(p);
		n = new_node(p, type, n, NULL);
		n->b = parse_pipeline(p);
	}
	return n;
}

/* `line`: a newline ends the list (and is the token then). Null for an empty list. */
static struct node *parse_list(struct parser *p, bool line)
{
	struct node *list = NULL;

	if (!line)
		skip_newlines(p);
	while (!p->error && !ends_list(p) && p->token != T_NEWLINE) {
		size_t start = p->start;
		struct node *n = parse_and_or(p);

		if (p->token == T_AMP) {
			n = new_node(p, N_BACKGROUND, n, NULL);
			n->name = arena_string(p->a, p->s + start, p->start - start);
		}
		list = list ? new_node(p, N_SEQUENCE, list, n) : n;
		if (p->token == T_AMP || p->token == T_SEMI)
			next_token(p);
		else if (p->token != T_NEWLINE)
			break;
		if (!line)
			skip_newlines(p);
	}
	return p->error ? NULL : list;
}

enum parse_result parse_command(struct arena *a, const char *text, size_t *pos, struct node **tree,
				const char **error)
{
	struct parser p = { .a = a, .s = text, .pos = *pos };

	next_token(&p);
	skip_newlines(&p);
	if (p.token == T_END && !p.error) {
		*pos = p.pos;
		return PARSE_EMPTY;
	}
	*tree = parse_list(&p, true);
	if (!p.error && p.token != T_NEWLINE && p.token != T_END)
		unexpected(&p);
	*pos = p.pos;
	*error = p.error;
	if (p.error)
		return p.incomplete ? PARSE_INCOMPLETE : PARSE_ERROR;
	return PARSE_COMMAND;
}
