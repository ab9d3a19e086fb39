#include "mmu/tlb.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define MAX_SETS 65536
#define MAX_WAYS 64
#define ASIDS	 65536
#define ANY	 UINT32_MAX

/*
 * Page sizes of leaves, smallest first.  A translation of size k is looked for in the set that its
 * own page number selects, so a look-up probes one set for each size in use.
 */
static const uint8_t size_shift[] = { 12, 16, 21, 30, 39, 48 };

#define SIZES (sizeof(size_shift) / sizeof(size_shift[0]))

/*
 * A tag is the page's virtual address with its size's number in the offset bits: one comparison
 * settles both.  Tags stand apart from the entries because a look-up reads all tags of a set but
 * hardly ever more than one entry.  A tag alone proves nothing: the entry says whether it is valid.
 *
 * An entry is valid if it bears the generation of the TLB and, unless it is global, that of its
 * ASID; so flushing all or one ASID is one increment.  Generation 0 is never current.  When a
 * generation wraps, what it would revive is erased first.
 */
struct tlb {
	struct tlb_config config;
	struct tlb_counters counters;
	tlb_drop_fn *on_drop;
	void *ctx;
	uint64_t random; /* state of the generator that picks victims */
	uint64_t fills;	 /* stamps entries in fill order */
	unsigned sizes;	 /* bit k: an entry of size k may be valid */
	uint16_t generation;
	uint16_t asid_generation[ASIDS];
	uint64_t *tag;
	struct tlb_entry *entry;
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

bool tlb_entry_valid(const struct tlb *tlb, const struct tlb_entry *entry)
{
	return entry->generation == tlb->generation &&
	       (entry->global || entry->asid_generation == tlb->asid_generation[entry->asid]);
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
	tlb->generation = 1;
	tlb->tag = calloc(capacity(tlb), sizeof(*tlb->tag));
	tlb->entry = calloc(capacity(tlb), sizeof(*tlb->entry));
	if (!tlb->tag || !tlb->entry) {
		tlb_destroy(tlb);
		return NULL;
	}
	return tlb;
}

void tlb_destroy(struct tlb *tlb)
{
	if (!tlb)
		return;
	free(tlb->tag);
	free(tlb->entry);
	free(tlb);
}

struct tlb_entry *tlb_find(struct tlb *tlb, uint64_t va, uint16_t asid)
{
	for (unsigned size = 0; tlb->sizes >> size; size++) {
		size_t at = first_way(tlb, va, size), end = at + tlb->config.ways;
		uint64_t tag = make_tag(va, size);

		if (!(tlb->sizes >> size & 1))
			continue;
		for (; at < end; at++) {
			struct tlb_entry *entry = &tlb->entry[at];

			if (tlb->tag[at] == tag && (entry->global || entry->asid == asid) &&
			    tlb_entry_valid(tlb, entry))
				return entry;
		}
	}
	return NULL;
}

static void drop(struct tlb *tlb, size_t at)
{
	if (tlb->on_drop)
		tlb->on_drop(tlb->ctx, &tlb->entry[at]);
	tlb->entry[at].generation = 0;
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
	size_t victim = first;

	for (size_t at = first; at < first + tlb->config.ways; at++) {
		if (!tlb_entry_valid(tlb, &tlb->entry[at]))
			return at;
		if (tlb->entry[at].filled < tlb->entry[victim].filled)
			victim = at;
	}
	if (tlb->config.replacement == TLB_RANDOM)
		victim = first + next_random(tlb) % tlb->config.ways;
	tlb->counters.evictions++;
	drop(tlb, victim);
	return victim;
}

static unsigned size_of(uint64_t page_bytes)
{
	unsigned size = 0;

	while (1ull << size_shift[size] != page_bytes) {
		size++;
		assert(size < SIZES); /* the walker makes no others */
	}
	return size;
}

struct tlb_entry *tlb_fill(struct tlb *tlb, const struct sv_walk *walk, uint16_t asid)
{
	unsigned size = size_of(walk->page_bytes);
	struct tlb_entry *entry;
	size_t at;

	/* Whatever translated this address until now, of whatever size, would still be found. */
	while ((entry = tlb_find(tlb, walk->va, asid)))
		drop(tlb, (size_t)(entry - tlb->entry));

