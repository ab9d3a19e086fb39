#include "mmu/tlb.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SETS 65536
#define MAX_WAYS 64 /* a bit each in a word */
#define ASIDS	 65536
#define ANY	 UINT32_MAX

_Static_assert(ASIDS == UINT16_MAX + 1, "every ASID has an element");

/*
 * Page sizes of leaves, smallest first.  A translation of size k is looked for in the set that its
 * own page number selects, so a look-up probes one set for each size in use.
 */
static const uint8_t size_shift[] = { 12, 16, 21, 30, 39, 48 };

#define SIZES (sizeof(size_shift) / sizeof(size_shift[0]))

/*
 * What a look-up and the choice of a victim read of a way stands apart from its entry, so that they
 * touch one line of the host's cache where a set has four ways.
 *
 * A tag is the page's virtual address with its size's number in the offset bits: one comparison
 * settles both.  `filled` is the number of the fill that made the entry, 0 if it was dropped.  The
 * entry is valid if no flush that concerns it has come since; so flushing all or one ASID is to note
 * the number of the next fill.
 */
struct way {
	uint64_t tag;
	uint64_t filled;
};

#define LINE_BYTES 64
#define MAX_FILLS  (UINT64_MAX / MAX_WAYS / 2) /* no machine lives to see so many */

struct tlb {
	struct tlb_config config;
	struct tlb_counters counters;
	tlb_drop_fn *on_drop;
	void *ctx;
	struct way *way;
	struct tlb_entry *entry;
	uint64_t random; /* state of the generator that picks victims */
	uint64_t fills;	 /* number of the next fill; the first is 1 */
	unsigned sizes;	 /* bit k: an entry of size k may be valid */

	/* Numbers of the fills that came next after the last flush ... */
	uint64_t flushed;     /* of any of the two kinds: what is younger is valid */
	uint64_t all_flushed; /* of everything */
	void *way_memory, *entry_memory;
	uint64_t asid_flushed[ASIDS];
};

static size_t capacity(const struct tlb *tlb)
{
	return (size_t)tlb->config.sets * tlb->config.ways;
}

static uint64_t make_tag(uint64_t va, unsigned size)
{
	return (va >> size_shift[size] << size_shift[size]) | size;
}

/* The index of way 0 of the set where `va` stands if its page has this size. */
static size_t first_way(const struct tlb *tlb, uint64_t va, unsigned size)
{
	return (size_t)(va >> size_shift[size] & (tlb->config.sets - 1)) * tlb->config.ways;
}

/* Not younger than every flush: was there one of those that concern it? */
static bool outlived_flushes(const struct tlb *tlb, size_t at)
{
	const struct tlb_entry *entry = &tlb->entry[at];
	uint64_t filled = tlb->way[at].filled;

	return filled >= tlb->all_flushed &&
	       (entry->global || filled >= tlb->asid_flushed[entry->asid]);
}

static inline bool is_valid(const struct tlb *tlb, size_t at)
{
	return tlb->way[at].filled >= tlb->flushed || outlived_flushes(tlb, at);
}

bool tlb_entry_valid(const struct tlb *tlb, const struct tlb_entry *entry)
{
	return is_valid(tlb, (size_t)(entry - tlb->entry));
}

/* Zeroed memory that begins with a line; *memory is for free(). */
static void *allocate_lines(size_t n, size_t bytes, void **memory)
{
	*memory = calloc(n * bytes + LINE_BYTES, 1);
	return (void *)(((uintptr_t)*memory + LINE_BYTES - 1) & ~(uintptr_t)(LINE_BYTES - 1));
}

struct tlb *tlb_create(const struct tlb_config *config, tlb_drop_fn *on_drop, void *ctx)
{
	struct tlb *tlb;

