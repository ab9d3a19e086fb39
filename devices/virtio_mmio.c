/* The transport's registers; the rings are in virtqueue.c. */
#include "devices/virtio_mmio.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define LEGACY_ALIGN 4096u /* of the used ring, unless the driver says otherwise */

#define TRANSPORT_FEATURES                                                                         \
	(UINT64_C(1) << VIRTIO_F_VERSION_1 | UINT64_C(1) << VIRTIO_F_INDIRECT_DESC |               \
	 UINT64_C(1) << VIRTIO_F_EVENT_IDX)

static struct virtio *virtio_of(const struct device *device)
{
	return (struct virtio *)device;
}

static void update_irq(struct virtio *v)
{
	irq_set(&v->irq, v->interrupt_status != 0);
}

void virtio_config_changed(struct virtio *v)
{
	v->config_generation++;
	if (v->status & VIRTIO_STATUS_DRIVER_OK) {
		v->interrupt_status |= VIRTIO_INTERRUPT_CONFIG;
		update_irq(v);
	}
}

/* virtio 1.2, section 2.1.2: with DRIVER_OK set, the driver is told by a configuration change. */
void virtio_break(struct virtio *v)
{
	if (v->status & VIRTIO_STATUS_NEEDS_RESET)
		return;
	v->status |= VIRTIO_STATUS_NEEDS_RESET;
	virtio_config_changed(v);
}

static void reset(struct virtio *v)
{
	v->features = 0;
	v->features_sel = v->driver_features_sel = v->queue_sel = 0;
	v->status = v->interrupt_status = 0;
	memset(v->queue, 0, sizeof(v->queue));
	device_set_deadline(&v->device, DEVICE_NO_DEADLINE);
	if (v->backend->reset)
		v->backend->reset(v);
	update_irq(v);
}

static bool running(const struct virtio *v)
{
	/* Section 3.1.2: legacy drivers used the device before they set DRIVER_OK, or never set it. */
	return (v->legacy || (v->status & VIRTIO_STATUS_DRIVER_OK)) &&
	       !(v->status & VIRTIO_STATUS_NEEDS_RESET);
}

static void notify(struct virtio *v, uint32_t queue)
{
	if (running(v) && queue < v->backend->queues && v->queue[queue].ready)
		v->backend->notify(v, queue);
}

static void write_status(struct virtio *v, uint32_t value)
{
	uint32_t rising = value & ~v->status;

	if (value == 0) {
		reset(v);
		return;
	}
	/* Features that were not offered: FEATURES_OK stays clear, and the driver sees that.
	 * VERSION_1 is not insisted upon: xv6 never looks beyond the first 32 feature bits. */
	if ((rising & VIRTIO_STATUS_FEATURES_OK) && !v->legacy &&
	    (v->features & ~v->features_offered))
		value &= ~(uint32_t)VIRTIO_STATUS_FEATURES_OK;
	v->status = (value & 0xff) | (v->status & VIRTIO_STATUS_NEEDS_RESET);
	if (!(rising & VIRTIO_STATUS_DRIVER_OK) || !running(v))
		return;
	if (v->backend->driver_ok)
		v->backend->driver_ok(v);
	/* What a driver queued before it was ready need not be notified again. */
	for (unsigned queue = 0; queue < v->backend->queues; queue++)
		notify(v, queue);
}

static void write_features(struct virtio *v, uint32_t value)
{
	unsigned shift = v->driver_features_sel * 32;

	/* Settled by FEATURES_OK. */
	if ((v->status & VIRTIO_STATUS_FEATURES_OK) || v->driver_features_sel > 1)
		return;
	v->features &= ~((uint64_t)UINT32_MAX << shift);
	v->features |= (uint64_t)value << shift;
}

static void start_queue(struct virtq *q)
{
	q->last_avail = q->used = q->signalled = 0;
	q->signalled_valid = false;
	q->ready = true;
}

static void write_ready(struct virtio *v, uint32_t value)
{
	struct virtq *q = &v->queue[v->queue_sel];

	if (!(value & 1)) {
		q->ready = false;
		if (v->backend->queue_stopped)
			v->backend->queue_stopped(v, v->queue_sel);
		return;
	}
	/* virtio 1.2, section 2.7: a power of two, and the three alignments. */
	if (q->ready || q->num == 0 || q->num > VIRTIO_QUEUE_MAX || (q->num & (q->num - 1)) ||
	    q->desc % 16 || q->driver % 2 || q->device % 4)
		return;
	start_queue(q);
}

