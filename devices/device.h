/*
 * What every device is made of, and the little it may ask of the machine around it.
 *
 * A device knows its registers.  It does not know harts, privilege, instructions or where its
 * callers' time comes from.  All its state is plain data without host pointers, reachable through
 * save and load.
 */
#ifndef DEVICES_DEVICE_H
#define DEVICES_DEVICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define DEVICE_NO_DEADLINE UINT64_MAX

struct device;

/*
 * A wire.  Level-triggered; setting the level it already has is free.  set may be NULL (not wired).
 * edge is for a cause that asks once, however long it lasts; false takes back an edge whose cause is
 * gone and that still waits for an earlier request to be completed.  NULL where no such source may be.
 */
struct irq_line {
	void (*set)(void *ctx, unsigned number, bool level);
	void *ctx;
	unsigned number;
	void (*edge)(void *ctx, unsigned number, bool asks);
};

static inline void irq_set(const struct irq_line *line, bool level)
{
	if (line->set)
		line->set(line->ctx, line->number, level);
}

static inline void irq_edge(const struct irq_line *line, bool asks)
{
	if (line->edge)
		line->edge(line->ctx, line->number, asks);
}

/* The machine as a device sees it: guest RAM for DMA, and virtual time. */
struct device_host {
	void *ctx;
	/* Copy to or from guest RAM.  False, and nothing copied, if any byte lies outside RAM. */
	bool (*dma_read)(void *ctx, uint64_t pa, void *buf, size_t bytes);
	bool (*dma_write)(void *ctx, uint64_t pa, const void *buf, size_t bytes);
	/* Virtual time, exact at the instruction that is being executed. */
	uint64_t (*now_ns)(void *ctx);
	/* The device's deadline changed (its `deadline_ns`): the machine calls tick at the first
	 * poll point at or after it. */
	void (*deadline_changed)(void *ctx, struct device *device);
};

/* Serialization: append or take plain bytes.  A failed take sets `failed` and yields zeros. */
struct state_out {
	uint8_t *data;
	size_t bytes, capacity;
	bool failed; /* out of memory */
};
struct state_in {
	const uint8_t *data;
	size_t bytes, pos;
	bool failed; /* truncated or inconsistent */
};
void state_put(struct state_out *out, const void *data, size_t bytes);
void state_get(struct state_in *in, void *data, size_t bytes);
void state_out_free(struct state_out *out);

struct device_ops {
	const char *name;
	unsigned sizes;	 /* access sizes served, ORed: 1, 2, 4, 8 bytes; others are access faults */
	bool holds_code; /* instructions may be fetched; elsewhere that is an access fault too */
	uint64_t (*read)(struct device *device, uint64_t offset, unsigned bytes);
	void (*write)(struct device *device, uint64_t offset, unsigned bytes, uint64_t value);
	void (*tick)(struct device *device, uint64_t now_ns); /* may be NULL */
	void (*reset)(struct device *device);
	void (*save)(const struct device *device, struct state_out *out);
	bool (*load)(struct device *device, struct state_in *in); /* false: unusable state */
	void (*destroy)(struct device *device);
};

/* First member of every device's own struct. */
struct device {
	const struct device_ops *ops;
	const struct device_host *host;
	uint64_t base, bytes; /* where the bus placed it */
	uint64_t deadline_ns; /* virtual time of its next tick, or DEVICE_NO_DEADLINE */
};

/* For devices: set deadline_ns and tell the host if that changed it. */
void device_set_deadline(struct device *device, uint64_t deadline_ns);

/* For the machine.  device_load also tells the host the deadline; NULL is allowed in destroy. */
void device_reset(struct device *device);
void device_save(const struct device *device, struct state_out *out);
bool device_load(struct device *device, struct state_in *in);
void device_destroy(struct device *device);

#endif
