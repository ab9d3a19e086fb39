/*
 * Semihosting (RISC-V Semihosting 1.0; the operations are Arm's): what a bare-metal program asks of
 * a debugger by `slli x0,x0,0x1f; ebreak; srai x0,x0,7`, the operation in a0, its parameter in a1.
 * Served are the console, the clocks, the command line and the end.  There are no files of the
 * host but ":tt", its three standard streams.  It knows no hart: the machine finds the sequence,
 * reads and writes the guest's memory by virtual address, and puts the result into a0.
 */
#ifndef DEVICES_SEMIHOSTING_H
#define DEVICES_SEMIHOSTING_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct semihosting_host {
	void *ctx;
	/* The guest's memory.  False, if any byte is not there; some may have been copied. */
	bool (*read)(void *ctx, uint64_t va, void *to, size_t bytes);
	bool (*write)(void *ctx, uint64_t va, const void *from, size_t bytes);
	void (*output)(void *ctx, int fd, const uint8_t *bytes, size_t n); /* fd 1 or 2 */
	int (*getchar)(void *ctx); /* next byte, or -1 if none is there now */
	void (*exit)(void *ctx, uint64_t status);
	uint64_t now_ns, epoch_ns; /* since the start; when that was */
	const char *command_line;
};

/* The value for a0.  An operation that is not served answers -1, as one that failed. */
uint64_t semihosting_call(const struct semihosting_host *host, uint64_t operation,
			  uint64_t parameter);

#endif
