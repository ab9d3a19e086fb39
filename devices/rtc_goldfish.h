/*
 * Goldfish RTC.  Its date is a base given at creation plus virtual time: a run has the same date
 * every time unless the caller passes the host's.
 */
#ifndef DEVICES_RTC_GOLDFISH_H
#define DEVICES_RTC_GOLDFISH_H

#include "devices/device.h"
#include "devices/rtc_goldfish_regs.h"

/* base_ns: the date at virtual time 0, in nanoseconds since 1970.  NULL: out of memory. */
struct device *rtc_goldfish_create(const struct device_host *host, struct irq_line irq,
				   uint64_t base_ns);

#endif
