/* What the two halves of the parser share: lex.c makes tokens, parse.c makes trees of them. */
#ifndef GUEST_USER_PARSER_H
#define GUEST_USER_PARSER_H

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

/* lex.c */
void parser_next(struct parser *p);
void parser_unexpected(struct parser *p); /* the token is not what the grammar wants here */

/* parse.c: `line`: a newline ends the list (and is the token then). Null for an empty list. */
struct node *parser_list(struct parser *p, bool line);

#endif
