/*
 * CLINT: the machine timer and software interrupts.  mtime counts virtual time at
 * MEMMAP_TIMEBASE_HZ.  It knows no hart but by number; stimecmp (Sstc) is the hart's own business,
 * with clint_deadline_ns to turn a value of mtime into virtual time.
 */
#ifndef DEVICES_CLINT_H
#define DEVICES_CLINT_H

#include "devices/clint_regs.h"
#include "devices/device.h"
#include "devices/memmap.h"

struct clint_config {
	unsigned harts;			       /* 1..MEMMAP_MAX_HARTS */
	struct irq_line msi[MEMMAP_MAX_HARTS]; /* machine software interrupt of each hart */
	struct irq_line mti[MEMMAP_MAX_HARTS]; /* machine timer interrupt of each hart */
	/* The guest wrote mtime: every deadline made from it must be made again.  May be NULL. */
	void (*mtime_written)(void *ctx);
	void *ctx;
};

/* NULL: out of memory. */
struct device *clint_create(const struct device_host *host, const struct clint_config *config);

/* What a read of mtime (and the `time` CSR) gives at virtual time now_ns. */
uint64_t clint_mtime(const struct device *device, uint64_t now_ns);

/* The first virtual time at which mtime >= value, or DEVICE_NO_DEADLINE if never. */
uint64_t clint_deadline_ns(const struct device *device, uint64_t value);

#endif
