/* Split virtqueues (virtio 1.2, section 2.7): chains in, used elements out. */
#include "devices/virtio_mmio.h"

#include <string.h>

static bool dma_read(struct virtio *v, uint64_t pa, void *buf, size_t bytes)
{
	return v->device.host->dma_read(v->device.host->ctx, pa, buf, bytes);
}

static bool dma_write(struct virtio *v, uint64_t pa, const void *buf, size_t bytes)
{
	return v->device.host->dma_write(v->device.host->ctx, pa, buf, bytes);
}

struct descriptor {
	uint64_t pa;
	uint32_t bytes;
	uint16_t flags, next;
};

static bool read_descriptor(struct virtio *v, uint64_t table, unsigned index, struct descriptor *d)
{
	uint8_t raw[VIRTQ_DESC_BYTES];

	if (!dma_read(v, table + (uint64_t)index * VIRTQ_DESC_BYTES, raw, sizeof(raw)))
		return false;
	memcpy(&d->pa, raw + VIRTQ_DESC_ADDR, 8);
	memcpy(&d->bytes, raw + VIRTQ_DESC_LEN, 4);
	memcpy(&d->flags, raw + VIRTQ_DESC_FLAGS, 2);
	memcpy(&d->next, raw + VIRTQ_DESC_NEXT, 2);
	return true;
}

static bool add_segment(struct virtio_chain *chain, const struct descriptor *d)
{
	unsigned n = chain->readable + chain->writable;

	if (n == VIRTIO_QUEUE_MAX)
		return false;
	if (d->flags & VIRTQ_DESC_F_WRITE) {
		chain->writable++;
		chain->writable_bytes += d->bytes;
	} else {
		if (chain->writable) /* section 2.7.4.2: readable ones come first */
			return false;
		chain->readable++;
		chain->readable_bytes += d->bytes;
	}
	chain->segment[n] = (struct virtio_segment){ .pa = d->pa, .bytes = d->bytes };
	return true;
}

/* Follow one table; a chain that loops meets more descriptors than the table has. */
static bool walk_table(struct virtio *v, uint64_t table, unsigned entries, unsigned index,
		       bool indirect, struct virtio_chain *chain)
{
	for (unsigned seen = 0; seen < entries; seen++) {
		struct descriptor d;
		if (index >= entries || !read_descriptor(v, table, index, &d))
			return false;
		if (d.flags & VIRTQ_DESC_F_INDIRECT) {
			unsigned inner = d.bytes / VIRTQ_DESC_BYTES;
			/* section 2.7.5.3.1: offered, not nested, the last of its chain */
			if (indirect || !virtio_has(v, VIRTIO_F_INDIRECT_DESC) ||
			    (d.flags & VIRTQ_DESC_F_NEXT) || d.bytes % VIRTQ_DESC_BYTES ||
			    inner == 0 || inner > 65536)
				return false;
			return walk_table(v, d.pa, inner, 0, true, chain);
		}
		if (!add_segment(chain, &d))
			return false;
		if (!(d.flags & VIRTQ_DESC_F_NEXT))
			return true;
		index = d.next;
	}
	return false;
}

bool virtio_chain_at(struct virtio *v, unsigned queue, uint16_t head, struct virtio_chain *chain)
{
	const struct virtq *q = &v->queue[queue];

	chain->head = head;
	chain->readable = chain->writable = 0;
	chain->readable_bytes = chain->writable_bytes = 0;
	if (q->ready && walk_table(v, q->desc, q->num, head, false, chain))
		return true;
	virtio_break(v);
	return false;
}