/* Section 2.7.2: one stretch of memory, the used ring in it at the next multiple of the alignment. */
static void place_legacy_queue(struct virtq *q, uint64_t base)
{
	uint64_t align = q->align ? q->align : LEGACY_ALIGN;
	uint64_t driver_end;

	q->desc = base;
	q->driver = base + (uint64_t)q->num * VIRTQ_DESC_BYTES;
	driver_end = q->driver + VIRTQ_AVAIL_RING(q->num) + 2;
	q->device = (driver_end + align - 1) & ~(align - 1);
}

/* A driver that never said how large its pages are means bytes: QEMU takes it so, and drivers count
 * on it.  The number of a queue that none was said for is the largest. */
static void write_pfn(struct virtio *v, uint32_t value)
{
	struct virtq *q = &v->queue[v->queue_sel];

	if (!value) { /* section 4.2.4: stops the queue; QEMU resets the whole device */
		reset(v);
		return;
	}
	if (q->ready)
		return;
	if (!q->num)
		q->num = VIRTIO_QUEUE_MAX;
	place_legacy_queue(q, (uint64_t)value << v->page_shift);
	start_queue(q);
}

static void write_legacy_queue(struct virtio *v, uint64_t offset, uint32_t value)
{
	struct virtq *q;

	if (offset == VIRTIO_MMIO_GUEST_PAGE_SIZE)
		v->page_shift = value ? (uint32_t)__builtin_ctz(value) : 0;
	if (v->queue_sel >= v->backend->queues)
		return;
	q = &v->queue[v->queue_sel];
	if (offset == VIRTIO_MMIO_QUEUE_PFN)
		write_pfn(v, value);
	else if (offset == VIRTIO_MMIO_QUEUE_NUM && !q->ready)
		q->num = value <= VIRTIO_QUEUE_MAX ? (uint16_t)value : 0;
	else if (offset == VIRTIO_MMIO_QUEUE_ALIGN && !q->ready && !(value & (value - 1)))
		q->align = value;
}

static uint32_t read_pfn(const struct virtio *v)
{
	const struct virtq *q;

	if (!v->legacy || v->queue_sel >= v->backend->queues)
		return 0;
	q = &v->queue[v->queue_sel];
	return q->ready ? (uint32_t)(q->desc >> v->page_shift) : 0;
}

static void write_queue(struct virtio *v, uint64_t offset, uint32_t value)
{
	struct virtq *q;

	if (v->queue_sel >= v->backend->queues)
		return;
	q = &v->queue[v->queue_sel];
	if (offset == VIRTIO_MMIO_QUEUE_READY) {
		write_ready(v, value);
		return;
	}
	if (q->ready) /* not to be moved while in use */
		return;
	switch (offset) {
	case VIRTIO_MMIO_QUEUE_NUM:
		q->num = value <= VIRTIO_QUEUE_MAX ? (uint16_t)value : 0;
		break;
	case VIRTIO_MMIO_QUEUE_DESC_LOW:
		q->desc = (q->desc & ~(uint64_t)UINT32_MAX) | value;
		break;
	case VIRTIO_MMIO_QUEUE_DESC_HIGH:
		q->desc = (q->desc & UINT32_MAX) | (uint64_t)value << 32;
		break;
	case VIRTIO_MMIO_QUEUE_DRIVER_LOW:
		q->driver = (q->driver & ~(uint64_t)UINT32_MAX) | value;
		break;
	case VIRTIO_MMIO_QUEUE_DRIVER_HIGH:
		q->driver = (q->driver & UINT32_MAX) | (uint64_t)value << 32;
		break;
	case VIRTIO_MMIO_QUEUE_DEVICE_LOW:
		q->device = (q->device & ~(uint64_t)UINT32_MAX) | value;
		break;
	case VIRTIO_MMIO_QUEUE_DEVICE_HIGH:
		q->device = (q->device & UINT32_MAX) | (uint64_t)value << 32;
		break;
	}
}

static void write_config(struct virtio *v, uint64_t offset, unsigned bytes, uint64_t value)
{
	if (v->backend->config_write && offset + bytes <= v->backend->config_bytes)
		v->backend->config_write(v, (unsigned)offset, &value, bytes);
}

