/*
 * Is everything there that guest_load.c was promised?  load_check LOG TREE: its output, and the files
 * as they were found on the disk afterwards.  Exit status 0 if so.
 */
#include <stdio.h>
#include <stdlib.h>

#include "tests/kernel/load_page.h"

#define TRACKS 256

struct track {
	char path[4][64];
	int npaths;
	unsigned version, pages;
};
static struct track tracks[TRACKS];
static unsigned promises;

static struct track *find(const char *path)
{
	for (int i = 0; i < TRACKS; i++)
		for (int k = 0; k < tracks[i].npaths; k++)
			if (strcmp(tracks[i].path[k], path) == 0)
				return &tracks[i];
	return NULL;
}

static void forget(const char *path)
{
	struct track *t;

	while ((t = find(path)))
		t->npaths = 0;
}

static void promise(const char *path, unsigned version, unsigned pages)
{
	forget(path);
	promises++;
	for (int i = 0; i < TRACKS; i++) {
		if (tracks[i].npaths)
			continue;
		tracks[i] = (struct track){ .npaths = 1, .version = version, .pages = pages };
		snprintf(tracks[i].path[0], sizeof(tracks[i].path[0]), "%s", path);
		return;
	}
}

static void moved(const char *from, const char *to)
{
	struct track *t = find(from), *over = find(to);

	if (over && over != t)
		over->npaths = 0;
	if (t && t->npaths == 4)
		t->npaths = 0;
	else if (t)
		snprintf(t->path[t->npaths++], sizeof(t->path[0]), "%s", to);
}

static void read_log(const char *path)
{
	char line[200], a[64], b[64];
	unsigned version, pages;
	FILE *f = fopen(path, "r");

	while (f && fgets(line, sizeof(line), f)) {
		if (!strchr(line, '\n'))
			break;
		if (sscanf(line, "S %63s %u %u", a, &version, &pages) == 3)
			promise(a, version, pages);
		else if (sscanf(line, "M %63s %63s", a, b) == 2)
			moved(a, b);
		else if (sscanf(line, "D %63s", a) == 1)
			forget(a);
	}
	if (f)
		fclose(f);
}

/* NULL, or what is wrong with this file. */
static const char *check_file(const char *path, const struct track *t)
{
	unsigned char page[LOAD_PAGE], want[LOAD_PAGE];
	const char *wrong = NULL;
	FILE *f = fopen(path, "r");

	if (!f)
		return "is not there";
	for (unsigned i = 0; i < t->pages && !wrong; i++) {
		uint32_t version;

		if (fread(page, 1, LOAD_PAGE, f) != LOAD_PAGE) {
			wrong = "is too short";
			break;
		}
		memcpy(&version, page, 4);
		load_page_fill(want, version, i);
		if (version < t->version || memcmp(page, want, LOAD_PAGE) != 0)
			wrong = "has other bytes";
	}
	fclose(f);
	return wrong;
}

int main(int argc, char **argv)
{
	int bad = 0;

	if (argc != 3)
		return 2;
	read_log(argv[1]);
	for (int i = 0; i < TRACKS; i++) {
		struct track *t = &tracks[i];
		const char *wrong = NULL;

		for (int k = 0; k < t->npaths; k++) {
			char *path;

			if (asprintf(&path, "%s/%s", argv[2], t->path[k]) < 0)
				return 2;
			wrong = check_file(path, t);
			free(path);
			if (!wrong)
				break;
		}
		if (t->npaths && wrong) {
			printf("# %s (%d paths), synced as version %u with %u pages, %s\n",
			       t->path[0], t->npaths, t->version, t->pages, wrong);
			bad = 1;
		}
	}
	printf("# %u promises\n", promises);
	return bad;
}
