#include "emu/replay.h"

#include <stdlib.h>
#include <string.h>

#include "devices/virtio_blk.h"
#include "guest/kernel/replace.h"

#define TICK_INSNS     10000000					    /* the kernel's time slice */
#define INSNS_PER_TICK 100					    /* of its clock */
#define DISK_INSNS     (VIRTIO_BLK_REQUEST_NS + VIRTIO_BLK_PAGE_NS) /* a page that is waited for */

/* What the kernel has for a frame, as far as a policy can see. */
struct page {
	u32 next, prev; /* frame numbers + 1 */
	u64 word;
	u32 holds; /* which page of the string */
	bool in_use, referenced, dirty;
	u8 pins;
};

struct pool {
	const struct steps *steps;
	const struct replace_ops *policy;
	struct page *frame;
	u32 nframes, used, free_first; /* free frames are linked by `next` */
	u32 *where;		       /* frame number + 1 of each page of the string, 0 */
	u8 *dirtied;		       /* ... was ever written to */
	u32 pinned;		       /* a page that is being copied: frame number + 1, 0 */
	struct page *write_soon;
	u64 time, next_tick, random;
	struct replay_result result;
};

/* The policies' interface has no context of its own: the kernel has one pool, and so have we. */
static struct pool *pool;

/* Filled by the linker from the policies' objects. */
extern const struct replace_ops *const __start_replace_policies[], *const __stop_replace_policies[];

/* ---- What policies see (guest/kernel/replace.h) ---- */

static u32 number_of(const struct page *page)
{
	return (u32)(page - pool->frame) + 1;
}

static struct page *page_of(u32 number)
{
	return number ? &pool->frame[number - 1] : NULL;
}

void page_list_append(struct page_list *list, struct page *page)
{
	page->next = 0;
	page->prev = list->last;
	if (list->last)
		page_of(list->last)->next = number_of(page);
	else
		list->first = number_of(page);
	list->last = number_of(page);
	list->count++;
}

void page_list_prepend(struct page_list *list, struct page *page)
{
	page->prev = 0;
	page->next = list->first;
	if (list->first)
		page_of(list->first)->prev = number_of(page);
	else
		list->last = number_of(page);
	list->first = number_of(page);
	list->count++;
}

void page_list_remove(struct page_list *list, struct page *page)
{
	if (page->prev)
		page_of(page->prev)->next = page->next;
	else
		list->first = page->next;
	if (page->next)
		page_of(page->next)->prev = page->prev;
	else
		list->last = page->prev;
	page->next = page->prev = 0;
	list->count--;
}

struct page *page_list_first(const struct page_list *list)
{
	return page_of(list->first);
}

struct page *page_list_next(const struct page *page)
{
	return page_of(page->next);
}

u32 page_total(void)
{
	return pool->nframes;
}

struct page *page_nth(u32 n)
{
	return pool->frame[n].in_use ? &pool->frame[n] : NULL;
}

u64 *page_policy_word(struct page *page)
{
	return &page->word;
}

u64 page_owner_time(struct page *page)
{
	(void)page;
	return pool->time / INSNS_PER_TICK;
}

bool page_evictable(struct page *page)
{
	return !page->pins;
}

bool page_looks_dirty(struct page *page)
{
	return page->dirty;
}

bool page_referenced_clear(struct page *page)
{
	bool referenced = page->referenced;

	page->referenced = false;
	return referenced;
}

void page_write_soon(struct page *page)
{
	pool->write_soon = page;
}

/* The kernel's generator, as far as the random policy wants it. */
u64 random_u64(void);
u64 random_u64(void)
{
	pool->random ^= pool->random << 13;
	pool->random ^= pool->random >> 7;
	pool->random ^= pool->random << 17;
	return pool->random;
}

/* ---- The pool ---- */

static void pass(u64 time)
{
	pool->time += time;
	while (pool->time >= pool->next_tick) {
		pool->next_tick += TICK_INSNS;
		if (pool->policy->tick)
			pool->policy->tick();
	}
}

static void let_go(struct page *page)
{
	if (pool->write_soon == page)
		pool->write_soon = NULL;
	pool->policy->leave(page);
	pool->where[page->holds] = 0;
	page->in_use = false;
	page->next = pool->free_first;
	pool->free_first = number_of(page);
	pool->used--;
}

/* A frame, of which there is none: somebody goes.  False: everything is pinned. */
static bool evict(void)
{
	struct page *page = pool->policy->victim();

	if (!page)
		return false;
	if (page->dirty) {
		pool->result.writes++;
		pass(DISK_INSNS);
	}
	let_go(page);
	if (pool->write_soon) {
		pool->result.writes += pool->write_soon->dirty;
		pool->write_soon->dirty = false;
		pool->write_soon = NULL;
	}
	return true;
}