static void write_register(struct virtio *v, uint64_t offset, uint32_t value)
{
	switch (offset) {
	case VIRTIO_MMIO_DEVICE_FEATURES_SEL:
		v->features_sel = value;
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES:
		write_features(v, value);
		break;
	case VIRTIO_MMIO_DRIVER_FEATURES_SEL:
		v->driver_features_sel = value;
		break;
	case VIRTIO_MMIO_QUEUE_SEL:
		v->queue_sel = value;
		break;
	case VIRTIO_MMIO_QUEUE_NOTIFY:
		notify(v, value);
		break;
	case VIRTIO_MMIO_INTERRUPT_ACK:
		v->interrupt_status &= ~value;
		update_irq(v);
		break;
	case VIRTIO_MMIO_STATUS:
		write_status(v, value);
		break;
	default:
		(v->legacy ? write_legacy_queue : write_queue)(v, offset, value);
		break;
	}
}

static uint64_t read_config(struct virtio *v, uint64_t offset, unsigned bytes)
{
	uint64_t value = 0; /* little-endian, as the guest and every host we run on */

	if (offset + bytes <= v->backend->config_bytes)
		v->backend->config_read(v, (unsigned)offset, &value, bytes);
	return value;
}

/* Virtio 1.2, section 4.2.2.2: the driver must use 32 bits; 64 are two registers, as on QEMU: drivers
 * write the two halves of an address at once. */
static void mmio_write(struct device *device, uint64_t offset, unsigned bytes, uint64_t value)
{
	struct virtio *v = virtio_of(device);

	if (offset >= VIRTIO_MMIO_CONFIG)
		write_config(v, offset - VIRTIO_MMIO_CONFIG, bytes, value);
	else if (bytes >= 4)
		write_register(v, offset, (uint32_t)value);
	if (offset < VIRTIO_MMIO_CONFIG && bytes == 8)
		write_register(v, offset + 4, (uint32_t)(value >> 32));
}

static uint32_t read_register(const struct virtio *v, uint64_t offset)
{
	switch (offset) {
	case VIRTIO_MMIO_MAGIC:
		return VIRTIO_MMIO_MAGIC_VALUE;
	case VIRTIO_MMIO_VERSION:
		return v->legacy ? VIRTIO_MMIO_VERSION_LEGACY : VIRTIO_MMIO_VERSION_VALUE;
	case VIRTIO_MMIO_DEVICE_ID:
		return v->backend->device_id;
	case VIRTIO_MMIO_VENDOR_ID:
		return VIRTIO_MMIO_VENDOR_VALUE;
	case VIRTIO_MMIO_DEVICE_FEATURES:
		return v->features_sel > 1
			       ? 0
			       : (uint32_t)(v->features_offered >> v->features_sel * 32);
	case VIRTIO_MMIO_QUEUE_NUM_MAX:
		return v->queue_sel < v->backend->queues ? VIRTIO_QUEUE_MAX : 0;
	case VIRTIO_MMIO_QUEUE_PFN:
		return read_pfn(v);
	case VIRTIO_MMIO_QUEUE_READY:
		return !v->legacy && v->queue_sel < v->backend->queues &&
		       v->queue[v->queue_sel].ready != 0;
	case VIRTIO_MMIO_INTERRUPT_STATUS:
		return v->interrupt_status;
	case VIRTIO_MMIO_STATUS:
		return v->status;
	case VIRTIO_MMIO_CONFIG_GENERATION:
		return v->legacy ? 0 : v->config_generation;
	case VIRTIO_MMIO_SHM_LEN_LOW: /* a length of -1: no such region */
	case VIRTIO_MMIO_SHM_LEN_HIGH:
	case VIRTIO_MMIO_SHM_BASE_LOW:
	case VIRTIO_MMIO_SHM_BASE_HIGH:
		return UINT32_MAX;
	default:
		return 0;
	}
}

static uint64_t mmio_read(struct device *device, uint64_t offset, unsigned bytes)
{
	struct virtio *v = virtio_of(device);

	if (offset >= VIRTIO_MMIO_CONFIG)
		return read_config(v, offset - VIRTIO_MMIO_CONFIG, bytes);
	if (bytes < 4)
		return 0;
	return read_register(v, offset) |
	       (bytes == 8 ? (uint64_t)read_register(v, offset + 4) << 32 : 0);
}

static void mmio_tick(struct device *device, uint64_t now_ns)
{
	struct virtio *v = virtio_of(device);

	if (v->backend->tick)
		v->backend->tick(v, now_ns);
	else
		device_set_deadline(device, DEVICE_NO_DEADLINE);
}

