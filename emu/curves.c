#include "emu/curves.h"

#include <stdlib.h>
#include <string.h>

#define NONE UINT32_MAX
#define HOLE (UINT32_MAX - 1)

/*
 * Pages die, which the theory's did not.  With n frames, a dead page within the upper n of the stack
 * leaves a free frame: its place becomes a hole.  The next page that comes to the top from below a hole
 * (or from nowhere) pushes the others down only as far as the topmost hole; the hole is then where that
 * page was, for to all larger memories nothing came in.  So both stacks stay exact.
 */

/* ---- What both count ---- */

struct tally {
	const struct steps *steps;
	uint64_t *at; /* at[d]: misses of all memories smaller than d */
	uint64_t always;
	uint8_t *dirtied, *came; /* of each page */
	uint32_t most;
};

static bool tally_begin(struct tally *t, const struct steps *steps)
{
	t->steps = steps;
	t->most = steps->peak + 1;
	t->always = steps->faults;
	t->at = calloc(t->most + 2ull, sizeof(*t->at));
	t->dirtied = calloc(steps->npages + 1ull, 1);
	t->came = calloc(steps->npages + 1ull, 1);
	return t->at && t->dirtied && t->came;
}

/* A reference to a page at this depth of the stack, 0: it was not there. */
static void tally_reference(struct tally *t, enum step_op op, uint32_t page, uint32_t depth)
{
	const struct step_page *info = &t->steps->page[page];
	bool counts = op != STEP_KERNEL && step_needs_disk(info, t->dirtied[page]);

	counts &= op != STEP_BORN; /* those are among the faults of any memory */
	if (op == STEP_STORE)
		t->dirtied[page] = 1;
	if (!counts)
		return;
	if (!depth)
		t->always++;
	else if (depth > 1)
		t->at[depth < t->most ? depth : t->most]++;
}

static struct stack_curve tally_end(struct tally *t)
{
	struct stack_curve curve = { NULL, t->most };
	uint64_t sum = t->always;

	if (t->at)
		curve.faults = calloc(t->most + 1ull, sizeof(*curve.faults));
	for (uint32_t n = t->most; curve.faults && n > 0; n--) {
		curve.faults[n] = sum;
		sum += t->at[n];
	}
	if (curve.faults) /* no frames at all: not a case that anybody asks for */
		curve.faults[0] = curve.faults[t->most > 0];
	free(t->at);
	free(t->dirtied);
	free(t->came);
	return curve;
}

/* ---- LRU ---- */

/*
 * The stack as places in order of last reference, youngest last, with a Fenwick tree over those that
 * are taken: the depth of a page is the number of taken places from its own on.
 */
struct places {
	uint32_t *page;	 /* in each place: a page, HOLE or NONE */
	uint32_t *tree;	 /* Fenwick, from 1 */
	uint32_t *where; /* the place of each page, NONE */
	uint32_t *hole;	 /* heap of holes' places, the youngest first */
	uint32_t capacity, next, taken, nholes;
};

static void tree_add(struct places *p, uint32_t place, uint32_t by)
{
	for (uint32_t i = place + 1; i <= p->capacity; i += i & -i)
		p->tree[i] += by;
}

static uint32_t tree_below(const struct places *p, uint32_t place)
{
	uint32_t sum = 0;

	for (uint32_t i = place; i > 0; i -= i & -i)
		sum += p->tree[i];
	return sum;
}

static void hole_push(struct places *p, uint32_t place)
{
	uint32_t i = p->nholes++;

	for (; i > 0 && p->hole[(i - 1) / 2] < place; i = (i - 1) / 2)
		p->hole[i] = p->hole[(i - 1) / 2];
	p->hole[i] = place;
	p->page[place] = HOLE;
}

static void hole_pop(struct places *p)
{
	uint32_t last = p->hole[--p->nholes], i = 0;

	for (;;) {
		uint32_t child = 2 * i + 1;

		if (child + 1 < p->nholes && p->hole[child + 1] > p->hole[child])
			child++;
		if (child >= p->nholes || p->hole[child] <= last)
			break;
		p->hole[i] = p->hole[child];
		i = child;
	}
	p->hole[i] = last;
}

/* Closes up the places that are not taken. */
static void renumber(struct places *p)
{
	uint32_t to = 0;

	memset(p->tree, 0, (p->capacity + 1ull) * sizeof(*p->tree));
	p->nholes = 0;
	for (uint32_t from = 0; from < p->capacity; from++) {
		uint32_t page = p->page[from];

		if (page == NONE)
			continue;
		p->page[from] = NONE;
		p->page[to] = page;
		if (page == HOLE)
			hole_push(p, to);
		else
			p->where[page] = to;
		to++;
	}
	for (uint32_t i = 0; i < to; i++)
		tree_add(p, i, 1);
	p->next = to;
}

static void leave_place(struct places *p, uint32_t place)
{
	p->page[place] = NONE;
	tree_add(p, place, (uint32_t)-1);
	p->taken--;
}

