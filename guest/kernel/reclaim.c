/*
 * Getting frames back: eviction, the reserve, progress under extreme shortage, throttling of writers,
 * and what to do when nothing is left.  Which page goes is the policy's choice (replace.h).
 */
#include "arch.h"
#include "mm.h"
#include "reclaim.h"

const struct replace_ops *replace;
u64 frames_dirty;
static u32 evicting;		  /* pages being written for eviction */
static struct proc *token_holder; /* its pages stay, whatever the shortage */
static bool stealing; /* page_evictable may take pages held by others than the token's */
static struct page *write_soon;
u64 frames_given;
#define STARVED_MAX 40
static bool local; /* allocation=local: a process replaces its own pages, if it can */
static enum {
	ANYBODYS,
	OWN,	    /* current's pages, and those of nobody */
	ABOVE_SHARE /* those of processes that have more than their share, and those of nobody */
} whose;	    /* pages page_evictable takes */
static u64 share;
#define LOCAL_LEAST 8 /* a process with fewer pages does not count as one that wants its share */

extern const struct replace_ops *const replace_policies[], *const replace_policies_end[];

void replace_init(void)
{
	const char *name = param_string(PARAM_policy);

	for (const struct replace_ops *const *p = replace_policies; p < replace_policies_end; p++)
		if (!strcmp((*p)->name, name))
			replace = *p;
	if (!replace)
		panic("no replacement policy '%s'", name);
	local = !strcmp(param_string(PARAM_allocation), "local");
	strlcpy(faultline_introspect.policy, name, sizeof(faultline_introspect.policy));
}

/* ---- what policies see ---- */

void page_list_append(struct page_list *list, struct page *page)
{
	page->next = 0;
	page->prev = list->last;
	if (list->last)
		number_page(list->last)->next = page_number(page);
	else
		list->first = page_number(page);
	list->last = page_number(page);
	list->count++;
}

void page_list_prepend(struct page_list *list, struct page *page)
{
	page->prev = 0;
	page->next = list->first;
	if (list->first)
		number_page(list->first)->prev = page_number(page);
	else
		list->last = page_number(page);
	list->first = page_number(page);
	list->count++;
}

void page_list_remove(struct page_list *list, struct page *page)
{
	if (page->prev)
		number_page(page->prev)->next = page->next;
	else
		list->first = page->next;
	if (page->next)
		number_page(page->next)->prev = page->prev;
	else
		list->last = page->prev;
	page->next = page->prev = 0;
	list->count--;
}

struct page *page_list_first(const struct page_list *list)
{
	return number_page(list->first);
}

struct page *page_list_next(const struct page *page)
{
	return number_page(page->next);
}

u32 page_total(void)
{
	return (u32)nframes;
}

struct page *page_nth(u32 n)
{
	return frames[n].flags & PAGE_POLICY ? &frames[n] : NULL;
}

u64 *page_policy_word(struct page *page)
{
	return &page->policy_word;
}

u64 page_owner_time(struct page *page)
{
	return page->rmap.mm ? page->rmap.mm->run_ticks : time_now();
}

static bool held_by(const struct proc *proc, const struct page *page)
{
	for (u32 i = 0; proc && i < proc->nheld; i++)
		if (proc->held[i] == page)
			return true;
	return false;
}

bool page_evictable(struct page *page)
{
	if (page->pins || (page->flags & (PAGE_IO | PAGE_LOADING | PAGE_EVICTING)))
		return false;
	if (page->holds && (!stealing || held_by(token_holder, page)))
		return false;
	if (whose == OWN && page->sharers && page->rmap.mm != current->mm)
		return false;
	if (whose == ABOVE_SHARE && page->sharers && page->rmap.mm->resident <= share)
		return false;
	if (locked_pages && page_is_locked(page))
		return false;
	if (page->flags & PAGE_ANON) {
		if (page->mapping)
			return page->block != UINT32_MAX &&
			       slot_refs((u32)page->index) + page->sharers < UINT16_MAX;
		return swap_has_room() || !page_is_dirty(page);
	}
	if (page->mapping && page->mapping->swapped)
		return !page_is_dirty(page) ||
		       (page->block != UINT32_MAX && shm_evictable(page->mapping, page));
	return true;
}