	if (config->sets < 1 || config->sets > MAX_SETS || (config->sets & (config->sets - 1)) ||
	    config->ways < 1 || config->ways > MAX_WAYS)
		return NULL;
	tlb = calloc(1, sizeof(*tlb));
	if (!tlb)
		return NULL;
	tlb->config = *config;
	tlb->on_drop = on_drop;
	tlb->ctx = ctx;
	tlb->random = config->seed;
	tlb->fills = tlb->flushed = tlb->all_flushed = 1;
	tlb->way = allocate_lines(capacity(tlb), sizeof(*tlb->way), &tlb->way_memory);
	tlb->entry = allocate_lines(capacity(tlb), sizeof(*tlb->entry), &tlb->entry_memory);
	if (!tlb->way_memory || !tlb->entry_memory) {
		tlb_destroy(tlb);
		return NULL;
	}
	return tlb;
}

void tlb_destroy(struct tlb *tlb)
{
	if (!tlb)
		return;
	free(tlb->way_memory);
	free(tlb->entry_memory);
	free(tlb);
}

/* Bit k: way k of the set that begins at `first` bears this tag.  No branch depends on which: that
 * could not be foreseen. */
static inline uint64_t ways_with(const struct tlb *tlb, size_t first, uint64_t tag)
{
	uint64_t found = 0;

	for (unsigned k = 0; k < tlb->config.ways; k++)
		found |= (uint64_t)(tlb->way[first + k].tag == tag) << k;
	return found;
}

struct tlb_entry *tlb_find(struct tlb *tlb, uint64_t va, uint16_t asid)
{
	for (unsigned sizes = tlb->sizes; sizes; sizes &= sizes - 1) {
		unsigned size = (unsigned)__builtin_ctz(sizes);
		size_t first = first_way(tlb, va, size);
		uint64_t found = ways_with(tlb, first, make_tag(va, size));

		for (; found; found &= found - 1) {
			size_t at = first + (unsigned)__builtin_ctzll(found);
			struct tlb_entry *entry = &tlb->entry[at];

			if ((entry->global || entry->asid == asid) && is_valid(tlb, at))
				return entry;
		}
	}
	return NULL;
}

static void drop(struct tlb *tlb, size_t at)
{
	if (tlb->on_drop)
		tlb->on_drop(tlb->ctx, &tlb->entry[at]);
	tlb->way[at].filled = 0;
}

/* splitmix64 */
static uint64_t next_random(struct tlb *tlb)
{
	uint64_t z = tlb->random += 0x9e3779b97f4a7c15ull;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ull;
	z = (z ^ z >> 27) * 0x94d049bb133111ebull;
	return z ^ z >> 31;
}

/* A free way of the set that begins at `first`, made so by eviction if need be. */
static size_t make_room(struct tlb *tlb, size_t first)
{
	uint64_t best = UINT64_MAX;

	/* The first free way, or the oldest entry: again without branches that depend on which. */
	for (unsigned k = 0; k < tlb->config.ways; k++) {
		uint64_t filled = is_valid(tlb, first + k) ? tlb->way[first + k].filled : 0;
		uint64_t rank = filled * MAX_WAYS + k;

		best = rank < best ? rank : best;
	}
	if (best < MAX_WAYS)
		return first + best;
	if (tlb->config.replacement == TLB_RANDOM)
		best = next_random(tlb) % tlb->config.ways;
	tlb->counters.evictions++;
	drop(tlb, first + best % MAX_WAYS);
	return first + best % MAX_WAYS;
}

static unsigned size_of(unsigned page_shift)
{
	unsigned size = 0;

	while (size_shift[size] != page_shift) {
		size++;
		assert(size < SIZES); /* the walker makes no others */
	}
	return size;
}

