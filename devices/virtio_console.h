/*
 * virtio console with ports: under `run` the program's descriptors 0, 1 and 2 are the host's own
 * three, byte for byte.  The device knows no file descriptor: bytes are pulled from and pushed to
 * its host's callbacks.
 *
 * Input is asked for when the guest posts receive buffers and when the machine calls
 * virtio_console_poll, never at another time: a run whose input callback is deterministic is so.
 * After end of file, the host's side of the port closes (PORT_OPEN 0), behind all data.
 */
#ifndef DEVICES_VIRTIO_CONSOLE_H
#define DEVICES_VIRTIO_CONSOLE_H

#include <sys/types.h>

#include "devices/device.h"
#include "devices/virtio_console_regs.h"

#define VIRTIO_CONSOLE_PORTS	4
#define VIRTIO_CONSOLE_NAME_MAX 31

struct virtio_console_config {
	unsigned ports; /* 1..VIRTIO_CONSOLE_PORTS */
	struct {
		char name[VIRTIO_CONSOLE_NAME_MAX + 1]; /* "" = no PORT_NAME message */
		bool console; /* tell the guest that this port is a console (CONSOLE_PORT) */
	} port[VIRTIO_CONSOLE_PORTS];
	uint16_t cols, rows; /* 0, 0: no VIRTIO_CONSOLE_F_SIZE */
	void *ctx;
	/* Returns the bytes accepted (fewer than n: the rest is offered again by
	 * virtio_console_poll), or -EPIPE: the reader is gone, the guest is told by PORT_OPEN 0 and
	 * what it still sends is dropped. */
	ssize_t (*output)(void *ctx, unsigned port, const uint8_t *bytes, size_t n);
	/* Returns bytes put into buf, 0 if there is nothing now, -1 at end of file.  NULL: no port
	 * has input. */
	ssize_t (*input)(void *ctx, unsigned port, uint8_t *buf, size_t max);
	/* The guest opened or closed its side of the port.  May be NULL. */
	void (*opened)(void *ctx, unsigned port, bool open);
};

/* NULL: out of memory. */
struct device *virtio_console_create(const struct device_host *host, struct irq_line irq,
				     const struct virtio_console_config *config);

/* Something may have changed on the host's side of this port: move what can be moved. */
void virtio_console_poll(struct device *device, unsigned port);

/* Has the guest posted buffers on this open port that input could fill? */
bool virtio_console_wants_input(const struct device *device, unsigned port);

/* The terminal's size changed. */
void virtio_console_resize(struct device *device, uint16_t cols, uint16_t rows);

#endif
