/* Builtin commands that concern the shell's own state. */
#include "guest/user/sh/sh.h"

static int do_true(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

static int do_false(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 1;
}

static int do_cd(int argc, char **argv)
{
	const char *to = argc > 1 ? argv[1] : var_get("HOME");
	char cwd[PAGE_BYTES];
	int err;

	if (to && !strcmp(to, "-")) {
		to = var_get("OLDPWD");
		if (to)
			print("%s\n", to);
	}
	if (!to)
		return shell_error("cd", "no such place");
	err = sys_chdir(to);
	if (err < 0)
		return shell_error(to, error_name(err));
	var_set("OLDPWD", var_get("PWD") ? var_get("PWD") : "", 0);
	if (sys_getcwd(cwd, sizeof(cwd)) > 0)
		var_set("PWD", cwd, 0);
	return 0;
}

static int do_pwd(int argc, char **argv)
{
	char cwd[PAGE_BYTES];
	int err = sys_getcwd(cwd, sizeof(cwd));

	(void)argc;
	(void)argv;
	if (err < 0)
		return shell_error("pwd", error_name(err));
	print("%s\n", cwd);
	return 0;
}

static int number_argument(int argc, char **argv, int otherwise)
{
	return argc > 1 ? (int)to_long(argv[1], NULL, 10) : otherwise;
}

static int do_exit(int argc, char **argv)
{
	shell_exit(number_argument(argc, argv, sh.status) & 255);
}

static int do_return(int argc, char **argv)
{
	sh.unwind = UNWIND_RETURN;
	return sh.status = number_argument(argc, argv, sh.status) & 255;
}

static int do_break(int argc, char **argv)
{
	int levels = number_argument(argc, argv, 1);

	if (sh.loop_depth) {
		sh.unwind = argv[0][0] == 'b' ? UNWIND_BREAK : UNWIND_CONTINUE;
		sh.unwind_levels = levels < sh.loop_depth ? levels : sh.loop_depth;
	}
	return 0;
}

/* export and readonly */
static int do_export(int argc, char **argv)
{
	int flag = argv[0][0] == 'e' ? VAR_EXPORT : VAR_READONLY, status = 0;

	if (argc == 1 || !strcmp(argv[1], "-p")) {
		var_list(flag, flag == VAR_EXPORT ? "export " : "readonly ");
		return 0;
	}
	for (int i = 1; i < argc; i++) {
		size_t n = parse_assignment(argv[i]);
		char *name = arena_string(&sh.temp, argv[i], n ? n : strlen(argv[i]));

		if (!is_name_start(*name))
			status = shell_error(name, "not a name");
		else if (!var_set(name, n ? argv[i] + n + 1 : NULL, flag))
			status = 1;
	}
	return status;
}

static int do_local(int argc, char **argv)
{
	if (!sh.locals)
		return shell_error("local", "not in a function");
	for (int i = 1; i < argc; i++) {
		size_t n = parse_assignment(argv[i]);
		char *name = arena_string(&sh.temp, argv[i], n ? n : strlen(argv[i]));

		var_save(sh.locals, name);
		if (n && !var_set(name, argv[i] + n + 1, 0))
			return 1;
	}
	return 0;
}

static int do_unset(int argc, char **argv)
{
	int status = 0, i = 1;
	bool function = argc > 1 && !strcmp(argv[1], "-f");

	if (argc > 1 && argv[1][0] == '-')
		i++;
	for (; i < argc; i++) {
		if (function)
			function_remove(argv[i]);
		else if (!var_unset(argv[i]))
			status = 1;
	}
	return status;
}

static void set_arguments(char **argv, int n)
{
	/* The old list may be in use by whoever called us, so it is left to itself. */
	char **copy = xmalloc(sizeof(char *) * (size_t)(n + 1));

	for (int i = 0; i < n; i++)
		copy[i] = xstrdup(argv[i]);
	copy[n] = NULL;
	sh.args = copy;
	sh.nargs = n;
}

static bool *option_flag(int letter)
{
	switch (letter) {
	case 'e':
		return &sh.errexit;
	case 'f':
		return &sh.noglob;
	case 'u':
		return &sh.nounset;
	case 'x':
		return &sh.xtrace;
	}
	return NULL;
}

static int do_set(int argc, char **argv)
{
	int i = 1;

	if (argc == 1) {
		var_list(0, "");
		return 0;
	}
	for (; i < argc && (argv[i][0] == '-' || argv[i][0] == '+') && argv[i][1]; i++) {
		if (!strcmp(argv[i], "--"))
			break;
		for (char *p = argv[i] + 1; *p; p++) {
			if (!option_flag(*p))
				return shell_error(argv[i], "no such option");
			*option_flag(*p) = argv[i][0] == '-';
		}
	}
	if (i < argc) {
		i += !strcmp(argv[i], "--");
		set_arguments(argv + i, argc - i);
	}
	return 0;
}

static int do_shift(int argc, char **argv)
{
	int n = number_argument(argc, argv, 1);

	if (n < 0 || n > sh.nargs)
		return shell_error("shift", "not so many");
	sh.args += n;
	sh.nargs -= n;
	return 0;
}

void read_script_line(int fd, struct text *t, bool *end)
{
	char buf[128];
	bool seekable = sys_lseek(fd, 0, 1) >= 0;

	*end = false;
	for (;;) {
		long n = sys_read(fd, buf, seekable ? sizeof(buf) : 1), i;

		if (n == -EINTR && !sh.any_pending)
			continue;
		if (n <= 0) {
			*end = true;
			return;
		}
		for (i = 0; i < n && buf[i] != '\n'; i++)
			if (buf[i])
				text_put(t, buf[i]);
		if (i < n) {
			text_put(t, '\n');
			if (i + 1 < n)
				sys_lseek(fd, i + 1 - n, 1);
			return;
		}
	}
}

/* The next field of *s for `read`; the last variable takes all that is left. */
static char *take_field(char **s, bool last, bool raw)
{
	const char *ifs = var_get("IFS");
	char *out = arena_string(&sh.temp, *s, strlen(*s)), *to = out, *keep;

	if (!ifs)
		ifs = " \t\n";
	while (**s && strchr(ifs, **s) && is_space(**s))
		(*s)++;
	keep = to;
	while (**s && (last || !strchr(ifs, **s))) {
		if (**s == '\\' && !raw && (*s)[1]) {
			(*s)++;
			keep = to + 1;
		}
		*to++ = *(*s)++;
		if (!strchr(ifs, to[-1]) || !is_space(to[-1]))
			keep = to;
	}
	if (!last) {
		keep = to;
	} else if (keep > out && strchr(ifs, keep[-1]) && !is_space(keep[-1])) {
		/* A delimiter that only ends the last field is no part of it. */
		char *p = out;

		while (p < keep - 1 && !strchr(ifs, *p))
			p++;
		if (p == keep - 1)
			keep--;
	}
	while (**s && strchr(ifs, **s) && is_space(**s))
		(*s)++;
	if (**s && strchr(ifs, **s))
		(*s)++;
	*keep = 0;
	return out;
}

static int do_read(int argc, char **argv)
{
	struct text line = { 0 };
	bool raw = false, end;
	char *rest;
	int i = 1;

	for (; i < argc && argv[i][0] == '-'; i++) {
		if (argv[i][1] == 'r')
			raw = true;
		else if (argv[i][1] == 'p' && i + 1 < argc)
			eprint("%s", argv[++i]);
		else
			return shell_error(argv[i], "no such option");
	}
	for (;;) {
		read_script_line(0, &line, &end);
		if (line.n && line.s[line.n - 1] == '\n')
			line.n--;
		if (raw || end || !line.n || line.s[line.n - 1] != '\\')
			break;
		line.n--; /* the line goes on */
	}
	rest = text_end(&line);
	if (i == argc) {
		var_set("REPLY", rest, 0);
	} else {
		for (; i < argc; i++)
			var_set(argv[i], take_field(&rest, i + 1 == argc, raw), 0);
	}
	xfree(line.s);
	return end;
}

static int do_eval(int argc, char **argv)
{
	struct text t = { 0 };
	int status;

	for (int i = 1; i < argc; i++) {
		text_add(&t, argv[i]);
		text_put(&t, ' ');
	}
	status = exec_text(text_end(&t), false);
	xfree(t.s);
	return status;
}

static int do_dot(int argc, char **argv)
{
	char *path = argc > 1 ? strchr(argv[1], '/') ? argv[1] : exec_find(argv[1]) : NULL, *text;
	long err = -ENOENT;
	int fd, status;

	if (argc > 1 && !path)
		path = argv[1];
	fd = path ? sys_open(path, O_RDONLY, 0) : -ENOENT;
	if (fd < 0 || !(text = read_file(fd, NULL, &err))) {
		shell_error(path ? path : ".", error_name(fd < 0 ? fd : err));
		shell_abort(1);
		return 1;
	}
	sys_close(fd);
	status = exec_text(text, false);
	if (sh.unwind == UNWIND_RETURN)
		sh.unwind = UNWIND_NONE;
	xfree(text);
	return status;
}

static int do_exec(int argc, char **argv)
{
	int status;

	if (argc == 1)
		return 0;
	flush_out();
	trap_reset();
	status = exec_program(argv + 1, false);
	if (!sh.interactive)
		leave(status);
	return status;
}

static int do_umask(int argc, char **argv)
{
	int mask;

	if (argc > 1) {
		sys_umask((int)to_long(argv[1], NULL, 8) & 0777);
		return 0;
	}
	mask = sys_umask(0);
	sys_umask(mask);
	print("%04o\n", (unsigned)mask);
	return 0;
}

static int do_wait(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc || i == 1; i++) {
		struct job *j = i < argc ? job_find(argv[i]) : NULL;

		if (i < argc && !j) {
			status = 127;
			continue;
		}
		for (;;) {
			bool left = j ? j->left : false;

			for (struct job *k = sh.jobs; !j && k; k = k->next)
				left |= k->left && !k->stopped;
			if (!left || job_wait_any() == -ECHILD)
				break;
			if (sh.any_pending)
				return 130;
		}
		if (j) {
			status = j->status;
			job_free(j);
		}
		while (i >= argc && sh.jobs && !sh.jobs->left)
			job_free(sh.jobs);
	}
	return status;
}

