/* --record: what reached the run from outside, line by line. */
#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/record.h"

struct recorder {
	const char *path;
	FILE *file;
	bool failed;
};

struct recorder *recorder_open(const char *path, char *error, unsigned error_bytes)
{
	struct recorder *r = calloc(1, sizeof(*r));

	if (r) {
		r->path = path;
		r->file = fopen(path, "we");
		if (r->file)
			return r;
	}
	snprintf(error, error_bytes, "%s: %s", path, strerror(errno));
	free(r);
	return NULL;
}

static void end_line(struct recorder *r)
{
	if (putc('\n', r->file) == EOF || fflush(r->file) != 0)
		r->failed = true;
}

/* Printable ASCII as it is; a blank at an end would not be seen. */
static void put_text(struct recorder *r, const uint8_t *bytes, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		uint8_t c = bytes[i];
		bool plain = c > ' ' && c < 0x7f && c != '\\';

		if (plain || (c == ' ' && i > 0 && i + 1 < n))
			putc(c, r->file);
		else if (c == '\r')
			fputs("\\r", r->file);
		else if (c == '\n')
			fputs("\\n", r->file);
		else if (c == '\\')
			fputs("\\\\", r->file);
		else
			fprintf(r->file, "\\x%02x", c);
	}
}

static void put_time(struct recorder *r, uint64_t ns)
{
	fprintf(r->file, "%" PRIu64 ".%09us", ns / 1000000000, (unsigned)(ns % 1000000000));
}

void recorder_begin(struct recorder *r, const struct host_facts *host,
		    const struct fingerprint *fingerprint)
{
	fputs("faultline record 1\n# what reached the run from outside, and when: for --replay, see "
	      "faultline(1)\n",
	      r->file);
	fprintf(r->file, "for machine=%016" PRIx64 " memory=%016" PRIx64 " disks=%016" PRIx64 "\n",
		fingerprint->machine, fingerprint->memory, fingerprint->disks);
	fprintf(r->file, "host terminal=%d%d%d size=%ux%u input=%s epoch=%" PRIu64 " term=",
		host->terminal[0], host->terminal[1], host->terminal[2], host->cols, host->rows,
		host->file ? "file" : "live", host->epoch_ns);
	put_text(r, (const uint8_t *)host->term, strlen(host->term));
	end_line(r);
}

void recorder_event(struct recorder *r, const struct input_event *event)
{
	fputs("at ", r->file);
	put_time(r, event->ns);
	fprintf(r->file, " insn %" PRIu64 " ", event->insns);
	switch (event->kind) {
	case INPUT_TYPE:
		fputs("type ", r->file);
		put_text(r, event->bytes, event->count);
		break;
	case INPUT_EOF:
		fputs("eof", r->file);
		break;
	case INPUT_WINDOW:
		fprintf(r->file, "window %ux%u", event->cols, event->rows);
		break;
	case INPUT_BREAK:
		fputs("break", r->file);
		break;
	case INPUT_QUIT:
		fprintf(r->file, "quit %d", event->signal);
		break;
	}
	end_line(r);
}

void recorder_file(struct recorder *r, const uint8_t *bytes, size_t n)
{
	fputs("file ", r->file);
	put_text(r, bytes, n);
	end_line(r);
}

void recorder_gone(struct recorder *r, unsigned descriptor, uint64_t bytes)
{
	fprintf(r->file, "gone %u %" PRIu64, descriptor, bytes);
	end_line(r);
}

void recorder_end(struct recorder *r, uint64_t insns, uint64_t ns)
{
	fputs("end ", r->file);
	put_time(r, ns);
	fprintf(r->file, " insn %" PRIu64, insns);
	end_line(r);
}

bool recorder_close(struct recorder *r, char *error, unsigned error_bytes)
{
	bool ok;

	if (!r)
		return true;
	ok = !ferror(r->file) && !r->failed;
	if (fclose(r->file) != 0)
		ok = false;
	if (!ok)
		snprintf(error, error_bytes, "%s: the record could not be written", r->path);
	free(r);
	return ok;
}
