#include "devices/finisher.h"

#include <stdlib.h>

struct finisher {
	struct device device;
	struct finisher_host finisher;
};

static uint64_t finisher_read(struct device *device, uint64_t offset, unsigned bytes)
{
	(void)device;
	(void)offset;
	(void)bytes;
	return 0;
}

static void finisher_write(struct device *device, uint64_t offset, unsigned bytes, uint64_t value)
{
	struct finisher_host *host = &((struct finisher *)device)->finisher;
	unsigned code = bytes >= 4 ? value >> 16 & 0xffff : 0;

	if (offset != FINISHER_CONTROL)
		return;
	switch (value & 0xffff) {
	case FINISHER_FAIL:
		host->finish(host->ctx, FINISH_FAIL, code);
		break;
	case FINISHER_PASS:
		host->finish(host->ctx, FINISH_PASS, code);
		break;
	case FINISHER_RESET:
		host->finish(host->ctx, FINISH_RESET, code);
		break;
	}
}

static void finisher_destroy(struct device *device)
{
	free((struct finisher *)device);
}

static const struct device_ops finisher_ops = {
	.name = "finisher",
	.sizes = 2 | 4,
	.read = finisher_read,
	.write = finisher_write,
	.destroy = finisher_destroy,
};

struct device *finisher_create(const struct device_host *host, struct finisher_host finisher)
{
	struct finisher *f = calloc(1, sizeof(*f));

	if (!f)
		return NULL;
	f->device = (struct device){ .ops = &finisher_ops,
				     .host = host,
				     .deadline_ns = DEVICE_NO_DEADLINE };
	f->finisher = finisher;
	return &f->device;
}