bool page_looks_dirty(struct page *page)
{
	return page_is_dirty(page);
}

bool page_referenced_clear(struct page *page)
{
	bool referenced = page->flags & PAGE_REFERENCED;

	page->flags &= (u8)~PAGE_REFERENCED;
	for (struct rmap_node *node = &page->rmap; node && node->mm; node = node->next) {
		u64 *pte = pte_find(node->mm, node->va);

		if (*pte & PTE_A && *pte & PTE_V) {
			*pte &= ~PTE_A;
			fence_page(node->mm, node->va); /* or TLB hits would never set it again */
			referenced = true;
		}
	}
	introspect_flags(page);
	return referenced;
}

/* The same question without clearing anything. */
bool page_was_used(struct page *page)
{
	if (page->flags & PAGE_REFERENCED)
		return true;
	for (struct rmap_node *node = &page->rmap; node && node->mm; node = node->next)
		if (*pte_find(node->mm, node->va) & PTE_A)
			return true;
	return false;
}

void page_write_soon(struct page *page)
{
	write_soon = page;
}

/* For who watches: by what its contents are found again. */
static u64 told_identity(const struct page *page)
{
	return page->mapping && page->mapping != &swap_mapping
		       ? (u64)page->mapping->id << 32 | page->index
		       : page->index;
}

void page_enter_policy(struct page *page)
{
	ASSERT(!(page->flags & PAGE_POLICY));
	page->flags |= PAGE_POLICY;
	page->policy_word = 0;
	replace->enter(page);
	introspect_tell(TOLD_ENTER, page, told_identity(page));
}

void page_leave_policy(struct page *page)
{
	if (!(page->flags & PAGE_POLICY))
		return;
	page->flags &= (u8)~PAGE_POLICY;
	if (write_soon == page)
		write_soon = NULL;
	replace->leave(page);
	introspect_tell(TOLD_LEAVE, page, 0);
}

void page_touch(struct page *page)
{
	page->flags |= PAGE_REFERENCED;
	introspect_flags(page);
	introspect_tell(TOLD_TOUCH, page, 0);
	if (replace->touched && (page->flags & PAGE_POLICY))
		replace->touched(page);
}

/* ---- eviction ---- */

static struct eviction describe(const struct page *page)
{
	const struct introspect_frame *frame = introspect_frame(page);

	return (struct eviction){
		.owner = frame->owner,
		.frame_class = frame->frame_class,
		.frame = (u32)(page - frames),
		.page = frame->page,
	};
}

/* A fault's record will name the page that it evicted last; any other is told at once. */
static void note_eviction(struct eviction *gone, bool written)
{
	gone->valid = true;
	gone->written = written;
	gone->ticks = time_now();
	if (!current->in_fault) {
		introspect_eviction(gone, 0);
		return;
	}
	if (current->victim.valid)
		introspect_eviction(&current->victim, EVICTION_FAULT);
	current->victim = *gone;
}

/* Out of every page table: swap the PTE out, fence, merge its D.  Only then is it clean or dirty. */
static void unmap_all(struct page *page)
{
	bool to_slot = page->mapping == &swap_mapping;

	while (page->rmap.mm) {
		struct mm *mm = page->rmap.mm;
		u64 va = page->rmap.va;

		if (to_slot && !slot_get((u32)page->index))
			panic("slot references overflow");
		pte_unmap(mm, va, pte_find(mm, va), to_slot ? pte_from_slot((u32)page->index) : 0);
		if (mm != current->mm) /* its own follow at the end of the fault */
			introspect_mm(mm);
	}
}

static bool give_slot(struct page *page)
{
	u32 slot = swap_alloc();

	if (slot == NO_SLOT)
		return false;
	cache_insert(page, &swap_mapping, slot);
	introspect_tell(TOLD_SLOT, page, slot);
	page_set_dirty(page);
	return true;
}

