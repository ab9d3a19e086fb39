#include "emu/faultlog.h"

#include <inttypes.h>
#include <poll.h>

void faultlog_contents(unsigned frame_class, uint32_t owner, uint64_t page, char *buf,
		       unsigned size)
{
	const char *name = inspect_class_name(frame_class);
	switch (frame_class) {
	case FRAME_ANON:
	case FRAME_STACK:
		snprintf(buf, size, "%s %" PRIu32 ":%#" PRIx64, name, owner, page << 12);
		break;
	case FRAME_TEXT:
	case FRAME_FILE:
	case FRAME_CACHE:
		if (owner)
			snprintf(buf, size, "%s inode %" PRIu32 " page %" PRIu64, name, owner,
				 page);
		else
			snprintf(buf, size, "%s block %" PRIu64, name, page);
		break;
	case FRAME_SHM:
		snprintf(buf, size, "%s object %" PRIu32 " page %" PRIu64, name, owner, page);
		break;
	default:
		snprintf(buf, size, "%s", name);
	}
}

void faultlog_format(const struct introspect_fault_record *record, const char *where, char *buf,
		     unsigned size)
{
	uint64_t ns = record->time_ticks * INSPECT_NS_PER_TICK;
	char frame[32] = "", slot[32] = "", victim[160] = "", from[32] = "";
	if (record->frame != UINT32_MAX)
		snprintf(frame, sizeof frame, ", frame %" PRIu32, record->frame);
	if (record->slot != UINT32_MAX)
		snprintf(slot, sizeof slot, " slot %" PRIu32, record->slot);
	if (record->flags & FAULT_FLAG_EVICTED) {
		char contents[96];
		faultlog_contents(record->victim_class, record->victim_owner, record->victim_page,
				  contents, sizeof contents);
		if (record->victim_frame != record->frame)
			snprintf(from, sizeof from, " from frame %" PRIu32, record->victim_frame);
		snprintf(victim, sizeof victim, "; victim %s%s, %s", contents, from,
			 record->flags & FAULT_FLAG_WRITTEN ? "written" : "clean");
	}
	snprintf(buf, size,
		 "%4" PRIu64 ".%07" PRIu64 " pid %" PRIu32 " %s%s %#" PRIx64 " %s at pc %#" PRIx64
		 "%s: %s%s%s%s%s%s%s",
		 ns / 1000000000, ns % 1000000000 / 100, record->pid,
		 record->flags & FAULT_FLAG_KERNEL ? "kernel " : "",
		 inspect_access_name(record->flags), record->va,
		 inspect_region_name(record->region), record->pc, where,
		 inspect_fault_name(record->kind), slot, record->kind == FAULT_SEGV ? ", " : "",
		 record->kind == FAULT_SEGV ? inspect_reason_text(record->reason) : "",
		 record->flags & FAULT_FLAG_MAJOR ? ", major" : "", frame, victim);
}

void faultlog_eviction(const struct introspect_eviction *gone, char *buf, unsigned size)
{
	uint64_t ns = gone->time_ticks * INSPECT_NS_PER_TICK;
	char contents[96];
	faultlog_contents(gone->frame_class, gone->owner, gone->page, contents, sizeof contents);
	snprintf(buf, size,
		 "%4" PRIu64 ".%07" PRIu64 " pid %" PRIu32 " evicts %s from frame %" PRIu32
		 ", %s%s",
		 ns / 1000000000, ns % 1000000000 / 100, gone->pid, contents, gone->frame,
		 gone->flags & EVICTION_WRITTEN ? "written" : "clean",
		 gone->flags & EVICTION_FAULT ? ", for the fault that follows" : "");
}

bool log_reader_gone(FILE *log)
{
	struct pollfd pipe = { .events = POLLOUT };

	if (!log || !ferror(log))
		return false;
	pipe.fd = fileno(log);
	return poll(&pipe, 1, 0) == 1 && (pipe.revents & POLLERR);
}
