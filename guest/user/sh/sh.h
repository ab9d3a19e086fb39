/*
 * The shell: text becomes a tree of commands (parse.c), words are expanded when a command runs
 * (expand.c, arith.c, glob.c), and commands run here or in children (exec.c, redir.c, job.c,
 * builtin.c). A word stays raw text, quotes and all, until it is expanded.
 *
 * Memory: a tree lives in the arena of the line that it was read from; expansions live in `temp`,
 * marked before and released after each command. Nothing jumps: break, return, an error of
 * expansion and Ctrl-C set `sh.unwind`, which everything that runs commands looks at.
 */
#ifndef GUEST_USER_SH_H
#define GUEST_USER_SH_H

#include "guest/user/lib/sys.h"
#include "guest/user/lib/tiny.h"

/* arena.c */
struct arena_block;
struct arena {
	struct arena_block *head;
};
struct arena_mark {
	struct arena_block *block;
	size_t used;
};
void *arena_alloc(struct arena *a, size_t n); /* zeroed */
char *arena_string(struct arena *a, const char *s, size_t n);
struct arena_mark arena_mark(struct arena *a);
void arena_release(struct arena *a, struct arena_mark m);

/* A string that grows, in the heap. */
struct text {
	char *s;
	size_t n, cap;
};
void text_put(struct text *t, int c);
void text_add(struct text *t, const char *s);
char *text_end(struct text *t); /* NUL-terminated; never null */

/* parse.c */
enum node_type {
	N_SIMPLE,     /* assigns, words */
	N_PIPE,	      /* a, then a->next ... */
	N_AND,	      /* a && b */
	N_OR,	      /* a || b */
	N_SEQUENCE,   /* a ; b */
	N_BACKGROUND, /* a &; name is its text */
	N_NOT,	      /* ! a */
	N_SUBSHELL,   /* ( a ) */
	N_GROUP,      /* { a } */
	N_IF,	      /* if a; then b; else c */
	N_WHILE,      /* while a; do b */
	N_UNTIL,
	N_FOR,	   /* for name in words; do a (no words list: "$@") */
	N_CASE,	   /* case name in items */
	N_FUNCTION /* name() a */
};

enum redir_type { R_IN, R_OUT, R_APPEND, R_READ_WRITE, R_DUP, R_HERE, R_HERE_RAW };

struct word {
	struct word *next;
	char *text;
};

struct redir {
	struct redir *next;
	enum redir_type type;
	int fd;
	char *word; /* target, or the text of the here-document */
};

struct case_item {
	struct case_item *next;
	struct word *patterns;
	struct node *body;
};

struct node {
	enum node_type type;
	bool has_list; /* N_FOR: `in` was given */
	struct node *a, *b, *c, *next;
	struct word *assigns, *words;
	struct redir *redirs;
	struct case_item *items;
	char *name;
};

enum parse_result { PARSE_COMMAND, PARSE_EMPTY, PARSE_INCOMPLETE, PARSE_ERROR };
/*
 * One complete command (up to a newline that ends it) of text[*pos...], advancing *pos. EMPTY: only
 * blanks were left. INCOMPLETE: the text ended inside the command; *error says inside of what.
 */
enum parse_result parse_command(struct arena *a, const char *text, size_t *pos, struct node **tree,
				const char **error);
/*
 * The position after the quotation, $(...), ${...}, $((...)) or `...` at s[i]; `in_double`: that
 * stands between double quotes. -1: it does not end; -2: it cannot, for a syntax error in it.
 */
long parse_skip_quoted(const char *s, size_t i, bool in_double);
/* For "name=..." the position of the '=', else 0. */
size_t parse_assignment(const char *s);

