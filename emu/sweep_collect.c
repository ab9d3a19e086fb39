/* The statistics of runs that somebody else has run, as one table. */
#include "emu/sweep_private.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "emu/session.h"

/* ---- --collect ---- */

static bool collect_file(struct sweep_table *table, const char *path, struct error *error)
{
	struct sweep_row *grown = realloc(table->row, (table->count + 1) * sizeof(*grown));

	if (!grown)
		return refuse(error, "out of memory");
	table->row = grown;
	memset(&grown[table->count], 0, sizeof(*grown));
	if (!sweep_read_stats(path, &grown[table->count], error))
		return false;
	table->by_frames &= grown[table->count].frames != 0;
	table->count++;
	return true;
}

static int is_json(const struct dirent *entry)
{
	size_t n = strlen(entry->d_name);

	return n > 5 && strcmp(entry->d_name + n - 5, ".json") == 0;
}

static bool collect_path(struct sweep_table *table, const char *path, struct error *error)
{
	struct dirent **entry;
	struct stat st;
	bool ok = true;
	int n;

	if (stat(path, &st) < 0)
		return refuse(error, "--collect: %s: %s", path, strerror(errno));
	if (!S_ISDIR(st.st_mode))
		return collect_file(table, path, error);
	n = scandir(path, &entry, is_json, alphasort);
	if (n < 0)
		return refuse(error, "--collect: %s: %s", path, strerror(errno));
	for (int i = 0; i < n; i++) {
		char file[PATH_MAX];

		ok = ok && snprintf(file, sizeof(file), "%s/%s", path, entry[i]->d_name) <
				   (int)sizeof(file);
		if (ok && !collect_file(table, file, error)) {
			say("sweep: %s", error->text); /* a run that was cut off: a gap */
			error->text[0] = 0;
		}
		free(entry[i]);
	}
	free(entry);
	return ok || refuse(error, "--collect: a name is too long");
}

bool sweep_collect(const struct sweep *s, char **more, struct sweep_table *table,
		   struct error *error)
{
	bool ok;

	table->by_frames = true;
	ok = collect_path(table, s->collect, error);
	for (; ok && *more; more++)
		ok = collect_path(table, *more, error);
	if (ok && !table->count)
		ok = refuse(error, "--collect: no statistics there");
	if (ok)
		sweep_sort(table);
	return ok;
}
