/* cp mv rm ln mkdir rmdir touch chmod readlink truncate stat df sync */
#include "guest/user/utils/utils.h"

static bool recursive, force;

static int copy(const char *from, const char *to);

static int copy_entry(const char *directory, const char *name, void *to)
{
	char *from_path = path_join(directory, name), *to_path = path_join(to, name);
	int status = copy(from_path, to_path);

	xfree(from_path);
	xfree(to_path);
	return status;
}

static int copy_directory(const char *from, const char *to, unsigned mode)
{
	int err;

	if (!recursive)
		return complain(from, -EISDIR);
	err = sys_mkdir(to, (int)(mode & 0777) | 0700);
	if (err < 0 && !(err == -EEXIST && is_directory(to)))
		return complain(to, err);
	return each_entry(from, copy_entry, (void *)to);
}

static int copy_link(const char *from, const char *to)
{
	char target[PAGE_BYTES];
	long n = sys_readlink(from, target, sizeof(target) - 1);
	int err;

	if (n < 0)
		return complain(from, n);
	target[n] = 0;
	err = sys_symlink(target, to);
	return err < 0 ? complain(to, err) : 0;
}

static int copy(const char *from, const char *to)
{
	struct stat st, there;
	int in, out, status;
	int err = recursive ? sys_lstat(from, &st) : sys_stat(from, &st);

	if (err < 0)
		return complain(from, err);
	if ((st.st_mode & S_IFMT) == S_IFDIR)
		return copy_directory(from, to, st.st_mode);
	if ((st.st_mode & S_IFMT) == S_IFLNK)
		return copy_link(from, to);
	if (sys_stat(to, &there) >= 0 && there.st_ino == st.st_ino && there.st_dev == st.st_dev) {
		eprint("%s: %s and %s are the same file\n", prog, from, to);
		return 1;
	}
	in = open_input(from);
	if (in < 0)
		return 1;
	out = sys_open(to, O_WRONLY | O_CREAT | O_TRUNC, (int)(st.st_mode & 0777));
	if (out == -EACCES && force) {
		sys_unlink(to, 0);
		out = sys_open(to, O_WRONLY | O_CREAT | O_TRUNC, (int)(st.st_mode & 0777));
	}
	status = out < 0 ? complain(to, out) : copy_fd(in, out, from);
	sys_close(in);
	if (out >= 0)
		sys_close(out);
	return status;
}

static int link_one(const char *from, const char *to);

/* Each of from... to the last argument, into it if it is a directory. */
static int to_last(int argc, char **argv, int at, int (*one)(const char *from, const char *to))
{
	const char *last = argv[argc - 1];
	bool into = is_directory(last);
	int status = 0;

	if (argc - at < 2)
		return usage("FROM... TO");
	if (argc - at > 2 && !into)
		return complain(last, -ENOTDIR);
	for (; at < argc - 1; at++) {
		char *to = into ? path_join(last, base_name(argv[at])) : xstrdup(last);

		status |= one(argv[at], to);
		xfree(to);
	}
	return status;
}

int cp_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	int c;

	while ((c = option_next(&o, "arRfp"))) {
		if (c == '?')
			return 2;
		recursive |= c != 'f' && c != 'p';
		force |= c == 'f';
	}
	return to_last(argc, argv, o.at, copy);
}

static int remove_path(const char *path);

static int remove_entry(const char *directory, const char *name, void *to)
{
	char *path = path_join(directory, name);
	int status = remove_path(path);

	(void)to;
	xfree(path);
	return status;
}

static int remove_path(const char *path)
{
	struct stat st;
	int err = sys_lstat(path, &st), status;

	if (err == -ENOENT && force)
		return 0;
	if (err < 0)
		return complain(path, err);
	if ((st.st_mode & S_IFMT) != S_IFDIR) {
		err = sys_unlink(path, 0);
		return err < 0 ? complain(path, err) : 0;
	}
	if (!recursive)
		return complain(path, -EISDIR);
	status = each_entry(path, remove_entry, NULL);
	err = sys_unlink(path, AT_REMOVEDIR);
	return err < 0 ? complain(path, err) : status;
}

int rm_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	int c, status = 0;

	while ((c = option_next(&o, "rRf"))) {
		if (c == '?')
			return 2;
		recursive |= c != 'f';
		force |= c == 'f';
	}
	if (o.at == argc && !force)
		return usage("[-rf] FILE...");
	for (; o.at < argc; o.at++)
		status |= remove_path(argv[o.at]);
	return status;
}

static int move(const char *from, const char *to)
{
	int err = sys_rename(from, to);

	if (err == -EXDEV) {
		recursive = force = true;
		return copy(from, to) || remove_path(from);
	}
	if (err < 0)
		eprint("%s: %s to %s: %s\n", prog, from, to, error_name(err));
	return err < 0;
}

int mv_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);

	if (option_next(&o, "f") == '?')
		return 2;
	return to_last(argc, argv, o.at, move);
}

static bool symbolic;

static int link_one(const char *from, const char *to)
{
	int err;

	if (force)
		sys_unlink(to, 0);
	err = symbolic ? sys_symlink(from, to) : sys_link(from, to);
	return err < 0 ? complain(to, err) : 0;
}

int ln_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	int c;

	while ((c = option_next(&o, "sf"))) {
		if (c == '?')
			return 2;
		symbolic |= c == 's';
		force |= c == 'f';
	}
	return to_last(argc, argv, o.at, link_one);
}