static int do_jobs(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	job_list();
	return 0;
}

static int do_fg(int argc, char **argv)
{
	struct job *j = job_find(argc > 1 ? argv[1] : NULL);

	if (!j || !sh.job_control)
		return shell_error(argv[0], "no such job");
	return job_resume(j, argv[0][0] == 'f');
}

/* Jobs become the numbers of their process groups, after a -- so that none is taken for a signal. */
static int do_kill(int argc, char **argv)
{
	char **args = arena_alloc(&sh.temp, sizeof(char *) * (size_t)(argc + 2));
	bool jobs = false;
	int n = 0;

	for (int i = 0; i < argc; i++) {
		struct job *j = argv[i][0] == '%' ? job_find(argv[i]) : NULL;

		if (argv[i][0] != '%') {
			args[n++] = argv[i];
			continue;
		}
		if (!j)
			return shell_error(argv[i], "no such job");
		if (!jobs)
			args[n++] = "--";
		jobs = true;
		args[n] = arena_alloc(&sh.temp, 24);
		format_to(args[n++], 24, "%d", sh.job_control ? -j->pgid : j->pgid);
	}
	return kill_main(n, args);
}

static void on_signal(int sig)
{
	sh.trap_pending[sig] = true;
	sh.any_pending = true;
	sh.interrupted |= sig == SIGINT;
}