/* The page into a frame. */
static struct page *bring(u32 id)
{
	struct page *page;

	if (!pool->free_first && !evict())
		return NULL;
	page = page_of(pool->free_first);
	pool->free_first = page->next;
	*page = (struct page){ .holds = id, .in_use = true };
	pool->where[id] = number_of(page);
	pool->used++;
	pool->policy->enter(page);
	return page;
}

static void use(u32 id, bool fault);

/* It was in memory before, or stands in a file: fetch it. */
static void miss(u32 id, bool fault)
{
	const struct step_page *info = &pool->steps->page[id];
	struct page *page = bring(id);
	bool disk = step_needs_disk(info, pool->dirtied[id]);

	pool->result.reads += disk;
	pool->result.faults += disk && fault;
	if (!page)
		return;
	page->referenced = true;
	page->pins++;
	if (disk)
		pass(DISK_INSNS);
	for (u32 need = info->needs; need; need = pool->steps->need[need - 1].next)
		use(pool->steps->need[need - 1].page, false);
	page->pins--;
}

static void use(u32 id, bool fault)
{
	if (pool->where[id])
		page_of(pool->where[id])->referenced = true;
	else
		miss(id, fault);
}

static void dirty(u32 id)
{
	pool->dirtied[id] = 1;
	if (pool->where[id])
		page_of(pool->where[id])->dirty = true;
}

static void unpin(void)
{
	if (pool->pinned)
		page_of(pool->pinned)->pins--;
	pool->pinned = 0;
}

static void born(u32 id)
{
	const struct step_page *info = &pool->steps->page[id];
	bool read = info->kind == REFS_FILE || info->kind == REFS_METADATA;
	struct page *page;

	/* A fresh page is mapped with A set. */
	if (!pool->where[id] && (page = bring(id)) != NULL)
		page->referenced = info->kind == REFS_FRESH;
	if (info->kind != REFS_METADATA) /* what was copied is done with */
		unpin();
	pool->result.reads += read;
	if (read)
		pass(DISK_INSNS);
}

static void dead(u32 id)
{
	struct page *page = page_of(pool->where[id]);

	if (!page)
		return;
	if (pool->pinned == number_of(page))
		unpin();
	let_go(page);
}

static void copy(u32 id)
{
	unpin();
	use(id, true);
	pool->pinned = pool->where[id];
	if (pool->pinned)
		page_of(pool->pinned)->pins++;
}

static void step(uint32_t what)
{
	u32 id = what & STEP_MASK;

	switch ((enum step_op)(what >> STEP_SHIFT)) {
	case STEP_LOAD:
		use(id, true);
		break;
	case STEP_STORE:
		use(id, true);
		dirty(id);
		break;
	case STEP_KERNEL:
		use(id, false);
		break;
	case STEP_BORN:
		born(id);
		break;
	case STEP_DEAD:
		dead(id);
		break;
	case STEP_COPY:
		copy(id);
		break;
	case STEP_DIRTY:
		dirty(id);
		break;
	case STEP_TIME:
		pass(id);
	}
}

const char *replay_policy(unsigned number)
{
	size_t count = (size_t)(__stop_replace_policies - __start_replace_policies);

	return number < count ? __start_replace_policies[number]->name : NULL;
}

static const struct replace_ops *find_policy(const char *name)
{
	for (unsigned i = 0; replay_policy(i); i++)
		if (strcmp(replay_policy(i), name) == 0)
			return __start_replace_policies[i];
	return NULL;
}

bool replay(const struct steps *steps, const char *policy, uint32_t frames,
	    struct replay_result *result, struct error *error)
{
	struct pool p = { .steps = steps,
			  .policy = find_policy(policy),
			  .nframes = frames,
			  .next_tick = TICK_INSNS,
			  .random = 88172645463325252u };

	if (!p.policy)
		return refuse(error, "'%s' is no policy", policy);
	p.frame = calloc(frames, sizeof(*p.frame));
	p.where = calloc(steps->npages, sizeof(*p.where));
	p.dirtied = calloc(steps->npages, 1);
	if (p.frame && p.where && p.dirtied) {
		pool = &p;
		p.result.faults = steps->faults;
		for (u32 i = frames; i > 0; i--) {
			p.frame[i - 1].next = p.free_first;
			p.free_first = i;
		}
		for (uint64_t i = 0; i < steps->count; i++)
			step(steps->step[i]);
		/* The policy's lists are its own: it gets them back empty. */
		for (u32 i = 0; i < frames; i++)
			if (p.frame[i].in_use)
				let_go(&p.frame[i]);
		*result = p.result;
		pool = NULL;
	} else {
		refuse(error, "out of memory");
	}
	free(p.frame);
	free(p.where);
	free(p.dirtied);
	return error->text[0] == 0;
}
