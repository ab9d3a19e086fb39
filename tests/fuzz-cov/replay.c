/*
 * Feeds a harness every input of its corpus, corpus/NAME for a program called NAME: what an hour of
 * fuzzing found worth keeping, and every input that ever broke something.  TAP.
 */
#include <dirent.h>
#include <unistd.h>

#include "tests/fuzz-cov/input.h"

#define PATIENCE_SECONDS 200

static bool replay(const char *path)
{
	FILE *file = fopen(path, "rb");
	static uint8_t bytes[65536];
	uint8_t *exact;
	size_t n;

	if (!file)
		return false;
	n = fread(bytes, 1, sizeof(bytes), file);
	fclose(file);
	/* Of its own size, so that the sanitizer sees what reads past its end. */
	exact = malloc(n ? n : 1);
	memcpy(exact, bytes, n);
	fprintf(stderr, "# %s\n", path);
	LLVMFuzzerTestOneInput(exact, n);
	free(exact);
	return true;
}

int main(int argc, char **argv)
{
	const char *slash = strrchr(argv[0], '/'), *name = slash ? slash + 1 : argv[0];
	/* Harnesses send standard output nowhere. */
	FILE *out = fdopen(dup(1), "w");
	struct dirent **list;
	unsigned done = 0;
	char path[4096];
	int n;

	alarm(PATIENCE_SECONDS);
	if (argc > 1) {
		for (int i = 1; i < argc; i++)
			done += replay(argv[i]);
		fprintf(out, "%u of %d replayed\n", done, argc - 1);
		return done != (unsigned)argc - 1;
	}
	snprintf(path, sizeof(path), "tests/fuzz-cov/corpus/%s", name);
	n = scandir(path, &list, NULL, alphasort);
	for (int i = 0; i < n; i++) {
		snprintf(path, sizeof(path), "tests/fuzz-cov/corpus/%s/%s", name, list[i]->d_name);
		if (list[i]->d_name[0] != '.')
			done += replay(path);
		free(list[i]);
	}
	fprintf(out, "%sok 1 - wild input: %u files of %s's corpus harm nothing\n1..1\n",
		done > 20 ? "" : "not ", done, name);
	if (n >= 0)
		free(list);
	return done > 20 ? 0 : 1;
}
