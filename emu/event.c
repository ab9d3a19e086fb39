#include "emu/event.h"

#include "emu/fp.h"

static void update_mask(struct event_hub *hub)
{
	hub->mask = 0;
	for (unsigned k = 0; k < hub->count; k++)
		hub->mask |= hub->consumer[k].mask;
}

bool event_subscribe(struct event_hub *hub, uint32_t mask, event_fn *fn, void *ctx)
{
	if (hub->count == EVENT_MAX_CONSUMERS)
		return false;
	hub->consumer[hub->count].mask = mask;
	hub->consumer[hub->count].fn = fn;
	hub->consumer[hub->count].ctx = ctx;
	hub->count++;
	update_mask(hub);
	return true;
}

void event_unsubscribe(struct event_hub *hub, event_fn *fn, void *ctx)
{
	unsigned kept = 0;

	for (unsigned k = 0; k < hub->count; k++)
		if (hub->consumer[k].fn != fn || hub->consumer[k].ctx != ctx)
			hub->consumer[kept++] = hub->consumer[k];
	hub->count = kept;
	update_mask(hub);
}

void event_emit(struct event_hub *hub, const struct event *event)
{
	/* A consumer may draw a picture, in the middle of a load or store that reached a disk. */
	uint32_t mxcsr = fp_suspend();

	for (unsigned k = 0; k < hub->count; k++)
		if (hub->consumer[k].mask & EVENT_BIT(event->kind))
			hub->consumer[k].fn(hub->consumer[k].ctx, event);
	fp_set_mxcsr(mxcsr);
}
