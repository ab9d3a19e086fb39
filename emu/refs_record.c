/*
 * Recording: what the harts' watch and the kernel tell becomes records.
 *
 * Memory is bounded by the machine's: one number a frame, one a swap slot in use, one a page of
 * disk that was in memory and has left it.
 */
#include "emu/refs.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "emu/inspect.h"

#define NONE	  UINT32_MAX
#define TIME_STEP 256 /* instructions that may pass before the time is written */
#define SEEN	  4096

/* An open set of numbers: 64-bit key to page. */
struct key_map {
	struct key_entry {
		uint64_t key; /* 0: empty */
		uint32_t page;
	} * entry;
	uint64_t capacity, used;
};

struct refs_recorder {
	struct machine *machine;
	struct inspect inspect;
	struct hart_watch watch;
	gzFile out;
	const char *path;
	bool failed;

	uint32_t *frame; /* the page in each frame, NONE */
	uint8_t *left;	 /* ... was evicted from it a moment ago */
	uint32_t pages;
	uint64_t time;
	uint32_t pid;
	struct key_map slots, contents; /* pages that are out of memory */
	struct refs_places data, code;
	uint32_t last_data, last_code; /* what need not be said again */
	bool last_stored;
	struct {
		uint64_t satp, vpn;
		uint32_t page;
	} seen[SEEN];
};

/* ---- Keys ---- */

static struct key_entry *find_key(const struct key_map *map, uint64_t key)
{
	uint64_t at = key * 0x9e3779b97f4a7c15ull;

	for (at ^= at >> 29;; at++) {
		struct key_entry *entry = &map->entry[at & (map->capacity - 1)];

		if (!entry->key || entry->key == key)
			return entry;
	}
}

/* False: out of memory. */
static bool set_key(struct key_map *map, uint64_t key, uint32_t page)
{
	struct key_entry *entry;

	if (map->used * 2 >= map->capacity) {
		struct key_map grown = { .capacity = map->capacity ? map->capacity * 2 : 1024 };

		grown.entry = calloc(grown.capacity, sizeof(*grown.entry));
		if (!grown.entry)
			return false;
		for (uint64_t i = 0; i < map->capacity; i++)
			if (map->entry[i].key && map->entry[i].page != NONE)
				set_key(&grown, map->entry[i].key, map->entry[i].page);
		free(map->entry);
		*map = grown;
	}
	entry = find_key(map, key);
	map->used += !entry->key;
	entry->key = key;
	entry->page = page;
	return true;
}

static uint32_t get_key(const struct key_map *map, uint64_t key)
{
	const struct key_entry *entry = map->capacity ? find_key(map, key) : NULL;

	return entry && entry->key ? entry->page : NONE;
}

/* ---- Bytes ---- */

static void put(struct refs_recorder *r, unsigned byte)
{
	if (gzputc(r->out, (int)byte) < 0)
		r->failed = true;
}

static void put_number(struct refs_recorder *r, uint64_t value)
{
	for (; value >= 128; value >>= 7)
		put(r, (unsigned)(value & 127) | 128);
	put(r, (unsigned)value);
}

static const struct hart *running(const struct refs_recorder *r)
{
	return r->machine->hart[0];
}

/* Before any record: what time it is, and who runs. */
static void put_time(struct refs_recorder *r)
{
	uint64_t now = hart_instret(running(r));
	uint32_t pid = r->inspect.guest ? r->inspect.guest->current_pid : 0;

	if (now - r->time >= TIME_STEP) {
		put(r, REFS_TIME);
		put_number(r, now - r->time);
		r->time = now;
	}
	if (pid != r->pid) {
		put(r, REFS_SPACE);
		put_number(r, pid);
		r->pid = pid;
		r->last_data = r->last_code = NONE;
	}
}

static void put_page(struct refs_recorder *r, unsigned code, uint32_t page)
{
	put_time(r);
	put(r, code);
	put_number(r, page);
}

/* ---- References ---- */

static void put_map(struct refs_recorder *r, uint32_t page, uint64_t va)
{
	uint64_t satp = hart_satp(running(r)), vpn = va >> 12;
	size_t at = (satp >> 44 ^ satp ^ vpn) % SEEN;

	if (r->seen[at].page == page && r->seen[at].vpn == vpn && r->seen[at].satp == satp)
		return;
	r->seen[at].satp = satp;
	r->seen[at].vpn = vpn;
	r->seen[at].page = page;
	put_page(r, REFS_MAP, page);
	put_number(r, vpn);
}

static uint32_t page_at(const struct refs_recorder *r, uint64_t pa)
{
	return ram_holds(&r->machine->ram, pa, 1) ? r->frame[ram_frame(&r->machine->ram, pa)]
						  : NONE;
}