static int do_trap(int argc, char **argv)
{
	bool reset = argc == 2 || (argc > 2 && !strcmp(argv[1], "-"));
	int status = 0;

	if (argc == 1) {
		for (int sig = 0; sig < 65; sig++)
			if (sh.traps[sig])
				print("trap -- '%s' %s\n", sh.traps[sig],
				      sig ? signal_name(sig) : "EXIT");
		return 0;
	}
	for (int i = argc == 2 ? 1 : 2; i < argc; i++) {
		int sig = strcmp(argv[i], "EXIT") ? signal_number(argv[i]) : 0;
		struct sigaction act = { .sa_handler = reset	  ? SIG_DFL
						       : *argv[1] ? on_signal
								  : SIG_IGN };

		if (sig < 0) {
			status = shell_error(argv[i], "no such signal");
			continue;
		}
		if (reset && sig == SIGINT && sh.interactive)
			act.sa_handler = on_signal;
		xfree(sh.traps[sig]);
		sh.traps[sig] = reset ? NULL : xstrdup(argv[1]);
		if (sig)
			sys_sigaction(sig, &act, NULL);
	}
	return status;
}

static int describe(const char *name, bool path_only)
{
	bool special;
	char *path;

	if (builtin_find(name, &special) || function_find(name)) {
		print(path_only ? "%s\n" : "%s is a shell %s\n", name,
		      function_find(name) ? "function" : "builtin");
		return 0;
	}
	path = exec_find(name);
	if (!path || sys_access(path, 1) < 0) {
		if (!path_only)
			shell_error(name, "not found");
		return 127;
	}
	if (path_only)
		print("%s\n", path);
	else
		print("%s is %s\n", name, path);
	return 0;
}

