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
	/* The guest listens and its FIFO is empty: a byte may be given.  May be NULL. */
	void (*room)(void *ctx);
};

/* NULL: out of memory. */
struct device *uart16550_create(const struct device_host *host, struct irq_line irq,
				struct uart_host uart);

/* Receive up to n bytes; returns how many found room (16 with the FIFO on, else 1).  What did not
 * is the caller's to keep: a terminal never overruns the guest. */
size_t uart16550_input(struct device *device, const uint8_t *bytes, size_t n);

/*
 * Does somebody wait for input: by interrupt, or by looking at LSR again and again (then true only
 * from within `room`)?  Before that a byte would be lost: drivers empty the FIFO when they start.
 * False while it is not empty: one byte at a time, each when the one before was taken, for the same
 * reason.
 */
bool uart16550_listens(const struct device *device);
/* Is the receive interrupt enabled? */
bool uart16550_interrupts(const struct device *device);

/* The line is held low: a zero byte with LSR.BI. */
void uart16550_break(struct device *device);

#endif