static bool evict(struct page *page)
{
	struct eviction gone;
	bool dirty;
	int error = 0;

	/* Never stored to since it was filled with zeros: it needs no slot, zeros can be had again. */
	if ((page->flags & PAGE_ANON) && !page->mapping && page_is_dirty(page) && !give_slot(page))
		return false;
	page_pin(page);
	page->flags |= PAGE_EVICTING;
	gone = describe(page);
	unmap_all(page);
	dirty = page->flags & PAGE_DIRTY;
	if (dirty) {
		evicting++;
		error = page_write(page);
		evicting--;
	}
	page->flags &= (u8)~PAGE_EVICTING;
	wakeup(page);
	if (error || page->pins > 1 || page->sharers || (page->flags & PAGE_DIRTY)) {
		page_put(page); /* somebody wanted it meanwhile */
		return false;
	}
	dirty ? COUNT.evictions_dirty++ : COUNT.evictions_clean++;
	note_eviction(&gone, dirty);
	introspect_tell(TOLD_EVICT, page, told_identity(page));
	page->pins--;
	page_leave_policy(page);
	if (page->mapping)
		cache_remove(page);
	frame_release(page);
	return true;
}

/* Clean a page that stays where it is: sleeps.  True if it was written. */
bool page_write_early(struct page *page)
{
	bool written;

	page_pin(page);
	if ((page->flags & PAGE_ANON) && !page->mapping && page_is_dirty(page))
		give_slot(page);
	written = page->mapping && page_is_dirty(page) && page_write(page) == 0;
	page_put(page);
	return written;
}

static void write_early(void)
{
	struct page *page = write_soon;

	write_soon = NULL;
	if (page && page_evictable(page))
		page_write_early(page);
}

void reclaim_pause(void)
{
	bool timed_out; /* what is evicted may be ready without another transfer */

	sleep_until(disk_channel, false, time_now() + TICKS_PER_SECOND / 1000, &timed_out);
}

/* Nothing can go at once: wait for whoever has it. */
static enum reclaim wait_for_others(void)
{
	static u32 fruitless;

	if (disk_requests || evicting) {
		fruitless = 0;
		reclaim_pause();
		return RECLAIM_BUSY;
	}
	if (sched_others_ready() && ++fruitless < 64) {
		schedule(); /* still ready: others run and let go of what they hold */
		return RECLAIM_BUSY;
	}
	fruitless = 0;
	return RECLAIM_NOTHING;
}

/* Local allocation: whoever has its share of the frames replaces its own pages; whoever has less takes from
 * those that have more. */
static struct page *local_victim(void)
{
	u64 usable = frames_cap ? min_u64(frames_cap, nframes) : nframes, claims = 0;
	struct page *page;

	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc))
		claims += proc_is_leader(proc) && proc->mm && proc->mm->resident >= LOCAL_LEAST;
	share = usable / max_u64(claims, 1);
	whose = current->mm->resident >= share ? OWN : ABOVE_SHARE;
	page = replace->victim();
	whose = ANYBODYS;
	return page;
}

enum reclaim reclaim_one(void)
{
	struct page *page = local && current->mm ? local_victim() : NULL;

	if (!page)
		page = replace->victim();
	if (!page && (!token_holder || token_holder == current)) {
		token_holder = current;
		stealing = true;
		page = replace->victim();
		stealing = false;
	}
	if (page)
		return evict(page) ? (write_early(), RECLAIM_DONE) : RECLAIM_BUSY;
	if (!swap_has_room() && swap_free_stale())
		return RECLAIM_BUSY;
	return wait_for_others();
}

bool reclaim_page(struct page *page)
{
	return (page->flags & PAGE_POLICY) && page_evictable(page) && evict(page);
}

/* A clean page can go without sleeping.  Takes the next one round the frames: which one is no policy's
 * business, because this is the last resort of the kernel's own allocations. */
bool reclaim_clean_one(void)
{
	static u64 cursor;

	for (u64 n = 0; n < nframes; n++) {
		struct page *page = &frames[cursor];

		cursor = cursor + 1 < nframes ? cursor + 1 : 0;
		if ((page->flags & PAGE_POLICY) && page_evictable(page) && !page_looks_dirty(page))
			return evict(page);
	}
	return false;
}

