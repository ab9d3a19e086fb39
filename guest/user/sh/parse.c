/* The grammar of the shell by recursive descent, one token ahead. */
#include "guest/user/sh/parser.h"

static bool at_word(struct parser *p, const char *w)
{
	return p->token == T_WORD && !strcmp(p->word, w);
}

static void expect_word(struct parser *p, const char *w)
{
	if (!at_word(p, w))
		parser_unexpected(p);
	parser_next(p);
}

static void skip_newlines(struct parser *p)
{
	while (p->token == T_NEWLINE)
		parser_next(p);
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
	parser_next(p);
	if (p->error)
		return;
	if (p->token != T_WORD) {
		parser_unexpected(p);
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
	parser_next(p);
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
	struct node *n = parser_list(p, false);

	if (!n)
		parser_unexpected(p);
	return n;
}

static struct node *parse_if(struct parser *p)
{
	struct node *n;

	parser_next(p);
	n = new_node(p, N_IF, parse_body(p), NULL);
	expect_word(p, "then");
	n->b = parse_body(p);
	if (at_word(p, "elif")) {
		n->c = parse_if(p);
		return n;
	}
	if (at_word(p, "else")) {
		parser_next(p);
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

	parser_next(p);
	if (p->token != T_WORD) {
		parser_unexpected(p);
		return n;
	}
	n->name = p->word;
	parser_next(p);
	skip_newlines(p);
	if (at_word(p, "in")) {
		n->has_list = true;
		for (parser_next(p); p->token == T_WORD; parser_next(p))
			at = add_word(p, at, p->word);
	}
	if (p->token == T_SEMI)
		parser_next(p);
	skip_newlines(p);
	n->a = parse_do(p);
	return n;
}

static struct node *parse_case(struct parser *p)
{
	struct node *n = new_node(p, N_CASE, NULL, NULL);
	struct case_item **item = &n->items;

	parser_next(p);
	if (p->token != T_WORD) {
		parser_unexpected(p);
		return n;
	}
	n->name = p->word;
	parser_next(p);
	skip_newlines(p);
	expect_word(p, "in");
	skip_newlines(p);
	while (!p->error && !at_word(p, "esac")) {
		struct word **at;

		*item = arena_alloc(p->a, sizeof(**item));
		at = &(*item)->patterns;
		if (p->token == T_OPEN)
			parser_next(p);
		while (p->token == T_WORD) {
			at = add_word(p, at, p->word);
			parser_next(p);
			if (p->token == T_PIPE)
				parser_next(p);
			else
				break;
		}
		if (p->token != T_CLOSE)
			parser_unexpected(p);
		parser_next(p);
		(*item)->body = parser_list(p, false);
		item = &(*item)->next;
		if (p->token == T_DSEMI)
			parser_next(p);
		else if (!at_word(p, "esac"))
			parser_unexpected(p);
		skip_newlines(p);
	}
	expect_word(p, "esac");
	return n;
}

static struct node *parse_compound(struct parser *p)
{
	struct node *n;

	if (p->token == T_OPEN) {
		parser_next(p);
		n = new_node(p, N_SUBSHELL, parse_body(p), NULL);
		if (p->token != T_CLOSE)
			parser_unexpected(p);
		parser_next(p);
	} else if (at_word(p, "{")) {
		parser_next(p);
		n = new_node(p, N_GROUP, parse_body(p), NULL);
		expect_word(p, "}");
	} else if (at_word(p, "if")) {
		n = parse_if(p);
	} else if (at_word(p, "while") || at_word(p, "until")) {
		n = new_node(p, at_word(p, "while") ? N_WHILE : N_UNTIL, NULL, NULL);
		parser_next(p);
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
	parser_next(p);
	if (p->token != T_CLOSE)
		parser_unexpected(p);
	parser_next(p);
	skip_newlines(p);
	n->a = parse_compound(p);
	if (!n->a)
		parser_unexpected(p);
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
			parser_next(p);
			if (p->token == T_OPEN && n->words && !n->words->next && !n->assigns)
				return parse_function(p, n->words->text);
		} else {
			break;
		}
	}
	if (!n->words && !n->assigns && !n->redirs)
		parser_unexpected(p);
	return n;
}

static struct node *parse_pipeline(struct parser *p)
{
	struct node *first, *n, **at;
	bool negate = false;

	while (at_word(p, "!")) {
		negate = !negate;
		parser_next(p);
	}
	n = first = parse_simple(p);
	if (p->token == T_PIPE) {
		n = new_node(p, N_PIPE, first, NULL);
		for (at = &first->next; p->token == T_PIPE; at = &(*at)->next) {
			parser_next(p);
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

		parser_next(p);
		skip_newlines(p);
		n = new_node(p, type, n, NULL);
		n->b = parse_pipeline(p);
	}
	return n;
}

/* `line`: a newline ends the list (and is the token then). Null for an empty list. */
struct node *parser_list(struct parser *p, bool line)
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
			parser_next(p);
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

	parser_next(&p);
	skip_newlines(&p);
	if (p.token == T_END && !p.error) {
		*pos = p.pos;
		return PARSE_EMPTY;
	}
	*tree = parser_list(&p, true);
	if (!p.error && p.token != T_NEWLINE && p.token != T_END)
		parser_unexpected(&p);
	*pos = p.pos;
	*error = p.error;
	if (p.error)
		return p.incomplete ? PARSE_INCOMPLETE : PARSE_ERROR;
	return PARSE_COMMAND;
}
