#include "emu/view_model.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "emu/images.h"
#include "emu/view_scan.h"

struct view_model *view_model_create(struct machine *machine, struct inspect *inspect,
				     const char *title)
{
	struct view_model *model = calloc(1, sizeof *model);
	if (!model)
		return NULL;
	model->machine = machine;
	model->inspect = inspect;
	/* What runs, without the folders that it lies in. */
	model->title = title ? title : "";
	for (const char *p = model->title; *p && *p != ' '; p++)
		model->title = *p == '/' ? p + 1 : model->title;
	model->nframes = machine->ram.bytes >> 12;
	model->frame = calloc(model->nframes, sizeof *model->frame);
	model->history = calloc(model->nframes, 1);
	model->ever = calloc(model->nframes, 1);
	model->event = calloc(VIEW_EVENTS, sizeof *model->event);
	model->satp = calloc(VIEW_SATPS, sizeof *model->satp);
	model->bin_ns = VIEW_TICK_NS;
	if (!model->frame || !model->history || !model->ever || !model->event || !model->satp) {
		view_model_destroy(model);
		return NULL;
	}
	return model;
}

bool view_model_swap(struct view_model *model, unsigned disk, uint64_t pages)
{
	model->slot = calloc(pages, sizeof *model->slot);
	if (!model->slot)
		return false;
	model->swap_disk = disk;
	model->nslots = pages;
	return true;
}

void view_model_destroy(struct view_model *model)
{
	if (!model)
		return;
	free(model->frame);
	free(model->history);
	free(model->ever);
	free(model->event);
	free(model->satp);
	free(model->slot);
	free(model);
}

/* ---- events ---- */

static struct view_event *new_event(struct view_model *model, enum view_event_kind kind,
				    uint64_t time_ns)
{
	struct view_event *event = &model->event[model->nevents++ % VIEW_EVENTS];
	*event = (struct view_event){ .kind = kind, .time_ns = time_ns };
	return event;
}

const struct view_event *view_model_event(const struct view_model *model, uint64_t number)
{
	if (number >= model->nevents || model->nevents - number > VIEW_EVENTS)
		return NULL;
	return &model->event[number % VIEW_EVENTS];
}

static void about_frame(struct view_model *model, struct view_event *event, uint64_t frame)
{
	if (frame >= model->nframes)
		return;
	event->previous = model->frame[frame].last_event;
	model->frame[frame].last_event = model->nevents;
}

static void copy_name(char to[17], const struct introspect_process *process)
{
	if (process)
		memcpy(to, process->name, sizeof process->name);
	to[16] = 0;
}

static void flash_frame(struct view_model *model, uint64_t frame, enum view_flash flash,
			uint64_t ns)
{
	if (frame < model->nframes) {
		model->frame[frame].flash = (uint8_t)flash;
		model->frame[frame].flash_ns = ns;
	}
}

static void add_eviction(struct view_model *model, uint64_t ns,
			 const struct introspect_fault_record *record)
{
	struct view_event *event = new_event(model, VIEW_EVENT_EVICT, ns);
	event->record = *record;
	copy_name(event->process,
		  record->victim_class == FRAME_ANON || record->victim_class == FRAME_STACK
			  ? inspect_process(model->inspect, record->victim_owner)
			  : NULL);
	about_frame(model, event, record->victim_frame);
	flash_frame(model, record->victim_frame, FLASH_EVICT, ns);
}

void view_model_eviction(struct view_model *model, const struct introspect_eviction *gone)
{
	struct introspect_fault_record record = {
		.end_ticks = gone->time_ticks,
		.pid = gone->pid,
		.kind = FAULT_KINDS, /* not for a fault */
		.flags = gone->flags & EVICTION_WRITTEN ? FAULT_FLAG_WRITTEN : 0,
		.frame = UINT32_MAX,
		.slot = UINT32_MAX,
		.victim_owner = gone->owner,
		.victim_class = gone->frame_class,
		.victim_page = gone->page,
		.victim_frame = gone->frame,
	};
	if (gone->flags & EVICTION_FAULT)
		record.kind = FAULT_ZERO;
	add_eviction(model, gone->time_ticks * INSPECT_NS_PER_TICK, &record);
}

