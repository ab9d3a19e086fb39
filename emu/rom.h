/*
 * The boot ROM at 0x1000: the reset vector as on QEMU's virt board, with the structure that
 * OpenSBI's dynamic firmware wants (struct fw_dynamic_info, version 2).
 */
#ifndef EMU_ROM_H
#define EMU_ROM_H

#include "devices/device.h"

#define ROM_FW_DYNAMIC_OFFSET 0x28 /* of struct fw_dynamic_info, from the start of the ROM */

/* start: where the vector jumps; next: what the firmware shall start in S-mode, 0: nothing. */
struct rom_config {
	uint64_t start_pc, fdt_pa, next_pc;
};

struct device *rom_create(const struct device_host *host, const struct rom_config *config);
void rom_set(struct device *device, const struct rom_config *config);

#endif