int mkdir_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	bool parents = false;
	int c, status = 0;

	while ((c = option_next(&o, "p"))) {
		if (c == '?')
			return 2;
		parents = true;
	}
	if (o.at == argc)
		return usage("[-p] DIRECTORY...");
	for (; o.at < argc; o.at++) {
		char *path = argv[o.at];
		int err;

		for (char *p = path + 1; parents && *path && *p; p++)
			if (*p == '/') {
				*p = 0;
				sys_mkdir(path, 0777);
				*p = '/';
			}
		err = sys_mkdir(path, 0777);
		if (err < 0 && !(parents && is_directory(path)))
			status = complain(path, err);
	}
	return status;
}

int rmdir_main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++) {
		int err = sys_unlink(argv[i], AT_REMOVEDIR);

		if (err < 0)
			status = complain(argv[i], err);
	}
	return status;
}

int touch_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	bool create = true;
	int c, status = 0;

	while ((c = option_next(&o, "c"))) {
		if (c == '?')
			return 2;
		create = false;
	}
	for (; o.at < argc; o.at++) {
		int err = sys_utimens(argv[o.at], NULL);

		if (err == -ENOENT && create) {
			err = sys_open(argv[o.at], O_WRONLY | O_CREAT, 0666);
			if (err >= 0)
				sys_close(err);
		}
		if (err < 0 && !(err == -ENOENT && !create))
			status = complain(argv[o.at], err);
	}
	return status;
}

/* Octal, or [ugoa]*[+-=][rwx]* with commas between. */
static bool parse_mode(const char *s, unsigned *mode)
{
	unsigned who, bits;
	char *end;
	int op;

	if (is_digit(*s)) {
		*mode = (unsigned)to_long(s, &end, 8);
		return !*end;
	}
	for (;; s++) {
		for (who = 0; *s && strchr("ugoa", *s); s++)
			who |= *s == 'u' ? 0700 : *s == 'g' ? 0070 : *s == 'o' ? 0007 : 0777;
		if (!who)
			who = 0777;
		op = *s++;
		if (op != '+' && op != '-' && op != '=')
			return false;
		for (bits = 0; *s && strchr("rwx", *s); s++)
			bits |= *s == 'r' ? 0444 : *s == 'w' ? 0222 : 0111;
		bits &= who;
		*mode = op == '+'   ? *mode | bits
			: op == '-' ? *mode & ~bits
				    : (*mode & ~who) | bits;
		if (*s != ',')
			return !*s;
	}
}

int chmod_main(int argc, char **argv)
{
	int status = 0;

	if (argc < 3)
		return usage("MODE FILE...");
	for (int i = 2; i < argc; i++) {
		struct stat st;
		unsigned mode;
		int err = sys_stat(argv[i], &st);

		mode = st.st_mode & 07777;
		if (!parse_mode(argv[1], &mode))
			return complain(argv[1], -EINVAL);
		if (err >= 0)
			err = sys_chmod(argv[i], (int)mode);
		if (err < 0)
			status = complain(argv[i], err);
	}
	return status;
}

int readlink_main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++) {
		char target[PAGE_BYTES];
		long n = sys_readlink(argv[i], target, sizeof(target));

		if (n < 0) {
			status = 1;
			continue;
		}
		put_bytes(target, (size_t)n);
		put_char('\n');
	}
	return status;
}

int truncate_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	long size = -1;
	int c, status = 0;

	while ((c = option_next(&o, "s:")))
		if (c == '?' || !parse_size(o.value, &size))
			return usage("-s SIZE FILE...");
	if (size < 0)
		return usage("-s SIZE FILE...");
	for (; o.at < argc; o.at++) {
		int fd = sys_open(argv[o.at], O_WRONLY | O_CREAT, 0666);
		int err = fd < 0 ? fd : sys_ftruncate(fd, size);

		if (err < 0)
			status = complain(argv[o.at], err);
		if (fd >= 0)
			sys_close(fd);
	}
	return status;
}

int stat_main(int argc, char **argv)
{
	int status = 0;

	for (int i = 1; i < argc; i++) {
		struct stat st;
		int err = sys_lstat(argv[i], &st);

		if (err < 0) {
			status = complain(argv[i], err);
			continue;
		}
		print("%s: ", argv[i]);
		put_mode(st.st_mode);
		print(" inode %lu links %lu size %ld blocks %ld device %lx\n",
		      (unsigned long)st.st_ino, (unsigned long)st.st_nlink, (long)st.st_size,
		      (long)st.st_blocks, (unsigned long)st.st_dev);
	}
	return status;
}

int df_main(int argc, char **argv)
{
	static char *root[] = { "df", "/", NULL };
	int status = 0;

	if (argc < 2) {
		argv = root;
		argc = 2;
	}
	print("%-12s %10s %10s %10s %8s\n", "Path", "KiB", "Used", "Free", "Inodes");
	for (int i = 1; i < argc; i++) {
		struct statfs s;
		int err = sys_statfs(argv[i], &s);
		long unit;

		if (err < 0) {
			status = complain(argv[i], err);
			continue;
		}
		unit = s.f_bsize;
		print("%-12s %10ld %10ld %10ld %8ld\n", argv[i], (long)s.f_blocks * unit / 1024,
		      (long)(s.f_blocks - s.f_bfree) * unit / 1024, (long)s.f_bavail * unit / 1024,
		      (long)s.f_ffree);
	}
	return status;
}

int sync_main(int argc, char **argv)
{
	(void)argc;
	(void)argv;
	sys_sync();
	return 0;
}
