/* What devices share: deadlines, and plain bytes for save and load. */
#include "devices/device.h"

#include <stdlib.h>
#include <string.h>

#define STATE_NAME_BYTES 16

void state_put(struct state_out *out, const void *data, size_t bytes)
{
	if (out->failed || bytes == 0)
		return;
	if (bytes > out->capacity - out->bytes) {
		size_t capacity = out->capacity ? out->capacity : 4096;
		while (capacity - out->bytes < bytes && capacity <= SIZE_MAX / 2)
			capacity *= 2;
		uint8_t *bigger =
			capacity - out->bytes < bytes ? NULL : realloc(out->data, capacity);
		if (!bigger) {
			out->failed = true;
			return;
		}
		out->data = bigger;
		out->capacity = capacity;
	}
	memcpy(out->data + out->bytes, data, bytes);
	out->bytes += bytes;
}

void state_get(struct state_in *in, void *data, size_t bytes)
{
	if (bytes == 0)
		return;
	if (in->failed || bytes > in->bytes - in->pos) {
		in->failed = true;
		memset(data, 0, bytes);
		return;
	}
	memcpy(data, in->data + in->pos, bytes);
	in->pos += bytes;
}

void state_out_free(struct state_out *out)
{
	free(out->data);
	memset(out, 0, sizeof(*out));
}

void device_set_deadline(struct device *device, uint64_t deadline_ns)
{
	if (device->deadline_ns == deadline_ns)
		return;
	device->deadline_ns = deadline_ns;
	if (device->host->deadline_changed)
		device->host->deadline_changed(device->host->ctx, device);
}

void device_reset(struct device *device)
{
	if (device->ops->reset)
		device->ops->reset(device);
}

static void state_name(const struct device *device, char name[STATE_NAME_BYTES])
{
	memset(name, 0, STATE_NAME_BYTES);
	strncpy(name, device->ops->name, STATE_NAME_BYTES - 1);
}

void device_save(const struct device *device, struct state_out *out)
{
	char name[STATE_NAME_BYTES];

	state_name(device, name);
	state_put(out, name, sizeof(name));
	state_put(out, &device->deadline_ns, sizeof(device->deadline_ns));
	if (device->ops->save)
		device->ops->save(device, out);
}

bool device_load(struct device *device, struct state_in *in)
{
	char want[STATE_NAME_BYTES], name[STATE_NAME_BYTES];
	uint64_t deadline_ns;

	state_name(device, want);
	state_get(in, name, sizeof(name));
	state_get(in, &deadline_ns, sizeof(deadline_ns));
	if (in->failed || memcmp(want, name, sizeof(name)) != 0) {
		in->failed = true;
		return false;
	}
	if (device->ops->load && !device->ops->load(device, in))
		in->failed = true;
	if (in->failed)
		return false;
	device_set_deadline(device, deadline_ns);
	return true;
}

void device_destroy(struct device *device)
{
	if (device)
		device->ops->destroy(device);
}