static bool on_data(void *ctx, uint64_t va, uint64_t pa, bool store, enum priv priv)
{
	struct refs_recorder *r = ctx;
	uint32_t page = page_at(r, pa);
	int place;

	if (page == NONE || (page == r->last_data && (r->last_stored || !store)))
		return false;
	put_map(r, page, va);
	if (priv == PRIV_U) {
		put_time(r);
		place = refs_place(&r->data, page);
		if (place >= 0) {
			put(r, (unsigned)place | (store ? REFS_STORE_PLACE : 0u));
		} else {
			put_page(r, store ? REFS_STORE : REFS_LOAD, page);
			refs_put_first(&r->data, page);
		}
	} else {
		put_page(r, store ? REFS_KERNEL_STORE : REFS_KERNEL_LOAD, page);
	}
	r->last_data = page;
	r->last_stored = store;
	return true;
}

static bool on_fetch(void *ctx, uint64_t va, uint64_t pa)
{
	struct refs_recorder *r = ctx;
	uint32_t page = page_at(r, pa);
	int place;

	if (page == NONE || page == r->last_code)
		return false;
	put_map(r, page, va);
	put_time(r);
	place = refs_place(&r->code, page);
	if (place >= 0) {
		put(r, (unsigned)place | REFS_FETCH_PLACE);
	} else {
		put_page(r, REFS_FETCH, page);
		refs_put_first(&r->code, page);
	}
	r->last_code = page;
	r->last_data = NONE;
	return true;
}

/* ---- What the kernel tells ---- */

/* Contents that have a home on a disk or a number of their own: the same again when they return. */
static uint64_t contents_key(enum refs_kind kind, uint64_t detail, uint64_t inode, uint64_t index)
{
	if (kind == REFS_SHARED)
		return 1ull << 63 | detail;
	return (uint64_t)kind << 60 | inode << 32 | (index & 0xffffffff);
}

static enum refs_kind kind_of(uint64_t told, const struct introspect_frame *frame)
{
	return told & TOLD_IS_ANON		 ? REFS_FRESH
	       : frame->frame_class == FRAME_SHM ? REFS_SHARED
	       : frame->owner			 ? REFS_FILE
						 : REFS_METADATA;
}

static void page_enters(struct refs_recorder *r, uint64_t told, uint64_t detail, uint64_t number,
			const struct introspect_frame *frame)
{
	enum refs_kind kind = kind_of(told, frame);
	uint64_t key = contents_key(kind, detail, frame->owner, frame->page);
	uint32_t page = told & TOLD_HAS_SLOT ? get_key(&r->slots, detail + 1)
			: kind != REFS_FRESH ? get_key(&r->contents, key)
					     : NONE;
	bool is_new = page == NONE;
	unsigned flags = (told & TOLD_IN_FAULT ? REFS_IN_FAULT : 0) |
			 (told & TOLD_IS_DIRTY ? REFS_IS_DIRTY : 0);

	if (is_new)
		page = r->pages++;
	put_time(r);
	put(r, REFS_ENTER);
	put_number(r, (is_new ? (unsigned)kind : (unsigned)REFS_AGAIN) | flags);
	put_number(r, page);
	if (is_new && kind != REFS_FRESH) {
		put_number(r, kind == REFS_SHARED ? detail >> 32 : frame->owner);
		put_number(r, kind == REFS_SHARED ? detail & 0xffffffff : frame->page);
	}
	if (kind != REFS_FRESH && !is_new)
		r->failed |= !set_key(&r->contents, key, NONE);
	r->frame[number] = page;
	r->left[number] = 0;
}

/* Evicted: it lives on where it can be found again, or not at all. */
static void page_evicted(struct refs_recorder *r, uint64_t told, uint64_t number,
			 const struct introspect_frame *frame, uint64_t detail)
{
	enum refs_kind kind = kind_of(told, frame);

	if (kind == REFS_FRESH && !(told & TOLD_HAS_SLOT))
		return;
	if (kind != REFS_FRESH)
		r->failed |= !set_key(&r->contents,
				      contents_key(kind, detail, frame->owner, frame->page),
				      r->frame[number]);
	r->left[number] = 1;
}

static void page_leaves(struct refs_recorder *r, uint64_t number)
{
	put_page(r, r->left[number] ? REFS_EVICTED : REFS_DEAD, r->frame[number]);
	r->frame[number] = NONE;
	r->left[number] = 0;
}

static void slot_freed(struct refs_recorder *r, uint64_t slot, uint64_t frames)
{
	uint32_t page = get_key(&r->slots, slot + 1);

	if (page == NONE)
		return;
	r->failed |= !set_key(&r->slots, slot + 1, NONE);
	for (uint64_t i = 0; i < frames; i++)
		if (r->frame[i] == page)
			return;
	put_page(r, REFS_DEAD, page);
}