/* The page comes to the top; the depth at which it was, 0 for nowhere. */
static uint32_t lru_reference(struct places *p, uint32_t page)
{
	uint32_t place = p->where[page], depth = 0;
	uint32_t hole = p->nholes ? p->hole[0] : NONE;

	if (place != NONE && place + 1 == p->next)
		return 1;
	if (place != NONE)
		depth = p->taken - tree_below(p, place);
	if (hole != NONE && (place == NONE || hole > place)) {
		hole_pop(p);
		leave_place(p, hole);
		if (place != NONE)
			hole_push(p, place);
	} else if (place != NONE) {
		leave_place(p, place);
	}
	p->where[page] = NONE;
	if (p->next == p->capacity)
		renumber(p);
	p->page[p->next] = page;
	p->where[page] = p->next;
	tree_add(p, p->next++, 1);
	p->taken++;
	return depth;
}

struct stack_curve curve_lru(const struct steps *steps)
{
	struct tally tally = { 0 };
	struct places p = { .capacity = 2 * steps->peak + 64 };
	bool ok = tally_begin(&tally, steps);

	p.page = malloc(p.capacity * sizeof(*p.page));
	p.tree = calloc(p.capacity + 1ull, sizeof(*p.tree));
	p.where = malloc((steps->npages + 1ull) * sizeof(*p.where));
	p.hole = malloc(p.capacity * sizeof(*p.hole));
	if (!ok || !p.page || !p.tree || !p.where || !p.hole) {
		free(tally.at);
		tally.at = NULL;
	} else {
		memset(p.page, 0xff, p.capacity * sizeof(*p.page));
		memset(p.where, 0xff, (steps->npages + 1ull) * sizeof(*p.where));
	}
	for (uint64_t i = 0; tally.at && i < steps->count; i++) {
		uint32_t page = steps->step[i] & STEP_MASK;
		enum step_op op = (enum step_op)(steps->step[i] >> STEP_SHIFT);

		if (step_is_reference(steps->step[i])) {
			tally_reference(&tally, op, page, lru_reference(&p, page));
		} else if (op == STEP_DEAD && p.where[page] != NONE) {
			hole_push(&p, p.where[page]);
			p.where[page] = NONE;
		} else if (op == STEP_DIRTY) {
			tally.dirtied[page] = 1;
		}
	}
	free(p.page);
	free(p.tree);
	free(p.where);
	free(p.hole);
	return tally_end(&tally);
}

/* ---- OPT ---- */

/* The stack itself, top first: of two pages the one that is used again sooner stays above. */
struct priorities {
	uint32_t *page, *next; /* next use of each page of the string */
	bool *in;
	uint32_t depth;
};

static bool sooner(const struct priorities *p, uint32_t a, uint32_t b)
{
	return p->next[a] < p->next[b] || (p->next[a] == p->next[b] && a < b);
}

static uint32_t position(const struct priorities *p, uint32_t from, uint32_t page)
{
	while (p->page[from] != page)
		from++;
	return from;
}

static uint32_t opt_reference(struct priorities *p, uint32_t page)
{
	uint32_t carried, i = 1;

	if (p->depth && p->page[0] == page)
		return 1;
	if (!p->depth) {
		p->page[p->depth++] = page;
		p->in[page] = true;
		return 0;
	}
	carried = p->page[0];
	p->page[0] = page;
	if (carried == HOLE) {
		i = 0; /* the hole at the top took it in */
	} else {
		for (; i < p->depth && p->page[i] != page && p->page[i] != HOLE; i++) {
			if (sooner(p, carried, p->page[i])) {
				uint32_t other = p->page[i];

				p->page[i] = carried;
				carried = other;
			}
		}
	}
	if (i == p->depth) { /* it is new, and no hole is left: the stack grows */
		p->page[p->depth++] = carried;
		p->in[page] = true;
		return 0;
	}
	if (i > 0 && p->page[i] == page) {
		p->page[i] = carried;
		return i + 1;
	}
	if (i > 0)
		p->page[i] = carried;
	if (!p->in[page]) {
		p->in[page] = true;
		return 0;
	}
	i = position(p, i + 1, page);
	p->page[i] = HOLE;
	return i + 1;
}

static bool priorities_begin(struct priorities *p, const struct steps *steps)
{
	p->page = malloc((steps->npages + 1ull) * sizeof(*p->page));
	p->next = malloc((steps->npages + 1ull) * sizeof(*p->next));
	p->in = calloc(steps->npages + 1ull, sizeof(*p->in));
	return p->page && p->next && p->in;
}

struct stack_curve curve_opt(const struct steps *steps)
{
	struct tally tally = { 0 };
	struct priorities p = { 0 };
	const uint32_t *next = steps_next_use(steps);

