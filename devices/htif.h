/*
 * HTIF: the protocol of `tohost` and `fromhost` as Spike's front-end server speaks it and
 * riscv-tests and the proxy kernel use it.  It knows no address of either: the machine
 * matches the stores, hands over the 64-bit value of tohost, and stores what the reply says.
 *
 *   device 0, command 0   payload bit 0 set: exit with payload >> 1; else the address of eight
 *                         64-bit words {number, arguments...}: write (64) and exit (93)
 *   device 1, command 0   getchar: answers 0x100 | byte in fromhost when there is one
 *   device 1, command 1   putchar
 */
#ifndef DEVICES_HTIF_H
#define DEVICES_HTIF_H

#include "devices/device.h"

struct htif_host {
	void *ctx;
	void (*output)(void *ctx, int fd, const uint8_t *bytes, size_t n); /* fd 1 or 2 */
	int (*getchar)(void *ctx); /* next byte, or -1 if none is there now; may be NULL */
	void (*exit)(void *ctx, uint64_t code);
};

/* Plain state: part of the machine's. */
struct htif {
	uint64_t fromhost;    /* answer not yet delivered; 0 = none */
	bool getchar_waiting; /* a getchar has no byte yet */
};

/*
 * The guest stored `tohost` (not 0): act on it.  The machine then stores 0 to tohost: that is the
 * acknowledgement.
 */
void htif_command(struct htif *htif, const struct device_host *host, const struct htif_host *out,
		  uint64_t tohost);

/*
 * Is there something for fromhost?  Ask when fromhost reads 0: after htif_command and whenever
 * input may have come.  Returns the value to store, or 0.
 */
uint64_t htif_answer(struct htif *htif, const struct htif_host *out);

#endif
