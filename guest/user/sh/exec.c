/* Running trees of commands. */
#include "guest/user/sh/sh.h"

static int exec_simple(struct node *n, bool last);

int shell_error(const char *what, const char *why)
{
	eprint("%s: %s: %s\n", sh.name, what, why);
	return 1;
}

void shell_abort(int status)
{
	sh.status = status;
	if (!sh.interactive)
		shell_exit(status);
	sh.unwind = UNWIND_ABORT;
}

void shell_exit(int status)
{
	char *trap = sh.traps[0];

	if (trap) {
		sh.traps[0] = NULL;
		sh.status = status;
		sh.unwind = UNWIND_NONE;
		exec_text(trap, false);
	}
	leave(status);
}

void trap_reset(void)
{
	struct sigaction act = { .sa_handler = SIG_DFL };

	for (int sig = 0; sig < 65; sig++) {
		if (sh.traps[sig] && *sh.traps[sig]) {
			if (sig)
				sys_sigaction(sig, &act, NULL);
			sh.traps[sig] = NULL;
		}
		sh.trap_pending[sig] = false;
	}
	sh.traps[0] = NULL;
	sh.any_pending = false;
}

void run_traps(void)
{
	sh.any_pending = false;
	if (sh.interrupted && sh.interactive && !sh.traps[SIGINT]) {
		sh.interrupted = false;
		eprint("\n");
		shell_abort(130);
		return;
	}
	for (int sig = 1; sig < 65; sig++) {
		int status = sh.status;

		if (!sh.trap_pending[sig])
			continue;
		sh.trap_pending[sig] = false;
		if (sh.traps[sig])
			exec_text(sh.traps[sig], false);
		sh.status = status;
	}
}

struct function *function_find(const char *name)
{
	struct function *f = sh.functions;

	while (f && strcmp(f->name, name))
		f = f->next;
	return f;
}

void function_remove(const char *name)
{
	for (struct function **at = &sh.functions; *at; at = &(*at)->next)
		if (!strcmp((*at)->name, name)) {
			*at = (*at)->next;
			return;
		}
}

static int define_function(struct node *n)
{
	struct function *f = function_find(n->name);

	if (!f) {
		f = xcalloc(1, sizeof(*f));
		f->next = sh.functions;
		f->name = n->name;
		sh.functions = f;
	}
	f->body = n->a;
	sh.keep_tree = true;
	return 0;
}

static int call_function(struct function *f, int argc, char **argv)
{
	struct saved_var *locals = NULL, **outer = sh.locals;
	char **args = sh.args;
	int nargs = sh.nargs, depth = sh.loop_depth, status;

	if (sh.function_depth >= 500) {
		shell_error(f->name, "functions nest too deep");
		shell_abort(2);
		return 2;
	}
	sh.args = argv + 1;
	sh.nargs = argc - 1;
	sh.locals = &locals;
	sh.loop_depth = 0;
	sh.function_depth++;
	status = exec_node(f->body, false);
	if (sh.unwind == UNWIND_RETURN) {
		sh.unwind = UNWIND_NONE;
		status = sh.status;
	}
	sh.function_depth--;
	sh.loop_depth = depth;
	sh.locals = outer;
	sh.args = args;
	sh.nargs = nargs;
	var_restore(&locals);
	return status;
}

static bool assign(struct word *w, int flags, struct saved_var **save)
{
	size_t n = parse_assignment(w->text);
	char *name = arena_string(&sh.temp, w->text, n);
	char *value = expand_string(w->text + n + 1);

	if (sh.unwind)
		return false;
	if (save)
		var_save(save, name);
	if (sh.xtrace)
		eprint("+ %s=%s\n", name, value);
	return var_set(name, value, flags);
}

static bool assign_all(struct word *list, int flags, struct saved_var **save)
{
	for (; list; list = list->next)
		if (!assign(list, flags, save))
			return false;
	return true;
}

static void trace(char **argv)
{
	if (!sh.xtrace)
		return;
	eprint("+");
	for (; *argv; argv++)
		eprint(" %s", *argv);
	eprint("\n");
}

/* A builtin or a function: here, with its redirections and assignments undone afterwards. */
static int run_inside(struct node *n, int argc, char **argv, builtin_fn *builtin, bool special)
{
	struct function *f = function_find(argv[0]);
	struct saved_fd *saved = NULL;
	struct saved_var *vars = NULL;
	bool for_good = builtin && !f && !strcmp(argv[0], "exec") && argc == 1;
	int status = 1;

	if (redir_apply(n->redirs, for_good ? NULL : &saved)) {
		if (assign_all(n->assigns, special && !f ? 0 : VAR_EXPORT,
			       special && !f ? NULL : &vars)) {
			out_failed = false;
			status = f ? call_function(f, argc, argv) : builtin(argc, argv);
			flush_out();
			if (out_failed && !status)
				status = 1;
		}
	} else if (special && !f) {
		shell_abort(1);
	}
	var_restore(&vars);
	redir_undo(saved);
	return status;
}