static int do_type(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++)
		status |= describe(argv[i], false);
	return status;
}

static int do_command(int argc, char **argv)
{
	builtin_fn *b;
	bool special;
	struct job *j;

	if (argc > 2 && !strcmp(argv[1], "-v"))
		return describe(argv[2], true);
	if (argc < 2)
		return 0;
	b = builtin_find(argv[1], &special);
	if (b)
		return b(argc - 1, argv + 1);
	j = job_new(argv[1], false);
	if (job_fork(j) == 0)
		leave(exec_program(argv + 1, false));
	return job_wait(j);
}

// clang-format off
static const struct {
	const char *name;
	builtin_fn *fn;
	bool special; /* its assignments stay, its errors end a script */
} builtins[] = {
	{ ":", do_true, true },		{ ".", do_dot, true },		{ "[", test_main, false },
	{ "bg", do_fg, false },		{ "break", do_break, true },	{ "cd", do_cd, false },
	{ "command", do_command, false },				{ "continue", do_break, true },
	{ "echo", echo_main, false },	{ "eval", do_eval, true },	{ "exec", do_exec, true },
	{ "exit", do_exit, true },	{ "export", do_export, true },	{ "false", do_false, false },
	{ "fg", do_fg, false },		{ "jobs", do_jobs, false },	{ "kill", do_kill, false },
	{ "local", do_local, false },	{ "printf", printf_main, false },
	{ "pwd", do_pwd, false },	{ "read", do_read, false },	{ "readonly", do_export, true },
	{ "return", do_return, true },	{ "set", do_set, true },	{ "shift", do_shift, true },
	{ "test", test_main, false },	{ "trap", do_trap, true },	{ "true", do_true, false },
	{ "type", do_type, false },	{ "umask", do_umask, false },	{ "unset", do_unset, true },
	{ "wait", do_wait, false },
};
// clang-format on

builtin_fn *builtin_find(const char *name, bool *special)
{
	for (size_t i = 0; i < ARRAY_SIZE(builtins); i++)
		if (!strcmp(builtins[i].name, name)) {
			*special = builtins[i].special;
			return builtins[i].fn;
		}
	return NULL;
}

/* Ctrl-C interrupts what an interactive shell does, never the shell. */
void interactive_signals(void)
{
	struct sigaction catch = { .sa_handler = on_signal }, ignore = { .sa_handler = SIG_IGN };

	sys_sigaction(SIGINT, &catch, NULL);
	sys_sigaction(SIGQUIT, &ignore, NULL);
	sys_sigaction(SIGTERM, &ignore, NULL);
	sys_sigaction(SIGTSTP, &ignore, NULL);
	sys_sigaction(SIGTTIN, &ignore, NULL);
	sys_sigaction(SIGTTOU, &ignore, NULL);
}
