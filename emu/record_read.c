/* --replay: a record, or a script written by hand. */
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/parse.h"
#include "emu/record.h"

struct reader {
	struct recording *recording;
	size_t room; /* of recording->event */
	unsigned line;
	bool ended;
	char *at; /* the rest of the line */
	char *error;
	unsigned error_bytes;
};

static bool wrong(struct reader *r, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* "FILE:LINE: what is wrong"; always false. */
static bool wrong(struct reader *r, const char *format, ...)
{
	int n = snprintf(r->error, r->error_bytes, "%.200s:%u: ", r->recording->path, r->line);
	va_list args;

	va_start(args, format);
	vsnprintf(r->error + n, r->error_bytes - (unsigned)n, format, args);
	va_end(args);
	/* Words of a damaged file do as they like, but not with the user's terminal. */
	for (char *c = r->error; *c; c++)
		if ((unsigned char)*c < ' ' || *c == 0x7f)
			*c = '?';
	return false;
}

/* ---- Words ---- */

/* The next word, ended by a zero; "" at the line's end. */
static char *word(struct reader *r)
{
	char *from = r->at;
	size_t n = strcspn(from, " ");

	r->at = from + n;
	if (*r->at)
		*r->at++ = 0;
	return from;
}

static bool number(struct reader *r, const char *text, uint64_t *value)
{
	return parse_number(text, value) || wrong(r, "'%.40s' is no number", text);
}

static bool hexadecimal(struct reader *r, const char *name, uint64_t *value)
{
	char *text = word(r), *end;
	size_t n = strlen(name);

	if (strncmp(text, name, n) == 0 && text[n] == '=' && strlen(text + n + 1) == 16) {
		*value = strtoull(text + n + 1, &end, 16);
		if (!*end)
			return true;
	}
	return wrong(r, "'%.40s': %s=, and 16 hexadecimal digits", text, name);
}

static bool when(struct reader *r, const char *text, uint64_t *ns)
{
	return parse_time(text, ns) || wrong(r, "'%.40s' is no time (try 1.5s)", text);
}

/* The rest of the line with its escapes undone, in place. */
static bool text(struct reader *r, uint8_t **bytes, size_t *n)
{
	uint8_t *out = (uint8_t *)r->at;

	*bytes = out;
	for (const char *in = r->at; *in; in++) {
		static const char letters[] = "rnte\\", meant[] = "\r\n\t\033\\";
		const char *letter;
		unsigned value;

		if (*in != '\\') {
			*out++ = (uint8_t)*in;
			continue;
		}
		in++;
		letter = *in ? strchr(letters, *in) : NULL;
		if (letter) {
			*out++ = (uint8_t)meant[letter - letters];
		} else if (*in == 'x' && strspn(in + 1, "0123456789abcdefABCDEF") >= 2 &&
			   sscanf(in + 1, "%2x", &value) == 1) {
			*out++ = (uint8_t)value;
			in += 2;
		} else {
			return wrong(r, "'\\%.1s': the escapes are \\r \\n \\t \\e \\\\ and \\xHH",
				     in);
		}
	}
	*n = (size_t)(out - *bytes);
	r->at = "";
	return *n || wrong(r, "no text");
}

/* ---- Lines ---- */

static bool line_for(struct reader *r)
{
	struct fingerprint *f = &r->recording->fingerprint;

	return hexadecimal(r, "machine", &f->machine) && hexadecimal(r, "memory", &f->memory) &&
	       hexadecimal(r, "disks", &f->disks);
}

static bool host_word(struct reader *r, const char *name, char *value)
{
	struct host_facts *host = &r->recording->host;
	size_t n;
	uint8_t *bytes;
	char tail;

	if (strcmp(name, "terminal") == 0) {
		if (strlen(value) != 3 || strspn(value, "01") != 3)
			return wrong(r, "terminal=%.40s: a 0 or 1 for each of three descriptors",
				     value);
		for (int fd = 0; fd < 3; fd++)
			host->terminal[fd] = value[fd] == '1';
	} else if (strcmp(name, "size") == 0) {
		if (sscanf(value, "%hux%hu%c", &host->cols, &host->rows, &tail) != 2)
			return wrong(r, "size=%.40s: COLUMNSxROWS", value);
	} else if (strcmp(name, "input") == 0) {
		if (strcmp(value, "file") != 0 && strcmp(value, "live") != 0)
			return wrong(r, "input=%.40s: file or live", value);
		host->file = value[0] == 'f';
	} else if (strcmp(name, "epoch") == 0) {
		return number(r, value, &host->epoch_ns);
	} else if (strcmp(name, "term") == 0) {
		r->at = value;
		if (!*value) {
			host->term[0] = 0;
			return true;
		}
		if (!text(r, &bytes, &n))
			return false;
		if (n >= sizeof(host->term) || memchr(bytes, 0, n))
			return wrong(r, "term=: no terminal has such a name");
		memcpy(host->term, bytes, n);
		host->term[n] = 0;
	} else {
		return wrong(r, "'%.40s': terminal=, size=, input=, epoch= or term=", name);
	}
	return true;
}

static bool line_host(struct reader *r)
{
	while (*r->at) {
		char *name = word(r), *equals = strchr(name, '=');

		if (!equals)
			return wrong(r, "'%.40s': a value is missing", name);
		*equals = 0;
		if (!host_word(r, name, equals + 1))
			return false;
	}
	return true;
}

static bool line_file(struct reader *r)
{
	struct recording *recording = r->recording;
	uint8_t *bytes, *more;
	size_t n;

	if (!text(r, &bytes, &n))
		return false;
	more = realloc(recording->file, recording->file_bytes + n);
	if (!more)
		return wrong(r, "out of memory");
	memcpy(more + recording->file_bytes, bytes, n);
	recording->file = more;
	recording->file_bytes += n;
	recording->host.file = true;
	return true;
}

static bool line_gone(struct reader *r)
{
	uint64_t descriptor;

	if (!number(r, word(r), &descriptor))
		return false;
	if (descriptor >= RECORD_DESCRIPTORS)
		return wrong(r, "descriptor %" PRIu64 ": 0, 1 or 2", descriptor);
	return number(r, word(r), &r->recording->gone[descriptor]);
}

static bool line_end(struct reader *r)
{
	r->ended = true;
	return when(r, word(r), &r->recording->end_ns) &&
	       (strcmp(word(r), "insn") == 0 || wrong(r, "end TIME insn N")) &&
	       number(r, word(r), &r->recording->end_insns);
}

static struct input_event *append(struct reader *r)
{
	struct recording *recording = r->recording;

	if (recording->nevents == r->room) {
		size_t room = r->room ? 2 * r->room : 64;
		struct input_event *more = realloc(recording->event, room * sizeof(*more));

		if (!more)
			return NULL;
		recording->event = more;
		r->room = room;
	}
	recording->event[recording->nevents] = (struct input_event){ 0 };
	return &recording->event[recording->nevents++];
}

static bool what(struct reader *r, struct input_event *event, const char *verb)
{
	uint8_t *bytes;
	uint64_t signal;
	char tail;

	if (strcmp(verb, "type") == 0) {
		event->kind = INPUT_TYPE;
		if (!text(r, &bytes, &event->count))
			return false;
		event->bytes = malloc(event->count);
		if (!event->bytes)
			return wrong(r, "out of memory");
		memcpy(event->bytes, bytes, event->count);
	} else if (strcmp(verb, "eof") == 0) {
		event->kind = INPUT_EOF;
	} else if (strcmp(verb, "break") == 0) {
		event->kind = INPUT_BREAK;
	} else if (strcmp(verb, "window") == 0) {
		char *size = word(r);

		event->kind = INPUT_WINDOW;
		if (sscanf(size, "%hux%hu%c", &event->cols, &event->rows, &tail) != 2)
			return wrong(r, "'%.40s': window COLUMNSxROWS", size);
	} else if (strcmp(verb, "quit") == 0) {
		event->kind = INPUT_QUIT;
		if (!number(r, word(r), &signal))
			return false;
		if (signal > 64)
			return wrong(r, "quit: 0 or the number of a signal");
		event->signal = (int)signal;
	} else {
		return wrong(r, "'%.40s': type, eof, window, break or quit", verb);
	}
	return true;
}

/* "at TIME [insn N] WHAT", "after TIME WHAT": so long behind the one before. */
static bool line_event(struct reader *r, bool after)
{
	struct recording *recording = r->recording;
	struct input_event before = { 0 }, *event;
	uint64_t ns;
	char *verb;

	if (recording->nevents)
		before = recording->event[recording->nevents - 1];
	if (!when(r, word(r), &ns))
		return false;
	if (after && __builtin_add_overflow(ns, before.ns, &ns))
		return wrong(r, "so late that time ends before");
	event = append(r);
	if (!event)
		return wrong(r, "out of memory");
	event->ns = ns;
	event->insns = before.insns;
	verb = word(r);
	if (strcmp(verb, "insn") == 0) {
		event->exact = true;
		if (!number(r, word(r), &event->insns))
			return false;
		verb = word(r);
	}
	if (ns < before.ns || event->insns < before.insns)
		return wrong(r, "earlier than the line before");
	if (!what(r, event, verb))
		return false;
	return true;
}

static bool take_line(struct reader *r)
{
	char *keyword = word(r);
	bool ok;

	if (r->ended)
		return wrong(r, "something behind the end");
	if (strcmp(keyword, "at") == 0 || strcmp(keyword, "after") == 0)
		ok = line_event(r, keyword[1] == 'f');
	else if (strcmp(keyword, "for") == 0)
		ok = line_for(r);
	else if (strcmp(keyword, "host") == 0)
		ok = line_host(r);
	else if (strcmp(keyword, "file") == 0)
		ok = line_file(r);
	else if (strcmp(keyword, "gone") == 0)
		ok = line_gone(r);
	else if (strcmp(keyword, "end") == 0)
		ok = line_end(r);
	else
		ok = wrong(r, "'%.40s': at, after, host, for, file, gone or end", keyword);
	return ok && (!*r->at || wrong(r, "too many words: '%.40s'", r->at));
}

/* ---- The file ---- */

/* A record is whole only with its end; what is written by hand needs none. */
static bool first_line(struct reader *r)
{
	r->recording->recorded = strcmp(r->at, "faultline record 1") == 0;
	return r->recording->recorded || strcmp(r->at, "faultline input 1") == 0 ||
	       wrong(r, "no record: the first line is not 'faultline input 1'");
}

static bool read_lines(struct reader *r, FILE *file)
{
	char *line = NULL;
	size_t room = 0;
	ssize_t n;
	bool ok = true, whole = true;

	while (ok && (n = getline(&line, &room, file)) >= 0) {
		r->line++;
		whole = line[n - 1] == '\n';
		if (whole)
			line[n - 1] = 0;
		r->at = line;
		if (r->line == 1)
			ok = first_line(r);
		else if (strlen(line) != (size_t)n - whole)
			ok = wrong(r, "a zero byte: this is no text");
		else if (line[0] && line[0] != '#')
			ok = take_line(r);
	}
	free(line);
	if (!ok)
		return false;
	if (ferror(file))
		return wrong(r, "%s", strerror(errno));
	if (r->line == 0)
		return wrong(r, "no record: the file is empty");
	if (r->recording->recorded && (!r->ended || !whole))
		return wrong(r, "cut off: the 'end' of the recorded run is missing");
	return true;
}

struct recording *recording_read(const char *path, char *error, unsigned error_bytes)
{
	struct recording *recording = calloc(1, sizeof(*recording));
	struct reader r = { .recording = recording, .error = error, .error_bytes = error_bytes };
	FILE *file = recording ? fopen(path, "re") : NULL;
	bool ok;

	if (!file) {
		snprintf(error, error_bytes, "%s: %s", path, strerror(errno));
		free(recording);
		return NULL;
	}
	recording->path = path;
	/* Who writes by hand types at a terminal, the same one everywhere. */
	recording->host = (struct host_facts){
		.terminal = { true, true, true }, .cols = 80, .rows = 24, .term = "linux"
	};
	for (unsigned fd = 0; fd < RECORD_DESCRIPTORS; fd++)
		recording->gone[fd] = RECORD_NEVER;
	ok = read_lines(&r, file);
	fclose(file);
	if (ok)
		return recording;
	recording_free(recording);
	return NULL;
}

void recording_free(struct recording *recording)
{
	if (!recording)
		return;
	for (size_t i = 0; i < recording->nevents; i++)
		free(recording->event[i].bytes);
	free(recording->event);
	free(recording->file);
	free(recording);
}