bool virtio_peek(struct virtio *v, unsigned queue, struct virtio_chain *chain)
{
	const struct virtq *q = &v->queue[queue];
	uint16_t available, head;

	if (!q->ready || (v->status & VIRTIO_STATUS_NEEDS_RESET))
		return false;
	if (!dma_read(v, q->driver + VIRTQ_AVAIL_IDX, &available, 2)) {
		virtio_break(v);
		return false;
	}
	if (available == q->last_avail)
		return false;
	if ((uint16_t)(available - q->last_avail) > q->num ||
	    !dma_read(v, q->driver + VIRTQ_AVAIL_RING(q->last_avail % q->num), &head, 2)) {
		virtio_break(v);
		return false;
	}
	return virtio_chain_at(v, queue, head, chain);
}

bool virtio_pop(struct virtio *v, unsigned queue, struct virtio_chain *chain)
{
	struct virtq *q = &v->queue[queue];

	/* Ask to be notified of the entry that we stopped at: drivers may skip all others. */
	if (q->ready && virtio_has(v, VIRTIO_F_EVENT_IDX) &&
	    !dma_write(v, q->device + VIRTQ_USED_RING(q->num), &q->last_avail, 2)) {
		virtio_break(v);
		return false;
	}
	if (!virtio_peek(v, queue, chain))
		return false;
	q->last_avail++;
	return true;
}

/* Section 2.7.7: does the driver want to hear of the used entries since it was last told? */
static bool wants_interrupt(struct virtio *v, struct virtq *q)
{
	uint16_t word;
	bool told = q->signalled_valid;
	uint16_t old = q->signalled;

	if (!virtio_has(v, VIRTIO_F_EVENT_IDX)) {
		if (!dma_read(v, q->driver + VIRTQ_AVAIL_FLAGS, &word, 2))
			return true;
		return !(word & VIRTQ_AVAIL_F_NO_INTERRUPT);
	}
	q->signalled = q->used;
	q->signalled_valid = true;
	if (!told || !dma_read(v, q->driver + VIRTQ_AVAIL_RING(q->num), &word, 2))
		return true;
	return (uint16_t)(q->used - word - 1) < (uint16_t)(q->used - old);
}

void virtio_push(struct virtio *v, unsigned queue, uint16_t head, uint32_t written)
{
	struct virtq *q = &v->queue[queue];
	uint32_t element[2] = { head, written };

	if (!q->ready || (v->status & VIRTIO_STATUS_NEEDS_RESET))
		return;
	if (!dma_write(v, q->device + VIRTQ_USED_RING(q->used % q->num), element, 8)) {
		virtio_break(v);
		return;
	}
	q->used++;
	if (!dma_write(v, q->device + VIRTQ_USED_IDX, &q->used, 2)) {
		virtio_break(v);
		return;
	}
	if (wants_interrupt(v, q)) {
		v->interrupt_status |= VIRTIO_INTERRUPT_USED;
		irq_set(&v->irq, true);
	}
}

/* Copy between buf and the segments [first, first+count) from offset on. */
static bool copy(struct virtio *v, const struct virtio_segment *segment, unsigned count,
		 uint64_t offset, uint8_t *buf, size_t bytes, bool to_guest)
{
	for (unsigned i = 0; i < count && bytes; i++) {
		uint64_t here;
		size_t n;
		if (offset >= segment[i].bytes) {
			offset -= segment[i].bytes;
			continue;
		}
		here = segment[i].bytes - offset;
		n = here < bytes ? (size_t)here : bytes;
		if (to_guest ? !dma_write(v, segment[i].pa + offset, buf, n)
			     : !dma_read(v, segment[i].pa + offset, buf, n))
			return false;
		buf += n;
		bytes -= n;
		offset = 0;
	}
	return bytes == 0;
}

bool virtio_chain_read(struct virtio *v, const struct virtio_chain *chain, uint64_t offset,
		       void *buf, size_t bytes)
{
	return copy(v, chain->segment, chain->readable, offset, buf, bytes, false);
}

bool virtio_chain_write(struct virtio *v, const struct virtio_chain *chain, uint64_t offset,
			const void *buf, size_t bytes)
{
	/* copy only reads buf in this direction */
	return copy(v, chain->segment + chain->readable, chain->writable, offset, (uint8_t *)buf,
		    bytes, true);
}
