#include "emu/steps.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define NONE	UINT32_MAX
#define FILLING 16 /* processes that wait for a page at the same time, at most */

struct maker {
	struct steps *steps;
	FILE *out;
	bool failed;
	uint32_t room, needs_room, alive;
	uint8_t *is_alive;
	uint64_t births;     /* in faults that read a file */
	uint32_t code, last; /* the page executed; the page of the last step */
	uint64_t pid;
	struct {
		uint64_t pid;
		uint32_t page;
	} filling[FILLING];
};

static void emit(struct maker *m, enum step_op op, uint32_t operand)
{
	uint32_t step = (uint32_t)op << STEP_SHIFT | operand;

	if (fwrite(&step, sizeof(step), 1, m->out) != 1)
		m->failed = true;
	m->steps->count++;
	m->steps->references += step_is_reference(step);
	m->last = op <= STEP_KERNEL ? operand : NONE;
}

static void now_alive(struct maker *m, uint32_t page)
{
	if (m->is_alive[page])
		return;
	m->is_alive[page] = 1;
	if (++m->alive > m->steps->peak)
		m->steps->peak = m->alive;
}

static void use(struct maker *m, enum step_op op, uint32_t page)
{
	if (op != STEP_LOAD || page != m->last) {
		now_alive(m, page);
		emit(m, op, page);
	}
}

/* Between two references to data the program has fetched instructions. */
static void use_code(struct maker *m)
{
	if (m->code != NONE)
		use(m, STEP_LOAD, m->code);
}

static bool room_for(struct maker *m, uint32_t page)
{
	struct steps *s = m->steps;
	uint32_t room = m->room;

	if (page < room)
		return true;
	while (room <= page)
		room = room ? room * 2 : 4096;
	s->page = reallocarray(s->page, room, sizeof(*s->page));
	m->is_alive = realloc(m->is_alive, room);
	if (!s->page || !m->is_alive || room > STEP_MASK)
		return false;
	memset(s->page + m->room, 0, (room - m->room) * sizeof(*s->page));
	memset(m->is_alive + m->room, 0, room - m->room);
	m->room = room;
	return true;
}

/* What was touched while a page was read will be when it is read again. */
static void note_need(struct maker *m, uint32_t page)
{
	struct steps *s = m->steps;
	uint32_t *link = NULL;

	for (unsigned i = 0; i < FILLING && !link; i++)
		if (m->filling[i].page && m->filling[i].pid == m->pid &&
		    s->page[m->filling[i].page - 1].kind != REFS_METADATA)
			link = &s->page[m->filling[i].page - 1].needs;
	if (!link || s->page[page].kind != REFS_METADATA)
		return;
	for (; *link; link = &s->need[*link - 1].next)
		if (s->need[*link - 1].page == page)
			return;
	if (s->nneeds == m->needs_room) {
		/* *link may lie in what moves. */
		bool inside = s->need && (void *)link >= (void *)s->need &&
			      (void *)link < (void *)(s->need + s->nneeds);
		ptrdiff_t at = inside ? (char *)link - (char *)s->need : 0;
		uint32_t room = m->needs_room ? m->needs_room * 2 : 1024;
		void *grown = reallocarray(s->need, room, sizeof(*s->need));

		m->failed |= !grown;
		if (!grown)
			return;
		s->need = grown;
		m->needs_room = room;
		if (inside)
			link = (uint32_t *)(void *)((char *)s->need + at);
	}
	s->need[s->nneeds] = (struct step_need){ .page = page };
	*link = ++s->nneeds;
}

static void fill(struct maker *m, uint32_t page, bool begins)
{
	for (unsigned i = 0; i < FILLING; i++) {
		bool own = m->filling[i].page == page + 1;

		if (begins ? !m->filling[i].page : own) {
			m->filling[i].page = begins ? page + 1 : 0;
			m->filling[i].pid = m->pid;
			return;
		}
	}
}

static void entered(struct maker *m, const struct refs_event *event)
{
	struct step_page *page = &m->steps->page[event->page];
	uint64_t kind = event->flags & REFS_KIND;

	if (kind != REFS_AGAIN) {
		page->kind = (uint8_t)kind;
		m->births += kind == REFS_FILE && event->flags & REFS_IN_FAULT;
		now_alive(m, event->page);
		note_need(m, event->page);
		emit(m, STEP_BORN, event->page);
	}
	if (event->flags & REFS_IS_DIRTY)
		emit(m, STEP_DIRTY, event->page);
}

static void referenced(struct maker *m, const struct refs_event *event)
{
	enum step_op op = event->code == REFS_STORE || event->code == REFS_KERNEL_STORE ? STEP_STORE
											: STEP_LOAD;

	if (m->steps->text) {
		m->steps->page[event->page].kind = REFS_FILE;
		now_alive(m, event->page);
		emit(m, STEP_LOAD, event->page);
		return;
	}
	if (event->code == REFS_LOAD || event->code == REFS_STORE || event->code == REFS_FETCH)
		use_code(m);
	use(m, op, event->page);
	if (event->code == REFS_FETCH)
		m->code = event->page;
}

static void time_passes(struct maker *m, uint64_t time)
{
	m->steps->time += time;
	for (; time > STEP_MASK; time -= STEP_MASK)
		emit(m, STEP_TIME, STEP_MASK);
	emit(m, STEP_TIME, (uint32_t)time);
}

