#include "devices/plic.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define WORDS (PLIC_SOURCES / 32)

struct plic_state {
	uint32_t priority[PLIC_SOURCES];
	uint32_t threshold[PLIC_MAX_CONTEXTS];
	uint32_t enable[PLIC_MAX_CONTEXTS][WORDS];
	uint32_t level[WORDS];	 /* the devices' lines */
	uint32_t pending[WORDS]; /* requests that passed their gateway and are not claimed */
	uint32_t claimed[WORDS]; /* gateways closed until completion */
	uint32_t edge[WORDS];	 /* edges that came while their gateway was closed */
};

struct plic {
	struct device device;
	unsigned contexts;
	struct irq_line context[PLIC_MAX_CONTEXTS];
	struct plic_state s;
};

static struct plic *plic_of(const struct device *device)
{
	return (struct plic *)device;
}

static bool bit_get(const uint32_t *words, unsigned source)
{
	return words[source / 32] >> (source % 32) & 1;
}

static void bit_set(uint32_t *words, unsigned source, bool on)
{
	uint32_t bit = UINT32_C(1) << (source % 32);

	words[source / 32] = on ? words[source / 32] | bit : words[source / 32] & ~bit;
}

/* The pending and enabled source of highest priority, the lowest number among equals; priority 0
 * never interrupts.  0 = none. */
static unsigned best(const struct plic_state *s, unsigned context)
{
	unsigned found = 0;
	uint32_t priority = 0;

	for (unsigned word = 0; word < WORDS; word++) {
		uint32_t candidates = s->pending[word] & s->enable[context][word];
		for (; candidates; candidates &= candidates - 1) {
			unsigned source = word * 32 + (unsigned)__builtin_ctz(candidates);
			if (s->priority[source] > priority) {
				priority = s->priority[source];
				found = source;
			}
		}
	}
	return found;
}

static void update(struct plic *p)
{
	for (unsigned context = 0; context < p->contexts; context++) {
		unsigned source = best(&p->s, context);
		irq_set(&p->context[context],
			source && p->s.priority[source] > p->s.threshold[context]);
	}
}

static void gateway(struct plic_state *s, unsigned source)
{
	if (bit_get(s->claimed, source) || !(bit_get(s->level, source) || bit_get(s->edge, source)))
		return;
	bit_set(s->pending, source, true);
	bit_set(s->edge, source, false);
}

static void line_set(void *ctx, unsigned source, bool level)
{
	struct plic *p = ctx;

	if (bit_get(p->s.level, source) == level)
		return;
	/* A request that passed the gateway stays, even if the line falls before it is claimed. */
	bit_set(p->s.level, source, level);
	gateway(&p->s, source);
	update(p);
}

static void line_edge(void *ctx, unsigned source, bool asks)
{
	struct plic *p = ctx;

	if (bit_get(p->s.edge, source) == asks)
		return;
	bit_set(p->s.edge, source, asks);
	gateway(&p->s, source);
	update(p);
}

struct irq_line plic_input(struct device *device, unsigned source)
{
	assert(source >= 1 && source < PLIC_SOURCES);
	return (struct irq_line){
		.set = line_set, .ctx = plic_of(device), .number = source, .edge = line_edge
	};
}

static uint32_t claim(struct plic *p, unsigned context)
{
	unsigned source = best(&p->s, context); /* the threshold does not hide it from a claim */

	if (source) {
		bit_set(p->s.pending, source, false);
		bit_set(p->s.claimed, source, true);
	}
	return source;
}

/* A completion of a source that is not enabled for the context is ignored. */
static void complete(struct plic *p, unsigned context, uint32_t source)
{
	if (source == 0 || source >= PLIC_SOURCES || !bit_get(p->s.enable[context], source))
		return;
	bit_set(p->s.claimed, source, false);
	gateway(&p->s, source);
}

static uint64_t context_read(struct plic *p, uint64_t offset)
{
	uint64_t context = (offset - PLIC_THRESHOLD(0)) / 0x1000;
	uint32_t value;

	if (context >= p->contexts)
		return 0;
	if (offset == PLIC_THRESHOLD(context))
		return p->s.threshold[context];
	if (offset != PLIC_CLAIM(context))
		return 0;
	value = claim(p, (unsigned)context);
	update(p);
	return value;
}