/* expand.c: results live in `sh.temp`. */
char **expand_words(struct word *words, int *count);
char *expand_string(const char *raw);  /* no splitting, no file names */
char *expand_pattern(const char *raw); /* the same, quoted magic escaped */
char *expand_here(const char *raw);    /* as a here-document */
/* glob.c: adds sorted matches by calling `add`; returns how many. */
int glob_expand(const char *pattern, void (*add)(void *to, const char *path), void *to);
/* arith.c: false after a message (and sh.unwind set). */
bool arith_eval(const char *expression, long *value);

/* var.c */
#define VAR_EXPORT   1
#define VAR_READONLY 2
struct var {
	struct var *next;
	char *name, *value; /* value null: unset but exported or read-only */
	int flags;
};
struct saved_var {
	struct saved_var *next;
	char *name, *value;
	int flags;
};
void var_import(char **envp);
const char *var_get(const char *name);
bool var_set(const char *name, const char *value, int add_flags);
bool var_unset(const char *name);
void var_save(struct saved_var **list, const char *name);
void var_restore(struct saved_var **list);
char **var_environment(void); /* in sh.temp */
void var_list(int with_flags, const char *prefix);

/* exec.c */
enum unwind { UNWIND_NONE, UNWIND_BREAK, UNWIND_CONTINUE, UNWIND_RETURN, UNWIND_ABORT };
struct function {
	struct function *next;
	char *name;
	struct node *body;
};
/* `last`: nothing follows in this process, so the last command may take its place. */
int exec_node(struct node *n, bool last);
int exec_text(const char *text, bool last); /* eval, ., -c, scripts */
struct function *function_find(const char *name);
void function_remove(const char *name);
void run_traps(void);
void trap_reset(void); /* in a child: what is not ignored is default again */
void __attribute__((noreturn)) shell_exit(int status);
void read_script_line(int fd, struct text *t, bool *end); /* line by line, no byte too many */

/* program.c */
int exec_program(char **argv, bool only_path);
char *exec_find(const char *name);   /* full path in sh.temp, or null */
char *exec_output(const char *text); /* what $(text) stands for, in sh.temp */

/* redir.c */
struct saved_fd {
	struct saved_fd *next;
	int fd, copy; /* copy -1: it was closed */
};
bool redir_apply(struct redir *list, struct saved_fd **saved); /* saved null: for good */
void redir_undo(struct saved_fd *saved);

/* job.c */
struct job {
	struct job *next;
	int id, pgid, count, left;
	bool background, stopped, reported;
	int status; /* of the last process */
	int *pids;
	char *name;
};
struct job *job_new(const char *name, bool background);
int job_fork(struct job *j); /* 0 in the child, which is set up; negated error */
int job_wait(struct job *j); /* foreground: its exit status */
void job_poll(bool tell);
void job_forget_all(void); /* in a subshell */
int job_wait_any(void);	   /* one wait4; false when there is nothing to wait for or a signal came */
struct job *job_find(const char *spec);
void job_setup(void);
int job_resume(struct job *j, bool foreground);
void job_list(void);
void job_free(struct job *j);

/* builtin.c */
void interactive_signals(void);
typedef int builtin_fn(int argc, char **argv);
builtin_fn *builtin_find(const char *name, bool *special);

struct shell {
	struct arena temp;
	struct arena *tree; /* of the command that is running */
	bool keep_tree;	    /* it holds a function */
	int status, last_background, pid;
	int substitution_status;
	bool interactive, job_control;
	bool errexit, nounset, xtrace, noglob;
	int no_errexit; /* depth of conditions */
	enum unwind unwind;
	int unwind_levels, loop_depth, function_depth;
	char **args; /* $1... */
	int nargs;
	const char *name; /* $0 */
	struct function *functions;
	struct saved_var **locals; /* of the running function */
	struct job *jobs;
	char *traps[65];
	volatile bool trap_pending[65], any_pending, interrupted;
};
extern struct shell sh;

int shell_error(const char *what, const char *why); /* "sh: what: why", returns 1 */
/* An error that ends a script and, interactively, the line. */
void shell_abort(int status);

#endif
