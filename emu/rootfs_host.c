/* Walking the host's folders, and what their contents will take in an image. */
#include "emu/rootfs_host.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "emu/rootfs.h"

#define BLOCK 4096u

bool host_join(char buf[PATH_MAX], const char *folder, const char *name, struct error *error)
{
	int n = snprintf(buf, PATH_MAX, "%s%s%s", folder,
			 *folder && folder[strlen(folder) - 1] == '/' ? "" : "/", name);

	return n < PATH_MAX || refuse(error, "%s: the name is too long", folder);
}

static int by_name(const struct dirent **a, const struct dirent **b)
{
	return strcmp((*a)->d_name, (*b)->d_name);
}

static int no_dots(const struct dirent *d)
{
	return strcmp(d->d_name, ".") != 0 && strcmp(d->d_name, "..") != 0;
}

bool host_each(const char *host, host_fn *fn, void *ctx, struct error *error)
{
	struct dirent **list;
	char path[PATH_MAX];
	bool ok = true;
	int n = scandir(host, &list, no_dots, by_name);

	if (n < 0)
		return refuse(error, "%s: %s", host, strerror(errno));
	for (int i = 0; i < n; i++) {
		ok = ok && host_join(path, host, list[i]->d_name, error) &&
		     fn(ctx, path, list[i]->d_name, error);
		free(list[i]);
	}
	free(list);
	return ok;
}

struct measure {
	uint64_t bytes, inodes;
};

static bool measure_entry(void *ctx, const char *host, const char *name, struct error *error)
{
	struct measure *m = ctx;

	(void)name;
	return rootfs_measure(host, &m->bytes, &m->inodes, error);
}

bool rootfs_measure(const char *host, uint64_t *bytes, uint64_t *inodes, struct error *error)
{
	struct measure m = { 0, 1 };
	struct stat st;

	if (lstat(host, &st) < 0)
		return refuse(error, "%s: %s", host, strerror(errno));
	if (S_ISDIR(st.st_mode)) {
		m.bytes = BLOCK;
		if (!host_each(host, measure_entry, &m, error))
			return false;
	} else if (S_ISREG(st.st_mode)) {
		/* One block of pointers for each 1024 of data, at least. */
		m.bytes = ((uint64_t)st.st_size + BLOCK - 1) / BLOCK * BLOCK;
		m.bytes += m.bytes / 512 + BLOCK;
	} else {
		m.bytes = BLOCK;
	}
	*bytes += m.bytes;
	*inodes += m.inodes;
	return true;
}