static int run_outside(struct node *n, char **argv, bool last)
{
	struct job *j = NULL;
	int pid = 0;

	if (!last) {
		j = job_new(argv[0], false);
		pid = job_fork(j);
		if (pid < 0) {
			job_free(j);
			return 126;
		}
	}
	if (pid == 0) {
		flush_out();
		if (!redir_apply(n->redirs, NULL) || !assign_all(n->assigns, VAR_EXPORT, NULL))
			leave(1);
		leave(exec_program(argv, false));
	}
	return job_wait(j);
}

static int exec_simple(struct node *n, bool last)
{
	struct arena_mark mark = arena_mark(&sh.temp);
	struct saved_fd *saved = NULL;
	bool special = false;
	builtin_fn *builtin;
	char **argv;
	int argc, status;

	sh.substitution_status = 0;
	argv = expand_words(n->words, &argc);
	if (sh.unwind) {
		status = sh.status;
	} else if (!argc) {
		status = redir_apply(n->redirs, &saved) && assign_all(n->assigns, 0, NULL)
				 ? sh.substitution_status
				 : 1;
		redir_undo(saved);
	} else {
		trace(argv);
		builtin = builtin_find(argv[0], &special);
		if (builtin || function_find(argv[0]))
			status = run_inside(n, argc, argv, builtin, special);
		else
			status = run_outside(n, argv, last && !sh.traps[0]);
	}
	arena_release(&sh.temp, mark);
	return status;
}

static int exec_pipeline(struct node *n)
{
	struct job *j = job_new("pipeline", false);
	int in = -1, fds[2];

	for (struct node *stage = n->a; stage; stage = stage->next) {
		bool more = stage->next;
		int pid;

		if (more && sys_pipe(fds) < 0) {
			shell_error("pipe", "cannot be made");
			more = false;
		}
		pid = job_fork(j);
		if (pid == 0) {
			if (in >= 0) {
				sys_dup2(in, 0);
				sys_close(in);
			}
			if (more) {
				sys_close(fds[0]);
				if (fds[1] != 1) {
					sys_dup2(fds[1], 1);
					sys_close(fds[1]);
				}
			}
			shell_exit(exec_node(stage, true));
		}
		if (in >= 0)
			sys_close(in);
		in = -1;
		if (more) {
			sys_close(fds[1]);
			in = fds[0];
		}
		if (pid < 0 || (!more && stage->next))
			break;
	}
	if (in >= 0)
		sys_close(in);
	return job_wait(j);
}

/* ( ... ) and ... & : the tree in a child. */
static int exec_forked(struct node *n, bool background)
{
	struct job *j = job_new(n->name ? n->name : "( )", background);
	int pid = job_fork(j);

	if (pid == 0) {
		if (!redir_apply(background ? NULL : n->redirs, NULL))
			leave(1);
		shell_exit(exec_node(n->a, true));
	}
	if (pid < 0) {
		job_free(j);
		return 126;
	}
	if (!background)
		return job_wait(j);
	sh.last_background = pid;
	if (sh.interactive)
		eprint("[%d] %d\n", j->id, pid);
	return 0;
}

static int exec_condition(struct node *n)
{
	int status;

	sh.no_errexit++;
	status = exec_node(n, false);
	sh.no_errexit--;
	return status;
}

/* After one round of a loop: does it go on? */
static bool loop_goes_on(void)
{
	if (sh.unwind != UNWIND_BREAK && sh.unwind != UNWIND_CONTINUE)
		return !sh.unwind;
	if (--sh.unwind_levels > 0)
		return false;
	if (sh.unwind == UNWIND_CONTINUE) {
		sh.unwind = UNWIND_NONE;
		return true;
	}
	sh.unwind = UNWIND_NONE;
	return false;
}

static int exec_while(struct node *n)
{
	int status = 0;

	sh.loop_depth++;
	for (;;) {
		bool holds = !exec_condition(n->a);

		if (sh.unwind) {
			if (!loop_goes_on())
				break;
			continue;
		}
		if (holds != (n->type == N_WHILE))
			break;
		status = exec_node(n->b, false);
		if (!loop_goes_on())
			break;
	}
	sh.loop_depth--;
	return sh.unwind ? sh.status : status;
}