/* Enter what nothing in the TLB translates. */
static inline struct tlb_entry *enter(struct tlb *tlb, unsigned size, uint64_t va, uint64_t pa,
				      uint64_t pte, uint16_t asid, bool global)
{
	unsigned page_shift = size_shift[size];
	size_t at = make_room(tlb, first_way(tlb, va, size));
	struct tlb_entry *entry = &tlb->entry[at];

	tlb->counters.fills++;
	tlb->sizes |= 1u << size;
	tlb->way[at].tag = make_tag(va, size);
	tlb->way[at].filled = tlb->fills++;
	*entry = (struct tlb_entry){
		.va = va >> page_shift << page_shift,
		.pa = pa >> page_shift << page_shift,
		.pte = pte,
		.asid = asid,
		.page_shift = (uint8_t)page_shift,
		.global = global,
	};
	return entry;
}

struct tlb_entry *tlb_fill_page(struct tlb *tlb, uint64_t va, uint64_t pa, uint64_t pte,
				uint16_t asid, bool global)
{
	return enter(tlb, 0, va, pa, pte, asid, global);
}

struct tlb_entry *tlb_fill(struct tlb *tlb, const struct sv_walk *walk, uint16_t asid)
{
	unsigned size = size_of((unsigned)__builtin_ctzll(walk->page_bytes));
	struct tlb_entry *entry;

	/* Whatever translated this address until now, of whatever size, would still be found. */
	while ((entry = tlb_find(tlb, walk->va, asid)))
		drop(tlb, (size_t)(entry - tlb->entry));
	return enter(tlb, size, walk->va, walk->pa, walk->pte, asid, walk->global);
}

void tlb_count_miss(struct tlb *tlb)
{
	tlb->counters.misses++;
}

void tlb_flush_all(struct tlb *tlb)
{
	tlb->counters.flushes++;
	tlb->sizes = 0;
	tlb->flushed = tlb->all_flushed = tlb->fills;
}

void tlb_flush_asid(struct tlb *tlb, uint16_t asid)
{
	tlb->counters.flushes++;
	tlb->flushed = tlb->asid_flushed[asid] = tlb->fills;
}

/* `asid` is a number, or ANY for all and global entries. */
static void flush_va(struct tlb *tlb, uint64_t va, unsigned asid)
{
	tlb->counters.flushes++;
	for (unsigned sizes = tlb->sizes; sizes; sizes &= sizes - 1) {
		unsigned size = (unsigned)__builtin_ctz(sizes);
		size_t first = first_way(tlb, va, size);
		uint64_t found = ways_with(tlb, first, make_tag(va, size));

		for (; found; found &= found - 1) {
			size_t at = first + (unsigned)__builtin_ctzll(found);
			struct tlb_entry *entry = &tlb->entry[at];

			if ((asid == ANY || (!entry->global && entry->asid == asid)) &&
			    is_valid(tlb, at))
				drop(tlb, at);
		}
	}
}

void tlb_flush_va(struct tlb *tlb, uint64_t va)
{
	flush_va(tlb, va, ANY);
}

void tlb_flush_va_asid(struct tlb *tlb, uint64_t va, uint16_t asid)
{
	flush_va(tlb, va, asid);
}

const struct tlb_counters *tlb_counters(const struct tlb *tlb)
{
	return &tlb->counters;
}

const struct tlb_config *tlb_geometry(const struct tlb *tlb)
{
	return &tlb->config;
}

void tlb_each(const struct tlb *tlb,
	      void (*fn)(void *ctx, unsigned set, unsigned way, const struct tlb_entry *entry),
	      void *ctx)
{
	for (unsigned set = 0; set < tlb->config.sets; set++)
		for (unsigned way = 0; way < tlb->config.ways; way++) {
			size_t at = (size_t)set * tlb->config.ways + way;

			if (is_valid(tlb, at))
				fn(ctx, set, way, &tlb->entry[at]);
		}
}

/* A saved state: this, then one saved_entry for each way of each set. */
struct saved_header {
	uint32_t sets, replacement; /* ways follow from the size of the whole */
	uint64_t seed;
	struct tlb_counters counters;
	uint64_t random;
	uint64_t fills;
};

/* When was flushed is not saved: entries that are not valid are saved as all zero. */
struct saved_entry {
	uint64_t va, pa, pte, filled;
	uint8_t size, valid, global;
	uint16_t asid;
};