static void take(struct maker *m, const struct refs_event *event)
{
	switch (event->code) {
	case REFS_LOAD:
	case REFS_STORE:
	case REFS_FETCH:
	case REFS_KERNEL_LOAD:
	case REFS_KERNEL_STORE:
		referenced(m, event);
		break;
	case REFS_TOUCH:
	case REFS_TOUCH_FAULT:
		note_need(m, event->page);
		use(m,
		    event->code == REFS_TOUCH || m->steps->page[event->page].kind == REFS_METADATA
			    ? STEP_KERNEL
			    : STEP_LOAD,
		    event->page);
		break;
	case REFS_ENTER:
		entered(m, event);
		break;
	case REFS_DEAD:
		m->alive -= m->is_alive[event->page];
		m->is_alive[event->page] = 0;
		if (m->code == event->page)
			m->code = NONE;
		emit(m, STEP_DEAD, event->page);
		break;
	case REFS_EVICTED:
		m->steps->evictions++;
		break;
	case REFS_FILL:
	case REFS_FILLED:
		fill(m, event->page, event->code == REFS_FILL);
		break;
	case REFS_DIRTY:
		emit(m, STEP_DIRTY, event->page);
		break;
	case REFS_COPY:
		emit(m, STEP_COPY, event->page);
		break;
	case REFS_TIME:
		time_passes(m, event->flags);
		break;
	case REFS_FAULT:
		m->steps->faults += event->flags >> 8 & 1;
		break;
	case REFS_SPACE:
		m->pid = event->flags;
		m->code = NONE;
		break;
	default:
		break;
	}
}

static bool map_steps(struct maker *m, const char *path, struct error *error)
{
	struct steps *s = m->steps;

	s->mapped_bytes = s->count * sizeof(*s->step);
	if (m->failed || fflush(m->out))
		return refuse(error, "%s: no room for the steps of the simulation: %s", path,
			      strerror(errno));
	if (!s->references)
		return refuse(error, "%s: it holds no reference", path);
	s->step = mmap(NULL, s->mapped_bytes, PROT_READ, MAP_SHARED, fileno(m->out), 0);
	if (s->step == MAP_FAILED) {
		s->step = NULL;
		return refuse(error, "%s: %s", path, strerror(errno));
	}
	return true;
}

bool steps_read(const char *path, struct steps *steps, struct error *error)
{
	struct maker m = { .steps = steps, .code = NONE, .last = NONE };
	struct refs_reader *reader = refs_open(path, error);
	struct refs_event event;
	bool ok;

	*steps = (struct steps){ 0 };
	if (!reader)
		return false;
	steps->text = refs_is_text(reader);
	snprintf(steps->title, sizeof(steps->title), "%s", refs_title(reader));
	m.out = tmpfile();
	m.failed = !m.out;
	while (!m.failed && refs_next(reader, &event)) {
		if (room_for(&m, event.page))
			take(&m, &event);
		else
			m.failed = true;
		if (event.page >= steps->npages && (steps->text || event.code == REFS_ENTER))
			steps->npages = event.page + 1;
	}
	if (steps->text)
		steps->time = steps->references;
	/* With memory to spare nothing was read twice: two processes that wait for one page are two
	 * faults. */
	if (steps->evictions)
		steps->faults = m.births;
	ok = !m.failed || refuse(error, "%s: no room for the steps of the simulation", path);
	ok = refs_finish(reader, error) && ok;
	ok = ok && map_steps(&m, path, error);
	if (m.out)
		fclose(m.out);
	free(m.is_alive);
	if (!ok)
		steps_free(steps);
	return ok;
}

void steps_free(struct steps *steps)
{
	if (steps->step)
		munmap((void *)(uintptr_t)steps->step, steps->mapped_bytes);
	free(steps->page);
	free(steps->need);
	*steps = (struct steps){ 0 };
}

const uint32_t *steps_next_use(const struct steps *steps)
{
	FILE *file = tmpfile();
	uint32_t *next = MAP_FAILED, *seen = malloc((steps->npages + 1ull) * sizeof(*seen));

	if (file && seen && steps->count < NONE &&
	    ftruncate(fileno(file), (off_t)steps->mapped_bytes) == 0)
		next = mmap(NULL, steps->mapped_bytes, PROT_READ | PROT_WRITE, MAP_SHARED,
			    fileno(file), 0);
	if (file)
		fclose(file);
	if (next != MAP_FAILED) {
		memset(seen, 0xff, (steps->npages + 1ull) * sizeof(*seen));
		for (uint64_t i = steps->count; i-- > 0;) {
			uint32_t page = steps->step[i] & STEP_MASK;

			if (step_is_reference(steps->step[i])) {
				next[i] = seen[page];
				seen[page] = (uint32_t)i;
			} else if (steps->step[i] >> STEP_SHIFT == STEP_DEAD) {
				seen[page] = NONE;
			}
		}
	}
	free(seen);
	return next == MAP_FAILED ? NULL : next;
}

void steps_free_next_use(const struct steps *steps, const uint32_t *next)
{
	if (next)
		munmap((void *)(uintptr_t)next, steps->mapped_bytes);
}
