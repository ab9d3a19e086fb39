/* Which utility is meant, and what they share. */
#include "guest/user/utils/utils.h"

static const struct {
	const char *name;
	int (*function)(int argc, char **argv);
} applets[] = {
#define APPLET(name, function) { #name, function },
#include "guest/user/utils/applets.def"
#undef APPLET
	{ "[", test_main },
};

int main(int argc, char **argv, char **envp)
{
	(void)envp;
	if (argc > 1 && !strcmp(prog, "utils")) {
		argc--;
		argv++;
		prog = base_name(argv[0]);
	}
	for (size_t i = 0; i < ARRAY_SIZE(applets); i++)
		if (!strcmp(applets[i].name, prog))
			return applets[i].function(argc, argv);
	if (strcmp(prog, "utils"))
		return complain("no such utility", 0), 127;
	for (size_t i = 0; i < ARRAY_SIZE(applets); i++)
		print("%s\n", applets[i].name);
	return 0;
}

int usage(const char *text)
{
	eprint("usage: %s %s\n", prog, text);
	return 2;
}

int option_next(struct options *o, const char *letters)
{
	const char *found;
	int c;

	if (!o->rest || !*o->rest) {
		char *arg = o->at < o->argc ? o->argv[o->at] : "";

		if (arg[0] != '-' || !arg[1])
			return 0;
		o->at++;
		if (!strcmp(arg, "--"))
			return 0;
		o->rest = arg + 1;
	}
	c = *o->rest++;
	found = c == ':' ? NULL : strchr(letters, c);
	if (!found) {
		eprint("%s: unknown option -%c\n", prog, c);
		return '?';
	}
	if (found[1] != ':')
		return c;
	if (*o->rest)
		o->value = o->rest;
	else if (o->at < o->argc)
		o->value = o->argv[o->at++];
	else
		return eprint("%s: option -%c wants a value\n", prog, c), '?';
	o->rest = NULL;
	return c;
}

int open_input(const char *path)
{
	int fd = sys_open(path, O_RDONLY, 0);

	if (fd < 0) {
		complain(path, fd);
		return -1;
	}
	return fd;
}

int each_input(int argc, char **argv, int at, int (*one)(int fd, const char *name))
{
	int status = 0;

	if (at >= argc)
		return one(0, "-");
	for (; at < argc; at++) {
		bool in = !strcmp(argv[at], "-");
		int fd = in ? 0 : open_input(argv[at]), s;

		s = fd < 0 ? 1 : one(fd, argv[at]);
		if (s > status)
			status = s;
		if (fd > 0)
			sys_close(fd);
	}
	return status;
}

char *path_join(const char *directory, const char *name)
{
	size_t n = strlen(directory);
	char *path = xmalloc(n + strlen(name) + 2);

	strcpy(path, directory);
	if (n && path[n - 1] != '/')
		strcat(path, "/");
	return strcat(path, name);
}

bool is_directory(const char *path)
{
	struct stat st;

	return sys_stat(path, &st) >= 0 && (st.st_mode & S_IFMT) == S_IFDIR;
}

int each_entry(const char *path, int (*one)(const char *path, const char *name, void *to), void *to)
{
	int fd = sys_open(path, O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0), status = 0, n = 0;
	char buf[2048], **names = NULL;
	long got;

	if (fd < 0)
		return complain(path, fd);
	while ((got = sys_getdents(fd, buf, sizeof(buf))) > 0)
		for (long at = 0; at < got; at += ((struct dirent64 *)(buf + at))->d_reclen) {
			const char *name = ((struct dirent64 *)(buf + at))->d_name;

			if (!strcmp(name, ".") || !strcmp(name, ".."))
				continue;
			if (n % 64 == 0)
				names = xrealloc(names, sizeof(char *) * (size_t)(n + 64));
			names[n++] = xstrdup(name);
		}
	sys_close(fd);
	if (got < 0)
		status = complain(path, got);
	for (int i = 0; i < n; i++) {
		status |= one(path, names[i], to);
		xfree(names[i]);
	}
	xfree(names);
	return status;
}

int copy_fd(int from, int to, const char *name)
{
	static char buf[4 * PAGE_BYTES];
	long n;

	while ((n = sys_read(from, buf, sizeof(buf))) > 0 || n == -EINTR)
		if (n > 0 && !write_all(to, buf, (size_t)n))
			return 1;
	return n < 0 ? complain(name, n) : 0;
}

void put_mode(unsigned mode)
{
	static const char kinds[] = "?pc?d?b?-?l?s???", bits[] = "rwxrwxrwx";

	put_char(kinds[mode >> 12 & 15]);
	for (int i = 0; i < 9; i++)
		put_char(mode >> (8 - i) & 1 ? bits[i] : '-');
}

const char month_names[12][4] = { "Jan", "Feb", "Mar", "Apr", "May", "Jun",
				  "Jul", "Aug", "Sep", "Oct", "Nov", "Dec" };

/* The civil date of a count of seconds since 1970, by eras of 400 years that begin in March. */
struct calendar calendar_of(long seconds)
{
	long days = seconds / 86400, left = seconds % 86400;
	long era, day, year, of_year;
	struct calendar c;

	if (left < 0) {
		left += 86400;
		days--;
	}
	c.weekday = (int)(((days + 4) % 7 + 7) % 7);
	days += 719468;
	era = (days >= 0 ? days : days - 146096) / 146097;
	day = days - era * 146097;
	year = (day - day / 1460 + day / 36524 - day / 146096) / 365;
	of_year = day - (365 * year + year / 4 - year / 100);
	c.month = (int)((5 * of_year + 2) / 153);
	c.day = (int)(of_year - (153 * c.month + 2) / 5 + 1);
	c.month = c.month < 10 ? c.month + 3 : c.month - 9;
	c.year = (int)(year + era * 400 + (c.month <= 2));
	c.hour = (int)(left / 3600);
	c.minute = (int)(left / 60 % 60);
	c.second = (int)(left % 60);
	return c;
}
