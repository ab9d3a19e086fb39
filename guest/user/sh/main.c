/* The shell's command line and its ways to get at commands. */
#include "guest/user/sh/sh.h"

struct shell sh;

static bool is_terminal(int fd)
{
	char termios[64];

	return sys_ioctl(fd, TCGETS, termios) >= 0;
}

static void prompt(bool more)
{
	const char *text = var_get(more ? "PS2" : "PS1");
	char cwd[256];

	if (text)
		eprint("%s", text);
	else if (more)
		eprint("> ");
	else
		eprint("%s $ ", sys_getcwd(cwd, sizeof(cwd)) > 0 ? cwd : "?");
}

/* Runs the complete commands at the front of `t`; false when the last one wants more lines. */
static bool run_complete(struct text *t, bool at_end)
{
	size_t pos = 0;

	for (;;) {
		struct arena tree = { 0 };
		struct node *n = NULL;
		const char *error;
		size_t start = pos;
		enum parse_result r = parse_command(&tree, text_end(t), &pos, &n, &error);

		sh.tree = &tree;
		sh.keep_tree = false;
		if (r == PARSE_COMMAND)
			exec_node(n, false);
		else if (r == PARSE_ERROR || (r == PARSE_INCOMPLETE && at_end)) {
			shell_error("syntax error", error);
			shell_abort(2);
		}
		if (!sh.keep_tree)
			arena_release(&tree, (struct arena_mark){ 0 });
		if (r == PARSE_INCOMPLETE && !at_end) {
			memmove(t->s, t->s + start, t->n - start);
			t->n -= start;
			return false;
		}
		if (r != PARSE_COMMAND || sh.unwind) {
			t->n = 0;
			return true;
		}
	}
}

/* Commands from standard input, line by line, so that they may read the rest of it themselves. */
static void read_commands(void)
{
	struct text t = { 0 };
	bool end = false, more = false;

	while (!end) {
		struct arena_mark mark = arena_mark(&sh.temp);

		if (sh.interactive) {
			job_poll(true);
			if (sh.job_control)
				sys_ioctl(2, TIOCSPGRP, &sh.pid);
			prompt(more);
		}
		read_script_line(0, &t, &end);
		if (sh.interrupted) {
			sh.interrupted = sh.any_pending = false;
			eprint("\n");
			t.n = 0;
			end = more = false;
			continue;
		}
		more = !run_complete(&t, end);
		if (sh.unwind == UNWIND_RETURN)
			break;
		sh.unwind = UNWIND_NONE;
		sh.interrupted = false;
		sh.loop_depth = sh.no_errexit = 0;
		arena_release(&sh.temp, mark);
	}
	if (sh.interactive)
		eprint("\n");
}

static int run_script(const char *path)
{
	long err = -ENOENT;
	int fd = sys_open(path, O_RDONLY | O_CLOEXEC, 0);
	char *text;

	if (fd < 0 || !(text = read_file(fd, NULL, &err))) {
		shell_error(path, error_name(fd < 0 ? fd : err));
		return fd == -ENOENT ? 127 : 126;
	}
	sys_close(fd);
	return exec_text(text, true);
}

static int usage(void)
{
	eprint("usage: sh [-efiux] [-c COMMANDS | FILE] [ARGUMENT...]\n");
	return 2;
}

/* The options of the command line; the index of what follows them, or -1. */
static int parse_options(int argc, char **argv, bool *commands)
{
	int i = 1;

	for (; i < argc && argv[i][0] == '-' && argv[i][1]; i++) {
		if (!strcmp(argv[i], "--"))
			return i + 1;
		for (char *p = argv[i] + 1; *p; p++) {
			switch (*p) {
			case 'c':
				*commands = true;
				break;
			case 'e':
				sh.errexit = true;
				break;
			case 'f':
				sh.noglob = true;
				break;
			case 'i':
				sh.interactive = true;
				break;
			case 's':
				break;
			case 'u':
				sh.nounset = true;
				break;
			case 'x':
				sh.xtrace = true;
				break;
			default:
				return -1;
			}
		}
	}
	return i;
}

int main(int argc, char **argv, char **envp)
{
	bool commands = false;
	char *text = NULL;
	char cwd[256];
	int i;

	out_failure_noted = true;
	sh.name = "sh";
	sh.pid = sys_getpid();
	var_import(envp);
	if (sys_getcwd(cwd, sizeof(cwd)) > 0)
		var_set("PWD", cwd, 0);
	i = parse_options(argc, argv, &commands);
	if (i < 0 || (commands && i == argc))
		return usage();
	if (commands)
		text = argv[i++];
	if (commands && i < argc)
		sh.name = argv[i++];
	else if (!commands && i < argc)
		sh.name = argv[i];
	sh.args = argv + i + (!commands && i < argc);
	sh.nargs = argc - (int)(sh.args - argv);
	if (commands)
		shell_exit(exec_text(text, true));
	if (i < argc)
		shell_exit(run_script(argv[i]));
	if (is_terminal(0) && is_terminal(2))
		sh.interactive = true;
	if (sh.interactive) {
		interactive_signals();
		job_setup();
	}
	read_commands();
	shell_exit(sh.status);
}