static int exec_for(struct node *n)
{
	struct arena_mark mark = arena_mark(&sh.temp);
	int count = sh.nargs, status = 0;
	char **values = sh.args;

	if (n->has_list) {
		values = expand_words(n->words, &count);
	} else {
		values = arena_alloc(&sh.temp, sizeof(char *) * (size_t)(count + 1));
		memcpy(values, sh.args, sizeof(char *) * (size_t)count);
	}
	sh.loop_depth++;
	for (int i = 0; i < count && !sh.unwind; i++) {
		if (!var_set(n->name, values[i], 0)) {
			status = 1;
			break;
		}
		status = exec_node(n->a, false);
		if (!loop_goes_on())
			break;
	}
	sh.loop_depth--;
	arena_release(&sh.temp, mark);
	return sh.unwind ? sh.status : status;
}

static int exec_case(struct node *n, bool last)
{
	struct arena_mark mark = arena_mark(&sh.temp);
	char *value = expand_string(n->name);
	struct case_item *found = NULL;
	int status = 0;

	for (struct case_item *i = n->items; i && !found && !sh.unwind; i = i->next)
		for (struct word *w = i->patterns; w && !found; w = w->next)
			if (pattern_match(expand_pattern(w->text), value))
				found = i;
	if (found && found->body && !sh.unwind)
		status = exec_node(found->body, last);
	arena_release(&sh.temp, mark);
	return sh.unwind ? sh.status : status;
}

static int exec_plain(struct node *n, bool last)
{
	int status;

	switch (n->type) {
	case N_SIMPLE:
		return exec_simple(n, last);
	case N_PIPE:
		return exec_pipeline(n);
	case N_SUBSHELL:
		return exec_forked(n, false);
	case N_BACKGROUND:
		return exec_forked(n, true);
	case N_FUNCTION:
		return define_function(n);
	case N_SEQUENCE:
		exec_node(n->a, false);
		return sh.unwind ? sh.status : exec_node(n->b, last);
	case N_GROUP:
		return exec_node(n->a, last);
	case N_AND:
	case N_OR:
		status = exec_condition(n->a);
		if (sh.unwind || !status != (n->type == N_AND))
			return status;
		return exec_node(n->b, last);
	case N_NOT:
		status = !exec_condition(n->a);
		return sh.unwind ? sh.status : status;
	case N_IF:
		status = exec_condition(n->a);
		if (sh.unwind)
			return sh.status;
		return !status ? exec_node(n->b, last) : n->c ? exec_node(n->c, last) : 0;
	case N_WHILE:
	case N_UNTIL:
		return exec_while(n);
	case N_FOR:
		return exec_for(n);
	case N_CASE:
		return exec_case(n, last);
	}
	return 0;
}

int exec_node(struct node *n, bool last)
{
	bool own_redirs = n && n->redirs && n->type != N_SIMPLE && n->type != N_SUBSHELL;
	struct arena_mark mark = arena_mark(&sh.temp);
	struct saved_fd *saved = NULL;
	int status = 1;

	if (sh.any_pending)
		run_traps();
	if (!n || sh.unwind)
		return sh.status;
	if (!own_redirs)
		status = exec_plain(n, last);
	else if (redir_apply(n->redirs, &saved))
		status = exec_plain(n, false);
	redir_undo(saved);
	if (own_redirs)
		arena_release(&sh.temp, mark);
	sh.status = status;
	if (sh.any_pending)
		run_traps();
	if (status && sh.errexit && !sh.no_errexit && !sh.unwind &&
	    (n->type == N_SIMPLE || n->type == N_PIPE || n->type == N_SUBSHELL))
		shell_exit(status);
	return sh.status;
}

static bool only_blanks(const char *s)
{
	while (is_space(*s))
		s++;
	return !*s;
}

int exec_text(const char *text, bool last)
{
	struct arena *outer_tree = sh.tree;
	bool outer_keep = sh.keep_tree;
	size_t pos = 0;

	if (only_blanks(text))
		return sh.status = 0;
	while (!sh.unwind) {
		struct arena tree = { 0 };
		struct node *n = NULL;
		const char *error;
		enum parse_result r = parse_command(&tree, text, &pos, &n, &error);

		sh.tree = &tree;
		sh.keep_tree = false;
		if (r == PARSE_COMMAND) {
			exec_node(n, last && only_blanks(text + pos));
		} else if (r != PARSE_EMPTY) {
			shell_error("syntax error", error);
			shell_abort(2);
		}
		if (!sh.keep_tree)
			arena_release(&tree, (struct arena_mark){ 0 });
		if (r != PARSE_COMMAND)
			break;
	}
	sh.tree = outer_tree;
	sh.keep_tree = outer_keep;
	return sh.status;
}
