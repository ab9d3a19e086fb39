/*
 * The one stream of what happens in the machine.  Producers (harts, disks) emit only what somebody
 * asked for, from slow paths only; consumers (statistics, text trace, the view, tests) never change
 * what the guest sees or counts.
 */
#ifndef EMU_EVENT_H
#define EMU_EVENT_H

#include <stdbool.h>
#include <stdint.h>

#include "mmu/tlb.h"
#include "mmu/walk.h"

enum event_kind {
	EVENT_TRAP,	/* an exception or interrupt was taken */
	EVENT_XRET,	/* mret or sret */
	EVENT_WALK,	/* a page-table walk, successful or not */
	EVENT_TLB_FILL, /* a translation entered a TLB */
	EVENT_FENCE,	/* sfence.vma and friends */
	EVENT_SATP,	/* satp written */
	EVENT_DISK,	/* a page moved between a disk and memory */
	EVENT_INSN,	/* about to execute an instruction (asking for it implies --slow) */
	EVENT_KINDS
};

#define EVENT_BIT(kind) (1u << (kind))

struct event {
	enum event_kind kind;
	unsigned hart;
	uint64_t time_ns; /* virtual */
	union {
		struct {
			uint64_t pc, tval, target; /* target: pc of the handler */
			uint64_t cause;		   /* as in xcause, interrupt bit 63 included */
			uint8_t from, to;	   /* privilege: 0 U, 1 S, 3 M */
		} trap;
		struct {
			uint64_t pc, target;
			uint8_t from, to;
		} xret;
		struct {
			const struct sv_walk *walk; /* valid during the call only */
			uint64_t satp;
			uint64_t pc;
			uint8_t priv;
		} walk;
		struct {
			const struct tlb_entry *entry; /* valid during the call only */
			bool instruction;	       /* itlb, else dtlb */
			uint8_t priv;
		} fill;
		struct {
			uint64_t va, asid;
			bool has_va, has_asid;
		} fence;
		struct {
			uint64_t before, after;
		} satp;
		struct {
			unsigned disk;
			uint64_t page;
			bool write;
		} disk;
		struct {
			uint64_t pc;
			uint32_t bits;
			unsigned bytes;
		} insn;
	};
};

typedef void event_fn(void *ctx, const struct event *event);

#define EVENT_MAX_CONSUMERS 8

struct event_hub {
	uint32_t mask; /* union of what is wanted: producers test this bit first */
	unsigned count;
	struct {
		uint32_t mask;
		event_fn *fn;
		void *ctx;
	} consumer[EVENT_MAX_CONSUMERS];
};

static inline bool event_wanted(const struct event_hub *hub, enum event_kind kind)
{
	return hub->mask & EVENT_BIT(kind);
}

/* Returns false when there are too many consumers. */
bool event_subscribe(struct event_hub *hub, uint32_t mask, event_fn *fn, void *ctx);
void event_unsubscribe(struct event_hub *hub, event_fn *fn, void *ctx);
void event_emit(struct event_hub *hub, const struct event *event);

#endif
