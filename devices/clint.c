#include "devices/clint.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_TICK (1000000000 / MEMMAP_TIMEBASE_HZ)

struct clint_state {
	uint64_t mtime_offset; /* mtime less the ticks of virtual time: writes of mtime change it */
	uint64_t mtimecmp[MEMMAP_MAX_HARTS];
	uint64_t msip; /* one bit for each hart */
};

struct clint {
	struct device device;
	struct clint_config config;
	struct clint_state s;
};

static struct clint *clint_of(const struct device *device)
{
	return (struct clint *)device;
}

uint64_t clint_mtime(const struct device *device, uint64_t now_ns)
{
	return now_ns / NS_PER_TICK + clint_of(device)->s.mtime_offset;
}

uint64_t clint_deadline_ns(const struct device *device, uint64_t value)
{
	uint64_t now_ns = device->host->now_ns(device->host->ctx);
	uint64_t now = clint_mtime(device, now_ns);
	uint64_t ticks;

	if (now >= value)
		return now_ns;
	ticks = now_ns / NS_PER_TICK;
	if (value - now > UINT64_MAX / NS_PER_TICK - ticks)
		return DEVICE_NO_DEADLINE;
	return (ticks + (value - now)) * NS_PER_TICK;
}

static void update(struct clint *c, uint64_t now_ns)
{
	uint64_t mtime = clint_mtime(&c->device, now_ns);
	uint64_t next = UINT64_MAX;

	for (unsigned hart = 0; hart < c->config.harts; hart++) {
		uint64_t cmp = c->s.mtimecmp[hart];
		irq_set(&c->config.mti[hart], mtime >= cmp);
		if (mtime < cmp && cmp < next)
			next = cmp;
	}
	device_set_deadline(&c->device, next == UINT64_MAX ? DEVICE_NO_DEADLINE
							   : clint_deadline_ns(&c->device, next));
}

static uint64_t now_of(const struct clint *c)
{
	return c->device.host->now_ns(c->device.host->ctx);
}

/* Does offset lie in a mtimecmp, and in which hart's? */
static bool mtimecmp_at(const struct clint *c, uint64_t offset, unsigned *hart)
{
	if (offset < CLINT_MTIMECMP(0) || offset >= CLINT_MTIMECMP(c->config.harts))
		return false;
	*hart = (unsigned)(offset - CLINT_MTIMECMP(0)) / 8;
	return true;
}

static uint64_t part_read(uint64_t whole, uint64_t offset, unsigned bytes)
{
	if (bytes == 8)
		return whole;
	return offset & 4 ? whole >> 32 : whole & UINT32_MAX;
}

static uint64_t part_write(uint64_t whole, uint64_t offset, unsigned bytes, uint64_t value)
{
	if (bytes == 8)
		return value;
	value &= UINT32_MAX;
	if (offset & 4)
		return (whole & UINT32_MAX) | value << 32;
	return (whole & ~(uint64_t)UINT32_MAX) | value;
}

static uint64_t clint_read(struct device *device, uint64_t offset, unsigned bytes)
{
	struct clint *c = clint_of(device);
	unsigned hart;

	if (offset < CLINT_MSIP(c->config.harts)) {
		hart = (unsigned)offset / 4;
		return (c->s.msip >> hart & 1) |
		       (bytes == 8 ? (c->s.msip >> (hart + 1) & 1) << 32 : 0);
	}
	if (mtimecmp_at(c, offset, &hart))
		return part_read(c->s.mtimecmp[hart], offset, bytes);
	if ((offset & ~UINT64_C(7)) == CLINT_MTIME)
		return part_read(clint_mtime(device, now_of(c)), offset, bytes);
	return 0;
}

static void write_msip(struct clint *c, unsigned hart, uint64_t value)
{
	uint64_t bit = UINT64_C(1) << hart;

	if (hart >= c->config.harts)
		return;
	c->s.msip = value & 1 ? c->s.msip | bit : c->s.msip & ~bit;
	irq_set(&c->config.msi[hart], value & 1);
}

static void clint_write(struct device *device, uint64_t offset, unsigned bytes, uint64_t value)
{
	struct clint *c = clint_of(device);
	uint64_t now_ns = now_of(c);
	unsigned hart;

	if (offset < CLINT_MSIP(c->config.harts)) {
		write_msip(c, (unsigned)offset / 4, value);
		if (bytes == 8)
			write_msip(c, (unsigned)offset / 4 + 1, value >> 32);
	} else if (mtimecmp_at(c, offset, &hart)) {
		c->s.mtimecmp[hart] = part_write(c->s.mtimecmp[hart], offset, bytes, value);
		update(c, now_ns);
	} else if ((offset & ~UINT64_C(7)) == CLINT_MTIME) {
		uint64_t mtime = part_write(clint_mtime(device, now_ns), offset, bytes, value);
		c->s.mtime_offset = mtime - now_ns / NS_PER_TICK;
		update(c, now_ns);
		if (c->config.mtime_written)
			c->config.mtime_written(c->config.ctx);
	}
}

static void clint_tick(struct device *device, uint64_t now_ns)
{
	update(clint_of(device), now_ns);
}

static void drive_lines(struct clint *c)
{
	for (unsigned hart = 0; hart < c->config.harts; hart++)
		irq_set(&c->config.msi[hart], c->s.msip >> hart & 1);
	update(c, now_of(c));
}

/* mtimecmp has no reset value; the greatest keeps the timer silent until it is set. */
static void clint_reset(struct device *device)
{
	struct clint *c = clint_of(device);

	memset(&c->s, 0, sizeof(c->s));
	for (unsigned hart = 0; hart < MEMMAP_MAX_HARTS; hart++)
		c->s.mtimecmp[hart] = UINT64_MAX;
	drive_lines(c);
}

static void clint_save(const struct device *device, struct state_out *out)
{
	state_put(out, &clint_of(device)->s, sizeof(struct clint_state));
}

static bool clint_load(struct device *device, struct state_in *in)
{
	struct clint *c = clint_of(device);

	state_get(in, &c->s, sizeof(c->s));
	drive_lines(c);
	return !in->failed;
}

static void clint_destroy(struct device *device)
{
	free(clint_of(device));
}

static const struct device_ops clint_ops = {
	.name = "clint",
	.sizes = 4 | 8,
	.read = clint_read,
	.write = clint_write,
	.tick = clint_tick,
	.reset = clint_reset,
	.save = clint_save,
	.load = clint_load,
	.destroy = clint_destroy,
};

struct device *clint_create(const struct device_host *host, const struct clint_config *config)
{
	struct clint *c;

	assert(config->harts >= 1 && config->harts <= MEMMAP_MAX_HARTS);
	c = calloc(1, sizeof(*c));
	if (!c)
		return NULL;
	c->device = (struct device){ .ops = &clint_ops,
				     .host = host,
				     .deadline_ns = DEVICE_NO_DEADLINE };
	c->config = *config;
	for (unsigned hart = 0; hart < MEMMAP_MAX_HARTS; hart++)
		c->s.mtimecmp[hart] = UINT64_MAX;
	return &c->device;
}
