/*
 * The files that the emulator writes for itself and people edit: the first byte says which kind the rest
 * is. Records for --replay, reference strings for `policies`, tables and statistics of `sweep`.
 */
#include "emu/cmd.h"
#include "emu/record.h"
#include "emu/steps.h"
#include "emu/sweep.h"
#include "tests/fuzz-cov/input.h"
#include "tests/fuzz-cov/sandbox.h"

static void try_record(const char *path)
{
	char error[512] = "";
	struct recording *recording = recording_read(path, error, sizeof(error));
	uint8_t sum = 0;

	if (!recording) {
		MUST(error[0] && strlen(error) < sizeof(error));
		return;
	}
	for (size_t i = 0; i < recording->nevents; i++)
		for (size_t k = 0; k < recording->event[i].count; k++)
			sum |= recording->event[i].bytes[k];
	for (size_t i = 0; i < recording->file_bytes; i++)
		sum |= recording->file[i];
	MUST(sum == sum && recording->path);
	recording_free(recording);
}

static void try_policies(const char *path)
{
	/* The library that writes pictures opens the file itself. */
	char *argv[] = { (char *)"policies",
			 (char *)"--frames=1..9:4,50%",
			 (char *)"--points=3",
			 (char *)"--policies=lru,opt,ws,fifo,clock,aging,wsclock,random",
			 (char *)"--csv=out",
			 (char *)"--svg=out",
			 (char *)"--png=/dev/null",
			 (char *)path,
			 NULL };
	int status = cmd_policies(8, argv);

	MUST(status == 0 || status == 2 || status == 125);
}

static void try_table(const char *path)
{
	struct experiment plot = { .svg = "out", .png = "/dev/null" };
	struct sweep_table table = { .row = NULL };
	struct error error = { "" };

	if (sweep_read_csv(path, &table, &error)) {
		sweep_sort(&table);
		sweep_write_csv("out", &table, &error);
		sweep_draw(&plot, "t", 0, &table, &error);
	} else {
		MUST(error.text[0]);
	}
	free(table.row);
}

static void try_stats(const char *path)
{
	struct sweep_row row = { .failed = false };
	struct error error = { "" };

	MUST(sweep_read_stats(path, &row, &error) || error.text[0]);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	const char *path;

	if (size < 2)
		return 0;
	sandbox_enter();
	path = sandbox_file("f", data + 1, size - 1);
	switch (*data) {
	case 'r':
		try_record("f");
		break;
	case 'p':
		try_policies(path);
		break;
	case 'c':
		try_table("f");
		break;
	case 'j':
		try_stats("f");
		break;
	}
	sandbox_leave();
	return 0;
}
