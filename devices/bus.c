#include "devices/bus.h"

#include <string.h>

bool bus_attach(struct bus *bus, struct device *device, uint64_t base, uint64_t bytes)
{
	unsigned at = 0;

	if (bus->count == BUS_MAX_DEVICES || bytes == 0 || base + (bytes - 1) < base)
		return false;
	while (at < bus->count && bus->device[at]->base < base)
		at++;
	if (at > 0 && base - bus->device[at - 1]->base < bus->device[at - 1]->bytes)
		return false;
	if (at < bus->count && bus->device[at]->base - base < bytes)
		return false;
	memmove(&bus->device[at + 1], &bus->device[at], (bus->count - at) * sizeof(bus->device[0]));
	bus->device[at] = device;
	bus->count++;
	device->base = base;
	device->bytes = bytes;
	return true;
}

struct device *bus_find(const struct bus *bus, uint64_t pa, uint64_t bytes)
{
	unsigned low = 0, high = bus->count;

	while (low < high) {
		unsigned middle = (low + high) / 2;
		struct device *device = bus->device[middle];
		if (pa < device->base)
			high = middle;
		else if (pa - device->base >= device->bytes)
			low = middle + 1;
		else
			return bytes <= device->bytes - (pa - device->base) ? device : NULL;
	}
	return NULL;
}

bool bus_read(const struct bus *bus, uint64_t pa, unsigned bytes, uint64_t *value)
{
	struct device *device = bus_find(bus, pa, bytes);

	if (!device || !(device->ops->sizes & bytes))
		return false;
	*value = device->ops->read(device, pa - device->base, bytes);
	return true;
}

bool bus_write(const struct bus *bus, uint64_t pa, unsigned bytes, uint64_t value)
{
	struct device *device = bus_find(bus, pa, bytes);

	if (!device || !(device->ops->sizes & bytes))
		return false;
	device->ops->write(device, pa - device->base, bytes, value);
	return true;
}