void view_model_fault(struct view_model *model, const struct introspect_fault_record *record)
{
	uint64_t ns = record->end_ticks * INSPECT_NS_PER_TICK;
	const struct introspect_process *process = inspect_process(model->inspect, record->pid);
	struct view_event *event;
	if (record->flags & FAULT_FLAG_EVICTED)
		add_eviction(model, ns, record);
	event = new_event(model, VIEW_EVENT_FAULT, ns);
	event->record = *record;
	copy_name(event->process, process);
	struct image_place place = images_fault(model->images, model->inspect, record);
	image_place_text(&place, event->where, sizeof event->where);
	about_frame(model, event, record->frame);
	if (record->kind >= FAULT_AD)
		return;
	/* A frame that was evicted and filled at once shows what is rarer. */
	if (!(record->flags & FAULT_FLAG_EVICTED) || record->frame != record->victim_frame)
		flash_frame(model, record->frame,
			    record->kind == FAULT_COW ? FLASH_COPY : FLASH_FILL, ns);
}

void view_model_trap(struct view_model *model, const struct event *trap)
{
	model->faults++;
	if (model->inspect->guest)
		return;
	struct view_event *event = new_event(model, VIEW_EVENT_TRAP, trap->time_ns);
	event->record = (struct introspect_fault_record){
		.va = trap->trap.tval,
		.pc = trap->trap.pc,
		.frame = UINT32_MAX,
		.slot = UINT32_MAX,
		.flags = (uint8_t)((trap->trap.cause == 12   ? FAULT_FLAG_FETCH
				    : trap->trap.cause == 15 ? FAULT_FLAG_STORE
							     : 0) |
				   (trap->trap.from == PRIV_U ? 0 : FAULT_FLAG_KERNEL)),
	};
}

void view_model_disk(struct view_model *model, const struct event *event)
{
	if (event->disk.disk != model->swap_disk || event->disk.page >= model->nslots)
		return;
	struct view_slot *slot = &model->slot[event->disk.page];
	if (event->disk.write) {
		slot->state = 1;
		slot->written_ns = event->time_ns;
	} else {
		slot->read_ns = event->time_ns;
	}
}

static void note_process(struct view_model *model, uint32_t pid, const char *name, const char *what)
{
	struct view_event *event =
		new_event(model, VIEW_EVENT_NOTE, machine_now_ns(model->machine));
	event->record.pid = pid;
	snprintf(event->note, sizeof event->note, "pid %" PRIu32 " %s %s", pid, name, what);
}

/* Who came and who went since the last look. */
static void watch_processes(struct view_model *model)
{
	uint32_t count, now[VIEW_PROCESSES];
	char names[VIEW_PROCESSES][17];
	unsigned n = 0;
	const struct introspect_process *table = inspect_processes(model->inspect, &count);
	for (uint32_t i = 0; table && i < count && n < VIEW_PROCESSES; i++) {
		if (table[i].state == PROC_UNUSED || table[i].state == PROC_ZOMBIE)
			continue;
		bool known = false;
		for (unsigned k = 0; k < model->nknown; k++)
			known |= model->known_pid[k] == table[i].pid;
		copy_name(names[n], &table[i]);
		if (!known && table[i].pid)
			note_process(model, table[i].pid, names[n], "starts");
		now[n++] = table[i].pid;
	}
	for (unsigned k = 0; k < model->nknown; k++) {
		bool alive = false;
		for (unsigned i = 0; i < n; i++)
			alive |= now[i] == model->known_pid[k];
		if (!alive && model->known_pid[k])
			note_process(model, model->known_pid[k], model->known_name[k], "ended");
	}
	memcpy(model->known_pid, now, n * sizeof now[0]);
	memcpy(model->known_name, names, n * sizeof names[0]);
	model->nknown = n;
}

/* ---- time ---- */

static void bin_add(struct view_bin *to, const struct view_bin *from)
{
	to->major += from->major;
	to->minor += from->minor;
	to->copies += from->copies;
	to->evicted_clean += from->evicted_clean;
	to->evicted_dirty += from->evicted_dirty;
	to->wait_ns += from->wait_ns;
	to->time_ns += from->time_ns;
}

/* The column of the curves that the tick just passed ends in; a full curve is folded to half its
 * columns. */
