/*
 * virtio entropy: read once, at boot, to seed the kernel's generator.
 */
#include "arch.h"
#include "kernel.h"
#include "page.h"
#include "random.h"
#include "virtio.h"

#define SEED_BYTES 32

void virtio_rng_probe(struct virtio_device *device)
{
	void *seed = kmalloc(SEED_BYTES);
	struct virtq_buffer buffer = { seed, SEED_BYTES, true };
	struct virtq *queue;
	u32 bytes = 0;

	if (!seed || virtio_start(device, 0) != 0)
		return;
	queue = virtio_queue(device, 0, 2);
	if (!queue)
		return;
	virtio_ready(device);
	virtq_add(queue, &buffer, 1, seed);
	virtq_kick(queue);
	while (!virtq_take(queue, &bytes)) /* nobody to run meanwhile: the machine is booting */
		wfi();
	handle_interrupts();
	random_seed(seed, bytes);
	kfree(seed);
}