size_t tlb_state_bytes(const struct tlb *tlb)
{
	return sizeof(struct saved_header) + capacity(tlb) * sizeof(struct saved_entry);
}

void tlb_save(const struct tlb *tlb, void *buf)
{
	struct saved_header header;
	unsigned char *out = buf;

	header.sets = tlb->config.sets;
	header.replacement = tlb->config.replacement;
	header.seed = tlb->config.seed;
	header.counters = tlb->counters;
	header.random = tlb->random;
	header.fills = tlb->fills;
	memcpy(out, &header, sizeof(header));
	out += sizeof(header);
	for (size_t at = 0; at < capacity(tlb); at++, out += sizeof(struct saved_entry)) {
		const struct tlb_entry *entry = &tlb->entry[at];
		struct saved_entry saved;

		memset(&saved, 0, sizeof(saved)); /* padding too: equal states are equal bytes */
		if (is_valid(tlb, at)) {
			saved.va = entry->va;
			saved.pa = entry->pa;
			saved.pte = entry->pte;
			saved.filled = tlb->way[at].filled;
			saved.size = (uint8_t)size_of(entry->page_shift);
			saved.valid = 1;
			saved.global = entry->global;
			saved.asid = entry->asid;
		}
		memcpy(out, &saved, sizeof(saved));
	}
}

/* A saved entry may come from a damaged file: it must be one that a fill could have put there. */
static bool is_sound(const struct tlb *tlb, const struct saved_header *header,
		     const struct saved_entry *saved, size_t at)
{
	uint64_t offset;

	if (!saved->valid)
		return true;
	if (saved->valid > 1 || saved->global > 1 || saved->size >= SIZES || saved->filled < 1 ||
	    saved->filled >= header->fills)
		return false;
	offset = (1ull << size_shift[saved->size]) - 1;
	return (saved->va & offset) == 0 && (saved->pa & offset) == 0 &&
	       first_way(tlb, saved->va, saved->size) == at - at % tlb->config.ways;
}

static void load_entry(struct tlb *tlb, const struct saved_entry *saved, size_t at)
{
	tlb->sizes |= 1u << saved->size;
	tlb->way[at].tag = make_tag(saved->va, saved->size);
	tlb->way[at].filled = saved->filled;
	tlb->entry[at] = (struct tlb_entry){
		.va = saved->va,
		.pa = saved->pa,
		.pte = saved->pte,
		.asid = saved->asid,
		.page_shift = size_shift[saved->size],
		.global = saved->global,
	};
}

bool tlb_load(struct tlb *tlb, const void *buf, size_t bytes)
{
	const unsigned char *entries = (const unsigned char *)buf + sizeof(struct saved_header);
	struct saved_header header;
	struct saved_entry saved;

	if (bytes != tlb_state_bytes(tlb))
		return false;
	memcpy(&header, buf, sizeof(header));
	if (header.sets != tlb->config.sets || header.replacement != tlb->config.replacement ||
	    header.fills < 1 || header.fills > MAX_FILLS)
		return false;
	for (size_t at = 0; at < capacity(tlb); at++) {
		memcpy(&saved, entries + at * sizeof(saved), sizeof(saved));
		if (!is_sound(tlb, &header, &saved, at))
			return false;
	}

	memset(tlb->way, 0, capacity(tlb) * sizeof(*tlb->way));
	memset(tlb->asid_flushed, 0, sizeof(tlb->asid_flushed));
	tlb->sizes = 0;
	tlb->flushed = tlb->all_flushed = 1;
	tlb->config.seed = header.seed;
	tlb->counters = header.counters;
	tlb->random = header.random;
	tlb->fills = header.fills;
	for (size_t at = 0; at < capacity(tlb); at++) {
		memcpy(&saved, entries + at * sizeof(saved), sizeof(saved));
		if (saved.valid)
			load_entry(tlb, &saved, at);
	}
	return true;
}
