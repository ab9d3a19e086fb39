/* basename dirname pwd true false which env id uname date sleep clear find xargs */
#include "guest/user/utils/utils.h"

int basename_main(int argc, char **argv)
{
	const char *name;
	size_t n, suffix;

	if (argc < 2)
		return usage("PATH [SUFFIX]");
	for (n = strlen(argv[1]); n > 1 && argv[1][n - 1] == '/'; n--)
		argv[1][n - 1] = 0;
	name = n > 1 ? base_name(argv[1]) : argv[1];
	n = strlen(name);
	suffix = argc > 2 ? strlen(argv[2]) : 0;
	if (suffix && suffix < n && !strcmp(name + n - suffix, argv[2]))
		n -= suffix;
	put_bytes(name, n);
	put_char('\n');
	return 0;
}

int dirname_main(int argc, char **argv)
{
	char *slash;

	if (argc < 2)
		return usage("PATH");
	for (size_t n = strlen(argv[1]); n > 1 && argv[1][n - 1] == '/'; n--)
		argv[1][n - 1] = 0;
	slash = strrchr(argv[1], '/');
	if (slash == argv[1])
		slash++;
	print("%.*s\n", slash ? (int)(slash - argv[1]) : 1, slash ? argv[1] : ".");
	return 0;
}

int pwd_main(int argc, char **argv)
{
	char cwd[PAGE_BYTES];
	int err = sys_getcwd(cwd, sizeof(cwd));

	(void)argc;
	(void)argv;
	if (err < 0)
		return complain("current directory", err);
	print("%s\n", cwd);
	return 0;
}

int true_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 0;
}

int false_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	return 1;
}

/* The program that `name` means, from xmalloc, or null. */
static char *find_program(const char *name)
{
	const char *path = get_env("PATH");

	if (strchr(name, '/'))
		return xstrdup(name);
	for (path = path ? path : "/bin:/sbin"; *path;) {
		const char *end = strchr(path, ':');
		size_t n = end ? (size_t)(end - path) : strlen(path);
		char *full = xcalloc(1, n + strlen(name) + 3);

		memcpy(full, n ? path : ".", n ? n : 1);
		strcat(full, "/");
		strcat(full, name);
		if (sys_access(full, 1) >= 0 && !is_directory(full))
			return full;
		xfree(full);
		path += n + (end != NULL);
	}
	return NULL;
}

int which_main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++) {
		char *path = find_program(argv[i]);

		if (path)
			print("%s\n", path);
		else
			status = 1;
	}
	return status;
}

static int execute(char **argv)
{
	char *path = find_program(argv[0]);
	int err = -ENOENT;

	flush_out();
	if (path)
		err = sys_execve(path, argv, environ);
	complain(argv[0], err);
	return err == -ENOENT ? 127 : 126;
}

int env_main(int argc, char **argv)
{
	int i = 1, n = 0;
	char **list;

	while (environ[n])
		n++;
	list = xcalloc((size_t)(n + argc + 1), sizeof(char *));
	if (i < argc && (!strcmp(argv[i], "-i") || !strcmp(argv[i], "-")))
		i++;
	else
		memcpy(list, environ, sizeof(char *) * (size_t)n);
	n = 0;
	for (; i < argc && strchr(argv[i], '='); i++) {
		size_t k = (size_t)(strchr(argv[i], '=') - argv[i]) + 1;

		for (n = 0; list[n] && strncmp(list[n], argv[i], k); n++)
			;
		list[n] = argv[i];
	}
	environ = list;
	if (i < argc)
		return execute(argv + i);
	for (; *list; list++)
		print("%s\n", *list);
	return 0;
}

int id_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	print("uid=%d gid=%d\n", sys_getuid(), sys_getgid());
	return 0;
}

int uname_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	static const char letters[] = "snrvm";
	struct new_utsname u;
	const char *fields[] = { u.sysname, u.nodename, u.release, u.version, u.machine };
	unsigned wanted = 0;
	int c, err = sys_uname(&u);
	bool first = true;

	if (err < 0)
		return complain("uname", err);
	while ((c = option_next(&o, "asnrvm"))) {
		if (c == '?')
			return 2;
		wanted |= c == 'a' ? 31u : 1u << (strchr(letters, c) - letters);
	}
	if (!wanted)
		wanted = 1;
	for (int i = 0; i < 5; i++) {
		if (!(wanted >> i & 1))
			continue;
		print(first ? "%s" : " %s", fields[i]);
		first = false;
	}
	put_char('\n');
	return 0;
}

