/* File names that match a pattern, directory by directory. */
#include "guest/user/sh/sh.h"

struct glob {
	char **list;
	int n, cap;
};

static void remember(struct glob *g, const char *path)
{
	int at = g->n;

	if (g->n == g->cap) {
		g->cap = g->cap ? g->cap * 2 : 16;
		g->list = xrealloc(g->list, sizeof(char *) * (size_t)g->cap);
	}
	for (; at > 0 && strcmp(g->list[at - 1], path) > 0; at--)
		g->list[at] = g->list[at - 1];
	g->list[at] = xstrdup(path);
	g->n++;
}

/* Without the backslashes of a pattern. */
static void unescape(char *to, const char *from, size_t n)
{
	for (; n; n--) {
		if (*from == '\\' && n > 1) {
			from++;
			n--;
		}
		*to++ = *from++;
	}
	*to = 0;
}

/* `path` is what is settled (ends in / or is empty); `rest` is the pattern still to be matched. */
static void walk(struct glob *g, const char *path, const char *rest)
{
	const char *slash = strchr(rest, '/');
	size_t n = slash ? (size_t)(slash - rest) : strlen(rest), base = strlen(path);
	char *part = xmalloc(n + 1), *full = xmalloc(base + 300 + n);
	char *buf;
	struct stat st;
	long got;
	int fd;

	strcpy(full, path);
	while (slash && slash[1] == '/')
		slash++;
	memcpy(part, rest, n);
	part[n] = 0;
	if (!pattern_has_magic(part)) {
		unescape(full + base, part, n);
		if (slash) {
			strcat(full, "/");
			walk(g, full, slash + 1);
		} else if (sys_lstat(*full ? full : ".", &st) >= 0) {
			remember(g, full);
		}
		xfree(full);
		xfree(part);
		return;
	}
	fd = sys_open(base ? path : ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
	buf = xmalloc(2048);
	while (fd >= 0 && (got = sys_getdents(fd, buf, 2048)) > 0) {
		for (long at = 0; at < got; at += ((struct dirent64 *)(buf + at))->d_reclen) {
			struct dirent64 *d = (struct dirent64 *)(buf + at);

			if ((d->d_name[0] == '.' && part[0] != '.') ||
			    !pattern_match(part, d->d_name))
				continue;
			strcpy(full + base, d->d_name);
			if (!slash) {
				remember(g, full);
			} else if (sys_stat(full, &st) >= 0 && (st.st_mode & S_IFMT) == S_IFDIR) {
				strcat(full, "/");
				walk(g, full, slash + 1);
			}
		}
	}
	if (fd >= 0)
		sys_close(fd);
	xfree(buf);
	xfree(full);
	xfree(part);
}

int glob_expand(const char *pattern, void (*add)(void *to, const char *path), void *to)
{
	struct glob g = { 0 };

	walk(&g, "", pattern);
	for (int i = 0; i < g.n; i++) {
		add(to, g.list[i]);
		xfree(g.list[i]);
	}
	xfree(g.list);
	return g.n;
}
