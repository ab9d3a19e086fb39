/*
 * The bus: finds the device behind a physical address.  Knows no RAM (the machine looks there
 * first) and no hart.
 */
#ifndef DEVICES_BUS_H
#define DEVICES_BUS_H

#include "devices/device.h"

#define BUS_MAX_DEVICES 24

struct bus {
	struct device *device[BUS_MAX_DEVICES]; /* sorted by base */
	unsigned count;
};

/* Place a device.  False if it overlaps another or the bus is full.  The bus does not own it. */
bool bus_attach(struct bus *bus, struct device *device, uint64_t base, uint64_t bytes);

/* The device that holds all of [pa, pa+bytes), or NULL. */
struct device *bus_find(const struct bus *bus, uint64_t pa, uint64_t bytes);

/* One naturally aligned access of 1, 2, 4 or 8 bytes.  False: nobody there, or the device does
 * not serve that size: an access fault. */
bool bus_read(const struct bus *bus, uint64_t pa, unsigned bytes, uint64_t *value);
bool bus_write(const struct bus *bus, uint64_t pa, unsigned bytes, uint64_t value);

#endif
