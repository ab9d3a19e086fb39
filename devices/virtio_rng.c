#include "devices/virtio_rng.h"

#include <stdlib.h>

#include "devices/splitmix64.h"
#include "devices/virtio_mmio.h"

#define CHUNK_BYTES   256
#define REQUEST_BYTES 65536 /* answered at most: the driver asks again for more */

struct virtio_rng {
	struct virtio virtio;
	uint64_t state; /* of splitmix64 */
};

static struct virtio_rng *rng_of(const struct virtio *virtio)
{
	return (struct virtio_rng *)virtio;
}

static uint32_t fill(struct virtio_rng *r, const struct virtio_chain *chain)
{
	uint64_t chunk[CHUNK_BYTES / 8];
	uint32_t want = REQUEST_BYTES, done = 0;

	if (chain->writable_bytes < want)
		want = (uint32_t)chain->writable_bytes;
	while (done < want) {
		uint32_t n = want - done < CHUNK_BYTES ? want - done : CHUNK_BYTES;
		for (unsigned i = 0; i < CHUNK_BYTES / 8; i++)
			chunk[i] = splitmix64(&r->state);
		if (!virtio_chain_write(&r->virtio, chain, done, chunk, n))
			break;
		done += n;
	}
	return done;
}

static void rng_notify(struct virtio *v, unsigned queue)
{
	struct virtio_chain chain;

	/* Bounded: our own bytes might land on the ring's index. */
	for (unsigned n = 0; n < VIRTIO_QUEUE_MAX && virtio_pop(v, queue, &chain); n++)
		virtio_push(v, queue, chain.head, fill(rng_of(v), &chain));
}

static void rng_save(const struct virtio *v, struct state_out *out)
{
	state_put(out, &rng_of(v)->state, sizeof(uint64_t));
}

static bool rng_load(struct virtio *v, struct state_in *in)
{
	state_get(in, &rng_of(v)->state, sizeof(uint64_t));
	return !in->failed;
}

static const struct virtio_backend rng_backend = {
	.device_id = VIRTIO_ID_RNG,
	.queues = 1,
	.notify = rng_notify,
	.save = rng_save,
	.load = rng_load,
};

struct device *virtio_rng_create(const struct device_host *host, struct irq_line irq, uint64_t seed)
{
	struct virtio_rng *r = calloc(1, sizeof(*r));

	if (!r)
		return NULL;
	virtio_init(&r->virtio, host, irq, &rng_backend, 0);
	r->state = seed;
	return &r->virtio.device;
}
