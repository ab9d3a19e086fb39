/* Programs: finding them, becoming them, taking their output. */
#include "guest/user/sh/sh.h"

char *exec_find(const char *name)
{
	const char *path = var_get("PATH");
	struct stat st;

	if (strchr(name, '/'))
		return arena_string(&sh.temp, name, strlen(name));
	for (path = path ? path : "/bin:/sbin"; *path;) {
		size_t n = 0;
		char *full;

		while (path[n] && path[n] != ':')
			n++;
		full = arena_alloc(&sh.temp, n + strlen(name) + 3);
		memcpy(full, n ? path : ".", n ? n : 1);
		strcat(full, "/");
		strcat(full, name);
		if (sys_stat(full, &st) >= 0 && (st.st_mode & S_IFMT) == S_IFREG &&
		    sys_access(full, 1) >= 0)
			return full;
		path += n + (path[n] == ':');
	}
	return NULL;
}

/* What the kernel cannot execute is a script for this shell if it looks like text. */
static void exec_as_script(char *path, char **argv)
{
	char begin[64], **args;
	int fd = sys_open(path, O_RDONLY, 0), n = 0;
	long got;

	if (fd < 0)
		return;
	got = sys_read(fd, begin, sizeof(begin));
	sys_close(fd);
	if (got > 0 && memchr(begin, 0, (size_t)got))
		return;
	while (argv[n])
		n++;
	args = arena_alloc(&sh.temp, sizeof(char *) * (size_t)(n + 2));
	args[0] = "sh";
	args[1] = path;
	for (int i = 1; i < n; i++)
		args[i + 1] = argv[i];
	sys_execve("/bin/sh", args, var_environment());
}

/* In place of this process; returns the status after a message if it cannot be. */
int exec_program(char **argv, bool only_path)
{
	char *path = only_path ? argv[0] : exec_find(argv[0]);
	int err;

	if (!path) {
		shell_error(argv[0], "not found");
		return 127;
	}
	err = sys_execve(path, argv, var_environment());
	if (err == -ENOEXEC)
		exec_as_script(path, argv);
	shell_error(argv[0], err == -ENOENT ? "not found" : error_name(err));
	return err == -ENOENT ? 127 : 126;
}

char *exec_output(const char *text)
{
	struct text out = { 0 };
	char buf[256], *result;
	int fds[2], pid, err = sys_pipe(fds), status = 0;
	long n;

	if (err < 0) {
		shell_error("pipe", error_name(err));
		return "";
	}
	flush_out();
	pid = sys_fork();
	if (pid == 0) {
		trap_reset();
		job_forget_all();
		sh.interactive = sh.job_control = false;
		sys_close(fds[0]);
		if (fds[1] != 1) {
			sys_dup2(fds[1], 1);
			sys_close(fds[1]);
		}
		shell_exit(exec_text(text, true));
	}
	sys_close(fds[1]);
	if (pid < 0)
		shell_error("fork", error_name(pid));
	while (pid > 0 && ((n = sys_read(fds[0], buf, sizeof(buf))) > 0 || n == -EINTR))
		for (long i = 0; i < n; i++)
			if (buf[i])
				text_put(&out, buf[i]);
	sys_close(fds[0]);
	while (pid > 0 && sys_wait4(pid, &status, 0) == -EINTR)
		;
	sh.substitution_status = WIFSIGNALED(status) ? 128 + WTERMSIG(status) : WEXITSTATUS(status);
	while (out.n && out.s[out.n - 1] == '\n')
		out.n--;
	result = arena_string(&sh.temp, text_end(&out), out.n);
	xfree(out.s);
	return result;
}
