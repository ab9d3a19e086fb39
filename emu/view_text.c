/* The view's sentences. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "emu/faultlog.h"
#include "emu/view_model.h"

const char *view_kind_name(enum view_kind kind)
{
	static const char *const names[VIEW_KINDS] = {
		[VIEW_FREE] = "free",
		[VIEW_RESERVED] = "reserved",
		[VIEW_KERNEL] = "kernel",
		[VIEW_TABLE] = "page tables",
		[VIEW_TEXT] = "program text",
		[VIEW_FILE] = "file pages",
		[VIEW_CACHE] = "cache",
		[VIEW_HEAP] = "heap",
		[VIEW_STACK] = "stack",
		[VIEW_SHM] = "shared memory",
		[VIEW_SHARED] = "shared (count)",
	};
	return names[kind];
}

/* How the fault was served, and why that way. */
static void served(const struct introspect_fault_record *r, char *buf, unsigned size)
{
	bool major = r->flags & FAULT_FLAG_MAJOR;
	switch (r->kind) {
	case FAULT_ZERO:
		snprintf(buf, size, "never touched, zero page into frame %" PRIu32, r->frame);
		break;
	case FAULT_FILE:
		snprintf(buf, size, "not in memory, read from its file into frame %" PRIu32,
			 r->frame);
		break;
	case FAULT_CACHED:
		snprintf(buf, size, "already in the page cache, frame %" PRIu32 " mapped",
			 r->frame);
		break;
	case FAULT_SWAP:
		snprintf(buf, size,
			 major ? "in swap slot %" PRIu32 ", read back into frame %" PRIu32
			       : "in swap slot %" PRIu32 ", but still in frame %" PRIu32,
			 r->slot, r->frame);
		break;
	case FAULT_COW:
		snprintf(buf, size, "first store to a shared page, frame %" PRIu32 " is its own",
			 r->frame);
		break;
	case FAULT_AD:
		snprintf(buf, size, "only A or D had to be set");
		break;
	case FAULT_SPURIOUS:
		snprintf(buf, size, "its entry permits it already");
		break;
	case FAULT_SEGV:
		snprintf(buf, size, "refused: %s", inspect_reason_text(r->reason));
		break;
	default:
		snprintf(buf, size, "?");
	}
}

static void evicted(const struct view_event *event, char *buf, unsigned size)
{
	const struct introspect_fault_record *r = &event->record;
	char what[96];
	faultlog_contents(r->victim_class, r->victim_owner, r->victim_page, what, sizeof what);
	snprintf(buf, size, "%s page (%s%s%s) %s",
		 r->flags & FAULT_FLAG_WRITTEN ? "dirty" : "clean", what,
		 event->process[0] ? " " : "", event->process,
		 r->flags & FAULT_FLAG_WRITTEN ? "written out first" : "dropped");
	size_t used = strlen(buf);
	if (r->kind == FAULT_KINDS)
		snprintf(buf + used, size - used, ", by pid %" PRIu32 " without a fault", r->pid);
}

void view_model_event_text(const struct view_event *event, char *buf, unsigned size)
{
	const struct introspect_fault_record *r = &event->record;
	char text[160];
	switch (event->kind) {
	case VIEW_EVENT_FAULT:
		served(r, text, sizeof text);
		snprintf(buf, size, "pid %" PRIu32 "%s%s %s%s %#" PRIx64 " %s%s: %s", r->pid,
			 event->process[0] ? " " : "", event->process,
			 r->flags & FAULT_FLAG_KERNEL ? "kernel " : "",
			 inspect_access_name(r->flags), r->va, inspect_region_name(r->region),
			 event->where, text);
		break;
	case VIEW_EVENT_EVICT:
		evicted(event, text, sizeof text);
		snprintf(buf, size, "frame %" PRIu32 ": %s", r->victim_frame, text);
		break;
	case VIEW_EVENT_TRAP:
		snprintf(buf, size, "%s %#" PRIx64 " at pc %#" PRIx64 "%s",
			 inspect_access_name(r->flags), r->va, r->pc,
			 r->flags & FAULT_FLAG_KERNEL ? " (kernel)" : "");
		break;
	case VIEW_EVENT_NOTE:
		snprintf(buf, size, "%s", event->note);
		break;
	}
}

void view_model_biography_text(const struct view_event *event, char *buf, unsigned size)
{
	const struct introspect_fault_record *r = &event->record;
	static const char *const how[FAULT_KINDS] = {
		[FAULT_ZERO] = "zeroed",
		[FAULT_FILE] = "read from a file",
		[FAULT_CACHED] = "mapped from the page cache",
		[FAULT_SWAP] = "filled from swap",
		[FAULT_COW] = "copied",
		[FAULT_AD] = "A or D set",
		[FAULT_SPURIOUS] = "touched again",
		[FAULT_SEGV] = "refused",
	};
	char text[160];
	if (event->kind == VIEW_EVENT_EVICT) {
		evicted(event, text, sizeof text);
		snprintf(buf, size, "freed: %s", text);
	} else if (event->kind == VIEW_EVENT_FAULT) {
		char slot[24] = "";
		if (r->slot != UINT32_MAX)
			snprintf(slot, sizeof slot, " slot %" PRIu32, r->slot);
		snprintf(buf, size,
			 "%s%s for pid %" PRIu32 "%s%s, %s %#" PRIx64 " at pc %#" PRIx64 "%s",
			 how[r->kind % FAULT_KINDS], slot, r->pid, event->process[0] ? " " : "",
			 event->process, inspect_access_name(r->flags), r->va, r->pc, event->where);
	} else {
		view_model_event_text(event, buf, size);
	}
}
