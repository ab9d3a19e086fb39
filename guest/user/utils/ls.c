/* ls: names sorted bytewise, one a line (or in columns on a terminal that tells its width). */
#include "guest/user/utils/utils.h"

static bool all, detailed, directories, one_column, classify, by_inode;

struct entry {
	char *name;
	struct stat st;
	char *path;
};

struct listing {
	struct entry *list;
	int n, cap;
};

static int add_entry(const char *directory, const char *name, void *to)
{
	struct listing *l = to;
	struct entry *e;
	int err, at;

	if (name[0] == '.' && !all && directory)
		return 0;
	if (l->n == l->cap) {
		l->cap = l->cap ? l->cap * 2 : 32;
		l->list = xrealloc(l->list, sizeof(*l->list) * (size_t)l->cap);
	}
	for (at = l->n; at > 0 && strcmp(l->list[at - 1].name, name) > 0; at--)
		l->list[at] = l->list[at - 1];
	e = &l->list[at];
	l->n++;
	e->name = xstrdup(name);
	e->path = directory ? path_join(directory, name) : xstrdup(name);
	memset(&e->st, 0, sizeof(e->st));
	err = sys_lstat(e->path, &e->st);
	return err < 0 ? complain(e->path, err) : 0;
}

static void put_name(struct entry *e)
{
	unsigned kind = e->st.st_mode & S_IFMT;

	put_str(e->name);
	if (!classify)
		return;
	if (kind == S_IFDIR)
		put_char('/');
	else if (kind == S_IFLNK)
		put_char('@');
	else if (kind == S_IFIFO)
		put_char('|');
	else if (kind == S_IFREG && (e->st.st_mode & 0111))
		put_char('*');
}

static void put_detailed(struct entry *e)
{
	struct calendar c = calendar_of((long)e->st.st_mtime);
	char target[PAGE_BYTES];
	long n;

	put_mode(e->st.st_mode);
	print(" %3lu %4u %4u ", (unsigned long)e->st.st_nlink, e->st.st_uid, e->st.st_gid);
	if ((e->st.st_mode & S_IFMT) == S_IFCHR || (e->st.st_mode & S_IFMT) == S_IFBLK)
		print("%4lu,%4lu", (unsigned long)e->st.st_rdev >> 8 & 0xfff,
		      (unsigned long)e->st.st_rdev & 0xff);
	else
		print("%9ld", (long)e->st.st_size);
	print(" %s %2d %02d:%02d %d ", month_names[c.month - 1], c.day, c.hour, c.minute, c.year);
	put_name(e);
	if ((e->st.st_mode & S_IFMT) == S_IFLNK &&
	    (n = sys_readlink(e->path, target, sizeof(target))) > 0) {
		put_str(" -> ");
		put_bytes(target, (size_t)n);
	}
	put_char('\n');
}

static int terminal_width(void)
{
	unsigned short size[4];

	return sys_ioctl(1, TIOCGWINSZ, size) >= 0 ? size[1] : 0;
}

static void put_columns(struct listing *l, int width)
{
	size_t widest = 1;
	int columns, rows;

	for (int i = 0; i < l->n; i++)
		if (strlen(l->list[i].name) > widest)
			widest = strlen(l->list[i].name);
	columns = width / ((int)widest + 3);
	if (columns < 1 || one_column)
		columns = 1;
	rows = (l->n + columns - 1) / columns;
	for (int r = 0; r < rows; r++) {
		for (int i = r; i < l->n; i += rows) {
			if (by_inode)
				print("%6lu ", (unsigned long)l->list[i].st.st_ino);
			put_name(&l->list[i]);
			if (i + rows < l->n)
				print("%*s", (int)(widest + 2 - strlen(l->list[i].name)), "");
		}
		put_char('\n');
	}
}

static void put_total(struct listing *l)
{
	long blocks = 0;

	for (int i = 0; i < l->n; i++)
		blocks += (long)l->list[i].st.st_blocks;
	print("total %ld\n", blocks / 2);
}

static void put_listing(struct listing *l)
{
	if (!detailed)
		put_columns(l, terminal_width());
	for (int i = 0; detailed && i < l->n; i++)
		put_detailed(&l->list[i]);
}

int ls_main(int argc, char **argv)
{
	struct options o = OPTIONS(argc, argv);
	struct listing files = { 0 };
	int c, status = 0, shown = 0;
	bool several;

	while ((c = option_next(&o, "ald1AFi"))) {
		if (c == '?')
			return 2;
		all |= c == 'a' || c == 'A';
		detailed |= c == 'l';
		directories |= c == 'd';
		one_column |= c == '1';
		classify |= c == 'F';
		by_inode |= c == 'i';
	}
	several = argc - o.at > 1;
	if (o.at == argc) {
		argv[--o.at] = ".";
	}
	for (int i = o.at; i < argc; i++)
		if (directories || !is_directory(argv[i])) {
			status |= add_entry(NULL, argv[i], &files) * 2;
			if (status)
				files.n -= !files.list[files.n - 1].st.st_mode;
			shown++;
		}
	put_listing(&files);
	for (int i = o.at; i < argc && !directories; i++) {
		struct listing l = { 0 };

		if (!is_directory(argv[i]))
			continue;
		if (several)
			print("%s%s:\n", shown++ ? "\n" : "", argv[i]);
		status |= each_entry(argv[i], add_entry, &l);
		if (detailed)
			put_total(&l);
		put_listing(&l);
	}
	return status;
}