	at = make_room(tlb, first_way(tlb, walk->va, size));
	tlb->counters.fills++;
	tlb->sizes |= 1u << size;
	tlb->tag[at] = make_tag(walk->va, size);
	entry = &tlb->entry[at];
	*entry = (struct tlb_entry){
		.va = walk->va & ~(walk->page_bytes - 1),
		.pa = walk->pa & ~(walk->page_bytes - 1),
		.page_bytes = walk->page_bytes,
		.pte = walk->pte,
		.filled = tlb->fills++,
		.generation = tlb->generation,
		.asid_generation = tlb->asid_generation[asid],
		.asid = asid,
		.global = walk->global,
	};
	return entry;
}

void tlb_count_miss(struct tlb *tlb)
{
	tlb->counters.misses++;
}

static void erase_all(struct tlb *tlb)
{
	memset(tlb->entry, 0, capacity(tlb) * sizeof(*tlb->entry));
	tlb->generation = 1;
}

void tlb_flush_all(struct tlb *tlb)
{
	tlb->counters.flushes++;
	tlb->sizes = 0;
	if (++tlb->generation == 0)
		erase_all(tlb);
}

void tlb_flush_asid(struct tlb *tlb, uint16_t asid)
{
	tlb->counters.flushes++;
	if (++tlb->asid_generation[asid] != 0)
		return;
	for (size_t at = 0; at < capacity(tlb); at++)
		if (tlb->entry[at].asid == asid && !tlb->entry[at].global)
			tlb->entry[at].generation = 0;
}

/* `asid` is a number, or ANY for all and global entries. */
static void flush_va(struct tlb *tlb, uint64_t va, unsigned asid)
{
	tlb->counters.flushes++;
	for (unsigned size = 0; tlb->sizes >> size; size++) {
		size_t at = first_way(tlb, va, size), end = at + tlb->config.ways;
		uint64_t tag = make_tag(va, size);

		if (!(tlb->sizes >> size & 1))
			continue;
		for (; at < end; at++) {
			struct tlb_entry *entry = &tlb->entry[at];

			if (tlb->tag[at] == tag && tlb_entry_valid(tlb, entry) &&
			    (asid == ANY || (!entry->global && entry->asid == asid)))
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
			const struct tlb_entry *entry =
				&tlb->entry[(size_t)set * tlb->config.ways + way];

			if (tlb_entry_valid(tlb, entry))
				fn(ctx, set, way, entry);
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

/* Generations are not saved: entries that are not valid are saved as all zero. */
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
		if (tlb_entry_valid(tlb, entry)) {
			saved.va = entry->va;
			saved.pa = entry->pa;
			saved.pte = entry->pte;
			saved.filled = entry->filled;
			saved.size = (uint8_t)size_of(entry->page_bytes);
			saved.valid = 1;
			saved.global = entry->global;
			saved.asid = entry->asid;
		}
		memcpy(out, &saved, sizeof(saved));
	}
}

/* A saved entry may come from a damaged file: it must be one that a fill could have put there. */
static bool is_sound(const struct tlb *tlb, const struct saved_entry *saved, size_t at)
{
	uint64_t offset;

	if (!saved->valid)
		return true;
	if (saved->valid > 1 || saved->global > 1 || saved->size >= SIZES)
		return false;
	offset = (1ull << size_shift[saved->size]) - 1;
	return (saved->va & offset) == 0 && (saved->pa & offset) == 0 &&
	       first_way(tlb, saved->va, saved->size) == at - at % tlb->config.ways;
}

static void load_entry(struct tlb *tlb, const struct saved_entry *saved, size_t at)
{
	tlb->sizes |= 1u << saved->size;
	tlb->tag[at] = make_tag(saved->va, saved->size);
	tlb->entry[at] = (struct tlb_entry){
		.va = saved->va,
		.pa = saved->pa,
		.page_bytes = 1ull << size_shift[saved->size],
		.pte = saved->pte,
		.filled = saved->filled,
		.generation = tlb->generation,
		.asid_generation = tlb->asid_generation[saved->asid],
		.asid = saved->asid,
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
	if (header.sets != tlb->config.sets || header.replacement != tlb->config.replacement)
		return false;
	for (size_t at = 0; at < capacity(tlb); at++) {
		memcpy(&saved, entries + at * sizeof(saved), sizeof(saved));
		if (!is_sound(tlb, &saved, at))
			return false;
	}

	erase_all(tlb);
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