static struct view_bin *bin_at(struct view_model *model, uint64_t now_ns)
{
	now_ns -= now_ns % VIEW_TICK_NS;
	now_ns += now_ns ? 0 : VIEW_TICK_NS;
	while ((now_ns - 1) / model->bin_ns >= VIEW_BINS) {
		for (unsigned i = 0; i < VIEW_BINS; i++) {
			struct view_bin bin = model->bin[i];
			model->bin[i] = (struct view_bin){ 0 };
			bin_add(&model->bin[i / 2], &bin);
		}
		model->bin_ns *= 2;
	}
	unsigned index = (unsigned)((now_ns - 1) / model->bin_ns);
	model->nbins = index + 1;
	return &model->bin[index];
}

static struct view_bin delta(struct view_model *model, uint64_t now_ns)
{
	struct view_bin bin = { .time_ns = now_ns - model->last_tick_ns };
	if (model->inspect->guest) {
		struct introspect_counters now = model->inspect->guest->counters;
		const struct introspect_counters *last = &model->last;
		bin.major = (uint32_t)(now.faults_major - last->faults_major);
		bin.minor = (uint32_t)(now.faults_minor - last->faults_minor);
		bin.copies = (uint32_t)(now.cow_copies - last->cow_copies);
		bin.evicted_clean = (uint32_t)(now.evictions_clean - last->evictions_clean);
		bin.evicted_dirty = (uint32_t)(now.evictions_dirty - last->evictions_dirty);
		bin.wait_ns = (now.disk_wait_ticks - last->disk_wait_ticks) * INSPECT_NS_PER_TICK;
		model->last = now;
	} else {
		bin.minor = (uint32_t)(model->faults - model->last_faults);
		model->last_faults = model->faults;
	}
	model->last_tick_ns = now_ns;
	return bin;
}

static void sample_heat(struct view_model *model)
{
	uint8_t *touched = model->machine->ram.touched;
	for (uint64_t f = 0; f < model->nframes; f++) {
		uint8_t hit = touched[f] != 0;
		model->history[f] = (uint8_t)(model->history[f] >> 1 | hit << 7);
		model->ever[f] |= hit;
		touched[f] = 0;
	}
	for (unsigned i = 0; i < model->machine->config.nharts; i++)
		hart_drop_fast(model->machine->hart[i]);
}

/* More than half of the time lost to the disk while pages chase each other out of memory. */
static void judge_thrashing(struct view_model *model, uint64_t now_ns)
{
	const struct view_bin *r = &model->recent;
	bool now = r->time_ns >= VIEW_WINDOW_TICKS * VIEW_TICK_NS / 2 &&
		   r->wait_ns * 2 > r->time_ns && r->major >= 20 &&
		   r->evicted_clean + r->evicted_dirty >= 20;
	if (now && !model->thrashing)
		model->thrashing_since_ns = now_ns - r->time_ns;
	model->thrashing = now;
}

enum view_flash view_frame_flash(const struct view_model *model, const struct view_frame *frame)
{
	if (!frame->flash || model->now_ns - frame->flash_ns > VIEW_FLASH_NS ||
	    (frame->kind == VIEW_FREE && frame->flash != FLASH_EVICT))
		return FLASH_NONE;
	return (enum view_flash)frame->flash;
}

void view_model_tick(struct view_model *model)
{
	uint64_t now_ns = machine_now_ns(model->machine);
	inspect_attach(model->inspect, model->machine);
	if (!now_ns)
		return;
	struct view_bin bin = delta(model, now_ns);
	bin_add(bin_at(model, now_ns), &bin);
	model->window[model->ticks % VIEW_WINDOW_TICKS] = bin;
	model->recent = (struct view_bin){ 0 };
	for (unsigned i = 0; i < VIEW_WINDOW_TICKS; i++)
		bin_add(&model->recent, &model->window[i]);
	judge_thrashing(model, now_ns);
	if (model->inspect->guest && inspect_stable(model->inspect))
		watch_processes(model);
	if (++model->ticks % VIEW_HEAT_TICKS == 0)
		sample_heat(model);
}

static int by_value(const void *a, const void *b)
{
	uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return (x > y) - (x < y);
}

uint64_t view_model_edge(const struct view_model *model,
			 uint64_t (*const value[])(const struct view_bin *bin), unsigned n)
{
	uint64_t seen[2 * VIEW_BINS];
	unsigned count = 0;
	for (unsigned k = 0; k < n && k < 2; k++) {
		for (unsigned i = 0; i < model->nbins; i++) {
			seen[count] = value[k](&model->bin[i]);
			count += seen[count] != 0;
		}
	}
	if (!count)
		return 1;
	qsort(seen, count, sizeof seen[0], by_value);
	uint64_t edge = seen[count - 1 - count / 20], most = seen[count - 1];
	return edge + edge / 4 < most ? edge + edge / 4 : most;
}

