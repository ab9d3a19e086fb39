/*
 * 16550A UART, the system console.  It knows no terminal: bytes that the guest sends go to the
 * output callback at once (the transmitter is never busy), bytes for the guest are given to
 * uart16550_input.
 */
#ifndef DEVICES_UART16550_H
#define DEVICES_UART16550_H

#include "devices/device.h"
#include "devices/uart16550_regs.h"

struct uart_host {
	void *ctx;
	void (*output)(void *ctx, const uint8_t *bytes, size_t n);
	/* The guest has taken a byte: there is room for input again.  May be NULL. */
	void (*room)(void *ctx);
};

/* NULL: out of memory. */
struct device *uart16550_create(const struct device_host *host, struct irq_line irq,
				struct uart_host uart);

/* Receive up to n bytes; returns how many found room (16 with the FIFO on, else 1).  What did not
 * is the caller's to keep: a terminal never overruns the guest. */
size_t uart16550_input(struct device *device, const uint8_t *bytes, size_t n);

/* Would uart16550_input take a byte now? */
bool uart16550_has_room(const struct device *device);

#endif