/* The machine's; one by a driver leaves the size of its pages as it is. */
static void mmio_reset(struct device *device)
{
	struct virtio *v = virtio_of(device);

	v->page_shift = 0;
	reset(v);
}

static void mmio_save(const struct device *device, struct state_out *out)
{
	const struct virtio *v = virtio_of(device);

	state_put(out, &v->features, sizeof(v->features));
	state_put(out, &v->features_sel, sizeof(v->features_sel));
	state_put(out, &v->driver_features_sel, sizeof(v->driver_features_sel));
	state_put(out, &v->queue_sel, sizeof(v->queue_sel));
	state_put(out, &v->status, sizeof(v->status));
	state_put(out, &v->interrupt_status, sizeof(v->interrupt_status));
	state_put(out, &v->config_generation, sizeof(v->config_generation));
	state_put(out, &v->page_shift, sizeof(v->page_shift));
	state_put(out, v->queue, sizeof(v->queue));
	if (v->backend->save)
		v->backend->save(v, out);
}

static bool mmio_load(struct device *device, struct state_in *in)
{
	struct virtio *v = virtio_of(device);
	bool good;

	state_get(in, &v->features, sizeof(v->features));
	state_get(in, &v->features_sel, sizeof(v->features_sel));
	state_get(in, &v->driver_features_sel, sizeof(v->driver_features_sel));
	state_get(in, &v->queue_sel, sizeof(v->queue_sel));
	state_get(in, &v->status, sizeof(v->status));
	state_get(in, &v->interrupt_status, sizeof(v->interrupt_status));
	state_get(in, &v->config_generation, sizeof(v->config_generation));
	state_get(in, &v->page_shift, sizeof(v->page_shift));
	state_get(in, v->queue, sizeof(v->queue));
	good = !in->failed && v->page_shift < 32;
	for (unsigned i = 0; i < VIRTIO_MAX_QUEUES; i++)
		good = good && v->queue[i].num <= VIRTIO_QUEUE_MAX &&
		       (!v->queue[i].ready || v->queue[i].num);
	if (good && v->backend->load)
		good = v->backend->load(v, in);
	if (!good)
		mmio_reset(device);
	update_irq(v);
	return good;
}

static void mmio_destroy(struct device *device)
{
	struct virtio *v = virtio_of(device);

	if (v->backend->destroy)
		v->backend->destroy(v);
	free(v);
}

/* One table for all: only the name differs, and that is what a saved state is checked by. */
#define OPS(title)                                                                                 \
	{                                                                                          \
		.name = title, .sizes = 1 | 2 | 4 | 8, .read = mmio_read, .write = mmio_write,     \
		.tick = mmio_tick, .reset = mmio_reset, .save = mmio_save, .load = mmio_load,      \
		.destroy = mmio_destroy,                                                           \
	}

static const struct device_ops virtio_ops[] = {
	[0] = OPS("virtio_empty"),
	[VIRTIO_ID_BLOCK] = OPS("virtio_blk"),
	[VIRTIO_ID_CONSOLE] = OPS("virtio_console"),
	[VIRTIO_ID_RNG] = OPS("virtio_rng"),
};

void virtio_init(struct virtio *v, const struct device_host *host, struct irq_line irq,
		 const struct virtio_backend *backend, uint64_t features)
{
	assert(backend->queues <= VIRTIO_MAX_QUEUES);
	assert(backend->device_id < sizeof(virtio_ops) / sizeof(virtio_ops[0]));
	v->device = (struct device){ .ops = &virtio_ops[backend->device_id],
				     .host = host,
				     .deadline_ns = DEVICE_NO_DEADLINE };
	v->backend = backend;
	v->irq = irq;
	v->features_offered = features | TRANSPORT_FEATURES;
}

/* What came with version 1 is not offered; layouts were always free here, which legacy says by a bit. */
void virtio_make_legacy(struct device *device)
{
	struct virtio *v = virtio_of(device);

	v->legacy = true;
	if (v->backend->device_id)
		v->features_offered =
			(uint32_t)v->features_offered | UINT64_C(1) << VIRTIO_F_ANY_LAYOUT;
}

static const struct virtio_backend empty_backend = { .device_id = 0 };

struct device *virtio_empty_create(const struct device_host *host)
{
	struct virtio *v = calloc(1, sizeof(*v));

	if (!v)
		return NULL;
	virtio_init(v, host, (struct irq_line){ 0 }, &empty_backend, 0);
	v->features_offered = 0;
	return &v->device;
}