/* ---- the snapshot ---- */

static enum view_kind kind_of(const struct introspect_frame *frame)
{
	static const uint8_t kinds[FRAME_CLASS_COUNT] = {
		[FRAME_FREE] = VIEW_FREE,     [FRAME_RESERVED] = VIEW_RESERVED,
		[FRAME_KERNEL] = VIEW_KERNEL, [FRAME_PAGE_TABLE] = VIEW_TABLE,
		[FRAME_ANON] = VIEW_HEAP,     [FRAME_STACK] = VIEW_STACK,
		[FRAME_TEXT] = VIEW_TEXT,     [FRAME_FILE] = VIEW_FILE,
		[FRAME_CACHE] = VIEW_CACHE,   [FRAME_SHM] = VIEW_SHM,
	};
	if (frame->frame_class >= FRAME_CLASS_COUNT)
		return VIEW_RESERVED;
	enum view_kind kind = kinds[frame->frame_class];
	bool user = kind == VIEW_TEXT || kind == VIEW_FILE || kind == VIEW_HEAP ||
		    kind == VIEW_STACK || kind == VIEW_SHM;
	return user && frame->sharers > 1 ? VIEW_SHARED : kind;
}

static uint8_t heat_of(const struct view_model *model, uint64_t f)
{
	if (model->machine->ram.touched[f])
		return VIEW_HEAT_MAX;
	return model->history[f] ? (uint8_t)(31 - __builtin_clz(model->history[f])) : 0;
}

static void copy_frames(struct view_model *model)
{
	uint64_t count = 0;
	const struct introspect_frame *table = inspect_frames(model->inspect, &count);
	for (uint64_t f = 0; f < model->nframes; f++) {
		static const struct introspect_frame outside = { .frame_class = FRAME_RESERVED };
		const struct introspect_frame *from = table && f < count ? &table[f] : &outside;
		struct view_frame *to = &model->frame[f];
		to->kind = kind_of(from);
		to->frame_class = from->frame_class;
		to->flags = from->flags;
		to->dirty = from->flags & FRAME_DIRTY;
		to->sharers = from->sharers;
		to->owner = from->owner;
		to->page = from->page;
	}
}

static void copy_processes(struct view_model *model)
{
	uint32_t count;
	const struct introspect_process *table = inspect_processes(model->inspect, &count);
	model->nprocesses = 0;
	for (uint32_t i = 0; table && i < count && model->nprocesses < VIEW_PROCESSES; i++) {
		if (table[i].state == PROC_UNUSED || !table[i].pid)
			continue;
		struct view_process *process = &model->process[model->nprocesses++];
		*process = (struct view_process){
			.pid = table[i].pid,
			.state = table[i].state,
			.satp = table[i].satp,
			.minor = table[i].minor,
			.major = table[i].major,
			.resident = table[i].resident_pages,
			.peak_resident = table[i].peak_resident_pages,
			.swapped = table[i].swapped_pages,
		};
		copy_name(process->name, &table[i]);
	}
}

bool view_model_refresh(struct view_model *model)
{
	inspect_attach(model->inspect, model->machine);
	if (model->inspect->guest && !inspect_stable(model->inspect))
		return false;
	model->has_kernel = model->inspect->guest != NULL;
	model->now_ns = machine_now_ns(model->machine);
	model->insns = machine_insns(model->machine);
	if (model->has_kernel) {
		copy_frames(model);
		copy_processes(model);
		view_scan_processes(model);
		model->counters = model->inspect->guest->counters;
	} else {
		view_scan_frames(model);
	}
	memset(model->count, 0, sizeof model->count);
	model->ndirty = 0;
	for (uint64_t f = 0; f < model->nframes; f++) {
		struct view_frame *frame = &model->frame[f];
		frame->heat = heat_of(model, f);
		if (frame->flash && model->now_ns - frame->flash_ns > VIEW_FLASH_NS)
			frame->flash = FLASH_NONE;
		model->count[frame->kind]++;
		model->ndirty += frame->dirty;
	}
	return true;
}
