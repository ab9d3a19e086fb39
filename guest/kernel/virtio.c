#include "virtio.h"
#include "arch.h"
#include "fdt.h"
#include "mm.h"

#define REG_MAGIC	     0x000
#define REG_VERSION	     0x004
#define REG_DEVICE_ID	     0x008
#define REG_DEVICE_FEATURES  0x010
#define REG_DEVICE_SELECT    0x014
#define REG_DRIVER_FEATURES  0x020
#define REG_DRIVER_SELECT    0x024
#define REG_QUEUE_SELECT     0x030
#define REG_QUEUE_MAX	     0x034
#define REG_QUEUE_SIZE	     0x038
#define REG_QUEUE_READY	     0x044
#define REG_QUEUE_NOTIFY     0x050
#define REG_INTERRUPT_STATUS 0x060
#define REG_INTERRUPT_ACK    0x064
#define REG_STATUS	     0x070
#define REG_QUEUE_DESC	     0x080
#define REG_QUEUE_AVAIL	     0x090
#define REG_QUEUE_USED	     0x0a0
#define REG_CONFIG	     0x100

#define MAGIC		   0x74726976
#define STATUS_ACKNOWLEDGE 1
#define STATUS_DRIVER	   2
#define STATUS_DRIVER_OK   4
#define STATUS_FEATURES_OK 8
#define FEATURE_VERSION_1  (1ul << 32)

#define DESC_NEXT  1
#define DESC_WRITE 2

struct virtq_desc {
	u64 pa;
	u32 bytes;
	u16 flags, next;
};

/* Rings, in 16-bit units: avail is flags, index, entries; used is flags, index, then (id, length) pairs
 * of 32 bits each. */
#define AVAIL_INDEX 1
#define AVAIL_RING  2
#define USED_INDEX  1
#define USED_RING   2

#define SLOTS_MAX 8
static struct virtio_device devices[SLOTS_MAX];

static u32 reg_read(struct virtio_device *device, u32 at)
{
	return *(volatile u32 *)(device->regs + at);
}

static void reg_write(struct virtio_device *device, u32 at, u32 value)
{
	*(volatile u32 *)(device->regs + at) = value;
}

int virtio_start(struct virtio_device *device, u64 wanted)
{
	u64 offered;

	reg_write(device, REG_STATUS, 0);
	reg_write(device, REG_STATUS, STATUS_ACKNOWLEDGE);
	reg_write(device, REG_STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER);
	reg_write(device, REG_DEVICE_SELECT, 1);
	offered = (u64)reg_read(device, REG_DEVICE_FEATURES) << 32;
	reg_write(device, REG_DEVICE_SELECT, 0);
	offered |= reg_read(device, REG_DEVICE_FEATURES);
	device->features = offered & (wanted | FEATURE_VERSION_1);
	reg_write(device, REG_DRIVER_SELECT, 1);
	reg_write(device, REG_DRIVER_FEATURES, (u32)(device->features >> 32));
	reg_write(device, REG_DRIVER_SELECT, 0);
	reg_write(device, REG_DRIVER_FEATURES, (u32)device->features);
	reg_write(device, REG_STATUS, STATUS_ACKNOWLEDGE | STATUS_DRIVER | STATUS_FEATURES_OK);
	return reg_read(device, REG_STATUS) & STATUS_FEATURES_OK ? 0 : -ENODEV;
}

static void write_pa(struct virtio_device *device, u32 at, const void *p)
{
	reg_write(device, at, (u32)va_pa(p));
	reg_write(device, at + 4, (u32)(va_pa(p) >> 32));
}

struct virtq *virtio_queue(struct virtio_device *device, u16 index, u16 size)
{
	struct virtq *queue;
	char *rings;

	reg_write(device, REG_QUEUE_SELECT, index);
	size = (u16)min_u64(min_u64(size, VIRTQ_MAX), reg_read(device, REG_QUEUE_MAX));
	queue = size ? kmalloc(sizeof(*queue)) : NULL;
	rings = queue ? kmalloc(size * 26ul + 16)
		      : NULL; /* 16 descriptor, 2 avail, 8 used; headers */
	if (!rings) {
		kfree(queue);
		return NULL;
	}
	queue->device = device;
	queue->index = index;
	queue->size = queue->nfree = size;
	queue->desc = (struct virtq_desc *)rings;
	queue->used = (u16 *)(rings + size * 16ul);
	queue->avail = (u16 *)(rings + size * 24ul + 8);
	for (u16 i = 0; i < size; i++)
		queue->desc[i].next = (u16)(i + 1);
	reg_write(device, REG_QUEUE_SIZE, size);
	write_pa(device, REG_QUEUE_DESC, queue->desc);
	write_pa(device, REG_QUEUE_AVAIL, queue->avail);
	write_pa(device, REG_QUEUE_USED, queue->used);
	reg_write(device, REG_QUEUE_READY, 1);
	return queue;
}

