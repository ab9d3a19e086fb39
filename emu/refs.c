/* Reading reference strings: recorded ones and those that were typed. */
#include "emu/refs.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#define NAMES_MOST (1u << 20) /* of pages in a typed string */

struct refs_reader {
	gzFile in;
	const char *path;
	char title[512];
	bool text, ended, damaged;
	struct refs_places data, code;
	uint32_t pages;
	char (*name)[16]; /* of a typed string */
};

/* ---- The lists of pages used last ---- */

static void move_first(struct refs_places *places, unsigned place)
{
	uint32_t page = places->page[place];

	memmove(places->page + 1, places->page, place * sizeof(places->page[0]));
	places->page[0] = page;
}

int refs_place(struct refs_places *places, uint32_t page)
{
	for (unsigned i = 0; i < places->count; i++) {
		if (places->page[i] == page) {
			move_first(places, i);
			return (int)i;
		}
	}
	return -1;
}

uint32_t refs_at_place(struct refs_places *places, unsigned place)
{
	if (place >= places->count)
		return UINT32_MAX;
	move_first(places, place);
	return places->page[0];
}

void refs_put_first(struct refs_places *places, uint32_t page)
{
	if (places->count < REFS_PLACES)
		places->count++;
	places->page[places->count - 1] = page;
	move_first(places, places->count - 1);
}

/* ---- Recorded ---- */

static uint64_t number(struct refs_reader *r)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64; shift += 7) {
		int byte = gzgetc(r->in);

		if (byte < 0)
			break;
		value |= (uint64_t)(byte & 127) << shift;
		if (byte < 128)
			return value;
	}
	r->damaged = true;
	return 0;
}

static uint32_t page_number(struct refs_reader *r, bool may_be_new)
{
	uint64_t page = number(r);

	if (page >= r->pages + (may_be_new ? 1u : 0u)) {
		r->damaged = true;
		return 0;
	}
	return (uint32_t)page;
}

static void used(struct refs_reader *r, struct refs_event *event, struct refs_places *places)
{
	event->page = page_number(r, false);
	if (refs_place(places, event->page) < 0)
		refs_put_first(places, event->page);
}

static void entered(struct refs_reader *r, struct refs_event *event)
{
	event->flags = number(r);
	event->page = page_number(r, true);
	if ((event->flags & REFS_KIND) >= REFS_KINDS)
		r->damaged = true;
	if (event->page < r->pages)
		return;
	r->pages++;
	if ((event->flags & REFS_KIND) != REFS_FRESH) {
		event->inode = number(r);
		event->index = number(r);
	}
}

static void at_place(struct refs_reader *r, unsigned byte, struct refs_event *event)
{
	bool fetch = byte >= REFS_FETCH_PLACE;

	event->code = fetch ? REFS_FETCH : byte >= REFS_STORE_PLACE ? REFS_STORE : REFS_LOAD;
	event->page = refs_at_place(fetch ? &r->code : &r->data, byte % REFS_PLACES);
	if (event->page == UINT32_MAX)
		r->damaged = true;
}

static bool next_record(struct refs_reader *r, struct refs_event *event)
{
	int byte = gzgetc(r->in);

	*event = (struct refs_event){ .code = (enum refs_code)byte };
	if (byte < 0 || byte > REFS_END)
		r->damaged = true;
	else if (byte < REFS_TIME)
		at_place(r, (unsigned)byte, event);
	else if (byte == REFS_LOAD || byte == REFS_STORE)
		used(r, event, &r->data);
	else if (byte == REFS_FETCH)
		used(r, event, &r->code);
	else if (byte == REFS_ENTER)
		entered(r, event);
	else if (byte == REFS_TIME || byte == REFS_FAULT || byte == REFS_SPACE)
		event->flags = number(r);
	else if (byte != REFS_END)
		event->page = page_number(r, false);
	if (byte == REFS_MAP)
		event->index = number(r);
	r->ended = byte == REFS_END;
	return !r->ended && !r->damaged;
}

/* ---- Typed ---- */

static bool is_name(int c)
{
	return isalnum(c) || c == '_' || c == '.' || c == '-' || c == ':';
}

static int skip_blanks(struct refs_reader *r)
{
	int c;

	do {
		c = gzgetc(r->in);
		if (c == '#')
			while (c >= 0 && c != '\n')
				c = gzgetc(r->in);
	} while (c == ',' || c == ';' || (c >= 0 && isspace(c)));
	return c;
}

static bool next_name(struct refs_reader *r, struct refs_event *event)
{
	char name[16] = "";
	size_t n = 0;
	int c = skip_blanks(r);
	uint32_t page = 0;

	r->ended = c < 0;
	if (r->ended)
		return false;
	for (; c >= 0 && is_name(c) && n < sizeof(name) - 1; c = gzgetc(r->in))
		name[n++] = (char)c;
	if (!n || (c >= 0 && !isspace(c) && !strchr(",;#", c))) {
		r->damaged = true;
		return false;
	}
	gzungetc(c, r->in);
	while (page < r->pages && strcmp(r->name[page], name) != 0)
		page++;
	if (page == r->pages) {
		if (page % 1024 == 0) {
			void *grown = page < NAMES_MOST
					      ? realloc(r->name, (page + 1024) * sizeof(name))
					      : NULL;

			r->damaged = !grown;
			if (!grown)
				return false;
			r->name = grown;
		}
		memcpy(r->name[r->pages++], name, sizeof(name));
	}
	*event = (struct refs_event){ .code = REFS_LOAD, .page = page };
	return true;
}

/* ---- Both ---- */

static void read_title(struct refs_reader *r)
{
	size_t n;

	if (!gzgets(r->in, r->title, sizeof(r->title)))
		r->damaged = true;
	n = strcspn(r->title, "\n");
	r->title[n] = 0;
}

struct refs_reader *refs_open(const char *path, struct error *error)
{
	struct refs_reader *r = calloc(1, sizeof(*r));
	char magic[sizeof(REFS_MAGIC) - 1];
	int n;

	errno = ENOMEM;
	if (r)
		r->in = gzopen(path, "rb");
	if (!r || !r->in) {
		refuse(error, "%s: %s", path, strerror(errno));
		free(r);
		return NULL;
	}
	gzbuffer(r->in, 1 << 17);
	r->path = path;
	n = gzread(r->in, magic, sizeof(magic));
	if (n == (int)sizeof(magic) && memcmp(magic, REFS_MAGIC, sizeof(magic)) == 0) {
		read_title(r);
		return r;
	}
	r->text = true;
	if (n >= 0 && gzrewind(r->in) == 0)
		return r;
	refuse(error, "%s: it cannot be read", path);
	gzclose(r->in);
	free(r);
	return NULL;
}

bool refs_is_text(const struct refs_reader *reader)
{
	return reader->text;
}

const char *refs_title(const struct refs_reader *reader)
{
	return reader->title;
}

bool refs_next(struct refs_reader *reader, struct refs_event *event)
{
	if (reader->ended || reader->damaged)
		return false;
	return reader->text ? next_name(reader, event) : next_record(reader, event);
}

bool refs_finish(struct refs_reader *reader, struct error *error)
{
	bool ok = reader->ended && !reader->damaged;

	if (!ok && reader->text)
		refuse(error, "%s: neither a recorded reference string nor names of pages",
		       reader->path);
	else if (!ok)
		refuse(error, "%s: the recording is damaged or incomplete", reader->path);
	gzclose(reader->in);
	free(reader->name);
	free(reader);
	return ok;
}