/* What is told of a page that the policy knows. */
static void of_page(struct refs_recorder *r, uint64_t told, uint64_t detail, uint64_t number,
		    const struct introspect_frame *frame)
{
	uint32_t page = r->frame[number];

	switch (told & TOLD_KIND) {
	case TOLD_LEAVE:
		page_leaves(r, number);
		break;
	case TOLD_EVICT:
		page_evicted(r, told, number, frame, detail);
		break;
	case TOLD_SLOT:
		r->failed |= !set_key(&r->slots, detail + 1, page);
		break;
	case TOLD_TOUCH:
		put_page(r, told & TOLD_IN_FAULT ? REFS_TOUCH_FAULT : REFS_TOUCH, page);
		break;
	case TOLD_DIRTY:
		put_page(r, REFS_DIRTY, page);
		break;
	case TOLD_FILL:
		put_page(r, REFS_FILL, page);
		break;
	case TOLD_FILLED:
		put_page(r, REFS_FILLED, page);
		break;
	case TOLD_COPY:
		put_page(r, REFS_COPY, page);
	}
}

static bool on_told(void *ctx)
{
	struct refs_recorder *r = ctx;
	uint64_t told, detail, count = 0, number;
	const struct introspect_frame *frames;

	if (!inspect_attach(&r->inspect, r->machine))
		return false;
	told = r->inspect.guest->told;
	detail = r->inspect.guest->told_detail;
	number = told >> TOLD_FRAME;
	frames = inspect_frames(&r->inspect, &count);
	if ((told & TOLD_KIND) == TOLD_FAULT) {
		put_time(r);
		put(r, REFS_FAULT);
		put_number(r, detail);
	} else if ((told & TOLD_KIND) == TOLD_SLOT_FREE) {
		slot_freed(r, detail, count);
	} else if (frames && number < count) {
		if ((told & TOLD_KIND) == TOLD_ENTER)
			page_enters(r, told, detail, number, &frames[number]);
		else if (r->frame[number] != NONE)
			of_page(r, told, detail, number, &frames[number]);
	}
	/* The next access of the program, be it to the same page, comes after this. */
	r->last_data = NONE;
	return true;
}

/* Another address space: its last pages are not this one's. */
static void on_event(void *ctx, const struct event *event)
{
	struct refs_recorder *r = ctx;

	r->last_data = r->last_code = NONE;
	hart_watch_again(r->machine->hart[event->hart]);
}

/* ---- The recorder ---- */

static bool find_told(struct refs_recorder *r)
{
	const struct machine *m = r->machine;
	uint64_t va, pa;

	if (!symbols_lookup(m->kernel_symbols, INTROSPECT_SYMBOL, &va))
		return false;
	pa = va - m->kernel_va + m->kernel_pa;
	r->watch.told_pa = pa + offsetof(struct introspect, told);
	return pa % 8 == 0 && ram_holds(&m->ram, pa, sizeof(struct introspect));
}

static bool open_file(struct refs_recorder *r, const char *title)
{
	/* The least effort: a reference string compresses by itself. */
	r->out = gzopen(r->path, "wb1");
	if (!r->out)
		return false;
	gzbuffer(r->out, 1 << 17);
	return gzputs(r->out, REFS_MAGIC) > 0 && gzprintf(r->out, "%.500s\n", title) > 0;
}

static void release(struct refs_recorder *r)
{
	free(r->frame);
	free(r->left);
	free(r->slots.entry);
	free(r->contents.entry);
	free(r);
}

struct refs_recorder *refs_record(struct machine *machine, const char *path, const char *title,
				  struct error *error)
{
	struct refs_recorder *r = calloc(1, sizeof(*r));
	uint64_t frames = machine->ram.bytes >> 12;

	if (r) {
		r->machine = machine;
		r->path = path;
		r->last_data = r->last_code = NONE;
		r->watch = (struct hart_watch){
			.ctx = r, .data = on_data, .fetch = on_fetch, .told = on_told
		};
		r->frame = malloc(frames * sizeof(*r->frame));
		r->left = calloc(frames, 1);
	}
	if (!r || !r->frame || !r->left) {
		refuse(error, "--refs: out of memory");
	} else if (machine->config.nharts != 1 || !find_told(r)) {
		refuse(error, "--refs: this kernel does not tell what becomes of its pages");
	} else if (!open_file(r, title)) {
		refuse(error, "--refs: %s: %s", path, strerror(errno));
	} else if (!event_subscribe(&machine->events, EVENT_BIT(EVENT_SATP), on_event, r)) {
		refuse(error, "--refs: too many observers");
		gzclose(r->out);
	} else {
		memset(r->frame, 0xff, frames * sizeof(*r->frame));
		machine->ram.frame_flags[ram_frame(&machine->ram, r->watch.told_pa)] |=
			FRAME_FLAG_TOLD;
		hart_set_watch(machine->hart[0], &r->watch);
		return r;
	}
	if (r)
		release(r);
	return NULL;
}

bool refs_close(struct refs_recorder *r, struct error *error)
{
	bool ok = true;

	if (!r)
		return true;
	hart_set_watch(r->machine->hart[0], NULL);
	event_unsubscribe(&r->machine->events, on_event, r);
	put(r, REFS_END);
	if (gzclose(r->out) != Z_OK || r->failed)
		ok = refuse(error, "--refs: %s could not be written", r->path);
	release(r);
	return ok;
}