void virtio_ready(struct virtio_device *device)
{
	reg_write(device, REG_STATUS, reg_read(device, REG_STATUS) | STATUS_DRIVER_OK);
}

u16 virtio_config_u16(struct virtio_device *device, u32 offset)
{
	return *(volatile u16 *)(device->regs + REG_CONFIG + offset);
}

u32 virtio_config_u32(struct virtio_device *device, u32 offset)
{
	return reg_read(device, REG_CONFIG + offset);
}

u64 virtio_config_u64(struct virtio_device *device, u32 offset)
{
	return virtio_config_u32(device, offset) | (u64)virtio_config_u32(device, offset + 4) << 32;
}

bool virtq_add(struct virtq *queue, const struct virtq_buffer *buffers, int count, void *token)
{
	u16 head = queue->free_head, at = head, last = head;

	if (queue->nfree < count)
		return false;
	for (int i = 0; i < count; i++) {
		struct virtq_desc *desc = &queue->desc[at];

		desc->pa = va_pa(buffers[i].data);
		desc->bytes = buffers[i].bytes;
		desc->flags = (u16)((buffers[i].device_writes ? DESC_WRITE : 0) |
				    (i + 1 < count ? DESC_NEXT : 0));
		last = at;
		at = desc->next;
	}
	(void)last;
	queue->free_head = at;
	queue->nfree = (u16)(queue->nfree - count);
	queue->token[head] = token;
	queue->avail[AVAIL_RING + queue->avail[AVAIL_INDEX] % queue->size] = head;
	fence_io(); /* the device sees the entry before the index */
	queue->avail[AVAIL_INDEX]++;
	return true;
}

void virtq_kick(struct virtq *queue)
{
	fence_io();
	reg_write(queue->device, REG_QUEUE_NOTIFY, queue->index);
}

void *virtq_take(struct virtq *queue, u32 *bytes)
{
	volatile u16 *used = queue->used;
	u32 *entry;
	u16 head, at;
	void *token;

	if (queue->last_used == used[USED_INDEX])
		return NULL;
	fence_io();
	entry = (u32 *)(queue->used + USED_RING) + 2 * (queue->last_used % queue->size);
	queue->last_used++;
	head = (u16)entry[0];
	ASSERT(head < queue->size);
	if (bytes)
		*bytes = entry[1];
	token = queue->token[head];
	queue->token[head] = NULL;
	for (at = head;; at = queue->desc[at].next) {
		queue->nfree++;
		if (!(queue->desc[at].flags & DESC_NEXT))
			break;
	}
	queue->desc[at].next = queue->free_head;
	queue->free_head = head;
	return token;
}

static void virtio_interrupt(void *arg)
{
	struct virtio_device *device = arg;
	u32 status = reg_read(device, REG_INTERRUPT_STATUS);

	reg_write(device, REG_INTERRUPT_ACK, status);
	if (device->interrupt)
		device->interrupt(device);
}

static void probe_slot(struct virtio_device *device, int node, u64 pa)
{
	device->regs = map_device(pa, PAGE_SIZE);
	if (reg_read(device, REG_MAGIC) != MAGIC || reg_read(device, REG_VERSION) != 2)
		return;
	device->id = reg_read(device, REG_DEVICE_ID);
	device->irq = fdt_u32(node, "interrupts", 0);
	irq_register(device->irq, virtio_interrupt, device);
	if (device->id == VIRTIO_ID_BLOCK)
		virtio_blk_probe(device);
	else if (device->id == VIRTIO_ID_RNG)
		virtio_rng_probe(device);
	else if (device->id == VIRTIO_ID_CONSOLE)
		virtio_console_probe(device);
}

/* In order of address, whatever the order in the tree. */
void virtio_probe(void)
{
	u64 done = 0;

	for (u32 n = 0; n < SLOTS_MAX; n++) {
		int best = -1;
		u64 best_pa = UINT64_MAX, pa, bytes;

		for (int node = fdt_compatible(-1, "virtio,mmio"); node >= 0;
		     node = fdt_compatible(node, "virtio,mmio")) {
			if (fdt_reg(node, 0, &pa, &bytes) && pa > done && pa < best_pa) {
				best_pa = pa;
				best = node;
			}
		}
		if (best < 0)
			return;
		done = best_pa;
		probe_slot(&devices[n], best, best_pa);
	}
}