static uint64_t plic_read(struct device *device, uint64_t offset, unsigned bytes)
{
	struct plic *p = plic_of(device);

	(void)bytes;
	if (offset < PLIC_PRIORITY(PLIC_SOURCES))
		return p->s.priority[offset / 4];
	if (offset >= PLIC_PENDING(0) && offset < PLIC_PENDING(WORDS))
		return p->s.pending[(offset - PLIC_PENDING(0)) / 4];
	if (offset >= PLIC_ENABLE(0) && offset < PLIC_ENABLE(p->contexts)) {
		uint64_t in = offset - PLIC_ENABLE(0);
		return in % 0x80 / 4 < WORDS ? p->s.enable[in / 0x80][in % 0x80 / 4] : 0;
	}
	return offset >= PLIC_THRESHOLD(0) ? context_read(p, offset) : 0;
}

static void write_enable(struct plic *p, uint64_t in, uint32_t value)
{
	if (in % 0x80 / 4 >= WORDS)
		return;
	if (in % 0x80 == 0)
		value &= ~UINT32_C(1); /* source 0 does not exist */
	p->s.enable[in / 0x80][in % 0x80 / 4] = value;
}

static void plic_write(struct device *device, uint64_t offset, unsigned bytes, uint64_t value)
{
	struct plic *p = plic_of(device);

	(void)bytes;
	if (offset < PLIC_PRIORITY(PLIC_SOURCES)) {
		if (offset >= PLIC_PRIORITY(1))
			p->s.priority[offset / 4] = value & PLIC_PRIORITY_MAX;
	} else if (offset >= PLIC_ENABLE(0) && offset < PLIC_ENABLE(p->contexts)) {
		write_enable(p, offset - PLIC_ENABLE(0), (uint32_t)value);
	} else if (offset >= PLIC_THRESHOLD(0)) {
		uint64_t context = (offset - PLIC_THRESHOLD(0)) / 0x1000;
		if (context >= p->contexts)
			return;
		if (offset == PLIC_THRESHOLD(context))
			p->s.threshold[context] = value & PLIC_PRIORITY_MAX;
		else if (offset == PLIC_CLAIM(context))
			complete(p, (unsigned)context, (uint32_t)value);
	}
	update(p);
}

/* The lines belong to the devices: their level outlives a reset. */
static void plic_reset(struct device *device)
{
	struct plic *p = plic_of(device);
	uint32_t level[WORDS];

	memcpy(level, p->s.level, sizeof(level));
	memset(&p->s, 0, sizeof(p->s));
	memcpy(p->s.level, level, sizeof(level));
	for (unsigned source = 1; source < PLIC_SOURCES; source++)
		gateway(&p->s, source);
	update(p);
}

static void plic_save(const struct device *device, struct state_out *out)
{
	state_put(out, &plic_of(device)->s, sizeof(struct plic_state));
}

static bool plic_load(struct device *device, struct state_in *in)
{
	struct plic *p = plic_of(device);

	state_get(in, &p->s, sizeof(p->s));
	update(p);
	return !in->failed;
}

static void plic_destroy(struct device *device)
{
	free(plic_of(device));
}

static const struct device_ops plic_ops = {
	.name = "plic",
	.sizes = 4,
	.read = plic_read,
	.write = plic_write,
	.reset = plic_reset,
	.save = plic_save,
	.load = plic_load,
	.destroy = plic_destroy,
};

struct device *plic_create(const struct device_host *host, unsigned contexts,
			   const struct irq_line *context)
{
	struct plic *p;

	assert(contexts <= PLIC_MAX_CONTEXTS);
	p = calloc(1, sizeof(*p));
	if (!p)
		return NULL;
	p->device = (struct device){ .ops = &plic_ops,
				     .host = host,
				     .deadline_ns = DEVICE_NO_DEADLINE };
	p->contexts = contexts;
	memcpy(p->context, context, contexts * sizeof(*context));
	return &p->device;
}
