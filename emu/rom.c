#include "emu/rom.h"

#include <stdlib.h>
#include <string.h>

#include "devices/memmap.h"

#define FW_DYNAMIC_MAGIC   0x4942534f
#define FW_DYNAMIC_VERSION 2
#define FW_DYNAMIC_S_MODE  1

struct rom {
	struct device device;
	uint8_t bytes[128];
};

static uint64_t rom_read(struct device *device, uint64_t offset, unsigned bytes)
{
	const struct rom *rom = (const struct rom *)device;
	uint64_t value = 0;

	if (offset + bytes <= sizeof(rom->bytes))
		memcpy(&value, rom->bytes + offset, bytes);
	return value;
}

static void rom_write(struct device *device, uint64_t offset, unsigned bytes, uint64_t value)
{
	(void)device, (void)offset, (void)bytes, (void)value;
}

static void rom_reset(struct device *device)
{
	(void)device;
}

/* Its contents follow from the configuration. */
static void rom_save(const struct device *device, struct state_out *out)
{
	(void)device, (void)out;
}

static bool rom_load(struct device *device, struct state_in *in)
{
	(void)device, (void)in;
	return true;
}

static void rom_destroy(struct device *device)
{
	free(device);
}

static const struct device_ops ops = {
	.name = "rom",
	.sizes = 1 | 2 | 4 | 8,
	.holds_code = true,
	.read = rom_read,
	.write = rom_write,
	.reset = rom_reset,
	.save = rom_save,
	.load = rom_load,
	.destroy = rom_destroy,
};

void rom_set(struct device *device, const struct rom_config *config)
{
	struct rom *rom = (struct rom *)device;
	static const uint32_t vector[6] = {
		0x00000297, /* auipc t0, 0 */
		0x02828613, /* addi  a2, t0, 40 */
		0xf1402573, /* csrr  a0, mhartid */
		0x0202b583, /* ld    a1, 32(t0) */
		0x0182b283, /* ld    t0, 24(t0) */
		0x00028067, /* jr    t0 */
	};
	uint64_t data[8] = {
		config->start_pc, config->fdt_pa,    FW_DYNAMIC_MAGIC, FW_DYNAMIC_VERSION,
		config->next_pc,  FW_DYNAMIC_S_MODE, 0 /* options */,  0 /* boot hart */,
	};

	memset(rom->bytes, 0, sizeof(rom->bytes));
	memcpy(rom->bytes, vector, sizeof(vector));
	memcpy(rom->bytes + sizeof(vector), data, sizeof(data));
}

struct device *rom_create(const struct device_host *host, const struct rom_config *config)
{
	struct rom *rom = calloc(1, sizeof(*rom));

	if (!rom)
		return NULL;
	rom->device =
		(struct device){ .ops = &ops, .host = host, .deadline_ns = DEVICE_NO_DEADLINE };
	rom_set(&rom->device, config);
	return &rom->device;
}
