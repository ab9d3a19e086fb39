/*
 * PLIC: routes the devices' level-triggered lines to the harts' external interrupts.  A gateway
 * passes one request at a time: a source is pending once its line is high, leaves pending when
 * claimed, and is looked at again when that claim is completed.
 */
#ifndef DEVICES_PLIC_H
#define DEVICES_PLIC_H

#include "devices/device.h"
#include "devices/memmap.h"
#include "devices/plic_regs.h"

#define PLIC_MAX_CONTEXTS (2 * MEMMAP_MAX_HARTS)

/* context[2h] is MEI of hart h, context[2h+1] its SEI.  NULL: out of memory. */
struct device *plic_create(const struct device_host *host, unsigned contexts,
			   const struct irq_line *context);

/* The line that a device drives to raise interrupt `source` (1..PLIC_SOURCES-1). */
struct irq_line plic_input(struct device *device, unsigned source);

#endif
