/*
 * Finisher: the guest says how the run ends.  The device only reports; the machine decides.
 */
#ifndef DEVICES_FINISHER_H
#define DEVICES_FINISHER_H

#include "devices/device.h"
#include "devices/finisher_regs.h"

enum finisher_action { FINISH_PASS, FINISH_FAIL, FINISH_RESET };

struct finisher_host {
	void *ctx;
	/* code: bits 31:16 of the write, meant for FINISH_FAIL. */
	void (*finish)(void *ctx, enum finisher_action action, unsigned code);
};

/* NULL: out of memory. */
struct device *finisher_create(const struct device_host *host, struct finisher_host finisher);

#endif