	if (!tally_begin(&tally, steps) || !priorities_begin(&p, steps) || !next) {
		free(tally.at);
		tally.at = NULL;
	}
	for (uint64_t i = 0; tally.at && i < steps->count; i++) {
		uint32_t page = steps->step[i] & STEP_MASK;
		enum step_op op = (enum step_op)(steps->step[i] >> STEP_SHIFT);

		if (step_is_reference(steps->step[i])) {
			tally_reference(&tally, op, page, opt_reference(&p, page));
			p.next[page] = next[i];
		} else if (op == STEP_DEAD && p.in[page]) {
			p.page[position(&p, 0, page)] = HOLE;
			p.in[page] = false;
		} else if (op == STEP_DIRTY) {
			tally.dirtied[page] = 1;
		}
	}
	steps_free_next_use(steps, next);
	free(p.page);
	free(p.next);
	free(p.in);
	return tally_end(&tally);
}

/* ---- Working sets ---- */

#define BUCKETS (4 * 64)

struct intervals {
	uint64_t faults[BUCKETS]; /* references after such an interval that may fault */
	uint64_t count[BUCKETS],
		sum[BUCKETS]; /* all of them: a page is resident for the window or less */
};

/* Four an octave: the bucket k holds intervals of bucket_edge(k) and more. */
static unsigned bucket_of(uint64_t interval)
{
	unsigned octave;

	if (interval < 4)
		return (unsigned)interval;
	octave = 63 - (unsigned)__builtin_clzll(interval);
	return 4 * (octave - 1) + (unsigned)(interval >> (octave - 2) & 3);
}

static uint64_t bucket_edge(unsigned bucket)
{
	return bucket < 4 ? bucket : (4ull + bucket % 4) << (bucket / 4 - 1);
}

static void add_interval(struct intervals *all, uint64_t interval, bool fault)
{
	unsigned bucket = bucket_of(interval);

	all->count[bucket]++;
	all->sum[bucket] += interval;
	all->faults[bucket] += fault;
}

struct watcher {
	const struct steps *steps;
	struct intervals *all;
	uint64_t *last;	    /* use of each page, plus one; 0: it is not there */
	uint32_t recent[2]; /* in use until others are: repeated references are not recorded */
	uint8_t *dirtied;
	uint64_t now, always; /* faults that every window has */
};

static void watch_reference(struct watcher *w, enum step_op op, uint32_t page)
{
	const struct step_page *info = &w->steps->page[page];
	bool counts = op != STEP_KERNEL && step_needs_disk(info, w->dirtied[page]);

	for (int i = 0; !w->steps->text && i < 2; i++)
		if (w->recent[i] != NONE && w->last[w->recent[i]])
			w->last[w->recent[i]] = w->now + 1;
	counts &= op != STEP_BORN;
	if (w->last[page])
		add_interval(w->all, w->now + 1 - w->last[page], counts);
	else
		w->always += counts;
	w->last[page] = w->now + 1;
	if (op == STEP_STORE)
		w->dirtied[page] = 1;
	if (page != w->recent[0]) {
		w->recent[1] = w->recent[0];
		w->recent[0] = page;
	}
	w->now += w->steps->text;
}

static void watch_all(struct watcher *w)
{
	const struct steps *steps = w->steps;

	for (uint64_t i = 0; i < steps->count; i++) {
		uint32_t page = steps->step[i] & STEP_MASK;
		enum step_op op = (enum step_op)(steps->step[i] >> STEP_SHIFT);

		if (step_is_reference(steps->step[i])) {
			watch_reference(w, op, page);
		} else if (op == STEP_TIME) {
			w->now += page;
		} else if (op == STEP_DIRTY) {
			w->dirtied[page] = 1;
		} else if (op == STEP_DEAD && w->last[page]) {
			add_interval(w->all, w->now + 1 - w->last[page], false);
			w->last[page] = 0;
		}
	}
	for (uint32_t page = 0; page < steps->npages; page++)
		if (w->last[page])
			add_interval(w->all, w->now + 1 - w->last[page], false);
}

struct working_set *curve_working_set(const struct steps *steps, size_t *count)
{
	struct working_set *set = calloc(BUCKETS, sizeof(*set));
	struct watcher w = { .steps = steps, .always = steps->faults, .recent = { NONE, NONE } };

	*count = 0;
	w.all = calloc(1, sizeof(*w.all));
	w.last = calloc(steps->npages + 1ull, sizeof(*w.last));
	w.dirtied = calloc(steps->npages + 1ull, 1);
	if (set && w.all && w.last && w.dirtied) {
		uint64_t faults, sum = 0, longer = 0;

		watch_all(&w);
		faults = w.always;
		for (unsigned b = 0; b < BUCKETS; b++) {
			faults += w.all->faults[b];
			longer += w.all->count[b];
		}
		for (unsigned b = 0; b < BUCKETS - 8; b++) {
			uint64_t edge = bucket_edge(b);
			uint64_t window = edge ? edge - 1 : 0;
			double space = (double)sum + (double)window * (double)longer;

			/* A page used `window` ago is still in it; buckets below b are. */
			if (window && longer)
				set[(*count)++] =
					(struct working_set){ window, faults,
							      space / (double)(w.now ? w.now : 1) };
			faults -= w.all->faults[b];
			sum += w.all->sum[b];
			longer -= w.all->count[b];
		}
	} else {
		free(set);
		set = NULL;
	}
	free(w.all);
	free(w.last);
	free(w.dirtied);
	return set;
}
