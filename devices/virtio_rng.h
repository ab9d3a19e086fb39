/*
 * virtio entropy device (virtio 1.2, section 5.4), seeded: the same seed gives the same bytes, so
 * that a guest's address-space layouts replay.  Not for secrets.
 */
#ifndef DEVICES_VIRTIO_RNG_H
#define DEVICES_VIRTIO_RNG_H

#include "devices/device.h"

/* NULL: out of memory. */
struct device *virtio_rng_create(const struct device_host *host, struct irq_line irq,
				 uint64_t seed);

#endif