int date_main(int argc, char **argv)
{
	static const char days[] = "SunMonTueWedThuFriSat";
	struct __kernel_timespec now;
	struct calendar c;

	sys_clock_gettime(0, &now);
	if (argc > 1 && !strcmp(argv[1], "+%s")) {
		print("%ld\n", (long)now.tv_sec);
		return 0;
	}
	c = calendar_of((long)now.tv_sec);
	print("%.3s %s %2d %02d:%02d:%02d UTC %d\n", days + (long)c.weekday * 3,
	      month_names[c.month - 1], c.day, c.hour, c.minute, c.second, c.year);
	return 0;
}

int sleep_main(int argc, char **argv)
{
	struct __kernel_timespec t = { 0 };
	long scale = 100000000;
	char *end;

	if (argc < 2)
		return usage("SECONDS");
	t.tv_sec = to_long(argv[1], &end, 10);
	if (*end == '.')
		for (end++; is_digit(*end); end++, scale /= 10)
			t.tv_nsec += scale * (*end - '0');
	if (*end)
		return complain(argv[1], -EINVAL);
	while (sys_nanosleep(&t, &t) == -EINTR)
		;
	return 0;
}

int clear_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	put_str("\033[H\033[2J");
	return 0;
}

static const char *find_name;
static unsigned find_type;
static int find_depth = 1 << 30;

static int find_entry(const char *directory, const char *name, void *to)
{
	int depth = *(int *)to + 1, status = 0, err;
	char *path = directory ? path_join(directory, name) : xstrdup(name);
	struct stat st;

	err = sys_lstat(path, &st);
	if (err < 0) {
		status = complain(path, err);
	} else {
		if ((!find_name || pattern_match(find_name, base_name(path))) &&
		    (!find_type || (st.st_mode & S_IFMT) == find_type))
			print("%s\n", path);
		if ((st.st_mode & S_IFMT) == S_IFDIR && depth < find_depth)
			status = each_entry(path, find_entry, &depth);
	}
	xfree(path);
	return status;
}

int find_main(int argc, char **argv)
{
	int first = 1, paths, i, status = 0, depth = -1;

	while (first < argc && argv[first][0] != '-')
		first++;
	paths = first;
	for (i = first; i + 1 < argc; i += 2) {
		if (!strcmp(argv[i], "-name"))
			find_name = argv[i + 1];
		else if (!strcmp(argv[i], "-maxdepth"))
			find_depth = (int)to_long(argv[i + 1], NULL, 10);
		else if (!strcmp(argv[i], "-type"))
			find_type = argv[i + 1][0] == 'd'   ? S_IFDIR
				    : argv[i + 1][0] == 'l' ? S_IFLNK
							    : S_IFREG;
		else
			break;
	}
	if (i < argc && !(i + 1 == argc && !strcmp(argv[i], "-print")))
		return usage("[PATH...] [-name PATTERN] [-type f|d|l] [-maxdepth N]");
	if (paths == 1)
		return find_entry(NULL, ".", &depth);
	for (i = 1; i < paths; i++)
		status |= find_entry(NULL, argv[i], &depth);
	return status;
}

static int run_and_wait(char **argv)
{
	int pid, status;

	flush_out();
	pid = sys_fork();
	if (pid == 0)
		leave(execute(argv));
	if (pid < 0)
		return complain("fork", pid);
	while (sys_wait4(pid, &status, 0) == -EINTR)
		;
	return WIFEXITED(status) && !WEXITSTATUS(status) ? 0 : 123;
}

/* xargs [-n N] COMMAND [ARGUMENT...]: words of standard input as further arguments. */
int xargs_main(int argc, char **argv)
{
	static char *echo[] = { "xargs", "echo", NULL };
	struct options o = OPTIONS(argc, argv);
	static struct reader in;
	long most = 200;
	int c, fixed, n, status = 0;
	char **list;

	while ((c = option_next(&o, "n:")))
		if (c == '?' || !parse_size(o.value, &most) || most < 1)
			return usage("[-n COUNT] [COMMAND [ARGUMENT...]]");
	if (o.at == argc) {
		argv = echo;
		argc = 2;
		o.at = 1;
	}
	fixed = argc - o.at;
	list = xcalloc((size_t)(fixed + most + 1), sizeof(char *));
	memcpy(list, argv + o.at, sizeof(char *) * (size_t)fixed);
	reader_init(&in, 0);
	n = fixed;
	c = reader_char(&in);
	while (c >= 0) {
		char word[1024];
		size_t k = 0;

		for (; c >= 0 && is_space(c); c = reader_char(&in))
			;
		if (c < 0)
			break;
		for (; c >= 0 && !is_space(c); c = reader_char(&in))
			if (k < sizeof(word) - 1)
				word[k++] = (char)c;
		word[k] = 0;
		list[n++] = xstrdup(word);
		if (n == fixed + most) {
			status |= run_and_wait(list);
			while (n > fixed) {
				xfree(list[--n]);
				list[n] = NULL;
			}
		}
	}
	if (n > fixed)
		status |= run_and_wait(list);
	return status;
}