bool throttle_needed(void)
{
	u64 limit = (frames_cap ? min_u64(frames_cap, nframes) : nframes) / 4;

	return frames_dirty > limit;
}

void throttle_writers(void)
{
	static u64 cursor;

	for (u64 n = 0; n < nframes && throttle_needed(); n++) {
		struct page *page = &frames[cursor];

		cursor = cursor + 1 < nframes ? cursor + 1 : 0;
		if ((page->flags & (PAGE_POLICY | PAGE_DIRTY | PAGE_ANON | PAGE_IO |
				    PAGE_EVICTING)) == (PAGE_POLICY | PAGE_DIRTY) &&
		    page->mapping && !page->mapping->swapped)
			page_sync(page);
	}
}

void reclaim_balance(u64 wanted)
{
	for (u64 n = 0; n < 2 * wanted && frames_free < wanted; n++)
		if (reclaim_one() == RECLAIM_NOTHING)
			break;
	if (!current->nheld)
		hold_release(current);
}

/* ---- progress ---- */

void hold_page(struct page *page)
{
	if (held_by(current, page))
		return;
	if (current->nheld == HOLD_PAGES) {
		current->held[0]->holds--;
		memmove(current->held, current->held + 1,
			(HOLD_PAGES - 1) * sizeof(current->held[0]));
		current->nheld--;
	}
	current->held[current->nheld++] = page;
	page->holds++;
}

void hold_release(struct proc *proc)
{
	for (u32 i = 0; i < proc->nheld; i++)
		proc->held[i]->holds--;
	proc->nheld = 0;
	if (token_holder == proc)
		token_holder = NULL;
}

/* Such a call has some ten pages pinned at most: its own two, metadata of the file system. */
#define PINNED_AT_ONCE 12
static u32 pinners;

void pinning_begin(void)
{
	u64 usable = frames_cap ? min_u64(frames_cap, nframes) : nframes;

	if (current->pinning++)
		return;
	while (pinners && pinners >= usable / PINNED_AT_ONCE)
		sleep_on(&pinners, false);
	pinners++;
}

void pinning_end(void)
{
	if (--current->pinning == 0) {
		pinners--;
		wakeup_one(&pinners);
	}
}

void hold_forget(struct page *page)
{
	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc)) {
		for (u32 i = 0; i < proc->nheld; i++) {
			if (proc->held[i] != page)
				continue;
			proc->held[i] = proc->held[--proc->nheld];
			page->holds--;
			break;
		}
	}
	ASSERT(!page->holds);
}

/* ---- out of memory ---- */

/* What its death would give back. */
static u64 pages_held(const struct mm *mm)
{
	return mm->resident + mm->swapped + mm->table_pages;
}

static struct proc *oom_candidate(void)
{
	struct proc *worst = NULL;

	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc)) {
		if (!proc_is_leader(proc) || proc->tgid == 1 || !proc->mm)
			continue;
		if (!worst || pages_held(proc->mm) > pages_held(worst->mm))
			worst = proc;
	}
	return worst;
}

/* Everything may be pinned by processes that wait for each other to let go: only when nobody has got a
 * frame for a while is memory really short. */
bool starving(void)
{
	if (current->killed)
		return false;
	if (current->starved_since != frames_given - current->given) {
		current->starved_since = frames_given - current->given;
		current->starved = 0;
	}
	if (++current->starved < STARVED_MAX)
		return true;
	current->starved = 0;
	oom_kill();
	return !current->killed;
}

/* Kill the process with most resident and swapped pages, or wait for one that is dying already. */
void oom_kill(void)
{
	struct proc *victim;

	for (struct proc *proc = proc_next(NULL); proc; proc = proc_next(proc)) {
		if (proc->group->oom_victim && proc->mm && proc != current) {
			reclaim_pause();
			return;
		}
	}
	victim = oom_candidate();
	if (!victim)
		panic("out of memory, and nothing to kill");
	printk("out of memory: killing %u (%s), %lu pages resident, %lu in swap", victim->tgid,
	       victim->name, victim->mm->resident, victim->mm->swapped);
	victim->group->oom_victim = true;
	proc_oom_killed(victim);
}
