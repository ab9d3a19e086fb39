/*
 * virtio-mmio transport (virtio 1.2, section 4.2) with split virtqueues: what all virtio devices
 * share.  A slot has the modern interface or, after virtio_make_legacy, the legacy one of version 1.
 * A device is this transport with a small backend.  The transport knows nothing of blocks or
 * characters; the backend sees chains of guest buffers and never a ring.
 *
 * Whatever a driver puts into its queues, the device neither hangs nor crashes: a chain that
 * loops, is too long, or whose rings or descriptor tables lie outside RAM stops the device with
 * NEEDS_RESET; buffers outside RAM fail the one transfer.
 */
#ifndef DEVICES_VIRTIO_MMIO_H
#define DEVICES_VIRTIO_MMIO_H

#include "devices/device.h"
#include "devices/virtio_mmio_regs.h"

#define VIRTIO_QUEUE_MAX  256 /* entries of a queue at most */
#define VIRTIO_MAX_QUEUES 10

struct virtq {
	uint64_t desc, driver, device; /* physical addresses of the three parts */
	uint32_t align; /* legacy: of the used ring behind the available one; 0: a page */
	uint16_t num;
	uint16_t last_avail; /* free-running index of the next available entry to take */
	uint16_t used;	     /* free-running index of the next used entry to write */
	uint16_t signalled;  /* `used` when the driver was last interrupted or might have been */
	uint8_t ready;	     /* not bool: loaded from saved states as they are */
	uint8_t signalled_valid;
};

/* One request: the driver's buffers in order, those that the device reads before those that it
 * writes. */
struct virtio_segment {
	uint64_t pa;
	uint32_t bytes;
};
struct virtio_chain {
	uint16_t head;
	unsigned readable, writable;		 /* number of segments of each kind */
	uint64_t readable_bytes, writable_bytes; /* and their sums */
	struct virtio_segment segment[VIRTIO_QUEUE_MAX];
};

struct virtio;

struct virtio_backend {
	uint32_t device_id;
	unsigned queues;
	/* The driver has put something into this queue.  Only called between DRIVER_OK and reset. */
	void (*notify)(struct virtio *virtio, unsigned queue);
	/* The driver took this queue back (QueueReady 0): forget the chains that were taken from it.
	 * NULL: none is ever kept. */
	void (*queue_stopped)(struct virtio *virtio, unsigned queue);
	/* Device configuration space; offset + bytes <= config_bytes.  write may be NULL. */
	unsigned config_bytes;
	void (*config_read)(struct virtio *virtio, unsigned offset, void *buf, unsigned bytes);
	void (*config_write)(struct virtio *virtio, unsigned offset, const void *buf,
			     unsigned bytes);
	void (*reset)(struct virtio *virtio);
	void (*driver_ok)(struct virtio *virtio);
	void (*tick)(struct virtio *virtio, uint64_t now_ns);
	void (*save)(const struct virtio *virtio, struct state_out *out);
	bool (*load)(struct virtio *virtio, struct state_in *in);
	void (*destroy)(
		struct virtio *virtio); /* the backend's own; the transport frees the struct */
};

/* First member of each virtio device's own struct. */
struct virtio {
	struct device device;
	const struct virtio_backend *backend;
	struct irq_line irq;
	uint64_t features_offered, features; /* features: as accepted by the driver */
	uint32_t features_sel, driver_features_sel, queue_sel;
	uint32_t status, interrupt_status, config_generation;
	uint32_t page_shift; /* legacy: the unit of QUEUE_PFN is 1 << page_shift */
	bool legacy;	     /* of the board: no part of a saved state */
	struct virtq queue[VIRTIO_MAX_QUEUES];
};

/* Prepare a zeroed struct whose first member is `virtio`; features beside the transport's own. */
void virtio_init(struct virtio *virtio, const struct device_host *host, struct irq_line irq,
		 const struct virtio_backend *backend, uint64_t features);

/* Before anything reads it: the interface of version 1, as old drivers know it. */
void virtio_make_legacy(struct device *device);

/* An empty slot: DEVICE_ID reads 0.  NULL: out of memory. */
struct device *virtio_empty_create(const struct device_host *host);

static inline bool virtio_has(const struct virtio *virtio, unsigned feature)
{
	return (virtio->features & virtio->features_offered) >> feature & 1;
}

/* Take the next available chain.  False: none, or the queue is broken (NEEDS_RESET is then set). */
bool virtio_pop(struct virtio *virtio, unsigned queue, struct virtio_chain *chain);
/* The same without taking it: virtio_pop gives it again. */
bool virtio_peek(struct virtio *virtio, unsigned queue, struct virtio_chain *chain);
/* Read again the chain that starts at descriptor `head`, taken earlier. */
bool virtio_chain_at(struct virtio *virtio, unsigned queue, uint16_t head,
		     struct virtio_chain *chain);

/* Give a chain back; written: bytes that the device wrote into it.  Interrupts when due. */
void virtio_push(struct virtio *virtio, unsigned queue, uint16_t head, uint32_t written);

/* Copy from the readable part at offset, or to the writable part.  False: not that many bytes
 * there, or outside RAM; some may have been copied. */
bool virtio_chain_read(struct virtio *virtio, const struct virtio_chain *chain, uint64_t offset,
		       void *buf, size_t bytes);
bool virtio_chain_write(struct virtio *virtio, const struct virtio_chain *chain, uint64_t offset,
			const void *buf, size_t bytes);

/* The configuration space changed. */
void virtio_config_changed(struct virtio *virtio);
/* The driver broke the protocol beyond repair. */
void virtio_break(struct virtio *virtio);

#endif
