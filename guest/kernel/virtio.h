/*
 * virtio over MMIO, version 2 (virtio 1.1 section 4.2), with split virtqueues.  Knows queues and
 * interrupts, not what the devices do.
 */
#ifndef KERNEL_VIRTIO_H
#define KERNEL_VIRTIO_H

#include "types.h"

#define VIRTIO_ID_BLOCK	  2
#define VIRTIO_ID_CONSOLE 3
#define VIRTIO_ID_RNG	  4

#define VIRTQ_MAX 64 /* entries of a queue, a power of two */

struct virtq_desc;

struct virtq {
	struct virtio_device *device;
	u16 index, size;
	u16 nfree, free_head;
	u16 last_used;
	struct virtq_desc *desc;
	u16 *avail, *used;
	void *token[VIRTQ_MAX]; /* by head descriptor */
};

struct virtio_device {
	volatile u8 *regs; /* mapped registers */
	u32 id;		   /* VIRTIO_ID_* */
	u32 irq;
	u64 features; /* negotiated */
	void (*interrupt)(
		struct virtio_device *device); /* after the ack; runs between instructions of
							  no process: must not sleep */
	void *driver;
};

struct virtq_buffer {
	void *data; /* direct-mapped kernel memory (kmalloc, kpage_alloc), within one page */
	u32 bytes;
	bool device_writes;
};

/* Reset, acknowledge, accept `wanted` (and VIRTIO_F_VERSION_1) where offered.  0 or -errno. */
int virtio_start(struct virtio_device *device, u64 wanted);
/* Set up queue `index` with at most `size` entries.  NULL when absent or no memory. */
struct virtq *virtio_queue(struct virtio_device *device, u16 index, u16 size);
void virtio_ready(struct virtio_device *device); /* DRIVER_OK */
u32 virtio_config_u32(struct virtio_device *device, u32 offset);
u16 virtio_config_u16(struct virtio_device *device, u32 offset);
u64 virtio_config_u64(struct virtio_device *device, u32 offset);

/* Put a chain of buffers (those the device reads first) in the queue: false when it is full. */
bool virtq_add(struct virtq *queue, const struct virtq_buffer *buffers, int count, void *token);
void virtq_kick(struct virtq *queue);
/* Next finished chain's token, or NULL; *bytes (may be NULL) is what the device wrote. */
void *virtq_take(struct virtq *queue, u32 *bytes);

/* Finds every slot in the device tree and starts the driver of each. */
void virtio_probe(void);
/* The drivers. */
void virtio_blk_probe(struct virtio_device *device);
void virtio_rng_probe(struct virtio_device *device);
void virtio_console_probe(struct virtio_device *device); /* virtio_console.c */

/* Interrupts by PLIC source number. */
void irq_register(u32 irq, void (*handler)(void *arg), void *arg);
/* Map device registers; for ever. */
volatile void *map_device(u64 pa, u64 bytes);

#endif
